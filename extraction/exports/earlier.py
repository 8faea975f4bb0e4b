"""Names that earlier documents of the same body hold whole: projects mostly run for several years.

Earlier documents are the results of another run, in a folder that the settings name, so that what comes of a
document does not depend on which others were read before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from yusuan.extraction.document import Document, Organization
from yusuan.extraction.exports.folder import document_folders, read_document
from yusuan.extraction.fields.completion import EarlierName, printed_names
from yusuan.extraction.numerals import canonical


@dataclass(frozen=True)
class _Earlier:
    """The names of one document, and whose they are."""

    organization: Organization
    names: tuple[EarlierName, ...]


def earlier_names(folder: Path, document: Document) -> Mapping[str, tuple[EarlierName, ...]]:
    """Return what is named → the names that earlier documents of the body of a document hold.

    Args:
        folder: results of another run.
        document: whose names may be clipped; itself is no evidence.

    Raises:
        InputError: a result in the folder cannot be read.
    """
    body = document.organization
    found: dict[str, dict[EarlierName, None]] = {}
    for sha256, earlier in _documents(folder).items():
        if sha256 != document.source.sha256 and body is not None and _is_same(body, earlier.organization):
            for name in earlier.names:
                found.setdefault(name.thing, {})[name] = None
    return {thing: tuple(names) for thing, names in found.items()}


def _is_same(body: Organization, other: Organization) -> bool:
    """Say whether two bodies are one: codes are those of a county, names are not used twice."""
    if body.name and other.name:
        return canonical(body.name) == canonical(other.name)
    return body.code is not None and body.code == other.code


@cache
def _documents(folder: Path) -> Mapping[str, _Earlier]:
    return {
        document.source.sha256: _Earlier(document.organization, tuple(_names(document)))
        for document in map(read_document, document_folders(folder))
        if document.organization is not None
    }


def _names(document: Document) -> Iterator[EarlierName]:
    where = f"{Path(document.source.path).name} ({document.fiscal_year or 'year unknown'})"
    for name in printed_names(document):
        yield EarlierName(name.thing, name.printed, name.code, where)
