"""A document under review: what was read, and every edit since, in memory as on the disk."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from yusuan.extraction.document import Document
from yusuan.extraction.errors import InputError, UsageError
from yusuan.extraction.exports.folder import DOCUMENT_FILE
from yusuan.extraction.token_labels import LABELS
from yusuan.review.derive import as_review_tables
from yusuan.review.facts import pages_of
from yusuan.review.patches import Add, Change, Patch, ReviewCell, ReviewTable, Tables
from yusuan.review.store import ReviewStore, StoredEvent
from yusuan.review.wire import Event

# Opening a document replays at most so many edits.
_SNAPSHOT_EVERY = 200
_LONGEST_TEXT = 20_000
_MOST_CELLS = 200_000

PATCHES = TypeAdapter(tuple[Patch, ...])
_TABLES = TypeAdapter(tuple[ReviewTable, ...])
_KNOWN = frozenset(LABELS)


@dataclass
class Sheet:
    """The tables of a document on one branch.

    Attributes:
        id: of the document.
        branch: of its edits.
        folder: where `extract` put it.
        base: as it was read when people began.
        sha256: of the `document.json` that this was.
        reading: of the `document.json` that stood there when this was opened, see `reading_of`.
        tables: as they are now.
        version: number of edits so far.
        changed: table → version of the last edit that touched it; tables that are gone stay in it.
    """

    id: str
    branch: str
    folder: Path
    base: Document
    sha256: str
    reading: tuple[int, int]
    tables: Tables
    version: int = 0
    changed: dict[str, int] = field(default_factory=dict)

    def advance(self, event: StoredEvent, patches: Sequence[Patch], tables: Tables) -> None:
        """Take in an edit that is on the disk."""
        self.version = event.version
        self.tables = tables
        for table in touched(patches):
            self.changed[table] = event.version

    def tables_of(self, page: int) -> tuple[ReviewTable, ...]:
        """Return the logical tables that stand on a page."""
        return tuple(table for table in self.tables.tables if page in pages_of(table))

    def before(self, page: int) -> str | None:
        """Return the id of the table before those of a page, None where there is none."""
        before = None
        for table in self.tables.tables:
            pages = pages_of(table)
            if page in pages or min(pages, default=page) > page:
                break
            before = table.id
        return before

    def problems(self, patches: Sequence[Patch], people: frozenset[str]) -> None:
        """Check what a person sends beyond its form.

        Args:
            patches: of an edit.
            people: who may stand in a cell as its reviewer.

        Raises:
            UsageError: a cell says what no cell can.
        """
        pages = {page.number: page for page in self.base.pages}
        cells = [cell for patch in patches for cell in _cells(patch)]
        if len(cells) > _MOST_CELLS:
            raise UsageError(f"an edit has at most {_MOST_CELLS} cells")
        for cell in cells:
            where = f"cell at row {cell.row}, column {cell.col}"
            page = pages.get(cell.page)
            if page is None:
                raise UsageError(f"{where} stands on page {cell.page}, which this document has not")
            x0, y0, x1, y1 = cell.bbox
            # Boxes of cells at the rim may lie over it by some pixels, as the table model draws them.
            if not (
                -page.width <= x0 <= x1 <= 2 * page.width and -page.height <= y0 <= y1 <= 2 * page.height
            ):
                raise UsageError(f"{where} does not stand on its page")
            if max(len(cell.text), len(cell.raw_text)) > _LONGEST_TEXT:
                raise UsageError(f"{where} has more than {_LONGEST_TEXT} characters")
            if cell.reviewer is not None and cell.reviewer not in people:
                raise UsageError(f"{where} names a reviewer who never signed in")
            end = 0
            for span in cell.spans:
                if span.label not in _KNOWN:
                    raise UsageError(f"{where}: there is no label {span.label!r}")
                if not end <= span.start < span.end <= len(cell.text):
                    raise UsageError(f"{where}: a label stands outside its text, or over another one")
                end = span.end


def _cells(patch: Patch) -> tuple[ReviewCell, ...]:
    if isinstance(patch, Change):
        return patch.put
    return patch.table.cells if isinstance(patch, Add) else ()


def touched(patches: Sequence[Patch]) -> tuple[str, ...]:
    """Return the ids of the tables that patches change."""
    return tuple(
        dict.fromkeys(patch.table.id if isinstance(patch, Add) else patch.table for patch in patches)
    )


def as_event(event: StoredEvent) -> Event:
    """Return a stored edit as others see it."""
    return Event(
        version=event.version,
        person=event.person,
        at=event.at,
        action=event.action,
        patches=PATCHES.validate_json(event.patches),
    )


def document_sha256(folder: Path) -> str:
    """Return the SHA-256 of the `document.json` of a folder.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return hashlib.sha256((folder / DOCUMENT_FILE).read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"cannot read {folder / DOCUMENT_FILE}: {error.strerror}") from error


def reading_of(folder: Path) -> tuple[int, int]:
    """Return what changes when `extract` writes the document of a folder anew: size and time of the file.

    Raises:
        InputError: it is gone.
    """
    try:
        file = (folder / DOCUMENT_FILE).stat()
    except OSError as error:
        raise InputError(f"cannot read {folder / DOCUMENT_FILE}: {error.strerror}") from error
    return file.st_size, file.st_mtime_ns


def open_sheet(store: ReviewStore, document: str, branch: str, folder: Path, replay: bool = True) -> Sheet:
    """Return a document as it is under review: as first seen, with all edits.

    What `extract` writes later changes nothing for a document that people have begun to work on.

    Args:
        store: that holds the edits.
        document: its id.
        branch: of its edits.
        folder: where `extract` put it.
        replay: whether to do the edits; else it is as it was first seen.

    Raises:
        InputError: `document.json` cannot be read.
    """
    reading = reading_of(folder)
    kept = store.rows("SELECT sha256, content FROM bases WHERE document = ?", document)
    if kept:
        sha256, data = kept[0][0], gzip.decompress(kept[0][1])
    else:
        try:
            data = (folder / DOCUMENT_FILE).read_bytes()
        except OSError as error:
            raise InputError(f"cannot read {folder / DOCUMENT_FILE}: {error.strerror}") from error
        sha256 = hashlib.sha256(data).hexdigest()
    try:
        base = Document.model_validate_json(data)
    except ValidationError as error:
        raise InputError(
            f"{folder / DOCUMENT_FILE} is not of this version: {error.errors()[0]['msg']}",
            "run extract again with --force",
        ) from error
    tables = Tables(as_review_tables(base.tables))
    sheet = Sheet(document, branch, folder, base, sha256, reading, tables)
    if not replay:
        return sheet
    snapshot = store.rows(
        "SELECT version, content FROM snapshots WHERE document = ? AND branch = ?", document, branch
    )
    if snapshot:
        content = json.loads(gzip.decompress(snapshot[0][1]))
        sheet.version, sheet.changed = snapshot[0][0], content["changed"]
        sheet.tables = Tables(_TABLES.validate_python(content["tables"]))
    for event in store.events(document, branch, sheet.version):
        patches = PATCHES.validate_json(event.patches)
        sheet.advance(event, patches, sheet.tables.patched(patches))
    return sheet


def keep_base(store: ReviewStore, sheet: Sheet) -> None:
    """Keep what was read with the first edit, so that no later run can pull it away from under the others."""
    if not store.rows("SELECT 1 FROM bases WHERE document = ?", sheet.id):
        content = gzip.compress(sheet.base.to_json().encode("utf-8"), 5, mtime=0)
        store.write("INSERT INTO bases VALUES (?, ?, ?)", sheet.id, sheet.sha256, content)


def keep_snapshot(store: ReviewStore, sheet: Sheet) -> None:
    """Keep the state of a document now and then; the edits before it stay in the store all the same."""
    if sheet.version % _SNAPSHOT_EVERY:
        return
    content = json.dumps(
        {"changed": sheet.changed, "tables": _TABLES.dump_python(sheet.tables.tables, mode="json")},
        ensure_ascii=False,
    )
    store.write(
        "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)",
        sheet.id,
        sheet.branch,
        sheet.version,
        gzip.compress(content.encode("utf-8"), 5, mtime=0),
    )
