"""Maps of the table model → borders traced, and how sure the model is of each edge of a grid.

The chain is that of printed rules (`find`), from another start: strokes come from the maps instead of from
ink, and an edge is as strong as the model is sure of a border along it. Nothing is guessed: a row exists
where a border is seen on each side of it. On maps drawn from the truth it gives back every cell
(tests/tables/test_decode.py).
"""

from __future__ import annotations

import cv2
import numpy as np

from yusuan.extraction.tables.grid import Grid, Lines
from yusuan.extraction.tables.look import Maps
from yusuan.extraction.tables.rules import Trace, Traces, trace
from yusuan.extraction.tables.straighten import Warp

_BORDER = 0.4  # probability from which on a place is on a border
_SHORTEST = 0.12  # inches; a shorter stroke is no border of a cell
_SAMPLES = 24  # places along an edge at which the model is asked
_CORNER = 0.08  # share of an edge at each of its ends that belongs to the borders crossing it


def maps_to_traces(maps: Maps, dpi: float) -> Traces:
    """Return the borders that the model sees on a page of `dpi`, in pixels of the page."""
    return Traces(_strokes(maps, "across", dpi), _strokes(maps, "down", dpi))


def map_strengths(lines: Lines, maps: Maps, warp: Warp) -> tuple[np.ndarray, np.ndarray]:
    """Return how sure the model is of a border along each edge of a grid: the mean along it, 0..1.

    Returns:
        `(n_rows + 1, n_cols)` of horizontal and `(n_cols + 1, n_rows)` of vertical edges.
    """
    xs, ys = lines.xs, lines.ys
    steps = _CORNER + (1 - 2 * _CORNER) * (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    along_x = xs[:-1, None] + np.diff(xs)[:, None] * steps
    along_y = ys[:-1, None] + np.diff(ys)[:, None] * steps
    across = _edge_means(maps, "across", warp, *np.broadcast_arrays(along_x[None], ys[:, None, None]))
    down = _edge_means(maps, "down", warp, *np.broadcast_arrays(xs[:, None, None], along_y[None]))
    return across, down


def _edge_means(maps: Maps, name: str, warp: Warp, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the means over the last axis of the map at straight points, the best of three places across."""
    values = maps.named(name)
    step = max(maps.scale)
    found = []
    for offset in (-step, 0.0, step):
        moved = (x, y + offset) if name == "across" else (x + offset, y)
        points = warp.bend(np.column_stack([moved[0].ravel(), moved[1].ravel()]))
        found.append(_sampled(values, points, maps).reshape(x.shape))
    return np.asarray(np.max(found, axis=0).mean(axis=-1))


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
    return np.asarray(cv2.remap(values, places[:, :1], places[:, 1:], cv2.INTER_LINEAR, borderValue=(0.0,)))
