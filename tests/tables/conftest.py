"""Draws small pages with rules: what is drawn is the truth."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest


class Canvas:
    """A white page at 150 dpi, to draw tables on."""

    dpi = 150.0

    def __init__(self, width: int = 900, height: int = 700) -> None:
        self.image = np.full((height, width, 3), 255, np.uint8)

    def rule(self, start: tuple[int, int], stop: tuple[int, int], gray: int = 40, thickness: int = 1) -> None:
        cv2.line(self.image, start, stop, (gray, gray, gray), thickness)

    def grid(self, xs: list[int], ys: list[int], gray: int = 40, thickness: int = 1) -> None:
        for y in ys:
            self.rule((xs[0], y), (xs[-1], y), gray, thickness)
        for x in xs:
            self.rule((x, ys[0]), (x, ys[-1]), gray, thickness)

    def erase(self, start: tuple[int, int], stop: tuple[int, int]) -> None:
        cv2.line(self.image, start, stop, (255, 255, 255), 5)

    def glyphs(self, x: int, y: int, count: int, size: int = 16, seed: int = 0) -> None:
        """Draw strokes like those of Chinese print: mostly horizontal and vertical bars."""
        rng = np.random.default_rng(seed)
        for index in range(count):
            left = x + index * (size + 2)
            for _ in range(3):
                at = y + int(rng.integers(0, size))
                cv2.line(self.image, (left, at), (left + size - 1, at), (30, 30, 30), 2)
            for _ in range(2):
                at = left + int(rng.integers(0, size))
                cv2.line(self.image, (at, y), (at, y + size - 1), (30, 30, 30), 2)


@pytest.fixture
def canvas() -> Callable[..., Canvas]:
    return Canvas
