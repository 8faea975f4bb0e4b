"""Checks that judged wrongly: they fail on right values, or pass on wrong ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yusuan.eval.errors.causes import Cause
from yusuan.eval.errors.kinds import ErrorKind
from yusuan.eval.errors.places import Address, DocumentPair, Placed
from yusuan.eval.metrics.canonical import canonical_cell
from yusuan.extraction.checks.check import check_document
from yusuan.extraction.document import Cell, Document, Finding


@dataclass(frozen=True)
class _Checked:
    """A cell that a check looked at: what it said, what is true, and where both stand."""

    gold: Placed
    predicted: Placed
    is_right: bool


def wrong_checks(pair: DocumentPair, blamed: set[str]) -> Iterator[tuple[Cause, Finding]]:
    """Yield the findings of a prediction that are wrong, with their cause.

    A finding that fails on right values is right where something else in its table was read wrong (the sum
    of a column fails when a row is lost) and where the page itself is wrong in print: there the same check
    fails on gold. A finding without amounts judges a form, and passes on a wrong value of right form.

    Args:
        pair: the document, predicted and gold.
        blamed: ids of predicted logical tables in which something else is wrong.
    """
    in_print = _wrong_in_print(pair)
    for finding in pair.predicted.findings:
        if finding.status == "skipped":
            continue
        cells = _checked_cells(pair, finding)
        if not cells:
            continue
        places = {cell.gold.address for cell in cells}
        all_right = all(cell.is_right for cell in cells)
        fails_on_gold = any(rule == finding.rule and places & there for rule, there in in_print)
        note = ""
        if finding.status == "fail" and all_right and not fails_on_gold and not blamed & set(finding.tables):
            note = f"{finding.rule} fails on right values"
        elif finding.status == "pass" and finding.amounts and not all_right:
            note = f"{finding.rule} passes on a wrong value"
        elif finding.status == "pass" and all_right and fails_on_gold:
            note = f"{finding.rule} passes on figures that are wrong in print"
        if note:
            gold, predicted = tuple(c.gold for c in cells), tuple(c.predicted for c in cells)
            yield Cause(ErrorKind.WRONG_CHECK, finding.id, gold, predicted, note=note), finding


def _checked_cells(pair: DocumentPair, finding: Finding) -> list[_Checked]:
    """Return the cells of a finding that have a counterpart in gold."""
    found = []
    for ref in finding.cells:
        cell = _cell_at(pair.logical.get(ref.table, ()), ref.row, ref.col)
        predicted = pair.predicted_at(cell.page, cell.bbox) if cell else None
        gold = pair.pages[predicted.page].gold_counterpart(predicted) if predicted else None
        if cell and predicted and gold:
            truth = pair.gold_text(gold)
            found.append(_Checked(gold, predicted, canonical_cell(cell.text) == canonical_cell(truth)))
    return found


def _wrong_in_print(pair: DocumentPair) -> list[tuple[str, set[Address]]]:
    """Return (rule, places) of every check that fails on the gold document itself."""
    checked = check_document(pair.gold)
    return [
        (finding.rule, _gold_addresses(pair, checked, finding))
        for finding in checked.findings
        if finding.status == "fail"
    ]


def _gold_addresses(pair: DocumentPair, gold: Document, finding: Finding) -> set[Address]:
    tables = {table.id: table.cells for table in gold.tables}
    cells = [_cell_at(tables.get(ref.table, ()), ref.row, ref.col) for ref in finding.cells]
    places = [pair.gold_at(cell.page, cell.bbox) for cell in cells if cell]
    return {place.address for place in places if place}


def _cell_at(cells: Sequence[Cell], row: int, col: int) -> Cell | None:
    return next((cell for cell in cells if (cell.row, cell.col) == (row, col)), None)
