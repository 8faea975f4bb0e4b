"""Tables whose rules a PDF draws: taken from there where nothing is in doubt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from reportlab.pdfgen.canvas import Canvas

from yusuan.extraction.config import load_settings
from yusuan.extraction.pages import PageImage, open_source
from yusuan.extraction.pipeline import PageReader
from yusuan.extraction.tables.drawn import drawn_tables
from yusuan.extraction.tables.find import find_tables
from yusuan.extraction.tables.grid import Grid

Draw = Callable[[Canvas], None]
XS, YS = [100, 180, 300, 400, 480], [700, 670, 640, 610, 580, 550]
SCALE = 200 / 72


@pytest.fixture
def page(tmp_path: Path) -> Callable[..., PageImage]:
    """Return a maker of digital pages, drawn by some functions one after the other; A4, points, y up."""

    def make(*draws: Draw) -> PageImage:
        path = tmp_path / "drawn.pdf"
        canvas = Canvas(str(path), pagesize=(595, 842))
        for draw in draws:
            canvas.setFont("Helvetica", 10)
            draw(canvas)
        canvas.save()
        with open_source(path, load_settings().pages) as source:
            image = source.load(1)
        assert image.kind == "digital"
        return image

    return make


def rules(canvas: Canvas) -> None:
    for y in YS:
        canvas.line(XS[0], y, XS[-1], y)
    for x in XS:
        canvas.line(x, YS[0], x, YS[-1])


def says(row: int, col: int) -> str:
    return f"{'abcd'[col]}{row}" if row == 0 or col == 0 else f"{row * col}.5"


def texts(canvas: Canvas) -> None:
    for row, y in enumerate(YS[1:]):
        for col, x in enumerate(XS[:-1]):
            canvas.drawString(
                x + 6, y + 10, f"{'abcd'[col]}{row}" if row == 0 or col == 0 else f"{row * col}.5"
            )


def white(x: float, y: float, width: float, height: float) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.setFillGray(1)
        canvas.rect(x, y, width, height, stroke=0, fill=1)
        canvas.setFillGray(0)

    return draw


def places(grid: Grid) -> set[tuple[int, int, int, int]]:
    return {(cell.row, cell.col, cell.rowspan, cell.colspan) for cell in grid.cells}


def full(n_rows: int, n_cols: int) -> set[tuple[int, int, int, int]]:
    return {(row, col, 1, 1) for row in range(n_rows) for col in range(n_cols)}


def only(image: PageImage) -> Grid:
    found = drawn_tables(image)
    assert found is not None
    assert len(found.grids) == 1
    return found.grids[0]


def test_a_closed_grid_stands_where_it_was_drawn(page):
    image = page(rules, texts)
    grid = only(image)
    assert places(grid) == full(5, 4)
    assert np.abs(grid.xs - np.array(XS) * SCALE).max() < 1
    assert np.abs(grid.ys - (842 - np.array(YS)) * SCALE).max() < 1
    (seen,) = find_tables(image.image, image.dpi).grids
    assert places(seen) == places(grid)
    assert np.abs(seen.xs - grid.xs).max() < 2


def test_it_is_read_without_the_table_model(page):
    reader = PageReader(load_settings())
    reader.look = None
    cells = {(cell.row, cell.col): cell.text for cell in reader.read(page(rules, texts)).tables[0].cells}
    assert cells == {(row, col): says(row, col) for row in range(5) for col in range(4)}


def test_merged_cells_and_a_box_around_each_cell(page):
    def boxes(canvas: Canvas) -> None:
        for row in range(5):
            for col in range(4):
                if (row, col) not in ((0, 1), (0, 2), (3, 0), (4, 0)):
                    canvas.rect(XS[col], YS[row + 1], XS[col + 1] - XS[col], 30)
        canvas.rect(XS[1], YS[1], XS[3] - XS[1], 30)
        canvas.rect(XS[0], YS[5], XS[1] - XS[0], 60)

    expected = full(5, 4) - {(0, 1, 1, 1), (0, 2, 1, 1), (3, 0, 1, 1), (4, 0, 1, 1)}
    assert places(only(page(boxes, texts))) == expected | {(0, 1, 1, 2), (3, 0, 2, 1)}


def test_sides_left_and_right_may_be_open(page):
    def open_rules(canvas: Canvas) -> None:
        for y in YS:
            canvas.line(XS[0], y, XS[-1], y)
        for x in XS[1:-1]:
            canvas.line(x, YS[0], x, YS[-1])

    grid = only(page(open_rules, texts))
    assert places(grid) == full(5, 4)
    assert np.abs(grid.xs - np.array(XS) * SCALE).max() < 1


def test_a_page_of_prose_has_no_tables(page):
    def prose(canvas: Canvas) -> None:
        for k in range(20):
            canvas.drawString(
                100, 700 - 16 * k, "The budget of this body follows the rules laid down for all."
            )

    found = drawn_tables(page(prose))
    assert found is not None
    assert found.grids == ()


def test_a_table_of_contents_is_no_table(page):
    def contents(canvas: Canvas) -> None:
        for k in range(8):
            canvas.drawString(100, 700 - 20 * k, f"Part {k + 1}")
            canvas.drawString(160, 700 - 20 * k, "." * 60)
            canvas.drawString(400, 700 - 20 * k, str(3 * k + 2))

    found = drawn_tables(page(contents))
    assert found is not None
    assert found.grids == ()


def test_a_figure_too_long_for_its_cell_is_not_two_rows(page):
    def wrapped(canvas: Canvas) -> None:
        for y in (700, 660, 620, 580):
            canvas.line(100, y, 340, y)
        for x, label in ((100, "1234567"), (145, "a name"), (340, "")):
            canvas.line(x, 700, x, 580)
            for y in (660, 620, 580) if label else ():
                canvas.drawString(x + 4, y + 24, label)
                if x == 100:
                    canvas.drawString(x + 4, y + 8, "89")

    assert places(only(page(wrapped))) == full(3, 2)


def columns_without_rules(canvas: Canvas) -> None:
    for y in YS:
        canvas.line(XS[0], y, XS[-1], y)
    for x in (XS[0], XS[1], XS[-1]):
        canvas.line(x, YS[0], x, YS[-1])
    texts(canvas)


def rows_without_rules(canvas: Canvas) -> None:
    for y in (YS[0], YS[1], YS[-1]):
        canvas.line(XS[0], y, XS[-1], y)
    for x in XS:
        canvas.line(x, YS[0], x, YS[-1])
    texts(canvas)


def rule_painted_over(canvas: Canvas) -> None:
    rules(canvas)
    white(XS[0] + 2, YS[2] - 2, 40, 4)(canvas)
    white(XS[1] + 2, YS[2] - 2, XS[2] - XS[1] - 4, 4)(canvas)
    texts(canvas)


def rule_as_a_thick_bar(canvas: Canvas) -> None:
    for x0, x1, levels in ((XS[0], XS[1], YS), (XS[1], XS[-1], (*YS[:2], *YS[3:]))):
        for y in levels:
            canvas.line(x0, y, x1, y)
    for x in XS:
        canvas.line(x, YS[0], x, YS[-1])
        if x != XS[-1]:
            for y in YS[1:3] if x == XS[0] else YS[3:]:
                canvas.drawString(x + 6, y + 10, "a name")
    canvas.setLineWidth(4.5)
    canvas.line(XS[1], YS[2], XS[-1], YS[2])


def column_beside(canvas: Canvas) -> None:
    rules(canvas)
    texts(canvas)
    canvas.drawString(XS[-1] + 20, YS[3] + 10, "7.5")


def rules_go_on(canvas: Canvas) -> None:
    rules(canvas)
    texts(canvas)
    for y in YS[1:3]:
        canvas.line(XS[-1], y, XS[-1] + 40, y)


def no_rules(canvas: Canvas) -> None:
    texts(canvas)


def half_a_rule(canvas: Canvas) -> None:
    rules(canvas)
    canvas.line(XS[0], YS[0] + 30, XS[-1], YS[0] + 30)
    for x in (XS[0], XS[-1]):
        canvas.line(x, YS[0], x, YS[0] + 30)
    canvas.line(XS[2], YS[0], XS[2], YS[0] + 15)
    texts(canvas)


@pytest.mark.parametrize(
    "draw",
    [
        columns_without_rules,
        rows_without_rules,
        rule_painted_over,
        rule_as_a_thick_bar,
        column_beside,
        rules_go_on,
        no_rules,
        half_a_rule,
    ],
)
def test_what_leaves_a_doubt_is_looked_at(page, draw):
    assert drawn_tables(page(draw)) is None


def test_who_chose_a_finder_gets_it_on_digital_pages(page):
    settings = load_settings(None, {"tables": {"finder": "rules"}})
    image = page(rules, texts)
    (whole,) = PageReader(settings).read(image).tables
    image.image[:] = 255  # no rule is left to see, and the file is not asked
    (by_text,) = PageReader(settings).read(image).tables
    assert whole.ruled
    assert not by_text.ruled
