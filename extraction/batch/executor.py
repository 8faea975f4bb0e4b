"""Where tasks run: processes of their own, so that no page can take the run down with it.

`LocalExecutor` uses processes of this machine. An executor for a cluster implements the same four
methods; tasks and their results are plain picklable values for that reason.
"""

from __future__ import annotations

import multiprocessing
import signal
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from yusuan.extraction.errors import PageError, YusuanError

# A running task ends within its limit, so when nothing at all has come back for this long after the
# longest limit, the channel to the workers is broken and the workers are replaced.
_GRACE_SECONDS = 60.0
_ATTEMPTS = 3  # of one task, when workers die before they take it up


@dataclass(frozen=True)
class Task:
    """One call: `function(argument)` within `seconds` of wall time. `key` comes back with the outcome."""

    key: Any
    function: Callable[[Any], Any]
    argument: Any
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """How a task ended: a value, or an error. `details` is the traceback of an error that nobody foresaw."""

    key: Any
    value: Any = None
    error: YusuanError | None = None
    details: str = ""


@dataclass
class _Running:
    task: Task
    attempts: int = field(default=1)


class Executor(ABC):
    """Runs tasks elsewhere and reports how each ended; a lost or hanging task is an outcome too."""

    @property
    @abstractmethod
    def free(self) -> int:
        """How many more tasks may be submitted before `next_outcomes` is to be called."""

    @abstractmethod
    def submit(self, task: Task) -> None:
        """Start a task, or queue it behind those that run."""

    @abstractmethod
    def next_outcomes(self) -> list[Outcome]:
        """Wait until at least one task has ended; an empty list means that none is under way."""

    @abstractmethod
    def close(self, *, now: bool) -> None:
        """Give the workers back; `now` ends tasks that still run."""


def run_guarded(function: Callable[[Any], Any], argument: Any) -> tuple[Any, YusuanError | None, str]:
    """Call `function` in a worker and return value, error and traceback.

    Errors of foreign libraries stay here: many of them cannot be unpickled by another process.
    """
    try:
        return function(argument), None, ""
    except YusuanError as error:
        return None, error, ""
    except ImportError as error:
        return None, YusuanError(f"a library cannot be loaded: {error}", "run `yusuan doctor`"), ""
    except MemoryError:
        return (
            None,
            PageError("it needs more memory than there is", "use fewer --workers or a lower --dpi"),
            "",
        )
    except Exception as error:
        reason = f"internal error: {type(error).__name__}: {error}"
        return None, PageError(reason, "the traceback is in error.log"), traceback.format_exc()


class LocalExecutor(Executor):
    """Processes of this machine.

    Args:
        workers: number of processes.
        tasks_per_worker: a process is replaced after this many tasks.
        start: called with `argument` in each new process; must not raise.
        argument: for `start`.
    """

    def __init__(
        self, workers: int, tasks_per_worker: int, start: Callable[[Any], None], argument: Any
    ) -> None:
        self._workers = workers
        self._tasks_per_worker = tasks_per_worker
        self._start = start
        self._argument = argument
        self._pool = self._new_pool()
        self._running: dict[ProcessFuture, _Running] = {}
        self._given_up: list[Outcome] = []

    def _new_pool(self) -> ProcessPool:
        # Spawned, not forked: the parent has threads, and a forked copy of their locks can hang.
        return ProcessPool(
            max_workers=self._workers,
            max_tasks=self._tasks_per_worker,
            initializer=self._start,
            initargs=(self._argument,),
            context=multiprocessing.get_context("spawn"),
        )

    @property
    def free(self) -> int:
        """See `Executor.free`; one task waits, so that a worker that ends has its next at once."""
        return self._workers + 1 - len(self._running)

    def submit(self, task: Task) -> None:
        """See `Executor.submit`."""
        self._submit(_Running(task))

    def _submit(self, running: _Running) -> None:
        task = running.task
        arguments = (task.function, task.argument)
        try:
            future = self._pool.schedule(run_guarded, args=arguments, timeout=task.seconds)
        except RuntimeError:  # pebble noticed only now that its workers are gone
            self._replace_pool()
            future = self._pool.schedule(run_guarded, args=arguments, timeout=task.seconds)
        self._running[future] = running

    def next_outcomes(self) -> list[Outcome]:
        """See `Executor.next_outcomes`."""
        while self._running and not self._given_up:
            patience = max(running.task.seconds for running in self._running.values()) + _GRACE_SECONDS
            wait(self._running, timeout=patience, return_when=FIRST_COMPLETED)
            ended = [future for future in self._running if future.done()]
            broken = not ended or any(isinstance(future.exception(), BrokenProcessPool) for future in ended)
            outcomes = [
                _outcome(self._running.pop(future).task, future)
                for future in ended
                if not isinstance(future.exception(), BrokenProcessPool)
            ]
            if broken:
                self._replace_pool()
            if outcomes:
                return outcomes
        given_up, self._given_up = self._given_up, []
        return given_up

    def _replace_pool(self) -> None:
        """Start new workers for the tasks under way, and give up those that lost their workers too often."""
        self._stop()
        self._pool = self._new_pool()
        lost, self._running = self._running, {}
        for running in lost.values():
            if running.attempts < _ATTEMPTS:
                self._submit(_Running(running.task, running.attempts + 1))
            else:
                reason = "the reading processes end before they begin"
                self._given_up.append(
                    Outcome(running.task.key, error=PageError(reason, "run `yusuan doctor`"))
                )

    def close(self, *, now: bool) -> None:
        """See `Executor.close`."""
        if now:
            self._stop()
        else:
            self._pool.close()
            self._pool.join()

    def _stop(self) -> None:
        self._pool.stop()
        self._pool.join()


def _outcome(task: Task, future: ProcessFuture) -> Outcome:
    error = future.exception()
    if error is None:
        value, foreseen, details = future.result()
        return Outcome(task.key, value, foreseen, details)
    if isinstance(error, TimeoutError):
        hint = "allow more with --timeout"
        return Outcome(task.key, error=PageError(f"not done after {task.seconds:g} s, given up", hint))
    if isinstance(error, ProcessExpired):
        return Outcome(
            task.key, error=PageError(f"the process that read it died ({_exit_reason(error.exitcode)})")
        )
    return Outcome(task.key, error=PageError(f"internal error: {type(error).__name__}: {error}"))


def _exit_reason(code: int) -> str:
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        return f"{name}, out of memory?" if name == "SIGKILL" else name
    return f"exit code {code}"
