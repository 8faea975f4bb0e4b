"""Sums down a table: the total row, and income against expenditure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from yusuan.extraction.checks.equations import Equation, Result, skipped
from yusuan.extraction.checks.ledger import Entry, Ledger, is_grand_total, sum_equation
from yusuan.extraction.document import Document

_TOP_LEVEL = re.compile(r"[一二三四五六七八九十]+[、.．]")
_NUMBERED = re.compile(r"[（(]?[一二三四五六七八九十\d]+[)）、.．]")


# What a total might sum up: for each way to read the rows an equation, or why there is none, or None where
# that way gives no rows.
_Ways = tuple[Result | None, ...]


def total_row(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Result]:
    """A row 合计 or 总计 is the sum of the top-level rows, column by column."""
    for ledger in ledgers:
        if ledger.table.kind == "three_public_expenses":
            continue  # three_public.py knows its items
        # Row of a total → how its columns may be read. All columns of a table are read in one way.
        totals: dict[tuple[str | None, tuple[int, int]], list[_Ways]] = {}
        for column in ledger.columns().values():
            totals_of = _coded_totals if any(entry.line.code for entry in column) else _outlined_totals
            for total, ways in totals_of(column, ledger.decimals):
                totals.setdefault((total.line.side, total.place), []).append(ways)
        of_side = Counter(side for side, _ in totals)
        coded = any(entry.line.code for entry in ledger.entries)
        for (side, _), columns in totals.items():
            usual = Counter(at for ways in columns if (at := _first_closed(ways)) is not None)
            order = [at for at, _ in usual.most_common()]
            for ways in columns:
                found = _chosen(ways, order)
                if coded and of_side[side] > 1 and isinstance(found, Equation) and not found.holds():
                    label = found.left[0].label
                    why = f"{label}: one of {of_side[side]} totals, which rows it sums up is not said"
                    found = skipped("total_row", [found.left[0].cell], why)
                yield found


def _first_closed(ways: _Ways) -> int | None:
    return next((at for at, way in enumerate(ways) if isinstance(way, Equation) and way.holds()), None)


def _chosen(ways: _Ways, order: Sequence[int]) -> Result:
    """Return the way that closes, or else the one by which other columns close, or else the likeliest."""
    closed = _first_closed(ways)
    tried = ([closed] if closed is not None else []) + [*order, *range(len(ways))]
    return next(way for at in tried if at < len(ways) and (way := ways[at]) is not None)


def _coded_totals(column: Sequence[Entry], decimals: int) -> Iterator[tuple[Entry, _Ways]]:
    totals = [entry for entry in column if is_grand_total(entry)]
    codes: set[str | None] = {entry.line.code for entry in column if entry.line.code}
    tops = [entry for entry in column if entry.line.code and not _under_another(entry.line.code, codes)]
    # Rows without a code stand beside the codes in some tables (结转下年), above them in others (a body).
    bare = [entry for entry in column if not entry.line.code and entry.line.row_kind == "line"]
    for total in totals:
        lane = [entry for entry in tops if entry.lane == total.lane]
        yield total, _ways(total, (tops, tops + bare, lane), decimals)


def _under_another(code: str, codes: set[str | None]) -> bool:
    return any(code[:length] in codes for length in range(1, len(code)))


def _outlined_totals(column: Sequence[Entry], decimals: int) -> Iterator[tuple[Entry, _Ways]]:
    """Sum a column of items without codes: lines, a total, then perhaps more lines and a greater total."""
    block: list[Entry] = []
    earlier: Entry | None = None
    for entry in column:
        if not is_grand_total(entry):
            block.append(entry)
        elif block or earlier:
            carried = [earlier] if earlier else []
            lines = _readings(block) if block else [[]]
            ways = [[*carried, *own] if own or not block else [] for own in lines]
            yield entry, _ways(entry, ways, decimals)
            earlier, block = entry, []
        else:
            below = column[column.index(entry) + 1 :]
            rest = [line for line in below if not is_grand_total(line)]
            yield entry, _ways(entry, _readings(rest), decimals)
            return


def _readings(block: Sequence[Entry]) -> list[list[Entry]]:
    """Return the ways to read which lines of a block are its top level, the likeliest first.

    Where some lines are numbered 一、 and some bare, the bare ones are parts of those above them in one
    form and items in their own right in another; only the total tells.
    """
    lines = [entry for entry in block if entry.line.row_kind == "line"]
    top = [entry for entry in lines if _TOP_LEVEL.match(entry.line.item or "")]
    bare = [entry for entry in lines if not _NUMBERED.match(entry.line.item or "")]
    subtotals = [entry for entry in block if entry.line.row_kind == "total"]
    return [top, lines, bare, sorted([*top, *bare], key=lambda entry: entry.cell.row), subtotals]


def _ways(total: Entry, readings: Sequence[Sequence[Entry]], decimals: int) -> _Ways:
    ways = [sum_equation("total_row", total, parts, decimals) if parts else None for parts in readings]
    return tuple(ways) if any(ways) else (sum_equation("total_row", total, [], decimals),)


# How items are numbered, from the outermost level to the innermost; a line without a number is inside all.
_LEVELS = tuple(
    re.compile(pattern)
    for pattern in (
        r"[一二三四五六七八九十]+[、.．]",
        r"[（(][一二三四五六七八九十]+[)）]",
        r"\d{1,2}[、.．](?!\d)",
        r"[（(]\d{1,2}[)）]",
    )
)


def outline_sum(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Result]:
    """A numbered item is the sum of the items numbered below it, in tables without codes.

    Numbers say what belongs to what where nothing else does. Lines without a number below a numbered one may
    be its parts or items beside it: they are taken for its parts only where they add up to it.
    """
    for ledger in ledgers:
        if ledger.table.kind == "three_public_expenses" or any(entry.line.code for entry in ledger.entries):
            continue
        for column in ledger.columns().values():
            lines = [entry for entry in column if entry.line.row_kind != "total"]
            for at, total in enumerate(lines):
                parts, numbered = _numbered_below(lines, at)
                if not parts:
                    continue
                found = sum_equation("outline_sum", total, parts, ledger.decimals)
                if numbered or (isinstance(found, Equation) and found.holds()):
                    yield found


def _numbered_below(lines: Sequence[Entry], at: int) -> tuple[list[Entry], bool]:
    """Return the parts of a line, and whether their numbers say so."""
    own = _level(lines[at])
    below: list[Entry] = []
    if own == len(_LEVELS) or lines[at].line.row_kind == "memo":
        return [], False
    for entry in lines[at + 1 :]:
        if _level(entry) <= own:
            break
        if entry.line.row_kind == "line":
            below.append(entry)
    highest = min(map(_level, below), default=0)
    return [entry for entry in below if _level(entry) == highest], highest < len(_LEVELS)


def _level(entry: Entry) -> int:
    item = entry.line.item or ""
    return next((level for level, pattern in enumerate(_LEVELS) if pattern.match(item)), len(_LEVELS))


def income_expenditure(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Result]:
    """In a table of two sides, the last total of the income side equals that of the expenditure side."""
    for ledger in ledgers:
        income, expenditure = grand_total(ledger, "income"), grand_total(ledger, "expenditure")
        if income and expenditure:
            yield sum_equation("income_expenditure", income, [expenditure], ledger.decimals)
            continue
        sides = {entry.line.side for entry in ledger.entries}
        for found, other in ((income, "expenditure"), (expenditure, "income")):
            if found and other in sides:
                why = f"{found.label}: no total of {other} was found"
                yield skipped("income_expenditure", [found.cell], why)


def grand_total(ledger: Ledger, side: str | None) -> Entry | None:
    """Return the total of all money on one side of a table, None where it cannot be told.

    That is the last of its totals, unless lines stand above and below it: then it sums up the lines
    above (本年收入合计), and the total of all is not in the table.
    """
    totals = totals_of_side(ledger, side)
    if not totals:
        return None
    rows = [entry.cell.row for entry in ledger.entries if entry.line.side == side]
    return None if min(rows) < totals[-1].cell.row < max(rows) else totals[-1]


def totals_of_side(ledger: Ledger, side: str | None) -> list[Entry]:
    """Return the totals on one side of a table, from top to bottom.

    They stand in the column that is itself a total (合计), or in the only column. A table in lanes that
    has several (人员经费合计, 公用经费合计) does not say which of them is the whole.
    """
    totals = [entry for entry in ledger.entries if is_grand_total(entry) and entry.line.side == side]
    summed = [entry for entry in totals if entry.path and entry.path[-1].endswith(("合计", "总计"))]
    columns = {entry.line.measure for entry in ledger.entries if entry.line.side == side}
    if len(totals) > 1 and any(entry.lane for entry in ledger.entries):
        return []
    if len({entry.line.measure for entry in summed}) == 1:
        return summed
    return totals if len(columns) == 1 else []
