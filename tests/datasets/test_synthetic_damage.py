"""Damage moves pixels only where the truth follows, and is the same for the same seed."""

from __future__ import annotations

import random

import cv2
import numpy as np
import pytest

from yusuan.datasets.synth.blocks import Picture
from yusuan.datasets.synth.damage import (
    INK_EFFECTS,
    PAPER_EFFECTS,
    apply_effect,
    damage_page,
    draw_level,
    draw_page_settings,
)
from yusuan.datasets.synth.scanner import settings_to_warp
from yusuan.extraction.errors import UsageError

EFFECTS = {**INK_EFFECTS, **PAPER_EFFECTS}


def ruled_page() -> np.ndarray:
    """Return a page with rules and figures, `(700, 560)` gray."""
    page = np.full((700, 560), 255, np.uint8)
    rng = np.random.default_rng(0)
    for y in range(60, 640, 29):
        cv2.line(page, (50, y), (510, y), 0, 1)
        for x in range(56, 500, 92):
            text = f"{rng.integers(9999)}.{rng.integers(99)}"
            cv2.putText(page, text, (x, y - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.42, 0, 1)
    for x in range(50, 511, 92):
        cv2.line(page, (x, 60), (x, 640), 0, 1)
    return page


@pytest.mark.parametrize("name", EFFECTS)
def test_effects_leave_every_pixel_in_its_place(name: str) -> None:
    page = ruled_page()
    for seed in range(3):
        changed = cv2.cvtColor(apply_effect(page, name, EFFECTS[name], seed), cv2.COLOR_RGB2GRAY)
        assert changed.shape == page.shape
        for top in (30, 360):
            for left in (30, 290):
                tile = np.s_[top : top + 300, left : left + 240]
                ink = [np.float32(255 - image[tile]) for image in (page, changed)]
                (across, down), _ = cv2.phaseCorrelate(*ink)
                assert abs(across) < 0.3
                assert abs(down) < 0.3


@pytest.mark.parametrize("name", EFFECTS)
def test_effects_follow_their_seed_and_leave_the_global_generators_alone(name: str) -> None:
    page = ruled_page()
    random.seed(1)
    np.random.seed(1)
    expected = random.random(), np.random.random()
    random.seed(1)
    np.random.seed(1)
    one, other = (apply_effect(page, name, EFFECTS[name], 9) for _ in range(2))
    assert np.array_equal(one, other)
    assert (random.random(), np.random.random()) == expected


@pytest.mark.parametrize("level", ["office", "bad", "fax", "photo"])
def test_no_ink_leaves_the_image(level: str) -> None:
    size, ink = (595.0, 842.0), [(20.0, 20.0, 575.0, 822.0)]
    corners = np.array([[20, 20], [575, 20], [575, 822], [20, 822]], np.float64)
    for seed in range(30):
        settings = draw_page_settings(level, np.random.default_rng(seed), size, ink)  # type: ignore[arg-type]
        there = settings_to_warp(settings, (595, 842)).points(corners)
        assert (there >= 0).all()
        assert (there <= np.array(size)).all()


def test_what_lies_over_a_page_goes_with_it() -> None:
    page = np.full((700, 560), 255, np.uint8)
    rgba = np.zeros((50, 50, 4), np.uint8)
    rgba[:] = (200, 20, 20, 255)
    picture = Picture("seal", (100.0, 150.0, 130.0, 180.0), rgba)
    rng = np.random.default_rng(4)
    settings = draw_page_settings("bad", rng, (268.8, 336.0), [])
    damaged = damage_page(page, [picture], "bad", settings, rng)
    image = damaged.image.pixels.astype(int)
    scale = settings.dpi / 72
    (x, y) = damaged.warp.points(np.array([[115.0 * scale, 165.0 * scale]]))[0]
    red = image[:, :, 0] - image[:, :, 2]
    assert red[round(y), round(x)] > 60
    ys, xs = np.nonzero(red > 60)
    assert (abs(xs.mean() - x), abs(ys.mean() - y)) < (2, 2)


def test_mixed_draws_every_level_and_nonsense_is_named() -> None:
    levels = {draw_level("mixed", np.random.default_rng(seed)) for seed in range(80)}
    assert levels == {"clean", "office", "bad", "fax", "photo"}
    with pytest.raises(UsageError, match="no damage 'water'"):
        draw_level("water", np.random.default_rng(0))
