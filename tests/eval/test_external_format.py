import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yusuan.eval.external import moved_box, out_to_external
from yusuan.extraction.document import Cell, Document, Matrix, Page, PageTable, Source


def cell(row: int, col: int, text: str, colspan: int = 1) -> Cell:
    x0, y0, x1, y1 = col * 100.0, row * 50.0, (col + colspan) * 100.0, (row + 1) * 50.0
    quad = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    return Cell(row=row, col=col, colspan=colspan, text=text, page=1, bbox=(x0, y0, x1, y1), quad=quad)


def write(out: Path, path: str, pages: int, **page: Any) -> None:
    table = PageTable(
        id="p1t1",
        bbox=(0, 0, 200, 100),
        n_rows=2,
        n_cols=2,
        ruled=True,
        cells=(cell(0, 0, "项目", colspan=2), cell(1, 0, "合计"), cell(1, 1, "40.00")),
    )
    document = Document(
        source=Source(path=path, sha256="0" * 64, pages=pages, kind="digital"),
        pages=(Page(number=1, width=800, height=600, kind="digital", tables=(table,), **page),),
    )
    folder = out / "documents" / Path(path).name
    folder.mkdir(parents=True)
    (folder / "document.json").write_text(document.to_json(), "utf-8")


def test_boxes_of_a_pdf_page_come_at_the_resolution_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "out", "in/budget.pdf", 3, dpi=200)
    assert out_to_external(tmp_path / "out", tmp_path / "pred", dpi=150) == 1
    page = json.loads((tmp_path / "pred" / "budget_p001.json").read_text("utf-8"))
    assert (page["pdf"], page["image"], page["page"], page["dpi"]) == ("budget.pdf", None, 1, 150)
    (table,) = page["tables"]
    assert table["bbox"] == [0, 0, 150, 75]
    assert [(c["r0"], c["c0"], c["r1"], c["c1"], c["text"]) for c in table["cells"]] == [
        (0, 0, 0, 1, "项目"),
        (1, 0, 1, 0, "合计"),
        (1, 1, 1, 1, "40.00"),
    ]
    assert table["cells"][2]["bbox"] == [75, 37.5, 150, 75]


def test_boxes_of_an_image_come_in_its_own_pixels(tmp_path: Path) -> None:
    # A scan of 600 x 800 that stood on its side: x of the scan is 600 - y of the upright image.
    quarter_turn: Matrix = ((0.0, -1.0, 600.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    write(tmp_path / "out", "in/scan.png", 1, dpi=200, rotation=90, transform=quarter_turn)
    out_to_external(tmp_path / "out", tmp_path / "pred", dpi=150)
    page = json.loads((tmp_path / "pred" / "scan.json").read_text("utf-8"))
    assert page["image"] == "scan.png"
    assert page["tables"][0]["bbox"] == [500, 0, 600, 200]


def test_names_of_pdf_pages_follow_the_truth_at_hand(tmp_path: Path) -> None:
    write(tmp_path / "out", "in/us-025.pdf", 3, dpi=200)
    out_to_external(tmp_path / "out", tmp_path / "pred", pdf_names="{stem}_p{page}")
    assert [path.name for path in (tmp_path / "pred").iterdir()] == ["us-025_p1.json"]


def test_a_projective_matrix_divides_by_depth() -> None:
    matrix = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.01, 0.0, 1.0]])
    assert moved_box((0, 0, 100, 100), matrix) == pytest.approx([0, 0, 50, 100])
