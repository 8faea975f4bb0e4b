"""What is drawn on a PDF page besides text: straight rules, and the pictures that may be a scan.

Runs in the child process. Everything is in PDF page space: points, origin bottom left, y up, before
the page's own /Rotate. Content of form XObjects is included; what lies outside a clip path's bounding box
is cut away.
"""

from __future__ import annotations

import ctypes
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium

# A table rule is never thicker than this; a thicker bar is shading or a picture. Points.
MAX_RULE = 4.0
# A shorter straight piece is part of a glyph or an icon; dotted rules are sent whole and joined later.
MIN_PIECE = 0.4
MAX_DEPTH = 12
MAX_PIECES = 200_000

Rect = tuple[float, float, float, float]
Affine = tuple[float, float, float, float, float, float]
Piece = tuple[float, float, float, float]
_IDENTITY: Affine = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True)
class Picture:
    """An image object.

    Attributes:
        box: what is seen of it, in points.
        frame: where it would stand if nothing cut it, in points.
        pixels: its width and height.
        dpi: how densely it is printed.
        order: its place in the drawing order.
        blended: painted with less than full strength, whatever its own pixels say.
        handle: of pdfium.
    """

    box: Rect
    frame: Rect
    pixels: tuple[int, int]
    dpi: float
    order: int
    blended: bool
    handle: Any


@dataclass(frozen=True)
class TextInk:
    """How a text object is painted.

    Attributes:
        hidden: in no colour, so that no reader sees it.
        borrowed: in a font that the PDF does not bring along.
        clip: the box it is cut by.
        order: its place in the drawing order.
    """

    hidden: bool
    borrowed: bool
    clip: Rect
    order: int


@dataclass
class Drawing:
    """Everything found on one page. `texts` is keyed by the address of the text object."""

    pieces: list[Piece] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    texts: dict[int, TextInk] = field(default_factory=dict)
    complete: bool = True


def _times(m: Affine, n: Affine) -> Affine:
    """Return the map that applies `m` first, then `n`."""
    a, b, c, d, e, f = m
    p, q, r, s, t, u = n
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def _apply(m: Affine, x: float, y: float) -> tuple[float, float]:
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


def _matrix(handle: Any) -> Affine:
    m = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(handle, m):
        return _IDENTITY
    return m.a, m.b, m.c, m.d, m.e, m.f


def _bounds(points: list[tuple[float, float]]) -> Rect:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _meet(r: Rect, s: Rect) -> Rect:
    """Return the common part of two boxes; empty ones come out inverted."""
    return max(r[0], s[0]), max(r[1], s[1]), min(r[2], s[2]), min(r[3], s[3])


def _box_of(rect: Rect, m: Affine) -> Rect:
    return _bounds([_apply(m, x, y) for x in (rect[0], rect[2]) for y in (rect[1], rect[3])])


# Made once: a page can have a hundred thousand points, and pdfium knows only one thread anyway.
_X, _Y = ctypes.c_float(), ctypes.c_float()


def _point(segment: Any) -> tuple[float, float]:
    pdfium.FPDFPathSegment_GetPoint(segment, _X, _Y)
    return _X.value, _Y.value


def _clip_box(handle: Any, form: Affine, clip: Rect) -> Rect:
    path = pdfium.FPDFPageObj_GetClipPath(handle)
    count = pdfium.FPDFClipPath_CountPaths(path) if path else 0
    for k in range(max(count, 0)):
        n = pdfium.FPDFClipPath_CountPathSegments(path, k)
        # Nearly all are rectangles, of which three corners say everything; text has one for each run.
        corners = range(3) if n in (4, 5) else range(n)
        points = [_point(pdfium.FPDFClipPath_GetPathSegment(path, k, i)) for i in corners]
        if n in (4, 5):
            (x0, y0), (x1, y1), (x2, y2) = points
            points.append((x0 + x2 - x1, y0 + y2 - y1))
        if form is not _IDENTITY:
            points = [_apply(form, x, y) for x, y in points]
        if points:
            clip = _meet(clip, _bounds(points))
    return clip


def _alpha(get: Any, handle: Any) -> int:
    r, g, b, a = (ctypes.c_uint() for _ in range(4))
    return int(a.value) if get(handle, r, g, b, a) else 255


@dataclass
class _Subpath:
    points: list[tuple[float, float]]
    curved: bool = False
    closed: bool = False


def _subpaths(handle: Any, m: Affine) -> list[_Subpath]:
    paths: list[_Subpath] = []
    for k in range(pdfium.FPDFPath_CountSegments(handle)):
        segment = pdfium.FPDFPath_GetPathSegment(handle, k)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        point = _apply(m, *_point(segment))
        if kind == pdfium.FPDF_SEGMENT_MOVETO or not paths:
            paths.append(_Subpath([point]))
        else:
            paths[-1].points.append(point)
            paths[-1].curved |= kind == pdfium.FPDF_SEGMENT_BEZIERTO
        paths[-1].closed |= bool(pdfium.FPDFPathSegment_GetClose(segment))
    return paths


def _as_rectangle(path: _Subpath) -> Rect | None:
    """Return the box of a subpath that is a rectangle with sides along the axes, else None."""
    points = path.points
    corners = points[:-1] if len(points) == 5 and math.dist(points[0], points[-1]) < 0.01 else points
    if path.curved or len(corners) != 4:
        return None
    box = _bounds(corners)
    near = 0.02 + 0.001 * max(box[2] - box[0], box[3] - box[1])
    for x, y in corners:
        if min(abs(x - box[0]), abs(x - box[2])) > near or min(abs(y - box[1]), abs(y - box[3])) > near:
            return None
    # Four points on the box could also be an hourglass: neighbours must share a side.
    for (x0, y0), (x1, y1) in itertools.pairwise(corners):
        if abs(x0 - x1) > near and abs(y0 - y1) > near:
            return None
    return box


def _centre_line(box: Rect, slack: float = 0.0) -> Piece | None:
    """Return the centre line of a thin box, else None; `slack` widens what counts as thin."""
    x0, y0, x1, y1 = box
    wide, high = x1 - x0, y1 - y0
    if wide < 0 or high < 0:
        return None
    if high <= MAX_RULE + slack and wide >= 3 * high:
        return x0, (y0 + y1) / 2, x1, (y0 + y1) / 2
    if wide <= MAX_RULE + slack and high >= 3 * wide:
        return (x0 + x1) / 2, y0, (x0 + x1) / 2, y1
    return None


def _cut(piece: Piece, clip: Rect) -> Piece | None:
    """Return the part of a straight piece inside `clip` (Liang and Barsky 1984), or None."""
    x0, y0, x1, y1 = piece
    dx, dy = x1 - x0, y1 - y0
    first, last = 0.0, 1.0
    for delta, room in ((-dx, x0 - clip[0]), (dx, clip[2] - x0), (-dy, y0 - clip[1]), (dy, clip[3] - y0)):
        if delta == 0:
            if room < 0:
                return None
        elif delta < 0:
            first = max(first, room / delta)
        else:
            last = min(last, room / delta)
    if first > last:
        return None
    return x0 + first * dx, y0 + first * dy, x0 + last * dx, y0 + last * dy


def _path_pieces(handle: Any, m: Affine, clip: Rect) -> Iterator[Piece]:
    """Yield the straight rules of one path object, cut by `clip`."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium.FPDFPath_GetDrawMode(handle, fill, stroke):
        return
    stroked = bool(stroke.value) and _alpha(pdfium.FPDFPageObj_GetStrokeColor, handle) > 0
    filled = bool(fill.value) and _alpha(pdfium.FPDFPageObj_GetFillColor, handle) > 0
    if not (stroked or filled):
        return
    width = 0.0
    if stroked:
        value = ctypes.c_float()
        if pdfium.FPDFPageObj_GetStrokeWidth(handle, value):
            width = value.value * math.sqrt(abs(m[0] * m[3] - m[1] * m[2]))
    # Half the pen lies outside the path, so a hairline along the edge of its clip is still seen.
    pen = (clip[0] - width / 2, clip[1] - width / 2, clip[2] + width / 2, clip[3] + width / 2)
    for path in _subpaths(handle, m):
        box = _as_rectangle(path)
        thin = _centre_line(_meet(box, clip), width if stroked else 0.0) if box else None
        if thin is not None and (filled or _centre_line(box or clip, 0.0) is not None):
            yield thin
        elif stroked and width <= MAX_RULE and not path.curved:
            points = path.points
            if path.closed and points[0] != points[-1]:
                points = [*points, points[0]]
            for (x0, y0), (x1, y1) in itertools.pairwise(points):
                piece = _cut((x0, y0, x1, y1), pen)
                if piece is not None and math.dist(piece[:2], piece[2:]) >= MIN_PIECE:
                    yield piece


def _picture(handle: Any, m: Affine, clip: Rect, order: int) -> Picture | None:
    frame = _box_of((0.0, 0.0, 1.0, 1.0), m)
    box = _meet(frame, clip)
    if box[0] >= box[2] or box[1] >= box[3]:
        return None
    wide, high = ctypes.c_uint(), ctypes.c_uint()
    pdfium.FPDFImageObj_GetImagePixelSize(handle, wide, high)
    across, up = math.hypot(m[0], m[1]), math.hypot(m[2], m[3])
    dpi = 72.0 * max(wide.value / max(across, 0.01), high.value / max(up, 0.01))
    blended = bool(pdfium.FPDFPageObj_HasTransparency(handle))
    return Picture(box, frame, (wide.value, high.value), dpi, order, blended, handle)


def opacity_of(picture: Picture, document: Any, page: Any) -> np.ndarray | None:
    """Return how much each place of a picture hides, `(H, W)` uint8, 255 all; None where all of it does.

    A pixel a point, from the top of its frame down. A seal has a mask of its own (SMask, Mask), of which
    FPDFPageObj_HasTransparency says nothing.

    Args:
        picture: on the page.
        document: the raw document handle.
        page: the raw page handle.
    """
    bitmap = pdfium.FPDFImageObj_GetRenderedBitmap(document, page, picture.handle)
    if not bitmap:
        return None
    try:
        if pdfium.FPDFBitmap_GetFormat(bitmap) != pdfium.FPDFBitmap_BGRA:
            return None
        wide, high = pdfium.FPDFBitmap_GetWidth(bitmap), pdfium.FPDFBitmap_GetHeight(bitmap)
        stride = pdfium.FPDFBitmap_GetStride(bitmap)
        data = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * high)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    return np.frombuffer(data, np.uint8).reshape(high, stride)[:, 3 : 4 * wide : 4]


def _text_ink(handle: Any, clip: Rect, order: int) -> TextInk:
    mode = pdfium.FPDFTextObj_GetTextRenderMode(handle)
    hidden = mode in (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)
    if mode == pdfium.FPDF_TEXTRENDERMODE_FILL:
        hidden |= _alpha(pdfium.FPDFPageObj_GetFillColor, handle) == 0
    borrowed = pdfium.FPDFFont_GetIsEmbedded(pdfium.FPDFTextObj_GetFont(handle)) == 0
    return TextInk(hidden, borrowed, clip, order)


def address(handle: Any) -> int:
    """Return the address of a pdfium page object, the same one whichever call returned it."""
    # Not `ctypes.cast`, which takes longer than most calls of pdfium.
    return ctypes.c_void_p.from_buffer(handle).value or 0


def read_drawing(page: Any, page_box: Rect) -> Drawing:
    """Return what is drawn on a loaded pdfium page.

    Args:
        page: the raw page handle.
        page_box: the visible box of the page, in points.
    """
    drawing = Drawing()
    order = 0

    def visit(handle: Any, form: Affine, clip: Rect, depth: int) -> None:
        nonlocal order
        order += 1
        kind = pdfium.FPDFPageObj_GetType(handle)
        clip = _clip_box(handle, form, clip)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            drawing.texts[address(handle)] = _text_ink(handle, clip, order)
            return
        m = _times(_matrix(handle), form)
        if kind == pdfium.FPDF_PAGEOBJ_PATH:
            if len(drawing.pieces) < MAX_PIECES:
                drawing.pieces.extend(_path_pieces(handle, m, clip))
            else:
                drawing.complete = False
        elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            picture = _picture(handle, m, clip, order)
            if picture is not None:
                line = _centre_line(picture.box)
                if line is not None:
                    drawing.pieces.append(line)
                else:
                    drawing.pictures.append(picture)
        elif kind == pdfium.FPDF_PAGEOBJ_FORM:
            if depth >= MAX_DEPTH:
                drawing.complete = False
                return
            for k in range(pdfium.FPDFFormObj_CountObjects(handle)):
                visit(pdfium.FPDFFormObj_GetObject(handle, k), m, clip, depth + 1)

    for k in range(pdfium.FPDFPage_CountObjects(page)):
        visit(pdfium.FPDFPage_GetObject(page, k), _IDENTITY, page_box, 0)
    return drawing
