"""Lines of text in the maps of the table model: one look finds the tables and stands in for a detector."""

from __future__ import annotations

import cv2
import numpy as np

from yusuan.extraction.tables.look import Maps
from yusuan.models.table_maps import TEXT_ENDS, TEXT_TRIM

_TEXT = 0.4  # probability from which on a place is in a line of text
_LEAST_HEIGHT = 0.035  # inches; a line of smaller print cannot be read
_LEAST_LENGTH = 0.02  # inches; the core of a single narrow glyph
_MARGIN = 0.12  # share of its height that is added to a line on each side
_SAME_LINE = 0.8  # times its height between two marks of one line: the white after 、


def maps_to_text_lines(maps: Maps, dpi: float) -> np.ndarray:
    """Return the lines of text that the model sees on a page, `(N, 4, 2)` float32, in pixels of the page.

    Corners go clockwise from the top left. Marked is the core of each line (`TEXT_TRIM`, `TEXT_ENDS`); its
    height is counted by probability, so that it is finer than the pixels of the map.
    """
    values = maps.named("text")
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (values >= _TEXT).astype(np.uint8), connectivity=8
    )
    scale = np.array(maps.scale)
    mass = np.bincount(labels.ravel(), values.ravel(), minlength=count)
    quads = []
    for group in _marks_to_lines(stats[1:count, :4]):
        points = np.concatenate([_marked(labels, stats, label) for label in group])
        center, direction, length = _line_of(points)
        printed = sum(int(stats[label, cv2.CC_STAT_WIDTH]) for label in group)
        core = max(1.0, float(mass[list(group)].sum()) / max(printed, 1))
        height = core / (1 - 2 * TEXT_TRIM)
        if height * scale[1] < _LEAST_HEIGHT * dpi or length * scale[0] < _LEAST_LENGTH * dpi:
            continue
        along = direction * (length / 2 + height * (TEXT_ENDS + _MARGIN))
        across = np.array([-direction[1], direction[0]]) * height * (0.5 + _MARGIN)
        corners = np.array([-along - across, along - across, along + across, -along + across]) + center
        quads.append((corners + 0.5) * scale - 0.5)
    return np.array(quads, np.float32).reshape(-1, 4, 2)


def _marked(labels: np.ndarray, stats: np.ndarray, label: int) -> np.ndarray:
    """Return the pixels `(N, 2)` of one mark."""
    x, y, w, h = stats[label, :4]
    part = labels[y : y + h, x : x + w] == label
    return np.argwhere(part)[:, ::-1].astype(np.float32) + np.array([x, y], np.float32)


def _marks_to_lines(boxes: np.ndarray) -> list[list[int]]:
    """Return the labels, from 1, of the marks of each line: those side by side with little between them.

    Args:
        boxes: `(N, 4)` x, y, width, height of the marks.
    """
    lines: list[list[int]] = []
    for index in np.argsort(boxes[:, 0], kind="stable").tolist():
        x, y, _, h = boxes[index].tolist()
        for line in lines:
            x0, y0, w0, h0 = boxes[line[-1] - 1].tolist()
            shared = min(y + h, y0 + h0) - max(y, y0)
            # The core is half as high as the line.
            near = x - x0 - w0 <= _SAME_LINE * max(h, h0) / (1 - 2 * TEXT_TRIM)
            if shared >= 0.5 * min(h, h0) and near and x > x0:
                line.append(index + 1)
                break
        else:
            lines.append([index + 1])
    return lines


def _line_of(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Return middle, direction (to the right) and length of the marked pixels `(N, 2)` of one line."""
    low, high = points.min(axis=0), points.max(axis=0)
    if high[0] - low[0] <= 3 * (high[1] - low[1]):  # too short to tell how it slopes
        return (low + high) / 2, np.array([1.0, 0.0]), float(high[0] - low[0] + 1)
    slope = float(np.clip(np.polyfit(points[:, 0], points[:, 1], 1)[0], -0.05, 0.05))
    middle = (low[0] + high[0]) / 2
    direction = np.array([1.0, slope]) / np.hypot(1.0, slope)
    return np.array([middle, points[:, 1].mean()]), direction, float(high[0] - low[0] + 1)
