"""How well people label: where two of them agree, and how often they are right where the truth is known."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from yusuan.extraction.document import Cell, Table
from yusuan.extraction.numerals import canonical, parse_amount
from yusuan.extraction.token_labels import FIGURE_LABELS
from yusuan.review.patches import ReviewTable
from yusuan.review.wire import Difference

_NOTHING = ""


@dataclass
class Agreement:
    """What two people who worked blind of each other said of the same cells. Counts add.

    Attributes:
        pairs: label of one and label of the other → number of cells; a cell without a label has none.
        amounts: cells that at least one of them took for an amount.
        same: those of them with the same figure.
    """

    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    amounts: int = 0
    same: int = 0

    def __add__(self, other: Agreement) -> Agreement:
        return Agreement(self.pairs + other.pairs, self.amounts + other.amounts, self.same + other.same)

    def kappa(self) -> float | None:
        """Return Cohen's kappa of the labels (Cohen 1960), None where it is not defined.

        It is not where nothing was labelled twice, nor where chance alone would give full agreement.
        """
        total = self.pairs.total()
        if not total:
            return None
        first, second = Counter[str](), Counter[str]()
        for (one, other), count in self.pairs.items():
            first[one] += count
            second[other] += count
        agree = sum(count for (one, other), count in self.pairs.items() if one == other) / total
        chance = sum(first[label] * second[label] for label in first) / total**2
        return None if chance == 1 else (agree - chance) / (1 - chance)

    def amounts_agree(self) -> float | None:
        """Return the share of amounts that are the same, None where there were none."""
        return self.same / self.amounts if self.amounts else None

    def to_json(self) -> str:
        """Return the counts as they are stored."""
        pairs = [[one, other, count] for (one, other), count in sorted(self.pairs.items())]
        return json.dumps({"pairs": pairs, "amounts": self.amounts, "same": self.same})

    @staticmethod
    def from_json(text: str) -> Agreement:
        """Return stored counts."""
        data = json.loads(text)
        pairs = Counter({(one, other): count for one, other, count in data["pairs"]})
        return Agreement(pairs, data["amounts"], data["same"])


Key = tuple[str, int, int]


def _cells(tables: Iterable[ReviewTable], page: int) -> dict[Key, Cell]:
    return {
        (table.id, cell.row, cell.col): cell for table in tables for cell in table.cells if cell.page == page
    }


def _label(cell: Cell | None) -> str:
    return cell.spans[0].label if cell is not None and cell.spans else _NOTHING


def agreement(one: Sequence[ReviewTable], other: Sequence[ReviewTable], page: int) -> Agreement:
    """Return how two versions of a page agree."""
    first, second = _cells(one, page), _cells(other, page)
    result = Agreement()
    for key in first.keys() | second.keys():
        a, b = first.get(key), second.get(key)
        result.pairs[_label(a), _label(b)] += 1
        if FIGURE_LABELS & {_label(a), _label(b)}:
            result.amounts += 1
            result.same += a is not None and b is not None and _figure(a.text) == _figure(b.text)
    return result


def _figure(text: str) -> str:
    return parse_amount(text) or canonical(text)


def differences(one: Sequence[ReviewTable], other: Sequence[ReviewTable], page: int) -> list[Difference]:
    """Return where two versions of a page differ, in the order of reading.

    Cells are the same where they stand at the same place of a table; one that stands in one version alone, or
    spans other rows or columns, is a difference of structure.
    """
    first, second = _cells(one, page), _cells(other, page)
    found = []
    for key in sorted(first.keys() | second.keys()):
        a, b = first.get(key), second.get(key)
        table, row, col = key
        if a is None or b is None or (a.rowspan, a.colspan) != (b.rowspan, b.colspan):
            found.append(Difference(table=table, row=row, col=col, what="structure", a=_span(a), b=_span(b)))
        elif canonical(a.text) != canonical(b.text):
            found.append(Difference(table=table, row=row, col=col, what="text", a=a.text, b=b.text))
        elif _spans(a) != _spans(b):
            found.append(
                Difference(
                    table=table,
                    row=row,
                    col=col,
                    what="label",
                    a=", ".join(_spans(a)),
                    b=", ".join(_spans(b)),
                )
            )
    return found


def _span(cell: Cell | None) -> str:
    return "" if cell is None else f"{cell.rowspan}×{cell.colspan} {cell.text}"


def _spans(cell: Cell) -> list[str]:
    return [f"{span.label} {cell.text[span.start : span.end]}" for span in cell.spans]


def cells_right(tables: Sequence[ReviewTable], truth: Sequence[Table], page: int) -> tuple[int, int]:
    """Return how many of the true cells of a page stand at their place with their text, and of how many."""
    grids = [
        {(cell.row, cell.col, cell.rowspan, cell.colspan): canonical(cell.text) for cell in table.cells}
        for table in tables
    ]
    right = total = 0
    for table in truth:
        wanted = [cell for cell in table.cells if cell.page == page]
        total += len(wanted)
        right += max(
            (
                sum(
                    grid.get((cell.row, cell.col, cell.rowspan, cell.colspan)) == canonical(cell.text)
                    for cell in wanted
                )
                for grid in grids
            ),
            default=0,
        )
    return right, total
