import csv
import json
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from yusuan.extraction.document import Document
from yusuan.extraction.errors import InputError, OutputError, PageError, UsageError
from yusuan.extraction.exports.csv_files import harmless
from yusuan.extraction.exports.folder import (
    document_folders,
    page_image_path,
    read_document,
    read_page_image,
    write_page_image,
    writing,
)
from yusuan.extraction.exports.formats import export
from yusuan.extraction.exports.parts import write_results
from yusuan.extraction.exports.rows import FACTS, FINDINGS, RECORDS, TABLES, money_to_yuan, text_to_money


def test_results_hold_every_record_amount_and_finding(out: Path) -> None:
    write_results(out, [folder.name for folder in document_folders(out)])
    records = pq.read_table(out / "records.parquet").to_pylist()
    assert len(records) == 10
    assert records[0]["document"] == "a-01234567"
    assert dict(records[0]["provenance"])["amount"][0]["bbox"] == [200, 100, 300, 150]
    assert (records[4]["core"], records[4]["operator"], records[4]["amount"]) == (True, "=", None)
    facts = pq.read_table(out / "facts.parquet").to_pylist()
    assert len(facts) == 8
    assert facts[0] == {
        "document": "a-01234567",
        "organization": "某县人民政府办公室",
        "year": 2023,
        "table": "general_budget_expenditure",
        "side": "expenditure",
        "code": "2010301",
        "item": "=1+1",
        "measure": "预算数/合计",
        "amount": Decimal("1234.50000000"),
        "unit": "万元",
        "amount_yuan": Decimal("12345000.00000000"),
        "page": 1,
        "bbox": [200, 100, 300, 150],
        "confidence": 0.95,
        "status": "accepted",
        "row_kind": "line",
        "level": 3,
        "record_type": "budget_line",
        "record": "r1",
    }
    budget = facts[3]
    assert (budget["record_type"], budget["measure"], budget["amount_yuan"]) == ("project", "budget", 30000)
    assert (budget["organization"], budget["page"]) == ("某县", None), "without a place, the document's body"
    findings = pq.read_table(out / "findings.parquet").to_pylist()
    assert findings[0]["amounts"] == [("total", "1234.50"), ("sum", "-5.0")]
    lines = [json.loads(line) for line in (out / "records.jsonl").read_text("utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["r1", "r2", "r3", "r4", "r5"] * 2
    assert lines[3]["name"] == "<b>演示项目</b>"


def test_columns_are_the_same_when_there_is_nothing(tmp_path: Path, out: Path) -> None:
    write_results(tmp_path, [folder.name for folder in document_folders(tmp_path)])
    for name, schema in (("records", RECORDS), ("facts", FACTS), ("findings", FINDINGS)):
        assert pq.read_schema(tmp_path / f"{name}.parquet").equals(schema)
    write_results(out, [folder.name for folder in document_folders(out)])
    assert pq.read_schema(out / "facts.parquet").equals(FACTS)
    assert pa.types.is_decimal(FACTS.field("amount").type)
    assert (tmp_path / "records.jsonl").read_text() == ""


@pytest.mark.parametrize(
    ("amount", "unit", "yuan"),
    [
        ("1.5", "万元", "15000"),
        ("1.23", "亿元", "123000000"),
        ("7", " 元 ", "7"),
        ("2.5", "人民币万元", "25000"),
        ("1", "台", None),
        ("1", None, None),
        ("0.123456789", "元", None),
        ("9" * 31, "元", None),
        ("约5", "元", None),
    ],
)
def test_amounts_in_yuan_are_exact_or_absent(amount: str, unit: str | None, yuan: str | None) -> None:
    assert money_to_yuan(text_to_money(amount), unit) == (None if yuan is None else Decimal(yuan))


def test_csv_opens_in_chinese_excel_and_runs_nothing(out: Path) -> None:
    folder = export(out, "csv")
    assert folder == out / "exports" / "csv"
    assert {path.stem for path in folder.iterdir()} == set(TABLES)
    path = folder / "records_budget_line.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["item"] for row in rows[:3]] == ["'=1+1", "'=1+1", "'@SUM(A1)"]
    assert [row["amount"] for row in rows[:3]] == ["1234.50", "-5.0", "99"]
    assert json.loads(rows[0]["provenance"])["amount"][0]["col"] == 2
    with (folder / "records_indicator.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["operator"] == "="
    assert len((folder / "records_asset.csv").read_text("utf-8-sig").splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1", "'=1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-1,234.50", "-1,234.50"),
        ("-2+3", "'-2+3"),
        ("＝HYPERLINK(1)", "'＝HYPERLINK(1)"),
        ("  =1", "'  =1"),
        ("\t=1", "'\t=1"),
        ("—", "—"),
        ("-", "-"),
        ("=", "="),
        ("收入", "收入"),
    ],
)
def test_formulas_are_disarmed(text: str, written: str) -> None:
    assert harmless(text) == written


def test_duckdb_can_be_asked(out: Path, tmp_path: Path) -> None:
    path = export(out, "duckdb", tmp_path / "budget.duckdb")
    with duckdb.connect(str(path), read_only=True) as database:
        tables = {row[0] for row in database.execute("SHOW TABLES").fetchall()}
        assert tables == set(TABLES)
        asked = "SELECT document, sum(amount_yuan) FROM facts WHERE code = '2010301' GROUP BY 1 ORDER BY 1"
        assert database.execute(asked).fetchall() == [
            ("a-01234567", Decimal("12295000")),
            ("b-01234567", Decimal("12295000")),
        ]
        asked = "SELECT provenance['amount'][1].row FROM records_budget_line LIMIT 1"
        assert database.execute(asked).fetchone() == (2,)
        assert database.execute("SELECT count(*) FROM records_asset").fetchone() == (0,)
    assert export(out, "duckdb", path) == path
    with duckdb.connect(str(path), read_only=True) as database:
        assert database.execute("SELECT count(*) FROM facts").fetchone() == (8,), "replaced, not added to"


def test_parquet_has_a_file_a_type_with_its_own_columns(out: Path) -> None:
    folder = export(out, "parquet")
    columns = pq.read_schema(folder / "records_institution.parquet").names
    assert "nature" in columns
    assert "amount" not in columns
    assert pq.read_table(folder / "records_project.parquet").column("budget").to_pylist() == ["3", "3"]


def test_xlsx_holds_all_documents_without_formulas(out: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(export(out, "xlsx", tmp_path))
    assert book.sheetnames == list(TABLES)
    header, first, *_ = book["records_budget_line"].iter_rows(values_only=True)
    row = dict(zip(header, first, strict=True))
    assert (row["document"], row["amount"], row["code"], row["item"]) == (
        "a-01234567",
        1234.5,
        "2010301",
        "=1+1",
    )
    assert book["facts"].max_row == 9
    assert all(cell.data_type != "f" for sheet in book for cells in sheet.iter_rows() for cell in cells)
    assert [path.name for path in tmp_path.glob("*.xlsx")] == ["yusuan.xlsx"]


def test_label_studio_rectangles_are_percent_of_the_page_and_carry_the_text(out: Path) -> None:
    path = export(out, "labelstudio")
    tasks = json.loads(path.read_text("utf-8"))
    assert [task["data"]["document"] for task in tasks] == ["a-01234567", "b-01234567"]
    assert tasks[0]["data"]["image"] == "documents/a-01234567/pages/001.jpg"
    results = tasks[0]["predictions"][0]["result"]
    by_id = {(result["id"], result["from_name"]): result for result in results}
    heading = by_id["t1-r0-c2", "label"]
    assert heading["value"] == {
        "x": 50,
        "y": 0,
        "width": 50,
        "height": 10,
        "rotation": 0,
        "rectanglelabels": ["header"],
    }
    assert (heading["original_width"], heading["original_height"]) == (400, 500)
    assert by_id["t1-r2-c2", "transcription"]["value"]["text"] == ["1,234.50"]
    assert by_id["t1-r0-c2", "place"]["value"]["text"] == ["t1 0 2 1x2"]
    assert by_id["p1l1", "label"]["value"]["y"] == 90
    interface = path.with_name("labelstudio.config.xml").read_text()
    assert all(f'name="{result["from_name"]}"' in interface for result in results)


def test_html_keeps_merged_cells_escapes_and_links_page_images(out: Path, tmp_path: Path) -> None:
    folder = export(out, "html", tmp_path / "pages")
    page = (folder / "a-01234567.html").read_text("utf-8")
    assert '<th colspan="2">预算数</th>' in page
    assert '<th rowspan="2">科目编码</th>' in page
    assert '<td class="failed" title="row-sum: 1234.50 is not -5.0">1,234.50</td>' in page
    assert '<td class="doubtful">=1+1</td>' in page
    assert "<td>99</td>\n<td></td>\n</tr>" in page, "a hole keeps its place"
    assert "&lt;b&gt;演示项目&lt;/b&gt;" in page
    assert "<b>" not in page
    assert 'href="../out%20%5Bx%5D%2A/documents/a-01234567/pages/001.jpg"' in page
    assert "2: blank" in page
    assert 'href="b-01234567.html"' in (folder / "index.html").read_text("utf-8")


def test_wrong_folders_and_targets_are_told(out: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no documents"):
        export(tmp_path / "nothing", "csv")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        export(out, "csv", tmp_path / "file")
    with pytest.raises(OutputError, match="cannot write"):
        export(out, "csv", tmp_path / "file" / "below")
    with pytest.raises(OutputError, match="cannot write"):
        export(out, "xlsx", tmp_path / "file" / "below.xlsx")
    (out / "documents" / "a-01234567" / "document.json").write_text('{"schema": "other"}')
    with pytest.raises(InputError, match=r"is not a document\.json of this version"):
        export(out, "duckdb")


def test_a_document_written_in_parts_is_what_it_is_in_one(out: Path) -> None:
    (document, *_) = map(read_document, document_folders(out))
    assert document.tables
    odd = document.model_copy(update={"amount_unit": '万元\n  "pages": [], '})
    bare = Document(source=document.source)
    for each in (document, odd, bare):
        assert len(list(each.json_parts())) > 4
        assert "".join(each.json_parts()) == each.model_dump_json(by_alias=True, indent=2) + "\n"


def test_a_damaged_page_image_is_said_to_be_one(tmp_path: Path) -> None:
    assert read_page_image(tmp_path, 1) is None
    image = np.tile(np.arange(256, dtype=np.uint8), (99, 1))[..., None].repeat(3, 2)
    write_page_image(tmp_path, 1, image, 150)
    read = read_page_image(tmp_path, 1)
    assert read is not None
    assert (read[0].shape, read[1]) == (image.shape, 150)
    assert abs(read[0].astype(int) - image).max() < 9
    page_image_path(tmp_path, 1).write_bytes(b"\xff\xd8\xff")
    with pytest.raises(PageError, match="cannot read"):
        read_page_image(tmp_path, 1)


def test_a_failed_write_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "results.txt"
    path.write_text("old")
    (tmp_path / ".results.txt.part").mkdir()
    with pytest.raises(OutputError, match="cannot write"), writing(path) as draft:
        draft.write_text("new")
    (tmp_path / ".results.txt.part").rmdir()
    assert path.read_text() == "old"
    (tmp_path / ".results.txt.part").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="no space left"), writing(path) as draft:
        draft.write_text("new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["results.txt"]
