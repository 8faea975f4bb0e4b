"""The rules on whole documents whose records a person wrote down: they must not cry wolf."""

import pytest

from yusuan.datasets.goldset.files import ABOUT_FILE, GOLD, folders_in, read_document, read_json
from yusuan.datasets.goldset.sums import sum_problems
from yusuan.extraction.checks import check_document
from yusuan.extraction.document import Finding


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    found: list[Finding] = []
    for folder in folders_in(GOLD):
        found += check_document(read_document(folder)).findings
    return found


def test_what_fails_is_wrong_in_print() -> None:
    # Or is listed as no sum at all, with the reason: a rule that has something to learn.
    for folder in folders_in(GOLD):
        checks = read_json(folder / ABOUT_FILE)["checks"]
        assert list(sum_problems(read_document(folder), checks)) == [], folder.name


def test_every_rule_of_sums_finds_something_to_check(findings: list[Finding]) -> None:
    passed = {finding.rule for finding in findings if finding.status == "pass"}
    assert {"code_form", "code_sum", "row_sum", "total_row", "income_expenditure", "three_public"} <= passed
    assert {"same_totals", "same_codes", "basic_expenditure", "weight_sum", "body_budget"} <= passed
