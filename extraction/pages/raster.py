"""PNG, JPEG and TIFF files to pixels. Runs in the child process.

The size in the header is checked before anything is decoded. Pixels come as they are stored: turning by the
EXIF orientation is left to the caller, which has to know about it for the transform.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from yusuan.extraction.errors import InputError, PageError
from yusuan.extraction.pages.exif import as_stored

ORIENTATION_TAG = 274
SUBFILE_TYPE_TAG = 254
AGAIN_HINT = "scan, export or download it again"

# Our own limit speaks, with a hint; Pillow's would warn on stderr or raise by a constant of its own.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True)
class OpenRaster:
    """An open image file. `frames` are the indices of its pages, thumbnails left out."""

    image: Image.Image
    frames: tuple[int, ...]
    warnings: tuple[str, ...]

    @property
    def pages(self) -> int:
        """How many pages the file has."""
        return len(self.frames)


def _is_cut_off(path: Path, kind: str) -> bool:
    """Say whether a PNG or JPEG ends before its end marker (TIFF has none)."""
    marker = {"PNG": b"IEND", "JPEG": b"\xff\xd9"}.get(kind)
    if marker is None:
        return False
    with path.open("rb") as file:
        size = file.seek(0, 2)
        # Cameras and editors append previews and metadata; the marker need not be the very last bytes.
        file.seek(max(0, size - 1_000_000))
        return marker not in file.read()


def open_raster(path: Path, kind: str) -> OpenRaster:
    """Open an image file of the given kind (`PNG`, `JPEG` or `TIFF`) without decoding it.

    Raises:
        InputError: damaged or cut off.
    """
    damaged = InputError(f"the {kind} is damaged or cut off and cannot be opened", AGAIN_HINT)
    if _is_cut_off(path, kind):
        raise damaged
    try:
        # By name, Pillow maps plain TIFFs into memory, and reads those turned by 90° with the wrong width.
        image = Image.open(path.open("rb"), formats=[kind])
        frames = [0]
        if kind == "TIFF":
            frames = []
            for k in range(getattr(image, "n_frames", 1)):
                image.seek(k)
                if isinstance(image, TiffImageFile) and not int(image.tag_v2.get(SUBFILE_TYPE_TAG, 0)) & 1:
                    frames.append(k)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error):
        raise damaged from None
    if not frames:
        raise InputError("the TIFF has no pages", AGAIN_HINT)
    return OpenRaster(image, tuple(frames), ())


def _resolution(image: Image.Image) -> tuple[float, float] | None:
    """Return the dots per inch across and down that the file claims, or None."""
    claimed: Any = image.info.get("dpi")
    if not claimed:
        return None
    across, down = (float(value) for value in claimed)
    return (across, down) if across > 1 and down > 1 else None


def _eight_bits(values: np.ndarray) -> np.ndarray:
    """Return grey values of more than 8 bits as uint8, by the smallest usual range that holds them."""
    if values.dtype.kind == "f":
        values = np.nan_to_num(values)
        top = 1.0 if values.max(initial=0.0) <= 1.0 else 255.0 if values.max() <= 255.0 else 65535.0
    else:
        peak = int(values.max(initial=0))
        top = float(next(t for t in (255, 4095, 65535, 2**32) if peak <= t))
        if values.dtype.itemsize == 2:
            # 12 bits in 16 is common in scanners; 8 bits in 16 is a dark page.
            top = max(top, 4095.0)
    return np.clip(values * (255.0 / top), 0, 255).astype(np.uint8)


def _to_pixels(image: Image.Image) -> np.ndarray:
    """Return `(H, W)` grey or `(H, W, 3)` RGB, uint8, transparency laid on white."""
    mode = image.mode
    if mode in ("1", "L"):
        if "transparency" not in image.info:
            return np.asarray(image.convert("L"))
        image, mode = image.convert("LA"), "LA"
    if mode.startswith("I") or mode == "F":
        return _eight_bits(np.asarray(image))
    if mode == "P":
        mode = "RGBA" if "transparency" in image.info else "RGB"
        image = image.convert(mode)
    if mode in ("RGBA", "RGBa", "LA", "La", "PA"):
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        return np.asarray(Image.alpha_composite(paper, layer).convert("RGB"))
    return np.asarray(image.convert("RGB"))


def read_raster_page(
    source: OpenRaster, number: int, max_pixels: int
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return header and arrays of one page.

    The header holds `claimed_dpi` (across and down, or null), `orientation` (EXIF, 1 to 8) and `warnings`;
    the one array is `image`, as stored.

    Raises:
        PageError: too large, damaged or cut off.
    """
    image = source.image
    damaged = PageError(f"page {number}: the image data are damaged or cut off", AGAIN_HINT)
    try:
        image.seek(source.frames[number - 1])
        wide, high = image.size
        if wide * high > max_pixels:
            raise PageError(
                f"page {number} is too large: {wide} x {high} are {wide * high / 1e6:.0f} million pixels, "
                f"and the limit is {max_pixels / 1e6:.0f} million",
                "make the image smaller, or raise pages.max_pixels and pages.memory_mb in the settings",
            )
        # Only now: to look for EXIF tags, Pillow decodes a whole PNG.
        tags: Any = image.tag_v2 if isinstance(image, TiffImageFile) else image.getexif()
        orientation = int(tags.get(ORIENTATION_TAG, 1) or 1)
        if not 1 <= orientation <= 8:
            orientation = 1
        claimed = _resolution(image)
        image.load()
        pixels = _to_pixels(image)
        if isinstance(image, TiffImageFile):
            # Pillow turns TIFF pages while it loads them.
            pixels = as_stored(pixels, orientation)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, struct.error):
        raise damaged from None
    header: dict[str, Any] = {"claimed_dpi": claimed, "orientation": orientation, "warnings": []}
    return header, {"image": pixels}
