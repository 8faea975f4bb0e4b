"""What a run did: the summary for people and machines, and `run.json`."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from yusuan.extraction.errors import ExitCode
from yusuan.extraction.exports.folder import write_text

RUN_FILE = "run.json"
_LIBRARIES = ("numpy", "opencv-python-headless", "onnxruntime", "paddleocr", "pillow", "pyarrow", "pypdfium2")


@dataclass(frozen=True)
class Failure:
    """A document, or one page of it, that could not be read, and why."""

    document: str
    page: int | None
    reason: str

    def __str__(self) -> str:
        where = self.document if self.page is None else f"{self.document}, page {self.page}"
        return f"{where}: {self.reason}"


@dataclass(frozen=True)
class RunSummary:
    """The outcome of one run over its inputs.

    Attributes:
        out: the output folder.
        documents: different documents among the inputs.
        skipped: of these, done by an earlier run.
        failed: of these (and of inputs that cannot be opened), with a failure of their own or of a page.
        partial: of the failed ones, delivered without some of their pages.
        duplicates: files that hold the same bytes as an earlier input.
        pages: pages asked for, of all documents that could be opened.
        pages_read: of these, read by this run.
        tables, records, accepted, review, failed_checks: of all documents among the inputs.
        failures: each by name.
        seconds: wall time of the run; page_seconds: time spent on the pages of this run, over all workers.
        interrupted: stopped by the user; what is done is kept.
    """

    out: str
    documents: int
    skipped: int
    failed: int
    partial: int
    duplicates: tuple[str, ...]
    pages: int
    pages_read: int
    tables: int
    records: int
    accepted: int
    review: int
    failed_checks: int
    failures: tuple[Failure, ...]
    seconds: float
    page_seconds: float
    interrupted: bool = False

    def exit_code(self, *, strict: bool = False) -> ExitCode:
        """Return the exit code of the contract."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        if self.failures:
            return ExitCode.SOME_FAILED
        return ExitCode.NEEDS_REVIEW if strict and self.review else ExitCode.OK

    def as_dict(self) -> dict[str, Any]:
        """Return the summary as plain values for JSON."""
        return {
            "counts": {
                "documents": self.documents,
                "skipped": self.skipped,
                "failed": self.failed,
                "partial": self.partial,
                "duplicates": len(self.duplicates),
                "pages": self.pages,
                "pages_read": self.pages_read,
                "tables": self.tables,
                "records": self.records,
                "accepted": self.accepted,
                "review": self.review,
                "failed_checks": self.failed_checks,
            },
            "timings": {
                "seconds": round(self.seconds, 3),
                "page_seconds": round(self.page_seconds, 3),
                "seconds_per_page": round(self.page_seconds / self.pages_read, 3)
                if self.pages_read
                else None,
            },
            "failures": [asdict(failure) for failure in self.failures],
            "duplicates": list(self.duplicates),
            "interrupted": self.interrupted,
        }

    def lines(self) -> list[str]:
        """Return the summary for a person, one line each; failures are named at the end."""
        done_before = f" ({self.skipped} done before)" if self.skipped else ""
        failed = f", {self.failed} with failures ({self.partial} in part)" if self.failed else ""
        rate = f", {self.page_seconds / self.pages_read:.1f} s a page" if self.pages_read else ""
        lines = [
            f"documents  {self.documents}{done_before}{failed}",
            f"pages      {self.pages}, {self.pages_read} read now",
            f"tables     {self.tables}",
            f"records    {self.records}: {self.accepted} accepted, {self.review} to review",
            f"checks     {self.failed_checks} failed",
            f"time       {self.seconds:.1f} s{rate}",
            f"results    {self.out}",
        ]
        lines += [f"duplicate  {path}: same bytes as an earlier input, read once" for path in self.duplicates]
        lines += [f"failed     {failure}" for failure in self.failures]
        if self.interrupted:
            lines.append("interrupted: run the same command again to go on where it stopped")
        return lines


def versions() -> dict[str, str]:
    """Return the versions of yusuan, Python and the libraries that results depend on."""
    found = {"yusuan": yusuan_version(), "python": platform.python_version(), "platform": platform.platform()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found


def yusuan_version() -> str:
    """Return the version of this program."""
    return version("yusuan")


def model_hashes() -> dict[str, str]:
    """Return name → SHA-256 of the weights that the model cards of this version name."""
    from yusuan.models.cards import CARDS

    return {card.name: card.sha256 for card in CARDS}


def write_run_file(
    folder: Path, summary: RunSummary, settings: dict[str, Any], options: dict[str, Any], started: str
) -> None:
    """Write run.json: how the results of this run came to be.

    Args:
        folder: for the file.
        summary: of the run.
        settings: the resolved settings, section → key → value.
        options: inputs and options of the call; no passwords.
        started: ISO 8601.

    Raises:
        OutputError: it cannot be written.
    """
    content = {
        "schema": "yusuan.run/1",
        "started": started,
        "versions": versions(),
        "cpus": len(os.sched_getaffinity(0)),
        "models": model_hashes(),
        "options": options,
        "settings": settings,
        **summary.as_dict(),
    }
    write_text(folder / RUN_FILE, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
