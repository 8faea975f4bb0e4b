import pytest

from yusuan.eval.metrics.canonical import canonical_amount, canonical_cell, canonical_field, is_figure


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


@pytest.mark.parametrize(
    ("printed", "canonical"),
    [
        ("4,517.37", "4517.37"),
        ("４，５１７", "4517"),
        ("合 计（万元）", "合计(万元)"),
        ("甲,乙", "甲,乙"),
        ("003", "003"),
        ("40.00", "40.00"),
        ("", ""),
    ],
)
def test_cells_are_compared_as_text_and_figures_without_commas(printed: str, canonical: str) -> None:
    assert canonical_cell(printed) == canonical


@pytest.mark.parametrize("text", ["2010301", "-5.00", "12.5%", ".5", "4,517"])
def test_what_is_a_figure(text: str) -> None:
    assert is_figure(text)


@pytest.mark.parametrize("text", ["", "-", "≥5", "5台", "2023年", "%"])
def test_what_is_no_figure(text: str) -> None:
    assert not is_figure(text)


def test_canonical_form_is_stable() -> None:
    for text in ("４，５１７．３７", "合 计（万元）", " 003 ", "㎡", "1,2,3"):
        assert canonical_cell(canonical_cell(text)) == canonical_cell(text)
