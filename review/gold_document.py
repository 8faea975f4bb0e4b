"""A reviewed document as the truth of some of its pages: tiled, without doubts, counted from page 1."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from yusuan.datasets.goldset.truth import UNPRINTED
from yusuan.extraction.document import (
    IDENTITY,
    BBox,
    Cell,
    Document,
    Evidence,
    Page,
    PageTable,
    Provenance,
    Quad,
    Record,
    Repair,
    Table,
)
from yusuan.extraction.exports.page_tables import with_page_tables
from yusuan.extraction.exports.printed import parts_of, printed_text
from yusuan.extraction.fields import build_records
from yusuan.extraction.geometry import bbox_to_quad, union
from yusuan.review.facts import pages_of

Pages = Mapping[int, Page]


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
    own = {page.number: page for page in document.pages if page.number in pages}
    tables = [table for table in document.tables if table.cells and pages_of(table) <= set(own)]
    kept = document.model_copy(
        update={
            "pages": tuple(_on_paper(own[page]) for page in pages),
            "tables": tuple(_table_on_paper(table, own) for table in tables),
        }
    )
    printed = with_page_tables(kept)
    number = {page: at for at, page in enumerate(pages, 1)}
    names = {
        table.id: f"p{number[page.number]}t{at}"
        for page in printed.pages
        for at, table in enumerate(page.tables, 1)
    }
    gold = document.model_copy(
        update={
            "pages": tuple(_gold_page(page, number, names, of_images) for page in printed.pages),
            "tables": tuple(_gold_table(table, own, number, names) for table in printed.tables),
            "records": (),
            "findings": (),
        }
    )
    texts = {(table.id, cell.row, cell.col): cell.text for table in gold.tables for cell in table.cells}
    records = (_gold_record(record, texts) for record in build_records(gold).records)
    return gold.model_copy(update={"records": tuple(records)})


def _on_paper(page: Page) -> Page:
    """Return a page of which no cell leaves the paper."""
    tables = (
        table.model_copy(update={"cells": tuple(_cell_on_paper(cell, page) for cell in table.cells)})
        for table in page.tables
    )
    return page.model_copy(update={"tables": tuple(tables)})


def _table_on_paper(table: Table, pages: Pages) -> Table:
    cells = tuple(_with_parts_on_paper(cell, pages) for cell in table.cells)
    return table.model_copy(update={"cells": cells})


def _with_parts_on_paper(cell: Cell, pages: Pages) -> Cell:
    """Return a cell on the paper, with the other parts of a torn one."""
    repairs = tuple(
        repair.model_copy(update={"evidence": tuple(_seen_on_paper(each, pages) for each in repair.evidence)})
        for repair in cell.repairs
    )
    return _cell_on_paper(cell, pages[cell.page]).model_copy(update={"repairs": repairs})


def _seen_on_paper(seen: Evidence, pages: Pages) -> Evidence:
    if seen.page is None or seen.bbox is None or seen.page not in pages:
        return seen
    box, _ = _fitting(seen.bbox, bbox_to_quad(seen.bbox), pages[seen.page])
    return seen.model_copy(update={"bbox": box})


def _cell_on_paper(cell: Cell, page: Page) -> Cell:
    box, quad = _fitting(cell.bbox, cell.quad, page)
    return cell.model_copy(update={"bbox": box, "quad": quad})


def _fitting(box: BBox, quad: Quad, page: Page) -> tuple[BBox, Quad]:
    """Return box and quad of a cell on its page: the box around the quad, with an area."""
    xs, ys = zip(*quad, strict=True)
    around = (min(xs), min(ys), max(xs), max(ys))
    if 0 <= around[0] < around[2] <= page.width and 0 <= around[1] < around[3] <= page.height:
        return around, quad
    x0, x1 = _within(box[0], box[2], page.width)
    y0, y1 = _within(box[1], box[3], page.height)
    return (x0, y0, x1, y1), bbox_to_quad((x0, y0, x1, y1))


def _within(low: float, high: float, end: int) -> tuple[float, float]:
    low = min(max(low, 0.0), end - 1.0)
    return low, min(max(high, low + 1.0), float(end))


def _gold_page(page: Page, number: Mapping[int, int], names: Mapping[str, str], of_images: bool) -> Page:
    lines = tuple(line.model_copy(update={"confidence": None}) for line in page.lines)
    tables = tuple(_gold_page_table(table, page, number, names) for table in page.tables)
    update: dict[str, Any] = {"number": number[page.number], "tables": tables, "lines": lines}
    if of_images:
        update |= {"kind": "scanned", "rotation": 0, "skew_deg": 0.0, "transform": IDENTITY}
    return page.model_copy(update=update)


def _gold_page_table(
    table: PageTable, page: Page, number: Mapping[int, int], names: Mapping[str, str]
) -> PageTable:
    bare = {"confidence": None, "spans": (), "repairs": ()}
    cells = [cell.model_copy(update={**bare, "raw_text": cell.text}) for cell in table.cells]
    cells += _blanks(cells, table.n_rows, table.n_cols, {page.number: page})
    new = tuple(cell.model_copy(update={"page": number[page.number]}) for cell in cells)
    box = union([cell.bbox for cell in cells])
    return table.model_copy(update={"id": names[table.id], "cells": new, "confidence": None, "bbox": box})


def _gold_table(table: Table, pages: Pages, number: Mapping[int, int], names: Mapping[str, str]) -> Table:
    """Return a logical table as gold has it: its cells tile it, say what is printed, and are sure."""
    cells = list(table.cells)
    cells += _blanks(cells, table.n_rows, table.n_cols, pages)
    cells.sort(key=lambda cell: (cell.row, cell.col))
    fragments = (
        part.model_copy(update={"page": number[part.page], "table": names[part.table]})
        for part in table.fragments
    )
    new = (_gold_cell(cell, number, cell.header or cell.row < table.header_rows) for cell in cells)
    return table.model_copy(update={"cells": tuple(new), "fragments": tuple(fragments), "confidence": None})


def _gold_cell(cell: Cell, number: Mapping[int, int], header: bool) -> Cell:
    spans = (
        span.model_copy(update={"confidence": None})
        for span in sorted(cell.spans, key=lambda span: span.start)
        if cell.text[span.start : span.end].strip()
    )
    repairs = tuple(_gold_repairs(cell, number))
    return cell.model_copy(
        update={
            "page": number[cell.page],
            "raw_text": repairs[0].before if repairs else cell.text,
            "confidence": None,
            "header": header,
            "spans": tuple(spans),
            "repairs": repairs,
        }
    )


def _gold_repairs(cell: Cell, number: Mapping[int, int]) -> list[Repair]:
    """Return what is a fact of the print: parts that were joined, a clipped name; not what was misread."""
    facts = [each for each in cell.repairs if each.kind in ("joined", "completed")]
    if facts and facts[-1].after != cell.text:
        # People corrected the text since: a torn one is made of its parts as they are now.
        evidence = tuple(
            Evidence(text=part.text, page=part.page, bbox=part.bbox)
            for part in parts_of(cell.model_copy(update={"repairs": _joins(cell)}))
        )
        joined = Repair(kind="joined", before=printed_text(cell), after=cell.text, evidence=evidence)
        facts = [joined] if evidence else []
    return [
        each.model_copy(update={"evidence": tuple(_renumbered(seen, number) for seen in each.evidence)})
        for each in facts
    ]


def _joins(cell: Cell) -> tuple[Repair, ...]:
    return tuple(repair for repair in cell.repairs if repair.kind == "joined")


def _renumbered(seen: Evidence, number: Mapping[int, int]) -> Evidence:
    if seen.page is None:
        return seen
    # What was seen on a page that is left out is still why it is believed.
    place = {"page": number[seen.page]} if seen.page in number else {"page": None, "bbox": None}
    return seen.model_copy(update=place)


def _blanks(cells: Sequence[Cell], n_rows: int, n_cols: int, pages: Pages) -> list[Cell]:
    """Return blank cells for places of a grid that no cell covers, where their rows and columns stand."""
    covered = set(_covered(cells))
    found = []
    for row, col in sorted({(row, col) for row in range(n_rows) for col in range(n_cols)} - covered):
        beside = min(cells, key=lambda cell: (abs(cell.row - row), abs(cell.col - col)))
        over = min(
            cells, key=lambda cell: (cell.page != beside.page, abs(cell.col - col), abs(cell.row - row))
        )
        box = (over.bbox[0], beside.bbox[1], over.bbox[2], beside.bbox[3])
        box, quad = _fitting(box, bbox_to_quad(box), pages[beside.page])
        found.append(Cell(row=row, col=col, page=beside.page, bbox=box, quad=quad))
    return found


def _covered(cells: Iterable[Cell]) -> Iterable[tuple[int, int]]:
    for cell in cells:
        for row in range(cell.row, cell.row + cell.rowspan):
            for col in range(cell.col, cell.col + cell.colspan):
                yield row, col


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
