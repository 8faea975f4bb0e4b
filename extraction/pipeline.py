"""The stages, in order. A page is read by itself; a document is put together from its pages.

page image ─ rules, maps of the model, grids ─ text lines ─ pieces in cells ─► Page
pages ─ READING_STAGES ─ TRUST_STAGES ─► Document
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from yusuan.extraction.checks.check import RuleBook, results_to_equations, with_findings
from yusuan.extraction.checks.codes import listed_names
from yusuan.extraction.checks.confidence import confidence_model
from yusuan.extraction.checks.equations import Equation
from yusuan.extraction.checks.repair import Candidate, likely_repairs, put_right
from yusuan.extraction.checks.rereading import reread
from yusuan.extraction.checks.second_readings import read_again
from yusuan.extraction.config import Settings
from yusuan.extraction.debug import draw_stages
from yusuan.extraction.document import Document, Finding, Page, Source
from yusuan.extraction.exports.earlier import earlier_names
from yusuan.extraction.fields import (
    Labeller,
    build_records,
    complete_names,
    label_cells,
    label_lines,
    label_tables,
    name_tables,
)
from yusuan.extraction.fields.classifier import LabelModel
from yusuan.extraction.fields.fused import FusedLabeller
from yusuan.extraction.ocr import build_engine
from yusuan.extraction.ocr.again import Images, SecondReader
from yusuan.extraction.ocr.engine import OcrEngine, Reading
from yusuan.extraction.ocr.script import in_one_script
from yusuan.extraction.ocr.symbols import SymbolReader
from yusuan.extraction.ocr.traces import trace_reader
from yusuan.extraction.pages.image import PageImage
from yusuan.extraction.tables.camelot_reader import camelot_grids
from yusuan.extraction.tables.drawn import drawn_tables
from yusuan.extraction.tables.find import Found, Look, find_tables, load_look, load_structure
from yusuan.extraction.tables.ink import text_ink
from yusuan.extraction.tables.join import join_tables
from yusuan.extraction.tables.page import (
    PieceReading,
    follow_open_columns,
    readings_to_page,
    with_borderless,
    words_to_readings,
)
from yusuan.extraction.tables.place import (
    OUTSIDE,
    Piece,
    Places,
    glyph_crop,
    group_by_cell,
    missed_text,
    quads_to_pieces,
)
from yusuan.extraction.tables.rules import near_rules
from yusuan.extraction.tables.straighten import flat
from yusuan.extraction.tables.text_lines import maps_to_text_lines
from yusuan.models.store import Device

_SURE = 0.9  # a digit that the line reader is this sure of is not asked again
_SYMBOL_WIDTH = 0.35  # inches; a wider piece holds more than one glyph
_ROUNDS = 4  # of repairs; one more for each figure that hid another
_FAINTEST = 0.35  # readings of ink the detector did not take for text, less sure than this, are dirt


@dataclass(frozen=True)
class Means:
    """What putting a document together may use.

    Attributes:
        settings: of the run.
        look: gives upright images of pages, for figures that are read again; nothing is where it gives none.
    """

    settings: Settings
    look: Images = lambda page: None

    @cached_property
    def second(self) -> SecondReader:
        """Who reads cells again, and remembers what it saw."""
        return SecondReader(
            self.look, lambda: trace_reader(self.settings.ocr.threads, self.settings.ocr.device)
        )

    @cached_property
    def rules(self) -> RuleBook:
        """Who asks the rules what they say of the document, and remembers it."""
        return RuleBook(self.second.indent)


def _join(document: Document, means: Means) -> Document:
    return join_tables(document)


def _roles(document: Document, means: Means) -> Document:
    return label_lines(document)


def _names(document: Document, means: Means) -> Document:
    return name_tables(document)


def _labels(document: Document, means: Means) -> Document:
    fields, ocr = means.settings.fields, means.settings.ocr
    labeller = _labeller(fields.labeller, fields.weights, ocr.threads, ocr.device)
    return label_tables(document, labeller, listed_names(document.fiscal_year))


def _records(document: Document, means: Means) -> Document:
    return build_records(document)


@cache
def _labeller(
    who: Literal["fused", "network", "lexicon"], weights: str, threads: int, device: Device
) -> Labeller:
    """Return who labels cells in this process; the network is loaded on first need."""
    if who == "lexicon":
        return label_cells
    model = LabelModel(threads, Path(weights) if weights else None, device)
    return model if who == "network" else FusedLabeller(model)


def _completion(document: Document, means: Means) -> Document:
    folder = means.settings.fields.earlier
    earlier = earlier_names(Path(folder), document) if folder else {}
    return complete_names(document, listed_names(document.fiscal_year), means.second.fills, earlier)


def _rereading(document: Document, means: Means) -> Document:
    return reread(document, listed_names(document.fiscal_year), means.second)


def _second_readings(document: Document, means: Means) -> Document:
    doubted = {
        cell
        for equation in results_to_equations(means.rules.results(document))
        if not equation.holds()
        for cell in equation.cells
    }
    return read_again(document, doubted, lambda cell: means.second.reading(cell))


def _repair(document: Document, means: Means) -> Document:
    return repair_by(document, means, lambda equation: True)


def repair_by(document: Document, means: Means, keep: Callable[[Equation], bool]) -> Document:
    """Return the document repaired by those of its equations that are kept.

    Two misread figures of one sum hide each other until one of them is put right by other sums: so it is
    repaired until nothing more is proved, and then the rest is proposed.
    """

    def likely(document: Document) -> list[Candidate]:
        equations = [each for each in results_to_equations(means.rules.results(document)) if keep(each)]
        return likely_repairs(document, equations, means.second.support)

    weighed = likely(document)
    for _ in range(_ROUNDS):
        better = put_right(document, weighed, propose=False)
        if better is document:
            break
        document = build_records(better)
        weighed = likely(document)
    proposed = put_right(document, weighed, propose=True)
    # Proposals alone change nothing that records are made of.
    return proposed if _says_the_same(document, proposed) else build_records(proposed)


def _says_the_same(one: Document, other: Document) -> bool:
    """Say whether the cells of two states of a document have the same text and labels."""
    return all(
        before is after or (before.text == after.text and before.spans == after.spans)
        for old, new in zip(one.tables, other.tables, strict=True)
        if old is not new
        for before, after in zip(old.cells, new.cells, strict=True)
    )


def _checks(document: Document, means: Means) -> Document:
    return with_findings(document, means.rules.results(document))


def _confidence(document: Document, means: Means) -> Document:
    return confidence_model().rate(document, means.settings.checks.error_rate)


Stages = tuple[tuple[str, Callable[[Document, Means], Document]], ...]
# What the pages say, and then what of it can be believed.
READING_STAGES: Stages = (
    ("lines", _roles),
    ("join", _join),
    ("names", _names),
    ("labels", _labels),
)
TRUST_STAGES: Stages = (
    ("completion", _completion),
    ("rereading", _rereading),
    ("records", _records),
    ("second_readings", _second_readings),
    ("repair", _repair),
    ("checks", _checks),
    ("confidence", _confidence),
)


def run_stages(stages: Stages, document: Document, means: Means) -> Document:
    """Return the document after some stages, in order."""
    for _, stage in stages:
        document = stage(document, means)
    return document


def assemble(source: Source, pages: Sequence[Page], means: Means, warnings: Sequence[str] = ()) -> Document:
    """Put a document together from its pages: logical tables, records, findings.

    Args:
        source: the file.
        pages: all of its pages, failed ones too, in order.
        means: settings, and where images of pages come from.
        warnings: what was noticed while reading the file; each becomes a finding.
    """
    document = Document(source=source, pages=tuple(pages))
    document = run_stages((*READING_STAGES, *TRUST_STAGES), document, means)
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
        self._symbols = SymbolReader()
        self._structure = load_structure(settings)

    @cached_property
    def look(self) -> Look | None:
        """The table model, None where the settings want none.

        Raises:
            ModelError: its weights are missing or wrong.
        """
        return load_look(self._settings)

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
        found = self._find(page)
        if self._structure is not None:
            read = (self._structure.read(page.image, page.dpi, grid, found.warp) for grid in found.grids)
            found = replace(found, grids=tuple(read))
        places = Places(found.grids, found.warp)
        if page.kind == "digital":
            if self._settings.tables.digital_reader == "camelot":
                places = Places(camelot_grids(page), flat(page.image.shape[1], page.image.shape[0]))
            readings = words_to_readings(page, places)
        else:
            assert found.ink is not None
            rules = near_rules(found.horizontal, found.vertical, found.warp, found.ink.gray.shape, page.dpi)
            lines = maps_to_text_lines(found.maps, page.dpi) if found.maps else self.engine.detect(page.image)
            readings = self._recognize(page, lines, places, text_ink(found.ink, rules, page.dpi))
        places, readings = with_borderless(places, readings, found.bands)
        places, readings = follow_open_columns(places, readings)
        result = readings_to_page(page, places, readings)
        if debug is not None:
            draw_stages(debug, page, found, readings, result)
        return result

    def _find(self, page: PageImage) -> Found:
        """Return the tables of a page; whoever chose a finder gets it on digital pages too."""
        tables = self._settings.tables
        if page.kind == "digital" and tables.finder == "fused":
            drawn = drawn_tables(page)
            if drawn is not None:
                return drawn
        return find_tables(page.image, page.dpi, tables.finder, self.look, page.seals)

    def _recognize(
        self, page: PageImage, lines: np.ndarray, places: Places, text: np.ndarray
    ) -> list[PieceReading]:
        detected = quads_to_pieces(lines, places, text, page.dpi)
        missed = missed_text(detected, places, text, page.dpi)
        pieces = detected + missed
        quads = np.array([piece.quad for piece in pieces], np.float32).reshape(-1, 4, 2)
        readings = self.engine.read(page.image, quads)
        symbols = self._read_symbols(page, places, pieces)
        results = []
        for index, (piece, reading) in enumerate(zip(pieces, readings, strict=True)):
            symbol = symbols.get(index)
            if symbol is not None and not (symbol.text.isdigit() and reading.confidence >= _SURE):
                reading = symbol
            unsure = index >= len(detected) and reading.confidence < _FAINTEST
            if reading.text.strip() and not unsure:
                results.append(PieceReading(piece, reading.text.strip(), reading.confidence))
        texts = in_one_script([result.text for result in results])
        return [replace(result, text=text) for result, text in zip(results, texts, strict=True)]

    def _read_symbols(self, page: PageImage, places: Places, pieces: Sequence[Piece]) -> dict[int, Reading]:
        """Read glyphs that stand alone in a cell, where a line reader is weakest: `≥` is not `>`."""
        lone = [
            group[0] for place, group in group_by_cell(pieces).items() if place != OUTSIDE and len(group) == 1
        ]
        narrow = [index for index in lone if np.ptp(pieces[index].quad[:, 0]) <= _SYMBOL_WIDTH * page.dpi]
        crops = [glyph_crop(page.image, pieces[index], places, page.dpi) for index in narrow]
        read = self._symbols.read(crops, page.dpi) if crops else []
        return {index: reading for index, reading in zip(narrow, read, strict=True) if reading is not None}
