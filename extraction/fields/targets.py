"""What a target says: comparison, figure and measure unit, in signs or in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from yusuan.extraction.document import Span
from yusuan.extraction.numerals import canonical, squeeze
from yusuan.extraction.token_labels import MEASURE_UNIT, OPERATOR, VALUE

Operator = Literal["≥", "≤", "=", ">", "<", "定性"]

# Alternatives are tried in order, so longer wordings stand before the shorter ones that begin them.
_WORDS_BEFORE: tuple[tuple[str, Operator], ...] = (
    (r"大于等于|大于或等于|不少于|不低于|不小于|不得少于|不得低于|至少|最少", "≥"),
    (r"小于等于|小于或等于|不超过|不高于|不大于|不多于|不超出|不得超过|最多|至多|控制在", "≤"),
    (r"高于|超过|大于|多于|超出", ">"),
    (r"低于|小于|少于", "<"),
    (r"等于|均达到|均达|达到|达", "="),
)
_WORDS_BEHIND: tuple[tuple[str, Operator], ...] = (
    (r"[及或]?以上", "≥"),
    (r"[及或]?以内|之内|[及或]?以下", "≤"),
)
_SIGNS: tuple[tuple[str, Operator], ...] = (
    (r"≥|≧|⩾|>=|=>|＞=|>＝|＞＝", "≥"),
    (r"≤|≦|⩽|<=|=<|＜=|<＝|＜＝", "≤"),
    (r"=|＝|〓", "="),
    (r">|＞|﹥", ">"),
    (r"<|＜|﹤", "<"),
)


def _alternatives(*groups: tuple[tuple[str, Operator], ...]) -> str:
    return "|".join(pattern for group in groups for pattern, _ in group)


SIGNS = rf"(?:{_alternatives(_SIGNS)})"
BEFORE = rf"(?:{_alternatives(_SIGNS, _WORDS_BEFORE)})"
BEHIND = rf"(?:{_alternatives(_WORDS_BEHIND)})"
NUMBER = r"(?:\d{1,3}(?:[,，]\d{3})+|\d(?: ?\d)*)(?:[.．]\d+)?"
# 180余次, 20多家: a little more than the figure.
OVER = r"[余多]"
# A measure unit: a percent sign, or words that may name a rate (元/天, 万元/4次).
UNIT = rf"(?:[%％‰℃]|(?:(?!{BEHIND})[^\W\d_]){{1,6}}(?:[/·*]\d*(?:(?!{BEHIND})[^\W\d_]){{1,6}})*)"

_COMPARISONS = tuple(
    (re.compile(pattern), operator)
    for group in (_SIGNS, _WORDS_BEFORE, _WORDS_BEHIND, ((OVER, cast(Operator, "≥")),))
    for pattern, operator in group
)
_DATE = re.compile(r"(?:19|20)\d\d\s*[年.\-/]|\d{1,2}\s*月\s*(?:[底末初份前]|[上中下]旬)")
_CELL = re.compile(
    rf"\s*(?P<before>{BEFORE})?\s*(?P<value>{NUMBER})\s*(?P<over>{OVER})?"
    rf"(?:[(（]\s*(?P<bracketed>[^()（）]*?)\s*[)）]|(?P<unit>{UNIT}?))\s*(?P<behind>{BEHIND})?\s*"
)
_QUALITATIVE = "定性"
# 定性：有所改善 and （定性）有所改善 say in one cell how the indicator is judged, and what is wanted.
_JUDGED = re.compile(
    r"\s*(?P<bracket>[(（])?\s*(?P<said>定性)(?(bracket)\s*[)）]|[:：、，,\s])\s*(?P<value>\S.*?)\s*",
    re.DOTALL,
)
# What a reader makes of `=` alone in a cell; a column of operators can hold nothing that these could be.
_MISREAD_OPERATORS: dict[str, Operator] = {"二": "=", "三": "=", "ニ": "=", "==": "="}


@dataclass(frozen=True)
class Target:
    """A target: `value` is a figure or a wording, `operator` and `unit` None where it says neither."""

    operator: Operator | None
    value: str
    unit: str | None


def parse_operator(text: str) -> Operator | None:
    """Return the comparison that signs or words state, or None."""
    words = canonical(text)
    if words == _QUALITATIVE:
        return "定性"
    return next((operator for pattern, operator in _COMPARISONS if pattern.fullmatch(words)), None)


def repair_operator(text: str) -> Operator | None:
    """Return the operator that a cell of a column of operators must hold, or None when it reads as one."""
    return _MISREAD_OPERATORS.get(canonical(text)) if parse_operator(text) is None else None


def target_spans(text: str, name: str = "") -> tuple[Span, ...]:
    """Return the labels of a value cell: comparison, figure and unit, or all of it as a wording.

    Args:
        text: of the cell.
        name: of the indicator; the value may begin by saying a part of it again (满意度不少于80%).
    """
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    if start >= end:
        return ()
    if judged := _JUDGED.fullmatch(text):
        return _spans_of(judged, (("said", OPERATOR), ("value", VALUE)))
    known = canonical(name)
    cuts = (cut for cut in range(end) if cut == 0 or canonical(text[:cut]) in known)
    match = next((found for cut in cuts if (found := _CELL.fullmatch(text, cut))), None)
    if match is None or _DATE.match(text, start):
        return (Span(start=start, end=end, label=VALUE),)
    unit = "bracketed" if match["bracketed"] else "unit"
    parts = (
        ("before", OPERATOR),
        ("value", VALUE),
        ("over", OPERATOR),
        (unit, MEASURE_UNIT),
        ("behind", OPERATOR),
    )
    return _spans_of(match, parts)


def _spans_of(match: re.Match[str], parts: Sequence[tuple[str, str]]) -> tuple[Span, ...]:
    """Return a span for each group of a match that holds something; groups come with their labels."""
    return tuple(
        Span(start=match.start(part), end=match.end(part), label=label)
        for part, label in parts
        if match[part]
    )


def read_target(operators: Sequence[str], value: str, unit: str | None) -> Target:
    """Return a target from its printed parts; a bare figure states `=`, a wording states no comparison.

    Where words stand on both sides (达到 … 以上), those behind the figure say more.
    """
    plain = squeeze(value)
    figure = re.fullmatch(NUMBER, plain)
    stated = [operator for operator in map(parse_operator, operators) if operator]
    operator = stated[-1] if stated else ("=" if figure else None)
    number = plain.replace(",", "").replace("，", "") if figure else plain
    return Target(operator, canonical(number) if figure else number, squeeze(unit) if unit else None)
