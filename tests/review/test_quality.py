from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from yusuan.datasets.goldset.files import GOLD
from yusuan.review import pool as pool_module
from yusuan.review import reckoner as reckoner_module
from yusuan.review.patches import ReviewTable, Tables
from yusuan.review.quality import Agreement, agreement, cells_right, differences
from yusuan.review.wire import AdjudicationView, Choice, Settled


def test_kappa_is_that_of_the_textbook() -> None:
    # Cohen 1960 by hand: 20 both yes, 15 both no, 5 and 10 apart; observed 0.7, by chance 0.5.
    pairs = Counter({("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15})
    assert Agreement(pairs).kappa() == pytest.approx(0.4)
    assert Agreement().kappa() is None
    assert Agreement(Counter({("a", "a"): 5})).kappa() is None
    back = Agreement.from_json((Agreement(pairs, 4, 3) + Agreement(Counter(), 1, 1)).to_json())
    assert (back.pairs, back.amounts_agree()) == (pairs, 0.8)


def test_versions_of_a_page_differ_where_people_made_them_differ(table: ReviewTable) -> None:
    page = table.cells[0].page
    here = [cell for cell in table.cells if cell.page == page and cell.spans]
    text, label = here[-1], here[-2]
    changed = {
        (text.row, text.col): text.model_copy(update={"text": text.text + "9"}),
        (label.row, label.col): label.model_copy(
            update={"spans": (label.spans[0].model_copy(update={"label": "note"}),)}
        ),
    }
    gone = here[0]
    cells = [changed.get((cell.row, cell.col), cell) for cell in table.cells if cell is not gone]
    other = table.model_copy(update={"cells": tuple(cells)})
    found = {(each.row, each.col): each.what for each in differences([table], [other], page)}
    assert found == {
        (gone.row, gone.col): "structure",
        (text.row, text.col): "text",
        (label.row, label.col): "label",
    }
    assert differences([table], [table], page) == []
    assert agreement([table], [table], page).kappa() == pytest.approx(1.0)
    assert (agreement([table], [other], page).kappa() or 0) < 1
    total = sum(cell.page == page for cell in table.cells)
    assert cells_right([table], [table], page) == (total, total)
    assert cells_right([other], [table], page) == (total - 2, total)


def test_a_second_person_labels_blind_and_a_third_settles(
    serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "BLIND_SHARE", 1.0)
    served = serve(gold=GOLD)
    one, two, three = (served.client(person) for person in ("甲", "乙", "丙"))
    while one.get("/api/queue").json()["total"] == 0:
        pass
    item = one.post("/api/queue/next").json()
    page = f"/api/documents/{item['document']}/pages/{item['page']}"
    edits = f"/api/documents/{item['document']}/edits"

    def type_into(client: Any, number: int, text: str, person: str) -> None:
        view = client.get(page).json()
        cells = [cell for cell in view["tables"][0]["cells"] if cell["page"] == item["page"]]
        cell = {**cells[number], "text": text, "spans": [], "reviewer": person}
        body = {
            "edit": str(uuid4()),
            "base": view["version"],
            "page": item["page"],
            "action": "text",
            "patches": [{"op": "change", "table": view["tables"][0]["id"], "put": [cell]}],
        }
        answer = client.post(edits, json=body)
        assert answer.status_code == 200, answer.text

    type_into(one, 0, "甲说", "甲")
    version = one.get(page).json()["version"]
    one.post(f"{page}/accept", json={"base": version, "seconds": 10}).raise_for_status()

    # The second person is given the same page, as it was read: without what the first one made of it.
    second = two.post("/api/queue/next").json()
    assert (second["document"], second["page"]) == (item["document"], item["page"])
    blind = two.get(page).json()
    assert blind["version"] == 0
    assert blind["state"] == "open"
    assert "甲说" not in [cell["text"] for cell in blind["tables"][0]["cells"]]
    type_into(two, 1, "乙说", "乙")
    two.post(f"{page}/accept", json={"base": 1}).raise_for_status()
    # What counts is still the first version.
    texts = [cell["text"] for cell in one.get(page).json()["tables"][0]["cells"]]
    assert "甲说" in texts
    assert "乙说" not in texts

    (open_item,) = three.get("/api/adjudication").json()["items"]
    assert open_item["people"] == ["甲", "乙"]
    assert open_item["differences"] == 2
    view = three.get(f"{page}/adjudication").json()
    mine = next(each for each in view["differences"] if each["b"] == "乙说")
    choice = {"table": mine["table"], "row": mine["row"], "col": mine["col"], "take": "b"}
    settled = three.post(f"{page}/adjudication", json={"base": view["version"], "choices": [choice]})
    assert settled.status_code == 200, settled.text
    texts = [cell["text"] for cell in one.get(page).json()["tables"][0]["cells"]]
    assert "甲说" in texts
    assert "乙说" in texts
    assert three.get("/api/adjudication").json()["items"] == []

    people = {each["person"]: each for each in three.get("/api/people").json()["people"]}
    assert people["甲"]["kappa"] == people["乙"]["kappa"] != 1
    assert people["甲"]["seconds_a_page"] == 10
    # The document is gold too: each of them made one cell of it wrong.
    assert people["甲"]["gold_seen"] > 0
    assert people["甲"]["gold_right"] == 1 - 1 / people["甲"]["gold_seen"]


def test_gold_that_is_not_there_is_said_at_once(serve: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(Exception, match="no gold documents"):
        serve(gold=tmp_path)


def test_documents_that_come_meanwhile_join_the_queue(
    serve: Callable[..., Any], out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reckoner_module, "_LOOK_SECONDS", 0.1)
    client = serve().client()
    (folder,) = (out / "documents").iterdir()
    other = out / "documents" / "later-00000001"
    shutil.copytree(folder, other)
    for _ in range(600):
        names = {item["name"] for item in client.get("/api/queue").json()["items"]}
        if names == {folder.name, other.name}:
            return
        time.sleep(0.05)
    raise AssertionError(f"the queue has only {names}")


def test_a_table_settled_on_one_page_keeps_what_was_done_on_others(table: ReviewTable) -> None:
    pages = 2
    rows = [cell for cell in table.cells if cell.row >= table.header_rows]
    split = rows[len(rows) // 2].row
    over = tuple(cell.model_copy(update={"page": 1 if cell.row < split else pages}) for cell in table.cells)
    base = table.model_copy(update={"cells": over})
    done = base.model_copy(
        update={"cells": tuple(c.model_copy(update={"text": "甲"}) if c.page == 1 else c for c in over)}
    )
    # The second person took the last row of the second page out.
    last = base.n_rows - 1
    shorter = base.model_copy(
        update={"n_rows": last, "cells": tuple(c for c in over if c.row + c.rowspan <= last)}
    )
    view = AdjudicationView(
        version=1, people=("甲", "乙"), tables_a=(done,), tables_b=(shorter,), differences=()
    )
    chosen = Settled(base=1, choices=(Choice(table=table.id, take="b"),))
    (settled,) = Tables((done,)).patched(pool_module._choices(view, chosen, pages, None)).tables
    assert settled.n_rows == last
    assert {cell.text for cell in settled.cells if cell.page == 1} == {"甲"}
    texts = [cell.text for cell in settled.cells if cell.page == pages]
    assert texts == [cell.text for cell in shorter.cells if cell.page == pages]
