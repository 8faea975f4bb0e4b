"""Columns over pages: the edges of each fragment, and one set of columns that holds all fragments.

Fragments of one table can differ in columns, because a page whose rows never divide a column shows no
edge there (the upper half of a form), or because a spanned first column was lost. Edges are compared as
fractions of the table's width, or in place on the page when a whole column is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from yusuan.extraction.document import PageTable
from yusuan.extraction.tables.sheet import Sheet

# Fractions of the table's width: rules of scanned pages wander by about one per cent, and the narrowest
# columns (类, 款, 项) are about three per cent wide.
EDGE_TOLERANCE = 0.015
SAME_COLUMNS = 0.7


def column_edges(table: PageTable) -> list[float]:
    """Return the x of the `n_cols + 1` column edges in page pixels, ascending.

    An edge is the median over the cells that end or start there; one that no cell touches is put
    evenly between its neighbours.
    """
    found: dict[int, list[float]] = {0: [table.bbox[0]], table.n_cols: [table.bbox[2]]}
    for cell in table.cells:
        found.setdefault(cell.col, []).append(cell.bbox[0])
        found.setdefault(cell.col + cell.colspan, []).append(cell.bbox[2])
    known = {edge: median(places) for edge, places in found.items()}
    edges: list[float] = []
    for edge in range(table.n_cols + 1):
        if edge not in known:
            after = min(other for other in known if other > edge)
            known[edge] = edges[-1] + (known[after] - edges[-1]) / (after - edge + 1)
        edges.append(max(known[edge], edges[-1] + 1.0) if edges else known[edge])
    return edges


def match_edges(edges: Sequence[float], reference: Sequence[float], tolerance: float) -> dict[int, int]:
    """Return edge → reference edge for pairs within `tolerance`, each used once, nearest pairs first.

    Pairs keep the order of the edges: no two of them cross.
    """
    pairs = sorted(
        (abs(x - y), i, j)
        for i, x in enumerate(edges)
        for j, y in enumerate(reference)
        if abs(x - y) <= tolerance
    )
    matched: dict[int, int] = {}
    for _, i, j in pairs:
        if i not in matched and all((i < k) == (j < m) and j != m for k, m in matched.items()):
            matched[i] = j
    return matched


def align_edges(edges: Sequence[float], reference: Sequence[float], scale: float) -> list[float]:
    """Return `edges` in the coordinates of `reference`, laid so that most of them meet.

    Tried: both outer edges upon each other; and, for a fragment that lost a first or last column, the
    page's scale with the right, the left or neither edge held.

    Args:
        edges: column edges in pixels of their page, ascending.
        reference: column edges in pixels of the other page, ascending.
        scale: width of the other page divided by the width of this page.
    """
    width, goal = edges[-1] - edges[0], reference[-1] - reference[0]
    stretch = goal / width if width else 1.0
    layings = (
        (stretch, reference[0] - stretch * edges[0]),
        (scale, reference[-1] - scale * edges[-1]),
        (scale, reference[0] - scale * edges[0]),
        (scale, 0.0),
    )
    laid = [[factor * x + offset for x in edges] for factor, offset in layings]
    return max(laid, key=lambda placed: len(match_edges(placed, reference, EDGE_TOLERANCE * goal)))


def shared_columns(first: PageTable, second: PageTable, scale: float) -> float:
    """Return which part of the inner column edges of the table with fewer of them also stands in the other.

    `scale` is the width of the first table's page divided by that of the second. Two tables without
    inner edges share 1, and so do two whose columns no rule parts where each has its middle in the other's.
    """
    reference = column_edges(first)
    placed = align_edges(column_edges(second), reference, scale)
    if not (first.ruled or second.ruled) and _middles_lie_in(placed, reference):
        return 1.0
    matched = match_edges(placed, reference, EDGE_TOLERANCE * (reference[-1] - reference[0]))
    inner = sum(0 < i < second.n_cols and 0 < j < first.n_cols for i, j in matched.items())
    fewest = min(first.n_cols, second.n_cols) - 1
    return min(inner / fewest, 1.0) if fewest > 0 else 1.0


def union_columns(
    tables: Sequence[PageTable], scales: Sequence[float], same: Sequence[bool]
) -> list[list[int]]:
    """Return for each table, for each of its `n_cols + 1` edges, which edge of the common columns it is.

    Args:
        tables: fragments of one table, at least one.
        scales: width of the first fragment's page divided by the width of each fragment's page.
        same: whether a fragment repeats the header of the first; as many columns are then the same ones.
    """
    edges = column_edges(tables[0])
    tolerance = EDGE_TOLERANCE * (edges[-1] - edges[0])
    union = list(edges)
    places = [edges]
    for table, scale, repeats in zip(tables[1:], scales[1:], same[1:], strict=True):
        placed = align_edges(column_edges(table), union, scale)
        # Where no rule parts columns, an edge stands anywhere in the white between them.
        loose = not (table.ruled or tables[0].ruled) and _middles_lie_in(placed, edges)
        twin = _same_columns(placed, places, repeats or loose, tolerance)
        if twin is not None:
            places.append(twin)
            continue
        matched = match_edges(placed, union, tolerance)
        place = _ordered(placed, {i: union[j] for i, j in matched.items()})
        places.append(place)
        union = sorted({*union, *place})
    rank = {x: index for index, x in enumerate(union)}
    return [[rank[x] for x in place] for place in places]


def _middles_lie_in(edges: Sequence[float], reference: Sequence[float]) -> bool:
    """Return whether there are as many columns, each with its middle in the one of the same number."""
    return len(edges) == len(reference) and all(
        left <= (a + b) / 2 <= right
        for (a, b), (left, right) in zip(pairwise(edges), pairwise(reference), strict=True)
    )


def _same_columns(
    placed: list[float], places: list[list[float]], repeats: bool, tolerance: float
) -> list[float] | None:
    """Return the edges of an earlier fragment that `placed` must be: as many, and mostly in place."""
    for place in places:
        if len(place) == len(placed):
            near = sum(abs(x - y) <= tolerance for x, y in zip(place, placed, strict=True))
            if repeats or near >= SAME_COLUMNS * len(place):
                return place
    return None


def _ordered(placed: list[float], fixed: dict[int, float]) -> list[float]:
    """Return `placed` with the `fixed` edges moved; edges that then stand out of order are spread evenly."""
    place = [fixed.get(i, x) for i, x in enumerate(placed)]
    bounds = [-1, *sorted(fixed), len(place)]
    for before, after in pairwise(bounds):
        run = place[max(before, 0) : after + 1]
        if run != sorted(set(run)) and before >= 0 and after < len(place):
            step = (place[after] - place[before]) / (after - before)
            place[before + 1 : after] = [place[before] + step * k for k in range(1, after - before)]
        elif run != sorted(set(run)):
            anchor, sign = (after, -1) if before < 0 else (before, 1)
            for i in range(anchor + sign, -1 if sign < 0 else len(place), sign):
                place[i] = sign * max(sign * place[i], sign * place[i - sign] + 1.0)
    return place


def to_columns(table: PageTable, places: Sequence[int], n_cols: int) -> Sheet:
    """Return the cells of `table` on the common columns; `places` is its entry of `union_columns`."""
    cells = (
        cell.model_copy(
            update={
                "col": places[cell.col],
                "colspan": places[cell.col + cell.colspan] - places[cell.col],
            }
        )
        for cell in table.cells
    )
    return Sheet(table.n_rows, n_cols, tuple(cells))
