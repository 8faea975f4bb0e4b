"""From evidence to a probability that can be believed: of every field, and of every record.

A small ensemble of trees, whose answer grows with what speaks for a field and falls with what speaks against
it, gives a score; a curve fitted on documents that it did not learn from makes a probability of the score
(isotonic regression; Zadrozny and Elkan 2002). A record is right when all of its fields are; they are right
or wrong together, so the product of their probabilities goes through a curve of its own. Needs ONNX Runtime
alone; `yusuan train confidence` fits it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np

from yusuan.extraction.checks.evidence import (
    FEATURES,
    FieldEvidence,
    cells_by_place,
    document_to_evidence,
)
from yusuan.extraction.document import Cell, CellRef, Document, Record, Status, Table
from yusuan.extraction.errors import ModelError
from yusuan.extraction.fields.labels import replace_cells
from yusuan.models.cards import CONFIDENCE
from yusuan.models.store import open_network, verified

# Fields whose evidence is held at once: of a thousand pages it would be hundreds of MiB.
_BATCH = 4096

# Cell and place among its spans → how probable the least sure field is that was read from it.
LeastSure = dict[tuple[CellRef, int], float]


class ConfidenceModel:
    """Rates the fields and records of a document. One serves one process."""

    def __init__(self, weights: Path | None = None) -> None:
        """Load the weights.

        Args:
            weights: an ONNX file just fitted, instead of the one that is shipped.

        Raises:
            ModelError: the weights are missing, or are none of a confidence model of this version.
        """
        weights = weights or verified(CONFIDENCE)
        hint = "give a file that `yusuan train confidence` wrote with this version"
        try:
            self._network = open_network(weights, 1)
        # ONNX Runtime raises classes of its own, which share no other base.
        except Exception as error:
            raise ModelError(f"{weights} cannot be loaded: {str(error).splitlines()[0]}", hint) from error
        about = self._network.get_modelmeta().custom_metadata_map
        if json.loads(about.get("features", "[]")) != list(FEATURES):
            raise ModelError(f"{weights} knows other evidence than this version", hint)
        self._field_curve, self._record_curve = (
            np.array(json.loads(about[name])) for name in ("field_curve", "record_curve")
        )
        # Share of wrong fields among those accepted → least probability of a record.
        self._thresholds = {float(rate): least for rate, least in json.loads(about["thresholds"]).items()}

    def fields(self, features: np.ndarray) -> np.ndarray:
        """Return the probability `(N,)` that each field is right, from its evidence `(N, len(FEATURES))`."""
        if not len(features):
            return np.zeros(0)
        (scores,) = self._network.run(["score"], {"evidence": features})
        return np.interp(scores[:, 0], *self._field_curve)

    def records(self, odds: np.ndarray) -> np.ndarray:
        """Return the probability `(N,)` that all fields are right, from sums of their log-probabilities."""
        return np.interp(odds, *self._record_curve)

    def threshold(self, error_rate: float) -> float:
        """Return how probable a record must be for at most this share of accepted fields to be wrong.

        Of the rates that it was fitted for the next lower one counts; a lower one than all of them accepts
        nothing.
        """
        known = [rate for rate in self._thresholds if rate <= error_rate]
        return self._thresholds[max(known)] if known else float("inf")

    def rate(self, document: Document, error_rate: float) -> Document:
        """Return the document with probabilities on spans and records, and records that say what follows.

        A record is `accepted` when it is probable enough and no failed check touches it; what a person has
        reviewed stays so.
        """
        cells = cells_by_place(document)
        odds = np.zeros(len(document.records))
        least_sure: LeastSure = {}
        evidence = document_to_evidence(document)
        while batch := list(islice(evidence, _BATCH)):
            right = self.fields(np.array([each.features for each in batch], np.float32))
            number = np.array([each.record for each in batch], np.int64)
            odds += record_odds(right, number, len(document.records))
            for each, probability in zip(batch, right.tolist(), strict=True):
                _note(least_sure, cells, document.records[each.record].type, each, probability)
        least = self.threshold(error_rate)
        failed = {finding.id for finding in document.findings if finding.status == "fail"}
        records = tuple(
            _rated(record, float(probability), least, failed)
            for record, probability in zip(document.records, self.records(odds), strict=True)
        )
        tables = _with_probabilities(document, cells, least_sure)
        return document.model_copy(update={"tables": tables, "records": records})


def record_odds(right: np.ndarray, record: np.ndarray, count: int) -> np.ndarray:
    """Return the sum of the log-probabilities of the fields of each of `count` records.

    Args:
        right: `(N,)` probability that each field is right.
        record: `(N,)` the record that it is of.
        count: of records.
    """
    return np.bincount(record, np.log(np.maximum(right, 1e-6)), minlength=count)


def _note(
    least: LeastSure, cells: Mapping[CellRef, Cell], kind: str, evidence: FieldEvidence, probability: float
) -> None:
    """Note how probable a field of a record of some kind is, at the spans that it was read from."""
    label = f"{kind}.{evidence.field}"
    for ref in evidence.cells:
        spans = cells[ref].spans
        own = [at for at, span in enumerate(spans) if span.label == label]
        for at in own or range(len(spans)):
            least[ref, at] = min(least.get((ref, at), 1.0), probability)


def _with_probabilities(
    document: Document, cells: Mapping[CellRef, Cell], least: LeastSure
) -> tuple[Table, ...]:
    """Return the tables, each span as sure as the least sure field that was read from it."""
    changed: dict[str, list[Cell]] = {}
    for ref in {ref for ref, _ in least}:
        cell = cells[ref]
        spans = tuple(
            span.model_copy(update={"confidence": round(least[ref, at], 4)}) if (ref, at) in least else span
            for at, span in enumerate(cell.spans)
        )
        changed.setdefault(ref.table, []).append(cell.model_copy(update={"spans": spans}))
    return tuple(replace_cells(table, changed.get(table.id, ())) for table in document.tables)


def _rated(record: Record, probability: float, least: float, failed: set[str]) -> Record:
    accepted = probability >= least and not failed & set(record.checks)
    status: Status = "accepted" if accepted else "review"
    if record.status == "reviewed":
        status = "reviewed"
    return record.model_copy(update={"confidence": round(probability, 4), "status": status})


@cache
def confidence_model() -> ConfidenceModel:
    """Return the model of this process; its weights are loaded once."""
    return ConfidenceModel()
