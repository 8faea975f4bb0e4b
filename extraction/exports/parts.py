"""Rows of all documents: a part for each document, and the files of the contract: all parts together.

`parts/facts/` holds one Parquet file a document, so that a document is replaced without touching the others,
from any machine, and DuckDB (`parts/facts/*.parquet`) and pandas (`parts/facts`) read all of them at once.
When a run ends they are copied together, by name, into `facts.parquet` and its like.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from yusuan.extraction.document import Document
from yusuan.extraction.exports.folder import (
    PART_SUFFIXES,
    part_path,
    read_document,
    writing,
)
from yusuan.extraction.exports.parquet import table_writer
from yusuan.extraction.exports.rows import (
    FACTS,
    FINDINGS,
    RECORDS,
    Row,
    document_to_facts,
    document_to_findings,
    document_to_records,
)

LINES_FILE = "records.jsonl"
_SCHEMAS = {"records": RECORDS, "facts": FACTS, "findings": FINDINGS}
# Rows of a row group, and of what is read at once: a row of records takes a kilobyte and more in memory.
_GROUP_ROWS, _BATCH_ROWS = 10_000, 2_000

RESULT_FILES = (*(f"{part}.parquet" for part in _SCHEMAS), LINES_FILE)


def write_parts(out: Path, name: str, document: Document) -> None:
    """Write the rows of the document in folder `name`.

    Raises:
        OutputError: a file cannot be written.
    """
    with (
        writing(part_path(out, "lines", name)) as draft,
        draft.open("w", encoding="utf-8") as lines,
    ):
        rows = {
            "records": _as_lines_too(document_to_records(name, document), lines),
            "facts": document_to_facts(name, document),
            "findings": document_to_findings(name, document),
        }
        for part, schema in _SCHEMAS.items():
            with table_writer(part_path(out, part, name), schema) as writer:
                writer.write(rows[part])


def _as_lines_too(rows: Iterable[Row], lines: TextIO) -> Iterator[Row]:
    """Pass rows on, each after it was written as a line of JSON."""
    for row in rows:
        lines.write(json.dumps(row, ensure_ascii=False) + "\n")
        yield row


def results_are_complete(out: Path) -> bool:
    """Return whether all files of `write_results` are there."""
    return all((out / name).is_file() for name in RESULT_FILES)


def write_results(out: Path, names: Sequence[str]) -> None:
    """Copy the parts of documents together, some rows in memory at a time.

    Args:
        out: the output folder.
        names: folders of the documents. Parts that are missing are made from `document.json`.

    Raises:
        InputError: a document.json cannot be read.
        OutputError: a file cannot be written.
    """
    for name in names:
        if not all(part_path(out, part, name).is_file() for part in PART_SUFFIXES):
            write_parts(out, name, read_document(out / "documents" / name))
    for part, schema in _SCHEMAS.items():
        _merge(out / f"{part}.parquet", schema, [part_path(out, part, name) for name in names])
    with writing(out / LINES_FILE) as draft, draft.open("wb") as lines:
        for name in names:
            with part_path(out, "lines", name).open("rb") as file:
                shutil.copyfileobj(file, lines)


def _merge(path: Path, schema: pa.Schema, parts: list[Path]) -> None:
    with ExitStack() as files:
        draft = files.enter_context(writing(path))
        writer = files.enter_context(pq.ParquetWriter(draft, schema, compression="zstd"))
        waiting: list[pa.RecordBatch] = []
        for part in parts:
            # By itself, not as a data set: names of files say nothing about columns here.
            for batch in pq.ParquetFile(part).iter_batches(_BATCH_ROWS):
                waiting.append(batch)
                if sum(len(each) for each in waiting) >= _GROUP_ROWS:
                    writer.write_table(pa.Table.from_batches(waiting).cast(schema))
                    waiting = []
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting).cast(schema))
