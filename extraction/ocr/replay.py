"""Stored readings instead of a reader: an OCR pipeline tested in seconds.

A recording is a JSON list of `{"quad": [[x, y] ×4], "text": str, "confidence": float}`, made by
wrapping a real engine in `Recorder` for one page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from yusuan.extraction.errors import PageError
from yusuan.extraction.geometry import area, overlap, points_to_bbox
from yusuan.extraction.ocr.engine import OcrEngine, Reading


class ReplayEngine(OcrEngine):
    """Answers from a recording; a quad is read as the recorded line it overlaps most."""

    name = "replay"

    def __init__(self, recording: Path) -> None:
        entries = json.loads(recording.read_text("utf-8"))
        self._detected = np.asarray(entries["detected"], np.float32).reshape(-1, 4, 2)
        self._read = [
            (points_to_bbox(np.asarray(entry["quad"])), Reading(entry["text"], entry["confidence"]))
            for entry in entries["read"]
        ]

    def detect(self, image: np.ndarray) -> np.ndarray:
        """See `OcrEngine.detect`; the image is not looked at."""
        return self._detected

    def recognize(self, crops: Sequence[np.ndarray]) -> list[Reading]:
        """See `OcrEngine.recognize`; loose crops have no place on the page, so nothing is stored for them.

        Raises:
            PageError: always, when there is a crop.
        """
        if crops:
            raise PageError("a recording holds no readings of loose crops", "read with quads of the page")
        return []

    def read(self, image: np.ndarray, quads: np.ndarray) -> list[Reading]:
        """See `OcrEngine.read`; a quad that no recorded line covers by half reads as blank."""
        readings = []
        for quad in quads:
            box = points_to_bbox(quad)
            shared, reading = max(
                (
                    (overlap(box, stored) / max(area(box), area(stored), 1.0), reading)
                    for stored, reading in self._read
                ),
                default=(0.0, Reading("", 0.0)),
            )
            readings.append(reading if shared >= 0.5 else Reading("", 0.0))
        return readings


class Recorder(OcrEngine):
    """A real engine whose answers for one page are kept, to be saved as a recording."""

    def __init__(self, engine: OcrEngine) -> None:
        self.name = engine.name
        self._engine = engine
        self._detected: list[list[list[float]]] = []
        self._read: list[dict[str, object]] = []

    def detect(self, image: np.ndarray) -> np.ndarray:
        """See `OcrEngine.detect`."""
        quads = self._engine.detect(image)
        self._detected = quads.tolist()
        return quads

    def recognize(self, crops: Sequence[np.ndarray]) -> list[Reading]:
        """See `OcrEngine.recognize`."""
        return self._engine.recognize(crops)

    def read(self, image: np.ndarray, quads: np.ndarray) -> list[Reading]:
        """See `OcrEngine.read`."""
        readings = self._engine.read(image, quads)
        for quad, reading in zip(quads, readings, strict=True):
            self._read.append({"quad": quad.tolist(), "text": reading.text, "confidence": reading.confidence})
        return readings

    def save(self, path: Path) -> None:
        """Write the recording."""
        recording = {"detected": self._detected, "read": self._read}
        path.write_text(json.dumps(recording, ensure_ascii=False), "utf-8")
