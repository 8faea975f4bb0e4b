"""Registers: one record a row, cells printed once for several rows, sums that are no record."""

from __future__ import annotations

from typing import Any

import pytest

from yusuan.datasets.synth.blocks import cells_of
from yusuan.datasets.synth.purchase_forms import register
from yusuan.datasets.synth.sources import TableSource
from yusuan.extraction.errors import UsageError

HEADER = """
项目名称{r2} | 采购品目{c2} | 数量{r2} | 金额{c2}
编码 | 名称 | 合计 | 单位资金
"""
ROWS = """
某市图书馆{c6 l}
智慧馆舍 | A02010105 | 台式计算机 | 18 | 93,600.00 | 
^ | C23120302 | 车辆加油服务 >> 车辆加油服 | 1 | 64,000.00 | 64,000.00
小计{c4} | 157,600.00 | 64,000.00
"""


def built(**own: Any) -> TableSource:
    """Return the register of purchases above, changed by `own`."""
    common: dict[str, Any] = {
        "key": "b0",
        "kind": "procurement",
        "type": "procurement",
        "widths": [60.0] * 6,
        "fields": ["project", "catalogue_code", "item", "quantity", "amount", "-"],
        "header": HEADER,
        "rows": ROWS,
        "unit": "元",
        "unit_line": "单位：元",
    }
    source = register({**common, **own})[1]
    assert source is not None
    return source


def test_rows_that_name_a_body_or_add_up_give_no_purchase() -> None:
    assert [draft.fields["amount"] for draft in built().drafts] == ["93600.00", "64000.00"]


def test_a_cell_printed_once_for_several_rows_is_said_of_each() -> None:
    source = built()
    assert [draft.fields["project"] for draft in source.drafts] == ["智慧馆舍", "智慧馆舍"]
    assert source.drafts[1].places["project"] == ((3, 0),)
    assert cells_of(source.block)[3, 0].rowspan == 2


def test_a_clipped_name_is_told_whole_and_printed_clipped() -> None:
    source = built()
    assert source.drafts[1].fields["item"] == "车辆加油服务"
    assert cells_of(source.block)[4, 2].text == "车辆加油服"
    assert source.completed == {(4, 2): "车辆加油服务"}


def test_an_asset_without_quantity_and_value_is_none() -> None:
    source = built(
        type="asset",
        kind="assets",
        widths=[80.0] * 4,
        fields=["seq", "item", "quantity", "value"],
        header="行次 | 项目 | 数量 | 原值",
        rows="1 | 资产总额 |  | 66.10\n2 | 1.车辆 | 86 | \n3 | 特种动植物 |  | \n | 合计 | 86 | 66.10",
    )
    told = [
        (draft.fields["item"], draft.fields.get("quantity"), draft.fields.get("value"))
        for draft in source.drafts
    ]
    assert told == [("资产总额", None, "66.10"), ("1.车辆", "86", None)]
    assert cells_of(source.block)[1, 0].part == "ordinal"


@pytest.mark.parametrize("rows", ["智慧馆舍 | A02010105 | 服务器", "^ | A | 服务器 | 1 | 2.00 | "])
def test_a_row_that_does_not_fill_the_columns_is_refused(rows: str) -> None:
    with pytest.raises(UsageError):
        built(rows=rows)
