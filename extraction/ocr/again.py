"""A cell read again from the page image: other crops of the same ink, and what the recogniser sees in them.

The first reading cut a line of text out where the detector saw one. This one takes what is inked inside the
cell, line by line, so that a glyph which the detector cut off is there again, and looks at it three times: as
it is, with more paper around it, and in black and white.
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
from yusuan.extraction.ocr.traces import Trace, TraceReader, joined

# Inches: how far a border may reach into its cell, the least height of ink, and paper around it.
_BORDER, _LEAST, _PAPER = 0.02, 0.03, 0.02
# A stroke this share of a cell long is a rule.
_RULE = 0.8
# Lines of text are parted by this much white, in inches, in which a row has so small a share of the ink of
# the fullest; names and figures have no more lines than this.
_GAP, _WHITE, _MOST_LINES = 0.015, 0.06, 4

# Looks that agree less than this, or on another text than was read, saw pixels that tell little: there what
# speaks against a text counts so much.
_SETTLED, _UNSETTLED = 0.5, 0.6

# A stroke at the edge of a cell is a rule if it goes along so much of it, or is thinner than these inches;
# some stroke of a text is as high as these inches; and less than so many heights of the text are left beside
# it where no glyph more fits.
_ALONG, _THIN, _TALL, _NO_GLYPH = 0.6, 0.02, 0.05, 0.65

# What was seen in so many cells is kept, some ten KiB each.
_REMEMBERED = 4096

# Of what figures are made.
_FIGURE = "0123456789.,-"

# Page number → its upright image `(H, W, 3)` uint8 RGB and dpi; None where there is none.
Images = Callable[[int], tuple[np.ndarray, float] | None]


class SecondReader:
    """Reads cells again. One for each document: it keeps what it saw."""

    def __init__(self, look: Images, reader: Callable[[], TraceReader]) -> None:
        """Take where page images come from, and what gives who reads, when there is something to read."""
        # A name may go on, on the next page.
        self._look = lru_cache(maxsize=2)(look)
        self._reader = reader
        self._seen = lru_cache(maxsize=_REMEMBERED)(self._see)
        self._filled: dict[tuple[int, BBox], bool | None] = {}
        self._indents: dict[tuple[int, BBox], float | None] = {}

    def traces(self, cell: Cell) -> list[Trace]:
        """Return what is seen in a cell, once for each way to look at it; nothing where there is no ink."""
        return self._seen(cell.page, cell.bbox)

    def _see(self, page: int, box: BBox) -> list[Trace]:
        seen = self._look(page)
        looks = cell_looks(*seen, box) if seen is not None else []
        return [joined(self._reader().trace(lines)) for lines in looks]

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
        """Return how likely a text is in the pixels of a cell, see `repair.Support`.

        A recogniser is as sure of what it makes of scraps as of clear glyphs; that its looks differ gives
        it away.
        """
        known = []
        for trace in self.traces(cell):
            read = max(trace.likelihood(cell.text), trace.likelihood(trace.reading.text))
            known.append(trace.likelihood(text) - read)
        if not known:
            return None
        return max(known) * (1 if self._is_settled(cell) else _UNSETTLED)

    def fills(self, cell: Cell) -> bool | None:
        """Say whether the one line of text in a cell leaves no room for another glyph; None without ink.

        So does a name that the printer cut at the border.
        """
        key = (cell.page, cell.bbox)
        if key not in self._filled:
            seen = self._look(cell.page)
            self._filled[key] = None if seen is None else _is_full(*seen, cell.bbox)
        return self._filled[key]

    def indent(self, cell: Cell) -> float | None:
        """Return how far the text of a cell begins from its left border, in inches; None without ink."""
        key = (cell.page, cell.bbox)
        if key not in self._indents:
            seen = self._look(cell.page)
            self._indents[key] = None if seen is None else _indent(*seen, cell.bbox)
        return self._indents[key]

    def _is_settled(self, cell: Cell) -> bool:
        """Say whether the looks at a cell agree on what it is said to hold, commas aside."""
        reading = self.reading(cell)
        if reading is None or reading.confidence < _SETTLED:
            return False
        return canonical(reading.text).replace(",", "") == canonical(cell.text).replace(",", "")


def cell_looks(image: np.ndarray, dpi: float, box: BBox) -> list[list[np.ndarray]]:
    """Return the ink of a cell in three ways: as it is, in more paper, in black and white.

    Args:
        image: `(H, W, 3)` uint8 RGB, the upright page.
        dpi: of it.
        box: of the cell, in its pixels.

    Returns:
        The lines of text of each look, from top to bottom; nothing where there is no ink, or prose.
    """
    cell, ink, _ = cell_ink(image, dpi, box)
    lines = _text_lines(ink, dpi)
    if not 0 < len(lines) <= _MOST_LINES:
        return []
    plain, wide = (
        [_with_paper(cell, ink, line, round(around * dpi)) for line in lines]
        for around in (_PAPER, 2.5 * _PAPER)
    )
    return [plain, wide, [_sharp(line) for line in plain]]


def _indent(image: np.ndarray, dpi: float, box: BBox) -> float | None:
    """See `SecondReader.indent`; arguments as of `cell_looks`."""
    _, ink, _ = cell_ink(image, dpi, box)
    inked = np.flatnonzero(_glyphs(ink, dpi).any(0))
    return float(inked[0] / dpi) if len(inked) else None


def _is_full(image: np.ndarray, dpi: float, box: BBox) -> bool | None:
    """See `SecondReader.fills`; arguments as of `cell_looks`."""
    _, ink, _ = cell_ink(image, dpi, box)
    text = _glyphs(ink, dpi)
    lines = _text_lines(text, dpi)
    if not lines:
        return None
    (first, last), *others = lines
    right = np.flatnonzero(text[first:last].any(0))[-1]
    return not others and bool(ink.shape[1] - 1 - right < _NO_GLYPH * (last - first))


def _glyphs(ink: np.ndarray, dpi: float) -> np.ndarray:
    """Return what of the ink `(h, w)` of a cell is glyphs: no rule at its edge, no scrap of one."""
    height, width = ink.shape
    _, parts, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    left, top, wide, high = stats[1:, : cv2.CC_STAT_AREA].T
    at_edge = (left == 0) | (top == 0) | (left + wide == width) | (top + high == height)
    is_long = (high >= _ALONG * height) | (wide >= _ALONG * width)
    is_thin = np.minimum(wide, high) <= _THIN * dpi
    glyphs = ~((at_edge & (is_long | is_thin)) | (is_long & is_thin))
    tall = glyphs & (high >= _TALL * dpi)
    if not tall.any():
        return np.zeros_like(ink)
    # Scraps of rules above and below the text are none of it.
    glyphs &= (top < (top + high)[tall].max()) & (top + high > top[tall].min())
    return np.concatenate([[False], glyphs])[parts].astype(np.uint8)


def _text_lines(ink: np.ndarray, dpi: float) -> list[tuple[int, int]]:
    """Return the first row of each line of text, and the one behind its last."""
    filled = ink.sum(1)
    rows = np.flatnonzero(filled > max(1, _WHITE * filled.max(initial=0)))
    if not len(rows):
        return []
    parts = np.split(rows, np.flatnonzero(np.diff(rows) > _GAP * dpi) + 1)
    lines = [(part[0], part[-1] + 1) for part in parts if part[-1] - part[0] >= _LEAST * dpi]
    inked = np.flatnonzero(filled)
    # Of a line that is alone nothing is cut off, however faint.
    return [(inked[0], inked[-1] + 1)] if len(lines) == 1 else lines


def _with_paper(cell: np.ndarray, ink: np.ndarray, line: tuple[int, int], paper: int) -> np.ndarray:
    first, last = line
    columns = np.flatnonzero(ink[first:last].any(0))
    top, left = max(0, first - paper), max(0, columns[0] - paper)
    return cell[top : last + paper, left : columns[-1] + 1 + paper]


def _sharp(line: np.ndarray) -> np.ndarray:
    _, sharp = cv2.threshold(
        cv2.cvtColor(line, cv2.COLOR_RGB2GRAY), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU
    )
    return cv2.cvtColor(sharp, cv2.COLOR_GRAY2RGB)


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
