"""What people changed in Label Studio becomes edits of the review app, and nothing else does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from tests.review.conftest import FOLDER
from yusuan.extraction.cli import app
from yusuan.extraction.errors import InputError, UsageError
from yusuan.extraction.exports.folder import corrected_documents, reviewed_path, write_text
from yusuan.extraction.exports.formats import export
from yusuan.review.derive import as_table, reckon
from yusuan.review.desk import Desk
from yusuan.review.imports import PERSON, import_label_studio, import_tasks
from yusuan.review.patches import Change, ReviewTable
from yusuan.review.store import ReviewStore
from yusuan.review.wire import Accept, Edit

Task = dict[str, Any]


@pytest.fixture
def tasks(out: Path) -> list[Task]:
    """Return the tasks of the document when somebody has accepted every prediction in Label Studio."""
    tasks: list[Task] = json.loads(export(out, "labelstudio").read_text("utf-8"))
    for number, task in enumerate(tasks, 70):
        (prediction,) = task.pop("predictions")
        task["id"] = number
        task["annotations"] = [{"result": prediction["result"], "was_cancelled": False, "id": 1}]
    return tasks


def results(task: Task) -> list[Task]:
    found: list[Task] = task["annotations"][0]["result"]
    return found


def parts(task: Task, place: str) -> dict[str, Task]:
    """Return the results of the region that says a place, by control."""
    id_ = next(part["id"] for part in results(task) if part["value"].get("text") == [place])
    return {part["from_name"]: part for part in results(task) if part["id"] == id_}


def places(task: Task) -> Iterator[str]:
    """Yield the places of cells with a text."""
    texts = {part["id"] for part in results(task) if part["from_name"] == "transcription"}
    for part in results(task):
        if part["from_name"] == "place" and part["id"] in texts:
            yield part["value"]["text"][0]


def with_text(task: Task, place: str, text: str) -> None:
    """Let somebody type a text over another one, and take its labels away."""
    region = parts(task, place)
    region["transcription"]["value"]["text"] = [text]
    if "spans" in region:
        results(task).remove(region["spans"])


def tables_now(desk: Desk, document: str) -> dict[str, ReviewTable]:
    with desk.sheet(document) as sheet:
        return {table.id: table for table in sheet.tables.tables}


def cell_at(table: ReviewTable, place: str) -> Any:
    row, col = map(int, place.split()[1:3])
    return next((cell for cell in table.cells if (cell.row, cell.col) == (row, col)), None)


def test_what_nobody_changed_is_no_edit(desk: Desk, document: str, tasks: list[Task]) -> None:
    summary = import_tasks(desk, tasks)
    assert summary.as_dict() == {"documents": {FOLDER: {}}, "failures": []}
    assert desk.store.events(document, "") == []
    assert PERSON not in desk.people()


def test_each_changed_table_is_one_edit_that_names_who_made_it(
    desk: Desk, document: str, tasks: list[Task]
) -> None:
    before = tables_now(desk, document)
    first, *_ = places(tasks[0])
    other_task, other = next(
        (task, place) for task in tasks for place in places(task) if place.split()[0] != first.split()[0]
    )
    with_text(tasks[0], first, "改")
    with_text(other_task, other, "也改")
    summary = import_tasks(desk, tasks)
    names = {first.split()[0]: 1, other.split()[0]: 1}
    assert (summary.documents, summary.failures) == ({FOLDER: names}, [])
    events = desk.store.events(document, "")
    assert [(event.action, event.person) for event in events] == [("import", PERSON)] * 2
    after = tables_now(desk, document)
    for place, text in ((first, "改"), (other, "也改")):
        table = place.split()[0]
        cell = cell_at(after[table], place)
        was = cell_at(before[table], place)
        assert (cell.text, cell.reviewer, cell.spans) == (text, PERSON, ())
        assert (cell.raw_text, cell.bbox, cell.quad) == (was.raw_text, was.bbox, was.quad)
        assert [c for c in after[table].cells if c != cell] == [c for c in before[table].cells if c != was]
    assert PERSON in desk.people()


def test_the_same_tasks_again_change_nothing_more(desk: Desk, document: str, tasks: list[Task]) -> None:
    with_text(tasks[0], next(places(tasks[0])), "改")
    import_tasks(desk, tasks)
    assert import_tasks(desk, tasks).as_dict() == {"documents": {FOLDER: {}}, "failures": []}
    assert len(desk.store.events(document, "")) == 1


def test_rows_that_come_and_go_at_the_end(desk: Desk, document: str, tasks: list[Task]) -> None:
    table = next(iter(tables_now(desk, document).values()))
    task = next(task for task in tasks if any(place.startswith(f"{table.id} ") for place in places(task)))
    box = {"x": 10, "y": 90, "width": 20, "height": 4, "rotation": 0}
    new = [
        {"id": "new", "from_name": "label", "value": {**box, "rectanglelabels": ["cell"]}},
        {"id": "new", "from_name": "place", "value": {**box, "text": [f"{table.id} {table.n_rows} 0 1x2"]}},
        {"id": "new", "from_name": "transcription", "value": {**box, "text": ["合计"]}},
    ]
    results(task).extend(new)
    assert import_tasks(desk, tasks).documents[FOLDER] == {table.id: 1}
    longer = tables_now(desk, document)[table.id]
    assert (longer.n_rows, longer.cells[-1].text, longer.cells[-1].colspan) == (table.n_rows + 1, "合计", 2)
    for part in new:
        results(task).remove(part)
    last = {
        part["id"]
        for each in tasks
        for part in results(each)
        if part["from_name"] == "place"
        and part["value"]["text"][0].startswith(f"{table.id} {table.n_rows - 1} ")
    }
    for each in tasks:
        each["annotations"][0]["result"] = [part for part in results(each) if part["id"] not in last]
    # What Label Studio had added before stays: these tasks know nothing of it.
    summary = import_tasks(desk, tasks)
    assert "rows were changed" in summary.failures[0]


def test_a_last_row_that_was_deleted_is_gone(desk: Desk, document: str, tasks: list[Task]) -> None:
    table = next(iter(tables_now(desk, document).values()))
    last = f"{table.id} {table.n_rows - 1} "
    for task in tasks:
        gone = {p["id"] for p in results(task) if str(p["value"].get("text", [""])[0]).startswith(last)}
        task["annotations"][0]["result"] = [part for part in results(task) if part["id"] not in gone]
    assert import_tasks(desk, tasks).failures == []
    assert tables_now(desk, document)[table.id].n_rows == table.n_rows - 1


def test_tables_that_come_and_go(desk: Desk, document: str, tasks: list[Task]) -> None:
    before = list(tables_now(desk, document))
    for task in tasks:
        for part in results(task):
            if part["from_name"] == "place":
                part["value"]["text"][0] = part["value"]["text"][0].replace(f"{before[0]} ", "new ", 1)
    summary = import_tasks(desk, tasks)
    assert summary.failures == []
    assert list(tables_now(desk, document)) == [*before[1:], "new"]
    assert import_tasks(desk, tasks).documents == {FOLDER: {}}


def test_a_table_gets_no_name_that_the_app_cannot_use(desk: Desk, document: str, tasks: list[Task]) -> None:
    parts(tasks[0], place := next(places(tasks[0])))["place"]["value"]["text"] = ["表/1 0 0"]
    (failure,) = import_tasks(desk, tasks).failures
    assert "'表/1'" in failure
    assert cell_at(tables_now(desk, document)[place.split()[0]], place) is not None


def typed(desk: Desk, document: str, place: str, text: str) -> None:
    """Let 甲 type a text in the review app."""
    with desk.sheet(document) as sheet:
        table = sheet.tables.tables[sheet.tables.at(place.split()[0])]
        version = sheet.version
    cell = cell_at(table, place).model_copy(update={"text": text, "spans": (), "reviewer": "甲"})
    change = Change(table=table.id, put=(cell,))
    edit = Edit(edit=uuid4(), base=version, page=cell.page, action="text", patches=(change,))
    desk.edit("甲", document, edit)


def test_other_cells_that_people_changed_in_the_app_stay(
    desk: Desk, document: str, tasks: list[Task]
) -> None:
    mine, theirs = list(places(tasks[0]))[:2]
    typed(desk, document, theirs, "甲改")
    with_text(tasks[0], mine, "改")
    assert import_tasks(desk, tasks).failures == []
    tables = tables_now(desk, document)
    assert cell_at(tables[mine.split()[0]], mine).text == "改"
    assert cell_at(tables[theirs.split()[0]], theirs).text == "甲改"


def test_a_cell_that_people_changed_in_the_app_is_not_overwritten(
    desk: Desk, document: str, tasks: list[Task]
) -> None:
    place, other = list(places(tasks[0]))[:2]
    typed(desk, document, place, "甲改")
    with_text(tasks[0], place, "改")
    with_text(tasks[0], other, "改")
    summary = import_tasks(desk, tasks)
    row, col = place.split()[1:3]
    assert f"row {row}, column {col}: this cell was changed in the review app" in summary.failures[0]
    assert summary.documents == {}
    assert len(desk.store.events(document, "")) == 1, "nothing of the document was imported"


def test_an_accepted_page_is_refused_and_the_others_are_imported(
    desk: Desk, document: str, tasks: list[Task]
) -> None:
    desk.accept("甲", document, tasks[0]["data"]["page"], Accept(base=0))
    assert import_tasks(desk, tasks).failures == [], "where nobody changed anything nothing is refused"
    with_text(tasks[0], next(places(tasks[0])), "改")
    place = next(places(tasks[1]))
    with_text(tasks[1], place, "改")
    summary = import_tasks(desk, tasks)
    assert summary.failures == [
        f"{FOLDER}, page {tasks[0]['data']['page']}: this page has been accepted "
        "(open it again in yusuan review first)"
    ]
    assert summary.documents == {FOLDER: {place.split()[0]: 1}}


def review(desk: Desk, out: Path, document: str) -> None:
    """Write the document as the review app does once a page is accepted."""
    with desk.sheet(document) as sheet:
        new = reckon(sheet.base, sheet.tables.tables, {1}, 0.005).document
    write_text(reviewed_path(desk.folder(document)), new.json_parts())


def test_tasks_from_before_people_changed_a_page_are_refused(
    desk: Desk, out: Path, document: str, tasks: list[Task]
) -> None:
    place = next(places(tasks[0]))
    typed(desk, document, place, "甲改")
    review(desk, out, document)
    (failure,) = import_tasks(desk, tasks).failures
    assert "page has changed since the tasks were exported" in failure
    with_text(tasks[0], place, "甲改")
    assert import_tasks(desk, tasks).failures == [], "who typed the same there has lost nothing"
    assert len(desk.store.events(document, "")) == 1


def test_reviewed_tables_go_out_and_come_back(
    desk: Desk, out: Path, document: str, tasks: list[Task]
) -> None:
    place, other = list(places(tasks[0]))[:2]
    with_text(tasks[0], place, "改")
    import_tasks(desk, tasks)
    review(desk, out, document)
    again = json.loads(export(out, "labelstudio").read_text("utf-8"))
    for task in again:
        task["annotations"] = task.pop("predictions")
    assert parts(again[0], place)["transcription"]["value"]["text"] == ["改"]
    assert import_tasks(desk, again).as_dict() == {"documents": {FOLDER: {}}, "failures": []}
    with_text(again[0], other, "再改")
    assert import_tasks(desk, again).failures == []
    exported = dict(corrected_documents(out))[FOLDER].tables
    now = [as_table(table) for table in tables_now(desk, document).values()]
    changed = [
        (cell.row, cell.col)
        for table, later in zip(exported, now, strict=True)
        for cell, after in zip(table.cells, later.cells, strict=True)
        if cell.text != after.text
    ]
    assert changed == [tuple(map(int, other.split()[1:3]))]


def rename(tasks: list[Task]) -> None:
    for task in tasks:
        task["data"]["document"] = "nobody"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (rename, "nobody: there is no such document"),
        (lambda tasks: tasks.insert(0, "no task"), "task 1 names no document"),
        (lambda tasks: tasks[0]["data"].update(page=[1]), "task 70"),
        (lambda tasks: tasks[0]["data"].update(page=99), "task 70: the document has no page 99"),
        (lambda tasks: results(tasks[0])[0]["value"].pop("x"), "task 70, region"),
        (lambda tasks: with_text(tasks[0], next(places(tasks[0])), "长" * 20_001), "characters"),
    ],
)
def test_what_cannot_be_imported_is_named_and_nothing_of_it_stored(
    desk: Desk, document: str, tasks: list[Task], change: Callable[[list[Task]], None], message: str
) -> None:
    change(tasks)
    (failure,) = import_tasks(desk, tasks).failures
    assert message in failure
    assert desk.store.events(document, "") == []


def test_files_that_are_no_tasks_are_refused(out: Path, tmp_path: Path) -> None:
    file = tmp_path / "tasks.json"
    for content, message in (("{", "is not JSON"), ('{"a": 1}', "is not a list of tasks")):
        file.write_text(content, "utf-8")
        with pytest.raises(InputError, match=message):
            import_label_studio(out, file)
    with pytest.raises(InputError, match="cannot read"):
        import_label_studio(out, tmp_path / "nothing.json")
    file.write_text("[]", "utf-8")
    with pytest.raises(UsageError, match="holds no documents"):
        import_label_studio(tmp_path, file)


def test_the_command_says_what_it_did(out: Path, document: str, tasks: list[Task], tmp_path: Path) -> None:
    file = tmp_path / "tasks.json"
    place = next(places(tasks[0]))
    with_text(tasks[0], place, "改")
    file.write_text(json.dumps(tasks), "utf-8")
    done = CliRunner().invoke(app, ["import", str(out), str(file)])
    assert done.exit_code == 0, done.output
    assert f"imported   {FOLDER}: 1 cells ({place.split()[0]} 1)" in done.output
    rename(tasks)
    file.write_text(json.dumps(tasks), "utf-8")
    done = CliRunner().invoke(app, ["import", str(out), str(file), "--json"])
    assert done.exit_code == 3
    assert json.loads(done.stdout)["failures"] == ["nobody: there is no such document in this folder"]
    store = ReviewStore(out)
    assert [event.action for event in store.events(document, "")] == ["import"]
    store.close()
