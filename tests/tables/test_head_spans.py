"""Headings without rules between them: which columns they stand over is told by where they stand."""

from __future__ import annotations

import numpy as np
import pytest

from yusuan.extraction.tables.decode import TableText
from yusuan.extraction.tables.head_spans import with_head_spans

XS = np.array([0.0, 40, 60, 80, 100])
YS = np.array([0.0, 10, 20, 30])
FIGURES = [(45, 55), (65, 75), (85, 95)]


def text_of(*rows: list[tuple[int, int]]) -> TableText:
    """Return a table of three rows whose texts go from place to place."""
    filled = np.zeros((30, 100), bool)
    for row, texts in enumerate(rows):
        for start, stop in texts:
            filled[row * 10 + 2 : row * 10 + 8, start:stop] = True
    return TableText(filled, XS, YS, np.zeros((len(XS), len(YS) - 1)))


def borders(text: TableText, odds: float, ruled: float = 0.0) -> list[bool]:
    """Return where the first row has borders between its columns, when the model says `odds` of them all."""
    shape = len(XS), len(YS) - 1
    found = with_head_spans(np.full(shape, odds), np.full(shape, ruled), text)
    assert (found[:, 1:] == odds).all(), "rows of figures are left as they are"
    return [bool(odds >= 0.5) for odds in found[1:-1, 0]]


@pytest.mark.parametrize(
    ("headings", "wanted"),
    [
        ([(2, 30), (48, 72), (86, 94)], [True, False, True]),  # in the middle of the second and the third
        ([(2, 30), (62, 78)], [True, False, False]),  # in the middle of all three
        ([(62, 78)], [True, False, False]),  # the labels have no heading
        ([(2, 8), (42, 50), (62, 70), (82, 90)], [True, True, True]),  # one each, set to the left
    ],
)
@pytest.mark.parametrize("odds", [0.3, 0.55])
def test_headings_stand_in_the_middle_of_what_they_span(
    headings: list[tuple[int, int]], wanted: list[bool], odds: float
) -> None:
    text = text_of(headings, [(2, 30), *FIGURES], [(2, 20), *FIGURES])
    if len(headings) == len(XS) - 1:
        wanted = [odds >= 0.5] * 3  # a full row is none of headings over several columns
    assert borders(text, odds) == wanted


def test_a_sure_model_is_believed() -> None:
    text = text_of([(2, 30), (62, 78)], [(2, 30), *FIGURES], [(2, 20), *FIGURES])
    assert borders(text, 0.999) == [True, True, True]


def test_printed_borders_are_left_alone() -> None:
    text = text_of([(2, 30), (62, 78)], [(2, 30), *FIGURES], [(2, 20), *FIGURES])
    assert borders(text, 0.6, ruled=0.9) == [True, True, True]
