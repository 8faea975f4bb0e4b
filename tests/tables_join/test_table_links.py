"""Which page tables become one logical table, and what is left out of it."""

from __future__ import annotations

import pytest

from yusuan.extraction.tables.contents import same_title
from yusuan.extraction.tables.join import reading_order

FUNCTION_HEADER = [
    "序号 | 功能分类科目 | < | 合计 | 基本支出 | 项目支出",
    "^ | 科目编码 | 科目名称 | ^ | ^ | ^",
]
LANES = "栏次 | 1 | 2 | 3 | 4 | 5"
FIRST_ROWS = [
    "1 |  | 合计 | 1841.44 | 630.67 | 1210.77",
    "2 | 201 | 一般公共服务支出 | 1674.65 | 471.47 | 1203.18",
    "3 | 20126 | 档案事务 | 48.50 |  | 48.50",
]
LATER_ROWS = [
    "4 | 2012601 | 行政运行 | 18.00 |  | 18.00",
    "5 | 2012603 | 机关服务 | 30.50 |  | 30.50",
]
HEADING = [("organization", "201 中共巨鹿县委办公室"), ("year", "预算年度：2023"), ("unit", "单位：万元")]
TITLE = ("title", "部门预算支出总表")


def fragments_of(table):
    return [(part.page, part.table, part.reason) for part in table.fragments]


def test_a_repeated_header_joins(joined, page_of, drawn):
    (table,) = joined(
        page_of(1, [*FUNCTION_HEADER, LANES, *FIRST_ROWS], above=[TITLE, *HEADING]),
        page_of(2, [*FUNCTION_HEADER, LANES, *LATER_ROWS], above=HEADING),
    )
    assert fragments_of(table) == [(1, "p1t1", "first"), (2, "p2t1", "repeated header")]
    assert drawn(table) == [*FUNCTION_HEADER, *FIRST_ROWS, *LATER_ROWS]
    assert table.header_rows == 2
    assert [cell.page for cell in table.cells if cell.row >= 5] == [2] * 12


def test_lane_rows_are_left_out_everywhere(joined, page_of, drawn):
    (table,) = joined(page_of(1, [*FUNCTION_HEADER, LANES, *FIRST_ROWS]))
    assert drawn(table) == [*FUNCTION_HEADER, *FIRST_ROWS]


def test_header_cells_are_marked(joined, page_of):
    (table,) = joined(page_of(1, [*FUNCTION_HEADER, LANES, *FIRST_ROWS]))
    assert {cell.row for cell in table.cells if cell.header} == {0, 1}
    assert {cell.row for cell in table.cells if not cell.header} == {2, 3, 4}


def test_a_misread_header_is_still_repeated(joined, page_of, drawn):
    misread = [
        row.replace("功能分类科目", "功能分类科日").replace("基本支出", "基木支出") for row in FUNCTION_HEADER
    ]
    (table,) = joined(
        page_of(1, [*FUNCTION_HEADER, LANES, *FIRST_ROWS], above=[TITLE, *HEADING]),
        page_of(2, [*misread, LANES, *LATER_ROWS], above=HEADING),
    )
    assert drawn(table) == [*FUNCTION_HEADER, *FIRST_ROWS, *LATER_ROWS]


def test_rows_go_on_without_a_header(joined, page_of, drawn):
    (table,) = joined(
        page_of(1, [*FUNCTION_HEADER, *FIRST_ROWS], above=[TITLE], below=[("footer", "第 3 页")]),
        page_of(2, LATER_ROWS, below=[("body", "- 4 -")]),
    )
    assert table.fragments[1].reason == "continuation without header"
    assert drawn(table) == [*FUNCTION_HEADER, *FIRST_ROWS, *LATER_ROWS]


@pytest.mark.parametrize(
    ("later", "ruled", "joins"),
    [
        pytest.param((0.07, 0.15, 0.46, 0.12, 0.10, 0.10), False, True, id="borders elsewhere in the white"),
        pytest.param((0.07, 0.15, 0.46, 0.12, 0.10, 0.10), True, False, id="other rules"),
        pytest.param((0.30, 0.05, 0.05, 0.20, 0.20, 0.20), False, False, id="other columns"),
    ],
)
def test_without_rules_columns_are_the_same_where_each_lies_in_the_other(
    joined, page_of, table_of, drawn, later, ruled, joins
):
    rows = [*FUNCTION_HEADER, *FIRST_ROWS]
    first = table_of(rows, widths=(0.10, 0.18, 0.32, 0.14, 0.13, 0.13), ruled=ruled)
    tables = joined(
        page_of(1, first, above=[TITLE]),
        page_of(2, table_of(LATER_ROWS, page=2, widths=later, ruled=ruled)),
    )
    assert len(tables) == (1 if joins else 2)
    assert not joins or drawn(tables[0]) == [*rows, *LATER_ROWS]


@pytest.mark.parametrize(
    "line",
    [
        ("title", "部门预算收入总表"),
        ("title", "一般公共预算财政拨款支出表"),
        ("body", "二、部门预算安排的总体情况"),
        ("note", "注：本表无数据"),
        ("organization", "202 中共巨鹿县委组织部"),
    ],
)
def test_text_of_its_own_above_a_table_begins_another(joined, page_of, line):
    tables = joined(
        page_of(1, [*FUNCTION_HEADER, *FIRST_ROWS], above=[TITLE, *HEADING]),
        page_of(2, [*FUNCTION_HEADER, *LATER_ROWS], above=[line]),
    )
    assert [table.id for table in tables] == ["t1", "t2"]


def test_a_line_that_reaches_into_the_box_of_a_skewed_table_is_above_it(joined, page_of):
    first = page_of(1, [*FUNCTION_HEADER, *FIRST_ROWS], above=[TITLE])
    second = page_of(2, [*FUNCTION_HEADER, *LATER_ROWS], above=[("title", "部门预算收入总表")])
    low = second.lines[0].model_copy(update={"bbox": (100.0, 195.0, 500.0, 215.0)})
    assert len(joined(first, second.model_copy(update={"lines": (low,)}))) == 2


def test_a_note_below_a_table_ends_it(joined, page_of):
    tables = joined(
        page_of(1, [*FUNCTION_HEADER, *FIRST_ROWS], below=[("note", "备注：金额含上年结转")]),
        page_of(2, LATER_ROWS),
    )
    assert len(tables) == 2


@pytest.mark.parametrize(
    "lines",
    [
        [TITLE, *HEADING],
        [("title", "部门预算支出总表（续）"), *HEADING],
        [("body", "续表"), ("unit", "单位：万元")],
        [("title", "部门预算支岀总表")],
        [("header", "巨鹿县 2023 年部门预算公开")],
        [("body", "部门预算支出"), ("body", "单位:万元")],
    ],
)
def test_repeated_headings_do_not_part_a_table(joined, page_of, lines):
    tables = joined(
        page_of(1, [*FUNCTION_HEADER, *FIRST_ROWS], above=[TITLE, *HEADING]),
        page_of(2, [*FUNCTION_HEADER, *LATER_ROWS], above=lines),
    )
    assert len(tables) == 1


@pytest.mark.parametrize("foot", ["一3—", "17一", "一 12 一", "d", "LX", "某县审计局第1页"])
def test_a_page_number_however_it_was_read_does_not_end_a_table(joined, page_of, foot):
    tables = joined(
        page_of(1, [*FUNCTION_HEADER, *FIRST_ROWS], below=[("body", foot)]),
        page_of(2, [*FUNCTION_HEADER, *LATER_ROWS], below=[("body", "某县审计局第2页")]),
    )
    assert len(tables) == 1


def test_what_was_a_running_head_there_is_no_heading_here(joined, page_of):
    tables = joined(
        page_of(1, [*FUNCTION_HEADER, *FIRST_ROWS], above=[("header", "公开03表"), TITLE]),
        page_of(2, [*FUNCTION_HEADER, *LATER_ROWS], above=[("title", "公开03表")]),
    )
    assert len(tables) == 1


def test_a_header_with_glyphs_misread_in_many_cells_is_still_repeated(joined, page_of):
    header = "单位编码 | 单位名称 | 项目名称 | 合计 | 一般公共预算 | 政府性基金 | 财政拨款结转"
    misread = "华位法码 | 单位名称 | 项目名称 | 合计 | 一般公共预算 | 政府性基金 | 财政搜款姑转"
    row = "{} | 县道路所 | 养护 | 10.00 | 6.00 | 4.00 | "
    first = page_of(1, [header, row.format(348001), row.format(348002)])
    assert len(joined(first, page_of(2, [misread, row.format(348003)]))) == 1


def test_empty_tables_of_different_titles_stay_apart(joined, page_of, drawn):
    fund = [*FUNCTION_HEADER, LANES, " |  |  |  |  | "]
    tables = joined(
        page_of(1, fund, above=[("title", "部门预算政府基金预算财政拨款支出表"), *HEADING]),
        page_of(2, fund, above=[("title", "部门预算国有资本经营预算财政拨款支出表"), *HEADING]),
    )
    assert [drawn(table) for table in tables] == [[*FUNCTION_HEADER, " |  |  |  |  | "]] * 2


def test_empty_tables_whose_titles_were_lost_stay_apart(joined, page_of):
    fund = [*FUNCTION_HEADER, LANES]
    assert len(joined(page_of(1, fund, above=HEADING), page_of(2, fund, above=HEADING))) == 2


def test_a_different_header_begins_another_table(joined, page_of):
    other = [row.replace("基本支出", "人员经费").replace("项目支出", "公用经费") for row in FUNCTION_HEADER]
    tables = joined(
        page_of(1, [*FUNCTION_HEADER, *FIRST_ROWS]),
        page_of(2, [*other, *LATER_ROWS]),
    )
    assert len(tables) == 2


def test_the_header_of_another_year_begins_another_table(joined, page_of):
    headers = ["科目编码 | 科目名称 | 合计 | 2022年预算数", "科目编码 | 科目名称 | 合计 | 2023年预算数"]
    pages = [page_of(1, [headers[0], "201 | 一般公共服务支出 | 2.00 | 2.00"])]
    pages += [page_of(2, [headers[1], "208 | 社会保障和就业支出 | 1.00 | 1.00"])]
    assert len(joined(*pages)) == 2


def test_what_cannot_be_read_does_not_part_a_table(joined, page_of):
    first = page_of(1, [*FUNCTION_HEADER, *FIRST_ROWS], below=[("body", "府鼄专")])
    stain = first.lines[0].model_copy(update={"confidence": 0.31})
    second = page_of(2, [*FUNCTION_HEADER, *LATER_ROWS])
    assert len(joined(first, second)) == 2
    assert len(joined(first.model_copy(update={"lines": (stain,)}), second)) == 1


def test_a_numbering_that_restarts_begins_another_table(joined, page_of):
    rows = ["1 | 201 | 一般公共服务支出 | 5.00 | 5.00 | ", "2 | 20126 | 档案事务 | 5.00 | 5.00 | "]
    tables = joined(page_of(1, [*FUNCTION_HEADER, *FIRST_ROWS]), page_of(2, [*FUNCTION_HEADER, *rows]))
    assert len(tables) == 2


def test_another_total_under_the_header_begins_another_table(joined, page_of):
    header = "科目编码 | 科目名称 | 合计"
    tables = joined(
        page_of(1, [header, "合计 | < | 20.00", "201 | 一般公共服务支出 | 20.00"]),
        page_of(2, [header, "合计 | < | 31.00", "208 | 社会保障和就业支出 | 31.00"]),
    )
    assert len(tables) == 2


def test_the_total_of_a_part_on_top_of_a_page_begins_no_table(joined, page_of):
    header = "单位名称 | 科目名称 | 合计"
    (table,) = joined(
        page_of(1, [header, "合计 | < | 20.00", "某局 | 行政运行 | 12.00"]),
        page_of(2, [header, " | 小计 | 12.00", "某所 | 公路养护 | 8.00"]),
    )
    assert table.n_rows == 5


def test_other_columns_do_not_continue(joined, page_of):
    tables = joined(
        page_of(1, [*FUNCTION_HEADER, *FIRST_ROWS]),
        page_of(2, ["车辆 | 3 | 辆", "房屋 | 120.5 | 平方米"], widths=(0.5, 0.2, 0.3)),
    )
    assert len(tables) == 2


def test_texts_under_columns_of_amounts_do_not_continue(joined, page_of):
    tables = joined(
        page_of(1, ["单位名称 | 预算数 | 决算数", "县委办公室 | 5.00 | 6.00", "县政府办公室 | 7.00 | 8.00"]),
        page_of(2, ["中共巨鹿县委办公室本级 | 行政 | 正科级", "档案馆 | 事业 | 股级"]),
    )
    assert len(tables) == 2


FORM_HEAD = [
    "专项资金名称 | {name} | < | < | 业务主管部门 | 县政府办公室",
    "当年预算 | 36.60 | < | < | < | <",
    "绩效指标 | 指标 | 指标权重 | 计量单位 | 指标性质 | 指标值",
]
INDICATORS = ["^ | 保障会议次数 | 10 | 次 | ≥ | 300", "^ | 服务满意度 | 5 | % | ≥ | 95"]


def form(name):
    return [FORM_HEAD[0].format(name=name), *FORM_HEAD[1:], *INDICATORS]


def test_forms_of_different_projects_stay_apart(joined, page_of):
    heading = [("title", "2023年一般性项目绩效目标表（一级项目）"), ("unit", "单位：万元")]
    tables = joined(
        page_of(1, form("石柱政务信息化项目"), above=heading),
        page_of(2, form("石柱人民防空工作专项费"), above=heading),
        page_of(3, form("石柱车辆购置更新及运行保障")),
    )
    assert [len(table.fragments) for table in tables] == [1, 1, 1]
    assert [table.header_rows for table in tables] == [0, 0, 0]


def test_forms_with_titles_in_the_grid_stay_apart(joined, page_of):
    def titled(name):
        return [
            "财政项目支出绩效目标填报表 | < | < | <",
            "（2023年度） | < | < | <",
            f"项目名称 | {name} | 项目类别 | 特定目标类",
            "一级指标 | 二级指标 | 三级指标 | 年度(/项目)指标值",
            "产出指标 | 数量指标 | 服务场次 | ≥12.00(次)",
        ]

    tables = joined(page_of(1, titled("就业援助基地补贴")), page_of(2, titled("社区环境整治和建设")))
    assert [len(table.fragments) for table in tables] == [1, 1]


def test_titles_in_the_grid_are_repeated_once(joined, page_of, drawn):
    title, header = "部门支出总表 | < | <", "科目编码 | 科目名称 | 合计"
    (table,) = joined(
        page_of(1, [title, header, "201 | 一般公共服务支出 | 20.00"]),
        page_of(2, [title, header, "208 | 社会保障和就业支出 | 31.00"]),
    )
    assert drawn(table) == [
        title,
        header,
        "201 | 一般公共服务支出 | 20.00",
        "208 | 社会保障和就业支出 | 31.00",
    ]
    assert table.header_rows == 2


def test_a_title_in_the_grid_repeats_the_lines_of_the_page_before(joined, page_of, drawn):
    header = "科目编码 | 科目名称 | 合计"
    above = [("body", "表八"), ("title", "部门支出总表"), ("unit", "单位：万元")]
    (table,) = joined(
        page_of(1, [header, "201 | 一般公共服务支出 | 20.00"], above=above, below=[("body", "第5.页")]),
        page_of(2, ["表八单位：万元 | < | <", header, "208 | 社会保障和就业支出 | 31.00"]),
    )
    assert drawn(table) == [header, "201 | 一般公共服务支出 | 20.00", "208 | 社会保障和就业支出 | 31.00"]


def test_the_number_of_a_table_is_part_of_its_title(joined, page_of):
    header = "科目编码 | 科目名称 | 合计"
    first = page_of(1, [header, "201 | 一般公共服务支出 | 20.00"], above=[("title", "表二部门支出总表")])
    rows = [header, "208 | 社会保障和就业支出 | 31.00"]
    assert len(joined(first, page_of(2, rows, above=[("body", "表二")]))) == 1
    assert len(joined(first, page_of(2, rows, above=[("body", "表三")]))) == 2


def test_another_title_in_the_grid_begins_another_table(joined, page_of):
    header = "科目编码 | 科目名称 | 合计"
    tables = joined(
        page_of(1, ["部门收入总表 | < | <", header, "201 | 一般公共服务支出 | 20.00"]),
        page_of(2, ["部门支出总表 | < | <", header, "208 | 社会保障和就业支出 | 31.00"]),
    )
    assert len(tables) == 2


def test_halves_of_a_form_are_joined_by_their_column_edges(joined, page_of, table_of, drawn):
    upper = table_of(
        [
            "项目名称 | 邮寄费用 | 业务主管部门 | 县政府办公室",
            "当年预算(万元) | 3.00 | 本级安排(万元) | 3.00",
        ],
        page=1,
        widths=(0.1, 0.4, 0.2, 0.3),
    )
    lower = table_of(
        [
            "立项依据 |  | < | < | <",
            "绩效指标 | 一级指标 | 三级指标 | 指标权重 | 指标值",
            "^ | 产出指标 | 信件送达率 | 10 | 95",
        ],
        page=2,
        widths=(0.1, 0.2, 0.2, 0.2, 0.3),
    )
    (table,) = joined(page_of(1, upper), page_of(2, lower))
    assert table.fragments[1].reason == "form continues"
    assert drawn(table) == [
        "项目名称 | 邮寄费用 | < | 业务主管部门 | 县政府办公室",
        "当年预算(万元) | 3.00 | < | 本级安排(万元) | 3.00",
        "立项依据 |  | < | < | <",
        "绩效指标 | 一级指标 | 三级指标 | 指标权重 | 指标值",
        "^ | 产出指标 | 信件送达率 | 10 | 95",
    ]


def test_columns_that_a_page_does_not_divide_are_spanned(joined, page_of, table_of, drawn):
    first = table_of(
        ["科目编码 | < | < | 科目名称 | 合计", "类 | 款 | 项 | 合计 | 9.00", "205 | < | < | 教育支出 | 9.00"],
        page=1,
        widths=(0.05, 0.05, 0.05, 0.45, 0.4),
    )
    second = table_of(
        ["20502 | 普通教育 | 9.00", "2050202 | 小学教育 | 9.00"], page=2, widths=(0.15, 0.45, 0.4)
    )
    (table,) = joined(page_of(1, first), page_of(2, second))
    assert drawn(table)[-2:] == ["20502 | < | < | 普通教育 | 9.00", "2050202 | < | < | 小学教育 | 9.00"]


def test_a_column_that_a_page_lost_comes_back(joined, page_of, table_of, drawn):
    header = "科目编码 | 科目名称 | 合计 | 事业收入 | 其他收入"
    first = table_of(
        [header, "201 | 一般公共服务支出 | 9.00 |  | 9.00"], page=1, widths=(0.2, 0.3, 0.2, 0.1, 0.2)
    )
    second = table_of(
        ["科目编码 | 科目名称 | 合计 | 其他收入", "208 | 社会保障和就业支出 | 3.00 | 3.00"],
        page=2,
        widths=(0.2, 0.3, 0.3, 0.2),
    )
    (table,) = joined(page_of(1, first), page_of(2, second))
    assert drawn(table) == [
        header,
        "201 | 一般公共服务支出 | 9.00 |  | 9.00",
        "208 | 社会保障和就业支出 | 3.00 | < | 3.00",
    ]


@pytest.mark.parametrize(("shift", "stretch"), [(0.0, 1.0), (13.0, 1.0), (-7.0, 1.02), (4.0, 0.97)])
def test_edges_are_compared_over_shifts_of_the_scan(joined, page_of, table_of, drawn, shift, stretch):
    widths = (0.06, 0.1, 0.4, 0.16, 0.14, 0.14)
    first = table_of([*FUNCTION_HEADER, *FIRST_ROWS], page=1, widths=widths)
    second = table_of(LATER_ROWS, page=2, widths=widths, left=100 + shift, width=1000 * stretch)
    (table,) = joined(page_of(1, first), page_of(2, second))
    assert drawn(table) == [*FUNCTION_HEADER, *FIRST_ROWS, *LATER_ROWS]


@pytest.mark.parametrize(
    ("rows", "widths", "width"),
    [
        (
            ["车辆 | 3 | 辆", "房屋 | 120.5 | 平方米"],
            (0.5, 0.2, 0.3),
            1000,
        ),  # other columns, no label of forms
        (["立项依据 | 年度工作要点"], (0.16, 0.84), 600),  # another width
        (
            ["评价内容 | 评价指标 | 一级指标 | 指标值", "过程 | 制度 | 健全 | 完成"],
            None,
            1000,
        ),  # another header
    ],
)
def test_what_is_no_part_of_a_form_does_not_continue_it(joined, page_of, table_of, rows, widths, width):
    other = table_of(rows, page=2, widths=widths, width=width)
    assert len(joined(page_of(1, form("石柱政务信息化项目")), page_of(2, other))) == 2


def test_columns_under_a_repeated_header_are_the_same_wherever_they_stand(joined, page_of, table_of, drawn):
    header = "科目编码 | 科目名称 | 合计 | 其他收入"
    rows = ["201 | 一般公共服务支出 | 9.00 | 9.00", "208 | 社会保障和就业支出 | 3.00 | 3.00"]
    first = table_of([header, rows[0]], page=1, widths=(0.2, 0.3, 0.3, 0.2))
    second = table_of([header, rows[1]], page=2, widths=(0.14, 0.4, 0.26, 0.2))
    (table,) = joined(page_of(1, first), page_of(2, second))
    assert drawn(table) == [header, *rows]


GOALS = [
    "绩效目标 | 1.推进全县档案建设 2.确保会议系统畅通 | < | <",
    "一级指标 | 二级指标 | 三级指标 | 指标值",
    "产出指标 | 时效指标 | 按期完成时间 | 2023年12月",
]


def test_the_header_inside_a_form_is_repeated_once(joined, page_of, drawn):
    (table,) = joined(
        page_of(1, GOALS, above=[("title", "2、会议系统建设资金绩效目标表")]),
        page_of(2, [GOALS[1], "满意度指标 | 服务对象满意度指标 | 服务对象满意度 | ≥95%"]),
    )
    assert table.fragments[1].reason == "repeated header"
    assert drawn(table) == [*GOALS, "满意度指标 | 服务对象满意度指标 | 服务对象满意度 | ≥95%"]
    assert {cell.row for cell in table.cells if cell.header} == {1}


@pytest.mark.parametrize("again", [slice(0, 2), slice(1, 2)])
def test_a_header_of_two_rows_inside_a_form_is_repeated_once(joined, page_of, drawn, again):
    """All of it, or its last row alone."""
    header = [
        "一级指标 | 中期指标 | < | < | 年度指标 | < | <",
        "^ | 二级指标 | 三级指标 | 指标值 | 二级指标 | 三级指标 | 指标值",
    ]
    goals = "绩效目标 | 1.推进全县档案建设 2.确保会议系统畅通 | < | < | < | < | <"
    rows = [
        "产出指标 | 数量指标 | 会议保障 | ≥9次 | 数量指标 | 会议保障 | ≥3次",
        "效益指标 | 社会效益 | 系统畅通率 | ≥99% | 社会效益 | 系统畅通率 | ≥98%",
    ]
    repeated = [row.replace("^", "一级指标") if again.start else row for row in header[again]]
    (table,) = joined(page_of(1, [goals, *header, rows[0]]), page_of(2, [*repeated, rows[1]]))
    assert table.fragments[1].reason == "repeated header"
    assert drawn(table) == [goals, *header, *rows]


def test_a_form_torn_before_its_indicators_goes_on(joined, page_of, drawn):
    (table,) = joined(
        page_of(1, GOALS[:1], above=[("title", "绩效目标表")]), page_of(2, GOALS[1:], widths=None)
    )
    assert drawn(table) == GOALS


APPLICATION = [
    "单位名称 | 项目名称 | 预算数 | 三级指标 | 指标性质 | 指标值",
    "201-平武县人民政府办公室 |  | 97.20 |  |  | ",
]


def test_the_row_of_the_organization_is_repeated_once(joined, page_of, drawn):
    projects = [
        " | 政务公开 | 1.00 | 依申请公开的办理件数 | ≥ | 20",
        " | 外事工作 | 1.00 | 境外人员满意度 | ≥ | 99",
        " | 人才补贴（安居补助） | 4.00 | 满足人才补贴发放人数 | = | 1",
    ]
    pages = [page_of(i, [*APPLICATION, row]) for i, row in enumerate(projects, start=1)]
    (table,) = joined(*pages)
    assert drawn(table) == [*APPLICATION, *projects]


def test_the_row_of_a_later_organization_is_repeated_once(joined, page_of, drawn):
    other = "202-平武县档案馆 |  | 8.00 |  |  | "
    rows = [" | 政务公开 | 1.00 | 公开年度报告 | = | 1", " | 档案整理 | 8.00 | 整理卷数 | ≥ | 900"]
    (table,) = joined(
        page_of(1, [*APPLICATION, rows[0], other, rows[1]]),
        page_of(2, [APPLICATION[0], other, " | 档案数字化 | 3.00 | 扫描页数 | ≥ | 5000"]),
    )
    assert [row.split(" |")[0] for row in drawn(table)].count("202-平武县档案馆") == 1


def test_a_row_like_an_earlier_one_is_kept(joined, page_of, drawn):
    header = "项目 | 数量 | 金额"
    pages = [
        [header, "办公桌 | 2 | 0.50", "打印机 | 1 | 0.30"],
        [header, "打印机 | 1 | 0.30", "办公椅 | 4 | 0.40"],
    ]
    (table,) = joined(page_of(1, pages[0]), page_of(2, pages[1]))
    assert drawn(table) == [*pages[0], *pages[1][1:]]


def test_a_failed_page_between_is_stepped_over_by_a_repeated_header(joined, page_of):
    first = page_of(1, [*FUNCTION_HEADER, LANES, *FIRST_ROWS], above=[TITLE, *HEADING])
    failed = page_of(2, status="failed")
    (table,) = joined(first, failed, page_of(3, [*FUNCTION_HEADER, LANES, *LATER_ROWS], above=HEADING))
    assert fragments_of(table)[1] == (3, "p3t1", "repeated header, page 2 failed")
    assert len(joined(first, failed, page_of(3, LATER_ROWS))) == 2


def test_a_page_of_text_between_parts_tables(joined, page_of):
    tables = joined(
        page_of(1, [*FUNCTION_HEADER, LANES, *FIRST_ROWS]),
        page_of(2, above=[("body", "三、机关运行经费安排情况")]),
        page_of(3, [*FUNCTION_HEADER, LANES, *LATER_ROWS]),
    )
    assert len(tables) == 2


def test_an_empty_page_between_is_stepped_over_by_a_repeated_header(joined, page_of):
    (table,) = joined(
        page_of(1, [*FUNCTION_HEADER, *FIRST_ROWS]),
        page_of(2, below=[("footer", "2")]),
        page_of(3, [*FUNCTION_HEADER, *LATER_ROWS]),
    )
    assert table.fragments[1].reason == "repeated header, page 2 blank"


def test_tables_side_by_side_continue_side_by_side(joined, page_of, table_of, drawn):
    header = "科目编码 | 科目名称 | 决算数"
    left = [["301 | 工资福利支出 | 95.36"], ["303 | 对个人和家庭的补助 | 2.40"]]
    right = [["302 | 商品和服务支出 | 10.23"], ["310 | 资本性支出 | 0.80"]]
    pages = [
        page_of(
            number,
            table_of([header, *right[number - 1]], page=number, number=2, left=620, width=480),
            table_of([header, *left[number - 1]], page=number, number=1, left=100, width=480),
        )
        for number in (1, 2)
    ]
    tables = joined(*pages)
    assert [drawn(table) for table in tables] == [
        [header, *left[0], *left[1]],
        [header, *right[0], *right[1]],
    ]


def test_a_table_continues_what_stood_in_its_part_of_the_page(joined, page_of, table_of):
    header = "科目编码 | 科目名称 | 决算数"
    left = table_of([header, "301 | 工资福利支出 | 95.36"], page=1, number=1, left=100, width=480)
    right = table_of([header, "302 | 商品和服务支出 | 10.23"], page=1, number=2, left=620, width=480)
    after = table_of([header, "310 | 资本性支出 | 0.80"], page=2, left=620, width=480)
    tables = joined(page_of(1, left, right), page_of(2, after))
    assert [[part.table for part in table.fragments] for table in tables] == [["p1t1"], ["p1t2", "p2t1"]]


def test_a_note_ends_only_the_table_that_it_stands_under(joined, page_of, table_of):
    header = "科目编码 | 科目名称 | 决算数"
    pages = []
    for number in (1, 2):
        left = table_of([header, f"30{number} | 工资福利支出 | 95.36"], page=number, left=100, width=480)
        right = table_of(
            [header, f"31{number} | 资本性支出 | 0.80"], page=number, number=2, left=620, width=480
        )
        below = [("note", "注：含上年结转")] if number == 1 else []
        pages.append(page_of(number, left, right, below=below))
    tables = joined(*pages)
    assert [[part.table for part in table.fragments] for table in tables] == [
        ["p1t1"],
        ["p1t2", "p2t2"],
        ["p2t1"],
    ]


def test_only_the_last_table_of_a_page_goes_on(joined, page_of, table_of):
    header = "科目编码 | 科目名称 | 合计"
    upper = table_of([header, "201 | 一般公共服务支出 | 20.00"], page=1, number=1)
    lower = table_of(["车辆 | 3 | 辆"], page=1, number=2, top=900, widths=(0.5, 0.2, 0.3))
    tables = joined(page_of(1, upper, lower), page_of(2, [header, "208 | 社会保障和就业支出 | 31.00"]))
    assert [[part.table for part in table.fragments] for table in tables] == [["p1t1"], ["p1t2"], ["p2t1"]]


def test_reading_order_is_down_then_across(table_of):
    tables = [
        table_of(["c | d"], number=3, top=700, left=100, width=1000),
        table_of(["e | f", "g | h"], number=2, top=190, left=620, width=480),
        table_of(["a | b", "c | d"], number=1, top=200, left=100, width=480),
    ]
    assert [table.id for table in reading_order(tables)] == ["p1t1", "p1t2", "p1t3"]


def test_a_document_without_tables_has_none(joined, page_of):
    assert joined(page_of(1, above=[("body", "部门职责")])) == ()


def test_page_tables_are_left_as_they_are(page_of, joined):
    page = page_of(1, [*FUNCTION_HEADER, LANES, *FIRST_ROWS])
    before = page.model_copy(deep=True)
    joined(page)
    assert page == before


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("部门预算收入总表", "部门预算收 入总表", True),
        ("部门预算收入总表", "部门预算收人总表", True),
        ("部门预算收入总表", "部门预算支出总表", False),
        ("一般公共预算财政拨款支出表", "一般公共预算财政拨款基本支出表", False),
        ("2022年部门预算表", "2023年部门预算表", False),
        ("表五", "表六", False),
        ("政府性基金预算支出表", "国有资本经营预算支出表", False),
    ],
)
def test_titles_that_differ_in_little_are_told_apart(first, second, same):
    assert same_title(first, second) is same
