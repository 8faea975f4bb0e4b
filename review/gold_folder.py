"""Accepted pages as a gold folder: what a person has corrected is truth to measure on and to learn from.

Logical tables are the truth. Page tables are made from them again, with what only pages have (repeated
headings, lane numbers), records are made anew from the labels, and pages that nobody accepted are left out.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf

from yusuan.datasets.goldset.damage import DIGITAL, SCAN
from yusuan.datasets.goldset.files import (
    ABOUT_FILE,
    GOLD_FILE,
    PDF_FILE,
    document_to_gold,
    json_bytes,
    sha256_of,
    write_folder,
)
from yusuan.datasets.goldset.image_pdf import PageImage, images_to_pdf
from yusuan.datasets.goldset.kinds import proven_kinds
from yusuan.datasets.goldset.sums import WrongSum, wrong_sums
from yusuan.extraction.document import Document, Source, SourceKind
from yusuan.extraction.errors import InputError
from yusuan.extraction.exports.folder import read_page_image
from yusuan.review.gold_document import gold_document, whole_pages

_JPEG_QUALITY = 90


@dataclass(frozen=True)
class GoldSummary:
    """What became of the pages of a document.

    Attributes:
        pages: numbers of those that are gold now, as in the document.
        left_out: accepted ones that are not → why.
    """

    pages: tuple[int, ...]
    left_out: dict[int, str]


def write_gold(
    target: Path,
    document: Document,
    accepted: Collection[int],
    folder: Path,
    source: Path | None,
    reviewers: Collection[str],
) -> GoldSummary:
    """Write the accepted pages of a document as a gold folder, or nothing where none can be gold.

    Args:
        target: the folder to write; its name is the document's.
        document: as people left it.
        accepted: numbers of the pages that they found right.
        folder: of the document in the output of `extract`, with the images of its pages.
        source: the file that was read, where it still is.
        reviewers: who labelled.

    Raises:
        InputError: the image of a page is missing.
        OutputError: the folder cannot be written.
    """
    pages, left_out = whole_pages(document, accepted)
    if not pages:
        return GoldSummary((), left_out)
    data, of_images = _pdf(document, pages, folder, source)
    gold = gold_document(document, pages, of_images)
    kinds = {page.kind for page in gold.pages}
    kind: SourceKind = "mixed" if len(kinds) > 1 else kinds.pop()
    made = Source(path=PDF_FILE, sha256=sha256_of(data), pages=len(pages), kind=kind)
    gold = gold.model_copy(update={"source": made})
    about = json_bytes(about_gold(gold, target.name, reviewers))
    files = {PDF_FILE: data, GOLD_FILE: document_to_gold(gold).encode("utf-8"), ABOUT_FILE: about}
    write_folder(target, files)
    return GoldSummary(pages, left_out)


def _pdf(document: Document, pages: Sequence[int], folder: Path, source: Path | None) -> tuple[bytes, bool]:
    """Return the PDF of some pages, and whether it is made of their images.

    Raises:
        InputError: the image of a page is missing.
    """
    data = _source_bytes(document, source)
    part = None if data is None else _part(data, pages, document.source.pages)
    if part is not None:
        return part, False
    dpi = {page.number: page.dpi for page in document.pages}
    images = [_page_image(folder, page, dpi[page]) for page in pages]
    return images_to_pdf(images, folder.name), True


def _part(data: bytes, pages: Sequence[int], count: int) -> bytes | None:
    """Return some pages of a PDF, all of them byte for byte; None where only their images can be had.

    Args:
        data: of the PDF.
        pages: numbers of the pages.
        count: of pages that were found in it.
    """
    whole = list(pages) == list(range(1, count + 1))
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf, pikepdf.new() as part:
            if whole and not pdf.is_encrypted:
                return data
            for page in pages:
                part.pages.append(pdf.pages[page - 1])
            if layers := pdf.Root.get("/OCProperties"):
                # What is on a layer that is switched off was not seen.
                part.Root.OCProperties = part.copy_foreign(pdf.make_indirect(layers))
            made = io.BytesIO()
            part.save(made, deterministic_id=True)
            return made.getvalue()
    except pikepdf.PasswordError:
        return None
    except (pikepdf.PdfError, IndexError):
        return data if whole else None  # broken in a way that not all readers mend


def _source_bytes(document: Document, source: Path | None) -> bytes | None:
    """Return the PDF that was read, None where it is gone, has changed, or was none."""
    try:
        data = source.read_bytes() if source is not None else b""
    except OSError:
        return None
    return data if data.startswith(b"%PDF-") and sha256_of(data) == document.source.sha256 else None


def _page_image(folder: Path, page: int, dpi: float) -> PageImage:
    found = read_page_image(folder, page)
    if found is None:
        raise InputError(f"{folder} has no image of page {page}", "run extract again")
    image, _ = found  # the file knows its dpi only in whole numbers
    gray = image[:, :, :1] if bool(np.array_equal(image[:, :, 0], image[:, :, 2])) else None
    return PageImage(pixels=image if gray is None else gray[:, :, 0], dpi=dpi, jpeg=_JPEG_QUALITY)


def about_gold(gold: Document, name: str, reviewers: Collection[str]) -> dict[str, Any]:
    """Return what `about.json` says of corrected pages."""
    digital = gold.source.kind == "digital"
    wrong = wrong_sums(gold)
    # One entry stands for all sums that it fits: a body may be printed with two codes.
    listed: list[dict[str, str]] = []
    for entry in (_listed(each) for each in wrong if each.row and each.measure):
        if entry not in listed:
            listed.append(entry)
    unnamed = {(each.rule, each.table) for each in wrong if not (each.row and each.measure)}
    checks: dict[str, Any] = {"wrong_in_print": listed, "sums": "listed" if wrong else "hold"}
    if unnamed:
        checks["misjudged"] = [
            {"rule": rule, "table": table, "why": "off in print, in a row that has no name"}
            for rule, table in sorted(unnamed)
        ]
    return {
        "title": next((table.title for table in gold.tables if table.title), name),
        "document": name,
        "family": name,
        "split": "train",
        "origin": "pages corrected by people in the review app",
        "labelled_by": ", ".join(sorted(reviewers)),
        "checks": checks,
        "licence": "that of the document",
        "tags": {
            "scan_level": DIGITAL if digital else SCAN,
            "skew_deg": [page.skew_deg for page in gold.pages],
            "seal_pages": [],
            "dpi": [page.dpi for page in gold.pages],
            "table_kinds": sorted({table.kind for table in gold.tables}),
            "features": proven_kinds(gold, listed),
        },
    }


def _listed(wrong: WrongSum) -> dict[str, str]:
    return {
        "rule": wrong.rule,
        "table": wrong.table,
        "row": wrong.row,
        "measure": wrong.measure,
        "printed": str(wrong.printed),
        "sum": str(wrong.sum),
    }
