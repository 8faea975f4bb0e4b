"""Values of records that differ from gold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from yusuan.eval.errors.places import DocumentPair, is_same_place
from yusuan.eval.metrics.canonical import canonical_record
from yusuan.eval.metrics.records import RecordPair, pair_records
from yusuan.extraction.document import Record

# Fields that headings and captions decide: many records share their place.
FROM_HEADINGS = frozenset({"measure", "side", "table", "unit"})


@dataclass(frozen=True)
class Difference:
    """A value that differs, or (`field` None) a whole record that is missing or invented.

    `gold` and `predicted` are the values as the records give them; None: not there.
    """

    record: str
    field: str | None
    gold: str | None
    predicted: str | None
    gold_record: Record | None
    predicted_record: Record | None

    @property
    def fields(self) -> list[str]:
        """The `type.field` of every value that it costs."""
        if self.field is not None:
            return [f"{self.record}.{self.field}"]
        record = self.gold_record or self.predicted_record
        assert record is not None
        return [f"{self.record}.{name}" for name, value in canonical_record(record).items() if value]


def record_differences(pair: DocumentPair) -> Iterator[Difference]:
    """Yield what differs between the records of a prediction and gold, paired as in scoring.

    Records that were paired for want of better ones, but stand at different places of the page, are taken
    apart: the one is missing, the other invented.
    """
    for one in pair_records(pair.predicted.records, pair.gold.records):
        if one.exact:
            continue
        said, true = one.said, one.true
        if said and true and (_agree(one) or _share_a_place(pair, said, true)):
            wrong = [name for name, counts in one.fields.items() if not counts.tp]
            for name in wrong:
                yield Difference(one.type, name, _shown(true, name), _shown(said, name), true, said)
            continue
        if true:
            yield Difference(one.type, None, _summary(true), None, true, None)
        if said:
            yield Difference(one.type, None, None, _summary(said), None, said)


def _agree(pair: RecordPair) -> bool:
    """Return whether at least half of the values that were read at places of their own are right."""
    places = pair.said.provenance if pair.said else {}
    own = [counts for name in places if name not in FROM_HEADINGS and (counts := pair.fields.get(name))]
    return 2 * sum(bool(counts.tp) for counts in own) >= len(own)


def _share_a_place(pair: DocumentPair, said: Record, true: Record) -> bool:
    """Return whether two records share a place on a page, or nothing is known of their places."""
    known = False
    for name in (said.provenance.keys() & true.provenance.keys()) - FROM_HEADINGS:
        theirs, ours = pair.predicted_places(said.provenance[name]), pair.gold_places(true.provenance[name])
        known = known or bool(theirs and ours)
        if any(a.page == b.page and is_same_place(a.box, b.box) for a in theirs for b in ours):
            return True
    return not known


def _shown(record: Record, name: str) -> str | None:
    value = getattr(record, name)
    return None if value is None else str(value)


def _summary(record: Record) -> str:
    """Return what a record says of itself: the fields that were read at a place of their own."""
    names = [name for name in type(record).model_fields if name in record.provenance and name != "name_raw"]
    return " · ".join(shown for name in names if (shown := _shown(record, name)))
