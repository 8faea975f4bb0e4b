"""`yusuan corrections OUT`: accepted pages of all documents as gold folders."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yusuan.datasets.goldset.check import document_problems
from yusuan.extraction.batch.store import STORE_FILE as JOBS_FILE
from yusuan.extraction.config import Settings
from yusuan.extraction.errors import UsageError, YusuanError
from yusuan.review.derive import reckon
from yusuan.review.desk import Desk
from yusuan.review.gold_folder import GoldSummary, write_gold
from yusuan.review.store import STORE_FILE, ReviewStore


@dataclass
class CorrectionsSummary:
    """What was written.

    Attributes:
        folder: that the gold folders stand in.
        documents: name of each document with accepted pages → what became of these.
        problems: what the checker of gold says of them, one line each; pages to look at again.
        failures: documents that could not be written, and why.
    """

    folder: Path
    documents: dict[str, GoldSummary] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the summary as it goes into JSON."""
        return {
            "folder": str(self.folder),
            "documents": {
                name: {
                    "pages": list(summary.pages),
                    "left_out": {str(page): why for page, why in summary.left_out.items()},
                }
                for name, summary in self.documents.items()
            },
            "problems": self.problems,
            "failures": self.failures,
        }

    def lines(self) -> list[str]:
        """Return the summary as a person reads it."""
        written = [summary for summary in self.documents.values() if summary.pages]
        pages = sum(len(summary.pages) for summary in written)
        lines = [f"written    {pages} pages of {len(written)} documents into {self.folder}"]
        for name, summary in self.documents.items():
            lines += [
                f"left out   {name}, page {page}: {why}" for page, why in sorted(summary.left_out.items())
            ]
        lines += [f"problem    {problem}" for problem in self.problems]
        lines += [f"failed     {failure}" for failure in self.failures]
        return lines


def write_corrections(out: Path, target: Path, settings: Settings) -> CorrectionsSummary:
    """Write the accepted pages of all documents of an output folder as gold folders.

    The review app may be running meanwhile.

    Args:
        out: folder that `yusuan extract -o` wrote and people reviewed.
        target: folder for the gold folders; those of the same names are replaced.
        settings: of checks.

    Raises:
        UsageError: nobody has reviewed anything yet.
    """
    if not (out / STORE_FILE).is_file():
        raise UsageError(f"nobody has reviewed {out} yet", f"run `yusuan review {out}` first")
    summary = CorrectionsSummary(target)
    with closing(ReviewStore(out, alone=False)) as store:
        desk = Desk(out, store)
        for document, folder in sorted(desk.folders().items(), key=lambda each: each[1]):
            accepted = desk.accepted(document)
            if not accepted:
                continue
            try:
                _write(desk, document, accepted, target / folder.name, settings, summary)
            except YusuanError as error:  # the others are written all the same
                summary.failures.append(f"{folder.name}: {error}")
    if not summary.documents and not summary.failures:
        raise UsageError(f"no page of {out} has been accepted yet", f"run `yusuan review {out}` first")
    return summary


def _write(
    desk: Desk,
    document: str,
    accepted: set[int],
    target: Path,
    settings: Settings,
    summary: CorrectionsSummary,
) -> None:
    with desk.sheet(document) as sheet:
        base, tables, version = sheet.base, sheet.tables.tables, sheet.version
    reviewed = reckon(base, tables, accepted, settings.checks.error_rate, version).document
    people = {mark.person for mark in desk.store.marks(document) if mark.state == "accepted"}
    source = _source(desk.out, base.source.sha256)
    written = write_gold(target, reviewed, accepted, desk.folder(document), source, people)
    summary.documents[target.name] = written
    if written.pages:
        summary.problems += [f"{target.name}: {problem}" for problem in document_problems(target)]


def _source(out: Path, sha256: str) -> Path | None:
    """Return the path that a file was read from, as it was given; None where it is not known."""
    jobs = out / JOBS_FILE
    if not jobs.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"file:{jobs}?mode=ro", uri=True)) as database:
            found = database.execute("SELECT path FROM documents WHERE sha256 = ?", (sha256,)).fetchone()
    except sqlite3.DatabaseError:
        return None
    return Path(found[0]) if found else None
