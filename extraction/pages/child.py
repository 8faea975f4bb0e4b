"""The processes that touch files: each opens one, renders its pages, and may die of it.

Started by `sandbox.py` as `python -m yusuan.extraction.pages.child FD`. Starting Python and its libraries
takes longer than a page, so what is started stays and touches no file: for each it forks a process, which
limits its own memory and time before it opens anything: a broken renderer cannot lift a hard limit, and an
alarm ends a hang even when the caller is gone. Where that process dies, what forked it dies of the same, so
that the caller sees how.

Pixels of a page do not go through the pipe but lie in a file without a name, `FD`, which both sides map.
"""

from __future__ import annotations

import importlib
import mmap
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from yusuan.extraction.errors import InputError, PageError, YusuanError
from yusuan.extraction.pages.wire import CLOSED, read_message, write_message
from yusuan.extraction.processes import die_with_parent

Reply = tuple[dict[str, Any], dict[str, np.ndarray]]
PageReader = Callable[[dict[str, Any]], Reply]


def _limit(memory_mb: int) -> None:
    memory = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # It has nothing to write; what a library prints on stderr must not fill a disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _load(kind: str) -> None:
    """Load the libraries for a kind of file, once for all files of that kind."""
    importlib.import_module(f"yusuan.extraction.pages.{'pdf' if kind == 'PDF' else 'raster'}")


def _open(request: dict[str, Any], canvas: np.ndarray) -> tuple[Reply, PageReader]:
    """Open the file that the request names; the libraries for the other kind are not asked for."""
    path = Path(request["path"])
    if request["kind"] == "PDF":
        from yusuan.extraction.pages.pdf import open_pdf, read_pdf_page

        pdf = open_pdf(path, request["password"])
        reply = {"pages": pdf.pages, "warnings": pdf.warnings}

        def read(ask: dict[str, Any]) -> Reply:
            return read_pdf_page(pdf, ask["number"], ask["dpi"], ask["max_pixels"], canvas)

    else:
        from yusuan.extraction.pages.raster import open_raster, read_raster_page

        raster = open_raster(path, request["kind"])
        reply = {"pages": raster.pages, "warnings": raster.warnings}

        def read(ask: dict[str, Any]) -> Reply:
            header, arrays = read_raster_page(raster, ask["number"], ask["max_pixels"])
            image = arrays.pop("image")
            canvas[: image.size].reshape(image.shape)[:] = image
            return {**header, "image": image.shape}, arrays

    return (reply, {}), read


def _failure(error: Exception) -> dict[str, Any]:
    """Return an error as a reply. What a hostile file provokes in a library is news about that file."""
    if isinstance(error, MemoryError):
        return {"error": "memory"}
    kinds: dict[type[YusuanError], str] = {InputError: "input", PageError: "page"}
    for cls, name in kinds.items():
        if isinstance(error, cls):
            return {"error": name, "message": error.message, "hint": error.hint}
    return {"error": "crash", "message": f"{type(error).__name__}: {error}"}


def _reader(requests: BinaryIO) -> Callable[[memoryview], None]:
    def read_into(buffer: memoryview) -> None:
        while buffer:
            count = requests.readinto(buffer)  # type: ignore[attr-defined]
            if not count:
                raise EOFError
            buffer = buffer[count:]

    return read_into


def _serve_file(request: dict[str, Any], requests: BinaryIO, replies: BinaryIO, room: int) -> None:
    """Answer requests about one file until the caller closes it: first `open`, then any number of pages."""
    canvas = np.frombuffer(mmap.mmap(room, 0), np.uint8)
    read: PageReader | None = None
    while "close" not in request:
        signal.setitimer(signal.ITIMER_REAL, request["seconds"])
        try:
            if read is None:
                _limit(request["memory_mb"])
                reply, read = _open(request, canvas)
            else:
                reply = read(request)
        except Exception as error:
            reply = _failure(error), {}
        write_message(replies, *reply)
        signal.setitimer(signal.ITIMER_REAL, 0)
        request, _ = read_message(_reader(requests), 0)


def _fork(request: dict[str, Any], requests: BinaryIO, replies: BinaryIO, room: int) -> None:
    """Serve one file in a process of its own, and end as it ends if it does not end well."""
    parent = os.getpid()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            die_with_parent(parent)
            _serve_file(request, requests, replies, room)
            code = 0
        except (EOFError, BrokenPipeError):
            code = 0  # the caller is gone
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    if os.WEXITSTATUS(status):
        os._exit(os.WEXITSTATUS(status))


def main() -> None:
    """Serve on stdin and stdout; anything a library prints on stdout goes nowhere."""
    die_with_parent()
    replies = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    requests = sys.stdin.buffer
    room = int(sys.argv[1])
    while True:
        try:
            request, _ = read_message(_reader(requests), 0)
        except EOFError:
            return
        _load(request["kind"])
        _fork(request, requests, replies, room)
        try:
            write_message(replies, CLOSED)
        except BrokenPipeError:
            return


if __name__ == "__main__":
    main()
