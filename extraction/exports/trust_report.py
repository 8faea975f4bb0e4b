"""`yusuan report`: what adds up and what does not, what was repaired and why, with the pixels of each.

One page of HTML that needs no other file, documents in the order of their names, what all come to at its end.
"""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from html import escape
from pathlib import Path

from PIL import Image

from yusuan.extraction.document import BBox, Cell, CellRef, Document, Finding, FindingStatus, Repair
from yusuan.extraction.errors import UsageError
from yusuan.extraction.exports.folder import document_folders, read_document, read_page_image, writing
from yusuan.extraction.exports.html_pages import html_page, html_table

# Page and place → an image of HTML.
_Crop = Callable[[int, BBox], str]
# Cells of a failed check that are shown; a total of forty lines fails with all of them.
_MOST_CROPS = 6
# Pixels around a cell; the longest side of a crop.
_AROUND, _LONGEST = 8, 480
# Repairs that are a matter of layout happen thousandfold and are seen in the tables: what is shown changed
# what is read, or would.
_SHOWN = ("misread", "completed", "proposed")


@dataclass
class Reconciled:
    """What a report counts over all documents."""

    path: str
    documents: int = 0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    repaired: int = 0
    proposed: int = 0

    def as_dict(self) -> dict[str, object]:
        """Return the counts for machines."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Return the counts for people."""
        return [
            f"documents  {self.documents}",
            f"checks     {self.passed} passed, {self.failed} failed, {self.skipped} could not be made",
            f"repairs    {self.repaired} made, {self.proposed} proposed",
            f"report     {self.path}",
        ]


def write_trust_report(out: Path, path: Path) -> Reconciled:
    """Write the report of an output folder.

    Args:
        out: an output folder of `extract`.
        path: of the page.

    Raises:
        UsageError: `out` holds no documents, or `path` is a folder.
        InputError: a document.json cannot be read.
        OutputError: the page cannot be written.
    """
    folders = document_folders(out)
    if not folders:
        raise UsageError(f"{out} holds no documents", "give the folder that `yusuan extract -o` wrote")
    if path.is_dir():
        raise UsageError(f"{path} is a folder", "give a file with -o")
    counts = Reconciled(str(path))
    with writing(path) as draft, draft.open("w", encoding="utf-8") as file:
        file.writelines(html_page("What adds up", _parts(folders, counts)))
    return counts


def _parts(folders: Sequence[Path], counts: Reconciled) -> Iterator[str]:
    for folder in folders:
        document = read_document(folder)
        findings = Counter(finding.status for finding in document.findings)
        repairs = list(_repairs(document))
        proposed = sum(repair.kind == "proposed" for _, repair in repairs)
        counts.documents += 1
        counts.passed += findings["pass"]
        counts.failed += findings["fail"]
        counts.skipped += findings["skipped"]
        counts.repaired += len(repairs) - proposed
        counts.proposed += proposed
        yield from _document_parts(folder, document, repairs)
    yield "<h2>All documents</h2><p>" + "<br>".join(map(escape, counts.lines()[:-1])) + "</p>"


def _document_parts(
    folder: Path, document: Document, repairs: Sequence[tuple[Cell, Repair]]
) -> Iterator[str]:
    @lru_cache(maxsize=2)
    def page_image(page_number: int) -> Image.Image | None:
        found = read_page_image(folder, page_number)
        return Image.fromarray(found[0]) if found is not None else None

    def crop(page: int, box: BBox) -> str:
        image = page_image(page)
        return _picture(image, box) if image is not None else ""

    yield f"<h2>{escape(folder.name)}</h2>"
    accepted = sum(record.status != "review" for record in document.records)
    yield f'<p class="about">{escape(document.source.path)} · {len(document.records)} records, '
    yield f"{accepted} of them accepted</p>"
    rules = Counter((finding.rule, finding.status) for finding in document.findings)
    names = sorted({rule for rule, _ in rules})
    statuses: tuple[FindingStatus, ...] = ("pass", "fail", "skipped")
    rows = [[escape(name), *(str(rules[name, status] or "") for status in statuses)] for name in names]
    yield from html_table(("check", "holds", "fails", "could not be made"), rows)
    cells = {
        CellRef(table=table.id, row=cell.row, col=cell.col): cell
        for table in document.tables
        for cell in table.cells
    }
    failed = [finding for finding in document.findings if finding.status == "fail"]
    if failed:
        yield "<h3>What does not add up</h3>"
        yield from html_table(
            ("check", "what it says", "pixels"),
            ([escape(each.rule), escape(each.message), _crops(each, cells, crop)] for each in failed),
        )
    if repairs:
        yield "<h3>What was repaired, and what is proposed</h3>"
        yield from html_table(
            ("kind", "read", "is", "because", "pixels"),
            (
                [
                    escape(repair.kind),
                    escape(repair.before),
                    escape(repair.after),
                    escape("; ".join(each.text for each in repair.evidence)),
                    crop(cell.page, cell.bbox),
                ]
                for cell, repair in repairs
            ),
        )


def _repairs(document: Document) -> Iterator[tuple[Cell, Repair]]:
    for table in document.tables:
        for cell in table.cells:
            for repair in cell.repairs:
                if repair.kind in _SHOWN:
                    yield cell, repair


def _crops(finding: Finding, cells: dict[CellRef, Cell], crop: _Crop) -> str:
    shown = [cells[ref] for ref in finding.cells[:_MOST_CROPS] if ref in cells]
    rest = len(finding.cells) - len(shown)
    return " ".join(crop(cell.page, cell.bbox) for cell in shown) + (f" and {rest} more" if rest > 0 else "")


def _picture(image: Image.Image, box: BBox) -> str:
    """Return a stretch of a page as an image of HTML, pixels and all."""
    x0, y0, x1, y1 = box
    left, top = max(0, round(x0) - _AROUND), max(0, round(y0) - _AROUND)
    right, bottom = min(image.width, round(x1) + _AROUND), min(image.height, round(y1) + _AROUND)
    if right <= left or bottom <= top:
        return ""
    part = image.crop((left, top, right, bottom))
    part.thumbnail((_LONGEST, _LONGEST))
    file = io.BytesIO()
    part.save(file, "JPEG", quality=80)
    return f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}">'
