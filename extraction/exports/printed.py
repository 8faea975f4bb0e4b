"""What is printed of the cells of logical tables: of torn ones each part, of clipped ones what is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from yusuan.extraction.document import BBox, Cell, Evidence


@dataclass(frozen=True)
class Part:
    """What stands of a cell on a page behind the one where it begins."""

    cell: Cell
    page: int
    bbox: BBox
    text: str


def printed_text(cell: Cell) -> str:
    """Return what is printed where a cell begins."""
    return _pieces(cell)[0]


def parts_of(cell: Cell) -> Iterator[Part]:
    """Yield the parts of a cell on later pages, in order."""
    _, *texts = _pieces(cell)
    for seen, text in zip(_joined(cell), texts, strict=True):
        if seen.page is not None and seen.bbox is not None:
            yield Part(cell, seen.page, seen.bbox, text)
    for repair in cell.repairs:
        # The rest of a spanned cell is blank, or says the same again.
        for seen in repair.evidence if repair.kind == "carried" else ():
            if seen.page is not None and seen.page != cell.page and seen.bbox is not None:
                yield Part(cell, seen.page, seen.bbox, cell.text if seen.text == repair.after else seen.text)


def _joined(cell: Cell) -> list[Evidence]:
    return [seen for repair in cell.repairs if repair.kind == "joined" for seen in repair.evidence]


def _pieces(cell: Cell) -> list[str]:
    """Return the text of a cell as printed: where it begins, and in each part that was joined to it."""
    clipped = [each.before for each in cell.repairs if each.kind == "completed" and each.after == cell.text]
    whole = clipped[0] if clipped else cell.text
    joins = [repair for repair in cell.repairs if repair.kind == "joined"]
    if not joins:
        return [whole]
    texts = [seen.text for seen in _joined(cell)]
    if joins[-1].after == whole:
        return [joins[0].before, *texts]
    # People corrected the text after it was joined: its parts end where they ended before.
    ends = [0]
    for text in reversed(texts):
        ends.append(ends[-1] + len(text))
    cuts = [_followed(len(joins[-1].after) - end, joins[-1].after, whole) for end in reversed(ends[1:])]
    starts, stops = [0, *cuts], [*cuts, len(whole)]
    return [whole[start:stop].strip() for start, stop in zip(starts, stops, strict=True)]


def _followed(place: int, before: str, after: str) -> int:
    """Return where a place of a text is in another one that was made of it."""
    for _, start, end, new_start, new_end in SequenceMatcher(None, before, after, False).get_opcodes():
        if start <= place <= end:
            return min(new_start + place - start, new_end) if place < end else new_end
    return len(after)
