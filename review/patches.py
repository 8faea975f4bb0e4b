"""What an edit changes: rows and columns put in and taken out of a table, and cells taken away and put there.

All that a person can do to tables (type, merge, split, shift, join, part, undo) is said in these few words.
What an action means is decided once, in the app (`web/src/model`); here it is only carried out and checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from yusuan.extraction.document import Cell, Table, TableKind
from yusuan.extraction.errors import UsageError

# A table of a thousand pages has some ten thousand rows; what asks for more means harm. Stages look at whole
# grids.
MOST_ROWS, MOST_COLS, MOST_PLACES = 100_000, 500, 2_000_000

Place = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]


class ReviewCell(Cell):
    """A cell of a table under review.

    Attributes:
        reviewer: who typed or confirmed it last; None for what only the program read.
        unsure: that person is not certain.
    """

    reviewer: str | None = Field(default=None, max_length=64)
    unsure: bool = False


class ReviewTable(Table):
    """A logical table under review."""

    n_rows: int = Field(ge=0, le=MOST_ROWS)
    n_cols: int = Field(ge=0, le=MOST_COLS)
    cells: tuple[ReviewCell, ...] = ()

    @model_validator(mode="after")
    def _is_no_desert(self) -> ReviewTable:
        if self.n_rows * self.n_cols > MOST_PLACES:
            raise ValueError(f"a table has at most {MOST_PLACES} places, not {self.n_rows} x {self.n_cols}")
        return self


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Splice(_Wire):
    """Rows or columns put in before, or taken out from, position `at`.

    Put in: cells behind move on, and a cell that spans the position grows. Taken out: no cell may be left
    that lies in them whole; a cell that reaches into them shrinks.
    """

    axis: Literal["row", "col"]
    at: int = Field(ge=0, le=MOST_ROWS)
    delete: int = Field(default=0, ge=0, le=MOST_ROWS)
    insert: int = Field(default=0, ge=0, le=MOST_ROWS)


class Change(_Wire):
    """A table that becomes another: first `removed` cells go, then splices are done, then cells are put.

    Attributes:
        table: its id.
        removed: row and column of cells that go, as the table was.
        splices: in order.
        put: cells that come, or take the place of those with the same row and column, as the table will be.
        header_rows: at the top, from now on; None leaves them.
        kind: from now on; None leaves it.
    """

    op: Literal["change"] = "change"
    table: str = Field(max_length=64)
    removed: tuple[Place, ...] = ()
    splices: tuple[Splice, ...] = ()
    put: tuple[ReviewCell, ...] = ()
    header_rows: int | None = Field(default=None, ge=0)
    kind: TableKind | None = None


class Add(_Wire):
    """A table that comes, behind another one or (None) before all."""

    op: Literal["add"] = "add"
    table: ReviewTable
    after: str | None = Field(default=None, max_length=64)


class Remove(_Wire):
    """A table that goes."""

    op: Literal["remove"] = "remove"
    table: str = Field(max_length=64)


Patch = Annotated[Change | Add | Remove, Field(discriminator="op")]


@dataclass(frozen=True)
class Tables:
    """The logical tables of a document under review, in order."""

    tables: tuple[ReviewTable, ...]

    def at(self, table: str) -> int:
        """Return where the table with an id stands.

        Raises:
            UsageError: there is none.
        """
        for index, each in enumerate(self.tables):
            if each.id == table:
                return index
        raise UsageError(f"there is no table {table!r}", "load the page again")

    def patched(self, patches: Sequence[Patch]) -> Tables:
        """Return the tables after an edit.

        Raises:
            UsageError: it does not fit these tables.
        """
        tables = list(self.tables)
        for patch in patches:
            now = Tables(tuple(tables))
            if isinstance(patch, Change):
                index = now.at(patch.table)
                tables[index] = changed(tables[index], patch)
            elif isinstance(patch, Remove):
                del tables[now.at(patch.table)]
            else:
                if any(each.id == patch.table.id for each in tables):
                    raise UsageError(f"there is a table {patch.table.id!r} already", "give it another id")
                tables.insert(0 if patch.after is None else now.at(patch.after) + 1, patch.table)
        return Tables(tuple(tables))


def changed(table: ReviewTable, change: Change) -> ReviewTable:
    """Return a table after a change.

    Raises:
        UsageError: the change does not fit the table, or what comes of it is none: cells overlap or leave it.
    """
    cells = {(cell.row, cell.col): cell for cell in table.cells}
    for row, col in change.removed:
        if cells.pop((row, col), None) is None:
            raise UsageError(f"table {table.id} has no cell at row {row}, column {col} to take away")
    n_rows, n_cols = table.n_rows, table.n_cols
    kept: list[ReviewCell] = list(cells.values())
    for splice in change.splices:
        length = n_rows if splice.axis == "row" else n_cols
        if splice.at + splice.delete > length:
            raise UsageError(f"table {table.id} has no {splice.axis} {splice.at + splice.delete}")
        kept = [_spliced(cell, splice) for cell in kept]
        length += splice.insert - splice.delete
        n_rows, n_cols = (length, n_cols) if splice.axis == "row" else (n_rows, length)
    cells = {(cell.row, cell.col): cell for cell in kept}
    cells |= {(cell.row, cell.col): cell for cell in change.put}
    try:
        return ReviewTable.model_validate(
            {
                **table.__dict__,
                "n_rows": n_rows,
                "n_cols": n_cols,
                "cells": tuple(cells[place] for place in sorted(cells)),
                "header_rows": table.header_rows if change.header_rows is None else change.header_rows,
                "kind": change.kind or table.kind,
            }
        )
    except ValidationError as error:
        raise UsageError(f"table {table.id}: {error.errors()[0]['msg']}", "load the page again") from error


def _spliced(cell: ReviewCell, splice: Splice) -> ReviewCell:
    """Return a cell where it stands after rows or columns went or came.

    Raises:
        UsageError: it lay whole in what is taken out.
    """
    start, span = (cell.row, cell.rowspan) if splice.axis == "row" else (cell.col, cell.colspan)
    end, first, last = start + span, splice.at, splice.at + splice.delete
    if splice.delete and first <= start and end <= last:
        raise UsageError(f"a cell at row {cell.row}, column {cell.col} would be lost", "take it away first")
    lost = max(0, min(end, last) - max(start, first))
    # Where it begins once the lines are out, and whether lines that come stand inside it.
    begin = start if start < first else max(first, start - splice.delete)
    span -= lost
    if begin >= first:
        begin += splice.insert
    elif begin + span > first:
        span += splice.insert
    if splice.axis == "row":
        return cell.model_copy(update={"row": begin, "rowspan": span})
    return cell.model_copy(update={"col": begin, "colspan": span})
