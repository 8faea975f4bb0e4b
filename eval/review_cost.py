"""What it costs to bring pages to gold: `python -m yusuan.eval.review_cost OUT --gold GOLD`.

A scripted perfect annotator, who knows the truth, works in the real app in a real browser: evens out rows
and columns, goes through the doubtful cells, corrects text and labels, and then whatever is wrong elsewhere.
Every key and click counts one. Beside it what the same pages cost in a spreadsheet of the same reading, where
all cells must be looked at, and typed anew from nothing. A character counts one key wherever it is typed.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import sync_playwright

from yusuan.eval.gold import gold_documents
from yusuan.eval.report.tables import plain_table
from yusuan.eval.review_speed import CHROMIUM
from yusuan.eval.review_storm import ReviewServer
from yusuan.extraction.document import Cell, Document, Table
from yusuan.extraction.exports.folder import documents_in
from yusuan.extraction.numerals import canonical

# Go to a cell and end with Enter, in a spreadsheet; a row or column put in or out, a merge: by shortcut.
_CELL, _LINE, _MERGE = 2, 3, 5
_MOST_DOUBTS = 500

State = dict[str, Any]
Place = tuple[str, int, int]


@dataclass
class Cost:
    """What pages cost.

    Attributes:
        pages: number of them.
        cells: of gold on them.
        keys: pressed in the app.
        clicks: made in the app.
        doubtful: cells that were marked and looked at.
        sheet_keys: keys and clicks in a spreadsheet: text and structure only, it knows no labels.
        typing: keys to type all cells anew.
        structure: rows, columns and spans to put right.
        wrong: cells that were wrong in text or label once these were.
        unmarked: of these, those that no mark showed.
        left: that are still wrong, because the script knows no way to put them right.
    """

    pages: int = 0
    cells: int = 0
    keys: int = 0
    clicks: int = 0
    doubtful: int = 0
    sheet_keys: int = 0
    typing: int = 0
    structure: int = 0
    wrong: int = 0
    unmarked: int = 0
    left: int = 0
    actions: Counter[str] = field(default_factory=Counter)


class Annotator:
    """Presses keys and counts them."""

    def __init__(self, page: BrowserPage, client: httpx.Client, address: str, words: dict[str, str]) -> None:
        """Take a browser page that is signed in, a client to look at what is saved, and names of labels."""
        self._page = page
        self._client = client
        self._address = address
        self._words = words
        self.cost = Cost()

    def open(self, document: str, page: int) -> None:
        """Open a page (which the queue would do)."""
        self._page.goto(f"{self._address}/#/page/{document}/{page}")
        self._page.locator('yu-page [data-cell], yu-page [data-testid="doubts"]').first.wait_for()
        self._where = f"/api/documents/{document}/pages/{page}"

    def state(self) -> State:
        """Return the page as it is saved."""
        self._page.get_by_text("已保存").wait_for()
        version = self._client.get(self._where).json()["version"]
        document = self._where.split("/")[3]
        number = self._where.rsplit("/", 1)[1]
        wait = {"page": number, "version": version, "wait": 20}
        self._client.get(f"/api/documents/{document}/derived", params=wait)
        return dict(self._client.get(self._where).json())

    def accept(self) -> None:
        """Accept the page; the app goes on to the next one of the queue."""
        here = self._page.url
        self.press("accept", "a")
        self._page.wait_for_url(lambda url: url != here)

    def press(self, action: str, *keys: str) -> None:
        """Press keys for an action."""
        self.cost.actions[action] += 1
        self.cost.keys += len(keys)
        for key in keys:
            self._page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type a text in the place of that of the selected cell."""
        self.cost.keys += len(text)
        # With a real keyboard the first key opens the editor; text that is put in finds it open.
        self._page.keyboard.press("F2")
        self._page.keyboard.press("Control+a")
        self._page.keyboard.insert_text(text)

    def click(self, table: str, row: int, col: int) -> None:
        """Select a cell with the mouse."""
        self.cost.clicks += 1
        cell = self._page.locator(f'[data-cell="{table}:{row}:{col}"]').first
        # Not `click`: it aims at the middle of a cell, which of a tall one lies outside of what is seen.
        cell.dispatch_event("pointerdown", {"button": 0})
        cell.dispatch_event("pointerup", {"button": 0})

    @property
    def place(self) -> Place | None:
        """The selected cell."""
        found = self._page.locator("[data-cell].focus")
        if not found.count():
            return None
        table, row, col = str(found.first.get_attribute("data-cell")).rsplit(":", 2)
        return table, int(row), int(col)

    def correct(self, cell: State, truth: Cell) -> None:
        """Correct text and label of the selected cell."""
        if canonical(cell["text"]) != canonical(truth.text):
            proposed = [repair["after"] for repair in cell["repairs"] if repair["kind"] == "proposed"]
            if proposed and canonical(proposed[-1]) == canonical(truth.text):
                self.press("take a repair", "r")
            elif not truth.text:
                self.press("blank", "Delete")
            else:
                self.cost.actions["type a text"] += 1
                self.type(truth.text)
                self.press("commit", "Enter")

    def label(self, label: str | None) -> None:
        """Give the selected cell a label, or none."""
        self.press("label", "l")
        self.cost.keys += len(self._words[label]) if label else 0
        self._page.keyboard.insert_text(label or "")
        self.press("commit", "Enter")


def labels_of(cell: State | Cell) -> list[str]:
    """Return the labels of a cell, in order."""
    if isinstance(cell, Cell):
        return [span.label for span in cell.spans]
    return [span["label"] for span in cell["spans"]]


def is_right(cell: State, truth: Cell) -> bool:
    """Say whether a cell has the text and labels of the true one."""
    return canonical(cell["text"]) == canonical(truth.text) and labels_of(cell) == labels_of(truth)


def rows_of(cells: Sequence[State], page: int) -> dict[int, dict[int, str]]:
    """Return row → column → text of the cells that begin on a page."""
    found: dict[int, dict[int, str]] = {}
    for cell in cells:
        if cell["page"] == page:
            found.setdefault(cell["row"], {})[cell["col"]] = canonical(cell["text"])
    return dict(sorted(found.items()))


def as_states(table: Table) -> list[State]:
    """Return the cells of a true table as the server would give them."""
    return [cell.model_dump(mode="json") for cell in table.cells]


def partner(truth: Table, tables: Sequence[State], page: int) -> State | None:
    """Return the table that was read which shares most texts with a true one on a page."""
    wanted = Counter(canonical(cell.text) for cell in truth.cells if cell.page == page and cell.text)

    def shared(table: State) -> int:
        read = Counter(canonical(cell["text"]) for cell in table["cells"] if cell["page"] == page)
        return sum((wanted & read).values())

    best = max(tables, key=shared, default=None)
    return best if best is not None and shared(best) else None


def script(read: Sequence[dict[int, str]], true: Sequence[dict[int, str]]) -> list[tuple[str, int]]:
    """Return how to even out lines: ("delete", line) and ("insert", before line), from the last to the first.

    Lines are matched so that most of their texts stand in both, in order (edit distance, Levenshtein 1966).
    """
    n, m = len(read), len(true)
    cost = [[0.0] * (m + 1) for _ in range(n + 1)]
    for i in range(n + 1):
        for j in range(m + 1):
            if i == 0 or j == 0:
                cost[i][j] = i + j
                continue
            places = read[i - 1].keys() | true[j - 1].keys()
            same = sum(read[i - 1].get(at, "") == true[j - 1].get(at, "") for at in places)
            apart = 1 - same / max(1, len(places))
            cost[i][j] = min(cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + 1.5 * apart)
    steps = []
    i, j = n, m
    while i or j:
        if i and cost[i][j] == cost[i - 1][j] + 1:
            steps.append(("delete", i - 1))
            i -= 1
        elif j and cost[i][j] == cost[i][j - 1] + 1:
            steps.append(("insert", i))
            j -= 1
        else:
            i, j = i - 1, j - 1
    return steps


def even_out(annotator: Annotator, truth: Table, page: int) -> Iterator[str]:
    """Put rows of a page in and out until they are those of truth, then mend spans; yield what was done."""
    read = partner(truth, annotator.state()["tables"], page)
    if read is None:
        return
    rows, true_rows = rows_of(read["cells"], page), rows_of(as_states(truth), page)
    numbers = list(rows)
    if read["n_cols"] == truth.n_cols:
        for step, at in script(list(rows.values()), list(true_rows.values())):
            if step == "delete":
                _select_row(annotator, read, numbers[at])
                annotator.press("delete a row", "d")
            else:
                _select_row(annotator, read, numbers[max(0, at - 1)])
                annotator.press("insert a row", *(("i",) if at else ("Shift+I",)))
            yield "line"
    else:
        columns, true_columns = (_turned(each) for each in (rows, true_rows))
        for step, at in script(columns, true_columns):
            first = next(cell for cell in read["cells"] if cell["row"] == numbers[-1])
            annotator.click(read["id"], first["row"], first["col"])
            for _ in range(min(at, read["n_cols"] - 1)):
                annotator.press("move", "ArrowRight")
            annotator.press(f"{step} a column", "Shift+D" if step == "delete" else "o")
            yield "line"
    yield from _mend_spans(annotator, truth, page)


def _turned(rows: dict[int, dict[int, str]]) -> list[dict[int, str]]:
    """Return columns of rows."""
    count = 1 + max((col for row in rows.values() for col in row), default=-1)
    return [{at: row[col] for at, row in enumerate(rows.values()) if col in row} for col in range(count)]


def _select_row(annotator: Annotator, table: State, row: int) -> None:
    cell = min((each for each in table["cells"] if each["row"] == row), key=lambda each: each["rowspan"])
    annotator.click(table["id"], row, cell["col"])


def _mend_spans(annotator: Annotator, truth: Table, page: int) -> Iterator[str]:
    read = partner(truth, annotator.state()["tables"], page)
    if read is None:
        return
    shift = _shift(read, truth, page)
    cells = {(cell["row"], cell["col"]): cell for cell in read["cells"]}
    for true in (cell for cell in truth.cells if cell.page == page):
        row, col = true.row + shift, true.col
        cell = cells.get((row, col))
        if cell is None:
            continue
        if cell["rowspan"] > true.rowspan or cell["colspan"] > true.colspan:
            annotator.click(read["id"], row, col)
            annotator.press("split", "s")
            yield "merge"
            cell = {**cell, "rowspan": 1, "colspan": 1}
        down, right = true.rowspan - cell["rowspan"], true.colspan - cell["colspan"]
        if down > 0 or right > 0:
            annotator.click(read["id"], row, col)
            keys = ["Shift+ArrowDown"] * max(0, down) + ["Shift+ArrowRight"] * max(0, right)
            annotator.press("merge", *keys, "m")
            yield "merge"


def _shift(read: State, truth: Table, page: int) -> int:
    """Return how many rows lower the rows of a page stand than in truth."""
    own = [cell["row"] for cell in read["cells"] if cell["page"] == page]
    true = [cell.row for cell in truth.cells if cell.page == page]
    return min(own, default=0) - min(true, default=0)


def wanted(state: State, truth: Document, page: int) -> dict[Place, Cell]:
    """Return the true cell of each place of the tables on a page."""
    found = {}
    for table in truth.tables:
        if not any(cell.page == page for cell in table.cells):
            continue
        read = partner(table, state["tables"], page)
        if read is not None:
            shift = _shift(read, table, page)
            for cell in table.cells:
                if cell.page == page:
                    found[read["id"], cell.row + shift, cell.col] = cell
    return found


def wrong_places(state: State, true: dict[Place, Cell], page: int) -> set[Place]:
    """Return the places of a page at which truth or reading say something else than the other."""
    read = {
        (table["id"], cell["row"], cell["col"]): cell
        for table in state["tables"]
        for cell in table["cells"]
        if cell["page"] == page
    }
    wrong = {place for place in true if place not in read or not is_right(read[place], true[place])}
    return wrong | {place for place in read if place not in true}


def review_page(annotator: Annotator, document: str, page: int, truth: Document) -> None:
    """Bring a page to gold, and count what it takes."""
    cost = annotator.cost
    annotator.open(document, page)
    state = annotator.state()
    own = [cell for table in truth.tables for cell in table.cells if cell.page == page]
    cost.pages += 1
    cost.cells += len(own)
    cost.typing += sum(len(cell.text) + 1 for cell in own)
    for table in truth.tables:
        if any(cell.page == page for cell in table.cells):
            for what in even_out(annotator, table, page):
                cost.sheet_keys += _LINE if what == "line" else _MERGE
                cost.structure += 1
    state = annotator.state()
    true = wanted(state, truth, page)
    marked = {(each["table"], each["row"], each["col"]) for each in state["derived"]["doubtful"]}
    wrong = wrong_places(state, true, page)
    cost.wrong += len(wrong)
    cost.unmarked += len(wrong - marked)
    cells = {
        (table["id"], cell["row"], cell["col"]): cell for table in state["tables"] for cell in table["cells"]
    }
    for place, cell in cells.items():
        text = true[place].text if place in true else cell["text"]
        if canonical(cell["text"]) != canonical(text):
            cost.sheet_keys += _CELL + len(text)
    _walk(annotator, cells, true, page)
    state = annotator.state()
    cells = {
        (table["id"], cell["row"], cell["col"]): cell for table in state["tables"] for cell in table["cells"]
    }
    for place in sorted(wrong_places(state, true, page)):
        if place in cells and place in true:
            annotator.click(*place)
            _put_right(annotator, cells[place], true[place])
    state = annotator.state()
    cost.left += len(wrong_places(state, wanted(state, truth, page), page))
    annotator.accept()


def _walk(
    annotator: Annotator,
    cells: dict[Place, State],
    true: dict[Place, Cell],
    page: int,
) -> None:
    """Go through the doubtful cells of a page."""
    seen: set[Place] = set()
    annotator.press("next doubtful cell", "n")
    for _ in range(_MOST_DOUBTS):
        place = annotator.place
        if place is None or place in seen or place not in cells or cells[place]["page"] != page:
            return
        seen.add(place)
        annotator.cost.doubtful += 1
        truth = true.get(place)
        if truth is not None and not is_right(cells[place], truth):
            _put_right(annotator, cells[place], truth)
            if annotator.place == place:
                annotator.press("next doubtful cell", "n")
        else:
            annotator.press("confirm", "Space")


def _put_right(annotator: Annotator, cell: State, truth: Cell) -> None:
    if labels_of(cell) != labels_of(truth) and len(truth.spans) <= 1:
        # The label first: to commit a text goes on to the next doubtful cell.
        annotator.label(truth.spans[0].label if truth.spans else None)
    annotator.correct(cell, truth)


def main(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder that `yusuan extract -o` wrote.")],
    gold: Annotated[Path, typer.Option(help="Folder of gold documents.")],
    state: Annotated[str, typer.Option(help="State of the paper: documents whose names end so.")] = "bad",
    most: Annotated[int, typer.Option(min=1, help="Pages at most.")] = 1000,
) -> None:
    """Print what it costs to bring pages to gold, in the app, in a spreadsheet, and by typing."""
    truths = {
        truth.document.source.sha256: truth.document
        for truth in gold_documents(gold)
        if truth.folder.name.endswith(f"_{state}")
    }
    with tempfile.TemporaryDirectory(prefix="yusuan-cost") as folder:
        copy = Path(folder) / "out"
        shutil.copytree(out, copy, ignore=shutil.ignore_patterns("review.*", "reviewed"))
        server = ReviewServer(copy)
        server.start()
        try:
            cost = _review(server, copy, truths, most)
        finally:
            server.kill()
    _print(cost)


def _review(server: ReviewServer, out: Path, truths: dict[str, Document], most: int) -> Cost:
    with sync_playwright() as playwright, httpx.Client(base_url=server.address, timeout=60) as client:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(server.address)
        page.locator("input:focus").wait_for()
        page.keyboard.type("perfect")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="开始", exact=True).wait_for()
        csrf = client.post("/api/session", json={"person": "who looks"}).json()["csrf"]
        client.headers["X-Yusuan-CSRF"] = csrf
        words = {word["name"]: word["zh"] for word in client.get("/api/labels").json()["labels"]}
        annotator = Annotator(page, client, server.address, words)
        for document, truth in _documents(out, truths):
            for number in [each.number for each in truth.pages]:
                if annotator.cost.pages == most:
                    return annotator.cost
                if any(cell.page == number for table in truth.tables for cell in table.cells):
                    review_page(annotator, document, number, truth)
        browser.close()
        return annotator.cost


def _documents(out: Path, truths: dict[str, Document]) -> Iterator[tuple[str, Document]]:
    """Yield the id that the app gives each document of a folder whose truth is known, with the truth."""
    for name, document in documents_in(out):
        truth = truths.get(document.source.sha256)
        if truth is not None:
            yield hashlib.sha256(name.encode("utf-8")).hexdigest()[:12], truth


def _print(cost: Cost) -> None:
    def a_page(number: float) -> str:
        return f"{number / max(1, cost.pages):.1f}"

    rows = [
        ("pages", str(cost.pages), ""),
        ("cells", a_page(cost.cells), ""),
        ("rows, columns, spans to put right", a_page(cost.structure), ""),
        ("cells wrong in text or label then", a_page(cost.wrong), ""),
        ("of these without a mark", a_page(cost.unmarked), ""),
        ("looked at because they are marked", a_page(cost.doubtful), ""),
        ("keys in the app", a_page(cost.keys), ""),
        ("clicks in the app", a_page(cost.clicks), ""),
        ("still wrong (the script knows no way)", a_page(cost.left), ""),
        ("keys and clicks in a spreadsheet", a_page(cost.sheet_keys), "no labels; all cells to be looked at"),
        ("keys to type all anew", a_page(cost.typing), "no labels"),
    ]
    typer.echo(plain_table(("a page", "", ""), rows))
    for action, count in cost.actions.most_common():
        typer.echo(f"{action:24} {count}")


if __name__ == "__main__":
    typer.run(main)
