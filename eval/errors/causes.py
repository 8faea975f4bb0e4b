"""The first cause that the evidence shows for a value that differs: the table, the reading, the meaning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from yusuan.eval.errors.kinds import ErrorKind
from yusuan.eval.errors.places import Address, DocumentPair, Placed, is_same_place
from yusuan.eval.errors.tables import Fault
from yusuan.eval.errors.values import FROM_HEADINGS, Difference
from yusuan.eval.metrics.canonical import canonical_cell
from yusuan.extraction.document import Cell, Provenance, Record, Table

# Fields that are no print of their own → the field that they follow from.
FOLLOWS = {"level": "code", "row_kind": "item", "name_raw": "name"}
# A text as long as this in the wrong cell is no coincidence.
TELLING_LENGTH = 4
# Labels of cells that say what others hold.
HEADINGS = frozenset({"header", "key"})


@dataclass(frozen=True)
class Cause:
    """Why a value differs.

    Attributes:
        kind: of the case.
        address: where it comes from; differences of one kind and address are one case.
        gold, predicted: places of the value, in gold and in the prediction.
        fault: the fault of a table that it comes from, if one.
        note: what happened.
    """

    kind: ErrorKind
    address: Address | str
    gold: tuple[Placed, ...] = ()
    predicted: tuple[Placed, ...] = ()
    fault: Fault | None = None
    note: str = ""


class Explainer:
    """Finds the first cause of a difference by looking at its places in gold and prediction."""

    def __init__(self, pair: DocumentPair, faults: Sequence[Fault]) -> None:
        self.pair = pair
        # The first fault at a cell is its primary one: they come causes first.
        self._gold_faults: dict[Address, Fault] = {}
        self._predicted_faults: dict[Address, Fault] = {}
        self._joins: dict[Address, Fault] = {}
        for fault in faults:
            is_join = fault.kind == ErrorKind.WRONG_JOIN
            for place in fault.gold:
                (self._joins if is_join else self._gold_faults).setdefault(place.address, fault)
            for place in () if is_join else fault.predicted:
                self._predicted_faults.setdefault(place.address, fault)

    def explain(self, difference: Difference) -> Cause:
        """Return the cause of a difference; `WRONG_LABEL` where everything at its places is right."""
        if difference.field is None or difference.gold_record is None:
            return self._explain_record(difference)
        record, field = difference.gold_record, difference.field
        places = self._places(record, field)
        said = self._said_places(difference)
        if cause := self._fault_at(places, said):
            return cause
        for place in places:
            cause = self.misreading(place)
            if cause and not (field in record.provenance and _misread_elsewhere(cause, place, difference)):
                return cause
        return self._meaning(difference, places, said)

    def is_in_fault(self, place: Placed) -> bool:
        """Return whether a fault of its table concerns a gold cell."""
        return place.address in self._gold_faults

    def misreading(self, place: Placed) -> Cause | None:
        """Return why the text at a gold cell or line was not read as printed, or None where it was."""
        page = self.pair.pages[place.page]
        found = page.counterpart(place) if place.table is not None else None
        parts = [found] if found else page.lines_in(place.box)
        read = "".join(part.text for part in parts)
        if place.table is not None and found is None and parts:
            return Cause(ErrorKind.LOST_TABLE, place.address, (place,), tuple(parts), note="read outside")
        if canonical_cell(read) == canonical_cell(place.text):
            return self._spoilt(place, found)
        if place.table is not None and (other := self._swapped_with(place, read)):
            note = "holds the text of another cell" if read else "its text was put into another cell"
            return Cause(ErrorKind.WRONG_CELL, place.address, (place,), (other,), note=note)
        note = "nothing was read" if not read else "" if place.text else "read where nothing is printed"
        return Cause(ErrorKind.MISREAD, place.address, (place,), tuple(parts), note=note)

    def _explain_record(self, difference: Difference) -> Cause:
        """A whole record: the gravest of what happened to its fields."""
        record = difference.gold_record or difference.predicted_record
        assert record is not None
        provenances = [p for name in record.provenance for p in record.provenance[name]]
        said: list[Placed] = []
        if difference.gold_record is not None:
            places = self.pair.gold_places(provenances)
        else:
            said = self.pair.predicted_places(provenances)
            places = [g for s in said if (g := self.pair.pages[s.page].gold_counterpart(s))]
        if cause := self._fault_at(places, said):
            return cause
        order = list(ErrorKind)
        if causes := [cause for place in places if (cause := self.misreading(place))]:
            return min(causes, key=lambda cause: order.index(cause.kind))
        address: Address | str = (
            (*places, *said)[0].address if places or said else f"{record.type} {record.id}"
        )
        if fault := self._join_at(places):
            return Cause(fault.kind, address, tuple(places), tuple(said), fault)
        if cause := self._heading_cause(provenances if difference.gold_record else ()):
            return cause
        note = "no record was made of it" if difference.gold_record else "a record was made of it"
        return Cause(ErrorKind.WRONG_LABEL, address, tuple(places), tuple(said), note=note)

    def _fault_at(self, gold: Sequence[Placed], predicted: Sequence[Placed]) -> Cause | None:
        for places, faults in ((gold, self._gold_faults), (predicted, self._predicted_faults)):
            for place in places:
                if fault := faults.get(place.address):
                    return Cause(fault.kind, place.address, tuple(gold), tuple(predicted), fault)
        return None

    def _join_at(self, places: Iterable[Placed]) -> Fault | None:
        return next((f for place in places if (f := self._joins.get(place.address))), None)

    def _spoilt(self, place: Placed, found: Placed | None) -> Cause | None:
        """A repair that made of a right reading something else than gold has."""
        after = self.pair.by_box.get((place.page, found.own_box)) if found else None
        if found is None or after is None:
            return None
        kinds = [repair.kind for repair in after.repairs if repair.kind != "proposed"]
        # A cell torn by a page break holds both of its parts; its join is judged as a join.
        if not kinds or "joined" in kinds:
            return None
        right = {canonical_cell(self.pair.gold_text(place)), canonical_cell(place.text)}
        if canonical_cell(after.text) in right:
            return None
        note = f"a repair ({kinds[0]}) made a right reading wrong"
        return Cause(ErrorKind.WRONG_CHECK, place.address, (place,), (found,), note=note)

    def _swapped_with(self, place: Placed, read: str) -> Placed | None:
        """Return the predicted cell that took the text of a gold cell, or whose text it took, or None."""
        page = self.pair.pages[place.page]
        own, read = canonical_cell(place.text), canonical_cell(read)
        for other in page.gold_cells:
            if other is place or not _are_neighbours(place, other):
                continue
            found = page.counterpart(other)
            true, there = canonical_cell(other.text), canonical_cell(found.text) if found else ""
            if found is None or there == true:
                continue
            took, gave = bool(read) and read == true, bool(own) and own == there
            if (took and gave) or (took and not there) or (gave and not read):
                return found
            if (took or gave) and len(read if took else own) >= TELLING_LENGTH:
                return found
        return None

    def _meaning(self, difference: Difference, places: list[Placed], said: list[Placed]) -> Cause:
        """All was read as printed: then it was joined, completed, taken or understood wrongly."""
        record, field = difference.gold_record, difference.field
        assert record is not None
        own = self.pair.gold_places(
            p for n, ps in record.provenance.items() if n not in FROM_HEADINGS for p in ps
        )
        anchors = places or own
        address: Address | str = anchors[0].address if anchors else f"{record.type} {record.id} {field}"
        if fault := self._join_at([*places, *(own if field in FROM_HEADINGS or not places else ())]):
            return Cause(fault.kind, address, tuple(anchors[:1]), tuple(said), fault)
        gold, predicted = canonical_cell(difference.gold or ""), canonical_cell(difference.predicted or "")
        is_clipped = any(predicted in text and gold not in text for text in map(_compared, places))
        if predicted and gold != predicted and gold.startswith(predicted) and is_clipped:
            return Cause(ErrorKind.MISSED_COMPLETION, address, tuple(places), tuple(said))
        is_away = not any(s.page == p.page and is_same_place(s.box, p.box) for s in said for p in places)
        if places and is_away and predicted and any(predicted in text for text in map(_compared, said)):
            note = "taken from another cell"
            return Cause(ErrorKind.WRONG_CELL, address, tuple(places), tuple(said), note=note)
        if cause := self._heading_cause(record.provenance.get(field or "", ())):
            return cause
        return Cause(ErrorKind.WRONG_LABEL, f"{address} {field}", tuple(anchors[:1]), tuple(said))

    def _heading_cause(self, provenances: Iterable[Provenance]) -> Cause | None:
        """A heading of these cells that was lost or misread: then they were not known for what they are."""
        for provenance in provenances:
            headings = self._headings(provenance)
            if cause := self._fault_at(headings, ()):
                return cause
            for place in headings:
                if cause := self.misreading(place):
                    return cause
        return None

    def _places(self, record: Record, field: str) -> list[Placed]:
        """Return where gold has a field; where it follows from others, the places of those."""
        if field in record.provenance:
            return self.pair.gold_places(record.provenance[field])
        if field in FOLLOWS:
            return self.pair.gold_places(record.provenance.get(FOLLOWS[field], ()))
        if field == "project":
            return self._project_places(getattr(record, "project", None))
        if field in FROM_HEADINGS:
            anchor = next(
                (p for n in ("amount", *record.provenance) for p in record.provenance.get(n, ())), None
            )
            return self._headings(anchor) if anchor else []
        return []

    def _said_places(self, difference: Difference) -> list[Placed]:
        record = difference.predicted_record
        return self.pair.predicted_places(record.provenance.get(difference.field or "", ())) if record else []

    def _project_places(self, name: str | None) -> list[Placed]:
        for record in self.pair.gold.records:
            if record.type == "project" and name is not None and record.name == name:
                return self.pair.gold_places(record.provenance.get("name", ()))
        return []

    @cached_property
    def _tables(self) -> dict[str, Table]:
        return {table.id: table for table in self.pair.gold.tables}

    def _headings(self, provenance: Provenance) -> list[Placed]:
        """Return what says what a gold cell holds: headings above and before it, and its table's title."""
        table = self._tables.get(provenance.table or "")
        if table is None or provenance.row is None or provenance.col is None:
            return []
        cells = _heading_cells(table, provenance.row, provenance.col)
        places = [place for cell in cells if (place := self.pair.gold_at(cell.page, cell.bbox))]
        page = self.pair.pages.get(table.fragments[0].page) if table.fragments else None
        title = canonical_cell(table.title or "")
        lines = page.gold_lines if page and title else []
        return [*places, *(line for line in lines if line.text and canonical_cell(line.text) in title)]


def _heading_cells(table: Table, row: int, col: int) -> list[Cell]:
    """Return the header cells above a cell, the nearest heading above it and the one before it in its row."""
    headings = [c for c in table.cells if c.header or HEADINGS & {span.label for span in c.spans}]
    above = [c for c in headings if c.col <= col < c.col + c.colspan and c.row + c.rowspan <= row]
    before = [c for c in headings if c.row <= row < c.row + c.rowspan and c.col + c.colspan <= col]
    found = [c for c in above if c.row < table.header_rows]
    found += sorted((c for c in above if c not in found), key=lambda c: c.row)[-1:]
    return found + sorted(before, key=lambda c: c.col)[-1:]


def _compared(place: Placed) -> str:
    return canonical_cell(place.text)


def _misread_elsewhere(cause: Cause, place: Placed, difference: Difference) -> bool:
    """Return whether a wrong reading of a long cell lies outside of the value: in another sentence."""
    if cause.kind != ErrorKind.MISREAD:
        return False
    true, read = canonical_cell(place.text), canonical_cell("".join(part.text for part in cause.predicted))
    gold, said = canonical_cell(difference.gold or ""), canonical_cell(difference.predicted or "")
    return bool(gold) and len(true) > len(gold) and gold in read and said in true


def _are_neighbours(a: Placed, b: Placed) -> bool:
    """Return whether two cells of one table share a row, or stand above each other in adjacent rows."""
    if a.table != b.table or a.cell is None or b.cell is None:
        return False
    above, below = (a.cell, b.cell) if a.cell.row <= b.cell.row else (b.cell, a.cell)
    if above.row + above.rowspan > below.row:
        return True
    share_column = above.col < below.col + below.colspan and below.col < above.col + above.colspan
    return share_column and above.row + above.rowspan == below.row
