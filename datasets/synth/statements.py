"""Tables of financial statements: long labels, columns of figures, and rules over the figures alone.

The column of labels mostly has no heading and no rule, so that only its text tells that it belongs to the
table; figures are ruled above sums and below headings, column by column, and what is added up stands in
sections.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from yusuan.datasets.synth.blocks import (
    Align,
    CellText,
    PlacedCell,
    PlacedPage,
    PlacedTable,
    Rules,
    Run,
    TableBlock,
)
from yusuan.datasets.synth.fonts import width_of
from yusuan.datasets.synth.grammar.dice import Dice
from yusuan.datasets.synth.report_writer import BARE, Writer, figures_of

# Points between the two strokes of a double rule.
DOUBLE = 1.8


@dataclass(frozen=True)
class Ruling:
    """What is printed in a statement beside its text. Rows are those of its block.

    Attributes:
        first: column of figures.
        under: rows below whose figures a rule runs.
        double: rows below whose figures two rules run.
        whole: a rule runs below the headings from side to side.
        inset: of the rules of a column, points on either side; at 0 they join.
        signs: rows whose figures have a sign of currency at the left of their column.
        sign: of currency.
        shaded: a column with gray behind its figures.
        striped: of every second row, the gray behind it.
        leader: dots lead from labels to figures.
        pen: how rules are drawn.
    """

    first: int
    under: frozenset[int]
    double: frozenset[int]
    whole: bool
    inset: float
    signs: frozenset[int]
    sign: str
    shaded: int | None
    striped: float | None
    leader: str
    pen: Rules


class _Rows:
    """The rows of a statement as they are written, and which of them are ruled."""

    def __init__(self, writer: Writer, figures: int, noted: bool) -> None:
        dice = writer.dice
        self.writer, self.dice, self.noted = writer, dice, noted
        kinds = [figures_of(writer) for _ in range(dice.weigh({1: 5, 2: 2}))]
        self.write = [kinds[place % len(kinds)] for place in range(figures)]
        self.align: Align = dice.weigh({"right": 9, "center": 1})
        self.bold = dice.maybe(0.5)
        self.step = dice.pick((0, 1, 1, 2))
        self.words = dice.pick((3, 5, 9))
        self.rows: list[tuple[CellText, ...]] = []
        self.under: set[int] = set()
        self.double: set[int] = set()
        self.signs: set[int] = set()

    def add(self, label: str, *, depth: int = 0, blank: bool = False, strong: bool = False) -> None:
        """Write a row of figures, or one that only names those below it."""
        face = self.writer.bold if strong and self.bold else None
        first = CellText(label, align="left", valign="bottom", face=face, indent=depth * self.step)
        texts = ["" if blank else write() for write in self.write]
        notes = (
            [str(self.dice.between(1, 40)) if self.dice.maybe(0.5) and not blank else ""]
            if self.noted
            else []
        )
        cells = [CellText(text, valign="bottom") for text in notes]
        cells += [CellText(text, align=self.align, valign="bottom", face=face) for text in texts]
        self.rows.append((first, *cells))

    def add_section(self) -> None:
        """Write a section: its name, what it has, and mostly a sum."""
        dice, writer = self.dice, self.writer
        named = dice.maybe(0.7)
        if named:
            self.add(writer.phrase(1, 4) + dice.pick(("", ":")), blank=True, strong=dice.maybe(0.5))
        if not self.signs:
            self.signs.add(len(self.rows))
        for _ in range(dice.between(1, 6)):
            self.add(writer.phrase(1, self.words), depth=named)
        if dice.maybe(0.6):
            self.add_sum("" if dice.maybe(0.3) else writer.phrase(1, 4), depth=2 * named)

    def add_sum(self, label: str, *, depth: int = 0) -> None:
        """Write a sum of the figures above."""
        self.under.add(len(self.rows) - 1)
        self.add(label, depth=depth, strong=True)


def draw_statement(writer: Writer, room: float) -> TableBlock:
    """Return a table of a financial statement no wider than `room`."""
    dice = writer.dice
    figures = dice.weigh({1: 1, 2: 6, 3: 4, 4: 4, 5: 2, 6: 2, 8: 1})
    noted = dice.maybe(0.15)
    size = writer.size * dice.real(0.8, 1.0)
    head, ruled, whole = _head(writer, figures, noted)
    body = _Rows(writer, figures, noted)
    for _ in range(dice.weigh({1: 4, 2: 3, 3: 2, 5: 1})):
        body.add_section()
    if dice.maybe(0.6):
        body.add_sum("Total" if writer.latin else "合计")
    last = len(body.rows) - 1
    body.signs.add(last)
    below = dice.weigh({"double": 4, "single": 2, "none": 3})
    padding = dice.spread(2.0, 6.0), dice.spread(0.3, 3.0)
    shift = len(head)
    key = f"report{len(writer.tables) + 1}"
    longest = max(width_of(cell.text, writer.bold, size) for row in body.rows for cell in row[1 + noted :])
    widths = _widths(dice, (figures, noted), size, longest + 2 * padding[0], room)
    block = TableBlock(
        key,
        widths,
        (*head, *body.rows),
        head=tuple(range(shift)),
        repeat=tuple(range(shift)) if dice.maybe(0.5) else (),
        rules=replace(
            BARE, width=dice.pick((0.3, 0.5, 0.7, 1.0)), gray=dice.weigh({0.0: 6, 0.4: 2, 0.65: 1})
        ),
        size=size,
        leading=dice.real(1.05, 1.3),
        row_height=size * dice.real(1.1, 1.8),
        padding=padding,
        head_face=dice.pick((None, writer.bold)),
        head_fill=dice.weigh({None: 8, 0.85: 1}),
    )
    sums = {row + shift for row in body.under | ({last} if below == "single" else set())}
    writer.tables[key] = block
    ruling = Ruling(
        1 + noted,
        frozenset((ruled | sums) if dice.maybe(0.85) else ruled),
        frozenset({last + shift} if below == "double" else ()),
        whole,
        dice.pick((0.0, 1.0, 2.0, 4.0)),
        frozenset(row + shift for row in body.signs) if dice.maybe(0.45) else frozenset(),
        dice.pick(("$", "$", "€", "£")) if writer.latin else "￥",
        len(widths) - dice.between(1, figures) if dice.maybe(0.15) else None,
        dice.pick((0.95, 0.9, 0.85)) if dice.maybe(0.15) else None,
        dice.weigh({"": 6, ".": 1, " .": 1}),
        block.rules,
    )
    writer.extras[key] = partial(_print_beside, writer, ruling)
    return block


def _head(writer: Writer, figures: int, noted: bool) -> tuple[list[tuple[CellText, ...]], set[int], bool]:
    """Return the rows of headings, which of them are ruled, and whether one rule goes from side to side."""
    dice = writer.dice
    before = 1 + noted
    years, year = dice.maybe(0.55), dice.between(1995, 2024)
    align: Align = dice.weigh({"center": 5, "right": 5})
    ruled: set[int] = set()
    rows: list[tuple[CellText, ...]] = []
    above = [CellText("") for _ in range(before)]
    group = dice.weigh({figures: 3, 2: 2, 3: 1})
    if figures > 1 and dice.maybe(0.5):
        names = [
            CellText(_period(writer), colspan=min(group, figures - first))
            for first in range(0, figures, group)
        ]
        rows.append((*above, *(name if name.colspan > 1 else replace(name, text="") for name in names)))
        if dice.maybe(0.75):
            ruled.add(0)
    headings = [
        CellText(str(year - place) if years else writer.phrase(1, 3), align=align, valign="bottom")
        for place in range(figures)
    ]
    stub = CellText("" if dice.maybe(0.7) else _period(writer), align="left", valign="bottom")
    note = [CellText("Notes" if writer.latin else "附注", valign="bottom")] * noted
    rows.append((stub, *note, *headings))
    style = dice.weigh({"columns": 6, "whole": 2, "none": 2})
    if style == "columns":
        ruled.add(len(rows) - 1)
    if dice.maybe(0.3):
        units = [text for text in writer.words["units"] if text.isascii() or not writer.latin]
        rows.append((*above, CellText(dice.pick(units), colspan=figures)))
    return rows, ruled, style == "whole"


def _period(writer: Writer) -> str:
    """Return what stands above columns of years."""
    return writer.dice.pick(writer.words["periods_latin" if writer.latin else "periods_chinese"])


def _widths(
    dice: Dice, columns: tuple[int, bool], size: float, least: float, room: float
) -> tuple[float, ...]:
    """Return the widths of columns: those of figures alike, the labels have what is left."""
    figures, noted = columns
    total = room * dice.pick((1.0, 1.0, 0.9, 0.75))
    figure = max(size * dice.real(4.5, 9.0), least + 1)
    note = size * 3.0 if noted else 0.0
    figure = min(figure, (total * 0.72 - note) / figures)
    return (total - note - figure * figures, *([note] if noted else []), *[figure] * figures)


def _print_beside(writer: Writer, ruling: Ruling, page: PlacedPage, table: PlacedTable) -> None:
    """Print what stands in a statement beside its text."""
    block = writer.tables[table.key]
    for cell in table.cells:
        row = table.rows[cell.row]
        if cell.col >= ruling.first and (cell.text or not cell.head):
            _rule_cell(page, cell, row, ruling)
            if row in ruling.signs and cell.text:
                _sign(writer, page, block, cell, ruling.sign)
        elif cell.col == 0 and ruling.leader and not cell.head:
            _lead(block, ruling, page, table, cell)
    x0, _, x1, _ = table.bbox
    heads = [cell.bbox[3] for cell in table.cells if cell.head]
    if ruling.whole and heads:
        page.strokes.append(((x0, max(heads), x1, max(heads)), ruling.pen))
    _shade(page, table, ruling)


def _rule_cell(page: PlacedPage, cell: PlacedCell, row: int, ruling: Ruling) -> None:
    x0, _, x1, y = cell.bbox
    box = (x0 + ruling.inset, y, x1 - ruling.inset, y)
    if row in ruling.under | ruling.double:
        page.strokes.append((box, ruling.pen))
    if row in ruling.double:
        page.strokes.append(((box[0], y + DOUBLE, box[2], y + DOUBLE), ruling.pen))


def _sign(writer: Writer, page: PlacedPage, block: TableBlock, cell: PlacedCell, sign: str) -> None:
    """Print the sign of a currency before a figure, where there is room for it."""
    x0, _, x1, bottom = cell.bbox
    x = x0 + block.padding[0]
    left = x1 - block.padding[0] - width_of(cell.text, writer.bold, block.size)
    if left > x + block.size:
        baseline = bottom - block.padding[1] - block.size * ((block.leading - 1) / 2 + 0.12)
        page.runs.append(Run(sign, x, baseline, writer.face, block.size))


def _lead(block: TableBlock, ruling: Ruling, page: PlacedPage, table: PlacedTable, cell: PlacedCell) -> None:
    """Print dots from a label to the figures of its row."""
    own = [run for run in page.runs if _inside(run, cell)]
    beside = any(other.text for other in table.cells if other.row == cell.row and other.col)
    if not own or not beside:
        return
    run = max(own, key=lambda each: each.y)
    start = run.x + width_of(run.text, run.face, run.size) + block.size * 0.5
    count = int((cell.bbox[2] - block.padding[0] - start) / width_of(ruling.leader, run.face, block.size))
    if count > 2:
        page.runs.append(Run((ruling.leader * count).strip(), start, run.y, run.face, block.size))


def _inside(run: Run, cell: PlacedCell) -> bool:
    x0, y0, x1, y1 = cell.bbox
    return x0 <= run.x < x1 and y0 < run.y <= y1


def _shade(page: PlacedPage, table: PlacedTable, ruling: Ruling) -> None:
    for cell in table.cells:
        if cell.head:
            continue
        if ruling.striped is not None and cell.row % 2:
            page.fills.append((cell.bbox, ruling.striped))
        elif cell.col == ruling.shaded:
            page.fills.append((cell.bbox, 0.9))
