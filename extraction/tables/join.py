"""Joining: page tables that continue each other become one logical table, mended at every break."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np

from yusuan.extraction.document import Cell, Document, Fragment, Line, Page, PageTable, Table
from yusuan.extraction.numerals import canonical
from yusuan.extraction.tables.contents import same_text
from yusuan.extraction.tables.fragment_columns import to_columns, union_columns
from yusuan.extraction.tables.headers import header_row_count, lane_rows, section_header_rows, title_row_count
from yusuan.extraction.tables.links import Link, Placed, link_of
from yusuan.extraction.tables.mend import mend_break, rejoin_wrapped_rows
from yusuan.extraction.tables.sheet import Sheet, cut_rows, row_starts, stack, written
from yusuan.extraction.tables.shifted import column_profile, put_back_shifted_rows
from yusuan.extraction.tables.spans import spanning_columns

_OVERLAP = 0.5  # of the narrower table's width: a table continues what stands in the same part of the page
_CONTEXT = 0.5  # of the columns at most are written in a row that only repeats whose rows follow

# What a fragment continues is told by the first one and by so many before it; whether a break tore a row, by
# so many rows before it. Without these bounds, the cost of a table grew with the square of its pages.
_FRAGMENTS_BACK, _ROWS_BACK = 24, 200

Chain = list[tuple[Placed, Link]]
# Column and text of each written cell of a row.
_Words = list[tuple[int, str]]


def join_tables(document: Document) -> Document:
    """Return the document with `tables`: its page tables, those that continue each other joined and mended.

    Tables are numbered `t1`, `t2`, … in reading order. Header cells are marked; repeated headers, titles in
    the grid of later fragments and lane rows (栏次) are left out. What a break tore is rejoined, with a
    repair that names its other part. Kind, title, unit and organization are left to later stages.
    """
    known = {canonical(cell.text) for page in document.pages for table in page.tables for cell in table.cells}
    chains = [_joined(chain, known) for chain in _chains(document)]
    tables = (table.model_copy(update={"id": f"t{number}"}) for number, table in enumerate(chains, start=1))
    return document.model_copy(update={"tables": tuple(tables)})


def reading_order(tables: Sequence[PageTable]) -> list[PageTable]:
    """Return tables from top to bottom; those side by side from left to right."""
    bands: list[list[PageTable]] = []
    for table in sorted(tables, key=lambda table: table.bbox[1]):
        if bands and (
            _middle(table) < max(other.bbox[3] for other in bands[-1])
            or table.bbox[1] < min(map(_middle, bands[-1]))
        ):
            bands[-1].append(table)
        else:
            bands.append([table])
    return [table for band in bands for table in sorted(band, key=lambda table: table.bbox[0])]


def place_tables(page: Page) -> list[Placed]:
    """Return the tables of a page in reading order, each with the lines above and below it.

    A line belongs to the space between the tables that stand over and under it in the same part of the page.
    """
    tables = reading_order(page.tables)
    return [Placed(page, table, _lines_above(page, table), _lines_below(page, table)) for table in tables]


def _lines_above(page: Page, table: PageTable) -> tuple[Line, ...]:
    floor = max((_middle(other) for other in page.tables if _stands_over(other, table)), default=-inf)
    return _lines_between(page, floor, _middle(table), table)


def _lines_below(page: Page, table: PageTable) -> tuple[Line, ...]:
    ceiling = min((_middle(other) for other in page.tables if _stands_over(table, other)), default=inf)
    return _lines_between(page, _middle(table), ceiling, table)


def _lines_between(page: Page, top: float, bottom: float, table: PageTable) -> tuple[Line, ...]:
    """Return the lines between two heights that stand over or under `table`.

    Lines are text outside tables, so that one that reaches into the table's box on a skewed page is
    above the table or below it all the same.
    """
    alone = not any(_stands_beside(other, table) for other in page.tables)
    lines = []
    for line in page.lines:
        centre = (line.bbox[1] + line.bbox[3]) / 2
        clear = not table.bbox[1] < centre < table.bbox[3]
        across = line.bbox[0] < table.bbox[2] and line.bbox[2] > table.bbox[0]
        if top <= centre <= bottom and (across or (alone and clear)):
            lines.append(line)
    return tuple(sorted(lines, key=lambda line: (line.bbox[1], line.bbox[0])))


def _middle(table: PageTable) -> float:
    return (table.bbox[1] + table.bbox[3]) / 2


def _overlap(first: PageTable, second: PageTable, scale: float = 1.0) -> float:
    """Return the common width of two tables by the narrower's; `scale` multiplies the second's pixels."""
    left = max(first.bbox[0], scale * second.bbox[0])
    right = min(first.bbox[2], scale * second.bbox[2])
    narrow = min(first.bbox[2] - first.bbox[0], scale * (second.bbox[2] - second.bbox[0]))
    return max(right - left, 0.0) / narrow if narrow > 0 else 0.0


def _stands_over(upper: PageTable, lower: PageTable) -> bool:
    return upper is not lower and _overlap(upper, lower) > 0 and _middle(upper) < _middle(lower)


def _stands_beside(other: PageTable, table: PageTable) -> bool:
    return other is not table and _overlap(other, table) == 0


def _chains(document: Document) -> list[Chain]:
    """Return the page tables in reading order, gathered into chains of fragments of one logical table."""
    chains: list[Chain] = []
    pages = sorted(document.pages, key=lambda page: page.number)
    by_number = {page.number: page for page in pages}
    open_chains: list[Chain] = []
    for page in pages:
        if not page.tables:
            continue
        foot: list[Chain] = []
        for placed in place_tables(page):
            found = None
            if not any(_stands_over(other, placed.table) for other in page.tables):
                found = _continued(open_chains, placed, by_number)
            if found is None:
                chain = [(placed, Link("first", 0, False))]
                chains.append(chain)
            else:
                chain, link = found
                open_chains = [other for other in open_chains if other is not chain]
                chain.append((placed, link))
            if not any(_stands_over(placed.table, other) for other in page.tables):
                foot.append(chain)
        open_chains = foot
    return chains


def _continued(
    open_chains: Sequence[Chain], placed: Placed, pages: dict[int, Page]
) -> tuple[Chain, Link] | None:
    """Return the chain, of those that reach the foot of the page before, that `placed` continues, and how."""
    candidates = []
    for chain in open_chains:
        last = chain[-1][0]
        scale = last.page.width / placed.page.width if placed.page.width else 1.0
        candidates.append((_overlap(last.table, placed.table, scale), chain))
    for overlap, chain in sorted(candidates, key=lambda item: -item[0]):
        if overlap < _OVERLAP:
            return None
        number = chain[-1][0].page.number
        between = [pages.get(other) for other in range(number + 1, placed.page.number)]
        fragments = [fragment for fragment, _ in (*chain[:1], *chain[1:][-_FRAGMENTS_BACK:])]
        link = link_of(fragments, placed, between)
        if link is not None:
            return chain, link
    return None


def _joined(chain: Chain, known: set[str]) -> Table:
    """Return the logical table of a chain of fragments; its id is not final."""
    tables = [placed.table for placed, _ in chain]
    widths = [placed.page.width for placed, _ in chain]
    scales = [widths[0] / width if width else 1.0 for width in widths]
    places = union_columns(
        tables, scales, [link.repeats_header or not i for i, (_, link) in enumerate(chain)]
    )
    n_cols = max(place[-1] for place in places)
    sheets = [to_columns(table, place, n_cols) for table, place in zip(tables, places, strict=True)]

    top = header_row_count(tables[0])
    sheets[0] = cut_rows(sheets[0], lane_rows(tables[0]))
    for i, (_, link) in enumerate(chain[1:], start=1):
        sheets[i] = cut_rows(sheets[i], range(link.repeated_rows))
    starts = [top, *[0] * (len(sheets) - 1)]
    profile = column_profile(zip(sheets, starts, strict=True))
    for i, table in enumerate(tables):
        if not table.ruled:
            sheets[i] = rejoin_wrapped_rows(sheets[i], starts[i], known)
        sheets[i] = put_back_shifted_rows(sheets[i], starts[i], profile)

    spanning = set[int]().union(*map(spanning_columns, sheets, starts))
    growing = _Growing(sheets[0], top, spanning)
    fragments = [_fragment(tables[0], chain[0][0].page, "first")]
    for sheet, (placed, link) in zip(sheets[1:], chain[1:], strict=True):
        torn = growing.add(sheet, link.repeats_header)
        reason = f"{link.reason}, torn row" if torn else link.reason
        fragments.append(_fragment(placed.table, placed.page, reason))
    whole = growing.whole()
    confidences = [table.confidence for table in tables if table.confidence is not None]
    return Table(
        id="t0",
        fragments=tuple(fragments),
        n_rows=whole.n_rows,
        n_cols=whole.n_cols,
        header_rows=top,
        cells=_marked(whole, top),
        confidence=min(confidences, default=None),
    )


def _fragment(table: PageTable, page: Page, reason: str) -> Fragment:
    return Fragment(page=page.number, table=table.id, reason=reason)


class _Growing:
    """A table that grows by fragments. What lies far enough above the last break is not looked at again."""

    def __init__(self, first: Sheet, top: int, spanning: set[int]) -> None:
        """Begin with the first fragment.

        Args:
            first: of it.
            top: its rows before this one are headers.
            spanning: columns in which cells of the table span rows, whatever the page.
        """
        self._top, self._spanning = top, spanning
        self._tail = first
        self._settled: list[Cell] = []
        self._settled_rows = 0
        # What is written in the first rows under the header, and in the last one that opened a group.
        self._first: list[_Words] = []
        self._opening: _Words = []

    def add(self, sheet: Sheet, repeats_header: bool) -> bool:
        """Put a fragment under the others, mended at the break; say whether it had torn a row."""
        if repeats_header:
            sheet = self._without_context(sheet)
        self._tail, torn = mend_break(self._tail, sheet, self._top_of_tail, self._spanning)
        if self._tail.n_rows > 2 * _ROWS_BACK:
            self._settle()
        return torn

    def whole(self) -> Sheet:
        """Return the table."""
        upper = Sheet(self._settled_rows, self._tail.n_cols, tuple(self._settled))
        return stack(upper, self._tail) if self._settled else self._tail

    @property
    def _top_of_tail(self) -> int:
        return max(0, self._top - self._settled_rows)

    def _settle(self) -> None:
        """Put the rows away that no break can touch any more, and no cell that goes on below."""
        crossed = np.zeros(self._tail.n_rows + 1, int)
        for cell in self._tail.cells:
            crossed[cell.row + 1] += 1
            crossed[cell.row + cell.rowspan] -= 1
        free = np.flatnonzero(crossed.cumsum()[: self._tail.n_rows - _ROWS_BACK + 1] == 0)
        if not len(free) or free[-1] <= self._top_of_tail:
            return
        rows = int(free[-1])
        words = [_row_words(cells) for cells in row_starts(self._tail)[self._top_of_tail : rows]]
        self._first = self._first or words
        self._opening = _last_opening(words, self._opening)
        upper = tuple(cell for cell in self._tail.cells if cell.row < rows)
        self._settled += stack(Sheet(self._settled_rows, 0, ()), Sheet(rows, 0, upper)).cells
        self._settled_rows += rows
        self._tail = cut_rows(self._tail, range(rows))

    def _without_context(self, sheet: Sheet) -> Sheet:
        """Return the sheet without the rows under its repeated header that only repeat whose rows follow.

        Such a row (`201-平武县人民政府办公室 | 97.20`) is printed on every page; it equals the rows at the
        start of the table, or the last row before that opened a group: written in the first column and few
        more.
        """
        words_of_tail = [_row_words(cells) for cells in row_starts(self._tail)[self._top_of_tail :]]
        earlier = self._first or words_of_tail
        opening = _last_opening(words_of_tail, self._opening)
        group = [opening] if len(opening) <= _CONTEXT * sheet.n_cols else []
        repeated = 0
        for row, cells in enumerate(row_starts(sheet)):
            words = _row_words(cells)
            if not words or not any(_same_words(words, other) for other in (*earlier[row : row + 1], *group)):
                break
            repeated += 1
        return cut_rows(sheet, range(repeated))


def _last_opening(rows: Sequence[_Words], otherwise: _Words) -> _Words:
    """Return what is written in the last of some rows that is written in the first column."""
    return next((words for words in reversed(rows) if words and words[0][0] == 0), otherwise)


def _row_words(cells: Sequence[Cell]) -> _Words:
    return [(cell.col, canonical(cell.text)) for cell in written(cells)]


def _same_words(first: _Words, second: _Words) -> bool:
    return [col for col, _ in first] == [col for col, _ in second] and all(
        same_text(a, b) for (_, a), (_, b) in zip(first, second, strict=True)
    )


def _marked(sheet: Sheet, top: int) -> tuple[Cell, ...]:
    """Return the cells in reading order, those of header rows marked; a label that spans its body is none."""
    headers = set(range(title_row_count(sheet))) | set(section_header_rows(sheet)) | set(range(top))
    cells = sorted(sheet.cells, key=lambda cell: (cell.row, cell.col))
    return tuple(
        cell.model_copy(update={"header": set(range(cell.row, cell.row + cell.rowspan)) <= headers})
        for cell in cells
    )
