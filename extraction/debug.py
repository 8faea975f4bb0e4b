"""Pictures of every stage of a page, for people: `yusuan extract --debug`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from yusuan.extraction.document import Page
from yusuan.extraction.pages.image import PageImage
from yusuan.extraction.tables.find import Found
from yusuan.extraction.tables.ink import Ink
from yusuan.extraction.tables.look import Maps
from yusuan.extraction.tables.page import PieceReading
from yusuan.extraction.tables.rules import Segments
from yusuan.extraction.tables.straighten import Warp

_RED, _BLUE, _GREEN, _PURPLE, _ORANGE = (220, 0, 0), (0, 60, 230), (0, 140, 0), (190, 0, 190), (240, 140, 0)
Color = tuple[int, int, int]


def draw_stages(
    folder: Path, page: PageImage, found: Found, readings: Sequence[PieceReading], result: Page
) -> None:
    """Write one PNG a stage into `folder`: upright, ink, segments, lines, maps of the model, text, cells.

    Red is horizontal or a single cell, blue is vertical, purple a merged cell; text pieces are green,
    orange where the reader was less than 80 % sure.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {
        "1-upright": page.image,
        **({"2-ink": _ink(found.ink)} if found.ink else {}),
        "3-segments": _segments(page.image, found),
        "4-lines": _lines(page.image, found),
        **({"5-maps": draw_maps(page.image, found.maps)} if found.maps else {}),
        "6-text": _text(page.image, readings),
        "7-cells": _cells(page.image, result),
    }
    for name, picture in pictures.items():
        path = folder / f"{page.number:03d}-{name}.png"
        path.write_bytes(cv2.imencode(".png", picture[..., ::-1])[1].tobytes())


def _ink(ink: Ink) -> np.ndarray:
    """Draw print in gray, horizontal rules red, vertical ones blue."""
    picture = np.full((*ink.gray.shape, 3), 255, np.uint8)
    picture[ink.dark] = 150
    picture[ink.horizontal] = _RED
    picture[ink.vertical] = _BLUE
    return picture


def _polyline(picture: np.ndarray, points: np.ndarray, color: Color, closed: bool = False) -> None:
    cv2.polylines(picture, [np.round(points).astype(np.int32)], closed, color, 2, cv2.LINE_AA)


def _bent(warp: Warp, start: tuple[float, float], stop: tuple[float, float]) -> np.ndarray:
    steps = np.linspace(0, 1, 12)[:, None]
    return warp.bend(np.array(start) + steps * (np.array(stop) - np.array(start)))


def _segments(image: np.ndarray, found: Found) -> np.ndarray:
    picture = image.copy()

    def draw(segments: Segments, color: Color, vertical: bool) -> None:
        for at, start, stop in zip(segments.at, segments.start, segments.stop, strict=True):
            ends = ((at, start), (at, stop)) if vertical else ((start, at), (stop, at))
            _polyline(picture, _bent(found.warp, *ends), color)

    draw(found.horizontal, _RED, vertical=False)
    draw(found.vertical, _BLUE, vertical=True)
    return picture


def _lines(image: np.ndarray, found: Found) -> np.ndarray:
    picture = image.copy()
    for lines in found.lines:
        for y in lines.ys:
            _polyline(picture, _bent(found.warp, (lines.xs[0], y), (lines.xs[-1], y)), _RED)
        for x in lines.xs:
            _polyline(picture, _bent(found.warp, (x, lines.ys[0]), (x, lines.ys[-1])), _BLUE)
    return picture


def draw_maps(image: np.ndarray, maps: Maps) -> np.ndarray:
    """Return a page with what the table model sees laid over it."""
    picture, size = image.astype(np.float32), (image.shape[1], image.shape[0])
    for name, color in (("across", _RED), ("down", _BLUE), ("text", _GREEN), ("seal", _PURPLE)):
        strength = cv2.resize(maps.named(name), size)[:, :, None] * 0.7
        picture = picture * (1 - strength) + np.array(color, np.float32) * strength
    return picture.astype(np.uint8)


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
