from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from yusuan.extraction.pages import PageImage, Scan, upright
from yusuan.extraction.pages.exif import TURNS, as_stored, orientation_to_matrix, turned
from yusuan.extraction.pages.frame import find_sheet
from yusuan.extraction.pages.homography import map_points, turn_matrix, warp
from yusuan.extraction.pages.paper import scan_dpi, upright_dpi
from yusuan.extraction.pages.rectify import Upright

Dots = Callable[[np.ndarray], np.ndarray]


def scan_error(result: Upright, middles: np.ndarray, truth: np.ndarray) -> float:
    """Return how far, in pixels of the scan, `transform` puts each true point off the nearest dot found."""
    assert len(middles) == len(truth)
    back = map_points(middles, np.array(result.transform))
    return float(np.linalg.norm(back[:, None] - truth[None], axis=2).min(axis=0).max())


def slope(points: np.ndarray) -> float:
    """Return how much the upper and lower pair of four corner points lean, in degrees."""
    y = points[np.argsort(points[:, 1])]
    pairs = [pair[np.argsort(pair[:, 0])] for pair in (y[:2], y[2:])]
    return max(abs(float(np.degrees(np.arctan2(*(b - a)[::-1])))) for a, b in pairs)


@pytest.mark.parametrize("lean", [-14.3, -2.17, -0.21, 0.37, 1.06, 8.4])
def test_skew_is_found_and_taken_out(
    form_page: np.ndarray, corner_dots: np.ndarray, find_dots: Dots, lean: float
) -> None:
    height, width = form_page.shape
    wide, high = int(width * 1.3), int(height * 1.3)
    moved = np.array([[1, 0, (wide - width) // 2], [0, 1, (high - height) // 2], [0, 0, 1]]) @ turn_matrix(
        lean, width, height
    )
    scan = warp(form_page, moved, (wide, high), cv2.INTER_CUBIC, 255)
    result = upright(Scan(scan, (200, 200)), 200)
    assert result.rotation == 0
    assert result.skew_deg == pytest.approx(-lean, abs=0.05)
    dots = find_dots(result.image)
    assert slope(dots) < 0.05
    assert scan_error(result, dots, map_points(corner_dots, moved)) < 1


def test_a_level_page_is_left_as_it_is(form_page: np.ndarray) -> None:
    result = upright(Scan(form_page, (200, 200)), 200)
    assert np.array_equal(result.image[:, :, 0], form_page)
    assert result.transform == ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    assert (result.skew_deg, result.dpi) == (0, 200)
    lean = warp(
        form_page, turn_matrix(0.05, *form_page.shape[::-1]), form_page.shape[::-1], cv2.INTER_CUBIC, 255
    )
    assert np.array_equal(upright(Scan(lean, (200, 200)), 200).image[:, :, 0], lean)


def test_text_without_rules_is_levelled(form_page: np.ndarray) -> None:
    opened = [cv2.morphologyEx(255 - form_page, cv2.MORPH_OPEN, np.ones(size)) for size in ((1, 90), (90, 1))]
    text = np.where(cv2.dilate(np.maximum(*opened), np.ones((5, 5))) > 100, 255, form_page).astype(np.uint8)
    height, width = text.shape
    for lean in (-3.3, 0.62):
        scan = warp(text, turn_matrix(lean, width, height), (width, height), cv2.INTER_CUBIC, 255)
        assert upright(Scan(scan, (200, 200)), 200).skew_deg == pytest.approx(-lean, abs=0.08)


def test_keystone_of_rules_is_taken_out(
    form_page: np.ndarray, corner_dots: np.ndarray, find_dots: Dots
) -> None:
    height, width = form_page.shape
    square = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    slanted = square + np.array([[90, 60], [-20, 10], [30, -40], [0, 20]], np.float32)
    keystone = cv2.getPerspectiveTransform(square, slanted)
    scan = warp(form_page, keystone, (width, height), cv2.INTER_CUBIC, 255)
    result = upright(Scan(scan, (200, 200)), 200)
    dots = find_dots(result.image)
    assert slope(map_points(corner_dots, keystone)) > 1
    assert slope(dots) < 0.1
    assert slope(dots[:, ::-1]) < 0.15
    assert scan_error(result, dots, map_points(corner_dots, keystone)) < 1


def test_a_sheet_photographed_on_a_desk(
    form_page: np.ndarray, corner_dots: np.ndarray, find_dots: Dots
) -> None:
    height, width = form_page.shape
    square = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    corners = np.array([[420, 300], [1870, 380], [2010, 2560], [260, 2480]], np.float32)
    view = cv2.getPerspectiveTransform(square, corners)
    mask = warp(np.full_like(form_page, 255), view, (2300, 2900), cv2.INTER_LINEAR, 0) > 0
    sheet = warp(form_page, view, (2300, 2900), cv2.INTER_AREA, 255)
    light = np.linspace(0.6, 0.95, 2300)[None]
    photo = np.where(mask, sheet * light, 60).astype(np.uint8)
    result = upright(Scan(np.repeat(photo[:, :, None], 3, axis=2), (72, 72)), 200)
    high, wide = result.image.shape[:2]
    assert high / wide == pytest.approx(2**0.5, abs=0.02)
    assert result.dpi == pytest.approx(high / 11.69, rel=0.01)
    dots = find_dots(result.image)
    assert scan_error(result, dots, map_points(corner_dots, view)) < 2
    expected = corner_dots / (width, height) * (wide, high)
    assert np.linalg.norm(np.sort(dots, axis=0) - np.sort(expected, axis=0), axis=1).max() < 12
    assert np.median(result.image) > 240, "shade is gone"


def test_a_sheet_that_leaves_the_picture_is_not_cut_off_where_it_lies_in_shade() -> None:
    width, height = 827, 1169
    square = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    corners = np.array([[8, 50], [815, -5], [826, 1107], [52, 1145]], np.float32)
    view = cv2.getPerspectiveTransform(square, corners)
    paper = warp(np.full((height, width), 255, np.uint8), view, (width, height), cv2.INTER_LINEAR, 0) > 0
    light = np.linspace(145, 255, height)[:, None]
    noise = np.random.default_rng(0).normal(0, 2, paper.shape)
    photo = np.clip(np.where(paper, light, 125) + noise, 0, 255).astype(np.uint8)
    assert find_sheet(photo) is None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(
    tmp_path: Path,
    form_page: np.ndarray,
    corner_dots: np.ndarray,
    find_dots: Dots,
    load: Callable[..., PageImage],
    orientation: int,
) -> None:
    stored = np.ascontiguousarray(as_stored(form_page, orientation))
    assert np.array_equal(turned(stored, orientation), form_page)
    exif = Image.Exif()
    exif[274] = orientation
    path = tmp_path / "photo.png"
    Image.fromarray(stored).save(path, dpi=(200, 200), exif=exif)
    page = load(path)
    assert np.array_equal(page.image[:, :, 0], form_page)
    assert page.rotation == TURNS[orientation]
    truth = find_dots(stored)
    back = map_points(find_dots(page.image), np.array(page.transform))
    assert np.linalg.norm(back[:, None] - truth[None], axis=2).min(axis=1).max() < 0.5
    height, width = stored.shape
    centre = map_points(
        np.array([[form_page.shape[1] / 2, form_page.shape[0] / 2]]),
        orientation_to_matrix(orientation, width, height),
    )
    assert centre.tolist() == [[width / 2, height / 2]]


def test_turned_tiff_is_turned_once(
    tmp_path: Path, form_page: np.ndarray, load: Callable[..., PageImage]
) -> None:
    path = tmp_path / "turned.tif"
    Image.fromarray(np.ascontiguousarray(np.rot90(form_page))).save(path, dpi=(200, 200), tiffinfo={274: 6})
    page = load(path)
    assert page.rotation == 90
    assert np.array_equal(page.image[:, :, 0], form_page)


def test_fax_pixels_are_made_square(
    tmp_path: Path, form_page: np.ndarray, find_dots: Dots, load: Callable[..., PageImage]
) -> None:
    fax = cv2.resize(form_page, (1728, 1146), interpolation=cv2.INTER_AREA) < 128
    path = tmp_path / "fax.tif"
    Image.fromarray(~fax).save(path, compression="group4", dpi=(204, 98))
    page = load(path)
    assert page.dpi == pytest.approx(204)
    assert page.image.shape[:2] == (pytest.approx(1146 * 204 / 98, abs=1), 1728)
    dots = find_dots(page.image)
    back = map_points(dots, np.array(page.transform))
    truth = np.array([(80.5, 80.5), (1574.5, 80.5), (1574.5, 2259.5), (80.5, 2259.5)]) * (
        1728 / 1654,
        1146 / 2339,
    )
    assert len(dots) == 4
    assert np.linalg.norm(back[:, None] - truth[None], axis=2).min(axis=1).max() < 1


def test_resolution_that_nobody_prints_is_doubted() -> None:
    assert scan_dpi(3508, 300) == 300
    assert scan_dpi(3508, 72) == pytest.approx(300, abs=0.2)
    assert scan_dpi(3508, None) == pytest.approx(300, abs=0.2)
    assert [upright_dpi(native, 200) for native in (600, 205, 160, 96)] == [200, 205, 160, 150]


def test_large_scans_are_brought_down(form_page: np.ndarray, find_dots: Dots) -> None:
    large = cv2.resize(form_page, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC)
    result = upright(Scan(large, (300, 300)), 200)
    assert result.image.shape[:2] == form_page.shape
    assert result.dpi == 200
    assert np.abs(result.image[:, :, 0].astype(int) - form_page).mean() < 5
    height, width = large.shape
    lean = warp(large, turn_matrix(2, width, height), (width, height), cv2.INTER_CUBIC, 255)
    small = upright(Scan(lean, (300, 300)), 200)
    assert len(find_dots(small.image)) == 4
    assert slope(find_dots(small.image)) < 0.05
