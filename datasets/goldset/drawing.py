"""Pages of a digital gold PDF to clean images, their rules as they are or worn."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from yusuan.extraction.errors import InputError


@dataclass(frozen=True)
class Stroke:
    """How rules are drawn: width in points, gray level 0 to 255, lengths on and off in points."""

    width: float
    gray: int
    dash: tuple[float, ...] = ()


# How the rules of bad copies look, by page: as they were printed, faint, or broken.
WORN: tuple[Stroke | None, ...] = (
    None,
    Stroke(0.4, 102),
    Stroke(0.5, 51, (9.0, 1.6, 4.0, 1.2)),
)


class DigitalPages:
    """An open digital PDF. Use it in a `with` block."""

    def __init__(self, pdf: bytes, name: str) -> None:
        """Open the file.

        Args:
            pdf: its bytes.
            name: what to call it in errors.

        Raises:
            InputError: it is no PDF.
        """
        try:
            self._pdf = pdfium.PdfDocument(pdf)
        except pdfium.PdfiumError as error:
            raise InputError(f"{name} cannot be opened: {error}") from error

    def __enter__(self) -> DigitalPages:
        return self

    def __exit__(self, *_: object) -> None:
        self._pdf.close()

    def __len__(self) -> int:
        return len(self._pdf)

    def draw(self, index: int, dpi: int, stroke: Stroke | None = None) -> np.ndarray:
        """Return page `index` (from 0) as `(H, W)` uint8 gray, its rules drawn as `stroke` says."""
        page = self._pdf[index]
        try:
            if stroke:
                for path in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH]):
                    _restyle(path, stroke)
            return np.array(page.render(scale=dpi / 72, grayscale=True).to_numpy())
        finally:
            page.close()

    def size(self, index: int) -> tuple[float, float]:
        """Return width and height of page `index` in points."""
        width, height = self._pdf[index].get_size()
        return width, height


def _restyle(path: pdfium.PdfObject, stroke: Stroke) -> None:
    """Draw a path as `stroke` says, unless it is a shaded area and no rule."""
    fill, is_rule = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(path, fill, is_rule)
    if not is_rule.value:
        return
    dash: Sequence[float] = stroke.dash
    raw.FPDFPageObj_SetStrokeWidth(path, stroke.width)
    raw.FPDFPageObj_SetStrokeColor(path, stroke.gray, stroke.gray, stroke.gray, 255)
    raw.FPDFPageObj_SetDashArray(path, (ctypes.c_float * len(dash))(*dash), len(dash), 0.0)
