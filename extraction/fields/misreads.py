"""Misread glyphs that the column betrays: an amount cannot hold the letter O, an operator cannot be 二.

Where two readings are possible nothing is changed: a `>` read from a scan is mostly a `≥` whose bar was lost,
and the other reading is proposed to whoever reviews the record.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping

from rapidfuzz.distance import Levenshtein

from yusuan.extraction.document import Cell, Evidence, Repair, Table
from yusuan.extraction.fields.budget import codes_of_items
from yusuan.extraction.fields.labels import has_label, replace_cells, whole_span
from yusuan.extraction.fields.targets import repair_operator
from yusuan.extraction.numerals import canonical, repair_amount
from yusuan.extraction.token_labels import (
    BODY_BUDGET,
    LINE_AMOUNT,
    LINE_CODE,
    LINE_ITEM,
    OPERATOR,
    PROJECT_BUDGET,
)

_DIGITS = str.maketrans({"O": "0", "o": "0", "〇": "0", "l": "1", "I": "1", "|": "1"})


def _repair_code(text: str) -> str | None:
    words = canonical(text)
    repaired = words.translate(_DIGITS).strip(".,·")
    return repaired if repaired != words and repaired.isdigit() else None


# Label → what such a cell must hold when it reads as something else, and why that is believed.
_REPAIRS: dict[str, tuple[Callable[[str], str | None], str]] = {
    LINE_AMOUNT: (repair_amount, "the column holds amounts"),
    BODY_BUDGET: (repair_amount, "the place of an amount"),
    PROJECT_BUDGET: (repair_amount, "the place of an amount"),
    "project.budget_local": (repair_amount, "the place of an amount"),
    "project.budget_upper": (repair_amount, "the place of an amount"),
    "asset.value": (repair_amount, "the column holds amounts"),
    "procurement.amount": (repair_amount, "the column holds amounts"),
    "procurement.price": (repair_amount, "the column holds amounts"),
    LINE_CODE: (_repair_code, "the column holds codes"),
    OPERATOR: (repair_operator, "the column holds operators"),
}


# Readers drop the bar below: of the `>` and `<` that they report, most are `≥` and `≤` on paper.
_BAR_LOST = {">": "≥", "<": "≤"}
_DOUBTED = 0.5


def repair_misreads(table: Table, printed: Container[int]) -> Table:
    """Return the table with misread amounts, codes and operators put right where there is one reading only.

    What was read stays in `raw_text`; the repair says what was changed and why. A comparison that may have
    lost its bar keeps its text, with a proposed repair and little confidence in its label.

    Args:
        table: with labelled cells.
        printed: numbers of pages with a text layer, whose comparisons are not doubted.
    """
    changed = [
        fixed for cell in table.cells if (fixed := _repaired(cell) or _doubted(cell, printed)) is not None
    ]
    return replace_cells(table, changed)


def _doubted(cell: Cell, printed: Container[int]) -> Cell | None:
    """Return the cell with a proposal for its comparison."""
    if cell.page in printed:
        return None
    for index, span in enumerate(cell.spans):
        sign = canonical(cell.text[span.start : span.end])
        if span.label != OPERATOR or sign not in _BAR_LOST:
            continue
        after = cell.text[: span.start] + _BAR_LOST[sign] + cell.text[span.end :]
        evidence = Evidence(text="the bar of ≥ and ≤ is often lost", page=cell.page, bbox=cell.bbox)
        proposal = Repair(kind="proposed", before=cell.text, after=after, evidence=(evidence,))
        doubt = span.model_copy(update={"confidence": min(_DOUBTED, span.confidence or 1)})
        spans = (*cell.spans[:index], doubt, *cell.spans[index + 1 :])
        return cell.model_copy(update={"spans": spans, "repairs": (*cell.repairs, proposal)})
    return None


def _repaired(cell: Cell) -> Cell | None:
    if len(cell.spans) != 1 or cell.spans[0].label not in _REPAIRS:
        return None
    label = cell.spans[0].label
    repair, reason = _REPAIRS[label]
    text = repair(cell.text)
    if text is None:
        return None
    evidence = Evidence(text=reason, page=cell.page, bbox=cell.bbox)
    done = Repair(kind="misread", before=cell.text, after=text, evidence=(evidence,))
    return whole_span(cell.model_copy(update={"text": text, "repairs": (*cell.repairs, done)}), label)


# A name read less surely than this, with a glyph in so many unlike the one that the code list has for its
# code, is that name: names in the list change from year to year by whole words, not by a glyph.
_UNSURE, _GLYPHS_A_SLIP = 0.97, 4


def repair_items(table: Table, item_names: Mapping[str, str], printed: Container[int]) -> Table:
    """Return the table with misread names of codes put right by the code list.

    Args:
        table: with labelled cells.
        item_names: subject code → name in the code list of the fiscal year.
        printed: numbers of pages with a text layer, whose names are as printed.
    """
    codes = codes_of_items(table)
    changed = []
    for cell in table.cells:
        listed = item_names.get(codes.get((cell.row, cell.col)) or "")
        if listed is None or cell.page in printed or len(cell.spans) != 1 or not has_label(cell, LINE_ITEM):
            continue
        read, name = canonical(cell.text), canonical(listed)
        slips = Levenshtein.distance(read, name)
        sure = cell.confidence is None or cell.confidence >= _UNSURE
        if not sure and 0 < slips <= len(name) // _GLYPHS_A_SLIP and len(read) == len(name):
            evidence = Evidence(text=f"code list: {codes[cell.row, cell.col]} {listed}")
            done = Repair(kind="misread", before=cell.text, after=listed, evidence=(evidence,))
            put_right = cell.model_copy(update={"text": listed, "repairs": (*cell.repairs, done)})
            changed.append(whole_span(put_right, LINE_ITEM))
    return replace_cells(table, changed)
