import pytest

from yusuan.extraction.fields.targets import (
    Target,
    parse_operator,
    read_target,
    repair_operator,
    target_spans,
)


def parts(text: str, name: str = "") -> list[tuple[str, str]]:
    return [(span.label.split(".")[1], text[span.start : span.end]) for span in target_spans(text, name)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("≥5 台", [("operator", "≥"), ("value", "5"), ("unit", "台")]),
        ("100%", [("value", "100"), ("unit", "%")]),
        ("1.44 万元", [("value", "1.44"), ("unit", "万元")]),
        ("≥13459.00(平方米)", [("operator", "≥"), ("value", "13459.00"), ("unit", "平方米")]),
        ("95%以上", [("value", "95"), ("unit", "%"), ("operator", "以上")]),
        ("6个月以内", [("value", "6"), ("unit", "个月"), ("operator", "以内")]),
        ("不少于5次", [("operator", "不少于"), ("value", "5"), ("unit", "次")]),
        ("20多家", [("value", "20"), ("operator", "多"), ("unit", "家")]),
        (">=3", [("operator", ">="), ("value", "3")]),
        ("≤1起", [("operator", "≤"), ("value", "1"), ("unit", "起")]),
        ("3次/年", [("value", "3"), ("unit", "次/年")]),
        ("2023 年 12 月", [("value", "2023 年 12 月")]),
        ("2023-12-31", [("value", "2023-12-31")]),
        ("12月31日前", [("value", "12月31日前")]),
        ("9月底前", [("value", "9月底前")]),
        ("3 月上旬以前", [("value", "3 月上旬以前")]),
        ("每季度", [("value", "每季度")]),
        ("优良中差", [("value", "优良中差")]),
        ("10-20次", [("value", "10-20次")]),
        ("定性：有所改善", [("operator", "定性"), ("value", "有所改善")]),
        ("（定性） 有所改善", [("operator", "定性"), ("value", "有所改善")]),
        ("定性", [("value", "定性")]),
        ("定性指标完成", [("value", "定性指标完成")]),
        ("", []),
    ],
)
def test_a_value_cell_is_taken_apart(text, expected):
    assert parts(text) == expected


def test_a_value_may_say_a_part_of_its_name_again():
    assert parts("满意度不少于80%", "党员群众满意度") == [
        ("operator", "不少于"),
        ("value", "80"),
        ("unit", "%"),
    ]
    assert parts("活动至少1次", "党员群众满意度") == [("value", "活动至少1次")]


@pytest.mark.parametrize(
    ("operators", "value", "unit", "target"),
    [
        (["≥"], "5", "台", Target("≥", "5", "台")),
        ([], "1,000", "册", Target("=", "1000", "册")),
        ([], "2023 年 12 月", None, Target(None, "2023年12月", None)),
        (["控制在", "以内"], "1.7", "万元", Target("≤", "1.7", "万元")),
        (["达到", "以上"], "95", "%", Target("≥", "95", "%")),
        (["达"], "100", "%", Target("=", "100", "%")),
        (["定性"], "优良中差", None, Target("定性", "优良中差", None)),
        (["定性"], "", None, Target("定性", "", None)),
    ],
)
def test_a_target_is_read_from_its_parts(operators, value, unit, target):
    assert read_target(operators, value, unit) == target


def test_operators_come_in_signs_and_words():
    said = [parse_operator(text) for text in ("≥", "＞", "> =", "≦", "＝", "〓", "不高于", "定 性", "优")]
    assert said == ["≥", ">", "≥", "≤", "=", "=", "≤", "定性", None]


def test_a_misread_equals_sign_is_known_by_its_column():
    assert [repair_operator(text) for text in ("二", "=", ">", "优")] == ["=", None, None, None]
