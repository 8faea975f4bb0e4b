"""The scanner model damages pages, and says exactly where every point went."""

import cv2
import numpy as np
import pytest

from yusuan.datasets.synth.scanner import (
    PRESETS,
    ScanSettings,
    Seal,
    draw_settings,
    scan,
    settings_to_warp,
    to_bytes,
)
from yusuan.extraction.errors import UsageError

SIZE = (600, 800)
MARKS = [(120, 140), (480, 160), (300, 400), (130, 660), (470, 640)]


def page_with_marks():
    page = np.full((SIZE[1], SIZE[0]), 255, np.uint8)
    for x, y in MARKS:
        cv2.circle(page, (x, y), 6, 0, -1)
    return page


def ink_near(image, point):
    """Centre of the ink within 14 pixels of `point`, corner based."""
    gray = image.min(axis=2) if image.ndim == 3 else image
    x, y = int(point[0]), int(point[1])
    window = gray[y - 14 : y + 15, x - 14 : x + 15].astype(float)
    dark = np.clip(np.median(window) - 60 - window, 0, None)
    ys, xs = np.mgrid[y - 14 : y + 15, x - 14 : x + 15]
    return (dark * (xs + 0.5)).sum() / dark.sum(), (dark * (ys + 0.5)).sum() / dark.sum()


@pytest.mark.parametrize("preset", sorted(PRESETS))
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_mark_is_found_where_its_point_was_mapped(preset, seed):
    rng = np.random.default_rng(seed)
    settings = draw_settings(preset, rng)
    settings = ScanSettings(**{**settings.__dict__, "seal": None})
    image = scan(page_with_marks(), settings, rng)
    warp = settings_to_warp(settings, SIZE)
    mapped = warp.points(np.array(MARKS) + 0.5)
    for point in mapped:
        assert ink_near(image, point) == pytest.approx(tuple(point), abs=0.7)


def test_going_back_is_the_exact_inverse():
    settings = ScanSettings(
        skew_deg=2.0,
        shift=(0.01, -0.01),
        perspective=((0.02, 0.01), (0.0, 0.03), (0.01, 0.0), (0.02, 0.02)),
        curvature=(0.012, -0.008),
    )
    warp = settings_to_warp(settings, SIZE)
    points = np.random.default_rng(0).uniform((0, 0), SIZE, (200, 2))
    assert np.abs(warp.back(warp.points(points)) - points).max() < 1e-6


def test_positive_skew_turns_clockwise():
    warp = settings_to_warp(ScanSettings(skew_deg=1.0), SIZE)
    left, right = warp.points(np.array([[100.0, 400.0], [500.0, 400.0]]))
    assert right[1] > left[1]


def test_the_same_seed_gives_the_same_scan():
    images = []
    for _ in range(2):
        rng = np.random.default_rng(5)
        images.append(scan(page_with_marks(), draw_settings("bad", rng), rng))
    assert np.array_equal(*images)


def test_a_seal_is_red_and_print_stays_darker_below_it():
    page = np.full((SIZE[1], SIZE[0]), 255, np.uint8)
    page[395:405, :] = 0
    settings = ScanSettings(color=True, seal=Seal(0.5, 0.5, 0.2))
    image = scan(page, settings, np.random.default_rng(0)).astype(int)
    ring = image[:, 300][280 - 5 : 280 + 5]
    assert (ring[:, 0] - ring[:, 1]).max() > 60
    assert image[398:402].max() < 60


def test_a_fax_has_two_levels_and_a_lossless_file():
    rng = np.random.default_rng(2)
    settings = draw_settings("fax", rng)
    image = scan(page_with_marks(), settings, rng)
    assert set(np.unique(image)) == {0, 255}
    stored = cv2.imdecode(np.frombuffer(to_bytes(image, settings.jpeg), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(stored, image)


def test_a_color_page_and_an_unknown_preset_are_refused():
    with pytest.raises(UsageError, match="must be gray"):
        scan(np.zeros((10, 10, 3), np.uint8), ScanSettings(), np.random.default_rng(0))
    with pytest.raises(UsageError, match="no scan preset"):
        draw_settings("perfect", np.random.default_rng(0))
