"""Figures that are in doubt are read a second time, and whether both readings agree is kept.

Asked again are figures that the reader was not sure of, those in sums that fail, and those under seals, which
are never sure. A second reading changes nothing: it is one more witness, for the repair and for confidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from yusuan.extraction.checks.equations import finding_id
from yusuan.extraction.document import Cell, CellRef, Document, Finding
from yusuan.extraction.numerals import canonical, parse_amount, parse_weight
from yusuan.extraction.ocr.engine import Reading
from yusuan.extraction.token_labels import FIGURE_LABELS

RULE = "second_reading"
# A reader less sure than this is asked again.
UNSURE = 0.97


def read_again(
    document: Document, doubted: Iterable[CellRef], read: Callable[[Cell], Reading | None]
) -> Document:
    """Return the document with a finding for each figure that was read a second time.

    Args:
        document: with labelled tables.
        doubted: cells to be asked again whatever the reader said of them.
        read: reads a cell; None where it cannot be.
    """
    scanned = {page.number for page in document.pages if page.kind == "scanned" and page.status == "ok"}
    asked = set(doubted)
    found: list[Finding] = [finding for finding in document.findings if finding.rule != RULE]
    for table in document.tables:
        for cell in table.cells:
            ref = CellRef(table=table.id, row=cell.row, col=cell.col)
            unsure = cell.confidence is not None and cell.confidence < UNSURE
            if cell.page not in scanned or not _is_figure(cell) or not (unsure or ref in asked):
                continue
            second = read(cell)
            if second is not None and second.text:
                found.append(_finding(ref, cell, second))
    return document.model_copy(update={"findings": tuple(found)})


def _is_figure(cell: Cell) -> bool:
    return len(cell.spans) == 1 and cell.spans[0].label in FIGURE_LABELS and bool(cell.text.strip())


def _finding(ref: CellRef, cell: Cell, second: Reading) -> Finding:
    agrees = _plain(second.text) == _plain(cell.text)
    return Finding(
        id=finding_id(RULE, ref),
        rule=RULE,
        status="pass" if agrees else "fail",
        severity="info" if agrees else "warning",
        message=f"read again as {second.text}" + ("" if agrees else f", first as {cell.text}"),
        tables=(ref.table,),
        cells=(ref,),
        amounts={"first": cell.text, "second": second.text, "confidence": f"{second.confidence:.3f}"},
    )


def _plain(text: str) -> str:
    """Return a figure as readings are compared: without what readers put in and leave out."""
    return parse_amount(text) or parse_weight(text) or canonical(text).replace(",", "")
