"""Tables of a few cells; every score is worked out by hand in the comment beside it."""

from collections.abc import Callable

import pytest

from yusuan.eval.metrics.counts import Counts, Share
from yusuan.eval.metrics.grids import Grid, GridCell, compact, table_pairs, truth_grid
from yusuan.eval.metrics.structure import cells, compared, detection, numbers, perfect, spans, texts
from yusuan.extraction.document import BBox

WIDTH, HEIGHT = 100.0, 50.0


def grid(*rows: str, box: BBox | None = None, name: str = "t1") -> Grid:
    """Make a table from rows such as `合计 5.00`; `<` and `^` continue the cell to the left and above."""
    words = [row.split() for row in rows]
    made = []
    for i, row in enumerate(words):
        for j, word in enumerate(row):
            if word in "<^":
                continue
            colspan = 1
            while j + colspan < len(row) and row[j + colspan] == "<":
                colspan += 1
            rowspan = 1
            while i + rowspan < len(words) and words[i + rowspan][j] == "^":
                rowspan += 1
            place = (i, j, rowspan, colspan)
            where = (j * WIDTH, i * HEIGHT, (j + colspan) * WIDTH, (i + rowspan) * HEIGHT)
            made.append(GridCell(place, "" if word == "." else word, where))
    whole = (0.0, 0.0, len(words[0]) * WIDTH, len(words) * HEIGHT)
    return compact(name, box or whole, made)


def only(predicted: Grid, gold: Grid) -> list:  # type: ignore[type-arg]
    return list(compared(table_pairs([predicted], [gold])))


GOLD = grid("收入 < 支出", "项目 预算数 合计", "税收 5.00 5.00")


def test_a_table_equal_to_gold_is_perfect() -> None:
    (pair,) = only(GOLD, GOLD)
    assert detection(pair, 0.8) == Counts(tp=1)
    assert cells(pair) == Counts(tp=8)  # 3 x 3 places, one cell over two
    assert spans(pair) == Counts(tp=1)
    assert perfect(pair) == Share(1, 1)
    assert texts(pair) == Share(8, 8)
    assert numbers(pair) == Share(2, 2)


def test_a_lost_span_costs_one_merged_cell_and_makes_two_plain_ones() -> None:
    (pair,) = only(grid("收入 . 支出", "项目 预算数 合计", "税收 5.00 5.00"), GOLD)
    assert spans(pair) == Counts(fn=1)
    # Seven cells are as they were; one of the gold is gone, two stand in its place.
    assert cells(pair) == Counts(tp=7, fp=2, fn=1)
    assert perfect(pair) == Share(0, 1)
    assert texts(pair) == Share(7, 8)
    assert numbers(pair) == Share(2, 2)


def test_a_lost_row_shifts_what_stands_below_it() -> None:
    gold = grid("项目 数", "甲 1", "乙 2", "丙 3")
    (pair,) = only(grid("项目 数", "乙 2", "丙 3", box=gold.box), gold)
    assert cells(pair) == Counts(tp=6, fn=2)  # a grid of 3 x 2 in one of 4 x 2
    assert texts(pair) == Share(2, 8)  # the header alone stands where it should
    assert numbers(pair) == Share(0, 3)


def test_a_shifted_column_keeps_the_grid_and_loses_the_text() -> None:
    (pair,) = only(grid("项目 . 数", "甲 . 1"), grid("项目 数 .", "甲 1 ."))
    assert cells(pair) == Counts(tp=6)
    assert texts(pair) == Share(2, 4)
    assert numbers(pair) == Share(0, 1)


def test_a_table_that_was_not_found_costs_all_its_cells_and_one_that_is_none_too() -> None:
    pairs = list(compared(table_pairs([grid("甲 1", box=(900, 900, 950, 950))], [GOLD])))
    assert sum((cells(pair) for pair in pairs), Counts()) == Counts(fp=2, fn=8)
    assert sum((spans(pair) for pair in pairs), Counts()) == Counts(fn=1)
    assert sum((detection(pair, 0.6) for pair in pairs), Counts()) == Counts(fp=1, fn=1)
    assert sum((perfect(pair) for pair in pairs), Share()) == Share(0, 1)
    assert sum((texts(pair) for pair in pairs), Share()) == Share(0, 8)


@pytest.mark.parametrize(
    ("height", "at_80", "at_60", "same"),
    [
        (135.0, 1, 1, True),  # 135 of 150 shared: IoU 0.9
        (105.0, 0, 1, True),  # 0.7
        (82.5, 0, 0, True),  # 0.55: too little to be found, enough to be compared
        (60.0, 0, 0, False),  # 0.4: another table
    ],
)
def test_detection_asks_for_overlap(height: float, at_80: int, at_60: int, same: bool) -> None:
    said = Grid("p", (0, 0, 300, height), GOLD.n_rows, GOLD.n_cols, GOLD.cells)
    (pair,) = table_pairs([said], [GOLD])
    assert detection(pair, 0.8) == Counts(at_80, 1 - at_80, 1 - at_80)
    assert detection(pair, 0.6) == Counts(at_60, 1 - at_60, 1 - at_60)
    assert len(list(compared([pair]))) == (1 if same else 2)


def test_tables_are_paired_so_that_all_share_the_most() -> None:
    # The first prediction shares more with the second gold table than the second prediction does;
    # giving it away leaves both tables with a partner.
    gold = [grid("甲", box=(0, 0, 100, 100)), grid("乙", box=(0, 100, 100, 200), name="t2")]
    said = [grid("a", box=(0, 20, 100, 140), name="a"), grid("b", box=(0, 110, 100, 200), name="b")]
    pairs = table_pairs(said, gold)
    assert [(p.gold and p.gold.id, p.predicted and p.predicted.id) for p in pairs] == [
        ("t1", "a"),
        ("t2", "b"),
    ]


def test_pages_without_tables_count_nothing_or_only_what_is_false() -> None:
    assert table_pairs([], []) == []
    (pair,) = table_pairs([GOLD], [])
    assert detection(pair, 0.8) == Counts(fp=1)
    assert cells(pair) == Counts(fp=8)
    assert perfect(pair) == Share()
    assert texts(pair) == Share()


def test_rows_and_columns_in_which_no_cell_begins_are_not_there() -> None:
    # Nine columns that only three cells divide look like three.
    wide = compact(
        "w",
        (0, 0, 9, 2),
        [GridCell((r, c, 1, 3), "x", (c, r, c + 3, r + 1)) for r in (0, 1) for c in (0, 3, 6)],
    )
    assert (wide.n_rows, wide.n_cols) == (2, 3)
    assert sorted(wide.by_place) == [(r, c, 1, 1) for r in (0, 1) for c in (0, 1, 2)]


def external(r1: int = 0, **table: object) -> dict[str, object]:
    cell = {"r0": 0, "c0": 0, "r1": r1, "c1": 1, "bbox": [0, 0, 9, 9], "text": "1,000"}
    return {"bbox": [0, 0, 9, 9], "cells": [cell], **table}


def test_public_truth_counts_rows_and_columns_to_the_last_one() -> None:
    made = truth_grid(
        external(
            cells=[
                *external()["cells"],
                {"r0": 1, "c0": 0, "r1": 1, "c1": 0, "bbox": [0, 0, 1, 1], "text": None},
                {"r0": 1, "c0": 1, "r1": 1, "c1": 1, "bbox": [0, 0, 1, 1], "text": ""},
            ]
        ),
        "t1",
    )  # type: ignore[misc]
    assert made is not None
    assert list(made.by_place) == [(0, 0, 1, 2), (1, 0, 1, 1), (1, 1, 1, 1)]
    assert [cell.text for cell in made.cells] == ["1000", None, ""]


def test_truth_in_doubt_serves_detection_alone() -> None:
    doubtful = truth_grid(external(gold=False), "t1")
    assert doubtful is not None
    pairs = table_pairs([doubtful], [doubtful])
    assert detection(pairs[0], 0.8) == Counts(tp=1)
    assert list(compared(pairs)) == []


def test_truth_without_cells_serves_detection_alone() -> None:
    bare = truth_grid({"bbox": [0, 0, 300, 150], "cells": [{"bbox": [0, 0, 1, 1], "text": None}]}, "t1")
    assert bare is not None
    assert list(compared(table_pairs([GOLD], [bare]))) == []
    assert truth_grid({"bbox": None, "cells": []}, "t1") is None


def test_cells_whose_text_nobody_knows_are_not_asked_for() -> None:
    known = GridCell((0, 0, 1, 1), "甲", (0, 0, 1, 1))
    unknown = GridCell((0, 1, 1, 1), None, (1, 0, 2, 1))
    gold = Grid("t", (0, 0, 2, 1), 1, 2, (known, unknown))
    (pair,) = only(gold, gold)
    assert texts(pair) == Share(1, 1)


@pytest.mark.parametrize("measure", [cells, spans])
def test_counts_do_not_depend_on_the_order_of_cells(measure: Callable[..., Counts]) -> None:
    turned = Grid("p", GOLD.box, GOLD.n_rows, GOLD.n_cols, tuple(reversed(GOLD.cells)))
    (pair,) = only(turned, GOLD)
    assert measure(pair).f1 == 1.0
