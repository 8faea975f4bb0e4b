"""The one function of OpenCV's contrib modules that img2table calls, for builds without them.

img2table asks for `opencv-contrib-python`, PaddleX for the same, camelot for the headless build, and all
write one folder `cv2/`. The headless build wins here (docs/operations.md), and it has no `ximgproc`.
The method is that of Sauvola and Pietikäinen, "Adaptive document image binarization", 2000, with OpenCV's
range of 128; on gold pages each pixel came out as OpenCV's own.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np

from yusuan.extraction.errors import ModelError

_RANGE = 128.0  # of the standard deviation, in gray levels
_SAUVOLA = 1  # what OpenCV calls BINARIZATION_SAUVOLA


def sauvola(gray: np.ndarray, value: int, size: int, k: float) -> np.ndarray:
    """Return `value` where a pixel is not above the threshold of its neighbourhood, else 0.

    Args:
        gray: `(H, W)` uint8.
        value: of dark pixels in the result.
        size: side of the square neighbourhood, odd, in pixels.
        k: how far the threshold falls below the mean where the neighbourhood is even.
    """
    square = (size, size)
    mean = cv2.boxFilter(gray, cv2.CV_32F, square, borderType=cv2.BORDER_REPLICATE)
    of_squares = cv2.sqrBoxFilter(gray, cv2.CV_32F, square, borderType=cv2.BORDER_REPLICATE)
    # Rounding leaves a variance below 0 in places without contrast; OpenCV's threshold is 0 there.
    deviation = cv2.sqrt(of_squares - mean * mean)
    threshold = np.nan_to_num(mean * (1 + np.float32(k) * (deviation / np.float32(_RANGE) - 1)))
    dark = gray <= np.clip(np.rint(threshold), 0, 255).astype(np.uint8)
    return np.where(dark, value, 0).astype(np.uint8)


def _threshold(gray: np.ndarray, value: int, kind: int, size: int, k: float, **more: Any) -> np.ndarray:
    if kind != cv2.THRESH_BINARY_INV or more != {"binarizationMethod": _SAUVOLA}:
        raise ModelError("this build of OpenCV has no ximgproc", "pip install opencv-contrib-python")
    return sauvola(gray, value, size, k)


def complete_opencv() -> None:
    """Give OpenCV `ximgproc.niBlackThreshold` where this build has none."""
    # A leftover folder of stubs imports as an empty module of that name.
    if not hasattr(getattr(cv2, "ximgproc", None), "niBlackThreshold"):
        vars(cv2)["ximgproc"] = SimpleNamespace(niBlackThreshold=_threshold, BINARIZATION_SAUVOLA=_SAUVOLA)
