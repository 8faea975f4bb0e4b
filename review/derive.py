"""What follows from corrected tables: records, checks, sums that an app can follow, and cells to look at.

The same stages as in `extract` make records and checks of the tables; nothing here reads text again or
repairs anything, because what a person typed stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from yusuan.extraction.checks.check import document_to_results, results_to_equations, with_findings
from yusuan.extraction.checks.confidence import confidence_model
from yusuan.extraction.checks.equations import Equation
from yusuan.extraction.checks.equations import Term as ExactTerm
from yusuan.extraction.checks.ledger import Indents
from yusuan.extraction.checks.second_readings import RULE as SECOND_READING
from yusuan.extraction.document import Cell, CellRef, Document, Finding, Record, Table
from yusuan.extraction.fields import build_records
from yusuan.extraction.numerals import parse_amount
from yusuan.review.patches import ReviewCell, ReviewTable
from yusuan.review.wire import Derived, Doubt, EquationView, Term

# Who confirmed a cell is taken for sure; how sure people are is measured (quality.py), not assumed here.
_SURE = 1.0
# A cell of a record that is not accepted is looked at when it is less probable than this: of cells that are
# surer, one in five hundred is wrong.
DOUBTFUL_BELOW = 0.98
# Whatever it is: a heading, a blank cell with dirt in it, a text of no record. Half of those in bad scans are
# wrong.
BADLY_READ_BELOW = 0.8
_OF_PAGES = ("page-read", "file-read")


@dataclass(frozen=True)
class Reckoned:
    """A document made anew from the corrected tables of another one, and the sums that it should meet."""

    version: int
    base: Document
    document: Document
    equations: tuple[Equation, ...]
    doubtful: tuple[Doubt, ...]


def reckon(
    base: Document,
    tables: Sequence[ReviewTable],
    accepted: Collection[int],
    error_rate: float,
    version: int = 0,
    indents: Indents = lambda cell: None,
) -> Reckoned:
    """Return what follows from the tables of a document.

    Args:
        base: the document as it was read: its pages and lines count on.
        tables: logical tables as they are now.
        accepted: numbers of pages that people have found right.
        error_rate: share of wrong fields among those that may be accepted unseen.
        version: of the tables.
        indents: looks at the page for how far the text of a cell is indented.
    """
    findings = tuple(_still_true(base.findings, tables))
    document = base.model_copy(
        update={"tables": tuple(map(as_table, tables)), "findings": findings, "records": ()}
    )
    document = build_records(document)
    results = document_to_results(document, indents)
    document = confidence_model().rate(with_findings(document, results), error_rate)
    done = {(table.id, cell.row, cell.col) for table in tables for cell in table.cells if cell.reviewer}
    heads = {table.id: table.header_rows for table in tables}
    records = tuple(_reviewed(record, accepted, done, heads) for record in document.records)
    document = document.model_copy(update={"records": records})
    return Reckoned(
        version=version,
        base=base,
        document=document,
        equations=tuple(results_to_equations(results)),
        doubtful=tuple(doubtful_cells(document, accepted, done)),
    )


def _still_true(findings: Iterable[Finding], tables: Sequence[ReviewTable]) -> Iterator[Finding]:
    """Yield the findings of reading that edits leave true: of pages, and of figures that are as they were."""
    texts = {CellRef(table.id, cell.row, cell.col): cell.text for table in tables for cell in table.cells}
    for finding in findings:
        as_it_was = finding.rule == SECOND_READING and texts.get(finding.cells[0]) == finding.amounts["first"]
        if finding.rule in _OF_PAGES or as_it_was:
            yield finding


def as_table(table: ReviewTable) -> Table:
    """Return a table as a stage of `extract` takes it; what a person confirmed is sure."""
    values = {name: getattr(table, name) for name in Table.model_fields}
    return Table.model_construct(**{**values, "cells": tuple(map(_as_cell, table.cells))})


def _as_cell(cell: ReviewCell) -> Cell:
    values = {name: getattr(cell, name) for name in Cell.model_fields}
    if cell.reviewer:
        values["confidence"] = _SURE
        values["spans"] = tuple(span.model_copy(update={"confidence": _SURE}) for span in cell.spans)
    return Cell.model_construct(**values)


def as_review_tables(tables: Iterable[Table]) -> tuple[ReviewTable, ...]:
    """Return tables as they stand before anybody has looked at them."""
    return tuple(
        ReviewTable.model_construct(
            **{
                **{name: getattr(table, name) for name in Table.model_fields},
                "cells": tuple(
                    ReviewCell.model_construct(**{name: getattr(cell, name) for name in Cell.model_fields})
                    for cell in table.cells
                ),
            }
        )
        for table in tables
    )


Place = tuple[str, int, int]


def body_places(record: Record, heads: Mapping[str, int]) -> dict[Place, int]:
    """Return the cells below the headings of their tables that a record was read from, with their pages."""
    return {
        (place.table, place.row, place.col): place.page
        for places in record.provenance.values()
        for place in places
        if place.table is not None
        and place.row is not None
        and place.col is not None
        and place.row >= heads.get(place.table, 0)
    }


def _reviewed(
    record: Record, accepted: Collection[int], done: Collection[Place], heads: Mapping[str, int]
) -> Record:
    """Return a record, `reviewed` where people have accepted its pages or confirmed all of its cells."""
    places = body_places(record, heads)
    if places and (all(page in accepted for page in places.values()) or all(each in done for each in places)):
        return record.model_copy(update={"status": "reviewed"})
    return record


def doubtful_cells(document: Document, accepted: Collection[int], done: Collection[Place]) -> list[Doubt]:
    """Return the cells that a person should look at, in the order of reading.

    Those are less sure cells of records that are not accepted, at least one of each; figures of sums that are
    off (of each sum only the less sure ones, unless all are sure); cells for which a repair is proposed; and
    whatever the reader itself was not sure of.

    Args:
        document: with rated records and findings.
        accepted: pages that need no look any more.
        done: cells that a person has confirmed.
    """
    cells = {(table.id, cell.row, cell.col): cell for table in document.tables for cell in table.cells}
    heads = {table.id: table.header_rows for table in document.tables}
    why: dict[Place, set[str]] = {}
    for place, cell in cells.items():
        if any(repair.kind == "proposed" for repair in cell.repairs):
            why.setdefault(place, set()).add("proposed")
        if cell.confidence is not None and cell.confidence < BADLY_READ_BELOW:
            why.setdefault(place, set()).add("confidence")
    for record in document.records:
        if record.status != "review":
            continue
        places = sorted(place for place in body_places(record, heads) if place in cells)
        unsure = [place for place in places if _probability(cells[place]) < DOUBTFUL_BELOW]
        # Each record that is not accepted has a cell at which it is looked at.
        for place in unsure or (places and [min(places, key=lambda place: _probability(cells[place]))]):
            why.setdefault(place, set()).add("confidence")
    for finding in document.findings:
        if finding.status != "fail" or finding.severity == "info":
            continue
        summed = [(ref.table, ref.row, ref.col) for ref in finding.cells]
        figures = [place for place in summed if place in cells and place not in done]
        for place in [each for each in figures if _probability(cells[each]) < DOUBTFUL_BELOW] or figures:
            why.setdefault(place, set()).add("check")
    order = {table.id: number for number, table in enumerate(document.tables)}
    doubts = []
    for place in sorted(why, key=lambda place: (order[place[0]], *place[1:])):
        cell = cells[place]
        if place in done or cell.page in accepted:
            continue
        probability = _probability(cell)
        doubts.append(
            Doubt(
                table=place[0],
                row=place[1],
                col=place[2],
                probability=None if probability > 1 else round(probability, 4),
                why=tuple(each for each in ("confidence", "check", "proposed") if each in why[place]),
            )
        )
    return doubts


def _probability(cell: Cell) -> float:
    """Return how probable the least sure field of a cell is; 2 where nothing was read from it."""
    return min((span.confidence for span in cell.spans if span.confidence is not None), default=2.0)


def page_part(reckoned: Reckoned, tables: Collection[str]) -> Derived:
    """Return what concerns some tables: those of a page."""
    document = reckoned.document
    texts = {(table.id, cell.row, cell.col): cell.text for table in document.tables for cell in table.cells}
    return Derived(
        version=reckoned.version,
        records=tuple(
            record
            for record in document.records
            if any(place.table in tables for places in record.provenance.values() for place in places)
        ),
        findings=tuple(each for each in document.findings if set(each.tables) & set(tables)),
        equations=tuple(
            _view(equation, texts)
            for equation in reckoned.equations
            if any(cell.table in tables for cell in equation.cells)
        ),
        doubtful=tuple(doubt for doubt in reckoned.doubtful if doubt.table in tables),
    )


def _view(equation: Equation, texts: Mapping[Place, str]) -> EquationView:
    return EquationView(
        id=equation.id,
        rule=equation.rule,
        label=next((term.label for term in equation.terms if term.label), ""),
        left=tuple(_term(term, texts) for term in equation.left),
        right=tuple(_term(term, texts) for term in equation.right),
        wanted=tuple(map(_plain, equation.wanted)),
        tolerance=_plain(equation.tolerance),
    )


def _term(term: ExactTerm, texts: Mapping[Place, str]) -> Term:
    ref: CellRef = term.cell
    printed = parse_amount(texts.get((ref.table, ref.row, ref.col), ""))
    scale = Decimal(1)
    # Tables in 元 and in 万元 are compared too.
    if printed is not None and Decimal(printed) != 0 and term.value != 0:
        scale = term.value / Decimal(printed)
    return Term(
        table=ref.table,
        row=ref.row,
        col=ref.col,
        label=term.label,
        value=_plain(term.value),
        known=term.known,
        scale=_plain(scale),
    )


def _plain(value: Decimal) -> str:
    """Return a decimal without an exponent."""
    return format(value.normalize(), "f") if value else "0"
