"""A small typesetter for official tables: blocks in, pages with exact geometry out.

A table that does not fit is broken over pages as word processors do it: header rows come again, a row may
be torn between two of its lines, and a spanned cell is cut by the page break with its text in one of the
parts or shared among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from yusuan.datasets.synth.blocks import (
    Block,
    Box,
    CellText,
    NewPage,
    Paragraph,
    PlacedCell,
    PlacedLine,
    PlacedPage,
    PlacedTable,
    Rules,
    Run,
    Sheet,
    TableBlock,
    TextLine,
    cells_of,
)
from yusuan.datasets.synth.fonts import missing_glyphs, width_of
from yusuan.datasets.synth.wrapping import join_lines, wrap
from yusuan.extraction.errors import UsageError


@dataclass(frozen=True)
class _Part:
    """A printed part of a block row: its lines from `start`, up to `stop` (None: to the end)."""

    row: int
    start: int = 0
    stop: int | None = None


@dataclass(frozen=True)
class _Grid:
    """A table block with its cells at their places and their lines wrapped."""

    block: TableBlock
    face: str
    cells: dict[tuple[int, int], CellText]
    lines: dict[tuple[int, int], list[str]]

    @property
    def step(self) -> float:
        return self.block.size * self.block.leading

    def row_lines(self, row: int) -> int:
        counts = [
            len(self.lines[at]) for at, cell in self.cells.items() if at[0] == row and cell.rowspan == 1
        ]
        return max(counts, default=1)


def _grid_of(block: TableBlock, face: str) -> _Grid:
    cells = cells_of(block)
    lines = {}
    for (row, col), spec in cells.items():
        own = _face_of(block, row, spec, face)
        if missing := missing_glyphs(spec.text, own):
            raise UsageError(f"table {block.key}: the face {own} cannot print {missing!r}")
        width = sum(block.widths[col : col + spec.colspan]) - 2 * block.padding[0]
        width -= spec.indent * block.size
        lines[row, col] = wrap(spec.text, width, own, block.size)
    return _Grid(block, face, cells, lines)


def _face_of(block: TableBlock, row: int, spec: CellText, face: str) -> str:
    return spec.face or (block.head_face if row in block.head else None) or block.face or face


def _heights(grid: _Grid, parts: Sequence[_Part]) -> list[float]:
    """Return the height of each part; a spanned cell that needs more stretches its last row."""
    block, pad = grid.block, grid.block.padding[1]
    heights = []
    for part in parts:
        stop = grid.row_lines(part.row) if part.stop is None else part.stop
        heights.append(max(block.row_height, (stop - part.start) * grid.step + 2 * pad))
    where = {part.row: index for index, part in enumerate(parts)}
    for (row, _), spec in grid.cells.items():
        rows = [where[r] for r in range(row, row + spec.rowspan) if r in where]
        if spec.rowspan > 1 and len(rows) == spec.rowspan:
            need = len(grid.lines[row, _]) * grid.step + 2 * pad
            heights[rows[-1]] += max(0.0, need - sum(heights[i] for i in rows))
    return heights


def _fragments(grid: _Grid, first_room: float, room: float) -> list[list[_Part]]:
    """Deal the rows out to pages: explicit breaks first, else as many whole rows as there is room for."""
    block = grid.block
    fragments: list[list[_Part]] = [[]]
    available = first_room
    for row in range(len(block.rows)):
        repeat = [_Part(again) for again in block.repeat if again < row]
        keep = block.breaks.get(row)
        if keep is None and block.tear:
            left = available - sum(_heights(grid, fragments[-1])) - 2 * block.padding[1]
            fits = int(left / grid.step + 0.01)
            keep = fits if 0 < fits < grid.row_lines(row) else None
        if keep:
            fragments[-1].append(_Part(row, 0, keep))
            fragments.append([*repeat, _Part(row, keep)])
            available = room
            continue
        current = fragments[-1]
        full = sum(_heights(grid, [*current, _Part(row)])) > available + 0.01
        if keep == 0 or (full and len(current) > (len(repeat) if len(fragments) > 1 else 0)):
            fragments.append([*repeat, _Part(row)])
            available = room
        else:
            current.append(_Part(row))
    return fragments


def _share_lines(
    grid: _Grid, at: tuple[int, int], pieces: list[tuple[int, _Part, float]]
) -> dict[int, list[str]]:
    """Deal the lines of a cell that stands on several pages out to its pieces: fragment → lines."""
    spec, lines = grid.cells[at], grid.lines[at]
    order = list(dict.fromkeys(fragment for fragment, _, _ in pieces))
    if len(order) == 1:
        return {order[0]: lines}
    if spec.rowspan == 1:
        return {fragment: lines[part.start : part.stop] for fragment, part, _ in pieces}
    heights = {f: sum(height for piece, _, height in pieces if piece == f) for f in order}
    room = {f: int((heights[f] - 2 * grid.block.padding[1]) / grid.step + 0.01) for f in order}
    if spec.torn != "split":
        chosen = {"first": order[0], "last": order[-1], "middle": order[len(order) // 2]}[spec.torn]
        if room[chosen] < len(lines):  # nobody leaves text where it does not fit while it does elsewhere
            chosen = max(order, key=lambda fragment: room[fragment])
        if room[chosen] >= len(lines):
            return {fragment: lines if fragment == chosen else [] for fragment in order}
    shared, rest = {}, list(lines)
    for fragment in order:
        fits = len(rest) if fragment == order[-1] else room[fragment]
        shared[fragment], rest = rest[:fits], rest[fits:]
    return shared


def _stretched(
    grid: _Grid,
    parts: Sequence[_Part],
    heights: list[float],
    texts: dict[tuple[int, int], dict[int, list[str]]],
    index: int,
) -> list[float]:
    """Return the heights of a fragment with room for what spanned cells that a page break cuts say in it."""
    where = {part.row: place for place, part in enumerate(parts)}
    stretched = list(heights)
    for (row, col), spec in grid.cells.items():
        rows = [where[r] for r in range(row, row + spec.rowspan) if r in where]
        if rows and 1 < spec.rowspan != len(rows):
            lines = texts[row, col].get(index, [])
            need = len(lines) * grid.step + 2 * grid.block.padding[1] if lines else 0.0
            stretched[rows[-1]] += max(0.0, need - sum(stretched[place] for place in rows))
    return stretched


class _Press:
    """The pages set so far and where the next block goes."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.pages: list[PlacedPage] = []
        self.turn()

    def turn(self, sheet: Sheet | None = None) -> None:
        """Begin a page."""
        self.sheet = sheet or self.sheet
        self.pages.append(PlacedPage(self.sheet.size))
        self.y = self.line_top = self.sheet.inner[1]
        if self.sheet.footer:
            here = self.y
            self.y = self.sheet.inner[3] + 12
            footer = self.sheet.footer.format(page=len(self.pages))
            self.line(TextLine(footer, "footer", 9.0, align="center", before=0))
            self.y = here

    @property
    def room(self) -> float:
        return self.sheet.inner[3] - self.y

    def line(self, line: TextLine) -> None:
        """Set a line, every one of its newline-separated parts as a line of its own."""
        x0, _, x1, _ = self.sheet.inner
        face = line.face or self.sheet.face
        if missing := missing_glyphs(line.text, face):
            raise UsageError(f"the face {face} cannot print {missing!r} of {line.text!r}")
        below = self.y
        self.y = self.line_top if line.beside else self.y + line.before
        self.line_top = self.y
        for text in line.text.split("\n"):
            width = width_of(text, face, line.size)
            x = {"left": x0, "center": (x0 + x1 - width) / 2, "right": x1 - width}[line.align]
            box = (x, self.y, x + width, self.y + line.size * 1.15)
            page = self.pages[-1]
            page.lines.append(PlacedLine(text, box, line.role))
            page.runs.append(Run(text, x, self.y + line.size * 0.95, face, line.size))
            self.y += line.size * 1.25
        self.y = max(self.y + line.after, below)

    def paragraph(self, paragraph: Paragraph) -> None:
        """Set running text line by line."""
        x0, _, x1, _ = self.sheet.inner
        step = paragraph.size * paragraph.leading
        indent = paragraph.size * 2 if paragraph.indent else 0.0
        lines = wrap(paragraph.text, x1 - x0, self.sheet.face, paragraph.size, first_indent=indent)
        for index, text in enumerate(lines):
            if self.room < step:
                self.turn()
            x = x0 + (indent if index == 0 else 0.0)
            top = self.y + (step - paragraph.size) / 2
            width = width_of(text, self.sheet.face, paragraph.size)
            box = (x, top, x + width, top + paragraph.size * 1.1)
            self.pages[-1].lines.append(PlacedLine(text, box, "body"))
            baseline = top + paragraph.size * 0.88
            self.pages[-1].runs.append(Run(text, x, baseline, self.sheet.face, paragraph.size))
            self.y += step

    def table(self, block: TableBlock) -> None:
        """Set a table, over as many pages as it takes."""
        grid = _grid_of(block, self.sheet.face)
        running = sum(
            line.before + line.after + line.size * 1.25 * (1 + line.text.count("\n"))
            for line in block.running
        )
        _, top, _, bottom = self.sheet.inner
        fragments = _fragments(grid, self.room, bottom - top - running)
        heights = [_heights(grid, parts) for parts in fragments]
        texts = self._texts(grid, fragments, heights)
        for index, parts in enumerate(fragments):
            if index:
                self.turn()
                for line in block.running:
                    self.line(line)
            torn = index > 0 and fragments[index - 1][-1].stop is not None
            # Headings that stand further down in a form are printed again only once they have been printed.
            repeated = sum(row <= fragments[index - 1][-1].row for row in block.repeat) if index else 0
            tall = _stretched(grid, parts, heights[index], texts, index)
            self._fragment(grid, parts, tall, (texts, index, repeated, torn))
        self.y += 6

    @staticmethod
    def _texts(
        grid: _Grid, fragments: list[list[_Part]], heights: list[list[float]]
    ) -> dict[tuple[int, int], dict[int, list[str]]]:
        texts = {}
        for at, spec in grid.cells.items():
            if at[0] in grid.block.repeat:
                texts[at] = dict.fromkeys(range(len(fragments)), grid.lines[at])
                continue
            pieces = [
                (index, part, heights[index][place])
                for index, parts in enumerate(fragments)
                for place, part in enumerate(parts)
                if at[0] <= part.row < at[0] + spec.rowspan
            ]
            texts[at] = _share_lines(grid, at, pieces)
        return texts

    def _fragment(
        self,
        grid: _Grid,
        parts: list[_Part],
        heights: list[float],
        how: tuple[dict[tuple[int, int], dict[int, list[str]]], int, int, bool],
    ) -> None:
        texts, index, repeated, torn = how
        block, page = grid.block, self.pages[-1]
        x0, _, x1, _ = self.sheet.inner
        left = (x0 + x1 - sum(block.widths)) / 2
        xs = [left + sum(block.widths[:col]) for col in range(len(block.widths) + 1)]
        ys = [self.y + sum(heights[:place]) for place in range(len(parts) + 1)]
        cells = []
        for at, spec in sorted(grid.cells.items()):
            places = [place for place, part in enumerate(parts) if at[0] <= part.row < at[0] + spec.rowspan]
            if not places:
                continue
            col, last = at[1], at[1] + spec.colspan
            box = (xs[col], ys[places[0]], xs[last], ys[places[-1] + 1])
            lines = texts[at].get(index, [])
            text = join_lines(lines)
            head = at[0] in block.head
            cells.append(PlacedCell(places[0], col, len(places), spec.colspan, text, box, at, head))
            face = _face_of(block, at[0], spec, grid.face)
            page.runs.extend(_runs(lines, box, spec, face, grid))
            if head and block.head_fill is not None:
                page.fills.append((box, block.head_fill))
        box = (xs[0], ys[0], xs[-1], ys[-1])
        rows = tuple(part.row for part in parts)
        page.tables.append(PlacedTable(block.key, box, rows, len(block.widths), tuple(cells), repeated, torn))
        edges = {xs[0], xs[-1]}, {ys[0], ys[-1]}
        page.strokes.extend(
            (stroke, _pen(stroke, edges, block.rules)) for stroke in _strokes(cells, xs, ys, block.rules)
        )
        self.y = ys[-1]


def _runs(lines: list[str], box: Box, spec: CellText, face: str, grid: _Grid) -> list[Run]:
    x0, y0, x1, y1 = box
    size, step, (pad_x, pad_y) = grid.block.size, grid.step, grid.block.padding
    height = len(lines) * step
    top = y0 + pad_y if spec.top else (y0 + y1 - height) / 2
    runs = []
    for index, line in enumerate(lines):
        width = width_of(line, face, size)
        inset = x0 + pad_x + spec.indent * size
        x = {"left": inset, "center": (x0 + x1 - width) / 2, "right": x1 - pad_x - width}[spec.align]
        runs.append(Run(line, x, top + index * step + (step - size) / 2 + size * 0.88, face, size))
    return [run for run in runs if run.text.strip()]


def _pen(stroke: Box, edges: tuple[set[float], set[float]], rules: Rules) -> Rules:
    """Return how a line is drawn: the lines around a table may be wider than those in it."""
    x0, y0, x1, _ = stroke
    around = x0 in edges[0] if x0 == x1 else y0 in edges[1]
    return rules if rules.outer is None or not around else replace(rules, width=rules.outer)


def _strokes(cells: Sequence[PlacedCell], xs: list[float], ys: list[float], rules: Rules) -> list[Box]:
    """Return the lines to draw, each as long as it can be: x0, y0, x1, y1 with x0 == x1 or y0 == y1."""
    owner = {}
    for number, cell in enumerate(cells):
        for row in range(cell.row, cell.row + cell.rowspan):
            for col in range(cell.col, cell.col + cell.colspan):
                owner[row, col] = number
    n_rows, n_cols = len(ys) - 1, len(xs) - 1
    heads = {row for cell in cells if cell.head for row in range(cell.row, cell.row + cell.rowspan)}
    strokes: list[Box] = []
    for row in range(n_rows + 1):
        outer = row in (0, n_rows)
        inner = rules.horizontal or (rules.under_head and row - 1 in heads and row not in heads)
        wanted = (rules.bottom if row else rules.top) if outer else inner
        flags = [wanted and owner.get((row - 1, col)) != owner.get((row, col)) for col in range(n_cols)]
        strokes += [(xs[a], ys[row], xs[b], ys[row]) for a, b in _stretches(flags)]
    for col in range(n_cols + 1):
        wanted = rules.left if col == 0 else rules.right if col == n_cols else rules.vertical
        flags = [wanted and owner.get((row, col - 1)) != owner.get((row, col)) for row in range(n_rows)]
        strokes += [(xs[col], ys[a], xs[col], ys[b]) for a, b in _stretches(flags)]
    return strokes


def _stretches(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the half-open stretches of True."""
    edges = [0, *(int(flag) for flag in flags), 0]
    starts = [i for i in range(len(flags)) if edges[i + 1] and not edges[i]]
    stops = [i + 1 for i in range(len(flags)) if edges[i + 1] and not edges[i + 2]]
    return list(zip(starts, stops, strict=True))


def _needed(block: Block, face: str) -> float:
    """Return the height in points that must be free for `block` to begin on this page."""
    if isinstance(block, TextLine):
        return block.before + block.after + block.size * 1.25 * (1 + block.text.count("\n"))
    if isinstance(block, TableBlock):
        grid = _grid_of(block, face)
        # Headings should not stand alone at the foot of a page; a form may begin with any of its rows.
        least = len(block.repeat) + 1 if block.repeat else 3
        return sum(_heights(grid, [_Part(row) for row in range(min(least, len(block.rows)))]))
    return 0.0


def typeset(blocks: Sequence[Block], sheet: Sheet) -> list[PlacedPage]:
    """Set `blocks` on pages.

    Lines of a heading stay with the table below them; everything else goes where there is room.

    Raises:
        UsageError: a table's cells do not fill its grid, or a face lacks a character.
    """
    press = _Press(sheet)
    for index, block in enumerate(blocks):
        if isinstance(block, NewPage):
            press.turn(block.sheet)
        elif isinstance(block, Paragraph):
            press.paragraph(block)
        elif isinstance(block, TableBlock):
            press.table(block)
        else:
            needed = 0.0
            for later in blocks[index:]:
                if isinstance(later, NewPage | Paragraph):
                    break
                needed += _needed(later, press.sheet.face)
                if isinstance(later, TableBlock):
                    break
            before = blocks[index - 1] if index else None
            begins = not isinstance(before, TextLine) or before.role == "note"
            if begins and block.role != "note" and press.room < needed:
                press.turn()
            press.line(block)
    return press.pages
