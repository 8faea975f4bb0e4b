"""Steps of a document that misbehave on demand, run in real worker processes.

A document is a JSON file `{"pages": 3, "trouble": {"2": "kill"}}`; each page that is read is noted
in `reads.log` beside it.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import time
from importlib import import_module
from pathlib import Path

import numpy as np

from yusuan.extraction.batch.work import (
    Assembled,
    AssembleTask,
    PageRead,
    PageTask,
    Probed,
    ProbeTask,
    Work,
    document_to_counts,
    write_document,
)
from yusuan.extraction.config import Settings
from yusuan.extraction.document import BudgetLine, Document, Finding, Page, Provenance, Source
from yusuan.extraction.errors import InputError, ModelError, PageError
from yusuan.extraction.exports.folder import write_page_image


def write_input(path: Path, pages: int = 1, trouble: dict[str, str] | None = None, salt: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"pages": pages, "trouble": trouble or {}, "salt": salt or path.name}))
    return path


def reads(folder: Path) -> list[str]:
    log = folder / "reads.log"
    return log.read_text().split("\n")[:-1] if log.exists() else []


def start(settings: Settings) -> None:
    pass


def start_and_die(settings: Settings) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def probe(task: ProbeTask) -> Probed:
    if "locked" in task.path.name and task.password != "secret":
        raise InputError("it is encrypted", "give --password")
    return Probed(json.loads(task.path.read_text())["pages"], ("the file was repaired",))


def read(task: PageTask) -> PageRead:
    trouble = json.loads(task.path.read_text())["trouble"].get(str(task.page_number), "")
    with (task.path.parent / "reads.log").open("a") as log:
        log.write(f"{task.path.stem} {task.page_number}\n")
    match trouble:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "segfault":
            ctypes.string_at(0)
        case "hang":
            time.sleep(3600)
        case "slow":
            time.sleep(0.3)
        case "refuse":
            raise PageError("the image is blank")
        case "bug":
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "a foreign error")
        case "no library":
            import_module("a_library_that_is_not_installed")
        case "no models":
            raise ModelError("weights are missing", "install them")
        case "once" if not (task.path.parent / "reads.log").read_text().count(f"{task.path.stem} 2\n") > 1:
            raise PageError("not this time")
    noise = np.random.default_rng(task.page_number).integers(0, 255, (200, 200, 3), np.uint8)
    write_page_image(task.folder, task.page_number, noise, 200.0)
    page = Page(number=task.page_number, width=200, height=200, dpi=task.settings.pages.dpi, kind="scanned")
    return PageRead(page.model_dump_json(), (f"page {task.page_number}: seal removed",), 0.25)


def assemble(task: AssembleTask) -> Assembled:
    if "unjoinable" in task.path:
        os.kill(os.getpid(), signal.SIGSEGV)
    pages = tuple(Page.model_validate_json(page) for page in task.pages)
    place = (Provenance(page=1, bbox=(1, 2, 3, 4)),)
    records = tuple(
        BudgetLine(
            id=f"r{page.number}",
            item="合计",
            amount=f"{page.number}.50",
            unit="万元",
            status="accepted" if page.number == 1 else "review",
            confidence=0.95,
            provenance={"amount": place},
        )
        for page in pages
        if page.status == "ok"
    )
    findings = tuple(
        Finding(id=f"f{number}", rule="file-read", status="fail", message=warning)
        for number, warning in enumerate(task.warnings)
    )
    source = Source(path=task.path, sha256=task.sha256, pages=task.page_count, kind="scanned")
    document = Document(source=source, pages=pages, records=records, findings=findings)
    write_document(document, task.folder, task.settings)
    return Assembled(document_to_counts(document), 0.1)


def processes(folder: Path) -> dict[str, set[int]]:
    """Return which processes have read pages of a document, and which have put it together."""
    found: dict[str, set[int]] = {}
    for line in (folder / "processes.log").read_text().splitlines():
        what, process = line.split()
        found.setdefault(what, set()).add(int(process))
    return found


def _tell(folder: Path, what: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "processes.log").open("a") as log:
        log.write(f"{what} {os.getpid()}\n")


def read_and_tell(task: PageTask) -> PageRead:
    _tell(task.folder, "read")
    return read(task)


def assemble_and_tell(task: AssembleTask) -> Assembled:
    _tell(task.folder, "assemble")
    return assemble(task)


WORK = Work(start, probe, read, assemble)
TELLING_WORK = Work(start, probe, read_and_tell, assemble_and_tell)
DYING_WORK = Work(start_and_die, probe, read, assemble)
