"""What the recogniser saw: how likely any text is in a crop, and cells read a second time."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from yusuan.extraction.document import Cell
from yusuan.extraction.ocr.again import SecondReader, cell_looks
from yusuan.extraction.ocr.recognizer import recognizer
from yusuan.extraction.ocr.traces import Trace, TraceReader, joined, trace_reader

DPI = 200.0


@pytest.fixture(scope="module")
def reader() -> TraceReader:
    return trace_reader(1)


def page_with(text: str, box: tuple[int, int, int, int] = (60, 40, 360, 100)) -> np.ndarray:
    """Return a page with one ruled cell and a text in it, `(H, W, 3)` uint8."""
    image = Image.new("RGB", (420, 160), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle(box, outline="black", width=3)
    draw.text((box[0] + 30, box[1] + 14), text, fill="black", font=ImageFont.load_default(size=30))
    return np.asarray(image)


def cell(text: str, box: tuple[int, int, int, int] = (60, 40, 360, 100)) -> Cell:
    x0, y0, x1, y1 = box
    quad = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    return Cell(row=0, col=0, text=text, raw_text=text, page=1, bbox=box, quad=quad)


def test_a_likelihood_is_the_sum_over_all_ways_to_spread_a_text() -> None:
    steps = np.array([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.3, 0.3, 0.4]])
    trace = Trace(np.log(steps).astype(np.float32), {"a": 1, "b": 2}, "abz")

    def spelled(path: tuple[int, ...]) -> str:
        kept = [state for at, state in enumerate(path) if state and (at == 0 or path[at - 1] != state)]
        return "".join(" ab"[state] for state in kept)

    for text in ("", "a", "ab", "aa", "aba"):
        ways = [path for path in product(range(3), repeat=3) if spelled(path) == text]
        expected = sum(math.prod(steps[at][state] for at, state in enumerate(path)) for path in ways)
        assert math.exp(trace.likelihood(text)) == pytest.approx(expected, rel=1e-4)
    assert trace.likelihood("abab") == pytest.approx(-np.inf)
    assert trace.likelihood("c") == -np.inf
    assert -np.inf < trace.likelihood("z") < -10  # could have been seen, and was not


def test_only_some_characters_can_be_asked_for() -> None:
    steps = np.array([[0.1, 0.6, 0.3], [0.8, 0.1, 0.1]])
    trace = Trace(np.log(steps).astype(np.float32), {"a": 1, "7": 2}, "a7")
    assert trace.reading.text == "a"
    assert trace.within("0123456789").reading.text == "7"
    assert np.exp(trace.within("7").log).sum(1) == pytest.approx([1, 1])


def test_what_it_reads_are_the_likeliest_steps(reader: TraceReader) -> None:
    crops = [page_with(text)[46:94, 66:354] for text in ("4,517.37", "2010301")]
    readings = recognizer(1).read(crops)
    traces = reader.trace(crops)
    assert [each.text for each in readings] == ["4,517.37", "2010301"]
    assert [trace.reading.text for trace in traces] == ["4,517.37", "2010301"]
    assert [trace.reading.confidence for trace in traces] == pytest.approx(
        [each.confidence for each in readings], abs=1e-4
    )


def test_ink_of_a_cell_is_taken_without_its_rules() -> None:
    (plain,), (wide,), (sharp,) = cell_looks(page_with("12"), DPI, (60, 40, 360, 100))
    assert plain.shape[1] < 60  # two digits, not the cell
    assert wide.shape[0] > plain.shape[0]
    assert set(np.unique(sharp)) == {0, 255}


@pytest.mark.parametrize("box", [(60, 40, 360, 100), (60, 40, 64, 44), (60, 40, 360, 400)])
def test_a_cell_without_a_line_of_ink_has_nothing_to_read(box: tuple[int, int, int, int]) -> None:
    assert cell_looks(page_with(""), DPI, box) == []


def test_a_cell_of_two_lines_is_read_line_by_line(reader: TraceReader) -> None:
    box = (60, 40, 360, 140)
    image = Image.new("RGB", (420, 180), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle(box, outline="black", width=3)
    for row, text in enumerate(("4,517", "2010301")):
        draw.text((90, 50 + 40 * row), text, fill="black", font=ImageFont.load_default(size=30))
    page = np.asarray(image)
    assert [len(lines) for lines in cell_looks(page, DPI, box)] == [2, 2, 2]
    second = SecondReader(lambda number: (page, DPI), lambda: reader)
    reading = second.reading(cell("4,5172010301", box))
    assert reading is not None
    assert (reading.text, reading.confidence > 0.9) == ("4,5172010301", True)
    right, wrong = (
        second.support(cell("4,5112010301", box), text) for text in ("4,5172010301", "4,5772010301")
    )
    assert right is not None
    assert wrong is not None
    assert right > -0.1
    assert wrong < -6


def test_lines_joined_may_repeat_a_glyph() -> None:
    steps = np.log(np.array([[0.1, 0.9]], np.float32))
    trace = Trace(steps, {"a": 1}, "ab")
    both = joined([trace, Trace(steps, {"b": 1}, "ab"), trace, trace])
    assert both.reading.text == "abaa"
    assert both.likelihood("abaa") == pytest.approx(4 * math.log(0.9), abs=1e-3)


def test_a_cell_is_read_again_and_doubted_texts_are_weighed(reader: TraceReader) -> None:
    asked: list[int] = []

    def look(page: int) -> tuple[np.ndarray, float]:
        asked.append(page)
        return page_with("4,517.37"), DPI

    second = SecondReader(look, lambda: reader)
    reading = second.reading(cell("4,511.37"))
    assert reading is not None
    assert (reading.text, reading.confidence > 0.9) == ("4,517.37", True)
    right, wrong = second.support(cell("4,511.37"), "4,517.37"), second.support(cell("4,517.37"), "4,577.37")
    assert right is not None
    assert wrong is not None
    assert right >= -0.01
    assert wrong < -6
    assert asked == [1]


def test_without_an_image_nothing_is_known(reader: TraceReader) -> None:
    second = SecondReader(lambda page: None, lambda: reader)
    assert (second.reading(cell("1")), second.support(cell("1"), "7")) == (None, None)
    assert second.fills(cell("1")) is None
    assert second.indent(cell("1")) is None


# Glyphs of 24 pixels, 26 apart, in a cell 250 wide; a rule that is a little askew reaches into the cell.
@pytest.mark.parametrize(
    ("glyphs", "lines", "full"), [(9, 1, True), (8, 1, False), (3, 1, False), (9, 2, False), (0, 1, None)]
)
@pytest.mark.parametrize("askew", [0, 8])
def test_a_name_that_was_cut_leaves_no_room_for_a_glyph(
    reader: TraceReader, glyphs: int, lines: int, full: bool | None, askew: int
) -> None:
    box = (60, 40, 310, 60 + 40 * lines)
    image = Image.new("RGB", (420, 200), "white")
    draw = ImageDraw.Draw(image)
    draw.line((box[0], box[1], box[2], box[1]), fill="black", width=3)
    draw.line((box[2] - askew, box[1], box[2], box[3]), fill="black", width=3)
    for line in range(lines):
        for at in range(glyphs):
            left, top = box[0] + 8 + 26 * at, box[1] + 20 + 40 * line
            draw.rectangle((left, top, left + 23, top + 23), outline="black", width=3)
    second = SecondReader(lambda page: (np.asarray(image), DPI), lambda: reader)
    assert second.fills(cell("人" * glyphs, box)) is full
    indent = second.indent(cell("人" * glyphs, box))
    assert indent == (pytest.approx(8 / DPI, abs=0.025) if glyphs else None)


def test_a_hair_is_no_line_of_text(reader: TraceReader) -> None:
    """It is as tall as a glyph, and one pixel wide."""
    image = Image.new("RGB", (420, 200), "white")
    ImageDraw.Draw(image).line((150, 90, 150, 110), fill="black", width=1)
    second = SecondReader(lambda page: (np.asarray(image), DPI), lambda: reader)
    assert second.fills(cell("1", (60, 40, 310, 160))) is None


class Looks:
    """A recogniser that sees given traces, one after the other, whatever it is shown."""

    def __init__(self, *steps: list[list[float]]) -> None:
        numbers = {"3": 1, "8": 2}
        self._traces = iter([Trace(np.log(np.array(each, np.float32)), numbers, "38") for each in steps])

    def trace(self, crops: list[np.ndarray]) -> list[Trace]:
        return [next(self._traces) for _ in crops]


def test_where_looks_differ_a_text_that_is_hardly_seen_is_not_ruled_out() -> None:
    three, eight = [[0.01, 0.989, 0.001]], [[0.01, 0.001, 0.989]]
    page = page_with("12")

    def support(*steps: list[list[float]]) -> float:
        looks = Looks(*steps)
        second = SecondReader(lambda number: (page, DPI), lambda: looks)  # type: ignore[arg-type, return-value]
        known = second.support(cell("3"), "8")
        assert known is not None
        return known

    alike = support(three, three, three)
    assert alike == pytest.approx(math.log(0.001 / 0.989), abs=0.01)
    # One look alone sees the other text: what it says counts whole; where none is sure, all count less.
    assert support(three, three, eight) == pytest.approx(0.0, abs=0.01)
    torn = [[0.9, 0.099, 0.0001]]
    assert support(torn, [[0.98, 0.0199, 0.0001]], torn) > math.log(0.0001 / 0.099)
