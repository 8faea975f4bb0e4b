"""Figures about synthetic pages: how fast they are drawn, whether their truth is right, what they look like.

`python -m yusuan.datasets.synth.proofs speed|reading|sheet|quads`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from yusuan.datasets.goldset.command import run
from yusuan.datasets.synth.blocks import PlacedPage, Run
from yusuan.datasets.synth.grammar import LAYOUTS
from yusuan.datasets.synth.pages import CLEAN_DPI, Drawn, draw_documents
from yusuan.extraction.config import load_settings
from yusuan.extraction.document import Cell
from yusuan.extraction.numerals import canonical, parse_amount
from yusuan.extraction.ocr import build_engine
from yusuan.extraction.ocr.engine import OcrEngine

SEED = 20
# Thumbnails of the sheet: their longer side, and room for the name above them.
THUMB, LABEL, ACROSS = 232, 15, 10
DAMAGES = ("clean", "clean", "office", "bad", "photo", "fax")
# Pages of the overlay, all of one height, and what their quads are drawn in.
OVERLAY = {
    "office": "general_codes",
    "bad": "targets_project",
    "photo": "summary_lanes",
    "fax": "projects_list",
}
OVERLAY_HEIGHT, CELL_COLOR, LINE_COLOR = 1000, (214, 40, 40), (30, 90, 220)


@dataclass(frozen=True)
class CellReading:
    """A cell of a clean page, and what the reader sees in its quad."""

    layout: str
    number: int
    truth: str
    read: str

    @property
    def equal(self) -> bool:
        """Whether both are the same in canonical form."""
        return canonical(self.truth) == canonical(self.read)


def measure_speed(damage: str, seconds: float) -> float:
    """Return how many pages a second one core draws, truth included, when warm."""
    documents = draw_documents(SEED, damage=damage)
    for _ in islice(documents, 12):  # fonts are loaded once
        pass
    pages, start = 0, time.process_time()
    while (spent := time.process_time() - start) < seconds:
        pages += sum(len(next(documents).images) for _ in range(12))
    return pages / spent


def read_cells(pages: int, engine: OcrEngine, layouts: Sequence[str] = ()) -> Iterator[CellReading]:
    """Read the cells of clean pages that nothing lies over, each line of a cell inside its quad."""
    seen = 0
    for drawn in draw_documents(SEED, layouts=layouts):
        for index, (image, page) in enumerate(zip(drawn.images, drawn.typeset.pages, strict=True)):
            if page.pictures or not page.tables:
                continue
            yield from _read_page(drawn, index, image, page, engine)
            seen += 1
            if seen == pages:
                return


def _read_page(
    drawn: Drawn, index: int, image: np.ndarray, page: PlacedPage, engine: OcrEngine
) -> Iterator[CellReading]:
    colored = image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    cells = [cell for table in drawn.document.pages[index].tables for cell in table.cells if cell.text]
    quads = [_line_quads(cell, page.runs) for cell in cells]
    crops = np.array([quad for own in quads for quad in own], np.float32).reshape(-1, 4, 2)
    texts = iter(engine.read(colored, crops))
    for cell, own in zip(cells, quads, strict=True):
        read = "".join(next(texts).text for _ in own)
        yield CellReading(drawn.layout, drawn.number, cell.text, read)


def _line_quads(cell: Cell, runs: Sequence[Run]) -> list[np.ndarray]:
    """Return the part of the quad of a cell that each of its printed lines stands in, from top to bottom."""
    x0, y0, x1, y1 = cell.bbox
    scale = CLEAN_DPI / 72
    bands = []
    for run_ in runs:
        x, top, bottom = run_.x * scale, (run_.y - run_.size) * scale, (run_.y + run_.size * 0.24) * scale
        if x0 <= x < x1 and y0 <= run_.y * scale < y1:
            # A pixel is left to the rules on either side.
            left, right, high, low = x0 + 2, x1 - 2, max(top, y0 + 2), min(bottom, y1 - 2)
            bands.append(
                (high, np.array([[left, high], [right, high], [right, low], [left, low]], np.float32))
            )
    return [quad for _, quad in sorted(bands, key=lambda band: band[0])]


def make_sheet(path: Path) -> None:
    """Write a contact sheet: a page of every layout with its name, some of them damaged."""
    tiles = []
    for number, layout in enumerate(LAYOUTS):
        damage = DAMAGES[number % len(DAMAGES)]
        image = next(draw_documents(SEED, damage=damage, layouts=[layout], start=number)).images[0]
        tiles.append(_tile(image, layout if damage == "clean" else f"{layout} ({damage})"))
    tiles += [np.full_like(tiles[0], 205)] * (-len(tiles) % ACROSS)
    rows = [np.hstack(tiles[at : at + ACROSS]) for at in range(0, len(tiles), ACROSS)]
    cv2.imwrite(str(path), np.vstack(rows)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 62])


def _tile(image: np.ndarray, name: str) -> np.ndarray:
    colored = image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    scale = THUMB / max(colored.shape[:2])
    small = cv2.resize(colored, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.full((THUMB + LABEL + 6, THUMB + 6, 3), 205, np.uint8)
    tile[LABEL : LABEL + small.shape[0], 3 : 3 + small.shape[1]] = small
    cv2.putText(tile, name, (3, 11), cv2.FONT_HERSHEY_SIMPLEX, 0.34, (0, 0, 0), 1, cv2.LINE_AA)
    return tile


def make_overlay(path: Path) -> None:
    """Write a page of each kind of damage with the quads of its cells and of the lines outside."""
    tiles = []
    for number, (damage, layout) in enumerate(OVERLAY.items()):
        drawn = next(draw_documents(SEED, damage=damage, layouts=[layout], start=number))
        image, page = drawn.images[0], drawn.document.pages[0]
        colored = image.copy() if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
        cells = [cell.quad for table in page.tables for cell in table.cells]
        lines = [
            [(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1 in (line.bbox for line in page.lines)
        ]
        for quads, color in ((cells, CELL_COLOR), (lines, LINE_COLOR)):
            corners = [np.rint(np.array(quad) * 16).astype(np.int32) for quad in quads]
            cv2.polylines(colored, corners, True, color, 2, cv2.LINE_AA, 4)
        scale = OVERLAY_HEIGHT / colored.shape[0]
        tiles.append(cv2.resize(colored, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    cv2.imwrite(str(path), np.hstack(tiles)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 62])


def _print_reading(pages: int, shown: int) -> None:
    readings = list(read_cells(pages, build_engine(load_settings().ocr)))
    for name, own in (
        ("cells", readings),
        ("amounts", [each for each in readings if parse_amount(each.truth)]),
    ):
        equal = sum(each.equal for each in own)
        print(f"{name:8} {equal} of {len(own)} equal, {equal / max(1, len(own)):.4f}")
    for each in [each for each in readings if not each.equal][:shown]:
        print(f"{each.layout} {each.number}: {each.truth!r} read as {each.read!r}")


def main() -> None:
    """Measure from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    speed = commands.add_parser("speed", help="pages a second on one core, clean and damaged")
    speed.add_argument("--seconds", type=float, default=15.0)
    reading = commands.add_parser("reading", help="cells of clean pages that read as the truth says")
    reading.add_argument("-n", "--pages", type=int, default=20)
    reading.add_argument("--shown", type=int, default=20, help="differences to print")
    sheet = commands.add_parser("sheet", help="a contact sheet of all layouts")
    sheet.add_argument("path", type=Path)
    quads = commands.add_parser("quads", help="damaged pages with the true quads drawn in")
    quads.add_argument("path", type=Path)
    options = parser.parse_args()
    if options.command == "speed":
        cv2.setNumThreads(1)
        for damage in ("clean", "office", "bad", "fax", "photo", "mixed"):
            print(f"{damage:7} {measure_speed(damage, options.seconds):.1f} pages a second")
    elif options.command == "reading":
        _print_reading(options.pages, options.shown)
    elif options.command == "sheet":
        make_sheet(options.path)
    else:
        make_overlay(options.path)


if __name__ == "__main__":
    run(main)
