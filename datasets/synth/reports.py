"""Pages of made-up reports: prose, lists, charts, and tables of any look, most with few rules or none.

Budgets are ruled; where nothing is printed between two cells, only how their text stands tells that they are
two. Of that the layouts of budgets show too little. What these pages say means nothing, so no record is
made of them: they are for finding tables, and for measuring that on tables without rules.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest

from yusuan.datasets.synth.blocks import (
    A4,
    Align,
    Block,
    Box,
    Paragraph,
    PlacedLine,
    PlacedPage,
    Rules,
    Run,
    Sheet,
    TextLine,
)
from yusuan.datasets.synth.fonts import width_of
from yusuan.datasets.synth.grammar.dice import Dice
from yusuan.datasets.synth.report_tables import Writer, draw_table, dress
from yusuan.datasets.synth.sources import TableSource
from yusuan.datasets.synth.typeset import typeset

LETTER = (612.0, 792.0)
# Height that is left for a chart, in points.
CHART = (90.0, 220.0)


@dataclass(frozen=True)
class Report:
    """A made-up report before it has pixels: its pages, its tables by their keys, and who gives it out."""

    pages: tuple[PlacedPage, ...]
    sources: dict[str, TableSource]
    body: str


def draw_report(dice: Dice) -> Report:
    """Return a report of one page or a few."""
    writer = Writer(dice)
    size = dice.weigh({A4: 6, LETTER: 3, A4[::-1]: 1.5})
    side = dice.real(36, 90)
    sheet = Sheet(size, (side, dice.real(40, 80), side, dice.real(40, 70)), _footer(dice), writer.face)
    if dice.maybe(0.15) and size[0] < size[1]:
        pages = _in_two_columns(writer, sheet)
    else:
        pages = typeset(_blocks(writer, sheet), sheet)
    for page in pages:
        _draw_charts(writer, page)
        for table in page.tables:
            dress(writer, page, table)
    sources = {key: TableSource(block, "unknown", None, None, None) for key, block in writer.tables.items()}
    return Report(tuple(pages), sources, writer.phrase(1, 2))


def _footer(dice: Dice) -> str:
    return dice.weigh({"{page}": 5, "- {page} -": 2, "": 3})


def _in_two_columns(writer: Writer, sheet: Sheet) -> list[PlacedPage]:
    """Return pages set in two columns."""
    left, top, right, bottom = sheet.margins
    gutter = writer.dice.real(14, 30)
    middle = sheet.size[0] / 2
    first = replace(sheet, margins=(left, top, middle + gutter / 2, bottom))
    second = replace(sheet, margins=(middle + gutter / 2, top, right, bottom), footer="")
    columns = [typeset(_blocks(writer, narrow), narrow) for narrow in (first, second)]
    pages = []
    for page, other in zip_longest(*columns):
        if page and other:
            for name in ("tables", "lines", "runs", "strokes", "fills"):
                getattr(page, name).extend(getattr(other, name))
        pages.append(page or other)
    return pages


def _blocks(writer: Writer, sheet: Sheet) -> list[Block]:
    """Return what stands on a page: prose, with tables, lists and charts in it."""
    dice = writer.dice
    left, _, right, _ = sheet.inner
    blocks: list[Block] = []
    parts = dice.between(0, 3)
    wanted = 0 if dice.maybe(0.12) else 1 if dice.maybe(0.6) else dice.between(2, 3)
    kinds = ["table"] * wanted + [
        dice.weigh({"prose": 6, "list": 1.2, "chart": 1, "contents": 0.4}) for _ in range(parts)
    ]
    for kind in dice.mixed(kinds):
        if kind == "table":
            blocks += _captioned_table(writer, right - left)
        elif kind == "list":
            mark = dice.pick(("{n}. ", "({n}) ", "- ", "{n}) "))
            blocks += [
                TextLine(mark.format(n=place + 1) + writer.phrase(3, 9), size=writer.size)
                for place in range(dice.between(3, 8))
            ]
        elif kind == "contents":
            blocks += _contents(writer, right - left)
        elif kind == "chart":
            caption = writer.numbered("figure")
            height = dice.real(*CHART)
            writer.charts[caption] = height
            blocks.append(TextLine(caption, size=writer.size, align="center", before=height + 14, after=8))
        else:
            if dice.maybe(0.4):
                blocks.append(TextLine(writer.phrase(1, 4), "body", writer.size * 1.25, writer.bold))
            blocks += [
                Paragraph(writer.prose(), writer.size, dice.real(1.25, 1.8), not writer.latin)
                for _ in range(dice.between(1, 3))
            ]
    return blocks or [Paragraph(writer.prose(), writer.size)]


def _contents(writer: Writer, width: float) -> list[Block]:
    """Return lines of a table of contents, which is no table."""
    lines: list[Block] = []
    for place in range(writer.dice.between(4, 14)):
        name, page = f"{place + 1} {writer.phrase(1, 5)} ", f" {place * 3 + 2}"
        dots = width - width_of(name + page, writer.face, writer.size) - 4
        count = int(dots / width_of(".", writer.face, writer.size))
        lines.append(TextLine(name + "." * max(3, count) + page, size=writer.size))
    return lines


def _captioned_table(writer: Writer, room: float) -> list[Block]:
    dice = writer.dice
    blocks: list[Block] = []
    if dice.maybe(0.7):
        align: Align = dice.pick(("left", "center"))
        face = dice.pick((writer.face, writer.bold))
        blocks.append(TextLine(writer.numbered("table"), "title", writer.size, face, align, before=6))
    if dice.maybe(0.25):
        units = [text for text in writer.words["units"] if text.isascii() or not writer.latin]
        blocks.append(TextLine(dice.pick(units), "unit", writer.size * 0.9, align="right"))
    blocks.append(draw_table(writer, room))
    if dice.maybe(0.3):
        note = ("Source: " if writer.latin else "注：") + writer.phrase(3, 8)
        blocks.append(TextLine(note, "note", writer.size * 0.85, before=2))
    blocks.append(TextLine(" ", size=dice.real(2, 12)))
    return blocks


def _draw_charts(writer: Writer, page: PlacedPage) -> None:
    """Draw charts above their captions: axes, bars or a line, numbers beside them; they are no tables."""
    dice = writer.dice
    for line in list(page.lines):
        height = writer.charts.get(line.text)
        if height is None:
            continue
        middle = (line.bbox[0] + line.bbox[2]) / 2
        width = dice.real(140, 300)
        box = (
            max(30.0, middle - width / 2),
            line.bbox[1] - height,
            min(page.size[0] - 30, middle + width / 2),
            line.bbox[1] - 22,
        )
        _draw_chart(writer, page, box)


def _draw_chart(writer: Writer, page: PlacedPage, box: Box) -> None:
    dice = writer.dice
    x0, y0, x1, y1 = box
    pen, size = Rules(width=0.6), 7.0
    page.strokes += [((x0, y0, x0, y1), pen), ((x0, y1, x1, y1), pen)]
    ticks, gridded = dice.between(3, 6), dice.maybe(0.5)
    for tick in range(ticks + 1):
        y = y1 - (y1 - y0) * tick / (ticks + 0.5)
        if gridded and tick:
            page.strokes.append(((x0, y, x1, y), Rules(width=0.3, gray=0.6)))
        _say(page, f"{tick * 10}", x0 - 14, y + 2, size)
    count = dice.between(4, 9)
    step = (x1 - x0) / count
    tops = [y1 - (y1 - y0) * dice.real(0.1, 0.9) for _ in range(count)]
    bars = dice.maybe(0.5)
    for place, top in enumerate(tops):
        middle = x0 + step * (place + 0.5)
        _say(page, str(2001 + place), middle - 7, y1 + 9, size)
        if bars:
            page.fills.append(((middle - step * 0.3, top, middle + step * 0.3, y1), dice.real(0.3, 0.8)))
        elif place:
            page.strokes.append(((middle - step, tops[place - 1], middle, top), Rules(width=1.0)))


def _say(page: PlacedPage, text: str, x: float, y: float, size: float) -> None:
    width = width_of(text, "Helvetica", size)
    page.runs.append(Run(text, x, y, "Helvetica", size))
    page.lines.append(PlacedLine(text, (x, y - size * 0.9, x + width, y + size * 0.2), "body"))
