"""What the places of texts alone say of tables: entries side by side, and figures under one another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from yusuan.extraction.document import BBox

_FIGURE = re.compile(r"[-−(（]?[\d,，.]*\d[\d,，.]*[)）%％]?")
_LEADERS = re.compile(r"[.·…。]{4,}|…")
# Texts that are further apart than this, in heights of a line, are two entries.
_APART = 1.2
# A line is full where no more room is left than padding and another digit take: 1.5 em, in heights of digits.
_FULL = 2.1


class PrintedLine(NamedTuple):
    """Texts of one line that stand apart, how wide it is with the gaps between them, and how high."""

    entries: tuple[str, ...]
    width: float
    height: float


def boxes_to_rows(boxes: Sequence[BBox]) -> list[list[int]]:
    """Return indices of boxes by the line they stand in: lines downwards, boxes from left to right."""
    rows: list[list[int]] = []
    top, bottom = 0.0, -1.0
    for index in sorted(range(len(boxes)), key=lambda k: boxes[k][1] + boxes[k][3]):
        _, y0, _, y1 = boxes[index]
        # The middle of either lies beside the other: a comma is low, and not half as high as its line.
        if rows and (top <= (y0 + y1) / 2 <= bottom or y0 <= (top + bottom) / 2 <= y1):
            rows[-1].append(index)
            top, bottom = min(top, y0), max(bottom, y1)
        else:
            rows.append([index])
            top, bottom = y0, y1
    return [sorted(row, key=lambda k: boxes[k][0]) for row in rows]


def boxes_to_lines(boxes: Sequence[BBox], texts: Sequence[str]) -> list[PrintedLine]:
    """Return the lines that texts stand in, parted into entries where there are wide gaps.

    Single glyphs with gaps between them are one text set wide: 合　计.
    """
    lines = []
    for row in boxes_to_rows(boxes):
        entries = [texts[row[0]]]
        for left, right in pairwise(row):
            height = max(boxes[left][3] - boxes[left][1], boxes[right][3] - boxes[right][1])
            set_wide = len(texts[left]) == len(texts[right]) == 1
            if set_wide or boxes[right][0] - boxes[left][2] <= _APART * height:
                entries[-1] += texts[right]
            else:
                entries.append(texts[right])
        tall = max(boxes[index][3] - boxes[index][1] for index in row)
        wide = max(boxes[index][2] for index in row) - boxes[row[0]][0]
        lines.append(PrintedLine(tuple(entries), wide, tall))
    return lines


def has_columns(lines: Sequence[PrintedLine]) -> bool:
    """Say whether two lines under one another have entries side by side."""
    return any(first and second for first, second in pairwise(map(_has_parts, lines)))


def _has_parts(line: PrintedLine) -> bool:
    """Say whether entries stand side by side in a line; a table of contents has leaders before the last."""
    leaders = [k for k, entry in enumerate(line.entries) if _LEADERS.search(entry)]
    return len(line.entries) > 1 if not leaders else len(line.entries) - leaders[-1] > 2


def has_rows(lines: Sequence[PrintedLine], width: float) -> bool:
    """Say whether lines in a cell of this width are figures of several rows.

    A figure that is too long for its cell goes on in the next line, and has filled the first.
    """
    figures = [len(line.entries) == 1 and bool(_FIGURE.fullmatch(line.entries[0])) for line in lines]
    full = [width - line.width < _FULL * line.height for line in lines]
    return any(figures[k] and figures[k + 1] and not full[k] for k in range(len(lines) - 1))
