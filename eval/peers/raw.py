"""Pages as they came: the raster that our own reader starts from, before it levels, flattens or cleans it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from yusuan.extraction.config import PageSettings
from yusuan.extraction.errors import InputError
from yusuan.extraction.pages import PageImage
from yusuan.extraction.pages.digital import DrawnPage, digital_page
from yusuan.extraction.pages.exif import orientation_to_matrix, turned
from yusuan.extraction.pages.homography import as_matrix
from yusuan.extraction.pages.paper import scan_dpi
from yusuan.extraction.pages.sandbox import FileRequest, Sandbox

_HEADER = 1024  # bytes in which viewers look for the mark of a PDF
_KINDS = {"PNG": "PNG", "JPEG": "JPEG", "MPO": "JPEG", "TIFF": "TIFF"}  # of Pillow → ours


class RawSource:
    """A file whose pages are given as they came."""

    def __init__(self, path: Path, kind: str, sandbox: Sandbox, dpi: int) -> None:
        self._path = path
        self._kind = kind
        self._sandbox = sandbox
        self._dpi = dpi

    def load(self, page_number: int) -> PageImage:
        """Return a page as any viewer shows it, seals, shade and skew included.

        A PDF page is drawn at the resolution of the settings, scans in it included: the usual 200 dpi are
        what img2table draws at, and it finds less on fewer. An image file has the pixels that it has, turned
        as its EXIF tag says. Digital pages come with the words of their text layer, and with text that runs
        sideways turned, which loses nothing and which not every peer can do for itself.

        Raises:
            PageError: this page cannot be read; others still can.
        """
        header, arrays = self._sandbox.page(page_number)
        if self._kind == "PDF":
            drawn = DrawnPage(page_number, float(header["dpi"]), arrays)
            digital, _ = digital_page(drawn)
            return replace(digital or self._scan(drawn), path=self._path)
        stored, orientation = arrays["image"], int(header["orientation"])
        seen = np.ascontiguousarray(turned(stored, orientation))
        image = np.asarray(cv2.cvtColor(seen, cv2.COLOR_GRAY2RGB)) if seen.ndim == 2 else seen
        claimed = header["claimed_dpi"]
        back = orientation_to_matrix(orientation, stored.shape[1], stored.shape[0])
        dpi = scan_dpi(max(seen.shape[:2]), float(claimed[0]) if claimed else None)
        return PageImage(page_number, image, dpi, "scanned", transform=as_matrix(back))

    def _scan(self, drawn: DrawnPage) -> PageImage:
        height, width = drawn.image.shape[:2]
        scale = self._dpi / drawn.dpi
        size = (round(width * scale), round(height * scale))
        image = drawn.image
        if size != (width, height):
            how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
            image = np.asarray(cv2.resize(image, size, interpolation=how))
        return PageImage(drawn.number, image, float(self._dpi), "scanned")


@contextmanager
def open_raw(path: Path, settings: PageSettings) -> Iterator[RawSource]:
    """Open a PDF or an image file in a child process of its own, and close it at the end.

    Raises:
        InputError: it cannot be read.
    """
    kind = _kind(path)
    with Sandbox(FileRequest(path.absolute(), kind, None), settings) as sandbox:
        yield RawSource(path, kind, sandbox, settings.dpi)


def _kind(path: Path) -> str:
    try:
        with path.open("rb") as file:
            if b"%PDF-" in file.read(_HEADER):
                return "PDF"
        with Image.open(path) as image:
            return _KINDS[image.format or ""]
    except (OSError, KeyError) as error:
        raise InputError(f"{path.name} is neither a PDF nor an image that is read here") from error
