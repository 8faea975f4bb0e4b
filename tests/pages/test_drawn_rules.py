from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from reportlab.pdfgen.canvas import Canvas

from yusuan.extraction.pages import PageImage
from yusuan.extraction.pages.rules import join_dots

SCALE = 200 / 72


def px(x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
    """Return points of the page, y up, as pixels, from left to right and top to bottom."""
    return min(x0, x1) * SCALE, (842 - max(y0, y1)) * SCALE, max(x0, x1) * SCALE, (842 - min(y0, y1)) * SCALE


def found(page: PageImage) -> list[tuple[float, ...]]:
    s = page.segments
    ordered = np.stack(
        [
            np.minimum(s[:, 0], s[:, 2]),
            np.minimum(s[:, 1], s[:, 3]),
            np.maximum(s[:, 0], s[:, 2]),
            np.maximum(s[:, 1], s[:, 3]),
        ],
        axis=1,
    )
    return sorted(tuple(row) for row in ordered.tolist())


@pytest.fixture
def rules(
    drawn_pdf: Callable[..., Path], load: Callable[..., PageImage]
) -> Callable[[Callable[[Canvas], None]], list[tuple[float, ...]]]:
    def draw_and_find(draw: Callable[[Canvas], None]) -> list[tuple[float, ...]]:
        def page(canvas: Canvas) -> None:
            canvas.drawString(20, 800, "a digital page")
            draw(canvas)

        image = load(drawn_pdf(page))
        assert image.kind == "digital"
        return found(image)

    return draw_and_find


Finder = Callable[[Callable[[Canvas], None]], list[tuple[float, ...]]]


def same(first: list[tuple[float, ...]], second: list[tuple[float, ...]]) -> bool:
    return len(first) == len(second) and np.allclose(np.array(first), np.array(sorted(second)), atol=1.5)


def test_lines_thin_boxes_and_outlines(rules: Finder) -> None:
    assert same(rules(lambda c: c.line(100, 600, 300, 600)), [px(100, 600, 300, 600)])
    thin = rules(lambda c: c.rect(100, 500, 200, 0.5, stroke=0, fill=1))
    assert same(thin, [px(100, 500.25, 300, 500.25)])
    outline = [px(100, 400, 300, 400), px(100, 450, 300, 450), px(100, 400, 100, 450), px(300, 400, 300, 450)]
    assert same(rules(lambda c: c.rect(100, 400, 200, 50)), outline)


def test_shading_and_thick_bars_are_no_rules(rules: Finder) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFillGray(0.8)
        canvas.rect(100, 400, 200, 50, stroke=0, fill=1)
        canvas.setLineWidth(14)
        canvas.line(100, 300, 300, 300)
        canvas.setLineWidth(1)
        canvas.circle(400, 400, 30)

    assert rules(draw) == []


def test_white_rules_count_where_they_show(rules: Finder) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFillColorRGB(0.1, 0.2, 0.5)
        canvas.rect(100, 400, 200, 60, stroke=0, fill=1)
        canvas.setStrokeGray(1)
        canvas.line(100, 430, 300, 430)
        canvas.line(100, 300, 300, 300)

    assert same(rules(draw), [px(100, 430, 300, 430)])


def test_transforms_and_clips_are_applied(rules: Finder) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.saveState()
        canvas.translate(50, 100)
        canvas.scale(2, 2)
        canvas.line(10, 100, 60, 100)
        canvas.restoreState()
        canvas.saveState()
        path = canvas.beginPath()
        path.rect(150, 200, 100, 100)
        canvas.clipPath(path, stroke=0)
        canvas.line(100, 250, 400, 250)
        canvas.line(100, 150, 400, 150)
        canvas.rect(100, 200, 200, 0.7, stroke=0, fill=1)
        canvas.restoreState()

    expected = [px(70, 300, 170, 300), px(150, 250, 250, 250), px(150, 200.35, 250, 200.35)]
    assert same(rules(draw), expected)


def test_rules_inside_forms(rules: Finder) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.beginForm("table")
        canvas.line(0, 0, 100, 0)
        canvas.line(0, 0, 0, 50)
        canvas.endForm()
        canvas.saveState()
        canvas.translate(200, 500)
        canvas.scale(1.5, 1)
        canvas.doForm("table")
        canvas.restoreState()

    assert same(rules(draw), [px(200, 500, 350, 500), px(200, 500, 200, 550)])


def test_dots_become_the_rule_they_draw(rules: Finder) -> None:
    def draw(canvas: Canvas) -> None:
        for k in range(60):
            canvas.line(100 + 4 * k, 600, 102 + 4 * k, 600)
        canvas.line(100, 500, 102, 500)

    assert same(rules(draw), [px(100, 600, 338, 600)])


def test_dots_of_two_rules_stay_apart() -> None:
    dots = np.array(
        [[10 + 8 * k, 50, 14 + 8 * k, 50] for k in range(10)]
        + [[200 + 8 * k, 50, 204 + 8 * k, 50] for k in range(10)],
        np.float32,
    )
    assert join_dots(dots, 200).tolist() == [[10, 50, 86, 50], [200, 50, 276, 50]]
    assert join_dots(np.zeros((0, 4), np.float32), 200).shape == (0, 4)
