"""Equations: what they miss by, what would close them, and when rounding is no excuse."""

from decimal import Decimal

import pytest

from yusuan.extraction.checks.check import check_document
from yusuan.extraction.checks.equations import Equation, Term, without_slack
from yusuan.extraction.document import CellRef, Line, Organization, Page


def term(col, value, row=0, table="t1"):
    return Term(CellRef(table=table, row=row, col=col), Decimal(value))


TOTAL = Equation("row_sum", (term(0, "10.00"),), (term(1, "6.00"), term(2, "3.00")))
WEIGHTS = Equation("weight_sum", (), (term(1, "60"), term(2, "20")), (Decimal(-100), Decimal(-90)))


def test_it_says_what_it_misses_and_what_would_close_it():
    assert TOTAL.off() == Decimal("1.00")
    assert [TOTAL.values_for(each.cell) for each in TOTAL.terms] == [
        (Decimal("9.00"),),
        (Decimal("7.00"),),
        (Decimal("4.00"),),
    ]
    assert all(TOTAL.holds({each.cell: TOTAL.values_for(each.cell)[0]}) for each in TOTAL.terms)


def test_figures_that_should_come_to_one_of_two_values():
    assert WEIGHTS.off() == Decimal(10)
    assert WEIGHTS.values_for(term(2, "20").cell) == (Decimal(40), Decimal(30))
    amounts = WEIGHTS.finding().amounts
    assert (amounts["printed"], amounts["sum"], amounts["difference"]) == ("90", "80", "10")


def test_a_cell_that_stands_on_both_sides_explains_nothing():
    both = Equation("row_sum", (term(0, "1"),), (term(0, "1"), term(1, "2")))
    assert both.values_for(term(0, "1").cell) == ()


def met(row, off="0", table="t1", first="1.01"):
    parts = (term(1, first, row, table), term(2, "2.02", row, table))
    total = sum((part.value for part in parts), Decimal(off))
    return Equation("row_sum", (term(0, total, row, table),), parts, tolerance=Decimal("0.015"))


# Of sums of two rounded figures a fifth to a quarter are off.
@pytest.mark.parametrize(("exact", "tolerance"), [(20, "0"), (17, "0.015")])
def test_where_rounding_would_show_and_does_not_nothing_may_be_off(exact, tolerance):
    found = without_slack([*(met(row) for row in range(exact)), met(99, "0.02")])
    assert found[-1].tolerance == Decimal(tolerance)
    assert not found[-1].holds()


def test_small_tables_of_one_document_speak_together():
    found = without_slack([met(row, table=f"t{row % 7}") for row in range(28)] + [met(99, "0.01", "t1")])
    assert not found[-1].holds()


def test_sums_that_are_off_by_a_digit_here_and_there_keep_their_slack():
    rounded = [met(row, "0.01") for row in range(5)]
    assert without_slack([*(met(row) for row in range(5, 30)), *rounded])[-1] == rounded[-1]
    # A table of its own mind among exact ones.
    other = [met(row, "0.01", "t2") for row in range(2)]
    found = without_slack([*(met(row) for row in range(60)), *other])
    assert (found[0].tolerance, found[-1]) == (0, other[-1])


def test_sums_of_one_figure_and_of_round_figures_tell_nothing():
    rounded = [met(0, "0.01")]
    alone = [Equation("row_sum", (term(0, "3.01", row),), (term(0, "3.01", row),)) for row in range(40, 99)]
    assert without_slack([*alone, *rounded])[-1] == rounded[-1]
    full = [met(row, first="1.00") for row in range(1, 60)]
    assert without_slack([*full, *rounded])[-1] == rounded[-1]


def test_where_all_figures_are_round_none_was_rounded():
    def planned(row, off="0"):
        parts = (term(1, "12600", row), term(2, "900", row))
        return Equation(
            "row_sum", (term(0, Decimal(13500) + Decimal(off), row),), parts, tolerance=Decimal(2)
        )

    assert not without_slack([*(planned(row) for row in range(20)), planned(99, "1")])[-1].holds()
    assert without_slack([*(planned(row) for row in range(10)), planned(99, "1")])[-1].holds()


def test_amounts_in_different_units_are_not_added_up(table, document, by_id):
    printed, lines = table(
        "expenditure_summary", ("合计", "基本支出", "项目支出"), [("201", "支出", ["3.00", "1.00", "2.00"])]
    )
    lines[2] = lines[2].model_copy(update={"unit": "元"})
    (finding,) = by_id(check_document(document((printed, lines))), "row_sum").values()
    assert (finding.status, "万元" in finding.message) == ("skipped", True)


def outline(*rows):
    return [(None, item, [amount]) for item, amount in rows]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (outline(("一、收入", "9"), ("（一）拨款", "5"), ("（二）其他", "4")), ["pass"]),
        (outline(("一、收入", "90"), ("（一）拨款", "50"), ("（二）其他", "30")), ["fail"]),
        (
            outline(("一、收入", "9"), ("1.拨款", "9"), ("（1）县级", "9"), ("二、其他", "3")),
            ["pass", "pass"],
        ),
        # Without numbers only a sum that holds says that they are parts.
        (outline(("一、收入", "9"), ("拨款", "9")), ["pass"]),
        (outline(("一、收入", "9"), ("上年结转", "4")), []),
        (outline(("一、收入", "9"), ("其中：拨款", "4")), []),
    ],
)
def test_numbers_of_items_say_what_they_are_parts_of(table, document, by_id, rows, expected):
    done = check_document(document(table("income_expenditure_summary", ("预算数",), rows)))
    assert [finding.status for finding in by_id(done, "outline_sum").values()] == expected


def with_text(document, *texts):
    lines = tuple(Line(text=text, bbox=(0, n, 9, n + 1)) for n, text in enumerate(texts))
    page = Page(number=1, width=99, height=99, dpi=200, kind="scanned", lines=lines)
    return document.model_copy(update={"pages": (page,)})


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("本年支出预算1,234.56万元，比上年增加。", "pass"),
        ("支出预算总额12345600元。", "pass"),
        ("支出预算1235万元。", "pass"),
        ("支出预算1,243.56万元。", "fail"),
    ],
)
def test_prose_confirms_a_total_to_the_digit_that_it_gives(table, document, by_id, text, status):
    rows = [(None, "合计", ["1234.56"]), ("201", "一般公共服务支出", ["1234.56"])]
    made = document(table("expenditure_summary", ("合计",), rows))
    (finding,) = by_id(check_document(with_text(made, text[:6], text[6:])), "prose").values()
    assert (finding.status, finding.severity) == (status, "info")
    assert finding.cells[0].row == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023年某县某办公室支出预算1,234.56万元。", ["pass"]),
        ("其中：政府性基金拨款支出预算0万元。", []),
        ("住房改革支出预算数为34.56万元。", []),
        ("支出预算中人员经费34.56万元。", []),
    ],
)
def test_prose_about_a_part_says_nothing_of_the_whole(table, document, by_id, text, expected):
    made = document(table("expenditure_summary", ("合计",), [(None, "合计", ["1234.56"])]))
    named = made.model_copy(update={"organization": Organization(name="某县某办公室")})
    found = by_id(check_document(with_text(named, text)), "prose").values()
    assert [finding.status for finding in found] == expected


@pytest.mark.parametrize(("name", "expected"), [("行政运行", {"pass"}), ("行政云行", {"fail"}), ("", set())])
def test_the_name_beside_a_code_is_that_of_the_code_list(table, document, by_id, name, expected):
    made = document(table("expenditure_summary", ("合计",), [("2010301", name, ["1.00"])]))
    done = check_document(made.model_copy(update={"fiscal_year": 2023}))
    assert {finding.status for finding in by_id(done, "code_name").values()} == expected
    # Whose year is not known has no list.
    assert by_id(check_document(made), "code_name") == {}


def test_a_failed_column_is_read_as_its_neighbours_are(table, document, by_id):
    # The bare line is an item of its own, as the first column shows; in the second a figure is wrong.
    rows = [
        (None, "一、拨款", ["5.00", "2.00"]),
        (None, "上年结转", ["4.00", "1.00"]),
        (None, "合计", ["9.00", "4.00"]),
    ]
    done = check_document(document(table("other_budget", ("本级", "上级"), rows)))
    wrong = by_id(done, "total_row")["t1:2:3"]
    assert (wrong.status, wrong.amounts["sum"]) == ("fail", "3.00")
