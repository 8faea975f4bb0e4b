"""Text into cells by geometry."""

from __future__ import annotations

import numpy as np

from yusuan.extraction.pages.image import Char, PageImage, Word
from yusuan.extraction.tables.grid import Grid, GridCell
from yusuan.extraction.tables.page import readings_to_page, words_to_readings
from yusuan.extraction.tables.place import Places, join_lines, loose_rows, missed_text, quads_to_pieces
from yusuan.extraction.tables.straighten import flat

GRID = Grid(
    xs=np.array([0.0, 100.0, 200.0]),
    ys=np.array([0.0, 40.0, 80.0]),
    cells=(GridCell(0, 0, 1, 1), GridCell(0, 1, 1, 1), GridCell(1, 0, 1, 2)),
    ruled=True,
    certainty=1.0,
)
PLACES = Places([GRID], flat(300, 200))


def quad(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], float)


def ink(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    mask = np.zeros((200, 300), bool)
    for x0, y0, x1, y1 in boxes:
        mask[y0:y1, x0:x1] = True
    return mask


def word(text: str, x: float, y: float, size: float = 10) -> Word:
    chars = tuple(Char(c, (x + i * size, y, x + (i + 1) * size, y + size)) for i, c in enumerate(text))
    return Word(text, (x, y, x + len(text) * size, y + size), chars)


def test_line_that_crosses_two_cells_is_split():
    pieces = quads_to_pieces(np.array([quad(20, 10, 180, 26)]), PLACES, ink((20, 10, 180, 26)), 150)
    assert [(piece.table, piece.cell) for piece in pieces] == [(0, 0), (0, 1)]
    assert pieces[0].quad[1][0] == pieces[1].quad[0][0]
    assert abs(pieces[0].quad[1][0] - 100) <= 2


def test_generous_box_over_a_rule_is_not_split():
    pieces = quads_to_pieces(np.array([quad(20, 10, 103, 26)]), PLACES, ink((20, 10, 98, 26)), 150)
    assert [(piece.table, piece.cell) for piece in pieces] == [(0, 0)]


def test_part_without_ink_is_dropped():
    pieces = quads_to_pieces(np.array([quad(60, 10, 140, 26)]), PLACES, ink((104, 10, 140, 26)), 150)
    assert [(piece.table, piece.cell) for piece in pieces] == [(0, 1)]


def test_box_around_lines_of_two_rows_is_cut_between_them():
    quads = np.array([quad(10, 15, 60, 65), quad(110, 10, 150, 30), quad(110, 50, 150, 70)])
    mask = ink((10, 18, 60, 34), (10, 48, 60, 62), (110, 10, 150, 30), (110, 50, 150, 70))
    pieces = quads_to_pieces(quads, PLACES, mask, 150)
    assert sorted((piece.table, piece.cell) for piece in pieces) == [(0, 0), (0, 1), (0, 2), (0, 2)]


def test_line_across_a_merged_cell_stays_whole():
    pieces = quads_to_pieces(np.array([quad(20, 50, 180, 66)]), PLACES, ink((20, 50, 180, 66)), 150)
    assert [(piece.table, piece.cell) for piece in pieces] == [(0, 2)]


def test_glyph_that_the_detector_missed_is_found():
    (piece,) = missed_text([], PLACES, ink((145, 14, 151, 26)), 150)
    assert (piece.table, piece.cell) == (0, 1)
    assert piece.quad[0][0] <= 145
    assert piece.quad[2][0] >= 151


def test_wrapped_lines_are_joined_without_a_space():
    assert join_lines(
        [(np.array([0, 20, 50, 36]), "公厅《关于"), (np.array([0, 0, 90, 16]), "省委办公厅、省政府办")]
    ) == ("省委办公厅、省政府办公厅《关于")


def test_latin_words_keep_a_space():
    assert (
        join_lines([(np.array([0, 0, 30, 10]), "Gross"), (np.array([40, 1, 70, 11]), "profit")])
        == "Gross profit"
    )


def test_wrapped_amount_beside_its_first_line_keeps_reading_order():
    lines = [(np.array([60, 1, 90, 11]), "权重"), (np.array([0, 0, 50, 10]), "预算执行率")]
    assert join_lines(lines) == "预算执行率权重"


def test_word_of_a_text_layer_is_cut_between_characters():
    page = PageImage(1, np.zeros((200, 300, 3), np.uint8), 72, "digital", words=(word("合计1234", 70, 10),))
    readings = words_to_readings(page, PLACES)
    assert [(reading.text, reading.piece.cell) for reading in readings] == [("合计1", 0), ("234", 1)]


def test_page_keeps_blank_cells_and_lines_outside():
    words = (word("项目", 10, 10), word("单位", 10, 120), word("万元", 32, 121))
    page = PageImage(3, np.zeros((200, 300, 3), np.uint8), 72, "digital", words=words)
    result = readings_to_page(page, PLACES, words_to_readings(page, PLACES))
    (table,) = result.tables
    assert table.id == "p3t1"
    assert [cell.text for cell in table.cells] == ["项目", "", ""]
    assert [cell.page for cell in table.cells] == [3, 3, 3]
    assert [line.text for line in result.lines] == ["单位万元"]


def test_loose_lines_apart_stay_apart():
    rows = loose_rows([np.array([0, 0, 40, 12]), np.array([200, 0, 240, 12]), np.array([45, 1, 80, 12])])
    assert rows == [[0, 2], [1]] or rows == [[1], [0, 2]]


def test_thin_glyph_that_the_detector_left_out_is_taken_in():
    mask = ink((12, 17, 24, 19), (28, 10, 80, 26))
    (piece,) = quads_to_pieces(np.array([quad(27, 9, 82, 27)]), PLACES, mask, 150)
    assert piece.quad[:, 0].min() <= 12
    assert piece.quad[:, 0].max() == 82


def test_glyphs_of_the_next_cell_are_not_taken_in():
    mask = ink((60, 10, 97, 26), (103, 10, 140, 26))
    (piece,) = quads_to_pieces(np.array([quad(58, 9, 97, 27)]), PLACES, mask, 150)
    assert piece.quad[:, 0].max() <= 100


def test_what_is_read_under_a_seal_is_not_sure():
    words = (word("项目", 10, 10), word("单位", 10, 120))
    page = PageImage(
        3, np.zeros((200, 300, 3), np.uint8), 72, "digital", words=words, seals=((0, 0, 40, 40),)
    )
    result = readings_to_page(page, PLACES, words_to_readings(page, PLACES))
    assert (result.tables[0].cells[0].confidence, result.lines[0].confidence) == (0.95, 1.0)
