"""Tables of made-up reports: columns of labels and figures, headings, and whatever rules there may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from yusuan.datasets.synth.blocks import (
    Align,
    CellText,
    PlacedPage,
    PlacedTable,
    Rules,
    TableBlock,
    cells_of,
)
from yusuan.datasets.synth.fonts import width_of
from yusuan.datasets.synth.grammar.dice import Dice
from yusuan.datasets.synth.grammar.words import lexicon

LATIN_FACES = {
    "Times-Roman": "Times-Bold",
    "Helvetica": "Helvetica-Bold",
    "Courier": "Courier-Bold",
}
CHINESE_FACES = {"song": "hei", "han": "hei", "yahei": "yahei", "hei": "hei", "kai": "hei"}
BARE = Rules(horizontal=False, vertical=False, left=False, right=False, top=False, bottom=False)
# What is printed of a table, and how often; lines of the head and of totals come besides.
LOOKS: dict[str, tuple[float, Rules]] = {
    "bare": (6, BARE),
    "under_head": (3, replace(BARE, under_head=True)),
    "three_lines": (5, replace(BARE, under_head=True, top=True, bottom=True)),
    "around": (1.5, replace(BARE, top=True, bottom=True)),
    "rows": (4, replace(BARE, horizontal=True, top=True, bottom=True)),
    "rows_open": (1, replace(BARE, horizontal=True)),
    "columns": (1.5, replace(BARE, vertical=True, under_head=True, top=True, bottom=True)),
    "framed": (1.5, replace(BARE, under_head=True, top=True, bottom=True, left=True, right=True)),
    "framed_columns": (1.5, replace(Rules(), horizontal=False, under_head=True)),
    "no_sides": (1.5, Rules(left=False, right=False)),
    "full": (5, Rules()),
}


class Writer:
    """Who writes a report: language, faces, sizes, and how its tables look."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.latin = dice.maybe(0.45)
        self.words = lexicon("report_words")
        faces = LATIN_FACES if self.latin else CHINESE_FACES
        self.face = dice.pick(list(faces))
        self.bold = faces[self.face]
        self.size = dice.real(7.5, 11.5)
        self.look = dice.weigh({name: weight for name, (weight, _) in LOOKS.items()})
        self.tables: dict[str, TableBlock] = {}
        self.charts: dict[str, float] = {}

    def phrase(self, low: int, high: int) -> str:
        """Return some words."""
        count = self.dice.between(low, high)
        if self.latin:
            text = " ".join(self.dice.pick(self.words["latin"]) for _ in range(count))
            return text[:1].upper() + text[1:] if self.dice.maybe(0.8) else text
        return "".join(self.dice.pick(self.words["chinese"]) for _ in range(count))

    def prose(self) -> str:
        """Return a paragraph."""
        parts = []
        for _ in range(self.dice.between(2, 9)):
            if self.latin:
                clauses = [self.phrase(4, 12) for _ in range(self.dice.between(1, 3))]
                parts.append(", ".join(clauses).capitalize() + ".")
            else:
                links = self.words["chinese_links"]
                clauses = [
                    self.phrase(1, 3) + self.dice.pick(links) + self.phrase(1, 4)
                    for _ in range(self.dice.between(1, 4))
                ]
                parts.append("，".join(clauses) + self.dice.pick(("。", "。", "；")))
            if self.dice.maybe(0.2):
                parts.append(self.figure() + (" " if self.latin else ""))
        return (" " if self.latin else "").join(parts)

    def figure(self) -> str:
        """Return a figure as prose has it."""
        return f"{self.dice.spread(1, 1e6):,.{self.dice.between(0, 2)}f}"

    def numbered(self, kind: str) -> str:
        """Return the number of a table or a chart and what it shows."""
        fitting = [text for text in self.words[kind] if text.isascii() or not self.latin]
        number = f"{self.dice.between(1, 9)}{self.dice.pick(('', '', '.1', '-2'))}"
        return f"{self.dice.pick(fitting).format(n=number)} {self.phrase(2, 6)}"


@dataclass(frozen=True)
class _Column:
    """A column of a table: how its cells are set, and who writes them."""

    align: Align
    write: Callable[[], str]


def _figures(writer: Writer) -> Callable[[], str]:
    """Return who writes the figures of a column."""
    dice = writer.dice
    digits, places = dice.real(1, 7), dice.weigh({0: 5, 1: 2, 2: 3})
    mark = dice.weigh({"": 8, "%": 1.5, "*": 0.4})
    blank = dice.pick(("", "-", "—" if not writer.latin else "n/a", "0"))
    missing = dice.pick((0.0, 0.0, 0.05, 0.3))
    commas = dice.maybe(0.8)

    def write() -> str:
        if dice.maybe(missing):
            return str(blank)
        value = dice.spread(1, 10**digits)
        text = f"{value:,.{places}f}" if commas else f"{value:.{places}f}"
        if dice.maybe(0.06):
            text = dice.pick((f"({text})", f"-{text}"))
        return text + mark

    return write


def _columns(writer: Writer, count: int) -> list[_Column]:
    """Return the columns of a table: labels first, mostly figures after them."""
    dice = writer.dice
    label: Align = dice.weigh({"left": 8, "center": 1})
    figure: Align = dice.weigh({"right": 6, "center": 3, "left": 1})
    words = dice.pick((2, 3, 5))
    columns = [_Column(label, lambda: writer.phrase(1, words))]
    if dice.maybe(0.12):
        columns = [_Column("center", lambda: str(dice.between(1, 999)))]
    share = dice.pick((0.0, 0.1, 0.35, 0.8))
    while len(columns) < count:
        if dice.maybe(share):
            long = dice.pick((1, 2, 4, 8))
            align: Align = dice.pick(("left", "left", "center"))
            columns.append(_Column(align, lambda long=long: writer.phrase(1, long)))  # type: ignore[misc]
        elif dice.maybe(0.08):
            columns.append(_Column("center", lambda: str(dice.between(1990, 2030))))
        else:
            columns.append(_Column(figure, _figures(writer)))
    return columns


def draw_table(writer: Writer, room: float) -> TableBlock:
    """Return a table no wider than `room`."""
    dice = writer.dice
    columns = _columns(writer, dice.weigh({2: 2, 3: 4, 4: 4, 5: 4, 6: 3, 7: 2, 8: 1.5, 10: 1}))
    size = writer.size * dice.real(0.75, 1.0)
    head, tree = _head(writer, columns)
    body: list[tuple[CellText, ...]] = []
    indented = dice.maybe(0.25)
    sections = dice.pick((0.0, 0.0, 0.12))
    grouped = len(columns) > 2 and dice.maybe(0.1)
    wanted = dice.weigh({dice.between(2, 6): 3, dice.between(6, 14): 5, dice.between(14, 34): 2})
    while len(body) < wanted:
        if dice.maybe(sections):
            texts = [writer.phrase(1, 3), *[""] * (len(columns) - 1)]
            if dice.maybe(0.3):
                body.append((CellText(texts[0], colspan=len(columns), align="left", face=writer.bold),))
                continue
        else:
            texts = [column.write() for column in columns]
        tall = dice.between(2, 4) if grouped else 1
        inset = 1 if indented and dice.maybe(0.6) else 0
        first = CellText(texts[0], tall, align=columns[0].align, indent=inset, top=dice.maybe(0.5))
        rest = [texts, *([column.write() for column in columns] for _ in range(tall - 1))]
        for place, line in enumerate(rest):
            own = tuple(
                CellText(text, align=column.align) for text, column in zip(line[1:], columns[1:], strict=True)
            )
            body.append((first, *own) if place == 0 else own)
    if dice.maybe(0.3):
        total = "Total" if writer.latin else "合计"
        cells = [total, *(column.write() for column in columns[1:])]
        face = dice.pick((writer.face, writer.bold))
        body.append(
            tuple(
                CellText(text, align=column.align, face=face)
                for text, column in zip(cells, columns, strict=True)
            )
        )
    padding = dice.spread(1.5, 9.0), dice.spread(0.3, 5.0)
    rows = (*head, *body)
    widths = _widths(writer, rows, len(columns), size, padding[0], room)
    rules = LOOKS[writer.look if dice.maybe(0.7) else dice.weigh({k: w for k, (w, _) in LOOKS.items()})][1]
    pen = replace(
        rules,
        width=dice.pick((0.3, 0.5, 0.7, 1.0)),
        gray=dice.weigh({0.0: 7, 0.4: 1.5, 0.65: 1}),
        dash=dice.weigh({(): 9, (1.0, 1.5): 1, (4.0, 2.0): 0.6}),
        outer=dice.weigh({None: 5, 1.3: 2}),
    )
    key = f"report{len(writer.tables) + 1}"
    block = TableBlock(
        key,
        widths,
        rows,
        head=tuple(range(len(head))),
        repeat=tuple(range(len(head))) if dice.maybe(0.5) else (),
        rules=pen,
        size=size,
        leading=dice.real(1.05, 1.3),
        row_height=size * dice.real(1.1, 2.0),
        padding=padding,
        head_face=dice.pick((None, writer.bold)),
        head_fill=dice.weigh({None: 6, 0.9: 1, 0.8: 1}) if tree else None,
    )
    writer.tables[key] = block
    return block


def _head(writer: Writer, columns: Sequence[_Column]) -> tuple[list[tuple[CellText, ...]], bool]:
    """Return the rows of headings, and whether there are any: one row, or two with groups above columns."""
    dice = writer.dice
    if dice.maybe(0.1):
        return [], False
    stub = "" if dice.maybe(0.35) else writer.phrase(1, 2)
    years = dice.maybe(0.3)
    align: Align = dice.weigh({"center": 6, "right": 1.5, "left": 1.5})
    above: list[CellText] = []
    below: list[CellText] = []
    grouped = len(columns) > 3 and dice.maybe(0.35)
    spanned = dice.maybe(0.6)
    if grouped and spanned:
        above.append(CellText(stub, rowspan=2, align=columns[0].align))
    elif grouped:
        above.append(CellText("", align=columns[0].align))
        below.append(CellText(stub, align=columns[0].align))
    else:
        below.append(CellText(stub, align=columns[0].align))
    place, year = 1, dice.between(1995, 2026)
    while place < len(columns):
        count = min(dice.between(1, 3), len(columns) - place) if grouped else 1
        for _ in range(count):
            text = str(year) if years else writer.phrase(1, dice.pick((1, 2, 3)))
            year += 1
            heading = CellText(text, align=align)
            if grouped and count == 1 and spanned:
                above.append(replace(heading, rowspan=2))
            else:
                below.append(heading)
        if grouped and not (count == 1 and spanned):
            above.append(CellText(writer.phrase(1, 2) if count > 1 else "", colspan=count))
        place += count
    return ([tuple(above)] if above else []) + [tuple(below)], True


def _widths(
    writer: Writer,
    rows: Sequence[Sequence[CellText]],
    count: int,
    size: float,
    padding: float,
    room: float,
) -> tuple[float, ...]:
    """Return the widths of columns: as wide as their text, or spread over the page, never wider."""
    dice = writer.dice
    block = TableBlock("", (1.0,) * count, tuple(tuple(row) for row in rows))
    need = [size * 1.5] * count
    for (_, col), cell in sorted(cells_of(block).items(), key=lambda item: item[0]):
        if cell.colspan == 1:
            longest = width_of(cell.text, writer.bold, size)
            need[col] = max(need[col], min(longest + cell.indent * size, room * dice.real(0.16, 0.3)) + 1)
    widths = [width + 2 * padding for width in need]
    total = sum(widths)
    if total > room:
        widths = [width * room / total for width in widths]
    elif dice.maybe(0.6):
        spare = (room * dice.pick((1.0, 1.0, 0.8)) - total) if total < room * 0.8 else room - total
        if dice.maybe(0.5):
            widths = [width * (total + spare) / total for width in widths]
        else:
            widths[0] += spare * 0.5
            widths = [width + spare * 0.5 / count for width in widths]
    return tuple(widths)


def dress(writer: Writer, page: PlacedPage, table: PlacedTable) -> None:
    """Print what only some tables have: stripes behind rows, rules below groups and around totals."""
    dice, block = writer.dice, writer.tables[table.key]
    ys = sorted({cell.bbox[1] for cell in table.cells} | {table.bbox[3]})
    x0, _, x1, _ = table.bbox
    heads = {cell.row for cell in table.cells if cell.head}
    first = max(heads, default=-1) + 1
    if dice.maybe(0.12):
        gray = dice.pick((0.96, 0.92, 0.86))
        for row in range(first, len(ys) - 1, 2):
            page.fills.append(((x0, ys[row], x1, ys[row + 1]), gray))
    if block.rules.horizontal:
        return
    pen = replace(block.rules, dash=(), outer=None)
    if dice.maybe(0.5):
        for cell in table.cells:
            if cell.head and cell.colspan > 1:
                left, _, right, bottom = cell.bbox
                page.strokes.append(((left + 3, bottom, right - 3, bottom), pen))
    if len(ys) - 1 > first + 2 and dice.maybe(0.25):
        start = min(cell.bbox[2] for cell in table.cells if cell.row == len(ys) - 2)
        whole = dice.maybe(0.5)
        page.strokes.append(((x0 if whole else start, ys[-2], x1, ys[-2]), pen))
