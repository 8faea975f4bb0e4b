import pytest

from yusuan.extraction.checks.check import check_document
from yusuan.extraction.document import Finding, Indicator, OrganizationRecord, Project, Provenance


def place(row, col):
    return (Provenance(page=1, bbox=(col, row, col + 1, row + 1), table="t1", row=row, col=col),)


def indicators(*weights, project="会议费"):
    return [
        Indicator(
            id=f"i{row}",
            project=project,
            weight=weight,
            confidence=0.95,
            provenance={"weight": place(row, 5)},
        )
        for row, weight in enumerate(weights)
    ]


@pytest.fixture
def weigh(document, by_id):
    def check(records):
        return list(by_id(check_document(document(records=records)), "weight_sum").values())

    return check


@pytest.mark.parametrize(
    ("weights", "status"),
    [(["60", "40"], "pass"), (["60", "30"], "pass"), (["60", "20"], "fail"), (["60", None], "skipped")],
)
def test_weights_add_to_100_or_leave_10_to_execution(weigh, weights, status):
    (finding,) = weigh(indicators(*weights))
    assert finding.status == status
    assert "会议费" in finding.message


@pytest.mark.parametrize(("weights", "status"), [(["60", "30"], "pass"), (["60", "40"], "fail")])
def test_a_printed_weight_of_execution_counts(weigh, weights, status):
    project = Project(
        id="p", name="会议费", execution_weight="10", provenance={"execution_weight": place(9, 5)}
    )
    (finding,) = weigh([project, *indicators(*weights)])
    assert finding.status == status
    assert (9, 5) in [(cell.row, cell.col) for cell in finding.cells]


def test_a_table_without_weights_is_not_asked(weigh):
    assert weigh(indicators(None, None)) == []


def test_each_project_is_weighed_alone(weigh):
    second = [
        i.model_copy(update={"provenance": {"weight": place(7, 5)}})
        for i in indicators("100", project="培训费")
    ]
    assert [finding.status for finding in weigh([*indicators("60", "40"), *second])] == ["pass", "pass"]


@pytest.mark.parametrize(
    ("local", "upper", "status"),
    [("7.00", "3.00", "pass"), ("10.00", None, "pass"), ("7.00", "2.00", "fail")],
)
def test_a_budget_is_the_sum_of_its_sources(document, by_id, local, upper, status):
    project = Project(
        id="p",
        name="会议费",
        budget="10.00",
        budget_local=local,
        budget_upper=upper,
        provenance={"budget": place(0, 1), "budget_local": place(0, 2), "budget_upper": place(0, 3)},
    )
    (finding,) = by_id(check_document(document(records=[project])), "budget_parts").values()
    assert finding.status == status


def test_a_weight_printed_once_for_two_indicators_counts_once(weigh):
    first, second, third = indicators("60", "60", "40")
    second = second.model_copy(update={"provenance": first.provenance})
    (finding,) = weigh([first, second, third])
    assert finding.status == "pass"


def body(code, budget, row):
    return OrganizationRecord(
        id=f"o{row}", code=code, name="某县委办公室", budget=budget, provenance={"budget": place(row, 1)}
    )


def project(budget, row):
    places = {"name": place(row, 0), **({"budget": place(row, 1)} if budget else {})}
    return Project(id=f"p{row}", name=f"项目{row}", budget=budget, provenance=places)


@pytest.mark.parametrize(
    ("budgets", "status"),
    [(["7.00", "3.00"], "pass"), (["7.00", "2.00"], "fail"), (["7.00", None], "skipped")],
)
def test_the_projects_of_a_body_add_up_to_its_budget(document, by_id, budgets, status):
    projects = [project(budget, row) for row, budget in enumerate(budgets, 3)]
    records = [body("003", "10.00", 1), body("003001", "10.00", 2), *projects]
    found = by_id(check_document(document(records=records)), "body_budget")
    assert {place: finding.status for place, finding in found.items()} == {"t1:1:1": status, "t1:2:1": status}


def test_the_projects_of_the_next_body_are_not_counted(document, by_id):
    records = [body("003", "7.00", 1), project("7.00", 2), body("004", "5.00", 3), project("5.00", 4)]
    found = by_id(check_document(document(records=records)), "body_budget")
    assert [finding.status for finding in found.values()] == ["pass", "pass"]


def test_what_a_person_reviewed_stays_reviewed(document):
    records = [i.model_copy(update={"status": "reviewed"}) for i in indicators("60", "20")]
    done = check_document(document(records=records))
    assert {record.status for record in done.records} == {"reviewed"}
    assert done.records[0].checks == ("weight_sum:t1:0:5",)


def test_checking_again_says_the_same_and_keeps_findings_of_others(document):
    page = Finding(id="page:3", rule="page_failed", status="fail", severity="error", message="page 3")
    start = document(records=indicators("60", "20")).model_copy(update={"findings": (page,)})
    once = check_document(start)
    assert check_document(once) == once
    assert once.findings[0] == page


def test_nothing_is_repaired(document, table):
    printed = table(
        "expenditure_summary", ("合计",), [(None, "合计", ["9.00"]), ("201", "一般公共服务支出", ["8.00"])]
    )
    before = document(printed)
    after = check_document(before)
    assert [record.amount for record in after.records] == ["9.00", "8.00"]
    assert after.tables == before.tables
    assert [record.status for record in after.records] == ["review", "review"]
