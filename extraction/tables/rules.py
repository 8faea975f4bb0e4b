"""Rules on a page: masks → traced segments → straight segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np

from yusuan.extraction.tables.ink import Ink
from yusuan.extraction.tables.straighten import Warp, fit_warp


@dataclass(frozen=True)
class Segments:
    """Pieces of rules of one direction, in straight pixels: arrays of length N.

    Attributes:
        at: position across the rule (y of a horizontal one).
        start: lower end along it (x of a horizontal one).
        stop: upper end along it.
        clear: True where it can be nothing but a rule: no gaps, and paper on both sides.
    """

    at: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    clear: np.ndarray

    def __len__(self) -> int:
        return len(self.at)

    def joined(self, other: Segments) -> Segments:
        """Return these segments and those of `other`."""
        return Segments(
            np.r_[self.at, other.at],
            np.r_[self.start, other.start],
            np.r_[self.stop, other.stop],
            np.r_[self.clear, other.clear],
        )

    def take(self, index: np.ndarray) -> Segments:
        """Return some of the segments, by index or mask."""
        return Segments(self.at[index], self.start[index], self.stop[index], self.clear[index])


def trace(mask: np.ndarray, step: int, weights: np.ndarray | None = None) -> list[np.ndarray]:
    """Return the points `(N, 2)` along each horizontal stroke of a mask, one every `step` pixels.

    For vertical strokes give the transposed mask and swap the columns of the result.

    Args:
        mask: `(H, W)` bool.
        step: pixels from one point to the next.
        weights: `(H, W)`, how much each pixel of a stroke says about where it lies; all the same when None.
    """
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    ys, xs = np.nonzero(mask)
    bins = mask.shape[1] // step + 1
    key = labels[ys, xs].astype(np.int64) * bins + xs // step
    order = np.argsort(key, kind="stable")
    key, ys, xs = key[order], ys[order], xs[order]
    keys, first = np.unique(key, return_index=True)
    weight = np.ones(len(ys)) if weights is None else weights[ys, xs]
    mean_y = (
        np.add.reduceat(ys * weight, first) / np.add.reduceat(weight, first) if len(first) else np.zeros(0)
    )
    low_x = np.minimum.reduceat(xs, first) if len(first) else np.zeros(0)
    high_x = np.maximum.reduceat(xs, first) if len(first) else np.zeros(0)
    owner = keys // bins
    traces = []
    starts = np.searchsorted(owner, np.arange(1, count))
    stops = np.searchsorted(owner, np.arange(1, count), side="right")
    for start, stop in zip(starts, stops, strict=True):
        middle = (low_x[start:stop] + high_x[start:stop]) / 2
        middle[0], middle[-1] = low_x[start], high_x[stop - 1]
        traces.append(np.column_stack([middle, mean_y[start:stop]]))
    return traces


class Trace(NamedTuple):
    """Points `(N, 2)` along a rule, and whether it can be nothing else."""

    points: np.ndarray
    clear: bool


class Traces(NamedTuple):
    """Traces of both directions, in pixels of the page."""

    across: list[Trace]
    down: list[Trace]

    def long(self, dpi: float) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return the points of those that are long enough to tell how the page is bent."""
        return (
            [rule.points for rule in self.across if np.ptp(rule.points[:, 0]) >= _TELLING * dpi],
            [rule.points for rule in self.down if np.ptp(rule.points[:, 1]) >= _TELLING * dpi],
        )

    def straight(self, warp: Warp) -> tuple[Segments, Segments]:
        """Return them as horizontal and vertical segments in straight pixels."""
        return _to_segments(self.across, warp, 0), _to_segments(self.down, warp, 1)


def find_traces(ink: Ink, dpi: float) -> Traces:
    """Return the printed rules of a page."""
    step = max(4, round(0.06 * dpi))
    return Traces(
        _rules(trace(ink.horizontal, step), ink.gray, ink.faint, ink.dark, dpi),
        [
            Trace(rule.points[:, ::-1], rule.clear)
            for rule in _rules(trace(ink.vertical.T, step), ink.gray.T, ink.faint.T, ink.dark.T, dpi)
        ],
    )


def traces_to_warp(traces: Sequence[Traces], size: tuple[int, int], dpi: float) -> Warp:
    """Return the warp to straight pixels of a page of `size` (width, height), by all that is long on it."""
    found = [each.long(dpi) for each in traces]
    across = [points for rules, _ in found for points in rules]
    down = [points for _, rules in found for points in rules]
    return fit_warp(across, down, *size, smallest=0.008 * dpi)


def _rules(
    traces: list[np.ndarray], gray: np.ndarray, faint: np.ndarray, dark: np.ndarray, dpi: float
) -> list[Trace]:
    """Keep the strokes that are rules, and neither glyphs in a row nor the edge of a sheet or of a shade.

    A rule has few gaps, beside it there is mostly paper, and it is darker than both of its sides. Between
    rows as tight as their glyphs there is no paper beside it, but no row of glyphs is without gaps for long.
    """
    kept = []
    for points in traces:
        # Glyphs that touch a level rule pull its trace aside; where it fails, it is tried as level.
        level = np.column_stack([points[:, 0], np.full(len(points), np.median(points[:, 1]))])
        rule = _as_rule(points, gray, faint, dark, dpi) or _as_rule(level, gray, faint, dark, dpi)
        if rule is not None:
            kept.append(rule)
    return kept


def _as_rule(
    points: np.ndarray, gray: np.ndarray, faint: np.ndarray, dark: np.ndarray, dpi: float
) -> Trace | None:
    near, far = max(3.0, 0.02 * dpi), max(4.0, 0.03 * dpi)
    along = np.arange(points[0, 0] + 2, points[-1, 0] - 1, 2)  # the ends were thickened
    columns = along.astype(int)
    middle = np.round(np.interp(along, points[:, 0], points[:, 1])).astype(int)
    sides = [_at(gray, middle + round(at), columns).astype(int) for at in (-far, far)]
    line = np.min([_at(gray, middle + offset, columns) for offset in (-1, 0, 1)], axis=0)
    if np.median(np.minimum(*sides) - line) < _DARKER:
        return None
    unbroken = np.mean(np.any([_at(faint, middle + offset, columns) for offset in (-1, 0, 1)], axis=0))
    beside = np.mean([_at(dark, middle + round(at), columns).mean() for at in (-far, -near, near, far)])
    long = np.ptp(points[:, 0]) >= _LONG * dpi
    alone = unbroken >= (_UNBROKEN_LONG if long else _UNBROKEN) and beside <= _CROWDED
    if not (alone or (long and unbroken >= _CLEAR_UNBROKEN)):
        return None
    return Trace(points, bool(unbroken >= _CLEAR_UNBROKEN and beside <= _CLEAR_CROWDED))


def _at(mask: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    # Of short arrays, `np.clip` takes three times as long.
    return mask[np.maximum(0, np.minimum(rows, mask.shape[0] - 1)), columns]


_DARKER = 4  # gray levels; the edge of a sheet is as dark as its darker side
_LONG = 1.5  # inches
_TELLING = 0.9  # inches; only traces as long as this tell how a page is bent
# Share of a rule that is printed. Strokes bridged over several glyphs have 0.5 to 0.75, but so has a
# dotted rule; over a long stretch the ink beside it tells them apart.
_UNBROKEN, _UNBROKEN_LONG = 0.8, 0.4
_CROWDED = 0.18  # share of ink beside a stroke: 0 to 0.12 for rules, 0.25 and more for glyphs in a row


_CLEAR_UNBROKEN, _CLEAR_CROWDED = 0.97, 0.15


def near_rules(
    horizontal: Segments, vertical: Segments, warp: Warp, shape: tuple[int, int], dpi: float
) -> np.ndarray:
    """Return the bool mask, of the page's `shape`, of what lies within a few pixels of a rule."""
    mask = np.zeros(shape, np.uint8)
    thickness = max(5, round(0.04 * dpi))
    for segments, axis in ((horizontal, 0), (vertical, 1)):
        for at, start, stop in zip(segments.at, segments.start, segments.stop, strict=True):
            along = np.linspace(start, stop, max(2, int((stop - start) / dpi * 4)))
            points = np.column_stack([along, np.full_like(along, at)])
            page = warp.bend(points[:, ::-1] if axis else points)
            cv2.polylines(mask, [np.round(page).astype(np.int32)], False, (1,), thickness)
    return mask > 0


def _to_segments(traces: list[Trace], warp: Warp, axis: int) -> Segments:
    if not traces:
        return Segments(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0, bool))
    straight = warp.straighten(np.vstack([rule.points for rule in traces]))
    bounds = np.cumsum([0, *(len(rule.points) for rule in traces)])
    at, start, stop = [], [], []
    for low, high in pairwise(bounds):
        piece = straight[low:high]
        at.append(np.median(piece[:, 1 - axis]))
        start.append(piece[:, axis].min())
        stop.append(piece[:, axis].max())
    return Segments(np.array(at), np.array(start), np.array(stop), np.array([rule.clear for rule in traces]))
