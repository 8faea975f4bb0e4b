"""Each rule: holds, off by rounding, wrong in print, missing operand."""

from decimal import Decimal

import pytest

from yusuan.extraction.checks.check import check_document
from yusuan.extraction.checks.ledger import Entry, rounding_tolerance
from yusuan.extraction.document import BudgetLine, CellRef

EXPENDITURE = ("合计", "基本支出", "项目支出")


def expenditure_rows(**changed):
    rows = {
        "合计": (None, "合计", ["60.00", "25.00", "35.00"]),
        "201": ("201", "一般公共服务支出", ["50.00", "25.00", "25.00"]),
        "20103": ("20103", "政府办公厅（室）及相关机构事务", ["50.00", "25.00", "25.00"]),
        "2010301": ("2010301", "行政运行", ["30.00", "25.00", "5.00"]),
        "2010302": ("2010302", "一般行政管理事务", ["20.00", "", "20.00"]),
        "204": ("204", "公共安全支出", ["10.00", "", "10.00"]),
    }
    for key, amounts in changed.items():
        code, item, _ = rows[key.strip("_")]
        rows[key.strip("_")] = (code, item, amounts)
    return list(rows.values())


@pytest.fixture
def checked(table, document):
    def check(rows, measures=EXPENDITURE, kind="expenditure_summary", **options):
        return check_document(document(table(kind, measures, rows, **options)))

    return check


def statuses(found):
    return {place: finding.status for place, finding in found.items()}


def test_a_sound_table_passes_every_rule(checked, by_id):
    done = checked(expenditure_rows())
    assert {finding.status for finding in done.findings} == {"pass"}
    assert set(by_id(done, "total_row")) == {"t1:0:2", "t1:0:3", "t1:0:4"}
    assert all(record.checks for record in done.records)


def test_codes_that_do_not_add_are_named_with_their_amounts(checked, by_id):
    done = checked(expenditure_rows(_2010301=["33.00", "28.00", "5.00"]))
    finding = by_id(done, "code_sum")["t1:2:2"]
    assert finding.status == "fail"
    assert finding.amounts["printed"] == "50.00"
    assert finding.amounts["sum"] == "53.00"
    assert finding.amounts["difference"] == "-3.00"
    assert [(cell.row, cell.col) for cell in finding.cells] == [(2, 2), (3, 2), (4, 2)]
    assert "20103" in finding.message
    assert "33.00 (t1[3,2])" in finding.message
    # 201 = 20103 still holds, and so does the sound column beside.
    assert by_id(done, "code_sum")["t1:1:2"].status == "pass"
    assert by_id(done, "code_sum")["t1:2:4"].status == "pass"


def test_a_failed_sum_touches_its_records_and_no_others(checked):
    done = checked(expenditure_rows(_2010302=["20.00", "", "19.00"]))
    failed = {finding.id for finding in done.findings if finding.status == "fail"}
    touched = {(record.code, record.measure) for record in done.records if failed & set(record.checks)}
    # The column of 20103 does not add, and neither does the row of 2010302.
    assert touched == {
        ("20103", "项目支出"),
        ("2010301", "项目支出"),
        ("2010302", "项目支出"),
        ("2010302", "合计"),
    }


def test_rounding_of_the_printed_digit_is_forgiven_and_no_more(checked, by_id):
    # 3 amounts, each rounded by at most 0.005.
    off_by_rounding = checked(expenditure_rows(_2010301=["30.01", "25.00", "5.00"]))
    assert by_id(off_by_rounding, "row_sum")["t1:3:2"].status == "pass"
    off_by_more = checked(expenditure_rows(_2010301=["30.02", "25.00", "5.00"]))
    assert by_id(off_by_more, "row_sum")["t1:3:2"].status == "fail"


@pytest.mark.parametrize(("parts", "tolerance"), [(1, "0.010"), (2, "0.015"), (15, "0.040"), (60, "0.079")])
def test_errors_of_rounding_make_up_for_one_another_in_long_sums(parts, tolerance):
    line = BudgetLine(id="b", amount="1.25", unit="万元")
    entries = [Entry(line, CellRef(table="t1", row=row, col=1), Decimal("1.25")) for row in range(parts + 1)]
    assert rounding_tolerance(entries, 2) == Decimal(tolerance)


def test_amounts_in_yuan_with_cents_are_exact(checked, by_id):
    rows = expenditure_rows(_2010301=["30.01", "25.00", "5.00"])
    assert by_id(checked(rows, unit="元"), "row_sum")["t1:3:2"].status == "fail"


def test_one_long_figure_does_not_sharpen_the_tolerance(checked, by_id):
    rows = expenditure_rows(_2010301=["30.01", "25.00", "5.00"], _204=["10.0000", "", "10.00"])
    assert by_id(checked(rows), "row_sum")["t1:3:2"].status == "pass"


def test_a_sum_without_operands_is_skipped(checked, by_id):
    done = checked(expenditure_rows(_204=["10.00", "", ""]))
    finding = by_id(done, "row_sum")["t1:5:2"]
    assert finding.status == "skipped"
    assert "no part has an amount" in finding.message


def test_a_blank_total_beside_its_parts_is_skipped(checked, by_id):
    done = checked(expenditure_rows(_204=["", "", "10.00"]))
    skipped = by_id(done, "row_sum")["t1:5:2"]
    assert (skipped.status, [cell.col for cell in skipped.cells]) == ("skipped", [2, 4])
    assert by_id(done, "total_row")["t1:0:2"].status == "fail"


def test_a_blank_parent_of_codes_is_skipped(checked, by_id):
    done = checked(expenditure_rows(_20103=["", "25.00", "25.00"]))
    skipped = by_id(done, "code_sum")["t1:2:2"]
    assert (skipped.status, [cell.row for cell in skipped.cells]) == ("skipped", [2, 3, 4])


def test_items_count_where_their_group_is_not_printed(checked, by_id):
    rows = [row for row in expenditure_rows() if row[0] != "20103"]
    assert by_id(checked(rows), "code_sum")["t1:1:2"].status == "pass"


def test_codes_repeated_for_each_body_are_summed_body_by_body(checked, by_id):
    first, second = expenditure_rows()[1:5], expenditure_rows()[1:5]
    total = (None, "合计", ["100.00", "50.00", "50.00"])
    done = checked([*first, *second, total])
    assert set(statuses(by_id(done, "code_sum")).values()) == {"pass"}
    assert statuses(by_id(done, "total_row")) == {"t1:8:2": "pass", "t1:8:3": "pass", "t1:8:4": "pass"}


@pytest.mark.parametrize("bad", ["201031", "20A03", "2"])
def test_a_code_of_the_wrong_form_is_reported(checked, by_id, bad):
    rows = [(bad if row[0] == "20103" else row[0], *row[1:]) for row in expenditure_rows()]
    failed = [finding for finding in by_id(checked(rows), "code_form").values() if finding.status == "fail"]
    assert any(bad in finding.message and finding.cells[0].row == 2 for finding in failed)


def test_a_code_whose_group_is_missing_is_reported(checked, by_id):
    rows = [*expenditure_rows(), ("2080501", "行政单位离退休", ["1.00", "1.00", ""])]
    finding = by_id(checked(rows), "code_form")["t1:6:0"]
    assert finding.status == "fail"
    assert "20805" in finding.message


def test_tables_of_items_alone_need_no_groups(checked, by_id):
    rows = [("2010301", "行政运行", ["1.00", "1.00", ""]), ("2080501", "离退休", ["1.00", "1.00", ""])]
    assert statuses(by_id(checked(rows), "code_form")) == {"t1": "pass"}


def test_codes_of_other_tables_are_not_judged(checked, by_id):
    rows = [("003001", "某县委办公室", ["1.00", "1.00", ""])]
    assert by_id(checked(rows, kind="other_budget"), "code_form") == {}


def test_subtotals_are_summed_by_header_paths(checked, by_id):
    measures = ("合计", "本年收入/小计", "本年收入/财政拨款收入", "本年收入/事业收入", "上年结转")
    rows = [(None, "合计", ["12.00", "10.00", "9.00", "1.00", "2.00"])]
    found = by_id(checked(rows, measures, kind="income_summary", side="income"), "row_sum")
    assert statuses(found) == {"t1:0:2": "pass", "t1:0:3": "pass"}
    assert [cell.col for cell in found["t1:0:2"].cells] == [2, 3, 6]
    rows = [(None, "合计", ["12.00", "10.00", "8.00", "1.00", "2.00"])]
    found = by_id(checked(rows, measures, kind="income_summary", side="income"), "row_sum")
    assert statuses(found) == {"t1:0:2": "pass", "t1:0:3": "fail"}


def test_a_group_that_is_called_a_subtotal_is_a_part_like_others(checked, by_id):
    measures = (
        "合计",
        "本年收入/小计",
        "本年收入/财政拨款小计/小计",
        "本年收入/财政拨款小计/一般公共预算",
        "本年收入/其他收入",
    )
    rows = [(None, "合计", ["12.00", "12.00", "9.00", "9.00", "3.00"])]
    found = by_id(checked(rows, measures, kind="income_summary", side="income"), "row_sum")
    assert statuses(found) == {"t1:0:2": "pass", "t1:0:3": "pass", "t1:0:4": "pass"}


def test_a_group_without_a_subtotal_is_summed_part_by_part(checked, by_id):
    measures = ("预算数/合计", "预算数/基本支出/人员经费", "预算数/基本支出/公用经费", "预算数/项目支出")
    rows = [(None, "一、一般公共服务支出", ["10.00", "4.00", "1.00", "5.00"])]
    found = by_id(checked(rows, measures, kind="income_expenditure_summary"), "row_sum")
    assert [cell.col for cell in found["t1:0:2"].cells] == [2, 3, 4, 5]
    assert found["t1:0:2"].status == "pass"


def test_two_totals_under_one_heading_are_left_alone(checked, by_id):
    rows = [("201", "一般公共服务支出", ["10.00", "9.00", "5.00"])]
    assert by_id(checked(rows, ("合计", "小计", "基本支出")), "row_sum") == {}


def test_columns_of_which_are_no_parts(checked, by_id):
    rows = [("201", "一般公共服务支出", ["10.00", "4.00", "6.00", "3.00"])]
    found = by_id(checked(rows, (*EXPENDITURE, "其中：政府采购")), "row_sum")
    assert statuses(found) == {"t1:0:2": "pass"}


def test_ids_are_unique(checked):
    done = checked(expenditure_rows(_20103=["", "25.00", "25.00"], _204=["", "", "10.00"]))
    ids = [finding.id for finding in done.findings]
    assert len(ids) == len(set(ids))


def test_an_amount_that_several_rows_share_counts_once(table, document, by_id):
    printed, lines = table("expenditure_summary", ("合计",), expenditure_rows_of_one_column())
    shared = lines[1].provenance["amount"]
    spanned = lines[2].model_copy(update={"provenance": {**lines[2].provenance, "amount": shared}})
    done = check_document(document((printed, [lines[0], lines[1], spanned])))
    assert by_id(done, "total_row")["t1:0:2"].status == "pass"


def lane(table, rows, first_col, total):
    return table("general_budget_basic_expenditure", ("决算数",), [*rows, total], first_col=first_col)


def test_lanes_side_by_side_are_read_one_after_the_other(table, document, by_id):
    left = [
        ("301", "工资福利支出", ["8.00"]),
        ("30101", "基本工资", ["5.00"]),
        ("30102", "津贴补贴", ["3.00"]),
    ]
    right = [
        ("302", "商品和服务支出", ["2.00"]),
        ("30201", "办公费", ["1.50"]),
        ("30202", "印刷费", ["0.50"]),
    ]
    staff, office = (None, "人员经费合计", ["8.00"]), (None, "公用经费合计", ["2.00"])
    done = check_document(document(lane(table, left, 0, staff), lane(table, right, 3, office)))
    assert statuses(by_id(done, "code_sum")) == {"t1:0:2": "pass", "t1:0:5": "pass"}
    assert statuses(by_id(done, "total_row")) == {"t1:3:2": "pass", "t1:3:5": "pass"}


def test_a_list_that_goes_on_in_the_next_lane(table, document, by_id):
    left = [("301", "工资福利支出", ["8.00"]), ("30101", "基本工资", ["5.00"])]
    right = [("30102", "津贴补贴", ["3.00"])]
    blank, total = (None, "", [""]), (None, "合计", ["8.00"])
    done = check_document(document(lane(table, left, 0, blank), lane(table, right, 3, total)))
    assert statuses(by_id(done, "code_sum")) == {"t1:0:2": "pass"}
    assert statuses(by_id(done, "total_row")) == {"t1:1:5": "pass"}


def test_of_several_totals_only_those_that_fit_are_judged(checked, by_id):
    rows = [*expenditure_rows(), (None, "附属单位合计", ["9.00", "9.00", ""])]
    found = by_id(checked(rows), "total_row")
    assert statuses(found)["t1:0:2"] == "pass"
    assert statuses(found)["t1:6:2"] == "skipped"


def expenditure_rows_of_one_column():
    return [
        (None, "合计", ["5.00"]),
        ("201", "一般公共服务支出", ["5.00"]),
        ("204", "公共安全支出", ["5.00"]),
    ]


def body_rows(first="30.00", second="30.00"):
    """Rows of a department, its two units, and what these spend; codes of units are no subjects."""
    return [
        (None, "合计", ["60.00"]),
        ("104001", "某市农业农村局本级", [first]),
        ("208", "社会保障和就业支出", ["10.00"]),
        ("20805", "行政事业单位养老支出", ["10.00"]),
        ("213", "农林水支出", ["20.00"]),
        ("104002", "某市种子站（某市种子检验所）", [second]),
        ("213", "农林水支出", ["30.00"]),
        ("21301", "农业农村", ["30.00"]),
    ]


def test_rows_of_bodies_are_summed_and_no_parts_of_the_total_again(checked, by_id):
    done = checked(body_rows(), ("合计",))
    assert {finding.status for finding in done.findings} == {"pass"}
    assert [len(finding.cells) for finding in by_id(done, "total_row").values()] == [4]
    assert {place: len(each.cells) for place, each in by_id(done, "body_sum").items()} == {
        "t1:1:2": 3,
        "t1:5:2": 2,
    }


def test_the_sum_of_a_body_that_is_off_is_found_where_those_of_others_hold(checked, by_id):
    rows = [*body_rows(first="80.00"), ("104003", "某市农机站", ["5.00"]), ("213", "农林水支出", ["5.00"])]
    rows[0] = (None, "合计", ["65.00"])
    done = checked(rows, ("合计",))
    assert statuses(by_id(done, "body_sum")) == {"t1:1:2": "fail", "t1:5:2": "pass", "t1:8:2": "pass"}
    assert statuses(by_id(done, "total_row")) == {"t1:0:2": "pass"}
    # Where most do not hold, their rows stand for something else.
    assert not by_id(checked(body_rows("80.00", "50.00"), ("合计",)), "body_sum")
