"""Projects and their indicators: weights add to the whole, a budget to its sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from yusuan.extraction.checks.ledger import Ledger, amount_to_decimal, cells_of, decimals_of, finding_id
from yusuan.extraction.document import (
    CellRef,
    Document,
    Finding,
    FindingStatus,
    Indicator,
    OrganizationRecord,
    Project,
)

# Points that all indicators of a project share. 10 more go to the rate of budget execution, which many
# forms do not print: then the indicators alone have 90.
ALL_POINTS = Decimal(100)
EXECUTION_POINTS = Decimal(10)


def weight_sum(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Finding]:
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
        # A weight printed once for several indicators counts once; None where a weight is missing.
        weights = {
            cells_of(indicator, "weight") or indicator.id: amount_to_decimal(indicator.weight)
            for indicator in indicators
        }
        known = [weight for weight in weights.values() if weight is not None]
        if not known:
            continue
        project = projects.get(name) if name else None
        extra = amount_to_decimal(project.execution_weight) if project else None
        cells = tuple(cell for indicator in indicators for cell in cells_of(indicator, "weight"))
        if project and extra is not None:
            cells += cells_of(project, "execution_weight")
        if not cells:
            continue
        total = sum(known, extra or Decimal(0))
        allowed = {ALL_POINTS} if extra is not None else {ALL_POINTS, ALL_POINTS - EXECUTION_POINTS}
        who = name or table
        terms = " + ".join(str(weight) for weight in (*known, *([extra] if extra is not None else [])))
        if len(known) < len(weights):
            missing = len(weights) - len(known)
            yield _finding(
                "weight_sum", cells, "skipped", f"{who}: {missing} of {len(weights)} weights missing"
            )
        elif total in allowed:
            yield _finding("weight_sum", cells, "pass", f"{who}: {terms} = {total}", total)
        else:
            yield _finding("weight_sum", cells, "fail", f"{who}: {terms} = {total}, not 100", total)


def budget_parts(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Finding]:
    """The budget of a project is what its own government gives and what those above give it."""
    for record in document.records:
        if not isinstance(record, Project):
            continue
        budget = amount_to_decimal(record.budget)
        sources = [amount_to_decimal(part) for part in (record.budget_local, record.budget_upper)]
        parts = [part for part in sources if part is not None]
        cells = cells_of(record, "budget", "budget_local", "budget_upper")
        if budget is None or not parts or not cells:
            continue
        added = sum(parts, Decimal(0))
        holds = abs(budget - added) <= _slack([budget, *parts])
        terms = " + ".join(map(str, parts))
        message = f"{record.name}: {budget} {'=' if holds else '≠'} {terms}"
        yield _finding("budget_parts", cells, "pass" if holds else "fail", message, added)


def body_budget(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Finding]:
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
            budget = amount_to_decimal(body.budget)
            if isinstance(body, Project) or budget is None:
                continue
            projects = _projects_under(body, records[index + 1 :])
            if not projects or any(project.unit != body.unit for project in projects):
                continue
            owners: list[OrganizationRecord | Project] = [body, *projects]
            cells = tuple(cell for owner in owners for cell in cells_of(owner, "budget"))
            parts = [part for project in projects if (part := amount_to_decimal(project.budget)) is not None]
            added = sum(parts, Decimal(0))
            count = f"{len(projects)} projects"
            if len(parts) < len(projects):
                missing = f"{body.name}: {len(projects) - len(parts)} of {count} have no budget"
                yield _finding("body_budget", cells, "skipped", missing)
            elif abs(budget - added) <= _slack([budget, *parts]):
                yield _finding("body_budget", cells, "pass", f"{body.name}: {budget} = {count}", added)
            else:
                yield _finding(
                    "body_budget", cells, "fail", f"{body.name}: {budget} ≠ {added}, {count}", added
                )


def _projects_under(body: OrganizationRecord, below: Sequence[OrganizationRecord | Project]) -> list[Project]:
    projects: list[Project] = []
    for record in below:
        if isinstance(record, Project):
            projects.append(record)
        elif not (body.code and record.code and record.code.startswith(body.code)):
            break
    return projects


def _slack(amounts: Sequence[Decimal]) -> Decimal:
    """Return how far a sum of these may be off by rounding: half a last digit for each."""
    return sum((Decimal(5).scaleb(-decimals_of(amount) - 1) for amount in amounts), Decimal(0))


def _finding(
    rule: str, cells: Sequence[CellRef], status: FindingStatus, message: str, added: Decimal | None = None
) -> Finding:
    return Finding(
        id=finding_id(rule, cells[0]),
        rule=rule,
        status=status,
        severity="warning" if status == "fail" else "info",
        message=message,
        tables=tuple(dict.fromkeys(cell.table for cell in cells)),
        cells=tuple(cells),
        amounts={} if added is None else {"sum": str(added)},
    )
