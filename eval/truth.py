"""Gold documents as a truth that output folders are scored against, ours and those of peers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from yusuan.datasets.goldset.files import GOLD_FILE
from yusuan.eval.figures import Scored
from yusuan.eval.gold import gold_documents, is_gold
from yusuan.eval.result import Pair, ScoredDocument
from yusuan.eval.scoring import score_document
from yusuan.eval.tags import tags_of
from yusuan.extraction.document import Document
from yusuan.extraction.errors import InputError
from yusuan.extraction.exports.folder import document_folders, read_document


@dataclass(frozen=True)
class Scoring:
    """One output folder, scored.

    Attributes:
        scored: every document of the truth, read or not, by name.
        unpaired: source paths of what was read and is not in the truth.
        pairs: gold beside what was read; empty where the truth is no gold.
    """

    scored: tuple[Scored, ...]
    unpaired: tuple[str, ...]
    pairs: tuple[Pair, ...] = ()


class Truth(Protocol):
    """What output folders are scored against."""

    @property
    def kind(self) -> Literal["gold", "tables"]:
        """Gold documents, or public truth about tables."""
        ...

    def score(self, out: Path) -> Scoring:
        """Score one output folder of `yusuan extract` or of a peer.

        Raises:
            InputError: it is no folder, or something in it cannot be read.
        """
        ...


class GoldTruth:
    """Gold documents of a folder, read once."""

    kind: Literal["gold", "tables"] = "gold"

    def __init__(self, gold: Path) -> None:
        self._documents = list(gold_documents(gold))
        self._tags = [tags_of(document) for document in self._documents]
        self._hashes = [_sha256(document.folder / GOLD_FILE) for document in self._documents]

    def score(self, out: Path) -> Scoring:
        """See `Truth.score`. Documents are paired by the SHA-256 of the PDF."""
        predictions = {document.source.sha256: (document, folder) for document, folder in predictions_in(out)}
        scored, pairs = [], []
        for gold, tags, sha256 in zip(self._documents, self._tags, self._hashes, strict=True):
            said, folder = predictions.pop(gold.document.source.sha256, (None, None))
            tally = score_document(gold, tags, said)
            about = ScoredDocument(gold.name, tags.base, sha256, gold.family, gold.scan, said is not None)
            scored.append(Scored(about, tally))
            pairs.append(Pair(gold, said, folder))
        strangers = tuple(document.source.path for document, _ in predictions.values())
        return Scoring(tuple(scored), strangers, tuple(pairs))


def predictions_in(out: Path) -> Iterator[tuple[Document, Path | None]]:
    """Yield what was read into an output folder, with the folder of each document; gold counts as read too.

    Raises:
        InputError: `out` is no folder, or something in it cannot be read.
    """
    if not out.is_dir():
        raise InputError(f"{out} is not a folder", "give the folder that yusuan extract -o wrote")
    if is_gold(out):
        yield from ((truth.document, None) for truth in gold_documents(out))
    else:
        yield from ((read_document(folder), folder) for folder in document_folders(out))


def digest(documents: Iterable[ScoredDocument]) -> str:
    """Return the SHA-256 over name and hash of every document: it changes when any label does."""
    lines = sorted(f"{document.name} {document.sha256}\n" for document in documents)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_names(scored: Sequence[Scored]) -> frozenset[str]:
    """Return the names of the documents that were read."""
    return frozenset(one.document.name for one in scored if one.document.predicted)
