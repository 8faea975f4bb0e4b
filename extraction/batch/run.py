"""Many documents: plan, hand out pages, collect, resume. `extract` is what the command line calls."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Literal

from yusuan.extraction.batch.executor import Executor, LocalExecutor, Outcome, Task
from yusuan.extraction.batch.inputs import (
    InputProblem,
    document_folder_name,
    file_sha256,
    inputs_to_files,
    shown_path,
)
from yusuan.extraction.batch.store import Counts, Digests, JobStore, open_store
from yusuan.extraction.batch.summary import Failure, RunSummary, write_run_file, yusuan_version
from yusuan.extraction.batch.work import YUSUAN_WORK, AssembleTask, PageTask, ProbeTask, Work, unread_page
from yusuan.extraction.config import Settings
from yusuan.extraction.document import SCHEMA
from yusuan.extraction.errors import InputError, PageError, UsageError
from yusuan.extraction.exports.folder import (
    DOCUMENT_FILE,
    DOCUMENTS,
    WORKBOOK_FILE,
    document_folders,
    log_error,
    page_image_path,
)
from yusuan.extraction.exports.parquet import results_are_complete, write_results
from yusuan.extraction.tables.structure_weights import FILES, structure_weights
from yusuan.models.cards import ASSEMBLING, READING, ModelCard

# Assembling costs far less than reading: on top of one page's limit, this part of it for each page.
_ASSEMBLE_SHARE = 0.05


@dataclass(frozen=True)
class ExtractOptions:
    """What to do with the inputs, apart from settings.

    Attributes:
        pages: numbers of the pages to read, None for all.
        force: redo what is done.
        password: for encrypted PDFs.
        engine: where workers run.
        address: of the cluster, for `ray`.
        debug: write the overlays of every stage beside the results.
    """

    pages: tuple[int, ...] | None = None
    force: bool = False
    password: str | None = None
    engine: Literal["local", "ray"] = "local"
    address: str | None = None
    debug: bool = False


@dataclass(frozen=True)
class Event:
    """Something a person watching may want to know.

    Attributes:
        kind: `opened` (amount: pages to read now), `page`, `document`, `skipped` (done before) or `problem`.
        document: path as given.
        page: its number, for `page`.
        amount: pages to read, or records found.
        error: why it failed, else None.
    """

    kind: Literal["opened", "page", "document", "skipped", "problem"]
    document: str
    page: int | None = None
    amount: int = 0
    error: str | None = None


def extract(
    inputs: Sequence[Path],
    out: Path,
    settings: Settings,
    options: ExtractOptions | None = None,
    *,
    progress: Callable[[Event], None] = lambda event: None,
    work: Work = YUSUAN_WORK,
) -> RunSummary:
    """Read documents into `out`, skipping what an earlier run has done.

    Args:
        inputs: files and folders.
        out: the output folder; everything in it is written by this function (see the contract).
        settings: of every stage.
        options: what to do with the inputs.
        progress: called with each event, in this thread.
        work: the steps of a document.

    Returns:
        What was done. When the user interrupts (KeyboardInterrupt), `interrupted` is set and all that
        was done is kept.

    Raises:
        UsageError: there is nothing to read, or an option cannot be used.
        OutputError: `out` cannot be written; what was done is kept.
        ModelError: models are missing.

    A script calls this under `if __name__ == "__main__":`, because worker processes import the script.
    """
    options = options or ExtractOptions()
    if options.engine != "local":
        raise UsageError(f"--engine {options.engine} is not available in this version", "use --engine local")
    if options.address:
        raise UsageError("--address needs --engine ray, which is not available in this version")
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    files = _at_least_one_file(inputs, out)
    with open_store(out) as store:
        run = _Run(out, settings, options, store, progress, work)
        batch = settings.batch
        executor = LocalExecutor(batch.workers, batch.pages_per_worker, work.start, worker_settings(settings))
        finished = False
        try:
            run.read(files, executor)
            finished = True
        except KeyboardInterrupt:
            # Whatever was stored stays; the summary below says how far the run came.
            pass
        finally:
            executor.close(now=not finished)
        if finished and (store.results_are_stale() or not results_are_complete(out)):
            write_results(out)
            store.results_written()
        summary = run.summary(time.perf_counter() - clock, interrupted=not finished)
    call = {
        "inputs": [shown_path(path) for path in inputs],
        "pages": options.pages,
        "force": options.force,
        "engine": options.engine,
        "debug": options.debug,
    }
    write_run_file(summary, settings.model_dump(), call, started)
    return summary


def reading_digest(settings: Settings) -> str:
    """Return a hash of all that pages depend on: version, models and settings, speed left out.

    Raises:
        UsageError, ModelError: weights that the settings name are missing.
    """
    folder = structure_weights(settings)
    files = [] if folder is None else [folder / name for name in FILES]
    chosen = settings.model_dump(include={"pages", "ocr", "tables"}, exclude={"ocr": {"threads", "device"}})
    return _digest(READING, files, chosen)


def assembling_digest(settings: Settings) -> str:
    """Return a hash of all that a document depends on beside its pages.

    Raises:
        UsageError, ModelError: weights that the settings name are missing.
    """
    files = [Path(settings.fields.weights)] if settings.fields.weights else []
    if settings.fields.earlier:
        files += [folder / DOCUMENT_FILE for folder in document_folders(Path(settings.fields.earlier))]
    return _digest(ASSEMBLING, files, settings.model_dump(include={"fields", "checks"}))


def _digest(cards: Iterable[ModelCard], files: Iterable[Path], chosen: dict[str, object]) -> str:
    weights = [*(card.sha256 for card in cards), *map(file_sha256, files)]
    parts = [yusuan_version(), SCHEMA, weights, chosen]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8")).hexdigest()


@dataclass
class _Job:
    """A document under way in this run."""

    path: Path
    shown: str
    sha256: str
    folder: Path
    warnings: tuple[str, ...] = ()
    page_count: int = 0
    selected: tuple[int, ...] = ()
    to_read: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class _Step:
    """One task of a document; `page_number` is 0 except for `page`."""

    kind: Literal["probe", "page", "assemble"]
    job: _Job
    page_number: int = 0


class _Run:
    """The state of one call of `extract`. Memory holds documents under way, never their pages."""

    def __init__(
        self,
        out: Path,
        settings: Settings,
        options: ExtractOptions,
        store: JobStore,
        progress: Callable[[Event], None],
        work: Work,
    ) -> None:
        self._out = out
        self._settings = worker_settings(settings)
        self._digests = Digests(reading_digest(settings), assembling_digest(settings))
        self._options = options
        self._store = store
        self._progress = progress
        self._work = work
        self._ready: deque[_Step] = deque()
        self._seen: dict[str, str] = {}  # sha256 → path as given
        self._skipped = 0
        self._duplicates: list[str] = []
        self._problems: list[Failure] = []
        self._pages_read = 0
        self._page_seconds = 0.0

    def read(self, files: Iterator[Path | InputProblem], executor: Executor) -> None:
        """Work through the inputs.

        Raises:
            YusuanError: something that concerns every document: the output folder, models.
        """
        while True:
            while executor.free > 0 and (step := self._next_step(files)):
                executor.submit(self._step_to_task(step))
            outcomes = executor.next_outcomes()
            if not outcomes:
                return
            for outcome in outcomes:
                self._settle(outcome)

    def _next_step(self, files: Iterator[Path | InputProblem]) -> _Step | None:
        while not self._ready:
            match next(files, None):
                case None:
                    return None
                case InputProblem(path, reason):
                    self._problem(path, reason)
                case file:
                    self._take_up(file)
        return self._ready.popleft()

    def _problem(self, path: str, reason: str) -> None:
        self._problems.append(Failure(path, None, reason))
        self._progress(Event("problem", path, error=reason))

    def _take_up(self, path: Path) -> None:
        """Decide what is left to do for one file, and put the first steps on the list."""
        shown = shown_path(path)
        try:
            sha256 = file_sha256(path)
        except InputError as error:
            self._problem(shown, str(error))
            return
        if sha256 in self._seen:
            self._duplicates.append(shown)
            self._progress(Event("problem", shown, error=f"same bytes as {self._seen[sha256]}, read once"))
            return
        self._seen[sha256] = shown
        stored = self._store.job(sha256)
        folder_name = stored.folder if stored else self._folder_name(path, sha256)
        job = _Job(path, shown, sha256, self._out / DOCUMENTS / folder_name)
        selection = self._options.pages
        digests = self._digests
        if stored is None or stored.digests.reading != digests.reading or self._options.force:
            self._store.begin(sha256, shown, folder_name, digests, selection)
            self._ready.append(_Step("probe", job))
            return
        done = self._store.page_numbers(sha256, "done")
        lost = [number for number in done if not page_image_path(job.folder, number).is_file()]
        written = (job.folder / DOCUMENT_FILE).is_file() and (job.folder / WORKBOOK_FILE).is_file()
        same = (stored.selection, stored.digests) == (selection, digests)
        if stored.state == "done" and same and written and not lost:
            self._skipped += 1
            self._progress(Event("skipped", shown, amount=stored.counts.records if stored.counts else 0))
            return
        self._store.reopen(sha256, shown, digests, selection, lost)
        if stored.page_count is None:
            self._ready.append(_Step("probe", job))
        else:
            self._plan_pages(job, stored.page_count, stored.warnings)

    def _folder_name(self, path: Path, sha256: str) -> str:
        names = (document_folder_name(path, sha256, digits) for digits in (8, 16, 64))
        return next(name for name in names if self._store.folder_is_free(name, sha256))

    def _plan_pages(self, job: _Job, page_count: int, warnings: tuple[str, ...]) -> None:
        job.page_count = page_count
        job.selected = selected_pages(self._options.pages, page_count)
        if not job.selected:
            self._fail(job, f"it has {page_count} pages, none of those asked for")
            return
        job.warnings = warnings
        if self._options.pages and self._options.pages[-1] > page_count:
            beyond = f"pages up to {self._options.pages[-1]} were asked for, the file has {page_count}"
            job.warnings += (beyond,)
        self._store.expect_pages(job.sha256, job.selected)
        job.to_read = set(self._store.page_numbers(job.sha256, "pending")) & set(job.selected)
        self._progress(Event("opened", job.shown, amount=len(job.to_read)))
        self._ready.extend(_Step("page", job, number) for number in sorted(job.to_read))
        if not job.to_read:
            self._ready.append(_Step("assemble", job))

    def _step_to_task(self, step: _Step) -> Task:
        job, settings, password = step.job, self._settings, self._options.password
        limit = settings.batch.page_seconds
        if step.kind == "probe":
            return Task(step, self._work.probe, ProbeTask(job.path, job.sha256, password, settings), limit)
        if step.kind == "page":
            debug = self._options.debug
            page = PageTask(job.path, password, step.page_number, job.folder, debug, settings)
            return Task(step, self._work.read, page, limit)
        limit *= 1 + _ASSEMBLE_SHARE * len(job.selected)
        return Task(step, self._work.assemble, self._assemble_task(job), limit)

    def _assemble_task(self, job: _Job) -> AssembleTask:
        dpi = float(self._settings.pages.dpi)
        pages = {
            number: unread_page(number, dpi, None).model_dump_json()
            for number in range(1, job.page_count + 1)
        }
        warnings = list(job.warnings)
        for stored in self._store.pages(job.sha256, job.selected):
            pages[stored.number] = (
                stored.page or unread_page(stored.number, dpi, stored.error).model_dump_json()
            )
            warnings += stored.warnings
        return AssembleTask(
            path=job.shown,
            sha256=job.sha256,
            page_count=job.page_count,
            pages=tuple(pages.values()),
            warnings=tuple(warnings),
            folder=job.folder,
            settings=self._settings,
        )

    def _settle(self, outcome: Outcome) -> None:
        step: _Step = outcome.key
        job, error = step.job, outcome.error
        if outcome.details:
            log_error(
                self._out, f"{job.shown}, {step.kind} {step.page_number or ''}".strip(), outcome.details
            )
        if error is not None and not isinstance(error, InputError | PageError):
            raise error
        if step.kind == "page":
            self._settle_page(job, step.page_number, outcome)
        elif error is not None:
            self._fail(job, str(error))
        elif step.kind == "probe":
            self._store.opened(job.sha256, outcome.value.pages, outcome.value.warnings)
            self._plan_pages(job, outcome.value.pages, outcome.value.warnings)
        else:
            failed = [f"page {number}: {reason}" for number, reason in self._failed_pages(job)]
            problem = "; ".join(failed) or None
            counts: Counts = outcome.value.counts
            self._store.document_done(job.sha256, counts, outcome.value.seconds, problem)
            self._progress(Event("document", job.shown, amount=counts.records, error=problem))

    def _settle_page(self, job: _Job, number: int, outcome: Outcome) -> None:
        if outcome.error is None:
            read = outcome.value
            self._store.page_done(job.sha256, number, read.page, read.warnings, read.seconds)
            self._pages_read += 1
            self._page_seconds += read.seconds
        else:
            self._store.page_failed(job.sha256, number, str(outcome.error))
        self._progress(Event("page", job.shown, number, error=str(outcome.error) if outcome.error else None))
        job.to_read.remove(number)
        if not job.to_read:
            # First in line: a finished document is worth more to the user than the next page of another.
            self._ready.appendleft(_Step("assemble", job))

    def _failed_pages(self, job: _Job) -> list[tuple[int, str]]:
        return [failure for failure in self._store.page_failures(job.sha256) if failure[0] in job.selected]

    def _fail(self, job: _Job, reason: str) -> None:
        # An earlier result may hold a person's work: it is never removed, but it is not this run's either.
        if (job.folder / DOCUMENT_FILE).is_file():
            reason += "; the result of an earlier run is kept"
        self._store.document_failed(job.sha256, reason)
        self._progress(Event("document", job.shown, error=reason))

    def summary(self, seconds: float, *, interrupted: bool) -> RunSummary:
        """Return what has become of the inputs, this run's work and earlier runs' together."""
        failures = list(self._problems)
        failed = len(self._problems)
        counts: dict[str, int] = dict.fromkeys(asdict(Counts()), 0)
        pages = 0
        for sha256, shown in self._seen.items():
            job = self._store.job(sha256)
            if job is None:
                continue
            selected = selected_pages(self._options.pages, job.page_count or 0)
            pages += len(selected)
            own = [
                Failure(shown, *failure)
                for failure in self._store.page_failures(sha256)
                if failure[0] in selected
            ]
            if job.state == "failed" and (job.counts is None or not own):
                own.insert(0, Failure(shown, None, job.error or "failed"))
            failures += own
            failed += bool(own)
            for name, value in asdict(job.counts or Counts()).items():
                counts[name] += value
        return RunSummary(
            out=self._out,
            documents=len(self._seen),
            skipped=self._skipped,
            failed=failed,
            duplicates=tuple(self._duplicates),
            pages=pages,
            pages_read=self._pages_read,
            failures=tuple(failures),
            seconds=seconds,
            page_seconds=self._page_seconds,
            interrupted=interrupted,
            **counts,
        )


def worker_settings(settings: Settings) -> Settings:
    """Return the settings with the cores shared out among workers where `ocr.threads` leaves it open."""
    threads = settings.ocr.threads or max(1, len(os.sched_getaffinity(0)) // settings.batch.workers)
    return settings.model_copy(update={"ocr": settings.ocr.model_copy(update={"threads": threads})})


def selected_pages(asked: tuple[int, ...] | None, page_count: int) -> tuple[int, ...]:
    """Return the numbers of the pages to read of a document with `page_count` pages."""
    if asked is None:
        return tuple(range(1, page_count + 1))
    return tuple(number for number in asked if number <= page_count)


def _at_least_one_file(inputs: Sequence[Path], out: Path) -> Iterator[Path | InputProblem]:
    """Return the files to read, after making sure that there is one: a mistyped name makes no folder."""
    files = inputs_to_files(inputs, out)
    problems: list[InputProblem] = []
    for first in files:
        if isinstance(first, Path):
            return chain(problems, [first], files)
        problems.append(first)
    reasons = "; ".join(f"{problem.path}: {problem.reason}" for problem in problems)
    raise UsageError(f"nothing to read: {reasons}", "name files or folders that hold PDFs or images")
