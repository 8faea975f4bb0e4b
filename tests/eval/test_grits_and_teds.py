"""GriTS and TEDS by hand, on tables small enough to see the alignment."""

import pytest

from yusuan.eval.metrics import similarity
from yusuan.eval.metrics.counts import Counts, Share
from yusuan.eval.metrics.grids import Grid, GridCell, Place, TablePair, table_pairs
from yusuan.eval.metrics.similarity import grits_counts, missing_notes, teds_shares


def table(n_rows: int, n_cols: int, *cells: tuple[Place, str | None]) -> Grid:
    made = tuple(GridCell(place, text, (0.0, 0.0, 1.0, 1.0)) for place, text in cells)
    return Grid("t", (0.0, 0.0, 10.0, 10.0), n_rows, n_cols, made)


def plain(*rows: str) -> Grid:
    cells = [((i, j, 1, 1), text) for i, row in enumerate(rows) for j, text in enumerate(row.split(","))]
    return table(len(rows), len(rows[0].split(",")), *cells)


def pair(predicted: Grid | None, gold: Grid | None) -> TablePair:
    return TablePair(gold, predicted, 1.0)


GOLD = plain("项目,数", "甲,1000", "乙,20")


def test_equal_tables_are_alike_and_need_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, shares = grits_counts(pair(GOLD, GOLD)), teds_shares(pair(GOLD, GOLD))
    assert counts == {"grits_top": Counts(6), "grits_con": Counts(6)}
    assert shares == {"teds": Share(1, 1), "teds_s": Share(1, 1)}


def test_one_wrong_text_moves_content_alone() -> None:
    said = plain("项目,数", "甲,1090", "乙,20")
    counts = grits_counts(pair(said, GOLD))
    assert counts["grits_top"] == Counts(6)
    # 1000 and 1090 have 100 in common: 2 x 3 / 8 = 0.75, and five cells are right.
    assert counts["grits_con"] == Counts(5.75, 0.25, 0.25)
    assert teds_shares(pair(said, GOLD))["teds_s"] == Share(1, 1)
    # The tree has 1 + 3 + 6 = 10 nodes, of which one must be renamed.
    assert teds_shares(pair(said, GOLD))["teds"].share == pytest.approx(0.9)


def test_a_lost_row_costs_its_places_and_nodes() -> None:
    said = plain("项目,数", "乙,20")
    counts = grits_counts(pair(said, GOLD))
    assert counts["grits_top"] == Counts(4, 0, 2)
    assert counts["grits_con"] == Counts(4, 0, 2)
    # One row and its two cells are lost of 10 nodes.
    assert teds_shares(pair(said, GOLD)) == {
        "teds": Share(pytest.approx(0.7), 1),
        "teds_s": Share(pytest.approx(0.7), 1),
    }


def test_a_lost_span_moves_structure() -> None:
    gold = table(1, 2, ((0, 0, 1, 2), "合计"))
    said = table(1, 2, ((0, 0, 1, 1), "合计"), ((0, 1, 1, 1), ""))
    # Each place: a box of 2 x 1 against one of 1 x 1 that lies in it, IoU 0.5.
    assert grits_counts(pair(said, gold))["grits_top"] == Counts(1.0, 1.0, 1.0)
    # Trees of 3 and 4 nodes: one cell renamed, one too many.
    assert teds_shares(pair(said, gold))["teds_s"].share == pytest.approx(0.5)


def test_a_place_that_no_cell_covers_is_a_blank_cell() -> None:
    ragged = table(2, 2, ((0, 0, 1, 1), "甲"), ((0, 1, 1, 1), "1"), ((1, 0, 1, 1), "乙"))
    whole = plain("甲,1", "乙,")
    assert grits_counts(pair(ragged, whole))["grits_con"] == Counts(4)
    assert teds_shares(pair(ragged, whole)) == {"teds": Share(1, 1), "teds_s": Share(1, 1)}
    assert grits_counts(pair(plain("甲"), ragged))["grits_top"] == Counts(1, 0, 3)


def test_a_table_without_cells_and_strange_characters_do_no_harm() -> None:
    empty = table(0, 0)
    assert grits_counts(pair(empty, GOLD))["grits_top"] == Counts(0, 0, 6)
    assert teds_shares(pair(empty, GOLD))["teds"] == Share(0, 1)
    strange = plain("<b>{&}\\\x00\x0b,\"'[]", "甲,1000", "乙,20")
    assert 0 < (teds_shares(pair(strange, GOLD))["teds"].share or 0) < 1
    assert 0 < grits_counts(pair(strange, GOLD))["grits_con"].tp < 6


def test_a_table_that_was_not_found_counts_nothing_and_one_that_is_none_costs_its_places() -> None:
    missed, false = table_pairs([], [GOLD])[0], table_pairs([GOLD], [])[0]
    assert grits_counts(missed) == {"grits_top": Counts(fn=6), "grits_con": Counts(fn=6)}
    assert teds_shares(missed) == {"teds": Share(0, 1), "teds_s": Share(0, 1)}
    assert grits_counts(false) == {"grits_top": Counts(fp=6), "grits_con": Counts(fp=6)}
    assert teds_shares(false) == {}


def test_truth_without_text_is_asked_for_structure_alone() -> None:
    gold = table(1, 2, ((0, 0, 1, 1), "甲"), ((0, 1, 1, 1), None))
    assert set(grits_counts(pair(gold, gold))) == {"grits_top"}
    assert set(teds_shares(pair(gold, gold))) == {"teds_s"}


def test_without_the_libraries_nothing_is_measured_and_the_reader_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert missing_notes() == []
    monkeypatch.setattr(similarity, "is_installed", lambda package: False)
    assert grits_counts(pair(GOLD, GOLD)) == {}
    assert teds_shares(pair(GOLD, GOLD)) == {}
    grits, teds = missing_notes()
    assert "grits-metric is not installed" in grits
    assert "docling-metrics-table is not installed" in teds
