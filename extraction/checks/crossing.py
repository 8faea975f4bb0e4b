"""The same money printed in two tables of one body; for information, as forms differ in what they include."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from yusuan.extraction.checks.equations import Equation, Result
from yusuan.extraction.checks.ledger import Entry, Ledger, rounding_tolerance, sum_equation
from yusuan.extraction.checks.totals import grand_total, totals_of_side
from yusuan.extraction.document import Document, Side, TableKind

_SUMMARY_SIDES: tuple[tuple[TableKind, Side], ...] = (
    ("income_summary", "income"),
    ("expenditure_summary", "expenditure"),
)

_APPROPRIATIONS: tuple[TableKind, ...] = (
    "general_budget_expenditure",
    "government_fund_expenditure",
    "state_capital_expenditure",
)


def same_totals(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Result]:
    """The totals of 收入总表 and 支出总表 stand in 收支总表 too: that of the year, or that of all money."""
    for tables in _by_body(ledgers):
        overview = tables.get("income_expenditure_summary")
        for kind, side in _SUMMARY_SIDES:
            detail = tables.get(kind)
            ours = grand_total(detail, side) if detail else None
            theirs = totals_of_side(overview, side) if overview else []
            if not ours or not theirs:
                continue
            decimals = _decimals(detail, overview)
            same = next((entry for entry in theirs if _equal(ours, entry, decimals)), theirs[-1])
            if ours.line.unit == same.line.unit:
                yield sum_equation("same_totals", ours, [same], decimals, severity="info")


def same_codes(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Result]:
    """Where all money is general budget, 支出总表 and 一般公共预算支出表 agree, code by code.

    That it is shows in their totals. Where these differ, lines may differ too, and only those that agree say
    something.
    """
    for tables in _by_body(ledgers):
        whole, general = tables.get("expenditure_summary"), tables.get("general_budget_expenditure")
        if not whole or not general:
            continue
        totals = grand_total(whole, "expenditure"), grand_total(general, "expenditure")
        decimals = _decimals(whole, general)
        same_money = totals[0] and totals[1] and _equal(totals[0], totals[1], decimals)
        ours, theirs = _by_code(whole), _by_code(general)
        for key in (key for key in ours if key in theirs):
            found = sum_equation("same_codes", ours[key], [theirs[key]], decimals, severity="info")
            if same_money or (isinstance(found, Equation) and found.holds()):
                yield found


def appropriation(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Result]:
    """财政拨款 = 一般公共预算 + 政府性基金 + 国有资本经营: the overview's total is that of the three tables.

    A body without money of a kind often prints no table of it, and some leave one out that they have: where
    not all three are there, only a sum that holds says something.
    """
    for tables in _by_body(ledgers):
        overview = tables.get("fiscal_appropriation_summary")
        total = grand_total(overview, "expenditure") if overview else None
        details = [tables[kind] for kind in _APPROPRIATIONS if kind in tables]
        parts = [part for detail in details if (part := grand_total(detail, "expenditure"))]
        if not total or not overview or not parts:
            continue
        found = sum_equation("appropriation", total, parts, _decimals(overview, *details), severity="info")
        if len(parts) == len(_APPROPRIATIONS) or (isinstance(found, Equation) and found.holds()):
            yield found


def basic_expenditure(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Result]:
    """The total of 一般公共预算基本支出表 is the 基本支出 in the total row of 一般公共预算支出表."""
    for tables in _by_body(ledgers):
        basic, general = (
            tables.get("general_budget_basic_expenditure"),
            tables.get("general_budget_expenditure"),
        )
        ours = grand_total(basic, "expenditure") if basic else None
        whole = grand_total(general, "expenditure") if general else None
        if not ours or not whole or not general or ours.line.unit != whole.line.unit:
            continue
        for entry in general.entries:
            if entry.cell.row == whole.cell.row and entry.path and entry.path[-1] == "基本支出":
                yield sum_equation(
                    "basic_expenditure", ours, [entry], _decimals(basic, general), severity="info"
                )


def _by_body(ledgers: Sequence[Ledger]) -> list[dict[TableKind, Ledger]]:
    """Return kind → ledger for each body, without the kinds that a body has twice: which one is meant?"""
    bodies: dict[tuple[str | None, str | None], dict[TableKind, list[Ledger]]] = {}
    for ledger in ledgers:
        body = ledger.table.organization
        key = (body.code, body.name) if body else (None, None)
        bodies.setdefault(key, {}).setdefault(ledger.table.kind, []).append(ledger)
    return [{kind: found[0] for kind, found in kinds.items() if len(found) == 1} for kinds in bodies.values()]


def _by_code(ledger: Ledger) -> dict[tuple[str, str], Entry]:
    """Return (code, lowest header) → entry, totals under one name; what is there twice is left out."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in ledger.entries:
        if entry.line.code and entry.path:
            column = "合计" if entry.path[-1] in ("合计", "总计") else entry.path[-1]
            found.setdefault((entry.line.code, column), []).append(entry)
    return {key: entries[0] for key, entries in found.items() if len(entries) == 1}


def _equal(ours: Entry, theirs: Entry, decimals: int) -> bool:
    if not (ours.is_known and theirs.is_known):
        return False
    off = abs(ours.value - theirs.value)
    return ours.line.unit == theirs.line.unit and off <= rounding_tolerance((ours, theirs), decimals)


def _decimals(*ledgers: Ledger | None) -> int:
    return max(ledger.decimals for ledger in ledgers if ledger)
