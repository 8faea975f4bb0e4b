"""Amounts of records on pages of which only the tables are known: right is what stands in that place.

Whether the record calls the amount what it is, such truth cannot say; whether to believe the amount, it can.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from yusuan.eval.external import moved_box, scan_frame
from yusuan.eval.metrics.canonical import canonical_amount
from yusuan.eval.metrics.grids import GridCell
from yusuan.eval.scoring import Cuts
from yusuan.eval.tally import Judged, Tally
from yusuan.extraction.checks.evidence import cells_by_place, confidence_of
from yusuan.extraction.document import BBox, Document, Page, Provenance, Record
from yusuan.extraction.exports.rows import money_fields


def judge_amounts(
    tally: Tally, cuts: Cuts, true: Sequence[GridCell], document: Document, page: Page, dpi: float
) -> None:
    """Count the amounts that stand in records of a page, and how sure the program was of each.

    What stands where the truth has no cell, or does not say what is in it, is left out.

    Args:
        tally: counted into.
        cuts: slices of the page.
        true: cells of its tables, in pixels of the image as it came, or of the PDF page at `dpi`.
        document: what was read.
        page: of it.
        dpi: see `true`.
    """
    frame = scan_frame(document, page, dpi)
    cells = cells_by_place(document)
    for record, field, place in _amounts(document, page.number):
        text = _text_at(true, moved_box(place.bbox, frame))
        if text is None:
            continue
        right = canonical_amount(text) == canonical_amount(getattr(record, field))
        accepted = record.status == "accepted"
        tally.share("coverage", cuts, int(accepted), 1)
        if accepted:
            tally.share("accepted_fields", cuts, int(right), 1)
        sure = confidence_of(cells, record, field)
        if sure is not None:
            tally.judged.append(Judged(sure, right, cuts))


def _amounts(document: Document, number: int) -> Iterator[tuple[Record, str, Provenance]]:
    for record in document.records:
        for field in money_fields(record.type):
            places = record.provenance.get(field, ())
            if getattr(record, field) is not None and places and places[0].page == number:
                yield record, field, places[0]


def _text_at(cells: Sequence[GridCell], box: BBox | Sequence[float]) -> str | None:
    """Return what the truth has around the middle of a box; None where it says nothing."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    for cell in cells:
        x0, y0, x1, y1 = cell.box
        if x0 <= x <= x1 and y0 <= y <= y1:
            return cell.text
    return None
