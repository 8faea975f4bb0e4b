"""Forms of targets for several years: records are of the year, and fall back only where it says nothing."""

from __future__ import annotations

from typing import Any

import pytest

from yusuan.datasets.synth.blocks import cells_of
from yusuan.datasets.synth.sources import Built, Draft, TableSource
from yusuan.datasets.synth.term_targets import term_targets
from yusuan.extraction.errors import UsageError

TOP = """
项目名称{c2} | name:: 331-河道管护专项{c6}
主管部门{c2} | department:: 331-某市水利局{c2} | 实施单位 | organization:: 某站{c3}
项目资金\\n（万元）{c2 r2} | 中期资金总额{c2} | budget_total:: 930.60 | 年度资金总额{c2} | budget:: 1,310.20
其他资金{c2} | -:: 1.00 | 其他资金{c2} | -:: 2.00
总体目标{r2} | 中期目标{c4} | 年度目标{c3}
goal_total:: 三年之内{c4} | goal:: 当年之内{c3}
"""
ROWS = """
产出指标 | 数量指标 | 保洁长度 | ≥9公里 | 数量指标 | 保洁长度 | ≥3公里 => ≥ 3 公里
^ | ^ | 智能水表 | 9只 | ^ |  | 
"""


def form(**own: Any) -> dict[str, Any]:
    """Return a form with both sides filled in, changed by `own`."""
    common = {"key": "b0", "widths": [30.0] * 8, "unit": "万元", "title": "项目支出绩效目标表"}
    return {**common, "top": TOP, "rows": ROWS, **own}


def told(built: Built) -> tuple[TableSource, Draft, list[Draft]]:
    """Return what a form says: the table, its first record and the others."""
    source = built[1]
    assert source is not None
    return source, source.drafts[0], list(source.drafts[1:])


def test_money_and_goal_are_those_of_the_year() -> None:
    source, project, _ = told(term_targets(form()))
    assert (project.type, project.fields["budget"], project.fields["goal"]) == (
        "project",
        "1310.20",
        "当年之内",
    )
    assert project.fields["unit"] == "万元"
    assert project.places["unit"] == ((2, 0),)
    assert project.places["budget"] == ((2, 7),)
    cells = cells_of(source.block)
    assert cells[2, 4].part == "project.budget_total"
    assert cells[5, 1].part == "project.goal_total"
    assert cells[0, 0].part == "key"
    assert cells[2, 7].part is None


def test_all_years_stand_in_where_the_year_says_nothing() -> None:
    top = TOP.replace("budget:: 1,310.20", "budget:: ").replace("goal:: 当年之内", "goal:: ")
    _, project, _ = told(term_targets(form(top=top)))
    assert (project.fields["budget"], project.fields["goal"]) == ("930.60", "三年之内")
    assert project.places["budget"] == ((2, 4),)


def test_each_target_of_the_year_is_one_indicator_and_a_blank_side_is_none() -> None:
    _, _, indicators = told(term_targets(form()))
    (only,) = indicators
    assert {key: only.fields[key] for key in ("level1", "level2", "name", "operator", "value", "unit")} == {
        "level1": "产出指标",
        "level2": "数量指标",
        "name": "保洁长度",
        "operator": "≥",
        "value": "3",
        "unit": "公里",
    }
    # Row 7 of the block is the first below the headings; column 6 is the name on the side of the year.
    assert only.places["name"] == ((7, 6),)
    assert not any(name.startswith("~") for name in only.fields)


def test_codes_are_split_from_names_and_a_clipped_name_is_completed() -> None:
    top = TOP.replace("331-河道管护专项", "331-河道管护专项 >> 331-河道管护专")
    source, project, indicators = told(term_targets(form(top=top)))
    fields = project.fields
    assert (fields["code"], fields["name"], fields["name_raw"]) == ("331", "河道管护专项", "河道管护专")
    assert (fields["department"], fields["organization"]) == ("某市水利局", "某站")
    assert indicators[0].fields["project"] == "河道管护专项"
    assert source.completed == {(0, 2): "331-河道管护专项"}


def test_a_form_about_a_body_gives_the_body_and_targets_without_project() -> None:
    top = TOP.replace("name:: 331-河道管护专项", "body:: 331 某市水利局").replace(
        "budget:: ", "body_budget:: "
    )
    _, body, indicators = told(term_targets(form(top=top)))
    assert body.type == "organization"
    assert body.fields == {"code": "331", "name": "某市水利局", "budget": "1310.20", "unit": "万元"}
    assert indicators[0].fields["project"] is None


def test_a_value_of_no_known_field_is_refused() -> None:
    with pytest.raises(UsageError, match="no form has the field 'money'"):
        term_targets(form(top=TOP.replace("budget:: ", "money:: ")))


def test_an_indicator_row_that_lacks_a_cell_is_refused() -> None:
    with pytest.raises(UsageError, match="needs 7 cells"):
        term_targets(form(rows="产出指标 | 数量指标 | 保洁长度 | ≥9公里"))
