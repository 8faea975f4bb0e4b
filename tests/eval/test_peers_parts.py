"""The parts that peers are adapted with: rows by position, merged cells, words of a TSV, binarization."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from img2table.tables.extraction import BBox, ExtractedTable, TableCell

from yusuan.eval.peers.image_tables import table_to_found, turn_to_matrix
from yusuan.eval.peers.lines import TextLine
from yusuan.eval.peers.peer import FoundTable, joined
from yusuan.eval.peers.readers import evened, words_to_lines
from yusuan.eval.peers.rows import rows_by_position
from yusuan.eval.peers.sauvola import complete_opencv, sauvola


def line(text: str, left: float, top: float, width: float, height: float = 20) -> TextLine:
    return TextLine(text, (left, top, left + width, top + height), 0.9)


def grid(table: FoundTable) -> list[list[str]]:
    return [[cell.text for cell in table.cells if cell.row == row] for row in range(table.n_rows)]


def test_a_heading_over_two_columns_does_not_pull_them_together() -> None:
    lefts = (10, 120, 260, 390)
    rows = [["甲", "1.0", "2.0", "2023"], ["乙", "3.0", "4.0", "2024"]]
    found = rows_by_position(
        [
            line("项目", 0, 0, 80),
            line("支出", 120, 0, 200),
            line("年份", 400, 0, 40),
            *(line(text, left, 40, 60) for text, left in zip(rows[0], lefts, strict=True)),
            *(line(text, left, 80, 60) for text, left in zip(rows[1], lefts, strict=True)),
        ]
    )
    assert [table.n_cols for table in found] == [4]
    assert grid(found[0])[1:] == rows


def test_figures_right_of_their_heading_stand_in_its_column() -> None:
    (table,) = rows_by_position(
        [
            *(line(text, left, 0, 40) for text, left in (("code", 0), ("name", 150), ("sum", 400))),
            *(line(text, left, 40, 60) for text, left in (("201", 0), ("services", 100), ("1.00", 480))),
        ]
    )
    assert grid(table) == [["code", "name", "sum"], ["201", "services", "1.00"]]


def test_lines_that_lean_a_little_stay_in_one_row_and_prose_ends_a_table() -> None:
    row = [line(text, 200 * index, 4 * index, 80) for index, text in enumerate(("a", "b", "c"))]
    below = [line(text, 200 * index, 40 + 4 * index, 80) for index, text in enumerate(("d", "e", "f"))]
    prose = [line("some words", 0, 100 + 40 * index, 500) for index in range(3)]
    (table,) = rows_by_position([*row, *below, *prose])
    assert grid(table) == [["a", "b", "c"], ["d", "e", "f"]]


def test_cells_of_rows_by_position_tile_the_table() -> None:
    (table,) = rows_by_position(
        [line(text, 200 * (n % 3), 40 * (n // 3), 80) for n, text in enumerate("abcdef")]
    )
    boxes = {(cell.row, cell.col): cell.box for cell in table.cells}
    assert boxes[0, 0] == (0, 0, 140, 30)
    assert boxes[1, 1] == (140, 30, 340, 60)
    assert boxes[1, 2] == (340, 30, 480, 60)


def test_no_text_is_no_table() -> None:
    assert rows_by_position([]) == []
    assert rows_by_position([line("alone", 0, 0, 80), line("again", 0, 40, 80)]) == []


def extracted(rows: Sequence[Sequence[tuple[tuple[int, int, int, int], str | None]]]) -> ExtractedTable:
    content = OrderedDict(
        (index, [TableCell(BBox(*box), text) for box, text in row]) for index, row in enumerate(rows)
    )
    return ExtractedTable(BBox(0, 0, 20, 20), None, content)


def test_a_cell_that_img2table_repeats_is_one_merged_cell() -> None:
    wide, left, right = ((0, 0, 20, 10), "both\nlines"), ((0, 10, 10, 20), "1"), ((10, 10, 20, 20), None)
    texts = [TextLine("both", (1, 1, 9, 4), 0.75), TextLine("1", (1, 11, 9, 19), 0.5)]
    table = table_to_found(extracted([[wide, wide], [left, right]]), [], 1.0)
    assert [(c.row, c.col, c.rowspan, c.colspan, c.text) for c in table.cells] == [
        (0, 0, 1, 2, "both lines"),
        (1, 0, 1, 1, "1"),
        (1, 1, 1, 1, ""),
    ]
    sure = table_to_found(extracted([[wide, wide], [left, right]]), texts, 1.0)
    assert [cell.confidence for cell in sure.cells] == [0.75, 0.5, None]
    assert table_to_found(extracted([[wide, wide]]), [], 0.5).cells[0].box == (0, 0, 10, 5)


def test_a_repeated_cell_that_is_no_rectangle_is_given_square_by_square() -> None:
    corner, rest = ((0, 0, 20, 20), "L"), ((10, 10, 20, 20), "x")
    table = table_to_found(extracted([[corner, corner], [corner, rest]]), [], 1.0)
    assert [(c.row, c.col, c.rowspan, c.colspan) for c in table.cells] == [
        (0, 0, 1, 1),
        (0, 1, 1, 1),
        (1, 0, 1, 1),
        (1, 1, 1, 1),
    ]


def test_the_turn_of_img2table_is_known_to_the_pixel() -> None:
    from img2table.document.rotation import rotate_img_with_border

    image = np.full((300, 500, 3), 255, np.uint8)
    image[198:203, 398:403] = 0
    turned = rotate_img_with_border(image, 7.0)
    found = np.argwhere(turned.max(axis=2) < 128).mean(axis=0)[::-1]
    expected = turn_to_matrix(image, 7.0) @ (400, 200, 1)
    assert found == pytest.approx(expected[:2], abs=0.6)


def test_words_of_one_line_are_joined_up_to_a_wide_gap() -> None:
    def word(text: str, left: int, line_num: str = "1") -> dict[str, str]:
        place = {"left": str(left), "top": "0", "width": "40", "height": "20", "conf": "80"}
        return place | {"text": text, "block_num": "1", "par_num": "1", "line_num": line_num}

    joined_words = words_to_lines([word("服务", 50), word("公共", 0), word("1.00", 200), word("x", 95, "2")])
    assert [found.text for found in joined_words] == ["公共 服务", "1.00", "x"]
    assert joined_words[0].box == (0, 0, 90, 20)
    assert joined_words[0].confidence == 0.8


def test_lines_of_a_cell_are_joined_as_our_own_reader_does() -> None:
    assert joined("一般公共\n服务支出") == "一般公共服务支出"
    assert joined("General\nservices") == "General services"
    assert joined("") == ""


def test_shade_is_taken_off_the_paper_and_ink_stays() -> None:
    page = np.repeat(np.linspace(120, 250, 200, dtype=np.uint8)[None, :, None], 100, axis=0).repeat(3, axis=2)
    page[50:52, 40:160] //= 3
    even = evened(np.ascontiguousarray(page))
    assert even[:40].min() > 240
    assert even[50, 50:150].max() < 190


@pytest.mark.parametrize(("gray", "dark"), [(0, True), (160, True), (161, False)])
def test_sauvola_by_hand(gray: int, dark: bool) -> None:
    # One dot among 8 pixels of 200. For 160 the mean is 195.6, the deviation 12.6, and the threshold
    # 195.6 (1 + 0.2 (12.6 / 128 - 1)) = 160.3, taken as 160. It is 160 for 161 too, and for 0.
    page = np.full((7, 7), 200, np.uint8)
    page[3, 3] = gray
    result = sauvola(page, 255, 3, 0.2)
    assert np.argwhere(result == 255).tolist() == ([[3, 3]] if dark else [])


def test_img2table_finds_what_it_calls_in_any_build_of_opencv() -> None:
    complete_opencv()
    gray = np.random.default_rng(5).integers(0, 255, (60, 80), np.uint8)
    method = cv2.ximgproc.BINARIZATION_SAUVOLA  # type: ignore[attr-defined]
    ours = sauvola(gray, 255, 11, 0.2)
    theirs = cv2.ximgproc.niBlackThreshold(  # type: ignore[attr-defined]
        gray, 255, cv2.THRESH_BINARY_INV, 11, 0.2, binarizationMethod=method
    )
    assert np.array_equal(ours, theirs)
