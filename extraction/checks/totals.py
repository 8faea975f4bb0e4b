"""Sums down a table: the total row, and income against expenditure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from yusuan.extraction.checks.ledger import Entry, Ledger, is_grand_total, skipped_finding, sum_finding
from yusuan.extraction.document import Document, Finding

_TOP_LEVEL = re.compile(r"[一二三四五六七八九十]+[、.．]")
_NUMBERED = re.compile(r"[（(]?[一二三四五六七八九十\d]+[)）、.．]")


def total_row(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Finding]:
    """A row 合计 or 总计 is the sum of the top-level rows, column by column."""
    for ledger in ledgers:
        if ledger.table.kind == "three_public_expenses":
            continue  # three_public.py knows its items
        for column in ledger.columns().values():
            if any(entry.line.code for entry in column):
                yield from _coded_totals(column, ledger.decimals)
            else:
                yield from _outlined_totals(column, ledger.decimals)


def _coded_totals(column: Sequence[Entry], decimals: int) -> Iterator[Finding]:
    totals = [entry for entry in column if is_grand_total(entry)]
    codes: set[str | None] = {entry.line.code for entry in column if entry.line.code}
    tops = [entry for entry in column if entry.line.code and not _under_another(entry.line.code, codes)]
    # Rows without a code stand beside the codes in some tables (结转下年), above them in others (a body).
    bare = [entry for entry in column if not entry.line.code and entry.line.row_kind == "line"]
    for total in totals:
        lane = [entry for entry in tops if entry.lane == total.lane]
        finding = _closest(total, [tops, tops + bare, lane], decimals)
        if finding.status == "fail" and len(totals) > 1:
            why = f"{total.label}: one of {len(totals)} totals, which rows it sums up is not said"
            finding = skipped_finding("total_row", [total.cell], why)
        yield finding


def _under_another(code: str, codes: set[str | None]) -> bool:
    return any(code[:length] in codes for length in range(1, len(code)))


def _outlined_totals(column: Sequence[Entry], decimals: int) -> Iterator[Finding]:
    """Sum a column of items without codes: lines, a total, then perhaps more lines and a greater total."""
    block: list[Entry] = []
    earlier: Entry | None = None
    for entry in column:
        if not is_grand_total(entry):
            block.append(entry)
        elif block or earlier:
            carried = [earlier] if earlier else []
            yield _closest(entry, [[*carried, *lines] for lines in _readings(block)], decimals)
            earlier, block = entry, []
        else:
            below = column[column.index(entry) + 1 :]
            yield _closest(entry, _readings([line for line in below if not is_grand_total(line)]), decimals)
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
    ways = (top, lines, bare, sorted([*top, *bare], key=lambda entry: entry.cell.row), subtotals)
    return [list(way) for way in ways if way] or [[]]


def _closest(total: Entry, readings: Sequence[list[Entry]], decimals: int) -> Finding:
    """Return the first reading that closes, or else the failure of the likeliest one."""
    findings = [sum_finding("total_row", total, parts, decimals) for parts in readings]
    return next((finding for finding in findings if finding.status == "pass"), findings[0])


def income_expenditure(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Finding]:
    """In a table of two sides, the last total of the income side equals that of the expenditure side."""
    for ledger in ledgers:
        income, expenditure = grand_total(ledger, "income"), grand_total(ledger, "expenditure")
        if income and expenditure:
            yield sum_finding("income_expenditure", income, [expenditure], ledger.decimals)
            continue
        sides = {entry.line.side for entry in ledger.entries}
        for found, other in ((income, "expenditure"), (expenditure, "income")):
            if found and other in sides:
                why = f"{found.label}: no total of {other} was found"
                yield skipped_finding("income_expenditure", [found.cell], why)


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
