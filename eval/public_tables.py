"""Public table truth: pages that other people labelled, in the plain form of `eval/external.py`.

A folder with `gt/*.json`, one file a page, or a folder of such folders. A page is found among the
predictions by the name of its PDF and its number, or by the name of its image.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from yusuan.eval.external import page_to_external
from yusuan.eval.figures import Scored
from yusuan.eval.metrics.grids import Grid, is_read, table_pairs, truth_grid
from yusuan.eval.public_amounts import judge_amounts
from yusuan.eval.result import ScoredDocument
from yusuan.eval.scoring import Cuts, score_tables
from yusuan.eval.tally import EVERYTHING, Tally
from yusuan.eval.truth import Scoring, predictions_in
from yusuan.extraction.document import Document, Page
from yusuan.extraction.errors import InputError

GT = "gt"
DPI = 150.0

# Name of a file and number of the page in it; an image is known by its name alone, as page 0.
_PageKey = tuple[str, int]


def is_public_truth(folder: Path) -> bool:
    """Return whether a folder holds public table truth."""
    return bool(_sources(folder))


def _sources(folder: Path) -> list[Path]:
    return [folder] if (folder / GT).is_dir() else sorted(path.parent for path in folder.glob(f"*/{GT}/"))


@dataclass(frozen=True)
class TruthPage:
    """One labelled page.

    Attributes:
        source: name of the folder that it came in.
        sha256: of its file.
        grids: its tables, in pixels of the image, or of the PDF page at `dpi`.
    """

    name: str
    source: str
    sha256: str
    pdf: str | None
    image: str | None
    number: int
    dpi: float
    grids: tuple[Grid, ...]

    @property
    def keys(self) -> tuple[_PageKey, ...]:
        """What it may be found by, the PDF before the image."""
        by_pdf = ((self.pdf, self.number),) if self.pdf else ()
        return (*by_pdf, (self.image, 0)) if self.image else by_pdf

    @property
    def cuts(self) -> Cuts:
        """The slices of all that stands on it."""
        origin = self.pdf or self.image or self.name
        return (EVERYTHING, ("source", self.source), ("pdf", f"{self.source}/{origin}"))


def read_truth_page(path: Path, source: str) -> TruthPage:
    """Return the truth about one page.

    Raises:
        InputError: the file cannot be read or is not of the form.
    """
    try:
        content = path.read_bytes()
        page = json.loads(content)
        grids = [truth_grid(table, f"t{k}") for k, table in enumerate(page["tables"], 1)]
        return TruthPage(
            name=f"{source}/{path.stem}",
            source=source,
            sha256=hashlib.sha256(content).hexdigest(),
            pdf=_file_name(page.get("pdf")),
            image=_file_name(page.get("image")),
            number=int(page.get("page") or 0),
            dpi=float(page.get("dpi") or DPI),
            grids=tuple(grid for grid in grids if grid is not None),
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise InputError(f"cannot read the table truth {path}: {error!r}") from error


def _file_name(path: str | None) -> str | None:
    return Path(path).name if path else None


class PublicTables:
    """All labelled pages of a folder, read once."""

    kind: Literal["gold", "tables"] = "tables"

    def __init__(self, folder: Path) -> None:
        self._pages = [
            read_truth_page(path, source.resolve().name)
            for source in _sources(folder)
            for path in sorted((source / GT).glob("*.json"))
        ]

    def score(self, out: Path) -> Scoring:
        """See `truth.Truth.score`. Pages are what documents are elsewhere."""
        found: dict[_PageKey, tuple[Document, Page]] = {}
        sources: dict[_PageKey, str] = {}
        for document, _ in predictions_in(out):
            for key, page in _pages_of(document):
                found[key] = document, page
                sources[key] = document.source.path
        scored = [self._score_page(truth, found) for truth in self._pages]
        wanted = {name for truth in self._pages for name, _ in truth.keys}
        strangers = sorted({path for key, path in sources.items() if key[0] not in wanted})
        return Scoring(tuple(scored), tuple(strangers))

    def _score_page(self, truth: TruthPage, found: Mapping[_PageKey, tuple[Document, Page]]) -> Scored:
        key = next((key for key in truth.keys if key in found), None)
        tables = [] if key is None else _predicted_tables(*found[key], truth.dpi)
        said = [grid for k, table in enumerate(tables, 1) if (grid := truth_grid(table, f"t{k}"))]
        tally = Tally()
        score_tables(
            tally,
            table_pairs(said, truth.grids),
            {grid.id: truth.cuts for grid in truth.grids},
            {grid.id: truth.cuts for grid in said},
        )
        if key is not None:
            document, page = found[key]
            cells = [cell for grid in truth.grids if grid.scored for cell in grid.cells]
            judge_amounts(tally, truth.cuts, cells, document, page, truth.dpi)
        base = f"{truth.source}/{truth.pdf or truth.name}"
        about = ScoredDocument(truth.name, base, truth.sha256, truth.source, "", key is not None)
        return Scored(about, tally)


def _pages_of(document: Document) -> list[tuple[_PageKey, Page]]:
    """Return the pages of a document that were read, by what they can be found."""
    path = Path(document.source.path)
    is_pdf = path.suffix.lower() == ".pdf"
    return [((path.name, page.number if is_pdf else 0), page) for page in document.pages if is_read(page)]


def _predicted_tables(document: Document, page: Page, dpi: float) -> list[dict[str, Any]]:
    tables: list[dict[str, Any]] = page_to_external(document, page, dpi)["tables"]
    return tables
