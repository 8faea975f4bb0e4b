"""Pictures of every stage of a page, for people: `yusuan extract --debug`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from yusuan.extraction.document import Page
from yusuan.extraction.pages.image import PageImage
from yusuan.extraction.tables.find import Ruled
from yusuan.extraction.tables.page import PieceReading
from yusuan.extraction.tables.rules import Segments
from yusuan.extraction.tables.straighten import Warp

_RED, _BLUE, _GREEN, _PURPLE, _ORANGE = (220, 0, 0), (0, 60, 230), (0, 140, 0), (190, 0, 190), (240, 140, 0)
Color = tuple[int, int, int]


def draw_stages(
    folder: Path, page: PageImage, ruled: Ruled, readings: Sequence[PieceReading], result: Page
) -> None:
    """Write one PNG a stage into `folder`: upright, ink, segments, lines, text, cells.

    Red is horizontal or a single cell, blue is vertical, purple a merged cell; text pieces are green,
    orange where the reader was less than 80 % sure.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {
        "1-upright": page.image,
        "2-ink": _ink(ruled),
        "3-segments": _segments(page.image, ruled),
        "4-lines": _lines(page.image, ruled),
        "5-text": _text(page.image, readings),
        "6-cells": _cells(page.image, result),
    }
    for name, picture in pictures.items():
        path = folder / f"{page.number:03d}-{name}.png"
        path.write_bytes(cv2.imencode(".png", picture[..., ::-1])[1].tobytes())


def _ink(ruled: Ruled) -> np.ndarray:
    """Draw print in gray, horizontal rules red, vertical ones blue."""
    picture = np.full((*ruled.ink.gray.shape, 3), 255, np.uint8)
    picture[ruled.ink.dark] = 150
    picture[ruled.ink.horizontal] = _RED
    picture[ruled.ink.vertical] = _BLUE
    return picture


def _polyline(picture: np.ndarray, points: np.ndarray, color: Color, closed: bool = False) -> None:
    cv2.polylines(picture, [np.round(points).astype(np.int32)], closed, color, 2, cv2.LINE_AA)


def _bent(warp: Warp, start: tuple[float, float], stop: tuple[float, float]) -> np.ndarray:
    steps = np.linspace(0, 1, 12)[:, None]
    return warp.bend(np.array(start) + steps * (np.array(stop) - np.array(start)))


def _segments(image: np.ndarray, ruled: Ruled) -> np.ndarray:
    picture = image.copy()

    def draw(segments: Segments, color: Color, vertical: bool) -> None:
        for at, start, stop in zip(segments.at, segments.start, segments.stop, strict=True):
            ends = ((at, start), (at, stop)) if vertical else ((start, at), (stop, at))
            _polyline(picture, _bent(ruled.warp, *ends), color)

    draw(ruled.horizontal, _RED, vertical=False)
    draw(ruled.vertical, _BLUE, vertical=True)
    return picture


def _lines(image: np.ndarray, ruled: Ruled) -> np.ndarray:
    picture = image.copy()
    for lines in ruled.lines:
        for y in lines.ys:
            _polyline(picture, _bent(ruled.warp, (lines.xs[0], y), (lines.xs[-1], y)), _RED)
        for x in lines.xs:
            _polyline(picture, _bent(ruled.warp, (x, lines.ys[0]), (x, lines.ys[-1])), _BLUE)
    return picture


def _text(image: np.ndarray, readings: Sequence[PieceReading]) -> np.ndarray:
    picture = image.copy()
    for reading in readings:
        _polyline(picture, reading.piece.quad, _GREEN if reading.confidence >= 0.8 else _ORANGE, closed=True)
    return picture


def _cells(image: np.ndarray, result: Page) -> np.ndarray:
    picture = image.copy()
    for table in result.tables:
        for cell in table.cells:
            merged = cell.rowspan * cell.colspan > 1
            _polyline(picture, np.array(cell.quad), _PURPLE if merged else _RED, closed=True)
    return picture
