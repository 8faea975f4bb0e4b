"""Grids from rules on the image, one named test for each kind of damage."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from yusuan.extraction.tables.cells import edges_to_cells, lines_to_grid
from yusuan.extraction.tables.find import find_tables
from yusuan.extraction.tables.grid import Grid, GridCell, Lines
from yusuan.extraction.tables.rules import Segments

XS, YS = [60, 200, 420, 560, 700, 840], [80, 120, 160, 200, 240, 280]


def only(canvas) -> Grid:
    grids = find_tables(canvas.image, canvas.dpi).grids
    assert len(grids) == 1
    return grids[0]


def places(grid: Grid) -> set[tuple[int, int, int, int]]:
    return {(cell.row, cell.col, cell.rowspan, cell.colspan) for cell in grid.cells}


def full(n_rows: int, n_cols: int) -> set[tuple[int, int, int, int]]:
    return {(row, col, 1, 1) for row in range(n_rows) for col in range(n_cols)}


def test_plain_grid_is_found_where_it_was_drawn(canvas):
    page = canvas()
    page.grid(XS, YS)
    grid = only(page)
    assert places(grid) == full(5, 5)
    assert np.abs(grid.xs - XS).max() <= 2
    assert np.abs(grid.ys - YS).max() <= 2


def test_merged_cells_both_ways(canvas):
    page = canvas()
    page.grid(XS, YS)
    page.erase((200, 84), (200, 116))  # row 0: columns 0 and 1
    page.erase((204, 160), (416, 160))  # column 1: rows 1 and 2
    page.erase((564, 240), (696, 240))  # columns 3, 4 and rows 3, 4
    page.erase((700, 204), (700, 276))
    page.erase((704, 240), (836, 240))
    page.erase((700, 240), (700, 240))
    expected = full(5, 5) - {(0, 0, 1, 1), (0, 1, 1, 1), (1, 1, 1, 1), (2, 1, 1, 1)}
    expected -= {(row, col, 1, 1) for row in (3, 4) for col in (3, 4)}
    assert places(only(page)) == expected | {(0, 0, 1, 2), (1, 1, 2, 1), (3, 3, 2, 2)}


def test_empty_column_and_empty_row_are_kept(canvas):
    page = canvas()
    page.grid(XS, YS)
    for row, y in enumerate(YS[:-1]):
        if row != 2:
            page.glyphs(70, y + 12, 5, seed=row)
            page.glyphs(580, y + 12, 4, seed=row + 9)
    assert places(only(page)) == full(5, 5)


def test_faint_rule_still_separates(canvas):
    page = canvas()
    page.grid(XS, YS)
    page.erase((XS[0], 160), (XS[-1], 160))
    for x in XS:
        page.rule((x, 155), (x, 165))
    page.rule((XS[0], 160), (XS[-1], 160), gray=225)
    assert places(only(page)) == full(5, 5)


def test_broken_rules_still_separate(canvas):
    page = canvas()
    page.grid(XS, YS)
    for x in range(90, 840, 40):  # an eighth of every horizontal rule is missing
        for y in YS[1:-1]:
            page.image[y - 1 : y + 2, x : x + 5] = 255
    assert places(only(page)) == full(5, 5)


def test_strokes_of_glyphs_split_no_cell(canvas):
    page = canvas()
    page.grid([60, 300, 840], [80, 105, 130, 155, 320])
    for row in range(3):
        page.glyphs(68, 83 + 25 * row, 10, size=19, seed=row)
    for line in range(7):
        page.glyphs(308, 162 + 22 * line, 27, size=16, seed=40 + line)
    assert places(only(page)) == full(4, 2)


def test_open_sides_are_closed_where_the_rules_end(canvas):
    page = canvas()
    page.grid(XS, YS)
    page.erase((XS[0], YS[0]), (XS[0], YS[-1]))
    page.erase((XS[-1], YS[0]), (XS[-1], YS[-1]))
    for y in YS:
        page.rule((XS[0], y), (XS[-1], y))
    assert places(only(page)) == full(5, 5)


def test_a_row_cut_by_the_page_break_keeps_its_place_though_strokes_lie_where_its_rule_was(canvas):
    page = canvas()
    page.grid(XS, YS)
    page.erase((XS[0], YS[0]), (XS[-1], YS[0]))
    for x in XS:
        page.rule((x, YS[0]), (x, YS[1]))
    # Faint marks at the height of the break, none of which runs from one rule to the next.
    for x in (XS[1] + 10, XS[3] + 30):
        page.rule((x, YS[0] + 4), (x + 60, YS[0] + 4))
    assert places(only(page)) == full(5, 5)


def test_two_tables_on_a_page_stay_two(canvas):
    page = canvas()
    page.grid([60, 300, 840], [60, 100, 140])
    page.glyphs(300, 180, 10)
    page.grid([60, 200, 400, 840], [240, 280, 320, 360])
    grids = find_tables(page.image, page.dpi).grids
    assert [places(grid) for grid in grids] == [full(2, 2), full(3, 3)]


def test_tables_side_by_side_stay_two(canvas):
    page = canvas()
    page.grid([40, 200, 420], [60, 100, 140])
    page.grid([480, 640, 860], [60, 100, 140, 180])
    assert sorted(len(grid.cells) for grid in find_tables(page.image, page.dpi).grids) == [4, 6]


@pytest.mark.parametrize("depth", [4, 8])
def test_curved_page_is_read_as_a_straight_grid(canvas, depth):
    page = canvas()
    page.grid(XS, YS)
    height, width = page.image.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    bent = depth * np.sin(np.pi * x / width).astype(np.float32)
    page.image = cv2.remap(page.image, x, y - bent, cv2.INTER_LINEAR, borderValue=(255, 255, 255))
    found = find_tables(page.image, page.dpi)
    (grid,) = found.grids
    assert places(grid) == full(5, 5)
    # The corners follow the bend of the page: the middle of the table is `depth` lower than its ends.
    middle = found.warp.bend(np.array([[width / 2, grid.ys[2]]]))[0, 1]
    assert middle == pytest.approx(YS[2] + depth, abs=2.0)


def test_underlines_and_frames_are_no_tables(canvas):
    page = canvas()
    page.rule((60, 60), (840, 60), thickness=2)
    page.grid([60, 840], [100, 400])
    page.glyphs(100, 200, 20)
    assert find_tables(page.image, page.dpi).grids == ()


def test_blank_page_has_no_tables(canvas):
    assert find_tables(canvas().image, 150).grids == ()


def test_region_that_is_no_rectangle_is_cut_by_rows():
    across = np.ones((3, 2), bool)
    down = np.ones((3, 2), bool)
    across[1, 0] = False  # left column: rows 0 and 1 belong together
    down[1, 0] = False  # row 0: both columns belong together
    cells = edges_to_cells(across, down)
    assert set(cells) == {GridCell(0, 0, 1, 2), GridCell(1, 0, 1, 1), GridCell(1, 1, 1, 1)}


def test_one_lost_edge_of_many_joins_no_cells() -> None:
    across, down = np.ones((3, 8)), np.ones((9, 2))
    down[1:-1] = 0.1  # two rows of one wide cell each
    across[1, 4] = 0.2
    cells = edges_to_cells(across, down)
    assert {(cell.row, cell.col, cell.rowspan, cell.colspan) for cell in cells} == {
        (0, 0, 1, 8),
        (1, 0, 1, 8),
    }


def test_one_sure_edge_of_many_parts_no_cell() -> None:
    across, down = np.ones((4, 5)), np.ones((6, 3))
    across[1:3, 1:4] = down[2:4, :] = 0.1
    across[1, 2] = 0.9
    cells = edges_to_cells(across, down)
    assert {(cell.row, cell.col, cell.rowspan, cell.colspan) for cell in cells} == {
        *((row, col, 1, 1) for row in range(3) for col in (0, 4)),
        (0, 1, 3, 3),
    }


def test_parts_of_a_grid_too_large_to_search_are_cut_by_their_single_edges() -> None:
    rng = np.random.default_rng(5)
    across, down = rng.random((61, 20)), rng.random((21, 60))
    owner = np.zeros((60, 20), int)
    for cell in edges_to_cells(across, down):
        owner[cell.row : cell.row + cell.rowspan, cell.col : cell.col + cell.colspan] += 1
    assert (owner == 1).all()


@pytest.mark.parametrize("seed", range(20))
def test_the_likeliest_cuts_are_found(seed: int) -> None:
    """Beside every way to cut a small grid by straight cuts."""
    rng = np.random.default_rng(seed)
    across, down = rng.random((4, 3)), rng.random((4, 3))

    def gain(strengths: np.ndarray) -> float:
        return float(np.sum(np.log(strengths / (1 - strengths)) - np.log(0.55 / 0.45)))

    def best(top: int, bottom: int, left: int, right: int) -> float:
        options = [0.0]
        for k in range(top + 1, bottom):
            options.append(
                gain(across[k, left:right]) + best(top, k, left, right) + best(k, bottom, left, right)
            )
        for k in range(left + 1, right):
            options.append(
                gain(down[k, top:bottom]) + best(top, bottom, left, k) + best(top, bottom, k, right)
            )
        return max(options)

    across, down = np.clip(across, 0.02, 0.98), np.clip(down, 0.02, 0.98)
    owner = np.zeros((3, 3), int)
    for number, cell in enumerate(edges_to_cells(across, down)):
        owner[cell.row : cell.row + cell.rowspan, cell.col : cell.col + cell.colspan] = number
    level, upright = owner[:-1] != owner[1:], (owner[:, :-1] != owner[:, 1:]).T
    found = gain(across[1:-1][level]) + gain(down[1:-1][upright])
    assert found == pytest.approx(best(0, 3, 0, 3))


def test_a_cell_is_as_certain_as_the_edges_around_it() -> None:
    none = Segments(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0, bool))
    lines = Lines(np.array([0.0, 10, 20]), np.array([0.0, 10, 20]), none, none)
    across, down = np.ones((3, 2)), np.ones((3, 2))
    across[1] = 0.9, 0.7
    down[1] = 0.2, 0.95
    grid = lines_to_grid(lines, across, down)
    certain = {(cell.row, cell.col): cell.certainty for cell in grid.cells}
    # The first row is one cell: nothing parts it as surely as 0.8, and below it 0.7 at least parts it off.
    assert certain == pytest.approx({(0, 0): 0.7, (1, 0): 0.9, (1, 1): 0.7})
