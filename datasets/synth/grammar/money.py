"""Figures: tables of amounts whose sums hold, the way they are printed, and sums made wrong on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from yusuan.datasets.synth.grammar.dice import Dice

# Amounts are whole numbers of the last printed digit. Row → column key → amount; a missing key is a blank.
Figures = dict[str, int]
Sums = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Style:
    """How amounts are printed: decimals, commas, and what stands for nothing."""

    decimals: int
    commas: bool
    nothing: str

    def print(self, amount: int | None) -> str:
        """Return the amount as printed."""
        return self.digits(amount) if amount else self.nothing

    def digits(self, amount: int) -> str:
        """Return the amount in digits, also where it is nothing."""
        whole, part = divmod(abs(amount), 10**self.decimals)
        text = f"{whole:,}" if self.commas else str(whole)
        if self.decimals:
            text += f".{part:0{self.decimals}d}"
        return f"-{text}" if amount < 0 else text


def draw_style(dice: Dice, unit: str) -> Style:
    """Return how a document whose unit is `unit` prints its amounts."""
    decimals = dice.weigh({2: 8, 0: 2}) if unit == "元" else dice.weigh({2: 10, 0: 1, 4: 1, 1: 0.5})
    zero = "0." + "0" * decimals if decimals else "0"
    return Style(decimals, dice.maybe(0.5), dice.weigh({"": 8, zero: 2, "0": 0.5, "-": 0.5}))


def draw_amount(dice: Dice, unit: str, decimals: int, low: float = 0.3, high: float = 3000.0) -> int:
    """Return an amount worth `low` to `high` 万元, in last digits of `unit`."""
    value = dice.spread(low, high) * (10_000 if unit == "元" else 1)
    if unit == "元" and dice.maybe(0.4):
        value = round(value, -2)
    elif unit != "元" and dice.maybe(0.3):
        value = max(1, round(value))
    return max(1, round(value * 10**decimals))


def add_up(figures: Sequence[Figures], parents: Sequence[int | None], sums: Sums) -> Figures:
    """Fill in every sum, along the rows and up the tree, and return the total of the rows at the top.

    Args:
        figures: row → what its leaves say; rows with children are overwritten.
        parents: row → the row it is part of.
        sums: column → the columns that it is the sum of, in an order in which each can be worked out.
    """
    has_children = {parent for parent in parents if parent is not None}
    for row in sorted(has_children):
        figures[row].clear()
    for row in range(len(figures) - 1, -1, -1):
        across(figures[row], sums)
        above = parents[row]
        if above is not None:
            for key, amount in figures[row].items():
                figures[above][key] = figures[above].get(key, 0) + amount
    total: Figures = {}
    for row, parent in enumerate(parents):
        if parent is None:
            for key, amount in figures[row].items():
                total[key] = total.get(key, 0) + amount
    return total


def across(figures: Figures, sums: Sums) -> None:
    """Fill in the sums of one row; where all parts are blank the sum is too."""
    for key, parts in sums.items():
        known = [figures[part] for part in parts if part in figures]
        if known:
            figures[key] = sum(known)


@dataclass
class Misprint:
    """A sum that does not hold in print: which cell, what it says and what its parts add up to."""

    table: str
    row: str
    measure: str
    printed: str
    sum: str

    def as_dict(self) -> dict[str, str]:
        """Return it as `about.json` lists it."""
        return {key: getattr(self, key) for key in ("table", "row", "measure", "printed", "sum")}


@dataclass
class Press:
    """How a document prints its money, and the misprints that it was given."""

    unit: str
    style: Style
    wrong: bool
    misprints: list[Misprint] = field(default_factory=list)

    def note(self, table: str, row: str, measure: str, printed: int, right: int) -> None:
        """Note that a cell prints one amount where its parts add up to another."""
        figures = (self.style.digits(amount).replace(",", "") for amount in (printed, right))
        self.misprints.append(Misprint(table, row, measure, *figures))

    def print(self, amount: int | None) -> str:
        """Return the amount as printed."""
        return self.style.print(amount)

    def draw(self, dice: Dice, low: float = 0.3, high: float = 3000.0) -> int:
        """Return an amount worth `low` to `high` 万元."""
        return draw_amount(dice, self.unit, self.style.decimals, low, high)


def misprint(dice: Dice, amount: int) -> int:
    """Return another amount: mostly off by a rounding, else with a digit changed or two exchanged."""
    if amount < 0:
        return -misprint(dice, -amount)
    if dice.maybe(0.6):
        return amount + dice.pick((-1, 1) if amount > 1 else (1,))
    digits = list(str(abs(amount)))
    at = dice.between(0, len(digits) - 1)
    if len(digits) > 1 and dice.maybe(0.5) and digits[at] != digits[at - 1] and (at > 1 or digits[0] != "0"):
        digits[at], digits[at - 1] = digits[at - 1], digits[at]
    else:
        digits[at] = str((int(digits[at]) + dice.between(1, 9)) % 10)
    changed = int("".join(digits))
    return changed if changed not in (0, amount) else amount + 1
