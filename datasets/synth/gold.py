"""Placed pages and what their sources say, to a gold document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from yusuan.datasets.synth.blocks import PlacedCell, PlacedPage, PlacedTable, cells_of
from yusuan.datasets.synth.sources import Draft, Place, TableSource
from yusuan.datasets.synth.spans import spans_of
from yusuan.datasets.synth.wrapping import join_lines
from yusuan.extraction.document import (
    Cell,
    Document,
    Evidence,
    Fragment,
    Line,
    Organization,
    Page,
    PageTable,
    Provenance,
    Record,
    Repair,
    Source,
    Table,
)
from yusuan.extraction.errors import UsageError

_RECORDS: TypeAdapter[Record] = TypeAdapter(Record)

Box = tuple[float, float, float, float]
# Points of a page `(N, 2)`, in typographic points, to pixels of its image.
ToPixels = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class PageView:
    """How a placed page became pixels: size in pixels, resolution, and the way of its points."""

    width: int
    height: int
    dpi: float
    to_pixels: ToPixels


@dataclass(frozen=True)
class Spot:
    """A place on a page: its quad and the box around it, pixels."""

    page: int
    bbox: Box
    quad: tuple[tuple[float, float], ...]


def _spot(page: int, box: Box, view: PageView) -> Spot:
    x0, y0, x1, y1 = box
    corners = view.to_pixels(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float64))
    quad = tuple((float(round(x)), float(round(y))) for x, y in corners)
    xs, ys = [point[0] for point in quad], [point[1] for point in quad]
    return Spot(page, (min(xs), min(ys), max(xs), max(ys)), quad)


@dataclass(frozen=True)
class _Standing:
    """A page table with its id, its number of page and how that page became pixels."""

    id: str
    page: int
    placed: PlacedTable
    view: PageView


def _page_cell(cell: PlacedCell, page: int, view: PageView) -> dict[str, Any]:
    spot = _spot(page, cell.bbox, view)
    return {
        "row": cell.row,
        "col": cell.col,
        "rowspan": cell.rowspan,
        "colspan": cell.colspan,
        "text": cell.text,
        "raw_text": cell.text,
        "page": page,
        "bbox": spot.bbox,
        "quad": spot.quad,
        "header": cell.head,
    }


def _as_it_stands(table: PlacedTable) -> tuple[int, int, list[PlacedCell]]:
    """Return rows, columns and cells of a table as its page shows them.

    Of a form of nine columns, a page may show no more than the rows in which four wide cells stand: nobody
    can see nine columns there.
    """
    rows = sorted({edge for cell in table.cells for edge in (cell.row, cell.row + cell.rowspan)})
    cols = sorted({edge for cell in table.cells for edge in (cell.col, cell.col + cell.colspan)})
    row_of, col_of = ({edge: place for place, edge in enumerate(edges)} for edges in (rows, cols))
    cells = [
        replace(
            cell,
            row=row_of[cell.row],
            col=col_of[cell.col],
            rowspan=row_of[cell.row + cell.rowspan] - row_of[cell.row],
            colspan=col_of[cell.col + cell.colspan] - col_of[cell.col],
        )
        for cell in table.cells
    ]
    return len(rows) - 1, len(cols) - 1, cells


class _LogicalTable:
    """A logical table while it is put together: its cells, and where each of them is printed."""

    def __init__(self, number: int, source: TableSource, parts: Sequence[_Standing]) -> None:
        self.id = f"t{number}"
        self.source = source
        self.parts = parts
        n_rows = len(source.block.rows)
        kept = [row for row in range(n_rows) if row not in source.lanes]
        self.row_of = {row: index for index, row in enumerate(kept)}
        self.printed: dict[tuple[int, int], list[tuple[PlacedCell, Spot]]] = {}
        for index, part in enumerate(parts):
            for cell in part.placed.cells:
                again = index > 0 and cell.row < part.placed.repeated
                if not again:
                    spot = _spot(part.page, cell.bbox, part.view)
                    self.printed.setdefault(cell.source, []).append((cell, spot))

    def text_at(self, at: tuple[int, int]) -> str:
        return "".join(cell.text for cell, _ in self.printed[at])

    def spots(self, at: tuple[int, int]) -> list[Spot]:
        """Return where the text of a cell stands: every part that has some."""
        return [spot for cell, spot in self.printed[at] if cell.text]

    def texts(self) -> dict[tuple[int, int], str]:
        """Return what each cell of the logical table says, by its place in the block."""
        return {
            at: self.source.completed.get(at, join_lines(spec.text.split("\n")))
            for at, spec in cells_of(self.source.block).items()
            if at[0] not in self.source.lanes
        }

    def cells(self, evidence: Callable[[str, tuple[str, int, int]], Evidence]) -> list[Cell]:
        cells = []
        spans = spans_of(self.source, self.texts())
        for at, spec in sorted(cells_of(self.source.block).items()):
            if at[0] in self.source.lanes:
                continue
            (first, spot), *others = self.printed[at]
            whole = join_lines(spec.text.split("\n"))
            raw, repairs, text = first.text if others else whole, [], whole
            if raw != whole:
                proof = tuple(
                    Evidence(text=cell.text, page=other.page, bbox=other.bbox)
                    for cell, other in others
                    if cell.text
                )
                repairs.append(Repair(kind="joined", before=raw, after=whole, evidence=proof))
            if at in self.source.completed:
                text = self.source.completed[at]
                found = evidence(text, (self.id, *at))
                repairs.append(Repair(kind="completed", before=whole, after=text, evidence=(found,)))
            cells.append(
                Cell(
                    row=self.row_of[at[0]],
                    col=at[1],
                    rowspan=spec.rowspan,
                    colspan=spec.colspan,
                    text=text,
                    raw_text=raw,
                    page=spot.page,
                    bbox=spot.bbox,
                    quad=spot.quad,  # type: ignore[arg-type]
                    header=at[0] in self.source.block.head,
                    spans=spans.get(at, ()),
                    repairs=tuple(repairs),
                )
            )
        return cells


def _fragments(parts: Sequence[_Standing]) -> tuple[Fragment, ...]:
    reasons = ["first"]
    for part in parts[1:]:
        why = ["torn row"] if part.placed.torn else []
        why.append("repeated header" if part.placed.repeated else "same columns")
        reasons.append(", ".join(why))
    return tuple(
        Fragment(page=part.page, table=part.id, reason=reason)
        for part, reason in zip(parts, reasons, strict=True)
    )


def _line_spots(
    text: str, table: _LogicalTable, pages: Sequence[PlacedPage], views: Sequence[PageView]
) -> list[Spot]:
    """Return the printed line `text` nearest above the first part of the table."""
    part = table.parts[0]
    lines = [
        line
        for line in pages[part.page - 1].lines
        if line.text == text and line.bbox[1] < part.placed.bbox[1]
    ]
    if not lines:
        raise UsageError(f"table {table.id}: the line {text!r} is not printed above it")
    nearest = max(lines, key=lambda line: line.bbox[1])
    return [_spot(part.page, nearest.bbox, views[part.page - 1])]


def _record(
    draft: Draft,
    number: int,
    table: _LogicalTable,
    find_line: Callable[[str, _LogicalTable], list[Spot]],
) -> Record:
    provenance: dict[str, tuple[Provenance, ...]] = {}
    for name, places in draft.places.items():
        found: list[Provenance] = []
        for place in places:
            found.extend(_provenance(place, table, find_line))
        provenance[name] = tuple(found)
    values = {"type": draft.type, "id": f"r{number}", "status": "reviewed", **draft.fields}
    record: Record = _RECORDS.validate_python({**values, "provenance": provenance})
    return record


def _provenance(
    place: Place, table: _LogicalTable, find_line: Callable[[str, _LogicalTable], list[Spot]]
) -> list[Provenance]:
    if isinstance(place, str):
        return [Provenance(page=spot.page, bbox=spot.bbox) for spot in find_line(place, table)]
    row, col = table.row_of[place[0]], place[1]
    return [
        Provenance(page=spot.page, bbox=spot.bbox, table=table.id, row=row, col=col)
        for spot in table.spots(place)
    ]


def assemble(
    about: Mapping[str, Any],
    pages: Sequence[PlacedPage],
    sources: Mapping[str, TableSource],
    views: Sequence[PageView],
    source: Source,
) -> Document:
    """Return the gold document: pages as printed, logical tables, records with provenance.

    Args:
        about: the `[document]` section of the source: organization, fiscal_year, amount_unit.
        pages: as typeset; their points are those that `views` map.
        sources: the tables by the key of their block.
        views: one a page.
        source: the file that is read.

    Raises:
        UsageError: a clipped name is printed whole nowhere in the document, or a line is missing.
    """
    kind = "scanned" if source.kind == "scanned" else "digital"
    standing: list[_Standing] = []
    document_pages = []
    for number, (page, view) in enumerate(zip(pages, views, strict=True), 1):
        placed = sorted(page.tables, key=lambda table: table.bbox[1])
        own = [_Standing(f"p{number}t{k}", number, table, view) for k, table in enumerate(placed, 1)]
        standing.extend(own)
        document_pages.append(_page(number, page, own, view, kind, sources))
    tables: list[_LogicalTable] = []
    for key in dict.fromkeys(part.placed.key for part in standing):
        parts = [part for part in standing if part.placed.key == key]
        tables.append(_LogicalTable(len(tables) + 1, sources[key], parts))

    def evidence(text: str, but: tuple[str, int, int]) -> Evidence:
        for table in tables:
            for at in table.printed:
                if (table.id, *at) != but and text in table.text_at(at) and at not in table.source.completed:
                    spot = table.spots(at)[0]
                    return Evidence(text=text, page=spot.page, bbox=spot.bbox)
        raise UsageError(f"nothing in the document prints {text!r} whole", "a clipped name needs evidence")

    def find_line(text: str, table: _LogicalTable) -> list[Spot]:
        return _line_spots(text, table, pages, views)

    records: list[Record] = []
    for table in tables:
        for draft in table.source.drafts:
            records.append(_record(draft, len(records) + 1, table, find_line))
    return Document(
        source=source,
        organization=Organization(**about["organization"]),
        fiscal_year=about["fiscal_year"],
        amount_unit=about["amount_unit"],
        pages=tuple(document_pages),
        tables=tuple(_table(table, evidence) for table in tables),
        records=tuple(records),
    )


def _page(
    number: int,
    page: PlacedPage,
    tables: Sequence[_Standing],
    view: PageView,
    kind: str,
    sources: Mapping[str, TableSource],
) -> Page:
    lines = [
        Line(text=line.text, bbox=_spot(number, line.bbox, view).bbox, role=line.role)
        for line in sorted(page.lines, key=lambda line: (line.bbox[1], line.bbox[0]))
    ]
    page_tables = []
    for table in tables:
        rules = sources[table.placed.key].block.rules
        n_rows, n_cols, cells = _as_it_stands(table.placed)
        page_tables.append(
            PageTable(
                id=table.id,
                bbox=_spot(number, table.placed.bbox, view).bbox,
                n_rows=n_rows,
                n_cols=n_cols,
                ruled=rules.horizontal or rules.vertical,
                cells=tuple(Cell(**_page_cell(cell, number, view)) for cell in cells),
            )
        )
    return Page(
        number=number,
        width=view.width,
        height=view.height,
        dpi=view.dpi,
        kind=kind,  # type: ignore[arg-type]
        tables=tuple(page_tables),
        lines=tuple(lines),
    )


def _table(table: _LogicalTable, evidence: Callable[[str, tuple[str, int, int]], Evidence]) -> Table:
    source = table.source
    organization = source.organization
    return Table(
        id=table.id,
        kind=source.kind,
        title=source.title,
        unit=source.unit,
        organization=Organization(code=organization[0], name=organization[1]) if organization else None,
        fragments=_fragments(table.parts),
        n_rows=len(table.row_of),
        n_cols=len(source.block.widths),
        header_rows=source.header_rows,
        cells=tuple(table.cells(evidence)),
    )
