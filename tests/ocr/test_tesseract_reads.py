"""Tesseract, where Debian's package is installed; without it the engine says how to get it."""

from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest

from yusuan.extraction.config import load_settings
from yusuan.extraction.errors import ModelError
from yusuan.extraction.ocr import build_engine

INSTALLED = shutil.which("tesseract") is not None
SETTINGS = load_settings(overrides={"ocr": {"engine": "tesseract"}}).ocr


def written(text: str) -> np.ndarray:
    crop = np.full((48, 30 * len(text), 3), 255, np.uint8)
    cv2.putText(crop, text, (8, 36), cv2.FONT_HERSHEY_DUPLEX, 1.1, (0, 0, 0), 2, cv2.LINE_AA)
    return crop


@pytest.mark.skipif(not INSTALLED, reason="tesseract is optional")
def test_crops_keep_their_order() -> None:
    readings = build_engine(SETTINGS).recognize([written("1992.86"), written("575.29"), written("36.85")])
    assert [reading.text.replace(" ", "") for reading in readings] == ["1992.86", "575.29", "36.85"]


@pytest.mark.skipif(not INSTALLED, reason="tesseract is optional")
def test_rules_are_not_taken_for_text() -> None:
    page = np.full((500, 900, 3), 255, np.uint8)
    for y in (100, 200, 300):
        cv2.line(page, (50, y), (850, y), (0, 0, 0), 2)
    page[120:168, 100:310] = written("1992.86")
    quads = build_engine(SETTINGS).detect(page)
    assert len(quads) == 1
    assert np.abs(quads[0].mean(axis=0) - (200, 144)).max() < 25


@pytest.mark.skipif(INSTALLED, reason="tesseract is installed")
def test_missing_tesseract_says_how_to_get_it() -> None:
    with pytest.raises(ModelError, match="apt-get install tesseract-ocr"):
        build_engine(SETTINGS)
