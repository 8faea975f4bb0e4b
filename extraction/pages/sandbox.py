"""A child process for each file that opens it and renders its pages, and is replaced when it dies."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import math
import mmap
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from yusuan.extraction.config import PageSettings
from yusuan.extraction.errors import InputError, PageError
from yusuan.extraction.pages.wire import CLOSED, read_message, write_message

Reply = tuple[dict[str, Any], dict[str, np.ndarray]]

# Of characters and rules; pixels go another way.
_MOST_BYTES = 64_000_000
_PIPE_BYTES = 1024 * 1024
# The child's own alarm rings after the caller has given up, so that the caller tells the reason.
_GRACE_SECONDS = 2.0


class _DiedError(Exception):
    """The child process is gone; `reason` says how."""

    def __init__(self, reason: str, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.timed_out = timed_out


@dataclass(frozen=True)
class FileRequest:
    """What a child opens: `kind` is PDF, PNG, JPEG or TIFF."""

    path: Path
    kind: str
    password: str | None


def _nameless_file(size: int) -> int:
    """Return a descriptor of a file that both sides can map, in memory where the system has such."""
    if hasattr(os, "memfd_create"):
        room = os.memfd_create("page")
    else:
        with tempfile.TemporaryFile() as file:
            room = os.dup(file.fileno())
    os.ftruncate(room, size)
    return room


class _Child:
    """What is started once and serves one file after another, each in a process that it forks.

    Not to be shared between threads.

    Attributes:
        settings: for the file that is open.
        served: how many requests about it were answered.
        busy: whether an answer is outstanding; then it is in no state to serve another file.
    """

    def __init__(self, settings: PageSettings) -> None:
        self.settings = settings
        self.served = 0
        self.busy = False
        self.owner = os.getpid()
        self.stderr: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the process)
        room = _nameless_file(settings.max_pixels * 3)
        self._pixels = np.frombuffer(mmap.mmap(room, 0, access=mmap.ACCESS_READ), np.uint8)
        # -P: a numpy.py in the working directory of the user is not ours to run. One thread: the reserved
        # stacks of idle threads count against the limit on address space.
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "yusuan.extraction.pages.child", str(room)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.stderr,
            pass_fds=(room,),
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            # Ctrl-C is for the caller, who ends the child in order; and what it forked ends with it.
            process_group=0,
        )
        os.close(room)
        assert self.process.stdin
        assert self.process.stdout
        self.requests: Any = self.process.stdin
        self.replies = self.process.stdout.fileno()
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            with contextlib.suppress(OSError):  # a system may allow less; then it is only slower
                fcntl.fcntl(self.replies, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    @classmethod
    def ready(cls, settings: PageSettings) -> _Child:
        """Return one that has no file open: one that served another, or a new one."""
        while _idle:
            child = _idle.pop()
            if child.owner == os.getpid():
                if child._is_closed() and child.settings.max_pixels == settings.max_pixels:
                    child.settings, child.served = settings, 0
                    return child
                child.end()
        return cls(settings)

    def release(self) -> None:
        """Close the file, and keep the process for another; end it where it is in no state for one."""
        if self.busy or _idle:
            self.end()
            return
        try:
            write_message(self.requests, {"close": True})
        except BrokenPipeError:
            self.end()
        else:
            _idle.append(self)

    def _is_closed(self) -> bool:
        """Say whether the process that had a file open is gone, and said nothing that nobody asked for."""
        with contextlib.suppress(_DiedError):
            closed, arrays = self._receive()
            self.stderr.seek(0)
            self.stderr.truncate()
            return closed == CLOSED and not arrays
        return False

    def ask(self, request: dict[str, Any]) -> Reply:
        """Send a request and wait for the reply.

        Raises:
            _DiedError: the child died, hung, or sent something else than a reply.
        """
        self.busy = True
        try:
            write_message(
                self.requests, {**request, "seconds": self.settings.render_seconds + _GRACE_SECONDS}
            )
        except BrokenPipeError:
            raise _DiedError(self._how_it_ended()) from None
        header, arrays = self._receive()
        try:
            if "image" in header:
                arrays["image"] = self._picture(header.pop("image"))
        except (ValueError, TypeError):
            raise _DiedError("the renderer sent a damaged reply") from None
        self.busy = False
        return header, arrays

    def _picture(self, shape: list[int]) -> np.ndarray:
        """Return what the child drew, a copy: it draws the next page over it."""
        return np.array(self._pixels[: math.prod(shape)]).reshape(shape)

    def _receive(self) -> Reply:
        seconds = self.settings.render_seconds
        deadline = time.monotonic() + seconds
        poll = select.poll()
        poll.register(self.replies, select.POLLIN | select.POLLHUP)

        def read_into(buffer: memoryview) -> None:
            while buffer:
                left = deadline - time.monotonic()
                if left <= 0 or not poll.poll(left * 1000):
                    raise TimeoutError
                count = os.readv(self.replies, [buffer])
                if not count:
                    raise EOFError
                buffer = buffer[count:]

        try:
            return read_message(read_into, _MOST_BYTES)
        except TimeoutError:
            raise _DiedError(f"it took longer than {seconds:g} seconds", timed_out=True) from None
        except EOFError:
            raise _DiedError(self._how_it_ended()) from None
        except (ValueError, KeyError, TypeError):
            raise _DiedError("the renderer sent a damaged reply") from None

    def _how_it_ended(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        code = self.process.returncode
        if code is not None and code < 0:
            return f"the renderer crashed ({signal.Signals(-code).name})"
        self.stderr.seek(0)
        said = self.stderr.read(100_000).decode("utf-8", "replace").strip().splitlines()
        return f"the renderer ended with code {code}" + (f": {said[-1]}" if said else "")

    def end(self) -> None:
        """End the process and what it forked at once; they hold nothing that could be lost."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        with contextlib.suppress(BrokenPipeError):
            self.requests.close()
        assert self.process.stdout
        self.process.stdout.close()
        self.process.wait()
        self.stderr.close()


# One that has no file open, at most: it holds memory. It ends with this process, or by the end of its pipe.
_idle: list[_Child] = []


@atexit.register
def _end_idle() -> None:
    while _idle:
        child = _idle.pop()
        if child.owner == os.getpid():
            child.end()


class Sandbox:
    """A file opened in a child process. Use it as a context manager; one thread at a time.

    Attributes:
        pages: how many pages the file has.
        warnings: what was noticed while it was opened.
    """

    def __init__(self, request: FileRequest, settings: PageSettings) -> None:
        self._request = request
        self._settings = settings
        self._child: _Child | None = None
        try:
            self._open()
        except (_DiedError, PageError) as error:
            self.close()
            why = error.reason if isinstance(error, _DiedError) else error.message
            raise InputError(f"{why} while the file was opened", self._limits_hint()) from None
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, and with it the process that opened it."""
        if self._child is not None:
            self._child.release()
            self._child = None

    def _limits_hint(self) -> str:
        settings = self._settings
        return (
            f"print it to a new PDF, or raise pages.memory_mb (now {settings.memory_mb}) "
            f"or pages.render_seconds (now {settings.render_seconds:g})"
        )

    def _open(self) -> None:
        self._child = _Child.ready(self._settings)
        request = self._request
        header, _ = self._ask(
            {
                "path": os.fspath(request.path),
                "kind": request.kind,
                "password": request.password,
                "memory_mb": self._settings.memory_mb,
            }
        )
        self.pages = int(header["pages"])
        self.warnings = tuple(str(warning) for warning in header["warnings"])

    def _ask(self, request: dict[str, Any]) -> Reply:
        assert self._child is not None
        header, arrays = self._child.ask(request)
        failure = header.get("error")
        if failure == "input":
            raise InputError(str(header["message"]), str(header["hint"]))
        if failure == "page":
            raise PageError(str(header["message"]), str(header["hint"]))
        if failure == "memory":
            raise _DiedError(f"it needs more memory than {self._settings.memory_mb} MB")
        if failure:
            raise _DiedError(f"the renderer failed ({header['message']})")
        self._child.served += 1
        return header, arrays

    def page(self, number: int) -> Reply:
        """Return header and arrays of a page, as `read_pdf_page` or `read_raster_page` made them.

        A child that dies on a page it was not the first to see is replaced, and the page tried once more:
        what earlier pages left in its memory is not this page's fault.

        Raises:
            PageError: the page cannot be read; others still can.
        """
        settings = self._settings
        ask = {"number": number, "dpi": settings.dpi, "max_pixels": settings.max_pixels}
        while True:
            if self._child is None:
                try:
                    self._open()
                except (_DiedError, InputError) as error:
                    self.close()
                    raise PageError(f"page {number}: the file cannot be opened again: {error}") from None
            assert self._child is not None
            fresh = self._child.served <= 1
            try:
                return self._ask(ask)
            except _DiedError as error:
                self.close()
                if fresh or error.timed_out:
                    raise PageError(f"page {number}: {error.reason}", self._limits_hint()) from None
