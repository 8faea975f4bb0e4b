import pytest

from yusuan.eval.canonical import canonical_amount, canonical_field


@pytest.mark.parametrize(
    ("printed", "canonical"),
    [
        ("40.00", "40"),
        ("4,517.370", "4517.37"),
        ("-5.0", "-5"),
        ("0.00", "0"),
        ("-0", "0"),
        ("1E3", "1000"),
        ("100", "100"),
        ("优良中差", "优良中差"),
        ("Infinity", "Infinity"),
    ],
)
def test_amounts_are_compared_by_value(printed: str, canonical: str) -> None:
    assert canonical_amount(printed) == canonical


def test_codes_are_text_and_not_numbers() -> None:
    assert canonical_field("code", "003") != canonical_field("code", "3")
    assert canonical_field("amount", "003") == canonical_field("amount", "3")


def test_text_is_compared_without_width_and_white_space() -> None:
    assert canonical_field("item", "合　计（万元）") == canonical_field("item", "合计(万元)")
    assert canonical_field("value", "９９％") == "99%"


def test_blank_says_nothing() -> None:
    assert canonical_field("item", " ") is None
    assert canonical_field("amount", None) is None
    assert canonical_field("core", False) == "False"
