"""What the typesetter says of a page is what stands on it."""

import pypdfium2 as pdfium
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

from yusuan.datasets.synth.blocks import CellText, Rules, Sheet, TableBlock, TextLine
from yusuan.datasets.synth.printing import pages_to_pdf
from yusuan.datasets.synth.typeset import typeset
from yusuan.datasets.synth.wrapping import join_lines, wrap
from yusuan.extraction.errors import UsageError

# Faces that reportlab knows without any font file.
LATIN = "Helvetica"
CHINESE = "STSong-Light"
SHEET = Sheet((300.0, 200.0), (20.0, 20.0, 20.0, 20.0), face=LATIN)


@pytest.fixture(scope="module", autouse=True)
def _chinese_metrics():
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))


def table(n_rows=12, **settings):
    head = (CellText("name", rowspan=2), CellText("amounts", colspan=2))
    second = (CellText("plan"), CellText("done"))
    body = [(CellText(f"item {row}"), CellText(f"{row}.50"), CellText("")) for row in range(n_rows)]
    return TableBlock("t", (100.0, 80.0, 80.0), (head, second, *body), (0, 1), (0, 1), **settings)


def test_same_blocks_give_the_same_geometry_and_the_same_pdf():
    first, second = (typeset([TextLine("Title", "title"), table()], SHEET) for _ in range(2))
    assert first == second
    assert pages_to_pdf(first, "t") == pages_to_pdf(second, "t")


def test_cells_tile_the_page_table_and_fill_its_box():
    for page in typeset([table()], SHEET):
        (placed,) = page.tables
        taken = [
            (cell.row + i, cell.col + j)
            for cell in placed.cells
            for i in range(cell.rowspan)
            for j in range(cell.colspan)
        ]
        assert sorted(taken) == [(row, col) for row in range(len(placed.rows)) for col in range(3)]
        area = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in (cell.bbox for cell in placed.cells))
        x0, y0, x1, y1 = placed.bbox
        assert area == pytest.approx((x1 - x0) * (y1 - y0))
        assert SHEET.inner[1] <= y0 < y1 <= SHEET.inner[3]


def test_headings_come_again_on_the_next_page_and_no_row_is_lost():
    pages = typeset([table(12)], SHEET)
    assert len(pages) > 1
    rows = [row for page in pages for row in page.tables[0].rows[page.tables[0].repeated :]]
    assert rows == list(range(14))
    for page in pages[1:]:
        assert page.tables[0].rows[:2] == (0, 1)
        assert [cell.text for cell in page.tables[0].cells[:2]] == ["name", "amounts"]


def test_text_of_the_pdf_stands_inside_its_cell():
    pages = typeset([table()], SHEET)
    document = pdfium.PdfDocument(pages_to_pdf(pages, "t"))
    for number, page in enumerate(pages):
        text = document[number].get_textpage()
        for cell in page.tables[0].cells:
            x0, y0, x1, y1 = cell.bbox
            assert text.get_text_bounded(x0, 200 - y1, x1, 200 - y0).strip() == cell.text


def test_a_code_torn_between_two_lines_is_whole_when_its_parts_are_joined():
    rows = (
        (CellText("code"), CellText("amount")),
        (CellText("2013150", align="left"), CellText("4.00")),
        (CellText("204"), CellText("4.00")),
    )
    block = TableBlock("t", (30.0, 80.0), rows, (0,), (0,), breaks={1: 1}, size=9.0)
    first, second = (page.tables[0] for page in typeset([block], SHEET))
    parts = [cell.text for cell in (*first.cells, *second.cells) if cell.source == (1, 0)]
    assert len(parts) == 2
    assert "".join(parts) == "2013150"
    assert second.torn
    assert not first.torn
    assert [cell.text for cell in second.cells if cell.source == (1, 1)] == [""]


@pytest.mark.parametrize(("torn", "texts"), [("first", ["mark", ""]), ("last", ["", "mark"])])
def test_a_spanned_cell_cut_by_a_page_break_keeps_its_text_in_one_part(torn, texts):
    rows = (
        (CellText("mark", rowspan=4, torn=torn), CellText("a")),
        *((CellText(name),) for name in "bcd"),
    )
    pages = typeset([TableBlock("t", (60.0, 60.0), rows, breaks={2: 0})], SHEET)
    parts = [cell for page in pages for cell in page.tables[0].cells if cell.source == (0, 0)]
    assert [part.text for part in parts] == texts
    assert [part.rowspan for part in parts] == [2, 2]


def test_a_spanned_cell_may_share_its_lines_between_the_pages():
    rows = (
        (CellText("one\ntwo\nthree\nfour", rowspan=4, torn="split"), CellText("a")),
        *((CellText(name),) for name in "bcd"),
    )
    pages = typeset([TableBlock("t", (60.0, 60.0), rows, breaks={1: 0}, row_height=18.0)], SHEET)
    parts = [cell.text for page in pages for cell in page.tables[0].cells if cell.source == (0, 0)]
    assert parts == ["one", "two three four"]


def test_rules_leave_merged_cells_and_open_sides_undrawn():
    (page,) = typeset([table(1, rules=Rules(left=False, right=False))], SHEET)
    x0, y0, x1, _ = page.tables[0].bbox
    strokes = [box for box, _ in page.strokes]
    assert not [box for box in strokes if box[0] == box[2] and box[0] in (x0, x1)]
    across = [box for box in strokes if box[1] == box[3] == y0 + 18.0]
    assert [(box[0], box[2]) for box in across] == [(x0 + 100.0, x1)]


def test_numbers_stay_whole_unless_wider_than_the_line():
    assert wrap("abc 1,841.44", 45, LATIN, 9) == ["abc ", "1,841.44"]
    assert "".join(wrap("2013150", 26, LATIN, 9)) == "2013150"
    assert len(wrap("2013150", 26, LATIN, 9)) == 2


def test_no_line_begins_with_a_closing_mark():
    text = "公务接待，会议费、培训费；以及其他（含外宾接待）支出。"
    for width in range(40, 120, 7):
        lines = wrap(text, width, CHINESE, 10)
        assert "".join(lines) == text
        assert not [line for line in lines if line[0] in "，、；）。"]
        assert not [line for line in lines[:-1] if line[-1] == "（"]


def test_lines_join_with_a_space_only_between_latin_words():
    assert join_lines(["人大代表", "建议"]) == "人大代表建议"
    assert join_lines(["one", "two"]) == "one two"
    assert join_lines(["共", "100", "Mbps"]) == "共100 Mbps"


def test_a_grid_with_a_hole_is_refused():
    block = TableBlock("t", (50.0, 50.0), ((CellText("a"),),))
    with pytest.raises(UsageError, match="nothing stands at"):
        typeset([block], SHEET)
