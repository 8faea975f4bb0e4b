from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from yusuan.extraction.pages import Scan, upright
from yusuan.extraction.pages.homography import map_points, turn_image


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("damage", [0, 12])
def test_a_page_of_figures_needs_no_reader(
    form_page: np.ndarray,
    corner_dots: np.ndarray,
    find_dots: Callable[..., np.ndarray],
    turn: int,
    damage: int,
) -> None:
    noise = np.random.default_rng(turn).normal(0, 1, form_page.shape)
    page = np.clip(cv2.GaussianBlur(form_page, (0, 0), 0.6) + damage * noise, 0, 255).astype(np.uint8)
    page[noise > 3.5] = 255 if not damage else 0
    scan = turn_image(page, turn)

    def reader(crops: list[np.ndarray]) -> list[tuple[str, float]]:
        # Only a page that says itself that it is turned may cost a reading.
        assert turn, "an upright page was read"
        return [("", 0.0) for _ in crops]

    result = upright(Scan(scan, (200, 200)), 200, reader)
    assert result.rotation == (360 - turn) % 360
    dots = find_dots(cv2.medianBlur(result.image[:, :, 0], 5))
    assert len(dots) == 4
    back = map_points(dots, np.array(result.transform))
    truth = find_dots(cv2.medianBlur(scan, 5))
    assert np.linalg.norm(back[:, None] - truth[None], axis=2).min(axis=1).max() < 1


@pytest.fixture(scope="module")
def names_page() -> np.ndarray:
    """A page of words without a mark that would tell its foot from its head."""
    image = Image.new("L", (1654, 2339), 255)
    draw = ImageDraw.Draw(image)
    for k in range(30):
        draw.text(
            (200, 200 + 60 * k), "NAMES OF HOUSES WITHOUT FIGURES", font=ImageFont.load_default(34), fill=0
        )
    return np.asarray(image)


class CarefulReader:
    """Reads what is upright well, and the rest badly: it finds the crop in the page it knows, or not."""

    def __init__(self, page: np.ndarray) -> None:
        self.page = page
        self.calls = 0

    def __call__(self, crops: list[np.ndarray]) -> list[tuple[str, float]]:
        self.calls += 1
        results = []
        for crop in crops:
            grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
            inner = grey[6:-6, 6 : min(300, grey.shape[1] - 6)]
            match = cv2.matchTemplate(self.page, inner, cv2.TM_CCOEFF_NORMED).max()
            results.append(("NAMES", float(np.clip(match, 0, 1))))
        return results


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_without_marks_asks_the_reader(names_page: np.ndarray, turn: int) -> None:
    reader = CarefulReader(names_page)
    result = upright(Scan(turn_image(names_page, turn), (200, 200)), 200, reader)
    assert reader.calls > 0
    assert result.rotation == (360 - turn) % 360


@pytest.mark.parametrize(("axis", "turn"), [(1.2, 0), (1 / 1.2, 90)])
@pytest.mark.parametrize("lead", [-0.08, 0.0, 0.08])
def test_where_a_reader_is_hardly_surer_one_way_the_letters_decide(
    monkeypatch: pytest.MonkeyPatch, axis: float, turn: int, lead: float
) -> None:
    monkeypatch.setattr("yusuan.extraction.pages.orient.reading_axis", lambda ink: axis)
    page = np.full((2339, 1654), 255, np.uint8)
    for top in range(200, 2100, 34):
        for left in range(200, 1400, 34):
            page[top : top + 20, left : left + (20 if top < 1000 else 14)] = 0

    calls = 0

    def reader(crops: list[np.ndarray]) -> list[tuple[str, float]]:
        nonlocal calls
        calls += 1
        # First it is asked about the page as it is, upright and head over.
        return [("?", 0.5 if calls <= 2 else 0.5 + lead) for _ in crops]

    assert upright(Scan(page, (200, 200)), 200, reader).rotation % 180 == turn


def test_without_a_reader_a_doubtful_page_stays(names_page: np.ndarray) -> None:
    assert upright(Scan(turn_image(names_page, 180), (200, 200)), 200).rotation == 0
    assert upright(Scan(turn_image(names_page, 90), (200, 200)), 200).rotation in (90, 270), (
        "it lies, that is sure"
    )


def test_blank_pages_stay() -> None:
    for shape in ((2339, 1654), (2339, 1654, 3), (40, 30)):
        result = upright(Scan(np.full(shape, 255, np.uint8), (200, 200)), 200)
        assert (result.rotation, result.skew_deg) == (0, 0)
        assert result.image.min() == 255
