"""What figures are to one another is seen whatever the headings say; what is no figure is nothing."""

from __future__ import annotations

import pytest

from yusuan.extraction.fields.arithmetic import FACTS, figure_facts


def facts_of(rows: str) -> list[list[set[str]]]:
    """Return the facts of each cell of a table written with `|`."""
    table = [[text.strip() for text in line.split("|")] for line in rows.strip().splitlines()]
    places = [(col, row) for row, line in enumerate(table) for col in range(len(line))]
    boxes = [(col, row, col + 1, row + 1) for col, row in places]
    found = iter(figure_facts([table[row][col] for col, row in places], boxes))
    return [[{FACTS[at] for at in next(found).nonzero()[0]} - {"figure"} for _ in line] for line in table]


def test_a_price_times_a_quantity_is_an_amount() -> None:
    (row,) = facts_of("打印机 | 12 | 0.35 | 4.20")
    assert row == [set(), {"factor"}, {"factor"}, {"product"}]


def test_prices_in_yuan_go_with_amounts_in_ten_thousands() -> None:
    (row,) = facts_of("12 | 3,500 | 4.2")
    assert row == [{"factor"}, {"factor"}, {"product"}]


def test_one_of_a_thing_proves_nothing() -> None:
    (row,) = facts_of("1 | 350 | 350")
    assert row == [set(), {"same_on_right"}, {"same_on_left"}]


@pytest.mark.parametrize("blank", ["", "0.00", "-"])
def test_a_sum_stands_before_its_parts_or_behind_them(blank: str) -> None:
    before, behind = facts_of(f"30.00 | 10.00 | {blank} | 20.00\n7.50 | {blank} | 2.50 | 10.00")
    assert before[0] == {"sum_of_right"}
    assert before[1] >= {"part"}
    assert before[2] == set()
    assert behind[3] >= {"sum_of_left"}
    assert behind[0] >= {"part"}


def test_a_sum_stands_over_its_rows_or_below_them() -> None:
    over = facts_of("6\n1\n2\n3")
    assert [row[0] for row in over] == [{"sum_of_below"}, set(), set(), {"sum_of_above"}]
    below = facts_of("1.5\n2.5\n4.5\n8.5")
    assert [row[0] for row in below] == [set(), set(), set(), {"sum_of_above"}]


def test_text_percentages_and_dashes_are_no_figures() -> None:
    facts = figure_facts(["合计", "12%", "-", "", "1,5", "12"], [(at, 0, at + 1, 1) for at in range(6)])
    assert facts[:, 0].tolist() == [0, 0, 0, 0, 0, 1]
