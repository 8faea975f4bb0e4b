"""“三公”经费 printed one item a row: the total is the sum of its three items, cars are bought and run.

The horizontal form, whose header names the items, is summed by `rows.row_sum`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from yusuan.extraction.checks.equations import Result
from yusuan.extraction.checks.ledger import Entry, Ledger, sum_equation
from yusuan.extraction.document import Document

# What an item is called, from the most telling words to the least; the first that fits names it.
_ITEMS = (
    ("total", re.compile(r"三公.*(小计|合计|总计)")),
    ("vehicles", re.compile(r"公务用车购置[及和、].*(运行|运维|维护)")),
    ("purchase", re.compile(r"公务用车购置")),
    ("running", re.compile(r"公务用车(运行|运维|维护)")),
    ("abroad", re.compile(r"^([一二三四五六七八九十\d]+[、.．])?因公出国")),
    ("reception", re.compile(r"公务接待")),
    ("meetings", re.compile(r"会议费")),
    ("training", re.compile(r"培训费")),
    ("grand_total", re.compile(r"^(合计|总计|小计)$")),
)
_PARTS = {
    "vehicles": ("purchase", "running"),
    "total": ("abroad", "vehicles", "reception"),
    "grand_total": ("total", "meetings", "training"),
}


def three_public(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Result]:
    """三公 = 出国 + 公务用车 + 接待; 公务用车 = 购置 + 运行; 合计 = 三公 + 会议 + 培训."""
    for ledger in ledgers:
        if ledger.table.kind != "three_public_expenses":
            continue
        for column in ledger.columns().values():
            items = _items(column)
            # A table of the three alone calls their total 合计.
            if "grand_total" in items and not {"total", "meetings", "training"} & items.keys():
                items["total"] = items.pop("grand_total")
            for whole, names in _PARTS.items():
                parts = [entry for name in names for entry in _amounts_of(name, items)]
                if whole in items and parts:
                    yield sum_equation("three_public", items[whole], parts, ledger.decimals)


def _amounts_of(name: str, items: Mapping[str, Entry]) -> list[Entry]:
    """Return the amount of an item, or where its own row is blank those of its parts."""
    if name in items:
        return [items[name]]
    return [entry for part in _PARTS.get(name, ()) for entry in _amounts_of(part, items)]


def _items(column: Sequence[Entry]) -> dict[str, Entry]:
    """Return item → amount; an item that stands in the column twice is left out."""
    found: dict[str, list[Entry]] = {}
    for entry in column:
        item = re.sub(r"^其中[:：]?", "", entry.line.item or "")
        name = next((name for name, pattern in _ITEMS if pattern.search(item)), None)
        if name:
            found.setdefault(name, []).append(entry)
    return {name: entries[0] for name, entries in found.items() if len(entries) == 1}
