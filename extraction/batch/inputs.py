"""What was asked to be read: files and folders from the command line, as a list of files."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from yusuan.extraction.errors import InputError, UsageError

SUFFIXES = frozenset({".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff"})
_WRITTEN_FOLDERS = ("pages", "debug")  # of documents/<name>-<sha8>/
_NAME_BYTES = 120  # file systems allow 255; the hash, suffixes and temporary names need room too


@dataclass(frozen=True)
class InputProblem:
    """An input that gives no document, and why, in one line."""

    path: str
    reason: str


def shown_path(path: str | os.PathLike[str]) -> str:
    """Return a path that can be stored and printed: no bytes but UTF-8, no line breaks."""
    return " ".join(os.fsencode(path).decode("utf-8", "replace").split())


def inputs_to_files(inputs: Iterable[Path], out: Path) -> Iterator[Path | InputProblem]:
    """Yield the files to read, in the order given; the files of a folder are sorted.

    A file that is named is taken whatever its suffix; in folders PDF, PNG, JPEG and TIFF are. What
    an earlier run wrote into the output folder is left out: page images are no documents.
    """
    for path in inputs:
        try:
            mode = path.stat().st_mode
        except OSError as error:
            yield InputProblem(shown_path(path), _reason(error))
            continue
        if stat.S_ISREG(mode):
            yield path
        elif stat.S_ISDIR(mode):
            yield from _folder_to_files(path, out)
        else:
            yield InputProblem(shown_path(path), "neither a file nor a folder")


def _folder_to_files(folder: Path, out: Path) -> Iterator[Path | InputProblem]:
    closed: list[OSError] = []
    found = False
    written = out.resolve() / "documents"
    for root, folders, names in os.walk(folder, onerror=closed.append):
        own = _WRITTEN_FOLDERS if Path(root).resolve().parent == written else ()
        folders[:] = sorted(name for name in folders if name not in own)
        for name in sorted(names):
            path = Path(root) / name
            if path.suffix.lower() not in SUFFIXES:
                continue
            try:
                regular = stat.S_ISREG(path.stat().st_mode)
            except OSError as shut:  # a folder that may be listed and not entered, a dangling link
                closed.append(shut)
                continue
            if regular:
                found = True
                yield path
    for error in closed:
        yield InputProblem(shown_path(error.filename), _reason(error))
    if not found and not closed:
        yield InputProblem(shown_path(folder), "no PDF, PNG, JPEG or TIFF file in this folder")


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def file_sha256(path: Path) -> str:
    """Return the hex SHA-256 of a file.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"cannot be read: {_reason(error)}") from error


def document_folder_name(path: Path, sha256: str, digits: int = 8) -> str:
    """Return `<name>-<sha8>`: the file's name without suffix, made fit for any file system, and its hash."""
    name = re.sub(r'[\s\x00-\x1f\x7f<>:"/\\|?*�]+', "_", shown_path(path.stem)).strip("._ ")
    while len(name.encode("utf-8")) > _NAME_BYTES:
        name = name[:-1]
    return f"{name or 'document'}-{sha256[:digits]}"


def parse_pages(text: str) -> tuple[int, ...]:
    """Return the page numbers that `1,3-5` names, ascending, each once.

    Raises:
        UsageError: it is not such a list, or counts from 0.
    """
    numbers: set[int] = set()
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last:
            raise UsageError(f"cannot read the pages {text!r}", "write them as 1,3-5, counting from 1")
        numbers.update(range(first, last + 1))
    return tuple(sorted(numbers))
