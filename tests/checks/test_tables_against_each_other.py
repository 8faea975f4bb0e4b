import pytest

from yusuan.extraction.checks.check import check_document

MEASURES = ("合计", "基本支出", "项目支出")


def rows(total=("60.00", "25.00", "35.00"), line=("60.00", "25.00", "35.00")):
    return [(None, "合计", total), ("201", "一般公共服务支出", line)]


@pytest.fixture
def checked(table, document):
    def check(*tables):
        printed = [table(kind, m, r, id=f"t{n}", side=side) for n, (kind, m, r, side) in enumerate(tables, 1)]
        return check_document(document(*printed))

    return check


def test_equal_totals_make_every_code_comparable(checked, by_id):
    done = checked(
        ("expenditure_summary", MEASURES, rows(), "expenditure"),
        ("general_budget_expenditure", tuple(f"2023年预算数/{m}" for m in MEASURES), rows(), "expenditure"),
    )
    found = by_id(done, "same_codes").values()
    assert [finding.status for finding in found] == ["pass"] * 3
    assert {finding.tables for finding in found} == {("t1", "t2")}


def test_a_figure_that_differs_in_one_of_them_is_information(checked, by_id):
    wrong = rows(line=("60.00", "26.00", "35.00"))
    done = checked(
        ("expenditure_summary", MEASURES, rows(), "expenditure"),
        ("general_budget_expenditure", MEASURES, wrong, "expenditure"),
    )
    finding = by_id(done, "same_codes")["t1:1:3"]
    assert (finding.status, finding.severity) == ("fail", "info")
    assert finding.tables == ("t1", "t2")
    assert finding.amounts["difference"] == "-1.00"


def test_other_money_makes_the_tables_incomparable(checked, by_id):
    fewer = rows(("50.00", "26.00", "24.00"), ("50.00", "26.00", "24.00"))
    done = checked(
        ("expenditure_summary", MEASURES, rows(), "expenditure"),
        ("general_budget_expenditure", MEASURES, fewer, "expenditure"),
    )
    assert by_id(done, "same_codes") == {}


def test_two_tables_of_a_kind_cannot_be_told_apart(checked, by_id):
    done = checked(
        ("expenditure_summary", MEASURES, rows(), "expenditure"),
        ("expenditure_summary", MEASURES, rows(), "expenditure"),
        ("general_budget_expenditure", MEASURES, rows(), "expenditure"),
    )
    assert by_id(done, "same_codes") == {}


@pytest.mark.parametrize(("basic", "status"), [("25.00", "pass"), ("24.00", "fail")])
def test_basic_expenditure_is_that_of_the_general_budget(checked, by_id, basic, status):
    detail = [(None, "合计", [basic, basic]), ("301", "工资福利支出", [basic, basic])]
    done = checked(
        ("general_budget_expenditure", MEASURES, rows(), "expenditure"),
        ("general_budget_basic_expenditure", ("合计", "人员经费"), detail, "expenditure"),
    )
    finding = by_id(done, "basic_expenditure")["t2:0:2"]
    assert finding.status == status
    assert finding.severity == "info"


@pytest.mark.parametrize(("printed", "status"), [("60.00", "pass"), ("61.00", "fail")])
def test_the_total_of_the_detail_is_that_of_the_overview(table, document, by_id, printed, status):
    overview = table("income_expenditure_summary", ("预算数",), [(None, "支出总计", [printed])], id="t1")
    detail = table("expenditure_summary", MEASURES, rows(), id="t2")
    done = check_document(document(overview, detail))
    assert by_id(done, "same_totals")["t2:0:2"].status == status


def test_the_detail_may_be_that_of_the_year(table, document, by_id):
    # Final accounts: the detail leaves out what was carried over, the overview ends with it.
    both = [(None, "本年支出合计", ["60.00"]), (None, "年末结转和结余", ["5.00"]), (None, "总计", ["65.00"])]
    overview = table("income_expenditure_summary", ("决算数",), both, id="t1")
    detail = table("expenditure_summary", MEASURES, rows(), id="t2")
    done = check_document(document(overview, detail))
    finding = by_id(done, "same_totals")["t2:0:2"]
    assert finding.status == "pass"
    assert finding.cells[1].row == 0


@pytest.mark.parametrize(("fund", "found"), [("4.00", ["pass"]), ("5.00", [])])
def test_appropriations_are_those_of_the_tables_of_each_kind(table, document, by_id, fund, found):
    overview = table("fiscal_appropriation_summary", ("预算数",), [(None, "支出总计", ["64.00"])], id="t1")
    general = table("general_budget_expenditure", MEASURES, rows(), id="t2")
    funds = table("government_fund_expenditure", ("合计",), [(None, "合计", [fund])], id="t3")
    done = check_document(document(overview, general, funds))
    # Without a table of state capital a sum that fails says nothing: its money may be missing.
    assert [finding.status for finding in by_id(done, "appropriation").values()] == found


def test_of_tables_of_different_money_only_lines_that_agree_are_told(table, document, by_id):
    ours = [("201", "项1", ["1.00"]), ("202", "项2", ["2.00"])]
    theirs = [ours[0], ("202", "项2", ["9.00"])]
    whole = table("expenditure_summary", ("合计",), [(None, "合计", ["3.00"]), *ours], id="t1")
    general = table("general_budget_expenditure", ("合计",), [(None, "合计", ["10.00"]), *theirs], id="t2")
    (finding,) = by_id(check_document(document(whole, general)), "same_codes").values()
    assert (finding.status, finding.cells[0].row) == ("pass", 1)
