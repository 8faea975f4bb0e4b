"""Reading text: one engine interface; PaddleOCR (default), tesseract, stored readings.

The text layer of a digital page needs no engine: its words come with the page image.
"""

from __future__ import annotations

from collections.abc import Callable

from yusuan.extraction.config import OcrSettings
from yusuan.extraction.ocr.engine import OcrEngine


def _paddle(settings: OcrSettings) -> OcrEngine:
    from yusuan.extraction.ocr.paddle import PaddleEngine

    return PaddleEngine(settings)


def _tesseract(settings: OcrSettings) -> OcrEngine:
    from yusuan.extraction.ocr.tesseract import TesseractEngine

    return TesseractEngine(settings)


ENGINES: dict[str, Callable[[OcrSettings], OcrEngine]] = {"paddle": _paddle, "tesseract": _tesseract}


def build_engine(settings: OcrSettings) -> OcrEngine:
    """Return the engine that the settings name; weights are loaded here, so keep it for many pages."""
    return ENGINES[settings.engine](settings)
