"""Figures in doubt are read again, and whether both readings agree is kept; nothing is changed."""

import pytest

from yusuan.extraction.checks.second_readings import RULE, read_again
from yusuan.extraction.document import Cell, CellRef, Document, Page, Source, Span, Table
from yusuan.extraction.ocr.engine import Reading


def made(confidence=0.9, kind="scanned", label="budget_line.amount", text="4,517.37"):
    box = (0, 0, 9, 9)
    cell = Cell(
        row=0,
        col=0,
        text=text,
        raw_text=text,
        page=1,
        bbox=box,
        quad=((0, 0), (9, 0), (9, 9), (0, 9)),
        confidence=confidence,
        spans=(Span(start=0, end=len(text), label=label),) if text else (),
    )
    return Document(
        source=Source(path="a.pdf", sha256="0" * 64, pages=1, kind=kind),
        pages=(Page(number=1, width=9, height=9, dpi=200, kind=kind),),
        tables=(Table(id="t1", n_rows=1, n_cols=1, cells=(cell,)),),
    )


def findings(document, second="4517.37", doubted=()):
    done = read_again(document, doubted, lambda cell: Reading(second, 0.8) if second is not None else None)
    assert done.tables == document.tables
    assert read_again(done, doubted, lambda cell: Reading(second or "", 0.8)).findings == done.findings
    return done.findings


@pytest.mark.parametrize(("second", "status"), [("4517.37", "pass"), ("4,511.37", "fail"), ("M", "fail")])
def test_an_unsure_figure_is_read_again(second, status):
    (finding,) = findings(made(), second)
    assert (finding.rule, finding.status, finding.cells[0].row) == (RULE, status, 0)
    assert (finding.amounts["first"], finding.amounts["second"]) == ("4,517.37", second)


def test_a_sure_one_is_asked_where_a_sum_fails():
    assert findings(made(confidence=0.99)) == ()
    place = CellRef(table="t1", row=0, col=0)
    assert [finding.status for finding in findings(made(confidence=0.99), doubted=[place])] == ["pass"]


@pytest.mark.parametrize(
    "document",
    [made(kind="digital"), made(label="budget_line.item"), made(text="")],
    ids=["text layer", "name", "blank"],
)
def test_what_is_no_figure_of_a_scan_is_not_asked(document):
    assert findings(document) == ()


def test_a_cell_that_cannot_be_read_again_says_nothing():
    assert findings(made(), None) == ()
