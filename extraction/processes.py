"""What a process can say of itself and of its children: memory used, and not outliving its parent.

Imported by the child that renders files, too, which pays for every import: standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # prctl(2)
_RESET_PEAK = "5"  # proc(5), clear_refs
_WATCH_SECONDS = 0.25
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def die_with_parent(parent: int | None = None) -> None:
    """Have the kernel kill this process when the thread that started it is gone, even by `kill -9`.

    Where the system is no Linux this does nothing; there, processes leave when their pipe is closed.

    Args:
        parent: its process id, where known: it may have gone before this call.
    """
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os._exit(1)


def resident_mb(process: int) -> float:
    """Return the memory in MiB that a process holds; 0 where it is gone or the system does not tell."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text("ascii").split()[1]
    except (OSError, IndexError):
        return 0.0
    return int(pages) * _PAGE_BYTES / 2**20


def peak_mb(process: int | str = "self") -> float:
    """Return the most memory in MiB that a process has held since it began, or since `reset_peak`.

    Not `ru_maxrss`: a child inherits that of the process that it was started from. 0 where the system
    does not tell.
    """
    try:
        status = Path(f"/proc/{process}/status").read_text("ascii", "replace")
    except OSError:
        return 0.0
    line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0")
    return int(line.split()[1]) / 1024


def reset_peak() -> None:
    """Let `peak_mb` of this process begin anew, where the system allows it."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text(_RESET_PEAK, "ascii")


def end_above(limit_mb: int) -> None:
    """Watch over the memory of this process from a thread, and end the process when it holds more."""

    def watch() -> None:
        while resident_mb(os.getpid()) <= limit_mb:
            time.sleep(_WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="memory", daemon=True).start()
