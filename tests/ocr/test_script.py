"""Traditional characters on a simplified page are misread; on a traditional page they are what is printed."""

from __future__ import annotations

from yusuan.extraction.ocr.script import in_one_script, simplified


def test_traditional_characters_on_a_simplified_page_become_simplified() -> None:
    page = [
        "2023年部门预算公开",
        "項目支出",
        "一般公共預算",
        "数量指标",
        "经费来源",
        "单位：万元",
        "绩效目标",
    ]
    read = in_one_script(page)
    assert read == [text.translate({ord("項"): "项", ord("預"): "预"}) for text in page]


def test_a_traditional_page_stays_as_it_is() -> None:
    page = ["財政預算案", "項目支出", "數額", "經費來源", "单位"]
    assert in_one_script(page) == page


def test_characters_of_the_simplified_standard_stay_whatever_else_they_are() -> None:
    assert "".join(map(simplified, "乾县著於项Aa1，")) == "乾县著於项Aa1，"
    assert simplified("項") == "项"
