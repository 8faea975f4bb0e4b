"""Gold documents on disk: a folder each with the PDF, the truth and what there is to know about it."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from yusuan.extraction.document import Document
from yusuan.extraction.errors import InputError, OutputError

# Where the gold of this repository stands.
GOLD = Path(__file__).resolve().parents[1] / "gold"
PDF_FILE = "document.pdf"
GOLD_FILE = "gold.json"
ABOUT_FILE = "about.json"
FILES = (PDF_FILE, GOLD_FILE, ABOUT_FILE)


def sha256_of(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def folders_in(gold: Path) -> list[Path]:
    """Return the folders of the gold documents in `gold`, by name."""
    return sorted(path.parent for path in gold.glob(f"*/{GOLD_FILE}"))


def read_file(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error


def stored_files(folder: Path) -> dict[str, bytes]:
    """Return the files of a gold document as they are stored, by name."""
    return {name: read_file(folder / name) for name in FILES}


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        InputError: it cannot be read, or is no JSON.
    """
    try:
        return json.loads(read_file(path))
    except ValueError as error:
        raise InputError(f"{path} is no JSON: {error}") from error


def read_document(folder: Path) -> Document:
    """Return the truth of the gold document in `folder`.

    Raises:
        InputError: it cannot be read, or does not follow the contract.
    """
    path = folder / GOLD_FILE
    try:
        return Document.model_validate_json(read_file(path))
    except ValidationError as error:
        raise InputError(f"{path} does not follow the contract: {error!r}") from error


def write_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder with these files in the place of `target`: all of them or, on failure, none.

    Raises:
        OutputError: there is no space or no permission.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        try:
            for name, data in files.items():
                (made / name).write_bytes(data)
            made.chmod(0o755)
            if target.exists():
                shutil.rmtree(target)
            made.rename(target)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror}") from error


def json_bytes(value: Any) -> bytes:
    """Return `value` as the text of a JSON file that a person may read, figures of a list on one line."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    text = re.sub(r"\[\s+([-\d.,\s]+?)\s+\]", lambda match: f"[{' '.join(match[1].split())}]", text)
    return (text + "\n").encode()


# Fields that say nothing when they have these values, so that gold files stay small (nulls are left out too).
SILENT: dict[str, Any] = {
    "rowspan": 1,
    "colspan": 1,
    "text": "",
    "raw_text": "",
    "header": False,
    "spans": [],
    "repairs": [],
    "checks": [],
}

# Objects with one of these keys are written over several lines; all others stand on one.
OPENED = {"pages", "cells", "lines"}


def document_to_gold(document: Document) -> str:
    """Return the text of `gold.json`: one cell, line or record a row, nulls and silent defaults left out."""
    data = document.model_dump(mode="json", by_alias=True)

    def lean(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: lean(v) for k, v in value.items() if v is not None and v != SILENT.get(k)}
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return [lean(v) for v in value] if isinstance(value, list) else value

    def write(value: Any, depth: int) -> str:
        flat = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        pad, end = "\n" + " " * (depth + 1), "\n" + " " * depth
        if isinstance(value, dict) and OPENED & set(value):
            inner = [f"{json.dumps(k)}: {write(v, depth + 1)}" for k, v in value.items()]
            return "{" + pad + ("," + pad).join(inner) + end + "}"
        if isinstance(value, list) and value and isinstance(value[0], dict) and depth % 2 == 1:
            return "[" + pad + ("," + pad).join(write(v, depth + 1) for v in value) + end + "]"
        return flat

    return write(lean(data), 0) + "\n"
