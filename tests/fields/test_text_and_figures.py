import pytest

from yusuan.extraction.numerals import (
    canonical,
    join_lines,
    parse_amount,
    parse_weight,
    repair_amount,
    squeeze,
)


@pytest.mark.parametrize(
    ("printed", "amount"),
    [
        ("1,992.86", "1992.86"),
        ("４，５１７．３７", "4517.37"),
        ("40.00", "40.00"),
        ("1 992.86", "1992.86"),
        ("-5.0", "-5.0"),
        ("－5.00", "-5.00"),
        ("(5.00)", "-5.00"),
        ("0", "0"),
        ("7595500.00", "7595500.00"),
        ("", None),
        ("-", None),
        ("——", None),
        ("/", None),
        ("12%", None),
        ("4,517,37", None),
        ("合计", None),
        ("2023-12-31", None),
    ],
)
def test_amounts_are_decimal_strings(printed, amount):
    assert parse_amount(printed) == amount


@pytest.mark.parametrize(
    ("read", "amount"),
    [
        ("1.992.86", "1992.86"),
        ("4,517,37", "4517.37"),
        ("1O.5O", "10.50"),
        ("l2.00", "12.00"),
        ("12。50", "12.50"),
        ("1，234，567.O0", "1234567.00"),
        ("-4.517.37", "-4517.37"),
        ("94,161475.20", "94161475.20"),
        ("1,234567,890", "1234567890"),
        (".6,647,563.20", "6647563.20"),
        ("4,517.37.", "4517.37"),
        ("4.318,600", "4318600"),
        ("1,126.778,080", "1126778080"),
        ("45,17", None),  # a comma for a point, or a figure lost
        ("4,51737", None),  # one comma lost, or more
        (".50", None),  # dust, or a lost 0
        ("1.234.567", None),  # thousands, or three decimals
        ("S2.00", None),
        ("1,992.86", None),  # nothing to repair
    ],
)
def test_misread_amounts_are_put_right_only_where_one_reading_is_possible(read, amount):
    assert repair_amount(read) == amount


def test_weights_lose_their_percent_sign():
    assert [parse_weight(text) for text in ("10", "10%", "5 分", "05", "")] == ["10", "10", "5", "05", None]


def test_canonical_text_folds_width_and_drops_white_space():
    assert canonical("合　计（万 元）\n") == "合计(万元)"
    assert squeeze("合　计（万 元）\n") == "合计（万元）"


def test_lines_of_prose_keep_a_space_between_latin_words_only():
    assert join_lines("新增\n100M 网络\nhigh speed\n宽带 12\n34") == "新增100M网络high speed宽带12 34"
