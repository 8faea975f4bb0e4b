"""Which slices a record, a table or a page belongs to: by what is true, or by itself where nothing is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from yusuan.eval.gold import GoldDocument
from yusuan.eval.metrics.values import Completion
from yusuan.eval.tags import Tags
from yusuan.eval.tally import EVERYTHING, Cut
from yusuan.extraction.document import Cell, Document, PageTable, Provenance, Record, Table

# Lower ends of buckets, and what each is called.
SKEWS = ((0.0, "below 0.25°"), (0.25, "0.25° to 1°"), (1.0, "1° to 2°"), (2.0, "2° and more"))
RESOLUTIONS = ((0, "below 150 dpi"), (150, "150 to 199 dpi"), (200, "200 dpi and more"))
DIGITAL = "digital"
SCANS = (DIGITAL, "office", "sealed", "bad", "fax", "photo")
# Names of parts that have an order of their own in reports.
BUCKETS = (*SCANS, *(name for _, name in (*SKEWS, *RESOLUTIONS)))


def bucket(value: float, buckets: Sequence[tuple[float, str]]) -> str:
    """Return the name of the bucket in which a value lies: the last one that begins at or below it."""
    return next((name for least, name in reversed(buckets) if value >= least), buckets[0][1])


class Slices:
    """The slices of one gold document."""

    def __init__(self, gold: GoldDocument, tags: Tags) -> None:
        family, scan = gold.family, gold.scan
        self.document: tuple[Cut, ...] = (
            EVERYTHING,
            ("scan", scan),
            ("family", family),
            ("split", tags.split),
            ("family and scan", f"{family}, {scan}"),
            ("document", gold.name),
        )
        self._tags = tags
        self._digital = {page.number for page in gold.document.pages if page.kind == "digital"}

    def of_pages(self, numbers: Iterable[int]) -> tuple[Cut, ...]:
        """Return the slices of a thing on these pages; the worst page decides."""
        pages = sorted(set(numbers))
        if not pages:
            return self.document
        skew = max(abs(self._tags.skew_deg.get(page, 0.0)) for page in pages)
        scanned = [page for page in pages if page not in self._digital]
        dpi = min((self._tags.dpi[page] for page in scanned if page in self._tags.dpi), default=None)
        sealed = any(page in self._tags.seal_pages for page in pages)
        return (
            *self.document,
            ("skew", bucket(skew, SKEWS)),
            ("seal", "seal on the page" if sealed else "no seal"),
            ("dpi", DIGITAL if dpi is None else bucket(dpi, RESOLUTIONS)),
        )


@dataclass(frozen=True)
class _Placed:
    table: Table
    cells: dict[tuple[int, int], Cell]
    merged_above: frozenset[int]

    @property
    def is_joined(self) -> bool:
        return len(self.table.fragments) > 1


class DocumentSlices:
    """The slices of things in one document, gold or predicted, of a gold document's slices."""

    def __init__(self, slices: Slices, document: Document) -> None:
        self._slices = slices
        self._tables = {table.id: _placed(table) for table in document.tables}
        self._several = {
            (fragment.page, fragment.table)
            for table in document.tables
            if len(table.fragments) > 1
            for fragment in table.fragments
        }

    def of_record(self, record: Record) -> tuple[Cut, ...]:
        """Return the slices of a record, by where its fields were read."""
        places = [place for places in record.provenance.values() for place in places]
        cells = [cell for place in places if (cell := self._cell(place))]
        merged = any(cell.rowspan > 1 or cell.colspan > 1 for cell in cells) or any(
            place.col in self._tables[place.table].merged_above
            for place in places
            if place.table in self._tables and place.col is not None
        )
        joined = any(self._tables[p.table].is_joined for p in places if p.table in self._tables)
        clipped = any(_is_completed(cell) for cell in cells) or (
            getattr(record, "name_raw", None) is not None
            and getattr(record, "name", None) != getattr(record, "name_raw", None)
        )
        return (
            *self._slices.of_pages(place.page for place in places),
            ("type", record.type),
            _span_cut(merged),
            _join_cut(joined),
            ("clip", "name printed clipped" if clipped else "name printed whole"),
        )

    def of_table(self, page_number: int, table: PageTable) -> tuple[Cut, ...]:
        """Return the slices of a page table."""
        merged = any(cell.rowspan > 1 or cell.colspan > 1 for cell in table.cells)
        joined = (page_number, table.id) in self._several
        return (*self._slices.of_pages([page_number]), _span_cut(merged), _join_cut(joined))

    def of_completion(self, completion: Completion) -> tuple[Cut, ...]:
        """Return the slices of a completed name."""
        return (
            *self._slices.of_pages([completion.cell.page]),
            _span_cut(completion.cell.rowspan > 1 or completion.cell.colspan > 1),
            _join_cut(len(completion.table.fragments) > 1),
        )

    def of_join(self, pages: Iterable[int]) -> tuple[Cut, ...]:
        """Return the slices of a join between pages."""
        return self._slices.of_pages(pages)

    def _cell(self, place: Provenance) -> Cell | None:
        table = self._tables.get(place.table or "")
        if table is None or place.row is None or place.col is None:
            return None
        return table.cells.get((place.row, place.col))


def _placed(table: Table) -> _Placed:
    cells = {
        (row, col): cell
        for cell in table.cells
        for row in range(cell.row, cell.row + cell.rowspan)
        for col in range(cell.col, cell.col + cell.colspan)
    }
    above = {
        col
        for cell in table.cells
        if cell.row < table.header_rows and cell.colspan > 1
        for col in range(cell.col, cell.col + cell.colspan)
    }
    return _Placed(table, cells, frozenset(above))


def _is_completed(cell: Cell) -> bool:
    return any(repair.kind == "completed" for repair in cell.repairs)


def _span_cut(merged: bool) -> Cut:
    return "span", "in or under a merged cell" if merged else "no merged cell"


def _join_cut(joined: bool) -> Cut:
    return "join", "table over several pages" if joined else "table on one page"
