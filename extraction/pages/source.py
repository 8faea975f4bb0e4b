"""Files in, upright pages out: what a file is, and its pages one by one."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from yusuan.extraction.config import PageSettings
from yusuan.extraction.errors import InputError, PageError
from yusuan.extraction.pages.digital import DrawnPage, digital_page
from yusuan.extraction.pages.image import PageImage
from yusuan.extraction.pages.orient import Reader
from yusuan.extraction.pages.rectify import Scan, upright
from yusuan.extraction.pages.sandbox import FileRequest, Sandbox

# In pixels: a strip or a dot is no page, and no line of text would fit across it.
SMALLEST_SIDE = 64

_READABLE_HINT = "yusuan reads PDF, PNG, JPEG and TIFF"
# What else arrives under the name of a PDF, by its first bytes.
_LOOKALIKES = (
    (b"PK\x03\x04", "a ZIP archive (a Word, Excel, WPS or OFD document?)", "export it as PDF first"),
    (b"\xd0\xcf\x11\xe0", "an old Word, Excel or WPS document", "export it as PDF first"),
    (b"<", "a web page or an XML file", "the download went wrong: get the file again"),
    (b"GIF8", "a GIF image", "save it as PNG first"),
    (b"BM", "a BMP image", "save it as PNG first"),
    (b"RIFF", "a WebP image", "save it as PNG first"),
    (b"Rar!", "a RAR archive", "unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it first"),
)


@dataclass(frozen=True)
class SourceInfo:
    """A file that can be read.

    Attributes:
        path: as it was given.
        sha256: of the file, hexadecimal.
        format: what the file is by its content.
        pages: how many pages can be asked for, broken ones included.
        warnings: what was noticed that the user should know, one sentence each.
    """

    path: Path
    sha256: str
    format: Literal["pdf", "image"]
    pages: int
    warnings: tuple[str, ...] = ()


class OpenedSource:
    """A file that is open in its child process: `info` says what it is, `load` gives its pages."""

    def __init__(
        self, info: SourceInfo, sandbox: Sandbox, settings: PageSettings, password: str | None
    ) -> None:
        self.info = info
        self._sandbox = sandbox
        self._settings = settings
        self._password = password

    def load(self, page_number: int, reader: Reader | None = None) -> PageImage:
        """Return a page, upright.

        Args:
            page_number: counts from 1.
            reader: reads crops of text lines, for scans that leave a doubt about which side is up.

        Raises:
            PageError: this page cannot be read; others still can.
        """
        if not 1 <= page_number <= self.info.pages:
            raise PageError(
                f"there is no page {page_number}", f"the file has {self.info.pages} pages, counted from 1"
            )
        header, arrays = self._sandbox.page(page_number)
        warnings = tuple(str(warning) for warning in header["warnings"])
        if self.info.format == "pdf":
            drawn = DrawnPage(page_number, float(header["dpi"]), arrays)
            digital, notes = digital_page(drawn)
            warnings += notes
            if digital is not None:
                return replace(digital, warnings=warnings, path=self.info.path, password=self._password)
            scan = Scan(drawn.image, (drawn.dpi, drawn.dpi), certain=True)
        else:
            claimed = header["claimed_dpi"]
            scan = Scan(arrays["image"], (claimed[0], claimed[1]) if claimed else None, header["orientation"])
        height, width = scan.image.shape[:2]
        if min(height, width) < SMALLEST_SIDE:
            raise PageError(
                f"page {page_number} is too small to be read: {width} x {height} pixels",
                "scan or export it again at 200 dpi",
            )
        page = upright(scan, self._settings.dpi, reader)
        return PageImage(
            number=page_number,
            image=page.image,
            dpi=page.dpi,
            kind="scanned",
            rotation=page.rotation,
            skew_deg=page.skew_deg,
            transform=page.transform,
            seals=page.seals,
            warnings=warnings,
        )


def probe(path: Path, settings: PageSettings, password: str | None = None) -> SourceInfo:
    """Return what a file is, without rendering it.

    Raises:
        InputError: it cannot be read; the hint says what to do.
    """
    with open_source(path, settings, password) as source:
        return source.info


@contextmanager
def open_source(path: Path, settings: PageSettings, password: str | None = None) -> Iterator[OpenedSource]:
    """Open a PDF, PNG, JPEG or TIFF file in a child process of its own, and close it at the end.

    Args:
        path: the file; its content says what it is, not its name.
        settings: dpi, and the limits on memory, time and pixels.
        password: of an encrypted PDF.

    Raises:
        InputError: it cannot be read; the hint says what to do.
    """
    kind, digest = _identify(path)
    try:
        sandbox = Sandbox(FileRequest(path.absolute(), kind, password), settings)
    except InputError as error:
        raise InputError(f"{path.name}: {error.message}", error.hint) from None
    with sandbox:
        info = SourceInfo(path, digest, "pdf" if kind == "PDF" else "image", sandbox.pages, sandbox.warnings)
        yield OpenedSource(info, sandbox, settings, password)


def _identify(path: Path) -> tuple[str, str]:
    """Return kind (PDF, PNG, JPEG, TIFF) and SHA-256 of a file.

    Raises:
        InputError: it is not there, no file, empty, or something else.
    """
    digest = hashlib.sha256()
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InputError(f"{path.name} is a folder", "name the files in it")
        if not stat.S_ISREG(mode):
            raise InputError(f"{path.name} is not a regular file", _READABLE_HINT)
        with path.open("rb") as file:
            head = file.read(1024)
            digest.update(head)
            while block := file.read(1 << 20):
                digest.update(block)
    except FileNotFoundError:
        raise InputError(f"{path.name} does not exist", "check the path") from None
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}", "check its permissions") from None
    if not head:
        raise InputError(f"{path.name} is empty", "copy or download it again")
    return _kind_of(head, path.name), digest.hexdigest()


def _kind_of(head: bytes, name: str) -> str:
    # Some programs put a few bytes before the header, and every viewer forgives them.
    if b"%PDF-" in head:
        return "PDF"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        return "TIFF"
    for magic, what, hint in _LOOKALIKES:
        if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(magic):
            raise InputError(f"{name} is {what}, not a PDF or an image", hint)
    raise InputError(f"{name} is neither a PDF nor an image", _READABLE_HINT)
