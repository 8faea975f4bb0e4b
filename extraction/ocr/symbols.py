"""Reading one symbol that stands alone: `≥`, `%`, `=`, a digit.

Readers of text lines know a glyph from its neighbours, and a cell that holds `≥` has none: PP-OCR reads
most of them as `>`. A small network of our own looks at the shape and, because `=`, `-`, `—` and `一`
differ by proportion, at the size. What is no symbol is left to the reader of lines.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from yusuan.extraction.ocr.engine import Reading
from yusuan.models.cards import SYMBOLS
from yusuan.models.store import open_network, verified

SIDE = 24
INNER = 20  # the ink fills this much of the side, so that strokes at its edge keep their blur
SIZES = 4
# Below this probability a symbol is left to the reader of lines: a wrong `>` costs more than a second look.
SURE = 0.85
# In gray levels: paper that is this even carries no print.
FAINTEST = 22
# In inches: no single glyph of a table is larger.
LARGEST = 0.4
# Weaker than this share of the darkest ink is blur or the back side of the sheet.
EDGE_OF_INK = 0.42
# Specks are this small beside the largest stroke, in extent.
SPECK = 0.2


class SymbolReader:
    """Reads isolated symbols with the network of `yusuan.training.train_symbols`.

    One reader serves one process. A symbol that is read is nearly always right; about what it does not
    know, or is not sure of, it says nothing.
    """

    def __init__(self) -> None:
        self._network = open_network(verified(SYMBOLS), 1)
        # The last class has no character: it is everything else.
        self._symbols: str = self._network.get_modelmeta().custom_metadata_map["symbols"]

    def read(self, crops: Sequence[np.ndarray], dpi: float) -> list[Reading | None]:
        """Read each crop, in the order given; None where it holds no symbol, or no sure one.

        Args:
            crops: `(h, w, 3)` uint8 RGB, the ink of one glyph with about 0.03 inch of paper around it.
            dpi: of the crops.
        """
        readings: list[Reading | None] = [None] * len(crops)
        seen = [
            (place, glyph)
            for place, crop in enumerate(crops)
            if (glyph := crop_to_glyph(crop, dpi)) is not None
        ]
        if not seen:
            return readings
        images = np.stack([image for _, (image, _) in seen])
        sizes = np.stack([size for _, (_, size) in seen])
        (probabilities,) = self._network.run(None, {"image": images, "size": sizes})
        for (place, _), row in zip(seen, probabilities, strict=True):
            best = int(row.argmax())
            if best < len(self._symbols) and row[best] >= SURE:
                readings[place] = Reading(self._symbols[best], float(row[best]))
        return readings


def crop_to_glyph(crop: np.ndarray, dpi: float) -> tuple[np.ndarray, np.ndarray] | None:
    """Return what the network sees of a crop, or None where there is no ink or too much for one glyph.

    Ink that reaches the edge of the crop belongs to a rule or a neighbour and is left out, as are specks.

    Args:
        crop: `(h, w, 3)` uint8 RGB.
        dpi: of the crop.

    Returns:
        `(1, SIDE, SIDE)` float32, ink from 0 to 1 with its proportions kept, and `(SIZES,)` float32: the
        logarithms of height and width in units of 10 points and of the height in units of `INNER` pixels, and
        the share of the box that is ink.
    """
    gray = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    if min(gray.shape) < 3:
        return None
    smooth = cv2.GaussianBlur(gray, (0, 0), max(0.3, 0.004 * dpi))
    split, _ = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    bright = smooth[smooth > split]
    if not bright.size:
        return None
    paper, ink = float(np.median(bright)), float(smooth.min())
    if paper - ink < FAINTEST:
        return None
    dark = (smooth < paper - EDGE_OF_INK * (paper - ink)).astype(np.uint8)
    _, names, stats, _ = cv2.connectedComponentsWithStats(dark)
    kept = _strokes_of_glyph(stats, gray.shape)
    if not kept.size:
        return None
    left, top = stats[kept, cv2.CC_STAT_LEFT].min(), stats[kept, cv2.CC_STAT_TOP].min()
    right = (stats[kept, cv2.CC_STAT_LEFT] + stats[kept, cv2.CC_STAT_WIDTH]).max()
    bottom = (stats[kept, cv2.CC_STAT_TOP] + stats[kept, cv2.CC_STAT_HEIGHT]).max()
    width, height = int(right - left), int(bottom - top)
    if max(width, height) > LARGEST * dpi:
        return None
    # Blur around a stroke says where it ends between two pixels, so it stays; that of what was left out goes.
    chosen = np.zeros(len(stats), np.uint8)
    chosen[kept] = 1
    own = chosen[names]
    foreign = cv2.dilate(dark - own, np.ones((3, 3), np.uint8))
    levels = np.sort(gray[own > 0])
    level = float(levels[len(levels) // 10])
    strength = np.clip((paper - gray.astype(np.float32)) / max(paper - level, FAINTEST), 0.0, 1.0)
    strength[(foreign > 0) & (own == 0)] = 0.0
    size = np.array(
        [
            np.log(height / dpi * 7.2),
            np.log(width / dpi * 7.2),
            np.log(height / INNER),
            float(own.sum()) / (width * height),
        ],
        np.float32,
    )
    return _fit(strength, (int(left), int(top), width, height)), size


def _strokes_of_glyph(stats: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the numbers of the connected parts that make the glyph, from OpenCV's `(N, 5)` statistics."""
    left, top, width, height = (stats[:, column] for column in range(4))
    inside = (left > 0) & (top > 0) & (left + width < shape[1]) & (top + height < shape[0])
    inside[0] = False  # the paper
    if not inside.any():
        return np.zeros(0, int)
    extent = np.maximum(width, height)
    return np.flatnonzero(inside & (extent >= SPECK * extent[inside].max()))


def _fit(strength: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """Return the ink in `box` (left, top, width, height) centred on `(1, SIDE, SIDE)`, proportions kept."""
    left, top, width, height = box
    scale = INNER / max(width, height)
    # The middle of the box goes to the middle of the square; pixel centres lie at halves.
    across = SIDE / 2 - 0.5 - (left + width / 2 - 0.5) * scale
    down = SIDE / 2 - 0.5 - (top + height / 2 - 0.5) * scale
    if scale < 1.0:  # linear sampling skips pixels where it shrinks
        strength = cv2.GaussianBlur(strength, (0, 0), 0.45 / scale)
    matrix = np.array([[scale, 0.0, across], [0.0, scale, down]])
    return np.asarray(cv2.warpAffine(strength, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR))[None]
