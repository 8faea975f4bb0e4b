"""The process that touches files: opens one, renders its pages, and may die of it.

Started by `sandbox.py` as `python -m yusuan.extraction.pages.child`. It limits its own memory and time
before it opens anything: a broken renderer cannot lift a hard limit, and an alarm ends a hang even when the
caller is gone.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from yusuan.extraction.errors import InputError, PageError, YusuanError
from yusuan.extraction.pages.wire import read_message, write_message
from yusuan.extraction.processes import die_with_parent

Reply = tuple[dict[str, Any], dict[str, np.ndarray]]
PageReader = Callable[[dict[str, Any]], Reply]


def _limit(memory_mb: int) -> None:
    memory = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # It has nothing to write; what a library prints on stderr must not fill a disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _open(request: dict[str, Any]) -> tuple[Reply, PageReader]:
    """Open the file that the request names; the libraries for the other kind are never loaded."""
    path = Path(request["path"])
    if request["kind"] == "PDF":
        from yusuan.extraction.pages.pdf import open_pdf, read_pdf_page

        pdf = open_pdf(path, request["password"])
        reply = {"pages": pdf.pages, "warnings": pdf.warnings}

        def read(ask: dict[str, Any]) -> Reply:
            return read_pdf_page(pdf, ask["number"], ask["dpi"], ask["max_pixels"])

    else:
        from yusuan.extraction.pages.raster import open_raster, read_raster_page

        raster = open_raster(path, request["kind"])
        reply = {"pages": raster.pages, "warnings": raster.warnings}

        def read(ask: dict[str, Any]) -> Reply:
            return read_raster_page(raster, ask["number"], ask["max_pixels"])

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


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer requests until the caller hangs up: first `open`, then any number of pages."""

    def read_into(buffer: memoryview) -> None:
        while buffer:
            count = requests.readinto(buffer)  # type: ignore[attr-defined]
            if not count:
                raise EOFError
            buffer = buffer[count:]

    read: PageReader | None = None
    while True:
        try:
            request, _ = read_message(read_into, 0)
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_REAL, request["seconds"])
        try:
            if read is None:
                _limit(request["memory_mb"])
                reply, read = _open(request)
            else:
                reply = read(request)
        except Exception as error:
            reply = _failure(error), {}
        write_message(replies, *reply)
        signal.setitimer(signal.ITIMER_REAL, 0)


def main() -> None:
    """Serve on stdin and stdout; anything a library prints on stdout goes nowhere."""
    die_with_parent()
    replies = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    serve(sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
