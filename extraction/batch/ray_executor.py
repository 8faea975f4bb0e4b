"""Units on a cluster: actors of Ray, each with its models loaded once, on any node.

Units leave the same files wherever and however often they run, so a node that dies costs the pages that its
actors were reading, which others read again. Ray is imported here only.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from yusuan.extraction.batch.executor import LOOK_SECONDS, Executor, Report, Watch
from yusuan.extraction.batch.units import Began, Done, ErrorClass, Orders, Unit, run_unit
from yusuan.extraction.errors import PageError, UsageError, YusuanError
from yusuan.extraction.processes import end_above

# For a cluster that has no room for even one worker, or whose nodes cannot import this program.
_FIRST_WORKER_SECONDS = 300.0
_KNOCK_SECONDS = 10.0


_HINT = "give the address that `ray start --head` has printed, or auto for a cluster of this machine"


class _Actor:
    """One worker of the cluster."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        end_above(orders.settings.batch.memory_mb)
        orders.work.start(orders.settings)

    def ready(self) -> bool:
        """Say that the models can be loaded here; that this answers at all is the news."""
        return True

    def run(self, unit: Unit) -> Iterator[Began | Done]:
        """Do a unit, message by message."""
        yield from run_unit(self._orders, unit)


@dataclass
class _Worker(Watch):
    """An actor: `ready` is its first answer while that is awaited, `messages` those of its unit."""

    actor: Any = field(kw_only=True)
    ready: Any = field(kw_only=True)
    messages: Any = None


class RayExecutor(Executor):
    """Actors of a Ray cluster, as many as it has room for.

    Args:
        orders: what units have in common.
        workers: number of actors; 0 for one for each core of the cluster, also of nodes that join later.
        address: of the cluster, `auto` for the one of this machine, None to start one here.

    Raises:
        UsageError: Ray is not installed, or there is no such cluster.
    """

    def __init__(self, orders: Orders, workers: int, address: str | None) -> None:
        try:
            import ray
        except ImportError as error:
            raise UsageError("--engine ray needs Ray", "pip install 'yusuan[ray]'") from error
        self._ray = ray
        self._wanted = workers
        self._workers: list[_Worker] = []
        self._began = time.monotonic()
        self._own = not ray.is_initialized()
        if self._own:
            _knock(address)
            try:
                ray.init(address=address, log_to_driver=False)
            except (ConnectionError, ValueError, RuntimeError) as error:
                raise UsageError(f"no Ray cluster at {address}: {error}", _HINT) from error
        batch = orders.settings.batch
        self._recycle_pages = batch.pages_per_worker
        cuda = orders.settings.ocr.device != "cpu" and ray.cluster_resources().get("GPU", 0) > 0
        options = {"num_cpus": orders.settings.ocr.threads, "num_gpus": batch.gpu_share if cuda else 0}
        self._make = ray.remote(_Actor).options(scheduling_strategy="SPREAD", max_restarts=0, **options)
        self._orders = ray.put(orders)
        self._cores = max(1, orders.settings.ocr.threads)
        self._hire()

    @property
    def workers(self) -> int:  # type: ignore[override]
        """How many actors there may be now."""
        room = int(self._ray.cluster_resources().get("CPU", 0)) // self._cores
        return min(self._wanted, room) if self._wanted else room

    def _hire(self) -> None:
        """Ask for the actors that there is room for; those that do not come up yet keep nobody waiting."""
        for _ in range(max(1, self.workers) - len(self._workers)):
            actor: Any = self._make.remote(self._orders)
            self._workers.append(_Worker(actor=actor, ready=actor.ready.remote()))

    @property
    def busy(self) -> int:
        """See `Executor.busy`."""
        return sum(worker.unit is not None for worker in self._workers)

    @property
    def idle(self) -> Sequence[str]:
        """See `Executor.idle`."""
        return [worker.last for worker in self._idle()]

    def _idle(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.unit is None and worker.ready is None]

    def submit(self, unit: Unit) -> None:
        """See `Executor.submit`."""
        idle = self._idle()
        worker = next((worker for worker in idle if worker.last == unit.sha256), idle[0])
        worker.take(unit)
        worker.messages = worker.actor.run.options(num_returns="streaming").remote(unit)

    def reports(self) -> list[Report]:
        """See `Executor.reports`."""
        found: list[Report] = []
        while not found:
            self._hire()
            awaited = [worker.ready or worker.messages for worker in self._workers]
            awaited = [each for each in awaited if each is not None]
            come: list[Any] = []
            if awaited:
                come, _ = self._ray.wait(awaited, num_returns=len(awaited), timeout=0)
                if not come:
                    come, _ = self._ray.wait(awaited, num_returns=1, timeout=LOOK_SECONDS)
            more = False
            for worker in list(self._workers):
                if worker.ready is not None:
                    more |= worker.ready in come and self._welcome(worker)
                elif worker.unit is not None:
                    found += self._hear(worker, worker.messages in come)
            if more or not (self.busy or self._waits_for_first()):
                return found
        return found

    def _waits_for_first(self) -> bool:
        """Say whether no actor has come up yet.

        Raises:
            YusuanError: and it has been too long.
        """
        if any(worker.ready is None for worker in self._workers):
            return False
        if time.monotonic() - self._began > _FIRST_WORKER_SECONDS:
            hint = "see `ray status`: it needs free cores, and yusuan installed on every node"
            raise YusuanError("no worker of the cluster has come up", hint)
        return True

    def _welcome(self, worker: _Worker) -> bool:
        """Take an actor into service that has come up; say whether it has."""
        try:
            self._ray.get(worker.ready)
        except self._ray.exceptions.RayError as error:
            self._workers.remove(worker)
            if isinstance(error, self._ray.exceptions.RayActorError):
                return False
            raise YusuanError(f"workers of the cluster do not start: {error}") from error
        worker.ready = None
        return True

    def _hear(self, worker: _Worker, news: bool) -> list[Report]:
        exceptions = self._ray.exceptions
        if news:
            try:
                message = self._ray.get(next(worker.messages))
            except StopIteration:
                report = worker.hear(None)
                worker.messages = None
                if worker.pages >= self._recycle_pages:
                    self._dismiss(worker)
                return [report]
            except (exceptions.RayActorError, exceptions.RaySystemError, exceptions.ObjectLostError):
                return self._lose(worker, "died", PageError("the worker that read it was lost"))
            return [worker.hear(message)]
        if (reason := worker.overdue()) is not None:
            return self._lose(worker, "timeout", reason)
        return []

    def _lose(self, worker: _Worker, kind: ErrorClass, reason: PageError) -> list[Report]:
        self._dismiss(worker)
        return [worker.lost(kind, reason)]

    def _dismiss(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        self._ray.kill(worker.actor)

    def close(self) -> None:
        """See `Executor.close`."""
        for worker in list(self._workers):
            self._dismiss(worker)
        if self._own:
            self._ray.shutdown()


def _knock(address: str | None) -> None:
    """Make sure that somebody listens at an address: Ray would wait for many minutes.

    Raises:
        UsageError: nobody does.
    """
    host, _, port = (address or "").removeprefix("ray://").rpartition(":")
    if not (host and port.isdigit()):
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_KNOCK_SECONDS).close()
    except OSError as error:
        raise UsageError(f"no Ray cluster at {address}: {error}", _HINT) from error
