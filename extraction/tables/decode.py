"""Maps of the table model → borders traced, and how sure the model is of each edge of a grid.

The chain is that of printed rules (`find`), from another start: strokes come from the maps instead of from
ink, and an edge is as strong as the model is sure of a border along it. Nothing is guessed: a row exists
where a border is seen on each side of it. On maps drawn from the truth it gives back every cell
(tests/tables/test_decode.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from yusuan.extraction.pages.seal import Box
from yusuan.extraction.tables.grid import Grid, Lines
from yusuan.extraction.tables.look import Maps
from yusuan.extraction.tables.rules import Trace, Traces, trace
from yusuan.extraction.tables.straighten import Warp

_BORDER = 0.4  # probability from which on a place is on a border
_SHORTEST = 0.12  # inches; a shorter stroke is no border of a cell
_SAMPLES = 24  # places along an edge at which the model is asked
_FOLD = 1024
_TEXT = 0.5  # probability from which on there is text
_CORNER = 0.08  # share of an edge at each of its ends that belongs to the borders crossing it


class TableText(NamedTuple):
    """Where text stands in a table, in straight pixels of the map from its top left corner.

    Attributes:
        filled: `(H, W)` bool.
        xs, ys: lines of the grid.
        across: `(n_cols + 1, n_rows)`, how surely text crosses each vertical edge, 0..1.
    """

    filled: np.ndarray
    xs: np.ndarray
    ys: np.ndarray
    across: np.ndarray

    def squares(self) -> np.ndarray:
        """Return whether text stands in each square of the grid, `(n_rows, n_cols)` bool."""
        squares = np.zeros((len(self.ys) - 1, len(self.xs) - 1), bool)
        rows, cols = np.nonzero(self.filled)
        below = np.searchsorted(self.ys, rows + 0.5, side="right") - 1
        beside = np.searchsorted(self.xs, cols + 0.5, side="right") - 1
        squares[below, beside] = True
        return squares


def maps_to_traces(maps: Maps, dpi: float) -> Traces:
    """Return the borders that the model sees on a page of `dpi`, in pixels of the page."""
    return Traces(_strokes(maps, "across", dpi), _strokes(maps, "down", dpi))


def map_strengths(lines: Lines, maps: Maps, warp: Warp) -> tuple[np.ndarray, np.ndarray]:
    """Return how sure the model is of a border along each edge of a grid: the mean along it, 0..1.

    Returns:
        `(n_rows + 1, n_cols)` of horizontal and `(n_cols + 1, n_rows)` of vertical edges.
    """
    step = max(maps.scale)
    found = []
    for name, (x, y), (right, below) in zip(
        ("across", "down"), _edges(lines), ((0.0, step), (step, 0.0)), strict=True
    ):
        # The best of three places across: a border is hit where it is a pixel of the map aside.
        seen = [_seen_at(maps, name, warp, x + k * right, y + k * below) for k in (-1, 0, 1)]
        found.append(np.max(seen, axis=0).mean(axis=-1))
    return found[0], found[1]


def seal_shares(lines: Lines, maps: Maps, warp: Warp) -> tuple[np.ndarray, np.ndarray]:
    """Return how much of each edge of a grid lies under a seal, 0..1, shaped as in `map_strengths`."""
    across, down = (_seen_at(maps, "seal", warp, x, y).mean(axis=-1) for x, y in _edges(lines))
    return across, down


def shares_within(lines: Lines, boxes: Sequence[Box], warp: Warp) -> tuple[np.ndarray, np.ndarray]:
    """Return how much of each edge of a grid lies in boxes of the page, shaped as in `map_strengths`."""
    across, down = (_within(boxes, warp, x, y).mean(axis=-1) for x, y in _edges(lines))
    return across, down


def _within(boxes: Sequence[Box], warp: Warp, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return whether straight points lie in boxes of the page."""
    inside = np.zeros(x.shape, bool)
    if boxes:
        points = warp.bend(np.column_stack([x.ravel(), y.ravel()]))
        at_x, at_y = points[:, 0].reshape(x.shape), points[:, 1].reshape(x.shape)
        for left, top, width, height in boxes:
            inside |= (at_x >= left) & (at_x <= left + width) & (at_y >= top) & (at_y <= top + height)
    return inside


def table_text(lines: Lines, maps: Maps, warp: Warp) -> TableText:
    """Return where text stands in a table."""
    step = max(maps.scale)
    x = np.arange(lines.xs[0] + step / 2, lines.xs[-1], step)
    y = np.arange(lines.ys[0] + step / 2, lines.ys[-1], step)
    filled = _seen_at(maps, "text", warp, *np.meshgrid(x, y)) >= _TEXT
    across = _seen_at(maps, "text", warp, *_edges(lines)[1]).max(axis=-1)
    return TableText(filled, (lines.xs - lines.xs[0]) / step, (lines.ys - lines.ys[0]) / step, across)


def _edges(lines: Lines) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return x and y of places along the horizontal and the vertical edges, `(lines, edges, _SAMPLES)`."""
    xs, ys = lines.xs, lines.ys
    steps = _CORNER + (1 - 2 * _CORNER) * (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    along_x, y = np.broadcast_arrays(xs[:-1, None] + np.diff(xs)[:, None] * steps, ys[:, None, None])
    x, along_y = np.broadcast_arrays(xs[:, None, None], ys[:-1, None] + np.diff(ys)[:, None] * steps)
    return (along_x, y), (x, along_y)


def _seen_at(maps: Maps, name: str, warp: Warp, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return a map at straight points."""
    points = warp.bend(np.column_stack([x.ravel(), y.ravel()]))
    return _sampled(maps.named(name), points, maps).reshape(x.shape)


def _strokes(maps: Maps, name: str, dpi: float) -> list[Trace]:
    """Return the points along each border of a map, `(N, 2)` pixels of the page."""
    values = maps.named(name)
    upright = name == "down"
    values = values.T if upright else values
    step = max(2, round(0.06 * maps.dpi))
    traces = trace(values >= _BORDER, step, values)
    scale = np.array(maps.scale)
    strokes = []
    for points in traces:
        there = ((points[:, ::-1] if upright else points) + 0.5) * scale - 0.5
        if np.ptp(there[:, 1 if upright else 0]) >= _SHORTEST * dpi:
            strokes.append(Trace(there, True))
    return strokes


def share_in_tables(grid: Grid, maps: Maps, warp: Warp) -> float:
    """Return the mean probability of a table at the middles of the cells of a grid."""
    corners = np.array([grid.corners(cell) for cell in grid.cells])
    points = warp.bend(corners.mean(axis=1))
    return float(_sampled(maps.named("table"), points, maps).mean())


def _sampled(values: np.ndarray, points: np.ndarray, maps: Maps) -> np.ndarray:
    """Return a map at points `(N, 2)` of the page, between its pixels; 0 outside of it."""
    places = ((points + 0.5) / maps.scale - 0.5).astype(np.float32)
    # OpenCV takes no more than 32,767 places in a column.
    folded = np.resize(places, (-(-len(places) // _FOLD), _FOLD, 2))
    seen = cv2.remap(values, folded[:, :, 0], folded[:, :, 1], cv2.INTER_LINEAR, borderValue=(0.0,))
    return np.asarray(seen.ravel()[: len(places)])
