"""Tables for others to learn from: what their own readers make of our files is the table again."""

import io
import json
from html import escape
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from PIL import Image

from yusuan.datasets.goldset.files import GOLD, read_document
from yusuan.extraction.document import Document, PageTable
from yusuan.extraction.errors import InputError
from yusuan.extraction.exports.folder import document_folders, page_image_path, write_page_image
from yusuan.extraction.exports.folder import read_document as read_folder
from yusuan.extraction.exports.formats import export
from yusuan.extraction.exports.html_tokens import head_row_count, rows_of, structure_tokens

pandas = pytest.importorskip("pandas")
pytest.importorskip("lxml")


@pytest.fixture
def imaged(out: Path) -> Path:
    """Return the output folder with an image for each page that was read; `x` and `y` can be told from it."""
    for folder in document_folders(out):
        for page in read_folder(folder).pages:
            if page.status == "ok":
                image = np.zeros((page.height, page.width, 3), np.uint8)
                image[..., 0] = np.linspace(0, 255, page.width)
                image[..., 1] = np.linspace(0, 255, page.height)[:, None]
                write_page_image(folder, page.number, image, page.dpi)
    return out


def texts_of(table: PageTable) -> list[list[str]]:
    """Return the text of the cell that covers each place."""
    texts = [[""] * table.n_cols for _ in range(table.n_rows)]
    for cell in table.cells:
        for row in range(cell.row, cell.row + cell.rowspan):
            texts[row][cell.col : cell.col + cell.colspan] = [cell.text] * cell.colspan
    return texts


def filled(tokens: list[str], texts: list[str]) -> str:
    """Return HTML with the texts of its cells, as the evaluation of PubTabNet puts it together."""
    rest = iter(texts)
    parts = [part + escape(next(rest)) if part in ("<td>", ">") else part for part in tokens]
    assert next(rest, None) is None, "as many texts as cells"
    return f"<table>{''.join(parts)}</table>"


def read_html(html: str, n_cols: int) -> list[list[str]]:
    """Return the texts of the only table of a page as pandas reads it, merged cells repeated."""
    for group in ("thead", "tbody"):
        html = html.replace(f"<{group}>", "").replace(f"</{group}>", "")
    as_text = dict.fromkeys(range(n_cols), str)
    (frame,) = pandas.read_html(io.StringIO(html), keep_default_na=False, thousands=None, converters=as_text)
    return [[str(value) for value in row] for row in frame.to_numpy().tolist()]


@pytest.mark.parametrize("name", ["pingwu", "shizhu_organization", "lanxi_education"])
def test_tokens_are_the_grid_of_the_table(name: str) -> None:
    for page in read_document(GOLD / name).pages:
        for table in page.tables:
            texts = ["" if cell is None else cell.text for row in rows_of(table) for cell in row]
            tokens = structure_tokens(table, head_row_count(table))
            read = read_html(filled(tokens, texts), table.n_cols)
            spaced = [[" ".join(text.split()) for text in row] for row in texts_of(table)]
            assert [[" ".join(text.split()) for text in row] for row in read] == spaced


def test_heads_end_together_and_a_merged_cell_says_how() -> None:
    (table,) = read_document(GOLD / "menyuan").pages[0].tables
    tokens = structure_tokens(table, head_row_count(table))
    assert tokens[:5] == ["<thead>", "<tr>", "<td>", "</td>", "<td>"]
    assert tokens[tokens.index("</thead>") + 1] == "<tbody>"
    tall = [cell.model_copy(update={"rowspan": 2} if cell.col == 0 else {}) for cell in table.cells]
    kept = [cell for cell in tall if (cell.row, cell.col) != (1, 0)]
    grown = table.model_copy(update={"cells": tuple(kept)})
    assert head_row_count(grown) == 0, "a heading that goes on below ends no head"
    wide = PageTable.model_validate(
        {**table.model_dump(), "n_rows": 2, "n_cols": 2, "cells": [{**tall[0].model_dump(), "colspan": 2}]}
    )
    assert structure_tokens(wide, 0)[2:7] == ["<td", ' rowspan="2"', ' colspan="2"', ">", "</td>"]


def test_pubtabnet_has_a_line_and_an_image_for_each_table(imaged: Path) -> None:
    folder = export(imaged, "pubtabnet")
    lines = [json.loads(line) for line in (folder / "pubtabnet.jsonl").read_text("utf-8").splitlines()]
    # The two logical tables of each document stand in one place: each has a table of its own.
    assert [line["imgid"] for line in lines] == [0, 1, 2, 3]
    assert {line["filename"].split("_")[0] for line in lines} == {"a-01234567", "b-01234567"}
    for line in lines:
        tokens, cells = line["html"]["structure"]["tokens"], line["html"]["cells"]
        read = read_html(filled(tokens, ["".join(cell["tokens"]) for cell in cells]), 4)
        assert read[:3] == [
            ["科目编码", "科目名称", "预算数", "预算数"],
            ["科目编码", "科目名称", "合计", "基本支出"],
            ["2010301", "=1+1", "1,234.50", "-5.0"],
        ]
        assert read[3][2:] == ["99", ""], "what the reader missed is a blank cell"
        assert all(("bbox" in cell) == bool(cell["tokens"]) for cell in cells)
        image = Image.open(folder / line["split"] / line["filename"])
        x0, y0, x1, y1 = cells[-2]["bbox"]
        assert (x1 - x0, y1 - y0) == (100, 50)
        assert (x1 + y1) <= sum(image.size)
        red, green, _ = image.getpixel(((x0 + x1) // 2, (y0 + y1) // 2))
        assert (abs(red - 250 * 255 / 400), abs(green - 175 * 255 / 500)) < (6, 6), "cut out where it stands"
    assert {line["split"] for line in lines} <= {"train", "val"}


def test_ppocrlabel_opens_pages_and_tables(imaged: Path) -> None:
    folder = export(imaged, "ppocrlabel")
    pages = labels_of(folder / "pages")
    assert list(pages) == ["pages/a-01234567_001.jpg", "pages/b-01234567_001.jpg"]
    boxes = pages["pages/a-01234567_001.jpg"]
    assert boxes[-1] == {
        "transcription": "单位：万元",
        "points": [[300, 450], [400, 450], [400, 500], [300, 500]],
        "difficult": False,
    }
    assert all(box["transcription"] for box in boxes)
    own = page_image_path(imaged / "documents" / "a-01234567", 1)
    assert (folder / "pages" / "a-01234567_001.jpg").read_bytes() == own.read_bytes()
    truth = [json.loads(line) for line in (folder / "tables" / "gt.txt").read_text("utf-8").splitlines()]
    tables = labels_of(folder / "tables")
    assert [f"tables/{line['filename']}" for line in truth] == list(tables)
    for line in truth:
        assert (folder / "tables" / line["filename"]).is_file()
        labelled = tables[f"tables/{line['filename']}"]
        cells = line["html"]["cells"]
        assert [cell["bbox"] for cell in cells if "bbox" in cell] == [box["points"] for box in labelled]
        tokens = line["html"]["structure"]["tokens"]
        assert tokens == structure_of_sheet(folder / "tables", line["filename"])
        assert read_html(line["gt"], 4)[2] == ["2010301", "=1+1", "1,234.50", "-5.0"]


def labels_of(folder: Path) -> dict[str, list[dict[str, object]]]:
    """Return the labels of a folder by image, as PPOCRLabel reads them (as Python, by `eval`)."""
    text = (folder / "Label.txt").read_text("utf-8")
    assert (folder / "Cache.cach").read_text("utf-8") == text
    lines = (line.split("\t") for line in text.splitlines())
    return {file: eval(label.replace("false", "False")) for file, label in lines}


def structure_of_sheet(folder: Path, image: str) -> list[str]:
    """Return the tokens that PPOCRLabel makes of the spreadsheet of a table when it writes gt.txt."""
    path = folder / "tableRec_excel_output" / f"{Path(image).stem}.xlsx"
    sheet = openpyxl.load_workbook(path).worksheets[0]
    merged = {(area.min_row, area.min_col): area for area in sheet.merged_cells.ranges}
    inside = {place for area in merged.values() for row in area.rows for place in row}
    tokens = ["<tbody>"]
    for row in range(1, sheet.max_row + 1):
        tokens.append("<tr>")
        for col in range(1, sheet.max_column + 1):
            if area := merged.get((row, col)):
                across, down = area.max_col - area.min_col + 1, area.max_row - area.min_row + 1
                spans = [f' colspan="{across}"'] * (across > 1) + [f' rowspan="{down}"'] * (down > 1)
                tokens += ["<td", *spans, ">", "</td>"]
            elif (row, col) not in inside:
                tokens += ["<td>", "</td>"]
        tokens.append("</tr>")
    return [*tokens, "</tbody>"]


@pytest.mark.parametrize("form", ["pubtabnet", "ppocrlabel"])
def test_a_page_without_its_image_is_named(out: Path, document: Document, form: str) -> None:
    with pytest.raises(InputError, match=r"pages/001\.jpg is missing"):
        export(out, form)
    assert not list((out / "exports").rglob("*.jsonl"))
