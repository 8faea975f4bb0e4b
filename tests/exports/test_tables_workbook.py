from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from yusuan.extraction.document import Document
from yusuan.extraction.exports.spreadsheet import amount_to_number, sheet_name
from yusuan.extraction.exports.tables_workbook import write_tables_workbook

TOP = 5  # the table's first row in Excel's count


@pytest.fixture
def book(tmp_path: Path, document: Document) -> openpyxl.Workbook:
    write_tables_workbook(document, tmp_path / "tables.xlsx")
    return openpyxl.load_workbook(tmp_path / "tables.xlsx")


@pytest.fixture
def sheet(book: openpyxl.Workbook) -> Worksheet:
    return book.worksheets[0]


def test_a_sheet_a_table_with_valid_names_and_its_whole_title(
    book: openpyxl.Workbook, document: Document
) -> None:
    assert book.sheetnames[2:] == ["checks", "records"]
    assert book.sheetnames[0] == "1 一般公共预算支出表 2023年 全部 明细以及其他一切需要"
    assert len(set(book.sheetnames)) == 4
    assert all(len(name) <= 31 for name in book.sheetnames)
    assert book.worksheets[0]["A1"].value == document.tables[0].title
    assert (
        book.worksheets[0]["A2"].value
        == "general_budget_expenditure · 某县人民政府办公室 · unit 万元 · page 1"
    )


def test_merged_cells_stay_merged(sheet: Worksheet) -> None:
    assert {str(area) for area in sheet.merged_cells.ranges} == {"A5:A6", "B5:B6", "C5:D5"}
    assert sheet.cell(TOP, 3).value == "预算数"
    assert sheet.cell(TOP + 1, 4).value == "基本支出"


def test_amounts_are_numbers_shown_as_printed_and_codes_and_formulas_are_text(sheet: Worksheet) -> None:
    total, negative, code = (sheet.cell(TOP + 2, col) for col in (3, 4, 1))
    assert (total.value, total.number_format) == (1234.5, "#,##0.00")
    assert (negative.value, negative.number_format) == (-5, "0.0")
    assert sheet.cell(TOP + 3, 3).value == 99, "a whole number is an amount where a record took it from"
    assert (code.value, code.data_type) == ("2010301", "s")
    assert sheet.cell(TOP + 3, 1).value == "0201"
    formula = sheet.cell(TOP + 2, 2)
    assert (formula.value, formula.data_type) == ("=1+1", "s")


def test_an_amount_that_was_taken_for_a_heading_is_written_all_the_same(
    document: Document, tmp_path: Path
) -> None:
    table = document.tables[0]
    cells = tuple(
        cell.model_copy(update={"header": True}) if (cell.row, cell.col) == (2, 2) else cell
        for cell in table.cells
    )
    misread = document.model_copy(update={"tables": (table.model_copy(update={"cells": cells}),)})
    write_tables_workbook(misread, tmp_path / "misread.xlsx")
    amount = openpyxl.load_workbook(tmp_path / "misread.xlsx").worksheets[0].cell(TOP + 2, 3)
    assert (amount.value, amount.alignment.horizontal) == (1234.5, "right")


def test_no_number_is_guessed_in_a_table_of_unknown_kind(book: openpyxl.Workbook) -> None:
    assert book.worksheets[1].cell(TOP + 2, 3).value == "1,234.50"


def test_doubts_failures_and_repairs_can_be_seen(sheet: Worksheet) -> None:
    doubtful, failed, repaired, sure = (
        sheet.cell(TOP + 2, 2),
        sheet.cell(TOP + 2, 3),
        sheet.cell(TOP + 3, 2),
        sheet.cell(TOP + 2, 4),
    )
    assert doubtful.fill.fgColor.rgb == sheet["A3"].fill.fgColor.rgb == "FFFFE699"
    assert sure.fill.fgColor.rgb != "FFFFE699"
    assert failed.border.top.color.rgb == sheet["B3"].border.top.color.rgb == "FFC00000"
    assert failed.comment is not None
    assert "row-sum: 1234.50 is not -5.0" in failed.comment.text
    assert repaired.font.italic
    assert repaired.comment is not None
    assert "'人大代表建议、政协委' → '人大代表建议、政协委员提案办理'" in repaired.comment.text
    assert "the same code on an earlier page (page 1)" in repaired.comment.text


def test_checks_and_records_have_sheets(book: openpyxl.Workbook) -> None:
    checks = list(book["checks"].iter_rows(values_only=True))
    assert checks[1][:4] == ("fail", "error", "row-sum", "1234.50 is not -5.0")
    assert checks[1][6] == "total 1234.50; sum -5.0"
    header, *rows = book["records"].iter_rows(values_only=True)
    first = dict(zip(header, rows[0], strict=True))
    assert (first["item"], first["amount"], first["code"]) == ("=1+1", 1234.5, "2010301")
    assert all(cell.data_type != "f" for row in book["records"].iter_rows() for cell in row)
    assert len(rows) == 5


def test_a_document_without_tables_gives_a_workbook_that_opens(tmp_path: Path, document: Document) -> None:
    bare = document.model_copy(update={"tables": (), "records": (), "findings": ()})
    write_tables_workbook(bare, tmp_path / "bare.xlsx")
    assert openpyxl.load_workbook(tmp_path / "bare.xlsx").sheetnames == ["checks", "records"]


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("1,234.50", (1234.5, "#,##0.00")),
        ("４０．００", (40.0, "0.00")),
        ("(12.5)", (-12.5, "0.0;(0.0)")),
        ("0", (0.0, "0")),
        ("018001", None),
        ("1234567890123456", None),
        ("5.0%", None),
        ("", None),
        ("一、", None),
    ],
)
def test_amount_to_number(printed: str, number: tuple[float, str] | None) -> None:
    assert amount_to_number(printed) == number


def test_sheet_names_are_unique_and_valid() -> None:
    taken: set[str] = set()
    long = "支" * 40
    names = [sheet_name(name, taken) for name in (long, long, "'a:b'", "A B", "History", "", "𠀀" * 20)]
    assert names == ["支" * 31, "支" * 29 + " 2", "a b", "A B 2", "History_", "sheet", "𠀀" * 15]
