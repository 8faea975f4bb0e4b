"""One look at a page by the table model: maps of tables, borders of cells, lines of text and seals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from yusuan.models.cards import TABLES
from yusuan.models.store import Device, open_network, verified
from yusuan.models.table_maps import MAP_DPI, MAPS, MULTIPLE

# Maps of larger pages are coarser than `MAP_DPI`: those of an A2 sheet have this many pixels.
MOST_PIXELS = 1_000_000
# What a byte is to a model: 0..1.
_SHARES = (np.arange(256) / 255).astype(np.float32)


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


def look_image(image: np.ndarray, dpi: float, shrink: int) -> np.ndarray:
    """Return a page `(H, W, 3)` uint8 as a model sees it whose maps are `shrink` times smaller.

    That is at `MAP_DPI * shrink`, or less where it is very large.
    """
    height, width = image.shape[:2]
    scale = shrink * min(MAP_DPI / dpi, (MOST_PIXELS / (height * width)) ** 0.5)
    least = MULTIPLE * shrink
    size = max(least, round(width * scale)), max(least, round(height * scale))
    if size == (width, height):
        return image
    # At one half, linear interpolation is the mean of four pixels too, and three times as fast.
    how = cv2.INTER_LINEAR if 0.45 <= scale <= 0.55 else cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=how))


def padded(image: np.ndarray, multiple: int) -> np.ndarray:
    """Return `(1, 3, H, W)` float32, 0..1, its sides multiples of `multiple`, white beyond the page."""
    height, width = image.shape[:2]
    high, wide = -height % multiple, -width % multiple
    image = cv2.copyMakeBorder(image, 0, high, 0, wide, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    # Four times as fast as `cv2.dnn.blobFromImage`.
    return np.stack([cv2.LUT(channel, _SHARES) for channel in cv2.split(image)])[None]


class TableLook:
    """Looks at pages with the network of `yusuan.training.train_tables`. One serves one process."""

    def __init__(self, threads: int, weights: Path | None = None, device: Device = "cpu") -> None:
        """Load the weights.

        Args:
            threads: that ONNX Runtime may use; 0 for one a core.
            weights: an ONNX file just trained, instead of the one that is shipped.
            device: where it runs.

        Raises:
            ModelError: the weights are missing or wrong, or there is no such device.
        """
        self._network = open_network(weights or verified(TABLES), threads, device)
        self.shrink = int(self._network.get_modelmeta().custom_metadata_map["shrink"])

    def __call__(self, image: np.ndarray, dpi: float) -> Maps:
        """Return the maps of an upright page `(H, W, 3)` uint8 RGB."""
        shrink = self.shrink
        seen = look_image(image, dpi, shrink)
        (values,) = self._network.run(None, {"page": padded(seen, MULTIPLE * shrink)})
        height, width = seen.shape[:2]
        values = values[0, :, : -(-height // shrink), : -(-width // shrink)]
        across, down = image.shape[1] / width * shrink, image.shape[0] / height * shrink
        return Maps(values, (across, down), dpi / across)
