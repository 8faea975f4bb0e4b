"""Targets in prose: the cell 一、产出指标 (一)数量指标：… of a 公开表, taken apart.

Each **statement** under a level is a target: what stands between semicolons, full stops, line ends or list
numbers. A statement with figures gives one indicator for each of them, a figure being a number with a
comparison (`保密检查≥12次`, `各类培训在3万元以内`), one with a measure unit that ends what is said
(`传输率100%`, `值班费标准60元/天`), or a price or formula in brackets. A figure inside a description
(`24小时值班工作`) or in a date is none. A statement without a figure (`2023年12月底完成`,
`保障网络畅通`) is a target in words: it has no name and no comparison, and stands whole in `value`, as a
qualitative indicator of a form does. What has no figure beside a figure in one statement (`全年办公费用、
保密检查≥12次`) is no target of its own.

The text is read as the reader joined it, with or without line ends; nothing depends on them. Labels are put
on the text itself: levels, name, comparison, value, unit, in the order in which they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from yusuan.extraction.document import Span
from yusuan.extraction.fields.targets import BEFORE, BEHIND, NUMBER, OVER, UNIT
from yusuan.extraction.token_labels import LEVEL1, LEVEL2, MEASURE_UNIT, NAME, NAME_REST, OPERATOR, VALUE

_NUMERAL = "[一二三四五六七八九十]{1,3}"
_LEVEL_WORDS = r"[^\s\d，。；;：:、（）()]{2,10}?"
_HEADINGS = re.compile(
    rf"(?:(?:{_NUMERAL}\s*[、.．])\s*(?P<level1>{_LEVEL_WORDS}指标)"
    rf"|[（(]\s*(?:{_NUMERAL}|\d{{1,2}})\s*[）)]\s*(?P<level2>{_LEVEL_WORDS}(?:指标|指(?=\s*[:：])))"
    r"|(?P<top>(?:产出|效益|效果|满意度)指标)(?=\s*(?:[:：]|[（(]\s*[一1]\s*[）)]))"
    r"|(?P<sub>(?:数量|质量|时效|成本|(?:经济|社会|生态|环境)效益|可持续影响|可持续发展|服务对象满意度)指标)"
    r"(?=\s*[:：]))\s*[:：]?"
)
# `2.` in front of a word is a list number wherever it stands; `2、` only where a sentence may begin.
_LIST_NUMBER = re.compile(
    r"\d{1,2}\s*[.．](?=\s*[^\d\s]|\s+\d)|(?:(?<=[\s；;。：:])|^)\d{1,2}、|[（(]\d{1,2}[）)]|[①-⑳]"
)
_STATEMENT_END = re.compile(r"[；;。\n!！?？]")
_PART_END = re.compile(r"[，、]|,(?!\d{3}(?!\d))")
_QUOTED = re.compile(r"《[^》]*》|“[^”]*”|〔[^〕]*〕|\[[^\]]*\]")

# Measure units that may be followed by more words; any other unit must be short and end its statement.
_COUNTS = (
    "人次|万人次|人天|人数|人|万元|亿元|千元|元|场次|班次|批次|频次|次|场|期|批|个|家|套|台|部|辆|份|篇|册|卷|本|件|项|条|处"
    "|户|名|位|所|门|种|类|级|天|日|小时|分钟|个月|月|年|周|平方米|公里|亩|吨|座|间|张|幅|块|公斤|度|兆|课时|学时"
)
_COUNT_UNIT = rf"(?:[%％‰]|(?:{_COUNTS})(?:[/·*]\d*(?:{_COUNTS}))*)"
_OTHER_UNIT = rf"(?!{_COUNTS})[^\W\d_]{{1,3}}"
_FORMULA = rf"{NUMBER}\s*(?:{UNIT})?(?:\s*[*×xX]\s*{NUMBER}\s*(?:{UNIT})?)+"
# The digits of a date are no figures.
_DATE = re.compile(
    r"(?:19|20)\d\d\s*年?\s*[-—至到~～]\s*(?:19|20)\d\d\s*年|(?:19|20)\d\d\s*年(?:\s*\d{1,2}\s*月)?"
    r"(?:份?\s*\d{1,2}\s*[日号])?|\d{1,2}\s*月\s*\d{1,2}\s*[日号]|\d{1,2}\s*月(?=[底末初份]|之?前|以前)"
)

_TARGETS: tuple[re.Pattern[str], ...] = (
    # 2500元*3人*6月=45000元: what it comes to; without a result the formula itself is the wording.
    re.compile(rf"{_FORMULA}\s*(?P<before>=)\s*(?P<value>{NUMBER})\s*(?P<unit>{UNIT})?"),
    re.compile(rf"(?P<wording>{_FORMULA})(?=\s*(?:[）)]|$))"),
    # ≥12次, 不低于2万元, 控制在1.7万元以内
    re.compile(
        rf"(?P<before>{BEFORE})\s*(?P<value>{NUMBER})\s*(?P<over>{OVER})?\s*"
        rf"(?P<unit>{_COUNT_UNIT}|{UNIT}(?=\s*(?:{BEHIND})?\s*$))?\s*(?P<behind>{BEHIND})?"
    ),
    # 3万元以内, 95%以上
    re.compile(rf"(?P<value>{NUMBER})\s*(?P<unit>{_COUNT_UNIT})?\s*(?P<behind>{BEHIND})"),
    # 100%, 60元/天, 180余次 at the end of what is said
    re.compile(
        rf"(?<![\d\-—~～第A-Za-z.])(?P<value>{NUMBER})\s*(?P<over>{OVER})?\s*"
        rf"(?P<unit>{_COUNT_UNIT}|{_OTHER_UNIT})\s*(?=左右|[）)]|$)"
    ),
    # 开展5次培训
    re.compile(
        r"(?<=开展|组织|举办|召开|举行|完成|编印|编发|发放|购置|采购|购买|印制|新建|建设|建成|培训|慰问|走访|聘用|招聘|聘请|发布|报送|撰写|新增|安装)"
        rf"(?P<value>{NUMBER})\s*(?P<over>{OVER})?\s*(?P<unit>{_COUNTS})(?=[^\d\s/])"
    ),
)
_TOP_LEVELS = frozenset({"level1", "top"})
_ENUMERATION = re.compile("等|均|都|各|分别")
_LEADING = re.compile(r"[\s，,、；;。:：.．\-—]+")
_TRAILING = re.compile(r"(?:[\s，,、；;。:：（(]|在|为|是|约|共|计|均|需|于|至|达|截至|预计)+$")
_SEPARATORS_BEHIND = re.compile(r"[\s，,、；;。:：]+$")
_REST_LEADING = re.compile(r"[\s）)的，,、。；;]+|左右")


@dataclass(frozen=True)
class _Part:
    """A piece of a statement between separators: characters `start` to `end` of the cell's text."""

    start: int
    end: int


def narrative_spans(text: str) -> tuple[Span, ...]:
    """Return the labels of a cell of prose: its levels and the parts of each target."""
    masked = text
    for hidden in (_QUOTED, _DATE):
        masked = hidden.sub(lambda match: "书" * len(match[0]), masked)
    headings = list(_HEADINGS.finditer(masked))
    spans: list[Span] = []
    for heading, following in zip([None, *headings], [*headings, None], strict=True):
        start = heading.end() if heading else 0
        end = following.start() if following else len(text)
        found = [
            span for begin, stop in _statements(masked, start, end) for span in _targets(masked, begin, stop)
        ]
        if heading:
            part = _level_of(heading)
            label = LEVEL1 if part in _TOP_LEVELS else LEVEL2
            spans.append(Span(start=heading.start(part), end=heading.end(part), label=label))
            if part in _TOP_LEVELS and following and _level_of(following) not in _TOP_LEVELS:
                # 三、满意度指标100% 服务对象满意度指标：… says it twice, the first time of nothing.
                found = [] if _only_figures(masked, found) else found
        spans.extend(found)
    return tuple(spans)


def _level_of(heading: re.Match[str]) -> str:
    return next(part for part in ("level1", "top", "level2", "sub") if heading[part])


def _only_figures(text: str, spans: list[Span]) -> bool:
    """Say whether all that was found are figures of nothing."""
    if any(span.label in (NAME, NAME_REST) for span in spans):
        return False
    values = (text[span.start : span.end] for span in spans if span.label == VALUE)
    return all(re.fullmatch(NUMBER, value) for value in values)


def _statements(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of the statements between `start` and `end`, list numbers left out."""
    begin = start
    cuts = [match.span() for match in _LIST_NUMBER.finditer(text, start, end)]
    cuts += [match.span() for match in _STATEMENT_END.finditer(text, start, end)]
    for stop, resume in [*sorted(cuts), (end, end)]:
        if stop < begin:
            continue
        if text[begin:stop].strip():
            yield begin, stop
        begin = resume


def _targets(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the labels of the targets that one statement makes: its figures, else its wording."""
    waiting: list[_Part] = []
    begin = start
    told = False
    ends = [match.span() for match in _PART_END.finditer(text, start, end)]
    for stop, resume in [*ends, (end, end)]:
        part = _Part(begin, stop)
        begin = resume
        found = list(_targets_of_part(text, part, waiting))
        yield from found
        if found:
            waiting, told = [], True
        elif text[part.start : part.end].strip():
            waiting.append(part)
    if not told:
        start += _length(_LEADING, text[start:end])
        end -= len(text[start:end]) - len(_SEPARATORS_BEHIND.sub("", text[start:end]))
        if start < end:
            yield Span(start=start, end=end, label=VALUE)


def _targets_of_part(text: str, part: _Part, waiting: list[_Part]) -> Iterator[Span]:
    start = part.start
    first = True
    while start < part.end:
        words = text[start : part.end]
        match = _first_target(words)
        if match is None:
            return
        named_from = start
        if first:
            named_from = _enumeration_start(text, waiting, start, start + match.start())
        yield from _label(text, match, start, named_from)
        start += match.end()
        first = False
        rest = text[start : part.end]
        if _first_target(rest) is None:
            name = _trimmed(text, start + _length(_REST_LEADING, rest), part.end)
            if name:
                yield Span(start=name[0], end=name[1], label=NAME_REST)
            return


def _first_target(words: str) -> re.Match[str] | None:
    """Return the first figure in the words; at the same place the more telling pattern wins."""
    found = [match for pattern in _TARGETS if (match := pattern.search(words))]
    return min(found, key=lambda match: match.start(), default=None)


def _label(text: str, match: re.Match[str], offset: int, named_from: int) -> Iterator[Span]:
    name = _trimmed(text, named_from, offset + match.start())
    if name:
        yield Span(start=name[0], end=name[1], label=NAME)
    labels = {"before": OPERATOR, "value": VALUE, "wording": VALUE, "over": OPERATOR}
    labels |= {"unit": MEASURE_UNIT, "behind": OPERATOR}
    for part, label in labels.items():
        if part in match.re.groupindex and match[part]:
            yield Span(start=offset + match.start(part), end=offset + match.end(part), label=label)


def _enumeration_start(text: str, waiting: list[_Part], start: int, end: int) -> int:
    """Return where a name begins that is a list: 汽油费，差旅费，办公费等.

    A part before belongs to the list when it ends as the listed thing does, in 费 or 率, or begins as it
    does, as in 县委、县政府各部门.
    """
    words = text[start:end]
    mark = _ENUMERATION.search(words)
    listed = words[: mark.start()] if mark else _TRAILING.sub("", words)
    listed = listed.strip()
    for part in reversed(waiting):
        before = text[part.start : part.end].strip()
        enumerated = text[part.end] == "、" and before[0] == listed[:1]
        if not listed or (before[-1] != listed[-1] and not enumerated):
            break
        start, listed = part.start, before
    return start


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the range without separators and words of comparison at its ends, or None if nothing is left."""
    start += _length(_LEADING, text[start:end])
    tail = _TRAILING.search(text, start, end)
    end = tail.start() if tail else end
    return (start, end) if start < end else None


def _length(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.match(text)
    return match.end() if match else 0
