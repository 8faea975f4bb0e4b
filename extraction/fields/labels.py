"""Labels: what a stretch of a cell's text says. The seam between whoever reads tables and the records.

A labeller puts spans on the cells of a table; records are assembled from spans and grid alone. The one
here works from a lexicon; a trained token classifier is another function of the same type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from yusuan.extraction.document import Cell, Line, Organization, Span, Table
from yusuan.extraction.fields.lexicon import MONEY_UNIT
from yusuan.extraction.token_labels import UNIT


@dataclass(frozen=True)
class PlacedLine:
    """A line of a page, with the page it stands on (counting from 1)."""

    line: Line
    page: int


@dataclass(frozen=True)
class Caption:
    """What stands around a table: its title, unit and organization, each with the line that says so."""

    title: str | None = None
    title_lines: tuple[PlacedLine, ...] = ()
    unit: str | None = None
    unit_line: PlacedLine | None = None
    organization: Organization | None = None
    organization_line: PlacedLine | None = None


@dataclass(frozen=True)
class Context:
    """What a labeller may know beside the table itself: the lines around it."""

    caption: Caption = field(default_factory=Caption)


_UNIT_IN_BRACKETS = re.compile(rf"\s*[（(](?:金额)?(?:单位)?[:：]?\s*({MONEY_UNIT})\s*[）)]")

Labeller = Callable[[Table, Context], Table]


def whole_span(cell: Cell, label: str) -> Cell:
    """Return the cell with one span over its text, white space around it left out; blank cells get none."""
    text = cell.text
    start = len(text) - len(text.lstrip())
    end = len(text.rstrip())
    return cell.model_copy(
        update={"spans": (Span(start=start, end=end, label=label),) if end > start else ()}
    )


def heading_spans(cell: Cell, label: str) -> Cell:
    """Return the cell with its text as a heading; a unit of money in brackets has a span of its own.

    价值（金额单位：万元） is the heading 价值 and the unit 万元.
    """
    whole = whole_span(cell, label)
    match = _UNIT_IN_BRACKETS.search(cell.text)
    if match is None or not whole.spans:
        return whole
    (heading,) = whole.spans
    unit = Span(start=match.start(1), end=match.end(1), label=UNIT)
    if heading.start < match.start():
        heading = heading.model_copy(update={"end": match.start()})
    return cell.model_copy(update={"spans": (heading, unit)})


def labelled_text(cell: Cell, *labels: str) -> str | None:
    """Return the text of the first span of `cell` that has one of the labels, or None."""
    return next((cell.text[span.start : span.end] for span in cell.spans if span.label in labels), None)


def has_label(cell: Cell, *labels: str) -> bool:
    """Say whether a span of the cell has one of the labels."""
    # No generator: this is asked of all cells, many times.
    for span in cell.spans:  # noqa: SIM110
        if span.label in labels:
            return True
    return False


def replace_cells(table: Table, cells: Iterable[Cell]) -> Table:
    """Return the table with the given cells in the place of those at the same row and column."""
    changed = {(cell.row, cell.col): cell for cell in cells}
    if not changed:
        return table
    kept = tuple(changed.get((cell.row, cell.col), cell) for cell in table.cells)
    return table.model_copy(update={"cells": kept})
