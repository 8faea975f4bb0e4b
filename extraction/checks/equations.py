"""Equations between printed figures: what a table says about itself, in exact decimals.

A rule finds them from labels and structure; what follows from them is the same for all: a finding that says
whether they hold, and a repair where one figure alone explains why some do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from math import erfc, sqrt

from yusuan.extraction.document import CellRef, Finding, FindingStatus, Severity

# Where rounding would leave at least so many sums of a document off by a digit, and of those that it would
# only one in so many is, its figures were not rounded: then no equation is allowed to be off. Figures that
# were rounded look like this once in fifty documents.
_EXPECTED, _ONE_IN = 4.0, 6.0
# Nor were they where at least so many are known and all but one in so many end in 0.
_FIGURES, _NOT_ROUND = 40, 20


@dataclass(frozen=True)
class Term:
    """A printed figure in an equation.

    Attributes:
        cell: where it stands in a logical table.
        value: what it is worth; 0 where it cannot be read.
        label: what a person calls it.
        known: whether it can be read.
    """

    cell: CellRef
    value: Decimal
    label: str = ""
    known: bool = True

    def __str__(self) -> str:
        return f"{self.value if self.known else '?'} ({self.cell.table}[{self.cell.row},{self.cell.col}])"


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

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """All figures."""
        return (*self.left, *self.right)

    @cached_property
    def cells(self) -> tuple[CellRef, ...]:
        """The cells of all figures, each once."""
        return tuple(dict.fromkeys(term.cell for term in self.terms))

    @cached_property
    def unknown(self) -> tuple[CellRef, ...]:
        """The cells of figures that cannot be read."""
        return tuple(dict.fromkeys(term.cell for term in self.terms if not term.known))

    @cached_property
    def id(self) -> str:
        """The id of its finding: the same on every run."""
        return finding_id(self.rule, self.terms[0].cell)

    def off(self, changed: Mapping[CellRef, Decimal] | None = None) -> Decimal:
        """Return by how much it is missed, with its sign; `changed` gives some cells other values."""
        if not changed:
            return self._off
        left, right = (
            sum((changed.get(term.cell, term.value) for term in terms), Decimal(0))
            for terms in (self.left, self.right)
        )
        return min((left - right - each for each in self.wanted), key=abs)

    @cached_property
    def _off(self) -> Decimal:
        difference = self._sum(self.left) - self._sum(self.right)
        return min((difference - each for each in self.wanted), key=abs)

    @staticmethod
    def _sum(terms: Iterable[Term]) -> Decimal:
        return sum((term.value for term in terms), Decimal(0))

    def holds(self, changed: Mapping[CellRef, Decimal] | None = None) -> bool:
        """Say whether it is met within its tolerance; it is not where a figure cannot be read."""
        if self.unknown and any(cell not in (changed or {}) for cell in self.unknown):
            return False
        return abs(self.off(changed)) <= self.tolerance

    def values_for(self, cell: CellRef) -> tuple[Decimal, ...]:
        """Return the values of a cell with which it would be met exactly."""
        sign = sum(term.cell == cell for term in self.left) - sum(term.cell == cell for term in self.right)
        if sign not in (1, -1):
            return ()
        own = next(term.value for term in self.terms if term.cell == cell)
        rest = self._sum(self.left) - self._sum(self.right)
        return tuple(own - sign * (rest - each) for each in self.wanted)

    def finding(self) -> Finding:
        """Return what is to be said of it."""
        status: FindingStatus = "skipped" if self.unknown else "pass" if self.holds() else "fail"
        off = self.off()
        added = self._sum(self.right)
        due = added + off  # the total that is printed, or the round number that is nearest
        total, parts = (" + ".join(map(str, terms)) for terms in (self.left, self.right))
        label = next((term.label for term in self.terms if term.label), self.terms[0].cell.table)
        return Finding(
            id=self.id,
            rule=self.rule,
            status=status,
            severity=self.severity if status == "fail" else "info",
            message=f"{label}: {total or due} "
            + (f"≠ {added} = {parts}" if status == "fail" else f"= {parts}"),
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
    """Return equations of documents that print exact figures without a tolerance for rounding.

    Figures in 万元 with two decimals may be rounded each for itself or not. Where nearly all sums are met to
    the last digit they were not, and one that is off by that digit was misread. All tables of a document
    speak together; one whose own sums say otherwise keeps its tolerance.
    """
    found = list(equations)
    if _are_round(found):
        return [replace(equation, tolerance=Decimal(0)) for equation in found]
    # Table → how many sums rounding would leave off, and how many are.
    seen: dict[str, tuple[float, int]] = {}
    for equation in found:
        chance = _chance_to_be_off(equation)
        if chance and equation.holds():
            for table in {cell.table for cell in equation.cells}:
                expected, off = seen.get(table, (0.0, 0))
                seen[table] = expected + chance, off + (equation.off() != 0)
    expected, off = (sum(each) for each in zip(*seen.values(), strict=True)) if seen else (0.0, 0)
    if expected < _EXPECTED or off > expected / _ONE_IN:
        return found
    rounded = {table for table, (expected, off) in seen.items() if off > max(1, expected / _ONE_IN)}
    return [
        equation
        if rounded & {cell.table for cell in equation.cells}
        else replace(equation, tolerance=Decimal(0))
        for equation in found
    ]


def _are_round(equations: Iterable[Equation]) -> bool:
    """Say whether nearly all figures that might have been rounded end in 0: nine of ten would not."""
    round_ones = {
        term.cell: _ends_in_zero(term.value)
        for equation in equations
        if equation.tolerance
        for term in equation.terms
        if term.value
    }
    others = len(round_ones) - sum(round_ones.values())
    return len(round_ones) >= _FIGURES and others * _NOT_ROUND <= len(round_ones)


def _ends_in_zero(value: Decimal) -> bool:
    return value.as_tuple().digits[-1] == 0


def _chance_to_be_off(equation: Equation) -> float:
    """Return how likely a sum is off by a digit or more if each of its figures was rounded for itself.

    A total is rounded too, so it is off where the errors of its parts, each even between plus and minus half
    a digit, add up to more than half a digit. Their sum is nearly normal, with a variance of a twelfth for
    each part. A figure that ends in 0 may have been round before.
    """
    if not equation.left or not equation.tolerance:
        return 0.0
    parts = sum(not _ends_in_zero(term.value) for term in equation.right)
    return erfc(sqrt(1.5 / parts)) if parts > 1 else 0.0
