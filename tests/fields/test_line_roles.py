import pytest

from yusuan.extraction.document import Document, Line, Page, PageTable, Source
from yusuan.extraction.fields import label_lines


def document(*pages: list[tuple[str, float]], tables: tuple[float, ...] = ()) -> Document:
    """Pages of 1000 by 1000 with lines at the given heights, and a table on each page from `tables`."""
    made = []
    for number, texts in enumerate(pages, 1):
        own = [
            PageTable(id=f"p{number}t{n}", bbox=(50, top, 950, top + 150), n_rows=0, n_cols=0, ruled=True)
            for n, top in enumerate(tables)
        ]
        lines = tuple(Line(text=text, bbox=(100, top, 900, top + 16)) for text, top in texts)
        made.append(
            Page(
                number=number,
                width=1000,
                height=1000,
                dpi=100,
                kind="scanned",
                tables=tuple(own),
                lines=lines,
            )
        )
    source = Source(path="a.pdf", sha256="0" * 64, pages=len(made), kind="scanned")
    return label_lines(Document(source=source, pages=tuple(made)))


def role(text: str, top: float = 240.0, table: float = 300.0) -> str:
    return document([(text, top)], tables=(table,)).pages[0].lines[0].role


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("部门预算收支总表", "title"),
        ("2023年项目支出绩效目标表", "title"),
        ("1、保密机要局专项经费绩效目标表", "title"),
        ("2023年一般性项目绩效目标表（一级项目）", "title"),
        ("部门预算收攴总表", "title"),
        ("表二", "body"),
        ("公开03表", "body"),
        ("B", "body"),
        ("单位：万元", "unit"),
        ("单位:元", "unit"),
        ("金额单位：万元", "unit"),
        ("单 位：万 元", "unit"),
        ("编制单位：018001-石柱土家族自治县人民政府办公室本级", "organization"),
        ("编制部门：上海市普陀区财政局 单位：元", "organization"),
        ("201 中共巨鹿县委办公室", "organization"),
        ("预算年度：2023", "year"),
        ("截止时间：2022-12-31", "year"),
        ("（2023年度）", "year"),
        ("注：无政府基金预算财政拨款预算，空表列示。", "note"),
        ("(备注：本单位无政府性基金收支，故此表无数据。)", "note"),
        ("部门预算收支总表.....3", "body"),
        ("部门预算收支总表……………………12", "body"),
        ("具体内容见下表。", "body"),
        ("安排如下：", "body"),
    ],
)
def test_what_a_line_says_gives_its_role(text, expected):
    assert role(text) == expected


def test_a_short_heading_right_over_a_table_is_its_title():
    assert role("部门机构设置情况", 270.0) == "title"
    assert role("部门机构设置情况", 100.0) == "body"


def test_captions_may_stand_between_a_heading_and_its_table():
    page = document(
        [("单位政府采购预算", 210.0), ("201001 中共巨鹿县委办公室本级", 240.0), ("单位：万元", 270.0)],
        tables=(300.0,),
    ).pages[0]
    assert [line.role for line in page.lines] == ["title", "organization", "unit"]


@pytest.mark.parametrize("text", ["— 3 —", "- 12 -", "第3页", "第 3 页 共 20 页", "7"])
def test_page_numbers_in_the_margin_are_footers(text):
    assert role(text, 960.0) == "footer"
    assert role(text, 500.0) == "body"


@pytest.mark.parametrize("text", ["一7一", "_6—", "19", "d"])
def test_at_the_foot_of_a_page_its_number_is_told_however_it_was_read(text):
    assert role(text, 960.0) == "footer"
    assert role(text, 500.0) == "body"


def test_a_text_in_the_margin_of_many_pages_is_a_running_head():
    pages = document(*[[("某县财政公开资料", 20.0), ("正文第一段说明", 400.0)] for _ in range(4)]).pages
    assert {page.lines[0].role for page in pages} == {"header"}
    assert {page.lines[1].role for page in pages} == {"body"}


def test_a_title_repeated_over_each_table_stays_a_title():
    pages = document(*[[("2023年项目支出绩效目标表", 40.0)] for _ in range(4)], tables=(100.0,)).pages
    assert {page.lines[0].role for page in pages} == {"title"}


def test_a_running_head_that_reads_like_a_title_gives_way_to_the_title_below_it():
    pages = document(
        *[[("2023年部门预算公开表", 20.0), (f"第{n}类收支总表", 120.0)] for n in "一二三四"], tables=(200.0,)
    ).pages
    assert [line.role for line in pages[1].lines] == ["header", "title"]


def test_a_body_named_on_the_cover_is_an_organization():
    assert document([("石柱土家族自治县人民政府办公室", 400.0)]).pages[0].lines[0].role == "organization"
