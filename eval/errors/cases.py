"""Every difference between a prediction and gold as one case of one kind, with the place to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from yusuan.eval.errors.causes import Cause, Explainer
from yusuan.eval.errors.checks import wrong_checks
from yusuan.eval.errors.kinds import ErrorCase, ErrorKind
from yusuan.eval.errors.places import DocumentPair, Placed
from yusuan.eval.errors.tables import Fault, table_faults
from yusuan.eval.errors.values import Difference, record_differences
from yusuan.eval.result import Pair
from yusuan.eval.slices import Slices
from yusuan.eval.tags import tags_of
from yusuan.extraction.document import BBox, Document
from yusuan.extraction.exports.folder import page_image_path
from yusuan.extraction.geometry import union
from yusuan.extraction.numerals import canonical

WHOLE_TABLES = frozenset({ErrorKind.LOST_TABLE, ErrorKind.FALSE_TABLE, ErrorKind.WRONG_JOIN})
# Single cells tell more than a box around them, as long as they can be told apart.
MOST_BOXES = 8


@dataclass
class _Case:
    """A case that is still being put together."""

    cause: Cause
    first: Difference | None = None
    fields: Counter[str] = field(default_factory=Counter)

    def add(self, difference: Difference) -> None:
        self.fields.update(difference.fields)
        # A value says more than the record that went missing with it.
        if self.first is None or (self.first.field is None and difference.field is not None):
            self.first = difference


def gallery(pairs: Iterable[Pair]) -> list[ErrorCase]:
    """Return every error of all documents that were read, with its document, slices and page image.

    Raises:
        InputError: the tags of a gold document cannot be read.
    """
    cases = []
    for pair in pairs:
        if pair.predicted is None:
            continue
        slices = Slices(pair.gold, tags_of(pair.gold))
        for case in find_errors(pair.predicted, pair.gold.document):
            tags = dict(slices.of_pages([case.page] if case.page else []))
            image = page_image_path(pair.folder, case.page) if pair.folder and case.page else None
            cases.append(replace(case, document=pair.gold.name, tags=tags, image=image))
    return cases


def find_errors(predicted: Document, gold: Document) -> list[ErrorCase]:
    """Return what differs between a prediction and gold, each difference in one case of one kind.

    A case is a cause at a place: all values of records that it cost are counted in its `fields`. Cases that
    cost none (a header misread and yet understood, a blank cell that came apart) are in the list too.

    Returns:
        Cases by kind, causes before symptoms; within a kind the costliest first, then in reading order.
    """
    pair = DocumentPair(predicted, gold)
    faults = table_faults(pair)
    explainer = Explainer(pair, faults)
    faulty = {id(fault): _Case(_of_fault(fault)) for fault in faults}
    others: dict[tuple[ErrorKind, object], _Case] = {}
    for difference in record_differences(pair):
        cause = explainer.explain(difference)
        if cause.fault is not None:
            faulty[id(cause.fault)].add(difference)
        else:
            others.setdefault((cause.kind, cause.address), _Case(cause)).add(difference)
    for cause in _silent(pair, explainer):
        others.setdefault((cause.kind, cause.address), _Case(cause))
    cases = [_finished(case) for case in (*faulty.values(), *others.values())]
    blamed = _tables_of(pair, (*faulty.values(), *others.values()))
    for cause, finding in wrong_checks(pair, blamed):
        cases.append(replace(_finished(_Case(cause)), note=f"{cause.note}: {finding.message}"))
    order = list(ErrorKind)
    return sorted(cases, key=lambda case: (order.index(case.kind), -case.cost, case.page or 0))


def _of_fault(fault: Fault) -> Cause:
    return Cause(fault.kind, str(id(fault)), fault.gold, fault.predicted, fault, fault.note)


def _silent(pair: DocumentPair, explainer: Explainer) -> Iterator[Cause]:
    """Yield the cells that were not read as printed, whether or not a record suffers."""
    for page in pair.pages.values():
        for place in page.gold_cells:
            if place.table in page.matched and not explainer.is_in_fault(place):
                cause = explainer.misreading(place)
                if cause and cause.kind in (ErrorKind.MISREAD, ErrorKind.WRONG_CELL):
                    yield cause


def _tables_of(pair: DocumentPair, cases: tuple[_Case, ...]) -> set[str]:
    """Return the ids of predicted logical tables that any of the cases touches."""
    home = {(f.page, f.table): t.id for t in pair.predicted.tables for f in t.fragments}
    places = [place for case in cases for place in case.cause.predicted]
    return {home[key] for place in places if place.table and (key := (place.page, place.table)) in home}


def _finished(case: _Case) -> ErrorCase:
    cause, first = case.cause, case.first
    page = _page(cause)
    gold_text, predicted_text = _texts(cause, first)
    return ErrorCase(
        kind=cause.kind,
        page=page,
        gold_boxes=_boxes(cause.gold, page, cause.kind),
        predicted_boxes=_boxes(cause.predicted, page, cause.kind),
        gold_text=gold_text,
        predicted_text=predicted_text,
        record=first.record if first else None,
        field_name=first.field if first else None,
        fields=dict(case.fields),
        note=cause.note,
    )


def _page(cause: Cause) -> int | None:
    if cause.fault is not None:
        return cause.fault.page
    places = (*cause.gold, *cause.predicted)
    return places[0].page if places else None


def _boxes(places: tuple[Placed, ...], page: int | None, kind: ErrorKind) -> tuple[BBox, ...]:
    """Return the boxes to draw: tables whole, torn rows one by one, otherwise cells."""
    groups: dict[object, list[BBox]] = {}
    for place in places:
        if place.page == page:
            key: object = None if kind in WHOLE_TABLES else place.box
            if kind == ErrorKind.TORN_ROW and place.cell:
                key = place.cell.row
            groups.setdefault(key, []).append(place.box)
    boxes = [union(group) for group in groups.values()]
    return (union(boxes),) if len(boxes) > MOST_BOXES else tuple(boxes)


def _texts(cause: Cause, first: Difference | None) -> tuple[str | None, str | None]:
    """Return what is true and what was said: cells for errors of tables and reading, else the value."""
    by_cell = cause.fault is not None or cause.kind == ErrorKind.MISREAD or first is None
    if by_cell and cause.kind != ErrorKind.WRONG_JOIN:
        return _joined(cause.gold), _joined(cause.predicted)
    if first is None:
        return None, None
    gold, said = (None if text is None else canonical(text) for text in (first.gold, first.predicted))
    return gold, said


def _joined(places: tuple[Placed, ...]) -> str | None:
    """Return texts as they are compared; how a page is spaced, or how wide its brackets, is no error."""
    return " | ".join(canonical(place.text) for place in places) if places else None
