"""What a data team asks first: are the amounts there, do codes and names go together, are names whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from yusuan.eval.metrics.canonical import canonical_field
from yusuan.extraction.document import BudgetLine, Cell, Document, Record, Table
from yusuan.extraction.numerals import canonical

NamedKey = tuple[Hashable, ...]


@dataclass(frozen=True)
class Found:
    """Which of the gold things were found, and which of the predicted are true; in their own order."""

    gold: tuple[bool, ...]
    predicted: tuple[bool, ...]


def found(predicted: Sequence[NamedKey], gold: Sequence[NamedKey]) -> Found:
    """Compare two lists of keys as multisets: one prediction finds one gold thing."""
    return Found(tuple(_within(gold, predicted)), tuple(_within(predicted, gold)))


def _within(keys: Sequence[NamedKey], others: Sequence[NamedKey]) -> Iterator[bool]:
    left = Counter(others)
    for key in keys:
        yield left[key] > 0
        left[key] -= 1


def amount_key(record: Record) -> NamedKey | None:
    """Return a printed amount with the cell of a budget table that it stands in; None for other records.

    The cell is known by table, side, code, item and measure. So an amount that is read right and put
    into the wrong row, column or table is not found.
    """
    if not isinstance(record, BudgetLine) or record.amount is None:
        return None
    where = (record.table, record.side, *(_field(record, name) for name in ("code", "item", "measure")))
    return *where, canonical_field("amount", record.amount)


def code_name_key(record: Record) -> NamedKey | None:
    """Return the code and the name that stands beside it; None for a record without a code."""
    code = getattr(record, "code", None)
    if code is None:
        return None
    name = "item" if isinstance(record, BudgetLine) else "name"
    return record.type, getattr(record, "table", None), _field(record, "code"), _field(record, name)


def _field(record: Record, name: str) -> str | None:
    return canonical_field(name, getattr(record, name))


@dataclass(frozen=True)
class Completion:
    """A text that is printed clipped, and what it was completed to."""

    table: Table
    cell: Cell

    @property
    def key(self) -> NamedKey:
        """The page and the whole text: two completions with one key are the same."""
        return self.cell.page, canonical(self.cell.text)


def completions(document: Document) -> list[Completion]:
    """Return every cell of the logical tables that was completed: names, and items of budget tables."""
    return [
        Completion(table, cell)
        for table in document.tables
        for cell in table.cells
        if any(repair.kind == "completed" for repair in cell.repairs)
    ]


def texts_of(document: Document) -> set[NamedKey]:
    """Return page and text of every cell of the logical tables."""
    return {(cell.page, canonical(cell.text)) for table in document.tables for cell in table.cells}
