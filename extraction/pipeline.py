"""The stages, in order. A page is read by itself; a document is put together from its pages.

page image ─ rules, grids ─ text lines ─ pieces in cells ─► Page
pages ─ DOCUMENT_STAGES ─► Document
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from yusuan.extraction.checks import check_document
from yusuan.extraction.config import Settings
from yusuan.extraction.debug import draw_stages
from yusuan.extraction.document import Document, Finding, Page, Source
from yusuan.extraction.fields import build_records, label_lines, name_tables
from yusuan.extraction.ocr import build_engine
from yusuan.extraction.ocr.engine import OcrEngine
from yusuan.extraction.pages.image import PageImage
from yusuan.extraction.tables.camelot_reader import camelot_grids
from yusuan.extraction.tables.find import find_ruled
from yusuan.extraction.tables.ink import text_ink
from yusuan.extraction.tables.join import join_tables
from yusuan.extraction.tables.page import PieceReading, readings_to_page, with_borderless, words_to_readings
from yusuan.extraction.tables.place import Places, missed_text, quads_to_pieces
from yusuan.extraction.tables.straighten import flat

_FAINTEST = 0.35  # readings of ink the detector did not take for text, less sure than this, are dirt


def _join(document: Document, settings: Settings) -> Document:
    return join_tables(document)


def _roles(document: Document, settings: Settings) -> Document:
    return label_lines(document)


def _names(document: Document, settings: Settings) -> Document:
    return name_tables(document)


def _records(document: Document, settings: Settings) -> Document:
    return build_records(document)


def _checks(document: Document, settings: Settings) -> Document:
    return check_document(document, settings.checks.accept)


DOCUMENT_STAGES: tuple[tuple[str, Callable[[Document, Settings], Document]], ...] = (
    ("lines", _roles),
    ("join", _join),
    ("names", _names),
    ("records", _records),
    ("checks", _checks),
)


def assemble(
    source: Source, pages: Sequence[Page], settings: Settings, warnings: Sequence[str] = ()
) -> Document:
    """Put a document together from its pages: logical tables, records, findings.

    Args:
        source: the file.
        pages: all of its pages, failed ones too, in order.
        settings: of the run.
        warnings: what was noticed while reading the file; each becomes a finding.
    """
    document = Document(source=source, pages=tuple(pages))
    for _, stage in DOCUMENT_STAGES:
        document = stage(document, settings)
    return document.model_copy(update={"findings": (*_reading_problems(pages, warnings), *document.findings)})


def _reading_problems(pages: Sequence[Page], warnings: Sequence[str]) -> list[Finding]:
    """Say in the findings what was not read, because an absent record cannot say it."""
    problems = [
        Finding(
            id=f"page{page.number}",
            rule="page-read",
            status="fail",
            severity="error",
            message=page.error or "",
        )
        for page in pages
        if page.status == "failed"
    ]
    for number, warning in enumerate(warnings, 1):
        problems.append(
            Finding(id=f"file{number}", rule="file-read", status="fail", severity="warning", message=warning)
        )
    return problems


class PageReader:
    """Reads upright pages. Keep one for many pages: the text reader's weights are loaded on first need."""

    def __init__(self, settings: Settings, engine: OcrEngine | None = None) -> None:
        """Take the settings of the run, and an engine instead of the one that they name (for replay)."""
        self._settings = settings
        self._engine = engine

    @property
    def engine(self) -> OcrEngine:
        """The text reader.

        Raises:
            ModelError: its weights are missing or wrong.
        """
        if self._engine is None:
            self._engine = build_engine(self._settings.ocr)
        return self._engine

    def read(self, page: PageImage, debug: Path | None = None) -> Page:
        """Find the tables of a page and read it.

        Args:
            page: the upright page.
            debug: folder into which a picture of every stage is drawn.
        """
        ruled = find_ruled(page.image, page.dpi)
        if page.kind == "digital":
            if self._settings.tables.digital_reader == "camelot":
                places = Places(camelot_grids(page), flat(page.image.shape[1], page.image.shape[0]))
            else:
                places = Places(ruled.grids, ruled.warp)
            readings = words_to_readings(page, places)
        else:
            places = Places(ruled.grids, ruled.warp)
            readings = self._recognize(page, places, text_ink(ruled.ink, page.dpi))
        places, readings = with_borderless(places, readings, ruled.bands)
        result = readings_to_page(page, places, readings)
        if debug is not None:
            draw_stages(debug, page, ruled, readings, result)
        return result

    def _recognize(self, page: PageImage, places: Places, text: np.ndarray) -> list[PieceReading]:
        detected = quads_to_pieces(self.engine.detect(page.image), places, text, page.dpi)
        missed = missed_text(detected, places, text, page.dpi)
        pieces = detected + missed
        quads = np.array([piece.quad for piece in pieces], np.float32).reshape(-1, 4, 2)
        readings = []
        for index, (piece, reading) in enumerate(
            zip(pieces, self.engine.read(page.image, quads), strict=True)
        ):
            unsure = index >= len(detected) and reading.confidence < _FAINTEST
            if reading.text.strip() and not unsure:
                readings.append(PieceReading(piece, reading.text.strip(), reading.confidence))
        return readings
