"""How wide columns must be and on which paper they fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yusuan.datasets.synth.grammar.columns import Column
from yusuan.datasets.synth.grammar.dice import Dice

# Widths in em: the widest digits of our faces, Chinese characters, and both paddings of a cell.
LATIN_EM, HAN_EM, PADDING = 0.61, 1.0, 6.6
LEAST_SIZE = 6.0
NARROW_CODES = 0.06


@dataclass(frozen=True)
class Fit:
    """A sheet by name, the size of the type and the widths of the columns, in points."""

    sheet: str
    size: float
    widths: tuple[float, ...]


def em_of(text: str) -> float:
    """Return about how wide `text` is, in em; the widest line where it has several."""
    lines = text.split("{")[0].split(">>")[-1].strip().split("\\n")
    return max(
        sum(LATIN_EM if ord(char) < 0x2E80 and char not in "“”—" else HAN_EM for char in line)
        for line in lines
    )


def _ems(dice: Dice, columns: Sequence[Column], rows: Sequence[Mapping[str, str]]) -> list[float]:
    """Return the least width of each column in em; now and then one of codes is too narrow for them."""
    ems = []
    short = 0.75 if dice.maybe(NARROW_CODES) else 1.0
    for column in columns:
        least = column.room
        if column.role in ("amount", "rest", "code"):
            own = [text for row in rows if (text := row.get(column.key, "")) and "{c" not in text]
            least = max((em_of(text) for text in own if column.role != "rest" or text.isascii()), default=0.0)
            least = max(least * short if column.role == "code" else least, 2.1, min(column.room, 3.0))
        ems.append(least)
    return ems


def fit(
    dice: Dice,
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, str]],
    inner: Mapping[str, float],
    size: float,
) -> Fit:
    """Return the first sheet that the columns fit on at a size that can be read, else the last at any size.

    Args:
        dice: who chooses how wide the table is within its sheet.
        columns: of the table.
        rows: what they hold; amounts and codes stay on one line.
        inner: sheet → width between its margins, points, in order of liking.
        size: of the type, wanted.
    """
    ems = _ems(dice, columns, rows)
    fixed = PADDING * len(columns)
    for sheet, width in inner.items():
        least = 7.2 if sheet != list(inner)[-1] else LEAST_SIZE
        best = min(size, (width - fixed) / sum(ems))
        if best >= least:
            break
    best = max(best, LEAST_SIZE)
    widths = [em * best + PADDING for em in ems]
    spare = width * dice.pick((1.0, 1.0, 0.95, 0.86)) - sum(widths)
    grows = sum(column.grows for column in columns)
    if spare > 0 and grows:
        widths = [w + spare * column.grows / grows for w, column in zip(widths, columns, strict=True)]
    return Fit(sheet, round(best, 2), tuple(round(w, 1) for w in widths))
