"""What people lay over a printed page: seals with ring text, watermarks, signatures, ticks and underlines."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from yusuan.datasets.synth.blocks import Box, Picture, PlacedPage
from yusuan.datasets.synth.fonts import font_file
from yusuan.datasets.synth.marks import RED, clouds

Array = np.ndarray
# Pictures are drawn at this resolution, whatever the page is rendered at.
DPI = 150
BLUE_BLACK = ((24, 28, 60), (30, 30, 30), (28, 48, 140), (170, 30, 34))


@cache
def _font(face: str, pixels: int) -> ImageFont.FreeTypeFont:
    path, index = font_file(face)
    return ImageFont.truetype(str(path), pixels, index=index)


def _rgba(coverage: Array, color: tuple[int, int, int]) -> Array:
    """Return a picture of one color; `coverage` is its opacity, `(H, W)` uint8."""
    solid = np.empty((*coverage.shape, 4), np.uint8)
    solid[:, :, :3], solid[:, :, 3] = color, coverage
    return solid


def _pixels(points: float) -> int:
    return max(8, round(points * DPI / 72))


def draw_seal(rng: np.random.Generator, page: PlacedPage, name: str) -> Picture:
    """Return a round red seal with `name` along its ring, somewhere on the right part of the page."""
    width, height = page.size
    across = float(rng.uniform(88, 122))
    x0 = float(rng.uniform(0.45, 0.95)) * (width - across)
    y0 = float(rng.uniform(0.05, 0.95)) * (height - across)
    side = _pixels(across)
    image = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(image)
    middle, ring = side / 2, side * 0.47
    line = max(2, round(side * 0.022))
    draw.ellipse([middle - ring, middle - ring, middle + ring, middle + ring], outline=235, width=line)
    tips = []
    for step in range(10):
        angle, reach = np.deg2rad(step * 36 - 90), side * (0.16 if step % 2 == 0 else 0.065)
        tips.append((middle + reach * np.cos(angle), middle + reach * np.sin(angle)))
    draw.polygon(tips, fill=235)
    _ring_text(image, name, side)
    if rng.random() < 0.4:
        number = "".join(str(digit) for digit in rng.integers(0, 10, 13))
        small = _font("hei", max(6, side // 20))
        draw.text((middle, side * 0.84), number, fill=220, font=small, anchor="mm")
    turned = image.rotate(float(rng.uniform(-18, 18)), Image.Resampling.BICUBIC)
    worn = 110 + (clouds((side, side), rng, max(4.0, side / 14)).astype(np.uint16) * 145 >> 8)
    coverage = (np.asarray(turned).astype(np.uint16) * worn >> 8) * round(rng.uniform(0.7, 1.0) * 256) >> 8
    return Picture("seal", (x0, y0, x0 + across, y0 + across), _rgba(coverage.astype(np.uint8), RED))


def _ring_text(image: Image.Image, text: str, side: int) -> None:
    """Set the characters of `text` along the upper part of a ring, feet towards its middle."""
    glyph = max(8, round(side * min(0.12, 1.9 / max(len(text), 8))))
    font = _font("song", glyph)
    spread = min(270.0, 24.0 * len(text))
    for place, char in enumerate(text):
        degrees = (place + 0.5) / len(text) * spread - spread / 2
        tile = Image.new("L", (glyph * 2, glyph * 2), 0)
        ImageDraw.Draw(tile).text((glyph, glyph), char, fill=240, font=font, anchor="mm")
        tile = tile.rotate(-degrees, Image.Resampling.BICUBIC)
        angle = np.deg2rad(degrees - 90)
        reach = side * 0.385
        x, y = side / 2 + reach * np.cos(angle), side / 2 + reach * np.sin(angle)
        image.paste(tile, (round(x) - glyph, round(y) - glyph), tile)


def draw_watermark(rng: np.random.Generator, page: PlacedPage, text: str) -> Picture:
    """Return pale slanting text over the whole page, once or again and again."""
    width, height = (round(length) for length in page.size)
    size = int(rng.integers(26, 64))
    canvas = Image.new("L", (width, height), 0)
    font = _font("hei", size)
    tile = Image.new("L", (size * len(text) + 20, size * 2), 0)
    ImageDraw.Draw(tile).text((10, size), text, fill=255, font=font, anchor="lm")
    tile = tile.rotate(float(rng.uniform(20, 48)), Image.Resampling.BICUBIC, expand=True)
    if rng.random() < 0.5:
        canvas.paste(tile, ((width - tile.width) // 2, (height - tile.height) // 2), tile)
    else:
        step_x, step_y = tile.width + int(rng.integers(20, 120)), tile.height + int(rng.integers(10, 90))
        for x in range(-step_x // 2, width, step_x):
            for y in range(-step_y // 2, height, step_y):
                canvas.paste(tile, (x, y), tile)
    strength = int(rng.integers(14, 44))
    coverage = (np.asarray(canvas).astype(np.uint16) * strength >> 8).astype(np.uint8)
    level = int(rng.integers(0, 120))
    return Picture("watermark", (0.0, 0.0, *page.size), _rgba(coverage, (level, level, level)))


def _curve(points: Array, steps: int = 12) -> Array:
    """Return a smooth curve through the points `(N, 2)` (Catmull–Rom), `(M, 2)`."""
    padded = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        pieces.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        )
    return np.concatenate([*pieces, points[-1:]])


def _ink(coverage: Array, points: Array, thick: float, rng: np.random.Generator) -> None:
    """Draw a stroke of a pen: a curve that is thinner where the hand was faster."""
    curve = _curve(points)
    for start, stop in pairwise(curve):
        speed = float(np.hypot(*(stop - start)))
        width = max(1, round(thick * (1.25 - min(0.8, speed / (thick * 8))) + float(rng.uniform(-0.3, 0.3))))
        first, last = np.rint(start * 16).astype(int).tolist(), np.rint(stop * 16).astype(int).tolist()
        cv2.line(coverage, first, last, (225,), width, cv2.LINE_AA, 4)


def draw_signature(rng: np.random.Generator, page: PlacedPage) -> Picture:
    """Return what looks like a name or a date written by hand, low on the page or beside the table."""
    width, height = page.size
    across, down = float(rng.uniform(60, 130)), float(rng.uniform(22, 40))
    x0 = float(rng.uniform(0.05, 0.95)) * (width - across)
    y0 = (
        height * float(rng.uniform(0.8, 0.95))
        if rng.random() < 0.7
        else height * float(rng.uniform(0.03, 0.8))
    )
    coverage = np.zeros((_pixels(down), _pixels(across)), np.uint8)
    tall, wide = coverage.shape
    thick = float(rng.uniform(1.8, 3.6))
    count = int(rng.integers(2, 4))
    for glyph in range(count):
        left, right = wide * (glyph + 0.08) / count, wide * (glyph + 0.95) / count
        for _ in range(int(rng.integers(3, 7))):
            stops = int(rng.integers(2, 6))
            xs, ys = rng.uniform(left, right, stops), rng.uniform(tall * 0.08, tall * 0.92, stops)
            _ink(coverage, np.stack([np.sort(xs), ys], 1), thick, rng)
    color = BLUE_BLACK[int(rng.integers(3))]
    return Picture("handwriting", (x0, y0, x0 + across, y0 + down), _rgba(coverage, color))


def draw_mark(rng: np.random.Generator, page: PlacedPage) -> Picture | None:
    """Return a tick, a ring or an underline at a cell of the page; None where it has no cell with text."""
    cells = [cell for table in page.tables for cell in table.cells if cell.text and not cell.head]
    if not cells:
        return None
    x0, y0, x1, y1 = cells[int(rng.integers(len(cells)))].bbox
    x1 = min(x1, x0 + 90)
    box: Box = (x0 - 6, y0 - 5, x1 + 6, min(y1, y0 + 40) + 5)
    coverage = np.zeros((_pixels(box[3] - box[1]), _pixels(box[2] - box[0])), np.uint8)
    tall, wide = coverage.shape
    kind = rng.choice(["tick", "ring", "underline"])
    jitter = rng.uniform(-2.5, 2.5, (9, 2))
    if kind == "tick":
        points = np.array([[0.3, 0.5], [0.42, 0.85], [0.8, 0.1]]) * (wide, tall) + jitter[:3]
    elif kind == "ring":
        angles = np.linspace(-2.2, 4.4, 9)
        points = (
            np.stack([wide * (0.5 + 0.44 * np.cos(angles)), tall * (0.5 + 0.42 * np.sin(angles))], 1) + jitter
        )
    else:
        points = np.stack([np.linspace(0.05, 0.95, 5) * wide, np.full(5, tall * 0.86)], 1) + jitter[:5]
    _ink(coverage, points, float(rng.uniform(1.6, 3.0)), rng)
    return Picture("handwriting", box, _rgba(coverage, BLUE_BLACK[int(rng.integers(4))]))


def draw_pictures(rng: np.random.Generator, pages: Sequence[PlacedPage], name: str) -> list[list[Picture]]:
    """Return the pictures that lie over each page of a document: on most documents none.

    Args:
        rng: who chooses.
        pages: as typeset.
        name: of the body whose seal and watermark it is.
    """
    over: list[list[Picture]] = [[] for _ in pages]
    sealed, marked, signed, ticked = rng.random(4) < (0.2, 0.07, 0.12, 0.12)
    same = int(rng.integers(1 << 30))  # all pages have the same watermark
    for page, own in zip(pages, over, strict=True):
        if marked:
            words = name if len(name) < 12 else "内部资料"
            own.append(draw_watermark(np.random.default_rng(same), page, words))
        if sealed and rng.random() < 0.7:
            own.append(draw_seal(rng, page, name))
        if signed and rng.random() < 0.6:
            own.append(draw_signature(rng, page))
        if ticked:
            marks = (draw_mark(rng, page) for _ in range(int(rng.integers(1, 6))))
            own.extend(mark for mark in marks if mark)
    return over
