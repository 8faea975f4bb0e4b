"""Pictures of the review app for its documentation: `python -m yusuan.eval.review_pictures OUT -o FOLDER`."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import httpx
import typer
from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as BrowserPage

from yusuan.eval.review_speed import CHROMIUM
from yusuan.eval.review_storm import ReviewServer, waiting_pages

SMALL, LARGE = (1280, 800), (2560, 1440)
# Language and size → the button that switches to it, and what is shown.
SHOWN = {
    ("zh", SMALL): ("", ("queue", "page", "labels")),
    ("en", SMALL): ("English", ("page", "checks", "keys")),
    ("zh", LARGE): ("", ("page-large",)),
}
_COLOURS = 128


def main(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder that `yusuan extract -o` wrote.")],
    target: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="Folder for the pictures.")],
) -> None:
    """Take pictures of queue, page, labels, checks and keys."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="yusuan-pictures") as folder:
        copy = Path(folder) / "out"
        shutil.copytree(out, copy, ignore=shutil.ignore_patterns("review.*", "reviewed"))
        server = ReviewServer(copy)
        server.start()
        try:
            document, page = _first(server)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                for (language, size), (switch, shown) in SHOWN.items():
                    names = {each: target / f"{each}-{language}.png" for each in shown}
                    _take(browser, server.address, size, switch, f"{document}/{page}", names)
                browser.close()
        finally:
            server.kill()


def _first(server: ReviewServer) -> tuple[str, int]:
    """Return document and page that come first, once all pages are known."""
    waiting_pages(server, 1)
    with httpx.Client(base_url=server.address, timeout=60) as client:
        client.post("/api/session", json={"person": "who looks"}).raise_for_status()
        item = client.get("/api/queue").json()["items"][0]
    return item["document"], item["page"]


def _take(
    browser: Browser, address: str, size: tuple[int, int], switch: str, place: str, shown: dict[str, Path]
) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(address)
    page.locator("input:focus").wait_for()
    if switch:
        page.get_by_role("button", name=switch).click()
        page.locator("input").first.focus()
    page.keyboard.type("王芳")
    page.keyboard.press("Enter")
    page.locator("yu-queue tbody tr").first.wait_for()
    _picture(page, shown.get("queue"))
    page.goto(f"{address}/#/page/{place}")
    page.locator("[data-cell]").first.wait_for()
    for _ in range(3):
        page.keyboard.press("n")
    _picture(page, shown.get("page") or shown.get("page-large"))
    page.keyboard.press("l")
    _picture(page, shown.get("labels"))
    page.keyboard.press("Escape")
    page.locator('[data-tab="checks"]').click()
    _picture(page, shown.get("checks"))
    page.keyboard.press("?")
    _picture(page, shown.get("keys"))
    page.close()


def _picture(page: BrowserPage, path: Path | None) -> None:
    if path is None:
        return
    # The scan is drawn when its tiles are there.
    page.wait_for_timeout(1500)
    page.screenshot(path=path)
    # A documentation is no place for megabytes.
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(_COLOURS)
    small.save(path, optimize=True)


if __name__ == "__main__":
    typer.run(main)
