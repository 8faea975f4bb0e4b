"""Runs that are disturbed and taken up again must end with the bytes of one that was left alone.

`python -m yusuan.eval.disturbed INPUT… -o FOLDER` reads the inputs in peace, and then again while parent or
workers are killed with SIGKILL at random moments, while the disk is full (a small one in memory; needs
root), and while system calls that write fail at random (strace, which can inject errors). After each the same
command is given once more, and all files are compared, those left out that tell of the run itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import psutil
import typer

# What tells of the run itself: times, attempts, tracebacks.
OF_THE_RUN = frozenset({"run.json", "jobs.sqlite", "jobs.lock", "error.log"})
PROGRAM = (sys.executable, "-c", "from yusuan.extraction.cli import main; main()", "extract")
_LEAVE_SECONDS = 15.0  # that workers have to notice that their parent is gone
_STEPS = 12  # of a disk that grows
# System calls that fail: with which error, and how many go well before at most.
_CALLS = {
    "write": ("ENOSPC", 200),
    "pwrite64": ("ENOSPC", 60),
    "fsync": ("EIO", 20),
    "rename": ("EIO", 20),
    "openat": ("EMFILE", 3000),
}

Tell = Callable[[str], None]


@dataclass
class Disturbed:
    """What came of a run that was disturbed.

    Attributes:
        disturbances: what was done to it, and how often.
        exits: exit codes of the runs that ended by themselves, the last one apart.
        last: exit code of the run that was left alone in the end.
        orphans: processes that outlived their parent.
        differences: files that are missing, too many, or other than those of the calm run.
    """

    disturbances: Counter[str] = field(default_factory=Counter)
    exits: Counter[int] = field(default_factory=Counter)
    last: int = 0
    orphans: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    @property
    def survived(self) -> bool:
        """Whether nothing can be seen of it."""
        return not (self.last or self.orphans or self.differences)

    def line(self) -> str:
        """Return all of it in one line."""
        done = ", ".join(f"{count} x {name}" for name, count in self.disturbances.items())
        exits = ", ".join(f"{count} x {code}" for code, count in sorted(self.exits.items())) or "none"
        told = f"{done}; own exits before the last run: {exits}; last run: exit {self.last}"
        told += f"; orphans: {len(self.orphans)}; files that differ: {len(self.differences)}"
        return "; ".join([told, *self.orphans[:5], *self.differences[:5]])


def folder_hashes(folder: Path) -> dict[str, str]:
    """Return path → SHA-256 of all files in an output folder, drafts too, but for those about the run."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() or path.is_symlink())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.relative_to(folder).as_posix() not in OF_THE_RUN
    }


def differences(calm: Path, other: Path) -> list[str]:
    """Return the files in which two output folders differ."""
    one, two = folder_hashes(calm), folder_hashes(other)
    return sorted(path for path in {*one, *two} if one.get(path) != two.get(path))


def run_calm(command: Sequence[str]) -> int:
    """Run a command to its end and return its exit code."""
    return subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    ).returncode


def kill_at_random(
    command: Sequence[str], kills: int, longest: float, dice: random.Random, tell: Tell
) -> Disturbed:
    """Kill the parent or one of its processes at random moments; begin again, with `--force` once it is done.

    Args:
        command: of `extract`.
        kills: how many.
        longest: seconds between two of them, at most.
        dice: chooses moment and victim.
        tell: gets a line for each kill.
    """
    result = Disturbed()
    process = _start(command)
    while sum(result.disturbances.values()) < kills:
        with contextlib.suppress(subprocess.TimeoutExpired):
            result.exits[process.wait(dice.uniform(0, longest))] += 1
            process = _start([*command, "--force"])
            continue
        victim = dice.choice([_parent(process), *_children(process)]) if dice.random() < 0.6 else None
        victim = victim or _parent(process)
        who = "parent" if victim.pid == process.pid else "worker" if _is_worker(victim) else "renderer"
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
            result.disturbances[f"{who} killed"] += 1
            tell(f"{who} killed")
        if who == "parent":
            process.wait()
            result.orphans += _orphans(process.pid)
            process = _start(command)
    process.kill()
    process.wait()
    result.orphans += _orphans(process.pid)
    result.last = run_calm(command)
    return result


def fill_disk(command: Callable[[Path], Sequence[str]], out: Path, needed: int, tell: Tell) -> Disturbed:
    """Run on a memory disk that is too small and grows step by step; copy what is on it to `out` in the end.

    Args:
        command: of `extract`, for an output folder.
        out: the folder that the result is copied to.
        needed: bytes that the output takes.
        tell: gets a line for each size.

    Raises:
        OSError: this system lets us mount no disk.
    """
    result = Disturbed()
    disk = out.with_name(f"{out.name}-disk")
    disk.mkdir(parents=True)
    with _mounted(disk, needed // _STEPS):
        for step in range(1, _STEPS + 1):
            size = max(1, needed * step // _STEPS)
            _mount(["-o", f"remount,size={size}", str(disk)])
            code = run_calm(command(disk / "out"))
            result.disturbances["size of the disk"] += 1
            result.exits[code] += 1
            tell(f"disk of {size / 2**20:.1f} MiB: exit {code}")
        _mount(["-o", f"remount,size={needed * 3}", str(disk)])
        result.last = run_calm(command(disk / "out"))
        shutil.copytree(disk / "out", out, symlinks=True)
    disk.rmdir()
    return result


def fail_writes(command: Sequence[str], times: int, dice: random.Random, tell: Tell) -> Disturbed:
    """Run while one kind of call fails now and then in each thread; again, with `--force` once it is done.

    Raises:
        FileNotFoundError: strace is not installed.
    """
    if shutil.which("strace") is None:
        raise FileNotFoundError("strace is not installed: sudo apt-get install strace")
    result = Disturbed()
    again: list[str] = []
    for number in range(times):
        call, (error, most) = list(_CALLS.items())[number % len(_CALLS)]
        when = f"{dice.randint(1, most)}+{dice.randint(most // 4, most)}"
        # A child that begins is one more thread with its own count.
        faults = ["-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}"]
        log = ["-o", "/dev/null"]
        code = run_calm(["strace", "-f", "--seccomp-bpf", "-qq", *log, *faults, *command, *again])
        again = ["--force"] if code in (0, 3) else []
        result.disturbances[f"{call} fails"] += 1
        result.exits[code] += 1
        tell(f"{call} fails with {error} at {when}: exit {code}")
    result.last = run_calm(command)
    return result


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    nowhere = subprocess.DEVNULL
    return subprocess.Popen(command, stdout=nowhere, stderr=nowhere, start_new_session=True)


def _parent(process: subprocess.Popen[bytes]) -> psutil.Process:
    return psutil.Process(process.pid)


def _children(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return [child for child in _parent(process).children(recursive=True) if not _is_tracker(child)]
    return []


def _is_tracker(process: psutil.Process) -> bool:
    """Say whether a process is the one of multiprocessing that watches over what others leave behind."""
    return "resource_tracker" in _command(process)


def _is_worker(process: psutil.Process) -> bool:
    return "spawn_main" in _command(process)


def _command(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def _orphans(session: int) -> list[str]:
    """Return the processes of a session that have not left some time after their parent."""
    until = time.monotonic() + _LEAVE_SECONDS
    while (left := list(_in_session(session))) and time.monotonic() < until:
        time.sleep(0.1)
    return [f"{process.pid} {_command(process)}" for process in left]


def _in_session(session: int) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                yield process


@contextlib.contextmanager
def _mounted(folder: Path, size: int) -> Iterator[None]:
    _mount(["-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)])
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=False)


def _mount(arguments: Sequence[str]) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.stderr.strip())


def main(
    inputs: Annotated[list[Path], typer.Argument(help="What to read.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for all runs; must not exist.")],
    kills: Annotated[int, typer.Option(help="Processes to kill.")] = 30,
    longest: Annotated[float, typer.Option(help="Most seconds between two kills.")] = 12.0,
    failing: Annotated[int, typer.Option(help="Runs with failing writes.")] = 10,
    seed: Annotated[int, typer.Option(help="Of moments and victims.")] = 7,
) -> None:
    """Disturb runs in every way and compare what comes out."""
    out.mkdir(parents=True)

    def command(folder: Path) -> list[str]:
        return [*PROGRAM, *map(str, inputs), "-o", str(folder)]

    def tell(line: str) -> None:
        print(line, file=sys.stderr)

    dice = random.Random(seed)
    calm = out / "calm"
    if code := run_calm(command(calm)):
        typer.echo(f"the inputs must be ones that can be read: exit {code}", err=True)
        raise typer.Exit(1)
    needed = sum(path.stat().st_size for path in calm.rglob("*") if path.is_file())
    ways: dict[str, Callable[[Path], Disturbed]] = {
        "killed": lambda folder: kill_at_random(command(folder), kills, longest, dice, tell),
        "full": lambda folder: fill_disk(command, folder, needed, tell),
        "failing": lambda folder: fail_writes(command(folder), failing, dice, tell),
    }
    survived = True
    for name, disturb in ways.items():
        try:
            result = disturb(out / name)
        except OSError as error:
            typer.echo(f"{name}: cannot be tried here: {error}")
            continue
        result.differences = differences(calm, out / name)
        typer.echo(f"{name}: {result.line()}")
        survived &= result.survived
    raise typer.Exit(0 if survived else 1)


if __name__ == "__main__":
    typer.run(main)
