"""The desk: documents under review, who works on what, and edits that are on the disk before the answer."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

from yusuan.extraction.errors import UsageError, YusuanError
from yusuan.extraction.exports.folder import document_folders
from yusuan.review.patches import Patch, Tables
from yusuan.review.sheet import (
    PATCHES,
    Sheet,
    as_event,
    keep_base,
    keep_snapshot,
    open_sheet,
    reading_of,
    touched,
)
from yusuan.review.store import MAIN, PageMark, ReviewStore, StoredEvent, now
from yusuan.review.wire import Accept, CellEvent, Claim, Edit, Event, ReviewCell, Saved

# A claim that is not renewed ends: whoever closed the browser holds nobody up.
CLAIM_SECONDS = 120.0
_MOST_SHEETS = 32

SheetKey = tuple[str, str]


class NotFoundError(YusuanError):
    """There is no such document or page."""


class ConflictError(YusuanError):
    """Others changed the same tables since; `events` are theirs."""

    def __init__(self, version: int, events: tuple[Event, ...]) -> None:
        """Take the version of the document, and what others did."""
        people = ", ".join(sorted({event.person for event in events}))
        super().__init__(f"{people} changed this table in the meantime", "look at both versions and choose")
        self.version, self.events = version, events


class HeldError(YusuanError):
    """Somebody else works on the page."""

    def __init__(self, claim: Claim) -> None:
        """Take their claim."""
        super().__init__(f"{claim.person} works on this page", "take another one, or take it over")
        self.claim = claim


class Desk:
    """Documents of one output folder under review. Methods may be called from any thread."""

    def __init__(self, out: Path, store: ReviewStore) -> None:
        """Take the folder and its store."""
        self.out = out
        self.store = store
        self._guard = threading.Lock()
        self._locks: dict[SheetKey, threading.RLock] = {}
        self._sheets: OrderedDict[SheetKey, Sheet] = OrderedDict()
        self._folders: dict[str, Path] = {}

    def folders(self) -> dict[str, Path]:
        """Return the folder of each document by its id."""
        self._folders = {document_id(folder.name): folder for folder in document_folders(self.out)}
        return self._folders

    def folder(self, document: str) -> Path:
        """Return the folder of a document.

        Raises:
            NotFoundError: there is no such document.
        """
        found = self._folders.get(document) or self.folders().get(document)
        if found is None:
            raise NotFoundError("there is no such document", "go back to the queue")
        return found

    @contextmanager
    def sheet(self, document: str, branch: str = MAIN) -> Iterator[Sheet]:
        """Give the document under review, which nobody else changes meanwhile.

        Raises:
            NotFoundError: there is no such document.
            InputError: it cannot be read.
        """
        folder, key = self.folder(document), (document, branch)
        with self._guard:
            lock = self._locks.setdefault(key, threading.RLock())
        with lock:
            with self._guard:
                sheet = self._sheets.get(key)
            # What nobody has edited is what `extract` wrote last.
            if sheet is None or (sheet.version == 0 and sheet.reading != reading_of(folder)):
                sheet = open_sheet(self.store, document, branch, folder)
            with self._guard:
                self._sheets[key] = sheet
                self._sheets.move_to_end(key)
                # One that another thread works on may go too: it is stored, and its lock stays.
                while len(self._sheets) > _MOST_SHEETS:
                    self._sheets.popitem(last=False)
            yield sheet

    def people(self) -> list[str]:
        """Return the names of all who have signed in."""
        return [name for (name,) in self.store.rows("SELECT name FROM people ORDER BY since, name")]

    def branch(self, person: str, document: str, page: int) -> str:
        """Return the branch that a person works on at a page: their own while they label it blind."""
        open_blind = self.store.rows(
            "SELECT 1 FROM pages WHERE document = ? AND branch = ? AND page = ? AND state = 'open'",
            document,
            person,
            page,
        )
        return person if open_blind else MAIN

    def edit(self, person: str, document: str, edit: Edit) -> Saved:
        """Do an edit and store it; sent again it does nothing more.

        Raises:
            ConflictError: others changed the same tables since; nothing was stored.
            UsageError: it does not fit the tables.
            OutputError: it could not be stored.
        """
        branch = self.branch(person, document, edit.page)
        with self.sheet(document, branch) as sheet:
            known = self.store.event_of(document, branch, str(edit.edit))
            if known is not None:
                if known.person != person:
                    raise UsageError("another person has used this id of an edit", "load the page again")
                return Saved(version=known.version, edit=edit.edit)
            self._check_page(sheet, edit.page)
            if self._mark(sheet, edit.page) not in (None, "open"):
                raise UsageError("this page has been accepted", "open it again first")
            sheet.problems(edit.patches, frozenset({*self.people(), person}))
            self._check_base(sheet, edit.base, touched(edit.patches))
            tables = sheet.tables.patched(edit.patches)
            self._save(sheet, person, edit, tables)
            return Saved(version=sheet.version, edit=edit.edit)

    def _save(self, sheet: Sheet, person: str, edit: Edit, tables: Tables) -> None:
        self.store_event(
            sheet,
            person,
            edit.page,
            edit.action,
            edit.patches,
            tables,
            strokes=edit.strokes,
            undoes=edit.undoes,
            edit=edit.edit,
        )

    def store_event(
        self,
        sheet: Sheet,
        person: str,
        page: int,
        action: str,
        patches: tuple[Patch, ...] = (),
        tables: Tables | None = None,
        *,
        strokes: int = 0,
        undoes: int | None = None,
        edit: UUID | None = None,
        mark: PageMark | None = None,
    ) -> None:
        """Store an event of a sheet that is held, and only then take it in.

        Raises:
            OutputError: it could not be stored: then nothing has changed.
        """
        event = StoredEvent(
            document=sheet.id,
            branch=sheet.branch,
            version=sheet.version + 1,
            edit=str(edit or uuid4()),
            person=person,
            at=now(),
            page=page,
            action=action,
            strokes=strokes,
            undoes=undoes,
            patches=PATCHES.dump_json(patches).decode("utf-8"),
        )
        with self.store.writing():
            keep_base(self.store, sheet)
            self.store.add_event(event)
            if mark is not None:
                self.store.mark(mark)
        sheet.advance(event, patches, sheet.tables if tables is None else tables)
        keep_snapshot(self.store, sheet)

    def accept(self, person: str, document: str, page: int, accept: Accept) -> tuple[int, str]:
        """Note that a page is right as a person saw it; return the version and the branch.

        Raises:
            ConflictError: others changed a table of the page since.
        """
        branch = self.branch(person, document, page)
        with self.sheet(document, branch) as sheet:
            self._check_page(sheet, page)
            self._check_base(sheet, accept.base, tuple(table.id for table in sheet.tables_of(page)))
            state = "unsure" if accept.unsure else "accepted"
            mark = PageMark(
                document, branch, page, state, person, now(), sheet.version, accept.strokes, accept.seconds
            )
            self.store_event(sheet, person, page, "accept", mark=mark)
            self.release(person, document, page)
            return sheet.version, branch

    def reopen(self, person: str, document: str, page: int) -> int:
        """Note that a page is to be looked at again; return the version."""
        with self.sheet(document) as sheet:
            self._check_page(sheet, page)
            mark = PageMark(document, MAIN, page, "open", person, now(), sheet.version, 0, 0.0)
            self.store_event(sheet, person, page, "reopen", mark=mark)
            return sheet.version

    def accepted(self, document: str, branch: str = MAIN) -> set[int]:
        """Return the pages that people have found right."""
        marks = self.store.marks(document)
        return {mark.page for mark in marks if mark.branch == branch and mark.state == "accepted"}

    def _check_page(self, sheet: Sheet, page: int) -> None:
        if not any(each.number == page for each in sheet.base.pages):
            raise NotFoundError(f"this document has no page {page}", "go back to the queue")

    def _check_base(self, sheet: Sheet, base: int, tables: tuple[str, ...]) -> None:
        if base > sheet.version:
            raise UsageError("this page is ahead of what is stored", "load the page again")
        if any(sheet.changed.get(table, 0) > base for table in tables):
            events = map(as_event, self.store.events(sheet.id, sheet.branch, base))
            raise ConflictError(
                sheet.version, tuple(event for event in events if set(touched(event.patches)) & set(tables))
            )

    def _mark(self, sheet: Sheet, page: int) -> str | None:
        found = self.store.rows(
            "SELECT state FROM pages WHERE document = ? AND branch = ? AND page = ?",
            sheet.id,
            sheet.branch,
            page,
        )
        return found[0][0] if found else None

    def claim(self, person: str, document: str, page: int, take: bool = False) -> Claim:
        """Take a page for a while, or renew that.

        Raises:
            HeldError: somebody else has it.
        """
        branch, until = self.branch(person, document, page), time.time() + CLAIM_SECONDS
        with self.store.writing():
            held = self.claimed(document, page, branch)
            if held is not None and held.person != person and not take:
                raise HeldError(held)
            self.store.write(
                "INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?, ?)", document, branch, page, person, until
            )
        return Claim(person=person, until=until)

    def claimed(self, document: str, page: int, branch: str = MAIN) -> Claim | None:
        """Return who works on a page now."""
        found = self.store.rows(
            "SELECT person, until FROM claims WHERE document = ? AND branch = ? AND page = ? AND until > ?",
            document,
            branch,
            page,
            time.time(),
        )
        return Claim(person=found[0][0], until=found[0][1]) if found else None

    def release(self, person: str, document: str, page: int) -> None:
        """Let others have a page."""
        self.store.write(
            "DELETE FROM claims WHERE document = ? AND page = ? AND person = ?", document, page, person
        )

    def history(self, document: str, branch: str, table: str, row: int, col: int) -> tuple[CellEvent, ...]:
        """Return what was done to the cell that stands at a place now, latest first."""
        with self.sheet(document, branch) as sheet:
            steps = _steps(self.store, sheet)
        found = []
        place: tuple[int, int] | None = (row, col)
        for event, before, after in reversed(steps):
            if place is None:
                break
            now_there = _cell(after, table, place)
            place = _place_before(event, table, place)
            was_there = None if place is None else _cell(before, table, place)
            if now_there != was_there and _said(now_there) != _said(was_there):
                found.append(
                    CellEvent(
                        version=event.version,
                        person=event.person,
                        at=event.at,
                        action=event.action,
                        before=was_there,
                        after=now_there,
                    )
                )
        return tuple(found)


def _steps(store: ReviewStore, sheet: Sheet) -> list[tuple[Event, Tables, Tables]]:
    """Return every edit of a document with the tables before and after it."""
    start = open_sheet(store, sheet.id, sheet.branch, sheet.folder, replay=False)
    tables, steps = start.tables, []
    for stored in store.events(sheet.id, sheet.branch):
        event = as_event(stored)
        after = tables.patched(event.patches)
        steps.append((event, tables, after))
        tables = after
    return steps


def _cell(tables: Tables, table: str, place: tuple[int, int]) -> ReviewCell | None:
    for each in tables.tables:
        if each.id == table:
            return next((cell for cell in each.cells if (cell.row, cell.col) == place), None)
    return None


def _said(cell: ReviewCell | None) -> object:
    """Return what a person sees of a cell, wherever it stands."""
    if cell is None:
        return None
    spans = [(span.start, span.end, span.label) for span in cell.spans]
    return cell.text, spans, cell.rowspan, cell.colspan, cell.reviewer, cell.unsure


def _place_before(event: Event, table: str, place: tuple[int, int]) -> tuple[int, int] | None:
    """Return where a cell stood before an edit, None where its row or column came with it."""
    row, col = place
    for patch in reversed(event.patches):
        if patch.op == "add" and patch.table.id == table:
            return None
        if patch.op != "change" or patch.table != table:
            continue
        for splice in reversed(patch.splices):
            at = row if splice.axis == "row" else col
            if splice.at <= at < splice.at + splice.insert:
                return None
            if at >= splice.at + splice.insert:
                at += splice.delete - splice.insert
            row, col = (at, col) if splice.axis == "row" else (row, at)
    return row, col


def document_id(folder: str) -> str:
    """Return the id of the document in a folder of this name: no name of a file ever stands in an address."""
    return hashlib.sha256(folder.encode("utf-8", "surrogatepass")).hexdigest()[:12]
