"""Two misread figures of one sum hide each other until other sums put one of them right."""

from __future__ import annotations

from yusuan.datasets.synth.pages import draw_documents
from yusuan.extraction.checks.check import document_to_equations
from yusuan.extraction.config import load_settings
from yusuan.extraction.document import Cell, CellRef, Document
from yusuan.extraction.fields.labels import replace_cells, whole_span
from yusuan.extraction.fields.records import build_records
from yusuan.extraction.numerals import parse_amount
from yusuan.extraction.pipeline import Means, repair_by


class Pixels:
    """Pixels in which any text may stand."""

    def support(self, cell: Cell, text: str) -> float:
        return -1.0

    def indent(self, cell: Cell) -> None:
        return None


class SeenMeans(Means):
    second = Pixels()  # type: ignore[assignment]


def scanned() -> Document:
    drawn = next(draw_documents(4, layouts=("expenditure_codes",))).document
    pages = tuple(page.model_copy(update={"kind": "scanned"}) for page in drawn.pages)
    return build_records(drawn.model_copy(update={"pages": pages, "findings": ()}))


def with_slips(document: Document, *refs: CellRef) -> Document:
    """Return the document with the second digit of some figures misread."""
    (table,) = document.tables
    changed = []
    for cell in table.cells:
        ref = CellRef(table=table.id, row=cell.row, col=cell.col)
        if ref in refs:
            text = cell.text[0] + str((int(cell.text[1]) + 2 + refs.index(ref)) % 10) + cell.text[2:]
            changed.append(
                whole_span(cell.model_copy(update={"text": text, "raw_text": text}), cell.spans[0].label)
            )
    return build_records(document.model_copy(update={"tables": (replace_cells(table, changed),)}))


def test_a_figure_that_was_hidden_by_another_is_put_right_after_it() -> None:
    document = scanned()
    texts = {
        CellRef(table=table.id, row=cell.row, col=cell.col): cell.text
        for table in document.tables
        for cell in table.cells
    }
    equations = document_to_equations(document)

    def apart(one: CellRef, other: CellRef) -> int:
        return sum(one in each.cells and other not in each.cells for each in equations)

    total, part = next(
        (each.left[0].cell, term.cell)
        for each in equations
        for term in each.right
        if each.rule == "code_sum"
        and apart(each.left[0].cell, term.cell) >= 2
        and apart(term.cell, each.left[0].cell) == 1
        and all(len(texts[ref]) > 4 and texts[ref][:2].isdigit() for ref in (each.left[0].cell, term.cell))
    )
    wrong = with_slips(document, total, part)
    assert any(not each.holds() for each in document_to_equations(wrong))
    done = repair_by(wrong, SeenMeans(load_settings()), lambda equation: True)
    for cell in done.tables[0].cells:
        ref = CellRef(table=done.tables[0].id, row=cell.row, col=cell.col)
        assert parse_amount(cell.text) == parse_amount(texts[ref])
    assert all(each.holds() for each in document_to_equations(done))
