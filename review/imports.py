"""`yusuan import OUT TASKS.json`: what people changed in Label Studio, as edits in the review store.

Tasks say how tables were when they were exported; people may have worked in the review app since. Each cell
that Label Studio changed is therefore compared with both: it is changed where the app shows it as it was
exported, it is done where the app shows it as changed already, and otherwise people must choose.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from yusuan.extraction.document import Document
from yusuan.extraction.errors import InputError, UsageError, YusuanError
from yusuan.extraction.exports.folder import corrected_document
from yusuan.extraction.exports.label_studio import document_to_tasks
from yusuan.extraction.exports.label_studio_reader import label_studio_to_document
from yusuan.review.desk import Desk
from yusuan.review.imported_tables import ImportedPatch, table_patches
from yusuan.review.sheet import Sheet
from yusuan.review.store import MAIN, ReviewStore, now
from yusuan.review.wire import Edit

ACTION, PERSON = "import", "label-studio"


@dataclass
class ImportSummary:
    """What became of tasks.

    Attributes:
        documents: name of each document → number of cells changed in each of its tables.
        failures: documents and pages that could not be imported, and why, one line each.
    """

    documents: dict[str, dict[str, int]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the summary as it goes into JSON."""
        return {"documents": self.documents, "failures": self.failures}

    def lines(self) -> list[str]:
        """Return the summary as a person reads it."""
        lines = []
        for name, tables in self.documents.items():
            each = ", ".join(f"{table} {cells}" for table, cells in tables.items())
            lines.append(f"imported   {name}: {sum(tables.values())} cells" + (f" ({each})" if each else ""))
        return lines + [f"failed     {failure}" for failure in self.failures]


def import_label_studio(out: Path, file: Path) -> ImportSummary:
    """Put what people changed in Label Studio into the review store of an output folder.

    A document is imported whole or not at all, but for pages that are closed: those that were accepted, and
    those that changed since the tasks were exported. Imported again, the same tasks change nothing more.

    Args:
        out: folder that `yusuan extract -o` wrote.
        file: the tasks, as Label Studio exports them (JSON).

    Raises:
        UsageError: `out` holds no documents, or `yusuan review` serves it now.
        InputError: the file or the store cannot be read.
        OutputError: the store cannot be written.
    """
    tasks = _read_tasks(file)
    if not (out / "documents").is_dir():
        raise UsageError(f"{out} holds no documents", "give the folder that `yusuan extract -o` wrote")
    with closing(ReviewStore(out)) as store:
        return import_tasks(Desk(out, store), tasks)


def _read_tasks(file: Path) -> list[Any]:
    try:
        tasks = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is not JSON: {error}", "export the project as JSON") from error
    if not isinstance(tasks, list):
        raise InputError(f"{file} is not a list of tasks", "export the project as JSON")
    return tasks


def import_tasks(desk: Desk, tasks: Sequence[Any]) -> ImportSummary:
    """Store the edits that follow from tasks of any documents of a desk."""
    summary = ImportSummary()
    ids = {folder.name: document for document, folder in desk.folders().items()}
    for name, own in _by_document(tasks, summary).items():
        try:
            if name not in ids:
                raise InputError("there is no such document in this folder")
            summary.documents[name] = _import_document(desk, ids[name], own, summary)
        except YusuanError as error:  # the others are imported all the same
            summary.failures.append(f"{name}: {error}")
    return summary


def _by_document(tasks: Sequence[Any], summary: ImportSummary) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for number, task in enumerate(tasks, 1):
        data = task.get("data") if isinstance(task, dict) else None
        name = data.get("document") if isinstance(data, dict) else None
        if isinstance(name, str):
            found.setdefault(name, []).append(task)
        else:
            summary.failures.append(f"task {number} names no document (import what `yusuan export` wrote)")
    return found


def _import_document(
    desk: Desk, document: str, tasks: Sequence[Any], summary: ImportSummary
) -> dict[str, int]:
    folder = desk.folder(document)
    exported = corrected_document(folder)
    with desk.sheet(document) as sheet:
        closed = _closed_pages(desk, document) | _changed_pages(folder.name, tasks, exported)
        edited = label_studio_to_document([task for task in tasks if _page(task) not in closed], exported)
        patches = table_patches(exported.tables, edited.tables, sheet.tables.tables, PERSON)
        refused = [
            f"{folder.name}, page {page}: {closed[page]}"
            for page, task in ((_page(task), task) for task in tasks)
            # Who changed nothing there has lost nothing.
            if page in closed and label_studio_to_document([task], exported).tables != exported.tables
        ]
        _store(desk, sheet, patches)
    summary.failures += refused
    return {patch.table: patch.cells for patch in patches}


def _page(task: Any) -> int | None:
    page = task["data"].get("page")
    return page if isinstance(page, int) else None


def _closed_pages(desk: Desk, document: str) -> dict[int | None, str]:
    return {
        mark.page: "this page has been accepted (open it again in yusuan review first)"
        for mark in desk.store.marks(document)
        if mark.branch == MAIN and mark.state != "open"
    }


def _changed_pages(name: str, tasks: Iterable[Any], exported: Document) -> dict[int | None, str]:
    """Return the pages that an export of now would show otherwise than the one that tasks came from."""
    states = {task["data"]["page"]: task["data"]["state"] for task in document_to_tasks(name, exported)}
    return {
        _page(task): "this page has changed since the tasks were exported (export it again)"
        for task in tasks
        if _page(task) in states and task["data"].get("state") not in (None, states[_page(task)])
    }


def _store(desk: Desk, sheet: Sheet, patches: Sequence[ImportedPatch]) -> None:
    """Store one edit for each table: all of them, or none where one does not fit."""
    if not patches:
        return
    every = [each.patch for each in patches]
    sheet.problems(every, frozenset({*desk.people(), PERSON}))
    sheet.tables.patched(every)
    desk.store.write("INSERT OR IGNORE INTO people VALUES (?, ?)", PERSON, now())
    for each in patches:
        edit = Edit(edit=uuid4(), base=sheet.version, page=each.page, action=ACTION, patches=(each.patch,))
        desk.edit(PERSON, sheet.id, edit)
