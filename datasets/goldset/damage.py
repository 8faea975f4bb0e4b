"""A digital gold document to one of its damaged states: pages drawn, damaged, and their truth moved along."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from yusuan.datasets.goldset.drawing import WORN, DigitalPages
from yusuan.datasets.goldset.files import (
    ABOUT_FILE,
    GOLD_FILE,
    PDF_FILE,
    document_to_gold,
    json_bytes,
    read_document,
    read_file,
    read_json,
    sha256_of,
)
from yusuan.datasets.goldset.image_pdf import PageImage, images_to_pdf
from yusuan.datasets.goldset.placing import PageMap, place_document
from yusuan.datasets.synth.marks import Seal
from yusuan.datasets.synth.scanner import ScanSettings, Warp, draw_settings, scan, settings_to_warp
from yusuan.extraction.document import Page, Source

DIGITAL = "digital"
DAMAGED = ("office", "sealed", "bad", "fax", "photo")
STATES = (DIGITAL, *DAMAGED)
# A scan of the world, as people labelled it: nobody made its damage.
SCAN = "scan"
# Pages whose rules may be worn, and pages that a seal stands on, are drawn by lot from these shares.
SEALED_PAGES = 0.7


@dataclass(frozen=True)
class MadeState:
    """A document in one state: its files by name, and its damaged pages (none of a digital one)."""

    files: dict[str, bytes]
    images: tuple[PageImage, ...] = ()


def make_state(folder: Path, state: str) -> MadeState:
    """Return the files of a gold document in one of `STATES`, the same bytes on every run.

    Args:
        folder: of the digital document; its name is the seed.
        state: `digital` gives the files as they are.

    Raises:
        InputError: a file of the document cannot be read.
    """
    files = {name: read_file(folder / name) for name in (PDF_FILE, GOLD_FILE, ABOUT_FILE)}
    if state == DIGITAL:
        return MadeState(files)
    document, about = read_document(folder), read_json(folder / ABOUT_FILE)
    settings = _settings(folder.name, state, document.pages)
    images, maps = [], []
    with DigitalPages(files[PDF_FILE], str(folder / PDF_FILE)) as pages:
        for index, own in enumerate(settings):
            rng = _dice(folder.name, state, index, "grain")
            stroke = WORN[int(rng.integers(len(WORN)))] if state == "bad" else None
            clean = pages.draw(index, own.dpi, stroke)
            back = pages.draw(index + 1, own.dpi) if own.bleed and index + 1 < len(pages) else None
            images.append(PageImage(scan(clean, own, rng, back), own.dpi, own.jpeg))
            size = pages.size(index)
            maps.append(_page_map(own, (clean.shape[1], clean.shape[0]), size, document.pages[index].dpi))
    pdf = images_to_pdf(images, about["title"])
    source = Source(path=PDF_FILE, sha256=sha256_of(pdf), pages=len(images), kind="scanned")
    gold = document_to_gold(place_document(document, maps, source))
    return MadeState(
        {
            PDF_FILE: pdf,
            GOLD_FILE: gold.encode(),
            ABOUT_FILE: json_bytes(_about(about, state, settings)),
        },
        tuple(images),
    )


def _dice(name: str, state: str, index: int, what: str) -> np.random.Generator:
    """Return the random numbers of one thing of one page: adding another leaves them as they are."""
    return np.random.default_rng([zlib.crc32(word.encode()) for word in (name, state, what)] + [index])


def _settings(name: str, state: str, pages: Sequence[Page]) -> list[ScanSettings]:
    """Return what happens to each page; seals of the state `sealed` stand over cells with text."""
    settings = [draw_settings(state, _dice(name, state, index, "settings")) for index in range(len(pages))]
    if state != "sealed":
        return settings
    seals = {}
    for index, page in enumerate(pages):
        rng = _dice(name, state, index, "seal")
        wanted = float(rng.random())
        if seal := _seal_over_cell(page, rng):
            seals[index] = (wanted, seal)
    # At least one page of a document with tables has one.
    first = min(seals, key=lambda index: seals[index][0], default=None)
    chosen = {index: seal for index, (lot, seal) in seals.items() if lot < SEALED_PAGES or index == first}
    return [replace(own, seal=chosen.get(index)) for index, own in enumerate(settings)]


def _seal_over_cell(page: Page, rng: np.random.Generator) -> Seal | None:
    """Return a stamp whose middle is a printed cell of a table, None for a page without one."""
    cells = [cell for table in page.tables for cell in table.cells if cell.text and not cell.header]
    if not cells:
        return None
    x0, y0, x1, y1 = cells[int(rng.integers(len(cells)))].bbox
    radius, turn = rng.uniform((0.08, -20), (0.11, 20))
    return Seal((x0 + x1) / 2 / page.width, (y0 + y1) / 2 / page.height, float(radius), float(turn))


def _page_map(
    settings: ScanSettings, size: tuple[int, int], points: tuple[float, float], dpi: float
) -> PageMap:
    """Return how truth in pixels at `dpi` of a page of `points` moves to its damaged image of `size`."""
    scale = np.array(size) / np.array(points) * 72 / dpi
    return PageMap(*size, settings.dpi, partial(_through, settings_to_warp(settings, size), scale))


def _through(warp: Warp, scale: np.ndarray, points: np.ndarray) -> np.ndarray:
    return warp.points(points * scale)


def _about(about: dict[str, Any], state: str, settings: Sequence[ScanSettings]) -> dict[str, Any]:
    """Return what `about.json` says of a state: that of the digital document, and what was done to it."""
    done = {
        "scan_level": state,
        "skew_deg": [round(own.skew_deg, 2) for own in settings],
        "seal_pages": [number for number, own in enumerate(settings, 1) if own.seal],
        "dpi": [own.dpi for own in settings],
    }
    origin = f"{about['origin']}; then damaged by the scanner model of datasets/synth, state {state}"
    scan_of = [_rounded(asdict(own)) for own in settings]
    return {**about, "origin": origin, "tags": {**about["tags"], **done}, "scan": scan_of}


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return round(value, 5) if isinstance(value, float) else value
