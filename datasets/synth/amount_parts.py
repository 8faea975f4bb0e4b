"""What the cells of a table of amounts are beyond its records: headings of sides, row numbers, percentages.

An item without an amount gives no record, and is labelled as an item all the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from yusuan.datasets.synth.blocks import CellText, TableBlock, cells_of
from yusuan.datasets.synth.sources import AMOUNT, compact

At = tuple[int, int]
NAMES = frozenset({"code", "item", "body_code", "body"})
RATE = re.compile("[%％]|比例|占比|增幅|增长率|百分比")


def with_parts(block: TableBlock, roles: Sequence[str], n_head: int, n_lanes: int) -> TableBlock:
    """Return the table with the part that each cell plays, where records do not tell it.

    Args:
        block: a table of amounts.
        roles: of its columns (`seq`, `code`, `item`, `amount`, `rest`, …).
        n_head: rows of headings at its top.
        n_lanes: rows with lane numbers below them.
    """
    cells = cells_of(block)
    rates = {
        col
        for (row, col), cell in cells.items()
        if row < n_head and roles[col] == "rest" and cell.colspan == 1 and RATE.search(cell.text)
    }
    rows: list[list[CellText]] = [[] for _ in block.rows]
    for at, cell in sorted(cells.items()):
        if at[0] < n_head:
            part = _heading(cell, [roles[col] for col in range(at[1], at[1] + cell.colspan)])
        elif at[0] < n_head + n_lanes:
            part = "lane"
        else:
            held = set(roles[at[1] : at[1] + cell.colspan])
            note = "amount" in held and len(held) > 1
            names = cell.colspan > 1 and bool(held & {"code", "item"})  # 合计 over numbers, codes and names
            role = "item" if names else roles[at[1]]
            part = "note" if note else _body(compact(cell.text), role, at[1] in rates)
        rows[at[0]].append(replace(cell, part=cell.part or part))
    return replace(block, rows=tuple(map(tuple, rows)))


def _heading(cell: CellText, held: Sequence[str]) -> str | None:
    """Return the label of a heading over names and figures alike: it is that of a group, not of a column."""
    if len(held) == 1 or not NAMES & set(held):
        return None
    income, expenditure = "收入" in compact(cell.text), "支出" in compact(cell.text)
    if income != expenditure:
        return "group.income" if income else "group.expenditure"
    return "group" if set(held) - NAMES else None


def _body(text: str, role: str, rate: bool) -> str | None:
    if not text:
        return None
    if role == "seq":
        return "ordinal"
    if role == "code":
        return "budget_line.code" if text.isdigit() else "budget_line.item"
    if role == "item":
        return "budget_line.item"
    if role == "rest" and (text.endswith(("%", "％")) or (rate and AMOUNT.fullmatch(text))):
        return "percentage"
    return None
