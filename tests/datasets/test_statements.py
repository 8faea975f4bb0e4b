"""Tables of financial statements: rules over the figures alone, labels that only their text shows."""

from __future__ import annotations

import numpy as np
import pytest

from yusuan.datasets.synth.blocks import PlacedPage, Sheet, TableBlock
from yusuan.datasets.synth.borders import AROUND, placed_to_borders
from yusuan.datasets.synth.fonts import width_of
from yusuan.datasets.synth.grammar.dice import Dice
from yusuan.datasets.synth.report_writer import Writer
from yusuan.datasets.synth.statements import draw_statement
from yusuan.datasets.synth.typeset import typeset

ROOM = 480.0
SHEET = Sheet(size=(600.0, 1200.0))


def drawn(number: int) -> tuple[PlacedPage, TableBlock]:
    """Return a page with one statement on it, all printed, and its table."""
    writer = Writer(Dice("statement", number))
    block = draw_statement(writer, ROOM)
    assert sum(block.widths) <= ROOM + 0.01
    pages = typeset([block], SHEET)
    for page in pages:
        for table in page.tables:
            writer.extras[table.key](page, table)
    return pages[0], block


def test_rules_stand_over_figures_and_not_over_their_labels() -> None:
    partly = 0
    for number in range(40):
        page, _ = drawn(number)
        (table,) = page.tables
        x0, _, x1, y1 = table.bbox
        first = min(cell.bbox[0] for cell in table.cells if cell.col == 1)
        for (left, top, right, bottom), _ in page.strokes:
            assert top == bottom, "nothing is ruled from top to bottom"
            assert left == x0 or left >= first - 0.01
            assert right <= x1 + 0.01
            assert top <= y1 + 3
        partly += bool(page.strokes) and all(stroke[0] >= first - 0.01 for stroke, _ in page.strokes)
    assert partly > 20


def test_labels_under_no_rule_end_the_table_where_their_text_does() -> None:
    seen = 0
    for number in range(40):
        page, _ = drawn(number)
        (table,) = page.tables
        if any(stroke[0] <= table.bbox[0] + 1 for stroke, _ in page.strokes):
            continue
        labels = [run for run in page.runs if run.x < min(c.bbox[0] for c in table.cells if c.col == 1)]
        left = placed_to_borders(page).tables[0, 0, 0]
        assert left == pytest.approx(min(run.x for run in labels) - AROUND, abs=0.01)
        seen += 1
    assert seen > 10


def test_signs_and_dots_run_into_no_figure() -> None:
    signs = dots = 0
    for number in range(80):
        page, block = drawn(number)
        if block.rows[-1][-1].align != "right":
            continue
        rows: dict[float, list[tuple[float, float, str]]] = {}
        for run in page.runs:
            end = run.x + width_of(run.text, run.face, run.size)
            rows.setdefault(round(run.y, 1), []).append((run.x, end, run.text))
            signs += run.text in "$€£￥"
            dots += set(run.text) <= {".", " "}
        for runs in rows.values():
            ordered = np.array([(start, end) for start, end, _ in sorted(runs)])
            assert (ordered[1:, 0] >= ordered[:-1, 1] - 0.5).all(), sorted(runs)
    assert signs > 20
    assert dots > 10
