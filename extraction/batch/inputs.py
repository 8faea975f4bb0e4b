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
    entered: set[tuple[int, int]] = set()
    for root, folders, names in os.walk(folder, onerror=closed.append, followlinks=True):
        here = Path(root).stat()
        if (here.st_dev, here.st_ino) in entered:  # a link back to where we come from
            folders[:] = []
            continue
        entered.add((here.st_dev, here.st_ino))
        own = _WRITTEN_FOLDERS if Path(root).resolve().parent == written else ()
        folders[:] = sorted(name for name in folders if name not in own)
        for name in sorted(names):
            path = Path(root) / name
            if path.suffix.lower() not in SUFFIXES:
                continue
            found = True
            try:
                regular = stat.S_ISREG(path.stat().st_mode)
            except OSError as shut:  # a folder that may be listed and not entered, a dangling link
                yield InputProblem(shown_path(path), _reason(shut))
                continue
            yield path if regular else InputProblem(shown_path(path), "neither a file nor a folder")
    for error in closed:
        yield InputProblem(shown_path(error.filename), _reason(error))
    if not found and not closed:
        yield InputProblem(shown_path(folder), "no PDF, PNG, JPEG or TIFF file in this folder")


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def file_sha256(path: Path, largest_mb: int | None = None) -> str:
    """Return the hex SHA-256 of a file.

    Args:
        path: of the file.
        largest_mb: in MiB; larger files are refused before they are read.

    Raises:
        InputError: it cannot be read, or is too large.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if largest_mb is not None and size > largest_mb * 2**20:
                hint = f"split it, or raise pages.file_mb (now {largest_mb})"
                raise InputError(f"it is too large: {size / 2**20:.0f} MiB", hint)
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


def selected_pages(asked: tuple[int, ...] | None, page_count: int) -> tuple[int, ...]:
    """Return the numbers of the pages to read of a document with `page_count` pages."""
    if asked is None:
        return tuple(range(1, page_count + 1))
    return tuple(number for number in asked if number <= page_count)
