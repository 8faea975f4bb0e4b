"""Tables as they stand on their pages, made again from logical tables that were repaired or corrected.

Who learns or measures on page images asks what is printed there: the texts of logical tables, but repeated
headings and lane numbers too, a torn cell in its parts, and a clipped name as it is clipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from statistics import median

from yusuan.extraction.document import BBox, Cell, Document, Fragment, Page, PageTable, Table
from yusuan.extraction.exports.printed import Part, parts_of, printed_text
from yusuan.extraction.geometry import area, bbox_to_quad, overlap, union
from yusuan.extraction.numerals import canonical

# Of the smaller of two boxes: so much of it is shared where both are the same thing on the page.
_SAME_PLACE = 0.5

_Row = list[Cell]


@dataclass(frozen=True)
class Stand:
    """What of a logical table stands on one page.

    Attributes:
        own: cells that begin there.
        parts: of cells that began on a page before.
        across: cells from a page before that span rows of this one, without a text here.
    """

    table: Table
    page: Page
    own: tuple[Cell, ...]
    parts: tuple[Part, ...]
    across: tuple[Cell, ...]


def with_page_tables(document: Document) -> Document:
    """Return the document with page tables that say what its logical tables say; each fragment names one.

    Where the grid of a page is as it was read, the page table keeps it, with what logical tables leave out.
    Where people changed it, it is made of the rows of the logical table and of the repeated headings and lane
    numbers above them.
    """
    pages = {page.number: page for page in document.pages}
    stands = {table.id: list(_stands(table, pages)) for table in document.tables}
    on_page: dict[int, list[Stand]] = {page: [] for page in pages}
    for stand in (stand for own in stands.values() for stand in own):
        on_page[stand.page.number].append(stand)
    made = {page: dict(_page_tables(pages[page], here)) for page, here in on_page.items()}
    new_pages = (
        page.model_copy(update={"tables": _in_order(page, made[page.number].values())})
        for page in document.pages
    )
    new_tables = (
        table.model_copy(update={"fragments": tuple(_fragments(table, stands[table.id], made))})
        for table in document.tables
    )
    return document.model_copy(update={"pages": tuple(new_pages), "tables": tuple(new_tables)})


def _stands(table: Table, pages: dict[int, Page]) -> Iterator[Stand]:
    own: dict[int, list[Cell]] = {}
    parts: dict[int, list[Part]] = {}
    for cell in table.cells:
        own.setdefault(cell.page, []).append(cell)
        for part in parts_of(cell):
            parts.setdefault(part.page, []).append(part)
    tall = [cell for cell in table.cells if cell.rowspan > 1]
    for number in sorted({*own, *parts} & set(pages)):
        here = own.get(number, [])
        rows = {cell.row for cell in here}
        torn = {(part.cell.row, part.cell.col) for part in parts.get(number, [])}
        across = (
            cell
            for cell in tall
            if cell.page < number
            and (cell.row, cell.col) not in torn
            and not rows.isdisjoint(range(cell.row, cell.row + cell.rowspan))
        )
        yield Stand(table, pages[number], tuple(here), tuple(parts.get(number, [])), tuple(across))


def _fragments(
    table: Table, stands: Sequence[Stand], made: dict[int, dict[str, PageTable]]
) -> Iterator[Fragment]:
    reasons = {fragment.page: fragment.reason for fragment in table.fragments}
    for number, stand in enumerate(stands):
        page = stand.page.number
        reason = reasons.get(page, "first") if number else "first"
        # Where people joined tables, the beginning of one is none any more.
        reason = "reviewed" if number and reason == "first" else reason
        yield Fragment(page=page, table=made[page][table.id].id, reason=reason)


def _in_order(page: Page, tables: Iterable[PageTable]) -> tuple[PageTable, ...]:
    """Return tables of a page in the order in which they were read, those that are new behind."""
    known = {table.id: place for place, table in enumerate(page.tables)}
    return tuple(sorted(tables, key=lambda table: known.get(table.id, len(known))))


def _page_tables(page: Page, stands: Sequence[Stand]) -> Iterator[tuple[str, PageTable]]:
    """Yield the table on a page of each logical table, with the id of that."""
    read = [_read_table(stand) for stand in stands]
    used = {table.id for table in page.tables}
    free = (name for name in (f"p{page.number}t{number}" for number in count(1)) if name not in used)
    for stand, known in zip(stands, read, strict=True):
        alone = known is not None and sum(other is known for other in read) == 1
        table = _as_read(stand, known) if known is not None and alone else None
        if table is None:
            others = [other for other in stands if other is not stand]
            name = known.id if known is not None and alone else next(free)
            table = _made_anew(name, stand, known, others)
        yield stand.table.id, table


def _read_table(stand: Stand) -> PageTable | None:
    """Return the page table that was read where a logical table stands."""
    names = {fragment.table for fragment in stand.table.fragments if fragment.page == stand.page.number}
    return next((table for table in stand.page.tables if table.id in names), None)


def _as_read(stand: Stand, known: PageTable) -> PageTable | None:
    """Return the page table with the texts of the logical one, None where people changed the grid."""
    at = {cell.bbox: cell for cell in known.cells}
    rows: dict[int, int] = {}
    cols: dict[int, int] = {}
    texts: dict[BBox, tuple[str, bool]] = {}
    for cell in stand.own:
        read = at.get(cell.bbox)
        if read is None or rows.setdefault(cell.row, read.row) != read.row:
            return None
        if cols.setdefault(read.col, cell.col) != cell.col:
            return None
        texts[cell.bbox] = (_as_spaced(printed_text(cell), read.text), cell.header)
    if not _rises(rows) or not _rises(cols):
        return None
    texts |= {part.bbox: (part.text, part.cell.header) for part in stand.parts if part.bbox in at}
    left = [cell for cell in known.cells if cell.bbox not in texts]
    extra = {cell.bbox for row in _extra_rows(known, stand, ()) for cell in row}
    # What else is written there, people took out of the table.
    if any(canonical(cell.text) and cell.bbox not in extra for cell in left):
        return None
    heads = _headings(stand.table)
    cells = (
        _printed(cell, *texts.get(cell.bbox, (cell.text, cell.header or canonical(cell.text) in heads)))
        for cell in known.cells
    )
    return known.model_copy(update={"cells": tuple(cells)})


def _as_spaced(text: str, read: str) -> str:
    """Return a text as it was read where only white space differs: a wrapped code stands on two lines."""
    return read if "".join(text.split()) == "".join(read.split()) else text


def _rises(places: dict[int, int]) -> bool:
    """Return whether what comes later in the one grid comes later in the other."""
    ordered = [places[key] for key in sorted(places)]
    return all(low < high for low, high in pairwise(ordered))


def _headings(table: Table) -> set[str]:
    return {canonical(cell.text) for cell in table.cells if cell.header} - {""}


def _printed(cell: Cell, text: str, header: bool) -> Cell:
    return cell.model_copy(
        update={"text": text, "raw_text": text, "header": header, "spans": (), "repairs": ()}
    )


def _extra_rows(known: PageTable, stand: Stand, others: Sequence[Stand]) -> list[_Row]:
    """Return the rows that are printed and no logical table has: those above its first row of the body.

    Args:
        known: the table as it was read.
        stand: the logical table on its page.
        others: what else stands on that page.
    """
    claimed = _boxes(stand)
    theirs = [box for other in others for box in _boxes(other)]
    body = [cell.bbox for cell in stand.own if not cell.header] + [part.bbox for part in stand.parts]
    if not body:
        return []
    end = min(box[1] for box in body)
    exact = {*claimed, *theirs}
    found: list[_Row] = []
    for cells in _rows(known):
        # A label printed again beside all rows of the page stands in the first of them.
        lows = _lowest([cell for cell in cells if canonical(cell.text)])
        if not lows or _middle(lows[0].bbox) > end:
            continue
        if any(_stands_in(cell.bbox, theirs) for cell in lows):
            found = []  # what stands above another table is not of this one
        elif not any(cell.bbox in exact or _stands_in(cell.bbox, claimed) for cell in lows):
            found.append(cells)
    return found


def _lowest(cells: Sequence[Cell]) -> list[Cell]:
    """Return those of cells that span the fewest rows."""
    least = min((cell.rowspan for cell in cells), default=0)
    return [cell for cell in cells if cell.rowspan == least]


def _boxes(stand: Stand) -> list[BBox]:
    return [*(cell.bbox for cell in stand.own), *(part.bbox for part in stand.parts)]


def _rows(table: PageTable) -> list[_Row]:
    rows: list[_Row] = [[] for _ in range(table.n_rows)]
    for cell in table.cells:
        rows[cell.row].append(cell)
    return rows


def _middle(box: BBox) -> float:
    return (box[1] + box[3]) / 2


def _stands_in(box: BBox, boxes: Sequence[BBox]) -> bool:
    return any(
        overlap(box, other) > _SAME_PLACE * min(area(box), area(other))
        for other in boxes
        if min(area(box), area(other)) > 0
    )


def _made_anew(name: str, stand: Stand, known: PageTable | None, others: Sequence[Stand]) -> PageTable:
    """Return the rows of a logical table on its page, with the extra rows that were read above them."""
    above = _extra_rows(known, stand, others) if known is not None else []
    places = [*stand.own, *(_on_page(part.cell, stand, part.bbox) for part in stand.parts)]
    rows = _rows_in_order(stand, places, above)
    rank = {row: place for place, (row, _) in enumerate(rows)}
    texts = [*(printed_text(cell) for cell in stand.own), *(part.text for part in stand.parts)]
    cells = [_in_rows(cell, rank, text) for cell, text in zip(places, texts, strict=True)]
    taken = {place for cell in cells for place in _covered(cell)}
    heads = _headings(stand.table)
    for number, extra in enumerate(above):
        for cell in extra:
            placed = _in_columns(cell, stand, rank[-1 - number], [top for _, top in rows])
            if taken.isdisjoint(_covered(placed)):
                taken |= set(_covered(placed))
                cells.append(_printed(placed, cell.text, cell.header or canonical(cell.text) in heads))
    blank = (_in_rows(_goes_on(cell, stand), rank, "") for cell in stand.across)
    cells += [cell for cell in blank if taken.isdisjoint(_covered(cell))]
    cells += _holes(cells, len(rows), stand)
    cells.sort(key=lambda cell: (cell.row, cell.col))
    return PageTable(
        id=name,
        bbox=union([cell.bbox for cell in cells]),
        n_rows=len(rows),
        n_cols=stand.table.n_cols,
        ruled=known.ruled if known is not None else True,
        cells=tuple(cells),
    )


def _rows_in_order(stand: Stand, places: Sequence[Cell], above: Sequence[_Row]) -> list[tuple[int, float]]:
    """Return the rows of a page from top to bottom with the heights where they begin.

    Rows of the logical table have their number, the extra ones -1, -2, …
    """
    begin = {cell.row for cell in stand.own}
    begin |= {part.cell.row for part in stand.parts if not _own_rows(stand, part.cell)}
    tops: dict[int, float] = {}
    for cell in places:
        if cell.row in begin:
            tops[cell.row] = min(tops.get(cell.row, cell.bbox[1]), cell.bbox[1])
    rows = sorted(tops.items())
    for number, extra in enumerate(above):
        middle = _middle(_lowest(extra)[0].bbox)
        at = next((place for place, (_, top) in enumerate(rows) if top > middle), len(rows))
        rows.insert(at, (-1 - number, min(cell.bbox[1] for cell in extra)))
    return rows


def _covered(cell: Cell) -> Iterator[tuple[int, int]]:
    for row in range(cell.row, cell.row + cell.rowspan):
        for col in range(cell.col, cell.col + cell.colspan):
            yield row, col


def _on_page(cell: Cell, stand: Stand, box: BBox) -> Cell:
    return cell.model_copy(update={"page": stand.page.number, "bbox": box, "quad": bbox_to_quad(box)})


def _holes(cells: Sequence[Cell], n_rows: int, stand: Stand) -> list[Cell]:
    """Return blank cells for the places of a page table that no cell covers, between their neighbours."""
    taken = {place for cell in cells for place in _covered(cell)}
    x0, y0, x1, y1 = union([cell.bbox for cell in cells])
    lefts, rights = _edges(stand)
    tops = {cell.row: cell.bbox[1] for cell in cells}
    ends = {cell.row + cell.rowspan: cell.bbox[3] for cell in cells}
    found = []
    for row in range(n_rows):
        for col in range(stand.table.n_cols):
            if (row, col) not in taken:
                left = lefts.get(col, rights.get(col, x0))
                top = tops.get(row, ends.get(row, y0))
                right = rights.get(col + 1, lefts.get(col + 1, x1))
                end = ends.get(row + 1, tops.get(row + 1, y1))
                box = (left, top, max(right, left + 1), max(end, top + 1))
                blank = Cell(row=row, col=col, page=stand.page.number, bbox=box, quad=bbox_to_quad(box))
                found.append(blank)
    return found


def _own_rows(stand: Stand, cell: Cell) -> set[int]:
    """Return the rows that begin on the page, of those that a cell covers."""
    return {own.row for own in stand.own} & set(range(cell.row, cell.row + cell.rowspan))


def _in_rows(cell: Cell, rank: dict[int, int], text: str) -> Cell:
    """Return a cell of a logical table in the rows of a page."""
    covered = [rank[row] for row in range(cell.row, cell.row + cell.rowspan) if row in rank]
    place = {"row": covered[0], "rowspan": covered[-1] + 1 - covered[0], "confidence": None}
    return _printed(cell.model_copy(update=place), text, cell.header)


def _goes_on(cell: Cell, stand: Stand) -> Cell:
    """Return the blank rest of a cell that began on a page before: as wide as there, as high as its rows."""
    rows = _own_rows(stand, cell)
    beside = [own.bbox for own in stand.own if own.row in rows]
    lefts, rights = _edges(stand)
    box = (
        lefts.get(cell.col, cell.bbox[0]),
        min(each[1] for each in beside),
        rights.get(cell.col + cell.colspan, cell.bbox[2]),
        max(each[3] for each in beside),
    )
    if box[0] >= box[2]:
        box = (cell.bbox[0], box[1], cell.bbox[2], box[3])
    return _on_page(cell, stand, box)


def _edges(stand: Stand) -> tuple[dict[int, float], dict[int, float]]:
    """Return where columns of a logical table begin and where they end on its page, by column and end."""
    lefts: dict[int, list[float]] = {}
    rights: dict[int, list[float]] = {}
    places = [(cell, cell.bbox) for cell in (*stand.own, *stand.across)]
    for cell, box in (*places, *((part.cell, part.bbox) for part in stand.parts)):
        lefts.setdefault(cell.col, []).append(box[0])
        rights.setdefault(cell.col + cell.colspan, []).append(box[2])
    return (
        {col: median(places) for col, places in lefts.items()},
        {col: median(places) for col, places in rights.items()},
    )


def _in_columns(cell: Cell, stand: Stand, row: int, tops: Sequence[float]) -> Cell:
    """Return a cell that only the page has in the grid of the logical table, by where its sides are.

    Args:
        cell: as it was read.
        stand: the logical table on its page.
        row: in which it begins.
        tops: where the rows of the page begin.
    """
    lefts, rights = _edges(stand)
    col = min(lefts, key=lambda each: abs(lefts[each] - cell.bbox[0]), default=0)
    ends = [end for end in rights if end > col]
    end = min(ends, key=lambda each: abs(rights[each] - cell.bbox[2]), default=col + 1)
    # Half of its last row is above that: no row that begins lower is one of its.
    last = cell.bbox[3] - (cell.bbox[3] - cell.bbox[1]) / (2 * cell.rowspan)
    below = sum(top < last for top in tops[row + 1 :])
    place = {"row": row, "col": col, "rowspan": 1 + below, "colspan": end - col, "confidence": None}
    return cell.model_copy(update=place)
