"""Rebuild every gold document from its hand-written source: `python -m yusuan.datasets.synth.build_gold`.

The same sources, fonts and library versions give the same bytes. Each source gives three documents: digital,
an office scan and a bad scan.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2 as pdfium

from yusuan.datasets.synth.blocks import PlacedPage, Rules
from yusuan.datasets.synth.fonts import FACES
from yusuan.datasets.synth.forms import build
from yusuan.datasets.synth.gold import PageView, assemble, document_to_gold
from yusuan.datasets.synth.printing import images_to_pdf, pages_to_pdf
from yusuan.datasets.synth.scanner import ScanSettings, Warp, draw_settings, scan, settings_to_warp, to_bytes
from yusuan.datasets.synth.sources import TableSource
from yusuan.datasets.synth.typeset import typeset
from yusuan.extraction.document import Document, Source
from yusuan.extraction.errors import UsageError

GOLD = Path(__file__).resolve().parents[1] / "gold"
DIGITAL_DPI = 200
LEVELS = ("digital", "office", "bad")
# Coarser than the presets, because the images stand in the repository.
JPEG = {"office": 48, "bad": 36}


@dataclass(frozen=True)
class Typeset:
    """A source that has been set: its pages, what its tables say, and the digital PDF."""

    name: str
    raw: Mapping[str, Any]
    pages: list[PlacedPage]
    sources: dict[str, TableSource]
    pdf: bytes


def source_to_pages(path: Path) -> Typeset:
    """Typeset the source file at `path`.

    Raises:
        UsageError: the source is no TOML, or a row does not fit its form.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"cannot read the source {path.name}: {error}") from error
    blocks, sources, sheet = build(raw)
    pages = typeset(blocks, sheet)
    return Typeset(path.stem, raw, pages, sources, pages_to_pdf(pages, raw["document"]["title"]))


def render_page(pdf: bytes, index: int, dpi: int) -> np.ndarray:
    """Return page `index` of a PDF as a gray image `(H, W)` uint8."""
    document = pdfium.PdfDocument(pdf)
    try:
        return document[index].render(scale=dpi / 72, grayscale=True).to_numpy().copy()
    finally:
        document.close()


def digital_views(pages: Sequence[PlacedPage]) -> list[PageView]:
    """Return how the pages of a digital PDF become pixels at 200 dpi."""
    views = []
    for page in pages:
        scale = DIGITAL_DPI / 72
        width, height = (round(length * scale) for length in page.size)
        views.append(PageView(width, height, DIGITAL_DPI, partial(np.multiply, scale)))
    return views


def _worn(pages: Sequence[PlacedPage], seed: Sequence[int]) -> list[PlacedPage]:
    """Return the pages with rules as a bad copy has them: on some pages faint, on some broken."""
    styles = (None, Rules(width=0.4, gray=0.4), Rules(width=0.5, gray=0.2, dash=(9.0, 1.6, 4.0, 1.2)))
    worn = []
    for index, page in enumerate(pages):
        style = styles[int(np.random.default_rng([*seed, index, 1]).integers(len(styles)))]
        strokes = [(box, style or rules) for box, rules in page.strokes]
        worn.append(replace(page, strokes=strokes))
    return worn


def scan_pages(
    made: Typeset, preset: str
) -> tuple[list[PageView], list[tuple[bytes, tuple[float, float]]], list[ScanSettings]]:
    """Scan every page: how points became pixels, the images with their sizes in points, what was done."""
    views, images, settings = [], [], []
    seed = [made.raw["document"]["seed"], LEVELS.index(preset)]
    pdf = made.pdf if preset == "office" else pages_to_pdf(_worn(made.pages, seed), made.name)
    for index, page in enumerate(made.pages):
        rng = np.random.default_rng([*seed, index])
        own = replace(draw_settings(preset, rng), jpeg=JPEG[preset])
        clean = render_page(pdf, index, own.dpi)
        back = render_page(pdf, index + 1, own.dpi) if own.bleed and index + 1 < len(made.pages) else None
        image = scan(clean, own, rng, back)
        height, width = clean.shape
        warp = settings_to_warp(own, (width, height))
        scale = np.array([width / page.size[0], height / page.size[1]])
        views.append(PageView(width, height, own.dpi, partial(_through, warp, scale)))
        images.append((to_bytes(image, own.jpeg), (width * 72 / own.dpi, height * 72 / own.dpi)))
        settings.append(own)
    return views, images, settings


def _through(warp: Warp, scale: np.ndarray, points: np.ndarray) -> np.ndarray:
    return warp.points(points * scale)


def make_document(made: Typeset, level: str) -> tuple[bytes, Document, list[ScanSettings]]:
    """Return the PDF of a document at a scan level, its gold, and the settings of each scanned page."""
    settings: list[ScanSettings] = []
    if level == "digital":
        pdf, views = made.pdf, digital_views(made.pages)
    else:
        views, images, settings = scan_pages(made, level)
        pdf = images_to_pdf(images, made.raw["document"]["title"])
    source = Source(
        path="document.pdf",
        sha256=hashlib.sha256(pdf).hexdigest(),
        pages=len(made.pages),
        kind="digital" if level == "digital" else "scanned",
    )
    return pdf, assemble(made.raw["document"], made.pages, made.sources, views, source), settings


def about(made: Typeset, level: str, document: Document, settings: Sequence[ScanSettings]) -> dict[str, Any]:
    """Return what `about.json` says of a gold document."""
    face = made.raw["document"]["face"]
    return {
        "title": made.raw["document"]["title"],
        "origin": f"typeset from the hand-written source sources/{made.name}.toml"
        + ("" if level == "digital" else f", then scanned by the scanner model with the preset {level}"),
        "family": made.raw["document"]["family"],
        "labelled_by": "typeset from a hand-written source; records written by hand in source",
        "text": "codes, figures, names of bodies, projects and indicators are those of public disclosures; "
        "all running text was written for this document",
        "frame": "boxes and quads are pixels of the page as it is in document.pdf at the dpi of the page",
        "checks": made.raw.get("checks", {}),
        "licence": "CC0-1.0",
        "font": FACES[face][0],
        "tags": {
            "scan_level": level,
            "skew_deg": [round(own.skew_deg, 2) for own in settings],
            "seal_pages": [number for number, own in enumerate(settings, 1) if own.seal],
            "table_kinds": sorted({table.kind for table in document.tables}),
            "features": made.raw["document"].get("features", []),
        },
        "scan": [_rounded(asdict(own)) for own in settings],
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return round(value, 5) if isinstance(value, float) else value


def build_gold(folder: Path = GOLD, names: Sequence[str] = (), levels: Sequence[str] = LEVELS) -> list[Path]:
    """Write the gold documents of the sources in `folder/sources`, and return their folders.

    Args:
        folder: the gold folder.
        names: sources to build; all when empty.
        levels: of `digital`, `office` and `bad`.
    """
    written = []
    for path in sorted((folder / "sources").glob("*.toml")):
        if names and path.stem not in names:
            continue
        made = source_to_pages(path)
        for level in levels:
            pdf, document, settings = make_document(made, level)
            target = folder / (made.name if level == "digital" else f"{made.name}_{level}")
            target.mkdir(exist_ok=True)
            (target / "document.pdf").write_bytes(pdf)
            (target / "gold.json").write_text(document_to_gold(document), "utf-8")
            words = json.dumps(about(made, level, document, settings), ensure_ascii=False, indent=1)
            (target / "about.json").write_text(words + "\n", "utf-8")
            written.append(target)
    return written


def main() -> None:
    """Build from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="sources to build; all when none is named")
    parser.add_argument("--levels", nargs="+", choices=LEVELS, default=list(LEVELS))
    options = parser.parse_args()
    for folder in build_gold(names=options.names, levels=options.levels):
        size = sum(path.stat().st_size for path in folder.iterdir())
        print(f"{folder.name}: {size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
