"""The straight rules of a digital page, as pixels of its upright image."""

from __future__ import annotations

import numpy as np

# Pieces shorter than this many points are dots and dashes of a rule, or parts of a drawing.
DOT_POINTS = 4.0
# A dotted rule is at least this long, and has no gap wider than its dots are long, and a little.
SHORTEST_DOTTED = 12.0
# A rule that nobody sees, white on white, differs from its sides by less than this, of 255.
VISIBLE = 10


def visible_rules(segments: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Return `(M, 4)`, those of `(N, 4)` segments that show: a third of each at least differs from its sides.

    Args:
        segments: x0, y0, x1, y1 in pixels.
        image: `(H, W, 3)` RGB.
    """
    if not len(segments):
        return segments
    height, width = image.shape[:2]
    along = np.linspace(0.04, 0.96, 24)
    x = segments[:, 0, None] + (segments[:, 2] - segments[:, 0])[:, None] * along
    y = segments[:, 1, None] + (segments[:, 3] - segments[:, 1])[:, None] * along
    flat = np.abs(segments[:, 2] - segments[:, 0]) >= np.abs(segments[:, 3] - segments[:, 1])
    low = np.full((*x.shape, 3), 255, np.uint8)
    high = np.zeros((*x.shape, 3), np.uint8)
    # Across the rule: its own pixels are near the middle, the paper beside it is at the ends.
    for off in range(-4, 5):
        column = np.clip((x + np.where(flat, 0, off)[:, None]).astype(int), 0, width - 1)
        row = np.clip((y + np.where(flat, off, 0)[:, None]).astype(int), 0, height - 1)
        colour = image[row, column]
        low, high = np.minimum(low, colour), np.maximum(high, colour)
    shows = (high.astype(int) - low).max(axis=2) >= VISIBLE
    return np.asarray(segments[shows.mean(axis=1) >= 1 / 3])


def join_dots(segments: np.ndarray, dpi: float) -> np.ndarray:
    """Return `(M, 4)` segments with rows of dots and dashes joined into the rules they draw.

    Other pieces shorter than `DOT_POINTS` are left out: they are parts of a drawing.

    Args:
        segments: `(N, 4)`, x0, y0, x1, y1 in pixels.
        dpi: pixels of an inch.
    """
    if not len(segments):
        return segments
    point = dpi / 72
    length = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
    short = length < DOT_POINTS * point
    rules = [segments[~short]]
    for axis in (0, 1):
        dots = segments[short & (np.abs(segments[:, axis] - segments[:, axis + 2]) >= 0.999 * length)]
        rules.append(_joined(dots, axis, point))
    return np.concatenate(rules).astype(np.float32)


def _joined(dots: np.ndarray, axis: int, point: float) -> np.ndarray:
    """Return the rules that dots along `axis` (0: x, 1: y) draw."""
    start = np.minimum(dots[:, axis], dots[:, axis + 2])
    end = np.maximum(dots[:, axis], dots[:, axis + 2])
    level = dots[:, 1 - axis]
    lane = np.rint(level / (0.5 * point))
    order = np.lexsort((start, lane))
    rules: list[tuple[float, float, float]] = []
    first, last = 0.0, -np.inf
    place = size = -1.0
    for k in order.tolist():
        near = lane[k] == place and start[k] - last <= 1.5 * max(size, end[k] - start[k]) + point
        if not near:
            rules.append((first, last, level[k]) if place < 0 else (first, last, place * 0.5 * point))
            first, place = float(start[k]), float(lane[k])
            last = -np.inf
        last, size = max(last, float(end[k])), float(end[k] - start[k])
    rules.append((first, last, place * 0.5 * point))
    long = [(a, b, at) for a, b, at in rules if b - a >= SHORTEST_DOTTED * point]
    if not long:
        return np.zeros((0, 4))
    a, b, at = np.array(long).T
    return np.stack([a, at, b, at] if axis == 0 else [at, a, at, b], axis=1)
