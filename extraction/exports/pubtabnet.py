"""Tables in the form of PubTabNet 2: `pubtabnet.jsonl`, one line a table, and images in `train` and `val`.

Format: PubTabNet, "Annotation structure". Boxes are those of cells, in pixels of the table's image; only
cells with text have one.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from yusuan.extraction.exports.folder import writing
from yusuan.extraction.exports.html_tokens import head_row_count, rows_of, structure_tokens
from yusuan.extraction.exports.table_images import TableImage, printed_documents, table_images, write_image

ANNOTATIONS = "pubtabnet.jsonl"
# One document in so many is for validation: pages of one document never stand on both sides.
_VALIDATION = 10


def export_pubtabnet(out: Path, folder: Path) -> None:
    """Write the tables of all documents, as they stand on their pages.

    Raises:
        InputError: a document.json cannot be read, or the image of a page is missing.
        PageError: the image of a page is damaged.
        OutputError: a file cannot be written.
    """
    number = 0
    with writing(folder / ANNOTATIONS) as draft, draft.open("w", encoding="utf-8") as file:
        for own, document in printed_documents(out):
            for table in table_images(own, document):
                line = table_to_line(table, number)
                write_image(folder / line["split"] / line["filename"], table.image)
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
                number += 1


def table_to_line(table: TableImage, number: int) -> dict[str, Any]:
    """Return what PubTabNet says of a table; `number` is its `imgid`."""
    cells: list[dict[str, Any]] = []
    for cell in (cell for row in rows_of(table.table) for cell in row):
        entry: dict[str, Any] = {"tokens": list(cell.text) if cell else []}
        if cell and cell.text:
            entry["bbox"] = [round(side) for side in cell.bbox]
        cells.append(entry)
    tokens = structure_tokens(table.table, head_row_count(table.table))
    return {
        "filename": f"{table.name}.jpg",
        "split": _split(table.document),
        "imgid": number,
        "html": {"structure": {"tokens": tokens}, "cells": cells},
    }


def _split(document: str) -> str:
    lot = hashlib.sha256(document.encode("utf-8")).digest()[0]
    return "val" if lot % _VALIDATION == 0 else "train"
