"""PDF pages to pixels, characters and rules. Runs in the child process.

The raster of a page is what a viewer shows: crop box, /Rotate honoured, annotations (stamps) and form fields
drawn. All positions sent to the caller are pixels of that raster.
"""

from __future__ import annotations

import ctypes
import functools
import math
import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2 as pypdfium
import pypdfium2.raw as pdfium

from yusuan.extraction.errors import InputError, PageError
from yusuan.extraction.pages.chars import HIDDEN, CharTable, read_chars
from yusuan.extraction.pages.drawing import Drawing, Picture, Rect, read_drawing
from yusuan.extraction.pages.pagetree import count_pages
from yusuan.extraction.pages.paper import scan_dpi, upright_dpi

# A picture over this share of the page can hold its whole content.
SCAN_SHARE = 0.6
# A broken picture over this share of the page cannot be overlooked.
LARGE_SHARE = 0.25
# With so many characters in sight, a page is drawn at the wanted resolution whatever lies behind them.
SOME_TEXT = 20

REPAIR_HINT = "open it in a PDF viewer and print it to a new PDF, or ask for the file again"


@dataclass(frozen=True)
class OpenPdf:
    """An open PDF. `pages` counts what can be asked for, broken ones included."""

    document: Any
    pages: int
    warnings: tuple[str, ...]


def _load(source: Path | bytes, password: str | None) -> Any:
    try:
        return pypdfium.PdfDocument(source, password=password)
    except pypdfium.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code == pdfium.FPDF_ERR_PASSWORD:
            if password:
                raise InputError("the password does not open this PDF", "check --password") from None
            raise InputError("the PDF is encrypted", "give its password with --password") from None
        if code == pdfium.FPDF_ERR_SECURITY:
            raise InputError("the PDF is encrypted in a way that cannot be opened", REPAIR_HINT) from None
        if code == pdfium.FPDF_ERR_SUCCESS:
            raise InputError("the PDF has no pages", "ask for the file again") from None
        raise InputError("the PDF is damaged or cut off and cannot be opened", REPAIR_HINT) from None


def open_pdf(path: Path, password: str | None) -> OpenPdf:
    """Open a PDF and count its pages.

    Raises:
        InputError: encrypted, damaged beyond repair, or without pages.
    """
    warnings: list[str] = []
    document = _load(path, password)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        tree = count_pages(data)
        declared = len(document)
        if tree and tree.leaves > declared and tree.count_at:
            # pdfium counts for itself where the count is 0; as many digits as before move no offset.
            start, stop = tree.count_at
            mended = data[:start] + b"0" * (stop - start) + data[stop:]
            document = _load(mended, password)
    pages = len(document)
    loadable = [bool(pdfium.FPDF_GetPageSizeByIndexF(document, k, pdfium.FS_SIZEF())) for k in range(pages)]
    if tree:
        while pages > tree.leaves and not loadable[pages - 1]:
            pages -= 1
        if declared != tree.leaves:
            warnings.append(
                f"the file says that it has {declared} pages, and its page tree holds {tree.leaves}: "
                "pages may be missing"
            )
    if not pages:
        raise InputError("the PDF has no pages", "ask for the file again")
    if not pdfium.FPDF_DocumentHasValidCrossReferenceTable(document):
        warnings.append(
            f"the PDF is damaged or cut off: {pages} pages were recovered, and parts of them may be missing"
        )
    document.init_forms()
    return OpenPdf(document, pages, tuple(warnings))


def _share(picture: Picture, page_box: Rect) -> float:
    x0, y0, x1, y1 = picture.box
    return (x1 - x0) * (y1 - y0) / max((page_box[2] - page_box[0]) * (page_box[3] - page_box[1]), 1e-6)


def _resolution(drawing: Drawing, chars: CharTable, box: Rect, wanted: float) -> tuple[float, float]:
    """Return the dpi that a page is drawn at, and the dpi that its pixels then have.

    They differ only for a scan on a sheet of a size that nobody prints on.
    """
    shares = [_share(p, box) for p in drawing.pictures]
    # Some scanners store a page in strips, or letters and background one over the other: they count together.
    if sum(shares) < SCAN_SHARE or int(np.sum((chars.flags & HIDDEN) == 0)) >= SOME_TEXT:
        return wanted, wanted
    large = max(shares) / 4
    claimed = max(p.dpi for p, share in zip(drawing.pictures, shares, strict=True) if share >= large)
    native = scan_dpi(claimed * max(box[2] - box[0], box[3] - box[1]) / 72.0, claimed)
    dpi = upright_dpi(native, wanted)
    return dpi * claimed / native, dpi


def _to_pixels(box: Rect, rotate: int, size: tuple[int, int]) -> np.ndarray:
    """Return the 2×3 matrix from page space to pixels of the raster, `size` = (width, height)."""
    left, bottom, right, top = box
    wide, high = size
    across, up = right - left, top - bottom
    if rotate == 0:
        return np.array([[wide / across, 0, -left * wide / across], [0, -high / up, top * high / up]])
    if rotate == 90:
        return np.array([[0, wide / up, -bottom * wide / up], [high / across, 0, -left * high / across]])
    if rotate == 180:
        return np.array([[-wide / across, 0, right * wide / across], [0, high / up, -bottom * high / up]])
    return np.array([[0, -wide / up, top * wide / up], [-high / across, 0, right * high / across]])


def _map_boxes(boxes: np.ndarray, m: np.ndarray) -> np.ndarray:
    """Return `(N, 4)` boxes or segments with both end points mapped."""
    first = boxes[:, :2] @ m[:, :2].T + m[:, 2]
    last = boxes[:, 2:] @ m[:, :2].T + m[:, 2]
    return np.concatenate([first, last], axis=1).astype(np.float32)


def _upright_boxes(boxes: np.ndarray, m: np.ndarray) -> np.ndarray:
    mapped = _map_boxes(boxes, m)
    return np.concatenate(
        [np.minimum(mapped[:, :2], mapped[:, 2:]), np.maximum(mapped[:, :2], mapped[:, 2:])], axis=1
    )


def _is_cut_off(page: Any, picture: Picture, pixels: np.ndarray) -> bool:
    """Say whether the data of a picture end too early: a JPEG without its end, or too few packed pixels."""
    handle = picture.handle
    if pdfium.FPDFImageObj_GetImageFilterCount(handle) != 1:
        return False
    name = ctypes.create_string_buffer(32)
    pdfium.FPDFImageObj_GetImageFilter(handle, 0, name, 32)
    if name.value == b"DCTDecode":
        size = pdfium.FPDFImageObj_GetImageDataRaw(handle, None, 0)
        data = ctypes.create_string_buffer(size)
        pdfium.FPDFImageObj_GetImageDataRaw(handle, data, size)
        return b"\xff\xd9" not in data.raw[-2048:]
    foot = pixels[-max(2, len(pixels) // 50) :]
    if name.value == b"FlateDecode" and foot.size and int(foot.max()) < 8:
        # What is missing comes out black; unpacking once more is worth it only then.
        wide, high = picture.pixels
        known = pdfium.FPDF_IMAGEOBJ_METADATA()
        if pdfium.FPDFImageObj_GetImageMetadata(handle, page, known) and known.bits_per_pixel:
            whole = (wide * known.bits_per_pixel + 7) // 8 * high
            return int(pdfium.FPDFImageObj_GetImageDataDecoded(handle, None, 0)) < whole
    return False


def _is_broken(picture: Picture, pixels: np.ndarray, certain: bool) -> bool:
    """Say whether a picture could not be drawn: pdfium leaves its place blank, without an error.

    Args:
        picture: the picture.
        pixels: what its place looks like.
        certain: try to decode it even where its place shows something, because text stands there too.
    """
    uniform = bool(pixels.size) and int(pixels.min()) == int(pixels.max())
    if uniform and pixels.flat[0] < 8:
        return True  # nobody scans a sheet as pure black; a broken compressed stream decodes to zeros
    if not (uniform or certain):
        return False
    bitmap = pdfium.FPDFImageObj_GetBitmap(picture.handle)
    if not bitmap:
        return True
    pdfium.FPDFBitmap_Destroy(bitmap)
    return False


def _check_pictures(
    page: Any, drawing: Drawing, chars: CharTable, box: Rect, m: np.ndarray, image: np.ndarray, number: int
) -> list[str]:
    """Return warnings about the pictures of a page.

    Raises:
        PageError: a picture that takes up much of the page, or all that the page has, cannot be drawn.
    """
    warnings: list[str] = []
    if not drawing.pictures:
        return warnings
    seen = int(np.sum((chars.flags & HIDDEN) == 0))
    blank = int(image.min()) == int(image.max())
    for picture in drawing.pictures:
        share = _share(picture, box)
        if share < LARGE_SHARE and not blank:
            continue
        x0, y0, x1, y1 = np.round(_upright_boxes(np.array([picture.box]), m)[0]).astype(int)
        pixels = image[max(y0, 0) : y1, max(x0, 0) : x1]
        if _is_broken(picture, pixels, seen > 0 and share >= LARGE_SHARE):
            if seen >= SOME_TEXT:
                warnings.append(f"page {number}: a picture on it is broken and was left out")
                continue
            raise PageError(
                f"page {number}: its picture is broken and would be read as a blank page", REPAIR_HINT
            )
        if share >= LARGE_SHARE and _is_cut_off(page, picture, pixels):
            warnings.append(f"page {number}: the picture on it is cut off, and its lower part may be missing")
    return warnings


def read_pdf_page(
    source: OpenPdf, number: int, wanted_dpi: float, max_pixels: int, canvas: np.ndarray
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return header and arrays of one page.

    The header holds `dpi`, `warnings` and `image`, the shape `(H, W, 3)` of the RGB raster that `canvas`
    begins with; the arrays are `codes`, `boxes`, `cells`, `turns`, `flags` as in `CharTable`, and `segments`
    `(N, 4)`, all in pixels of the raster; `turns` are clockwise there.

    Args:
        source: the file.
        number: of the page, counts from 1.
        wanted_dpi: that pages are drawn at, unless they are scans of less.
        max_pixels: of one page.
        canvas: `(3 * max_pixels,)` uint8 or more.

    Raises:
        PageError: the page cannot be loaded, is too large, or its picture is broken.
    """
    try:
        page = source.document[number - 1]
    except pypdfium.PdfiumError:
        raise PageError(f"page {number} cannot be loaded: its entry is broken", REPAIR_HINT) from None
    try:
        box: Rect = page.get_bbox()
        drawing = read_drawing(page.raw, box)
        chars = read_chars(source.document.raw, page.raw, drawing, box)
        draw_dpi, dpi = _resolution(drawing, chars, box, wanted_dpi)
        scale = draw_dpi / 72.0
        wide, high = (math.ceil(side * scale) for side in page.get_size())
        if wide * high > max_pixels:
            inches = " x ".join(f"{side / 72:.0f}" for side in page.get_size())
            raise PageError(
                f"page {number} is too large: {inches} inches at {draw_dpi:.0f} dpi are "
                f"{wide * high / 1e6:.0f} million pixels, and the limit is {max_pixels / 1e6:.0f} million",
                "use a lower --dpi, or raise pages.max_pixels and pages.memory_mb in the settings",
            )
        room = (ctypes.c_ubyte * (wide * high * 3)).from_buffer(canvas)
        maker = functools.partial(pypdfium.PdfBitmap.new_native, buffer=room)
        image = page.render(scale=scale, rev_byteorder=True, bitmap_maker=maker).to_numpy()
        rotate = page.get_rotation()
        m = _to_pixels(box, rotate, (image.shape[1], image.shape[0]))
        warnings = _check_pictures(page.raw, drawing, chars, box, m, image, number)
        if not drawing.complete:
            warnings.append(f"page {number}: it has more drawing than is looked at, and rules may be missing")
        header = {"dpi": dpi, "warnings": warnings, "image": image.shape}
        arrays = {
            "codes": chars.codes,
            "boxes": _upright_boxes(chars.boxes.astype(float), m),
            "cells": _upright_boxes(chars.cells.astype(float), m),
            "turns": (rotate // 90 + chars.turns) % 4,
            "flags": chars.flags,
            "segments": _map_boxes(np.array(drawing.pieces, float).reshape(-1, 4), m),
        }
        return header, arrays
    finally:
        page.close()
