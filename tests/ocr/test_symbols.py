"""The reader of isolated symbols: the shipped weights, what it reads, and what it leaves alone."""

import hashlib

import cv2
import numpy as np
import pytest

from yusuan.extraction.ocr.symbols import INNER, SIDE, SymbolReader, crop_to_glyph
from yusuan.models.cards import SYMBOLS
from yusuan.models.store import find

DPI = 200.0
# Twelve points at 200 dpi, drawn eight times larger.
EM, FINE = 33, 8

# Strokes in ems from the top left of the glyph.
STROKES = {
    ">": [(0, 0, 0.6, 0.3), (0.6, 0.3, 0, 0.6)],
    "<": [(0.6, 0, 0, 0.3), (0, 0.3, 0.6, 0.6)],
    "≥": [(0, 0, 0.6, 0.25), (0.6, 0.25, 0, 0.5), (0, 0.66, 0.6, 0.66)],
    "≤": [(0.6, 0, 0, 0.25), (0, 0.25, 0.6, 0.5), (0, 0.66, 0.6, 0.66)],
    "=": [(0, 0, 0.6, 0), (0, 0.24, 0.6, 0.24)],
    "+": [(0, 0.3, 0.6, 0.3), (0.3, 0, 0.3, 0.6)],
    "/": [(0, 0.8, 0.45, 0)],
}
# 否 and 田, near enough.
CHARACTERS = {
    "否": [
        *[(0, 0, 0.9, 0), (0.45, 0, 0, 0.4), (0.45, 0.1, 0.45, 0.45), (0.5, 0.15, 0.85, 0.4)],
        *[(0.2, 0.55, 0.75, 0.55), (0.2, 0.9, 0.75, 0.9), (0.2, 0.55, 0.2, 0.9), (0.75, 0.55, 0.75, 0.9)],
    ],
    "田": [
        *[(0, 0, 0.8, 0), (0, 0.8, 0.8, 0.8), (0, 0, 0, 0.8), (0.8, 0, 0.8, 0.8)],
        *[(0, 0.4, 0.8, 0.4), (0.4, 0, 0.4, 0.8)],
    ],
}


def draw(strokes: list[tuple[float, float, float, float]], paper: int = 245, ink: int = 40) -> np.ndarray:
    """Return strokes on paper as a scanned crop with 0.03 inch around them."""
    margin = round(0.03 * DPI)
    width = round(max(max(x0, x1) for x0, _, x1, _ in strokes) * EM) + 2 * margin
    height = round(max(max(y0, y1) for _, y0, _, y1 in strokes) * EM) + 2 * margin
    fine = np.full((height * FINE, width * FINE), paper, np.uint8)
    for stroke in strokes:
        x0, y0, x1, y1 = (round((end * EM + margin) * FINE) for end in stroke)
        cv2.line(fine, (x0, y0), (x1, y1), ink, round(0.07 * EM * FINE))
    gray = cv2.GaussianBlur(cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA), (0, 0), 0.6)
    return np.repeat(gray[:, :, None], 3, axis=2)


@pytest.fixture(scope="module")
def reader() -> SymbolReader:
    return SymbolReader()


def test_the_shipped_weights_are_those_of_the_card() -> None:
    assert hashlib.sha256(find(SYMBOLS).read_bytes()).hexdigest() == SYMBOLS.sha256


@pytest.mark.parametrize(("paper", "ink"), [(245, 40), (205, 110)])
def test_symbols_that_stand_alone_are_read(reader: SymbolReader, paper: int, ink: int) -> None:
    crops = [draw(strokes, paper, ink) for strokes in STROKES.values()]
    readings = reader.read(crops, DPI)
    assert [reading.text if reading else None for reading in readings] == list(STROKES)
    assert all(reading is not None and 0.85 <= reading.confidence <= 1.0 for reading in readings)


def test_characters_are_left_to_the_reader_of_lines(reader: SymbolReader) -> None:
    assert reader.read([draw(strokes) for strokes in CHARACTERS.values()], DPI) == [None, None]


def test_crops_without_a_glyph_give_nothing_and_keep_their_places(reader: SymbolReader) -> None:
    blank = np.full((30, 30, 3), 240, np.uint8)
    only_a_rule = blank.copy()
    only_a_rule[:, 2:4] = 30
    whole_cell = draw([(0, 0, 5.0, 0), (0, 0.2, 5.0, 0.2)])
    readings = reader.read([blank, draw(STROKES["="]), only_a_rule, whole_cell, blank[:2, :2]], DPI)
    assert [reading.text if reading else None for reading in readings] == [None, "=", None, None, None]
    assert reader.read([], DPI) == []


def test_ink_at_the_edge_is_not_part_of_the_glyph() -> None:
    crop = draw(STROKES["="])
    ruled = crop.copy()
    ruled[:, :2] = 30
    clean, beside_a_rule = crop_to_glyph(crop, DPI), crop_to_glyph(ruled, DPI)
    assert clean is not None
    assert beside_a_rule is not None
    # A dark rule shifts the threshold a little: a pixel on either side, far less than the way to the rule.
    pixels = [np.exp(size[:2]) * DPI / 7.2 for _, size in (clean, beside_a_rule)]
    assert np.abs(pixels[0] - pixels[1]).max() < 2.01
    assert np.abs(clean[0] - beside_a_rule[0]).mean() < 0.05


def test_proportions_and_size_are_kept() -> None:
    short, long = crop_to_glyph(draw([(0, 0, 0.3, 0)]), DPI), crop_to_glyph(draw([(0, 0, 0.9, 0)]), DPI)
    assert short is not None
    assert long is not None
    thickness = [int((image[0].max(axis=1) > 0.5).sum()) for image, _ in (short, long)]
    assert thickness[0] > thickness[1]
    assert all(image.shape == (1, SIDE, SIDE) for image, _ in (short, long))
    assert abs(int((long[0][0].max(axis=0) > 0.3).sum()) - INNER) <= 2
    assert np.exp(long[1][1]) / np.exp(short[1][1]) == pytest.approx(0.97 / 0.37, rel=0.15)
