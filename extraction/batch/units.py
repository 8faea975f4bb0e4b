"""What a worker does in one go: open a document and read its first pages, read a range, put it together.

A unit is a plain value, and so is each of its messages: where it runs (a process of this machine, an
actor of a cluster) is the executor's business. Whatever a unit writes is written whole under a name that
depends on the document alone, so a unit that runs twice, even at the same time, leaves the same files.
"""

from __future__ import annotations

import errno
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from yusuan.extraction.batch.inputs import file_sha256, selected_pages
from yusuan.extraction.batch.store import Counts
from yusuan.extraction.batch.work import (
    AssembleTask,
    PageTask,
    ProbeTask,
    Work,
    unread_page,
)
from yusuan.extraction.config import Settings
from yusuan.extraction.errors import InputError, OutputError, PageError, YusuanError
from yusuan.extraction.exports.folder import (
    DOCUMENTS,
    FULL_HINT,
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
        out: the output folder.
        password: for encrypted PDFs.
        debug: draw the stages of each page.
    """

    work: Work
    settings: Settings
    out: Path
    password: str | None = None
    debug: bool = False


@dataclass(frozen=True)
class Unit:
    """Work on one document.

    Attributes:
        path: the file.
        shown: its path for people.
        sha256: of its content.
        folder: name of its folder under `documents/`.
    """

    path: Path
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


def run_unit(orders: Orders, unit: Unit) -> Iterator[Began | Done]:
    """Do the steps of a unit, saying when each begins and how it ended."""
    if isinstance(unit, AssembleUnit):
        limit = orders.settings.batch.page_seconds * (1 + _ASSEMBLE_SHARE * len(unit.selected))
        yield Began("assemble", limit)
        yield _guarded("assemble", lambda: _assemble(orders, unit))
        return
    limit = orders.settings.batch.page_seconds
    pages: Sequence[int] = ()
    if isinstance(unit, OpenUnit):
        yield Began("open", limit)
        probe = ProbeTask(unit.path, unit.sha256, orders.password, orders.settings)
        opened = _guarded("open", lambda: orders.work.probe(probe))
        yield opened
        if opened.error is None:
            pages = selected_pages(unit.asked, opened.value.pages)[: unit.first]
    elif isinstance(unit, PagesUnit):
        pages = unit.pages
    for number in pages:
        yield Began(number, limit)
        done = _guarded(number, lambda number=number: _read(orders, unit, number))  # type: ignore[misc]
        yield done


def _read(orders: Orders, unit: Unit, number: int) -> PageStored:
    folder = orders.out / DOCUMENTS / unit.folder
    read = orders.work.read(
        PageTask(unit.path, unit.sha256, orders.password, number, folder, orders.debug, orders.settings)
    )
    write_page_file(folder, number, read.page)
    files = (page_image_path(folder, number), page_file_path(folder, number))
    return PageStored(read.warnings, read.seconds, _hashes(orders.out, files))


def _assemble(orders: Orders, unit: AssembleUnit) -> DocumentStored:
    folder = orders.out / DOCUMENTS / unit.folder
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
    return DocumentStored(done.counts, done.seconds, _hashes(orders.out, assembled_files(folder)))


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
