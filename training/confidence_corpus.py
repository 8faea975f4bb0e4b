"""Documents as they were read, beside the truth: which of their fields are right."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from yusuan.eval.metrics.records import pair_records
from yusuan.extraction.checks.evidence import FEATURES, document_to_evidence
from yusuan.extraction.document import Document
from yusuan.extraction.exports.folder import writing


@dataclass(frozen=True)
class JudgedDocument:
    """The fields of one document that was read.

    Attributes:
        family, state: of the form; of the paper.
        features: `(N, F)` evidence of its fields.
        right: `(N,)` whether each is what the truth says.
        record: `(N,)` the record that each is of.
        exact: `(R,)` whether all fields of a record are right, and none is missing.
        missing: `(R,)` how many fields of a record the truth has and it does not.
        failing: `(R,)` whether a failed check touches it.
    """

    family: str
    state: str
    features: np.ndarray
    right: np.ndarray
    record: np.ndarray
    exact: np.ndarray
    missing: np.ndarray
    failing: np.ndarray

    def save(self, path: Path) -> None:
        """Write it as a file of arrays, whole or not at all."""
        with writing(path) as draft, draft.open("wb") as file:
            np.savez_compressed(file, names=np.array(FEATURES), **vars(self))


def stored(path: Path) -> JudgedDocument | None:
    """Return a document from its file; None where there is none, or it holds other evidence."""
    if not path.is_file():
        return None
    with np.load(path) as file:
        if tuple(file["names"].tolist()) != FEATURES:
            return None
        arrays = {name: file[name] for name in file.files if name not in ("names", "family", "state")}
        return JudgedDocument(family=str(file["family"]), state=str(file["state"]), **arrays)


def judge(said: Document, true: Document, family: str, state: str) -> JudgedDocument:
    """Return which fields of a document are right.

    Args:
        said: after the checks, before it was rated.
        true: the truth.
        family: of its form.
        state: of its paper.
    """
    pairs = {
        id(pair.said): pair for pair in pair_records(said.records, true.records) if pair.said is not None
    }
    rows, right, record = [], [], []
    for each in document_to_evidence(said):
        pair = pairs[id(said.records[each.record])]
        counts = pair.fields.get(each.field)
        rows.append(each.features)
        right.append(counts is not None and counts.tp > 0)
        record.append(each.record)
    own = [pairs[id(each)] for each in said.records]
    failed = {finding.id for finding in said.findings if finding.status == "fail"}
    return JudgedDocument(
        family,
        state,
        np.array(rows, np.float32),
        np.array(right, bool),
        np.array(record, np.int64),
        np.array([pair.exact for pair in own], bool),
        np.array([sum(not counts.tp and not counts.fp for counts in pair.fields.values()) for pair in own]),
        np.array([bool(failed & set(each.checks)) for each in said.records], bool),
    )
