"""Synthetic documents on disk: a gold folder each, written in order, so that a run can be taken up again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yusuan.datasets.goldset.files import (
    ABOUT_FILE,
    GOLD_FILE,
    PDF_FILE,
    document_to_gold,
    json_bytes,
    read_json,
    sha256_of,
    write_folder,
)
from yusuan.extraction.errors import InputError, OutputError, UsageError

if TYPE_CHECKING:
    from yusuan.datasets.synth.pages import Drawn

# What a folder was begun with: other pages must not come among its own.
SETTINGS_FILE = "synthetic.json"
INSTALL = "pip install 'yusuan[synth]'"


@dataclass(frozen=True)
class Written:
    """What a run left in a folder: documents and pages in all, and how many of the pages are new."""

    folder: Path
    documents: int
    pages: int
    new_pages: int

    def as_dict(self) -> dict[str, Any]:
        """Return it for machines."""
        return {
            "folder": str(self.folder),
            "documents": self.documents,
            "pages": self.pages,
            "new_pages": self.new_pages,
        }

    def lines(self) -> list[str]:
        """Return it for people."""
        found = f"{self.documents} documents, {self.pages} pages, {self.new_pages} of them new"
        return [f"written    {found}", f"folder     {self.folder}"]


def write_documents(
    out: Path,
    pages: int,
    *,
    seed: int = 0,
    damage: str = "mixed",
    progress: Callable[[int], None] = lambda new_pages: None,
) -> Written:
    """Write synthetic documents into `out` until it holds at least `pages` pages.

    Documents that are there already are kept: the same call, given again, goes on where it was stopped.

    Args:
        out: folder of gold folders.
        pages: wanted; the last document is written whole.
        seed: the same seed gives the same bytes.
        damage: see `draw_documents`.
        progress: told the pages of every document, kept or new.

    Raises:
        UsageError: there is nothing to write, the folder holds other documents, or a library is missing.
        OutputError: there is no space or no permission.
    """
    if pages < 1:
        raise UsageError(f"cannot write {pages} pages", "-n takes 1 or more")
    try:
        from yusuan.datasets.synth.pages import draw_documents, layout_of
    except ImportError as error:
        raise UsageError(f"synthetic pages need a library that is missing: {error.name}", INSTALL) from error
    draw_documents(seed, damage=damage)  # a damage that does not exist is told before the folder is begun
    _claim(out, {"seed": seed, "damage": damage})
    number = total = 0
    while total < pages:
        about = _about_of(out / folder_name(number, layout_of(seed, number)))
        if about is None:
            break
        total += about["pages"]
        progress(about["pages"])
        number += 1
    kept = total
    drawn = draw_documents(seed, damage=damage, start=number)
    while total < pages:
        try:
            document = next(drawn)
        except ImportError as error:
            raise UsageError(f"damage needs a library that is missing: {error.name}", INSTALL) from error
        write_folder(out / folder_name(document.number, document.layout), document_to_files(document))
        total += len(document.images)
        number += 1
        progress(len(document.images))
    return Written(out, number, total, total - kept)


def folder_name(number: int, layout: str) -> str:
    """Return the name of the folder of a document."""
    return f"{number:05d}_{layout}"


def _claim(out: Path, settings: Mapping[str, Any]) -> None:
    """Note what a folder is written with; refuse one that was begun with something else."""
    path = out / SETTINGS_FILE
    if path.exists():
        begun = read_json(path)
        if begun != settings:
            told = ", ".join(f"--{key} {value}" for key, value in begun.items())
            raise UsageError(f"{out} was begun with {told}", "give the same again, or another folder")
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise UsageError(f"{out} holds something else", "give an empty folder, or a new one")
        path.write_text(json.dumps(settings), "utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error


def _about_of(folder: Path) -> Any | None:
    """Return what is known of a document that is written already, or None."""
    try:
        return read_json(folder / ABOUT_FILE)
    except InputError:
        return None


def document_to_files(drawn: Drawn) -> dict[str, bytes]:
    """Return the files of the gold folder of a synthetic document."""
    pdf = drawn.pdf()
    source = drawn.document.source.model_copy(update={"sha256": sha256_of(pdf)})
    document = drawn.document.model_copy(update={"source": source})
    return {
        PDF_FILE: pdf,
        GOLD_FILE: document_to_gold(document).encode(),
        ABOUT_FILE: json_bytes(about(drawn)),
    }


def about(drawn: Drawn) -> dict[str, Any]:
    """Return what `about.json` says of a synthetic document."""
    pages, made = drawn.document.pages, drawn.typeset
    settings = [page.settings for page in drawn.damaged]
    over = [[picture.kind for picture in page.pictures] for page in made.pages]
    return {
        "title": made.title.replace("\n", ""),
        "document": folder_name(drawn.number, drawn.layout),
        "family": f"synthetic {drawn.layout}",
        "split": "train",
        "layout": drawn.layout,
        "seed": drawn.seed,
        "number": drawn.number,
        "damage": drawn.level,
        "pages": len(pages),
        "origin": "drawn by the grammar of datasets/synth; names, figures and text are made up",
        "labelled_by": "typeset from a drawn source, which says both what is printed and what it means",
        "frame": "boxes and quads are pixels of the page as it is in document.pdf at the dpi of the page",
        "checks": {"wrong_in_print": list(made.misprints), "misjudged": list(made.misjudged)},
        "licence": "CC0-1.0",
        "tags": {
            "scan_level": "digital" if drawn.level == "clean" else drawn.level,
            "skew_deg": [round(own.skew_deg, 2) for own in settings] or [0.0] * len(pages),
            "seal_pages": [number for number, kinds in enumerate(over, 1) if "seal" in kinds],
            "dpi": [page.dpi for page in pages],
            "table_kinds": sorted({table.kind for table in drawn.document.tables}),
            "features": sorted({kind for kinds in over for kind in kinds}),
            "effects": [list(page.effects) for page in drawn.damaged],
        },
    }
