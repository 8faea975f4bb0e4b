"""What every text reader offers. One engine serves one process; none is safe to share between threads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np


class Reading(NamedTuple):
    """What was read from one crop, and how sure the reader is (0..1, not calibrated)."""

    text: str
    confidence: float


class OcrEngine(ABC):
    """Finds lines of text on a page and reads crops."""

    name: str

    @abstractmethod
    def detect(self, image: np.ndarray) -> np.ndarray:
        """Return `(N, 4, 2)` float32 quads of text lines, clockwise from top left, in pixels of `image`.

        Args:
            image: `(H, W, 3)` uint8, RGB.
        """

    @abstractmethod
    def recognize(self, crops: Sequence[np.ndarray]) -> list[Reading]:
        """Read each crop, `(h, w, 3)` uint8 RGB with one horizontal line of text, in the order given."""

    def read(self, image: np.ndarray, quads: np.ndarray) -> list[Reading]:
        """Read the lines inside `(N, 4, 2)` quads of `image`."""
        return self.recognize([crop_quad(image, quad) for quad in quads])


def crop_quad(image: np.ndarray, quad: np.ndarray) -> np.ndarray:
    """Return the pixels inside a quad as an upright crop of at least 2×2 pixels.

    A quad whose sides are level within a pixel is sliced, which keeps the glyphs as printed;
    others are warped.
    """
    height, width = image.shape[:2]
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    if max(abs(ay - by), abs(dy - cy), abs(ax - dx), abs(bx - cx)) <= 1.0:
        x0, x1 = int(max(0, np.floor(min(ax, dx)))), int(min(width, np.ceil(max(bx, cx))))
        y0, y1 = int(max(0, np.floor(min(ay, by)))), int(min(height, np.ceil(max(cy, dy))))
        if x1 - x0 >= 2 and y1 - y0 >= 2:
            return image[y0:y1, x0:x1]
    quad = np.asarray(quad, np.float32)
    crop_width = max(
        2, round(float(max(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3]))))
    )
    crop_height = max(
        2, round(float(max(np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[2] - quad[1]))))
    )
    target = np.array([[0, 0], [crop_width, 0], [crop_width, crop_height], [0, crop_height]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad, target)
    return cv2.warpPerspective(
        image, matrix, (crop_width, crop_height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
