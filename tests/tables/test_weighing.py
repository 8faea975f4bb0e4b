"""What is printed, what the model sees and where text stands decide together where there is a border."""

from __future__ import annotations

import numpy as np

from yusuan.extraction.tables.decode import TableText
from yusuan.extraction.tables.weighing import Strengths, weigh_edges

ROWS = COLUMNS = 4


def edges(value: float) -> Strengths:
    """Return the same strength for every edge of a grid of four rows and columns."""
    return np.full((ROWS + 1, COLUMNS), value), np.full((COLUMNS + 1, ROWS), value)


def text(*squares: tuple[int, int], across: float = 0.0) -> TableText:
    """Return a table with text in some squares; `across` is how surely it touches vertical edges."""
    lines = np.arange(0.0, 10 * ROWS + 1, 10)
    filled = np.zeros((10 * ROWS, 10 * COLUMNS), bool)
    for row, col in squares:
        filled[10 * row + 3 : 10 * row + 7, 10 * col + 3 : 10 * col + 7] = True
    return TableText(filled, lines, lines, np.full((COLUMNS + 1, ROWS), across))


def odds_of_a_gap(seen: float, said: TableText, *, cleaned: bool = False) -> float:
    """Return how surely there is a border at the one edge of a ruled grid where no rule is printed."""
    model, printed, sealed, boxes = edges(1.0), edges(1.0), edges(0.0), edges(0.0)
    model[1][2, 1], printed[1][2, 1], boxes[1][2, 1] = seen, 0.0, float(cleaned)
    weighed = weigh_edges(model, printed, sealed, boxes, said)
    assert np.delete(weighed.odds[1].ravel(), 2 * ROWS + 1).min() > 0.9
    return float(weighed.odds[1][2, 1])


def test_a_rule_that_is_missing_once_speaks_against_a_border() -> None:
    assert odds_of_a_gap(0.7, text()) < 0.3
    assert odds_of_a_gap(0.95, text()) > 0.5


def test_text_on_both_sides_speaks_for_a_border_unless_it_touches() -> None:
    beside = (1, 1), (1, 2)
    assert odds_of_a_gap(0.8, text(beside[0])) < 0.5
    assert odds_of_a_gap(0.8, text(*beside)) > 0.5
    assert odds_of_a_gap(0.8, text(*beside, across=0.4)) < 0.5


def test_a_rule_may_have_gone_with_a_seal() -> None:
    assert odds_of_a_gap(0.7, text(), cleaned=True) > 0.5
    assert odds_of_a_gap(0.2, text(), cleaned=True) < 0.2
