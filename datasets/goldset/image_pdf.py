"""Page images to a PDF, byte for byte the same for the same pixels: JPEG, and fax compression for two levels.

PDF libraries write dates, identifiers or their version into a file; its hash could not be checked.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from yusuan.extraction.errors import OutputError

STRIP_OFFSETS, STRIP_BYTES = 273, 279


@dataclass(frozen=True)
class PageImage:
    """The image of a page: `(H, W)` uint8 gray or two-level, or `(H, W, 3)` uint8 RGB.

    `jpeg` is the quality; 0 keeps a two-level image without loss (ITU-T T.6).
    """

    pixels: np.ndarray
    dpi: float
    jpeg: int


def images_to_pdf(images: Sequence[PageImage], title: str) -> bytes:
    """Return a PDF of page images without a text layer.

    Raises:
        OutputError: an image cannot be encoded.
    """
    count = len(images)
    kids = " ".join(f"{4 + 3 * index} 0 R" for index in range(count))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {count}/Kids[{kids}]>>".encode("ascii"),
        f"<</Title<FEFF{title.encode('utf-16-be').hex().upper()}>>>".encode("ascii"),
    ]
    for index, image in enumerate(images):
        height, width = image.pixels.shape[:2]
        across, down = (f"{length * 72 / image.dpi:.3f}" for length in (width, height))
        first = 4 + 3 * index
        page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {across} {down}]"
        page += f"/Resources<</XObject<</I {first + 2} 0 R>>>>/Contents {first + 1} 0 R>>"
        objects.append(page.encode("ascii"))
        objects.append(_stream("", f"{across} 0 0 {down} 0 0 cm /I Do".encode("ascii")))
        settings, data = _encoded(image)
        common = f"/Type/XObject/Subtype/Image/Width {width}/Height {height}"
        objects.append(_stream(common + settings, data))
    return _file(objects)


def _encoded(image: PageImage) -> tuple[str, bytes]:
    """Return the entries that name the coding of an image, and its bytes."""
    if not image.jpeg:
        height, width = image.pixels.shape
        coding = f"/Filter/CCITTFaxDecode/DecodeParms<</K -1/BlackIs1 true/Columns {width}/Rows {height}>>"
        return "/ColorSpace/DeviceGray/BitsPerComponent 1" + coding, _fax_coded(image.pixels)
    color = image.pixels.ndim == 3
    pixels = image.pixels[:, :, ::-1] if color else image.pixels
    done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, image.jpeg])
    if not done:
        raise OutputError("a page image could not be encoded as JPEG")
    space = "/DeviceRGB" if color else "/DeviceGray"
    return f"/ColorSpace{space}/BitsPerComponent 8/Filter/DCTDecode", data.tobytes()


def _fax_coded(pixels: np.ndarray) -> bytes:
    """Return a two-level image `(H, W)` in ITU-T T.6: the only strip of the TIFF that libtiff makes of it."""
    height, width = pixels.shape
    out = io.BytesIO()
    levels = Image.fromarray(pixels).convert("1", dither=Image.Dither.NONE)
    levels.save(out, "TIFF", compression="group4", strip_size=(width + 7) // 8 * height)
    with Image.open(out) as tiff:
        tags = tiff.tag_v2  # type: ignore[attr-defined]
        (start,), (length,) = tags[STRIP_OFFSETS], tags[STRIP_BYTES]
    return out.getvalue()[start : start + length]


def _stream(entries: str, data: bytes) -> bytes:
    return f"<<{entries}/Length {len(data)}>>\nstream\n".encode("ascii") + data + b"\nendstream"


def _file(objects: Sequence[bytes]) -> bytes:
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n".encode("ascii") + content + b"\nendobj\n")
    table = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode("ascii"))
    out.write(b"".join(f"{place:010d} 00000 n \n".encode("ascii") for place in places))
    trailer = f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R/Info 3 0 R>>\nstartxref\n{table}\n%%EOF\n"
    out.write(trailer.encode("ascii"))
    return out.getvalue()
