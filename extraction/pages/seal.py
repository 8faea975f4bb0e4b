"""Red seals: found by their outline, and taken off where something is printed under them.

A seal's ink is translucent: where it crosses black print, red light is dark; where it lies on bare
paper, red light is as bright as the paper. So inside a seal the red channel, stretched until the seal itself
is as white as the paper, shows what was printed. Red text and red rules have no seal's outline and stay.
"""

from __future__ import annotations

import cv2
import numpy as np

# Of a seal, in inches: from a person's square name seal to the largest round one.
SMALLEST, LARGEST = 0.45, 2.6
# Share of the outline that must be drawn, with what a bad impression leaves out.
OUTLINE = 0.7
# Print under a seal covers at least this share of it; less is grain.
PRINT_SHARE = 0.002
_REDNESS = 40

Box = tuple[int, int, int, int]


def _redness(image: np.ndarray) -> np.ndarray:
    """Return by how much red exceeds the stronger of green and blue, uint8."""
    red, green, blue = cv2.split(image)
    return np.asarray(cv2.subtract(red, cv2.max(green, blue)))


def _is_round(red: np.ndarray, box: Box) -> bool:
    """Say whether the red pixels in `box` draw the outline of an ellipse that fills it.

    A seal that the edge of the page cuts is a circle as high (or wide) as what is left of it.
    """
    x, y, w, h = box
    height, width = red.shape
    rx, ry = w / 2, h / 2
    cx, cy = x + rx, y + ry
    if x <= 2 and h > w:
        rx, cx = ry, x + w - ry
    elif x + w >= width - 2 and h > w:
        rx, cx = ry, x + ry
    elif y <= 2 and w > h:
        ry, cy = rx, y + h - rx
    elif y + h >= height - 2 and w > h:
        ry, cy = rx, y + rx
    if not 0.55 <= rx / ry <= 1.8:
        return False
    ys, xs = np.nonzero(red[y : y + h, x : x + w])
    u, v = (xs + x + 0.5 - cx) / rx, (ys + y + 0.5 - cy) / ry
    radius = np.hypot(u, v)
    sector = ((np.arctan2(v, u) + np.pi) / (2 * np.pi) * 48).astype(int) % 48
    # Only what lies inside the page can be drawn.
    middle = (np.arange(48) + 0.5) / 48 * 2 * np.pi - np.pi
    inside = (
        (cx + 0.94 * rx * np.cos(middle) >= x - 1)
        & (cx + 0.94 * rx * np.cos(middle) <= x + w + 1)
        & (cy + 0.94 * ry * np.sin(middle) >= y - 1)
        & (cy + 0.94 * ry * np.sin(middle) <= y + h + 1)
    )
    drawn = np.zeros(48, bool)
    drawn[sector[(radius > 0.84) & (radius < 1.05)]] = True
    outside = float(np.mean(radius > 1.08))
    return bool(inside.sum() >= 12 and drawn[inside].mean() >= OUTLINE and outside < 0.06)


def _is_square(red: np.ndarray, box: Box, dpi: float) -> bool:
    """Say whether the red pixels in `box` draw a small square frame, as name seals have."""
    x, y, w, h = box
    if not 0.75 <= w / h <= 1.33 or max(w, h) > 1.4 * dpi:
        return False
    part = red[y : y + h, x : x + w]
    edge = max(2, round(0.1 * min(w, h)))
    sides = (
        part[:edge].max(axis=0),
        part[-edge:].max(axis=0),
        part[:, :edge].max(axis=1),
        part[:, -edge:].max(axis=1),
    )
    return min(float(np.mean(side > 0)) for side in sides) >= 0.85 and float(np.mean(part > 0)) > 0.12


def find_seals(image: np.ndarray, dpi: float) -> list[Box]:
    """Return the boxes (x, y, width, height) of red seals, in pixels of `image`.

    Args:
        image: `(H, W, 3)` RGB, about 100 dpi.
        dpi: of `image`.
    """
    red = (_redness(image) > _REDNESS).astype(np.uint8)
    if cv2.countNonZero(red) < 0.0002 * red.size:
        return []
    # Outline, star and lettering are one seal.
    reach = max(3, round(0.1 * dpi)) | 1
    joined = cv2.morphologyEx(
        red, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    )
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    seals = []
    for x, y, w, h, _ in stats[1:].tolist():
        if not SMALLEST * dpi <= max(w, h) <= LARGEST * dpi or min(w, h) < 0.25 * dpi:
            continue
        box = (x, y, w, h)
        if _is_round(red, box) or _is_square(red, box, dpi):
            seals.append(box)
    return seals


def remove_seal(image: np.ndarray, box: Box) -> bool:
    """Take a seal off `image` `(H, W, 3)`, in place, if anything is printed under it; say whether it was.

    Args:
        image: RGB, writable.
        box: x, y, width, height of the seal, in pixels of `image`.
    """
    x, y, w, h = box
    edge = round(0.03 * max(w, h)) + 2
    part = image[max(y - edge, 0) : y + h + edge, max(x - edge, 0) : x + w + edge]
    redness = _redness(part)
    strong = redness > _REDNESS
    if not strong.any():
        return False
    red = part[:, :, 0]
    paper = float(np.percentile(red, 95))
    # What the ink of the seal itself sends back in red light, where it lies on bare paper.
    ink = float(np.percentile(red[strong], 60))
    print_under = (red < 0.75 * ink) & (cv2.dilate(strong.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)
    if print_under.mean() < PRINT_SHARE:
        return False
    # Scanners store colour coarser than brightness: a fringe of pink remains around what is clearly red.
    touched = cv2.dilate((redness > 12).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    # A little more than needed: the seam between seal and paper is darker than both.
    stretch = paper / max(0.85 * ink, 1.0)
    clean = np.clip(red.astype(np.float32) * stretch, 0, paper).astype(np.uint8)
    part[touched] = clean[touched][:, None]
    return True
