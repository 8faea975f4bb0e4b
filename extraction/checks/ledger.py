"""Budget lines as the rows and columns of amounts that sums are made of. Money is Decimal, never float."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import cached_property, lru_cache

from yusuan.extraction.checks.equations import Equation, Result, Term, skipped
from yusuan.extraction.document import (
    BudgetLine,
    Cell,
    CellRef,
    Document,
    Record,
    Severity,
    Table,
)
from yusuan.extraction.fields.organizations import is_name_of_body

# How far the text of a cell is indented, in inches; None where that is not known.
Indents = Callable[[Cell], float | None]

# Side and measure.
Column = tuple[str | None, str | None]

# An error of rounding that is this many times the spread of such errors is none.
_SPREADS = Decimal("3.5")

TOTAL_WORDS = ("合计", "总计", "小计")


@dataclass(frozen=True)
class Entry:
    """One printed amount: its record, its cell in the logical table and its value in the table's unit.

    One that cannot be read has the value 0. `lane` counts from 0 where a table prints its rows in two or
    more columns side by side, like a newspaper. `indent` is that of the item, in inches, in tables without
    codes whose pages could be looked at.
    """

    line: BudgetLine
    cell: CellRef
    value: Decimal
    lane: int = 0
    indent: float | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Lane and row: places in this order are the order of reading."""
        return self.lane, self.cell.row

    @property
    def path(self) -> tuple[str, ...]:
        """The measure, one header cell a part; empty where the column has no header."""
        return tuple(self.line.measure.split("/")) if self.line.measure else ()

    @property
    def label(self) -> str:
        """What a person calls this amount: code, item and measure."""
        names = " ".join(filter(None, (self.line.code, self.line.item)))
        return f"{names} [{self.line.measure}]" if self.line.measure else names

    @property
    def term(self) -> Term:
        """This amount as it stands in an equation."""
        return Term(self.cell, self.value, self.label, self.is_known)

    @property
    def is_known(self) -> bool:
        """Whether the amount can be read."""
        return self.line.amount is not None


@dataclass(frozen=True)
class Ledger:
    """The amounts of one logical table, by row and column.

    `decimals` is the finest printed digit that at least two amounts share: a table prints its amounts
    alike, and one slip of the reader must not sharpen every tolerance.
    """

    table: Table
    entries: tuple[Entry, ...]
    decimals: int

    @cached_property
    def bodies(self) -> frozenset[str]:
        """The codes of rows of bodies, with what these spend in the rows below: 104001 某市农业农村局本级.

        They are as long as the county likes. Where one row with codes of a length that no subject has is
        named like a body, all are of bodies; 款 and 项 never are.
        """
        named = {
            code
            for entry in self.entries
            if (code := entry.line.code)
            and len(code) not in (5, 7)
            and is_name_of_body(entry.line.item or "")
        }
        lengths = {len(code) for code in named} - {3}
        return frozenset(
            code
            for entry in self.entries
            if (code := entry.line.code) and (code in named or len(code) in lengths)
        )

    def columns(self) -> dict[Column, list[Entry]]:
        """Return (side, measure) → its amounts in the order of reading."""
        found: dict[Column, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault((entry.line.side, entry.line.measure), []).append(entry)
        return found

    def rows(self) -> dict[tuple[int, str | None, str | None], list[Entry]]:
        """Return (row, side, item) → its amounts from left to right; two sides may share a row."""
        found: dict[tuple[int, str | None, str | None], list[Entry]] = {}
        for entry in self.entries:
            found.setdefault((entry.cell.row, entry.line.side, entry.line.item), []).append(entry)
        return found


def amount_to_decimal(amount: str | None) -> Decimal | None:
    """Return the value of an amount as records hold it, or None where it is no number."""
    try:
        value = Decimal(amount or "")
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def cells_of(record: Record, *fields: str) -> tuple[CellRef, ...]:
    """Return the cells of logical tables that these fields (default: all) of a record were read from."""
    places = (place for name in fields or record.provenance for place in record.provenance.get(name, ()))
    cells = (
        cell_ref(place.table, place.row, place.col)
        for place in places
        if place.table is not None and place.row is not None and place.col is not None
    )
    return tuple(dict.fromkeys(cells))


@lru_cache(maxsize=1 << 14)
def cell_ref(table: str, row: int, col: int) -> CellRef:
    """Return a cell by its place: one object for each, which is found faster than an equal one."""
    return CellRef(table=table, row=row, col=col)


def document_to_ledgers(document: Document, indents: Indents = lambda cell: None) -> list[Ledger]:
    """Return a ledger for each logical table with amounts, in the order of the document's tables.

    An amount whose cell is unknown is in none of them, nor is a dash.

    Args:
        document: with logical tables and records.
        indents: looks at the page for how far a text is indented.
    """
    cells_at = {
        cell_ref(table.id, cell.row, cell.col): cell for table in document.tables for cell in table.cells
    }
    coded = {ref.table for record in document.records for ref in cells_of(record, "code")}
    entries: dict[str, list[Entry]] = {}
    for record in document.records:
        cells = cells_of(record, "amount") if isinstance(record, BudgetLine) else ()
        if not cells or not isinstance(record, BudgetLine):
            continue
        value = amount_to_decimal(record.amount)
        if value is None and cells[0] in cells_at and any(map(str.isalnum, cells_at[cells[0]].text)):
            value = Decimal(0)
        if value is not None:
            items = [cells_at[ref] for ref in cells_of(record, "item")[:1] if ref in cells_at]
            indent = indents(items[0]) if items and cells[0].table not in coded else None
            entries.setdefault(cells[0].table, []).append(Entry(record, cells[0], value, indent=indent))
    ledgers = []
    for table in document.tables:
        found = _in_lanes(entries.get(table.id, ()))
        if found:
            ledgers.append(Ledger(table, tuple(found), _shared_decimals(found)))
    return ledgers


def _in_lanes(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries in the order of reading, with their lanes.

    There are lanes where one row has two amounts of one measure. That a measure has an amount in another
    column now and then, because a cell is merged, makes none.
    """
    by_row: dict[tuple[Column, int], set[int]] = {}
    columns: dict[Column, set[int]] = {}
    for entry in entries:
        column = (entry.line.side, entry.line.measure)
        by_row.setdefault((column, entry.cell.row), set()).add(entry.cell.col)
        columns.setdefault(column, set()).add(entry.cell.col)
    laned = {column for (column, _), cols in by_row.items() if len(cols) > 1}
    found = []
    for entry in entries:
        column = (entry.line.side, entry.line.measure)
        lane = sorted(columns[column]).index(entry.cell.col) if column in laned else 0
        found.append(replace(entry, lane=lane))
    return sorted(found, key=lambda entry: (*entry.place, entry.cell.col))


def decimals_of(value: Decimal) -> int:
    """Return how many digits stand behind the point."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _shared_decimals(entries: Iterable[Entry]) -> int:
    counts = Counter(decimals_of(entry.value) for entry in entries)
    return max((decimals for decimals, count in counts.items() if count > 1), default=max(counts))


def rounding_tolerance(entries: Iterable[Entry], decimals: int) -> Decimal:
    """Return how far a sum of these amounts (the total among them) may be off by rounding alone.

    Each is off by no more than half a last digit, and evenly so, which gives many of them together a spread
    that grows with the root of their number: sums that were rounded are off by more once in two thousand.
    Amounts in 元 with two decimals are exact: there is no smaller money.

    Args:
        entries: total and addends.
        decimals: digits behind the point that the table prints; an amount with more has its own.
    """
    halves, finest = [], decimals
    for entry in entries:
        digits = max(decimals, decimals_of(entry.value))
        if not (entry.line.unit == "元" and digits >= 2):
            halves.append(Decimal(5).scaleb(-digits - 1))
            finest = max(finest, digits)
    spread = (sum((half * half for half in halves), Decimal(0)) / 3).sqrt()
    most = (_SPREADS * spread).quantize(Decimal(1).scaleb(-finest - 1))
    return min(sum(halves, Decimal(0)), most)


def sum_equation(
    rule: str, total: Entry, parts: Sequence[Entry], decimals: int, severity: Severity = "error"
) -> Result:
    """Return that a total equals the sum of its parts, within rounding, or why that cannot be told.

    A cell that several rows share counts once. Without parts, and where not all state their money in one
    unit, there is nothing to be told.

    Args:
        rule: name of the rule.
        total: the amount that is to be explained.
        parts: the amounts that should add to it.
        decimals: digits behind the point that the table prints.
        severity: how bad a failure is.
    """
    addends = list({part.cell: part for part in parts}.values())
    if not addends:
        return skipped(rule, [total.cell], f"{total.label}: {total.line.amount}, no part has an amount")
    units = {entry.line.unit for entry in (total, *addends)}
    if len(units) > 1:
        cells = [entry.cell for entry in (total, *addends)]
        named = ", ".join(sorted(unit or "no unit" for unit in units))
        return skipped(rule, cells, f"{total.label}: amounts in {named} are not added up")
    return Equation(
        rule=rule,
        left=(total.term,),
        right=tuple(part.term for part in addends),
        tolerance=rounding_tolerance((total, *addends), decimals),
        severity=severity,
    )


def is_grand_total(entry: Entry) -> bool:
    """Return whether a row sums up the table (合计, 总计, 支出合计), not a group of its rows (小计)."""
    item = entry.line.item or ""
    return entry.line.row_kind == "total" and entry.line.code is None and item.endswith(("合计", "总计"))
