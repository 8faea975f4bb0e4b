"""The characters of a PDF page as pdfium sees them, as arrays.

Runs in the child process, on the raw API: one page has thousands of characters, and each costs a few calls.
"""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium

from yusuan.extraction.pages.drawing import Drawing, Rect, TextInk, address, opacity_of

# Flags of a character.
HIDDEN, UNMAPPED, SLANTED, SPACED, BORROWED = 1, 2, 4, 8, 16
# Runs of hostile files: nobody prints so many on one page.
MAX_CHARS = 100_000
# A picture this opaque, of 255, over a character hides it; the red of an electronic seal lets print through.
_OPAQUE = 250
_SPACES = frozenset((0x09, 0x0A, 0x0D, 0x20, 0xA0, 0x3000, 0xFFFE))


@dataclass(frozen=True)
class CharTable:
    """Characters in the order of the content stream; white space is left out.

    Attributes:
        codes: `(N,)` uint32, Unicode.
        boxes: `(N, 4)` float32, left, bottom, right, top of the glyph, in points of page space.
        cells: `(N, 4)` float32, the same of the place that the font gives it: as wide as its advance, as high
            as a line, so that neighbours touch.
        turns: `(N,)` int32, quarter turns clockwise of the direction of reading, in page space.
        flags: `(N,)` int32, HIDDEN, UNMAPPED, SLANTED (a slope off the axes: a watermark), SPACED (white
            space stands before it) and BORROWED (its font is not in the file), added up.
    """

    codes: np.ndarray
    boxes: np.ndarray
    cells: np.ndarray
    turns: np.ndarray
    flags: np.ndarray


def _under_pictures(
    boxes: np.ndarray, orders: np.ndarray, drawing: Drawing, document: Any, page: Any
) -> np.ndarray:
    """Return which characters, `(N,)`, a picture is painted over that lets nothing through there."""
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    under = np.zeros(len(boxes), bool)
    for picture in drawing.pictures:
        x0, y0, x1, y1 = picture.box
        below = (orders < picture.order) & (x0 <= x) & (x <= x1) & (y0 <= y) & (y <= y1) & ~under
        if picture.blended or not below.any():
            continue
        opacity = opacity_of(picture, document, page)
        if opacity is not None:
            for k in np.flatnonzero(below):
                below[k] = _mean_over(opacity, picture.frame, boxes[k]) >= _OPAQUE
        under |= below
    return under


def _mean_over(field: np.ndarray, frame: Rect, box: np.ndarray) -> float:
    """Return the mean of a field, rows from the top of its frame, over a box; both in points, y upwards."""
    high, wide = field.shape
    left, bottom, right, top = frame
    columns = (box[[0, 2]] - left) / (right - left) * wide
    rows = (top - box[[3, 1]]) / (top - bottom) * high
    across = slice(max(int(columns[0]), 0), max(math.ceil(columns[1]), 1))
    part = field[max(int(rows[0]), 0) : max(math.ceil(rows[1]), 1), across]
    return float(part.mean()) if part.size else 0.0


def _direction(angle: float) -> tuple[int, int]:
    """Return quarter turns clockwise and the SLANTED flag of a baseline, angle in radians, clockwise too."""
    quarter = round(angle / (math.pi / 2))
    slope = abs(angle - quarter * math.pi / 2)
    return quarter % 4, SLANTED if slope > math.radians(8) else 0


def read_chars(document: Any, page: Any, drawing: Drawing, page_box: Rect) -> CharTable:
    """Return the characters of a loaded pdfium page.

    A character is HIDDEN when it is painted in no colour (OCR text under a scan), when a picture is painted
    over it, or when its clip path or the page's edge cuts its middle away.

    Args:
        document: the raw document handle.
        page: the raw page handle.
        drawing: what `read_drawing` found on it.
        page_box: the visible box of the page, in points.
    """
    codes: list[int] = []
    boxes: list[Rect] = []
    cells: list[Rect] = []
    turns: list[int] = []
    flags: list[int] = []
    orders: list[int] = []
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    loose = pdfium.FS_RECTF()
    directions: dict[int, tuple[int, int]] = {}
    spaced = 0
    unknown = TextInk(False, False, page_box, len(drawing.texts) + MAX_CHARS)
    text = pdfium.FPDFText_LoadPage(page)
    for k in range(min(pdfium.FPDFText_CountChars(text), MAX_CHARS) if text else 0):
        code = pdfium.FPDFText_GetUnicode(text, k)
        if code in _SPACES or pdfium.FPDFText_IsGenerated(text, k) == 1:
            spaced = SPACED
            continue
        pdfium.FPDFText_GetCharBox(text, k, left, right, bottom, top)
        box = (left.value, bottom.value, right.value, top.value)
        pdfium.FPDFText_GetLooseCharBox(text, k, loose)
        cell = (loose.left, loose.bottom, loose.right, loose.top)
        if box[2] - box[0] <= 0.01 or box[3] - box[1] <= 0.01:
            box = cell  # a font without this glyph: where it would stand is still known
        where = address(pdfium.FPDFText_GetTextObject(text, k))
        if where not in directions:
            directions[where] = _direction(pdfium.FPDFText_GetCharAngle(text, k))
        turn, flag = directions[where]
        ink = drawing.texts.get(where, unknown)
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        x0, y0, x1, y1 = ink.clip
        if ink.hidden or not (x0 <= x <= x1 and y0 <= y <= y1):
            flag |= HIDDEN
        if ink.borrowed:
            flag |= BORROWED
        if pdfium.FPDFText_HasUnicodeMapError(text, k) == 1:
            flag |= UNMAPPED
        codes.append(code)
        boxes.append(box)
        cells.append(cell)
        turns.append(turn)
        flags.append(flag | spaced)
        spaced = 0
        orders.append(ink.order)
    if text:
        pdfium.FPDFText_ClosePage(text)
    places = np.array(boxes, np.float32).reshape(-1, 4)
    marks = np.array(flags, np.int32)
    painted = np.flatnonzero((marks & HIDDEN) == 0)
    under = _under_pictures(places[painted], np.array(orders, np.int64)[painted], drawing, document, page)
    marks[painted[under]] |= HIDDEN
    return CharTable(
        np.array(codes, np.uint32),
        places,
        np.array(cells, np.float32).reshape(-1, 4),
        np.array(turns, np.int32),
        marks,
    )
