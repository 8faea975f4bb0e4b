"""What Label Studio changed in tables, as patches of the tables under review."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError

from yusuan.extraction.document import Cell, Table
from yusuan.extraction.errors import UsageError
from yusuan.review.patches import Add, Change, Patch, Remove, ReviewCell, ReviewTable, Splice

# Names of tables that the review app can work with.
_TABLE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

_Place = tuple[int, int]
_Axis = Literal["row", "col"]


class ImportedPatch(NamedTuple):
    """A patch of one table, how many cells it changes, and the first page that these stand on."""

    table: str
    patch: Patch
    cells: int
    page: int


def table_patches(
    before: Sequence[Table], after: Sequence[Table], now: Sequence[ReviewTable], person: str
) -> list[ImportedPatch]:
    """Return the patches that make of tables under review what Label Studio made of them.

    Args:
        before: tables as they were exported.
        after: the same as people left them in Label Studio.
        now: as they are under review; what is there already is not changed again.
        person: who stands in changed cells as their reviewer.

    Raises:
        UsageError: people changed the same cells in the review app, or the changes fit no table there.
    """
    was, there = {table.id: table for table in before}, {table.id: table for table in now}
    try:
        found = [*_changes(was, after, there, person), *_removals(before, after, there)]
        return found + list(_additions(was, after, now, person))
    except ValidationError as error:
        raise UsageError(f"tables of Label Studio: {error.errors()[0]['msg']}") from error


def _changes(
    was: Mapping[str, Table], after: Sequence[Table], there: Mapping[str, ReviewTable], person: str
) -> Iterator[ImportedPatch]:
    for table in after:
        if table.id not in was or table == was[table.id]:
            continue
        if table.id not in there:
            raise _conflict(table.id, "is not there any more")
        if (patch := _change(was[table.id], table, there[table.id], person)) is not None:
            yield patch


def _removals(
    before: Sequence[Table], after: Sequence[Table], there: Mapping[str, ReviewTable]
) -> Iterator[ImportedPatch]:
    for table in before:
        if table.id in there and all(other.id != table.id for other in after):
            if not _same_table(table, there[table.id]):
                raise _conflict(table.id, "was changed, and is gone in Label Studio")
            yield _whole(Remove(table=table.id), table)


def _additions(
    was: Mapping[str, Table], after: Sequence[Table], now: Sequence[ReviewTable], person: str
) -> Iterator[ImportedPatch]:
    there = {table.id: table for table in now}
    for table in (table for table in after if table.id not in was):
        if not _TABLE_NAME.fullmatch(table.id):
            raise UsageError(f"a new table is called {table.id!r}", "use letters of ASCII and digits: t9")
        if table.id not in there:
            new = ReviewTable.model_validate(
                {**table.__dict__, "cells": tuple(_reviewed(cell, person) for cell in table.cells)}
            )
            # Before all, or else behind the last table that was there: the order of new ones stays.
            last = next(reversed([name for name in there if name in was]), None)
            yield _whole(Add(table=new, after=last), table)
        elif not _same_table(table, there[table.id]):
            raise _conflict(table.id, "is another one there")


def _whole(patch: Patch, table: Table) -> ImportedPatch:
    return ImportedPatch(table.id, patch, len(table.cells), min(cell.page for cell in table.cells))


def _change(was: Table, after: Table, there: ReviewTable, person: str) -> ImportedPatch | None:
    """Return what makes of a table under review what was made of it elsewhere; None if it is that already."""
    old, new, now = _cells(was), _cells(after), _cells(there)
    removed: list[_Place] = []
    put: list[ReviewCell] = []
    pages: list[int] = []
    for place in sorted({*old, *new}):
        if old.get(place) == new.get(place) or _same(now.get(place), new.get(place)):
            continue
        if not _same(now.get(place), old.get(place)):
            raise _conflict(was.id, f"row {place[0]}, column {place[1]}: this cell was changed")
        if place in old:
            removed.append(place)
        if place in new:
            put.append(_reviewed(new[place], person))
        pages += [cells[place].page for cells in (old, new) if place in cells]
    if not pages:
        return None
    change = Change(
        table=was.id,
        removed=tuple(removed),
        splices=(
            *_at_the_end("row", was.n_rows, after.n_rows, there.n_rows, was.id),
            *_at_the_end("col", was.n_cols, after.n_cols, there.n_cols, was.id),
        ),
        put=tuple(put),
        header_rows=None if after.header_rows == was.header_rows else after.header_rows,
    )
    places = {*removed, *((cell.row, cell.col) for cell in put)}
    return ImportedPatch(was.id, change, len(places), min(pages))


def _at_the_end(axis: _Axis, was: int, after: int, now: int, table: str) -> Iterator[Splice]:
    """Yield what makes a table longer or shorter at its end."""
    if after in (was, now):
        return
    if now != was:
        raise _conflict(table, f"its {axis}s were changed")
    if after > was:
        yield Splice(axis=axis, at=was, insert=after - was)
    else:
        yield Splice(axis=axis, at=after, delete=was - after)


def _cells(table: Table) -> dict[_Place, Cell]:
    return {(cell.row, cell.col): cell for cell in table.cells}


def _reviewed(cell: Cell, person: str) -> ReviewCell:
    return ReviewCell.model_validate({**cell.__dict__, "reviewer": person})


def _same_table(one: Table, other: Table) -> bool:
    ours, theirs = _cells(one), _cells(other)
    return ours.keys() == theirs.keys() and all(_same(ours[place], theirs[place]) for place in ours)


def _same(one: Cell | None, other: Cell | None) -> bool:
    """Return whether two cells are the same for people: so sure as they are may differ."""
    return _said(one) == _said(other)


def _said(cell: Cell | None) -> Any:
    if cell is None:
        return None
    spans = {(span.start, span.end, span.label) for span in cell.spans}
    return cell.page, cell.bbox, cell.rowspan, cell.colspan, cell.text, cell.header, spans


def _conflict(table: str, what: str) -> UsageError:
    return UsageError(
        f"{table} {what} in the review app since", "accept or undo that there, then export and annotate again"
    )
