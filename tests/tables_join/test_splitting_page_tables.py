"""Tables read as one are taken apart at their titles; titles and page numbers become lines."""

from __future__ import annotations

import pytest

from yusuan.extraction.tables.split import split_page

FIRST = ["科目编码 | 科目名称 | < | 合计", "201 | 一般公共服务支出 | < | 9.00"]
SECOND = ["项目 | < | 预算数 | 决算数", "一、本年收入 | < | 5.00 | 4.00"]
FORMS = [
    "项目名称 | 邮寄费用 | 业务主管部门 | 县政府办公室",
    "立项依据 | 年度工作要点 | < | <",
]


def tables_of(page, drawn):
    return [drawn(table) for table in page.tables]


def test_tables_are_taken_apart_at_a_title(page_of, drawn):
    page = split_page(
        page_of(
            1, [*FIRST, "表二部门支出总表单位：万元 | < | < | <", *SECOND], above=[("title", "部门收入总表")]
        )
    )
    assert [table.id for table in page.tables] == ["p1t1", "p1t2"]
    assert tables_of(page, drawn) == [
        ["科目编码 | 科目名称 | 合计", "201 | 一般公共服务支出 | 9.00"],
        ["项目 | 预算数 | 决算数", "一、本年收入 | 5.00 | 4.00"],
    ]
    assert [line.text for line in page.lines] == ["部门收入总表", "表二部门支出总表", "单位：万元"]
    title, lower = page.lines[1], page.tables[1]
    assert page.tables[0].bbox[3] <= title.bbox[1] < title.bbox[3] <= lower.bbox[1]


def test_forms_are_taken_apart_at_their_titles(page_of, drawn):
    title = "2023年项目支出绩效目标表编制单位：018001-县政府办公室 | < | < | <"
    page = split_page(page_of(1, [*FORMS, title, *FORMS, title, *FORMS]))
    assert tables_of(page, drawn) == [FORMS] * 3
    assert [line.text for line in page.lines] == [
        "2023年项目支出绩效目标表",
        "编制单位：018001-县政府办公室",
    ] * 2


@pytest.mark.parametrize("number", ["-7-", "第2页", "第 2 页 共 9 页", "3/10"])
def test_a_page_number_is_no_row(page_of, drawn, number):
    page = split_page(page_of(1, [*SECOND, f"{number} | < | < | <"]))
    assert tables_of(page, drawn) == [["项目 | 预算数 | 决算数", "一、本年收入 | 5.00 | 4.00"]]
    assert [line.text for line in page.lines] == [number]


def test_a_margin_is_no_column(page_of, drawn):
    rows = [" | 科目编码 | 合计 | ", "^ | 201 | 9.00 | ^", "-7- | < | < | <"]
    assert tables_of(split_page(page_of(1, rows)), drawn) == [["科目编码 | 合计", "201 | 9.00"]]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(["部门收入总表 | < | < | <", *SECOND], id="a title at the top stays in its grid"),
        pytest.param([*FORMS, "绩效指标 | < | < | <", *SECOND], id="the head of a section"),
        pytest.param([*FIRST, "见附表 | < | < | <", "208 | 社会保障支出 | < | 3.00"], id="no table follows"),
        pytest.param([*FIRST, "2023 | < | < | <"], id="a figure of its own"),
        pytest.param([*FIRST], id="nothing to do"),
    ],
)
def test_what_is_one_table_stays_one(page_of, rows):
    page = page_of(1, rows)
    assert split_page(page) is page
