"""Records against records: paired one to one within a type, then counted field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from yusuan.eval.canonical import canonical_record
from yusuan.eval.counts import Counts
from yusuan.extraction.document import Record

# One field more always outweighs being right in every field, which only settles draws.
FIELD_POINTS = 2

Fields = Mapping[str, str | None]


@dataclass(frozen=True)
class RecordScore:
    """How the records of one document compare.

    Attributes:
        fields: (record type, field name) → counts. A field counts when gold or prediction says
            something; equal gives a true positive, different gives a false positive and a false negative.
        records: record type → counts of whole records; right when every field is.
    """

    fields: Mapping[tuple[str, str], Counts]
    records: Mapping[str, Counts]


def match_records(predicted: Sequence[Fields], gold: Sequence[Fields]) -> list[tuple[int, int]]:
    """Pair predictions with gold one to one so that as many fields as possible are equal.

    A field that is None on either side is not equal. Pairs without an equal field are left out.
    Optimal assignment (Jonker and Volgenant, as in scipy), so the order of records does not matter
    to the total.

    Args:
        predicted: canonical fields of the predicted records of one type.
        gold: canonical fields of the gold records of that type.

    Returns:
        Index pairs (predicted, gold), by predicted index.
    """
    if not predicted or not gold:
        return []
    names = list(gold[0])
    left, right = _numbered(predicted, gold, names)
    points = np.zeros((len(predicted), len(gold)), np.int32)
    same = np.ones((len(predicted), len(gold)), bool)
    for column in range(len(names)):
        equal = left[:, None, column] == right[None, :, column]
        points += FIELD_POINTS * (equal & (left[:, None, column] > 0))
        same &= equal
    rows, columns = linear_sum_assignment(points + same, maximize=True)
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True) if points[row, column]]


def _numbered(
    predicted: Sequence[Fields], gold: Sequence[Fields], names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return `(P, F)` and `(G, F)` int64 in which equal strings have equal numbers and None is 0."""
    numbers: dict[str | None, int] = {None: 0}
    for record in (*predicted, *gold):
        for name in names:
            numbers.setdefault(record[name], len(numbers))
    left, right = (
        np.array([[numbers[record[name]] for name in names] for record in records], np.int64)
        for records in (predicted, gold)
    )
    return left, right


def score_records(predicted: Sequence[Record], gold: Sequence[Record]) -> RecordScore:
    """Count fields and whole records of one document, by record type."""
    fields: dict[tuple[str, str], Counts] = {}
    records: dict[str, Counts] = {}
    for kind in sorted({record.type for record in (*predicted, *gold)}):
        left = [canonical_record(record) for record in predicted if record.type == kind]
        right = [canonical_record(record) for record in gold if record.type == kind]
        pairs = match_records(left, right)
        matched_left, matched_right = {i for i, _ in pairs}, {j for _, j in pairs}
        compared: list[tuple[Fields, Fields]] = [(left[i], right[j]) for i, j in pairs]
        compared += [(record, {}) for i, record in enumerate(left) if i not in matched_left]
        compared += [({}, record) for j, record in enumerate(right) if j not in matched_right]
        for said, true in compared:
            for name in said or true:
                if counts := _compare(said.get(name), true.get(name)):
                    fields[kind, name] = fields.get((kind, name), Counts()) + counts
        exact = sum(left[i] == right[j] for i, j in pairs)
        records[kind] = Counts(exact, len(left) - exact, len(right) - exact)
    return RecordScore(fields, records)


def _compare(said: str | None, true: str | None) -> Counts | None:
    """Return what one field counts, or None where neither side says anything."""
    if said == true:
        return None if said is None else Counts(tp=1)
    return Counts(fp=int(said is not None), fn=int(true is not None))
