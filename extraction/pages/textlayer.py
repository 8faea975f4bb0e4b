"""The text layer of a PDF page: whether it can be trusted, and its characters as words.

A page is *digital* when its visible characters are real Unicode and account for nearly all that looks like
text on its image. Otherwise it is *scanned* and read from the image, also where a part of it has a text
layer: a page number or a stamp over a scan, a table pasted as a picture, letters drawn as outlines. Reading
all of such a page loses a little certainty on the native part; not reading the rest would lose it.
"""

from __future__ import annotations

import bisect
import unicodedata
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial import cKDTree

from yusuan.extraction.document import BBox
from yusuan.extraction.pages.chars import BORROWED, HIDDEN, SLANTED, SPACED, UNMAPPED
from yusuan.extraction.pages.image import Char, Word

# Of the height of a line: a wider gap ends a word.
WORD_GAP = 0.22
# Doubtful characters that stand together (text in a font without a map, not bullets) a page may have.
MAX_DOUBTFUL = 3
MAX_DOUBTFUL_SHARE = 0.01
# So few spots of the size of letters are ornaments.
FEW_LETTERS = 10
_LOOK_DPI = 100.0


@dataclass(frozen=True)
class TextLayer:
    """Characters in pixels of an image; see `CharTable` for the fields. `turns` are clockwise."""

    codes: np.ndarray
    boxes: np.ndarray
    cells: np.ndarray
    turns: np.ndarray
    flags: np.ndarray

    def __len__(self) -> int:
        return len(self.codes)

    def keep(self, mask: np.ndarray) -> TextLayer:
        """Return the characters where `mask` `(N,)` is true."""
        # A word must not grow together over what is left out of its middle.
        gone = np.concatenate([[False], ~mask[:-1]]) if len(mask) else mask
        flags = np.where(gone, self.flags | SPACED, self.flags)
        return TextLayer(self.codes[mask], self.boxes[mask], self.cells[mask], self.turns[mask], flags[mask])


def _doubtful(code: int) -> bool:
    """Say whether a code point is none that people write: private use, unassigned, control, replacement."""
    return code == 0xFFFD or code > 0x10FFFF or unicodedata.category(chr(code)) in ("Cc", "Cn", "Co", "Cs")


def layer_is_garbage(layer: TextLayer) -> bool:
    """Say whether the codes of a text layer are not what is printed.

    Single doubtful characters are bullets and boxes of symbol fonts; side by side they are text
    whose font has no map to Unicode. Chinese in a one-byte encoding comes as rows of accented letters.
    """
    count = len(layer)
    if not count:
        return False
    doubtful_codes = [code for code in np.unique(layer.codes).tolist() if _doubtful(code)]
    doubtful = np.isin(layer.codes, doubtful_codes) | ((layer.flags & UNMAPPED) > 0)
    joined = doubtful[:-1] & doubtful[1:] & ((layer.flags[1:] & SPACED) == 0)
    together = np.concatenate([joined, [False]]) | np.concatenate([[False], joined])
    if together.sum() > max(MAX_DOUBTFUL, MAX_DOUBTFUL_SHARE * count) or doubtful.mean() > 0.15:
        return True
    accented = (layer.codes >= 0xA1) & (layer.codes <= 0xFF)
    return bool(count >= 20 and accented.mean() > 0.3)


def _contrast(grey: np.ndarray, reach: int) -> np.ndarray:
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (reach, reach))
    return np.asarray(cv2.subtract(cv2.dilate(grey, kernel), cv2.erode(grey, kernel)))


def _sample(values: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    height, width = values.shape[:2]
    return np.asarray(values[np.clip(y.astype(int), 0, height - 1), np.clip(x.astype(int), 0, width - 1)])


@dataclass(frozen=True)
class Look:
    """A small grey image of a page, and how many of its pixels make one of the page's, and a millimetre."""

    grey: np.ndarray
    scale: float
    millimetre: float


def look_at(image: np.ndarray, dpi: float) -> Look:
    """Return a page `(H, W, 3)` RGB at about 100 dpi."""
    scale = min(1.0, _LOOK_DPI / dpi)
    how = cv2.INTER_AREA if scale < 0.45 else cv2.INTER_LINEAR
    grey = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), None, fx=scale, fy=scale, interpolation=how)
    return Look(grey, scale, scale * dpi / 25.4)


def visible_layer(layer: TextLayer, look: Look) -> TextLayer:
    """Return the characters that a reader of the page sees.

    Leaves out hidden ones, those on a slant (watermarks), those painted in the colour of what is behind them,
    and second copies printed over the first to look bold. A character whose font the PDF does not bring along
    may be missing from the image for want of that font on this machine; it is kept.
    """
    layer = layer.keep((layer.flags & (HIDDEN | SLANTED)) == 0)
    if not len(layer):
        return layer
    line = np.median(np.minimum(*(layer.cells[:, 2:] - layer.cells[:, :2]).T)) * look.scale
    contrast = _contrast(look.grey, 2 * int(line / 2) + 1)
    x0, y0, x1, y1 = (layer.boxes * look.scale).T
    seen = (layer.flags & BORROWED) > 0
    # A glyph touches all sides of its box, and the middle of a 门 is empty.
    for across in (0.05, 0.35, 0.65, 0.95):
        for down in (0.05, 0.35, 0.65, 0.95):
            seen |= _sample(contrast, x0 + across * (x1 - x0), y0 + down * (y1 - y0)) >= 16
    return layer.keep(seen & _first_copies(layer))


def _first_copies(layer: TextLayer) -> np.ndarray:
    """Return `(N,)` bool: false for a character that stands (nearly) where the same one stood before."""
    wide, high = (layer.cells[:, 2:] - layer.cells[:, :2]).T
    # A second copy is off by a fraction of a stroke; a doubled narrow letter by its whole width.
    step = 0.3 * np.maximum(np.minimum(wide, high), 1.0)
    first = np.ones(len(layer), bool)
    corners = layer.cells[:, :2].astype(float)
    # Codes are laid far apart along a third axis, so that only copies are near one another.
    apart = 2 * (float(step.max()) + 1)
    places = np.column_stack([corners, layer.codes * apart])
    pairs = cKDTree(places).query_pairs(float(step.max()), p=np.inf, output_type="ndarray")
    pairs = np.sort(pairs, axis=1)
    near = (np.abs(corners[pairs[:, 0]] - corners[pairs[:, 1]]) < step[pairs[:, 1], None]).all(axis=1)
    for k in np.unique(pairs[near, 1]).tolist():
        # A ligature (ff) is one glyph that stands for two characters, which share its place exactly.
        first[k] = (corners[k - 1] == corners[k]).all()
    return first


def unexplained_share(layer: TextLayer, look: Look) -> float:
    """Return how much of what looks like text on the image the layer does not account for, 0 to 1.

    What looks like text are spots of ink of the size of letters; rules, photographs and speckles are not.
    """
    ink = (_contrast(look.grey, 3) > 60).astype(np.uint8)
    for x0, y0, x1, y1 in (layer.cells * look.scale).round().astype(int).tolist():
        ink[max(y0 - 1, 0) : y1 + 2, max(x0 - 1, 0) : x1 + 2] = 0
    # Of all algorithms that OpenCV has, this takes the least time where most of the page is blank.
    how = cv2.CV_32S, cv2.CCL_GRANA
    _, _, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(ink, 8, *how)
    wide, high = (
        stats[1:, cv2.CC_STAT_WIDTH] / look.millimetre,
        stats[1:, cv2.CC_STAT_HEIGHT] / look.millimetre,
    )
    area = stats[1:, cv2.CC_STAT_AREA]
    # A letter of 1.2 to 8 mm; in running hand or tight print a few hang together.
    letters = (high > 1.2) & (high < 8) & (wide > 0.6) & (wide < 40) & (area > 6)
    # A short rule is as long, but has no gaps.
    letters &= (wide < 5 * high) | (area < 0.7 * stats[1:, cv2.CC_STAT_WIDTH] * stats[1:, cv2.CC_STAT_HEIGHT])
    amount = float(np.sum(np.maximum(1.0, wide[letters] / np.maximum(high[letters], 1.2))))
    return amount / (amount + len(layer)) if amount >= FEW_LETTERS else 0.0


def layer_to_words(layer: TextLayer) -> tuple[Word, ...]:
    """Return the words of a layer whose `turns` are relative to the upright image.

    Characters of a word follow in reading order; a word of another direction (a label printed sideways) runs
    along its own.
    """
    words: list[Word] = []
    for turn in np.unique(layer.turns).tolist():
        part = layer.keep(layer.turns == turn)
        frame = _along(part.cells, turn)
        for run in _runs(part, frame):
            chars = [
                Char(chr(code), _bbox(box))
                for code, box in zip(part.codes[run].tolist(), part.boxes[run].tolist(), strict=True)
                if unicodedata.category(chr(code)) != "Cc"
            ]
            if chars:
                boxes = part.boxes[run]
                low, high = boxes[:, :2].min(axis=0).tolist(), boxes[:, 2:].max(axis=0).tolist()
                words.append(Word("".join(char.text for char in chars), (*low, *high), tuple(chars)))
    return tuple(words)


def _bbox(box: list[float]) -> BBox:
    return box[0], box[1], box[2], box[3]


def _along(cells: np.ndarray, turn: int) -> np.ndarray:
    """Return `(N, 4)` start, top, end, bottom of cells as if their line ran from left to right."""
    x0, y0, x1, y1 = cells.T
    frames = {
        0: (x0, y0, x1, y1),
        1: (y0, -x1, y1, -x0),
        2: (-x1, -y1, -x0, -y0),
        3: (-y1, x0, -y0, x1),
    }
    return np.stack(frames[turn], axis=1)


def _runs(layer: TextLayer, frame: np.ndarray) -> list[list[int]]:
    """Return the words as lists of indices: first by the order of the file, then by where runs end."""
    start, top, end, bottom = frame.T
    height = np.maximum(bottom - top, 1e-3)
    overlap = np.minimum(bottom[:-1], bottom[1:]) - np.maximum(top[:-1], top[1:])
    gap = start[1:] - end[:-1]
    line = np.minimum(height[:-1], height[1:])
    follows = (
        ((layer.flags[1:] & SPACED) == 0)
        & (overlap > 0.5 * line)
        & (gap < WORD_GAP * line)
        & (gap > -0.5 * line)
    )
    runs = [part.tolist() for part in np.split(np.arange(len(layer)), np.flatnonzero(~follows) + 1)]
    return _joined(runs, frame)


def _joined(runs: list[list[int]], frame: np.ndarray) -> list[list[int]]:
    """Join runs that touch: some programs write the characters of a word in any order."""
    cells = frame.tolist()
    order = sorted(range(len(runs)), key=lambda r: cells[runs[r][0]][0])
    starts = [cells[runs[r][0]][0] for r in order]
    after: dict[int, int] = {}
    taken: set[int] = set()
    for r, run in enumerate(runs):
        _, top, end, bottom = cells[run[-1]]
        line = bottom - top
        low = bisect.bisect_left(starts, end - 0.1 * line)
        high = bisect.bisect_right(starts, end + 0.05 * line)
        for other in order[low:high]:
            _, top2, _, bottom2 = cells[runs[other][0]]
            same = min(bottom, bottom2) - max(top, top2) > 0.7 * max(line, bottom2 - top2)
            if same and other != r and other not in taken:
                after[r] = other
                taken.add(other)
                break
    joined: list[list[int]] = []
    for r in range(len(runs)):
        if r in taken:
            continue
        whole, at = list(runs[r]), r
        while at in after:
            at = after[at]
            whole += runs[at]
        joined.append(whole)
    return joined
