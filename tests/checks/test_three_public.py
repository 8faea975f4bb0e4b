import pytest

from yusuan.extraction.checks.check import check_document

LIST = {
    "合计": "40.00",
    "“三公”经费小计": "30.00",
    "一、因公出国（境）费": "5.00",
    "其中：教学科研人员因公出国（境）费": "1.00",
    "二、公务用车购置及运维费": "20.00",
    "其中：公务用车购置费": "",
    "公务用车运行维护费": "20.00",
    "三、公务接待费": "5.00",
    "四、会议费": "6.00",
    "五、培训费": "4.00",
}


@pytest.fixture
def found(table, document, by_id):
    def check(items):
        rows = [(None, item, [amount]) for item, amount in items.items()]
        printed = table("three_public_expenses", ("预算数",), rows)
        return by_id(check_document(document(printed)), "three_public")

    return check


def test_a_list_of_items_is_summed_by_what_they_are(found):
    findings = found(LIST)
    assert {place: finding.status for place, finding in findings.items()} == {
        "t1:4:2": "pass",
        "t1:1:2": "pass",
        "t1:0:2": "pass",
    }
    assert [cell.row for cell in findings["t1:1:2"].cells] == [1, 2, 4, 7]
    assert [cell.row for cell in findings["t1:0:2"].cells] == [0, 1, 8, 9]


def test_a_total_that_is_wrong_in_print_is_reported(found):
    finding = found({**LIST, "“三公”经费小计": "31.00"})["t1:1:2"]
    assert (finding.status, finding.amounts["difference"]) == ("fail", "1.00")


def test_a_blank_row_of_cars_is_read_from_its_parts(found):
    findings = found({**LIST, "二、公务用车购置及运维费": ""})
    assert findings["t1:1:2"].status == "pass"
    assert [cell.row for cell in findings["t1:1:2"].cells] == [1, 2, 6, 7]


def test_the_total_of_the_three_alone_may_be_called_heji(found):
    items = {"合计": "25.00", "因公出国（境）费": "", "公务接待费": "5.00", "公务用车购置及运行费": "20.00"}
    assert found(items)["t1:0:2"].status == "pass"


def test_a_total_without_items_has_nothing_to_check(found):
    assert found({"合计": "25.00"}) == {}


def test_the_horizontal_form_is_a_sum_along_the_row(table, document, by_id):
    cars = "公务用车购置及运行费"
    of_cars = [f"{cars}/{name}" for name in ("小计", "公务用车购置费", "公务用车运行费")]
    measures = ("合计", "因公出国（境）费", *of_cars, "公务接待费")
    amounts = ["30.00", "5.00", "20.00", "", "20.00", "5.00"]
    printed = table("three_public_expenses", measures, [(None, "三公经费", amounts)])
    done = check_document(document(printed))
    assert {place: finding.status for place, finding in by_id(done, "row_sum").items()} == {
        "t1:0:2": "pass",
        "t1:0:4": "pass",
    }
