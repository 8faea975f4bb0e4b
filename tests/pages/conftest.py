"""Small real files for the pages room: PDFs by reportlab and pikepdf, images by Pillow."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas

from yusuan.extraction.config import PageSettings, load_settings
from yusuan.extraction.pages import PageImage, open_source

A4 = (595.0, 842.0)


@pytest.fixture(scope="package")
def settings() -> PageSettings:
    return load_settings().pages


@pytest.fixture
def drawn_pdf(tmp_path: Path) -> Callable[..., Path]:
    """Return a maker of PDFs: each argument draws one page on a reportlab canvas."""

    def make(
        *pages: Callable[[Canvas], None], name: str = "drawn.pdf", size: tuple[float, float] = A4
    ) -> Path:
        path = tmp_path / name
        canvas = Canvas(str(path), pagesize=size)
        for draw in pages:
            canvas.setFont("Helvetica", 12)
            draw(canvas)
            canvas.showPage()
        canvas.save()
        return path

    return make


@pytest.fixture
def picture_pdf(tmp_path: Path) -> Callable[..., Path]:
    """Return a maker of PDFs with one picture a page, over the whole page; each argument is JPEG data."""

    def make(
        *pictures: bytes, size: tuple[int, int], paper: tuple[float, float] = A4, over: bytes = b""
    ) -> Path:
        pdf = pikepdf.new()
        for data in pictures:
            page = pdf.add_blank_page(page_size=paper)
            image = pdf.make_stream(data)
            image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
            image.Width, image.Height = size
            image.ColorSpace, image.BitsPerComponent = pikepdf.Name.DeviceRGB, 8
            image.Filter = pikepdf.Name.DCTDecode
            font = pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
            )
            page.Resources = pikepdf.Dictionary(
                XObject=pikepdf.Dictionary(I=image), Font=pikepdf.Dictionary(F=font)
            )
            place = b"q %f 0 0 %f 0 0 cm /I Do Q " % paper
            page.Contents = pdf.make_stream(place + over)
        path = tmp_path / "picture.pdf"
        pdf.save(path)
        return path

    return make


@pytest.fixture
def load(settings: PageSettings) -> Callable[..., PageImage]:
    """Return a reader of one page of a file."""

    def read(path: Path, number: int = 1, **changes: float) -> PageImage:
        with open_source(path, settings.model_copy(update=changes)) as source:
            return source.load(number)

    return read


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


@pytest.fixture(scope="package")
def form_page() -> np.ndarray:
    """A ruled page of figures, `(2339, 1654)` grey: A4 at 200 dpi, with a dot of 30 pixels in each corner."""
    image = Image.new("L", (1654, 2339), 255)
    draw = ImageDraw.Draw(image)
    draw.text((560, 120), "Income and expenditure, 2023", font=_font(48), fill=0)
    columns, rows = [150, 260, 700, 1080, 1500], list(range(260, 2060, 60))
    for y in rows:
        draw.line((columns[0], y, columns[-1], y), fill=0, width=3)
    for x in columns:
        draw.line((x, rows[0], x, rows[-1]), fill=0, width=3)
    for k, y in enumerate(rows[:-1]):
        draw.text((columns[0] + 14, y + 14), f"{201 + k}", font=_font(30), fill=0)
        draw.text((columns[1] + 14, y + 14), "Services, general", font=_font(30), fill=0)
        draw.text((columns[2] + 90, y + 14), f"{1234.5 + 817 * k:,.2f}", font=_font(30), fill=0)
        draw.text((columns[3] + 90, y + 14), f"{98.7 + 311 * k:,.2f}", font=_font(30), fill=0)
    for x, y in CORNER_DOTS:
        draw.ellipse((x - 15, y - 15, x + 15, y + 15), fill=0)
    return np.asarray(image)


CORNER_DOTS = ((80, 80), (1574, 80), (1574, 2259), (80, 2259))


@pytest.fixture(scope="package")
def corner_dots() -> np.ndarray:
    """The middles of the corner dots of `form_page`, `(4, 2)`, in continuous pixels."""
    return np.array(CORNER_DOTS, float) + 0.5


@pytest.fixture(scope="package")
def find_dots() -> Callable[[np.ndarray], np.ndarray]:
    """Return a finder of corner dots: the middles `(N, 2)` of what is round, black and alone."""

    def find(image: np.ndarray) -> np.ndarray:
        grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        _, _, stats, middles = cv2.connectedComponentsWithStats((grey < 128).astype(np.uint8))
        wide, high, area = stats[:, 2], stats[:, 3], stats[:, 4]
        round_ = (abs(wide - high) <= 3) & (area > 0.72 * wide * high) & (area < 0.85 * wide * high)
        return np.asarray(middles[round_ & (wide > 18) & (wide < 60)] + 0.5)

    return find


def encode(image: np.ndarray, kind: str, **options: object) -> bytes:
    data = io.BytesIO()
    Image.fromarray(image).save(data, kind, **options)
    return data.getvalue()


@pytest.fixture(scope="package")
def encoded() -> Callable[..., bytes]:
    return encode
