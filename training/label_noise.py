"""What printing and reading do to a table: other words, lost headings, misread glyphs, broken cells.

The label network shall not lean on any one thing that forms and readers keep only mostly: the words of a
heading, the order of columns, a cell's whole text. Each view of a table in training has some of it changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from yusuan.extraction.fields.table_view import ViewCell
from yusuan.extraction.token_labels import (
    GROUP,
    GROUP_EXPENDITURE,
    GROUP_INCOME,
    HEADER,
    KEY,
    LEVEL1,
    LEVEL2,
    VALUE,
)
from yusuan.training.label_corpus import LabelledTable
from yusuan.training.words import Words, common_words

Spans = tuple[tuple[int, int, str], ...]
Labelled = tuple[ViewCell, Spans]

# Glyphs that are put in for misread ones, when they are not those of the text itself.
_STRAY = "一二三口日目人入己已未末土士干千.,·-—|:;'l1IO0o8B5S"
# Labels whose cells are the headings of columns or stand before values.
NAMING = (HEADER, KEY, GROUP, GROUP_INCOME, GROUP_EXPENDITURE)
# Words that say what a stretch is: they stay. So do labels of which every one of a few is a word of its own.
_KEPT = ("合计", "总计", "小计")
_CLOSED = frozenset(
    {
        *NAMING,
        LEVEL1,
        LEVEL2,
        "unit",
        "note",
        "total",
        "indicator.unit",
        "indicator.operator",
        "indicator.core",
        "indicator.direction",
        "procurement.measure_unit",
        "institution.nature",
        "institution.rank",
        "institution.funding",
    }
)
_PAIR, _DIGIT = re.compile("[一-鿿]{2}"), re.compile(r"\d")
# The end of a name (…满意度, …项目) says most of what it is: so often it stays.
_END_KEPT = 0.5
# So often the lexicon knows a heading that says something else.
_KNOWN = 0.6


@dataclass(frozen=True)
class Noise:
    """How often each thing happens: to a table (`table_…`), to a cell, to a glyph.

    `lost_fact` is the share of what figures are to one another that a table shows nowhere, `false_fact` that
    of cells of which a fact is not as it should be: forms repeat figures and add them up in other ways.
    """

    table_without_title: float = 0.25
    table_without_words: float = 0.35
    table_without_facts: float = 0.3
    table_without_headings: float = 0.06
    table_other_headings: float = 0.25
    table_other_names: float = 0.4
    table_more_columns: float = 0.12
    table_other_order: float = 0.06
    table_taken_apart: float = 0.1
    table_misread: float = 0.5
    table_strange: float = 0.3
    other_heading: float = 0.35
    misread: float = 0.02
    strange: float = 0.25
    lost_cell: float = 0.004
    torn_cell: float = 0.004
    glued_cell: float = 0.003
    lost_fact: float = 0.25
    false_fact: float = 0.02


@dataclass(frozen=True)
class Noisy:
    """A table as it was met.

    `with_words` says whether the lexicon knows its headings, `with_facts` whether its figures add up, and
    `strange` is the share of its glyphs that no vocabulary has: names and tasks of bodies never heard of.
    """

    title: str | None
    cells: tuple[ViewCell, ...]
    spans: tuple[Spans, ...]
    with_words: bool = True
    with_facts: bool = True
    strange: float = 0.0


def noisy(table: LabelledTable, noise: Noise, rng: np.random.Generator) -> Noisy:
    """Return a table with some of it changed; labels follow."""

    def maybe(share: float) -> bool:
        return bool(rng.random() < share)

    rows = list(zip(table.cells, table.spans, strict=True))
    if maybe(noise.table_without_headings):
        rows = without_headings(rows)
    if maybe(noise.table_other_order):
        rows = in_other_order(rows, rng)
    if maybe(noise.table_taken_apart):
        rows = _taken_apart(rows)
    if maybe(noise.table_more_columns):
        rows = _with_another_column(rows, rng)
    if maybe(noise.table_other_names):
        rows = _with_other_names(rows, rng)
    rows = _glued(rows, noise.glued_cell, rng)
    if maybe(noise.table_other_headings):
        rows = [_other_heading(each, rng) if maybe(noise.other_heading) else each for each in rows]
    if maybe(noise.table_misread):
        share = noise.misread * float(rng.random()) * 2
        rows = [_misread(each, share, rng) for each in rows]
    rows = [(replace(cell, text=""), ()) if maybe(noise.lost_cell) else (cell, spans) for cell, spans in rows]
    rows = [each for row in rows for each in (_torn(row, rng) if maybe(noise.torn_cell) else (row,))]
    rows.sort(key=lambda each: (each[0].box[1], each[0].box[0]))
    cells = tuple(replace(cell, source=at) for at, (cell, _) in enumerate(rows))
    title = None if maybe(noise.table_without_title) else table.title
    strange = noise.strange * float(rng.random()) if maybe(noise.table_strange) else 0.0
    told = tuple(spans for _, spans in rows)
    with_words, with_facts = not maybe(noise.table_without_words), not maybe(noise.table_without_facts)
    return Noisy(title, cells, told, with_words, with_facts, strange)


def _is_heading(spans: Spans) -> bool:
    return any(label == "header" or label.startswith("group") for _, _, label in spans)


def without_headings(rows: list[Labelled]) -> list[Labelled]:
    """Return a table without the rows at its top that are all headings."""
    below = min(
        (cell.box[1] for cell, spans in rows if cell.text.strip() and not _is_heading(spans)), default=0
    )
    kept = [(cell, spans) for cell, spans in rows if cell.box[1] >= below]
    return [
        (replace(cell, box=(cell.box[0], cell.box[1] - below, cell.box[2], cell.box[3] - below)), spans)
        for cell, spans in kept
    ]


def in_other_order(rows: list[Labelled], rng: np.random.Generator) -> list[Labelled]:
    """Return a table with its columns in another order; those that a cell spans stay together."""
    n_cols = max((cell.box[2] for cell, _ in rows), default=0)
    joined = [any(cell.box[0] < col < cell.box[2] for cell, _ in rows) for col in range(n_cols + 1)]
    starts = [col for col in range(n_cols) if not joined[col]]
    groups = [range(start, stop) for start, stop in zip(starts, [*starts[1:], n_cols], strict=True)]
    order = rng.permutation(len(groups))
    place: dict[int, int] = {}
    for at in order:
        for col in groups[at]:
            place[col] = len(place)
    return [
        (
            replace(cell, box=(place[cell.box[0]], cell.box[1], place[cell.box[2] - 1] + 1, cell.box[3])),
            spans,
        )
        for cell, spans in rows
    ]


def _taken_apart(rows: list[Labelled]) -> list[Labelled]:
    """Return a table in which what spans rows is printed in the first of them, the others blank."""
    found: list[Labelled] = []
    for cell, spans in rows:
        left, top, right, bottom = cell.box
        found.append((replace(cell, box=(left, top, right, top + 1)), spans))
        found.extend((ViewCell("", (left, row, right, row + 1)), ()) for row in range(top + 1, bottom))
    return found


def _glued(rows: list[Labelled], share: float, rng: np.random.Generator) -> list[Labelled]:
    """Return a table in which the rule between some neighbours was not seen."""
    found: list[Labelled] = []
    for cell, spans in rows:
        last = found[-1] if found else None
        beside = last is not None and (
            last[0].box[2] == cell.box[0] and last[0].box[1] == cell.box[1] and last[0].box[3] == cell.box[3]
        )
        if last is None or not beside or rng.random() >= share:
            found.append((cell, spans))
            continue
        gap = " " if last[0].text and cell.text else ""
        moved = len(last[0].text) + len(gap)
        box = (*last[0].box[:2], *cell.box[2:])
        told = (*last[1], *((start + moved, end + moved, label) for start, end, label in spans))
        found[-1] = (replace(last[0], text=last[0].text + gap + cell.text, box=box), told)
    return found


def _other_heading(each: Labelled, rng: np.random.Generator) -> Labelled:
    """Return a heading in other words, or in glyphs that mean nothing; what stands in brackets stays."""
    cell, spans = each
    naming = [span for span in spans if span[2] in NAMING]
    if len(naming) != 1:
        return each
    start, end, _ = naming[0]
    strange = "".join(chr(int(code)) for code in rng.integers(0x4E00, 0x9FA0, end - start))
    if rng.random() < 0.5:
        strange = _phrase(end - start, rng, common_words())
    # Often the lexicon knows the heading all the same: what it says shall count for more than the words.
    known = cell.text if rng.random() < _KNOWN else None
    return replace(cell, text=cell.text[:start] + strange + cell.text[end:], known=known), spans


def _phrase(glyphs: int, rng: np.random.Generator, words: Words) -> str:
    """Return words, together so long."""
    return "".join(words.draw(rng) for _ in range((glyphs + 1) // 2))[:glyphs]


def _with_other_names(rows: list[Labelled], rng: np.random.Generator) -> list[Labelled]:
    """Return a table whose names and prose say something else: each pair of glyphs everywhere the same other.

    Offsets stay, for a word takes the place of as many glyphs.
    """
    words, share = common_words(), float(rng.random())
    others: dict[str, str] = {}

    def other(match: re.Match[str]) -> str:
        pair = match[0]
        if pair not in others:
            others[pair] = words.draw(rng) if pair not in _KEPT and rng.random() < share else pair
        return others[pair]

    def renamed(text: str, start: int, end: int) -> str:
        if end - start > 4 and rng.random() < _END_KEPT:
            end -= 2 + int(rng.random() < 0.5)
        return text[:start] + _PAIR.sub(other, text[start:end]) + text[end:]

    found: list[Labelled] = []
    for cell, spans in rows:
        text = cell.text if spans else renamed(cell.text, 0, len(cell.text))
        for start, end, label in spans:
            if label not in _CLOSED and not (label == VALUE and _DIGIT.search(text[start:end])):
                text = renamed(text, start, end)
        found.append((replace(cell, text=text), spans))
    return found


def _with_another_column(rows: list[Labelled], rng: np.random.Generator) -> list[Labelled]:
    """Return a table with a column more that holds no field: dates, words, remarks below a heading.

    Where a table has no row that is all headings there is none; what spans the place grows.
    """
    n_cols = max((cell.box[2] for cell, _ in rows), default=0)
    heads = [cell.box for cell, spans in rows if any(label == HEADER for _, _, label in spans)]
    if not heads:
        return rows
    top, below = min(box[1] for box in heads), max(box[3] for box in heads)
    if any(
        cell.box[1] < below and top < cell.box[3] and cell.text.strip() and not _is_heading(spans)
        for cell, spans in rows
    ):
        return rows
    at = int(rng.integers(1, n_cols + 1))
    moved = []
    for cell, spans in rows:
        left, upper, right, lower = cell.box
        # At the end of the table what is as wide as the table grows too.
        over = left < at < right or (at == n_cols and left == 0 and right == n_cols)
        box = (left + (left >= at), upper, right + (over or left >= at), lower)
        moved.append((replace(cell, box=box), spans))
    taken = {
        row for cell, _ in moved if cell.box[0] <= at < cell.box[2] for row in range(cell.box[1], cell.box[3])
    }
    words = common_words()
    heading = _phrase(int(rng.integers(2, 7)), rng, words)
    first = min((row for row in range(top, below) if row not in taken), default=below)
    if first < below and not any(row in taken for row in range(first, below)):
        moved.append((ViewCell(heading, (at, first, at + 1, below)), ((0, len(heading), HEADER),)))
    else:
        moved.extend(
            (ViewCell("", (at, row, at + 1, row + 1)), ()) for row in range(top, below) if row not in taken
        )
    kind, few = rng.random(), [_phrase(int(rng.integers(1, 4)) * 2, rng, words) for _ in range(3)]
    for row in range(below, max(cell.box[3] for cell, _ in rows)):
        if row in taken:
            continue
        text = ""
        if kind < 0.3:
            text = f"{rng.integers(2018, 2030)}年{rng.integers(1, 13)}月"
        elif kind < 0.6:
            text = few[int(rng.integers(3))]
        elif kind < 0.8:
            text = _phrase(int(rng.integers(2, 9)), rng, words)
        text = "" if rng.random() < 0.2 else text
        moved.append((ViewCell(text, (at, row, at + 1, row + 1)), ()))
    return sorted(moved, key=lambda each: (each[0].box[1], each[0].box[0]))


def _misread(each: Labelled, share: float, rng: np.random.Generator) -> Labelled:
    """Return a cell with some of its glyphs misread, lost or doubled; its spans follow."""
    cell, spans = each
    text = cell.text
    hit = np.flatnonzero(rng.random(len(text)) < share)
    if not len(hit):
        return each
    place = np.arange(len(text) + 1)
    glyphs = list(text)
    for at in hit:
        kind = rng.random()
        if kind < 0.2:
            glyphs[at] = ""
            place[at + 1 :] -= 1
        elif kind < 0.3:
            glyphs[at] += glyphs[at]
            place[at + 1 :] += 1
        elif kind < 0.4:
            glyphs[at] += " "
            place[at + 1 :] += 1
        else:
            glyphs[at] = _STRAY[rng.integers(len(_STRAY))]
    moved = ((int(place[start]), int(place[end]), label) for start, end, label in spans)
    return replace(cell, text="".join(glyphs)), tuple(span for span in moved if span[0] < span[1])


def _torn(each: Labelled, rng: np.random.Generator) -> tuple[Labelled, ...]:
    """Return a cell in two, where it spans rows: its text broken anywhere."""
    cell, spans = each
    left, top, right, bottom = cell.box
    if bottom - top < 2 or len(cell.text) < 4:
        return (each,)
    cut = int(rng.integers(1, len(cell.text)))
    row = int(rng.integers(top + 1, bottom))
    above = tuple((start, min(end, cut), label) for start, end, label in spans if start < cut)
    below = tuple((max(start, cut) - cut, end - cut, label) for start, end, label in spans if end > cut)
    return (
        (replace(cell, text=cell.text[:cut], box=(left, top, right, row)), above),
        (ViewCell(cell.text[cut:], (left, row, right, bottom)), below),
    )
