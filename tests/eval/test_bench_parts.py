from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from yusuan.eval.bench import Race, TimedEngine, bench_pages
from yusuan.extraction.config import load_settings
from yusuan.extraction.ocr.engine import OcrEngine, Reading

GOLD = Path(__file__).parents[2] / "datasets" / "gold"


class Widths(OcrEngine):
    """Reads the width of each crop."""

    name = "widths"

    def detect(self, image: np.ndarray) -> np.ndarray:
        return np.array([[[0, 0], [4, 0], [4, 2], [0, 2]]], np.float32)

    def recognize(self, crops: Sequence[np.ndarray]) -> list[Reading]:
        return [Reading(str(crop.shape[1]), 1.0) for crop in crops]


def test_timing_changes_nothing() -> None:
    image = np.zeros((10, 10, 3), np.uint8)
    plain, timed = Widths(), TimedEngine(Widths())
    quads = timed.detect(image)
    assert np.array_equal(quads, plain.detect(image))
    assert timed.read(image, quads) == plain.read(image, quads) == [Reading("4", 1.0)]
    assert all(spent > 0 for spent in timed.spent.values())


def test_ratios_are_taken_turn_by_turn() -> None:
    assert Race((1.0, 4.0), (2.0, 2.0)).ratios() == pytest.approx([0.5, 2.0])


def test_pages_come_from_different_documents() -> None:
    pages = bench_pages(GOLD, "digital", load_settings(), 2)
    assert len({page.path for page in pages}) == 2
    assert all(page.image.kind == "digital" for page in pages)
