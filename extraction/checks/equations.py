"""Equations between printed figures: what a table says about itself, in exact decimals.

A rule finds them from labels and structure; what follows from them is the same for all: a finding that says
whether they hold, and a repair where one figure alone explains why some do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from yusuan.extraction.document import CellRef, Finding, FindingStatus, Severity

# Where at least so many sums of several figures of a table are met, and this share of them to the last digit,
# its figures were not rounded: then no equation of it is allowed to be off. Of sums of two rounded figures
# one in four is off by a digit, so that a table of twenty that were rounded looks like this once in forty
# times.
_ENOUGH, _NEARLY_ALL = 20, 0.95


@dataclass(frozen=True)
class Term:
    """A printed figure in an equation.

    Attributes:
        cell: where it stands in a logical table.
        value: what it is worth.
        label: what a person calls it.
    """

    cell: CellRef
    value: Decimal
    label: str = ""

    def __str__(self) -> str:
        return f"{self.value} ({self.cell.table}[{self.cell.row},{self.cell.col}])"


@dataclass(frozen=True)
class Equation:
    """The sum of some figures, less that of others, is one of some values, within a tolerance.

    Attributes:
        rule: that found it.
        left: what is explained, mostly one total; none where the figures should come to a round number.
        right: its parts. The first cell of all names the finding.
        wanted: values that the difference may have; more than one where forms differ.
        tolerance: how far it may be off by rounding.
        severity: of a finding that it does not hold.
    """

    rule: str
    left: tuple[Term, ...]
    right: tuple[Term, ...] = ()
    wanted: tuple[Decimal, ...] = (Decimal(0),)
    tolerance: Decimal = Decimal(0)
    severity: Severity = "error"

    @property
    def terms(self) -> tuple[Term, ...]:
        """All figures."""
        return (*self.left, *self.right)

    @property
    def cells(self) -> tuple[CellRef, ...]:
        """The cells of all figures, each once."""
        return tuple(dict.fromkeys(term.cell for term in self.terms))

    @property
    def id(self) -> str:
        """The id of its finding: the same on every run."""
        return finding_id(self.rule, self.terms[0].cell)

    def off(self, changed: Mapping[CellRef, Decimal] | None = None) -> Decimal:
        """Return by how much it is missed, with its sign; `changed` gives some cells other values."""
        values = changed or {}
        left, right = (
            sum((values.get(term.cell, term.value) for term in terms), Decimal(0))
            for terms in (self.left, self.right)
        )
        return min((left - right - each for each in self.wanted), key=abs)

    def holds(self, changed: Mapping[CellRef, Decimal] | None = None) -> bool:
        """Say whether it is met within its tolerance."""
        return abs(self.off(changed)) <= self.tolerance

    def values_for(self, cell: CellRef) -> tuple[Decimal, ...]:
        """Return the values of a cell with which it would be met exactly."""
        sign = sum(term.cell == cell for term in self.left) - sum(term.cell == cell for term in self.right)
        if sign not in (1, -1):
            return ()
        own = next(term.value for term in self.terms if term.cell == cell)
        rest = sum((term.value for term in self.left), Decimal(0)) - sum(
            (term.value for term in self.right), Decimal(0)
        )
        return tuple(own - sign * (rest - each) for each in self.wanted)

    def finding(self) -> Finding:
        """Return what is to be said of it."""
        status: FindingStatus = "pass" if self.holds() else "fail"
        off = self.off()
        added = sum((term.value for term in self.right), Decimal(0))
        due = added + off  # the total that is printed, or the round number that is nearest
        total, parts = (" + ".join(map(str, terms)) for terms in (self.left, self.right))
        label = next((term.label for term in self.terms if term.label), self.terms[0].cell.table)
        return Finding(
            id=self.id,
            rule=self.rule,
            status=status,
            severity=self.severity if status == "fail" else "info",
            message=f"{label}: {total or due} "
            + (f"= {parts}" if status == "pass" else f"≠ {added} = {parts}"),
            tables=tuple(dict.fromkeys(cell.table for cell in self.cells)),
            cells=self.cells,
            amounts={
                "printed": str(due),
                "sum": str(added),
                "difference": str(off),
                "tolerance": str(self.tolerance),
            },
        )


# What a rule gives: an equation, or a finding about what is none.
Result = Equation | Finding


def finding_id(rule: str, cell: CellRef) -> str:
    """Return the id of a rule's finding about a cell: the same on every run."""
    return f"{rule}:{cell.table}:{cell.row}:{cell.col}"


def skipped(rule: str, cells: Sequence[CellRef], message: str) -> Finding:
    """Return the finding that a check of the first of these cells could not be made, and why."""
    return Finding(
        id=finding_id(rule, cells[0]),
        rule=rule,
        status="skipped",
        message=message,
        tables=(cells[0].table,),
        cells=tuple(cells),
    )


def without_slack(equations: Iterable[Equation]) -> list[Equation]:
    """Return equations whose tables print exact figures without a tolerance for rounding.

    A table in 万元 with two decimals may be rounded line by line or not. Where nearly all of its sums are met
    to the last digit it was not, and one that is off by that digit was misread.
    """
    found = list(equations)
    met: dict[str, list[bool]] = {}
    for equation in found:
        several = sum(term.value != 0 for term in equation.right) > 1
        if equation.left and several and equation.holds():
            for table in {cell.table for cell in equation.cells}:
                met.setdefault(table, []).append(equation.off() == 0)
    exact = {
        table
        for table, closed in met.items()
        if len(closed) >= _ENOUGH and sum(closed) >= _NEARLY_ALL * len(closed)
    }
    return [
        replace(equation, tolerance=Decimal(0))
        if all(cell.table in exact for cell in equation.cells)
        else equation
        for equation in found
    ]
