"""What is typeset and where it comes to stand: blocks of a source, and placed pages.

Points everywhere, origin at the top left of the page, y down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from yusuan.extraction.document import LineRole
from yusuan.extraction.errors import UsageError

Align = Literal["left", "center", "right"]
Torn = Literal["first", "last", "middle", "split"]
Box = tuple[float, float, float, float]

A4 = (595.0, 842.0)


@dataclass(frozen=True)
class Sheet:
    """A page format: size and margins in points, the body face, and the footer (`{page}` is the number)."""

    size: tuple[float, float] = A4
    margins: tuple[float, float, float, float] = (56.0, 50.0, 56.0, 50.0)
    footer: str = ""
    face: str = "song"

    @property
    def inner(self) -> Box:
        """The printable area: x0, y0, x1, y1."""
        left, top, right, bottom = self.margins
        return left, top, self.size[0] - right, self.size[1] - bottom


@dataclass(frozen=True)
class TextLine:
    """One line of text outside tables, wrapped only where it contains newlines.

    `beside` sets it at the height of the line before it, not below.
    """

    text: str
    role: LineRole = "body"
    size: float = 10.5
    face: str | None = None
    align: Align = "left"
    before: float = 2.0
    after: float = 3.0
    beside: bool = False


@dataclass(frozen=True)
class Paragraph:
    """Running text, wrapped to the width of the page, its first line indented by two characters."""

    text: str
    size: float = 12.0
    leading: float = 1.7
    indent: bool = True


@dataclass(frozen=True)
class NewPage:
    """Begin a new page, on another sheet when one is given."""

    sheet: Sheet | None = None


@dataclass(frozen=True)
class CellText:
    """A cell of a table as it is written down: what it says and how it is set.

    Attributes:
        text: newlines force line breaks.
        indent: of a left-set cell, in characters.
        torn: which part of a cell that a page break cuts through its rows carries the text.
        part: label of the whole text (`key` before a value, `ordinal`, …) where the records do not tell
            it; it stands before what they tell. Headings of columns need none.
    """

    text: str = ""
    rowspan: int = 1
    colspan: int = 1
    align: Align = "center"
    top: bool = False
    face: str | None = None
    indent: int = 0
    torn: Torn = "first"
    part: str | None = None


@dataclass(frozen=True)
class Rules:
    """How the lines of a table are drawn.

    Attributes:
        gray: 0 black to 1 white.
        dash: lengths on and off in points; empty for a full line.
        horizontal, vertical: whether inner lines of that direction are drawn.
        left, right, top, bottom: whether the outer line of that side is drawn.
        outer: width of the lines around the table, where it is another one.
        under_head: a line stands below the headings although `horizontal` is False.
    """

    width: float = 0.6
    gray: float = 0.0
    dash: tuple[float, ...] = ()
    horizontal: bool = True
    vertical: bool = True
    left: bool = True
    right: bool = True
    top: bool = True
    bottom: bool = True
    outer: float | None = None
    under_head: bool = False


@dataclass(frozen=True)
class TableBlock:
    """A logical table before it is set on pages.

    Attributes:
        widths: of the columns, points.
        rows: cells row by row; positions covered by a span from above or the left are left out.
        head: rows whose cells are headings of columns; may stand below other rows of a form.
        repeat: rows printed again at the top of every later page.
        running: lines printed again above the table on later pages.
        breaks: row → lines of it that still stand before a page break (0: the break is above the row).
        tear: a row that does not fit may be torn between two of its lines.
        row_height: least height of a row.
        head_fill: gray level behind headings, 0 black to 1 white; None for none.
    """

    key: str
    widths: tuple[float, ...]
    rows: tuple[tuple[CellText, ...], ...]
    head: tuple[int, ...] = ()
    repeat: tuple[int, ...] = ()
    running: tuple[TextLine, ...] = ()
    breaks: dict[int, int] = field(default_factory=dict)
    tear: bool = False
    rules: Rules = Rules()
    size: float = 9.0
    leading: float = 1.25
    row_height: float = 18.0
    padding: tuple[float, float] = (3.0, 2.5)
    face: str | None = None
    head_face: str | None = None
    head_fill: float | None = None


Block = TextLine | Paragraph | NewPage | TableBlock


@dataclass(frozen=True)
class Run:
    """A run of printed characters: `x` and the baseline `y`."""

    text: str
    x: float
    y: float
    face: str
    size: float


@dataclass(frozen=True)
class PlacedCell:
    """A cell on a page; `source` is (row, col) in its block. `text` is what stands in this part."""

    row: int
    col: int
    rowspan: int
    colspan: int
    text: str
    bbox: Box
    source: tuple[int, int]
    head: bool


@dataclass(frozen=True)
class PlacedTable:
    """A table, or the part of one, on a page. `rows` names the block row of each printed row."""

    key: str
    bbox: Box
    rows: tuple[int, ...]
    n_cols: int
    cells: tuple[PlacedCell, ...]
    repeated: int
    torn: bool


@dataclass(frozen=True)
class PlacedLine:
    """A printed line outside tables."""

    text: str
    bbox: Box
    role: LineRole


@dataclass(frozen=True)
class Picture:
    """What lies over the print of a page: a stamp, a watermark, handwriting. `rgba` is `(H, W, 4)` uint8."""

    kind: str
    bbox: Box
    rgba: np.ndarray


@dataclass
class PlacedPage:
    """One page while it is filled: geometry for the truth; runs, strokes, fills, pictures for the printer.

    A fill is the gray level behind a box, 0 black to 1 white.
    """

    size: tuple[float, float]
    tables: list[PlacedTable] = field(default_factory=list)
    lines: list[PlacedLine] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    strokes: list[tuple[Box, Rules]] = field(default_factory=list)
    fills: list[tuple[Box, float]] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)


def cells_of(block: TableBlock) -> dict[tuple[int, int], CellText]:
    """Return the cells of `block` at their (row, column), which spans from above or the left push right.

    Raises:
        UsageError: two cells meet, or a place of the grid has none.
    """
    cells: dict[tuple[int, int], CellText] = {}
    taken: set[tuple[int, int]] = set()
    grid = {(row, col) for row in range(len(block.rows)) for col in range(len(block.widths))}
    for row, specs in enumerate(block.rows):
        col = 0
        for spec in specs:
            while (row, col) in taken:
                col += 1
            covered = {(row + i, col + j) for i in range(spec.rowspan) for j in range(spec.colspan)}
            if covered & taken or covered - grid:
                raise UsageError(
                    f"table {block.key}: the cell {spec.text!r} in row {row} does not fit the grid"
                )
            taken |= covered
            cells[row, col] = spec
    if grid - taken:
        raise UsageError(f"table {block.key}: nothing stands at {sorted(grid - taken)[:3]}")
    return cells
