"""Joining: page tables that continue each other become one logical table, mended at every break."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from yusuan.extraction.document import Cell, Document, Fragment, Line, Page, PageTable, Table
from yusuan.extraction.numerals import canonical
from yusuan.extraction.tables.contents import same_text
from yusuan.extraction.tables.fragment_columns import to_columns, union_columns
from yusuan.extraction.tables.headers import header_row_count, lane_rows, section_header_rows, title_row_count
from yusuan.extraction.tables.links import Link, Placed, link_of
from yusuan.extraction.tables.mend import mend_break, rejoin_wrapped_rows
from yusuan.extraction.tables.sheet import Sheet, cut_rows, row_starts, written
from yusuan.extraction.tables.shifted import column_profile, put_back_shifted_rows
from yusuan.extraction.tables.spans import spanning_columns

_OVERLAP = 0.5  # of the narrower table's width: a table continues what stands in the same part of the page
_CONTEXT = 0.5  # of the columns at most are written in a row that only repeats whose rows follow

Chain = list[tuple[Placed, Link]]


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
        link = link_of([fragment for fragment, _ in chain], placed, between)
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
    whole = sheets[0]
    fragments = [_fragment(tables[0], chain[0][0].page, "first")]
    for sheet, (placed, link) in zip(sheets[1:], chain[1:], strict=True):
        sheet = _without_context(whole, sheet, top) if link.repeats_header else sheet
        whole, torn = mend_break(whole, sheet, top, spanning)
        reason = f"{link.reason}, torn row" if torn else link.reason
        fragments.append(_fragment(placed.table, placed.page, reason))
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


def _without_context(whole: Sheet, sheet: Sheet, top: int) -> Sheet:
    """Return the sheet without the rows under its repeated header that only repeat whose rows follow.

    Such a row (`201-平武县人民政府办公室 | 97.20`) is printed on every page; it equals the rows at the start
    of the table, or the last row before that opened a group: written in the first column and few more.
    """
    earlier = [_row_words(cells) for cells in row_starts(whole)[top:]]
    opening = next((words for words in reversed(earlier) if words and words[0][0] == 0), [])
    group = [opening] if len(opening) <= _CONTEXT * sheet.n_cols else []
    repeated = 0
    for row, cells in enumerate(row_starts(sheet)):
        words = _row_words(cells)
        if not words or not any(_same_words(words, other) for other in (*earlier[row : row + 1], *group)):
            break
        repeated += 1
    return cut_rows(sheet, range(repeated))


def _row_words(cells: Sequence[Cell]) -> list[tuple[int, str]]:
    return [(cell.col, canonical(cell.text)) for cell in written(cells)]


def _same_words(first: Sequence[tuple[int, str]], second: Sequence[tuple[int, str]]) -> bool:
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
