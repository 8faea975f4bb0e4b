"""A page that was read badly is put right in a real browser, by keyboard alone, and comes out as gold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect, sync_playwright

from yusuan.datasets.goldset.check import check
from yusuan.datasets.goldset.files import GOLD, read_document
from yusuan.extraction.config import load_settings
from yusuan.extraction.document import Cell, Document, Repair, Table
from yusuan.extraction.exports.folder import DOCUMENT_FILE, write_page_image, write_text
from yusuan.extraction.pages import open_source
from yusuan.review import pool as pool_module
from yusuan.review.corrections import write_corrections

NAME = "shizhu-12345678"
SECONDS = 15


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield started
        started.close()


def read_badly(document: Document) -> Document:
    """Return a document whose first table has one damage of each kind that annotators meet."""
    table = document.tables[0]
    cells = {(cell.row, cell.col): cell for cell in table.cells}

    def put(row: int, col: int, **update: Any) -> None:
        cells[row, col] = cells[row, col].model_copy(update=update)

    def unsure(row: int, col: int, text: str, **update: Any) -> None:
        spans = tuple(
            span.model_copy(update={"start": 0, "end": len(text)}) for span in cells[row, col].spans
        )
        put(row, col, text=text, raw_text=text, spans=spans, confidence=0.4, **update)

    right = cells[3, 3].text
    unsure(3, 3, "1,486.72", repairs=(Repair(kind="proposed", before="1,486.72", after=right),))
    unsure(6, 2, "卫生建康支出")
    put(2, 2, spans=(cells[2, 2].spans[0].model_copy(update={"label": "note"}),))
    # A heading over two columns that was read as two cells.
    heading = cells[0, 0]
    x0, y0, x1, y1 = heading.bbox
    middle = (x0 + x1) / 2
    put(0, 0, colspan=1, bbox=(x0, y0, middle, y1), quad=((x0, y0), (middle, y0), (middle, y1), (x0, y1)))
    cells[0, 1] = heading.model_copy(
        update={
            "col": 1,
            "colspan": 1,
            "text": "",
            "raw_text": "",
            "spans": (),
            "bbox": (middle, y0, x1, y1),
            "quad": ((middle, y0), (x1, y0), (x1, y1), (middle, y1)),
        }
    )
    # Two figures that were shifted by a column.
    for col, text in ((3, ""), (4, "89.52"), (5, "89.52")):
        spans = cells[2, 3].spans[:1] if text else ()
        spans = tuple(span.model_copy(update={"start": 0, "end": len(text)}) for span in spans)
        put(5, col, text=text, raw_text=text, spans=spans)
    # A row that is none.
    moved = [
        cell.model_copy(update={"row": cell.row + 1}) if cell.row >= 7 else cell for cell in cells.values()
    ]
    thin = [_blank(cells[7, col]) for col in range(table.n_cols)]
    damaged = table.model_copy(
        update={
            "n_rows": table.n_rows + 1,
            "cells": tuple(sorted([*moved, *thin], key=lambda cell: (cell.row, cell.col))),
        }
    )
    return document.model_copy(update={"tables": (damaged, *document.tables[1:])})


def _blank(cell: Cell) -> Cell:
    return cell.model_copy(update={"text": "", "raw_text": "", "spans": (), "repairs": ()})


@pytest.fixture
def truth(out: Path) -> Document:
    """Damage the document in the folder, and return it as it should be."""
    path = out / "documents" / NAME / DOCUMENT_FILE
    document = Document.model_validate_json(path.read_bytes())
    write_text(path, read_badly(document).json_parts())
    return document


class Annotator:
    """A person at the keyboard."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    @property
    def place(self) -> tuple[int, int]:
        """Row and column of the selected cell."""
        name = self.page.locator("[data-cell].focus, [data-cell][aria-selected=true]").first
        _, row, col = str(name.get_attribute("data-cell")).rsplit(":", 2)
        return int(row), int(col)

    def go(self, row: int, col: int) -> None:
        """Move to a cell with the arrows."""
        for _ in range(200):
            at = self.place
            if at == (row, col):
                return
            if at[0] != row:
                self.press("ArrowDown" if at[0] < row else "ArrowUp")
            else:
                self.press("ArrowRight" if at[1] < col else "ArrowLeft")
        raise AssertionError(f"the arrows do not lead to {row}, {col}, but to {self.place}")

    def walk_to(self, row: int, col: int) -> None:
        """Go through the doubtful cells until one comes."""
        for _ in range(60):
            self.press("n")
            if self.place == (row, col):
                return
        raise AssertionError(f"the cell at {row}, {col} is not among the doubtful ones")

    def saved(self) -> None:
        """Wait until everything is called saved."""
        expect(self.page.get_by_text("已保存")).to_be_visible(timeout=SECONDS * 1000)

    def text(self, row: int, col: int) -> str:
        return self.page.locator(f'[data-cell="t1:{row}:{col}"] .text').inner_text().split("\n")[0]


def sign_in(page: Page, address: str, person: str) -> None:
    page.goto(address)
    page.locator("input:focus").wait_for(timeout=SECONDS * 1000)
    page.keyboard.type(person)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="开始", exact=True).wait_for(timeout=SECONDS * 1000)


@pytest.fixture
def annotator(browser: Browser, served: Any, truth: Document, document: str) -> Iterator[Annotator]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    sign_in(page, served.address, "张三")
    page.goto(f"{served.address}/#/page/{document}/1")
    page.locator("[data-cell]").first.wait_for(timeout=SECONDS * 1000)
    yield Annotator(page)
    context.close()
    # The browser itself notes requests that fail; what the app makes of them is what tests ask.
    assert [error for error in errors if not error.startswith("Failed to load resource")] == []


def tables(served: Any, document: str) -> list[dict[str, Any]]:
    view = served.client("机器").get(f"/api/documents/{document}/pages/1").json()
    return list(view["tables"])


def test_a_page_is_put_right_by_keyboard(
    annotator: Annotator, served: Any, truth: Document, document: str, out: Path, tmp_path: Path
) -> None:
    page = annotator.page
    page.keyboard.press("n")

    # A doubtful figure: the proposal is taken with one key.
    annotator.walk_to(3, 3)
    annotator.press("r")
    assert annotator.text(3, 3) == "1,436.72"
    # A misread name is typed anew.
    annotator.walk_to(6, 2)
    page.keyboard.type("卫生健康支出")
    annotator.press("Enter")
    assert annotator.text(6, 2) == "卫生健康支出"
    # A wrong label.
    annotator.go(2, 2)
    annotator.press("l")
    page.keyboard.type("budget_line.item")
    annotator.press("Enter")
    # Two cells that are one.
    annotator.go(0, 0)
    annotator.press("Shift+ArrowRight", "m")
    assert page.locator('[data-cell="t1:0:0"]').get_attribute("colspan") == "2"
    # Figures that stand a column too far to the right.
    annotator.go(5, 4)
    annotator.press("Shift+ArrowRight", "Alt+ArrowLeft")
    assert [annotator.text(5, col) for col in (3, 4, 5)] == ["89.52", "89.52", ""]
    # A row that is none.
    annotator.go(7, 2)
    annotator.press("d")
    assert annotator.text(7, 2) == "农林水支出"

    annotator.saved()
    annotator.press("a")
    expect(page).not_to_have_url(f"{served.address}/#/page/{document}/1", timeout=SECONDS * 1000)

    summary = write_corrections(out, tmp_path / "gold", load_settings())
    assert summary.problems == []
    assert check(tmp_path / "gold") == []
    (corrected,) = read_document(tmp_path / "gold" / NAME).tables
    assert said(corrected) == said(truth.tables[0])


def said(table: Table) -> list[tuple[object, ...]]:
    """Return what a table says, wherever its frames stand."""
    return [
        (cell.row, cell.col, cell.rowspan, cell.colspan, cell.text, cell.header, cell.spans)
        for cell in table.cells
    ]


def test_everything_is_undone_and_done_again(annotator: Annotator, served: Any, document: str) -> None:
    before = tables(served, document)
    page = annotator.page
    page.keyboard.press("n")
    annotator.go(3, 0)
    page.keyboard.type("改")
    annotator.press("Enter")
    annotator.go(4, 0)
    annotator.press("Shift+ArrowRight", "m", "s", "i", "Shift+O", "d", "h")
    annotator.saved()
    after = tables(served, document)
    assert after != before
    for _ in range(7):
        annotator.press("Control+z")
    annotator.saved()
    assert tables(served, document) == before
    for _ in range(7):
        annotator.press("Control+Shift+z")
    annotator.saved()
    assert tables(served, document) == after


def test_an_input_method_that_composes_commits_nothing(
    annotator: Annotator, served: Any, document: str
) -> None:
    page = annotator.page
    line: CDPSession = page.context.new_cdp_session(page)
    page.keyboard.press("n")
    annotator.go(4, 2)
    before = tables(served, document)
    annotator.press("Enter", "Control+a")
    line.send("Input.imeSetComposition", {"text": "wei", "selectionStart": 3, "selectionEnd": 3})
    # The key that picks a word, as an input method sends it.
    pick = {"key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229}
    line.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **pick})
    line.send("Input.dispatchKeyEvent", {"type": "keyUp", **pick})
    assert annotator.place == (4, 2)
    assert tables(served, document) == before
    line.send("Input.insertText", {"text": "卫生"})
    assert tables(served, document) == before
    annotator.press("Enter")
    annotator.saved()
    assert annotator.text(4, 2) == "卫生"


def test_an_edit_made_without_a_server_is_sent_when_it_is_back(
    annotator: Annotator, served: Any, document: str
) -> None:
    page = annotator.page
    page.keyboard.press("n")
    annotator.go(4, 2)
    page.context.set_offline(True)
    page.keyboard.type("离线")
    annotator.press("Enter")
    expect(page.get_by_text("离线，未保存")).to_be_visible(timeout=SECONDS * 1000)
    page.context.set_offline(False)
    annotator.saved()
    assert "离线" in [cell["text"] for cell in tables(served, document)[0]["cells"]]


def test_two_people_on_one_cell_choose_and_none_is_overwritten(
    annotator: Annotator, served: Any, document: str
) -> None:
    page = annotator.page
    page.keyboard.press("n")
    annotator.go(4, 2)
    other = served.client("李四")
    view = other.get(f"/api/documents/{document}/pages/1").json()
    cell = next(cell for cell in view["tables"][0]["cells"] if (cell["row"], cell["col"]) == (4, 2))
    theirs = {**cell, "text": "李四的", "spans": [], "reviewer": "李四"}
    body = {
        "edit": "00000000-0000-4000-8000-000000000001",
        "base": view["version"],
        "page": 1,
        "action": "text",
        "patches": [{"op": "change", "table": "t1", "put": [theirs]}],
    }
    other.post(f"/api/documents/{document}/edits", json=body).raise_for_status()
    page.keyboard.type("张三的")
    annotator.press("Enter")
    dialog = page.get_by_test_id("merge-view")
    expect(dialog).to_be_visible(timeout=SECONDS * 1000)
    expect(dialog.get_by_text("李四的")).to_be_visible()
    page.locator('[data-action="all-mine"]').click()
    page.locator('[data-action="decide"]').click()
    annotator.saved()
    texts = [cell["text"] for cell in tables(served, document)[0]["cells"]]
    assert "张三的" in texts
    assert "李四的" not in texts


@pytest.mark.parametrize("size", [(1280, 800), (2560, 1440)])
def test_nothing_is_cut_off(annotator: Annotator, size: tuple[int, int]) -> None:
    page = annotator.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    time.sleep(0.3)
    for name in ("接受本页", "English"):
        box = page.get_by_role("button", name=name, exact=True).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Accept page", exact=True)).to_be_visible()


def test_text_is_never_markup(
    browser: Browser, out: Path, truth: Document, document: str, serve: Callable[..., Any]
) -> None:
    path = out / "documents" / NAME / DOCUMENT_FILE
    evil = '<img src=x onerror="document.title=1"><b>粗</b>'
    table = truth.tables[0]
    cells = tuple(
        cell.model_copy(update={"text": evil, "raw_text": evil, "spans": ()}) if cell.col == 2 else cell
        for cell in table.cells
    )
    tables = (table.model_copy(update={"cells": cells, "title": evil}), *truth.tables[1:])
    write_text(path, truth.model_copy(update={"tables": tables}).json_parts())
    served = serve()
    page = browser.new_page()
    sign_in(page, served.address, evil[:60])
    page.goto(f"{served.address}/#/page/{document}/1")
    page.locator("[data-cell]").first.wait_for(timeout=SECONDS * 1000)
    assert page.locator('[data-cell="t1:3:2"] .text').inner_text().startswith("<img")
    assert page.locator("img[src=x]").count() == 0
    assert page.title() != "1"
    page.close()


def test_a_table_that_was_missed_is_drawn_and_read(
    browser: Browser, out: Path, document: str, serve: Callable[..., Any]
) -> None:
    folder = out / "documents" / NAME
    path = folder / DOCUMENT_FILE
    read = Document.model_validate_json(path.read_bytes())
    first = read.pages[0].model_copy(update={"tables": ()})
    missed = read.model_copy(update={"pages": (first, *read.pages[1:]), "tables": read.tables[1:]})
    write_text(path, missed.json_parts())
    with open_source(GOLD / "shizhu_organization" / "document.pdf", load_settings().pages, None) as source:
        loaded = source.load(1)
    write_page_image(folder, 1, loaded.image, loaded.dpi)
    served = serve()
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    sign_in(page, served.address, "张三")
    page.goto(f"{served.address}/#/page/{document}/1")
    page.locator("yu-scan canvas").first.wait_for(timeout=SECONDS * 1000)
    page.wait_for_timeout(1000)  # until the scan stands still
    page.keyboard.press("t")
    box = page.locator("yu-scan").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] - 5, steps=5)
    page.mouse.up()
    page.locator('[data-action="read-table"]').click(timeout=SECONDS * 1000)
    page.locator("[data-cell]").first.wait_for(timeout=90_000)
    expect(page.get_by_text("已保存")).to_be_visible(timeout=SECONDS * 1000)
    (table,) = tables(served, document)
    wanted = {(cell.row, cell.col): cell.text for cell in read.tables[0].cells}
    found = {(cell["row"], cell["col"]): cell["text"] for cell in table["cells"]}
    right = sum(found.get(place) == text for place, text in wanted.items())
    assert right >= 0.9 * len(wanted)
    assert "budget_line.amount" in {span["label"] for cell in table["cells"] for span in cell["spans"]}
    page.keyboard.press("Control+z")
    expect(page.locator("[data-cell]")).to_have_count(0)
    page.close()


def test_a_third_person_settles_what_two_do_not_agree_on(
    browser: Browser, document: str, serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "BLIND_SHARE", 1.0)
    served = serve()
    one, two = served.client("甲"), served.client("乙")
    while one.get("/api/queue").json()["total"] == 0:
        time.sleep(0.05)
    item = one.post("/api/queue/next").json()
    place = f"/api/documents/{item['document']}/pages/{item['page']}"
    for client, person in ((one, "甲"), (two, "乙")):
        assert client is one or client.post("/api/queue/next").json()["page"] == item["page"]
        view = client.get(place).json()
        table = view["tables"][0]
        cell = next(cell for cell in table["cells"] if cell["page"] == item["page"])
        change = {"op": "change", "table": table["id"], "put": [{**cell, "text": f"{person}说", "spans": []}]}
        body = {"edit": str(uuid4()), "base": 0, "page": item["page"], "action": "text", "patches": [change]}
        client.post(f"/api/documents/{document}/edits", json=body).raise_for_status()
        client.post(f"{place}/accept", json={"base": 1}).raise_for_status()
    page = browser.new_page()
    sign_in(page, served.address, "丙")
    page.goto(f"{served.address}/#/adjudication")
    page.locator("yu-adjudications tbody tr a, yu-adjudications tbody tr button").first.click()
    page.locator("[data-difference]").first.wait_for(timeout=SECONDS * 1000)
    assert page.locator("[data-difference]").count() == 1
    page.locator('[data-difference] [data-take="b"]').click()
    page.locator('[data-action="settle"]').click()
    for _ in range(100):
        texts = [cell["text"] for cell in one.get(place).json()["tables"][0]["cells"]]
        if "乙说" in texts:
            break
        time.sleep(0.05)
    assert "乙说" in texts
    assert "甲说" not in texts
    assert one.get("/api/adjudication").json()["items"] == []
    page.close()


def test_labels_are_asked_for_anew_and_what_a_person_labelled_stays(
    annotator: Annotator, served: Any, document: str
) -> None:
    page = annotator.page
    page.keyboard.press("n")
    annotator.go(3, 2)
    annotator.press("l")
    page.keyboard.type("note")
    annotator.press("Enter")
    annotator.saved()
    page.locator('[data-action="relabel"]').first.click()
    for _ in range(600):
        (table,) = tables(served, document)
        labels = {(cell["row"], cell["col"]): [s["label"] for s in cell["spans"]] for cell in table["cells"]}
        # The wrong label that was read is gone, the one that a person gave is not.
        if labels[2, 2] == ["budget_line.item"]:
            break
        time.sleep(0.05)
    assert labels[2, 2] == ["budget_line.item"]
    assert labels[3, 2] == ["note"]
