"""Kinds of damage and difficulty that budget documents print: a list, and how gold shows that one is there.

The list was drawn up by reading output of other readers on public documents, where each of these went wrong.
`tags.features` of a gold document names those it has; what the gold itself can show is found, not believed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from yusuan.extraction.document import Cell, Document, Repair, Table

# What a person must tag, because cells do not show it.
SEEN = {
    "wrapped code": "a code broken over two lines of its cell",
    "repeated total": "body and total printed again on every page, above the rows",
}
Proof = Callable[[Document], bool]


def _repairs(document: Document, kind: str) -> Iterator[tuple[Cell, Repair]]:
    for table in document.tables:
        for cell in table.cells:
            yield from ((cell, repair) for repair in cell.repairs if repair.kind == kind)


def _reasons(document: Document) -> set[str]:
    reasons = (part.reason for table in document.tables for part in table.fragments)
    return {word for reason in reasons for word in reason.split(", ")}


def _body(table: Table) -> Iterator[Cell]:
    return (cell for cell in table.cells if not cell.header)


def _labels(cell: Cell) -> list[str]:
    return [span.label for span in cell.spans]


def _torn_row(document: Document) -> bool:
    return "torn row" in _reasons(document)


def _torn_cell(document: Document) -> bool:
    return any(cell.rowspan > 1 and repair.before for cell, repair in _repairs(document, "joined"))


def _torn_code(document: Document) -> bool:
    return any(cell.text.isdigit() for cell, _ in _repairs(document, "joined"))


def _text_in_later_part(document: Document) -> bool:
    return any(not repair.before for _, repair in _repairs(document, "joined"))


def _clipped_name(document: Document) -> bool:
    return any(True for _ in _repairs(document, "completed"))


def _cut_span(document: Document) -> bool:
    printed = {
        (cell.page, cell.bbox): cell.rowspan
        for page in document.pages
        for table in page.tables
        for cell in table.cells
    }
    cells = (cell for table in document.tables for cell in table.cells)
    return any(printed.get((cell.page, cell.bbox), cell.rowspan) < cell.rowspan for cell in cells)


def _merged_cells(document: Document) -> bool:
    return any(cell.rowspan > 1 or cell.colspan > 1 for table in document.tables for cell in _body(table))


def _empty_table(document: Document) -> bool:
    read = {
        place.table for record in document.records for found in record.provenance.values() for place in found
    }
    return any(table.id not in read for table in document.tables)


def _page_break(document: Document) -> bool:
    return any(len(table.fragments) > 1 for table in document.tables)


def _repeated_header(document: Document) -> bool:
    return "repeated header" in _reasons(document)


def _repeated_caption(document: Document) -> bool:
    pages = {part.page for table in document.tables for part in table.fragments[1:]}
    roles = {line.role for page in document.pages if page.number in pages for line in page.lines}
    return bool(roles & {"unit", "organization", "year"})


def _lane_rows(document: Document) -> bool:
    tables = (table for page in document.pages for table in page.tables)
    return any("".join(cell.text.split()) == "栏次" for table in tables for cell in table.cells)


def _row_numbers(document: Document) -> bool:
    return any("ordinal" in _labels(cell) for table in document.tables for cell in table.cells)


def _header_levels(document: Document) -> bool:
    return any(
        cell.header and cell.colspan > 1 and cell.row + cell.rowspan < table.n_rows
        for table in document.tables
        for cell in table.cells
    )


def _names_over_rows(document: Document) -> bool:
    return any(
        "indicator.name" in _labels(cell) and cell.rowspan > 1
        for table in document.tables
        for cell in table.cells
    )


def _targets_in_prose(document: Document) -> bool:
    return any(
        _labels(cell).count("indicator.value") > 1 for table in document.tables for cell in table.cells
    )


def _targets_in_one_cell(document: Document) -> bool:
    return any(
        _labels(cell) == ["indicator.operator", "indicator.value", "indicator.unit"]
        for table in document.tables
        for cell in table.cells
    )


def _code_and_name(document: Document) -> bool:
    cells = (cell for table in document.tables for cell in table.cells)
    return any({label.partition(".")[2] for label in _labels(cell)} >= {"code", "name"} for cell in cells)


def _spaced_words(document: Document) -> bool:
    cells = (cell for table in document.tables for cell in table.cells)
    return any(re.search(r"[一-鿿] +[一-鿿]", cell.text) for cell in cells)


def _horizontal_expenses(document: Document) -> bool:
    return any(record.type == "budget_line" and record.item == "三公经费" for record in document.records)


# Kind → whether the gold of a document shows it.
PROVEN: dict[str, Proof] = {
    "torn row": _torn_row,
    "torn cell": _torn_cell,
    "torn code": _torn_code,
    "text in a later part": _text_in_later_part,
    "clipped name": _clipped_name,
    # The rows below the break begin with a blank cell: this is where readers shift the columns.
    "span cut by a page break": _cut_span,
    "merged cells": _merged_cells,
    "empty table": _empty_table,
    "table over a page break": _page_break,
    "repeated header": _repeated_header,
    "repeated caption": _repeated_caption,
    "lane rows": _lane_rows,
    "row numbers": _row_numbers,
    "header of several levels": _header_levels,
    "name over several rows": _names_over_rows,
    "targets in prose": _targets_in_prose,
    "target in one cell": _targets_in_one_cell,
    "code and name in one cell": _code_and_name,
    "spaced words": _spaced_words,
    "horizontal three public expenses": _horizontal_expenses,
}
# Told by the list of sums that are wrong in print.
WRONG_SUM = "sum wrong in print"
KINDS = (*PROVEN, *SEEN, WRONG_SUM)


def proven_kinds(document: Document, wrong_in_print: object) -> list[str]:
    """Return the kinds that a digital gold document shows.

    Args:
        document: the truth.
        wrong_in_print: the sums that `about.json` lists as wrong in print.
    """
    found = [kind for kind, shows in PROVEN.items() if shows(document)]
    return [*found, WRONG_SUM] if wrong_in_print else found
