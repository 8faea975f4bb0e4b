"""What the worker processes do: open a file, read a page, assemble a document.

A task is one plain value in and one out. A worker keeps the file it has open and its page reader
from one task to the next, because opening and loading cost more than many a page.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from yusuan.extraction.batch.store import Counts
from yusuan.extraction.config import Settings
from yusuan.extraction.document import Document, Page, PageStatus, Source, SourceKind
from yusuan.extraction.errors import InputError, YusuanError
from yusuan.extraction.exports.folder import (
    DOCUMENT_FILE,
    WORKBOOK_FILE,
    read_page_image,
    write_page_image,
    write_text,
    writing,
)
from yusuan.extraction.exports.parts import write_parts
from yusuan.extraction.exports.tables_workbook import write_tables_workbook

if TYPE_CHECKING:
    from yusuan.extraction.pages import OpenedSource
    from yusuan.extraction.pipeline import PageReader


@dataclass(frozen=True)
class ProbeTask:
    """Open a file and say what is in it."""

    path: Path
    sha256: str
    password: str | None
    settings: Settings


@dataclass(frozen=True)
class Probed:
    """What opening a file told: number of pages, and what the user should know."""

    pages: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class PageTask:
    """Read one page; its upright image goes to `folder`/pages, overlays of each stage to `folder`/debug."""

    path: Path
    sha256: str
    password: str | None
    page_number: int
    folder: Path
    debug: bool
    settings: Settings


@dataclass(frozen=True)
class PageRead:
    """A page as JSON, and what the user should know about it; each warning names its page."""

    page: str
    warnings: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class AssembleTask:
    """Join the pages of a document, given as JSON (again at each iteration), and write its files."""

    path: str
    sha256: str
    page_count: int
    pages: Iterable[str]
    warnings: tuple[str, ...]
    folder: Path
    settings: Settings


@dataclass(frozen=True)
class Assembled:
    """What was written."""

    counts: Counts
    seconds: float


@dataclass(frozen=True)
class Work:
    """The three steps of a document and the preparation of a process; `YUSUAN_WORK` is the real one.

    All four are module-level functions, because workers import them by name. A step raises
    InputError or PageError for what is wrong with the document; other YusuanErrors end the run.
    """

    start: Callable[[Settings], None]
    probe: Callable[[ProbeTask], Probed]
    read: Callable[[PageTask], PageRead]
    assemble: Callable[[AssembleTask], Assembled]


class _Worker:
    """What one process keeps between tasks."""

    def __init__(self) -> None:
        self._reader: PageReader | None = None
        self._key: tuple[str, str | None] | None = None
        self._context: AbstractContextManager[OpenedSource] | None = None
        self._source: OpenedSource | None = None

    def reader(self, settings: Settings) -> PageReader:
        from yusuan.extraction.pipeline import PageReader

        if self._reader is None:
            self._reader = PageReader(settings)
        return self._reader

    def rest(self) -> None:
        """Let go of the page reader: the table model holds half a GiB, and loads in 25 ms."""
        self._reader = None

    def source(self, path: Path, sha256: str, password: str | None, settings: Settings) -> OpenedSource:
        from yusuan.extraction.pages import open_source

        if self._source is None or self._key != (sha256, password):
            self.close()
            self._context = open_source(path, settings.pages, password)
            self._source = self._context.__enter__()
            self._key = (self._source.info.sha256, password)
        if self._key[0] != sha256:
            self.close()
            raise InputError("the file changes while it is read", "run again when it has been written")
        return self._source

    def close(self) -> None:
        context, self._context, self._source, self._key = self._context, None, None, None
        if context is not None:
            context.__exit__(None, None, None)


_worker = _Worker()


def start_worker(settings: Settings) -> None:
    """Prepare a process: its share of the cores, and silence on standard output."""
    # Libraries print; standard output belongs to the summary of the parent.
    os.dup2(2, 1)
    cv2.setNumThreads(settings.ocr.threads)


def probe_file(task: ProbeTask) -> Probed:
    """Open a file and count its pages.

    Raises:
        InputError: it cannot be read, or has changed since it was hashed.
    """
    source = _worker.source(task.path, task.sha256, task.password, task.settings)
    return Probed(source.info.pages, tuple(source.info.warnings))


def read_page(task: PageTask) -> PageRead:
    """Read one page and write its image.

    Raises:
        InputError, PageError: the page cannot be read.
        OutputError: its image cannot be written.
        ModelError: models are missing.
    """
    started = time.perf_counter()
    reader = _worker.reader(task.settings)
    try:
        source = _worker.source(task.path, task.sha256, task.password, task.settings)
        # Only a scan that leaves a doubt about which side is up loads the engine here.
        image = source.load(task.page_number, lambda crops: reader.engine.recognize(crops))
    except YusuanError:
        _worker.close()  # an opened file that failed once is not trusted with the next page
        raise
    # Written first: a page that cannot be read is the one that a person will want to look at.
    write_page_image(task.folder, task.page_number, image.image, image.dpi)
    page = reader.read(image, task.folder / "debug" if task.debug else None)
    return PageRead(page.model_dump_json(), image.warnings, time.perf_counter() - started)


def assemble_document(task: AssembleTask) -> Assembled:
    """Join pages, extract records, check them, and write document.json and tables.xlsx.

    Raises:
        OutputError: the files cannot be written.
    """
    from yusuan.extraction.pipeline import Means, assemble

    started = time.perf_counter()
    _worker.rest()
    pages = [Page.model_validate_json(page) for page in task.pages]
    source = Source(path=task.path, sha256=task.sha256, pages=task.page_count, kind=pages_to_kind(pages))
    # Nothing keeps the means, which remember what they saw, while files are written.
    document = assemble(
        source, pages, Means(task.settings, partial(read_page_image, task.folder)), task.warnings
    )
    write_document(document, task.folder, task.settings)
    return Assembled(document_to_counts(document), time.perf_counter() - started)


def write_document(document: Document, folder: Path, settings: Settings) -> None:
    """Write document.json and tables.xlsx into a document's folder, and its rows beside those of others.

    Raises:
        OutputError: they cannot be written.
    """
    write_parts(folder.parent.parent, folder.name, document)
    with writing(folder / WORKBOOK_FILE) as draft:
        write_tables_workbook(document, draft)
    write_text(folder / DOCUMENT_FILE, document.json_parts())


def pages_to_kind(pages: list[Page]) -> SourceKind:
    """Return whether the pages that were read are digital, scanned or both; scanned when none was."""
    kinds = {page.kind for page in pages if page.status == "ok"}
    return "mixed" if len(kinds) > 1 else next(iter(kinds), "scanned")


def document_to_counts(document: Document) -> Counts:
    """Return the figures that the run's summary adds up."""
    return Counts(
        tables=len(document.tables),
        records=len(document.records),
        accepted=sum(record.status in ("accepted", "reviewed") for record in document.records),
        review=sum(record.status == "review" for record in document.records),
        failed_checks=sum(finding.status == "fail" for finding in document.findings),
    )


def unread_page(number: int, dpi: float, error: str | None) -> Page:
    """Return the page that stands for one that failed (with an error) or was not asked for (None)."""
    status: PageStatus = "skipped" if error is None else "failed"
    return Page(number=number, width=0, height=0, dpi=dpi, kind="scanned", status=status, error=error)


YUSUAN_WORK = Work(start_worker, probe_file, read_page, assemble_document)
