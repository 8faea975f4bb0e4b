"""The rules on whole documents whose records a person wrote down: they must not cry wolf."""

from pathlib import Path

import pytest

from yusuan.extraction.checks import check_document
from yusuan.extraction.document import Document, Finding

GOLD = Path(__file__).parents[2] / "datasets" / "gold"


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    found: list[Finding] = []
    for path in sorted(GOLD.glob("*/gold.json")):
        document = Document.model_validate_json(path.read_bytes())
        # A scan of a document says the same as the document.
        if document.source.kind == "digital":
            found += check_document(document, accept=0.9).findings
    return found


def test_no_sum_of_money_fails(findings: list[Finding]) -> None:
    # What their originals print wrong is within rounding; weights of one project are not, and are not money.
    failed = {finding.id: finding.message for finding in findings if finding.status == "fail"}
    assert {id: message for id, message in failed.items() if not id.startswith("weight_sum:")} == {}


def test_every_rule_of_sums_finds_something_to_check(findings: list[Finding]) -> None:
    passed = {finding.rule for finding in findings if finding.status == "pass"}
    assert {"code_form", "code_sum", "row_sum", "total_row", "income_expenditure", "three_public"} <= passed
    assert {"same_totals", "same_codes", "basic_expenditure", "weight_sum", "body_budget"} <= passed
