"""Where units run: processes of their own, so that no page can take the run down with it.

`LocalExecutor` uses processes of this machine. One for a cluster (`ray_executor.py`) does the same.
Each worker has a pipe of its own: a queue that workers share is left locked for all when one of them is
killed while it writes.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Literal

from yusuan.extraction.batch.units import AssembleUnit, Began, Done, ErrorClass, Orders, Step, Unit, run_unit
from yusuan.extraction.errors import PageError
from yusuan.extraction.processes import die_with_parent, resident_mb

LOOK_SECONDS = 0.25  # between looks at clock and memory
# From a unit's arrival to its first step, and from its last step to its end: importing, saying so.
BETWEEN_SECONDS = 120.0
# A document of so many pages is put together by a process that has read none: what readers of text have taken
# they never give back, and a page of a document needs 0.8 MiB more.
LONG_PAGES = 200


@dataclass(frozen=True)
class Report:
    """News of a unit.

    Attributes:
        unit: which.
        kind: `began` (a step), `done` (a step has ended, `done` says how), `lost` (the worker is gone, `done`
            says why) or `ended` (nothing more comes).
        step: for `began` and `lost`; None where a worker was lost outside of any step.
        done: for `done` and `lost`.
    """

    unit: Unit
    kind: Literal["began", "done", "lost", "ended"]
    step: Step | None = None
    done: Done | None = None


class Executor(ABC):
    """Runs units elsewhere and reports how each step ended; a lost or hanging worker is a report too."""

    workers: int

    @property
    @abstractmethod
    def busy(self) -> int:
        """How many units are under way."""

    @property
    @abstractmethod
    def idle(self) -> Sequence[str]:
        """For each worker without a unit: SHA-256 of the document that it has open, or an empty string."""

    @abstractmethod
    def submit(self, unit: Unit) -> None:
        """Start a unit; there must be an idle worker. One that has the document open takes it."""

    @abstractmethod
    def reports(self) -> list[Report]:
        """Wait for news of units, or for a worker that becomes idle; no longer where nothing is under way."""

    @abstractmethod
    def close(self) -> None:
        """Give the workers back; units that still run are given up."""


@dataclass
class Watch:
    """What one worker is doing, as far as it has said, and until when it may.

    Attributes:
        unit: under way.
        step: of it, None between two.
        seconds: that the step may take, and `deadline` on the monotonic clock.
        last: SHA-256 of the document that the worker has open.
        pages: read since the worker began.
    """

    unit: Unit | None = None
    step: Step | None = None
    seconds: float = 0.0
    deadline: float = 0.0
    last: str = ""
    pages: int = 0

    def take(self, unit: Unit) -> None:
        """Note that the worker gets a unit."""
        self.unit, self.step, self.last = unit, None, unit.sha256
        self._wait(BETWEEN_SECONDS)

    def hear(self, message: Began | Done | None) -> Report:
        """Return a message of the worker as a report; None says that the unit has ended."""
        unit = self.unit
        assert unit
        self._wait(message.seconds if isinstance(message, Began) else BETWEEN_SECONDS)
        if message is None:
            self.unit = self.step = None
            return Report(unit, "ended")
        if isinstance(message, Began):
            self.step = message.step
            return Report(unit, "began", message.step)
        self.step = None
        self.pages += isinstance(message.step, int)
        return Report(unit, "done", done=message)

    def lost(self, kind: ErrorClass, reason: PageError) -> Report:
        """Return the report of its loss."""
        assert self.unit
        if self.step is None and kind == "died":
            reason = PageError("the reading processes end before they begin", "run `yusuan doctor`")
        return Report(self.unit, "lost", self.step, Done(self.step or "open", error=reason, kind=kind))

    def overdue(self) -> PageError | None:
        """Return what to say of a step that takes too long, None while there is time."""
        if time.monotonic() <= self.deadline:
            return None
        return PageError(f"not done after {self.seconds:g} s, given up", "allow more with --timeout")

    def _wait(self, seconds: float) -> None:
        self.seconds, self.deadline = seconds, time.monotonic() + seconds


@dataclass
class _Worker(Watch):
    """A process of this machine."""

    process: multiprocessing.process.BaseProcess = field(kw_only=True)
    pipe: Connection = field(kw_only=True)


@dataclass
class LocalExecutor(Executor):
    """Processes of this machine, started as they are needed.

    Attributes:
        orders: what units have in common.
        workers: number of processes.
    """

    orders: Orders
    workers: int
    _busy: list[_Worker] = field(default_factory=list)
    _idle: list[_Worker] = field(default_factory=list)

    @property
    def busy(self) -> int:
        """See `Executor.busy`."""
        return len(self._busy)

    @property
    def idle(self) -> Sequence[str]:
        """See `Executor.idle`."""
        unborn = self.workers - len(self._busy) - len(self._idle)
        return [worker.last for worker in self._idle] + [""] * unborn

    def submit(self, unit: Unit) -> None:
        """See `Executor.submit`."""
        same = [worker for worker in self._idle if worker.last == unit.sha256]
        worker = next(iter(same or self._idle), None) or self._start()
        self._idle = [other for other in self._idle if other is not worker]
        if worker.pages and isinstance(unit, AssembleUnit) and unit.page_count >= LONG_PAGES:
            _kill([worker])
            worker = self._start()
        worker.take(unit)
        self._busy.append(worker)
        with contextlib.suppress(OSError):  # it has died meanwhile: `reports` will see that
            worker.pipe.send(unit)

    def _start(self) -> _Worker:
        # Spawned, not forked: the parent has threads, and a forked copy of their locks can hang.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=serve, args=(theirs, os.getpid(), self.orders), name="yusuan-worker", daemon=True
        )
        process.start()
        theirs.close()  # else its end would not be seen here
        return _Worker(process=process, pipe=ours)

    def reports(self) -> list[Report]:
        """See `Executor.reports`."""
        found: list[Report] = []
        while self._busy and not found:
            wait([worker.pipe for worker in self._busy], timeout=LOOK_SECONDS)
            for worker in list(self._busy):
                found += self._hear(worker)
        return found

    def _hear(self, worker: _Worker) -> list[Report]:
        """Return what a worker has to say, and end it where it is over a limit."""
        found = []
        try:
            while worker.pipe.poll():
                found.append(worker.hear(worker.pipe.recv()))
                if worker.unit is None:
                    self._release(worker)
                    return found
        except (EOFError, OSError):
            return found + self._lose(worker, "died", None)
        if (reason := worker.overdue()) is not None:
            return found + self._lose(worker, "timeout", reason)
        memory = self.orders.settings.batch.memory_mb
        if resident_mb(worker.process.pid or 0) > memory:
            reason = PageError(f"it needs more than {memory} MB of memory", "raise batch.memory_mb")
            return found + self._lose(worker, "memory", reason)
        return found

    def _release(self, worker: _Worker) -> None:
        self._busy.remove(worker)
        batch = self.orders.settings.batch
        grown = resident_mb(worker.process.pid or 0) > batch.recycle_mb
        if grown or worker.pages >= batch.pages_per_worker:
            _kill([worker])
        else:
            self._idle.append(worker)

    def _lose(self, worker: _Worker, kind: ErrorClass, reason: PageError | None) -> list[Report]:
        """Bury a worker that died or is to die, and say what that cost."""
        self._busy.remove(worker)
        _kill([worker])
        died = f"the process that read it died ({_exit_reason(worker.process.exitcode)})"
        return [worker.lost(kind, reason or PageError(died))]

    def close(self) -> None:
        """See `Executor.close`."""
        _kill([*self._busy, *self._idle])
        self._busy, self._idle = [], []


def _kill(workers: Sequence[_Worker]) -> None:
    """End workers at once: what they hold between units, or in one that is given up, nobody needs."""
    for worker in workers:
        worker.process.kill()
    for worker in workers:
        worker.process.join()
        worker.pipe.close()


def serve(pipe: Connection, parent: int, orders: Orders) -> None:
    """Work off units as they come, until the parent is gone. The main function of a worker."""
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent, which gets it too, ends its workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    orders.work.start(orders.settings)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            for message in run_unit(orders, pipe.recv()):
                pipe.send(message)
            pipe.send(None)


def _exit_reason(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        return f"{name}, out of memory?" if name == "SIGKILL" else name
    return f"exit code {code}"
