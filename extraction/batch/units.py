"""What a worker does in one go: open a document and read its first pages, read a range, put it together.

A unit is a plain value, and so is each of its messages: where it runs (a process of this machine, an
actor of a cluster) is the executor's business. Whatever a unit writes is written whole under a name that
depends on the document alone, so a unit that runs twice, even at the same time, leaves the same files.
"""

from __future__ import annotations

import errno
import shutil
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

from yusuan.extraction.batch.inputs import file_sha256, selected_pages
from yusuan.extraction.batch.remote import InputCache, RemoteFolder, is_remote, scratch_folder
from yusuan.extraction.batch.store import Counts
from yusuan.extraction.batch.work import (
    AssembleTask,
    PageTask,
    Probed,
    ProbeTask,
    Work,
    unread_page,
)
from yusuan.extraction.config import Settings
from yusuan.extraction.errors import InputError, OutputError, PageError, YusuanError
from yusuan.extraction.exports.folder import (
    DOCUMENTS,
    FULL_HINT,
    PAGES,
    PARTS,
    assembled_files,
    page_file_path,
    page_image_path,
    read_page_file,
    write_page_file,
)
from yusuan.extraction.processes import peak_mb, reset_peak

# Putting a document together costs far less than reading it: on top of one page's limit, this part of it for
# each page.
_ASSEMBLE_SHARE = 0.05

Step = int | Literal["open", "assemble"]
"""A page by its number, or one of the two steps that are about the whole document."""

ErrorClass = Literal["", "input", "page", "memory", "timeout", "died", "internal"]
"""Kinds of failures; the last three but one cost the worker its life."""


@dataclass(frozen=True)
class Orders:
    """What all units of a run have in common.

    Attributes:
        work: the steps of a document.
        settings: of every stage.
        out: the output folder; a URL where it is of a store.
        password: for encrypted PDFs.
        debug: draw the stages of each page.
    """

    work: Work
    settings: Settings
    out: Path | str
    password: str | None = None
    debug: bool = False


@dataclass(frozen=True)
class Unit:
    """Work on one document.

    Attributes:
        path: the file; a URL where it is of a store.
        shown: its path for people.
        sha256: of its content.
        folder: name of its folder under `documents/`.
    """

    path: Path | str
    shown: str
    sha256: str
    folder: str


@dataclass(frozen=True)
class OpenUnit(Unit):
    """Open a document and read the first of the pages that were asked for (None: all)."""

    asked: tuple[int, ...] | None
    first: int


@dataclass(frozen=True)
class PagesUnit(Unit):
    """Read some pages of a document."""

    pages: tuple[int, ...]


@dataclass(frozen=True)
class AssembleUnit(Unit):
    """Put a document together from pages that were read; `failed` says why others were not."""

    page_count: int
    selected: tuple[int, ...]
    failed: Mapping[int, str]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Began:
    """A step begins, and may take this many seconds."""

    step: Step
    seconds: float


@dataclass(frozen=True)
class Done:
    """A step has ended, well or with an error.

    Attributes:
        step: which.
        value: `Probed`, `PageStored` or `DocumentStored`; None with an error.
        error: what is wrong.
        kind: of the error.
        details: traceback of an error that nobody foresaw.
        peak_mb: the most memory that the worker held during the step.
    """

    step: Step
    value: Any = None
    error: YusuanError | None = None
    kind: ErrorClass = ""
    details: str = ""
    peak_mb: float = 0.0


@dataclass(frozen=True)
class PageStored:
    """A page was read and written. `files` has the SHA-256 of each by its path in the output folder."""

    warnings: tuple[str, ...]
    seconds: float
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DocumentStored:
    """A document was put together and written; `files` as in `PageStored`."""

    counts: Counts
    seconds: float
    files: dict[str, str] = field(default_factory=dict)


class _Site:
    """Where this process reads and writes: in place, or by way of a scratch folder."""

    def __init__(self, out: Path | str) -> None:
        self._remote = RemoteFolder(str(out)) if is_remote(out) else None
        self.out = scratch_folder(str(out)) if self._remote else Path(out)
        self._inputs = InputCache(scratch_folder("inputs"))

    def input(self, unit: Unit) -> Path:
        return unit.path if isinstance(unit.path, Path) else self._inputs.local(unit.path, unit.sha256)

    def folder(self, unit: Unit) -> Path:
        return self.out / DOCUMENTS / unit.folder

    def fetch_pages(self, unit: AssembleUnit) -> None:
        """Have the pages of a document here."""
        if self._remote is not None:
            folder = self.folder(unit)
            for number in unit.selected:
                for path in (page_image_path(folder, number), page_file_path(folder, number)):
                    self._remote.get(path.relative_to(self.out).as_posix(), path)

    def send(self, *, pages: bool = True) -> None:
        """Put all that was written in its place, but for pages that were only fetched."""
        if self._remote is None:
            return
        for path in sorted(self.out.rglob("*")):
            if path.is_file() and (pages or path.parent.name != PAGES):
                self._remote.put(path, path.relative_to(self.out).as_posix())
        for folder in (DOCUMENTS, PARTS):
            shutil.rmtree(self.out / folder, ignore_errors=True)


_site = cache(_Site)


def run_unit(orders: Orders, unit: Unit) -> Iterator[Began | Done]:
    """Do the steps of a unit, saying when each begins and how it ended."""
    limit = orders.settings.batch.page_seconds
    if isinstance(unit, AssembleUnit):
        yield Began("assemble", limit * (1 + _ASSEMBLE_SHARE * len(unit.selected)))
        yield _guarded("assemble", partial(_assemble, orders, unit))
        return
    pages: Sequence[int] = ()
    if isinstance(unit, OpenUnit):
        yield Began("open", limit)
        opened = _guarded("open", partial(_open, orders, unit))
        yield opened
        if opened.error is None:
            pages = selected_pages(unit.asked, opened.value.pages)[: unit.first]
    elif isinstance(unit, PagesUnit):
        pages = unit.pages
    for number in pages:
        yield Began(number, limit)
        yield _guarded(number, partial(_read, orders, unit, number))


def _open(orders: Orders, unit: Unit) -> Probed:
    path = _site(orders.out).input(unit)
    return orders.work.probe(ProbeTask(path, unit.sha256, orders.password, orders.settings))


def _read(orders: Orders, unit: Unit, number: int) -> PageStored:
    site = _site(orders.out)
    folder = site.folder(unit)
    read = orders.work.read(
        PageTask(
            site.input(unit), unit.sha256, orders.password, number, folder, orders.debug, orders.settings
        )
    )
    write_page_file(folder, number, read.page)
    hashes = _hashes(site.out, (page_image_path(folder, number), page_file_path(folder, number)))
    site.send()
    return PageStored(read.warnings, read.seconds, hashes)


def _assemble(orders: Orders, unit: AssembleUnit) -> DocumentStored:
    site = _site(orders.out)
    site.fetch_pages(unit)
    folder = site.folder(unit)
    task = AssembleTask(
        path=unit.shown,
        sha256=unit.sha256,
        page_count=unit.page_count,
        pages=_PageTexts(unit, folder, float(orders.settings.pages.dpi)),
        warnings=unit.warnings,
        folder=folder,
        settings=orders.settings,
    )
    done = orders.work.assemble(task)
    hashes = _hashes(site.out, assembled_files(folder))
    site.send(pages=False)
    return DocumentStored(done.counts, done.seconds, hashes)


@dataclass(frozen=True)
class _PageTexts(Iterable[str]):
    """All pages of a document as JSON, one in memory at a time; those that were not read have a stand-in."""

    unit: AssembleUnit
    folder: Path
    dpi: float

    def __iter__(self) -> Iterator[str]:
        read = set(self.unit.selected) - set(self.unit.failed)
        for number in range(1, self.unit.page_count + 1):
            if number in read:
                yield read_page_file(self.folder, number)
            else:
                reason = self.unit.failed.get(number)
                yield unread_page(number, self.dpi, reason).model_dump_json()


def _hashes(out: Path, files: Sequence[Path]) -> dict[str, str]:
    return {path.relative_to(out).as_posix(): file_sha256(path) for path in files if path.is_file()}


def _guarded(step: Step, action: Callable[[], Any]) -> Done:
    """Return how an action ended.

    Errors of foreign libraries stay here: many of them cannot be unpickled by another process.
    """
    reset_peak()
    try:
        done = Done(step, action())
    except InputError as error:
        done = Done(step, error=error, kind="input")
    except PageError as error:
        done = Done(step, error=error, kind="page")
    except YusuanError as error:
        done = Done(step, error=error, kind="internal")
    except ImportError as error:
        missing = YusuanError(f"a library cannot be loaded: {error}", "run `yusuan doctor`")
        done = Done(step, error=missing, kind="internal")
    except MemoryError:
        reason = PageError("it needs more memory than there is", "use fewer --workers or a lower --dpi")
        done = Done(step, error=reason, kind="memory")
    except Exception as error:
        done = _unforeseen(step, error)
    return replace(done, peak_mb=peak_mb())


def _unforeseen(step: Step, error: Exception) -> Done:
    """Return an error of a library or the system. No room left on a disk is no fault of the document."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        full = OutputError(f"no space left on the device ({error})", FULL_HINT)
        return Done(step, error=full, kind="internal")
    reason = f"internal error: {type(error).__name__}: {error}"
    return Done(
        step,
        error=PageError(reason, "the traceback is in error.log"),
        kind="internal",
        details="".join(traceback.format_exception(error)),
    )
