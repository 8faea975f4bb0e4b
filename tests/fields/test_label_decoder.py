"""A list is of one thing and has each field in one column, whatever the network says of single cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import pytest

from yusuan.extraction.fields.classifier import one_list, view_spans
from yusuan.extraction.fields.table_view import TableView, ViewCell, encode
from yusuan.extraction.fields.tags import TAGS, begin

Place = tuple[int, int]
ITEM, QUANTITY, AMOUNT = "procurement.item", "procurement.quantity", "procurement.amount"


def labels_of(said: Mapping[Place, tuple[str, float]], other: str | None = None) -> dict[Place, str]:
    """Return the likeliest tag of each cell, by row and column, after the decoder.

    What a cell is not said to be is no label, or `other`.
    """
    places = sorted(said)
    cells = tuple(ViewCell("12", (col, row, col + 1, row + 1), at) for at, (row, col) in enumerate(places))
    scores = {}
    for at, place in enumerate(places):
        label, share = said[place]
        scores[at] = np.full((1, len(TAGS)), -12.0)
        scores[at][0, begin(other) if other else 0] = np.log(1 - share)
        scores[at][0, begin(label)] = np.log(share)
    found = one_list(TableView(cells, 9, 9), scores)
    return {place: TAGS[int(found[at][0].argmax())] for at, place in enumerate(places)}


def spans_where(text: str, tags: Mapping[int, int]) -> list[tuple[str, str]]:
    """Return text and label of the spans of a cell whose tokens say these tags, and no label elsewhere."""
    view = TableView((ViewCell(text, (0, 0, 1, 1), 0),), 1, 1)
    encoded = encode(view, defaultdict(int))
    scores = np.full((encoded.tokens.size, len(TAGS)), -12.0)
    for at, (place, _, _, _) in enumerate(encoded.spots):
        scores[place, tags.get(at, 0)] = -0.1
    (found,) = view_spans(view, encoded, scores, 0.0, scores).values()
    return [(text[span.start : span.end], span.label) for span in found]


def tags_at(label: str, places: range) -> dict[int, int]:
    """Return the tags of a span over some tokens."""
    return {at: begin(label) + (at > places.start) for at in places}


@pytest.mark.parametrize(
    ("text", "span"),
    [("培训（次数）", "培训（次数）"), ("次数）", "次数"), ("培训（次）数）", "培训（次）数")],
)
def test_a_bracket_that_closes_one_of_a_name_is_of_it(text: str, span: str) -> None:
    """The network says that the last glyph of a name is none of it."""
    said = spans_where(text, tags_at("indicator.name", range(len(text) - 1)))
    assert said == [(span, "indicator.name")]


@pytest.mark.parametrize("label", ["asset.item", "project.goal", "institution.nature"])
@pytest.mark.parametrize("places", [range(2), range(1, 5), range(5)])
def test_fields_that_have_their_cell_for_themselves_are_all_of_it(label: str, places: range) -> None:
    assert spans_where("办公设备等", tags_at(label, places)) in ([("办公设备等", label)], [])
    assert spans_where("办公设备等", tags_at(label, range(4))) == [("办公设备等", label)]


def test_names_go_on_to_the_end_behind_a_code() -> None:
    tags = tags_at("project.code", range(1)) | tags_at("project.name", range(2, 5))
    assert spans_where("348-道路维护费", tags) == [("348", "project.code"), ("道路维护费", "project.name")]
    assert spans_where("道路维护费", tags_at("budget_line.item", range(4))) == [
        ("道路维护费", "budget_line.item")
    ]


def test_how_sure_a_span_is_the_network_alone_says() -> None:
    view = TableView((ViewCell("35", (0, 0, 1, 1), 0),), 1, 1)
    encoded = encode(view, defaultdict(int))
    own = np.full((encoded.tokens.size, len(TAGS)), -12.0)
    (spot,) = (each[0] for each in encoded.spots)
    own[spot, [0, begin(AMOUNT)]] = np.log([0.8, 0.2])
    vouched = own.copy()
    vouched[spot, begin(AMOUNT)] += 9
    ((found,),) = view_spans(view, encoded, vouched, 0.0, own).values()
    assert (found.label, found.confidence) == (AMOUNT, pytest.approx(0.2, abs=0.001))


def test_a_figure_leaves_its_unit_alone() -> None:
    tags = tags_at("budget_line.amount", range(1)) | tags_at("unit", range(1, 3))
    assert spans_where("35万元", tags) == [("35", "budget_line.amount"), ("万元", "unit")]


@pytest.mark.parametrize("label", ["header", "ordinal", "percentage"])
def test_a_dash_is_a_blank_and_no_heading_number_or_share(label: str) -> None:
    assert spans_where("—", tags_at(label, range(1))) == []
    assert spans_where("1", tags_at(label, range(1))) == [("1", label)]


def test_of_two_columns_that_claim_a_field_the_likelier_has_it() -> None:
    rows = {(row, col): (label, 0.9) for row in range(4) for col, label in enumerate((ITEM, AMOUNT, AMOUNT))}
    rows |= {(row, 2): (AMOUNT, 0.8) for row in range(3)}
    found = labels_of(rows)
    assert {found[row, 1] for row in range(4)} == {f"B-{AMOUNT}"}
    assert {found[row, 2] for row in range(4)} == {"O"}


def test_a_column_that_loses_a_field_is_what_it_is_next_likely_to_be() -> None:
    rows = {
        (row, col): (label, 0.9 - 0.2 * (col == 2))
        for row in range(4)
        for col, label in enumerate((ITEM, AMOUNT, AMOUNT))
    }
    found = labels_of(rows, other=QUANTITY)
    assert {found[row, 2] for row in range(4)} == {f"B-{QUANTITY}"}


def test_a_list_in_halves_side_by_side_keeps_both() -> None:
    halves = (ITEM, QUANTITY, AMOUNT) * 2
    rows = {(row, col): (label, 0.9) for row in range(3) for col, label in enumerate(halves)}
    assert labels_of(rows) == {place: f"B-{label}" for place, (label, _) in rows.items()}


def test_columns_that_share_no_row_have_one_field_each() -> None:
    rows = {(row, 0): (ITEM, 0.9) for row in range(4)}
    rows |= {(row, 1 + row // 2): (AMOUNT, 0.9) for row in range(4)}
    assert labels_of(rows) == {place: f"B-{label}" for place, (label, _) in rows.items()}


def test_a_row_that_adds_up_others_is_no_record() -> None:
    rows = {(row, col): (label, 0.9) for row in range(3) for col, label in enumerate((ITEM, AMOUNT))}
    rows[2, 0] = ("total", 0.9)
    found = labels_of(rows)
    assert found[2, 0] == "B-total"
    assert found[2, 1] == "O"
    assert found[1, 1] == f"B-{AMOUNT}"


def test_a_table_lists_one_kind_of_thing() -> None:
    rows = {(row, col): (label, 0.9) for row in range(3) for col, label in enumerate((ITEM, AMOUNT))}
    rows[1, 0] = ("asset.item", 0.6)
    assert labels_of(rows, other=ITEM)[1, 0] == f"B-{ITEM}"


@pytest.mark.parametrize("label", ["budget_line.amount", "header", "indicator.value"])
def test_what_is_no_list_is_left_alone(label: str) -> None:
    rows = {(row, col): (label, 0.9) for row in range(3) for col in range(3)}
    assert set(labels_of(rows).values()) == {f"B-{label}"}
