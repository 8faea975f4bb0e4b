"""Rebuild the digital gold documents from their hand-written sources.

`python -m yusuan.datasets.synth.build_gold [NAME …]`. The same sources, fonts and library versions give the
same bytes. Afterwards `python -m yusuan.datasets.goldset.manifest NAME …` writes their hashes.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from yusuan.datasets.goldset.command import run
from yusuan.datasets.goldset.damage import DIGITAL
from yusuan.datasets.goldset.files import (
    ABOUT_FILE,
    GOLD,
    GOLD_FILE,
    PDF_FILE,
    document_to_gold,
    json_bytes,
    sha256_of,
    write_folder,
)
from yusuan.datasets.goldset.kinds import proven_kinds
from yusuan.datasets.goldset.manifest import split_of
from yusuan.datasets.synth.blocks import PlacedPage
from yusuan.datasets.synth.fonts import FACES
from yusuan.datasets.synth.forms import build
from yusuan.datasets.synth.gold import PageView, assemble
from yusuan.datasets.synth.printing import pages_to_pdf
from yusuan.datasets.synth.sources import TableSource
from yusuan.datasets.synth.typeset import typeset
from yusuan.extraction.document import Document, Source
from yusuan.extraction.errors import UsageError

DIGITAL_DPI = 200
# Where the words and figures of a source come from, unless it says otherwise.
DISCLOSED = (
    "codes, figures, names of bodies, projects and indicators are those of public disclosures; "
    "all running text was written for this document"
)


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


def digital_views(pages: Sequence[PlacedPage]) -> list[PageView]:
    """Return how the pages of a digital PDF become pixels at 200 dpi."""
    views = []
    for page in pages:
        scale = DIGITAL_DPI / 72
        width, height = (round(length * scale) for length in page.size)
        views.append(PageView(width, height, DIGITAL_DPI, partial(np.multiply, scale)))
    return views


def make_document(made: Typeset) -> Document:
    """Return the gold of a source that has been set."""
    source = Source(path=PDF_FILE, sha256=sha256_of(made.pdf), pages=len(made.pages), kind="digital")
    return assemble(made.raw["document"], made.pages, made.sources, digital_views(made.pages), source)


def about(made: Typeset, document: Document, split: str) -> dict[str, Any]:
    """Return what `about.json` says of a digital gold document."""
    own = made.raw["document"]
    checks = {"wrong_in_print": [], **made.raw.get("checks", {})}
    kinds = proven_kinds(document, checks["wrong_in_print"])
    count = len(document.pages)
    return {
        "title": own["title"],
        "document": made.name,
        "family": own["family"],
        "split": split,
        "origin": f"typeset from the hand-written source sources/{made.name}.toml",
        "labelled_by": "typeset from a hand-written source; records written by hand in source",
        "text": own.get("text", DISCLOSED),
        "frame": "boxes and quads are pixels of the page as it is in document.pdf at the dpi of the page",
        "checks": checks,
        "licence": "CC0-1.0",
        "font": FACES.get(own["face"], (own["face"],))[0],
        "tags": {
            "scan_level": DIGITAL,
            "skew_deg": [0.0] * count,
            "seal_pages": [],
            "dpi": [DIGITAL_DPI] * count,
            "table_kinds": sorted({table.kind for table in document.tables}),
            "features": list(dict.fromkeys([*kinds, *own.get("features", [])])),
        },
    }


def build_gold(gold: Path = GOLD, names: Sequence[str] = ()) -> list[Path]:
    """Write the digital gold documents of the sources in `gold/sources`, and return their folders.

    Args:
        gold: the gold folder.
        names: sources to build; all when empty.

    Raises:
        UsageError: a name is none of a source, or a source cannot be set.
    """
    sources = {path.stem: path for path in sorted((gold / "sources").glob("*.toml"))}
    if unknown := set(names) - set(sources):
        raise UsageError(f"there is no source {', '.join(sorted(unknown))} in {gold / 'sources'}")
    written = []
    for path in (sources[name] for name in names or sources):
        made = source_to_pages(path)
        document = make_document(made)
        split = split_of(made.raw["document"]["family"], gold)
        files = {
            PDF_FILE: made.pdf,
            GOLD_FILE: document_to_gold(document).encode(),
            ABOUT_FILE: json_bytes(about(made, document, split)),
        }
        target = gold / made.name
        kept = {second.name: second.read_bytes() for second in target.glob("second.json")}
        write_folder(target, {**files, **kept})
        written.append(target)
    return written


def main() -> None:
    """Build from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="sources to build; all when none is named")
    options = parser.parse_args()
    for folder in build_gold(names=options.names):
        size = sum(path.stat().st_size for path in folder.iterdir())
        print(f"{folder.name}: {size / 1024:.0f} KiB")


if __name__ == "__main__":
    run(main)
