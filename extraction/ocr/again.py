"""A cell read again from the page image: other crops of the same ink, and what the recogniser sees in them.

The first reading cut a line of text out where the detector saw one. This one takes what is inked inside the
cell, so that a glyph which the detector cut off is there again, and looks at it three times: as it is, with
more paper around it, and in black and white.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np

from yusuan.extraction.document import BBox, Cell
from yusuan.extraction.numerals import canonical
from yusuan.extraction.ocr.engine import Reading
from yusuan.extraction.ocr.traces import Trace, TraceReader

# Inches: how far a border may reach into its cell, the least height of ink, and paper around it.
_BORDER, _LEAST, _PAPER = 0.02, 0.03, 0.02
# A stroke this share of a cell long is a rule.
_RULE = 0.8
# A cell higher than this, in inches, may hold several lines: it is not read again as one.
_ONE_LINE = 0.45

# Of what figures are made.
_FIGURE = "0123456789.,-"

# Page number → its upright image `(H, W, 3)` uint8 RGB and dpi; None where there is none.
Images = Callable[[int], tuple[np.ndarray, float] | None]


class SecondReader:
    """Reads cells again. One for each document: it keeps what it saw."""

    def __init__(self, look: Images, reader: Callable[[], TraceReader]) -> None:
        """Take where page images come from, and what gives who reads, when there is something to read."""
        self._look = lru_cache(maxsize=4)(look)
        self._reader = reader
        self._traces: dict[tuple[int, BBox], list[Trace]] = {}

    def traces(self, cell: Cell) -> list[Trace]:
        """Return what is seen in a cell, once for each way to look at it; nothing where there is no ink."""
        key = (cell.page, cell.bbox)
        if key not in self._traces:
            seen = self._look(cell.page)
            crops = cell_crops(*seen, cell.bbox) if seen is not None else []
            self._traces[key] = self._reader().trace(crops) if crops else []
        return self._traces[key]

    def reading(self, cell: Cell) -> Reading | None:
        """Return what most looks read, the surest of them where they differ; None without any."""
        readings = [trace.reading for trace in self.traces(cell)]
        if not readings:
            return None
        votes = Counter(canonical(each.text) for each in readings)
        best = max(readings, key=lambda each: (votes[canonical(each.text)], each.confidence))
        return Reading(best.text, best.confidence * votes[canonical(best.text)] / len(readings))

    def figure(self, cell: Cell) -> Reading | None:
        """Return what is read where only a figure can stand: the surest of all looks, None without any."""
        readings = [trace.within(_FIGURE).reading for trace in self.traces(cell)]
        return max(readings, key=lambda each: each.confidence, default=None)

    def support(self, cell: Cell, text: str) -> float | None:
        """Return how likely a text is in the pixels of a cell, see `repair.Support`."""
        known = []
        for trace in self.traces(cell):
            read = max(trace.likelihood(cell.text), trace.likelihood(trace.reading.text))
            known.append(trace.likelihood(text) - read)
        return max(known, default=None)


def cell_crops(image: np.ndarray, dpi: float, box: BBox) -> list[np.ndarray]:
    """Return the ink of a cell as crops of one line: as it is, in more paper, in black and white.

    Args:
        image: `(H, W, 3)` uint8 RGB, the upright page.
        dpi: of it.
        box: of the cell, in its pixels.
    """
    cell, ink, _ = cell_ink(image, dpi, box)
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    if len(cell) > _ONE_LINE * dpi or not len(rows) or rows[-1] - rows[0] < _LEAST * dpi:
        return []
    crops = []
    for around in (_PAPER, 2.5 * _PAPER):
        paper = round(around * dpi)
        top, bottom = max(0, rows[0] - paper), rows[-1] + 1 + paper
        left, right = max(0, columns[0] - paper), columns[-1] + 1 + paper
        crops.append(cell[top:bottom, left:right])
    plain = cv2.cvtColor(crops[0], cv2.COLOR_RGB2GRAY)
    _, sharp = cv2.threshold(plain, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return [*crops, cv2.cvtColor(sharp, cv2.COLOR_GRAY2RGB)]


def cell_ink(image: np.ndarray, dpi: float, box: BBox) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Return the inside of a cell `(h, w, 3)`, its ink `(h, w)` without rules, and where it begins.

    Args:
        image: `(H, W, 3)` uint8 RGB, the upright page.
        dpi: of it.
        box: of the cell, in its pixels.
    """
    border = max(1, round(_BORDER * dpi))
    x0, y0 = max(0, round(box[0]) + border), max(0, round(box[1]) + border)
    cell = image[y0 : max(y0, round(box[3]) - border), x0 : max(x0, round(box[2]) - border)]
    if min(cell.shape[:2]) < _LEAST * dpi:
        return cell, np.zeros(cell.shape[:2], np.uint8), (x0, y0)
    gray = cv2.cvtColor(cell, cv2.COLOR_RGB2GRAY)
    _, ink = cv2.threshold(gray, 0, 1, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    ink[ink.mean(1) > _RULE] = 0
    ink[:, ink.mean(0) > _RULE] = 0
    return cell, ink, (x0, y0)
