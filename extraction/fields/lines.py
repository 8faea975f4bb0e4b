"""Roles of the lines outside tables: title, unit, organization, year, note, header, footer, body."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from yusuan.extraction.document import BBox, Document, Line, LineRole, Page
from yusuan.extraction.fields.lexicon import kind_of_title
from yusuan.extraction.fields.organizations import (
    has_organization_label,
    is_name_of_body,
    money_unit,
    organization_in_line,
)
from yusuan.extraction.numerals import canonical
from yusuan.extraction.tables.contents import is_page_number

# Shares of the page height in which page numbers and running heads stand.
_TOP_MARGIN = 0.09
_BOTTOM_MARGIN = 0.9
# A line is a running head when it stands in the same margin on this many pages or more.
_FEWEST_REPEATS = 3
# A heading belongs to the table below it when it is not further away than this many of its own heights.
_NEAR = 3
# More lines than this on a page without tables make it no cover.
_COVER_LINES = 15
# What is no longer names nothing, and at the foot of a page is its number, whatever was read.
_LONGEST_SCRAP = 2
_LONGEST_TITLE = 60
_LONGEST_CAPTION = 40

_TABLE_NUMBER = re.compile(
    r"(?:(?:公开|附)?表|附件)[一二三四五六七八九十\d]{1,3}(?:[-—]\d{1,2})?[:、.]?"
    r"|(?:部门|单位)?(?:预算)?(?:公开|附)?\d{1,2}表"
)
_CONTENTS = re.compile(r"[.…·]{3,}\s*\d*$|\.{2}\d+$")
_NOTE = re.compile(r"[(（]?(?:注|备注|说明|附注|填表说明)\d?[:：]")
_YEAR = re.compile(
    r"[(（]?(?:(?:预算|决算|会计|填报|申报)?年度|年份|截止时间|截止日期|报送日期|填报日期|编制日期)[:：].*"
    r"|[(（]?(?:19|20)\d\d年度?[)）]?|(?:19|20)\d\d-\d\d-\d\d"
)
_UNIT_ONLY = re.compile(r"[(（]?(?:金额)?单位[:;.]?.{0,6}元[)）]?")
_SENTENCE = re.compile(r"[。;!?]|,.*,|:$|见下表|详见|如下表|附表$|下表$|\d[.,]\d\d")
_TITLE = re.compile(r"(?:表|(?:情况|编制|预算|决算)说明)(?:\([^()]*\))?$")
# Words that a title begins with where it does not end in 表.
_HEADING = re.compile(
    r"第[一二三四五六七八九十\d]+(?:部分|章|节)|[一二三四五六七八九十]+、|[(（][一二三四五六七八九十]+[)）]"
)


def label_lines(document: Document) -> Document:
    """Return the document with a role on each line outside its tables.

    What a line says decides first (a unit, a body, a year, a note, a title); then where it stands: in the
    margins, again and again, or directly over a table.
    """
    running = _running_texts(document.pages)
    pages = tuple(
        page.model_copy(
            update={
                "lines": tuple(
                    _with_role(page, line, index, running) for index, line in enumerate(page.lines)
                )
            }
        )
        for page in document.pages
    )
    return document.model_copy(update={"pages": pages})


def is_table_number(text: str) -> bool:
    """Say whether a line only numbers a table (表二) and names nothing."""
    return _TABLE_NUMBER.fullmatch(canonical(text)) is not None


def _with_role(page: Page, line: Line, index: int, running: frozenset[str]) -> Line:
    return line.model_copy(update={"role": _role(page, line, index, running)})


def _role(page: Page, line: Line, index: int, running: frozenset[str]) -> LineRole:
    words = canonical(line.text)
    where = _margin(page, line.bbox)
    if not words or is_table_number(words) or _CONTENTS.search(words):
        return "body"
    if where and (is_page_number(words) or (where == "bottom" and len(words) <= _LONGEST_SCRAP)):
        return "footer" if where == "bottom" else "header"
    if _NOTE.match(words):
        return "note"
    if caption := _caption_role(line.text, words):
        return caption
    if _is_title(words):
        repeated = where == "top" and _running_text(line) in running and _title_below(page, index)
        return "header" if repeated else "title"
    if where and _running_text(line) in running:
        return "header" if where == "top" else "footer"
    cover = page.number <= 2 and not page.tables and len(page.lines) <= _COVER_LINES
    if cover and is_name_of_body(words):
        return "organization"
    if _stands_over_table(page, index) and _is_short_heading(words):
        return "organization" if is_name_of_body(words) else "title"
    return "body"


def _caption_role(text: str, words: str) -> LineRole | None:
    """Return the role of a line that says unit, body or year, which it does whatever stands around it."""
    if len(words) > 2 * _LONGEST_CAPTION:
        return None
    if _UNIT_ONLY.fullmatch(words):
        return "unit"
    if has_organization_label(text) or organization_in_line(text):
        return "organization"
    if _YEAR.fullmatch(words) and len(words) <= _LONGEST_CAPTION:
        return "year"
    if money_unit(text) and not _is_title(words) and len(words) <= _LONGEST_CAPTION:
        return "unit"
    return None


def _is_title(words: str) -> bool:
    if len(words) > _LONGEST_TITLE or _SENTENCE.search(words):
        return False
    bare = re.sub(r"\(?(?:金额)?单位[:;.]?.{0,6}元\)?$", "", words)
    found = _TITLE.search(bare)
    # 三、“三公”经费情况说明 heads a part of the text, 表 names a table whatever its number.
    return found is not None and len(bare) > 2 and (found[0][0] == "表" or not _HEADING.match(bare))


def _is_short_heading(words: str) -> bool:
    named = kind_of_title(words) != "unknown" or not _HEADING.match(words)
    short = _LONGEST_SCRAP < len(words) <= _LONGEST_CAPTION
    return short and not _SENTENCE.search(words) and "," not in words and named


def _stands_over_table(page: Page, index: int) -> bool:
    """Say whether only captions stand between the line and the table below it."""
    line, height = page.lines[index], _height(page.lines[index])
    tops = [table.bbox[1] for table in page.tables if table.bbox[1] >= line.bbox[3] - height / 2]
    if not tops:
        return False
    between = [
        each
        for each in page.lines
        if each is not line
        and line.bbox[3] - height / 2 <= each.bbox[1]
        and each.bbox[3] <= min(tops) + height / 2
    ]
    captions = (
        _caption_role(each.text, canonical(each.text)) or is_table_number(each.text) for each in between
    )
    return all(captions) and min(tops) - line.bbox[3] <= _NEAR * (1 + len(between)) * height


def _title_below(page: Page, index: int) -> bool:
    """Say whether another title stands between the line and the next table, or no table follows."""
    line = page.lines[index]
    tops = [table.bbox[1] for table in page.tables if table.bbox[1] >= line.bbox[3]]
    if not tops:
        return True
    return any(
        each is not line and line.bbox[3] <= each.bbox[1] < min(tops) and _is_title(canonical(each.text))
        for each in page.lines
    )


def _margin(page: Page, box: BBox) -> str | None:
    if box[3] <= page.height * _TOP_MARGIN:
        return "top"
    return "bottom" if box[1] >= page.height * _BOTTOM_MARGIN else None


def _height(line: Line) -> float:
    return line.bbox[3] - line.bbox[1]


def _running_text(line: Line) -> str:
    """Return the text without digits, for the page number may be part of a running head."""
    return re.sub(r"\d+", "", canonical(line.text))


def _running_texts(pages: Sequence[Page]) -> frozenset[str]:
    """Return the texts that stand in a margin of several pages."""
    seen: Counter[str] = Counter()
    for page in pages:
        seen.update({_running_text(line) for line in page.lines if _margin(page, line.bbox)})
    return frozenset(text for text, count in seen.items() if text and count >= _FEWEST_REPEATS)
