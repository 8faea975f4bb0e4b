"""Sums along a row: 合计 = 基本支出 + 项目支出, 小计 = its parts, as the header paths say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from yusuan.extraction.checks.equations import Result, skipped
from yusuan.extraction.checks.ledger import TOTAL_WORDS, Entry, Ledger, sum_equation
from yusuan.extraction.document import Document

Path = tuple[str, ...]


@dataclass
class Heading:
    """A header cell and those under it; `path` leads to it from the top, `col` is its first column."""

    path: Path
    col: int
    below: dict[str, Heading] = field(default_factory=dict)

    def total(self) -> Heading | None:
        """Return the one heading under this that sums up the others, None without one or with several.

        A heading with others below it (财政拨款小计 over its sources) sums up these alone.
        """
        totals = [
            heading
            for name, heading in self.below.items()
            if name.endswith(TOTAL_WORDS) and not heading.below
        ]
        return totals[0] if len(totals) == 1 else None

    def parts(self) -> list[Heading]:
        """Return the headings that the total sums up; 其中 names a part of a part, 增减 a comparison."""
        others = (heading for heading in self.below.values() if heading is not self.total())
        return [heading for heading in others if not heading.path[-1].startswith(("其中", "增减", "比"))]


def headings_of(columns: Mapping[Path, int]) -> Heading:
    """Return header paths, each with its column, as a tree."""
    root = Heading((), 0)
    for path, col in columns.items():
        node = root
        for depth, name in enumerate(path, 1):
            node = node.below.setdefault(name, Heading(path[:depth], col))
    return root


def row_sum(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Result]:
    """In each row, a 合计 or 小计 is the sum of the columns beside it under the same heading."""
    for ledger in ledgers:
        columns: dict[str | None, dict[Path, int]] = {}
        for entry in ledger.entries:
            columns.setdefault(entry.line.side, {}).setdefault(entry.path, entry.cell.col)
        trees = {side: headings_of(found) for side, found in columns.items()}
        for (_, side, _), row in ledger.rows().items():
            amounts = {entry.path: entry for entry in row}
            if len(amounts) == len(row):  # two columns under one heading: no saying which is meant
                yield from _sums_under(trees[side], amounts, ledger.decimals)


def _sums_under(heading: Heading, amounts: Mapping[Path, Entry], decimals: int) -> Iterator[Result]:
    total_heading, parts = heading.total(), heading.parts()
    if total_heading and parts:
        total = amounts.get(total_heading.path)
        addends = [entry for part in parts for entry in _amounts_of(part, amounts)]
        if total:
            yield sum_equation("row_sum", total, addends, decimals)
        elif addends:
            blank = replace(addends[0].cell, col=total_heading.col)
            why = f"{addends[0].label}: {'/'.join(total_heading.path)} beside it has no amount"
            yield skipped("row_sum", [blank, *(addend.cell for addend in addends)], why)
    for part in parts:
        yield from _sums_under(part, amounts, decimals)


def _amounts_of(heading: Heading, amounts: Mapping[Path, Entry]) -> list[Entry]:
    """Return the entries that make up a heading: its own, else its total's, else those of its parts."""
    total = heading.total()
    for own in (heading, total):
        if own and own.path in amounts:
            return [amounts[own.path]]
    return [entry for part in heading.parts() for entry in _amounts_of(part, amounts)]
