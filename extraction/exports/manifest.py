"""`manifest.sha256`: every file of results with its hash, as `sha256sum -c` reads it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from yusuan.extraction.exports.folder import writing

MANIFEST_FILE = "manifest.sha256"


def write_manifest(out: Path, files: Iterable[tuple[str, str]]) -> None:
    """Write the manifest of an output folder.

    Args:
        out: the folder.
        files: path in it and hexadecimal SHA-256.

    Raises:
        OutputError: it cannot be written.
    """
    with writing(out / MANIFEST_FILE) as draft, draft.open("w", encoding="utf-8") as lines:
        lines.writelines(f"{sha256}  {path}\n" for path, sha256 in files)
