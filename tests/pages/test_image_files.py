from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from yusuan.extraction.config import PageSettings
from yusuan.extraction.errors import PageError
from yusuan.extraction.pages import PageImage, Scan, open_source, probe, upright
from yusuan.extraction.pages.homography import map_points


@pytest.fixture(scope="module")
def small_page(form_page: np.ndarray) -> np.ndarray:
    """The upper part of the form, at 200 dpi on a sheet of 8.27 x 6 inches."""
    return np.ascontiguousarray(form_page[:1200])


def saved(image: Image.Image, path: Path, **options: object) -> Path:
    image.save(path, dpi=(200, 200), **options)
    return path


def test_sixteen_bits(tmp_path: Path, small_page: np.ndarray, load: Callable[..., PageImage]) -> None:
    deep = small_page.astype(np.uint16) * 257
    page = load(saved(Image.fromarray(deep), tmp_path / "deep.png"))
    assert np.array_equal(page.image[:, :, 0], small_page)
    twelve = (small_page.astype(np.uint16) * 16).clip(0, 4095)
    page = load(saved(Image.fromarray(twelve), tmp_path / "twelve.tif"))
    assert np.abs(page.image[:, :, 0].astype(int) - small_page).max() <= 1


def test_palette_transparency_and_cmyk(
    tmp_path: Path, small_page: np.ndarray, load: Callable[..., PageImage]
) -> None:
    grey = Image.fromarray(small_page)
    palette = load(saved(grey.convert("RGB").quantize(32), tmp_path / "palette.png"))
    assert np.abs(palette.image[:, :, 1].astype(int) - small_page).max() < 12
    ink = np.zeros((*small_page.shape, 4), np.uint8)
    ink[:, :, 3] = 255 - small_page
    clear = load(saved(Image.fromarray(ink), tmp_path / "alpha.png"))
    assert np.abs(clear.image[:, :, 1].astype(int) - small_page).max() <= 2
    print_ = load(saved(grey.convert("CMYK"), tmp_path / "print.jpg", quality=95))
    assert np.abs(print_.image[:, :, 1].astype(int) - small_page).mean() < 4


def test_pages_of_a_tiff_are_kept_apart(
    tmp_path: Path, settings: PageSettings, small_page: np.ndarray
) -> None:
    frames = [
        Image.fromarray(small_page),
        Image.fromarray(255 - small_page // 2),
        Image.fromarray(small_page > 128),
    ]
    path = tmp_path / "several.tif"
    frames[0].save(path, save_all=True, append_images=frames[1:], dpi=(200, 200), compression="tiff_deflate")
    assert probe(path, settings).pages == 3
    with open_source(path, settings) as source:
        assert np.array_equal(source.load(1).image[:, :, 0], small_page)
        third = source.load(3).image[:, :, 0]
        assert set(np.unique(third).tolist()) == {0, 255}
        assert np.array_equal(source.load(1).image[:, :, 0], small_page)


def test_thumbnails_are_no_pages(tmp_path: Path, settings: PageSettings, small_page: np.ndarray) -> None:
    thumbnail = Image.fromarray(small_page[::8, ::8])
    thumbnail.encoderinfo = {"tiffinfo": {254: 1}}
    path = tmp_path / "thumbnail.tif"
    Image.fromarray(small_page).save(path, save_all=True, append_images=[thumbnail])
    assert probe(path, settings).pages == 1


def test_grey_pages_come_out_as_rgb(
    tmp_path: Path, small_page: np.ndarray, load: Callable[..., PageImage]
) -> None:
    page = load(saved(Image.fromarray(small_page), tmp_path / "grey.png"))
    assert page.image.shape == (*small_page.shape, 3)
    assert page.image.dtype == np.uint8
    assert page.kind == "scanned"
    assert page.words == ()
    assert page.segments.shape == (0, 4)


def test_a_strip_is_no_page(tmp_path: Path, load: Callable[..., PageImage]) -> None:
    path = tmp_path / "strip.png"
    Image.new("L", (3000, 20), 255).save(path)
    with pytest.raises(PageError, match="3000 x 20 pixels"):
        load(path)


@pytest.mark.parametrize("shape", [(64, 64), (64, 3000), (3000, 70), (200, 150, 3)])
@pytest.mark.parametrize("dpi", [None, (72.0, 72.0), (204.0, 98.0), (2000.0, 2000.0)])
def test_odd_sizes_come_out_whole(shape: tuple[int, ...], dpi: tuple[float, float] | None) -> None:
    grain = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
    for image in (grain, np.zeros(shape, np.uint8)):
        result = upright(Scan(image, dpi), 200, lambda crops: [("?", 0.5)] * len(crops))
        height, width = result.image.shape[:2]
        corners = map_points(np.array([[0, 0], [width, height]], float), np.array(result.transform))
        assert corners.min() <= 1
        assert corners.max() >= max(shape[:2]) - 1
