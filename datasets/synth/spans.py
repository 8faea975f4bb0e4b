"""Token labels of gold: which characters of a cell state which field of a record.

Where a field is read from is declared by the form (`Draft.places`); here its value is found among the
characters of that cell. Labels are those of `yusuan.extraction.fields.labels`. A character has one label:
where a budget line and a body are read from the same words, that of the budget line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from yusuan.datasets.synth.blocks import cells_of
from yusuan.datasets.synth.sources import Draft, TableSource
from yusuan.extraction.document import Span
from yusuan.extraction.errors import UsageError

At = tuple[int, int]

HEADER = "header"
UNIT = "unit"
# Cells that may name the unit of the money beside or below them: 金额（万元）.
NAMING = re.compile(r"header|key|group\b")
MONEY_UNIT = re.compile(r"[（(](?:金额)?(?:单位)?[:：]?\s*(亿元|百万元|万元|千元|元)\s*[）)]")
# Said by other fields, or by the table as a whole.
UNLABELLED = frozenset(
    {"indicator.project"}
    | {f"budget_line.{name}" for name in ("table", "side", "measure", "level", "row_kind")}
    | {f"{kind}.name_raw" for kind in ("project", "indicator")}
)
# Fields of an indicator that stand above several targets of a cell of prose.
LEVELS = ("level1", "level2")

SIGNS = r"[≥≤=><＝＞＜]"
BEFORE = re.compile(
    rf"(?:{SIGNS}|不少于|不低于|不小于|至少|不超过|不高于|不大于|控制在|高于|超过|大于|低于|小于|少于|等于|均?达到?)\s*$"
)
# 180余次; 3万元以内: a little more than the figure, or a word behind its measure unit.
OVER = re.compile(r"\s*([余多])")
BEHIND = re.compile(r"[^\d，。；、]{0,6}?([及或]?以上|[及或]?以内|之内|[及或]?以下)")
EDGES = "()（）:：\\s"


@dataclass(frozen=True)
class _Folded:
    """A text as values are written: NFKC, without white space and commas; `index` says where each stood."""

    text: str
    index: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> _Folded:
        chars, index = [], []
        for place, char in enumerate(text):
            for folded in unicodedata.normalize("NFKC", char):
                if not folded.isspace() and folded != ",":
                    chars.append(folded)
                    index.append(place)
        return cls("".join(chars), tuple(index))

    def places(self, value: str, within: tuple[int, int] | None = None) -> Iterator[tuple[int, int]]:
        """Yield the stretches `(start, end)` of the text that say `value`, from left to right."""
        wanted = _Folded.of(value).text
        low, high = within or (0, self.index[-1] + 1 if self.index else 0)
        at = self.text.find(wanted) if wanted else -1
        while at >= 0:
            start, end = self.index[at], self.index[at + len(wanted) - 1] + 1
            if low <= start and end <= high:
                yield start, end
            at = self.text.find(wanted, at + 1)


class _Marked:
    """A cell while it is labelled."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.folded = _Folded.of(text)
        self.spans: list[Span] = []
        self.aside: tuple[tuple[int, int], ...] = ()

    def free(self, start: int, end: int) -> bool:
        return all(end <= span.start or span.end <= start for span in self.spans)

    def put(self, start: int, end: int, label: str) -> None:
        """Label a stretch unless some of it has a label."""
        if start < end and self.free(start, end):
            self.spans.append(Span(start=start, end=end, label=label))

    def find(self, value: str, label: str, within: tuple[int, int] | None = None) -> tuple[int, int] | None:
        """Return where the cell says `value`: where it already has that label, else the first free place."""
        places = list(self.folded.places(value, within))
        for start, end in places:
            if Span(start=start, end=end, label=label) in self.spans:
                return start, end
        return next((place for place in places if self.free(*place)), None)

    def rest(self, label: str) -> None:
        """Label what has no label yet and stands not aside, without brackets and white space around it."""
        taken = sorted([*((span.start, span.end) for span in self.spans), *self.aside])
        edges = [0, *(edge for stretch in taken for edge in stretch)]
        for low, high in zip(edges[::2], [*edges[1::2], len(self.text)], strict=True):
            piece = self.text[low:high]
            # Brackets belong to the words unless a label stands inside of them.
            strip = EDGES if self.spans else r"\s"
            head = len(piece) - len(re.sub(rf"^[{strip}]+", "", piece))
            tail = len(re.sub(rf"[{strip}]+$", "", piece))
            self.put(low + head, low + tail, label)


def _start(span: Span) -> int:
    return span.start


def spans_of(source: TableSource, texts: Mapping[At, str]) -> dict[At, tuple[Span, ...]]:
    """Return the labelled stretches of the cells of a table, by their place in its block.

    Args:
        source: the table and what it says.
        texts: of the cells of the logical table; spans count their characters.
    """
    specs = cells_of(source.block)
    marked = {at: _Marked(text) for at, text in texts.items() if text.strip()}
    whole = {at: specs[at].part for at in marked if specs[at].part}
    for draft in sorted(source.drafts, key=lambda draft: draft.type != "budget_line"):
        _label_draft(draft, marked, whole)
    for at, cell in marked.items():
        label = whole.get(at) or (HEADER if at[0] in source.block.head else None)
        if label:
            if NAMING.match(label) and (unit := MONEY_UNIT.search(cell.text)):
                cell.put(*unit.span(1), UNIT)
                cell.aside = ((unit.start(), unit.start(1)), (unit.end(1), unit.end()))
            cell.rest(label)
    return {at: tuple(sorted(cell.spans, key=_start)) for at, cell in marked.items() if cell.spans}


def _label_draft(draft: Draft, marked: Mapping[At, _Marked], whole: Mapping[At, str | None]) -> None:
    statement = _statement(draft, marked)
    for name, value, at in _stated(draft):
        cell = marked.get(at)
        money = name == "unit" and draft.type != "indicator"
        label = UNIT if money else f"{draft.type}.{name}"
        if cell is None or label in UNLABELLED or (at in whole and not money):
            continue
        if statement and name in LEVELS:
            above = cell.folded.places(value, (0, statement[0]))
            # 效益指标 is a level of its own, and the end of 社会效益指标.
            for start, end in [each for each in above if not cell.text[: each[0]][-1:].isalpha()][-1:]:
                cell.put(start, end, label)
        else:
            _label_value(cell, value, label, statement)
    if draft.type == "indicator" and draft.fields.get("operator"):
        _label_comparison(draft, marked)


def _stated(draft: Draft) -> Iterator[tuple[str, str, At]]:
    """Yield each field that is read from a cell: its name, its value as printed there, the cell."""
    for name, places in draft.places.items():
        value = draft.fields.get(name)
        if value is None:
            continue
        words = {True: "是", False: "否"}[value] if isinstance(value, bool) else str(value)
        for place in places:
            if isinstance(place, tuple):
                yield name, words, place


def _label_value(cell: _Marked, value: str, label: str, within: tuple[int, int] | None) -> None:
    place = cell.find(value, label, within)
    if place:
        cell.put(*place, label)
    elif within is None and cell.folded.text and cell.folded.text in _Folded.of(value).text:
        # One of several cells that say it together: 201, 03, 01.
        cell.rest(label)
    elif label == "indicator.name":
        _label_split_name(cell, value, within)


def _label_split_name(cell: _Marked, value: str, within: tuple[int, int] | None) -> None:
    """Label a name that its target stands in the middle of: 开展 [不少于5次] 法治宣传."""
    for cut in range(len(value) - 1, 0, -1):
        for start, end in cell.folded.places(value[:cut], within):
            high = within[1] if within else len(cell.text)
            for rest in cell.folded.places(value[cut:], (end, high)):
                if cell.free(start, end) and cell.free(*rest):
                    cell.put(start, end, "indicator.name")
                    cell.put(*rest, "indicator.name_rest")
                return


def _statement(draft: Draft, marked: Mapping[At, _Marked]) -> tuple[int, int] | None:
    """Return where a cell of prose states a target: the first place whose wording no other target has."""
    cells = {at: marked[at] for _, _, at in _stated(draft) if at in marked}
    if draft.said is None or not cells:
        return None
    (cell,) = cells.values()
    value = str(draft.fields["value"])
    for start, end in cell.folded.places(draft.said):
        if any(cell.free(*place) for place in cell.folded.places(value, (start, end))):
            return start, end
    raise UsageError(f"the text does not state {draft.said!r} for the target {draft.fields['name']!r}")


def _label_comparison(draft: Draft, marked: Mapping[At, _Marked]) -> None:
    """Label the words or signs beside the figure that compare it, where no column of their own does."""
    if "operator" in draft.places:
        return
    for place in draft.places.get("value", ()):
        cell = marked.get(place) if isinstance(place, tuple) else None
        if cell is None:
            continue
        value = str(draft.fields["value"])
        for span in cell.spans:
            if span.label != "indicator.value" or _Folded.of(cell.text[span.start : span.end]).text != value:
                continue
            if before := BEFORE.search(cell.text[: span.start]):
                cell.put(before.start(), len(cell.text[: span.start].rstrip()), "indicator.operator")
            for behind in (OVER.match(cell.text, span.end), BEHIND.match(cell.text, span.end)):
                if behind:
                    cell.put(behind.start(1), behind.end(1), "indicator.operator")
