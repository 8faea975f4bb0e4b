"""Each peer reads a drawn page, a table with a merged heading: as a text layer, and as a skewed scan."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pypdfium2 as pypdfium
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from yusuan.eval.peers import PEERS, lines
from yusuan.eval.peers.lines import LineReader
from yusuan.eval.peers.peer import Peer, PeerKit
from yusuan.eval.peers.raw import open_raw
from yusuan.extraction.config import OcrSettings, load_settings
from yusuan.extraction.document import Cell, Page, PageTable
from yusuan.extraction.errors import InputError, ModelError
from yusuan.extraction.geometry import apply_matrix
from yusuan.extraction.ocr.engine import OcrEngine
from yusuan.extraction.pages import PageImage

SETTINGS = load_settings()
PAPER = (420.0, 300.0)  # points
XS, YS = (40, 120, 260, 380), (220, 190, 160, 130, 100)
ROWS = (("Code", "Name", "Amount"), ("201", "General services", "1992.86"), ("208", "Security", "36.85"))
TEXTS = {(0, 0): "Budget of 2023"} | {
    (row + 1, col): text for row, texts in enumerate(ROWS) for col, text in enumerate(texts)
}
SKEW = 1.5  # degrees
SCAN_DPI = 150


def draw(canvas: Canvas, *, ruled: bool = True) -> None:
    canvas.setFont("Helvetica-Bold", 14)
    canvas.drawString(140, 250, "Budget summary")
    canvas.setFont("Helvetica", 11)
    if ruled:
        canvas.grid(XS, YS[1:])
        canvas.rect(XS[0], YS[1], XS[-1] - XS[0], YS[0] - YS[1])
    canvas.drawString(170, 200, TEXTS[0, 0])
    for (row, col), text in TEXTS.items():
        if row:
            canvas.drawString(XS[col] + 8, YS[row] - 20, text)


@pytest.fixture(scope="module")
def digital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("peers") / "digital.pdf"
    canvas = Canvas(str(path), pagesize=PAPER)
    draw(canvas)
    canvas.showPage()
    draw(canvas, ruled=False)
    canvas.showPage()
    canvas.save()
    return path


@pytest.fixture(scope="module")
def scan(digital: Path) -> Path:
    drawn = pypdfium.PdfDocument(digital)[0].render(scale=SCAN_DPI / 72).to_numpy()
    height, width = drawn.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -SKEW, 1.0)
    skewed = cv2.warpAffine(
        drawn, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=(250, 250, 250)
    )
    path = digital.with_name("scan.pdf")
    Image.fromarray(skewed).save(path, resolution=SCAN_DPI)
    return path


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> PeerKit:
    return PeerKit(SETTINGS.ocr, LineReader(SETTINGS.ocr, tmp_path_factory.mktemp("readings")))


def load(path: Path, number: int = 1) -> PageImage:
    with open_raw(path, SETTINGS.pages) as source:
        return source.load(number)


def read(peer: Peer, path: Path, number: int = 1) -> Page:
    return peer.read(peer.prepare(load(path, number)))


def texts(table: PageTable) -> Mapping[tuple[int, int], str]:
    return {(cell.row, cell.col): cell.text for cell in table.cells if cell.text}


def merged(table: PageTable) -> list[tuple[int, int, int, int]]:
    return [(c.row, c.col, c.rowspan, c.colspan) for c in table.cells if c.rowspan > 1 or c.colspan > 1]


def center_in_points(page: Page, cell: Cell) -> tuple[float, float]:
    """Return the middle of a cell in points of the digital page, by way of the scan as it came."""
    x, y = apply_matrix(page.transform, np.array(cell.quad).mean(axis=0)[None])[0] * 72 / page.dpi
    turn = np.radians(page.kind == "scanned" and SKEW)
    dx, dy = x - PAPER[0] / 2, y - PAPER[1] / 2
    return (
        PAPER[0] / 2 + dx * np.cos(turn) + dy * np.sin(turn),
        PAPER[1] / 2 + dx * np.sin(turn) - dy * np.cos(turn),
    )


def assert_cells_stand_where_drawn(page: Page, table: PageTable) -> None:
    for cell in table.cells:
        x, y = center_in_points(page, cell)
        assert abs(x - (XS[cell.col] + XS[cell.col + cell.colspan]) / 2) < 2
        assert abs(y - (YS[cell.row] + YS[cell.row + cell.rowspan]) / 2) < 2


@pytest.mark.parametrize("name", ["img2table", "camelot"])
def test_a_text_layer_gives_cells_spans_and_lines(name: str, digital: Path, kit: PeerKit) -> None:
    page = read(PEERS[name](kit), digital)
    (table,) = page.tables
    assert (table.n_rows, table.n_cols, table.ruled) == (4, 3, True)
    assert texts(table) == TEXTS
    assert merged(table) == [(0, 0, 1, 3)]
    assert [line.text.replace(" ", "") for line in page.lines] == ["Budgetsummary"]
    assert_cells_stand_where_drawn(page, table)


def test_img2table_levels_a_scan_itself_and_its_boxes_find_back(scan: Path, kit: PeerKit) -> None:
    peer = PEERS["img2table"](kit)
    came = load(scan)
    assert came.dpi == SETTINGS.pages.dpi
    seen = peer.prepare(came)
    assert seen.skew_deg == pytest.approx(-SKEW, abs=0.3)
    page = peer.read(seen)
    (table,) = page.tables
    assert {place: text.replace(" ", "") for place, text in texts(table).items()} == {
        place: text.replace(" ", "") for place, text in TEXTS.items()
    }
    assert merged(table) == [(0, 0, 1, 3)]
    assert_cells_stand_where_drawn(page, table)


def test_the_page_is_given_as_it_came(scan: Path) -> None:
    came = load(scan)
    assert (came.rotation, came.skew_deg) == (0, 0.0)
    # The skewed scan has its corners in grey; our own reader would have levelled and whitened them.
    assert came.image[2, 2].max() < 255
    size = [side * SETTINGS.pages.dpi / 72 for side in (PAPER[1], PAPER[0])]
    assert came.image.shape[:2] == pytest.approx(size, abs=3)


def test_an_image_file_stands_up_as_its_camera_says(tmp_path: Path) -> None:
    stored = np.full((300, 400, 3), 255, np.uint8)
    stored[20:60, 30:90] = 0
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(stored).save(tmp_path / "photo.jpg", exif=exif)
    page = load(tmp_path / "photo.jpg")
    assert page.image.shape == (400, 300, 3)
    dark = np.argwhere(page.image.max(axis=2) < 100).mean(axis=0)[::-1]
    assert apply_matrix(page.transform, dark[None])[0] == pytest.approx((60, 40), abs=2)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("nothing")
    with pytest.raises(InputError, match="neither a PDF nor an image"):
        load(tmp_path / "a.pdf")


def test_camelot_streams_where_there_is_no_lattice_and_passes_over_scans(
    digital: Path, scan: Path, kit: PeerKit
) -> None:
    camelot = PEERS["camelot"](kit)
    page = read(camelot, digital, 2)
    assert [table.ruled for table in page.tables] == [False]
    assert {"General services", "36.85"} <= set(texts(page.tables[0]).values())
    passed = read(camelot, scan)
    assert (passed.status, passed.tables) == ("skipped", ())
    assert passed.error is not None


def assert_rows_by_position(page: Page) -> None:
    (table,) = page.tables
    assert not table.ruled
    assert merged(table) == []
    found = [
        [cell.text.replace(" ", "") for cell in table.cells if cell.row == row] for row in range(table.n_rows)
    ]
    assert found == [[text.replace(" ", "") for text in row] for row in ROWS]
    heading = {line.text.replace(" ", "") for line in page.lines}
    assert heading == {"Budgetsummary", "Budgetof2023"}


def test_lines_of_paddleocr_become_rows_and_columns(digital: Path, kit: PeerKit) -> None:
    assert_rows_by_position(read(PEERS["paddleocr-rows"](kit), digital))


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is optional")
def test_words_of_tesseract_become_rows_and_columns(digital: Path, kit: PeerKit) -> None:
    assert_rows_by_position(read(PEERS["tesseract"](kit), digital))


def test_an_image_is_read_once_and_its_time_is_charged_again(
    digital: Path, kit: PeerKit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = load(digital).image
    first = LineReader(SETTINGS.ocr, tmp_path).read(image)
    assert {"201", "36.85"} <= {line.text for line in first}

    def no_engine(settings: OcrSettings) -> OcrEngine:
        raise ModelError("no weights")

    monkeypatch.setattr(lines, "build_engine", no_engine)
    again = LineReader(SETTINGS.ocr, tmp_path)
    assert again.read(image) == first
    assert again.unspent > 0
    with pytest.raises(ModelError):
        again.read(255 - image)
