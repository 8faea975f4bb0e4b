"""The check stage: what every rule says of a document, and which findings touch which record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from yusuan.extraction.checks.codes import code_form, code_name, code_sum
from yusuan.extraction.checks.crossing import appropriation, basic_expenditure, same_codes, same_totals
from yusuan.extraction.checks.equations import Equation, Result, without_slack
from yusuan.extraction.checks.ledger import Indents, Ledger, cells_of, document_to_ledgers
from yusuan.extraction.checks.projects import body_budget, budget_parts, weight_sum
from yusuan.extraction.checks.prose import prose
from yusuan.extraction.checks.rows import row_sum
from yusuan.extraction.checks.three_public import three_public
from yusuan.extraction.checks.totals import body_sum, income_expenditure, item_sum, outline_sum, total_row
from yusuan.extraction.document import CellRef, Document, Finding, Record

Rule = Callable[[Document, Sequence[Ledger]], Iterator[Result]]

RULES: dict[str, Rule] = {
    "code_form": code_form,
    "code_name": code_name,
    "code_sum": code_sum,
    "row_sum": row_sum,
    "total_row": total_row,
    "body_sum": body_sum,
    "outline_sum": outline_sum,
    "item_sum": item_sum,
    "income_expenditure": income_expenditure,
    "three_public": three_public,
    "same_totals": same_totals,
    "same_codes": same_codes,
    "basic_expenditure": basic_expenditure,
    "appropriation": appropriation,
    "weight_sum": weight_sum,
    "budget_parts": budget_parts,
    "body_budget": body_budget,
    "prose": prose,
}


def document_to_equations(document: Document, indents: Indents = lambda cell: None) -> list[Equation]:
    """Return the equations that the records of a document should meet; see `check_document`."""
    return results_to_equations(document_to_results(document, indents))


def results_to_equations(results: Iterable[Result]) -> list[Equation]:
    """Return those of the results that are equations."""
    return [result for result in results if isinstance(result, Equation)]


class RuleBook:
    """What the rules say of a document. Keep one for each document: it asks them once for the same records.

    Several stages ask, and most leave the records as they are: these are made anew whenever the text or label
    of a cell changes.
    """

    def __init__(self, indents: Indents) -> None:
        """Take what looks at the page for how far the text of a cell is indented."""
        self._indents = indents
        self._said: tuple[tuple[Record, ...], list[Result]] | None = None

    def results(self, document: Document) -> list[Result]:
        """Return what all rules say, see `document_to_results`."""
        if self._said is None or self._said[0] is not document.records:
            self._said = document.records, document_to_results(document, self._indents)
        return self._said[1]


def document_to_results(document: Document, indents: Indents = lambda cell: None) -> list[Result]:
    """Return what the rules say of a document: equations first.

    Args:
        document: with logical tables and records.
        indents: looks at the page for how far the text of a cell is indented.
    """
    ledgers = document_to_ledgers(document, indents)
    found = [result for rule in RULES.values() for result in rule(document, ledgers)]
    equations = without_slack(results_to_equations(found))
    return [*equations, *(each for each in found if isinstance(each, Finding))]


def check_document(document: Document, indents: Indents = lambda cell: None) -> Document:
    """Return the document with findings, see `with_findings`; arguments as of `document_to_results`."""
    return with_findings(document, document_to_results(document, indents))


def with_findings(document: Document, results: Iterable[Result]) -> Document:
    """Return the document with findings, and records that say which findings touch them.

    Sums that are wrong in print are reported and nothing is repaired. Findings of other stages are kept;
    those of an earlier run of this one are made anew.

    Args:
        document: with logical tables and records.
        results: what the rules say of it.
    """
    others = [finding for finding in document.findings if finding.rule not in RULES]
    found: dict[str, Finding] = {}
    for result in results:
        finding = result.finding() if isinstance(result, Equation) else result
        # A cell that two rows share is judged twice; the worse of it counts.
        if finding.id not in found or finding.status == "fail":
            found[finding.id] = finding
    findings = [*others, *found.values()]
    by_cell: dict[CellRef, list[Finding]] = {}
    for finding in findings:
        for cell in finding.cells:
            by_cell.setdefault(cell, []).append(finding)
    records = tuple(_checked(record, by_cell) for record in document.records)
    return document.model_copy(update={"findings": tuple(findings), "records": records})


def _checked(record: Record, by_cell: dict[CellRef, list[Finding]]) -> Record:
    touching = {finding.id: finding for cell in cells_of(record) for finding in by_cell.get(cell, ())}
    return record.model_copy(update={"checks": tuple(touching)})
