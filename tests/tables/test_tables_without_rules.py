"""Borderless tables: found when columns hold figures, and not where prose stands."""

from __future__ import annotations

import numpy as np

from yusuan.extraction.tables.borderless import Band, band_to_grid, misfits, text_to_grids
from yusuan.extraction.tables.grid import Grid, GridCell
from yusuan.extraction.tables.open_columns import follow_headings


def lines(rows: list[list[tuple[str, float]]]) -> tuple[list[np.ndarray], list[str]]:
    boxes, texts = [], []
    for index, row in enumerate(rows):
        for text, x in row:
            boxes.append(np.array([x, 30.0 * index, x + 9.0 * len(text), 30.0 * index + 16]))
            texts.append(text)
    return boxes, texts


def test_rows_of_figures_are_a_table_and_a_spanning_header_spans():
    rows = [[("科目", 0), ("二〇二三年预算数及上年执行数合计", 110)]]
    rows += [
        [(name, 0), ("1,992.86", 120), ("575.29", 240)]
        for name in ("工资福利支出", "商品和服务", "资本性支出", "合计")
    ]
    (grid,) = text_to_grids(*lines(rows))
    assert not grid.ruled
    assert (len(grid.ys) - 1, len(grid.xs) - 1) == (5, 3)
    assert {(cell.row, cell.col, cell.colspan) for cell in grid.cells if cell.row == 0} == {
        (0, 0, 1),
        (0, 1, 2),
    }


def test_prose_in_two_columns_is_no_table():
    rows = [
        [("负责县政府会议的筹备工作协助领导", 0), ("组织起草或审核以县政府名义发布", 300)] for _ in range(8)
    ]
    assert text_to_grids(*lines(rows)) == []


def test_table_of_contents_is_no_table():
    rows = [[("部门预算收支总表.................", 0), (str(page), 300)] for page in range(3, 12)]
    assert text_to_grids(*lines(rows)) == []


def test_numbers_along_the_axis_of_a_chart_are_no_table():
    rows = [[(str(400 - 50 * step), 0), (str(400 - 50 * step), 250)] for step in range(8)]
    assert text_to_grids(*lines(rows)) == []


def test_rows_ruled_without_columns_take_columns_from_text_and_headings_span():
    band = Band(0.0, 400.0, np.arange(0.0, 271.0, 30.0))
    rows = [[("经济分类科目", 40), ("二〇二三年基本支出", 240)]]
    rows += [[("编码", 5), ("科目名称", 90), ("总计", 210), ("人员经费", 270), ("公用", 355)]]
    for code in ("301", "30101", "30102", "302", "30201", "30205", "303"):
        rows.append([(code, 5), ("名称", 80), ("36.85", 205), ("36.85", 275), ("1.00", 350)])
    boxes, texts = lines(rows)
    boxes = [box + np.array([0, 7, 0, 7]) for box in boxes]
    grid = band_to_grid(band, boxes, texts)
    assert grid is not None
    grid, _ = follow_headings(grid, boxes, texts)
    assert (len(grid.ys) - 1, len(grid.xs) - 1) == (9, 5)
    assert {(cell.col, cell.colspan) for cell in grid.cells if cell.row == 0} == {(0, 2), (2, 3)}
    assert all(cell.colspan == 1 for cell in grid.cells if cell.row > 0)


def test_ruled_lines_of_a_form_to_fill_in_are_no_table():
    band = Band(0.0, 400.0, np.arange(0.0, 271.0, 30.0))
    boxes, texts = lines([[("负责人签章", 10)] for _ in range(9)])
    assert band_to_grid(band, boxes, texts) is None


def test_a_heading_over_a_blank_column_makes_it_a_column():
    """公用 and 备　注, which is set wide, stand over nothing."""
    band = Band(0.0, 600.0, np.arange(0.0, 151.0, 30.0))
    rows = [[("科目名称", 60), ("总计", 210), ("人员经费", 290), ("公用", 400), ("备", 500), ("注", 540)]]
    rows += [[("机关事业单位基本养老", 5), ("36.85", 205), ("36.85", 295)] for _ in range(4)]
    boxes, texts = lines(rows)
    boxes = [box + np.array([0, 7, 0, 7]) for box in boxes]
    grid = band_to_grid(band, boxes, texts)
    assert grid is not None
    grid, _ = follow_headings(grid, boxes, texts)
    assert (len(grid.ys) - 1, len(grid.xs) - 1) == (5, 5)
    assert [cell.colspan for cell in grid.cells if cell.row == 0] == [1] * 5


def test_texts_side_by_side_and_over_borders_contradict_a_grid():
    boxes, _ = lines([[("12.00", 10), ("34.00", 110)], [("名称", 10)]])

    def grid(*xs: float) -> Grid:
        cells = [GridCell(row, col, 1, 1) for row in range(2) for col in range(len(xs) - 1)]
        return Grid(np.array(xs), np.array([-5.0, 25.0, 55.0]), tuple(cells), ruled=False, certainty=0.7)

    assert misfits(grid(0, 100, 200), boxes) == 0
    assert misfits(grid(0, 200), boxes) == 1
    assert misfits(grid(0, 40, 200), boxes) == 1
