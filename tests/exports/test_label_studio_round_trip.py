"""What goes out to Label Studio comes back the same, and what people change there, and only that, changes."""

import json
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from yusuan.datasets.goldset.files import GOLD, read_document
from yusuan.extraction.document import Cell, Document, Span, Table
from yusuan.extraction.errors import InputError
from yusuan.extraction.exports.label_studio import LABELING_CONFIG, document_to_tasks
from yusuan.extraction.exports.label_studio_reader import label_studio_to_document

DOCUMENTS = ("menyuan", "pingwu", "julu", "shizhu_organization", "lanxi_education")
Task = dict[str, Any]


def annotated(document: Document, name: str = "a-01234567") -> list[Task]:
    """Return tasks as Label Studio exports them when somebody has accepted every prediction."""
    tasks = json.loads(json.dumps(list(document_to_tasks(name, document))))
    for number, task in enumerate(tasks, 70):
        (prediction,) = task.pop("predictions")
        # The front end keeps one id for what belongs together, and puts its own in the place of ours.
        new = {old: f"x{at}" for at, old in enumerate(dict.fromkeys(p["id"] for p in prediction["result"]))}
        result = [
            {**part, "id": new[part["id"]], "origin": "manual", "score": 0.1} for part in prediction["result"]
        ]
        relation = {"type": "relation", "from_id": "x0", "to_id": "x1", "direction": "right"}
        done = {"id": 9, "completed_by": 1, "updated_at": "2026-01-02T00:00:00Z", "lead_time": 4.2}
        task |= {"id": number, "total_annotations": 1, "predictions": [], "project": 3}
        task["annotations"] = [
            {**done, "result": [*result, relation], "was_cancelled": False, "ground_truth": False}
        ]
    return tasks


def results(task: Task) -> list[Task]:
    found: list[Task] = task["annotations"][0]["result"]
    return found


def parts(task: Task, place: str) -> dict[str, Task]:
    """Return the results of the region that says a place, by control."""
    id_ = next(r["id"] for r in results(task) if r.get("value", {}).get("text") == [place])
    return {r["from_name"]: r for r in results(task) if r.get("id") == id_}


def without(task: Task, *gone: Task) -> None:
    task["annotations"][0]["result"] = [each for each in results(task) if each not in gone]


def with_cell(document: Document, table: int, row: int, col: int, change: Callable[[Cell], Cell]) -> Document:
    tables = list(document.tables)
    cells = (change(c) if (c.row, c.col) == (row, col) else c for c in tables[table].cells)
    tables[table] = tables[table].model_copy(update={"cells": tuple(cells)})
    return document.model_copy(update={"tables": tuple(tables)})


@pytest.fixture(scope="module")
def gold() -> Document:
    return read_document(GOLD / "menyuan")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_nobody_changed_comes_back_the_same(name: str) -> None:
    document = read_document(GOLD / name)
    assert label_studio_to_document(annotated(document), document) == document


def test_confidences_holes_and_empty_tables_come_back_too(document: Document) -> None:
    back = label_studio_to_document(annotated(document), document)
    assert back == document
    assert back.tables[0].cells[5].confidence == 0.99


def test_pages_that_nobody_annotated_stay_as_they_were(gold: Document) -> None:
    tasks = annotated(gold)
    tasks[0]["annotations"][0]["was_cancelled"] = True
    tasks[1]["annotations"] = []
    for task in tasks[:2]:
        for part in results(task) if task["annotations"] else ():
            part.setdefault("value", {})["text"] = ["nonsense"]
    del tasks[2]
    assert label_studio_to_document(tasks, gold) == gold


def test_of_several_annotations_ground_truth_counts_and_else_the_latest(gold: Document) -> None:
    task = annotated(gold)[0]
    first, second, third = (json.loads(json.dumps(task["annotations"][0])) for _ in range(3))
    for annotation, text in ((first, "单位编一"), (second, "单位编二"), (third, "单位编三")):
        next(r for r in annotation["result"] if r["from_name"] == "transcription")["value"]["text"] = [text]
    first["updated_at"] = "2026-03-01T00:00:00Z"
    third["was_cancelled"] = True
    task["annotations"] = [first, second, third]
    assert label_studio_to_document([task], gold).tables[0].cells[0].text == "单位编一"
    second["ground_truth"] = True
    assert label_studio_to_document([task], gold).tables[0].cells[0].text == "单位编二"


def test_a_text_that_was_changed(gold: Document) -> None:
    tasks = annotated(gold)
    region = parts(tasks[0], "t1 3 2")
    assert region["transcription"]["value"]["text"] == ["3.40"]
    region["transcription"]["value"]["text"] = ["3.50"]
    expected = with_cell(gold, 0, 3, 2, lambda cell: cell.model_copy(update={"text": "3.50"}))
    assert label_studio_to_document(tasks, gold) == expected
    without(tasks[0], region["transcription"], region["spans"])
    expected = with_cell(gold, 0, 3, 2, lambda cell: cell.model_copy(update={"text": "", "spans": ()}))
    assert label_studio_to_document(tasks, gold) == expected


def test_a_text_that_was_changed_loses_its_confidence_and_what_repaired_it(document: Document) -> None:
    tasks = annotated(document)
    parts(tasks[0], "t1 3 1")["transcription"]["value"]["text"] = ["人大代表建议"]
    parts(tasks[0], "t1 2 2")["transcription"]["value"]["text"] = ["1,234.60"]
    cells = {(c.row, c.col): c for c in label_studio_to_document(tasks, document).tables[0].cells}
    assert (cells[3, 1].repairs, cells[3, 1].raw_text) == ((), "人大代表建议、政协委员提案办理")
    assert (cells[2, 2].confidence, cells[2, 3].confidence) == (None, 0.99)


def test_labels_that_were_changed(gold: Document) -> None:
    tasks = annotated(gold)
    region = parts(tasks[0], "t1 3 2")
    assert region["spans"]["value"]["text"] == ["0-4 project.budget"]
    region["spans"]["value"]["text"] = ["0-1 ordinal", "2-4 budget_line.amount"]
    region["label"]["value"]["rectanglelabels"] = ["header"]
    spans = (Span(start=0, end=1, label="ordinal"), Span(start=2, end=4, label="budget_line.amount"))
    expected = with_cell(gold, 0, 3, 2, lambda cell: cell.model_copy(update={"spans": spans, "header": True}))
    assert label_studio_to_document(tasks, gold) == expected


def test_a_row_that_becomes_a_heading_is_one(gold: Document) -> None:
    tasks = annotated(gold)
    for col in range(gold.tables[0].n_cols):
        parts(tasks[0], f"t1 1 {col}")["label"]["value"]["rectanglelabels"] = ["header"]
    once = label_studio_to_document(tasks, gold)
    assert once.tables[0].header_rows == gold.tables[0].header_rows + 1
    back = annotated(once)
    for col in range(gold.tables[0].n_cols):
        parts(back[0], f"t1 1 {col}")["label"]["value"]["rectanglelabels"] = ["cell"]
    assert label_studio_to_document(back, once) == gold


def test_a_region_that_was_deleted(gold: Document) -> None:
    tasks = annotated(gold)
    without(tasks[1], *parts(tasks[1], "t1 8 3").values())
    table = gold.tables[0]
    kept = tuple(cell for cell in table.cells if (cell.row, cell.col) != (8, 3))
    assert len(kept) == len(table.cells) - 1
    expected = gold.model_copy(update={"tables": (table.model_copy(update={"cells": kept}),)})
    assert label_studio_to_document(tasks, gold) == expected


def test_a_region_that_was_added(gold: Document) -> None:
    tasks, table = annotated(gold), gold.tables[0]
    page = gold.pages[-1]
    box = {"x": 10, "y": 90, "width": 20, "height": 4, "rotation": 0}
    for control, kind, value in (
        ("label", "rectanglelabels", {"rectanglelabels": ["cell"]}),
        ("transcription", "textarea", {"text": ["合计"]}),
        ("place", "textarea", {"text": [f"t1 {table.n_rows} 0 1 × 2"]}),
        ("spans", "textarea", {"text": "0-2 total"}),
    ):
        part = {
            "id": "new",
            "from_name": control,
            "to_name": "image",
            "type": kind,
            "value": {**box, **value},
        }
        results(tasks[-1]).append(part)
    x0, x1, y0, y1 = (0.1 * page.width, 0.3 * page.width, 0.9 * page.height, 0.94 * page.height)
    box_in_pixels = tuple(round(side, 1) for side in (x0, y0, x1, y1))
    back = label_studio_to_document(tasks, gold).tables[0]
    assert back.cells[:-1] == table.cells
    assert (back.n_rows, back.n_cols) == (table.n_rows + 1, table.n_cols)
    new = back.cells[-1]
    assert (new.row, new.col, new.colspan, new.text, new.raw_text) == (table.n_rows, 0, 2, "合计", "")
    assert (new.page, new.bbox, new.spans) == (4, box_in_pixels, (Span(start=0, end=2, label="total"),))


def test_a_table_that_was_drawn_and_one_that_is_gone(gold: Document) -> None:
    tasks = annotated(gold)
    for task in tasks:
        for part in results(task):
            if part.get("from_name") == "place":
                part["value"]["text"] = [part["value"]["text"][0].replace("t1 ", "t9 ")]
    back = label_studio_to_document(tasks, gold)
    assert [(table.id, table.kind) for table in back.tables] == [("t9", "unknown")]
    assert back.tables[0].cells == gold.tables[0].cells
    assert (back.tables[0].n_rows, back.tables[0].header_rows) == (gold.tables[0].n_rows, 1)
    for task in tasks:
        task["annotations"][0]["result"] = []
    assert label_studio_to_document(tasks, gold).tables == ()


def test_a_rectangle_that_was_moved_and_one_that_was_turned(gold: Document) -> None:
    tasks = annotated(gold)
    for part in parts(tasks[0], "t1 3 2").values():
        part["value"]["x"] += 1.0
    shift = gold.pages[0].width / 100
    x0, y0, x1, y1 = next(c.bbox for c in gold.tables[0].cells if (c.row, c.col) == (3, 2))
    box = (round(x0 + shift, 1), y0, round(x1 + shift, 1), y1)
    quad = ((box[0], y0), (box[2], y0), (box[2], y1), (box[0], y1))
    expected = with_cell(gold, 0, 3, 2, lambda cell: cell.model_copy(update={"bbox": box, "quad": quad}))
    assert label_studio_to_document(tasks, gold) == expected
    tasks = annotated(gold)
    parts(tasks[0], "t1 3 2")["label"]["value"]["rotation"] = 90
    turned = next(
        c for c in label_studio_to_document(tasks, gold).tables[0].cells if (c.row, c.col) == (3, 2)
    )
    assert turned.quad == ((x0, y0), (x0, y0 + x1 - x0), (x0 - y1 + y0, y0 + x1 - x0), (x0 - y1 + y0, y0))
    assert turned.bbox == (x0 - y1 + y0, y0, x0, y0 + x1 - x0)


def test_a_cell_that_was_put_elsewhere_keeps_what_was_read_of_it(document: Document) -> None:
    tasks = annotated(document)
    parts(tasks[0], "t1 3 1")["place"]["value"]["text"] = ["t1 3 3"]
    cells = {(c.row, c.col): c for c in label_studio_to_document(tasks, document).tables[0].cells}
    before = next(c for c in document.tables[0].cells if (c.row, c.col) == (3, 1))
    assert cells[3, 3] == before.model_copy(update={"col": 3})
    assert (3, 1) not in cells


def test_what_only_pages_have_and_lines_change_nothing(gold: Document) -> None:
    tasks = annotated(gold)
    labels = [
        part["value"].get("rectanglelabels") for task in tasks for part in results(task) if "value" in part
    ]
    assert ["extra"] in labels
    assert ["line"] in labels
    for task in tasks:
        gone = {
            part["id"]
            for part in results(task)
            if part.get("value", {}).get("rectanglelabels") in (["extra"], ["line"])
        }
        task["annotations"][0]["result"] = [r for r in results(task) if r.get("id") not in gone]
    assert label_studio_to_document(tasks, gold) == gold


def says(field: str, *entries: str) -> Callable[[dict[str, Task]], None]:
    return lambda region: region[field]["value"].update({"text": list(entries)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (says("place", "t1 3"), "has no place in a table: 't1 3'"),
        (says("place", "t1 3 2 0x1"), "covers nothing"),
        (says("place", "t1 3 999999"), "lies too far out"),
        (says("place", "t1 3 1"), "row 3, column 1 of t1 is taken by task 70, region"),
        (says("place", "t1 3 2", "t1 3 3"), "says several things as its place"),
        (says("spans", "budget"), "'budget' is no label on characters"),
        (says("spans", "0-4 budget"), "there is no label 'budget'"),
        (says("spans", "0-9 unit"), "0-9 unit stands outside of '3.40'"),
        (says("spans", "0-2 unit", "1-3 unit"), "over another label"),
        (says("transcription", "3", "40"), "says several things as its transcription"),
        (
            lambda region: region["label"]["value"].update(rectanglelabels=["Cat"]),
            "no label that we know: Cat",
        ),
        (lambda region: region["label"].update(from_name="other"), "no label that we know: None"),
        (lambda region: region["label"]["value"].pop("width"), "value.width: Field required"),
        (lambda region: region["spans"].update(from_name="place"), "says its place twice"),
    ],
)
def test_bad_regions_are_named(
    gold: Document, change: Callable[[dict[str, Task]], None], message: str
) -> None:
    tasks = annotated(gold)
    region = parts(tasks[0], "t1 3 2")
    change(region)
    with pytest.raises(InputError, match=rf"task 70, region x\d+.*{re.escape(message)}"):
        label_studio_to_document(tasks, gold)


def test_bad_tasks_are_named(gold: Document) -> None:
    for change, message in (
        (lambda tasks: tasks[1]["data"].pop("page"), r"task 71: data\.page: Field required"),
        (lambda tasks: tasks[1]["data"].update(page=17), "task 71: the document has no page 17"),
        (lambda tasks: tasks[1]["data"].update(page=1), "task 71: there is another task for page 1"),
        (lambda tasks: tasks[1]["data"].update(document="b"), "task 71: the tasks are of several documents"),
        (lambda tasks: tasks.append("no task"), "task 5: "),
    ):
        tasks = annotated(gold)
        change(tasks)
        with pytest.raises(InputError, match=message):
            label_studio_to_document(tasks, gold)


def test_the_labelling_interface_has_every_control(gold: Document) -> None:
    interface = ElementTree.fromstring(LABELING_CONFIG)
    controls = {each.get("name"): each for each in interface.iter() if each.get("toName") == "image"}
    regions = [part for task in document_to_tasks("a", gold) for part in task["predictions"][0]["result"]]
    assert {part["from_name"] for part in regions} == set(controls)
    kinds = {"rectanglelabels": "RectangleLabels", "textarea": "TextArea"}
    assert all(controls[part["from_name"]].tag == kinds[part["type"]] for part in regions)
    labels = {each.get("value") for each in interface.iter("Label")}
    assert {label for part in regions for label in part["value"].get("rectanglelabels", ())} <= labels


def test_a_table_that_has_no_cells_stays(gold: Document) -> None:
    empty = gold.model_copy(update={"tables": (*gold.tables, Table(id="t2", n_rows=0, n_cols=0))})
    assert label_studio_to_document(annotated(empty), empty) == empty
