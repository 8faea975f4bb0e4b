from yusuan.eval.metrics.counts import Share
from yusuan.eval.metrics.grids import Grid, GridCell
from yusuan.eval.metrics.text_errors import character_errors
from yusuan.extraction.document import BBox


def grid(*cells: tuple[str | None, BBox], name: str = "t") -> Grid:
    made = tuple(GridCell((k, 0, 1, 1), text, box) for k, (text, box) in enumerate(cells))
    return Grid(name, (0, 0, 100, 100), len(cells), 1, made)


GOLD = grid(("政府办公厅", (0, 0, 100, 20)), ("40.00", (0, 20, 100, 40)))


def test_wrong_characters_are_counted_of_all_characters() -> None:
    said = grid(("政府办公听", (0, 0, 100, 20)), ("4.00", (0, 20, 100, 40)))
    assert character_errors([GOLD], [said]) == [Share(2, 10)]  # one replaced, one lost


def test_a_row_torn_in_two_costs_nothing_when_all_of_it_was_read() -> None:
    said = grid(("政府", (0, 0, 100, 10)), ("办公厅", (0, 10, 100, 20)), ("40.00", (0, 20, 100, 40)))
    assert character_errors([GOLD], [said]) == [Share(0, 10)]


def test_two_cells_read_as_one_cost_the_one_that_lost_its_text() -> None:
    # All ten characters go to the cell that shares most: five too many there, five lost in the other.
    said = grid(("政府办公厅40.00", (0, 0, 100, 39)))
    assert character_errors([GOLD], [said]) == [Share(10, 10)]


def test_nothing_read_loses_every_character_and_text_elsewhere_adds_none() -> None:
    assert character_errors([GOLD], []) == [Share(10, 10)]
    away = grid(("第1页", (0, 500, 100, 520)))
    assert character_errors([GOLD], [away]) == [Share(10, 10)]
    assert character_errors([], [away]) == []


def test_text_in_a_blank_cell_is_too_much() -> None:
    blank = grid(("", (0, 0, 100, 20)))
    assert character_errors([blank], [grid(("一", (0, 0, 100, 20)))]) == [Share(1, 0)]


def test_cells_whose_text_nobody_knows_are_left_out() -> None:
    gold = grid((None, (0, 0, 100, 20)), ("40.00", (0, 20, 100, 40)))
    said = grid(("什么", (0, 0, 100, 20)), ("40.00", (0, 20, 100, 40)))
    assert character_errors([gold], [said]) == [Share(0, 5)]


def test_errors_are_told_table_by_table() -> None:
    other = grid(("合计", (0, 60, 100, 80)), name="t2")
    said = grid(("合计", (0, 60, 100, 80)))
    assert character_errors([GOLD, other], [said]) == [Share(10, 10), Share(0, 2)]
