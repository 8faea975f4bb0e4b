"""Rows displaced by a lost spanned cell are put back when, and only when, one other place fits them."""

from __future__ import annotations

import pytest

FORM = [
    "专项资金名称 | 后勤保障服务经费 | < | 业务主管部门 | < | 县政府办公室",
    "绩效指标 | 指标 | 指标权重 | 计量单位 | 指标性质 | 指标值",
    "^ | 服务对象满意度 | 5 | % | ≥ | 95",
    "^ | 项目总成本 | 5 | 万元 | ≤ | 299.5",
    "^ | 管理服务面积 | 10 | 平方米 | ≥ | 4500",
    "^ | 聘用人员人数 | 5 | 人 | ≤ | 32",
    "^ | 工作队伍稳定性 | 5 | 项 | 定性 | 优",
]
APPLICATION = [
    "单位名称 | 项目名称 | 一级指标 | 二级指标 | 三级指标 | 指标性质 | 指标值 | 度量单位 | 权重 | 指标方向性",
    "201-平武县人民政府办公室 | 政务公开 | 产出指标 | 数量指标 | 办理件数 | ≥ | 20 | 件 | 20 | 正向指标",
    "^ | ^ | 产出指标 | 质量指标 | 公开及时率 | ≥ | 99 | % | 20 | 正向指标",
    "^ | ^ | 效益指标 | 社会效益指标 | 信息畅通率 | 定性 | 高中低 |  | 20 | 正向指标",
    "^ | ^ | 产出指标 | 时效指标 | 故障响应时间 | ≤ | 2 | 小时 | 20 | 反向指标",
    "^ | ^ | 满意度指标 | 服务对象满意度指标 | 社会满意度 | ≥ | 95 | % | 10 | 正向指标",
]


def shifts_of(table):
    return {
        (cell.row, cell.col): repair.evidence[0].text
        for cell in table.cells
        for repair in cell.repairs
        if repair.kind == "shifted"
    }


def test_a_row_without_its_label_is_moved_right(joined, page_of, drawn):
    (table,) = joined(page_of(1, [*FORM, "质量合格率 | 10 | % | ≥ | 190 | "]))
    assert drawn(table) == [*FORM, "^ | 质量合格率 | 10 | % | ≥ | 190"]
    assert shifts_of(table) == {
        (7, col): f"read in column {col - 1}, fits column {col}" for col in range(1, 6)
    }


def test_a_moved_row_can_be_the_first_of_a_page(joined, page_of, drawn):
    (table,) = joined(
        page_of(1, FORM),
        page_of(2, ["质量合格率 | 10 | % | ≥ | 190 | ", "会务保持率 | 10 | % | = | 95 | "]),
    )
    assert drawn(table) == [*FORM, "^ | 质量合格率 | 10 | % | ≥ | 190", "^ | 会务保持率 | 10 | % | = | 95"]


def test_a_row_with_one_blank_too_many_is_moved_left(joined, page_of, drawn):
    (table,) = joined(page_of(1, [*APPLICATION, " |  |  | 产出指标 | 数量指标 | 报送计划 | ≥ | 1 | 篇 | 20"]))
    assert drawn(table) == [*APPLICATION, "^ | ^ | 产出指标 | 数量指标 | 报送计划 | ≥ | 1 | 篇 | 20 | ."]


def test_a_blank_in_front_of_a_row_that_moves_to_the_first_column_is_dropped(joined, page_of, drawn):
    rows = [
        "指标 | 指标权重 | 计量单位 | 指标性质 | 指标值 | 备注",
        "管理面积 | 10 | 平方米 | ≥ | 4500 | ",
        "维修次数 | 10 | 次 | ≥ | 12 | ",
        "出勤比例 | 10 | % | ≥ | 95 | ",
        "培训人数 | 10 | 人 | ≥ | 40 | ",
        "供热天数 | 10 | 天 | ≥ | 120 | ",
    ]
    (table,) = joined(page_of(1, [*rows, " | 满意比例 | 10 | % | ≥ | 95"]))
    assert drawn(table)[:6] == rows
    assert drawn(table)[6].startswith("满意比例 | 10 | % | ≥ | 95")
    assert min(cell.col for cell in table.cells) == 0


def test_a_row_that_fell_apart_is_closed_up(joined, page_of, drawn):
    rows = [
        "产出指标 |  | 数量指标 | 疫苗接种情况 | ≥ | 1 | 次 | 20 | 正向指标 | ",
        "效益指标 |  | 社会效益指标 | 对外交流 | 定性 | 优良中差 |  | 20 | 正向指标 | ",
    ]
    (table,) = joined(page_of(1, [*APPLICATION, *rows]))
    assert drawn(table)[6:] == [
        "^ | ^ | 产出指标 | 数量指标 | 疫苗接种情况 | ≥ | 1 | 次 | 20 | 正向指标",
        "^ | ^ | 效益指标 | 社会效益指标 | 对外交流 | 定性 | 优良中差 |  | 20 | 正向指标",
    ]


@pytest.mark.parametrize(
    "row",
    [
        "95.13 |  |  |  |  | ",  # one stray figure fits more than one column
        "合计 | 5 |  |  |  | ",  # two cells prove nothing
        "甲 | 乙 | 丙 | 丁 | 戊 | 己",  # fits nowhere
    ],
)
def test_a_row_that_fits_nowhere_else_stays(joined, page_of, drawn, row):
    (table,) = joined(page_of(1, [*FORM, row]))
    assert drawn(table) == [*FORM, row]
    assert shifts_of(table) == {}


def test_a_blank_name_is_no_reason_to_move(joined, page_of, drawn):
    rows = [*FORM, "^ |  | 10 | % | = | 200", "^ |  | 5 | 项 | 定性 | "]
    (table,) = joined(page_of(1, rows))
    assert drawn(table) == rows


def test_amounts_are_never_moved_among_columns_of_amounts(joined, page_of, drawn):
    rows = [
        "科目编码 | 科目名称 | 合计 | 基本支出 | 项目支出",
        "201 | 一般公共服务支出 | 9.00 | 4.00 | 5.00",
        "20103 | 政府事务 | 5.00 | 4.00 | 1.00",
        "2010301 | 行政运行 | 4.00 | 4.00 | ",
        "208 | 社会保障和就业支出 | 3.00 |  | 3.00",
        "住房保障支出 | 3.00 |  | 3.00 | ",
    ]
    (table,) = joined(page_of(1, rows))
    assert drawn(table) == rows


def test_rows_above_the_indicators_are_not_moved(joined, page_of, drawn):
    rows = [FORM[0], "预算执行率 | 10 | % | ≥ | 90 | ", *FORM[1:]]
    (table,) = joined(page_of(1, rows))
    assert drawn(table) == rows


def test_labels_and_values_of_a_form_are_not_moved(joined, page_of, drawn):
    rows = [
        "项目名称 | 无纸化系统 | 业务主管部门 | 县政府办公室",
        "当年预算(万元) | 6.00 | 本级安排(万元) | 6.00",
        "(万元) | 0.00 | 上级补助(万元) | ",
        "立项依据 |  | < | <",
    ]
    (table,) = joined(page_of(1, rows))
    assert drawn(table) == rows
