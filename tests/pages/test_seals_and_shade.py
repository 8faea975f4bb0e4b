import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from yusuan.extraction.pages import Scan, upright
from yusuan.extraction.pages.seal import find_seals
from yusuan.extraction.pages.tone import is_uneven, paper_map

RED = np.array((210, 40, 45)) / 255


def stamped(
    page: np.ndarray, shape: str, strength: float, quality: int = 80
) -> tuple[np.ndarray, np.ndarray]:
    """Return a page with a translucent red seal, and the mask of the seal."""
    image = Image.new("L", page.shape[::-1], 0)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(44)
    if shape == "round":
        draw.ellipse((500, 800, 830, 1130), outline=255, width=9)
        draw.regular_polygon((665, 965, 60), 3, fill=255)
        for k in range(9):
            x, y = 665 + 120 * np.cos(0.5 * k), 965 + 120 * np.sin(0.5 * k)
            draw.text((x - 14, y - 22), "B", font=font, fill=255)
    elif shape == "cut":
        draw.ellipse((1480, 800, 1830, 1150), outline=255, width=9)
    else:
        draw.rectangle((560, 860, 700, 1000), outline=255, width=8)
        draw.text((580, 872), "SEA\nLED", font=font, fill=255, spacing=12)
    mask = np.asarray(image) / 255 * strength
    colour = page[:, :, None] * (1 - mask[:, :, None] * (1 - RED))
    coded = cv2.imencode(
        ".jpg", colour.clip(0, 255).astype(np.uint8)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality]
    )[1]
    return np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[:, :, ::-1]), mask > 0


@pytest.mark.parametrize("shape", ["round", "square", "cut"])
@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_print_under_a_seal_survives_the_seal(form_page: np.ndarray, shape: str, strength: float) -> None:
    scan, mask = stamped(form_page, shape, strength)
    assert len(find_seals(cv2.resize(scan, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), 100)) == 1
    result = upright(Scan(scan, (200, 200)), 200)
    grey = cv2.cvtColor(result.image, cv2.COLOR_RGB2GRAY).astype(float)
    printed, paper = mask & (form_page < 60), mask & (form_page > 250)
    assert printed.sum() > 100
    assert grey[paper].mean() - grey[printed].mean() > 140
    assert np.percentile(grey[paper], 10) > 200
    red_left = result.image[:, :, 0].astype(int) - result.image[:, :, 1]
    assert np.percentile(red_left[mask], 99) < 40


def test_a_seal_on_bare_paper_stays(form_page: np.ndarray) -> None:
    scan, mask = stamped(np.full_like(form_page, 255), "round", 0.9)
    result = upright(Scan(scan, (200, 200)), 200)
    assert (result.image[:, :, 0].astype(int) - result.image[:, :, 1])[mask].mean() > 100


def test_red_print_that_is_no_seal_stays(form_page: np.ndarray) -> None:
    image = Image.fromarray(np.repeat(form_page[:, :, None], 3, axis=2))
    draw = ImageDraw.Draw(image)
    draw.text((300, 40), "RED HEADING OF A DOCUMENT", font=ImageFont.load_default(60), fill=(220, 20, 20))
    for k in range(6):
        draw.text(
            (720, 700 + 40 * k), "red figures 12.34", font=ImageFont.load_default(36), fill=(220, 20, 20)
        )
    draw.rectangle((1200, 1300, 1480, 1360), outline=(220, 20, 20), width=5)
    scan = np.asarray(image)
    assert np.array_equal(upright(Scan(scan, (200, 200)), 200).image, scan)


def test_shade_is_evened_out_and_print_kept(form_page: np.ndarray) -> None:
    height, width = form_page.shape
    light = 0.5 + 0.45 * np.linspace(0, 1, width)[None] * np.linspace(1, 0.8, height)[:, None]
    scan = (form_page * light).astype(np.uint8)
    result = upright(Scan(scan, (200, 200)), 200).image[:, :, 0].astype(int)
    paper = cv2.erode(form_page, np.ones((9, 9))) == 255
    assert np.percentile(result[paper], 2) > 225
    assert np.percentile(result[form_page < 40], 90) < 90
    assert np.percentile(scan[paper], 2) < 140


def test_plain_scans_and_filled_tables_are_left_alone(form_page: np.ndarray) -> None:
    assert not is_uneven(paper_map(form_page[::2, ::2], 100))
    filled = form_page.copy()
    filled[260:320, 150:1500] = np.minimum(filled[260:320, 150:1500], 190)
    assert np.array_equal(upright(Scan(filled, (200, 200)), 200).image[:, :, 0], filled)
