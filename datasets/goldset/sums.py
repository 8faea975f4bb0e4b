"""Printed sums of a gold document: they hold, or are listed as wrong in print, or are none.

The rules are those of the product (`yusuan.extraction.checks`), applied to the truth. Where one adds up
figures that are no sum, `misjudged` says so with the reason: that is a defect of the rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from yusuan.extraction.checks import check_document
from yusuan.extraction.checks.ledger import cells_of
from yusuan.extraction.document import CellRef, Document, Finding, Record

# Sums within one table. The rules that compare tables are for information: forms differ in what they include.
WITHIN = ("code_sum", "row_sum", "total_row", "body_sum", "outline_sum", "income_expenditure", "three_public")
OF_PROJECTS = ("weight_sum", "budget_parts", "body_budget")
PRINTED_KEYS = ("table", "row", "measure", "printed", "sum")
KEYS = ("rule", *PRINTED_KEYS)
WEIGHTS, BUDGET = "权重", "预算"


@dataclass(frozen=True)
class WrongSum:
    """A sum that is not what is printed: where, what is printed, and what its parts add up to."""

    rule: str
    table: str
    row: str
    measure: str
    printed: Decimal
    sum: Decimal

    def __str__(self) -> str:
        where = f"{self.table} {self.row} [{self.measure}]"
        return f"{where} prints {self.printed} and sums to {self.sum} ({self.rule})"

    def is_listed(self, entry: Mapping[str, Any]) -> bool:
        """Return whether an entry of `about.json` means this sum: all that it says fits."""
        return all(_same(entry[key], getattr(self, key)) for key in KEYS if key in entry)


def _same(said: str, own: str | Decimal) -> bool:
    return Decimal(said) == own if isinstance(own, Decimal) else said == own


def wrong_sums(document: Document) -> list[WrongSum]:
    """Return the sums of a document that are not what is printed, be it only by rounding."""
    readers: dict[CellRef, list[Record]] = {}
    for record in document.records:
        for cell in cells_of(record, "amount", "budget", "weight"):
            readers.setdefault(cell, []).append(record)
    kinds = {table.id: table.kind for table in document.tables}
    found = []
    for finding in check_document(document).findings:
        wrong = finding.status == "fail" or Decimal(finding.amounts.get("difference", "0"))
        if wrong and finding.rule in (*WITHIN, *OF_PROJECTS):
            cell = finding.cells[0]
            found.append(_wrong_sum(finding, kinds[cell.table], readers.get(cell, [])))
    return found


def _wrong_sum(finding: Finding, kind: str, records: list[Record]) -> WrongSum:
    row, measure, printed = finding.id, "", finding.amounts.get("printed", "0")
    for record in records:
        if finding.rule in WITHIN and record.type == "budget_line":
            row, measure = record.code or record.item or "", record.measure or ""
        elif finding.rule == "weight_sum" and record.type == "indicator":
            row, measure, printed = record.project or "", WEIGHTS, "100"
        elif finding.rule in OF_PROJECTS and record.type in ("project", "organization"):
            row, measure, printed = record.name or "", BUDGET, record.budget or "0"
    return WrongSum(finding.rule, kind, row, measure, Decimal(printed), Decimal(finding.amounts["sum"]))


def sum_problems(document: Document, checks: Mapping[str, Any]) -> Iterator[str]:
    """Yield sums that are wrong and not listed, and listed ones that are not wrong.

    Args:
        document: the truth.
        checks: of `about.json`. `wrong_in_print` lists sums one by one: table, row, measure, printed, sum.
            `misjudged` may name a rule and a kind of table, and says why.
    """
    left = wrong_sums(document)
    for name, needed in (("wrong_in_print", PRINTED_KEYS), ("misjudged", ("rule", "table", "why"))):
        for entry in checks.get(name, ()):
            if missing := [key for key in needed if not entry.get(key)]:
                yield f"checks.{name}: {dict(entry)} does not say {', '.join(missing)}"
                continue
            found = [each for each in left if each.is_listed(entry)]
            if not found:
                yield f"checks.{name}: nothing wrong is found at {dict(entry)}"
            left = [each for each in left if each not in found]
    for each in left:
        yield f"{each}: list it in checks.wrong_in_print"
