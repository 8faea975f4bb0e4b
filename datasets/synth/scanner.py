"""A model of scanners, copiers and faxes: a clean page in, a damaged one out, and where every point went.

Page points are pixels of the clean rendering, corner based: (0, 0) is the outer corner of the first pixel,
its centre is (0.5, 0.5). All randomness comes from the generator that is passed in. Pixels are whole numbers
throughout, so that the same seed gives the same bytes on processors whose floating point differs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from yusuan.datasets.synth.marks import (
    GRAY_OF_RED,
    RED,
    Seal,
    clouds,
    noise_levels,
    paper_light,
    seal_coverage,
    specks,
)
from yusuan.extraction.errors import UsageError

Array = np.ndarray


@dataclass(frozen=True)
class ScanSettings:
    """What happens to one page. Lengths are shares of the page width unless said otherwise.

    Attributes:
        dpi: of the scan.
        skew_deg: fine turn, positive clockwise.
        shift: right and down.
        perspective: how far each corner is pulled in, in order from the top left clockwise.
        curvature: depth of a wave across the page at its top and at its bottom.
        paper, ink: gray levels 0 to 255.
        shade: how much darker the darkest edge is, gray levels; `shade_turn_deg` says which edge.
        blur: sigma in scan pixels.
        noise: sigma in gray levels.
        bleed: strength of the mirrored back side, 0 to 1.
        speckle: dark dots per square inch.
        gain: how much half-toned ink spreads (dot gain); 1 leaves strokes as thin as they are.
        fade: share of ink lost in patches of weak toner, 0 to 1.
        jpeg: quality; 0 for a bilevel page, which is stored without loss.
        color: keep red seals red.
        bilevel: black and white only, by a threshold that follows the shade.
        desk: gray level of what lies around the sheet; None for a lid as white as the paper.
        cast: share of red, green and blue light that a colour page throws back.
    """

    dpi: int = 200
    skew_deg: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    perspective: tuple[tuple[float, float], ...] = ((0.0, 0.0),) * 4
    curvature: tuple[float, float] = (0.0, 0.0)
    paper: int = 255
    ink: int = 0
    shade: float = 0.0
    shade_turn_deg: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    bleed: float = 0.0
    speckle: float = 0.0
    gain: float = 1.0
    fade: float = 0.0
    jpeg: int = 90
    color: bool = False
    bilevel: bool = False
    seal: Seal | None = None
    desk: int | None = None
    cast: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Warp:
    """The way of a point from the clean page to the scan: a wave across the page, then a homography.

    Attributes:
        size: width and height of page and scan, pixels.
        wave: depth in pixels at the top and at the bottom.
        matrix: `(3, 3)`.
    """

    size: tuple[int, int]
    wave: tuple[float, float]
    matrix: Array

    def points(self, points: Array) -> Array:
        """Map points `(N, 2)` of the page to the scan."""
        points = np.asarray(points, np.float64).reshape(-1, 2)
        width, height = self.size
        x, y = points[:, 0], points[:, 1]
        top, bottom = self.wave
        y = y + (top + (bottom - top) * y / height) * np.sin(np.pi * x / width)
        return _project(self.matrix, np.stack([x, y], axis=1))

    def back(self, points: Array) -> Array:
        """Map points `(N, 2)` of the scan to the page: the exact inverse of `points`."""
        width, height = self.size
        straight = _project(np.linalg.inv(self.matrix), np.asarray(points, np.float64).reshape(-1, 2))
        x, y = straight[:, 0], straight[:, 1]
        top, bottom = self.wave
        bend = np.sin(np.pi * x / width)
        y = (y - top * bend) / (1.0 + (bottom - top) / height * bend)
        return np.stack([x, y], axis=1)


def _project(matrix: Array, points: Array) -> Array:
    homogeneous = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ matrix.T
    return np.asarray(homogeneous[:, :2] / homogeneous[:, 2:])


def settings_to_warp(settings: ScanSettings, size: tuple[int, int]) -> Warp:
    """Return the warp that `settings` means for a page of `size` (width, height) pixels."""
    width, height = size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    inward = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float64)
    pulled = corners + inward * np.array(settings.perspective) * width
    perspective = cv2.getPerspectiveTransform(corners.astype(np.float32), pulled.astype(np.float32))
    angle = np.deg2rad(settings.skew_deg)
    cos, sin = np.cos(angle), np.sin(angle)
    centre = np.array([[1, 0, width / 2], [0, 1, height / 2], [0, 0, 1]], np.float64)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], np.float64)
    shift = np.eye(3)
    shift[:2, 2] = np.array(settings.shift) * width
    matrix = shift @ centre @ turn @ np.linalg.inv(centre) @ perspective
    wave = (settings.curvature[0] * width, settings.curvature[1] * width)
    return Warp(size, wave, matrix)


def scan(page: Array, settings: ScanSettings, rng: np.random.Generator, back: Array | None = None) -> Array:
    """Return the scan of `page`: `(H, W)` uint8 gray, or `(H, W, 3)` RGB where `settings.color`.

    Args:
        page: `(H, W)` uint8, black on white, rendered at `settings.dpi`.
        settings: what happens to it; the geometry is that of `settings_to_warp`.
        rng: source of noise, speckles and the wear of the stamp.
        back: the page on the back of the sheet, for bleed-through; None for an empty one.

    Raises:
        UsageError: `page` is no gray image.
    """
    if page.ndim != 2:
        raise UsageError(f"a page to scan must be gray, not {page.shape}", "render it with one channel")
    height, width = shape = page.shape[0], page.shape[1]
    maps = _sampling(settings_to_warp(settings, (width, height)))
    ink = cv2.remap(_toner(page, settings, rng, back), *maps, cv2.INTER_LINEAR)
    if settings.blur:
        ink = cv2.GaussianBlur(ink, (0, 0), settings.blur)
    light = paper_light(shape, settings.paper, settings.shade, settings.shade_turn_deg)
    gray = (light.astype(np.uint16) * (255 - ink) + np.uint16(settings.ink) * ink + 127) // 255
    if settings.desk is not None:
        sheet = cv2.remap(np.full(shape, 255, np.uint8), *maps, cv2.INTER_LINEAR)
        gray = (gray * sheet + np.uint16(settings.desk) * (255 - sheet) + 127) // 255
    channels = [gray.astype(np.int16)] * (3 if settings.color else 1)
    if settings.color and settings.cast != (1.0, 1.0, 1.0):
        channels = [
            channel * round(share * 128) >> 7 for channel, share in zip(channels, settings.cast, strict=True)
        ]
    if settings.seal:
        stamp = cv2.remap(seal_coverage(shape, settings.seal, rng), *maps, cv2.INTER_LINEAR).astype(np.int32)
        # Ink of a stamp lies over the print: it darkens what is light and hardly changes what is black.
        tint = RED if settings.color else GRAY_OF_RED
        channels = [
            (channel * (65025 - stamp * (255 - level)) // 65025).astype(np.int16)
            for channel, level in zip(channels, tint, strict=True)
        ]
    if settings.speckle:
        dirt = specks(shape, settings.speckle / settings.dpi**2, rng)
        channels = [channel - dirt for channel in channels]
    if settings.noise:
        grain = noise_levels(settings.noise)[rng.integers(0, 1 << 16, shape, np.uint16)]
        channels = [channel + grain for channel in channels]
    done = [np.clip(channel, 0, 255).astype(np.uint8) for channel in channels]
    if settings.bilevel:
        side = settings.dpi // 3 | 1
        level = cv2.blur(done[0], (side, side)).astype(np.int16) - 28
        return np.where(done[0] > np.minimum(level, 200), 255, 0).astype(np.uint8)
    return np.dstack(done) if settings.color else done[0]


def _toner(page: Array, settings: ScanSettings, rng: np.random.Generator, back: Array | None) -> Array:
    """Return how much ink lies on the sheet, `(H, W)` uint8: print, weak toner, what shows through."""
    height, width = page.shape
    levels = 255.0 * (1.0 - np.arange(256) / 255.0) ** (1.0 / settings.gain)
    ink = cv2.LUT(page, np.rint(levels).astype(np.uint8))
    if settings.fade:
        patches = clouds((height, width), rng, settings.dpi / 3).astype(np.uint16)
        ink = (ink * (256 - (patches * np.uint16(round(settings.fade * 256)) >> 8)) >> 8).astype(np.uint8)
    if settings.bleed and back is not None:
        seen = cv2.GaussianBlur(cv2.resize(back[:, ::-1], (width, height)), (0, 0), settings.dpi / 100)
        through = (255 - seen).astype(np.uint16) * np.uint16(round(settings.bleed * 256)) >> 8
        ink = np.maximum(ink, through.astype(np.uint8))
    return np.asarray(ink)


def _sampling(warp: Warp) -> tuple[Array, Array]:
    """Return the maps for `cv2.remap`: for each pixel of the scan, where it looks on the page.

    In fixed point, 1/32 pixel: the last bit of a float decides nothing.
    """
    width, height = warp.size
    xs, ys = (np.arange(length)[None] + 0.5 for length in (width, height))
    inverse = np.linalg.inv(warp.matrix)
    u, v, w = (row[0] * xs + (row[1] * ys.T + row[2]) for row in inverse)
    x, y = u / w, v / w
    if any(warp.wave):
        top, bottom = warp.wave
        bend = np.sin(x * (np.pi / width))
        y = (y - top * bend) / (1.0 + (bottom - top) / height * bend)
    maps = cv2.convertMaps((x - 0.5).astype(np.float32), (y - 0.5).astype(np.float32), cv2.CV_16SC2)
    return maps[0], maps[1]


def to_bytes(image: Array, jpeg: int) -> bytes:
    """Return `image` as JPEG of that quality, or as PNG when `jpeg` is 0."""
    pixels = image[:, :, ::-1] if image.ndim == 3 else image
    options = [cv2.IMWRITE_JPEG_QUALITY, jpeg, cv2.IMWRITE_JPEG_OPTIMIZE, 1] if jpeg else []
    done, data = cv2.imencode(".jpg" if jpeg else ".png", pixels, options)
    if not done:
        raise UsageError("the scan could not be encoded")
    return data.tobytes()


def _office(rng: np.random.Generator) -> ScanSettings:
    return ScanSettings(
        dpi=200,
        skew_deg=float(rng.uniform(-1.0, 1.0)),
        shift=(float(rng.uniform(-0.008, 0.008)), float(rng.uniform(-0.008, 0.008))),
        paper=int(rng.integers(236, 246)),
        ink=int(rng.integers(25, 50)),
        shade=float(rng.uniform(0, 8)),
        shade_turn_deg=float(rng.uniform(0, 360)),
        blur=float(rng.uniform(0.75, 0.95)),
        noise=float(rng.uniform(0.4, 1.0)),
        gain=1.7,
        speckle=0.15,
        jpeg=80,
    )


def _sealed(rng: np.random.Generator) -> ScanSettings:
    return replace(_office(rng), color=True, seal=_anywhere(rng))


def _bad(rng: np.random.Generator) -> ScanSettings:
    skew = float(rng.uniform(0.8, 2.5) * rng.choice([-1, 1]))
    curved = bool(rng.random() < 0.5)
    return ScanSettings(
        dpi=int(rng.choice([150, 155, 160])),
        skew_deg=skew,
        shift=(float(rng.uniform(-0.015, 0.015)), float(rng.uniform(-0.015, 0.015))),
        perspective=tuple((float(a), float(b)) for a, b in rng.uniform(0, 0.012, (4, 2))),
        curvature=(float(rng.uniform(-0.012, 0.012)), float(rng.uniform(-0.012, 0.012)))
        if curved
        else (0, 0),
        paper=int(rng.integers(205, 230)),
        ink=int(rng.integers(45, 75)),
        shade=float(rng.uniform(25, 65)),
        shade_turn_deg=float(rng.uniform(0, 360)),
        blur=float(rng.uniform(0.65, 0.9)),
        noise=float(rng.uniform(2.0, 4.0)),
        bleed=float(rng.uniform(0.03, 0.1)),
        speckle=float(rng.uniform(0.5, 2.0)),
        gain=1.5,
        fade=float(rng.uniform(0.2, 0.45)),
        jpeg=45,
        color=True,
        seal=_anywhere(rng) if rng.random() < 0.4 else None,
    )


def _fax(rng: np.random.Generator) -> ScanSettings:
    return replace(
        _office(rng), skew_deg=float(rng.uniform(-1.5, 1.5)), noise=6.0, speckle=3.0, jpeg=0, bilevel=True
    )


def _photo(rng: np.random.Generator) -> ScanSettings:
    return replace(
        _bad(rng),
        dpi=180,
        perspective=tuple((float(a), float(b)) for a, b in rng.uniform(0, 0.05, (4, 2))),
        shade=float(rng.uniform(50, 90)),
        bleed=0.0,
        jpeg=70,
        desk=int(rng.integers(60, 130)),
        cast=(1.0, float(rng.uniform(0.95, 1.0)), float(rng.uniform(0.82, 0.95))),
    )


def _anywhere(rng: np.random.Generator) -> Seal:
    x, y, radius, turn = rng.uniform((0.55, 0.25, 0.09, -20), (0.82, 0.8, 0.12, 20))
    return Seal(float(x), float(y), float(radius), float(turn))


PRESETS = {"office": _office, "sealed": _sealed, "bad": _bad, "fax": _fax, "photo": _photo}


def draw_settings(preset: str, rng: np.random.Generator) -> ScanSettings:
    """Return settings of a preset: `office`, `sealed`, `bad`, `fax` or `photo`.

    Raises:
        UsageError: there is no such preset.
    """
    if preset not in PRESETS:
        raise UsageError(f"there is no scan preset {preset!r}", f"presets: {', '.join(PRESETS)}")
    return PRESETS[preset](rng)
