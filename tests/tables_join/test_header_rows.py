"""Which rows of a table are headers."""

from __future__ import annotations

import pytest

from yusuan.extraction.tables.headers import (
    completes_label,
    header_row_count,
    is_form,
    is_lane_row,
    lane_rows,
    section_header_rows,
    starts_form,
    title_row_count,
)
from yusuan.extraction.tables.sheet import row_starts

SUMMARY = [
    "收入 | < | 支出 | < | < | < | <",
    "项目 | 预算数 | 项目 | 合计 | 一般公共预算 | 政府性基金预算 | 国有资本经营预算",
    "一、本年收入 | 3,955.40 | 一、本年支出 | 4,517.37 | 4,517.37 |  | ",
    "一般公共预算资金 | 3,955.40 | 公共安全支出 | 532.76 | 532.76 |  | ",
]
THREE_PUBLIC = [
    "2023年预算数 | < | < | < | < | <",
    "合计 | 因公出国（境）费 | 公务用车购置及运行费 | < | < | 公务接待费",
    "^ | ^ | 小计 | 公务用车购置费 | 公务用车运行费 | ^",
    "325.00 | 5.00 | 195.50 |  | 195.50 | 124.50",
]
CODES_IN_THREE_COLUMNS = [
    "项目 | < | < | < | 一般公共预算支出 | < | <",
    "功能分类科目编码 | < | < | 功能分类科目名称 | 合计 | 基本支出 | 项目支出",
    "类 | 款 | 项 | ^ | ^ | ^ | ^",
    "204 | 06 |  | 司法 | 150,000 | 0 | 150,000",
]
EMPTY_FUND = [
    "科目编码 | 科目名称 | 本年政府性基金预算财政拨款支出 | < | <",
    "^ | ^ | 总计 | 基本支出 | 项目支出",
    " | 合计 |  |  | ",
    " |  |  |  | ",
]
INCOME_WITH_LANES = [
    "序号 | 功能分类科目 | < | 合计 | 本年收入 | < | 上年结转",
    "^ | 科目编码 | 科目名称 | ^ | 小计 | 财政拨款收入 | ^",
    "栏次 | 1 | 2 | 3 | 4 | 5 | 6",
    "1 |  | 合计 | 1841.44 | 1841.44 | 1841.44 | ",
    "2 | 201 | 一般公共服务支出 | 1674.65 | 1674.65 | 1674.65 | ",
]
INSTITUTIONS = [
    "单位名称 | 单位性质 | 单位规格 | 经费保障形式",
    "中共巨鹿县委办公室本级 | 行政 | 正科级 | 财政拨款",
]
APPLICATION = [
    "单位名称 | 项目名称 | 预算数 | 一级指标 | 二级指标 | 三级指标 | 指标性质 | 指标值 | 度量单位",
    "201-平武县人民政府办公室 |  | 97.20 |  |  |  |  |  | ",
    " | 政务公开 | 1.00 | 产出指标 | 数量指标 | 监督考核部门 | = | 47 | 个",
]
PROJECT_FORM = [
    "项目名称 | 副处级退休干部活动费 | < | 业务主管部门 | 县人民政府办公室",
    "当年预算(万元) | 0.25 | < | 本级安排(万元) | 0.25",
    "立项依据 |  | < | < | <",
    "绩效指标 | 一级指标 | 三级指标 | 指标权重 | 指标值",
    "^ | 产出指标 | 副处级退休干部人数 | 15 | 5",
    "^ | 效益指标 | 资金规范使用率 | 15 | 95",
]
TITLED_FORM = [
    "财政项目支出绩效目标填报表 | < | < | <",
    "（2023年度） | < | < | <",
    "项目名称 | 就业援助基地补贴 | 项目性质 | 经常性项目",
    "主管部门 | 万里街道办事处 | 实施单位 | 万里街道办事处",
    "一级指标 | 二级指标 | 三级指标 | 年度(/项目)指标值",
    "产出指标 | 数量指标 | 服务场次 | ≥12.00(次)",
]
GOAL_FORM = [
    "绩效目标 | 1.完善馆舍设施 2.扩大查阅范围 | < | <",
    "一级指标 | 二级指标 | 三级指标 | 指标值",
    "产出指标 | 时效指标 | 及时性 | 每季度",
    "^ | 数量指标 | 馆藏档案数(万册) | ≥100000册",
]
# 部门名称 and 总体目标 are labels of forms elsewhere, and 本年预算 is one glyph off such a label.
BODIES = [
    "部门编码 | 部门名称 | 合计 | 基本支出 | < | 项目支出预算",
    "^ | ^ | ^ | 小计 | 人员经费 | ^",
    "632001 | 丰昌县卫生健康局本级 | 1,428.11 | 330.01 | 330.01 | 1,098.10",
]
NARRATIVE = [
    "单位编码 | 单位及项目名称 | 金额 | 总体目标 | 绩效指标",
    "2 | 基层医疗设备更新经费 | 1.20 | 按方案更新设备 | 数量指标：≥3台",
]
OF_ONE_YEAR = [
    "功能科目 | < | 2023年本年预算 | < | <",
    "科目编码 | 功能科目名称 | 合计 | 基本支出 | 项目支出",
    "2240201 | 行政运行 | 2 | 2 | ",
]
# 上级补助 is a label of forms too, and sources of money are called what they are called.
SOURCES = [
    "支出功能分类科目 | < | 总计 | 本年收入 | < | < | < | < | < | 上年结转结余",
    "编码 | 名称 | ^ | 一般公共预算资金 | 国有资本拨款 | 财政专户 | 事业收入 | 上级补助 | 下级上缴收入 | ^",
    "2030601 | 兵役征集 | 0.74 |  |  |  | 0.74 |  |  | ",
]
TORN_ROW_OF_A_FORM = [
    " |  |  |  | 提升电子政务服务水平 | 持续推进 | 提升电子政务服务水平 | 持续推进",
    "满意度指标 | 满意度指标 | 接入单位满意度 | 46% | 满意度指标 | 接入单位满意度 | ≥98% | 98%",
]


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        pytest.param(SUMMARY, 2, id="two sides"),
        pytest.param(THREE_PUBLIC, 3, id="items in the header"),
        pytest.param(CODES_IN_THREE_COLUMNS, 3, id="class, item and sub-item columns"),
        pytest.param(EMPTY_FUND, 2, id="no figures below"),
        pytest.param(INCOME_WITH_LANES, 2, id="lanes not counted"),
        pytest.param(INSTITUTIONS, 1, id="text only"),
        pytest.param(APPLICATION, 1, id="indicators"),
        pytest.param(BODIES, 2, id="bodies"),
        pytest.param(SOURCES, 2, id="sources of money"),
        pytest.param(NARRATIVE, 1, id="targets in prose"),
        pytest.param(OF_ONE_YEAR, 2, id="year in the header"),
        pytest.param(PROJECT_FORM, 0, id="form"),
        pytest.param(TITLED_FORM, 2, id="form with titles in the grid"),
        pytest.param(GOAL_FORM, 0, id="form with a goal on top"),
        pytest.param(SUMMARY[2:], 0, id="continuation"),
        pytest.param(TORN_ROW_OF_A_FORM, 0, id="continuation with a torn row"),
        pytest.param([" |  | 十六、金融支出 | ", "收入总计 | 10.00 | 支出总计 | 10.00"], 0, id="blank side"),
    ],
)
def test_header_rows_are_counted(table_of, rows, count):
    assert header_row_count(table_of(rows)) == count


def test_headers_are_found_without_known_words(table_of):
    rows = ["村社 | 帮扶甲 | 帮扶乙", "红星村 | 12.50 | 3.00", "光明村 | 8.00 | 4.25"]
    assert header_row_count(table_of(rows)) == 1


def test_headers_survive_misread_words(table_of):
    rows = [row.replace("科目编码", "科日编码").replace("科目名称", "科目各称") for row in INCOME_WITH_LANES]
    assert header_row_count(table_of(rows)) == 2


def test_headers_survive_lost_spans(table_of):
    rows = [
        "序号 | 功能分类科目 |  | 合计 | 基本支出 | 项目支出",
        " | 科目编码 | 科目名称 |  |  | ",
        "1 |  | 合计 | 630.67 | 565.72 | 64.95",
    ]
    assert header_row_count(table_of(rows)) == 2


def test_an_information_row_in_the_grid_is_a_title(table_of):
    rows = [
        "编制单位：县委办公室 | < | 单位：万元",
        "科目编码 | 科目名称 | 预算数",
        "201 | 一般公共服务支出 | 5.00",
    ]
    assert title_row_count(table_of(rows)) == 1
    assert header_row_count(table_of(rows)) == 2


def test_a_table_without_rows_has_no_header(table_of):
    empty = table_of(["科目编码"]).model_copy(update={"n_rows": 0, "cells": ()})
    assert header_row_count(empty) == 0
    assert section_header_rows(empty) == []


@pytest.mark.parametrize(
    ("row", "lane"),
    [
        ("栏次 | 1 | 2 | 3", True),
        ("栏次 | 1 | 栏次 | 2", True),
        ("1 | 2 | 3=4+5 | 4 | 5", True),
        ("甲 | 乙 | 1 | 2 | 3", True),
        ("栏次 | 甲 | — | l | 2", True),
        ("行次 | 预算数 | 2 | 3", False),
        ("行次 | 类 | 款 | 项", False),
        ("1 | 2 | 4 | 8", False),
        ("201 | 03 | 01", False),
        (" |  |  | ", False),
    ],
)
def test_lane_rows_number_the_columns(table_of, row, lane):
    assert is_lane_row(row_starts(table_of([row]))[0]) is lane


def test_a_lane_row_is_found_under_the_header_only(table_of):
    assert lane_rows(table_of(INCOME_WITH_LANES)) == [2]
    assert lane_rows(table_of(["1 | 2 | 3", "201 | 03 | 01"])) == []


@pytest.mark.parametrize(
    ("rows", "sections", "form"),
    [
        (PROJECT_FORM, [3], True),
        (TITLED_FORM, [4], True),
        (GOAL_FORM, [1], True),
        (SUMMARY, [0, 1], False),
        (PROJECT_FORM[:3], [], True),
        (APPLICATION[1:], [], False),
    ],
)
def test_section_headers_of_forms(table_of, rows, sections, form):
    assert section_header_rows(table_of(rows)) == sections
    assert is_form(table_of(rows)) is form


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("项目名称", True),
        ("专项资金 名称", True),
        ("专项资全名称", True),
        ("部门（单位）名称", True),
        ("立项依据", False),
    ],
)
def test_forms_are_known_by_their_first_label(text, starts):
    assert starts_form(text) is starts


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("当年预算", "(万元)", True),
        ("预算执行率", "权重", True),
        ("立项", "依据", True),
        ("立项依据", "当年绩效目标", False),
        ("项目", "金额", False),
        ("", "(万元)", False),
    ],
)
def test_torn_labels_are_known_by_their_whole(first, second, whole):
    assert completes_label(first, second) is whole
