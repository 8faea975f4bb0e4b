"""Works out in the background what follows from edits, so that no keystroke waits for a whole document."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from pydantic import TypeAdapter

from yusuan.extraction.checks.ledger import Indents
from yusuan.extraction.config import Settings
from yusuan.extraction.document import Document, Record
from yusuan.extraction.errors import InputError, YusuanError
from yusuan.extraction.exports.folder import (
    read_document,
    read_page_image,
    reviewed_path,
    write_text,
)
from yusuan.extraction.pipeline import Means
from yusuan.review.derive import Reckoned, body_places, doubtful_cells, reckon
from yusuan.review.desk import Desk, SheetKey
from yusuan.review.facts import PageFacts, page_facts
from yusuan.review.queue_order import is_random
from yusuan.review.sheet import Sheet, reading_of
from yusuan.review.store import MAIN

_FACTS = TypeAdapter(list[PageFacts])
# Nobody waits for what follows from an edit but who looks at the page.
_SOON_SECONDS = 1.0
_LOOK_SECONDS = 10.0
_MOST_KEPT = 32
_MOST_SEEN = 4  # documents, with the images of two pages each
# Facts made by another version are made again.
_FACTS_VERSION = 1

log = logging.getLogger(__name__)


class Reckoner:
    """Keeps records, checks and the facts of the queue in step with the edits of a desk, in one thread."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        """Take the desk, and the settings of checks."""
        self._desk = desk
        self._settings = settings
        self._seen: OrderedDict[str, Means] = OrderedDict()
        self._changed = threading.Condition()
        # Document → when it is due.
        self._waiting: dict[SheetKey, float] = {}
        self._reckoned: OrderedDict[SheetKey, Reckoned] = OrderedDict()
        self._failed: dict[SheetKey, tuple[int, str]] = {}
        self._facts: dict[str, list[PageFacts]] = {}
        self._looked_at: dict[str, tuple[int, int]] = {}
        self._generation = 0
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="reckoner", daemon=True)

    def start(self) -> None:
        """Begin; documents that nobody has looked at yet come after all that is asked for."""
        for document, content in self._desk.store.rows("SELECT document, content FROM facts"):
            self._facts[document] = _FACTS.validate_json(content)
        self._thread.start()

    def stop(self) -> None:
        """End once the document at hand is done."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._thread.join()

    def ask(self, document: str, branch: str = MAIN) -> None:
        """Have a document worked out anew, soon: further edits may come before."""
        with self._changed:
            self._waiting.setdefault((document, branch), time.monotonic() + _SOON_SECONDS)
            self._changed.notify_all()

    def wait_for(self, sheet: Sheet, version: int, seconds: float) -> Reckoned | None:
        """Return what follows from a version or a later one, or after so many seconds what there is."""
        key = (sheet.id, sheet.branch)
        with self._changed:

            def ready() -> bool:
                there = self._reckoned.get(key)
                failed = self._failed.get(key)
                return (
                    (there is not None and there.version >= version and there.base is sheet.base)
                    or (failed is not None and failed[0] >= version)
                    or self._ended
                )

            if not ready():
                self._waiting[key] = 0.0
                self._changed.notify_all()
                self._changed.wait_for(ready, seconds)
            return self._reckoned.get(key)

    def facts(self) -> tuple[int, Mapping[str, list[PageFacts]]]:
        """Return the facts of all pages that are known so far, and a number that grows when they change."""
        with self._changed:
            return self._generation, dict(self._facts)

    def _run(self) -> None:
        unseen = list(self._desk.folders().items())
        looked = time.monotonic()
        while True:
            with self._changed:
                key = self._due()
                if key is None and not unseen:
                    first = min(self._waiting.values(), default=looked + _LOOK_SECONDS)
                    self._changed.wait(max(0.0, first - time.monotonic()))
                    key = self._due()
                if self._ended:
                    return
            if key is None and not unseen:
                # `extract` may be running meanwhile.
                if time.monotonic() > looked + _LOOK_SECONDS:
                    unseen, looked = self._unseen(), time.monotonic()
                continue
            try:
                if key is not None:
                    self._reckon(key)
                else:
                    self._look_at(*unseen.pop())
            except YusuanError as error:
                log.warning("%s", error)
                self._give_up(key, str(error))
            except Exception:
                # A document that cannot be worked out must not stop the others, nor any edit of its own.
                log.exception("cannot work out %s", key)
                self._give_up(key, "see the log")

    def _due(self) -> SheetKey | None:
        """Take the document that has been due longest, None where none is."""
        key = min(self._waiting, key=lambda key: self._waiting[key], default=None)
        if key is None or self._waiting[key] > time.monotonic():
            return None
        del self._waiting[key]
        return key

    def _give_up(self, key: SheetKey | None, why: str) -> None:
        if key is not None:
            with self._changed:
                self._failed[key] = (2**62, why)
                self._changed.notify_all()

    def _reckon(self, key: SheetKey) -> None:
        document, branch = key
        with self._desk.sheet(document, branch) as sheet:
            base, tables, version = sheet.base, sheet.tables.tables, sheet.version
            accepted = self._desk.accepted(document, branch)
        reckoned = reckon(
            base, tables, accepted, self._settings.checks.error_rate, version, self._indents(document)
        )
        with self._changed:
            self._reckoned[key] = reckoned
            self._reckoned.move_to_end(key)
            while len(self._reckoned) > _MOST_KEPT:
                self._reckoned.popitem(last=False)
            self._failed.pop(key, None)
            self._changed.notify_all()
        if branch == MAIN and version:
            self._keep(sheet, reckoned, accepted)

    def _indents(self, document: str) -> Indents:
        """Return what looks at the pages of a document; it remembers what it saw."""
        if document not in self._seen:
            folder = self._desk.folder(document)
            self._seen[document] = Means(self._settings, lambda page: read_page_image(folder, page))
        self._seen.move_to_end(document)
        while len(self._seen) > _MOST_SEEN:
            self._seen.popitem(last=False)
        return self._seen[document].second.indent

    def _keep(self, sheet: Sheet, reckoned: Reckoned, accepted: set[int]) -> None:
        """Keep the facts of a document, and once some of it is accepted the document as people left it."""
        self._keep_facts(
            sheet.id, f"edited {reckoned.version}", page_facts(reckoned.document, reckoned.doubtful)
        )
        if not accepted:
            return
        write_text(reviewed_path(sheet.folder), reckoned.document.json_parts())
        for page in accepted:
            if is_random((sheet.id, page)):
                expected, found = audit(sheet.base, reckoned.document, page)
                self._desk.store.write(
                    "INSERT OR REPLACE INTO audits VALUES (?, ?, ?, ?)", sheet.id, page, expected, found
                )

    def _look_at(self, document: str, folder: Path) -> None:
        """Take in a document that nobody has edited, where it is new or was read anew."""
        self._looked_at[document] = reading_of(folder)
        size, time_ns = self._looked_at[document]
        state = f"{_FACTS_VERSION} {size} {time_ns}"
        stored = self._desk.store.rows("SELECT state FROM facts WHERE document = ?", document)
        if stored and (stored[0][0] == state or stored[0][0].startswith("edited")):
            return
        read = read_document(folder)
        heads = doubtful_cells(read, set(), set())
        self._keep_facts(document, state, page_facts(read, heads))

    def _unseen(self) -> list[tuple[str, Path]]:
        """Return the documents that have come or were read anew."""
        found = []
        for document, folder in self._desk.folders().items():
            with suppress(InputError):  # it has just gone
                if self._looked_at.get(document) != reading_of(folder):
                    found.append((document, folder))
        return found

    def _keep_facts(self, document: str, state: str, facts: list[PageFacts]) -> None:
        content = _FACTS.dump_json(facts).decode("utf-8")
        self._desk.store.write("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", document, state, content)
        with self._changed:
            self._facts[document] = facts
            self._generation += 1
            self._changed.notify_all()


def audit(base: Document, reviewed: Document, page: int) -> tuple[float, int]:
    """Return how many records of a page were expected to be wrong, and how many people changed.

    A record that was not changed says after review what it said before.
    """
    said = {_said(record) for record in reviewed.records}
    heads = {table.id: table.header_rows for table in base.tables}
    here = [record for record in base.records if max(body_places(record, heads).values(), default=0) == page]
    expected = sum(1 - (record.confidence or 0.0) for record in here)
    return expected, sum(_said(record) not in said for record in here)


def _said(record: Record) -> str:
    """Return what a record states, wherever it stands."""
    content = record.model_dump(exclude={"id", "confidence", "status", "provenance", "checks"})
    return json.dumps(content, ensure_ascii=False, sort_keys=True)
