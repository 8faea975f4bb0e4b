"""CSV files that Excel in China opens rightly, and that cannot carry a formula into it."""

from __future__ import annotations

import csv
import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from yusuan.extraction.exports.folder import corrected_documents, writing
from yusuan.extraction.exports.rows import TABLES, document_to_tables, flat_value

_NUMBER = re.compile(r"[+-]?\d[\d,]*(\.\d+)?%?")
# What spreadsheets take for the start of a formula, full-width forms included (OWASP, CSV injection).
_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")


def harmless(text: str) -> str:
    """Return the text, with an apostrophe before it when a spreadsheet could run it as a formula.

    Numbers and a lone sign (the operator `=`, the dash for nothing) are no formulas and stay.
    """
    start = text.lstrip(" \n")
    if start.startswith(_STARTS) and len(start.strip()) > 1 and not _NUMBER.fullmatch(start):
        return "'" + text
    return text


def export_csv(out: Path, folder: Path) -> None:
    """Write one CSV file for each record type, and facts and findings: UTF-8 with the BOM that Excel wants.

    Raises:
        InputError: a document.json cannot be read.
        OutputError: a file cannot be written.
    """
    with ExitStack() as files:
        writers: dict[str, Any] = {}
        for name, schema in TABLES.items():
            draft = files.enter_context(writing(folder / f"{name}.csv"))
            file = files.enter_context(draft.open("w", encoding="utf-8-sig", newline=""))
            writers[name] = csv.writer(file)
            writers[name].writerow(schema.names)
        for name, document in corrected_documents(out):
            for table, rows in document_to_tables(name, document).items():
                columns = TABLES[table].names
                writers[table].writerows(
                    [harmless(flat_value(row.get(column)) or "") for column in columns] for row in rows
                )
