"""Torn texts: whether one goes on in another, and the repair that says what became of a cell."""

from __future__ import annotations

import re

from yusuan.extraction.document import Cell, Evidence, Repair, RepairKind
from yusuan.extraction.numerals import canonical
from yusuan.extraction.tables.contents import closes, content_of, is_open, is_total, join_parts, starts_item
from yusuan.extraction.tables.headers import completes_label, is_label_word

_CODE_LENGTHS = (3, 5, 7)  # digits of 类, 类款 and 类款项
_PROSE = 30  # characters from which a cell holds prose rather than a name
_TORN_FIGURE = re.compile(r"-?\d[\d,]*([.,] \d+| [.,]\d+)[\d,.]*")
# Contents that are never the rest of something.
_WHOLE = ("operator", "level1", "level2", "flag", "direction")


def repaired(cell: Cell, kind: RepairKind, after: str, evidence: Evidence, rows: int = 0) -> Cell:
    """Return `cell` with the text `after`, `rows` more rows, and the repair that says so."""
    repair = Repair(kind=kind, before=cell.text, after=after, evidence=(evidence,))
    return cell.model_copy(
        update={"text": after, "rowspan": cell.rowspan + rows, "repairs": (*cell.repairs, repair)}
    )


def joined(first: Cell, second: Cell, rows: int = 0) -> Cell:
    """Return `first` with the text of `second`, its torn rest, appended, and `rows` more rows."""
    return repaired(first, "joined", join_parts(first.text, second.text), seen(second), rows)


def seen(cell: Cell) -> Evidence:
    """Return a cell as evidence: what is read in it, and where."""
    return Evidence(text=cell.text, page=cell.page, bbox=cell.bbox)


def continues(first: str, second: str) -> bool:
    """Return whether `second` can be the rest of the torn text `first`."""
    a, b = canonical(first), canonical(second)
    kinds = content_of(a), content_of(b)
    if a.isdigit() and b.isdigit():
        return len(a) >= 3 and len(a) + len(b) in _CODE_LENGTHS
    if _TORN_FIGURE.fullmatch(f"{a} {b}") or completes_label(a, b):
        return True
    if kinds[1] in ("number", *_WHOLE) or kinds[0] in ("operator", "flag", "direction"):
        return False
    if is_total(a) or is_total(b) or (is_label_word(a) and is_label_word(b)):
        return False
    return _is_prose(a) or not starts_item(b)


def is_unfinished(first: str, second: str) -> bool:
    """Return whether the texts themselves, without their row, show that the first goes on in the second."""
    a, b = canonical(first), canonical(second)
    torn_code = (
        a.isdigit() and b.isdigit() and len(a) not in _CODE_LENGTHS and len(a) + len(b) in _CODE_LENGTHS
    )
    running_on = is_open(a) or closes(b) or (_is_prose(a) and a[-1] not in "。;!?")
    return torn_code or running_on or completes_label(a, b)


def _is_prose(word: str) -> bool:
    return content_of(word) == "text" and (len(word) >= _PROSE or bool(re.search("[,;。]", word)))
