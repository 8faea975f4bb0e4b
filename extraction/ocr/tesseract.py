"""Tesseract, when Debian's package is installed: a second opinion and a fallback."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Sequence

import cv2
import numpy as np

from yusuan.extraction.config import OcrSettings
from yusuan.extraction.errors import ModelError, PageError
from yusuan.extraction.ocr.engine import OcrEngine, Reading

_INSTALL = "apt-get install tesseract-ocr tesseract-ocr-chi-sim"
_SECONDS = 120
_STRIP = 48  # height in pixels that crops are scaled to before reading
_RULE = 30  # a straight stroke longer than this part of the page is a rule
_GAP = 24  # white pixels between two crops, so that no line is taken for part of its neighbour


class TesseractEngine(OcrEngine):
    """Reads with the `tesseract` program, simplified Chinese and English.

    Crops are stacked on one sheet and read in one run: a process for each crop would take seconds a page.

    Raises:
        ModelError: the program or its Chinese data is not installed.
    """

    name = "tesseract"

    def __init__(self, settings: OcrSettings) -> None:
        program = shutil.which("tesseract")
        if program is None:
            raise ModelError("tesseract is not installed", _INSTALL)
        self._program = program
        languages = subprocess.run(
            [program, "--list-langs"], capture_output=True, text=True, check=False
        ).stdout
        if "chi_sim" not in languages.split():
            raise ModelError("tesseract has no simplified Chinese data", _INSTALL)
        self._threads = settings.threads

    def detect(self, image: np.ndarray) -> np.ndarray:
        """See `OcrEngine.detect`."""
        boxes: dict[tuple[str, str, str], list[tuple[int, int, int, int]]] = defaultdict(list)
        for word in self.words(image):
            left, top = int(word["left"]), int(word["top"])
            box = (left, top, left + int(word["width"]), top + int(word["height"]))
            boxes[word["block_num"], word["par_num"], word["line_num"]].append(box)
        quads = []
        for words in boxes.values():
            x0, y0 = np.min(words, axis=0)[:2]
            x1, y1 = np.max(words, axis=0)[2:]
            quads.append([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
        return np.asarray(quads, np.float32).reshape(-1, 4, 2)

    def words(self, image: np.ndarray) -> list[dict[str, str]]:
        """Return the words of a page, `(H, W, 3)` RGB, by the column names of tesseract's TSV output.

        Rules are painted white first, so the paper has to be white.
        """
        return self._words(_without_rules(image), page_segmentation=11)

    def recognize(self, crops: Sequence[np.ndarray]) -> list[Reading]:
        """See `OcrEngine.recognize`."""
        if not crops:
            return []
        strips = [cv2.resize(c, (max(1, round(c.shape[1] * _STRIP / c.shape[0])), _STRIP)) for c in crops]
        pitch = _STRIP + 2 * _GAP
        sheet = np.full((pitch * len(strips), max(s.shape[1] for s in strips) + 2 * _GAP, 3), 255, np.uint8)
        for row, strip in enumerate(strips):
            top = row * pitch + _GAP
            sheet[top : top + _STRIP, _GAP : _GAP + strip.shape[1]] = strip
        words: list[list[tuple[int, str, float]]] = [[] for _ in strips]
        for word in self._words(sheet, page_segmentation=6):
            row = (int(word["top"]) + int(word["height"]) // 2) // pitch
            if 0 <= row < len(words):
                words[row].append((int(word["left"]), word["text"], float(word["conf"]) / 100))
        readings = []
        for found in words:
            found.sort()
            text = " ".join(text for _, text, _ in found)
            readings.append(Reading(text, min((conf for *_, conf in found), default=0.0)))
        return readings

    def _words(self, image: np.ndarray, page_segmentation: int) -> list[dict[str, str]]:
        encoded = cv2.imencode(".png", image[..., ::-1])[1].tobytes()
        command = [self._program, "-", "-", "-l", "chi_sim+eng", "--psm", str(page_segmentation), "tsv"]
        environment = os.environ | ({"OMP_THREAD_LIMIT": str(self._threads)} if self._threads else {})
        try:
            done = subprocess.run(
                command, input=encoded, capture_output=True, timeout=_SECONDS, check=True, env=environment
            )
        except subprocess.SubprocessError as error:
            raise PageError(f"tesseract failed: {error}", "try --ocr paddle") from error
        rows = csv.DictReader(
            io.StringIO(done.stdout.decode("utf-8")), delimiter="\t", quoting=csv.QUOTE_NONE
        )
        return [row for row in rows if row["text"] and row["text"].strip() and float(row["conf"]) >= 0]


def _without_rules(image: np.ndarray) -> np.ndarray:
    """Return the page with its rules painted white, which tesseract takes for letters otherwise."""
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    dark = cv2.adaptiveThreshold(gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 10)
    length = max(image.shape) // _RULE
    across = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    down = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((length, 1), np.uint8))
    rules = cv2.dilate(cv2.bitwise_or(across, down), np.ones((3, 3), np.uint8)) > 0
    return np.where(rules[..., None], np.uint8(255), image)
