"""What speaks for a field and against it: all that the stages before know of it, as numbers.

A reader is sure of glyphs, a labeller of meanings, sums prove figures, a second reading agrees or not. None
of these is the probability that the field is right; that is learnt from them (`checks/confidence.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from yusuan.extraction.checks.ledger import cell_ref, cells_of
from yusuan.extraction.checks.second_readings import RULE as SECOND_READING
from yusuan.extraction.document import Cell, CellRef, Document, Finding, Record, Span, Table
from yusuan.extraction.fields.labels import Context
from yusuan.extraction.fields.records import label_cells
from yusuan.extraction.fields.titles import caption_of
from yusuan.extraction.numerals import canonical, parse_amount
from yusuan.extraction.token_labels import FIGURE_LABELS

# Rules whose pass is a proof in figures; of codes and names; and those that say it a second time elsewhere.
SUMS = frozenset(
    {
        "code_sum",
        "row_sum",
        "total_row",
        "outline_sum",
        "item_sum",
        "income_expenditure",
        "three_public",
        "weight_sum",
    }
    | {"body_sum", "budget_parts", "body_budget"}
)
NAMES = frozenset({"code_form", "code_name"})
AGREEING = frozenset({"same_totals", "same_codes", "basic_expenditure", "appropriation", "prose"})
# What a field is; each is a feature of its own.
GROUPS = ("figure", "code", "name", "target", "prose", "measure", "derived")
_TARGETS = frozenset({"operator", "value"})
_PROSE = frozenset({"overview", "basis", "goal", "description"})
_NAMES = frozenset({"item", "name", "name_raw", "project", "organization", "department", "level1", "level2"})
# Fields that the table says, not a cell: of these the surest thing known is how sure the table is.
_COMMON = frozenset({"type", "id", "confidence", "status", "provenance", "checks"})

FEATURES = (
    "glyphs",
    "label",
    "lexicon_same",
    "lexicon_other",
    "table",
    "scanned",
    "sums_held",
    "sums_held_twice",
    "sums_failed",
    "names_held",
    "names_failed",
    "agreed",
    "disagreed",
    "read_again_same",
    "read_again_other",
    "misread",
    "proposed",
    "completed",
    "joined",
    "odd_form",
    "length",
    "table_failing",
    "table_doubtful",
    "table_strange",
    "titled",
    "table_held",
    "row_failing",
    "row_held",
    *(f"is_{group}" for group in GROUPS),
)
_PLACES = {name: place for place, name in enumerate(FEATURES)}
_ROW_FAILING, _ROW_HELD = _PLACES["row_failing"], _PLACES["row_held"]
# Which way a feature speaks: more of it for the field (1), against it (-1), or either (0).
DIRECTIONS: Mapping[str, int] = {
    "glyphs": 1,
    "label": 1,
    "lexicon_same": 1,
    "lexicon_other": -1,
    "table": 1,
    "sums_held": 1,
    "sums_held_twice": 1,
    "sums_failed": -1,
    "names_held": 1,
    "names_failed": -1,
    "agreed": 1,
    "disagreed": -1,
    "read_again_same": 1,
    "read_again_other": -1,
    "proposed": -1,
    "odd_form": -1,
    "table_failing": -1,
    "table_doubtful": -1,
    "table_strange": -1,
    "titled": 1,
    "table_held": 1,
    "row_failing": -1,
    "row_held": 1,
}
# Log-odds are cut off here: nobody is surer than one in three thousand.
_MOST_ODDS = 8.0
# A cell, or a label, less sure than this is doubtful.
_DOUBTFUL = 0.9


@dataclass(frozen=True)
class FieldEvidence:
    """The evidence of one field of a record.

    Attributes:
        record: its place in the document.
        field: its name.
        cells: that it was read from; empty where the table says it.
        features: `(len(FEATURES),)` float32.
    """

    record: int
    field: str
    cells: tuple[CellRef, ...]
    features: np.ndarray


def document_to_evidence(document: Document) -> Iterator[FieldEvidence]:
    """Yield the evidence of every field that a record of the document states."""
    known = _Known(document)
    for number, record in enumerate(document.records):
        own = cells_of(record)
        for field in type(record).model_fields:
            if field in _COMMON or getattr(record, field) is None:
                continue
            cells = cells_of(record, field)
            yield FieldEvidence(number, field, cells, known.features(record, field, cells, own))


class _Known:
    """What a document says of its cells, to be looked up."""

    def __init__(self, document: Document) -> None:
        self._cells = cells_by_place(document)
        self._tables: dict[str, Table] = {table.id: table for table in document.tables}
        self._scanned = {page.number for page in document.pages if page.kind == "scanned"}
        self._findings: dict[CellRef, list[Finding]] = {}
        for finding in document.findings:
            for cell in finding.cells:
                self._findings.setdefault(cell, []).append(finding)
        sums = [finding for finding in document.findings if finding.rule in SUMS]
        self._failed = {cell for each in sums if each.status == "fail" for cell in each.cells}
        self._passed = Counter(cell for each in sums if each.status == "pass" for cell in each.cells)
        self._told = {
            cell_ref(table.id, cell.row, cell.col): tuple(span.label for span in cell.spans)
            for table in document.tables
            for cell in label_cells(table, Context(caption_of(document, table))).cells
        }
        self._common: dict[tuple[str, str, tuple[CellRef, ...], tuple[CellRef, ...]], np.ndarray] = {}
        self._common_of: str | None = None
        self._failing = {id: self._share(table, self._fails) for id, table in self._tables.items()}
        self._held = {id: self._share(table, self._holds, figures=True) for id, table in self._tables.items()}
        self._doubtful = {id: self._share(table, self._is_doubtful) for id, table in self._tables.items()}
        self._strange = {id: _strangeness(table) for id, table in self._tables.items()}
        self._forms = {id: _decimals(table) for id, table in self._tables.items()}

    def _fails(self, ref: CellRef) -> bool:
        return ref in self._failed

    def _holds(self, ref: CellRef) -> int:
        return self._passed[ref]

    def _is_doubtful(self, ref: CellRef) -> bool:
        confidence = self._cells[ref].confidence
        return confidence is not None and confidence < _DOUBTFUL

    def _share(self, table: Table, holds: Callable[[CellRef], bool | int], figures: bool = False) -> float:
        """Return the share of cells of a table with text, or with amounts, of which something holds."""
        places = [
            cell_ref(table.id, cell.row, cell.col)
            for cell in table.cells
            if cell.text.strip() and (not figures or any(span.label in FIGURE_LABELS for span in cell.spans))
        ]
        return sum(holds(place) > 0 for place in places) / max(1, len(places))

    def features(
        self, record: Record, field: str, cells: tuple[CellRef, ...], own: tuple[CellRef, ...]
    ) -> np.ndarray:
        """Return the features of a field that was read from `cells`, of a record that was from `own`."""
        known = [self._cells[ref] for ref in cells if ref in self._cells]
        # A heading or name is of many records of its table: what its cells say is put together once.
        table = own[0].table if own else None
        if table != self._common_of:
            self._common, self._common_of = {}, table
        key = record.type, field, cells, () if cells else own[:1]
        if key not in self._common:
            self._common[key] = self._common_features(record.type, field, cells, own, known)
        found = self._common[key].copy()
        others = [ref for ref in own if ref not in cells]
        found[_ROW_FAILING] = not self._failed.isdisjoint(others)
        found[_ROW_HELD] = min(2, max(map(self._holds, others), default=0))
        found[_PLACES[f"is_{_group(record, field, known)}"]] = 1
        return found

    def _common_features(
        self,
        record_type: str,
        field: str,
        cells: Sequence[CellRef],
        own: Sequence[CellRef],
        known: Sequence[Cell],
    ) -> np.ndarray:
        """Return the features that all records share which have a field from the same cells."""
        tables = [self._tables[ref.table] for ref in (cells or own) if ref.table in self._tables]
        findings = {each.id: each for ref in cells for each in self._findings.get(ref, ())}.values()
        passed = [each.rule for each in findings if each.status == "pass"]
        failed = [each.rule for each in findings if each.status == "fail"]
        kinds = {repair.kind for cell in known for repair in cell.repairs}
        held = sum(rule in SUMS for rule in passed)
        table = tables[0] if tables else None
        spans = [span for cell in known for span in spans_of(cell, record_type, field)]
        told = {label for ref in cells for label in self._told.get(ref, ())}
        values: dict[str, float] = {
            "glyphs": _odds([cell.confidence for cell in known]),
            "label": _odds([span.confidence for span in spans]),
            "lexicon_same": bool(spans) and told.issuperset(span.label for span in spans),
            "lexicon_other": bool(told) and not told.issuperset(span.label for span in spans),
            "table": _odds([each.confidence for each in tables[:1]]),
            "scanned": any(cell.page in self._scanned for cell in known),
            "sums_held": held > 0,
            "sums_held_twice": held > 1,
            "sums_failed": min(3, sum(rule in SUMS for rule in failed)),
            "names_held": not NAMES.isdisjoint(passed),
            "names_failed": not NAMES.isdisjoint(failed),
            "agreed": not AGREEING.isdisjoint(passed),
            "disagreed": not AGREEING.isdisjoint(failed),
            "read_again_same": SECOND_READING in passed,
            "read_again_other": SECOND_READING in failed,
            "misread": "misread" in kinds,
            "proposed": "proposed" in kinds,
            "completed": "completed" in kinds,
            "joined": bool(kinds & {"joined", "shifted", "carried"}),
            "odd_form": table is not None and self._is_odd(table, field, known),
            "length": min(40, max((len(cell.text) for cell in known), default=0)),
            "table_failing": self._failing[table.id] if table else 0.0,
            "table_doubtful": self._doubtful[table.id] if table else 0.0,
            "table_strange": self._strange[table.id] if table else 0.0,
            "titled": table is not None and table.title is not None,
            "table_held": self._held[table.id] if table else 0.0,
        }
        return np.array([values.get(name, 0.0) for name in FEATURES], np.float32)

    def _is_odd(self, table: Table, field: str, cells: Sequence[Cell]) -> bool:
        """Say whether a figure has other decimals than most of its table."""
        usual = self._forms[table.id]
        figures = [cell.text for cell in cells if any(span.label in FIGURE_LABELS for span in cell.spans)]
        return usual is not None and any(_decimals_of(text) not in (None, usual) for text in figures)


def spans_of(cell: Cell, record_type: str, field: str) -> list[Span]:
    """Return the spans of a cell that a field of a record was read from."""
    own = [span for span in cell.spans if span.label == f"{record_type}.{field}"]
    return own or list(cell.spans)


def cells_by_place(document: Document) -> dict[CellRef, Cell]:
    """Return the cells of the logical tables of a document."""
    return {cell_ref(table.id, cell.row, cell.col): cell for table in document.tables for cell in table.cells}


def confidence_of(cells: Mapping[CellRef, Cell], record: Record, field: str) -> float | None:
    """Return how probable it is that a field is right: that of the least sure label it was read from.

    None where no cell says the field (the kind of its table), or nobody said how sure they are.
    """
    spans = (
        span
        for ref in cells_of(record, field)
        if ref in cells
        for span in spans_of(cells[ref], record.type, field)
    )
    return min((span.confidence for span in spans if span.confidence is not None), default=None)


def _group(record: Record, field: str, cells: Sequence[Cell]) -> str:
    if not cells:
        return "derived"
    if field in _TARGETS:
        return "target"
    if field in _PROSE:
        return "prose"
    if field in _NAMES:
        return "name"
    if field == "measure":
        return "measure"
    if field == "code" or field.endswith("_code"):
        return "code"
    value = getattr(record, field)
    return "figure" if isinstance(value, str) and parse_amount(value) is not None else "name"


def _odds(confidences: Sequence[float | None]) -> float:
    """Return the log-odds of the least sure; as sure as can be where nobody gave any."""
    least = min((each for each in confidences if each is not None), default=1.0)
    return min(max(log(max(least, 1e-9) / max(1 - least, 1e-9)), -_MOST_ODDS), _MOST_ODDS)


def _decimals_of(text: str) -> int | None:
    amount = parse_amount(canonical(text))
    return len(amount.partition(".")[2]) if amount is not None else None


def _decimals(table: Table) -> int | None:
    """Return how many decimals most figures of a table have, None where it has few figures."""
    counts = Counter(
        decimals
        for cell in table.cells
        if any(span.label in FIGURE_LABELS for span in cell.spans)
        and (decimals := _decimals_of(cell.text)) is not None
    )
    ((decimals, count),) = counts.most_common(1) or [(0, 0)]
    return decimals if count >= 5 and count > counts.total() / 2 else None


def _strangeness(table: Table) -> float:
    """Return the share of labels of a table that are doubtful: many in forms that nobody has seen."""
    known = [span.confidence for cell in table.cells for span in cell.spans if span.confidence is not None]
    return sum(confidence < _DOUBTFUL for confidence in known) / max(1, len(known))
