"""What is known of a field, as numbers: reader, labeller, sums, second readings, repairs and neighbours."""

import pytest

from yusuan.extraction.checks.evidence import FEATURES, document_to_evidence
from yusuan.extraction.document import CellRef, Repair


def known(document, field="amount"):
    (found,) = (each for each in document_to_evidence(document) if (each.record, each.field) == (0, field))
    return dict(zip(FEATURES, found.features.tolist(), strict=True))


def test_every_field_that_a_record_states_has_evidence_and_the_cells_that_it_was_read_from(read_lines):
    found = {each.field: each.cells for each in document_to_evidence(read_lines())}
    assert {"code", "item", "measure", "amount", "table"} <= set(found)
    assert found["amount"] == (CellRef(table="t1", row=0, col=2),)
    assert found["measure"] == ()
    assert not {"id", "confidence", "status", "provenance", "unit"} & set(found)


@pytest.mark.parametrize(
    ("field", "group"),
    [("amount", "figure"), ("code", "code"), ("item", "name"), ("measure", "measure"), ("table", "derived")],
)
def test_a_field_is_of_one_group(field, group, read_lines):
    groups = {name: value for name, value in known(read_lines(), field).items() if name.startswith("is_")}
    if field == "measure":  # the table says it here: it was read from no cell
        group = "derived"
    assert [name for name, value in groups.items() if value] == [f"is_{group}"]


def test_reader_labeller_and_table_are_told_as_odds(read_lines):
    values = known(read_lines(glyphs=0.9))
    assert values["glyphs"] == pytest.approx(2.197, abs=1e-3)
    assert values["label"] == pytest.approx(1.386, abs=1e-3)
    assert values["table"] == pytest.approx(2.944, abs=1e-3)
    assert known(read_lines(glyphs=1.0))["glyphs"] == 8.0
    assert known(read_lines(glyphs=None))["glyphs"] == 8.0, "a text layer has no doubts"
    assert (values["scanned"], known(read_lines(kind="digital"))["scanned"]) == (1.0, 0.0)


def test_the_lexicon_says_the_same_or_another_thing_or_nothing(read_lines):
    document = read_lines()
    (table,) = document.tables

    def told(document):
        return tuple(known(document)[f"lexicon_{word}"] for word in ("same", "other"))

    assert told(document) == (1.0, 0.0)
    spans = (table.cells[2].spans[0].model_copy(update={"label": "percentage"}),)
    cells = (*table.cells[:2], table.cells[2].model_copy(update={"spans": spans}))
    other = table.model_copy(update={"cells": cells})
    assert told(document.model_copy(update={"tables": (other,)})) == (0.0, 1.0)
    nameless = table.model_copy(update={"kind": "unknown"})
    assert told(document.model_copy(update={"tables": (nameless,)})) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("rule", "status", "feature"),
    [
        ("code_sum", "pass", "sums_held"),
        ("total_row", "fail", "sums_failed"),
        ("code_name", "pass", "names_held"),
        ("code_form", "fail", "names_failed"),
        ("same_totals", "pass", "agreed"),
        ("prose", "fail", "disagreed"),
        ("second_reading", "pass", "read_again_same"),
        ("second_reading", "fail", "read_again_other"),
    ],
)
def test_a_check_is_told_by_what_it_says(rule, status, feature, read_lines, finding):
    changed = {
        name: value
        for name, value in known(read_lines([finding(rule, status, (0, 2))])).items()
        if value != known(read_lines())[name] and name not in ("table_failing", "table_held")
    }
    assert changed == {feature: 1.0}
    assert known(read_lines([finding(rule, status, (0, 2))]), "code")[feature] == 0, "of another cell"


def test_two_sums_are_more_than_one_and_a_failing_neighbour_is_told(read_lines, finding):
    twice = read_lines([finding("code_sum", "pass", (0, 2)), finding("row_sum", "pass", (0, 2))])
    assert known(twice)["sums_held_twice"] == 1
    assert known(read_lines([finding("row_sum", "fail", (0, 2))]), "code")["row_failing"] == 1
    assert known(read_lines([finding("row_sum", "fail", (0, 2))]))["table_failing"] == pytest.approx(1 / 3)


def test_sums_of_a_row_speak_for_its_code_and_name_and_sums_of_a_table_for_its_columns(read_lines, finding):
    once = read_lines([finding("code_sum", "pass", (0, 2))])
    twice = read_lines([finding("code_sum", "pass", (0, 2)), finding("row_sum", "pass", (0, 2))])
    assert (known(once, "code")["row_held"], known(twice, "code")["row_held"]) == (1, 2)
    assert known(once)["row_held"] == 0, "its own sums are told as such"
    assert (known(once, "code")["table_held"], known(read_lines(), "code")["table_held"]) == (1, 0)


def test_repairs_and_odd_decimals_are_told(read_lines):
    changed = Repair(kind="misread", before="4O.00", after="40.00")
    assert known(read_lines(repairs=[changed]))["misread"] == 1
    assert known(read_lines(rows=8))["odd_form"] == 0
    assert known(read_lines(amount="40.0", rows=8))["odd_form"] == 1


def test_a_form_of_doubtful_labels_and_one_without_a_title_are_told(read_lines):
    document = read_lines()
    (table,) = document.tables
    assert (known(document)["table_strange"], known(document)["titled"]) == (1.0, 0.0)
    sure = [
        cell.model_copy(update={"spans": (cell.spans[0].model_copy(update={"confidence": 0.99}),)})
        for cell in table.cells[:2]
    ]
    named = table.model_copy(update={"cells": (*sure, table.cells[2]), "title": "部门支出总表"})
    values = known(document.model_copy(update={"tables": (named,)}))
    assert (values["table_strange"], values["titled"]) == (pytest.approx(1 / 3), 1.0)
