"""What a cell's text is, seen without its table: its content, and its likeness to another text.

Joining and mending decide by content (an operator glyph, a number, a unit of measure, a level of
indicators) because content survives damage that wording does not.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from rapidfuzz.distance import Levenshtein

from yusuan.extraction.numerals import canonical

Content = Literal[
    "blank", "number", "operator", "unit", "level1", "level2", "flag", "direction", "grade", "text"
]

_NUMBER = re.compile(r"[-+−]?\(?\d[\d,]*(\.\d+)?\)?%?")
_OPERATOR = re.compile(r"[≥≤≧≦=><]=?|定性")
_LEVEL1 = re.compile(r"(产出|效益|满意度|成本|效果|管理|过程|投入)指标")
_LEVEL2 = re.compile(
    r"(数量|质量|时效|(经济|社会|生态(环境)?)?成本|(经济|社会|生态(环境)?)效益|可持续(影响|发展)|服务对象满意度?|满意度?)指标"
)
_MEASURE = (
    r"(%|％|‰|万?[亿万千百]?元|美元|[万亿]?[个次人件条篇台套辆份家户间场所项期册本张部座块处吨米里亩度天日月年周季分秒名株只头]"
    r"|小时|分钟|人次|万人次|人数|人员|场次|批次|每个|工作日|个月|公里|万公里|千米|平方米|万平方米|平方公里|立方米|公斤|千克|兆|Mbps|MB|GB)"
)
_UNIT = re.compile(rf"{_MEASURE}([/·.](每?项目|每?单位|{_MEASURE}))*")
_DIRECTION = re.compile(r"[正反负逆]向(指标)?")
_GRADE = re.compile(r"[优良中差好坏高低]{1,4}|合格|达标|完成")
_NUMBERING = re.compile(
    r"([一二三四五六七八九十]+、|\([一二三四五六七八九十\d]+\)|\d{1,2}[.、](?!\d)|其中[::]|[①-⑳])"
)
_TOTAL = re.compile(r".{0,6}?(合计|总计|小计|总额)")
_BRACKETS = (("(", ")"), ("《", "》"), ("“", "”"), ("〔", "〕"), ("【", "】"))
_GOES_ON = re.compile(r"([、,(《“〔【]|以及|及其|或者)$")
_RUNS_ON = re.compile(r"[、,。;:)》”〕】]|以及|及(?![时格])")
_DIGITS = re.compile(r"\d+")
_ORDINAL = re.compile(r"表[一二三四五六七八九十\d]+|[第(][一二三四五六七八九十]+[)部章]|\d+|[上下]半?年")

_NEXT_LINE = re.compile(r"(?=(?:编制|编报|填报|金额)单位[:：])|(?<!编制|编报|填报|金额)(?=单位[:：])")

# Dashes around a number are read as 一 as often as not.
_PAGE_NUMBER = re.compile(
    r"[-—–―~·.•_|一]*(?:[第共]?\d{1,4}[.·]?页?[/,]?){1,2}[-—–―~·.•_|一]*|[-—–―~·.•_|一]*"
)

# Words that make two budget titles different tables, although they differ by a character or two.
_TITLE_WORDS = (
    "收入", "支出", "收支", "基本", "项目", "总表", "一般公共预算", "政府性基金", "国有资本", "财政拨款",
    "三公", "绩效", "采购", "资产", "整体", "决算", "预算", "一般性", "重点专项", "人员", "公用",
)  # fmt: skip


@lru_cache(maxsize=1 << 14)
def content_of(text: str) -> Content:
    """Return what kind of thing a cell's text is; `text` is whatever is nothing more telling."""
    word = canonical(text)
    if not word:
        return "blank"
    patterns: tuple[tuple[re.Pattern[str], Content], ...] = (
        (_NUMBER, "number"),
        (_OPERATOR, "operator"),
        (_LEVEL1, "level1"),
        (_LEVEL2, "level2"),
        (_DIRECTION, "direction"),
        (_GRADE, "grade"),
        (_UNIT, "unit"),
    )
    if word in ("是", "否"):
        return "flag"
    return next((content for pattern, content in patterns if pattern.fullmatch(word)), "text")


def is_total(text: str) -> bool:
    """Return whether `text` labels a row of totals: 合计, 收入总计, 小计."""
    return bool(_TOTAL.fullmatch(canonical(text)))


def is_page_number(text: str) -> bool:
    """Return whether `text` only numbers a page: 3, — 3 —, 第3页, or what is left of that."""
    return bool(_PAGE_NUMBER.fullmatch(canonical(text)))


def starts_item(text: str) -> bool:
    """Return whether `text` opens with a numbering or 其中, so that it begins an item of its own."""
    return bool(_NUMBERING.match(canonical(text)))


def is_open(text: str) -> bool:
    """Return whether `text` stops in the middle: an unclosed bracket, or a mark that must be followed."""
    word = canonical(text)
    return bool(_GOES_ON.search(word)) or any(word.count(a) > word.count(b) for a, b in _BRACKETS)


def closes(text: str) -> bool:
    """Return whether `text` can only be the rest of something: it opens with a closing or joining mark."""
    return bool(_RUNS_ON.match(canonical(text)))


def heading_parts(text: str) -> list[str]:
    """Return the lines of a heading that were read as one text: 编制单位 and 单位 begin new ones."""
    return [part.strip() for part in _NEXT_LINE.split(text) if part.strip()]


def join_parts(first: str, second: str) -> str:
    """Return two parts of one torn text as one: a space only between two Latin words."""
    latin = re.search(r"[A-Za-z]$", first) and re.match(r"[A-Za-z]", second)
    return f"{first} {second}" if latin else first + second


def same_text(first: str, second: str) -> bool:
    """Return whether two readings are of the same print: equal, or one misread character in about eight.

    Figures must agree exactly: a digit misread and a digit that differs look the same.
    """
    a, b = canonical(first), canonical(second)
    if a == b:
        return True
    if min(len(a), len(b)) < 4 or _DIGITS.findall(a) != _DIGITS.findall(b):
        return False
    return Levenshtein.distance(a, b) <= max(1, max(len(a), len(b)) // 8)


def same_title(first: str, second: str) -> bool:
    """Return whether two titles name the same table, forgiving a misread character.

    Titles of different budget tables differ by as little (收入总表, 支出总表): see `contradict`.
    """
    a, b = canonical(first), canonical(second)
    return a == b or (
        not contradict(a, b) and Levenshtein.distance(a, b) <= max(1, max(len(a), len(b)) // 10)
    )


def contradict(first: str, second: str) -> bool:
    """Return whether two titles or labels speak of different things, however alike they look.

    Years and ordinals must agree, and the words that tell budget tables apart; in texts of one length a
    word that only one of them has can be misread in the other.
    """
    a, b = canonical(first), canonical(second)
    if _ORDINAL.findall(a) != _ORDINAL.findall(b):
        return True
    words_a, words_b = ({word for word in _TITLE_WORDS if word in text} for text in (a, b))
    return words_a != words_b if len(a) != len(b) else bool(words_a - words_b and words_b - words_a)
