"""The recognition network of PP-OCRv6, run directly on ONNX Runtime.

PaddleOCR gives the same texts and scores to the last bit (a test holds both together), but it takes seconds
and hundreds of MiB to import in every worker, and does not give the steps, which `ocr/traces.py` needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from math import ceil

import cv2
import numpy as np

from yusuan.extraction.ocr.engine import Reading
from yusuan.models.cards import TEXT_RECOGNITION
from yusuan.models.store import Device, open_network, runs_on_gpu, verified

BLANK = 0
# Pixels of height that the network reads at, the least width, in gray behind a short text, and the most.
# PaddleOCR pads to 320 and spends half of the time on that when most crops are figures (docs/design.md).
_HEIGHT, _SHORTEST, _LONGEST = 48, 64, 3200
# On a GPU crops of one batch are padded to a width that so many pixels divide; a batch has so many pixels of
# width, for each of which it gives 3 KiB of probabilities.
_BUCKET, _BATCH_PIXELS = 32, 1 << 14
# What a byte is to the network: -1..1.
_LEVELS = (np.arange(256, dtype=np.float32) / np.float32(255) - np.float32(0.5)) / np.float32(0.5)


class Recognizer:
    """Reads crops of one line of text. One serves one process; see `recognizer`.

    Attributes:
        characters: `(C,)` str; the first stands for none.
        on_gpu: whether the network runs on one.

    Raises:
        ModelError: the weights are missing or wrong, or there is no such device.
    """

    def __init__(self, threads: int, device: Device = "cpu") -> None:
        """Load the weights; `threads` 0 takes one for each core."""
        # The arena would keep the memory of the longest line for ever; lines differ too much for that.
        self._network = open_network(verified(TEXT_RECOGNITION), threads, device, arena=False)
        (self._input,) = (each.name for each in self._network.get_inputs())
        listed = self._network.get_modelmeta().custom_metadata_map["character"].split("\n")
        # Behind the listed characters stands the space.
        self.characters = np.array(["", *listed, " "])
        self.on_gpu = runs_on_gpu(self._network)

    def steps(self, crops: Sequence[np.ndarray]) -> Iterator[tuple[int, np.ndarray]]:
        """Yield the number of each crop, in any order, and the steps across it.

        Args:
            crops: `(h, w, 3)` uint8 RGB.

        Yields:
            Steps are `(T, C)` float32, the probability of each character, some eight pixels wide each.
        """
        for batch in self._batches(crops):
            papers = [_to_input(crops[at]) for at in batch]
            width = max(paper.shape[2] for paper in papers)
            if self.on_gpu:
                width = _bucket(width)
            stacked = np.zeros((len(papers), 3, _HEIGHT, width), np.float32)
            for paper, place in zip(papers, stacked, strict=True):
                place[:, :, : paper.shape[2]] = paper
            (found,) = self._network.run(None, {self._input: stacked})
            yield from zip(batch, found, strict=True)

    def _batches(self, crops: Sequence[np.ndarray]) -> Iterator[list[int]]:
        """Yield which crops are read together: each alone on a CPU, where a batch gains nothing."""
        if not self.on_gpu:
            yield from ([at] for at in range(len(crops)))
            return
        buckets: dict[int, list[int]] = {}
        for at, crop in enumerate(crops):
            buckets.setdefault(_bucket(_width(crop)), []).append(at)
        for width, members in sorted(buckets.items()):
            most = max(1, _BATCH_PIXELS // width)
            yield from (members[first : first + most] for first in range(0, len(members), most))

    def read(self, crops: Sequence[np.ndarray]) -> list[Reading]:
        """Return what is read in each crop: of each step the likeliest character, without repeats."""
        readings: dict[int, Reading] = {}
        for at, steps in self.steps(crops):
            best = steps.argmax(1)
            starts = np.flatnonzero((best != BLANK) & (best != np.r_[BLANK, best[:-1]]))
            sure = float(steps[starts, best[starts]].mean()) if len(starts) else 0.0
            readings[at] = Reading("".join(self.characters[best[starts]]), sure)
        return [readings[at] for at in range(len(crops))]


@cache
def recognizer(threads: int, device: Device = "cpu") -> Recognizer:
    """Return the recogniser of this process; its weights are loaded once."""
    return Recognizer(threads, device)


def _bucket(width: int) -> int:
    return ceil(width / _BUCKET) * _BUCKET


def _width(crop: np.ndarray) -> int:
    height, width = crop.shape[:2]
    return min(int(_HEIGHT * max(_SHORTEST / _HEIGHT, width / height)), _LONGEST)


def _to_input(crop: np.ndarray) -> np.ndarray:
    """Return a crop as the network takes it: `(3, 48, W)` float32, BGR."""
    height, width = crop.shape[:2]
    wide = _width(crop)
    inked = min(wide, ceil(_HEIGHT * (width / height)))
    small = cv2.resize(np.ascontiguousarray(crop[..., ::-1]), (inked, _HEIGHT))
    paper = np.zeros((3, _HEIGHT, wide), np.float32)
    paper[:, :, :inked] = _LEVELS[small].transpose(2, 0, 1)
    return paper
