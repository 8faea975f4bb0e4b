"""One look at a page by the table model: maps of tables, borders of cells, lines of text and seals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from yusuan.models.cards import TABLES
from yusuan.models.store import verified
from yusuan.models.table_maps import LOOK_DPI, MAPS, MULTIPLE, SHRINK

# Larger pages are looked at on less than `LOOK_DPI`: an A2 sheet has this many pixels there.
MOST_PIXELS = 4_000_000


@dataclass(frozen=True)
class Maps:
    """What the model sees on one page.

    Attributes:
        values: `(len(MAPS), h, w)` float32, 0..1.
        scale: pixels of the page for one of the maps, across and down.
        dpi: of the maps.
    """

    values: np.ndarray
    scale: tuple[float, float]
    dpi: float

    def named(self, name: str) -> np.ndarray:
        """Return one of `MAPS`, `(h, w)`."""
        return np.asarray(self.values[MAPS.index(name)])


def look_image(image: np.ndarray, dpi: float) -> np.ndarray:
    """Return a page `(H, W, 3)` uint8 as the model sees it: at `LOOK_DPI`, or less where it is very large."""
    height, width = image.shape[:2]
    scale = min(LOOK_DPI / dpi, (MOST_PIXELS / (height * width)) ** 0.5)
    size = max(MULTIPLE, round(width * scale)), max(MULTIPLE, round(height * scale))
    # At one half, linear interpolation is the mean of four pixels too, and three times as fast.
    how = cv2.INTER_LINEAR if 0.45 <= scale <= 0.55 else cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=how))


def padded(image: np.ndarray) -> np.ndarray:
    """Return `(1, 3, H, W)` float32, 0..1, its sides multiples of `MULTIPLE`, white beyond the page."""
    height, width = image.shape[:2]
    high, wide = -height % MULTIPLE, -width % MULTIPLE
    image = cv2.copyMakeBorder(image, 0, high, 0, wide, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32) / 255


class TableLook:
    """Looks at pages with the network of `yusuan.training.train_tables`. One serves one process."""

    def __init__(self, threads: int, weights: Path | None = None) -> None:
        """Load the weights.

        Args:
            threads: that ONNX Runtime may use; 0 for one a core.
            weights: an ONNX file just trained, instead of the one that is shipped.

        Raises:
            ModelError: the weights are missing or wrong.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._network = onnxruntime.InferenceSession(
            str(weights or verified(TABLES)), options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, image: np.ndarray, dpi: float) -> Maps:
        """Return the maps of an upright page `(H, W, 3)` uint8 RGB."""
        small = look_image(image, dpi)
        (values,) = self._network.run(None, {"page": padded(small)})
        height, width = small.shape[:2]
        values = values[0, :, : -(-height // SHRINK), : -(-width // SHRINK)]
        across, down = image.shape[1] / width * SHRINK, image.shape[0] / height * SHRINK
        return Maps(values, (across, down), dpi / across)
