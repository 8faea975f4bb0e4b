"""City forms: a body among the items gives its own lines, and one organization for the whole document."""

import pytest

from yusuan.datasets.synth.change_forms import budget_by_body, short_overall_targets
from yusuan.extraction.errors import UsageError

TABLE = {
    "key": "b1",
    "kind": "expenditure_summary",
    "side": "expenditure",
    "unit": "万元",
    "unit_line": "单位：万元",
    "title": "部门支出总表",
}
ONE_COLUMN = {
    **TABLE,
    "columns": ["code 60", "item 200", "amount 80 合计", "amount 80 项目支出"],
    "header": "编码 | 名称 | 合计 | 项目支出",
    "rows": """
合计{c2 m} | 1,030.00 | 30.00
104001 | 某市教育局本级 | 1,000.00 |
205 | 教育支出{i1} | 1,000.00 |
2050101 | 行政运行{i2} | 1,000.00 |
104002 | 某市教育考试院 >> 某市教育 | 30.00 | 30.00
""",
}
OWN_COLUMNS = {
    **TABLE,
    "columns": ["body_code 50", "body 120", "code 60", "item 200", "amount 80 合计"],
    "header": "单位编码 | 单位名称 | 科目编码 | 科目名称 | 合计",
    "rows": """
 | | | 合计 | 1,000.00
104 | 某市教育局 | | | 1,000.00
 | | 2050101 | 行政运行 | 1,000.00
""",
}


def lines(built):
    return [draft for draft in built[1].drafts if draft.type == "budget_line"]


def said(built):
    fields = ("code", "item", "level", "row_kind", "measure", "amount")
    return [tuple(draft.fields[name] for name in fields) for draft in lines(built)]


def test_a_body_among_the_items_is_a_line_without_level():
    assert said(budget_by_body(ONE_COLUMN)) == [
        (None, "合计", None, "total", "合计", "1030.00"),
        (None, "合计", None, "total", "项目支出", "30.00"),
        ("104001", "某市教育局本级", None, "line", "合计", "1000.00"),
        ("205", "教育支出", 1, "line", "合计", "1000.00"),
        ("2050101", "行政运行", 3, "line", "合计", "1000.00"),
        ("104002", "某市教育考试院", None, "line", "合计", "30.00"),
        ("104002", "某市教育考试院", None, "line", "项目支出", "30.00"),
    ]


def test_a_body_in_columns_of_its_own_is_no_part_of_the_codes_below_it():
    assert said(budget_by_body(OWN_COLUMNS)) == [
        (None, "合计", None, "total", "合计", "1000.00"),
        ("104", "某市教育局", None, "line", "合计", "1000.00"),
        ("2050101", "行政运行", 3, "line", "合计", "1000.00"),
    ]
    body = lines(budget_by_body(OWN_COLUMNS))[1]
    assert (body.places["code"], body.places["item"]) == (((2, 0),), ((2, 1),))


def test_only_the_table_that_names_the_bodies_first_gives_organizations():
    assert all(draft.type == "budget_line" for draft in budget_by_body(ONE_COLUMN)[1].drafts)
    named = [d.fields for d in budget_by_body({**ONE_COLUMN, "body_budget": 2})[1].drafts][:2]
    assert named == [
        {"code": "104001", "name": "某市教育局本级", "budget": "1000.00", "unit": "万元"},
        {"code": "104002", "name": "某市教育考试院", "budget": "30.00", "unit": "万元"},
    ]


TARGETS = {
    "key": "b2",
    "title": "部门整体支出绩效目标表",
    "unit": "万元",
    "label_width": 60,
    "labels": ["部门名称", "年度预算\\n（万元）", "年度总体目标", "绩效指标"],
    "columns": ["level1 60 一级指标", "level2 60 二级指标", "name 120 三级指标", "target 90 指标值"],
    "name": "某市水务局",
    "budget": "1,200.50",
    "goal": "安全度汛。",
    "rows": """
产出指标 | 数量指标 | 维修水库座数 | ≥12座 => ≥ 12 座
^ | 质量指标 | 验收合格率 | 100% => = 100 %
""",
}


def test_the_targets_of_a_whole_body_name_no_project():
    blocks, source = short_overall_targets(TARGETS)
    body, *targets = source.drafts
    assert body.fields == {"code": None, "name": "某市水务局", "budget": "1200.50", "unit": "万元"}
    assert body.places == {"name": ((0, 1),), "budget": ((0, 3),), "unit": ((0, 2),)}
    told = [tuple(t.fields[k] for k in ("project", "level1", "operator", "value", "unit")) for t in targets]
    assert told == [(None, "产出指标", "≥", "12", "座"), (None, "产出指标", "=", "100", "%")]
    assert source.block.rows[0][2].text == "年度预算\n（万元）"
    assert blocks


def test_a_target_that_does_not_say_what_it_means_is_refused():
    with pytest.raises(UsageError, match="needs `=> operator value unit`"):
        short_overall_targets({**TARGETS, "rows": "产出指标 | 数量指标 | 维修水库座数 | ≥12座"})
