"""Tables whose columns no rule parts: headings tell which columns there are, and what stands over them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from yusuan.extraction.tables.grid import Grid, GridCell
from yusuan.extraction.tables.open_columns import follow_headings
from yusuan.extraction.tables.page import PieceReading, follow_open_columns
from yusuan.extraction.tables.place import Piece, Places
from yusuan.extraction.tables.straighten import flat

HIGH, GLYPH = 16.0, 9.0
Text = tuple[str, float, float]


def grid_of(xs: Sequence[float], ys: Sequence[float], lined: bool = False) -> Grid:
    """Return a grid of single cells."""
    cells = tuple(GridCell(row, col, 1, 1) for row in range(len(ys) - 1) for col in range(len(xs) - 1))
    return Grid(np.array(xs), np.array(ys), cells, ruled=False, certainty=1.0, lined=lined)


def told(
    xs: Sequence[float], ys: Sequence[float], texts: Sequence[Text], lined: bool = False
) -> tuple[list[float], list[str]]:
    """Return columns and heads of a grid once its headings are followed.

    Args:
        xs, ys, lined: of the grid.
        texts: each with the middle of its box. Heads are written `row+rowspan col+colspan`.
    """
    boxes = [
        np.array([x - GLYPH * len(t) / 2, y - HIGH / 2, x + GLYPH * len(t) / 2, y + HIGH / 2])
        for t, x, y in texts
    ]
    grid, rows = follow_headings(grid_of(xs, ys, lined), boxes, [t for t, _, _ in texts])
    assert (grid.owners() >= 0).all(), "cells tile the grid"
    new = [cell for cell in grid.cells if cell.row < rows]
    return grid.xs.tolist(), [f"{c.row}+{c.rowspan} {c.col}+{c.colspan}" for c in new]


def rows_of(*middles: float, start: float, count: int = 4) -> list[Text]:
    """Return rows of figures in columns with these middles."""
    return [("12.34", x, start + 40 * row) for row in range(count) for x in middles]


def test_a_column_with_nothing_but_its_heading_is_one():
    head = [("科目编码", 50, 20), ("基本支出", 175, 20), ("项目支出", 245, 20), ("合计", 350, 20)]
    xs, _ = told([0, 100, 300, 400], [0, 40, 80, 120, 160, 200], [*head, *rows_of(50, 245, 350, start=60)])
    assert len(xs) == 5
    assert 190 < xs[2] < 230


def test_a_border_in_a_blank_column_does_not_cut_its_heading():
    head = [("科目编码", 50, 20), ("基本支出", 180, 20), ("项目支出", 280, 20), ("合计", 380, 20)]
    xs, heads = told(
        [0, 100, 175, 330, 420], [0, 40, 80, 120, 160, 200], [*head, *rows_of(50, 280, 380, start=60)]
    )
    assert len(xs) == 5
    assert 198 < xs[2] < 262
    assert len(heads) == 4


def test_headings_over_one_column_are_one_column():
    """What stands in the rows goes over the border that would part them."""
    head = [("科目编码", 50, 20), ("科目名称", 130, 20), ("合计", 350, 20)]
    rows = [("2010101一般行政管理事务", 90, 60 + 40 * row) for row in range(4)]
    xs, _ = told([0, 200, 400], [0, 40, 80, 120, 160, 200], [*head, *rows, *rows_of(350, start=60)])
    assert xs == [0, 200, 400]


def test_a_group_in_one_row_with_its_headings_gets_a_row_of_its_own():
    head = [
        ("科目编码", 50, 30),
        ("2020年预算数", 200, 12),
        ("合计", 130, 42),
        ("人员经费", 200, 42),
        ("公用经费", 270, 42),
    ]
    xs, heads = told(
        [0, 100, 165, 235, 300], [0, 60, 100, 140, 180, 220], [*head, *rows_of(50, 130, 200, 270, start=80)]
    )
    assert xs == [0, 100, 165, 235, 300]
    assert heads == ["0+2 0+1", "0+1 1+3", "1+1 1+1", "1+1 2+1", "1+1 3+1"]


@pytest.mark.parametrize(
    ("outer", "spans"),
    [
        pytest.param(45, ["0+1 1+4", "1+1 1+1", "1+1 2+1", "1+1 3+1", "1+1 4+1"], id="all stand low"),
        pytest.param(
            30, ["0+2 1+1", "0+1 2+2", "0+2 4+1", "1+1 2+1", "1+1 3+1"], id="the outer two in the middle"
        ),
    ],
)
def test_headings_with_none_above_them_stand_in_the_middle_of_all_rows(outer, spans):
    """The same heading over the same middle: how high the others stand says over how many of them it is."""
    head = [("科目名称", 50, 30), ("工资福利支出", 300, 12)]
    head += [("奖金", 150, outer), ("津贴", 250, 45), ("绩效", 350, 45), ("其他", 450, outer)]
    _, heads = told(
        [0, 100, 200, 300, 400, 500],
        [0, 25, 60, 100, 140, 180, 220],
        [*head, *rows_of(50, 150, 250, 350, 450, start=80)],
    )
    assert heads == ["0+2 0+1", *spans]


def test_groups_in_groups_have_rows_under_one_another():
    head = [
        ("科目编码", 50, 45),
        ("经费来源", 300, 12),
        ("财政拨款", 200, 42),
        ("事业收入", 450, 58),
        ("其他收入", 550, 58),
    ]
    head += [("小计", 150, 75), ("一般公共预算", 250, 75)]
    _, heads = told(
        [0, 100, 200, 300, 400, 500],
        [0, 90, 130, 170, 210, 250],
        [(t, x if x < 400 else x - 100, y) for t, x, y in head] + rows_of(50, 150, 250, 350, 450, start=110),
    )
    assert heads == ["0+3 0+1", "0+1 1+4", "1+1 1+2", "1+2 3+1", "1+2 4+1", "2+1 1+1", "2+1 2+1"]


def test_lines_of_a_heading_are_one_and_glyphs_set_wide_are():
    head = [
        ("一般公共预", 150, 20),
        ("算资金", 150, 38),
        ("备", 230, 29),
        ("注", 270, 29),
        ("科目编码", 50, 29),
    ]
    xs, heads = told([0, 100, 200, 300], [0, 60, 100, 140, 180, 220], [*head, *rows_of(50, 150, start=80)])
    assert xs == [0, 100, 200, 300]
    assert heads == ["0+1 0+1", "0+1 1+1", "0+1 2+1"]


@pytest.mark.parametrize(
    ("lined", "heads"),
    [
        (True, ["0+2 0+1", "0+1 1+3", "1+1 1+1", "1+1 2+1", "1+1 3+1"]),
        (False, ["0+1 0+1", "0+1 1+1", "0+1 2+1", "0+1 3+1"]),
    ],
    ids=["a rule between them", "no rule"],
)
def test_lines_on_both_sides_of_a_rule_are_no_one_heading(lined, heads):
    leaves = ("科目", "合计", "基本支出", "项目")
    head = [("本年支出", 250, 31), *((text, 50 + 100 * k, 49) for k, text in enumerate(leaves))]
    xs, found = told(
        [0, 100, 200, 300, 400],
        [20, 40, 60, 100, 140, 180, 220],
        [*head, *rows_of(50, 150, 250, 350, start=80)],
        lined,
    )
    assert (len(xs), found) == (5, heads)


def test_a_column_without_heading_and_text_is_none():
    head = [("序号", 30, 20), ("项目名称", 160, 20), ("预算数", 300, 20)]
    xs, heads = told(
        [0, 60, 90, 250, 350], [0, 40, 80, 120, 160, 200], [*head, *rows_of(30, 160, 300, start=60)]
    )
    assert len(xs) == 4
    assert heads == ["0+1 0+1", "0+1 1+1", "0+1 2+1"]


def test_a_name_beside_all_rows_has_a_column_of_its_own():
    head = [("一级指标", 150, 20), ("三级指标", 260, 20), ("指标值", 360, 20)]
    rows = [("绩效指标", 40, 100)]
    rows += [
        (t, x, 60 + 40 * row)
        for row in range(4)
        for t, x in (("产出指标", 150), ("资金规范使用率", 260), ("95", 360))
    ]
    xs, _ = told([0, 100, 200, 320, 400], [0, 40, 80, 120, 160, 200], [*head, *rows])
    assert xs == [0, 100, 200, 320, 400]
    stain = [("一", 40, 100), *rows[1:]]
    assert len(told([0, 100, 200, 320, 400], [0, 40, 80, 120, 160, 200], [*head, *stain])[0]) == 4


def test_a_border_that_cuts_figures_is_none():
    head = [("科目编码", 50, 20), ("基本支出", 140, 20), ("项目支出", 260, 20)]
    cut = [(text, x, 60 + 40 * row) for row in range(4) for text, x in (("191", 186.5), (".39", 213.5))]
    xs, _ = told([0, 100, 200, 230, 300], [0, 40, 80, 120, 160, 200], [*head, *rows_of(50, start=60), *cut])
    assert xs == [0, 100, 230, 300]


def test_a_column_without_heading_that_has_text_beside_that_of_others_stays():
    head = [("科目编码", 50, 20), ("基本支出", 150, 20), ("项目支出", 350, 20)]
    xs, _ = told(
        [0, 100, 200, 300, 400], [0, 40, 80, 120, 160, 200], [*head, *rows_of(50, 150, 250, 350, start=60)]
    )
    assert len(xs) == 5


def test_a_heading_beside_the_table_is_of_one_more_column():
    head = [("科目编码", 50, 20), ("合计", 150, 20), ("年初结转和结余", 260, 20)]
    xs, _ = told([0, 100, 200], [0, 40, 80, 120, 160, 200], [*head, *rows_of(50, 150, start=60)])
    assert len(xs) == 4
    assert xs[-1] > 290


def test_a_title_above_the_table_is_no_heading():
    head = [("部门收入总表", 100, -40), ("科目编码", 50, 20), ("合计", 150, 20)]
    _, heads = told([0, 100, 200], [0, 40, 80, 120, 160, 200], [*head, *rows_of(50, 150, start=60)])
    assert heads == ["0+1 0+1", "0+1 1+1"]


def test_what_stands_beside_the_table_and_is_no_heading_is_left_there():
    head = [("科目编码", 50, 20), ("合计", 150, 20), ("印", 260, 20)]
    xs, _ = told([0, 100, 200], [0, 40, 80, 120, 160, 200], [*head, *rows_of(50, 150, start=60)])
    assert xs == [0, 100, 200]


def test_labels_of_a_form_and_their_values_are_no_headings():
    form = [("项目名称", 50, 20), ("信息系统等级保护", 200, 20), ("主管部门", 350, 20), ("县档案馆", 450, 20)]
    rows = [("年度预算", 50, 60), ("25.80", 200, 60), ("其中", 350, 60), ("25.80", 450, 60)]
    grid = [0, 100, 300, 400, 500], [0, 40, 80, 120]
    assert told(*grid, [*form, *rows]) == ([0, 100, 300, 400, 500], [])


def test_a_table_of_text_alone_is_left_as_it_is():
    rows = [("产出指标", 50, 20 + 40 * row) for row in range(4)] + [
        ("数量指标", 150, 20 + 40 * row) for row in range(4)
    ]
    assert told([0, 100, 200], [0, 40, 80, 120, 160], rows) == ([0, 100, 200], [])


def cells_said(
    xs: Sequence[float], ys: Sequence[float], texts: Sequence[Text]
) -> dict[tuple[int, int], list[str]]:
    """Return row and column of a cell → what was put into it, once headings are followed on a flat page."""
    readings = []
    for text, x, y in texts:
        wide = sum(GLYPH if glyph.isascii() else 2 * GLYPH for glyph in text)
        corners = [(x, y), (x + wide, y), (x + wide, y + HIGH), (x, y + HIGH)]
        readings.append(PieceReading(Piece(np.array(corners), 0, 0), text, 0.9))
    places, parted = follow_open_columns(Places([grid_of(xs, ys)], flat(600, 600)), readings)
    found: dict[tuple[int, int], list[str]] = {}
    for reading in parted:
        cell = places.grids[reading.piece.table].cells[reading.piece.cell]
        found.setdefault((cell.row, cell.col), []).append(reading.text)
    return found


def test_texts_that_were_read_as_one_are_parted_at_the_border():
    head = [("项目", 20, 12), ("预算数", 130, 12), ("项目", 260, 12), ("预算数", 500, 12)]
    rows = [("财政拨款", 5, 52), ("579.61 1.一般公共服务支出", 140, 52), ("681.58", 500, 52)]
    rows += [("事业收入", 5, 92), ("12.00", 140, 92), ("2.住房保障支出", 205, 92), ("48.71", 500, 92)]
    said = cells_said([0, 100, 199, 480, 590], [0, 40, 80, 120], [*head, *rows])
    assert said[1, 1] == ["579.61"]
    assert said[1, 2] == ["1.一般公共服务支出"]
    assert said[2, 2] == ["2.住房保障支出"]


def test_a_name_that_reaches_over_a_border_is_not_parted():
    head = [("项目", 20, 12), ("预算数", 130, 12), ("说明", 260, 12)]
    rows = [("财政拨款", 5, 52), ("12.00", 110, 52), ("机关 事业单位", 150, 92), ("12.00", 110, 132)]
    said = cells_said([0, 100, 199, 480], [0, 40, 80, 120, 160], [*head, *rows])
    assert ["机关 事业单位"] in said.values()


def test_first_lines_of_headings_that_were_read_as_one_are_parted():
    head = [
        ("编码", 20, 20),
        ("财政专户下级上缴", 110, 5),
        ("管理资金", 110, 25),
        ("收入资金", 186, 25),
        ("合计", 300, 20),
    ]
    figures = [
        (text, x, 65 + 40 * row)
        for row in range(2)
        for text, x in (("201", 20), ("1.00", 120), ("2.00", 200))
    ]
    said = cells_said([0, 100, 185, 280, 400], [0, 60, 100, 140], [*head, *figures])
    assert said[0, 1] == ["财政专户", "管理资金"]
    assert said[0, 2] == ["下级上缴", "收入资金"]
