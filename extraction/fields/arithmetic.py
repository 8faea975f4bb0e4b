"""What the figures of a table are to one another: products, sums, repeats.

Headings may be in any words, but a price times a quantity is an amount, and what adds up its neighbours is a
total. The label network is told so of each cell; what is told is a hint, never a check
(`yusuan.extraction.checks` proves sums exactly).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from yusuan.extraction.numerals import parse_amount

Array = np.ndarray
Box = tuple[int, int, int, int]

# Facts of a cell, in this order.
FACTS = (
    "figure",
    "product",  # of two others of its row
    "factor",
    "sum_of_right",  # of two or more figures beside it
    "sum_of_left",
    "part",  # of such a sum in its row
    "same_on_left",
    "same_on_right",
    "sum_of_below",  # of two or more figures under it
    "sum_of_above",
)
# Amounts have cents; a product of rounded figures is off by a little more.
_CENT, _SHARE = 0.006, 1e-4
# Prices in yuan beside amounts in ten thousands.
_SCALES = np.array([[1.0], [1e4]])
# A row or column with more figures is not looked at further than this.
_MOST = 200
_MOST_FACTORS = 16


def figure_facts(texts: Sequence[str], boxes: Sequence[Box]) -> Array:
    """Return which of `FACTS` hold for each cell of a table, `(C, len(FACTS))` float32 of 0 and 1.

    Args:
        texts: of the cells.
        boxes: first column, first row, last column, last row of each, the last ones exclusive.
    """
    facts = np.zeros((len(texts), len(FACTS)), np.float32)
    values: dict[int, float] = {}
    for number, text in enumerate(texts):
        amount = parse_amount(text) if text and any(glyph.isdigit() for glyph in text) else None
        if amount is not None:
            facts[number, 0] = 1
            if float(amount):
                values[number] = float(amount)
    for line in _lines(values, boxes, 1, 0):
        own = np.array([values[cell] for cell in line])
        facts[line, 1:3] = _products(own)
        facts[line, 3], on_right = _sums(own)
        ahead, on_left = _sums(own[::-1])
        facts[line, 4] = ahead[::-1]
        facts[line, 5] = on_right | on_left[::-1]
        same = np.triu(np.isclose(own[:, None], own), 1)
        facts[line, 6], facts[line, 7] = same.any(axis=0), same.any(axis=1)
    for line in _lines(values, boxes, 0, 1):
        own = np.array([values[cell] for cell in line])
        facts[line, 8] = _sums(own)[0]
        facts[line, 9] = _sums(own[::-1])[0][::-1]
    return facts


def _lines(values: Iterable[int], boxes: Sequence[Box], by: int, along: int) -> Iterable[list[int]]:
    """Return the figures that begin in the same row (or column), two or more, in their order."""
    lines: dict[int, list[int]] = {}
    for cell in values:
        lines.setdefault(boxes[cell][by], []).append(cell)
    return [
        sorted(line, key=lambda cell: boxes[cell][along])[:_MOST] for line in lines.values() if len(line) > 1
    ]


def _products(own: Array) -> Array:
    """Return which figures of a row are products of two others, and which are their factors, `(N, 2)`."""
    found = np.zeros((len(own), 2), bool)
    factors = [at for at in range(len(own)) if own[at] > 0 and own[at] != 1][:_MOST_FACTORS]
    for place, one in enumerate(factors):
        for two in factors[place + 1 :]:
            product = own[one] * own[two]
            near = (np.abs(own * _SCALES - product) <= _CENT * _SCALES + _SHARE * product).any(axis=0)
            near[[one, two]] = False
            if near.any():
                found[near, 0] = True
                found[[one, two], 1] = True
    return found


def _sums(own: Array) -> tuple[Array, Array]:
    """Return which figures are the sum of two or more that follow at once, and which are parts of one."""
    reach = np.concatenate([[0.0], np.cumsum(own)])
    # What the figures behind `i` up to `j` add up to.
    total = reach[None, 1:] - reach[1:, None]
    last = np.arange(len(own))
    equal = (np.abs(total - own[:, None]) <= _CENT) & (last[None] >= last[:, None] + 2)
    parts = np.zeros(len(own), bool)
    for whole, end in zip(*equal.nonzero(), strict=True):
        parts[whole + 1 : end + 1] = True
    return equal.any(axis=1), parts
