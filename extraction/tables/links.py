"""Whether a page table continues the table that ended the page before, and why.

What speaks for it: a repeated header, the same columns, a form that goes on. What forbids it: text between
the two, another title, another header, a form or a numbering that begins anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from yusuan.extraction.document import Cell, Line, Page, PageTable
from yusuan.extraction.numerals import canonical
from yusuan.extraction.tables.contents import (
    content_of,
    contradict,
    heading_parts,
    is_page_number,
    is_total,
    same_text,
    same_title,
)
from yusuan.extraction.tables.fragment_columns import SAME_COLUMNS, shared_columns
from yusuan.extraction.tables.headers import (
    HEADER_WORDS,
    header_row_count,
    is_form,
    is_label_word,
    is_lane_row,
    lane_rows,
    section_header_rows,
    starts_form,
    title_row_count,
)
from yusuan.extraction.tables.sheet import Grid, row_starts, written

_CONTINUED = re.compile(r"\(?(续表?|续上表|接上[表页]|续前[表页])[\d一二三四五六七八九十]*\)?")
_CONTINUED_TITLE = re.compile(r"\(?续表?[\d一二三四五六七八九十]*\)?$")
_UNIT = re.compile(r"\(?(金额)?单位[:：].{0,4}元\)?")
_TABLE_NUMBER = re.compile(r"附?表[一二三四五六七八九十\d]+")
_PART_OF_TITLE = 4  # characters that a line must have to be known as part of a title
_PART_TOTAL = "小计"  # a page can begin with that of a part; a table that began with 合计 does not end there
_NUMBERED = ("序号", "行次", "编号")
_READABLE = 0.5  # confidence below which a line is not text
_SAME_HEADER = 0.8  # of the cells of a header must agree; the others may be misread beyond likeness
_SAME_WORDING = 0.85  # or so much of its glyphs, cell by cell


@dataclass(frozen=True)
class Placed:
    """A page table where it stands: `head` are the lines above it, `tail` the lines below it."""

    page: Page
    table: PageTable
    head: tuple[Line, ...]
    tail: tuple[Line, ...]


@dataclass(frozen=True)
class Link:
    """A table that continues another: why, and how many rows at its top repeat what is there already."""

    reason: str
    repeated_rows: int
    repeats_header: bool


def link_of(chain: Sequence[Placed], placed: Placed, between: Sequence[Page | None]) -> Link | None:
    """Return how `placed` continues the fragments of `chain`, or None where it is a table of its own.

    Args:
        chain: the fragments so far, the last of them at the foot of the page before.
        placed: a table at the head of its page.
        between: the pages between them; None for one that the document does not hold.
    """
    if not _lines_allow(chain, placed) or _begins_anew(chain, placed.table):
        return None
    repeated = _repeated_rows(chain, placed.table)
    if between:
        why = _unread(between)
        return Link(f"repeated header, {why}", repeated, True) if repeated and why else None
    if repeated:
        return Link("repeated header", repeated, True)
    titles = title_row_count(placed.table)
    if titles and not _repeats_grid_titles(chain, placed.table, titles):
        return None
    first, last = chain[0].table, chain[-1].table
    scale = chain[-1].page.width / placed.page.width if placed.page.width else 1.0
    if is_form(first) and _goes_on_as_form(chain, placed.table, scale):
        return Link("form continues", titles, False)
    if header_row_count(placed.table) > titles or is_form(placed.table):
        return None
    if shared_columns(last, placed.table, scale) >= SAME_COLUMNS and _holds_the_same(last, placed.table):
        return Link("continuation without header", titles, False)
    return None


def body_start(table: Grid) -> int:
    """Return the first row after titles, header rows and lane rows."""
    return header_row_count(table) + len(lane_rows(table))


def is_furniture(line: Line) -> bool:
    """Return whether a line belongs to the page, not to its content: header, footer, page number, specks."""
    if line.role == "body" and line.confidence is not None and line.confidence < _READABLE:
        return True  # a seal or a stain: what cannot be read says nothing
    word = canonical(line.text)
    if line.role == "body" and (len(word) == 1 or (len(word) == 2 and word.isascii())):
        return True  # and so few glyphs are mostly that
    return line.role in ("header", "footer") or is_page_number(line.text)


def is_blank_page(page: Page) -> bool:
    """Return whether a page was read and nothing but furniture stands on it."""
    return page.status == "ok" and not page.tables and all(is_furniture(line) for line in page.lines)


def _unread(between: Sequence[Page | None]) -> str | None:
    """Return words for the pages between two fragments if nothing is known to stand on them, else None."""
    reasons = []
    for page in between:
        if page is None:
            reasons.append("a page between not read")
        elif page.status != "ok":
            reasons.append(f"page {page.number} {page.status}")
        elif is_blank_page(page):
            reasons.append(f"page {page.number} blank")
        else:
            return None
    return ", ".join(dict.fromkeys(reasons))


def _lines_allow(chain: Sequence[Placed], placed: Placed) -> bool:
    """Return whether the text between two fragments is only what every page repeats."""
    below = [line for line in chain[-1].tail if not is_furniture(line)]
    # 某局第1页 stands below one page and 某局第2页 below the next.
    repeated_below = [_without_digits(line.text) for line in placed.tail]
    if any(_without_digits(line.text) not in repeated_below for line in below):
        return False
    headings = [line for fragment in chain for line in fragment.head]
    return all(
        is_furniture(line) or _is_repeated_heading(line, headings, placed.head) for line in placed.head
    )


def _without_digits(text: str) -> str:
    return re.sub(r"\d+", "", canonical(text))


def _is_repeated_heading(line: Line, headings: Sequence[Line], beside: Sequence[Line]) -> bool:
    """Return whether `line` above a fragment says what stood above an earlier one, or nothing of its own."""
    if _is_among(line.text, [heading.text for heading in headings]):
        return True
    if line.role == "title":
        # A title can stand in one line here and in two there.
        whole = ["".join(item.text for item in lines if item.role == "title") for lines in (headings, beside)]
        return bool(whole[0]) and _is_among(whole[1], [whole[0]])
    known = {heading.role for heading in headings}
    unit = line.role == "unit" or bool(_UNIT.fullmatch(canonical(line.text)))
    return (unit and "unit" not in known) or (
        line.role in ("organization", "year") and line.role not in known
    )


def _is_among(text: str, headings: Sequence[str]) -> bool:
    """Return whether a heading is one of `headings`, a part of one, or only says that the table goes on."""
    word = _CONTINUED_TITLE.sub("", canonical(text))
    if not word or _CONTINUED.fullmatch(word):
        return True
    return any(
        same_title(word, heading)
        or (len(word) >= _PART_OF_TITLE and word in canonical(heading))
        or (bool(_TABLE_NUMBER.fullmatch(word)) and canonical(heading).startswith(word))
        for heading in headings
    )


def _words(cells: Sequence[Cell]) -> list[str]:
    return [canonical(cell.text) for cell in written(cells)]


def _body(table: Grid) -> list[list[Cell]]:
    return row_starts(table)[body_start(table) :]


def _first_words(table: Grid) -> list[str]:
    """Return the words of the first written row of the body."""
    return next((words for cells in _body(table) if (words := _words(cells))), [])


def _begins_anew(chain: Sequence[Placed], table: PageTable) -> bool:
    """Return whether the body of `table` starts as a table starts, and not as one goes on."""
    first = chain[0].table
    ours, theirs = _first_words(table), _first_words(first)
    if not ours or not theirs:
        return False
    form = is_form(first)
    if (form or is_form(table)) and (starts_form(ours[0]) or (form and same_text(ours[0], theirs[0]))):
        return True
    total = is_total(ours[0]) and is_total(theirs[0]) and header_row_count(table) > 0
    part = _PART_TOTAL in ours[0] and _PART_TOTAL not in theirs[0]
    return (total and not part and ours != theirs) or _numbering_restarts(chain, table)


def _row_numbers(table: PageTable, col: int, start: int) -> list[int]:
    cells = sorted(table.cells, key=lambda cell: cell.row)
    words = (canonical(cell.text) for cell in cells if cell.col == col and cell.row >= start)
    return [int(word) for word in words if re.fullmatch(r"[1-9]\d{0,3}", word)]


def _numbering_restarts(chain: Sequence[Placed], table: PageTable) -> bool:
    """Return whether a column of row numbers that ran on until here begins with its first number again."""
    first = chain[0].table
    top = row_starts(first)[: header_row_count(first)]
    columns = [cell.col for cells in top for cell in cells if canonical(cell.text) in _NUMBERED]
    if not columns:
        return False
    before = [
        number
        for fragment in chain
        for number in _row_numbers(fragment.table, columns[0], body_start(fragment.table))
    ]
    ours = _row_numbers(table, columns[0], body_start(table))
    runs_on = len(before) >= 2 and all(b == a + 1 for a, b in pairwise(before))
    return runs_on and bool(ours) and ours[0] == before[0]


def _same_header(first: Sequence[str], second: Sequence[str]) -> bool:
    """Return whether two lists of header words are of the same header, some of them misread."""
    if not first or not second:
        return False
    if len(first) == len(second):
        pairs = list(zip(first, second, strict=True))
        if any(a != b and ((a in HEADER_WORDS and b in HEADER_WORDS) or contradict(a, b)) for a, b in pairs):
            return False  # two words read well (预算数, 决算数), however alike
        if sum(_same_label(a, b) for a, b in pairs) >= _SAME_HEADER * len(pairs):
            return True
        return Levenshtein.normalized_similarity("".join(first), "".join(second)) >= _SAME_WORDING
    left = list(second)
    found = 0
    for word in first:
        match = next((other for other in left if same_text(word, other)), None)
        if match is not None:
            left.remove(match)
            found += 1
    return found >= _SAME_HEADER * max(len(first), len(second))


def _same_label(first: str, second: str) -> bool:
    """Return whether two labels in the same place are one; in short ones, too, a character may be misread."""
    if len(first) != len(second) or len(first) > 4:
        return same_text(first, second)
    return sum(a != b for a, b in zip(first, second, strict=True)) <= 1


def _repeated_rows(chain: Sequence[Placed], table: PageTable) -> int:
    """Return how many rows on top of `table` repeat titles, header and lanes of the chain; 0 without header.

    The header is the one at the top of the chain or, in a form, the last one further down.
    """
    rows = row_starts(table)
    titles = title_row_count(table)
    if titles and not _repeats_grid_titles(chain, table, titles):
        return 0
    for header in _headers_of(chain):
        end = titles + len(header)
        if end > table.n_rows:
            continue
        ours = [word for cells in rows[titles:end] for word in _words(cells)]
        theirs = [word for cells in header for word in _words(cells)]
        without_label = [
            word for cells in header for word in _words([c for c in cells if c.rowspan <= len(header)])
        ]
        if any(_same_header(words, ours) for words in (theirs, without_label)):
            if not any(_words(cells) for fragment in chain for cells in _body(fragment.table)):
                return 0
            lane = end < table.n_rows and is_lane_row(rows[end])
            return end + lane
    return 0


def _headers_of(chain: Sequence[Placed]) -> list[list[list[Cell]]]:
    """Return the headers that a fragment could repeat, latest first: of a fragment top and last."""
    headers: list[list[list[Cell]]] = []
    for fragment in chain:
        rows, indices = row_starts(fragment.table), section_header_rows(fragment.table)
        top = header_row_count(fragment.table)
        further = [row for row in indices if row >= top]
        # The rows of one header follow each other: 中期指标 | 年度指标 over 二级指标 | 三级指标 | 指标值.
        last = [row for at, row in enumerate(further) if further[-1] - row == len(further) - 1 - at]
        blocks = [[row for row in indices if row < top], further[-1:], last if len(last) > 1 else []]
        headers.extend([rows[row] for row in block] for block in blocks if block)
    return headers[::-1]


def _repeats_grid_titles(chain: Sequence[Placed], table: PageTable, titles: int) -> bool:
    """Return whether the title rows inside the grid of `table` say what stands over the chain or in it."""
    first = chain[0].table
    known = [cell.text for cells in row_starts(first)[: title_row_count(first)] for cell in written(cells)]
    known += [line.text for fragment in chain for line in fragment.head]
    own = [cell.text for cells in row_starts(table)[:titles] for cell in written(cells)]
    return all(_is_among(part, known) for text in own for part in heading_parts(text))


def _goes_on_as_form(chain: Sequence[Placed], table: PageTable, scale: float) -> bool:
    """Return whether `table` can be a later part of the form that the chain is.

    It goes on with a label, with the head of the section that the form had not reached, or with rows of it.
    """
    last = chain[-1].table
    width, wanted = ((item.bbox[2] - item.bbox[0]) for item in (table, last))
    if not 0.8 * wanted <= scale * width <= 1.25 * wanted:
        return False
    reached = any(section_header_rows(fragment.table) for fragment in chain)
    if section_header_rows(table):
        return not reached
    first = next((words[0] for cells in row_starts(table) if (words := _words(cells))), "")
    return is_label_word(first) or shared_columns(last, table, scale) >= SAME_COLUMNS


def _holds_the_same(first: PageTable, second: PageTable) -> bool:
    """Return whether columns of numbers are such in both, as far as both have the same columns."""
    if first.n_cols != second.n_cols:
        return True
    kinds = []
    for table in (first, second):
        by_col: dict[int, list[bool]] = {}
        for cells in _body(table):
            for cell in written(cells):
                if cell.colspan == 1:
                    by_col.setdefault(cell.col, []).append(content_of(cell.text) == "number")
        kinds.append({col: sum(numbers) / len(numbers) for col, numbers in by_col.items()})
    both = kinds[0].keys() & kinds[1].keys()
    agree = sum(abs(kinds[0][col] - kinds[1][col]) <= 0.5 for col in both)
    return agree >= 0.75 * len(both)
