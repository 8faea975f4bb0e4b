"""Lists of codes: built from print, imported from the official table, looked up by fiscal year."""

from pathlib import Path

import openpyxl
import pytest

from yusuan.datasets.catalogue import code_to_kind, code_to_level, code_to_parent, load_catalogue
from yusuan.datasets.catalogue.build import documents_to_lists, read_documents, write_lists
from yusuan.datasets.catalogue.codes import csv_to_entries, entries_to_csv, list_years, make_entry
from yusuan.datasets.catalogue.official import read_rows, rows_to_entries
from yusuan.extraction.document import BudgetLine, Document, Provenance, Source
from yusuan.extraction.errors import InputError

GOLD = Path(__file__).parents[2] / "datasets" / "gold"


def document(*lines: tuple[str, str, str], year: int = 2023) -> Document:
    """Return a document with a budget line for each (table, code, item)."""
    records = tuple(
        BudgetLine(
            id=f"r{number}",
            code=code,
            item=item,
            provenance={"code": (Provenance(page=1, bbox=(0, 0, 1, 1), table=table, row=number, col=0),)},
        )
        for number, (table, code, item) in enumerate(lines)
    )
    source = Source(path="a.pdf", sha256="0" * 64, pages=1, kind="digital")
    return Document(source=source, fiscal_year=year, records=records)


@pytest.mark.parametrize(
    ("code", "kind", "level", "parent"),
    [
        ("201", "functional", 1, None),
        ("20103", "functional", 2, "201"),
        ("2010301", "functional", 3, "20103"),
        ("30201", "economic", 2, "302"),
        ("50502", "government_economic", 2, "505"),
        ("3020101", None, 3, "30201"),
        ("104001", None, None, None),
        ("101", None, 1, None),
    ],
)
def test_a_code_names_its_place(code: str, kind: str | None, level: int | None, parent: str | None) -> None:
    assert (code_to_kind(code), code_to_level(code)) == (kind, level)
    if level:
        assert code_to_parent(code) == parent


def test_the_list_of_a_year_holds_what_documents_print() -> None:
    first = document(
        ("t1", "201", "一般公共服务支出"), ("t1", "20103", "政府办公厅"), ("t2", "30101", "基本工资")
    )
    second = document(("t1", "20103", "政府办公厅（室）"), ("t1", "20103", "政府办公厅（室）"))
    lists = documents_to_lists([("a", first), ("b", second)])
    assert lists.keys() == {("functional", 2023), ("economic", 2023)}
    entries = lists["functional", 2023]
    assert entries["20103"] == make_entry("20103", "政府办公厅（室）", "a b")
    assert entries["201"].parent is None


def test_the_number_of_a_body_is_no_code() -> None:
    alone = document(("t1", "201", "县委办公室"), ("t2", "20101", "人大事务"))
    assert documents_to_lists([("a", alone)])["functional", 2023].keys() == {"20101"}


def test_lists_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    entries = {code: make_entry(code, f"名,{code}", "a b") for code in ("201", "20103", "2010301")}
    assert csv_to_entries(entries_to_csv(entries.values())) == entries
    with pytest.raises(InputError, match="no list of codes"):
        csv_to_entries("code,name\n201,x\n")


def test_print_does_not_overrule_the_official_table(tmp_path: Path) -> None:
    write_lists({("functional", 2024): {"201": make_entry("201", "一般公共服务支出", "official")}}, tmp_path)
    printed = {"201": make_entry("201", "一般公共服", "a"), "20101": make_entry("20101", "人大事务", "a")}
    (path,) = write_lists({("functional", 2024): printed}, tmp_path)
    entries = csv_to_entries(path.read_text("utf-8"))
    assert (entries["201"].name, entries["20101"].name) == ("一般公共服务支出", "人大事务")


OFFICIAL = [
    ["2024年政府收支分类科目", "", "", "", ""],
    ["类", "款", "项", "科 目 名 称", "说明"],
    ["201", "", "", "一般公共服务支出", "反映……"],
    ["", "1", "", "人大事务", ""],
    ["", "", "1", "行政运行", ""],
    ["", "", "02", "一般行政管理事务", ""],
    ["", "02", "", "政协事务", ""],
    ["注：", "", "", "", ""],
]
CODES = ["201", "20101", "2010101", "2010102", "20102"]


def test_the_official_book_with_columns_of_its_own() -> None:
    imported = rows_to_entries(OFFICIAL, "functional")
    assert list(imported.entries) == CODES
    assert imported.entries["2010101"].name == "行政运行"
    assert [row for row, _ in imported.skipped] == [8]


def test_the_official_table_from_a_workbook_and_from_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["科目编码", "科目名称"], [201, "一般公共服务支出"], [20101, "人大事务"]):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "a.xlsx")
    (tmp_path / "a.csv").write_bytes(
        "科目编码,科目名称\n201,一般公共服务支出\n20101,人大事务\n".encode("gb18030")
    )
    for name in ("a.xlsx", "a.csv"):
        imported = rows_to_entries(read_rows(tmp_path / name), "functional")
        assert [(entry.code, entry.name) for entry in imported.entries.values()] == [
            ("201", "一般公共服务支出"),
            ("20101", "人大事务"),
        ]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([["项目", "金额"]], "no row of headings"),
        ([["科目编码", "科目名称"], ["30101", "基本工资"]], "no functional codes"),
        ([["科目编码", "科目名称"], ["2010101", "行政运行"]], "codes above 2010101 are missing"),
        ([["科目编码", "科目名称"], ["201", "甲"], ["201", "乙"]], "stands twice"),
    ],
)
def test_a_table_that_cannot_be_the_official_one_is_refused(rows: list[list[str]], told: str) -> None:
    with pytest.raises(InputError, match=told):
        rows_to_entries(rows, "functional")


def test_lists_in_the_repository_are_those_that_gold_prints() -> None:
    lists = documents_to_lists(read_documents(GOLD))
    for (kind, year), entries in lists.items():
        assert year in list_years(kind)
        assert load_catalogue(kind, year).entries == entries


def test_the_nearest_year_answers() -> None:
    catalogue = load_catalogue("functional", 1999)
    assert catalogue.year == list_years("functional")[0]
    name = catalogue.name("201")
    assert name
    assert "201" in {entry.code for entry in catalogue.named(name)}
    assert all(entry.parent == "201" for entry in catalogue.children("201"))
    assert catalogue.name("9999999") is None
