"""Borders of cells: on the rules that are printed, in the middle of the white where none is."""

from __future__ import annotations

import numpy as np
import pytest

from yusuan.datasets.synth.blocks import CellText, Rules, Sheet, TableBlock
from yusuan.datasets.synth.borders import OF_STRIP, PARTS, placed_to_borders
from yusuan.datasets.synth.typeset import typeset

ROWS = (
    (CellText("名称", align="left"), CellText("金额", align="right")),
    (CellText("合计", colspan=2, align="left"),),
    (CellText("道路", align="left"), CellText("12.00", align="right")),
)


@pytest.fixture(params=["ruled", "bare"])
def page(request: pytest.FixtureRequest):
    none = {
        "horizontal": False,
        "vertical": False,
        "left": False,
        "right": False,
        "top": False,
        "bottom": False,
    }
    rules = Rules() if request.param == "ruled" else Rules(**none)
    block = TableBlock("t", (120.0, 100.0), ROWS, rules=rules, size=10.0, row_height=20.0)
    (placed,) = typeset([block], Sheet(size=(400.0, 300.0)))
    return request.param, placed


def test_borders_part_what_different_cells_say(page) -> None:
    how, placed = page
    borders = placed_to_borders(placed)
    assert borders.across.shape == (8, PARTS + 1, 2)  # four lines over two columns
    # Two outer sides of three rows, and between the columns the merged row has none.
    assert borders.down.shape == (8, PARTS + 1, 2)
    (table,) = placed.tables
    x0, _, x1, _ = table.bbox
    xs = np.unique(borders.down[:, 0, 0].round(3))
    if how == "ruled":
        assert xs == pytest.approx([x0, x0 + 120, x1], abs=0.01)
        return
    inks = {run.text: run for run in placed.runs}
    left_end = inks["名称"].x + 20.0
    right_begin = min(inks["金额"].x, inks["12.00"].x)
    assert xs[1] == pytest.approx((left_end + right_begin) / 2, abs=0.5)
    assert xs[0] == pytest.approx(inks["名称"].x - 2, abs=0.1)
    assert x0 < xs[0]
    assert xs[2] < x1
    ys = np.unique(borders.across[:, 0, 1].round(3))
    assert all(
        run.y + 0.12 * run.size <= ys[k + 1] and run.y - 0.86 * run.size >= ys[k]
        for k, run in enumerate([inks["名称"], inks["合计"], inks["道路"]])
    )


def test_they_move_with_the_page(page) -> None:
    borders = placed_to_borders(page[1])
    moved = borders.moved(lambda points: points * 2 + 1)
    assert np.allclose(moved.text, borders.text * 2 + 1)
    assert moved.tables.shape == borders.tables.shape == (1, 4, 2)
    assert len(borders.text) == len(page[1].runs)


def test_what_is_not_ruled_is_a_strip_of_white(page) -> None:
    how, placed = page
    borders = placed_to_borders(placed)
    half = np.linalg.norm(borders.down_sides - borders.down[:, PARTS // 2], axis=1)
    if how == "ruled":
        assert half == pytest.approx(0.0)
        return
    inks = {run.text: run for run in placed.runs}
    white = min(inks["金额"].x, inks["12.00"].x) - (inks["名称"].x + 20.0)
    assert half.max() == pytest.approx(white / 2 * OF_STRIP, abs=0.5)
    # The strip of a border keeps off the print on either side of it.
    assert half.max() < white / 2
