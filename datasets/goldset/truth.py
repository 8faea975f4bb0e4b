"""What must hold within one gold document: grids, places, fields, token labels, written forms.

Every function yields one line for each problem it finds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from yusuan.extraction.document import Cell, Document, PageTable, Provenance, Record, Span, Table
from yusuan.extraction.numerals import canonical, parse_amount, squeeze

# Fields that hold figures without commas; `value` and `quantity` may hold wording too.
AMOUNTS = ("amount", "budget", "budget_local", "budget_upper", "price", "weight", "execution_weight")
NAMES = ("name", "name_raw", "item", "organization", "department", "level1", "level2", "code")
COMMON = ("id", "type", "status", "confidence", "provenance", "checks")
# Read from the table as a whole, or from the cells of another record.
UNPRINTED = ("table", "side", "measure", "level", "row_kind", "project")
# A character has one label: the same words may be the field of another record too.
SAME = {
    "organization": ("name",),
    "name": ("item", "organization", "body"),
    "item": ("body",),
    "code": ("body_code",),
    "budget": ("amount",),
}


def problems_of(document: Document, labels: frozenset[str]) -> Iterator[str]:
    """Yield what is wrong with the truth of one document.

    Args:
        document: the truth.
        labels: all token labels that there are.
    """
    yield from grid_problems(document)
    yield from fragment_problems(document)
    yield from span_problems(document, labels)
    yield from record_problems(document)
    yield from form_problems(document)


def fields_of(record: Record) -> dict[str, str | int | bool]:
    """Return the fields of a record that say something."""
    values = record.model_dump(exclude=set(COMMON))
    return {name: value for name, value in values.items() if value is not None}


def grid_problems(document: Document) -> Iterator[str]:
    """Cells tile their grid, stand on their page, and their box is that of their quad."""
    sizes = {page.number: (page.width, page.height) for page in document.pages}
    tables: list[Table | PageTable] = [*document.tables]
    tables += [table for page in document.pages for table in page.tables]
    for table in tables:
        taken = [place for cell in table.cells for place in _covered(cell)]
        grid = {(row, col) for row in range(table.n_rows) for col in range(table.n_cols)}
        if len(taken) != len(set(taken)):
            yield f"{table.id}: two cells cover one place"
        if set(taken) != grid:
            holes = sorted(grid - set(taken))[:1] or sorted(set(taken) - grid)[:1]
            yield f"{table.id}: the cells do not tile the grid of {table.n_rows}x{table.n_cols} at {holes}"
        for cell in table.cells:
            where = f"{table.id}[{cell.row},{cell.col}]"
            width, height = sizes.get(cell.page, (0, 0))
            x0, y0, x1, y1 = cell.bbox
            if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
                yield f"{where}: the box {cell.bbox} is not on its page of {width}x{height}"
            if cell.bbox != _box_around(cell):
                yield f"{where}: the box is not that of the quad"


def _covered(cell: Cell) -> Iterator[tuple[int, int]]:
    for row in range(cell.row, cell.row + cell.rowspan):
        for col in range(cell.col, cell.col + cell.colspan):
            yield row, col


def _box_around(cell: Cell) -> tuple[float, float, float, float]:
    xs, ys = zip(*cell.quad, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def fragment_problems(document: Document) -> Iterator[str]:
    """Fragments name page tables, each page table is part of one table, and joins follow the pages."""
    printed = {table.id: page.number for page in document.pages for table in page.tables}
    named = [part for table in document.tables for part in table.fragments]
    for part in named:
        if printed.get(part.table) != part.page:
            yield f"the fragment {part.table} is not on page {part.page}"
    ids = [part.table for part in named]
    for lost in sorted(set(printed) - set(ids)):
        yield f"the page table {lost} is part of no table"
    for twice in sorted({each for each in ids if ids.count(each) > 1}):
        yield f"the page table {twice} is part of two tables"
    for table in document.tables:
        pages = [part.page for part in table.fragments]
        if pages != sorted(set(pages)):
            yield f"{table.id}: its fragments do not follow the pages: {pages}"


def span_problems(document: Document, labels: frozenset[str]) -> Iterator[str]:
    """Token labels are known, stand within the text of their cell and share no character."""
    for table in document.tables:
        for cell in table.cells:
            where = f"{table.id}[{cell.row},{cell.col}]"
            end = 0
            for span in sorted(cell.spans, key=lambda span: span.start):
                if span.label not in labels:
                    yield f"{where}: there is no label {span.label!r}"
                if not span.start < span.end <= len(cell.text):
                    yield f"{where}: the label {span.label} stands outside of {cell.text!r}"
                elif not cell.text[span.start : span.end].strip():
                    yield f"{where}: the label {span.label} is over white space"
                if span.start < end:
                    yield f"{where}: two labels share characters of {cell.text!r}"
                end = span.end
            if cell.spans and not cell.text:
                yield f"{where}: a blank cell has labels"


class _Texts:
    """What stands at the places that records name."""

    def __init__(self, document: Document) -> None:
        self.cells = {(t.id, cell.row, cell.col): cell for t in document.tables for cell in t.cells}
        self.parts = {
            (cell.page, cell.bbox): cell.text
            for page in document.pages
            for table in page.tables
            for cell in table.cells
        }
        self.lines = {(page.number, line.bbox): line.text for page in document.pages for line in page.lines}

    def printed(self, place: Provenance) -> str | None:
        """Return what is printed at a place, None where nothing is known to stand there."""
        known = self.lines if place.table is None else self.parts
        return known.get((place.page, place.bbox))

    def cell(self, place: Provenance) -> Cell | None:
        if place.table is None or place.row is None or place.col is None:
            return None
        return self.cells.get((place.table, place.row, place.col))


def record_problems(document: Document) -> Iterator[str]:
    """Fields point at what says them, on the page and in the labels of the cell."""
    texts = _Texts(document)
    seen: set[str] = set()
    for record in document.records:
        if record.id in seen:
            yield f"{record.id}: there are two records of this id"
        seen.add(record.id)
        fields = fields_of(record)
        if not record.provenance:
            yield f"{record.id}: nothing says where this {record.type} is printed"
        for name, places in record.provenance.items():
            where = f"{record.id} ({record.type}.{name})"
            if name not in fields or not places:
                yield f"{where}: a place without a value, or a value without a place"
                continue
            value = fields[name]
            words = {True: "是", False: "否"}[value] if isinstance(value, bool) else str(value)
            yield from _place_problems(where, record.type, name, words, places, texts)


def _place_problems(
    where: str, kind: str, name: str, value: str, places: Sequence[Provenance], texts: _Texts
) -> Iterator[str]:
    said, printed, labelled = "", "", ""
    for place in places:
        stands = texts.printed(place)
        cell = texts.cell(place)
        if stands is None or (place.table is not None and cell is None):
            yield f"{where}: nothing is printed at {place.page} {place.bbox}"
            return
        printed += stands
        said += cell.text if cell and len(places) == 1 else stands
        if cell:
            labelled += "".join(cell.text[span.start : span.end] for span in _speaking(cell, kind, name))
    if name == "name_raw":
        said = printed
    if not _says(said, value) and not _says(labelled, value):
        yield f"{where}: {said!r} does not say {value!r}"
    in_cells = all(place.table for place in places)
    if in_cells and name not in UNPRINTED and name != "name_raw" and not labelled:
        yield f"{where}: no token label of its cell says {value!r}"


def _speaking(cell: Cell, kind: str, name: str) -> list[Span]:
    """Return the labels of a cell that state a field: its own, else those of the same words elsewhere."""
    wanted = {f"{kind}.{name}", f"{kind}.{name}_rest", f"{kind}.{name}_total"}
    if name == "unit" and kind != "indicator":
        wanted = {"unit"}
    own = [span for span in cell.spans if span.label in wanted]
    return own or [span for span in cell.spans if span.label.partition(".")[2] in (name, *SAME.get(name, ()))]


def _says(text: str, value: str) -> bool:
    """Say whether a text states a value: as it stands, or in pieces that the value is made of."""
    return _bare(value) in _bare(text)


def _bare(text: str) -> str:
    return canonical(text).replace(",", "")


def form_problems(document: Document) -> Iterator[str]:
    """Fields are written as the data model says, and writing them so again changes nothing."""
    for record in document.records:
        for name, value in fields_of(record).items():
            if not isinstance(value, str):
                continue
            where = f"{record.id} ({record.type}.{name})"
            if canonical(canonical(value)) != canonical(value):
                yield f"{where}: the canonical form of {value!r} is not stable"
            if not value.strip():
                yield f"{where}: a field that says nothing is null, not blank"
            if name in AMOUNTS and parse_amount(value) != value:
                yield f"{where}: {value!r} is no amount as records write it"
            if name in NAMES and squeeze(value) != value:
                yield f"{where}: white space in {value!r}"
    for table in document.tables:
        for cell in table.cells:
            if canonical(canonical(cell.text)) != canonical(cell.text):
                yield f"{table.id}[{cell.row},{cell.col}]: the canonical form of {cell.text!r} is not stable"
            if cell.text != cell.raw_text and not cell.repairs:
                yield f"{table.id}[{cell.row},{cell.col}]: text and raw text differ and no repair says why"
