"""Which way up a page is: quarter turns, told from how letters stand to each other.

*Lying or standing*: letters of a line stand closer to each other than lines do, in every script that runs in
rows; so letters grow together sooner when they are smeared along the line than across it. Table rules say
nothing here, since a table has them both ways.

*Upright or head over*: commas, full stops and decimal points are small, stand alone, and sit at the foot of
their line. A page of numbers has hundreds. Where the marks do not decide, or say that the page is head over,
a reader (OCR) is asked about a few lines, if the caller has one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from yusuan.extraction.pages.deskew import INK

# Reads crops `(h, w, 3)` RGB of single text lines: text and confidence in 0..1 for each.
Reader = Callable[[list[np.ndarray]], Sequence[tuple[str, float]]]

# Smearing along lines joins letters at least this much better than across, or the axis is open.
SURE_AXIS = 1.25
# Marks at the foot of lines over those at the head, in standard deviations of a fair coin.
SURE_MARKS = 3.0
MIN_MARKS = 8
MAX_HEAD = 0.25
# Few scans stand on their head, and broken print loses the stems under its dots: that takes far more.
SURE_OVER = 5.0
MAX_FOOT_OVER = 0.1
# No band of so few pixels holds a line.
_SMALLEST = 8
# A reader's mean confidence is this much better the right way up, or it does not know either.
READER_MARGIN = 0.05
READER_LINES = 8
# So sure of a few lines, a reader need not see them head over.
SURE_READING = 0.85


def _letters(ink: np.ndarray) -> tuple[np.ndarray, float] | None:
    """Return a mask of the parts of letters and their usual size in pixels; None with hardly any."""
    binary = (ink > INK).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(binary, connectivity=8)
    size = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    letter = (size >= 5) & (size <= 40)
    letter[0] = False
    if letter.sum() < 12:
        return None
    usual = float(np.median(size[letter]))
    # Rules, frames and pictures are larger; specks, which stand in no line, are smaller.
    keep = (size <= 40) & (size >= max(3.0, 0.3 * usual)) & (np.arange(len(size)) > 0)
    return keep.astype(np.uint8)[labels], usual


def reading_axis(ink: np.ndarray) -> float:
    """Return how much more the letters hang together along rows than along columns; 1 is undecided.

    Args:
        ink: of `to_ink`, about 100 dpi, level to within a degree or so.
    """
    found = _letters(ink)
    if found is None:
        return 1.0
    mask, size = found
    reach = max(2, round(0.3 * size)) + 1

    def pieces(kernel: np.ndarray) -> int:
        return cv2.connectedComponents(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel))[0] - 1

    along = pieces(np.ones((1, reach), np.uint8))
    across = pieces(np.ones((reach, 1), np.uint8))
    return across / max(along, 1)


@dataclass(frozen=True)
class Marks:
    """Small marks that stand alone in their line: how many at its foot, and how many at its head."""

    foot: int
    head: int

    @property
    def decided(self) -> int:
        """Return 1 for upright, -1 for head over, 0 for open."""
        count = self.foot + self.head
        lead = (self.foot - self.head) / np.sqrt(max(count, 1))
        if lead >= SURE_MARKS and count >= MIN_MARKS and self.head <= MAX_HEAD * count:
            return 1
        return -1 if lead <= -SURE_OVER and self.foot <= MAX_FOOT_OVER * count else 0


def count_marks(grey: np.ndarray, dpi: float) -> Marks:
    """Return the marks of a page that is level, lying or head over.

    Looks at bands of the page, the ones with most ink first, until they decide.

    Args:
        grey: uint8, 150 to 300 dpi.
        dpi: of `grey`.
    """
    height = grey.shape[0]
    dark = cv2.resize(grey, (1, height), interpolation=cv2.INTER_AREA).ravel()
    edges = np.linspace(0, height, 9).astype(int)
    bands = sorted(itertools.pairwise(edges), key=lambda band: float(dark[band[0] : band[1]].mean()))
    foot = head = 0
    for top, bottom in bands:
        more = _marks_in(grey[top:bottom], dpi)
        foot, head = foot + more.foot, head + more.head
        if Marks(foot, head).decided:
            break
    return Marks(foot, head)


def _marks_in(grey: np.ndarray, dpi: float) -> Marks:
    if min(grey.shape) < _SMALLEST:
        return Marks(0, 0)
    paper = cv2.resize(
        cv2.dilate(
            cv2.resize(grey, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA),
            np.ones((5, 5), np.uint8),
        ),
        (grey.shape[1], grey.shape[0]),
        interpolation=cv2.INTER_LINEAR,
    )
    binary = (cv2.subtract(paper, grey) > 70).astype(np.uint8)
    _, _, stats, centres = cv2.connectedComponentsWithStats(binary, connectivity=8)
    stats, centres = stats[1:], centres[1:]
    wide, high = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    millimetre = dpi / 25.4
    tall = (high > 1.3 * millimetre) & (high < 8 * millimetre) & (wide < 12 * millimetre)
    if tall.sum() < 8:
        return Marks(0, 0)
    line = float(np.median(high[tall]))
    full = np.flatnonzero((high >= 0.75 * line) & (high <= 1.6 * line) & (wide <= 3 * line))
    tiny = (wide >= 2) & (high >= 2) & (wide <= 0.36 * line) & (high <= 0.45 * line)
    small = np.flatnonzero(tiny & (stats[:, cv2.CC_STAT_AREA] >= 4))
    if not len(full) or not len(small):
        return Marks(0, 0)

    # The nearest full-size letter to the left or right says where the line is.
    x, y = centres[small].T
    left, right = stats[full, 0], stats[full, 0] + wide[full]
    top, bottom = stats[full, 1], stats[full, 1] + high[full]
    beside = np.maximum(left[None] - x[:, None], x[:, None] - right[None])
    level = (y[:, None] > top[None] - 0.25 * line) & (y[:, None] < bottom[None] + 0.25 * line)
    beside = np.where(level & (beside > 0) & (beside < 0.9 * line), beside, np.inf)
    nearest = np.argmin(beside, axis=1)
    known = np.isfinite(beside[np.arange(len(small)), nearest])
    small, nearest, y = small[known], nearest[known], y[known]
    place = (y - top[nearest]) / (bottom - top)[nearest]

    # Alone: no other ink in its columns over the height of the line, or it is the dot of a letter.
    total = cv2.integral(binary)
    x0, x1 = stats[small, 0], stats[small, 0] + wide[small]
    y0 = np.maximum(np.minimum(top[nearest], stats[small, 1]) - int(0.15 * line), 0)
    y1 = np.minimum(
        np.maximum(bottom[nearest], stats[small, 1] + high[small]) + int(0.15 * line), binary.shape[0]
    )
    ink = total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]
    alone = ink <= stats[small, cv2.CC_STAT_AREA] * 1.05
    return Marks(int(np.sum(alone & (place > 0.68))), int(np.sum(alone & (place < 0.32))))


def line_crops(
    image: np.ndarray, ink: np.ndarray, scale: float, count: int = READER_LINES
) -> list[np.ndarray]:
    """Return crops of the longest text lines of a level page, for a reader.

    Args:
        image: `(H, W, 3)` RGB.
        ink: of `to_ink`, of the same page.
        scale: pixels of `image` for one of `ink`.
        count: how many crops at most.
    """
    found = _letters(ink)
    if found is None:
        return []
    mask, size = found
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, round(size)), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    boxes = [
        (x, y, w, h)
        for x, y, w, h, _ in stats[1:].tolist()
        if 0.6 * size <= h <= 2.5 * size and w >= 2.5 * size
    ]
    # A reader sees a line of some ten letters best; longer ones cost more and say no more.
    longest = sorted(boxes, key=lambda box: -min(box[2], 12 * size))[:count]
    crops = []
    for x, y, w, h in longest:
        edge = 0.15 * h
        left, right = int((x - edge) * scale), int((x + min(w, 12 * size) + edge) * scale)
        top, bottom = int((y - edge) * scale), int((y + h + edge) * scale)
        crops.append(np.ascontiguousarray(image[max(top, 0) : bottom, max(left, 0) : right]))
    return [crop for crop in crops if crop.size]


def read_confidence(crops: list[np.ndarray], reader: Reader) -> float:
    """Return the mean confidence of a reader in crops; a line without text counts as 0."""
    if not crops:
        return 0.0
    return float(np.mean([score if text.strip() else 0.0 for text, score in reader(crops)]))
