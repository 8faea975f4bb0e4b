"""Cells read again with what they can hold; the pixels decide, and here a function says what they show."""

import pytest

from yusuan.extraction.checks.rereading import reread
from yusuan.extraction.document import Cell, Document, Page, Source, Span, Table
from yusuan.extraction.ocr.engine import Reading


class Pixels:
    """What the pixels of every cell show: texts that are seen, and what is read where a figure stands."""

    def __init__(self, *texts, figure=None):
        self.texts, self.as_figure = texts, figure

    def support(self, cell, text):
        return -1.0 if text in self.texts else -9.0

    def figure(self, cell):
        return Reading(self.as_figure, 0.99) if self.as_figure is not None else None


def cell(row, text, label, confidence=0.9):
    box = (0, row * 9, 9, row * 9 + 9)
    quad = ((0, 0), (9, 0), (9, 9), (0, 9))
    spans = (Span(start=0, end=len(text), label=label, confidence=0.8),)
    return Cell(
        row=row,
        col=0,
        text=text,
        raw_text=text,
        page=1,
        bbox=box,
        quad=quad,
        confidence=confidence,
        spans=spans,
    )


def document(*cells, kind="scanned"):
    return Document(
        source=Source(path="a.pdf", sha256="0" * 64, pages=1, kind=kind),
        pages=(Page(number=1, width=9, height=9, dpi=200, kind=kind),),
        tables=(Table(id="t1", n_rows=99, n_cols=2, cells=cells),),
    )


def first(done):
    return done.tables[0].cells[0]


AMOUNTS = [cell(row, f"{row},000.00", "budget_line.amount", 0.99) for row in range(1, 25)]


@pytest.mark.parametrize(
    ("text", "label", "seen", "why"),
    [
        ("人员经要", "header", "人员经费", "a known heading"),
        ("总", "header", "总计", "a known heading"),
        ("一般公共预算披款收入", "header", "一般公共预算拨款收入", "a known heading"),
        ("上年姑特结余", "header", "上年结转结余", "a known heading"),
        ("二、社会保障和成业支出", "budget_line.item", "二、社会保障和就业支出", "code list: 208"),
    ],
)
def test_a_known_name_that_the_pixels_show_is_put_in(text, label, seen, why):
    listed = {"208": "社会保障和就业支出"}
    done = first(reread(document(cell(0, text, label)), listed, Pixels(seen)))
    assert (done.text, done.raw_text) == (seen, text)
    assert (done.repairs[0].kind, why in done.repairs[0].evidence[0].text) == ("misread", True)
    assert (done.spans[0].label, done.spans[0].end) == (label, len(seen))
    # Without a text layer nobody else knows; and a name that is really printed otherwise stays.
    for untouched in (
        reread(document(cell(0, text, label)), listed, Pixels()),
        reread(document(cell(0, text, label), kind="digital"), listed, Pixels(seen)),
    ):
        assert first(untouched).text == text


def test_a_name_is_known_that_other_cells_print():
    cells = [cell(row, "某县第二小学", "organization.name") for row in (1, 2)]
    odd = cell(0, "某县策二小学", "organization.name")
    done = first(reread(document(odd, *cells), {}, Pixels("某县第二小学")))
    assert (done.text, done.repairs[0].evidence[0].page) == ("某县第二小学", 1)
    assert first(reread(document(odd, cells[0]), {}, Pixels("某县第二小学"))).text == "某县策二小学"


def test_a_name_misread_alike_in_two_places_is_not_known_for_that():
    listed = {"2080502": "事业单位离退休", "2080501": "行政单位离退休"}
    misread = [cell(row, "事业单位高退休", "budget_line.item", 0.99) for row in (0, 1)]
    done = reread(document(*misread), listed, Pixels("事业单位离退休"))
    assert [each.text for each in done.tables[0].cells] == ["事业单位离退休"] * 2
    # One that is printed so in several places, and not seen otherwise, stays.
    kept = reread(document(*misread), listed, Pixels())
    assert [each.text for each in kept.tables[0].cells] == ["事业单位高退休"] * 2


@pytest.mark.parametrize("code", ["2080502", "2080599"])
def test_of_a_name_beside_a_code_only_the_name_of_that_code_will_do(code):
    listed = {"2080502": "事业单位离退休", "2080599": "事业单位离退伍"}
    name = cell(0, "事业单位离退体", "budget_line.item").model_copy(update={"col": 1})
    done = reread(document(cell(0, code, "budget_line.code"), name), listed, Pixels(*listed.values()))
    assert done.tables[0].cells[1].text == listed[code]


@pytest.mark.parametrize(
    ("text", "figure"), [("1,∠86,400.00", "1,286,400.00"), ("3,500,00.00", "3,500,000.00")]
)
def test_what_is_no_figure_is_read_as_one(text, figure):
    done = first(reread(document(cell(0, text, "budget_line.amount", 0.99)), {}, Pixels(figure=figure)))
    assert (done.text, done.confidence) == (figure, 0.85)


@pytest.mark.parametrize(
    ("text", "expected"), [("486.000", "486,000"), ("26,778.080", "26,778,080"), ("1234.000", "1234.000")]
)
def test_where_no_figure_has_decimals_a_point_before_three_digits_was_a_comma(text, expected):
    whole = [cell(row, f"{row},300", "budget_line.amount", 0.99) for row in range(1, 25)]
    odd = cell(0, text, "budget_line.amount", 0.99)
    done = first(reread(document(odd, *whole), {}, Pixels()))
    assert done.text == expected
    assert (done.confidence < 0.9) == (text != expected)
    # Among figures with decimals it may be what it says.
    assert first(reread(document(odd, *AMOUNTS), {}, Pixels())).text == text


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        ("·预算合计.", "header", "预算合计"),
        ("块·", "procurement.measure_unit", "块"),
        ("48.5.", "indicator.value", "48.5"),
        (".5", "indicator.value", ".5"),  # perhaps 0.5
        (".", "header", "."),
        ("专项资.金", "project.name", "专项资金"),
        ("一.基本'支出", "budget_line.item", "一.基本支出"),
        ("按期.保质完成", "project.goal", "按期.保质完成"),  # perhaps 、
        ("一、", "budget_line.item", "一、"),
        ("完成培训。", "project.goal", "完成培训。"),
    ],
)
def test_dust_in_and_about_a_text_is_none_of_it(text, label, expected):
    assert first(reread(document(cell(0, text, label)), {}, Pixels())).text == expected


@pytest.mark.parametrize(("figure"), [None, "", "12,34"])
def test_what_cannot_be_read_as_a_figure_stays(figure):
    done = first(reread(document(cell(0, "12,3A", "budget_line.amount", 0.99)), {}, Pixels(figure=figure)))
    assert (done.text, done.repairs) == ("12,3A", ())


@pytest.mark.parametrize(
    ("text", "confidence", "seen", "expected"),
    [
        ("1", 0.5, "", ""),
        ("7小", 0.2, "", ""),
        ("1", 0.9, "", "1"),  # read surely
        ("1", 0.5, "1", "1"),  # the pixels show more than paper
        ("100", 0.5, "", "100"),  # too much for dirt
    ],
)
def test_dirt_among_amounts_is_no_amount(text, confidence, seen, expected):
    odd = cell(0, text, "budget_line.amount", confidence)
    assert first(reread(document(odd, *AMOUNTS), {}, Pixels(seen))).text == expected


def test_a_table_of_whole_figures_may_have_a_small_one():
    whole = [cell(row, f"{row}0", "asset.quantity", 0.99) for row in range(1, 13)]
    assert first(reread(document(cell(0, "1", "asset.quantity", 0.5), *whole), {}, Pixels(""))).text == "1"
