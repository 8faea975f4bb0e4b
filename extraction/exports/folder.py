"""The output folder: where things stand in it, and writing that leaves a whole file or none."""

from __future__ import annotations

import errno
import gzip
import io
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from pydantic import ValidationError

from yusuan.extraction.document import Document
from yusuan.extraction.errors import InputError, OutputError, PageError

DOCUMENTS = "documents"
DOCUMENT_FILE = "document.json"
REVIEWED = "reviewed"
WORKBOOK_FILE = "tables.xlsx"
PAGES = "pages"
PARTS = "parts"
ERROR_LOG = "error.log"

FULL_HINT = "free some space or choose another folder, then run the same command again: what is done is kept"

# What the rows of documents are split into: a folder of `parts/` each, with one file a document.
PART_SUFFIXES = {"records": ".parquet", "facts": ".parquet", "findings": ".parquet", "lines": ".jsonl"}

_DRAFT_SUFFIX = ".part"
_JPEG_QUALITY = 80


def page_image_path(folder: Path, page_number: int) -> Path:
    """Return where the upright image of a page stands in a document's folder."""
    return folder / PAGES / f"{page_number:03d}.jpg"


def page_file_path(folder: Path, page_number: int) -> Path:
    """Return where a page that was read stands in a document's folder: an element of pages[], packed."""
    return folder / PAGES / f"{page_number:03d}.json.gz"


def write_page_image(folder: Path, page_number: int, image: np.ndarray, dpi: float) -> None:
    """Write the upright image of a page, `(H, W, 3)` uint8 RGB.

    Raises:
        OutputError: it cannot be written.
    """
    # In memory first: where a disk is nearly full, Pillow takes a write that was cut short for a whole one.
    data = io.BytesIO()
    Image.fromarray(image).save(data, "JPEG", quality=_JPEG_QUALITY, dpi=(dpi, dpi))
    with writing(page_image_path(folder, page_number)) as draft:
        draft.write_bytes(data.getvalue())


def write_page_file(folder: Path, page_number: int, page: str) -> None:
    """Write a page as JSON. The same page gives the same bytes.

    Raises:
        OutputError: it cannot be written.
    """
    with writing(page_file_path(folder, page_number)) as draft:
        draft.write_bytes(gzip.compress(page.encode("utf-8"), compresslevel=5, mtime=0))


def read_page_file(folder: Path, page_number: int) -> str:
    """Return a page as JSON.

    Raises:
        PageError: it is not there, or damaged.
    """
    path = page_file_path(folder, page_number)
    try:
        return gzip.decompress(path.read_bytes()).decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise PageError(f"{path} cannot be read: {error}", "run extract again with --force") from error


def reviewed_path(folder: Path) -> Path:
    """Return where a document stands as people left it, by the folder that `extract` put it into."""
    return folder.parent.parent / REVIEWED / folder.name / DOCUMENT_FILE


def part_path(out: Path, part: str, name: str) -> Path:
    """Return where a part of the rows of the document in folder `name` stands."""
    return out / PARTS / part / f"{name}{PART_SUFFIXES[part]}"


def assembled_files(folder: Path) -> list[Path]:
    """Return the files that putting a document together writes, pages apart."""
    out = folder.parent.parent
    parts = [part_path(out, part, folder.name) for part in PART_SUFFIXES]
    return [folder / DOCUMENT_FILE, folder / WORKBOOK_FILE, *parts]


def remove_drafts(folder: Path) -> None:
    """Remove what a run that was killed has left half written, of the document in a folder."""
    drafts = [_draft(path) for path in assembled_files(folder)]
    for draft in (*drafts, *(folder / PAGES).glob(f".*{_DRAFT_SUFFIX}")):
        with suppress(OSError):
            draft.unlink()


def read_page_image(folder: Path, page_number: int) -> tuple[np.ndarray, float] | None:
    """Return the upright image of a page, `(H, W, 3)` uint8 RGB, and its dpi; None where there is none.

    Raises:
        PageError: it is damaged.
    """
    path = page_image_path(folder, page_number)
    if not path.is_file():
        return None
    try:
        with Image.open(path) as image:
            dpi = float(image.info.get("dpi", (72,))[0])
        # The same pixels as Pillow's, in half of the time.
        pixels = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except OSError:
        pixels = None
    if pixels is None:
        raise PageError(f"cannot read {path}", "run extract again with --force")
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)), dpi


def document_folders(out: Path) -> list[Path]:
    """Return the folders of all documents in `out` that have been assembled, by name."""
    return sorted(path.parent for path in (out / DOCUMENTS).glob(f"*/{DOCUMENT_FILE}"))


def read_document(folder: Path) -> Document:
    """Return the document of one folder.

    Raises:
        InputError: `document.json` cannot be read or does not follow the contract.
    """
    return _read(folder / DOCUMENT_FILE, "run extract again with --force")


def _read(path: Path, hint: str) -> Document:
    try:
        return Document.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{path} is not a {DOCUMENT_FILE} of this version: {where}: {first['msg']}", hint
        ) from error


def documents_in(out: Path) -> Iterator[tuple[str, Document]]:
    """Yield each document in `out` as it was read, with the name of its folder, one at a time.

    Raises:
        InputError: a `document.json` cannot be read.
    """
    for folder in document_folders(out):
        yield folder.name, read_document(folder)


def corrected_documents(out: Path) -> Iterator[tuple[str, Document]]:
    """Yield each document in `out` as people left it, else as it was read, with the name of its folder.

    Raises:
        InputError: a `document.json` cannot be read.
    """
    for folder in document_folders(out):
        yield folder.name, corrected_document(folder)


def corrected_document(folder: Path) -> Document:
    """Return the document of one folder as people left it, else as it was read.

    Raises:
        InputError: `document.json` cannot be read.
    """
    reviewed = reviewed_path(folder)
    if reviewed.is_file():
        return _read(reviewed, "accept a page of it again in yusuan review")
    return read_document(folder)


def output_error(error: OSError, path: Path) -> OutputError:
    """Return what to tell a person when writing `path` failed."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return OutputError(f"no space left to write {path}", FULL_HINT)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OutputError(f"cannot write {path}: {error.strerror}", "choose another folder with -o")
    return OutputError(f"cannot write {path}: {error.strerror or error}")


def log_error(out: Path, what: str, details: str) -> None:
    """Append a traceback to error.log in the output folder.

    Raises:
        OutputError: it cannot be written.
    """
    path = out / ERROR_LOG
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {what}\n{details.rstrip()}\n\n")
    except OSError as error:
        raise output_error(error, path) from error


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Give a draft path beside `path`; when the block ends well, the draft takes its place.

    Folders are made as needed. When the block fails, the draft is removed and `path` stays as it was.

    Raises:
        OutputError: the file cannot be written.
    """
    draft = _draft(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield draft
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise output_error(error, path) from error
    finally:
        with suppress(OSError):
            draft.unlink()


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}{_DRAFT_SUFFIX}")


def write_text(path: Path, text: str | Iterable[str]) -> None:
    """Write a text file, UTF-8, whole or not at all; a long text in parts is never held at once.

    Raises:
        OutputError: it cannot be written.
    """
    with writing(path) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        file.writelines([text] if isinstance(text, str) else text)
