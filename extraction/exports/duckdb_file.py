"""A DuckDB database with `records_<type>`, `facts` and `findings`."""

from __future__ import annotations

from pathlib import Path

import duckdb

from yusuan.extraction.errors import OutputError
from yusuan.extraction.exports.folder import corrected_documents, writing
from yusuan.extraction.exports.parquet import rows_to_arrow
from yusuan.extraction.exports.rows import TABLES, document_to_tables


def export_duckdb(out: Path, path: Path) -> None:
    """Write the database, document by document.

    Raises:
        InputError: a document.json cannot be read.
        OutputError: the file cannot be written.
    """
    try:
        with writing(path) as draft:
            for left in (draft, draft.with_name(f"{draft.name}.wal")):
                left.unlink(missing_ok=True)  # DuckDB would take up what a killed run left
            with duckdb.connect(str(draft)) as database:
                for table, schema in TABLES.items():
                    database.register("arriving", schema.empty_table())
                    database.execute(f"CREATE TABLE {table} AS SELECT * FROM arriving")
                for name, document in corrected_documents(out):
                    for table, rows in document_to_tables(name, document).items():
                        if rows:
                            database.register("arriving", rows_to_arrow(rows, TABLES[table]))
                            database.execute(f"INSERT INTO {table} SELECT * FROM arriving")
                database.unregister("arriving")
    except duckdb.Error as error:
        raise OutputError(f"cannot write {path}: {error}") from error
