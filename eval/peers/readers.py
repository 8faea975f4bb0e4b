"""Text readers with tables by position: PaddleOCR and tesseract, which know nothing of tables themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import cv2
import numpy as np

from yusuan.eval.peers.lines import TextLine
from yusuan.eval.peers.peer import Peer, PeerKit, found_to_page
from yusuan.eval.peers.rows import rows_by_position
from yusuan.extraction.document import Page
from yusuan.extraction.geometry import union
from yusuan.extraction.ocr.tesseract import TesseractEngine
from yusuan.extraction.pages import PageImage

_GAP = 1.0  # of the height of a line: words further apart stand in two columns
_STROKE = 7  # pixels; wider than any stroke of body text at 200 dpi
_SHADE = 21  # pixels; paper changes slowly


class PaddleRows(Peer):
    """Lines of PP-OCR in rows and columns by position."""

    def __init__(self, kit: PeerKit) -> None:
        self._lines = kit.lines

    def read(self, page: PageImage) -> Page:
        """See `Peer.read`."""
        lines = self._lines.read(page.image)
        return found_to_page(page, rows_by_position(lines), lines)


class TesseractRows(Peer):
    """Words of tesseract, as its TSV output gives them, in rows and columns by position.

    Raises:
        ModelError: the program or its Chinese data is not installed.
    """

    def __init__(self, kit: PeerKit) -> None:
        self._engine = TesseractEngine(kit.ocr)

    def read(self, page: PageImage) -> Page:
        """See `Peer.read`.

        Raises:
            PageError: tesseract fails on the page.
        """
        lines = words_to_lines(self._engine.words(evened(page.image)))
        return found_to_page(page, rows_by_position(lines), lines)


def evened(image: np.ndarray) -> np.ndarray:
    """Return a page on even white paper, in grey, `(H, W, 3)`: tesseract reads little on any other."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    paper = cv2.medianBlur(cv2.dilate(grey, np.ones((_STROKE, _STROKE), np.uint8)), _SHADE)
    return np.asarray(cv2.cvtColor(255 - cv2.absdiff(grey, paper), cv2.COLOR_GRAY2RGB))


def words_to_lines(words: Iterable[dict[str, str]]) -> list[TextLine]:
    """Join the words of each line of tesseract's TSV output, up to a gap as wide as the line is high."""
    lines: dict[tuple[str, str, str], list[TextLine]] = defaultdict(list)
    for word in words:
        left, top = float(word["left"]), float(word["top"])
        box = (left, top, left + float(word["width"]), top + float(word["height"]))
        text = TextLine(word["text"].strip(), box, float(word["conf"]) / 100)
        lines[word["block_num"], word["par_num"], word["line_num"]].append(text)
    return [_as_one(run) for line in lines.values() for run in _runs(line)]


def _runs(words: list[TextLine]) -> list[list[TextLine]]:
    runs: list[list[TextLine]] = []
    for word in sorted(words, key=lambda word: word.box[0]):
        left, top, _, bottom = word.box
        if runs and left - runs[-1][-1].box[2] <= _GAP * (bottom - top):
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


def _as_one(words: list[TextLine]) -> TextLine:
    text = " ".join(word.text for word in words)
    return TextLine(text, union([word.box for word in words]), min(word.confidence for word in words))
