"""A small gold set of its own, typeset in a face that needs no font file."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

from yusuan.datasets.goldset.manifest import write_manifest
from yusuan.datasets.synth.build_gold import build_gold

# reportlab knows its metrics; pdfium draws another face in its place.
FACE = "STSong-Light"
SOURCE = """
[document]
title = "某县财政局2023年部门预算"
family = "a family"
organization = { code = "101", name = "某县财政局" }
fiscal_year = 2023
amount_unit = "万元"
face = "STSong-Light"
features = ["prose"]

[checks]
wrong_in_print = [
  { table = "expenditure_summary", row = "合计", measure = "项目支出", printed = "21.00", sum = "20.00" },
]

[defaults]
unit = "万元"
unit_line = "单位：万元"

[sheet.small]
size = [420.0, 300.0]
margins = [30.0, 30.0, 30.0, 30.0]

[[block]]
form = "budget"
kind = "expenditure_summary"
title = "部门支出总表"
side = "expenditure"
columns = ["code 60", "item 130", "amount 60 基本支出", "amount 60 项目支出"]
header = "科目编码 | 科目名称 | 基本支出 | 项目支出"
rows = \"\"\"
合计{c2} | 30.00 | 21.00
201 | 一般公共服务支出 | 20.00 | 20.00
20106 | 财政事务 | 20.00 | 20.00
2010601 | 行政运行 | 20.00 | 20.00
208 | 社会保障和就业支出 | 10.00 |
20805 | 行政事业单位养老支出 | 10.00 |
2080501 | 行政单位离退休 | 10.00 |
221 | 住房保障支出 | |
\"\"\"
"""


@pytest.fixture(scope="session")
def small_gold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gold folder with one document of one page, its table of splits and its manifest."""
    pdfmetrics.registerFont(UnicodeCIDFont(FACE))
    gold = tmp_path_factory.mktemp("gold")
    (gold / "sources").mkdir()
    (gold / "sources" / "small.toml").write_text(SOURCE, "utf-8")
    (gold / "splits.toml").write_text('[families]\n"a family" = "dev"\n', "utf-8")
    build_gold(gold)
    write_manifest(gold)
    return gold
