"""Gold documents on disk: `<folder>/{document.pdf, gold.json, about.json}` (docs/data-model.md)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from yusuan.datasets.goldset.files import ABOUT_FILE, GOLD_FILE, PDF_FILE
from yusuan.extraction.document import Document
from yusuan.extraction.errors import InputError


@dataclass(frozen=True)
class GoldDocument:
    """One labelled document.

    Attributes:
        folder: where it stands; the folder's name is the document's.
        document: what is true.
        family: documents of one family print their tables in the same form.
        scan: what was done to the paper (`digital`, `office`, …), the tag `scan_level`.
    """

    folder: Path
    document: Document
    family: str
    scan: str

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name


def gold_documents(gold: Path) -> Iterator[GoldDocument]:
    """Yield the gold documents in a folder, or the one that the folder itself is, by name.

    Raises:
        InputError: there is none, or one cannot be read, or `gold.json` speaks of another PDF than
            the one beside it.
    """
    files = _gold_files(gold)
    if not files:
        raise InputError(f"no gold documents in {gold}", f"expected {gold}/<document>/{GOLD_FILE}")
    for file in files:
        yield read_gold(file.parent)


def is_gold(folder: Path) -> bool:
    """Return whether a folder holds gold documents, or is one."""
    return bool(_gold_files(folder))


def _gold_files(folder: Path) -> list[Path]:
    own = folder / GOLD_FILE
    return [own] if own.is_file() else sorted(folder.glob(f"*/{GOLD_FILE}"))


def read_gold(folder: Path) -> GoldDocument:
    """Return the gold document of one folder.

    Raises:
        InputError: a file is missing or cannot be read, or `gold.json` is about another PDF.
    """
    path = folder / GOLD_FILE
    try:
        document = Document.model_validate_json(path.read_bytes())
        about = json.loads((folder / ABOUT_FILE).read_bytes())
        family, scan = str(about["family"]), str(about["tags"]["scan_level"])
        with (folder / PDF_FILE).open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"cannot read {error.filename}: {error.strerror}") from error
    except (ValidationError, json.JSONDecodeError, KeyError) as error:
        raise InputError(f"the gold document {folder} does not follow the contract: {error!r}") from error
    if document.source.sha256 != sha256:
        raise InputError(
            f"{path} was labelled on another PDF than the one beside it",
            f"source.sha256 says {document.source.sha256[:12]}…, the file has {sha256[:12]}…",
        )
    return GoldDocument(folder, document, family, scan)
