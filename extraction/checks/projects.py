"""Projects and their indicators: weights add to the whole, a budget to its sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from yusuan.extraction.checks.equations import Equation, Result, Term, skipped
from yusuan.extraction.checks.ledger import Ledger, amount_to_decimal, cells_of, decimals_of
from yusuan.extraction.document import (
    CellRef,
    Document,
    Indicator,
    OrganizationRecord,
    Project,
)

# Points that all indicators of a project share. 10 more go to the rate of budget execution, which many
# forms do not print: then the indicators alone have 90.
ALL_POINTS = Decimal(100)
EXECUTION_POINTS = Decimal(10)


def weight_sum(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Result]:
    """The weights of a project's indicators, with that of budget execution, add to 100.

    Without a printed weight of execution, 90 is right too. Where a weight is missing the check is
    skipped; a table without weights is not asked.
    """
    projects = {record.name: record for record in document.records if isinstance(record, Project)}
    groups: dict[tuple[str, str | None], list[Indicator]] = {}
    for record in document.records:
        cells = cells_of(record)
        if isinstance(record, Indicator) and cells:
            groups.setdefault((cells[0].table, record.project), []).append(record)
    for (table, name), indicators in groups.items():
        project = projects.get(name) if name else None
        # A weight printed once for several indicators counts once; None where a weight is missing.
        weights = {
            (cells_of(indicator, "weight") or cells_of(indicator))[0]: indicator.weight
            for indicator in indicators
        }
        execution = project.execution_weight if project else None
        if project and execution is not None and (cells := cells_of(project, "execution_weight")):
            weights[cells[0]] = execution
            allowed: tuple[Decimal, ...] = (ALL_POINTS,)
        else:
            allowed = (ALL_POINTS, ALL_POINTS - EXECUTION_POINTS)
        terms = _terms(weights, name or table)
        if not terms or all(indicator.weight is None for indicator in indicators):
            continue
        if len(terms) < len(weights):
            missing = len(weights) - len(terms)
            why = f"{name or table}: {missing} of {len(weights)} weights missing"
            yield skipped("weight_sum", [term.cell for term in terms], why)
        else:
            wanted = tuple(-points for points in allowed)
            yield Equation("weight_sum", (), terms, wanted, severity="warning")


def budget_parts(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Result]:
    """The budget of a project is what its own government gives and what those above give it."""
    for record in document.records:
        if not isinstance(record, Project):
            continue
        whole = _terms(_cells(record, "budget"), record.name)
        local, upper = _cells(record, "budget_local"), _cells(record, "budget_upper")
        parts = _terms(local | upper, record.name)
        # Where one cell says both, their cells do not say which is which.
        if whole and parts and not local.keys() & upper.keys():
            yield _sum("budget_parts", whole, parts)


def body_budget(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Result]:
    """The budget of a body is the sum of the projects printed under it, in the same table.

    They reach down to the next body that is not a part of this one: 003001 is a part of 003.
    """
    rows: dict[str, list[tuple[int, OrganizationRecord | Project]]] = {}
    for record in document.records:
        # A blank budget still has its cell: the project counts as one without an amount.
        if isinstance(record, OrganizationRecord | Project) and (cells := cells_of(record, "budget", "name")):
            rows.setdefault(cells[0].table, []).append((cells[0].row, record))
    for found in rows.values():
        records = [record for _, record in sorted(found, key=lambda pair: pair[0])]
        for index, body in enumerate(records):
            whole = _terms(_cells(body, "budget"), body.name)
            if isinstance(body, Project) or not whole:
                continue
            projects = _projects_under(body, records[index + 1 :])
            if not projects or any(project.unit != body.unit for project in projects):
                continue
            amounts: dict[CellRef, str | None] = {}
            for project in projects:
                amounts |= _cells(project, "budget") or {cells_of(project, "name")[0]: None}
            parts = _terms(amounts, body.name)
            if len(parts) < len(amounts):
                why = f"{body.name}: {len(amounts) - len(parts)} of {len(amounts)} projects have no budget"
                yield skipped("body_budget", [*(term.cell for term in whole), *amounts], why)
            else:
                yield _sum("body_budget", whole, parts)


def _projects_under(body: OrganizationRecord, below: Sequence[OrganizationRecord | Project]) -> list[Project]:
    projects: list[Project] = []
    for record in below:
        if isinstance(record, Project):
            projects.append(record)
        elif not (body.code and record.code and record.code.startswith(body.code)):
            break
    return projects


def _cells(record: OrganizationRecord | Project, field: str) -> dict[CellRef, str | None]:
    """Return the first cell of a field → what it says; empty where it was read nowhere."""
    return {cell: getattr(record, field) for cell in cells_of(record, field)[:1]}


def _terms(amounts: Mapping[CellRef, str | None], label: str | None) -> tuple[Term, ...]:
    """Return a term for each amount that is a figure."""
    values = ((cell, amount_to_decimal(amount)) for cell, amount in amounts.items())
    return tuple(Term(cell, value, label or "") for cell, value in values if value is not None)


def _sum(rule: str, whole: tuple[Term, ...], parts: tuple[Term, ...]) -> Equation:
    """Return that the whole is the sum of its parts, give or take half a last digit for each."""
    slack = (Decimal(5).scaleb(-decimals_of(term.value) - 1) for term in (*whole, *parts))
    return Equation(rule, whole, parts, tolerance=sum(slack, Decimal(0)), severity="warning")
