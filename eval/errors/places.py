"""Where things of a gold document stand in a prediction: one frame for both, and what lies where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import linear_sum_assignment

from yusuan.eval.metrics.grids import frame_change, is_read
from yusuan.extraction.document import BBox, Cell, Document, Page, PageTable, Provenance
from yusuan.extraction.geometry import apply_matrix, area, overlap, points_to_bbox, union

# Share of the smaller of two boxes that must lie in the other for both to be the same place.
SAME_PLACE = 0.5
# Share of a box that must lie in another to be a part of it. Grids of bent pages differ by some pixels.
PART = 0.6
# Tables that share less of what they cover together are different tables.
SAME_TABLE = 0.3

Address = tuple[int, str, int, int]


@dataclass(frozen=True)
class Placed:
    """A cell of a page table, or a line of text outside of tables (`table` and `cell` are None).

    Attributes:
        text: as printed or as read, before any repair.
        own_box: in pixels of its own document's page.
        box: in pixels of the predicted upright page.
    """

    page: int
    table: str | None
    cell: Cell | None
    text: str
    own_box: BBox
    box: BBox

    @property
    def address(self) -> Address:
        """Page, table, row and column; a line stands in no table, at its pixels."""
        if self.table is None or self.cell is None:
            return self.page, "", round(self.own_box[1]), round(self.own_box[0])
        return self.page, self.table, self.cell.row, self.cell.col


def is_same_place(a: BBox, b: BBox) -> bool:
    """Return whether boxes share at least half of the smaller one."""
    return overlap(a, b) >= SAME_PLACE * max(1.0, min(area(a), area(b)))


class PagePair:
    """One page of a gold document and the same page of a prediction, all boxes in the predicted frame.

    Attributes:
        gold, predicted: cells of all tables, then lines.
        gold_tables, predicted_tables: (table, its box in the predicted frame).
        matched: id of a gold table → id of the predicted table in its place.
        shared: `(G, P)` square pixels that gold cell g and predicted cell p share; lines are left out.
    """

    def __init__(self, gold: Page, predicted: Page) -> None:
        self.number = gold.number
        self.matrix = frame_change(gold, predicted)
        self.gold_cells = list(self._cells(gold.tables, self.matrix))
        self.predicted_cells = list(self._cells(predicted.tables, np.eye(3)))
        self.gold_tables = _with_boxes(gold.tables, self.gold_cells)
        self.predicted_tables = _with_boxes(predicted.tables, self.predicted_cells)
        self.gold_lines = [
            Placed(gold.number, None, None, line.text, line.bbox, self._moved(line.bbox))
            for line in gold.lines
        ]
        self.predicted_lines = [
            Placed(gold.number, None, None, line.text, line.bbox, line.bbox) for line in predicted.lines
        ]
        self.matched = self._match_tables()
        self.shared = shared_areas(
            [place.box for place in self.gold_cells], [place.box for place in self.predicted_cells]
        )

    def _moved(self, box: BBox) -> BBox:
        x0, y0, x1, y1 = box
        corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
        return points_to_bbox(apply_matrix(self.matrix, corners))

    def _cells(self, tables: Iterable[PageTable], matrix: np.ndarray) -> Iterator[Placed]:
        for table in tables:
            for cell in table.cells:
                # A skewed cell fills its quad, not the box around it.
                box = points_to_bbox(_straightened(apply_matrix(matrix, np.array(cell.quad))))
                yield Placed(self.number, table.id, cell, cell.raw_text or cell.text, cell.bbox, box)

    def _match_tables(self) -> dict[str, str]:
        left, right = self.gold_tables, self.predicted_tables
        if not left or not right:
            return {}
        shared = shared_areas([box for _, box in left], [box for _, box in right])
        sizes = np.add.outer([area(box) for _, box in left], [area(box) for _, box in right])
        iou = shared / np.maximum(sizes - shared, 1e-9)
        rows, columns = linear_sum_assignment(iou, maximize=True)
        return {
            left[i][0].id: right[j][0].id
            for i, j in zip(rows, columns, strict=True)
            if iou[i, j] >= SAME_TABLE
        }

    def counterpart(self, place: Placed) -> Placed | None:
        """Return the predicted cell in the place of a gold cell, or None."""
        found = self._best[0].get(place.address)
        return None if found is None else self.predicted_cells[found]

    def gold_counterpart(self, place: Placed) -> Placed | None:
        """Return the gold cell in the place of a predicted cell, or None."""
        found = self._best[1].get(place.address)
        return None if found is None else self.gold_cells[found]

    @cached_property
    def _best(self) -> tuple[dict[Address, int], dict[Address, int]]:
        """Address of each gold cell → the predicted cell that fits best in its place, and the other way."""
        if not self.gold_cells or not self.predicted_cells:
            return {}, {}
        left = np.array([[area(place.box)] for place in self.gold_cells])
        right = np.array([area(place.box) for place in self.predicted_cells])
        same = self.shared >= SAME_PLACE * np.maximum(1.0, np.minimum(left, right))
        iou = np.where(same, self.shared / np.maximum(left + right - self.shared, 1e-9), -1.0)
        best = iou.argmax(axis=1), iou.argmax(axis=0)
        return (
            {p.address: int(best[0][k]) for k, p in enumerate(self.gold_cells) if same[k, best[0][k]]},
            {p.address: int(best[1][k]) for k, p in enumerate(self.predicted_cells) if same[best[1][k], k]},
        )

    def lines_in(self, box: BBox) -> list[Placed]:
        """Return the predicted lines of text in a box, from left to right."""
        inside = [line for line in self.predicted_lines if is_same_place(line.box, box)]
        return sorted(inside, key=lambda line: line.box[0])


def _with_boxes(tables: Sequence[PageTable], cells: Sequence[Placed]) -> list[tuple[PageTable, BBox]]:
    """Return tables with the boxes around their cells; one without cells is at no place."""
    boxes: dict[str | None, list[BBox]] = {}
    for place in cells:
        boxes.setdefault(place.table, []).append(place.box)
    return [(table, union(boxes[table.id])) for table in tables if table.id in boxes]


def _straightened(quad: np.ndarray) -> np.ndarray:
    """Return two corners `(2, 2)` of the level box whose sides are the middles of a quad's sides."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    xs = sorted([(ax + dx) / 2, (bx + cx) / 2])
    ys = sorted([(ay + by) / 2, (cy + dy) / 2])
    return np.array([[xs[0], ys[0]], [xs[1], ys[1]]])


def _iou(a: BBox, b: BBox) -> float:
    shared = overlap(a, b)
    return shared / max(area(a) + area(b) - shared, 1e-9)


def shared_areas(left: Sequence[BBox], right: Sequence[BBox]) -> np.ndarray:
    """Return the `(L, R)` areas in square pixels that boxes share."""
    a, b = (np.array(boxes, float).reshape(-1, 4) for boxes in (left, right))
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(axis=2))


class DocumentPair:
    """A gold document beside its prediction."""

    def __init__(self, predicted: Document, gold: Document) -> None:
        self.predicted = predicted
        self.gold = gold
        read = {page.number: page for page in predicted.pages if is_read(page)}
        self.pages = {
            page.number: PagePair(page, read[page.number]) for page in gold.pages if page.number in read
        }

    def gold_places(self, provenances: Iterable[Provenance]) -> list[Placed]:
        """Return the gold cells or lines that boxes of gold pages lie on."""
        return [place for p in provenances if (place := self.gold_at(p.page, p.bbox))]

    def predicted_places(self, provenances: Iterable[Provenance]) -> list[Placed]:
        """Return the predicted cells or lines that boxes of predicted pages lie on."""
        return [place for p in provenances if (place := self.predicted_at(p.page, p.bbox))]

    def gold_at(self, page: int, box: BBox) -> Placed | None:
        """Return what stands at a box of a gold page, in pixels of that page."""
        pair = self.pages.get(page)
        return _standing(box, [*pair.gold_cells, *pair.gold_lines]) if pair else None

    def predicted_at(self, page: int, box: BBox) -> Placed | None:
        """Return what was read at a box of a predicted page."""
        pair = self.pages.get(page)
        return _standing(box, [*pair.predicted_cells, *pair.predicted_lines]) if pair else None

    def gold_text(self, place: Placed) -> str:
        """Return what a gold cell says after repair: of a cell torn by a page break, both parts."""
        cell = self._gold_by_box.get((place.page, place.own_box))
        return cell.text if cell else place.text

    @cached_property
    def logical(self) -> dict[str, tuple[Cell, ...]]:
        """Id of a predicted logical table → its cells."""
        return {table.id: table.cells for table in self.predicted.tables}

    @cached_property
    def by_box(self) -> dict[tuple[int, BBox], Cell]:
        """(page, box) → the predicted logical cell that stands there, repairs and all."""
        return _by_box(self.predicted)

    @cached_property
    def _gold_by_box(self) -> dict[tuple[int, BBox], Cell]:
        return _by_box(self.gold)


def _by_box(document: Document) -> dict[tuple[int, BBox], Cell]:
    return {(cell.page, cell.bbox): cell for table in document.tables for cell in table.cells}


def _standing(box: BBox, places: Sequence[Placed]) -> Placed | None:
    fitting = [place for place in places if is_same_place(box, place.own_box)]
    return max(fitting, key=lambda place: _iou(box, place.own_box), default=None)
