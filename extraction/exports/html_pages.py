"""One page of HTML for each document: tables as printed, checks, records, links to the page images."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from yusuan.extraction.document import Cell, Document, Table
from yusuan.extraction.exports.folder import DOCUMENTS, corrected_documents, page_image_path, write_text
from yusuan.extraction.exports.rows import DOUBTFUL_BELOW, RECORDS
from yusuan.extraction.exports.tables_workbook import failed_cells

_STYLE = """
body { font: 15px/1.5 "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; margin: 2rem; color: #222 }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; font-size: 13px }
td, th { border: 1px solid #999; padding: .2rem .5rem; vertical-align: middle; white-space: pre-wrap }
th { background: #ddebf7 }
.doubtful { background: #ffe699 } .repaired { font-style: italic }
.failed { outline: 2px solid #c00000; outline-offset: -2px; color: #c00000 }
.about { color: #666 }
"""


def export_html(out: Path, folder: Path) -> None:
    """Write `<document>.html` for each document and an `index.html`.

    Args:
        out: an output folder.
        folder: where the pages go; they link to the page images in `out`.

    Raises:
        InputError: a document.json cannot be read.
        OutputError: a file cannot be written.
    """
    entries = []
    for name, document in corrected_documents(out):
        images = quote(Path(os.path.relpath(out / DOCUMENTS / name, folder)).as_posix())
        write_text(folder / f"{name}.html", document_to_html(name, document, images))
        failed = sum(finding.status == "fail" for finding in document.findings)
        entries.append(
            f'<li><a href="{quote(name)}.html">{escape(name)}</a>: {len(document.tables)} tables, '
            f"{len(document.records)} records, {failed} failed checks</li>"
        )
    write_text(folder / "index.html", "".join(html_page("Documents", ["<ul>", *entries, "</ul>"])))


def document_to_html(name: str, document: Document, images: str) -> str:
    """Return the page of one document; `images` is the address of its folder, already quoted."""
    return "".join(html_page(name, _document_parts(document, images)))


def html_page(title: str, parts: Iterable[str]) -> Iterator[str]:
    """Yield a page of HTML piece by piece, so that a long one need not be held in memory."""
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    yield f'<!doctype html>\n<html lang="zh"><head>{head}</head>\n<body>\n<h1>{escape(title)}</h1>\n'
    for part in parts:
        yield f"{part}\n"
    yield "</body></html>\n"


def _document_parts(document: Document, images: str) -> Iterator[str]:
    body = document.organization
    about = [
        document.source.path,
        " ".join(part for part in (body.code, body.name) if part) if body else "",
        str(document.fiscal_year or ""),
        document.amount_unit or "",
    ]
    yield f'<p class="about">{escape(" · ".join(part for part in about if part))}</p>'
    yield "<p>Pages:"
    for page in document.pages:
        if page.status == "ok":
            address = page_image_path(Path(), page.number).as_posix()
            yield f'<a href="{images}/{address}">{page.number}</a>'
        elif page.status == "failed":
            yield f'<span class="failed">{page.number}: {escape(page.error or "failed")}</span>'
    yield '</p><p><span class="doubtful">doubtful</span> <span class="failed">failed check</span>'
    yield '<span class="repaired">repaired</span></p>'
    failed = failed_cells(document.findings)
    for table in document.tables:
        yield from _table_parts(
            table, {place[1:]: why for place, why in failed.items() if place[0] == table.id}
        )
    yield "<h2>Checks</h2>"
    columns = ("status", "severity", "rule", "message")
    yield from html_table(
        columns, [[escape(str(getattr(finding, c))) for c in columns] for finding in document.findings]
    )
    yield "<h2>Records</h2>"
    rows = [record.model_dump() for record in document.records]
    used = {name for row in rows for name, value in row.items() if value is not None}
    names = [
        name for name in RECORDS.names if name in used and name not in ("document", "provenance", "checks")
    ]
    yield from html_table(
        names, [["" if row.get(n) is None else escape(str(row[n])) for n in names] for row in rows]
    )


def _table_parts(table: Table, failed: dict[tuple[int, int], list[str]]) -> Iterator[str]:
    yield f"<h2>{escape(table.title or table.kind)}</h2>"
    body = table.organization.name if table.organization else None
    about = " · ".join(part for part in (table.kind, body, table.unit) if part)
    yield f'<p class="about">{escape(about)}</p>'
    yield "<table>"
    starts = {(cell.row, cell.col): cell for cell in table.cells}
    covered = {
        (row, col)
        for cell in table.cells
        for row in range(cell.row, cell.row + cell.rowspan)
        for col in range(cell.col, cell.col + cell.colspan)
    }
    for row in range(table.n_rows):
        yield "<tr>"
        for col in range(table.n_cols):
            if cell := starts.get((row, col)):
                yield _cell_html(cell, row < table.header_rows, failed.get((row, col), []))
            elif (row, col) not in covered:
                yield "<td></td>"  # a hole keeps its place, or every cell after it would move
        yield "</tr>"
    yield "</table>"


def _cell_html(cell: Cell, in_header: bool, failures: list[str]) -> str:
    tag = "th" if cell.header or in_header else "td"
    classes = [
        name
        for name, holds in (
            ("doubtful", cell.confidence is not None and cell.confidence < DOUBTFUL_BELOW),
            ("repaired", bool(cell.repairs)),
            ("failed", bool(failures)),
        )
        if holds
    ]
    notes = failures + [f"{repair.kind}: {repair.before} → {repair.after}" for repair in cell.repairs]
    attributes = "".join(
        f' {name}="{escape(str(value))}"'
        for name, value, shown in (
            ("rowspan", cell.rowspan, cell.rowspan > 1),
            ("colspan", cell.colspan, cell.colspan > 1),
            ("class", " ".join(classes), bool(classes)),
            ("title", "\n".join(notes), bool(notes)),
        )
        if shown
    )
    return f"<{tag}{attributes}>{escape(cell.text)}</{tag}>"


def html_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table; what stands in its rows is HTML already."""
    yield "<table><tr>" + "".join(f"<th>{escape(column)}</th>" for column in columns) + "</tr>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{value}</td>" for value in row) + "</tr>"
    yield "</table>"
