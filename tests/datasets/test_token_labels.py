"""Which characters of a cell state which field of a record."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from yusuan.datasets.synth.amount_forms import budget, listing
from yusuan.datasets.synth.blocks import CellText, TableBlock, cells_of
from yusuan.datasets.synth.sources import Draft, TableSource
from yusuan.datasets.synth.spans import spans_of
from yusuan.datasets.synth.target_forms import narrative_targets, project_targets
from yusuan.datasets.synth.wrapping import join_lines
from yusuan.extraction.errors import UsageError

TABLE = {"key": "b1", "unit": "万元", "unit_line": "单位：万元", "title": "表", "kind": "other_budget"}
Labelled = Mapping[tuple[int, int], list[tuple[str, str]]]


def labelled(source: TableSource | None) -> Labelled:
    """The labelled stretches of each cell: words and label."""
    assert source is not None
    texts = {
        at: source.completed.get(at, join_lines(cell.text.split("\n")))
        for at, cell in cells_of(source.block).items()
        if at[0] not in source.lanes
    }
    return {
        at: [(texts[at][span.start : span.end], span.label) for span in spans]
        for at, spans in spans_of(source, texts).items()
    }


def one_cell(text: str, *drafts: Draft, part: str | None = None) -> list[tuple[str, str]]:
    block = TableBlock("b", (100.0,), ((CellText(text, part=part),),))
    return labelled(TableSource(block, "other_budget", None, None, None, drafts=drafts)).get((0, 0), [])


def test_a_table_of_two_sides() -> None:
    _, source = budget(
        {
            **TABLE,
            "columns": [
                "seq 30",
                "item:income 90",
                "amount:income 60 预算数",
                "code:expenditure 40",
                "item:expenditure 90",
                "amount:expenditure 60 预算数",
                "rest 40",
            ],
            "header": """
序号{r2} | 收入{c2} | 支出（万元）{c3} | 增减%{r2}
项 目 | 预算数 | 编码 | 项目 | 预算数
""",
            "lane": "栏次 | 1 | 2 | 3 | 4 | 5 | 6",
            "rows": """
1 | 一、财政拨款 | 1,841.44 | 201 | 一般公共服务支出 | 9.00 | 5.1
2 | 二、其他 | - | 合计{c2} | 9.00 |
""",
        }
    )
    found = labelled(source)
    assert found[0, 0] == [("序号", "header")]
    assert found[0, 1] == [("收入", "group.income")]
    assert found[0, 3] == [("支出", "group.expenditure"), ("万元", "unit")]
    assert found[1, 1] == [("项 目", "header")]
    assert found[3, 0] == [("1", "ordinal")]
    assert found[3, 2] == [("1,841.44", "budget_line.amount")]
    assert found[3, 3] == [("201", "budget_line.code")]
    assert found[3, 6] == [("5.1", "percentage")]
    # An item without an amount is an item too, and a total over code and name.
    assert found[4, 1] == [("二、其他", "budget_line.item")]
    assert found[4, 3] == [("合计", "budget_line.item")]
    assert (4, 2) not in found
    assert not any(at[0] == 2 for at in found)


def test_a_code_in_three_columns_is_labelled_in_each() -> None:
    _, source = budget(
        {
            **TABLE,
            "columns": ["code 30", "code 30", "code 30", "item 90", "amount 60 合计"],
            "header": "类 | 款 | 项 | 名称 | 合计",
            "rows": "201 | 03 | 01 | 行政运行 | 5.00\n | | 02 | 一般行政管理事务 | 4.00",
        }
    )
    found = labelled(source)
    assert [found[1, col] for col in range(3)] == [
        [(digits, "budget_line.code")] for digits in ("201", "03", "01")
    ]
    assert found[2, 2] == [("02", "budget_line.code")]


def test_a_row_without_a_record_has_the_labels_of_its_columns() -> None:
    _, source = listing(
        {
            **TABLE,
            "type": "asset",
            "fields": ["item", "quantity", "value"],
            "needs": ["quantity", "value"],
            "widths": [90, 40, 40],
            "header": "项目 | 数量 | 价值（金额单位：万元）",
            "rows": "一、房屋 | 2 | 10.5\n其中：办公用房 | |",
        }
    )
    found = labelled(source)
    assert found[0, 2] == [("价值", "header"), ("万元", "unit")]
    assert found[1, 0] == [("一、房屋", "asset.item")]
    assert found[2, 0] == [("其中：办公用房", "asset.item")]


def test_a_form_has_keys_units_and_a_code_before_the_name() -> None:
    _, source = project_targets(
        {
            **TABLE,
            "widths": [50] * 9,
            "name": "50024022T000000104189-专项业务经费",
            "department": "018-某县办公室",
            "budget": "1,310.95",
            "local": "1,310.95",
            "goal": "完成全年任务。",
            "rows": "产出指标 | 数量指标 | 检查次数 >> 检查次 | 10 | 次 | ≥ | 12 | 否",
        }
    )
    found = labelled(source)
    assert found[0, 1] == [("50024022T000000104189", "project.code"), ("专项业务经费", "project.name")]
    assert found[0, 6] == [("某县办公室", "project.department")]
    assert found[2, 0] == [("当年预算", "key"), ("万元", "unit")]
    assert found[2, 1] == [("1,310.95", "project.budget")]
    assert found[2, 6] == [("1,310.95", "project.budget_local")]
    assert found[7, 0] == [("绩效指标", "key")]
    assert found[7, 7] == [("指标值", "header")]
    assert found[8, 3] == [("检查次数", "indicator.name")]
    assert found[8, 8] == [("否", "indicator.core")]


def test_targets_told_in_prose() -> None:
    text = "一、产出指标(一)数量指标：检查≥12次、培训在3万元以内。(二)时效指标：年底完成。"
    text += "二、效益指标(一)社会效益指标：年底完成。"
    _, source = narrative_targets(
        {
            **TABLE,
            "widths": [40] * 5,
            "bodies": "003 | 某办公室 | 9.00",
            "project": [
                {
                    "name": "某经费",
                    "budget": "9.00",
                    "goal": "好。",
                    "text": text,
                    "targets": """
产出/数量 | 检查≥12次 | 检查 | ≥ 12 次
产出/数量 | 培训在3万元以内 | 培训 | ≤ 3 万元
产出/时效 | 年底完成 | |
效益/社会效益 | 年底完成 | |
""",
                }
            ],
        }
    )
    found = labelled(source)
    assert found[2, 0] == [("1", "ordinal")]
    assert found[2, 4] == [
        ("产出指标", "indicator.level1"),
        ("数量指标", "indicator.level2"),
        ("检查", "indicator.name"),
        ("≥", "indicator.operator"),
        ("12", "indicator.value"),
        ("次", "indicator.unit"),
        ("培训", "indicator.name"),
        ("3", "indicator.value"),
        ("万元", "indicator.unit"),
        ("以内", "indicator.operator"),
        ("时效指标", "indicator.level2"),
        ("年底完成", "indicator.value"),
        ("效益指标", "indicator.level1"),
        ("社会效益指标", "indicator.level2"),
        ("年底完成", "indicator.value"),
    ]


def test_a_name_around_its_target_has_two_parts() -> None:
    draft = Draft(
        "indicator",
        {"name": "开展法治宣传", "operator": "≥", "value": "5", "unit": "次"},
        {"name": ((0, 0),), "value": ((0, 0),), "unit": ((0, 0),)},
        said="开展不少于5次法治宣传",
    )
    assert one_cell("全年开展不少于5次法治宣传。", draft) == [
        ("开展", "indicator.name"),
        ("不少于", "indicator.operator"),
        ("5", "indicator.value"),
        ("次", "indicator.unit"),
        ("法治宣传", "indicator.name_rest"),
    ]


def test_a_statement_that_the_text_does_not_make_is_an_error() -> None:
    draft = Draft("indicator", {"name": "培训", "value": "5"}, {"value": ((0, 0),)}, said="培训5次")
    with pytest.raises(UsageError, match="does not state '培训5次'"):
        one_cell("培训6次。", draft)


def test_a_character_has_one_label_that_of_the_budget_line_first() -> None:
    body = Draft("organization", {"name": "某县教育局"}, {"name": ((0, 0),)})
    line = Draft("budget_line", {"item": "某县教育局"}, {"item": ((0, 0),)})
    assert one_cell("某县教育局", body, line) == [("某县教育局", "budget_line.item")]
    assert one_cell("某县教育局", body) == [("某县教育局", "organization.name")]


def test_a_part_stands_before_what_the_records_tell() -> None:
    draft = Draft("project", {"budget": "40.00"}, {"budget": ((0, 0),)})
    assert one_cell("40.00", draft, part="project.budget_total") == [("40.00", "project.budget_total")]
    assert one_cell("", part="key") == []
