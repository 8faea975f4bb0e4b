"""Misread figures: found by the sums that they break, put right only where that is proved."""

from dataclasses import replace
from decimal import Decimal

import pytest

from yusuan.extraction.checks.check import check_document, document_to_equations
from yusuan.extraction.checks.repair import likely_repairs, put_right
from yusuan.extraction.document import Cell, Page, Span
from yusuan.extraction.numerals import parse_amount, slips_between, written_like

MEASURES = ("合计", "基本支出", "项目支出")
ROWS = [
    (None, "合计", ["60.00", "25.00", "35.00"]),
    ("201", "一般公共服务支出", ["50.00", "25.00", "25.00"]),
    ("20103", "政府办公厅（室）及相关机构事务", ["50.00", "25.00", "25.00"]),
    ("2010301", "行政运行", ["30.00", "25.00", "5.00"]),
    ("2010302", "一般行政管理事务", ["20.00", "", "20.00"]),
    ("204", "公共安全支出", ["10.00", "", "10.00"]),
]


@pytest.fixture
def printed(table, document):
    def build(changed=None, kind="scanned", rows=ROWS, measures=MEASURES):
        """Return a document whose cells hold the amounts, some of them changed: (row, column) → text."""
        rows = [(code, item, list(amounts)) for code, item, amounts in rows]
        for (row, col), text in (changed or {}).items():
            rows[row][2][col - 2] = text
        made = document(table("expenditure_summary", measures, rows))
        cells = tuple(
            Cell(
                row=place.row,
                col=place.col,
                text=line.amount,
                raw_text=line.amount,
                page=1,
                bbox=place.bbox,
                quad=((0, 0), (1, 0), (1, 1), (0, 1)),
                confidence=0.9,
                spans=(Span(start=0, end=len(line.amount), label="budget_line.amount", confidence=0.8),),
            )
            for line in made.records
            for place in line.provenance["amount"]
        )
        lines = [
            line if parse_amount(line.amount) else line.model_copy(update={"amount": None})
            for line in made.records
        ]
        tables = (made.tables[0].model_copy(update={"cells": cells}),)
        page = Page(number=1, width=99, height=99, dpi=200, kind=kind)
        return made.model_copy(update={"tables": tables, "pages": (page,), "records": tuple(lines)})

    return build


def nobody_looks(cell, text):
    return None


def repaired(document, support=lambda cell, text: -1.0):
    done = put_right(
        document, likely_repairs(document, document_to_equations(document), support), propose=True
    )
    return {(cell.row, cell.col): cell for table in done.tables for cell in table.cells if cell.repairs}


def test_a_digit_that_two_sums_betray_is_put_right(printed):
    (place, cell), *others = repaired(printed({(3, 2): "80.00"})).items()
    assert (place, others) == ((3, 2), [])
    assert (cell.text, cell.raw_text) == ("30.00", "80.00")
    (repair,) = cell.repairs
    assert (repair.kind, repair.before, repair.after) == ("misread", "80.00", "30.00")
    assert "code_sum" in repair.evidence[0].text
    assert "row_sum" in repair.evidence[0].text
    assert (cell.spans[0].label, cell.spans[0].confidence) == ("budget_line.amount", 0.8)


def test_what_the_pixels_do_not_show_is_only_proposed(printed):
    # So is what is wrong in print: the glyphs are clear, and they are the wrong ones.
    for support in (lambda cell, text: -9.0, nobody_looks):
        ((place, cell),) = repaired(printed({(3, 2): "80.00"}), support).items()
        assert (place, cell.text) == ((3, 2), "80.00")
        assert [(repair.kind, repair.after) for repair in cell.repairs] == [("proposed", "30.00")]


def test_one_sum_alone_proves_nothing(printed):
    rows = [
        (*ROWS[0][:2], ["60.00"]),
        ("201", "一般公共服务支出", ["50.00"]),
        ("204", "公共安全", ["10.00"]),
    ]
    found = repaired(printed({(1, 2): "80.00"}, rows=rows, measures=("合计",)))
    assert {repair.kind for cell in found.values() for repair in cell.repairs} == {"proposed"}


def test_of_two_figures_that_may_be_wrong_the_pixels_choose_what_is_proposed(printed):
    rows = [
        (*ROWS[0][:2], ["60.00"]),
        ("201", "一般公共服务支出", ["50.00"]),
        ("204", "公共安全", ["10.00"]),
    ]
    # 62 = 50 + 12 and 60 = 50 + 10 would both close it.
    made = printed({(2, 2): "12.00"}, rows=rows, measures=("合计",))
    for row, wanted in ((0, "62.00"), (2, "10.00")):
        found = repaired(made, lambda cell, text, row=row: -1.0 if cell.row == row else -5.0)
        assert {place: cell.repairs[0].after for place, cell in found.items()} == {(row, 2): wanted}


@pytest.mark.parametrize(
    ("support", "rows", "found"),
    [
        pytest.param(0.5, ROWS, {(3, 2): "30.00"}, id="the pixels show it"),
        pytest.param(-0.5, ROWS, {}, id="the print was rounded"),
        pytest.param(0.5, ROWS[:4], {(3, 2): "30.01"}, id="one sum: proposed"),
        pytest.param(-0.5, ROWS[:4], {}, id="one sum, and the print was rounded"),
    ],
)
def test_a_last_digit_that_rounding_would_explain_is_put_right_where_the_pixels_show_another(
    printed, support, rows, found
):
    """30.01 is off by a digit in two sums, which would be met by 30.00, and both may be off by rounding."""
    document = printed({(3, 2): "30.01"}, rows=rows)
    equations = [replace(each, tolerance=Decimal("0.02")) for each in document_to_equations(document)]
    equations = [each for each in equations if each.holds()]
    done = put_right(document, likely_repairs(document, equations, lambda cell, text: support), propose=True)
    assert {(c.row, c.col): c.text for t in done.tables for c in t.cells if c.repairs} == found


@pytest.mark.parametrize(("groups", "proposed"), [(4, 4), (6, 0)])
def test_a_last_digit_is_doubted_for_one_sum_only_where_few_are_off(printed, groups, proposed):
    rows = [(None, "合计", [f"{30 * groups}.00"])]
    for code in range(201, 201 + groups):
        rows += [(str(code), "类", ["30.00"]), (f"{code}01", "款", ["10.01"]), (f"{code}02", "款", ["20.00"])]
    document = printed(rows=rows, measures=("合计",))
    equations = [replace(each, tolerance=Decimal("0.02")) for each in document_to_equations(document)]
    done = put_right(document, likely_repairs(document, equations, lambda cell, text: 5.0), propose=True)
    assert sum(bool(cell.repairs) for table in done.tables for cell in table.cells) == proposed


def test_a_text_layer_is_never_repaired(printed):
    assert repaired(printed({(3, 2): "80.00"}, kind="digital")) == {}


def test_a_sound_document_is_left_alone(printed):
    assert repaired(printed()) == {}


def test_a_lost_point_is_put_back(printed):
    ((place, cell),) = repaired(printed({(3, 4): "500"})).items()
    assert (place, cell.text) == ((3, 4), "5.00")


def test_figures_in_each_others_place_are_put_back(printed):
    found = repaired(printed({(3, 3): "5.00", (3, 4): "25.00"}))
    assert {place: cell.text for place, cell in found.items()} == {(3, 3): "25.00", (3, 4): "5.00"}


def test_what_no_single_slip_explains_is_left_to_a_person(printed):
    assert repaired(printed({(3, 2): "71.46"})) == {}


@pytest.mark.parametrize(
    ("printed_text", "value", "text"),
    [
        ("4,517.37", "1234.5", "1,234.50"),
        ("4517", "1234", "1234"),
        ("(3.00)", "-5", "(5.00)"),
        ("3.00", "-5", "-5.00"),
        ("3.0", "5.25", "5.25"),
    ],
)
def test_a_value_is_written_as_its_neighbour_is(printed_text, value, text):
    assert written_like(printed_text, Decimal(value)) == text


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [
        ("1,992.86", "1992.86", 0),
        ("1,992.86", "1992.36", 1),
        ("12.50", "21.50", 1),
        ("12.50", "1.250", 1),
        ("-12.50", "12.50", 1),
        ("12.50", "112.50", 1),
        ("12.50", "2.50", 1),
        ("12.50", "21.05", 2),
        ("12.50", "45.50", 2),
        ("12.50", "3498.50", 3),
    ],
)
def test_slips_of_a_reader_between_two_figures(one, other, slips):
    assert slips_between(one, other) == slips == slips_between(other, one)


def test_dirt_that_was_taken_for_a_figure_becomes_a_blank_cell(printed):
    ((place, cell),) = repaired(printed({(4, 3): "7"})).items()
    assert (place, cell.text, cell.raw_text, cell.spans) == ((4, 3), "", "7", ())
    assert [(repair.kind, repair.after) for repair in cell.repairs] == [("misread", "")]


def test_two_wrong_glyphs_must_show_in_the_pixels(printed):
    made = printed({(3, 2): "86.00"})
    ((_, cell),) = repaired(made).items()
    assert cell.text == "30.00"
    assert repaired(made, nobody_looks) == {}
    assert repaired(made, lambda cell, text: -9.0) == {}


def test_a_figure_that_cannot_be_read_is_what_two_sums_say(printed):
    document = printed({(3, 2): "3C.S"})
    ((place, cell),) = repaired(document, nobody_looks).items()
    assert (place, cell.text, cell.raw_text) == ((3, 2), "30.00", "3C.S")
    assert [repair.kind for repair in cell.repairs] == ["misread"]
    # Until then its sums neither hold nor fail.
    checked = check_document(document)
    of_it = [each for each in checked.findings if any((c.row, c.col) == (3, 2) for c in each.cells)]
    assert {finding.status for finding in of_it} == {"skipped"}
    assert any("?" in finding.message for finding in of_it)


def test_one_sum_alone_only_proposes_what_cannot_be_read_and_two_such_figures_are_open(printed):
    rows = [
        (None, "合计", ["9.00"]),
        ("201", "一般公共服务支出", ["4.00"]),
        ("204", "公共安全支出", ["5.00"]),
    ]
    ((place, cell),) = repaired(printed({(1, 2): "x1"}, rows=rows, measures=("合计",))).items()
    assert (place, cell.text) == ((1, 2), "x1")
    assert [(repair.kind, repair.after) for repair in cell.repairs] == [("proposed", "4.00")]
    assert repaired(printed({(1, 2): "x1", (2, 2): "y2"}, rows=rows, measures=("合计",))) == {}
