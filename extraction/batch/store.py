"""The job store `jobs.sqlite`: what has become of every document and page of an output folder.

One process writes at a time (a lock file sees to it). The journal is SQLite's classic rollback
journal and `synchronous` is FULL: the write-ahead log of SQLite up to 3.51 can lose data, and a
page costs seconds to read again but milliseconds to store.
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from yusuan.extraction.errors import OutputError
from yusuan.extraction.exports.folder import output_error

SCHEMA_VERSION = 3
_EARLIER = ("1", "2")
STORE_FILE = "jobs.sqlite"
LOCK_FILE = "jobs.lock"

State = Literal["pending", "running", "done", "partial", "failed"]
"""Of documents: pending, done, partial (delivered without some of its pages), failed. Of pages: pending,
running (a worker is reading it, or was when a run was killed), done, failed."""

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
  sha256      TEXT PRIMARY KEY,
  path        TEXT NOT NULL,            -- as it was given, for people
  folder      TEXT NOT NULL UNIQUE,     -- under documents/
  reading     TEXT NOT NULL,            -- digest of what pages are read with; another one starts over
  assembling  TEXT NOT NULL,            -- digest of what it is put together with; another one does that again
  selection   TEXT NOT NULL,            -- pages asked for, JSON list; null: all
  page_count  INTEGER,                  -- null until the file has been opened
  warnings    TEXT NOT NULL DEFAULT '[]',
  state       TEXT NOT NULL CHECK (state IN ('pending', 'done', 'partial', 'failed')),
  error       TEXT,
  error_class TEXT NOT NULL DEFAULT '', -- input, page, memory, timeout, died, internal
  counts      TEXT,                     -- of the assembled document, JSON
  files       TEXT NOT NULL DEFAULT '{}', -- SHA-256 of what assembling wrote, by path
  seconds     REAL NOT NULL DEFAULT 0,  -- spent on assembling
  peak_mb     REAL NOT NULL DEFAULT 0,  -- memory of the worker that assembled it
  updated     TEXT NOT NULL
);
CREATE TABLE pages (
  sha256      TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
  number      INTEGER NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('pending', 'running', 'done', 'failed')),
  attempts    INTEGER NOT NULL DEFAULT 0,
  error       TEXT,
  error_class TEXT NOT NULL DEFAULT '',
  warnings    TEXT NOT NULL DEFAULT '[]',
  files       TEXT NOT NULL DEFAULT '{}', -- SHA-256 of page and image, by path
  seconds     REAL NOT NULL DEFAULT 0,
  peak_mb     REAL NOT NULL DEFAULT 0,
  updated     TEXT NOT NULL,
  PRIMARY KEY (sha256, number)
);
"""

# Earlier versions kept pages in the store itself: their documents are read again.
_FROM_EARLIER = f"""
BEGIN IMMEDIATE;
DROP TABLE pages;
DROP TABLE documents;
DROP TABLE meta;
{_TABLES}
INSERT INTO meta VALUES ('schema_version', '{SCHEMA_VERSION}'), ('results_stale', '1');
COMMIT;
"""


@dataclass(frozen=True)
class Counts:
    """What an assembled document holds; `failed_checks` counts findings with status `fail`."""

    tables: int = 0
    records: int = 0
    accepted: int = 0
    review: int = 0
    failed_checks: int = 0


@dataclass(frozen=True)
class Digests:
    """Hashes of version, models and settings: what pages depend on, and what documents do beside them."""

    reading: str
    assembling: str


@dataclass(frozen=True)
class StoredJob:
    """The state of one document. `page_count` is None until the file has been opened."""

    sha256: str
    path: str
    folder: str
    digests: Digests
    selection: tuple[int, ...] | None
    page_count: int | None
    warnings: tuple[str, ...]
    state: State
    error: str | None
    counts: Counts | None


@dataclass(frozen=True)
class Cost:
    """What a step took: seconds, and the most memory in MiB that its worker held."""

    seconds: float = 0.0
    peak_mb: float = 0.0


class JobStore:
    """The store of one output folder. Use `open_store`. Changes are made within `saving`."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Make changes that are stored together, or not at all.

        Raises:
            OutputError: the store cannot be written.
        """
        # IMMEDIATE takes the write lock at once: a lock that is upgraded later can deadlock with a reader's.
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise _store_error(error, self._path) from error

    def job(self, sha256: str) -> StoredJob | None:
        """Return the document with this hash, or None when the store has never seen it."""
        row = self._connection.execute("SELECT * FROM documents WHERE sha256 = ?", (sha256,)).fetchone()
        if row is None:
            return None
        selection = json.loads(row["selection"])
        return StoredJob(
            sha256=row["sha256"],
            path=row["path"],
            folder=row["folder"],
            digests=Digests(row["reading"], row["assembling"]),
            selection=None if selection is None else tuple(selection),
            page_count=row["page_count"],
            warnings=tuple(json.loads(row["warnings"])),
            state=row["state"],
            error=row["error"],
            counts=Counts(**json.loads(row["counts"])) if row["counts"] else None,
        )

    def folder_is_free(self, folder: str, sha256: str) -> bool:
        """Return whether no other document has this folder."""
        query = "SELECT 1 FROM documents WHERE folder = ? AND sha256 <> ?"
        return self._connection.execute(query, (folder, sha256)).fetchone() is None

    def begin(
        self, sha256: str, path: str, folder: str, digests: Digests, selection: tuple[int, ...] | None
    ) -> None:
        """Enter a document as pending with no pages, forgetting what an earlier run made of it.

        A document keeps the folder it was given first, though the file may have another name today.
        """
        self._change(
            "INSERT INTO documents (sha256, path, folder, reading, assembling, selection, state, updated)"
            " VALUES (?, ?, ?, ?, ?, ?, 'pending', ?)"
            " ON CONFLICT (sha256) DO UPDATE SET path = excluded.path, reading = excluded.reading,"
            " assembling = excluded.assembling, selection = excluded.selection, state = 'pending',"
            " error = NULL, error_class = '', counts = NULL, page_count = NULL, warnings = '[]',"
            " seconds = 0, peak_mb = 0, updated = excluded.updated",
            (sha256, path, folder, digests.reading, digests.assembling, json.dumps(selection), _now()),
        )
        self._change("DELETE FROM pages WHERE sha256 = ?", (sha256,))

    def reopen(
        self,
        sha256: str,
        path: str,
        digests: Digests,
        selection: tuple[int, ...] | None,
        lost: Iterable[int] = (),
    ) -> None:
        """Take a document up again: failed pages and those in `lost` become pending, others stay."""
        self._change(
            "UPDATE documents SET state = 'pending', error = NULL, error_class = '', path = ?,"
            " assembling = ?, selection = ?, updated = ? WHERE sha256 = ?",
            (path, digests.assembling, json.dumps(selection), _now(), sha256),
        )
        reset = (
            "UPDATE pages SET state = 'pending', error = NULL, error_class = '', attempts = 0"
            " WHERE sha256 = ? AND "
        )
        self._change(reset + "state = 'failed'", (sha256,))
        for number in lost:
            self._change(reset + "number = ?", (sha256, number))

    def opened(self, sha256: str, page_count: int, warnings: Sequence[str]) -> None:
        """Note what opening the file told."""
        self._change(
            "UPDATE documents SET page_count = ?, warnings = ?, updated = ? WHERE sha256 = ?",
            (page_count, json.dumps(list(warnings)), _now(), sha256),
        )

    def expect_pages(self, sha256: str, numbers: Iterable[int]) -> None:
        """Enter pages as pending; those that are known already stay as they are."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO pages (sha256, number, state, updated) VALUES (?, ?, 'pending', ?)",
            [(sha256, number, _now()) for number in numbers],
        )

    def page_begun(self, sha256: str, number: int) -> None:
        """Note that a worker begins to read a page."""
        self._change(
            "UPDATE pages SET state = 'running', attempts = attempts + 1, updated = ?"
            " WHERE sha256 = ? AND number = ?",
            (_now(), sha256, number),
        )

    def page_done(
        self, sha256: str, number: int, warnings: Sequence[str], files: dict[str, str], cost: Cost
    ) -> None:
        """Note that a page was read and written."""
        self._change(
            "UPDATE pages SET state = 'done', error = NULL, error_class = '', warnings = ?, files = ?,"
            " seconds = ?, peak_mb = ?, updated = ? WHERE sha256 = ? AND number = ?",
            (
                json.dumps(list(warnings)),
                json.dumps(files),
                cost.seconds,
                cost.peak_mb,
                _now(),
                sha256,
                number,
            ),
        )

    def page_failed(self, sha256: str, number: int, error: str, error_class: str, cost: Cost) -> None:
        """Note why a page could not be read."""
        self._change(
            "UPDATE pages SET state = 'failed', error = ?, error_class = ?, files = '{}', peak_mb = ?,"
            " updated = ? WHERE sha256 = ? AND number = ?",
            (error, error_class, cost.peak_mb, _now(), sha256, number),
        )

    def document_done(
        self, sha256: str, counts: Counts, files: dict[str, str], cost: Cost, error: str | None, state: State
    ) -> None:
        """Note that a document was put together, and which of its pages could not be read."""
        self._change(
            "UPDATE documents SET state = ?, error = ?, error_class = ?, counts = ?, files = ?, seconds = ?,"
            " peak_mb = ?, updated = ? WHERE sha256 = ?",
            (
                state,
                error,
                "page" if error else "",
                json.dumps(asdict(counts)),
                json.dumps(files),
                cost.seconds,
                cost.peak_mb,
                _now(),
                sha256,
            ),
        )
        self._change("UPDATE meta SET value = '1' WHERE key = 'results_stale'", ())

    def document_failed(self, sha256: str, error: str, error_class: str) -> None:
        """Note why there is no result for a document."""
        self._change(
            "UPDATE documents SET state = 'failed', error = ?, error_class = ?, counts = NULL, updated = ?"
            " WHERE sha256 = ?",
            (error, error_class, _now(), sha256),
        )

    def results_are_stale(self) -> bool:
        """Return whether a document was put together since the files over all documents were written."""
        query = "SELECT value FROM meta WHERE key = 'results_stale'"
        return bool(self._connection.execute(query).fetchone()["value"] != "0")

    def results_written(self) -> None:
        """Note that the files over all documents hold every document."""
        self._change("UPDATE meta SET value = '0' WHERE key = 'results_stale'", ())

    def page_numbers(self, sha256: str, state: State) -> list[int]:
        """Return the numbers of a document's pages in one state, ascending."""
        rows = self._connection.execute(
            "SELECT number FROM pages WHERE sha256 = ? AND state = ? ORDER BY number", (sha256, state)
        )
        return [row["number"] for row in rows]

    def page_warnings(self, sha256: str) -> list[tuple[int, str]]:
        """Return number and text of what was noticed on the pages of a document."""
        rows = self._connection.execute(
            "SELECT number, warnings FROM pages WHERE sha256 = ? AND warnings <> '[]' ORDER BY number",
            (sha256,),
        )
        return [(row["number"], text) for row in rows for text in json.loads(row["warnings"])]

    def page_failures(self, sha256: str) -> list[tuple[int, str]]:
        """Return number and reason of each failed page of a document."""
        rows = self._connection.execute(
            "SELECT number, error FROM pages WHERE sha256 = ? AND state = 'failed' ORDER BY number", (sha256,)
        )
        return [(row["number"], row["error"]) for row in rows]

    def page_seconds(self) -> list[float]:
        """Return what each page took that was read."""
        rows = self._connection.execute("SELECT seconds FROM pages WHERE state = 'done'")
        return [row["seconds"] for row in rows]

    def folders(self) -> list[str]:
        """Return the folders of all documents that were put together, by name."""
        rows = self._connection.execute(
            "SELECT folder FROM documents WHERE counts IS NOT NULL ORDER BY folder"
        )
        return [row["folder"] for row in rows]

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield path and SHA-256 of all files of documents that were put together, by path."""
        documents = self._connection.execute(
            "SELECT sha256, files FROM documents WHERE counts IS NOT NULL ORDER BY folder"
        )
        for document in documents:
            own = json.loads(document["files"])
            pages = self._connection.execute(
                "SELECT files FROM pages WHERE sha256 = ? AND state = 'done'", (document["sha256"],)
            )
            for page in pages:
                own |= json.loads(page["files"])
            yield from sorted(own.items())

    def _change(self, statement: str, values: tuple[Any, ...]) -> None:
        self._connection.execute(statement, values)


@contextmanager
def open_store(out: Path) -> Iterator[JobStore]:
    """Open the job store of an output folder for writing, making folder and store as needed.

    Raises:
        OutputError: the folder cannot be written, another run is writing to it, or its store is not ours.
    """
    path = out / STORE_FILE
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = (out / LOCK_FILE).open("w")
    except OSError as error:
        raise output_error(error, out) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OutputError(
                f"another run is writing to {out}", "wait for it, or choose another folder"
            ) from error
        except OSError as error:
            raise output_error(error, out / LOCK_FILE) from error
        try:
            connection = sqlite3.connect(path, timeout=60, isolation_level=None)
        except sqlite3.Error as error:
            raise _store_error(error, path) from error
        try:
            _prepare(connection, path)
            yield JobStore(connection, path)
        finally:
            connection.close()


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        known = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if not known:
            meta = f"INSERT INTO meta VALUES ('schema_version', '{SCHEMA_VERSION}'), ('results_stale', '1');"
            connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} {meta} COMMIT;")
        version = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
        if version is not None and version["value"] in _EARLIER:
            connection.executescript(_FROM_EARLIER)
            version = {"value": str(SCHEMA_VERSION)}
    except sqlite3.Error as error:
        raise _store_error(error, path) from error
    if version is None or version["value"] != str(SCHEMA_VERSION):
        raise OutputError(f"{path} was written by another version of yusuan", "choose another output folder")


def _store_error(error: sqlite3.Error, path: Path) -> OutputError:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        hint = (
            "free some space or choose another folder, then run the same command again: what is done is kept"
        )
        return OutputError(f"cannot write {path}: {error}", hint)
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return OutputError(f"cannot write {path}: {error}", "choose another folder with -o")
    if name.startswith("SQLITE_NOTADB") or "no such table" in str(error):
        return OutputError(f"{path} is not a job store of yusuan", "choose another output folder")
    return OutputError(f"cannot write {path}: {error}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
