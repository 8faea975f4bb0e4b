"""Header rows: titles, labels and lane numbers at the top of a table, and headers further down in forms.

A header row is told by its words (the lexicon), by contrast (labels over columns of numbers) and by
its spans (a merged label that the next row divides). No one of the three is needed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from rapidfuzz.distance import Levenshtein

from yusuan.extraction.document import Cell
from yusuan.extraction.numerals import canonical
from yusuan.extraction.tables.contents import content_of, starts_item
from yusuan.extraction.tables.header_words import FORM_LABELS, FORM_STARTS, HEADER_WORDS, LABELS
from yusuan.extraction.tables.sheet import Grid, covering, row_starts, written

_FORM_OPENINGS = FORM_STARTS | {"绩效目标", "年度目标"}
_HEADER_ENDING = re.compile(
    r".*(编码|代码|名称|预算数?|决算数?|金额|合计|小计|总计|收入|支出|经费|拨款|资金|结转|结余|指标值?|权重|性质|单位|数量"
    r"|单价|补助|数|费|率|依据|描述|形式|类别|日期|时间|比例|情况|来源|方式|类型)"
)
_INFO = re.compile(
    r"\(?(编制单位|编报单位|填报单位|单位名称|编制部门|部门名称|部门|金额单位|单位|预算年度|年度|日期)[:：].*|\(?\d{4}年度?\)?"
)
_BRACKETS = re.compile(r"\([^()]*\)")
_LANE_WORDS = frozenset(("栏次", "行次", "栏目", "列次"))
_LANE_NUMBER = re.compile(r"[甲乙丙丁]|\(?([1-9]\d?)([=+\-*/()]+\d{1,2})*\)?")
# What stands behind 栏次, also where a glyph of it is misread.
_LANE_MARK = re.compile(r"[^一-鿿]|[甲乙丙丁]|[\d(),.=+\-*/—―一A-Z]{1,12}")
_FEWEST_LANES = 3
_NOT_LABEL = re.compile(r"[。;≥≤]|^\d{3,}([-—.:].*)?$|^[\da-z]*\d[\da-z]*[-—]\D", re.IGNORECASE)
_LONGEST_LABEL = 36
_LONGEST_TITLE = 60
# A row of headings has this many, and more than this share of its cells is known to be one or ends as one.
_FEWEST_HEADINGS = 4
_MOSTLY_HEADINGS = 0.6
# So many texts are judged once.
_REMEMBERED = 1 << 14


def header_row_count(table: Grid) -> int:
    """Return how many rows at the top of `table` are headers: titles in the grid, then rows of labels.

    Lane rows (栏次) are not counted. A form, whose first rows are labels beside their values, has
    only its titles.
    """
    top = title_row_count(table)
    return _label_rows_end(table, top)


def title_row_count(table: Grid) -> int:
    """Return how many rows at the top hold only a title, a year or 编制单位, 单位 and the like."""
    count = 0
    for cells in row_starts(table)[: max(table.n_rows - 1, 0)]:
        words = [canonical(cell.text) for cell in written(cells)]
        across = len(words) == 1 and cells[0].colspan == table.n_cols > 1 and cells[0].rowspan == 1
        information = bool(words) and all(_INFO.fullmatch(word) for word in words)
        if not (information or (across and _is_title(words[0]))):
            break
        count += 1
    return count


def lane_rows(table: Grid) -> list[int]:
    """Return the indices of lane-number rows (栏次 1 2 3 …) that stand directly under the header rows."""
    row = header_row_count(table)
    return [row] if row < table.n_rows and row > 0 and is_lane_row(row_starts(table)[row]) else []


def is_lane_row(cells: Sequence[Cell]) -> bool:
    """Return whether the cells of a row only number the columns: numbers in order, or 栏次 before such marks.

    Among headings 栏次 and 行次 are a heading themselves, of the column that numbers the rows.
    """
    words = [canonical(cell.text) for cell in written(cells)]
    marks = [word for word in words if word not in _LANE_WORDS]
    if len(marks) < len(words):
        return bool(marks) and all(map(_LANE_MARK.fullmatch, marks))
    matches = [_LANE_NUMBER.fullmatch(word) for word in marks]
    lanes = [int(match[1]) for match in matches if match and match[1]]
    return (
        all(matches) and len(lanes) >= _FEWEST_LANES and lanes == list(range(lanes[0], lanes[0] + len(lanes)))
    )


def section_header_rows(table: Grid) -> list[int]:
    """Return the indices of all header rows of labels, wherever they stand; titles and lane rows are none.

    In a form they are the heads of its sections (一级指标 | 二级指标 | …), headers of what follows.
    """
    top = title_row_count(table)
    end = _label_rows_end(table, top)
    rows = row_starts(table)
    further = (
        row for row in range(end, table.n_rows) if _is_worded_header(rows[row], table.n_cols, least_words=3)
    )
    return [*range(top, end), *further]


def is_form(table: Grid) -> bool:
    """Return whether `table` is a form: labels beside values, or a header further down but none on top."""
    top = title_row_count(table)
    if _label_rows_end(table, top) > top:
        return False
    rows = row_starts(table)[top:]
    opening = next((cells for cells in rows if written(cells)), [])
    return _opens_form(opening) or bool(section_header_rows(table)) or any(map(_has_form_label, rows))


def starts_form(text: str) -> bool:
    """Return whether a first cell's text is one that a form begins with: 项目名称, 专项资金名称."""
    return canonical(text) in FORM_STARTS or _near(_bare(text), FORM_STARTS)


def is_label_word(text: str) -> bool:
    """Return whether `text` is a word of headers or a label of forms, one misread character forgiven."""
    return _is_header_word(text) or _is_form_label(text)


def is_heading_word(text: str) -> bool:
    """Return whether `text` is a known heading, or ends as headings do."""
    return _is_header_word(text) or _ends_as_header(text)


def completes_label(first: str, second: str) -> bool:
    """Return whether `second` is the rest of the label `first`: `当年预算` + `(万元)`."""
    word = canonical(second)
    if not word or not canonical(first):
        return False
    if re.fullmatch(r"\([^()]{1,6}\)", word) or word[0] in ")、":
        return True
    whole = _bare(first + second)
    return whole in LABELS and not (_bare(first) in LABELS and _bare(second) in LABELS)


def _is_title(word: str) -> bool:
    return (
        len(word) <= _LONGEST_TITLE
        and content_of(word) == "text"
        and not starts_item(word)
        and not re.search("[。;；≥≤]", word)
    ) or bool(_INFO.fullmatch(word))


def _bare(text: str) -> str:
    """Return the canonical text without its unit and year: `2023年预算数(万元)` is 预算数."""
    word = canonical(text)
    if word in LABELS:
        return word
    word = _BRACKETS.sub("", word)
    return re.sub(r"^(\d{4}年度?|本年度?|当年|上年)(?=.{2})", "", word) if word not in FORM_LABELS else word


def _near(word: str, words: frozenset[str]) -> bool:
    if word in words:
        return True
    return len(word) >= 4 and any(
        Levenshtein.distance(word, known, score_cutoff=1) <= 1 for known in _as_long(words, len(word))
    )


@cache
def _as_long(words: frozenset[str], length: int) -> tuple[str, ...]:
    return tuple(word for word in words if len(word) == length)


# The same few words stand over all tables, and every question about a header asks for each of them.
@lru_cache(maxsize=_REMEMBERED)
def _is_header_word(text: str) -> bool:
    return canonical(text) in HEADER_WORDS or _near(_bare(text), HEADER_WORDS)


@lru_cache(maxsize=_REMEMBERED)
def _ends_as_header(text: str) -> bool:
    return bool(_HEADER_ENDING.fullmatch(_bare(text)))


@lru_cache(maxsize=_REMEMBERED)
def _is_form_label(text: str) -> bool:
    word = _bare(text)
    return word in FORM_LABELS or (word not in HEADER_WORDS and _near(word, FORM_LABELS))


def _has_form_label(cells: list[Cell]) -> bool:
    return any(_is_form_label(cell.text) for cell in cells)


def _opens_form(cells: list[Cell]) -> bool:
    """Return whether a row is one that a form begins with: a label that stands beside one value."""
    found = written(cells)
    return 0 < len(found) <= 2 and _near(_bare(found[0].text), _FORM_OPENINGS)


@lru_cache(maxsize=_REMEMBERED)
def _is_label(text: str) -> bool:
    """Return whether `text` could be a label: no figure, code, operator, value of a level, or prose."""
    word = canonical(text)
    if word in HEADER_WORDS:
        return True
    return (
        bool(word)
        and len(word) <= _LONGEST_LABEL
        and content_of(word) in ("text", "unit")
        and not starts_item(word.removeprefix("其中:"))
        and not _NOT_LABEL.search(word)
    )


def _numeric_columns(table: Grid, below: int) -> set[int]:
    """Return the columns in which most of what is written under row `below` is numbers."""
    counts: dict[int, list[bool]] = {}
    for cell in table.cells:
        if cell.row > below and cell.colspan == 1 and canonical(cell.text):
            counts.setdefault(cell.col, []).append(content_of(cell.text) == "number")
    return {col for col, numbers in counts.items() if sum(numbers) >= 0.6 * len(numbers)}


def _columns_of(cells: list[Cell]) -> set[int]:
    return {col for cell in cells for col in range(cell.col, cell.col + cell.colspan)}


def _is_mostly_worded(cells: list[Cell]) -> bool:
    """Return whether a row has labels only, and most of them are words or endings of headers."""
    found = written(cells)
    if len(found) < 2 or not _could_be_header(cells):
        return False
    return sum(_is_header_word(cell.text) or _ends_as_header(cell.text) for cell in found) >= 0.6 * len(found)


def _is_worded_header(cells: list[Cell], n_cols: int, least_words: int) -> bool:
    """Return whether the words of a row make it a header: mostly known ones, across most of the columns."""
    found = written(cells)
    known = sum(_is_header_word(cell.text) for cell in found)
    across = 2 * len(_columns_of(found)) > n_cols
    return across and len(found) >= least_words and known >= 2 and _is_mostly_worded(cells)


def _is_contrasting_header(cells: list[Cell], numeric: set[int]) -> bool:
    """Return whether a row of labels stands over columns of numbers."""
    found = written(cells)
    over = numeric & _columns_of(found)
    return len(found) >= 2 and _could_be_header(cells) and bool(over) and 2 * len(over) >= len(numeric)


def _label_rows_end(table: Grid, top: int) -> int:
    """Return the row after the last header row of labels, where titles end at `top`."""
    rows = row_starts(table)
    if top >= table.n_rows or not _starts_header(table, rows, top):
        return top
    end = top + 1
    while True:
        end = max(end, _span_end(rows, top, end))
        if end >= table.n_rows or not _goes_on(table, rows, end):
            return end
        end += 1


def _starts_header(table: Grid, rows: list[list[Cell]], top: int) -> bool:
    if _is_worded_header(rows[top], table.n_cols, least_words=2):
        return True
    further = (row for row in range(top + 1, table.n_rows) if _is_worded_header(rows[row], table.n_cols, 3))
    worded = next(further, None)
    if worded is not None:
        # Rows above a worded header are its upper rows, or else the labels and values of a form.
        numeric = _numeric_columns(table, worded)
        above = [rows[row] for row in range(top, worded)]
        return not _opens_form(rows[top]) and all(
            _is_mostly_worded(cells) or _is_contrasting_header(cells, numeric) for cells in above
        )
    # The rest of a row that a page break tore has less.
    across = 2 * len(_columns_of(written(rows[top]))) > table.n_cols
    contrast = across and _is_contrasting_header(rows[top], _numeric_columns(table, top))
    return not _opens_form(rows[top]) and contrast


def _span_end(rows: list[list[Cell]], top: int, end: int) -> int:
    """Return where the header ends when its cells that span rows are followed down.

    A label that spans the body below it (绩效指标 beside all its rows) is not followed.
    """
    reach = end
    for cells in rows[top:end]:
        for cell in cells:
            last = cell.row + cell.rowspan
            inner = rows[cell.row + 1 : last]
            if last > reach and all(_could_be_header(inside) for inside in inner):
                reach = last
    return reach


def _could_be_header(cells: list[Cell]) -> bool:
    return could_be_headings([cell.text for cell in written(cells)])


def could_be_headings(texts: Sequence[str]) -> bool:
    """Return whether texts that stand side by side can be headings, and not labels of a form and values."""
    labels = bool(texts) and all(map(_is_label, texts))
    return labels and (not any(map(_is_form_label, texts)) or _are_headings(texts))


def _are_headings(texts: Sequence[str]) -> bool:
    """Return whether labels of forms stand among headings: too few of the texts can be values beside them."""
    heads = sum(map(_is_header_word, texts))
    like = sum(is_heading_word(text) or _is_form_label(text) for text in texts)
    return len(texts) >= _FEWEST_HEADINGS and heads >= 2 and like > _MOSTLY_HEADINGS * len(texts)


def _goes_on(table: Grid, rows: list[list[Cell]], row: int) -> bool:
    """Return whether `row`, directly under header rows, is one more of them."""
    if not _could_be_header(rows[row]):
        return False
    cover = covering(table.cells)
    above = [cover.get((row - 1, col)) for col in range(table.n_cols)]
    merged = {id(cell): cell for cell in above if cell is not None and cell.colspan > 1}.values()
    numeric = _numeric_columns(table, row)
    if any(_divides(label, rows[row], numeric) for label in merged):
        return True
    gaps = {col for col, cell in enumerate(above) if cell is None or not canonical(cell.text)}
    return _fills(gaps, rows[row], table.n_cols)


def _divides(label: Cell, cells: list[Cell], numeric: set[int]) -> bool:
    """Return whether a row has two or more labels under the merged `label`."""
    parts = [cell for cell in written(cells) if label.col <= cell.col < label.col + label.colspan]
    known = [_is_header_word(cell.text) for cell in parts]
    worded = any(known) and all(
        word or _ends_as_header(cell.text) for word, cell in zip(known, parts, strict=True)
    )
    return len(parts) >= 2 and (worded or bool(numeric & _columns_of(parts)))


def _fills(gaps: set[int], cells: list[Cell], n_cols: int) -> bool:
    """Return whether a row of header words fills columns left blank above it, whose spans were lost."""
    found = written(cells)
    known = sum(_is_header_word(cell.text) for cell in found)
    across = 2 * len(_columns_of(found)) > n_cols
    fills = bool(gaps & _columns_of(found)) and _is_mostly_worded(cells)
    return fills and (known == len(found) or (known > 0 and across))
