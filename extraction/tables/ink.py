"""What is printed: masks of ink, of rules and of text, from the upright page image."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Ink:
    """Masks of one page, all `(H, W)`.

    Attributes:
        gray: uint8, the page in gray, as the masks were made from.
        dark: bool, everything printed.
        faint: bool, the same with a lower threshold, at which faint rules show and paper grain begins to.
        horizontal: bool, pixels of horizontal rules (and of long horizontal strokes of large glyphs).
        vertical: bool, the same for vertical ones.
    """

    gray: np.ndarray
    dark: np.ndarray
    faint: np.ndarray
    horizontal: np.ndarray
    vertical: np.ndarray


def find_ink(image: np.ndarray, dpi: float) -> Ink:
    """Separate print from paper and rules from glyphs.

    Args:
        image: `(H, W, 3)` uint8, RGB.
        dpi: of `image`; all lengths below are inches on paper.

    The rules are found by morphological opening with long thin kernels, the classic of
    Zheng et al. (2001); before it, breaks of a few pixels are closed and strokes are thickened by a
    pixel, so that faint, broken or slightly bent rules survive.
    """
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    block = int(0.16 * dpi) | 1
    dark = cv2.adaptiveThreshold(gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 14)
    faint = cv2.adaptiveThreshold(gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 7)
    length = max(12, round(0.22 * dpi))
    bridge = max(3, round(0.03 * dpi))
    return Ink(
        gray=gray,
        dark=dark > 0,
        faint=faint > 0,
        horizontal=_long_strokes(faint, length, bridge) > 0,
        vertical=_long_strokes(faint.T.copy(), length, bridge).T > 0,
    )


def _long_strokes(mask: np.ndarray, length: int, bridge: int) -> np.ndarray:
    """Keep the horizontal strokes of a mask that are at least `length` pixels long."""
    along = cv2.getStructuringElement(cv2.MORPH_RECT, (bridge, 1))
    across = cv2.getStructuringElement(cv2.MORPH_RECT, (1, 3))
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (length, 1))
    thick = cv2.dilate(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, along), across)
    return cv2.bitwise_and(cv2.morphologyEx(thick, cv2.MORPH_OPEN, kernel), thick)


def text_ink(ink: Ink, near_rules: np.ndarray, dpi: float) -> np.ndarray:
    """Return the `(H, W)` bool mask of print that is no rule and no speck of dust.

    Args:
        ink: of the page.
        near_rules: `(H, W)` bool, where rules were found; strokes of glyphs elsewhere stay.
        dpi: of the page.
    """
    rules = (ink.horizontal | ink.vertical) & near_rules
    thick = cv2.dilate(rules.astype(np.uint8), np.ones((3, 3), np.uint8))
    text = (ink.dark & (thick == 0)).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(text, connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= max(4, round((0.012 * dpi) ** 2))
    keep[0] = False
    return keep[labels]
