"""Many documents: plan, hand out units, collect, resume. `extract` is what the command line calls."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from yusuan.extraction.batch.executor import Executor, LocalExecutor
from yusuan.extraction.batch.inputs import (
    InputProblem,
    inputs_to_files,
    shown_path,
)
from yusuan.extraction.batch.output import Output
from yusuan.extraction.batch.remote import is_remote, remote_inputs
from yusuan.extraction.batch.schedule import Engine, Event, ExtractOptions, Schedule
from yusuan.extraction.batch.summary import RunSummary, write_run_file
from yusuan.extraction.batch.units import (
    Orders,
)
from yusuan.extraction.batch.work import YUSUAN_WORK, Work
from yusuan.extraction.config import Settings
from yusuan.extraction.errors import InputError, UsageError

# Memory in MiB to reckon with for a worker.
_WORKER_MB = 1500


def extract(
    inputs: Sequence[Path | str],
    out: Path | str,
    settings: Settings,
    options: ExtractOptions | None = None,
    *,
    progress: Callable[[Event], None] = lambda event: None,
    work: Work = YUSUAN_WORK,
) -> RunSummary:
    """Read documents into `out`, skipping what an earlier run has done.

    Args:
        inputs: files and folders; strings with `://` are URLs of a store that fsspec reaches.
        out: the output folder, or such a URL; this function writes everything in it (see the contract).
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
    if options.address and options.engine != "ray":
        raise UsageError("--address needs --engine ray")
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    output = Output(out)
    files = _at_least_one_file(_files_to_read(inputs, output))
    settings = worker_settings(settings, options.engine)
    with output.store() as store:
        schedule = Schedule(output, settings, options, store, progress)
        executor = start_executor(Orders(work, settings, out, options.password, options.debug), options)
        finished = False
        try:
            schedule.work_off(files, executor)
            finished = True
        except KeyboardInterrupt:
            # Whatever was stored stays; the summary below says how far the run came.
            pass
        finally:
            executor.close()
        if finished:
            output.write_results(store)
        summary = schedule.summary(time.perf_counter() - clock, interrupted=not finished)
        call = {
            "inputs": [shown_path(path) for path in inputs],
            "pages": options.pages,
            "force": options.force,
            "engine": options.engine,
            "debug": options.debug,
        }
        write_run_file(output.local, summary, settings.model_dump(), call, started)
        output.close()
    return summary


def start_executor(orders: Orders, options: ExtractOptions) -> Executor:
    """Return where units run.

    Raises:
        UsageError: there is no such cluster.
    """
    workers = orders.settings.batch.workers
    if options.engine == "local":
        return LocalExecutor(orders, workers)
    from yusuan.extraction.batch.ray_executor import RayExecutor

    return RayExecutor(orders, workers, options.address)


def worker_settings(settings: Settings, engine: Engine = "local") -> Settings:
    """Return the settings with the number of workers, and the threads of each, where they leave that open.

    One thread a worker: two workers of one thread read more pages than one of two. On a cluster the number
    of workers stays open (0): nodes come and go.
    """
    cores = len(os.sched_getaffinity(0))
    workers, threads = settings.batch.workers, settings.ocr.threads
    if engine == "local":
        workers = workers or max(1, min(cores, int(_memory_mb() // _WORKER_MB)))
        threads = threads or max(1, cores // workers)
    return settings.model_copy(
        update={
            "batch": settings.batch.model_copy(update={"workers": workers}),
            "ocr": settings.ocr.model_copy(update={"threads": threads or 1}),
        }
    )


def _memory_mb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20


def _files_to_read(inputs: Sequence[Path | str], output: Output) -> Iterator[Path | str | InputProblem]:
    for each in inputs:
        if not is_remote(each):
            yield from inputs_to_files([Path(each)], output.local)
            continue
        try:
            yield from remote_inputs(str(each))
        except InputError as error:
            yield InputProblem(shown_path(each), str(error))


def _at_least_one_file(
    files: Iterator[Path | str | InputProblem],
) -> Iterator[Path | str | InputProblem]:
    """Return the files to read, after making sure that there is one: a mistyped name makes no folder."""
    problems: list[InputProblem] = []
    for first in files:
        if not isinstance(first, InputProblem):
            return chain(problems, [first], files)
        problems.append(first)
    reasons = "; ".join(f"{problem.path}: {problem.reason}" for problem in problems)
    raise UsageError(f"nothing to read: {reasons}", "name files or folders that hold PDFs or images")
