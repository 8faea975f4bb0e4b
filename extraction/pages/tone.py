"""White paper: shade and vignetting of photographs taken out, plain scans left as they are."""

from __future__ import annotations

import cv2
import numpy as np

# Side of the squares that the brightness of the paper is measured in, in inches.
BLOCK_INCHES = 0.4
# Paper that varies more than this from its brightest part, or is darker than this anywhere, is evened out.
UNEVEN = 0.15
DARK = 205
WHITE = 250
MAX_GAIN = 3.0


def paper_map(image: np.ndarray, dpi: float) -> np.ndarray:
    """Return the brightness of the paper in squares, uint8, `(h, w)` or `(h, w, 3)`.

    In each square the lightest tenth is paper; a median over squares keeps print, filled cells and pictures
    out.
    """
    block = max(8, round(BLOCK_INCHES * dpi))
    height, width = (max(1, side // block) for side in image.shape[:2])
    # Eight samples a side: a mean over letters and paper would be too dark, the lightest pixel is noise.
    fine = cv2.resize(image, (width * 8, height * 8), interpolation=cv2.INTER_AREA)
    squares = fine.reshape(height, 8, width, 8, -1).swapaxes(1, 2).reshape(height, width, 64, -1)
    light = np.percentile(squares, 90, axis=2).astype(np.uint8)
    if light.shape[2] == 1:
        light = light[:, :, 0]
    size = 5 if min(height, width) >= 5 else 3
    return np.asarray(cv2.medianBlur(np.ascontiguousarray(light), size)) if min(height, width) >= 3 else light


def is_uneven(paper: np.ndarray) -> bool:
    """Say whether a page needs evening out, by the map of its paper."""
    grey = paper if paper.ndim == 2 else paper.mean(axis=2)
    low, high = np.percentile(grey, (5, 95))
    return bool(low < DARK or low < (1 - UNEVEN) * high)


def even_out(image: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Return the page as if its paper were white all over: each pixel over the paper around it."""
    floor = int(np.ceil(WHITE / MAX_GAIN))
    smooth = cv2.GaussianBlur(np.maximum(paper, floor), (0, 0), 1.0)
    light = cv2.resize(smooth, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(image, light, scale=WHITE))
