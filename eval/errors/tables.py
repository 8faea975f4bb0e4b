"""What went wrong with the tables themselves: the causes of many a wrong value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from yusuan.eval.errors.kinds import ErrorKind
from yusuan.eval.errors.places import PART, DocumentPair, PagePair, Placed, is_same_place
from yusuan.extraction.document import BBox, Cell, Document, Table
from yusuan.extraction.geometry import area, union

Axis = Literal["row", "col"]
_WORD = {"row": "row", "col": "column"}


@dataclass(frozen=True)
class Fault:
    """Something wrong with a table on a page, and the cells whose values it can explain.

    Attributes:
        gold, predicted: the cells concerned.
        note: what happened.
    """

    kind: ErrorKind
    page: int
    gold: tuple[Placed, ...]
    predicted: tuple[Placed, ...]
    note: str


def table_faults(pair: DocumentPair) -> list[Fault]:
    """Return what is wrong with tables, rows, spans and joins; causes before symptoms."""
    faults: list[Fault] = []
    for page in pair.pages.values():
        faults += _lost_and_false_tables(page)
        for gold_id, predicted_id in page.matched.items():
            faults += _grid_faults(_Overlap(page, gold_id, predicted_id))
    return [*faults, *_join_faults(pair)]


def _lost_and_false_tables(page: PagePair) -> Iterator[Fault]:
    for table, box in page.gold_tables:
        if table.id not in page.matched:
            cells = tuple(place for place in page.gold_cells if place.table == table.id)
            over = [found for found, other in page.predicted_tables if is_same_place(box, other)]
            note = "run together with another table" if over else "not found"
            yield Fault(ErrorKind.LOST_TABLE, page.number, cells, (), note)
    for table, box in page.predicted_tables:
        if table.id not in page.matched.values():
            cells = tuple(place for place in page.predicted_cells if place.table == table.id)
            over = [found for found, other in page.gold_tables if is_same_place(box, other)]
            note = "a part of a table, found as a table of its own" if over else "there is no table"
            yield Fault(ErrorKind.FALSE_TABLE, page.number, (), cells, note)


class _Overlap:
    """A gold table and the predicted one in its place: cells, and how much of each lies in the other."""

    def __init__(self, page: PagePair, gold_id: str, predicted_id: str) -> None:
        self.page = page.number
        left = [k for k, place in enumerate(page.gold_cells) if place.table == gold_id]
        right = [k for k, place in enumerate(page.predicted_cells) if place.table == predicted_id]
        self.gold = [page.gold_cells[k] for k in left]
        self.predicted = [page.predicted_cells[k] for k in right]
        shared = page.shared[np.ix_(left, right)]
        self.gold_inside = shared / np.maximum([[area(place.box)] for place in self.gold], 1.0)
        self.predicted_inside = shared / np.maximum([area(place.box) for place in self.predicted], 1.0)


def _grid_faults(tables: _Overlap) -> Iterator[Fault]:
    told_gold: set[int] = set()
    told_predicted: set[int] = set()
    lost = _uncovered(tables)
    if lost:
        yield Fault(
            ErrorKind.LOST_TABLE,
            tables.page,
            tuple(tables.gold[g] for g in lost),
            (),
            "a part of it was not found",
        )
        told_gold |= set(lost)
    axes: dict[Axis, ErrorKind] = {"row": ErrorKind.TORN_ROW, "col": ErrorKind.LOST_SPAN}
    for axis, kind in axes.items():
        for gold_cells, predicted_cells, note in _line_faults(tables, axis):
            yield Fault(
                kind,
                tables.page,
                tuple(tables.gold[g] for g in gold_cells),
                tuple(tables.predicted[p] for p in predicted_cells),
                note,
            )
            told_gold |= set(gold_cells)
            told_predicted |= set(predicted_cells)
    for gold_cells, predicted_cells, note in _span_faults(tables):
        # What a torn row did to the cells in it is told.
        if not (set(gold_cells) <= told_gold or set(predicted_cells) <= told_predicted):
            yield Fault(
                ErrorKind.LOST_SPAN,
                tables.page,
                tuple(tables.gold[g] for g in gold_cells),
                tuple(tables.predicted[p] for p in predicted_cells),
                note,
            )


def _uncovered(tables: _Overlap) -> list[int]:
    """Return the gold cells of which most lies in no predicted cell."""
    return [g for g, shares in enumerate(tables.gold_inside) if shares.sum() < 1 - PART]


def _line_faults(tables: _Overlap, axis: Axis) -> Iterator[tuple[list[int], list[int], str]]:
    """Yield rows (or columns) that became several, and several that became one.

    Each cell that covers a single row votes for the row of the other table that its centre lies in. Cells are
    compared where they stand, so that bent pages need no straight rows. Two rows with one and the same answer
    are parts of it.
    """
    word = _WORD[axis]
    for parts, whole, told in (
        (tables.predicted, tables.gold, "one {word} became {n}"),
        (tables.gold, tables.predicted, "{n} {word}s became one"),
    ):
        from_gold = parts is tables.gold
        votes: dict[int, Counter[int]] = {}
        for part in parts:
            if part.cell is None or _extent(part.cell, axis) > 1:
                continue
            target = _containing(part.box, whole)
            if target is not None and target.cell is not None and _extent(target.cell, axis) == 1:
                answer = getattr(target.cell, axis)
                votes.setdefault(getattr(part.cell, axis), Counter())[answer] += 1
        answers: dict[int, list[int]] = {}
        for line, counts in votes.items():
            answers.setdefault(counts.most_common(1)[0][0], []).append(line)
        for answer, lines in sorted(answers.items()):
            if len(lines) > 1:
                in_parts = _cells_of(parts, lines, axis)
                in_whole = _cells_of(whole, [answer], axis)
                note = told.format(word=word, n=len(lines))
                yield (in_parts, in_whole, note) if from_gold else (in_whole, in_parts, note)


def _containing(box: BBox, places: Sequence[Placed]) -> Placed | None:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    for place in places:
        x0, y0, x1, y1 = place.box
        if x0 <= x < x1 and y0 <= y < y1:
            return place
    return None


def _extent(cell: Cell, axis: Axis) -> int:
    return cell.rowspan if axis == "row" else cell.colspan


def _cells_of(places: Sequence[Placed], lines: Sequence[int], axis: Axis) -> list[int]:
    """Return the indices of cells that stand in these rows (or columns) and in no other."""
    return [
        k
        for k, place in enumerate(places)
        if place.cell is not None and getattr(place.cell, axis) in lines and _extent(place.cell, axis) == 1
    ]


def _span_faults(tables: _Overlap) -> Iterator[tuple[list[int], list[int], str]]:
    for g in range(len(tables.gold)):
        parts = np.flatnonzero(tables.predicted_inside[g] >= PART).tolist()
        if len(parts) > 1:
            yield [g], parts, f"one cell came apart into {len(parts)}"
    for p in range(len(tables.predicted)):
        parts = np.flatnonzero(tables.gold_inside[:, p] >= PART).tolist()
        if len(parts) > 1:
            yield parts, [p], f"{len(parts)} cells were merged"


def _join_faults(pair: DocumentPair) -> Iterator[Fault]:
    matched = {
        (page.number, gold): (page.number, predicted)
        for page in pair.pages.values()
        for gold, predicted in page.matched.items()
    }
    back = {predicted: gold for gold, predicted in matched.items()}
    home, found_home = _homes(pair.gold), _homes(pair.predicted)
    for table in pair.gold.tables:
        for before, after in _links(table):
            if before in matched and after in matched:
                a, b = matched[before], matched[after]
                if a in found_home and b in found_home and found_home[a] != found_home[b]:
                    yield _join_fault(pair, before, after, "not joined to the table before the page break")
    for table in pair.predicted.tables:
        for before, after in _links(table):
            if before in back and after in back:
                a, b = back[before], back[after]
                if a in home and b in home and home[a] != home[b]:
                    yield _join_fault(pair, a, b, "joined to the table before it, which is another one")


Key = tuple[int, str]


def _links(table: Table) -> list[tuple[Key, Key]]:
    keys = [(fragment.page, fragment.table) for fragment in table.fragments]
    return list(pairwise(keys))


def _homes(document: Document) -> dict[Key, str]:
    return {(f.page, f.table): table.id for table in document.tables for f in table.fragments}


def _join_fault(pair: DocumentPair, before: Key, after: Key, note: str) -> Fault:
    """Return the fault with all that the join decides: the later part, and the last row before it."""
    earlier = [place for place in pair.pages[before[0]].gold_cells if place.table == before[1]]
    last = max(place.cell.row + place.cell.rowspan for place in earlier if place.cell is not None)
    torn = [p for p in earlier if p.cell is not None and p.cell.row + p.cell.rowspan == last]
    later = [place for place in pair.pages[after[0]].gold_cells if place.table == after[1]]
    predicted = [p for place in later if (p := pair.pages[after[0]].counterpart(place))]
    return Fault(ErrorKind.WRONG_JOIN, after[0], (*later, *torn), tuple(predicted), note)


def fault_boxes(places: Sequence[Placed], page: int) -> tuple[BBox, ...]:
    """Return one box around the places on a page; none where there are none."""
    boxes = [place.box for place in places if place.page == page]
    return (union(boxes),) if boxes else ()
