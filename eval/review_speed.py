"""How fast the review app answers on a page of many cells: `python -m yusuan.eval.review_speed`.

A real browser over a real server. Each key is timed from the moment that the browser took it to the picture
after it (event time stamp to the second animation frame), as a person would see it; loading from the request
for the page to the first picture with all cells.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import sync_playwright

from yusuan.eval.report.tables import plain_table
from yusuan.eval.review_storm import ReviewServer, waiting_pages
from yusuan.extraction.document import (
    BBox,
    Cell,
    Document,
    Fragment,
    Page,
    PageTable,
    Source,
    Span,
    Table,
)
from yusuan.extraction.exports.folder import DOCUMENT_FILE, write_page_image, write_text
from yusuan.extraction.geometry import bbox_to_quad

WIDTH, HEIGHT, DPI = 1654, 2339, 200.0
COLUMNS = 8
_LABELS = ("budget_line.code", "budget_line.item", "budget_line.amount")
CHROMIUM = "/usr/bin/chromium"

_TIMER = """
window.yusuanTimes = [];
addEventListener('keydown', (event) => {
  if (['Shift', 'Alt', 'Control'].includes(event.key)) return;
  requestAnimationFrame(() => requestAnimationFrame(() =>
    window.yusuanTimes.push(performance.now() - event.timeStamp)));
}, {capture: true});
"""
# No `wait_for_function`: it needs `eval`, which the app forbids.
_TAKEN = """() => new Promise((resolve) => {
  const taken = window.yusuanTimes;
  const look = () => taken.length ? resolve(taken.at(-1)) : requestAnimationFrame(look);
  look();
})"""
# What is done at a place, key by key; each ends where it began, so that it can be done over and over.
ACTIONS: dict[str, tuple[str, ...]] = {
    "next doubtful cell": ("n",),
    "move": ("ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft"),
    "extend the selection": ("Shift+ArrowDown", "Shift+ArrowRight"),
    "type": ("7", "7", ".", "7"),
    "commit": ("Enter",),
    "undo": ("Control+z",),
    "redo": ("Control+Shift+z",),
    "confirm": ("Space",),
    "unsure": ("u",),
    "merge": ("Shift+ArrowRight", "m"),
    "split": ("s",),
    "insert a row": ("i",),
    "delete a row": ("d",),
    "insert a column": ("o",),
    "delete a column": ("Shift+D",),
    "shift": ("Alt+ArrowRight", "Alt+ArrowLeft"),
    "open the labels": ("l", "Escape"),
    "blank": ("Delete",),
}


def large_document(rows: int) -> Document:
    """Return a document of one page with a table of so many rows below its heading, and eight columns.

    Its figures add up, so that every row has a sum to follow and every column another.
    """
    heads = ("科目编码", "科目名称", "合计", "基本支出", "人员经费", "公用经费", "项目支出", "其他支出")
    cells: list[Cell] = []
    height = (HEIGHT - 300) / (rows + 1)
    for row in range(rows + 1):
        parts = [Decimal(row * 7 + col * 3) / 4 for col in range(5)]
        figures = [f"{each:.2f}" for each in (sum(parts, Decimal(0)), *parts)]
        texts = (f"{2010000 + row}", f"第{row}项支出", *figures) if row else heads
        for col, text in enumerate(texts):
            x, y = 100 + col * 180.0, 150 + row * height
            box: BBox = (x, y, x + 180.0, y + height)
            label = _LABELS[min(col, 2)] if row else "header"
            cells.append(
                Cell(
                    row=row,
                    col=col,
                    text=text,
                    raw_text=text,
                    page=1,
                    bbox=box,
                    quad=bbox_to_quad(box),
                    confidence=0.5 if (row + col) % 7 == 0 else 0.99,
                    header=row == 0,
                    spans=(Span(start=0, end=len(text), label=label, confidence=0.9),),
                )
            )
    box = (100.0, 150.0, 100 + 180.0 * COLUMNS, 150 + (rows + 1) * height)
    bare = tuple(cell.model_copy(update={"spans": ()}) for cell in cells)
    on_page = PageTable(id="p1t1", bbox=box, ruled=True, cells=bare, n_rows=rows + 1, n_cols=COLUMNS)
    page = Page(number=1, width=WIDTH, height=HEIGHT, dpi=DPI, kind="scanned", tables=(on_page,))
    table = Table(
        id="t1",
        kind="expenditure_summary",
        title="支出总表",
        unit="万元",
        fragments=(Fragment(page=1, table="p1t1", reason="first"),),
        header_rows=1,
        cells=tuple(cells),
        n_rows=rows + 1,
        n_cols=COLUMNS,
    )
    source = Source(path="large.pdf", sha256="0" * 64, pages=1, kind="scanned")
    return Document(source=source, fiscal_year=2023, amount_unit="万元", pages=(page,), tables=(table,))


def write_output(out: Path, document: Document) -> None:
    """Write a document as `extract` would, with a picture of its page."""
    folder = out / "documents" / "large-00000000"
    write_text(folder / DOCUMENT_FILE, document.json_parts())
    noise = np.random.default_rng(0).integers(200, 256, (HEIGHT, WIDTH, 3), np.uint8)
    write_page_image(folder, 1, noise, DPI)


def timed(page: BrowserPage, keys: Sequence[str]) -> Iterator[float]:
    """Press keys one after the other; yield the milliseconds from each to its picture."""
    for key in keys:
        page.evaluate("window.yusuanTimes.length = 0")
        page.keyboard.press(key)
        yield float(page.evaluate(_TAKEN))


def measure(address: str, document: str, rounds: int) -> tuple[list[float], dict[str, list[float]]]:
    """Return seconds of loading, and milliseconds of each action, on the page of a document."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.add_init_script(_TIMER)
        page.goto(address)
        page.locator("input:focus").wait_for()
        page.keyboard.type("speed")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="开始", exact=True).wait_for()
        loads = []
        for _ in range(5):
            page.goto("about:blank")
            page.goto(f"{address}/#/page/{document}/1")
            page.locator(f'[data-cell="t1:1:{COLUMNS - 1}"]').wait_for()
            loads.append(float(page.evaluate("performance.now()")) / 1000)
        times: dict[str, list[float]] = {name: [] for name in ACTIONS}
        for _ in range(rounds):
            for name, keys in ACTIONS.items():
                times[name] += timed(page, keys)
        browser.close()
    return loads, times


def main(
    rows: Annotated[int, typer.Option(min=1, max=2000, help="Rows of the table, of eight cells each.")] = 100,
    rounds: Annotated[int, typer.Option(min=1, help="Times that each action is done.")] = 20,
) -> None:
    """Print how fast the app loads and answers on a page of many cells."""
    with tempfile.TemporaryDirectory(prefix="yusuan-speed") as folder:
        out = Path(folder)
        write_output(out, large_document(rows))
        server = ReviewServer(out)
        server.start()
        try:
            document, _ = waiting_pages(server, 1)[0]
            loads, times = measure(server.address, document, rounds)
        finally:
            server.kill()
    rows_out = [("load", f"{max(loads):.2f}", f"s, the slowest of {len(loads)}")]
    for name, taken in times.items():
        rows_out.append((name, f"{slow(taken):.0f}", f"ms at the 95th percentile of {len(taken)}"))
    everything = [each for taken in times.values() for each in taken]
    rows_out.append(("all keys", f"{slow(everything):.0f}", f"ms of {len(everything)}"))
    typer.echo(plain_table((f"{rows * COLUMNS} cells", "", ""), rows_out))


def slow(times: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return sorted(times)[int(0.95 * len(times))]


if __name__ == "__main__":
    typer.run(main)
