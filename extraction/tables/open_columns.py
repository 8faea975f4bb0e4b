"""Columns and rows of headings in tables whose columns no rule parts: told by where the headings stand.

A column that is blank on a page has nothing but its heading to show it, and what a heading stands over is
told by its place alone: it stands in the middle of its columns, and one with none above it in the middle of
all rows of headings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import compress, pairwise
from typing import NamedTuple

import numpy as np

from yusuan.extraction.tables.cells import edges_to_cells
from yusuan.extraction.tables.contents import is_total
from yusuan.extraction.tables.grid import Grid, GridCell
from yusuan.extraction.tables.headers import could_be_headings, is_heading_word

# A figure or a code: no heading is one, and the body begins with the first.
_FIGURE = re.compile(r"[-−(（]?[\d,，.]*\d[\d,，.]*[)）%％]?|[-—–]+")
_MOST_ROWS = 5
# Lines of one heading are no further apart than this, glyphs of one set wide (合　计) than that, in heights.
_LINE_GAP, _SET_WIDE = 0.3, 4.0
# Entries that are too few to make a column where there is no heading.
_STRAY = 1
# Share of the rows whose text may reach over a new border; what reaches over by less of its width does not.
_CROSSING, _OVER = 0.15, 0.25
# How far the boxes of headings side by side may reach into one another, and parts of one text that a border
# cuts are apart, in heights; and how many texts may be apart for each that is cut.
_TOUCH, _CUT, _FEW = 0.3, 0.2, 0.25
# A heading so near to a border, in widths of the column beside it, has not that column alone.
_ASIDE_OF_COLUMN = 0.2
# What it costs that a heading stands aside of its columns by the width of one; that it reaches out of them by
# as much; that it has one column only; that one which is no total begins its columns where others do, or a
# total goes on with them.
_ASIDE, _OUT, _ALONE, _TOTAL = 8.0, 4.0, 2.0, 1.0
# What it costs that a column is under none of them although its heading stands low, or under one although it
# does not. They tell nothing where all stand lower than in the middle, and no less low than others.
_PLACE, _MIDDLE, _RANGE = 3.0, 1.3, 0.4
# How surely cells of headings are what they are told to be.
_TOLD = 0.9

Box = np.ndarray


class _Heading(NamedTuple):
    """A heading, which may have several lines: its box `(4,)`, and what it says."""

    box: Box
    text: str

    @property
    def middle(self) -> float:
        return float(self.box[0] + self.box[2]) / 2

    @property
    def center(self) -> float:
        return float(self.box[1] + self.box[3]) / 2


class _Group(NamedTuple):
    """A heading over columns `start` to `stop`."""

    heading: _Heading
    start: int
    stop: int


def follow_headings(grid: Grid, boxes: Sequence[Box], texts: Sequence[str]) -> tuple[Grid, int]:
    """Return a grid with the columns that its headings tell, and how many rows of headings it has.

    It is as it was, and the number 0, where headings tell nothing.

    Args:
        grid: of a table whose columns no rule parts.
        boxes: `(4,)` of each text, straight pixels; in its rows they may stand beside it too, and others are
            not looked at.
        texts: what each says.
    """
    level = [grid.ys[0] <= (box[1] + box[3]) / 2 < grid.ys[-1] for box in boxes]
    boxes, texts = list(compress(boxes, level)), list(compress(texts, level))
    inside = [grid.xs[0] <= (box[0] + box[2]) / 2 < grid.xs[-1] for box in boxes]
    head = _head_rows(grid, list(compress(boxes, inside)), list(compress(texts, inside)))
    if not 0 < head <= _MOST_ROWS:
        return grid, 0
    top, bottom = float(grid.ys[0]), float(grid.ys[head])
    in_head = [(box[1] + box[3]) / 2 < bottom for box in boxes]
    rest = [not above for above in in_head]
    body, _ = _parted(list(compress(boxes, rest)), list(compress(texts, rest)), parts_of_body)
    heads = list(compress(boxes, in_head)), list(compress(texts, in_head))
    rules = grid.ys if grid.lined else grid.ys[:0]
    heads = _parted_over_lines(*_parted(*heads, _parts_of_heading), rules)
    headings = _headings(*heads, grid.xs, rules)
    upper, lowest = _levels(headings, grid.xs, top, bottom)
    lowest = [
        each for each in lowest if grid.xs[0] <= each.middle < grid.xs[-1] or is_heading_word(each.text)
    ]
    told = _with_columns(_widened(grid, lowest, body), head, lowest, body)
    columns = _by_column(lowest, told.xs)
    if max(map(len, columns)) > 1 or sum(not own for own in columns) > 1:
        return grid, 0
    leaves = [own[0] if own else None for own in columns]
    if not could_be_headings([each.text for each in leaves if each]):
        return grid, 0
    levels = _deal_levels(upper, leaves, told.xs, top, bottom)
    whole = _with_head(told, head, levels, leaves) if levels is not None else None
    return (grid, 0) if whole is None or levels is None else (whole, len(levels) + 1)


def _head_rows(grid: Grid, boxes: Sequence[Box], texts: Sequence[str]) -> int:
    """Return how many rows on top have headings: text and no figure."""
    rows: list[set[int]] = [set() for _ in grid.ys[1:]]
    head = len(rows)
    for box, text in zip(boxes, texts, strict=True):
        row = int(np.searchsorted(grid.ys, (box[1] + box[3]) / 2, side="right")) - 1
        if 0 <= row < len(rows):
            rows[row].add(int(np.searchsorted(grid.xs, (box[0] + box[2]) / 2)))
            if _FIGURE.fullmatch(text.replace(" ", "")):
                head = min(head, row)
    if head == len(rows):
        return 0
    # Under a row of headings one text alone is none: it says what the rows below it are of.
    full = next((row for row in range(head) if len(rows[row]) > len(grid.xs) / 2), head)
    return next((row for row in range(full + 1, head) if len(rows[row]) <= 1), head)


def shares(text: str) -> np.ndarray:
    """Return `(len(text) + 1,)`: where glyphs begin and the last ends along a text, 0..1."""
    widths = np.array([0.5 if glyph.isascii() else 1.0 for glyph in text])
    return np.r_[0, np.cumsum(widths)] / max(widths.sum(), 0.5)


def parts_of_body(text: str) -> list[tuple[int, int]]:
    """Return the stretches of a text that may be of several columns: those beside a figure, with a blank."""
    parts: list[tuple[int, int]] = []
    for token in re.finditer(r"[^ ]+", text):
        figures = parts and (_FIGURE.fullmatch(token[0]) or _FIGURE.fullmatch(text[slice(*parts[-1])]))
        if parts and not figures:
            parts[-1] = parts[-1][0], token.end()
        else:
            parts.append(token.span())
    return parts


def _parted(
    boxes: Sequence[Box], texts: Sequence[str], parts: Callable[[str], list[tuple[int, int]]]
) -> tuple[list[Box], list[str]]:
    """Return boxes and texts with some parted into stretches of their glyphs."""
    found = [
        (_part(box, *shares(text)[list(part)]), text[slice(*part)])
        for box, text in zip(boxes, texts, strict=True)
        for part in parts(text)
    ]
    return [box for box, _ in found], [text for _, text in found]


def _parts_of_heading(text: str) -> list[tuple[int, int]]:
    return [token.span() for token in re.finditer(r"[^ ]+", text)]


def _parted_over_lines(
    boxes: Sequence[Box], texts: Sequence[str], rules: np.ndarray
) -> tuple[list[Box], list[str]]:
    """Part first lines of headings that were found as one: the next lines stand under it and reach as far."""
    result: list[tuple[Box, str]] = []
    for box, text in zip(boxes, texts, strict=True):
        lower = sorted((other for other in boxes if _goes_on(box, other, rules)), key=lambda other: other[0])
        high = box[3] - box[1]
        if len(lower) < 2 or max(abs(lower[0][0] - box[0]), abs(lower[-1][2] - box[2])) > high:
            result.append((box, text))
            continue
        cuts = [((one[2] + other[0]) / 2 - box[0]) / (box[2] - box[0]) for one, other in pairwise(lower)]
        at = [int(np.argmin(abs(shares(text) - cut))) for cut in cuts]
        for start, stop in pairwise([0, *at, len(text)]):
            result.append((_part(box, *shares(text)[[start, stop]]), text[start:stop]))
    return [box for box, _ in result], [text for _, text in result]


def _part(box: Box, start: float, stop: float) -> Box:
    width = box[2] - box[0]
    return np.array([box[0] + start * width, box[1], box[0] + stop * width, box[3]])


def _headings(
    boxes: Sequence[Box], texts: Sequence[str], xs: np.ndarray, rules: np.ndarray
) -> list[_Heading]:
    """Put lines of one heading together, and glyphs of one that is set wide in a column.

    Args:
        boxes: `(4,)` of each line.
        texts: what each says.
        xs: borders of the columns.
        rules: places of rules as wide as the table.
    """
    # Column, last box, heading; what goes on below another is none of those set wide.
    lines: list[tuple[int | None, Box, _Heading]] = []
    for box, text in sorted(zip(boxes, texts, strict=True), key=lambda pair: pair[0][0]):
        goes_on = any(_goes_on(other, box, rules) for other in boxes)
        column = None if goes_on else int(np.searchsorted(xs, (box[0] + box[2]) / 2))
        wide = [
            k
            for k, (own, last, _) in enumerate(lines)
            if own is not None and own == column and _is_set_wide(last, box)
        ]
        if wide:
            lines[wide[-1]] = column, box, _joined(lines[wide[-1]][2], _Heading(box, text))
        else:
            lines.append((column, box, _Heading(box, text)))
    whole = sorted((line for _, _, line in lines), key=lambda line: line.box[1])
    below = [[k for k, other in enumerate(whole) if _goes_on(each.box, other.box, rules)] for each in whole]
    above = [[k for k, other in enumerate(whole) if _goes_on(other.box, each.box, rules)] for each in whole]
    first = list(range(len(whole)))
    found: dict[int, _Heading] = {}
    for k, each in enumerate(whole):
        # Where several stand side by side below one, it is over them.
        if len(above[k]) == 1 and len(below[above[k][0]]) == 1:
            first[k] = first[above[k][0]]
            found[first[k]] = _joined(found[first[k]], each)
        else:
            found[k] = each
    return list(found.values())


def _joined(one: _Heading, other: _Heading) -> _Heading:
    box = np.r_[np.minimum(one.box[:2], other.box[:2]), np.maximum(one.box[2:], other.box[2:])]
    return _Heading(box, one.text + other.text)


def _is_set_wide(one: Box, other: Box) -> bool:
    """Say whether two boxes are single glyphs of a line, no further apart than a few of them."""
    high = min(one[3] - one[1], other[3] - other[1])
    alone = max(one[2] - one[0], other[2] - other[0]) < 1.5 * high
    beside = min(one[3], other[3]) - max(one[1], other[1]) > 0.5 * high
    return bool(alone and beside and max(one[0], other[0]) - min(one[2], other[2]) < _SET_WIDE * high)


def _goes_on(upper: Box, lower: Box, rules: np.ndarray) -> bool:
    """Say whether `lower` can be the next line of `upper`: near below it, and no rule between."""
    if ((rules > (upper[1] + upper[3]) / 2) & (rules < (lower[1] + lower[3]) / 2)).any():
        return False
    over = min(upper[2], lower[2]) - max(upper[0], lower[0])
    return bool(
        (lower[1] + lower[3]) / 2 > upper[3]
        and lower[1] - upper[3] <= _LINE_GAP * (lower[3] - lower[1])
        and over > 0.5 * min(upper[2] - upper[0], lower[2] - lower[0])
    )


def _levels(
    headings: Sequence[_Heading], xs: np.ndarray, top: float, bottom: float
) -> tuple[list[_Heading], list[_Heading]]:
    """Return the headings over others, and those over none.

    A narrow one over an even number of columns may stand between those below it, and over none of them: then
    it is above the middle of all, or the middle of no column.
    """
    upper: list[_Heading] = []
    lowest: list[_Heading] = []
    for each in headings:
        lower = [other for other in headings if other.center > each.box[3]]
        covers = any(min(each.box[2], other.box[2]) > max(each.box[0], other.box[0]) for other in lower)
        between = {other.middle > each.middle for other in lower} == {True, False}
        high = each.box[3] - 0.1 * (each.box[3] - each.box[1]) <= (top + bottom) / 2
        border = int(np.argmin(abs(xs - each.middle)))
        width = np.diff(xs)[max(border - 1, 0) : border + 1].min()
        aside = abs(xs[border] - each.middle) < _ASIDE_OF_COLUMN * width
        (upper if covers or (between and (high or aside)) else lowest).append(each)
    return upper, lowest


def _by_column(headings: Sequence[_Heading], xs: np.ndarray) -> list[list[_Heading]]:
    columns: list[list[_Heading]] = [[] for _ in xs[1:]]
    for each in sorted(headings, key=lambda heading: heading.middle):
        columns[int(np.clip(np.searchsorted(xs, each.middle) - 1, 0, len(columns) - 1))].append(each)
    return columns


def _widened(grid: Grid, headings: Sequence[_Heading], body: Sequence[Box]) -> Grid:
    """Return the grid with its outer columns as wide as headings beside it want them."""
    xs = grid.xs.copy()
    for side, beyond in (
        (0, [h for h in headings if h.middle < xs[0]]),
        (-1, [h for h in headings if h.middle >= xs[-1]]),
    ):
        if beyond:
            reach = [
                box
                for box in [*body, *(h.box for h in beyond)]
                if (box[2] > xs[-1] if side else box[0] < xs[0])
            ]
            xs[side] = max(box[2] for box in reach) + 2 if side else min(box[0] for box in reach) - 2
    return replace(grid, xs=xs)


def _with_columns(grid: Grid, head: int, headings: Sequence[_Heading], body: Sequence[Box]) -> Grid:
    """Return the grid with a column for each heading over no other, without those that nobody wants."""
    columns = _by_column(headings, grid.xs)
    at = np.searchsorted(grid.xs, [(box[0] + box[2]) / 2 for box in body]) - 1
    # A stain is no wider than a glyph.
    weights = [1 if box[2] - box[0] < 1.5 * (box[3] - box[1]) else _STRAY + 1 for box in body]
    entries = np.bincount(np.clip(at, 0, len(columns) - 1), weights, minlength=len(columns))
    rows = len(grid.ys) - 1 - head
    new = [
        x
        for col, own in enumerate(columns)
        for one, other in pairwise(own)
        if (x := _between(one, other, body, rows)) is not None and grid.xs[col] < x < grid.xs[col + 1]
    ]
    gone: list[int] = []
    for col in (col for col, own in enumerate(columns) if not own):
        sides = {x: _across(grid, x, body) for x in (col, col + 1) if 0 < x < len(columns) and x not in gone}
        least = {x: cut for x, (cut, apart) in sides.items() if entries[col] <= _STRAY or apart <= _FEW * cut}
        if least:
            gone.append(max(least, key=lambda x: (least[x], _crossings(float(grid.xs[x]), body))))
    places = {k: float(x) for k, x in enumerate(grid.xs) if k not in gone}
    for k in range(1, len(columns)):
        # In blank columns a border may lie anywhere: it has to lie between headings.
        if k in places and columns[k - 1] and columns[k]:
            one, other = columns[k - 1][-1], columns[k][0]
            cuts = not one.box[2] <= places[k] <= other.box[0]
            if cuts and (x := _between(one, other, body, rows)) is not None:
                places[k] = x
    merged = any(cell.colspan > 1 for cell in grid.cells if cell.row >= head)
    if not new and not merged and places == dict(enumerate(grid.xs)):
        return grid
    if (np.diff([*places.values()]) <= 0).any():
        return grid
    borders = [*((x, k) for k, x in places.items()), *((x, None) for x in new)]
    return _with_borders(grid, sorted(borders, key=lambda border: border[0]), body)


def _crossings(x: float, boxes: Sequence[Box]) -> int:
    return sum(box[0] + _OVER * (box[2] - box[0]) < x < box[2] - _OVER * (box[2] - box[0]) for box in boxes)


def _across(grid: Grid, border: int, body: Sequence[Box]) -> tuple[int, int]:
    """Return in how many rows a border cuts a text, and in how many texts stand apart on both sides of it."""
    x = grid.xs[border]
    beside = [
        (box, int(np.searchsorted(grid.ys, (box[1] + box[3]) / 2)))
        for box in body
        if grid.xs[border - 1] < (box[0] + box[2]) / 2 < grid.xs[border + 1]
    ]
    left = {row: box for box, row in sorted(beside, key=lambda own: own[0][2]) if (box[0] + box[2]) / 2 < x}
    right = {
        row: box for box, row in sorted(beside, key=lambda own: -own[0][0]) if (box[0] + box[2]) / 2 >= x
    }
    rows = left.keys() & right.keys()
    cut = sum(right[row][0] - left[row][2] <= _CUT * (left[row][3] - left[row][1]) for row in rows)
    return cut, len(rows) - cut


def _between(one: _Heading, other: _Heading, body: Sequence[Box], rows: int) -> float | None:
    """Return where the border between two headings is that stand side by side; None where there is none."""
    if one.box[2] - other.box[0] > _TOUCH * (one.box[3] - one.box[1]):
        return None
    left, right = sorted((float(one.box[2]), float(other.box[0])))
    places = np.linspace(left, right, 21)[1:-1]
    counts = np.array([_crossings(x, body) for x in places])
    if counts.min() > max(1, _CROSSING * rows):
        return None
    best = places[counts == counts.min()]
    return float(best[len(best) // 2])


def _with_borders(grid: Grid, borders: Sequence[tuple[float, int | None]], body: Sequence[Box]) -> Grid:
    """Return the grid on other columns.

    A border parts cells unless text of theirs reaches over it; where there is none, an old one those that it
    parted.

    Args:
        grid: as it was.
        borders: where each is, and which of the grid it was, None where it is new.
        body: `(4,)` of texts below the headings.
    """
    xs = np.array([x for x, _ in borders])
    owner = grid.owners()
    at, widths = [], np.diff(grid.xs)
    for border in range(len(xs) - 1):
        first = max(old for _, old in borders[: border + 1] if old is not None)
        end = max(first + 1, min(old for _, old in borders[border + 1 :] if old is not None))
        at.append(first + int(np.argmax(widths[first:end])))
    squares = owner[:, at]
    across = np.ones((owner.shape[0] + 1, len(at)), bool)
    across[1:-1] = squares[1:] != squares[:-1]
    down = np.ones((len(at) + 1, owner.shape[0]), bool)
    for border in range(1, len(at)):
        x, old = borders[border]
        if old is not None:
            down[border] = owner[:, old - 1] != owner[:, old]
        beside = [box for box in body if xs[border - 1] < (box[0] + box[2]) / 2 < xs[border + 1]]
        over = [box for box in body if _crossings(x, [box])]
        for boxes, parts in ((beside, True), (over, False)):
            rows = np.searchsorted(grid.ys, [(box[1] + box[3]) / 2 for box in boxes]) - 1
            down[border, np.clip(rows, 0, owner.shape[0] - 1)] = parts
    cells = [
        replace(cell, certainty=min(grid.cells[k].certainty for k in _owners(squares, cell)))
        for cell in edges_to_cells(across, down)
    ]
    return replace(grid, xs=xs, cells=tuple(cells))


def _owners(squares: np.ndarray, cell: GridCell) -> set[int]:
    part = squares[cell.row : cell.row + cell.rowspan, cell.col : cell.col + cell.colspan]
    return set(part.ravel().tolist())


def _deal_levels(
    upper: Sequence[_Heading], leaves: Sequence[_Heading | None], xs: np.ndarray, top: float, bottom: float
) -> list[list[_Group]] | None:
    """Return the groups of each row of headings but the lowest, from the top."""
    rows: list[list[_Heading]] = []
    for each in sorted(upper, key=lambda heading: heading.center):
        if rows and each.center < max(other.box[3] for other in rows[-1]):
            rows[-1].append(each)
        else:
            rows.append([each])
    levels: list[list[_Group]] = []
    tops = [top] * len(leaves)
    for row in rows:
        walls = {end for level in levels for group in level for end in (group.start, group.stop)}
        groups = _deal(sorted(row, key=lambda h: h.middle), leaves, xs, walls, tops, bottom)
        if groups is None:
            return None
        levels.append(groups)
        for group in groups:
            for col in range(group.start, group.stop):
                tops[col] = float(group.heading.box[3])
    return levels


def _deal(
    row: Sequence[_Heading],
    leaves: Sequence[_Heading | None],
    xs: np.ndarray,
    walls: set[int],
    tops: Sequence[float],
    bottom: float,
) -> list[_Group] | None:
    """Deal columns out to the headings of a row (dynamic programming); None where they do not fit.

    Args:
        row: headings from left to right.
        leaves: the heading of each column.
        xs: borders of the columns.
        walls: borders that no heading reaches over.
        tops: where the rows of headings begin in each column, below those dealt out before.
        bottom: where they end.
    """
    width = float(np.median(np.diff(xs)))
    under = max(each.box[3] for each in row)
    low = np.array([_lowness(leaf, under, top, bottom) for leaf, top in zip(leaves, tops, strict=True)])
    if np.median(low) > _MIDDLE and np.ptp(low) < _RANGE:
        low[:] = 0.5  # headings that are all set at the bottom
    low = np.clip(low, 0, 1)
    over = np.r_[0, np.cumsum(_PLACE * (1 - low))]
    totals = [leaf is not None and is_total(leaf.text) for leaf in leaves]
    best: dict[tuple[int, int], tuple[float, tuple[_Group, ...]]] = {(0, 0): (0.0, ())}
    for stop in range(1, len(leaves) + 1):
        for used in range(len(row) + 1):
            options = []
            if (stop - 1, used) in best:
                cost, groups = best[stop - 1, used]
                options.append((cost + _PLACE * low[stop - 1], groups))
            for start in range(stop):
                if (start, used - 1) not in best or any(start < wall < stop for wall in walls):
                    continue
                each = row[used - 1]
                cost, groups = best[start, used - 1]
                off = abs((xs[start] + xs[stop]) / 2 - each.middle)
                out = max(0.0, xs[start] - each.box[0]) + max(0.0, each.box[2] - xs[stop])
                others = sum(totals[start + 1 : stop]) + (any(totals) and not totals[start])
                cost += (_ASIDE * off + _OUT * out) / width + over[stop] - over[start]
                cost += _ALONE * (stop - start == 1) + _TOTAL * others
                options.append((cost, (*groups, _Group(each, start, stop))))
            if options:
                best[stop, used] = min(options, key=lambda option: option[0])
    done = best.get((len(leaves), len(row)))
    return None if done is None else list(done[1])


def _lowness(leaf: _Heading | None, under: float, top: float, bottom: float) -> float:
    """Return 0 for a heading in the middle of the rows from `top` on, 1 in that of the rows below `under`.

    It is less and more for those above and below that.
    """
    if leaf is None:
        return 0.5
    of_all, of_lower = (top + bottom) / 2, (under + bottom) / 2
    return (leaf.center - of_all) / max(of_lower - of_all, 1e-6)


def _with_head(
    grid: Grid, head: int, levels: Sequence[Sequence[_Group]], leaves: Sequence[_Heading | None]
) -> Grid | None:
    """Return the grid with rows of headings made anew; None where they do not lie under one another."""
    if any(cell.row < head < cell.row + cell.rowspan for cell in grid.cells):
        return None
    upper = [group.heading for level in levels for group in level]
    borders = [float(grid.ys[0])]
    for level in levels:
        low = float(max(group.heading.box[3] for group in level))
        under = [
            float(each.box[1])
            for group in level
            for each in [*leaves[group.start : group.stop], *upper]
            if each is not None and each.center > low
        ]
        if not under:
            return None
        borders.append((low + min(under)) / 2)
    borders.append(float(grid.ys[head]))
    if min(np.diff(borders)) <= 0:
        return None
    rows = len(levels) + 1
    free = np.ones((rows, len(leaves)), bool)
    cells = []
    for row, level in enumerate(levels):
        for group in level:
            cells.append(GridCell(row, group.start, 1, group.stop - group.start, _TOLD))
            free[row, group.start : group.stop] = False
    for col in range(len(leaves)):
        starts = np.flatnonzero(np.diff(np.r_[False, free[:, col]].astype(int)) > 0)
        for start in starts.tolist():
            stop = next((row for row in range(start, rows) if not free[row, col]), rows)
            cells.append(GridCell(start, col, stop - start, 1, _TOLD))
    cells += [replace(cell, row=cell.row + rows - head) for cell in grid.cells if cell.row >= head]
    ys = np.r_[borders, grid.ys[head + 1 :]]
    return replace(grid, ys=ys, cells=tuple(sorted(cells, key=lambda cell: (cell.row, cell.col))))
