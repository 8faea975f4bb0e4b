"""Records against records: paired one to one within a type, then counted field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from yusuan.eval.metrics.canonical import canonical_record
from yusuan.eval.metrics.counts import Counts
from yusuan.extraction.document import Record

# One field more always outweighs being right in every field, which only settles draws.
FIELD_POINTS = 2

Fields = Mapping[str, str | None]


@dataclass(frozen=True)
class RecordPair:
    """A predicted record beside the gold record that it is; None on the side that has none.

    Attributes:
        fields: field name → counts. A field counts when gold or prediction says something; equal
            gives a true positive, different gives a false positive and a false negative.
        exact: whether every field is right.
    """

    said: Record | None
    true: Record | None
    fields: Mapping[str, Counts]
    exact: bool

    @property
    def type(self) -> str:
        """The record type of both."""
        record = self.true or self.said
        assert record is not None
        return record.type

    @property
    def whole(self) -> Counts:
        """The whole record as one thing; right when every field is."""
        wrong = not self.exact
        return Counts(
            int(self.exact), int(wrong and self.said is not None), int(wrong and self.true is not None)
        )


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


def pair_records(predicted: Sequence[Record], gold: Sequence[Record]) -> list[RecordPair]:
    """Pair the records of one document, one to one within each type, and compare them field by field."""
    pairs: list[RecordPair] = []
    for kind in sorted({record.type for record in (*predicted, *gold)}):
        said = [record for record in predicted if record.type == kind]
        true = [record for record in gold if record.type == kind]
        left = [canonical_record(record) for record in said]
        right = [canonical_record(record) for record in true]
        matched = match_records(left, right)
        pairs += [_pair(said[i], true[j], left[i], right[j]) for i, j in matched]
        of_left, of_right = {i for i, _ in matched}, {j for _, j in matched}
        pairs += [_pair(said[i], None, left[i], {}) for i in range(len(left)) if i not in of_left]
        pairs += [_pair(None, true[j], {}, right[j]) for j in range(len(right)) if j not in of_right]
    return pairs


def _pair(said: Record | None, true: Record | None, left: Fields, right: Fields) -> RecordPair:
    compared = {name: _compare(left.get(name), right.get(name)) for name in left or right}
    fields = {name: counts for name, counts in compared.items() if counts is not None}
    return RecordPair(said, true, fields, exact=left == right)


def _compare(said: str | None, true: str | None) -> Counts | None:
    """Return what one field counts, or None where neither side says anything."""
    if said == true:
        return None if said is None else Counts(tp=1)
    return Counts(fp=int(said is not None), fn=int(true is not None))
