"""Lines of text by PP-OCR, kept for all peers that read the same image.

Two peers differ in structure, not in reading, and reading takes most of the time: each image is read once,
and how long that took is kept with it, so that every peer is charged for it.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from yusuan.extraction.config import OcrSettings
from yusuan.extraction.document import BBox
from yusuan.extraction.exports.folder import write_text
from yusuan.extraction.geometry import points_to_bbox
from yusuan.extraction.ocr import build_engine
from yusuan.extraction.ocr.engine import OcrEngine
from yusuan.models.cards import TEXT_DETECTION, TEXT_RECOGNITION


@dataclass(frozen=True)
class TextLine:
    """A line of text, or part of one; `box` in pixels of the image, `confidence` 0..1."""

    text: str
    box: BBox
    confidence: float


def engine_lines(engine: OcrEngine, image: np.ndarray) -> list[TextLine]:
    """Return what an engine detects and reads on `(H, W, 3)` uint8 RGB, blank readings left out."""
    quads = engine.detect(image)
    readings = engine.read(image, quads)
    return [
        TextLine(reading.text.strip(), points_to_bbox(quad), reading.confidence)
        for quad, reading in zip(quads, readings, strict=True)
        if reading.text.strip()
    ]


class LineReader:
    """PP-OCR with the weights and settings of our own pipeline; weights are loaded on first need.

    Attributes:
        unspent: seconds to add to the clock for reading that an earlier call did, less those that loading
            weights took. A peer is charged for reading and not for whether it came first.
    """

    def __init__(self, settings: OcrSettings, folder: Path) -> None:
        """Take the settings of the reader, and the folder where readings are kept."""
        self._settings = settings.model_copy(update={"engine": "paddle"})
        self._folder = folder
        self._engine: OcrEngine | None = None
        self.unspent = 0.0

    def read(self, image: np.ndarray) -> list[TextLine]:
        """Return the lines of an image, `(H, W, 3)` uint8 RGB.

        Raises:
            ModelError: weights are missing or wrong.
            OutputError: the reading cannot be kept.
        """
        path = self._path(image)
        if path.is_file():
            kept = json.loads(path.read_text("utf-8"))
            self.unspent += kept["seconds"]
            return [TextLine(line["text"], tuple(line["box"]), line["confidence"]) for line in kept["lines"]]
        started = time.perf_counter()
        if self._engine is None:
            self._engine = build_engine(self._settings)
            self._engine.detect(np.full((64, 64, 3), 255, np.uint8))  # loads on first use
            self.unspent -= time.perf_counter() - started
            started = time.perf_counter()
        lines = engine_lines(self._engine, image)
        seconds = time.perf_counter() - started
        kept = {"seconds": round(seconds, 3), "lines": [asdict(line) for line in lines]}
        write_text(path, json.dumps(kept, ensure_ascii=False) + "\n")
        return lines

    def _path(self, image: np.ndarray) -> Path:
        digest = hashlib.sha256(np.ascontiguousarray(image).data)
        # The same pixels in another shape, or read by other weights, are another reading.
        reader = (image.shape, self._settings.detect_side, TEXT_DETECTION.sha256, TEXT_RECOGNITION.sha256)
        digest.update(repr(reader).encode("ascii"))
        return self._folder / f"{digest.hexdigest()}.json"
