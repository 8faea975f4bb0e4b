"""What people made of tasks in Label Studio, back in the logical tables of the document they came from.

Format: Label Studio documentation, "Label Studio JSON format of annotated tasks". Of each task the annotation
counts that is marked as ground truth, else the latest that was not cancelled; a task without any leaves its
page as it was. Ids of regions only hold their parts together: Label Studio gives new ones.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from yusuan.extraction.document import BBox, Cell, Document, Page, Quad, Span, Table
from yusuan.extraction.errors import InputError
from yusuan.extraction.exports.label_studio import (
    CELL,
    EXTRA,
    HEADER,
    LABEL,
    LINE,
    PLACE,
    SPANS,
    TEXT,
    box_to_percent,
)
from yusuan.extraction.geometry import points_to_bbox, points_to_quad
from yusuan.extraction.token_labels import LABELS

# In percent of the page, a tenth of a pixel: a rectangle that moved less was not moved.
_UNMOVED = 0.005
# What asks for more is a slip: no page has such tables, and a table is looked at place by place.
_MOST_ROWS, _MOST_COLS, _MOST_PLACES = 100_000, 500, 100_000
_PLACE = re.compile(r"(\S+)\s+(\d{1,6})\s+(\d{1,6})(?:\s+(\d{1,6})\s*[xX×]\s*(\d{1,6}))?")
_SPAN = re.compile(r"(\d{1,6})\s*-\s*(\d{1,6})\s+(\S+)")


class _Value(BaseModel):
    x: float = Field(allow_inf_nan=False)
    y: float = Field(allow_inf_nan=False)
    width: float = Field(ge=0, allow_inf_nan=False)
    height: float = Field(ge=0, allow_inf_nan=False)
    rotation: float = Field(default=0.0, allow_inf_nan=False)
    rectanglelabels: list[str] = []
    text: list[str] | str = []


class _Result(BaseModel):
    id: str
    from_name: str
    value: _Value


class _Annotation(BaseModel):
    result: list[dict[str, Any]] = []
    was_cancelled: bool | None = None
    ground_truth: bool | None = None
    updated_at: str | None = None


class _Data(BaseModel):
    document: str = ""
    page: int


class _Task(BaseModel):
    id: int | str | None = None
    data: _Data
    annotations: list[_Annotation] = []


@dataclass(frozen=True)
class _Region:
    """A cell as a task says it; `where` names task and region."""

    where: str
    page: Page
    value: _Value
    table: str
    cell: Cell

    @property
    def place(self) -> tuple[str, int, int]:
        return self.table, self.cell.row, self.cell.col


def label_studio_to_document(tasks: Sequence[Any], document: Document) -> Document:
    """Return the document with its logical tables as people left them in Label Studio.

    On pages that were annotated cells are those of the regions: what was deleted is gone and leaves a hole,
    what was added is there, and what is as it was keeps all that tasks do not say. A cell with another text
    loses its confidence and, but for the parts of a torn one, its repairs. A table without cells is gone; one
    of an unknown name comes behind the others. Regions of lines and of what only pages have change nothing.
    Records and findings are those from before: they are to be made anew.

    Args:
        tasks: of this document, as Label Studio exports them (JSON).
        document: from which the tasks were made.

    Raises:
        InputError: a task or a region says what no document can hold; the message names it.
    """
    pages = {page.number: page for page in document.pages}
    regions: dict[int, list[_Region]] = {}
    names: set[str] = set()
    for number, task in enumerate(map(_task, tasks, range(1, len(tasks) + 1)), 1):
        where = f"task {number if task.id is None else task.id}"
        names.add(task.data.document)
        if len(names) > 1:
            raise InputError(f"{where}: the tasks are of several documents: {', '.join(sorted(names))}")
        page = pages.get(task.data.page)
        if page is None:
            raise InputError(f"{where}: the document has no page {task.data.page}")
        annotation = _annotation_that_counts(task.annotations)
        if annotation is None:
            continue
        if page.number in regions:
            raise InputError(f"{where}: there is another task for page {page.number}")
        regions[page.number] = list(_regions(annotation, where, page))
    cells = _with_what_was_known(regions, document.tables)
    tables = [_edited(table, cells.pop(table.id, []), set(regions)) for table in document.tables]
    tables += [_edited(Table(id=name, n_rows=0, n_cols=0), own, set()) for name, own in cells.items()]
    return document.model_copy(update={"tables": tuple(table for table in tables if table is not None)})


def _task(task: Any, number: int) -> _Task:
    try:
        return _Task.model_validate(task)
    except ValidationError as error:
        name = task.get("id", number) if isinstance(task, dict) else number
        raise InputError(f"task {name}: {_first(error)}", "export the project as JSON") from error


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def _annotation_that_counts(annotations: Sequence[_Annotation]) -> _Annotation | None:
    done = [each for each in annotations if not each.was_cancelled]
    # Of those of the same time the last one: `max` takes the first.
    return max(reversed(done), key=_weight, default=None)


def _weight(annotation: _Annotation) -> tuple[bool, str]:
    return bool(annotation.ground_truth), annotation.updated_at or ""


def _regions(annotation: _Annotation, task: str, page: Page) -> Iterator[_Region]:
    """Yield the cells that an annotation has on its page."""
    parts: dict[str, dict[str, _Value]] = {}
    for result in annotation.result:
        if result.get("from_name") not in (LABEL, TEXT, PLACE, SPANS):
            continue
        try:
            part = _Result.model_validate(result)
        except ValidationError as error:
            raise InputError(f"{task}, region {result.get('id')}: {_first(error)}") from error
        if part.from_name in parts.setdefault(part.id, {}):
            raise InputError(f"{task}, region {part.id} says its {part.from_name} twice")
        parts[part.id][part.from_name] = part.value
    for name, fields in parts.items():
        where = f"{task}, region {name}"
        label = _only(fields[LABEL].rectanglelabels, where, LABEL) if LABEL in fields else None
        if label not in (HEADER, CELL, EXTRA, LINE):
            known = ", ".join((HEADER, CELL, EXTRA, LINE))
            raise InputError(f"{where} has no label that we know: {label}", f"choose one of {known}")
        if label in (HEADER, CELL):
            yield _region(where, page, fields, label == HEADER)


def _only(entries: Sequence[str], where: str, field: str) -> str:
    if len(entries) > 1:
        raise InputError(f"{where} says several things as its {field}: {' | '.join(entries)}", "leave one")
    return entries[0] if entries else ""


def _region(where: str, page: Page, fields: dict[str, _Value], header: bool) -> _Region:
    text = _only(_entries(fields.get(TEXT)), where, TEXT)
    said = _only(_entries(fields.get(PLACE)), where, PLACE)
    match = _PLACE.fullmatch(said.strip())
    if match is None:
        raise InputError(
            f"{where} has no place in a table: {said!r}",
            "say table, row and column, from 0: t1 3 2 or t1 0 2 1x4",
        )
    row, col, rowspan, colspan = (int(group or 1) for group in match.groups()[1:])
    if not rowspan or not colspan:
        raise InputError(f"{where} covers nothing: {said!r}")
    if row + rowspan > _MOST_ROWS or col + colspan > _MOST_COLS or rowspan * colspan > _MOST_PLACES:
        raise InputError(f"{where} lies too far out: {said!r}")
    box, quad = _box(page, fields[LABEL])
    cell = Cell(
        row=row,
        col=col,
        rowspan=rowspan,
        colspan=colspan,
        text=text,
        page=page.number,
        bbox=box,
        quad=quad,
        header=header,
        spans=tuple(_spans(_entries(fields.get(SPANS)), text, where)),
    )
    return _Region(where, page, fields[LABEL], match[1], cell)


def _entries(value: _Value | None) -> list[str]:
    """Return what was typed into a field."""
    if value is None:
        return []
    return [value.text] if isinstance(value.text, str) else value.text


def _spans(entries: Iterable[str], text: str, where: str) -> Iterator[Span]:
    end = 0
    found = []
    for entry in entries:
        match = _SPAN.fullmatch(entry.strip())
        if match is None:
            raise InputError(
                f"{where}: {entry!r} is no label on characters",
                "say from, to and label: 0-7 budget_line.code",
            )
        if match[3] not in LABELS:
            raise InputError(f"{where}: there is no label {match[3]!r}")
        found.append(Span(start=int(match[1]), end=int(match[2]), label=match[3]))
    for span in sorted(found, key=lambda span: span.start):
        if not end <= span.start < span.end <= len(text):
            stands = f"{span.start}-{span.end} {span.label}"
            raise InputError(f"{where}: {stands} stands outside of {text!r}, or over another label")
        end = span.end
    yield from found


def _box(page: Page, value: _Value) -> tuple[BBox, Quad]:
    """Return box and quad of a rectangle, which is turned clockwise around its top left corner."""
    x, y = value.x * page.width / 100, value.y * page.height / 100
    width, height = value.width * page.width / 100, value.height * page.height / 100
    turn = math.radians(value.rotation)
    across = np.array((math.cos(turn), math.sin(turn))) * width
    down = np.array((-math.sin(turn), math.cos(turn))) * height
    quad = points_to_quad(np.array((x, y)) + np.array([across * 0, across, across + down, down]))
    return points_to_bbox(np.array(quad)), quad


def _with_what_was_known(
    regions: dict[int, list[_Region]], tables: Sequence[Table]
) -> dict[str, list[tuple[str, Cell]]]:
    """Return the cells of regions by table, each with where it is said and what the document knows of it.

    A region is the cell that has its place, else the one whose rectangle it has.
    """
    known: dict[int, dict[tuple[str, int, int], Cell]] = {page: {} for page in regions}
    for table in tables:
        for cell in table.cells:
            if cell.page in known:
                known[cell.page][table.id, cell.row, cell.col] = cell
    found: dict[str, list[tuple[str, Cell]]] = {}
    for page, here in regions.items():
        places = {region.place for region in here}
        moved = [cell for place, cell in known[page].items() if place not in places]
        for region in here:
            before = known[page].get(region.place)
            if before is None and (at := [cell for cell in moved if _is_at(region, cell)]):
                before = at[0]
                moved.remove(before)
            cell = region.cell if before is None else _kept(region, before)
            found.setdefault(region.table, []).append((region.where, cell))
    return found


def _is_at(region: _Region, cell: Cell) -> bool:
    """Return whether a region has the rectangle of a cell, as it was exported."""
    there = box_to_percent(region.page, cell.bbox)
    return region.value.rotation == 0 and all(
        abs(getattr(region.value, side) - value) < _UNMOVED for side, value in there.items()
    )


def _kept(region: _Region, before: Cell) -> Cell:
    """Return the cell of a region with all that its task does not say as it was before."""
    said = region.cell
    same_text = said.text == before.text
    update: dict[str, Any] = {
        **{name: getattr(said, name) for name in ("row", "col", "rowspan", "colspan", "text", "header")},
        "spans": tuple(_span_before(span, before) if same_text else span for span in said.spans),
    }
    if not _is_at(region, before):
        update |= {"bbox": said.bbox, "quad": said.quad}
    if not same_text:
        joined = tuple(repair for repair in before.repairs if repair.kind == "joined")
        update |= {"confidence": None, "repairs": joined}
    return before.model_copy(update=update)


def _span_before(span: Span, before: Cell) -> Span:
    """Return a span with the confidence that it had."""
    as_before = (each for each in before.spans if _said(each) == _said(span))
    return next(as_before, span)


def _said(span: Span) -> tuple[int, int, str]:
    return span.start, span.end, span.label


def _edited(table: Table, regions: Sequence[tuple[str, Cell]], pages: set[int]) -> Table | None:
    """Return a table with the cells of regions; None where nothing is left of it.

    Args:
        table: as it was.
        regions: cells of it, each with where it is said.
        pages: numbers of those that were annotated: all cells there come from regions.
    """
    rest = [(f"page {cell.page}", cell) for cell in table.cells if cell.page not in pages]
    taken: dict[tuple[int, int], str] = {}
    for where, cell in (*rest, *regions):
        for row in range(cell.row, cell.row + cell.rowspan):
            for col in range(cell.col, cell.col + cell.colspan):
                if (row, col) in taken:
                    raise InputError(
                        f"{where}: row {row}, column {col} of {table.id} is taken by {taken[row, col]}"
                    )
                taken[row, col] = where
    cells = sorted((cell for _, cell in (*rest, *regions)), key=lambda cell: (cell.row, cell.col))
    if table.cells and not cells:
        return None
    (rows, cols), (rows_before, cols_before) = _extent(cells), _extent(table.cells)
    return table.model_copy(
        update={
            # Rows and columns at the end in which no cell stands were there before.
            "n_rows": table.n_rows + rows - rows_before,
            "n_cols": table.n_cols + cols - cols_before,
            "header_rows": _header_rows(table, cells),
            "cells": tuple(cells),
        }
    )


def _extent(cells: Iterable[Cell]) -> tuple[int, int]:
    ends = [(cell.row + cell.rowspan, cell.col + cell.colspan) for cell in cells]
    return max((row for row, _ in ends), default=0), max((col for _, col in ends), default=0)


def _header_rows(table: Table, cells: Iterable[Cell]) -> int:
    """Return how many rows at the top are headings, after whole rows became headings or ceased to be."""
    before, now = _heads(table.cells), _heads(cells)
    rows = table.header_rows
    while now.get(rows) == {True} and before.get(rows) != {True}:
        rows += 1
    while rows and now.get(rows - 1) == {False} and before.get(rows - 1) == {True}:
        rows -= 1
    return rows


def _heads(cells: Iterable[Cell]) -> dict[int, set[bool]]:
    found: dict[int, set[bool]] = {}
    for cell in cells:
        found.setdefault(cell.row, set()).add(cell.header)
    return found
