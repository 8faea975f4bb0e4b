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

SCHEMA_VERSION = 2
STORE_FILE = "jobs.sqlite"
LOCK_FILE = "jobs.lock"

State = Literal["pending", "done", "failed"]

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
  sha256     TEXT PRIMARY KEY,
  path       TEXT NOT NULL,            -- as it was given, for people
  folder     TEXT NOT NULL UNIQUE,     -- under documents/
  reading    TEXT NOT NULL,            -- digest of what pages are read with; another one starts over
  assembling TEXT NOT NULL,            -- digest of what it is put together with; another one does that again
  selection  TEXT NOT NULL,            -- pages asked for, JSON list; null: all
  page_count INTEGER,                  -- null until the file has been opened
  warnings   TEXT NOT NULL DEFAULT '[]',
  state      TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
  error      TEXT,
  counts     TEXT,                     -- of the assembled document, JSON
  seconds    REAL NOT NULL DEFAULT 0,  -- spent on assembling
  updated    TEXT NOT NULL
);
CREATE TABLE pages (
  sha256   TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
  number   INTEGER NOT NULL,
  state    TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
  error    TEXT,
  page     TEXT,                       -- one element of pages[] of document.json
  warnings TEXT NOT NULL DEFAULT '[]',
  seconds  REAL NOT NULL DEFAULT 0,
  updated  TEXT NOT NULL,
  PRIMARY KEY (sha256, number)
);
"""


# The first version had one digest for both: its documents are read again.
_FROM_1 = """
BEGIN IMMEDIATE;
ALTER TABLE documents RENAME COLUMN digest TO reading;
ALTER TABLE documents ADD COLUMN assembling TEXT NOT NULL DEFAULT '';
UPDATE meta SET value = '2' WHERE key = 'schema_version';
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
    seconds: float


@dataclass(frozen=True)
class StoredPage:
    """The state of one page. `page` is its JSON once it is done."""

    number: int
    state: State
    error: str | None
    page: str | None
    warnings: tuple[str, ...]
    seconds: float


class JobStore:
    """The store of one output folder. Use `open_store`."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

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
            seconds=row["seconds"],
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
        with self._transaction() as run:
            run(
                "INSERT INTO documents (sha256, path, folder, reading, assembling, selection, state, updated)"
                " VALUES (?, ?, ?, ?, ?, ?, 'pending', ?)"
                " ON CONFLICT (sha256) DO UPDATE SET path = excluded.path, reading = excluded.reading,"
                " assembling = excluded.assembling, selection = excluded.selection, state = 'pending',"
                " error = NULL, counts = NULL, page_count = NULL, warnings = '[]', seconds = 0,"
                " updated = excluded.updated",
                (sha256, path, folder, digests.reading, digests.assembling, json.dumps(selection), _now()),
            )
            run("DELETE FROM pages WHERE sha256 = ?", (sha256,))

    def reopen(
        self,
        sha256: str,
        path: str,
        digests: Digests,
        selection: tuple[int, ...] | None,
        lost: Iterable[int] = (),
    ) -> None:
        """Take a document up again: failed pages and those in `lost` become pending, others stay done."""
        with self._transaction() as run:
            run(
                "UPDATE documents SET state = 'pending', error = NULL, path = ?, assembling = ?,"
                " selection = ?, updated = ? WHERE sha256 = ?",
                (path, digests.assembling, json.dumps(selection), _now(), sha256),
            )
            reset = "UPDATE pages SET state = 'pending', error = NULL, page = NULL WHERE sha256 = ? AND "
            run(reset + "state = 'failed'", (sha256,))
            for number in lost:
                run(reset + "number = ?", (sha256, number))

    def opened(self, sha256: str, page_count: int, warnings: Sequence[str]) -> None:
        """Note what opening the file told."""
        with self._transaction() as run:
            run(
                "UPDATE documents SET page_count = ?, warnings = ?, updated = ? WHERE sha256 = ?",
                (page_count, json.dumps(list(warnings)), _now(), sha256),
            )

    def expect_pages(self, sha256: str, numbers: Iterable[int]) -> None:
        """Enter pages as pending; those that are known already stay as they are."""
        with self._transaction() as run:
            for number in numbers:
                run(
                    "INSERT OR IGNORE INTO pages (sha256, number, state, updated)"
                    " VALUES (?, ?, 'pending', ?)",
                    (sha256, number, _now()),
                )

    def page_done(self, sha256: str, number: int, page: str, warnings: Sequence[str], seconds: float) -> None:
        """Store a page that was read."""
        with self._transaction() as run:
            run(
                "UPDATE pages SET state = 'done', error = NULL, page = ?, warnings = ?, seconds = ?,"
                " updated = ? WHERE sha256 = ? AND number = ?",
                (page, json.dumps(list(warnings)), seconds, _now(), sha256, number),
            )

    def page_failed(self, sha256: str, number: int, error: str) -> None:
        """Store why a page could not be read."""
        with self._transaction() as run:
            run(
                "UPDATE pages SET state = 'failed', error = ?, page = NULL, updated = ?"
                " WHERE sha256 = ? AND number = ?",
                (error, _now(), sha256, number),
            )

    def document_done(self, sha256: str, counts: Counts, seconds: float, error: str | None) -> None:
        """Store that a document was assembled; with an error (of some of its pages) it counts as failed."""
        with self._transaction() as run:
            run(
                "UPDATE documents SET state = ?, error = ?, counts = ?, seconds = ?, updated = ?"
                " WHERE sha256 = ?",
                ("failed" if error else "done", error, json.dumps(asdict(counts)), seconds, _now(), sha256),
            )
            run("UPDATE meta SET value = '1' WHERE key = 'results_stale'")

    def results_are_stale(self) -> bool:
        """Return whether a document was assembled since the files over all documents were written."""
        query = "SELECT value FROM meta WHERE key = 'results_stale'"
        return bool(self._connection.execute(query).fetchone()["value"] != "0")

    def results_written(self) -> None:
        """Note that the files over all documents hold every document."""
        with self._transaction() as run:
            run("UPDATE meta SET value = '0' WHERE key = 'results_stale'")

    def document_failed(self, sha256: str, error: str) -> None:
        """Store why there is no result for a document."""
        with self._transaction() as run:
            run(
                "UPDATE documents SET state = 'failed', error = ?, counts = NULL, updated = ?"
                " WHERE sha256 = ?",
                (error, _now(), sha256),
            )

    def page_numbers(self, sha256: str, state: State) -> list[int]:
        """Return the numbers of a document's pages in one state, ascending."""
        rows = self._connection.execute(
            "SELECT number FROM pages WHERE sha256 = ? AND state = ? ORDER BY number", (sha256, state)
        )
        return [row["number"] for row in rows]

    def pages(self, sha256: str, numbers: Iterable[int]) -> Iterator[StoredPage]:
        """Yield these pages of a document, in the order given, with their results."""
        for number in numbers:
            row = self._connection.execute(
                "SELECT * FROM pages WHERE sha256 = ? AND number = ?", (sha256, number)
            ).fetchone()
            yield StoredPage(
                row["number"],
                row["state"],
                row["error"],
                row["page"],
                tuple(json.loads(row["warnings"])),
                row["seconds"],
            )

    def page_failures(self, sha256: str) -> list[tuple[int, str]]:
        """Return number and reason of each failed page of a document."""
        rows = self._connection.execute(
            "SELECT number, error FROM pages WHERE sha256 = ? AND state = 'failed' ORDER BY number", (sha256,)
        )
        return [(row["number"], row["error"]) for row in rows]

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        # IMMEDIATE takes the write lock at once: a lock that is upgraded later can deadlock with a reader's.
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection.execute
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise _store_error(error, self._path) from error


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
        if version is not None and version["value"] == "1":
            connection.executescript(_FROM_1)
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
