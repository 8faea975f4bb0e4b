"""The output folder: where things stand in it, and writing that leaves a whole file or none."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image
from pydantic import ValidationError

from yusuan.extraction.document import Document
from yusuan.extraction.errors import InputError, OutputError

DOCUMENTS = "documents"
DOCUMENT_FILE = "document.json"
WORKBOOK_FILE = "tables.xlsx"
ERROR_LOG = "error.log"


def page_image_path(folder: Path, page_number: int) -> Path:
    """Return where the upright image of a page stands in a document's folder."""
    return folder / "pages" / f"{page_number:03d}.jpg"


def read_page_image(folder: Path, page_number: int) -> tuple[np.ndarray, float] | None:
    """Return the upright image of a page, `(H, W, 3)` uint8 RGB, and its dpi; None where there is none."""
    path = page_image_path(folder, page_number)
    if not path.is_file():
        return None
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")), float(image.info.get("dpi", (72,))[0])


def document_folders(out: Path) -> list[Path]:
    """Return the folders of all documents in `out` that have been assembled, by name."""
    return sorted(path.parent for path in (out / DOCUMENTS).glob(f"*/{DOCUMENT_FILE}"))


def read_document(folder: Path) -> Document:
    """Return the document of one folder.

    Raises:
        InputError: `document.json` cannot be read or does not follow the contract.
    """
    path = folder / DOCUMENT_FILE
    try:
        return Document.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{path} is not a {DOCUMENT_FILE} of this version: {where}: {first['msg']}",
            "run extract again with --force",
        ) from error


def documents_in(out: Path) -> Iterator[tuple[str, Document]]:
    """Yield each document in `out` with the name of its folder, one at a time.

    Raises:
        InputError: a `document.json` cannot be read.
    """
    for folder in document_folders(out):
        yield folder.name, read_document(folder)


def output_error(error: OSError, path: Path) -> OutputError:
    """Return what to tell a person when writing `path` failed."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        hint = (
            "free some space or choose another folder, then run the same command again: what is done is kept"
        )
        return OutputError(f"no space left to write {path}", hint)
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
    draft = path.with_name(f".{path.name}.part")
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


def write_text(path: Path, text: str) -> None:
    """Write a text file, UTF-8, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    with writing(path) as draft:
        draft.write_text(text, "utf-8")
