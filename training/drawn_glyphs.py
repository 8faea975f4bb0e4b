"""Drawn glyphs as a scanner would see them: what the reader of isolated symbols learns from.

Glyphs come from fonts that stand on this system and from strokes drawn here; no page of anyone is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from yusuan.extraction.errors import UsageError
from yusuan.extraction.ocr.symbols import SIDE, SIZES, crop_to_glyph

SYMBOLS = "≥≤=><%‰+-—/0123456789"
OTHER = len(SYMBOLS)

# What a symbol looks like in print besides itself; all are read as the symbol.
FORMS: dict[str, str] = {
    "≥": "≥≥≥≧⩾",
    "≤": "≤≤≤≦⩽",
    "=": "==＝",
    ">": ">>＞",
    "<": "<<＜",
    "%": "%%%％",
    "+": "+＋",
    "-": "--－−",
    "—": "—―",
    "/": "/／",
}

# Fonts whose absence would change what is learned; all are packages of Debian.
FONTS: tuple[tuple[str, int], ...] = (
    ("gbsn00lp.ttf", 0),
    ("gkai00mp.ttf", 0),
    ("uming.ttc", 0),
    ("ukai.ttc", 0),
    ("BabelStoneHan.ttf", 0),
    ("wqy-zenhei.ttc", 0),
    ("wqy-microhei.ttc", 0),
    ("DejaVuSans.ttf", 0),
    ("DejaVuSerif.ttf", 0),
    ("DejaVuSansMono.ttf", 0),
    ("DejaVuSansCondensed-Bold.ttf", 0),
)
PACKAGES = (
    "fonts-arphic-gbsn00lp fonts-arphic-gkai00mp fonts-arphic-uming fonts-arphic-ukai fonts-babelstone-han "
    "fonts-wqy-zenhei fonts-wqy-microhei fonts-dejavu"
)
FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")

EM = 64  # pixels of an em as drawn, before it is scaled to the resolution of the scan
ROOM = 2 * EM
FULL = (255.0,)

# Every character of GB 2312 level 1, the 3,755 that print uses most.
HANZI = "".join(
    bytes((row, column)).decode("gb2312")
    for row in range(0xB0, 0xD8)
    for column in range(0xA1, 0xFF)
    if not (row == 0xD7 and column > 0xF9)
)
# Few strokes, or often alone in a cell of a budget.
LIKENESSES = (
    "一一一二二二三三十十工土干千于人人人八入厂广丁七了儿小个口日目田山上下大不之乙几"
    "乡斤天尺寸力刀刁件否否次台元年名生是好优良月条项份批处家辆户套米万亿无有"
)
LETTERS = "ABCDEFGHIJKLMNPQRSTUVWXYZabcdefghijklmnpqrstuvwxyz||"
MARKS = "、，。：；！？（）()[]《》“”·*#&@$￥~±×÷≠≈∑√■□●○◆★☆①②③④⑤℃№:;!?"


def find_font(file: str) -> Path:
    """Return where the font `file` stands on this system.

    Raises:
        UsageError: it is not installed.
    """
    for folder in FOLDERS:
        for path in sorted(folder.rglob(file)) if folder.is_dir() else ():
            return path
    raise UsageError(f"the font {file} is not installed", f"apt install {PACKAGES}")


@dataclass(frozen=True)
class Face:
    """A font to draw with: its file, and the number of the face in it."""

    path: Path
    index: int = 0

    @lru_cache(maxsize=4096)  # noqa: B019 - faces live as long as the program
    def draw(self, text: str) -> np.ndarray | None:
        """Return `text` as ink, `(H, W)` float32 from 0 to 1 at `EM` pixels; None for a missing glyph."""
        if any(_mask(self, char) == _mask(self, "\uffff") for char in set(text)):
            return None
        font = _font(self)
        width = int(font.getlength(text)) + ROOM
        image = Image.new("L", (width, 2 * EM), 0)
        ImageDraw.Draw(image).text((ROOM // 2, EM // 3), text, 255, font=font)
        return _trim(np.asarray(image, np.float32) / 255.0)


@cache
def _font(face: Face) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(face.path), EM, index=face.index)


@cache
def _mask(face: Face, char: str) -> bytes:
    mask = _font(face).getmask(char)
    return bytes(mask) + bytes(str(mask.size), "ascii")


def installed_faces() -> list[Face]:
    """Return the faces of `FONTS`.

    Raises:
        UsageError: one is not installed.
    """
    return [Face(find_font(file), index) for file, index in FONTS]


def _trim(ink: np.ndarray) -> np.ndarray | None:
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.3), np.flatnonzero(ink.max(axis=0) > 0.3)
    if not rows.size:
        return None
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def draw_strokes(symbol: str, rng: np.random.Generator) -> np.ndarray | None:
    """Return `symbol` drawn from straight strokes of random proportions, as `Face.draw` does.

    This keeps the network from learning the few fonts by heart. Digits have no such form.
    """
    width, height = rng.uniform(0.4, 0.95) * EM, rng.uniform(0.35, 0.9) * EM
    pen = int(rng.integers(2, 8))
    lines: list[tuple[float, float, float, float]]
    if symbol in "<>≤≥":
        width, height = rng.uniform(0.45, 0.95) * EM, rng.uniform(0.45, 0.8) * EM
        lines = [(0, 0, width, height / 2), (width, height / 2, 0, height)]
        if symbol in "≤≥":
            gap = rng.uniform(0.08, 0.2) * EM + pen
            # The bar is level, or runs along the lower leg as Chinese fonts have it.
            start = height / 2 if rng.random() < 0.5 else height
            lines.append((width, start + gap, 0, height + gap))
        if symbol in "<≤":
            lines = [(width - x0, y0, width - x1, y1) for x0, y0, x1, y1 in lines]
    elif symbol == "=":
        gap = rng.uniform(0.16, 0.34) * EM
        lines = [(0, 0, width, 0), (0, gap, width, gap)]
    elif symbol == "+":
        height = width * rng.uniform(0.9, 1.1)
        lines = [(0, height / 2, width, height / 2), (width / 2, 0, width / 2, height)]
    elif symbol in "-—":
        width = (rng.uniform(0.22, 0.6) if symbol == "-" else rng.uniform(0.85, 1.1)) * EM
        lines = [(0, 0, width, 0)]
    elif symbol == "/":
        width = rng.uniform(0.25, 0.7) * EM
        height = rng.uniform(0.7, 1.1) * EM
        lines = [(0, height, width, 0)]
    else:
        return None
    image = np.zeros((2 * EM, 2 * EM), np.uint8)
    for x0, y0, x1, y1 in lines:
        tail, tip = (int(x0 + EM / 3), int(y0 + EM / 3)), (int(x1 + EM / 3), int(y1 + EM / 3))
        cv2.line(image, tail, tip, FULL, pen, cv2.LINE_AA)
    return _trim(image.astype(np.float32) / 255.0)


def _dirt(rng: np.random.Generator) -> np.ndarray | None:
    """Return what is in a cell and was never printed there: blots, scratches, corners and pieces of rules."""
    image = np.zeros((2 * EM, 2 * EM), np.uint8)
    kind = rng.integers(4)
    pen = int(rng.integers(2, 10))
    if kind == 0:
        for _ in range(int(rng.integers(1, 5))):
            centre, axes = rng.integers(EM // 2, EM, 2).tolist(), rng.integers(3, EM // 4, 2).tolist()
            cv2.ellipse(image, centre, axes, float(rng.uniform(0, 180)), 0, 360, FULL, -1, cv2.LINE_AA)
    elif kind == 1:
        for _ in range(int(rng.integers(2, 7))):
            points = rng.integers(EM // 3, 3 * EM // 2, (2, 2)).tolist()
            cv2.line(image, points[0], points[1], FULL, pen, cv2.LINE_AA)
    elif kind == 2:
        # A line that a hand drew.
        knots = np.cumsum(rng.normal(0, EM / 6, (9, 2)), axis=0) + EM
        cv2.polylines(image, [knots.astype(np.int32)], False, FULL, pen, cv2.LINE_AA)
    else:
        # Upright pieces and corners; a level piece cannot be told from a dash.
        x, y = int(rng.integers(EM // 2, EM)), int(rng.integers(EM // 4, EM // 2))
        cv2.line(image, (x, y), (x + int(rng.integers(-4, 5)), y + int(rng.integers(EM // 2, EM))), FULL, pen)
        if rng.random() < 0.5:
            reach = int(rng.choice([-1, 1]) * rng.integers(EM // 4, EM // 2))
            cv2.line(image, (x, y), (x + reach, y), FULL, pen)
    return _trim(image.astype(np.float32) / 255.0)


def _several(rng: np.random.Generator) -> str:
    """Return two to four characters that would stand in one cell."""
    kind = rng.integers(4)
    if kind == 0:
        return "".join(rng.choice(list("0123456789"), int(rng.integers(2, 4))))
    if kind == 1:
        return str(rng.choice(list("≥≤=><+-"))) + str(rng.integers(0, 100))
    if kind == 2:
        return str(rng.integers(0, 100)) + str(rng.choice(list("%‰/-人件次个")))
    return HANZI[rng.integers(len(HANZI))] + HANZI[rng.integers(len(HANZI))]


def _draw_other(faces: Sequence[Face], rng: np.random.Generator) -> np.ndarray | None:
    kind = rng.random()
    if kind < 0.13:
        return _dirt(rng)
    if kind < 0.26:
        text = _several(rng)
    elif kind < 0.58:
        text = LIKENESSES[rng.integers(len(LIKENESSES))]
    elif kind < 0.68:
        text = LETTERS[rng.integers(len(LETTERS))]
    elif kind < 0.75:
        text = MARKS[rng.integers(len(MARKS))]
    else:
        text = HANZI[rng.integers(len(HANZI))]
    ink = faces[int(rng.integers(len(faces)))].draw(text)
    if ink is not None and rng.random() < 0.06:
        # Part of a character, as when a rule or a fold cuts it.
        half = [ink[:, : ink.shape[1] // 2], ink[:, ink.shape[1] // 2 :]][rng.integers(2)]
        return _trim(half) if text in HANZI else ink
    return ink


def _scan(ink: np.ndarray, dpi: float, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Return a glyph as a scan at `dpi` shows it, and its larger extent in pixels.

    The scan is `(h, w, 3)` uint8 with about 0.03 inch of paper around the glyph.
    """
    if rng.random() < 0.4:
        pen = np.ones((2, 2) if rng.random() < 0.6 else (3, 3), np.uint8)
        thicker = cv2.dilate(ink, pen)
        ink = thicker if rng.random() < 0.75 or ink.sum() < 270 else cv2.erode(ink, pen[:2, :2])
    points = float(np.clip(rng.normal(10.3, 1.7), 7, 14.5))
    scale = points / 72 * dpi / EM
    turn, shear, stretch = rng.normal(0, 0.018), rng.normal(0, 0.03), np.exp(rng.normal(0, 0.07))
    matrix = scale * np.array([[stretch, shear - turn], [turn, 1.0]])
    height, width = ink.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) @ matrix.T
    low, high = corners.min(axis=0), corners.max(axis=0)
    margins = np.maximum(rng.uniform(0.02, 0.045, 4) * dpi, 3)
    size = np.ceil(high - low + margins[:2] + margins[2:]).astype(int)
    move = margins[:2] - low + rng.uniform(-0.5, 0.5, 2)
    soft = cv2.GaussianBlur(
        cv2.copyMakeBorder(ink, 12, 12, 12, 12, cv2.BORDER_CONSTANT), (0, 0), max(0.3, 0.42 / scale)
    )
    move = move - matrix @ np.array([12.0, 12.0])
    seen = cv2.warpAffine(soft, np.column_stack([matrix, move]), (int(size[0]), int(size[1])))
    seen = np.clip(seen, 0, 1) ** (1 / rng.uniform(0.9, 2.0))
    _soil(seen, dpi, rng)
    blur = rng.uniform(0.2, 1.0) * (0.6 + dpi / 400)
    seen = cv2.GaussianBlur(seen, (0, 0), blur) * rng.uniform(0.55, 1.0)
    if rng.random() < 0.3:
        clouds = cv2.resize(rng.random((3, 3)).astype(np.float32), (seen.shape[1], seen.shape[0]))
        seen *= 1 - rng.uniform(0, 0.5) * clouds
    paper, black = rng.uniform(185, 255), rng.uniform(0, 80)
    slope = np.linspace(-1, 1, seen.shape[1])[None] * rng.normal(0, 3) + np.linspace(-1, 1, seen.shape[0])[
        :, None
    ] * rng.normal(0, 3)
    image = paper + slope + (black - paper) * seen
    image = image + rng.normal(0, rng.uniform(0.2, 5.0), image.shape)
    pixels = np.clip(image + 0.5, 0, 255).astype(np.uint8)
    if rng.random() < 0.12:
        split = paper - (paper - black) * seen.max() * rng.uniform(0.25, 0.5)
        pixels = np.where(pixels > split, 255, 0).astype(np.uint8)
    elif rng.random() < 0.6:
        pixels = _jpeg(pixels, int(rng.integers(30, 92)), rng)
    return np.repeat(pixels[:, :, None], 3, axis=2), float((high - low).max())


def _soil(seen: np.ndarray, dpi: float, rng: np.random.Generator) -> None:
    """Add to `seen` what stands near a glyph: pieces of rules at the edges, specks."""
    height, width = seen.shape
    if rng.random() < 0.2:
        thick = int(rng.integers(1, max(2, int(dpi / 80)) + 1))
        strength = rng.uniform(0.4, 1.0)
        side = rng.integers(4)
        band = seen[:thick] if side == 0 else seen[height - thick :] if side == 1 else seen[:, :thick]
        band = seen[:, width - thick :] if side == 3 else band
        np.maximum(band, strength, out=band)
    if rng.random() < 0.15:
        for _ in range(int(rng.integers(1, 3))):
            x, y = int(rng.integers(width)), int(rng.integers(height))
            seen[y : y + 1 + int(dpi > 170), x : x + 1 + int(rng.integers(2))] = rng.uniform(0.3, 0.9)


def _jpeg(pixels: np.ndarray, quality: int, rng: np.random.Generator) -> np.ndarray:
    """Return `pixels` after JPEG, whose blocks start anywhere."""
    top, left = (int(offset) for offset in rng.integers(0, 8, 2))
    around = cv2.copyMakeBorder(pixels, top, 8, left, 8, cv2.BORDER_REPLICATE)
    _, data = cv2.imencode(".jpg", around, [cv2.IMWRITE_JPEG_QUALITY, quality])
    back = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    return back[top : top + pixels.shape[0], left : left + pixels.shape[1]]


@dataclass(frozen=True)
class Samples:
    """Glyphs as the network sees them.

    Attributes:
        images: `(N, 1, SIDE, SIDE)` float32.
        sizes: `(N, SIZES)` float32.
        classes: `(N,)` int64, places in `SYMBOLS`; `OTHER` for everything else.
    """

    images: np.ndarray
    sizes: np.ndarray
    classes: np.ndarray


def draw_samples(count: int, faces: Sequence[Face], rng: np.random.Generator) -> Samples:
    """Return `count` samples; four in ten are no symbol, and comparisons are the most frequent symbols."""
    weights = np.array([3.0 if symbol in "≥≤=><%" else 1.0 for symbol in SYMBOLS])
    bounds = np.cumsum(0.6 * weights / weights.sum())
    images = np.zeros((count, 1, SIDE, SIDE), np.float32)
    sizes = np.zeros((count, SIZES), np.float32)
    classes = np.zeros(count, np.int64)
    done = 0
    while done < count:
        which = int(np.searchsorted(bounds, rng.random()))
        ink = _draw_other(faces, rng) if which == OTHER else _draw_symbol(SYMBOLS[which], faces, rng)
        if ink is None:
            continue
        dpi = float(rng.uniform(100, 250))
        crop, extent = _scan(ink, dpi, rng)
        # Whoever calls may know the resolution only roughly.
        told = dpi * float(np.exp(rng.normal(0, 0.06)))
        glyph = crop_to_glyph(crop, told)
        # Where most of the glyph did not survive there is nothing to learn.
        if glyph is None or np.exp(glyph[1][:2]).max() / 7.2 * told < 0.7 * extent:
            continue
        images[done], sizes[done] = glyph
        classes[done] = which
        done += 1
    return Samples(images, sizes, classes)


def _draw_symbol(symbol: str, faces: Sequence[Face], rng: np.random.Generator) -> np.ndarray | None:
    if rng.random() < 0.3 and (ink := draw_strokes(symbol, rng)) is not None:
        return ink
    forms = FORMS.get(symbol, symbol)
    return faces[int(rng.integers(len(faces)))].draw(forms[rng.integers(len(forms))])
