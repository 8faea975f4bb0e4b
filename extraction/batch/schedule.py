"""Which unit comes next, and what the news of it mean: the plan of a run, kept in the job store."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from yusuan.extraction.batch.digests import assembling_digest, reading_digest
from yusuan.extraction.batch.executor import Executor, Report
from yusuan.extraction.batch.inputs import (
    InputProblem,
    document_folder_name,
    file_sha256,
    selected_pages,
    shown_path,
)
from yusuan.extraction.batch.output import Output
from yusuan.extraction.batch.remote import remote_sha256
from yusuan.extraction.batch.store import Cost, Counts, Digests, JobStore, State
from yusuan.extraction.batch.summary import Failure, RunSummary
from yusuan.extraction.batch.units import (
    AssembleUnit,
    DocumentStored,
    Done,
    OpenUnit,
    PageStored,
    PagesUnit,
    Step,
    Unit,
)
from yusuan.extraction.config import Settings
from yusuan.extraction.errors import InputError, PageError
from yusuan.extraction.exports.folder import (
    DOCUMENTS,
    log_error,
    remove_drafts,
)

# Pages in one unit: few enough that a document is shared out among all workers several times over.
_MOST_PAGES, _ROUNDS = 8, 4
# Pages that whoever opens a document reads at once: all of the many short ones, without opening them twice.
_FIRST_PAGES = 2
# Tries of a page that takes its worker down, before it is given up. One that hangs is dear to try again.
_TRIES = {"died": 3, "memory": 2, "timeout": 2}
_FILES_AT_ONCE = 200  # that are looked at before what was found is stored and told


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
    engine: Engine = "local"
    address: str | None = None
    debug: bool = False


Engine = Literal["local", "ray"]
EventKind = Literal["files", "opened", "page", "retry", "document", "skipped", "problem"]


@dataclass(frozen=True)
class Event:
    """Something a person watching may want to know.

    Attributes:
        kind: `files` (amount: files to look at), `opened` (amount: pages to read now), `page`, `retry` (of a
            page whose worker was lost), `document`, `skipped` (done before) or `problem`.
        document: path as given.
        page: its number, for `page` and `retry`.
        amount: files, pages to read, or records found.
        review: of the records found, those that a person should look at.
        error: why it failed, else None.
    """

    kind: EventKind
    document: str
    page: int | None = None
    amount: int = 0
    review: int = 0
    error: str | None = None


@dataclass
class _Job:
    """A document under way in this run."""

    path: Path | str
    shown: str
    sha256: str
    folder: str
    warnings: tuple[str, ...] = ()
    page_count: int = 0
    selected: tuple[int, ...] = ()
    to_read: set[int] = field(default_factory=set)
    lost: dict[Step | None, int] = field(default_factory=dict)
    """How often each step took its worker down; None: a worker was lost between steps."""

    def place(self) -> tuple[Path | str, str, str, str]:
        """Return the first fields of each `Unit`."""
        return self.path, self.shown, self.sha256, self.folder


class Schedule:
    """What is left to do in one call of `extract`, and what has come of it.

    Memory holds documents under way, never their pages.
    """

    def __init__(
        self,
        output: Output,
        settings: Settings,
        options: ExtractOptions,
        store: JobStore,
        progress: Callable[[Event], None],
    ) -> None:
        self._output = output
        self._workers = 1
        self._file_mb = settings.pages.file_mb
        self._digests = Digests(reading_digest(settings), assembling_digest(settings))
        self._options = options
        self._store = store
        self._progress = progress
        self._jobs: dict[str, _Job] = {}  # under way, by SHA-256
        self._ready: deque[Unit] = deque()
        self._last: deque[Unit] = deque()  # what took earlier runs down, perhaps: after everything else
        self._events: list[Event] = []  # of what is not stored yet
        self._seen: dict[str, str] = {}  # sha256 → path as given
        self._skipped = 0
        self._duplicates: list[str] = []
        self._problems: list[Failure] = []
        self._pages_read = 0
        self._page_seconds = 0.0

    def work_off(self, files: Iterator[Path | str | InputProblem], executor: Executor) -> None:
        """Work through the inputs.

        Raises:
            YusuanError: something that concerns every document: the output folder, models.
        """
        self._workers = max(1, executor.workers)
        waiting = deque(files)
        self._progress(Event("files", "", amount=len(waiting)))
        reports: list[Report] = []
        more = True
        while more:
            idle = executor.idle
            with self._store.saving():
                for report in reports:
                    self._settle(report)
                looked = self._look_at(waiting, len(idle))
                units = [unit for last in idle if (unit := self._next_unit(last)) is not None]
                if not (units or waiting or executor.busy) and self._last:
                    units.append(self._last.popleft())
            for unit in units:
                executor.submit(unit)
            self._output.tick()
            events, self._events = self._events, []
            for event in events:
                self._progress(event)
            reports = [] if looked else executor.reports()
            more = bool(executor.busy or reports or looked or waiting or self._ready or self._last)

    def _look_at(self, waiting: deque[Path | str | InputProblem], wanted: int) -> bool:
        """Take up files until there is enough to do; say whether there were too many for one go."""
        for _ in range(_FILES_AT_ONCE):
            if len(self._ready) >= wanted or not waiting:
                return False
            match waiting.popleft():
                case InputProblem(path, reason):
                    self._problem(path, reason)
                case file:
                    self._take_up(file)
        return True

    def _next_unit(self, last: str) -> Unit | None:
        """Return what a worker should do next that has the document with the SHA-256 `last` open."""
        if not self._ready:
            return None
        # A finished document is worth more to the user than the next page of another.
        if not isinstance(self._ready[0], AssembleUnit):
            same = next((unit for unit in self._ready if unit.sha256 == last), None)
            if same is not None:
                self._ready.remove(same)
                return same
        return self._ready.popleft()

    def _problem(self, path: str, reason: str) -> None:
        self._problems.append(Failure(path, None, reason))
        self._tell("problem", path, error=reason)

    def _tell(self, kind: EventKind, document: str, **more: Any) -> None:
        self._events.append(Event(kind, document, **more))

    def _take_up(self, path: Path | str) -> None:
        """Decide what is left to do for one file, and put the first unit on the list."""
        shown = shown_path(path)
        try:
            if isinstance(path, Path):
                sha256 = file_sha256(path, self._file_mb)
            else:
                sha256 = remote_sha256(path, self._file_mb)
        except InputError as error:
            self._problem(shown, str(error))
            return
        if sha256 in self._seen:
            self._duplicates.append(shown)
            self._tell("problem", shown, error=f"same bytes as {self._seen[sha256]}, read once")
            return
        self._seen[sha256] = shown
        stored = self._store.job(sha256)
        job = _Job(path, shown, sha256, stored.folder if stored else self._folder_name(Path(path), sha256))
        selection, digests = self._options.pages, self._digests
        if stored is None or stored.digests.reading != digests.reading or self._options.force:
            self._store.begin(sha256, shown, job.folder, digests, selection)
            self._open(job)
            return
        lost, written = self._output.losses(job.folder, self._store.page_numbers(sha256, "done"))
        same = (stored.selection, stored.digests) == (selection, digests)
        if stored.state == "done" and same and written and not lost:
            self._skipped += 1
            self._tell("skipped", shown, amount=stored.counts.records if stored.counts else 0)
            return
        self._store.reopen(sha256, shown, digests, selection, lost)
        if stored.page_count is None:
            self._open(job)
        else:
            self._begin(job)
            self._plan_pages(job, stored.page_count, stored.warnings)

    def _folder_name(self, path: Path, sha256: str) -> str:
        names = (document_folder_name(path, sha256, digits) for digits in (8, 16, 64))
        return next(name for name in names if self._store.folder_is_free(name, sha256))

    def _begin(self, job: _Job) -> None:
        self._jobs[job.sha256] = job
        remove_drafts(self._output.local / DOCUMENTS / job.folder)

    def _open(self, job: _Job) -> None:
        self._begin(job)
        self._ready.append(OpenUnit(*job.place(), self._options.pages, _FIRST_PAGES))

    def _plan_pages(self, job: _Job, page_count: int, warnings: tuple[str, ...], begun: int = 0) -> None:
        """Put the pages of an opened document on the list, but for the first ones, which are begun."""
        job.page_count = page_count
        job.selected = selected_pages(self._options.pages, page_count)
        if not job.selected:
            self._fail(job, f"it has {page_count} pages, none of those asked for", "input")
            return
        job.warnings = warnings
        if self._options.pages and self._options.pages[-1] > page_count:
            beyond = f"pages up to {self._options.pages[-1]} were asked for, the file has {page_count}"
            job.warnings += (beyond,)
        self._store.expect_pages(job.sha256, job.selected)
        wanted = set(job.selected)
        suspects = wanted.intersection(self._store.page_numbers(job.sha256, "running"))
        pending = sorted(wanted.intersection(self._store.page_numbers(job.sha256, "pending")))
        job.to_read = {*pending, *suspects}
        self._tell("opened", job.shown, amount=len(job.to_read))
        self._hand_out(job, pending[begun:])
        self._last.extend(PagesUnit(*job.place(), (number,)) for number in sorted(suspects))
        if not job.to_read:
            self._assemble(job)

    def _hand_out(self, job: _Job, pages: Sequence[int]) -> None:
        """Put ranges of pages on the list."""
        size = min(_MOST_PAGES, -(-len(pages) // (self._workers * _ROUNDS)) or 1)
        ranges = [tuple(pages[start : start + size]) for start in range(0, len(pages), size)]
        self._ready.extend(PagesUnit(*job.place(), numbers) for numbers in ranges)

    def _assemble(self, job: _Job) -> None:
        failed = {
            number: reason
            for number, reason in self._store.page_failures(job.sha256)
            if number in job.selected
        }
        asked = set(job.selected)
        noticed = (text for number, text in self._store.page_warnings(job.sha256) if number in asked)
        self._ready.appendleft(
            AssembleUnit(*job.place(), job.page_count, job.selected, failed, (*job.warnings, *noticed))
        )

    def _settle(self, report: Report) -> None:
        job, step = self._jobs.get(report.unit.sha256), report.step
        if job is None:
            return
        if report.kind == "began" and isinstance(step, int):
            self._store.page_begun(job.sha256, step)
        elif report.kind == "lost":
            self._settle_lost(job, report)
        elif report.done is not None:
            self._settle_done(job, report.unit, report.done)

    def _settle_done(self, job: _Job, unit: Unit, done: Done) -> None:
        error = done.error
        job.lost.pop(None, None)
        if done.details:
            log_error(self._output.local, f"{job.shown}, {done.step}", done.details)
        if error is not None and not isinstance(error, InputError | PageError):
            raise error
        if isinstance(done.step, int):
            self._settle_page(job, done.step, done)
        elif error is not None:
            self._fail(job, str(error), done.kind)
        elif isinstance(unit, OpenUnit) and not job.page_count:  # a unit whose worker was lost comes twice
            self._store.opened(job.sha256, done.value.pages, done.value.warnings)
            self._plan_pages(job, done.value.pages, done.value.warnings, unit.first)
        elif isinstance(unit, AssembleUnit):
            self._settle_document(job, unit, done)

    def _settle_document(self, job: _Job, unit: AssembleUnit, done: Done) -> None:
        written: DocumentStored = done.value
        problem = "; ".join(f"page {number}: {reason}" for number, reason in unit.failed.items()) or None
        state: State = "done" if problem is None else "partial"
        if len(unit.failed) == len(unit.selected):
            state = "failed"
        cost = Cost(written.seconds, done.peak_mb)
        self._store.document_done(job.sha256, written.counts, written.files, cost, problem, state)
        del self._jobs[job.sha256]
        counts = written.counts
        self._tell("document", job.shown, amount=counts.records, review=counts.review, error=problem)

    def _settle_page(self, job: _Job, number: int, done: Done) -> None:
        if number not in job.to_read:
            return
        if done.error is None:
            read: PageStored = done.value
            cost = Cost(read.seconds, done.peak_mb)
            self._store.page_done(job.sha256, number, read.warnings, read.files, cost)
            self._pages_read += 1
            self._page_seconds += read.seconds
        else:
            self._store.page_failed(job.sha256, number, str(done.error), done.kind, Cost(0, done.peak_mb))
        self._tell("page", job.shown, page=number, error=str(done.error) if done.error else None)
        job.to_read.remove(number)
        if not job.to_read:
            self._assemble(job)

    def _settle_lost(self, job: _Job, report: Report) -> None:
        """Try again what a worker was lost with, and see to the pages that it had not come to."""
        assert report.done
        unit, step, done = report.unit, report.step, report.done
        job.lost[step] = job.lost.get(step, 0) + 1
        again = job.lost[step] < _TRIES[done.kind]
        if step is None and not again:  # workers end before they begin
            pages = _pages_of(job, unit)
            for number in pages:
                self._settle_page(job, number, replace(done, step=number))
            if not pages:
                self._fail(job, str(done.error), done.kind)
        elif isinstance(step, int):
            self._hand_out(job, [number for number in _pages_of(job, unit) if number != step])
            if again:
                self._ready.appendleft(PagesUnit(*job.place(), (step,)))
                self._tell("retry", job.shown, page=step, error=str(done.error))
            else:
                self._settle_page(job, step, done)
        elif again:
            self._ready.appendleft(unit)
        else:
            self._fail(job, str(done.error), done.kind)

    def _fail(self, job: _Job, reason: str, kind: str) -> None:
        # An earlier result may hold a person's work: it is never removed, but it is not this run's either.
        if self._output.losses(job.folder, ())[1]:
            reason += "; the result of an earlier run is kept"
        self._store.document_failed(job.sha256, reason, kind)
        del self._jobs[job.sha256]
        self._tell("document", job.shown, error=reason)

    def summary(self, seconds: float, *, interrupted: bool) -> RunSummary:
        """Return what has become of the inputs, this run's work and earlier runs' together."""
        failures = list(self._problems)
        failed = len(self._problems)
        counts: dict[str, int] = dict.fromkeys(asdict(Counts()), 0)
        pages = partial = 0
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
            partial += job.state == "partial"
            for name, value in asdict(job.counts or Counts()).items():
                counts[name] += value
        return RunSummary(
            out=self._output.shown,
            documents=len(self._seen),
            skipped=self._skipped,
            failed=failed,
            partial=partial,
            duplicates=tuple(self._duplicates),
            pages=pages,
            pages_read=self._pages_read,
            failures=tuple(failures),
            seconds=seconds,
            page_seconds=self._page_seconds,
            interrupted=interrupted,
            **counts,
        )


def _pages_of(job: _Job, unit: Unit) -> list[int]:
    """Return the pages of a unit that are still to be read."""
    pages: Sequence[int] = ()
    if isinstance(unit, PagesUnit):
        pages = unit.pages
    elif isinstance(unit, OpenUnit):
        pages = job.selected[: unit.first]
    return [number for number in pages if number in job.to_read]
