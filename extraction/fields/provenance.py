"""Where fields were read: cells and lines to provenance, and what that makes of a record's confidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from yusuan.extraction.document import BBox, Cell, Provenance, Span
from yusuan.extraction.fields.labels import PlacedLine

Places = tuple[Provenance, ...]


def cell_places(table: str, *cells: Cell) -> Places:
    """Return where the cells stand; a cell torn by a page break stands in all of its parts."""
    places: list[Provenance] = []
    for cell in cells:
        places.append(_place(cell.page, cell.bbox, table, cell.row, cell.col))
        for repair in cell.repairs:
            if repair.kind != "joined":
                continue
            for part in repair.evidence:
                if part.page is None or part.bbox is None or (part.page, part.bbox) == (cell.page, cell.bbox):
                    continue
                places.append(_place(part.page, part.bbox, table, cell.row, cell.col))
    return tuple(places)


# A name or heading is of many records, which share its place.
@lru_cache(maxsize=1 << 12)
def _place(page: int, bbox: BBox, table: str, row: int, col: int) -> Provenance:
    return Provenance(page=page, bbox=bbox, table=table, row=row, col=col)


def line_places(*lines: PlacedLine) -> Places:
    """Return where the lines stand."""
    return tuple(Provenance(page=placed.page, bbox=placed.line.bbox) for placed in lines)


def read_fields(fields: Mapping[str, object], places: Mapping[str, Places]) -> dict[str, Places]:
    """Return the places of those fields that say something and were read somewhere."""
    return {name: found for name, found in places.items() if found and fields.get(name) is not None}


def joint_confidence(cells: Iterable[Cell], spans: Iterable[Span] | None = None) -> float | None:
    """Return the least confidence of what a record was read from; None where nobody gave any.

    The least, not the product: fields of one row are misread together, and the product of twenty
    cautious readers says nothing. Calibration comes after.

    Args:
        cells: that the record was read from.
        spans: of their labels, those that the record rests on; all of them unless given.
    """
    read = list(cells)
    labels = [span for cell in read for span in cell.spans] if spans is None else spans
    given = [*(cell.confidence for cell in read), *(span.confidence for span in labels)]
    return min((each for each in given if each is not None), default=None)
