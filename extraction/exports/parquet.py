"""Parquet files of any length with little memory, and the export of an output folder as such."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from yusuan.extraction.exports.folder import corrected_documents, writing
from yusuan.extraction.exports.rows import TABLES, Row, document_to_tables

# Rows held at once: one of records takes a kilobyte and more.
_GROUP_ROWS = 2_000


def export_parquet(out: Path, folder: Path) -> None:
    """Write one parquet file for each record type, with its own columns only, and facts and findings.

    Raises:
        InputError: a document.json cannot be read.
        OutputError: a file cannot be written.
    """
    with ExitStack() as files:
        writers = {
            name: files.enter_context(table_writer(folder / f"{name}.parquet", schema))
            for name, schema in TABLES.items()
        }
        for name, document in corrected_documents(out):
            for table, rows in document_to_tables(name, document).items():
                writers[table].write(rows)


class TableWriter:
    """Gathers rows into row groups of a useful size, so that memory and file both stay small."""

    def __init__(self, writer: Any, schema: pa.Schema) -> None:
        self._writer = writer
        self._schema = schema
        self._rows: list[Row] = []

    def write(self, rows: Iterable[Row]) -> None:
        """Append rows; columns that a row lacks are null."""
        for row in rows:
            self._rows.append(row)
            if len(self._rows) >= _GROUP_ROWS:
                self.flush()

    def flush(self) -> None:
        """Write what was gathered."""
        if self._rows:
            self._writer.write_table(rows_to_arrow(self._rows, self._schema))
            self._rows = []


def rows_to_arrow(rows: list[Row], schema: pa.Schema) -> pa.Table:
    """Return rows as an Arrow table with exactly the columns of `schema`."""
    columns = [pa.array([row.get(field.name) for row in rows], field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


@contextmanager
def table_writer(path: Path, schema: pa.Schema) -> Iterator[TableWriter]:
    """Open a parquet file for streaming; it takes its place when the block ends well.

    Raises:
        OutputError: it cannot be written.
    """
    with writing(path) as draft, pq.ParquetWriter(draft, schema, compression="zstd") as writer:
        table = TableWriter(writer, schema)
        yield table
        table.flush()
