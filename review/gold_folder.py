"""Accepted pages as a gold folder: what a person has corrected is truth to measure on and to learn from.

Logical tables are the truth. Page tables are made from them again, with what only pages have (repeated
headings, lane numbers), records are made anew from the labels, and pages that nobody accepted are left out.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf

from yusuan.datasets.goldset.damage import DIGITAL, SCAN
from yusuan.datasets.goldset.files import (
    ABOUT_FILE,
    GOLD_FILE,
    PDF_FILE,
    document_to_gold,
    json_bytes,
    sha256_of,
    write_folder,
)
from yusuan.datasets.goldset.image_pdf import PageImage, images_to_pdf
from yusuan.datasets.goldset.kinds import proven_kinds
from yusuan.datasets.goldset.sums import WrongSum, wrong_sums
from yusuan.datasets.goldset.truth import UNPRINTED
from yusuan.extraction.document import (
    IDENTITY,
    BBox,
    Cell,
    Document,
    Evidence,
    Fragment,
    Page,
    PageTable,
    Provenance,
    Quad,
    Record,
    Repair,
    Source,
    SourceKind,
    Table,
)
from yusuan.extraction.errors import InputError
from yusuan.extraction.exports.folder import read_page_image
from yusuan.extraction.fields import build_records
from yusuan.extraction.numerals import canonical
from yusuan.review.facts import pages_of

_JPEG_QUALITY = 90
# What these say of a cell is a fact of the print; others put right what was misread: gold has none of it.
_OF_PRINT = ("joined", "completed")


@dataclass(frozen=True)
class GoldSummary:
    """What became of the pages of a document.

    Attributes:
        pages: numbers of those that are gold now, as in the document.
        left_out: accepted ones that are not → why.
    """

    pages: tuple[int, ...]
    left_out: dict[int, str]


def write_gold(
    target: Path,
    document: Document,
    accepted: Collection[int],
    folder: Path,
    source: Path | None,
    reviewers: Collection[str],
) -> GoldSummary:
    """Write the accepted pages of a document as a gold folder, or nothing where none can be gold.

    Args:
        target: the folder to write; its name is the document's.
        document: as people left it.
        accepted: numbers of the pages that they found right.
        folder: of the document in the output of `extract`, with the images of its pages.
        source: the file that was read, where it still is.
        reviewers: who labelled.

    Raises:
        InputError: the image of a page is missing.
        OutputError: the folder cannot be written.
    """
    pages, left_out = whole_pages(document, accepted)
    if not pages:
        return GoldSummary((), left_out)
    data, of_images = _pdf(document, pages, folder, source)
    gold = gold_document(document, pages, of_images)
    kinds = {page.kind for page in gold.pages}
    kind: SourceKind = "mixed" if len(kinds) > 1 else kinds.pop()
    made = Source(path=PDF_FILE, sha256=sha256_of(data), pages=len(pages), kind=kind)
    gold = gold.model_copy(update={"source": made})
    about = json_bytes(about_gold(gold, target.name, reviewers))
    files = {PDF_FILE: data, GOLD_FILE: document_to_gold(gold).encode("utf-8"), ABOUT_FILE: about}
    write_folder(target, files)
    return GoldSummary(pages, left_out)


def whole_pages(document: Document, accepted: Collection[int]) -> tuple[tuple[int, ...], dict[int, str]]:
    """Return the accepted pages of which every table is accepted whole, and why the others are left out."""
    read = {page.number for page in document.pages if page.status == "ok"}
    kept = set(accepted) & read
    left_out = dict.fromkeys(set(accepted) - read, "it could not be read")
    while True:
        torn = {
            page: sorted(pages_of(table) - kept)
            for table in document.tables
            if pages_of(table) - kept
            for page in pages_of(table) & kept
        }
        if not torn:
            return tuple(sorted(kept)), left_out
        for page, others in torn.items():
            numbers = ", ".join(map(str, others))
            left_out[page] = f"a table goes on on page {numbers}, which is not accepted"
        kept -= set(torn)


def gold_document(document: Document, pages: Sequence[int], of_images: bool = False) -> Document:
    """Return a document of some of its pages as gold: without confidences, counted from page 1.

    Args:
        document: as people left it.
        pages: numbers of those pages, in order, with whole tables.
        of_images: its PDF is made of the upright page images, not of the pages as they came.
    """
    number = {page: at for at, page in enumerate(pages, 1)}
    by_number = {page.number: page for page in document.pages}
    tables = tuple(_gold_table(table, by_number) for table in document.tables if pages_of(table) & set(pages))
    printed: dict[int, list[PageTable]] = {page: [] for page in pages}
    whole = []
    for table in tables:
        parts = _page_tables(table, by_number)
        fragments: list[Fragment] = []
        for page, part in parts:
            name = f"p{number[page]}t{len(printed[page]) + 1}"
            printed[page].append(_renumbered_table(part, name, number))
            reasons = {each.page: each.reason for each in table.fragments}
            reason = "first" if not fragments else reasons.get(page, "continued")
            fragments.append(Fragment(page=number[page], table=name, reason=reason))
        cells = tuple(_renumbered(cell, number) for cell in table.cells)
        whole.append(table.model_copy(update={"fragments": tuple(fragments), "cells": cells}))
    gold = document.model_copy(
        update={
            "pages": tuple(
                _gold_page(by_number[page], number[page], printed[page], of_images) for page in pages
            ),
            "tables": tuple(whole),
            "records": (),
            "findings": (),
        }
    )
    texts = {(table.id, cell.row, cell.col): cell.text for table in whole for cell in table.cells}
    records = (_gold_record(record, texts) for record in build_records(gold).records)
    return gold.model_copy(update={"records": tuple(records)})


def _gold_record(record: Record, texts: Mapping[tuple[str, int, int], str]) -> Record:
    """Return a record with the places of fields that are printed there, not of what follows from them."""
    places = {
        name: found
        for name, found in record.provenance.items()
        if name not in UNPRINTED
        and (value := getattr(record, name)) is not None
        and (name != "operator" or any(value in texts.get(_key(place), "") for place in found))
    }
    return record.model_copy(
        update={"status": "reviewed", "confidence": None, "checks": (), "provenance": places}
    )


def _key(place: Provenance) -> tuple[str, int, int]:
    return place.table or "", place.row or 0, place.col or 0


def _gold_page(page: Page, number: int, tables: Sequence[PageTable], of_images: bool) -> Page:
    lines = tuple(line.model_copy(update={"confidence": None}) for line in page.lines)
    update: dict[str, Any] = {"number": number, "tables": tuple(tables), "lines": lines}
    if of_images:
        update |= {"kind": "scanned", "rotation": 0, "skew_deg": 0.0, "transform": IDENTITY}
    return page.model_copy(update=update)


def _gold_table(table: Table, pages: Mapping[int, Page]) -> Table:
    """Return a logical table as gold has it: its cells tile it, say what is printed, and are sure."""
    cells = [
        _gold_cell(cell, pages[cell.page], cell.header or cell.row < table.header_rows)
        for cell in table.cells
    ]
    cells += _blanks(cells, table.n_rows, table.n_cols, pages)
    cells.sort(key=lambda cell: (cell.row, cell.col))
    return table.model_copy(update={"cells": tuple(cells), "confidence": None})


def _gold_cell(cell: Cell, page: Page, header: bool) -> Cell:
    box, quad = _fitting(cell.bbox, cell.quad, page)
    repairs = tuple(
        repair for repair in cell.repairs if repair.kind in _OF_PRINT and repair.after == cell.text
    )
    spans = tuple(
        span.model_copy(update={"confidence": None})
        for span in sorted(cell.spans, key=lambda span: span.start)
        if cell.text[span.start : span.end].strip()
    )
    return Cell.model_validate(
        {
            **{name: getattr(cell, name) for name in ("row", "col", "rowspan", "colspan", "text", "page")},
            "raw_text": repairs[0].before if repairs else cell.text,
            "bbox": box,
            "quad": quad,
            "header": header,
            "spans": spans,
            "repairs": repairs,
        }
    )


def _fitting(box: BBox, quad: Quad, page: Page) -> tuple[BBox, Quad]:
    """Return box and quad of a cell on its page: the box around the quad, with an area."""
    xs, ys = zip(*quad, strict=True)
    around = (min(xs), min(ys), max(xs), max(ys))
    if 0 <= around[0] < around[2] <= page.width and 0 <= around[1] < around[3] <= page.height:
        return around, quad
    x0, x1 = _within(box[0], box[2], page.width)
    y0, y1 = _within(box[1], box[3], page.height)
    return (x0, y0, x1, y1), ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def _within(low: float, high: float, end: int) -> tuple[float, float]:
    low = min(max(low, 0.0), end - 1.0)
    return low, min(max(high, low + 1.0), float(end))


def _blanks(cells: Sequence[Cell], n_rows: int, n_cols: int, pages: Mapping[int, Page]) -> list[Cell]:
    """Return blank cells for places of a grid that no cell covers, where their rows and columns stand."""
    covered = {
        (row, col)
        for cell in cells
        for row in range(cell.row, cell.row + cell.rowspan)
        for col in range(cell.col, cell.col + cell.colspan)
    }
    found = []
    for row, col in sorted({(row, col) for row in range(n_rows) for col in range(n_cols)} - covered):
        beside = min(cells, key=lambda cell: (abs(cell.row - row), abs(cell.col - col)))
        over = min(
            cells, key=lambda cell: (cell.page != beside.page, abs(cell.col - col), abs(cell.row - row))
        )
        box = (over.bbox[0], beside.bbox[1], over.bbox[2], beside.bbox[3])
        box, quad = _fitting(box, _corners(box), pages[beside.page])
        found.append(Cell(row=row, col=col, page=beside.page, bbox=box, quad=quad))
    return found


def _corners(box: BBox) -> Quad:
    x0, y0, x1, y1 = box
    return (x0, y0), (x1, y0), (x1, y1), (x0, y1)


def _page_tables(table: Table, pages: Mapping[int, Page]) -> Iterator[tuple[int, PageTable]]:
    """Yield a logical table as it stands on each of its pages.

    Where people left the grid of a page as it was, the page table that was read is taken, which has repeated
    headings too, with the text that they gave its cells; else the rows of the page are.
    """
    read = {each.id: each for page in pages.values() for each in page.tables}
    fragments = {fragment.page: fragment.table for fragment in table.fragments}
    for page in sorted(pages_of(table)):
        own = [cell for cell in table.cells if cell.page == page]
        known = read.get(fragments.get(page, ""))
        as_read = known and _with_texts(known, own, page, pages[page])
        if as_read is not None:
            yield page, as_read
        elif own:
            yield page, _of_rows(table, page, pages[page])


def _with_texts(known: PageTable, own: Sequence[Cell], page: int, sheet: Page) -> PageTable | None:
    """Return a page table that was read with the texts of logical cells; None where these are others.

    Args:
        known: as it was read.
        own: logical cells that begin on the page.
        page: its number.
        sheet: the page.
    """
    cells = [_gold_cell(cell.model_copy(update={"page": page}), sheet, cell.header) for cell in known.cells]
    at = {cell.bbox: index for index, cell in enumerate(cells)}
    rows = {cell.row for cell in own}
    for cell in own:
        index = at.get(cell.bbox)
        here = len(rows & set(range(cell.row, cell.row + cell.rowspan)))
        if index is None or (cells[index].rowspan, cells[index].colspan) != (here, cell.colspan):
            return None
        joined = any(repair.kind == "joined" for repair in cell.repairs)
        # Blanks in what is printed (a wrapped code) are no matter of correction.
        if not joined and canonical(cells[index].text) != canonical(cell.raw_text):
            cells[index] = cells[index].model_copy(update={"text": cell.raw_text})
    cells = [cell.model_copy(update={"spans": (), "repairs": (), "raw_text": cell.text}) for cell in cells]
    cells += _blanks(cells, known.n_rows, known.n_cols, {page: sheet})
    cells.sort(key=lambda cell: (cell.row, cell.col))
    return known.model_copy(update={"cells": tuple(cells), "confidence": None, "bbox": _around(cells)})


def _of_rows(table: Table, page: int, sheet: Page) -> PageTable:
    """Return the rows of a logical table that stand on a page as a page table."""
    rows = sorted({cell.row for cell in table.cells if cell.page == page})
    rank = {row: at for at, row in enumerate(rows)}
    cells = []
    for cell in table.cells:
        span = range(cell.row, cell.row + cell.rowspan)
        covered = [rank[row] for row in span if row in rank]
        if not covered or cell.page > page:
            continue
        place = {"row": covered[0], "rowspan": len(covered), "page": page, "spans": (), "repairs": ()}
        if cell.page == page:
            cells.append(cell.model_copy(update={**place, "text": cell.raw_text}))
            continue
        # What spans the page break is printed on the page before; here its frame is blank.
        heights = [each.bbox[1::2] for each in table.cells if each.page == page and each.row in span]
        tops, bottoms = zip(*heights, strict=True)
        box = (cell.bbox[0], min(tops), cell.bbox[2], max(bottoms))
        box, quad = _fitting(box, _corners(box), sheet)
        blank = {"text": "", "raw_text": "", "bbox": box, "quad": quad}
        cells.append(cell.model_copy(update={**place, **blank}))
    cells += _blanks(cells, len(rows), table.n_cols, {page: sheet})
    cells.sort(key=lambda cell: (cell.row, cell.col))
    return PageTable(
        id="", bbox=_around(cells), n_rows=len(rows), n_cols=table.n_cols, ruled=True, cells=tuple(cells)
    )


def _around(cells: Iterable[Cell]) -> BBox:
    x0, y0, x1, y1 = zip(*(cell.bbox for cell in cells), strict=True)
    return min(x0), min(y0), max(x1), max(y1)


def _renumbered_table(table: PageTable, name: str, number: Mapping[int, int]) -> PageTable:
    return table.model_copy(
        update={"id": name, "cells": tuple(_renumbered(cell, number) for cell in table.cells)}
    )


def _renumbered(cell: Cell, number: Mapping[int, int]) -> Cell:
    repairs = tuple(_renumbered_repair(repair, number) for repair in cell.repairs)
    return cell.model_copy(update={"page": number[cell.page], "repairs": repairs})


def _renumbered_repair(repair: Repair, number: Mapping[int, int]) -> Repair:
    evidence = tuple(
        # What was seen on a page that is left out is still why it is believed.
        Evidence(text=each.text, page=None, bbox=None)
        if each.page is not None and each.page not in number
        else each.model_copy(update={"page": None if each.page is None else number[each.page]})
        for each in repair.evidence
    )
    return repair.model_copy(update={"evidence": evidence})


def _pdf(document: Document, pages: Sequence[int], folder: Path, source: Path | None) -> tuple[bytes, bool]:
    """Return the PDF of some pages, and whether it is made of their images.

    Raises:
        InputError: the image of a page is missing.
    """
    data = _source_bytes(document, source)
    if data is not None and len(pages) == len(document.pages):
        return data, False
    if data is not None:
        try:
            with pikepdf.open(io.BytesIO(data)) as whole, pikepdf.new() as part:
                for page in pages:
                    part.pages.append(whole.pages[page - 1])
                made = io.BytesIO()
                part.save(made, deterministic_id=True)
                return made.getvalue(), False
        except (pikepdf.PdfError, IndexError):
            pass  # encrypted, or broken in a way that only some readers mend: the images are there
    return images_to_pdf([_page_image(folder, page) for page in pages], folder.name), True


def _source_bytes(document: Document, source: Path | None) -> bytes | None:
    """Return the PDF that was read, None where it is gone, has changed, or was none."""
    try:
        data = source.read_bytes() if source is not None else b""
    except OSError:
        return None
    return data if data.startswith(b"%PDF-") and sha256_of(data) == document.source.sha256 else None


def _page_image(folder: Path, page: int) -> PageImage:
    found = read_page_image(folder, page)
    if found is None:
        raise InputError(f"{folder} has no image of page {page}", "run extract again")
    image, dpi = found
    gray = image[:, :, :1] if bool(np.array_equal(image[:, :, 0], image[:, :, 2])) else None
    return PageImage(pixels=image if gray is None else gray[:, :, 0], dpi=dpi, jpeg=_JPEG_QUALITY)


def about_gold(gold: Document, name: str, reviewers: Collection[str]) -> dict[str, Any]:
    """Return what `about.json` says of corrected pages."""
    digital = gold.source.kind == "digital"
    wrong = wrong_sums(gold)
    listed = [_listed(each) for each in wrong if each.row and each.measure]
    unnamed = {(each.rule, each.table) for each in wrong if not (each.row and each.measure)}
    checks: dict[str, Any] = {"wrong_in_print": listed, "sums": "listed" if wrong else "hold"}
    if unnamed:
        checks["misjudged"] = [
            {"rule": rule, "table": table, "why": "off in print, in a row that has no name"}
            for rule, table in sorted(unnamed)
        ]
    features = proven_kinds(gold, listed) if digital else []
    return {
        "title": next((table.title for table in gold.tables if table.title), name),
        "document": name,
        "family": name,
        "split": "train",
        "origin": "pages corrected by people in the review app",
        "labelled_by": ", ".join(sorted(reviewers)),
        "checks": checks,
        "licence": "that of the document",
        "tags": {
            "scan_level": DIGITAL if digital else SCAN,
            "skew_deg": [page.skew_deg for page in gold.pages],
            "seal_pages": [],
            "dpi": [page.dpi for page in gold.pages],
            "table_kinds": sorted({table.kind for table in gold.tables}),
            "features": features,
        },
    }


def _listed(wrong: WrongSum) -> dict[str, str]:
    return {
        "rule": wrong.rule,
        "table": wrong.table,
        "row": wrong.row,
        "measure": wrong.measure,
        "printed": str(wrong.printed),
        "sum": str(wrong.sum),
    }
