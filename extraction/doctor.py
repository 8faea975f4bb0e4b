"""What is here, what is missing, what clashes, and the command that fixes it (`yusuan doctor`).

Nothing heavy is imported at the top: a broken library is what this has to report.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from packaging.requirements import Requirement

from yusuan.extraction.config import Settings
from yusuan.extraction.errors import ModelError
from yusuan.models.cards import CARDS
from yusuan.models.store import verified

Level = Literal["ok", "note", "problem"]

# The distributions that all write the one folder cv2/.
OPENCV = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)

# The WAL-reset bug (sqlite.org/wal.html#walresetbug) is in 3.7.0 to 3.51.2, but for two repaired releases.
WAL_RESET_FROM, WAL_RESET_FIXED = (3, 7, 0), (3, 51, 3)
WAL_RESET_BACKPORTS = ((3, 44, 6), (3, 50, 7))

# A page image takes half a megabyte; below this a run of a few thousand pages ends in the middle.
SCARCE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Diagnosis:
    """One thing that was looked at.

    Attributes:
        name: what.
        detail: what was found.
        level: `note` is worth knowing, `problem` keeps something from working.
        fix: a command or a step that solves it; empty when nothing is wrong.
    """

    name: str
    detail: str
    level: Level = "ok"
    fix: str = ""


@dataclass(frozen=True)
class DoctorReport:
    """All that was looked at."""

    diagnoses: tuple[Diagnosis, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing keeps the program from working."""
        return all(diagnosis.level != "problem" for diagnosis in self.diagnoses)

    def as_dict(self) -> dict[str, Any]:
        """Return the report for machines."""
        return {"ok": self.ok, "diagnoses": [asdict(diagnosis) for diagnosis in self.diagnoses]}

    def lines(self) -> list[str]:
        """Return the report for people: a line for each thing, under it what to do."""
        lines = []
        width = max((len(diagnosis.name) for diagnosis in self.diagnoses), default=0)
        for diagnosis in self.diagnoses:
            lines.append(f"{diagnosis.level:<8} {diagnosis.name:<{width}}  {diagnosis.detail}")
            if diagnosis.fix:
                lines.append(f"{'':<8} {'':<{width}}  → {diagnosis.fix}")
        problems = sum(diagnosis.level == "problem" for diagnosis in self.diagnoses)
        lines.append(f"problems: {problems}" if problems else "everything is in place")
        return lines


def diagnose(settings: Settings) -> DoctorReport:
    """Look at versions, libraries, models, devices and disk, as the settings need them."""
    checks = (_versions, _opencv, _models, _devices, _tesseract, _sqlite, _disk)
    return DoctorReport(tuple(found for check in checks for found in check(settings)))


def _versions(settings: Settings) -> Iterator[Diagnosis]:
    yield Diagnosis("python", f"{platform.python_version()} on {platform.platform(terse=True)}")
    yield Diagnosis("yusuan", metadata.version("yusuan"))
    for line in metadata.requires("yusuan") or ():
        needed = Requirement(line)
        # Requirements of extras carry a marker that is false here.
        if needed.marker and not needed.marker.evaluate({"extra": ""}):
            continue
        fix = f"pip install '{needed.name}{needed.specifier}'"
        try:
            found = metadata.version(needed.name)
        except metadata.PackageNotFoundError:
            yield Diagnosis(needed.name, "not installed", "problem", fix)
            continue
        if needed.specifier.contains(found, prereleases=True):
            yield Diagnosis(needed.name, found)
        else:
            yield Diagnosis(needed.name, f"{found}, but {needed.specifier} is needed", "problem", fix)


def _opencv(settings: Settings) -> Iterator[Diagnosis]:
    providers = {}
    for name in OPENCV:
        try:
            providers[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    listed = ", ".join(f"{name} {version}" for name, version in providers.items()) or "no package"
    pinned = providers.get("opencv-python-headless", "")
    reinstall = f"pip install --no-deps --force-reinstall opencv-python-headless=={pinned or '4.10.0.84'}"
    try:
        import cv2
    except ImportError as error:
        if "libGL" in str(error) or "libgthread" in str(error) or "libglib" in str(error):
            # The build with windows was installed last; the headless one needs no display libraries.
            reinstall += ", or: sudo apt-get install libgl1 libglib2.0-0"
        yield Diagnosis("cv2", f"cannot be imported: {error}; provided by {listed}", "problem", reinstall)
        return
    build = "headless" if re.search(r"^\s*GUI:\s*NONE", cv2.getBuildInformation(), re.M) else "with windows"
    detail = f"{cv2.__version__} ({build}), provided by {listed}"
    if len(set(providers.values())) > 1 or not pinned.startswith(cv2.__version__):
        yield Diagnosis("cv2", f"{detail}: they overwrite each other", "problem", reinstall)
    else:
        yield Diagnosis("cv2", detail)


def _models(settings: Settings) -> Iterator[Diagnosis]:
    for card in CARDS:
        try:
            path = verified(card)
        except ModelError as error:
            level: Level = "problem" if settings.ocr.engine == "paddle" else "note"
            yield Diagnosis(card.name, error.message, level, error.hint)
        else:
            yield Diagnosis(card.name, f"{path}, sha256 {card.sha256}")


def _devices(settings: Settings) -> Iterator[Diagnosis]:
    cores = len(os.sched_getaffinity(0))
    yield Diagnosis("processor", f"{cores} cores for this process of {os.cpu_count()}")
    try:
        import onnxruntime
    except ImportError as error:
        fix = "pip install --force-reinstall --no-deps onnxruntime"
        yield Diagnosis("onnxruntime", f"cannot be imported: {error}", "problem", fix)
        return
    available = onnxruntime.get_available_providers()
    detail = ", ".join(available)
    gpu = shutil.which("nvidia-smi") is not None
    fix = "pip uninstall onnxruntime, then pip install 'onnxruntime-gpu[cuda,cudnn]'"
    if "CUDAExecutionProvider" in available:
        yield Diagnosis("devices", detail)
    elif settings.ocr.device == "cuda":
        yield Diagnosis("devices", f"{detail}; the settings ask for cuda", "problem", fix)
    elif gpu:
        yield Diagnosis("devices", f"{detail}; the GPU of this machine is not used", "note", fix)
    else:
        yield Diagnosis("devices", detail)


def _tesseract(settings: Settings) -> Iterator[Diagnosis]:
    level: Level = "problem" if settings.ocr.engine == "tesseract" else "note"
    fix = "sudo apt-get install tesseract-ocr tesseract-ocr-chi-sim"
    program = shutil.which("tesseract")
    if program is None:
        yield Diagnosis("tesseract", "not installed (optional: --ocr tesseract)", level, fix)
        return
    version = _first_line(program, "--version")
    # The first line of --list-langs names the folder.
    languages = _output(program, "--list-langs").splitlines()[1:]
    if "chi_sim" in languages:
        yield Diagnosis("tesseract", f"{version}, {program}, languages {' '.join(languages)}")
    else:
        yield Diagnosis("tesseract", f"{version} without simplified Chinese (chi_sim)", level, fix)


def _first_line(*command: str) -> str:
    return next(iter(_output(*command).splitlines()), "")


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return done.stdout or done.stderr


def _sqlite(settings: Settings) -> Iterator[Diagnosis]:
    version = sqlite3.sqlite_version_info
    detail = f"{sqlite3.sqlite_version}, used with a rollback journal"
    if has_wal_reset_bug(version):
        warning = "; its write-ahead log can corrupt a database, so never set journal_mode=WAL on jobs.sqlite"
        yield Diagnosis("sqlite", detail + warning, "note")
    else:
        yield Diagnosis("sqlite", detail)


def has_wal_reset_bug(version: tuple[int, ...]) -> bool:
    """Return whether a SQLite of this version can lose data in WAL mode when two processes write."""
    repaired = any(fixed <= version < (*fixed[:1], fixed[1] + 1) for fixed in WAL_RESET_BACKPORTS)
    return WAL_RESET_FROM <= version < WAL_RESET_FIXED and not repaired


def _disk(settings: Settings) -> Iterator[Diagnosis]:
    folders = {"disk here": Path.cwd(), "disk for temporary files": Path(tempfile.gettempdir())}
    for name, folder in folders.items():
        free = shutil.disk_usage(folder).free
        detail = f"{free / 1024**3:.1f} GiB free in {folder}"
        if free < SCARCE_BYTES:
            fix = "free some space, or write elsewhere with -o and TMPDIR"
            yield Diagnosis(name, detail, "note", fix)
        else:
            yield Diagnosis(name, detail)
