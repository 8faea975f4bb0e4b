"""Damage of synthetic pages: copiers' ink and paper (augraphy), what lies over the page, our scanner model.

Geometry is the scanner model's alone: of augraphy only effects are used that leave every pixel in its place,
so that the truth stays exact. They take their random numbers from global generators, which are seeded for
each call and put back.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal, cast

import cv2
import numpy as np

from yusuan.datasets.goldset.image_pdf import PageImage
from yusuan.datasets.synth.blocks import Box, Picture
from yusuan.datasets.synth.scanner import (
    ScanSettings,
    Warp,
    _sampling,
    draw_settings,
    scan,
    settings_to_warp,
    to_bytes,
)
from yusuan.extraction.errors import UsageError

Array = np.ndarray
Level = Literal["clean", "office", "bad", "fax", "photo"]
LEVELS: dict[Level, float] = {"clean": 0.12, "office": 0.33, "bad": 0.3, "fax": 0.12, "photo": 0.13}
MIXED = "mixed"

# Effects of augraphy that leave pixels in place (tests/datasets/test_synthetic_damage.py) and are quick, with
# settings milder than its own: a copier does not eat a page. Name → arguments.
INK_EFFECTS: dict[str, dict[str, object]] = {
    "LowInkRandomLines": {"count_range": (3, 9)},
    "LowInkPeriodicLines": {"count_range": (1, 3), "period_range": (30, 160)},
    "InkMottling": {"ink_mottling_alpha_range": (0.12, 0.3)},
}
PAPER_EFFECTS: dict[str, dict[str, object]] = {
    "BrightnessTexturize": {"texturize_range": (0.9, 0.98), "deviation": 0.03},
    "SubtleNoise": {"subtle_range": 8},
    "DirtyDrum": {
        "line_width_range": (1, 2),
        "line_concentration": 0.02,
        "noise_intensity": 0.3,
        "noise_value": (90, 190),
        "direction": 1,
    },
    "NoisyLines": {"noisy_lines_thickness_range": (1, 1), "noisy_lines_number_range": (1, 3)},
    "Stains": {"stains_type": "light_stains", "stains_blend_alpha": 0.4},
    "ShadowCast": {"shadow_opacity_range": (0.1, 0.25), "shadow_iterations_range": (1, 1)},
    "ColorPaper": {"hue_range": (12, 40), "saturation_range": (6, 34)},
}
COLORED = ("Stains", "ColorPaper")
# How often a page of each level has an effect on its ink, and one on its paper.
SHARES: dict[Level, tuple[float, float]] = {
    "office": (0.15, 0.2),
    "bad": (0.35, 0.45),
    "fax": (0.3, 0.2),
    "photo": (0.1, 0.35),
}
ATTEMPTS = 20


@dataclass(frozen=True)
class Damaged:
    """A page after its damage.

    Attributes:
        image: as scanned, JPEG not applied yet.
        warp: where every pixel of the clean page went.
        settings: of the scanner.
        effects: names of the other things that happened to it.
    """

    image: PageImage
    warp: Warp
    settings: ScanSettings
    effects: tuple[str, ...]


def draw_level(wanted: str, rng: np.random.Generator) -> Level:
    """Return the damage of one document; for `mixed` one of the levels by lot.

    Raises:
        UsageError: there is no such damage.
    """
    if wanted == MIXED:
        return cast(Level, str(rng.choice(list(LEVELS), p=np.array(list(LEVELS.values())))))
    if wanted not in LEVELS:
        raise UsageError(f"there is no damage {wanted!r}", f"damages: {', '.join((*LEVELS, MIXED))}")
    return cast(Level, wanted)


def draw_page_settings(
    level: Level, rng: np.random.Generator, size: tuple[float, float], ink: Sequence[Box]
) -> ScanSettings:
    """Return what the scanner does to a page of `size` points so that none of its `ink` leaves the image."""
    corners = np.array([[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1 in ink], np.float64)
    for _ in range(ATTEMPTS):
        settings = replace(draw_settings(level, rng), seal=None)
        width, height = (max(1, round(length)) for length in size)
        if not len(corners):
            return settings
        there = settings_to_warp(settings, (width, height)).points(corners.reshape(-1, 2))
        if there.min() >= 1 and (there[:, 0] <= width - 1).all() and (there[:, 1] <= height - 1).all():
            return settings
    return replace(settings, skew_deg=0.0, shift=(0.0, 0.0), curvature=(0.0, 0.0))


def damage_page(
    page: Array,
    pictures: Sequence[Picture],
    level: Level,
    settings: ScanSettings,
    rng: np.random.Generator,
    back: Array | None = None,
) -> Damaged:
    """Return a page as it comes from a copier and a scanner.

    Args:
        page: `(H, W)` uint8, rendered at `settings.dpi`, without what lies over it.
        pictures: what lies over it.
        level: how bad it is.
        settings: of the scanner, from `draw_page_settings`.
        rng: who chooses.
        back: the page on the back of the sheet.
    """
    effects: list[str] = []
    ink_share, paper_share = SHARES[level]
    colored = any(picture.kind != "watermark" for picture in pictures)
    if colored and level == "office":
        settings = replace(settings, color=bool(rng.random() < 0.6))
    if rng.random() < ink_share:
        page = _gray(_effect(page, INK_EFFECTS, list(INK_EFFECTS), rng, effects))
    over = _transmission(page.shape[:2], pictures, settings.dpi)
    over = _fasteners(over, page.shape[:2], settings.dpi, rng, effects)
    if over is not None and not settings.color:
        page = _times(page, cv2.cvtColor(over, cv2.COLOR_RGB2GRAY))
    image = scan(page, settings, rng, back)
    height, width = page.shape[:2]
    warp = settings_to_warp(settings, (width, height))
    if over is not None and settings.color:
        moved = cv2.remap(over, *_sampling(warp), cv2.INTER_LINEAR, borderValue=(255, 255, 255))
        image = _times(image, moved)
    if rng.random() < paper_share and not settings.bilevel:
        names = [name for name in PAPER_EFFECTS if settings.color or name not in COLORED]
        changed = _effect(image, PAPER_EFFECTS, names, rng, effects)
        image = changed if settings.color else _gray(changed)
    if level in ("bad", "photo", "office") and rng.random() < 0.15:
        image = _times(image, _edge_shadow(image.shape[:2], rng))
        effects.append("edge shadow")
    return Damaged(PageImage(image, settings.dpi, settings.jpeg), warp, settings, tuple(effects))


def as_stored(image: PageImage) -> Array:
    """Return the pixels of an image after its JPEG compression."""
    if not image.jpeg:
        return image.pixels
    data = np.frombuffer(to_bytes(image.pixels, image.jpeg), np.uint8)
    if image.pixels.ndim == 2:
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1])


def _gray(image: Array) -> Array:
    return image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))


def _times(image: Array, light: Array) -> Array:
    """Return the image with `light` (of 255) of what it throws back."""
    if image.ndim == 3 and light.ndim == 2:
        light = light[:, :, None]
    return ((image.astype(np.uint16) * light + 127) // 255).astype(np.uint8)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed the global generators that augraphy draws from, and put them back as they were."""
    kept, kept_numpy = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed)
    cv2.setRNGSeed(seed)
    try:
        yield
    finally:
        random.setstate(kept)
        np.random.set_state(kept_numpy)


def apply_effect(image: Array, name: str, arguments: dict[str, object], seed: int) -> Array:
    """Return the image, `(H, W)` gray or `(H, W, 3)` RGB, after an effect of augraphy; always `(H, W, 3)`."""
    import augraphy

    colored = image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    with _seeded(seed):
        effect = getattr(augraphy, name)(p=1, **arguments)
        done = np.asarray(effect(np.ascontiguousarray(colored[:, :, ::-1])))
    done = done if done.ndim == 3 else cv2.cvtColor(done, cv2.COLOR_GRAY2BGR)
    if done.shape != colored.shape:
        raise UsageError(f"the effect {name} changed the size of the page", "take it off the list of effects")
    return np.ascontiguousarray(done[:, :, ::-1].astype(np.uint8))


def _effect(
    image: Array,
    effects: dict[str, dict[str, object]],
    names: Sequence[str],
    rng: np.random.Generator,
    done: list[str],
) -> Array:
    name = str(rng.choice(list(names)))
    done.append(name)
    return apply_effect(image, name, effects[name], int(rng.integers(1 << 30)))


def _transmission(shape: tuple[int, ...], pictures: Sequence[Picture], dpi: float) -> Array | None:
    """Return how much light `(H, W, 3)` of 255 comes through what lies over the page; None for nothing."""
    if not pictures:
        return None
    light = np.full((*shape, 3), 255, np.uint8)
    for picture in pictures:
        x0, y0, x1, y1 = (round(length * dpi / 72) for length in picture.bbox)
        size = (max(1, x1 - x0), max(1, y1 - y0))
        small = cv2.resize(picture.rgba, size, interpolation=cv2.INTER_AREA)
        left, top = max(0, x0), max(0, y0)
        part = small[top - y0 : shape[0] - y0, left - x0 : shape[1] - x0].astype(np.uint16)
        spot = light[top : top + part.shape[0], left : left + part.shape[1]]
        let = 255 - part[:, :, 3:] * (255 - part[:, :, :3]) // 255
        spot[:] = (spot.astype(np.uint16) * let // 255).astype(np.uint8)
    return light


def _fasteners(
    light: Array | None, shape: tuple[int, ...], dpi: float, rng: np.random.Generator, effects: list[str]
) -> Array | None:
    """Return the light with punch holes or the shadow of a staple in it, on a page in ten."""
    if rng.random() > 0.1:
        return light
    done = np.full((*shape, 3), 255, np.uint8) if light is None else light.copy()
    height = shape[0]
    if rng.random() < 0.6:
        effects.append("punch holes")
        x, radius, level = round(dpi * 0.4), round(dpi * 0.11), int(rng.integers(20, 110))
        for y in (height / 2 - dpi * 1.57, height / 2 + dpi * 1.57):
            cv2.circle(done, (x, round(y)), radius, (level,) * 3, -1, cv2.LINE_AA)
    else:
        effects.append("staple")
        x, y = dpi * rng.uniform(0.15, 0.4, 2)
        cv2.line(
            done,
            (round(x), round(y + dpi * 0.3)),
            (round(x + dpi * 0.3), round(y)),
            (70,) * 3,
            3,
            cv2.LINE_AA,
        )
    return done


def _edge_shadow(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Return the light of a page whose edge or spine did not lie flat: dark along one side."""
    height, width = shape
    side = int(rng.integers(4))
    length = width if side < 2 else height
    reach = max(2, round(length * float(rng.uniform(0.01, 0.05))))
    ramp = np.full(length, 255, np.uint8)
    dark = float(rng.uniform(0.3, 0.7))
    ramp[:reach] = np.rint(255 * (1 - dark * (1 - np.arange(reach) / reach) ** 1.5)).astype(np.uint8)
    ramp = ramp if side % 2 == 0 else ramp[::-1]
    return np.tile(ramp, (height, 1)) if side < 2 else np.tile(ramp[:, None], (1, width))
