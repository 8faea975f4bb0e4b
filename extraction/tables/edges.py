"""How surely an edge of the grid is ruled: pieces of rules found on it, and what the gray image says."""

from __future__ import annotations

import numpy as np

from yusuan.extraction.tables.grid import Lines, coverage
from yusuan.extraction.tables.straighten import Warp

_DARKER = 10  # gray levels by which a faint rule stands out from the paper on both sides of it
_FAINT_RULE = 0.8  # share of an edge that must stand out; a row of glyphs never does over so much
_MOST_SAMPLES = 60


def edge_strengths(lines: Lines, gray: np.ndarray, warp: Warp, dpi: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the strength 0..1 of the horizontal and of the vertical edges of a table.

    An edge that no segment covers is looked at again in the gray image: a rule too faint or too broken
    to be found on a page is still darker than both of its sides where one knows to look.

    Returns:
        `(n_rows + 1, n_cols)` and `(n_cols + 1, n_rows)`.
    """
    gap = 0.03 * dpi
    across = coverage(lines.horizontal, lines.ys, lines.xs, gap)
    down = coverage(lines.vertical, lines.xs, lines.ys, gap)
    for strengths, at, along, vertical in (
        (across, lines.ys, lines.xs, False),
        (down, lines.xs, lines.ys, True),
    ):
        for line, edge in zip(*np.nonzero(strengths < _FAINT_RULE), strict=True):
            seen = _stands_out(gray, warp, at[line], along[edge], along[edge + 1], vertical, dpi)
            if seen >= _FAINT_RULE:
                strengths[line, edge] = max(strengths[line, edge], seen)
    return across, down


def _stands_out(
    gray: np.ndarray, warp: Warp, at: float, start: float, stop: float, vertical: bool, dpi: float
) -> float:
    """Return the share of an edge where the page is darker on it than on both of its sides."""
    margin = 0.03 * dpi
    count = int(min(_MOST_SAMPLES, (stop - start - 2 * margin) / 2))
    if count < 5:
        return 0.0
    along = np.linspace(start + margin, stop - margin, count)
    reach = round(0.018 * dpi)
    side = round(0.035 * dpi)
    offsets = np.arange(-side - 1, side + 2)
    grid_along, grid_across = np.meshgrid(along, at + offsets, indexing="ij")
    points = np.column_stack([grid_along.ravel(), grid_across.ravel()])
    page = warp.bend(points[:, ::-1] if vertical else points).round().astype(int)
    height, width = gray.shape
    values = gray[np.clip(page[:, 1], 0, height - 1), np.clip(page[:, 0], 0, width - 1)]
    profile = values.reshape(count, len(offsets)).astype(int)
    center = profile[:, np.abs(offsets) <= reach].min(axis=1)
    before = profile[:, offsets <= -side].max(axis=1)
    after = profile[:, offsets >= side].max(axis=1)
    return float(np.mean(np.minimum(before, after) - center >= _DARKER))
