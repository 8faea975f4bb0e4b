"""A model of scanners, copiers and faxes: a clean page in, a damaged one out, and where every point went.

Page points are pixels of the clean rendering, corner based: (0, 0) is the outer corner of the first pixel,
its centre is (0.5, 0.5). All randomness comes from the generator that is passed in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from yusuan.extraction.errors import UsageError

Array = np.ndarray


@dataclass(frozen=True)
class Seal:
    """A round stamp: centre as shares of width and height, radius of the shorter, turn in degrees."""

    x: float
    y: float
    radius: float
    turn_deg: float = 0.0


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
    height, width = page.shape
    warp = settings_to_warp(settings, (width, height))
    ink: Array = (1.0 - page.astype(np.float32) / 255.0) ** (1.0 / settings.gain)
    if settings.fade:
        ink *= 1.0 - settings.fade * _clouds((height, width), rng, settings.dpi / 3)
    if settings.bleed and back is not None:
        seen = cv2.GaussianBlur(cv2.resize(back[:, ::-1], (width, height)), (0, 0), settings.dpi / 100)
        ink = np.maximum(ink, settings.bleed * (1.0 - seen.astype(np.float32) / 255.0))
    stamp = _seal((height, width), settings.seal, rng) if settings.seal else None
    across, down = _sampling(warp)
    ink = cv2.remap(ink, across, down, cv2.INTER_LINEAR)
    if settings.blur:
        ink = cv2.GaussianBlur(ink, (0, 0), settings.blur)
    light = settings.paper - settings.shade * _slope((height, width), settings.shade_turn_deg)
    gray = light + (settings.ink - light) * ink
    image = np.repeat(gray[:, :, None], 3, axis=2) if settings.color else gray[:, :, None]
    if stamp is not None:
        stamp = cv2.remap(stamp, across, down, cv2.INTER_LINEAR)
        # Ink of a stamp lies over the print: it darkens what is light and hardly changes what is black.
        tint = (0.86, 0.22, 0.24) if settings.color else (0.55,)
        image = image * (1.0 - stamp[:, :, None] * (1.0 - np.array(tint, np.float32)))
    if settings.speckle:
        image = image - _specks((height, width), settings, rng)[:, :, None]
    if settings.noise:
        image = image + rng.normal(0.0, settings.noise, (height, width, 1)).astype(np.float32)
    done = np.clip(image + 0.5, 0, 255).astype(np.uint8)
    if settings.bilevel:
        level = cv2.GaussianBlur(done[:, :, 0], (0, 0), settings.dpi / 8).astype(np.int16) - 28
        return np.where(done[:, :, 0] > np.minimum(level, 200), 255, 0).astype(np.uint8)
    return done if settings.color else done[:, :, 0]


def _sampling(warp: Warp) -> tuple[Array, Array]:
    """Return the maps for `cv2.remap`: for each pixel of the scan, where it looks on the page."""
    width, height = warp.size
    xs, ys = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    source = warp.back(np.stack([xs.ravel(), ys.ravel()], axis=1)).reshape(height, width, 2) - 0.5
    return source[:, :, 0].astype(np.float32), source[:, :, 1].astype(np.float32)


def _slope(shape: tuple[int, int], turn_deg: float) -> Array:
    """Return a smooth shade from 0 to 1 that grows towards one side and into its corner."""
    height, width = shape
    xs, ys = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    angle = np.deg2rad(turn_deg)
    along = (xs * np.cos(angle) + ys * np.sin(angle) + 1.0) / 2.0
    return np.asarray(np.clip(along, 0, 1) ** 2.2, np.float32)


def _clouds(shape: tuple[int, int], rng: np.random.Generator, grain: float) -> Array:
    """Return smooth patches between 0 and 1, about `grain` pixels across."""
    height, width = shape
    small = rng.random((max(2, int(height / grain)), max(2, int(width / grain)))).astype(np.float32)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 1)


def _specks(shape: tuple[int, int], settings: ScanSettings, rng: np.random.Generator) -> Array:
    height, width = shape
    count = int(settings.speckle * height * width / settings.dpi**2)
    specks = np.zeros(shape, np.float32)
    for x, y in zip(rng.integers(0, width, count), rng.integers(0, height, count), strict=True):
        cv2.circle(specks, (int(x), int(y)), int(rng.integers(0, 2)), (float(rng.uniform(40, 150)),), -1)
    return specks


INK_OF_STAMP = (0.85,)


def _seal(shape: tuple[int, int], seal: Seal, rng: np.random.Generator) -> Array:
    """Return the coverage of a round stamp, 0 to 1: a ring, a star, and marks where characters stand."""
    height, width = shape
    stamp = np.zeros(shape, np.float32)
    centre = np.array([seal.x * width, seal.y * height])
    radius = seal.radius * min(width, height)
    cv2.circle(
        stamp,
        (int(centre[0]), int(centre[1])),
        int(radius),
        INK_OF_STAMP,
        max(2, int(radius * 0.06)),
        cv2.LINE_AA,
    )
    tips = []
    for step in range(10):
        angle = np.deg2rad(seal.turn_deg + step * 36 - 90)
        reach = radius * (0.34 if step % 2 == 0 else 0.14)
        tips.append(centre + reach * np.array([np.cos(angle), np.sin(angle)]))
    cv2.fillPoly(stamp, [np.array(tips, np.int32)], INK_OF_STAMP, cv2.LINE_AA)
    glyph = radius * 0.1
    for place in range(14):
        angle = np.deg2rad(seal.turn_deg + 150 + place * 240 / 13)
        at = centre + radius * 0.76 * np.array([np.cos(angle), np.sin(angle)])
        # Strokes that look like a character from afar; nobody is meant to read a stamp.
        for _ in range(5):
            start, stop = at + rng.uniform(-glyph, glyph, (2, 2))
            first, last = (int(start[0]), int(start[1])), (int(stop[0]), int(stop[1]))
            cv2.line(stamp, first, last, INK_OF_STAMP, max(1, int(radius * 0.022)), cv2.LINE_AA)
    worn = 0.55 + 0.45 * _clouds(shape, rng, max(4.0, radius / 6))
    return np.asarray(stamp * worn, np.float32)


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
    )


def _anywhere(rng: np.random.Generator) -> Seal:
    x, y, radius, turn = rng.uniform((0.55, 0.25, 0.09, -20), (0.82, 0.8, 0.12, 20))
    return Seal(float(x), float(y), float(radius), float(turn))


PRESETS = {"office": _office, "bad": _bad, "fax": _fax, "photo": _photo}


def draw_settings(preset: str, rng: np.random.Generator) -> ScanSettings:
    """Return settings of a preset: `office`, `bad`, `fax` or `photo`.

    Raises:
        UsageError: there is no such preset.
    """
    if preset not in PRESETS:
        raise UsageError(f"there is no scan preset {preset!r}", f"presets: {', '.join(PRESETS)}")
    return PRESETS[preset](rng)
