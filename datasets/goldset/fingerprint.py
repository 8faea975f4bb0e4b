"""A small picture of each page, to tell the same page made on another processor from another page.

The damage of a state is whole numbers, but the fonts of a page are drawn in floating point, whose last bit
differs between processors: then the hash of a file says nothing. Its pages still look the same.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

import cv2
import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw

COLUMNS, ROWS = 8, 12
# Gray levels that the mean of a block may differ by: rounding, and half a level that noise adds.
TOLERANCE = 1


def image_to_print(image: np.ndarray) -> str:
    """Return the mean gray level of 12 × 8 blocks of a page image, base64 of one byte each."""
    gray = image if image.ndim == 2 else np.rint(image.mean(axis=2)).astype(np.uint8)
    blocks = cv2.resize(gray, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    return base64.b64encode(blocks.tobytes()).decode("ascii")


def pdf_to_prints(pdf: bytes) -> list[str]:
    """Return the fingerprints of the pages of a PDF of page images."""
    document = pdfium.PdfDocument(pdf)
    try:
        prints = []
        for page in document:
            (image,) = page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE])
            pixels = image.get_bitmap().to_numpy()
            prints.append(image_to_print(pixels if pixels.ndim == 2 else pixels.squeeze()))
        return prints
    finally:
        document.close()


def difference(one: Sequence[str], other: Sequence[str]) -> int | None:
    """Return by how many gray levels the pages differ where they differ most; None for other page counts."""
    if len(one) != len(other):
        return None
    ours, theirs = _levels(one), _levels(other)
    return int(np.abs(ours - theirs).max()) if one else 0


def _levels(prints: Sequence[str]) -> np.ndarray:
    return np.frombuffer(b"".join(map(base64.b64decode, prints)), np.uint8).astype(np.int16)
