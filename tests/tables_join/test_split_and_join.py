"""A table split over pages at random and joined again is the table; no text of a page is ever lost."""

from __future__ import annotations

import random

import pytest

from yusuan.extraction.numerals import canonical

NAMES = [
    "行政运行",
    "机关服务",
    "一般行政管理事务",
    "住房公积金",
    "行政单位离退休",
    "事业运行",
    "政务公开审批",
]
LEVELS = [
    ("产出指标", "数量指标"),
    ("产出指标", "质量指标"),
    ("效益指标", "社会效益指标"),
    ("满意度指标", "满意度指标"),
]
PROJECTS = ["政务公开", "外事工作", "人才补贴", "电子政务外网", "公务用车运行维护费", "综合管理"]
BUDGET_HEADER = [
    "序号 | 功能分类科目 | < | 合计 | 基本支出 | 项目支出",
    "^ | 科目编码 | 科目名称 | ^ | ^ | ^",
]
PROJECT_HEADER = ["项目名称 | 预算数 | 一级指标 | 二级指标 | 三级指标 | 指标性质 | 指标值 | 度量单位"]


def budget_rows(rng, count):
    rows = []
    for i in range(count):
        basic, project = rng.randrange(1, 90000) / 100, rng.randrange(1, 90000) / 100
        code = rng.choice(["201", "20103", "2010301", "2080505", "2210201"])
        cells = [i + 1, code, rng.choice(NAMES), f"{basic + project:.2f}", f"{basic:.2f}", f"{project:.2f}"]
        blank = rng.choice([None, None, 4, 5])
        rows.append(" | ".join("" if col == blank else str(cell) for col, cell in enumerate(cells)))
    return rows


def project_rows(rng, count):
    rows, left = [], 0
    for i in range(count):
        level1, level2 = rng.choice(LEVELS)
        if left:
            start = "^ | ^"
            left -= 1
        else:
            start = f"{rng.choice(PROJECTS)}{i} | {rng.randrange(1, 900) / 10:.2f}"
            left = rng.randrange(2, 5)  # cut in two, a span shows in one of its parts
        row = f"{start} | {level1} | {level2} | 指标{'甲乙丙丁戊'[i % 5]}的完成情况 | "
        row += rng.choice(["≥ | 95 | %", "= | 12 | 次", "定性 | 优良中差 | "])
        rows.append(row)
    return rows


def pages_of(rng, page_of, header, rows):
    """Return the rows on up to four pages, a header on each or on the first; cut spans go on blank."""
    cuts = sorted(rng.sample(range(1, len(rows)), k=min(3, len(rows) - 1)))
    repeats = rng.random() < 0.5
    pages = []
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(rows)], strict=True), start=1):
        part = rows[start:end]
        part[0] = part[0].replace("^", " ")
        pages.append(page_of(number, [*(header if repeats or number == 1 else []), *part]))
    return pages


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(
    ("header", "rows_of"),
    [
        pytest.param(BUDGET_HEADER, budget_rows, id="budget"),
        pytest.param(PROJECT_HEADER, project_rows, id="projects"),
    ],
)
def test_a_split_table_is_itself_again(joined, page_of, drawn, header, rows_of, seed):
    rng = random.Random(seed)
    rows = rows_of(rng, rng.randrange(9, 25))
    (table,) = joined(*pages_of(rng, page_of, header, rows))
    assert drawn(table) == [*header, *rows]
    assert table.header_rows == len(header)


@pytest.mark.parametrize("seed", range(30))
def test_no_text_is_lost_whatever_the_pages_hold(joined, page_of, table_of, seed):
    rng = random.Random(seed)
    words = [
        *NAMES,
        "产出指标",
        "数量指标",
        "一级指标",
        "项目名称",
        "合计",
        "201",
        "12.50",
        "≥",
        "%",
        "",
        "<",
    ]
    pages = []
    for number in range(1, 5):
        n_cols = rng.randrange(1, 7)
        rows = []
        for row in range(rng.randrange(1, 7)):
            cells = [rng.choice(words) for _ in range(n_cols)]
            cells = [f"{word}{number}-{row}" if word in NAMES else word for word in cells]
            rows.append(" | ".join(["", *cells[1:]] if cells[0] == "<" else cells))
        left, width = 100 + rng.randrange(30), 1000 - rng.randrange(200)
        table = table_of(rows, page=number, left=left, width=width, ruled=rng.random() < 0.5)
        pages.append(page_of(number, table))
    tables = joined(*pages)
    found = "".join(canonical(cell.text) for table in tables for cell in table.cells)
    written = {canonical(cell.text) for page in pages for cell in page.tables[0].cells}
    assert [word for word in written if word not in found] == []
