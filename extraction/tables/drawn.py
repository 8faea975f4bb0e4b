"""Tables of digital pages whose rules are drawn as vectors: no look at pixels for rules, none by the model.

segments → rules → groups → grid lines → edges → cells, by the chain of `find`. Then it is asked whether that
is all: every table has to be closed, each of its edges drawn in full or not at all, and no text may stand
beside other text without a rule between them, as columns do. One doubt, and the page is looked at like a
scan (`find_tables`): nothing is lost by that but time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from yusuan.extraction.pages.image import PageImage
from yusuan.extraction.tables.find import Found, find_bands, segments_to_tables
from yusuan.extraction.tables.grid import Grid, Lines, coverage
from yusuan.extraction.tables.place import OUTSIDE, Places
from yusuan.extraction.tables.rules import Segments
from yusuan.extraction.tables.side_by_side import boxes_to_lines, has_columns, has_rows
from yusuan.extraction.tables.straighten import flat
from yusuan.extraction.tables.weighing import Weighed

# Inches: how far a rule may be off an axis; pieces of one rule are apart across it and along it; a shorter
# rule than the last parts nothing that could be printed.
_SLOPE, _SAME, _GAP, _SHORTEST = 0.008, 0.006, 0.03, 0.055
# More pairs of rules than this are a drawing.
_MOST_CROSSINGS = 4_000_000
# An edge that is drawn along this share of it is drawn, and one with less than this is not.
_DRAWN, _NOT_DRAWN = 0.8, 0.2
# Places along an edge where the image is asked, the share of each end that belongs to crossing rules, how
# far to either side is looked in inches, and how much darker or lighter a rule is than its sides, of 255.
_PLACES, _CORNER, _REACH, _DIFFERENT = 12, 0.08, 0.04, 10
# Share of these where a drawn rule shows; where a stripe along a whole edge is a rule that is not drawn.
_SHOWS, _STRIPE = 0.5, 0.8
# A table has text in as many cells; in fewer than these, entries stand side by side.
_FEWEST_FILLED, _FEWEST_PARTED = 3, 2


def drawn_tables(page: PageImage) -> Found | None:
    """Return the tables of a digital page by its drawn rules, None where these leave a doubt."""
    dpi = page.dpi
    horizontal, vertical = segments_to_rules(page.segments, dpi)
    if len(horizontal) * len(vertical) > _MOST_CROSSINGS:
        return None

    def weigh(lines: Lines) -> Weighed:
        drawn = _drawn_shares(lines.xs, lines.ys, horizontal, vertical, dpi)
        return Weighed(drawn, drawn)

    tables = segments_to_tables(horizontal, vertical, dpi, weigh)
    bands, tables = find_bands(tables, horizontal, vertical, dpi)
    grids = tuple(grid for _, grid in tables)
    if bands or not all(_is_closed(grid, horizontal, vertical, page) for grid in grids):
        return None
    if not _accounts_for_text(page, grids):
        return None
    height, width = page.image.shape[:2]
    lines = tuple(lines for lines, _ in tables)
    return Found(None, horizontal, vertical, None, flat(width, height), lines, grids, ())


def segments_to_rules(segments: np.ndarray, dpi: float) -> tuple[Segments, Segments]:
    """Return the horizontal and the vertical rules that `(N, 4)` segments draw, piece by piece or often."""
    rules = []
    for axis in (0, 1):
        along, across = segments[:, [axis, axis + 2]], segments[:, [1 - axis, 3 - axis]]
        level = np.ptp(across, axis=1) <= _SLOPE * dpi if len(segments) else np.zeros(0, bool)
        across, along = across[level], along[level]
        rules.append(_joined(across.mean(axis=1), along.min(axis=1), along.max(axis=1), dpi))
    return rules[0], rules[1]


def _joined(at: np.ndarray, start: np.ndarray, stop: np.ndarray, dpi: float) -> Segments:
    """Join pieces of one direction that lie on one line and touch."""
    if not len(at):
        return Segments(at, start, stop, np.zeros(0, bool))
    order = np.argsort(at, kind="stable")
    lane = np.empty(len(at), int)
    lane[order] = np.cumsum(np.r_[0, np.diff(at[order]) > _SAME * dpi])
    order = np.lexsort((start, lane))
    at, start, stop, lane = at[order], start[order], stop[order], lane[order]
    # Lanes are laid one after another along one line, so that pieces reach no further than their own.
    apart = float(stop.max() - start.min()) + 2 * _GAP * dpi
    begins, reach = start + lane * apart, np.maximum.accumulate(stop + lane * apart)
    first = np.flatnonzero(np.r_[True, begins[1:] > reach[:-1] + _GAP * dpi])
    length = np.maximum(stop - start, 1e-3)
    middle = np.add.reduceat(at * length, first) / np.add.reduceat(length, first)
    rules = Segments(middle, start[first], np.maximum.reduceat(stop, first), np.ones(len(first), bool))
    return rules.take(rules.stop - rules.start >= _SHORTEST * dpi)


def _drawn_shares(
    xs: np.ndarray, ys: np.ndarray, horizontal: Segments, vertical: Segments, dpi: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return how much of each edge is drawn, `(n_rows + 1, n_cols)` and `(n_cols + 1, n_rows)`."""
    return coverage(horizontal, ys, xs, _GAP * dpi), coverage(vertical, xs, ys, _GAP * dpi)


def _is_closed(grid: Grid, horizontal: Segments, vertical: Segments, page: PageImage) -> bool:
    """Say whether all sides of cells are drawn, nothing within them is, and the image shows the same.

    What is drawn may be painted over, and what is painted by other means than strokes and boxes is not
    known here. The outer sides, left and right, may be left open: rules end where they would be.
    """
    if len(grid.xs) < 3 or _reach_out(grid, horizontal, vertical, page.dpi):
        return False
    owners = np.pad(grid.owners(), 1, constant_values=-1)
    borders = (owners[:-1, 1:-1] != owners[1:, 1:-1], (owners[1:-1, :-1] != owners[1:-1, 1:]).T)
    drawn = _drawn_shares(grid.xs, grid.ys, horizontal, vertical, page.dpi)
    for side in (0, -1):
        borders[1][side] = (drawn[1][side] > _NOT_DRAWN).any()
    boxes = np.array([word.bbox for word in page.words]).reshape(-1, 4)
    for border, share, (x, y), axis in zip(borders, drawn, _edges(grid), (1, 0), strict=True):
        if (share[border] < _DRAWN).any() or (share[~border] > _NOT_DRAWN).any():
            return False
        profile = _across(page.image, x, y, axis, page.dpi)
        shows = (np.ptp(profile, axis=-1) >= _DIFFERENT).mean(axis=-1)
        if (shows[border] < _SHOWS).any():
            return False
        striped = _stripes(profile[~border]) >= _STRIPE
        ends = np.stack([x[~border], y[~border]], axis=-1)[striped][:, [0, -1]]
        if not all(_is_crossed(edge, boxes) for edge in ends):
            return False
    return True


def _reach_out(grid: Grid, horizontal: Segments, vertical: Segments, dpi: float) -> bool:
    """Say whether rules of a table go on beyond it, so that it has more cells than the grid."""
    slack = _GAP * dpi
    for rules, across, along in ((horizontal, grid.ys, grid.xs), (vertical, grid.xs, grid.ys)):
        level = (rules.at > across[0] - slack) & (rules.at < across[-1] + slack)
        meets = level & (rules.start < along[-1] + slack) & (rules.stop > along[0] - slack)
        if (meets & ((rules.start < along[0] - slack) | (rules.stop > along[-1] + slack))).any():
            return True
    return False


def _is_crossed(edge: np.ndarray, boxes: np.ndarray) -> bool:
    """Say whether text, `(N, 4)` boxes, stands across an edge, `(2, 2)` its ends: no rule is under it."""
    low, high = edge.min(axis=0), edge.max(axis=0)
    return bool(((boxes[:, :2] <= high) & (boxes[:, 2:] >= low)).all(axis=1).any())


def _edges(grid: Grid) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return x and y of places along the horizontal and the vertical edges, `(lines, edges, _PLACES)`."""
    steps = _CORNER + (1 - 2 * _CORNER) * (np.arange(_PLACES) + 0.5) / _PLACES
    along_x = grid.xs[:-1, None] + np.diff(grid.xs)[:, None] * steps
    along_y = grid.ys[:-1, None] + np.diff(grid.ys)[:, None] * steps
    level = np.broadcast_arrays(along_x, grid.ys[:, None, None])
    upright = np.broadcast_arrays(grid.xs[:, None, None], along_y)
    return (level[0], level[1]), (upright[0], upright[1])


def _across(image: np.ndarray, x: np.ndarray, y: np.ndarray, axis: int, dpi: float) -> np.ndarray:
    """Return the gray of an image across rules at some places: `(…, 2 * reach + 1)` int."""
    reach = round(_REACH * dpi)
    height, width = image.shape[:2]
    off = np.arange(-reach, reach + 1)
    rows = y[..., None] + (off if axis else 0)
    columns = x[..., None] + (0 if axis else off)
    rows, columns = np.clip(rows.astype(int), 0, height - 1), np.clip(columns.astype(int), 0, width - 1)
    return image[rows, columns].astype(int).sum(axis=-1) // 3


def _stripes(profile: np.ndarray) -> np.ndarray:
    """Return the share of each edge along which its middle is darker, or lighter, than both of its sides."""
    reach = profile.shape[-1] // 2
    middle = profile[..., reach - reach // 2 : reach + reach // 2 + 1]
    first, last = profile[..., 0], profile[..., -1]
    darker = np.minimum(first, last) - middle.min(axis=-1) >= _DIFFERENT
    lighter = middle.max(axis=-1) - np.maximum(first, last) >= _DIFFERENT
    return np.maximum(darker.mean(axis=-1), lighter.mean(axis=-1))


def _accounts_for_text(page: PageImage, grids: Sequence[Grid]) -> bool:
    """Say whether no text stands as if rules were missing: in cells, outside of tables, or beside them."""
    boxes = [word.bbox for word in page.words]
    middles = np.array([((x0 + x1) / 2, (y0 + y1) / 2) for x0, y0, x1, y1 in boxes]).reshape(-1, 2)
    height, width = page.image.shape[:2]
    texts: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index, place in enumerate(Places(grids, flat(width, height)).of_page(middles)):
        texts[place].append(index)
    loose = middles[texts[OUTSIDE], 1]
    if any(((loose > grid.ys[0]) & (loose < grid.ys[-1])).any() for grid in grids):
        return False
    filled, parted = np.zeros(len(grids), int), np.zeros(len(grids), int)
    for (table, cell), members in texts.items():
        lines = boxes_to_lines([boxes[k] for k in members], [page.words[k].text for k in members])
        if has_columns(lines):
            return False
        if (table, cell) != OUTSIDE:
            corners = grids[table].corners(grids[table].cells[cell])
            if has_rows(lines, float(np.ptp(corners[:, 0]))):
                return False
            filled[table] += 1
            parted[table] += any(len(line.entries) > 1 for line in lines)
    return bool((filled >= _FEWEST_FILLED).all() and (parted < _FEWEST_PARTED).all())
