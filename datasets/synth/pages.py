"""Synthetic pages with exact truth: documents of random layouts, typeset, drawn and damaged.

`draw_documents` gives them in memory, without end; `yusuan synth` writes them as gold folders. A document
of a seed is the same whatever was drawn before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, count, islice, repeat
from typing import Any

import numpy as np
import pypdfium2 as pdfium

from yusuan.datasets.goldset.image_pdf import images_to_pdf
from yusuan.datasets.synth.blocks import Box, PlacedPage
from yusuan.datasets.synth.damage import (
    Damaged,
    Level,
    as_stored,
    damage_page,
    draw_level,
    draw_page_settings,
)
from yusuan.datasets.synth.forms import build
from yusuan.datasets.synth.gold import PageView, assemble
from yusuan.datasets.synth.grammar import LAYOUTS, draw_source
from yusuan.datasets.synth.grammar.dice import Dice
from yusuan.datasets.synth.grammar.variation import vary
from yusuan.datasets.synth.overlays import draw_pictures
from yusuan.datasets.synth.printing import pages_to_pdf
from yusuan.datasets.synth.reports import draw_report
from yusuan.datasets.synth.scanner import Warp
from yusuan.datasets.synth.sources import TableSource
from yusuan.datasets.synth.typeset import typeset
from yusuan.extraction.document import Document, Source
from yusuan.extraction.errors import UsageError

CLEAN_DPI = 150
POINTS = 72
# Documents that are printed into one PDF before it is rendered: fonts are embedded once for all of them. The
# first come alone, for those who want one.
BATCHES = (1, 3, 12)
PDF_NAME = "document.pdf"
REPORT = "report"


@dataclass(frozen=True)
class Typeset:
    """A drawn document before it has pixels."""

    layout: str
    number: int
    raw: Mapping[str, Any]
    pages: tuple[PlacedPage, ...]
    sources: Mapping[str, TableSource]
    misprints: tuple[Mapping[str, str], ...]
    misjudged: tuple[Mapping[str, str], ...]

    @property
    def title(self) -> str:
        """The title of its first table."""
        return str(self.raw["document"]["title"])


@dataclass(frozen=True)
class Drawn:
    """A synthetic document with its truth.

    Attributes:
        layout: its name in `LAYOUTS`, or `REPORT`.
        seed, number: which document it is.
        level: its damage; `clean` is a digital document.
        images: one a page, `(H, W)` gray or `(H, W, 3)` RGB uint8, as JPEG left them.
        document: the truth, in pixels of `images`.
        typeset: what was printed.
        damaged: what was done to each page; empty for a clean one.
    """

    layout: str
    seed: int
    number: int
    level: Level
    images: tuple[np.ndarray, ...]
    document: Document
    typeset: Typeset
    damaged: tuple[Damaged, ...] = ()

    def pdf(self) -> bytes:
        """Return the document as a PDF: with a text layer when clean, else of page images."""
        if not self.damaged:
            return pages_to_pdf(self.typeset.pages, self.typeset.title)
        return images_to_pdf([page.image for page in self.damaged], self.typeset.title)


def draw_documents(
    seed: int, *, damage: str = "clean", layouts: Sequence[str] = (), start: int = 0
) -> Iterator[Drawn]:
    """Return synthetic documents, without end.

    Args:
        seed: the same seed gives the same documents.
        damage: of `clean`, `office`, `bad`, `fax`, `photo`; `mixed` draws one for each document.
        layouts: names to draw from; all when empty. Each comes once before any comes again.
        start: number of the first document.

    Raises:
        UsageError: there is no such layout or damage, or a font is missing.
    """
    draw_level(damage, _rng(seed, start, "level"))
    if unknown := sorted(set(layouts) - set(LAYOUTS)):
        raise UsageError(f"there is no layout {unknown[0]!r}", f"layouts: {', '.join(LAYOUTS)}")

    def make(number: int) -> Typeset:
        return _typeset(seed, number, layout_of(seed, number, layouts))

    return _documents(seed, damage, make, start)


def _documents(seed: int, damage: str, make: Callable[[int], Typeset], start: int) -> Iterator[Drawn]:
    numbers = count(start)
    for size in chain(BATCHES, repeat(BATCHES[-1])):
        batch = [make(number) for number in islice(numbers, size)]
        levels = [draw_level(damage, _rng(seed, made.number, "level")) for made in batch]
        yield from _with_pixels(seed, batch, levels)


def draw_reports(seed: int, *, damage: str = "clean", start: int = 0) -> Iterator[Drawn]:
    """Return made-up reports (`reports`), without end: tables of any look, and no records.

    Args:
        seed: the same seed gives the same reports.
        damage: see `draw_documents`.
        start: number of the first report.

    Raises:
        UsageError: there is no such damage, or a font is missing.
    """
    draw_level(damage, _rng(seed, start, "level"))
    return _documents(seed, damage, partial(_typeset_report, seed), start)


def draw_truths(seed: int, *, layouts: Sequence[str] = (), start: int = 0) -> Iterator[tuple[str, Document]]:
    """Return layout and truth of synthetic documents, without end and without their pixels.

    They are the documents of `draw_documents`, many times as fast; places are in points.

    Args:
        seed: the same seed gives the same documents.
        layouts: names to draw from; all when empty.
        start: number of the first document.
    """
    return map(_truth, (_typeset(seed, number, layout_of(seed, number, layouts)) for number in count(start)))


def draw_report_truths(seed: int, start: int = 0) -> Iterator[tuple[str, Document]]:
    """Return made-up reports as `draw_truths` gives documents: tables in which nothing has a label."""
    return map(_truth, (_typeset_report(seed, number) for number in count(start)))


def _truth(made: Typeset) -> tuple[str, Document]:
    views = [
        PageView(round(page.size[0]), round(page.size[1]), POINTS, partial(_through, None, np.ones(2)))
        for page in made.pages
    ]
    source = Source(path=PDF_NAME, sha256="", pages=len(views), kind="digital")
    return made.layout, assemble(made.raw["document"], made.pages, made.sources, views, source)


def layout_of(seed: int, number: int, layouts: Sequence[str] = ()) -> str:
    """Return the layout of a document: round by round all of them, each round in an order of its own."""
    names = list(layouts) or list(LAYOUTS)
    turn, place = divmod(number, len(names))
    return Dice(seed, "order", turn).mixed(names)[place]


def _rng(seed: int, number: int, what: str) -> np.random.Generator:
    return np.random.default_rng([seed, number, *what.encode()])


def _typeset(seed: int, number: int, layout: str) -> Typeset:
    """Return a document set on pages, with what lies over them."""
    raw, scene = draw_source(seed, number, layout)
    blocks, sources, sheet = build(raw)
    blocks, sources = vary(scene, blocks, sources)
    pages = typeset(blocks, sheet)
    for page, pictures in zip(
        pages, draw_pictures(_rng(seed, number, "over"), pages, scene.body.name), strict=True
    ):
        page.pictures.extend(pictures)
    misprints = tuple(wrong.as_dict() for wrong in scene.money.misprints)
    return Typeset(layout, number, raw, tuple(pages), sources, misprints, tuple(scene.misjudged))


def _typeset_report(seed: int, number: int) -> Typeset:
    """Return a made-up report set on pages, with what lies over them."""
    report = draw_report(Dice(seed, "report", number))
    pictures = draw_pictures(_rng(seed, number, "over report"), report.pages, report.body)
    for page, own in zip(report.pages, pictures, strict=True):
        page.pictures.extend(own)
    about: dict[str, Any] = {"title": REPORT, "organization": {}, "fiscal_year": None, "amount_unit": None}
    return Typeset(REPORT, number, {"document": about}, report.pages, report.sources, (), ())


def _with_pixels(seed: int, batch: Sequence[Typeset], levels: Sequence[Level]) -> Iterator[Drawn]:
    """Yield the documents of a batch with their page images, printed and rendered together."""
    printed = [
        page if level == "clean" else _bare(page)
        for made, level in zip(batch, levels, strict=True)
        for page in made.pages
    ]
    pdf = pdfium.PdfDocument(pages_to_pdf(printed, "synthetic pages"))
    try:
        first = 0
        for made, level in zip(batch, levels, strict=True):
            places = range(first, first + len(made.pages))
            first = places.stop
            yield (
                _clean(seed, made, pdf, places)
                if level == "clean"
                else _dirty(seed, made, level, pdf, places)
            )
    finally:
        pdf.close()


def _bare(page: PlacedPage) -> PlacedPage:
    """Return a page without what lies over it: colours come in by the scanner."""
    return PlacedPage(page.size, runs=page.runs, strokes=page.strokes, fills=page.fills)


def _render(pdf: pdfium.PdfDocument, index: int, dpi: float, *, color: bool = False) -> np.ndarray:
    """Return a page as `(H, W)` gray or `(H, W, 3)` RGB uint8."""
    bitmap = pdf[index].render(scale=dpi / 72, grayscale=not color, rev_byteorder=color)
    pixels = bitmap.to_numpy()
    return np.ascontiguousarray(pixels[:, :, 0] if pixels.ndim == 3 and not color else pixels)


def _clean(seed: int, made: Typeset, pdf: pdfium.PdfDocument, places: range) -> Drawn:
    views, images = [], []
    for index, page in zip(places, made.pages, strict=True):
        image = _render(pdf, index, CLEAN_DPI, color=any(over.kind != "watermark" for over in page.pictures))
        views.append(_view(image, CLEAN_DPI, page, None))
        images.append(image)
    return _drawn(seed, made, "clean", images, views, ())


def _dirty(seed: int, made: Typeset, level: Level, pdf: pdfium.PdfDocument, places: range) -> Drawn:
    views, images, done = [], [], []
    for index, page in zip(places, made.pages, strict=True):
        rng = _rng(seed, made.number, f"damage {index - places.start}")
        settings = draw_page_settings(level, rng, page.size, _ink(page))
        clean = _render(pdf, index, settings.dpi)
        back = _render(pdf, index + 1, settings.dpi) if settings.bleed and index + 1 in places else None
        damaged = damage_page(clean, page.pictures, level, settings, rng, back)
        views.append(_view(damaged.image.pixels, settings.dpi, page, damaged.warp))
        images.append(as_stored(damaged.image))
        done.append(damaged)
    return _drawn(seed, made, level, images, views, tuple(done))


def _ink(page: PlacedPage) -> list[Box]:
    return [table.bbox for table in page.tables] + [line.bbox for line in page.lines]


def _view(image: np.ndarray, dpi: float, page: PlacedPage, warp: Warp | None) -> PageView:
    """Return how points of the page became pixels of its image."""
    height, width = image.shape[:2]
    scale = np.array([width / page.size[0], height / page.size[1]])
    return PageView(width, height, dpi, partial(_through, warp, scale))


def _through(warp: Warp | None, scale: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points * scale if warp is None else warp.points(points * scale)


def _drawn(
    seed: int,
    made: Typeset,
    level: Level,
    images: Sequence[np.ndarray],
    views: Sequence[PageView],
    damaged: tuple[Damaged, ...],
) -> Drawn:
    kind = "scanned" if damaged else "digital"
    digest = hashlib.sha256(b"".join(memoryview(image.tobytes()) for image in images)).hexdigest()
    source = Source(path=PDF_NAME, sha256=digest, pages=len(images), kind=kind)  # type: ignore[arg-type]
    document = assemble(made.raw["document"], made.pages, made.sources, views, source)
    return Drawn(made.layout, seed, made.number, level, tuple(images), document, made, damaged)
