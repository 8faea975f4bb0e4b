import pytest

from yusuan.extraction.checks.check import check_document
from yusuan.extraction.document import Cell

KIND = "income_expenditure_summary"


@pytest.fixture
def checked(table, document):
    def check(income, expenditure, measures=("预算数",)):
        left = table(KIND, ("预算数",), income, side="income")
        right = table(KIND, measures, expenditure, side="expenditure", first_col=5)
        return check_document(document(left, right))

    return check


def one(found):
    (finding,) = found
    return finding


def total(done, by_id, place):
    return by_id(done, "total_row")[place]


INCOME = [
    (None, "一、一般公共预算拨款收入", ["90.00"]),
    (None, "二、事业收入", ["10.00"]),
    (None, "本年收入合计", ["100.00"]),
    (None, "上年结转结余", ["5.00"]),
    (None, "收入总计", ["105.00"]),
]
EXPENDITURE = [
    (None, "一、一般公共服务支出", ["60.00"]),
    (None, "二、住房保障支出", ["45.00"]),
    (None, "本年支出合计", ["105.00"]),
    (None, "年终结转结余", [""]),
    (None, "支出总计", ["105.00"]),
]


def test_totals_of_the_year_and_with_what_was_carried_over(checked, by_id):
    done = checked(INCOME, EXPENDITURE)
    assert {finding.status for finding in done.findings} == {"pass"}
    assert [cell.row for cell in total(done, by_id, "t1:2:2").cells] == [2, 0, 1]
    assert [cell.row for cell in total(done, by_id, "t1:4:2").cells] == [4, 2, 3]
    assert one(by_id(done, "income_expenditure").values()).cells[1].col == 7


def test_a_wrong_total_is_reported_with_its_likeliest_reading(checked, by_id):
    wrong = [*INCOME[:2], (None, "本年收入合计", ["101.00"]), *INCOME[3:]]
    done = checked(wrong, EXPENDITURE)
    finding = total(done, by_id, "t1:2:2")
    assert (finding.status, finding.severity, finding.amounts["sum"]) == ("fail", "error", "100.00")
    assert total(done, by_id, "t1:4:2").status == "fail"


def test_bare_lines_below_a_numbered_one_are_its_parts(checked, by_id):
    income = [
        (None, "一、本年收入", ["90.00"]),
        (None, "一般公共预算资金", ["90.00"]),
        (None, "二、上年结转", ["15.00"]),
        (None, "一般公共预算拨款", ["15.00"]),
        (None, "收入合计", ["105.00"]),
    ]
    finding = total(checked(income, EXPENDITURE), by_id, "t1:4:2")
    assert finding.status == "pass"
    assert [cell.row for cell in finding.cells] == [4, 0, 2]


def test_bare_lines_beside_numbered_ones_are_items(checked, by_id):
    income = [
        (None, "一、财政拨款收入", ["90.00"]),
        (None, "1、一般公共预算资金", ["90.00"]),
        (None, "上年结转", ["15.00"]),
        (None, "收入总计", ["105.00"]),
    ]
    finding = total(checked(income, EXPENDITURE), by_id, "t1:3:2")
    assert finding.status == "pass"
    assert [cell.row for cell in finding.cells] == [3, 0, 2]


def test_a_total_above_its_lines_is_summed_downwards(table, document, by_id):
    rows = [(None, "合计", ["9.00"]), (None, "会议费", ["4.00"]), (None, "其中：住宿", ["2.00"])]
    rows.append((None, "培训费", ["5.00"]))
    done = check_document(document(table("other_budget", ("预算数",), rows)))
    assert [cell.row for cell in total(done, by_id, "t1:0:2").cells] == [0, 1, 3]
    assert total(done, by_id, "t1:0:2").status == "pass"


def test_a_total_without_lines_is_skipped(table, document, by_id):
    printed = table("other_budget", ("预算数",), [(None, "合计", ["9.00"])])
    done = check_document(document(printed))
    assert total(done, by_id, "t1:0:2").status == "skipped"


def test_income_that_differs_from_expenditure_is_reported(checked, by_id):
    expenditure = [*EXPENDITURE[:4], (None, "支出总计", ["106.00"])]
    finding = one(by_id(checked(INCOME, expenditure), "income_expenditure").values())
    assert finding.status == "fail"
    assert finding.amounts["difference"] == "-1.00"


def test_expenditure_is_taken_from_the_column_of_totals(checked, by_id):
    measures = ("合计", "一般公共预算", "政府性基金预算")
    expenditure = [
        (None, "一、一般公共服务支出", ["105.00", "100.00", "5.00"]),
        (None, "支出总计", ["105.00", "100.00", "5.00"]),
    ]
    finding = one(by_id(checked(INCOME, expenditure, measures), "income_expenditure").values())
    assert finding.status == "pass"
    assert finding.cells[1].col == 7


def test_a_total_of_the_year_is_not_that_of_all_money(checked, by_id):
    # The page with the last rows is missing: 本年收入合计 need not equal 本年支出合计.
    carried = [(None, "上年结转结余", ["7.00"])]
    assert by_id(checked([*INCOME[:3], *carried], [*EXPENDITURE[:3], *carried]), "income_expenditure") == {}


def test_a_side_without_a_total_is_skipped(checked, by_id):
    finding = one(by_id(checked(INCOME, EXPENDITURE[:2]), "income_expenditure").values())
    assert finding.status == "skipped"
    assert "no total of expenditure" in finding.message


def test_lanes_that_tell_the_same_money_twice_have_their_own_totals(table, document, by_id):
    by_function = [
        (None, "农林水支出", ["40.00"]),
        (None, "住房保障支出", ["20.00"]),
        (None, "支出总计", ["60.00"]),
    ]
    by_nature = [(None, "基本支出", ["35.00"]), (None, "项目支出", ["25.00"]), (None, "支出总计", ["60.00"])]
    halves = [
        table("income_expenditure_summary", ["预算数"], rows, first_col=col)
        for rows, col in ((by_function, 0), (by_nature, 4))
    ]
    done = check_document(document(*halves))
    found = by_id(done, "total_row")
    assert {place: (each.status, len(each.cells)) for place, each in found.items()} == {
        "t1:2:2": ("pass", 3),
        "t1:2:6": ("pass", 3),
    }


# Items under one another with how far they are indented, in inches.
INDENTED = [
    ("一般公共服务支出", 0.02, "31.00"),
    ("财政事务", 0.15, "20.00"),
    ("行政运行", 0.27, "15.00"),
    ("一般行政管理事务", 0.29, "5.00"),
    ("人大事务", 0.14, "11.00"),
    ("教育支出", 0.03, "12.00"),
    ("普通教育", 0.15, "12.00"),
    ("合计", 0.40, "43.00"),
]


@pytest.fixture
def indented(document, table):
    """Check a table of items, and return its findings of a rule by the item that they explain."""

    def build(rows, rule):
        printed, lines = table(
            "expenditure_summary", ("预算数",), [(None, item, (amount,)) for item, _, amount in rows]
        )
        cells = tuple(
            Cell(
                row=row,
                col=1,
                text=item,
                raw_text=item,
                page=1,
                bbox=(0, row, 1, row + 1),
                quad=((0, row), (1, row), (1, row + 1), (0, row + 1)),
            )
            for row, (item, _, _) in enumerate(rows)
        )
        depth = {item: indent for item, indent, _ in rows}
        made = document((printed.model_copy(update={"cells": cells}), lines))
        found = check_document(made, lambda cell: depth[cell.text]).findings
        return {rows[each.cells[0].row][0]: each.status for each in found if each.rule == rule}

    return build


def test_items_are_the_sum_of_what_is_indented_below_them(indented):
    rows = [*INDENTED[:2], ("行政运行", 0.27, "16.00"), *INDENTED[3:]]
    assert indented(rows, "item_sum") == {
        "一般公共服务支出": "pass",
        "财政事务": "fail",
        "教育支出": "pass",
    }


def test_the_total_is_the_sum_of_what_is_not_indented(indented):
    assert indented(INDENTED, "total_row") == {"合计": "pass"}


def test_without_indents_the_total_closes_over_lines_that_are_no_part_of_others(indented):
    rows = [(item, 0.02, amount) for item, _, amount in INDENTED]
    assert indented(rows, "total_row") == {"合计": "pass"}
    assert indented(rows, "item_sum") == {}
    wrong = [(item, 0.02, "16.00" if item == "行政运行" else amount) for item, _, amount in INDENTED]
    assert indented(wrong, "total_row") == {"合计": "fail"}


def test_what_is_indented_may_be_part_of_a_whole(indented):
    """Where it hardly ever adds up nothing is said of it."""
    rows = [
        ("财政拨款", 0.02, "30.00"),
        ("专项", 0.15, "7.00"),
        ("事业收入", 0.02, "12.00"),
        ("返还", 0.15, "1.00"),
    ]
    assert indented(rows, "item_sum") == {}


def test_items_that_are_set_in_the_middle_say_nothing(indented):
    rows = [
        ("财政拨款", 0.31, "30.00"),
        ("其他", 0.48, "7.00"),
        ("事业收入", 0.30, "12.00"),
        ("合计", 0.40, "49.00"),
    ]
    assert indented(rows, "item_sum") == {}
