"""The store `review.sqlite`: every edit that people made, in order, and what else must outlive the server.

It is a file of its own beside `jobs.sqlite`: a run of `extract --force` starts that one over, and nothing may
ever start this one over. Edits are only added. An edit counts once its transaction is on the disk
(`synchronous=FULL`, rollback journal: the write-ahead log of SQLite up to 3.51 can lose data); the answer to
the app is sent after that. One process serves a folder at a time (a lock file sees to it).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from yusuan.extraction.errors import InputError, OutputError, UsageError
from yusuan.extraction.exports.folder import output_error

STORE_FILE = "review.sqlite"
LOCK_FILE = "review.lock"
SCHEMA_VERSION = 1

MAIN = ""  # the branch that counts; a person who labels blind has one of their own, with their name

_TABLES = f"""
BEGIN IMMEDIATE;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO meta VALUES ('schema_version', '{SCHEMA_VERSION}');
CREATE TABLE people (
  name     TEXT PRIMARY KEY,
  since    TEXT NOT NULL
);
CREATE TABLE sessions (
  key      TEXT PRIMARY KEY,              -- SHA-256 of the cookie
  person   TEXT NOT NULL REFERENCES people,
  csrf     TEXT NOT NULL,
  since    TEXT NOT NULL
);
CREATE TABLE bases (                      -- what was read, as people first saw it
  document TEXT PRIMARY KEY,
  sha256   TEXT NOT NULL,                 -- of document.json
  content  BLOB NOT NULL                  -- document.json, packed
);
CREATE TABLE events (
  document TEXT NOT NULL,
  branch   TEXT NOT NULL,
  version  INTEGER NOT NULL,              -- from 1, without a gap
  edit     TEXT NOT NULL,
  person   TEXT NOT NULL,
  at       TEXT NOT NULL,
  page     INTEGER NOT NULL,
  action   TEXT NOT NULL,
  strokes  INTEGER NOT NULL,
  undoes   INTEGER,
  patches  TEXT NOT NULL,                 -- JSON; [] for what changes no table
  PRIMARY KEY (document, branch, version),
  UNIQUE (document, branch, edit)
) WITHOUT ROWID;
CREATE TABLE snapshots (                  -- so that opening a document replays few events
  document TEXT NOT NULL,
  branch   TEXT NOT NULL,
  version  INTEGER NOT NULL,
  content  BLOB NOT NULL,                 -- JSON, packed
  PRIMARY KEY (document, branch)
);
CREATE TABLE pages (                      -- how pages stand
  document TEXT NOT NULL,
  branch   TEXT NOT NULL,
  page     INTEGER NOT NULL,
  state    TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'unsure')),
  person   TEXT NOT NULL,
  at       TEXT NOT NULL,
  version  INTEGER NOT NULL,
  strokes  INTEGER NOT NULL,
  seconds  REAL NOT NULL,
  PRIMARY KEY (document, branch, page)
);
CREATE TABLE claims (
  document TEXT NOT NULL,
  branch   TEXT NOT NULL,
  page     INTEGER NOT NULL,
  person   TEXT NOT NULL,
  until    REAL NOT NULL,
  PRIMARY KEY (document, branch, page)
);
CREATE TABLE agreements (                 -- pages that two people labelled, once both are done
  document TEXT NOT NULL,
  page     INTEGER NOT NULL,
  first    TEXT NOT NULL,
  second   TEXT NOT NULL,
  counts   TEXT NOT NULL,                 -- JSON, see quality.Agreement
  settled  TEXT,                          -- who settled the differences
  PRIMARY KEY (document, page)
);
CREATE TABLE golden (                     -- accepted pages whose truth is known
  document TEXT NOT NULL,
  page     INTEGER NOT NULL,
  person   TEXT NOT NULL,
  right    INTEGER NOT NULL,
  cells    INTEGER NOT NULL,
  PRIMARY KEY (document, page, person)
);
CREATE TABLE audits (                     -- accepted pages that were drawn at random
  document TEXT NOT NULL,
  page     INTEGER NOT NULL,
  expected REAL NOT NULL,                 -- records that were expected to be wrong
  found    INTEGER NOT NULL,              -- records that people changed
  PRIMARY KEY (document, page)
);
CREATE TABLE facts (                      -- of the pages of a document, for the queue; can be made again
  document TEXT PRIMARY KEY,
  state    TEXT NOT NULL,                 -- of what they were made
  content  TEXT NOT NULL                  -- JSON
);
COMMIT;
"""


@dataclass(frozen=True)
class StoredEvent:
    """An edit as it is stored; `patches` is JSON."""

    document: str
    branch: str
    version: int
    edit: str
    person: str
    at: str
    page: int
    action: str
    strokes: int
    undoes: int | None
    patches: str


@dataclass(frozen=True)
class PageMark:
    """How a page stands, since when and by whom."""

    document: str
    branch: str
    page: int
    state: str
    person: str
    at: str
    version: int
    strokes: int
    seconds: float


_EVENT = "document, branch, version, edit, person, at, page, action, strokes, undoes, patches"
_MARK = "document, branch, page, state, person, at, version, strokes, seconds"


def now() -> str:
    """Return the time as it is stored."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class ReviewStore:
    """The store of one output folder. Methods may be called from any thread."""

    def __init__(self, out: Path, alone: bool = True) -> None:
        """Open the store, or begin it.

        Args:
            out: the output folder.
            alone: whether nobody else may write meanwhile; who only reads need not be.

        Raises:
            UsageError: another server serves this folder.
            InputError: the file is no store of this version.
            OutputError: it cannot be written.
        """
        self.path = out / STORE_FILE
        self._guard = threading.RLock()
        self._lock = _lock(out / LOCK_FILE) if alone else None
        try:
            self._db = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA journal_mode=DELETE")
            if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
                self._db.executescript(_TABLES)
            (version,) = self._db.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
        except sqlite3.DatabaseError as error:
            self._unlock()
            raise InputError(
                f"{self.path} cannot be opened: {error}",
                "keep a copy: it holds what people did; then restore a backup of it",
            ) from error
        if version != str(SCHEMA_VERSION):
            self._unlock()
            raise InputError(
                f"{self.path} was written by another version ({version}, not {SCHEMA_VERSION})",
                "install the version that wrote it",
            )

    def close(self) -> None:
        """Close the store and let others serve the folder."""
        with self._guard:
            self._db.close()
            self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make what is written in the block one transaction: on the disk when it ends, or not at all.

        Raises:
            OutputError: it cannot be written.
        """
        with self._guard:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield
                except BaseException:
                    self._db.execute("ROLLBACK")
                    raise
                self._db.execute("COMMIT")
            except sqlite3.OperationalError as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise OutputError(f"cannot write {self.path}: {error}", "nothing was saved") from error

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._guard:
            return self._db.execute(query, values).fetchall()

    def write(self, statement: str, *values: Any) -> None:
        """Do one statement: inside `writing` as a part of it, else by itself."""
        with self._guard:
            if self._db.in_transaction:
                self._db.execute(statement, values)
            else:
                with self.writing():
                    self._db.execute(statement, values)

    def add_event(self, event: StoredEvent) -> None:
        """Add an edit."""
        self.write(
            f"INSERT INTO events ({_EVENT}) VALUES ({', '.join('?' * 11)})",
            *(getattr(event, name) for name in _EVENT.split(", ")),
        )

    def events(self, document: str, branch: str, after: int = 0) -> list[StoredEvent]:
        """Return the edits of a document behind a version, in order."""
        found = self.rows(
            f"SELECT {_EVENT} FROM events WHERE document = ? AND branch = ? AND version > ? ORDER BY version",
            document,
            branch,
            after,
        )
        return [StoredEvent(*row) for row in found]

    def event_of(self, document: str, branch: str, edit: str) -> StoredEvent | None:
        """Return the edit with an id, None where it was never saved."""
        found = self.rows(
            f"SELECT {_EVENT} FROM events WHERE document = ? AND branch = ? AND edit = ?",
            document,
            branch,
            edit,
        )
        return StoredEvent(*found[0]) if found else None

    def mark(self, mark: PageMark) -> None:
        """Note how a page stands from now on."""
        self.write(
            f"INSERT OR REPLACE INTO pages ({_MARK}) VALUES ({', '.join('?' * 9)})",
            *(getattr(mark, name) for name in _MARK.split(", ")),
        )

    def marks(self, document: str | None = None) -> list[PageMark]:
        """Return how pages stand, of one document or all; those that nobody touched are not among them."""
        if document is None:
            found = self.rows(f"SELECT {_MARK} FROM pages")
        else:
            found = self.rows(f"SELECT {_MARK} FROM pages WHERE document = ?", document)
        return [PageMark(*row) for row in found]


def _lock(path: Path) -> int:
    """Hold the lock file of a folder until the process ends.

    Raises:
        UsageError: another process holds it.
        OutputError: it cannot be written.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise output_error(error, path) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise UsageError(
            f"another `yusuan review` serves {path.parent}", "use that one, or stop it first"
        ) from None
    return handle
