"""A scan to an upright page: turned, levelled, laid flat, evened out; one homography, resampled once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from yusuan.extraction.document import Matrix
from yusuan.extraction.pages import orient
from yusuan.extraction.pages.deskew import find_levelling, to_ink
from yusuan.extraction.pages.exif import TURNS, orientation_to_matrix, turned
from yusuan.extraction.pages.frame import A4_RATIO, find_sheet, sheet_matrix
from yusuan.extraction.pages.homography import (
    as_matrix,
    quarter_matrix,
    scale_matrix,
    turn_image,
    turn_in,
    warp,
)
from yusuan.extraction.pages.orient import Reader
from yusuan.extraction.pages.paper import A4_LONG_INCHES, scan_dpi, upright_dpi
from yusuan.extraction.pages.seal import Box, find_seals, remove_seal
from yusuan.extraction.pages.tone import even_out, is_uneven, paper_map

LOOK_DPI = 100.0
WHITE = 255
# Channels of a grey page differ by no more than this, for all that JPEG does to them.
_GREY_SPREAD = 12

QuarterTurn = Literal[0, 90, 180, 270]


@dataclass(frozen=True)
class Scan:
    """A page as a scanner, a camera or a PDF renderer left it.

    Attributes:
        image: `(H, W)` grey or `(H, W, 3)` RGB, uint8, as stored.
        dpi: what the file says, (across, down) as stored, or None. Faxes have two different ones.
        orientation: EXIF, 1 to 8.
        certain: the dpi is what the image was drawn at, and not a claim to be doubted.
    """

    image: np.ndarray
    dpi: tuple[float, float] | None
    orientation: int = 1
    certain: bool = False


@dataclass(frozen=True)
class Upright:
    """An upright page; the fields are those of `PageImage`."""

    image: np.ndarray
    dpi: float
    rotation: QuarterTurn
    skew_deg: float
    transform: Matrix
    seals: tuple[Box, ...]


@dataclass(frozen=True)
class _Sizing:
    """How pixels as seen become square: factors across and down to `native` dpi."""

    native: float
    across: float
    down: float


def _sizing(scan: Scan, width: int, height: int) -> _Sizing:
    """Return the true resolution of a scan of `width` × `height` pixels as seen."""
    if scan.dpi is None:
        return _Sizing(scan_dpi(max(width, height), None), 1.0, 1.0)
    across, down = scan.dpi if TURNS[scan.orientation] in (0, 180) else scan.dpi[::-1]
    if not 1 / 3 <= across / down <= 3:
        across = down = max(across, down)
    claimed = max(across, down)
    if scan.certain:
        return _Sizing(claimed, 1.0, 1.0)
    x, y = claimed / across, claimed / down
    return _Sizing(scan_dpi(max(width * x, height * y), claimed), x, y)


def _bounds(matrix: np.ndarray, width: float, height: float) -> tuple[np.ndarray, tuple[int, int]]:
    """Return `matrix` moved so that the whole image lands in view, and the size of that view."""
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], float) @ matrix.T
    places = corners[:, :2] / corners[:, 2:]
    low = np.floor(places.min(axis=0) + 1e-6)
    size = np.ceil(places.max(axis=0) - 1e-6) - low
    return np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]]) @ matrix, (int(size[0]), int(size[1]))


def _resample(image: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return `image` under `matrix` by the cheapest lossless means, and the matrix as carried out."""
    height, width = image.shape[:2]
    if np.allclose(matrix, np.diag(np.diag(matrix)), atol=1e-9):
        # Whole pixels: the last fraction of one is stretched, and the transform has to know.
        exact = scale_matrix(size[0] / width, size[1] / height)
        if size == (width, height):
            return image, exact
        how = cv2.INTER_AREA if exact[0, 0] < 1 and exact[1, 1] < 1 else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(image, size, interpolation=how)), exact
    # A warp reads four pixels around a point; where it shrinks, the others have to be mixed in before.
    middle = matrix @ (width / 2, height / 2, 1)
    shrink = np.sqrt(abs(np.linalg.det(matrix[:2, :2]))) / abs(middle[2])
    if shrink < 0.8:
        sigma = 0.5 * np.sqrt(1 / shrink**2 - 1)
        image = cv2.GaussianBlur(image, (0, 0), float(sigma))
    return warp(image, matrix, size, cv2.INTER_CUBIC, WHITE), matrix


def _rgb(image: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)) if image.ndim == 2 else image


def _grey(image: np.ndarray) -> np.ndarray:
    return image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))


def _shrunk(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return an image made smaller, to `size` = (width, height), for looking at."""
    # At one half, linear interpolation is the mean of four pixels too, and three times as fast.
    gently = 0.45 <= size[0] / image.shape[1] <= 1 and 0.45 <= size[1] / image.shape[0] <= 1
    how = cv2.INTER_LINEAR if gently else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, size, interpolation=how))


def _look_size(image: np.ndarray, dpi: float) -> tuple[int, int]:
    height, width = image.shape[:2]
    return max(1, round(width * LOOK_DPI / dpi)), max(1, round(height * LOOK_DPI / dpi))


def _look(image: np.ndarray, dpi: float) -> np.ndarray:
    """Return the ink of an image, at `LOOK_DPI`."""
    return to_ink(_shrunk(_grey(image), _look_size(image, dpi)))


def _crops(image: np.ndarray, dpi: float) -> list[np.ndarray]:
    return orient.line_crops(_rgb(image), _look(image, dpi), dpi / LOOK_DPI)


def _both_ways(image: np.ndarray, dpi: float, reader: Reader) -> tuple[float, float]:
    """Return how sure a reader is of the lines of a page as they stand, and head over."""
    crops = _crops(image, dpi)
    over = [turn_image(crop, 180) for crop in crops]
    return orient.read_confidence(crops, reader), orient.read_confidence(over, reader)


def _quarter_turn(image: np.ndarray, dpi: float, axis: float, reader: Reader | None) -> int:
    """Return the clockwise turn, 0 to 270, that puts a level page upright.

    Args:
        image: the level page.
        dpi: of `image`.
        axis: of `reading_axis`.
        reader: asked where letters and marks leave a doubt, or say that the page is turned.
    """
    lies = axis < 1 / orient.SURE_AXIS
    if reader is not None and not lies and axis < orient.SURE_AXIS:
        standing = max(_both_ways(image, dpi, reader))
        lying = max(_both_ways(turn_image(image, 90), dpi, reader))
        # What letters say is no proof here, but it counts: of bad print a reader is sure neither way.
        lies = lying - standing > math.log(axis) + orient.READER_MARGIN
    turn = 90 if lies else 0
    image = turn_image(image, turn)

    decided = orient.count_marks(_grey(image), dpi).decided
    if decided == 1:
        return turn
    over = decided == -1
    if reader is not None:
        few = _crops(image, dpi)[: orient.READER_LINES // 2]
        if decided == 0 and few and orient.read_confidence(few, reader) >= orient.SURE_READING:
            return turn
        up, down = _both_ways(image, dpi, reader)
        if abs(up - down) > orient.READER_MARGIN:
            over = down > up
    return (turn + 180) % 360 if over else turn


@dataclass(frozen=True)
class _Geometry:
    """How a page lies: `base` from pixels as seen to flat square pixels, `level` from there, both 3×3."""

    base: np.ndarray
    extent: tuple[float, float]
    level: np.ndarray
    skew_deg: float
    axis: float
    dpi: float


def _without_colour(image: np.ndarray) -> np.ndarray:
    """Return a grey image `(H, W)` where an RGB one holds no colour: a third of the work from here on."""
    if image.ndim == 2:
        return image
    sample = image[::8, ::8].astype(np.int16)
    if np.ptp(sample, axis=2).max() > _GREY_SPREAD:
        return image
    red, green, blue = cv2.split(image)
    spread = cv2.subtract(cv2.max(red, cv2.max(green, blue)), cv2.min(red, cv2.min(green, blue)))
    return _grey(image) if spread.max() <= _GREY_SPREAD else image


def _find_geometry(seen: np.ndarray, sizing: _Sizing) -> _Geometry:
    """Look at a page on 100 dpi and return how it is laid flat and level; `dpi` is of the flat pixels."""
    height, width = seen.shape[:2]
    wide, high = width * sizing.across, height * sizing.down
    look = LOOK_DPI / sizing.native
    small_size = (max(1, round(wide * look)), max(1, round(high * look)))
    small = _shrunk(_grey(seen), small_size)
    to_small = scale_matrix(small_size[0] / wide, small_size[1] / high)
    base, extent, dpi = scale_matrix(sizing.across, sizing.down), (wide, high), sizing.native

    sheet = find_sheet(small)
    flat_turn = 0.0
    if sheet is not None:
        flat, flat_size = sheet_matrix(sheet, *small_size)
        flat_turn = turn_in(flat, *small_size)
        small = warp(small, flat, flat_size, cv2.INTER_LINEAR, WHITE)
        base = np.linalg.inv(to_small) @ flat @ to_small @ base
        extent = (flat_size[0] / to_small[0, 0], flat_size[1] / to_small[1, 1])
        if abs(max(flat_size) / min(flat_size) / A4_RATIO - 1) < 0.01:
            # The sheet is A4, and with it the resolution is known.
            dpi = max(extent) / A4_LONG_INCHES
    levelling, ink = find_levelling(to_ink(small))
    level = np.linalg.inv(to_small) @ levelling.matrix @ to_small
    return _Geometry(base, extent, level, flat_turn + levelling.skew_deg, orient.reading_axis(ink), dpi)


def _clean(image: np.ndarray, dpi: float) -> tuple[np.ndarray, tuple[Box, ...]]:
    """Return a page with white paper and without seals on its print, and where there were seals."""
    small = _shrunk(image, _look_size(image, dpi))
    paper = paper_map(small, LOOK_DPI)
    if is_uneven(paper):
        image = even_out(image, paper)
        small = even_out(small, paper)
    seals: list[Box] = []
    if image.ndim == 3:
        for seal in find_seals(small, LOOK_DPI):
            x, y, w, h = (round(side * dpi / LOOK_DPI) for side in seal)
            seals.append((x, y, w, h))
        if seals:
            image = image.copy()
        for box in seals:
            remove_seal(image, box)
    return image, tuple(seals)


def upright(scan: Scan, wanted_dpi: float, reader: Reader | None = None) -> Upright:
    """Return a scan as an upright, level page on white paper.

    The page is looked at on 100 dpi; what it needs is composed into one matrix and the stored pixels are
    resampled once, or not at all: a page within 0.08° of level at about the wanted resolution changes only by
    quarter turns. Nothing is cut off, except what lies around the sheet in a photograph.

    Args:
        scan: the page as it came.
        wanted_dpi: of the result, at most; scans with less are brought to 150 dpi, or kept.
        reader: reads crops of text lines; asked only where the page leaves a doubt about which side is up.
    """
    seen = _without_colour(np.ascontiguousarray(turned(scan.image, scan.orientation)))
    height, width = seen.shape[:2]
    geometry = _find_geometry(seen, _sizing(scan, width, height))
    dpi = upright_dpi(geometry.dpi, wanted_dpi)
    scale = dpi / geometry.dpi
    level, size = _bounds(scale_matrix(scale, scale) @ geometry.level, *geometry.extent)
    image, matrix = _resample(seen, level @ geometry.base, size)

    turn = _quarter_turn(image, dpi, geometry.axis, reader)
    matrix = quarter_matrix(turn, *size) @ matrix
    image, seals = _clean(turn_image(image, turn), dpi)

    stored = orientation_to_matrix(scan.orientation, scan.image.shape[1], scan.image.shape[0])
    back = stored @ np.linalg.inv(matrix)
    back /= back[2, 2]
    rotation = (TURNS[scan.orientation] + turn) % 360
    return Upright(_rgb(image), dpi, _as_turn(rotation), round(geometry.skew_deg, 3), as_matrix(back), seals)


def _as_turn(degrees: int) -> QuarterTurn:
    turns: dict[int, QuarterTurn] = {0: 0, 90: 90, 180: 180, 270: 270}
    return turns[degrees]
