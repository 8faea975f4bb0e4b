"""Sums down a table: the total row, the rows of bodies, and income against expenditure."""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from yusuan.extraction.checks.equations import Equation, Result, skipped
from yusuan.extraction.checks.ledger import Entry, Ledger, is_grand_total, sum_equation
from yusuan.extraction.document import Document

_TOP_LEVEL = re.compile(r"[一二三四五六七八九十]+[、.．]")
_NUMBERED = re.compile(r"[（(]?[一二三四五六七八九十\d]+[)）、.．]")


# Inches by which a text is indented further than another, half a glyph of small print.
_INDENT = 0.05

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
        for column in (part for each in ledger.columns().values() for part in _apart(each)):
            if any(entry.line.code for entry in column):
                found_totals = _coded_totals(column, ledger)
            else:
                found_totals = _outlined_totals(column, ledger.decimals)
            for total, ways in found_totals:
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


def _apart(column: Sequence[Entry]) -> list[Sequence[Entry]]:
    """Return the lanes of a column, each a column of its own where each has a total of its own.

    The same money is told twice in them: by function on the left, by nature on the right.
    """
    lanes: dict[int, list[Entry]] = {}
    for entry in column:
        lanes.setdefault(entry.lane, []).append(entry)
    return (
        list(lanes.values()) if all(any(map(is_grand_total, lane)) for lane in lanes.values()) else [column]
    )


def _first_closed(ways: _Ways) -> int | None:
    return next((at for at, way in enumerate(ways) if isinstance(way, Equation) and way.holds()), None)


def _chosen(ways: _Ways, order: Sequence[int]) -> Result:
    """Return the way that closes, or else the one by which other columns close, or else the likeliest."""
    closed = _first_closed(ways)
    tried = ([closed] if closed is not None else []) + [*order, *range(len(ways))]
    return next(way for at in tried if at < len(ways) and (way := ways[at]) is not None)


def _coded_totals(column: Sequence[Entry], ledger: Ledger) -> Iterator[tuple[Entry, _Ways]]:
    totals = [entry for entry in column if is_grand_total(entry)]
    bodies = _topmost([entry for entry in column if entry.line.code in ledger.bodies])
    tops = _topmost([entry for entry in column if entry.line.code not in ledger.bodies])
    # Rows without a code stand beside the codes in some tables (结转下年), above them in others (a body).
    bare = [entry for entry in column if not entry.line.code and entry.line.row_kind == "line"]
    for total in totals:
        lane = [entry for entry in tops if entry.lane == total.lane]
        yield total, _ways(total, (tops, tops + bare, lane, bodies), ledger.decimals)


def _topmost(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries with codes that no shorter code among them begins."""
    codes = {entry.line.code for entry in entries}
    return [
        entry
        for entry in entries
        if (code := entry.line.code) and not any(code[:length] in codes for length in range(1, len(code)))
    ]


def body_sum(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Result]:
    """The row of a body is the sum of the codes below it, up to the next body.

    Asked where that holds for most bodies of the table: in others their rows stand for themselves.
    """
    for ledger in ledgers:
        found = [each for column in ledger.columns().values() for each in _sums_of_bodies(column, ledger)]
        held = sum(isinstance(each, Equation) and each.holds() for each in found)
        if 2 * held > len(found):
            yield from found


def _sums_of_bodies(column: Sequence[Entry], ledger: Ledger) -> Iterator[Result]:
    starts = [at for at, entry in enumerate(column) if entry.line.code in ledger.bodies]
    for start, end in pairwise([*starts, len(column)]):
        parts = _topmost(column[start + 1 : end])
        if parts:
            yield sum_equation("body_sum", column[start], parts, ledger.decimals)


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
    depths = _depths(lines)
    outer = [entry for entry, depth in zip(lines, depths, strict=True) if depth == min(depths)]
    return [
        top,
        lines,
        bare,
        sorted([*top, *bare], key=lambda entry: entry.cell.row),
        subtotals,
        outer,
        _roots(lines),
    ]


def _roots(lines: Sequence[Entry]) -> list[Entry]:
    """Return the lines that are part of no other, where a line has the parts below it that add up to it.

    Where nothing else says what belongs to what, the figures may: a table that closes in this way has closed
    in as many sums as it has lines with parts.
    """
    roots: list[Entry] = []
    for entry in reversed(lines):
        added = list(accumulate(each.value for each in roots[::-1]))
        if entry.value and entry.value in added:
            del roots[len(roots) - 1 - added.index(entry.value) :]
        roots.append(entry)
    return roots[::-1]


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


def item_sum(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Result]:
    """An item is the sum of those below it that are its parts, where there are neither codes nor numbers.

    Which are is told by how far they are indented. Asked where that holds for most items of the table: in
    others what is indented is some part of a whole (其中).
    """
    for ledger in ledgers:
        if any(entry.line.code for entry in ledger.entries):
            continue
        found = [each for column in ledger.columns().values() for each in _sums_of_items(column, ledger)]
        held = sum(isinstance(each, Equation) and each.holds() for each in found)
        if 2 * held > len(found):
            yield from found


def _sums_of_items(column: Sequence[Entry], ledger: Ledger) -> Iterator[Result]:
    lines = [entry for entry in column if entry.line.row_kind == "line"]
    if any(_level(entry) < len(_LEVELS) for entry in lines):
        return
    levels = _depths(lines)
    for at, total in enumerate(lines):
        end = next((k for k in range(at + 1, len(lines)) if levels[k] <= levels[at]), len(lines))
        highest = min(levels[at + 1 : end], default=0)
        parts = [lines[k] for k in range(at + 1, end) if levels[k] == highest]
        if parts:
            yield sum_equation("item_sum", total, parts, ledger.decimals)


def _depths(lines: Sequence[Entry]) -> list[int]:
    """Return how deep each line is indented, 0 for all where that of some is not known."""
    known = sorted(entry.indent for entry in lines if entry.indent is not None)
    if len(known) < len(lines):
        return [0] * len(lines)
    steps = [(one + other) / 2 for one, other in pairwise(known) if other - one > _INDENT]
    return [bisect(steps, entry.indent or 0.0) for entry in lines]


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
