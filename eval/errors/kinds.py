"""What can go wrong between a page and its records: the kinds, and one case of one kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from yusuan.extraction.document import BBox


class ErrorKind(StrEnum):
    """Kinds of error, causes before symptoms: a case is of the first kind whose evidence it shows."""

    LOST_TABLE = "lost table"
    FALSE_TABLE = "false table"
    TORN_ROW = "torn row"
    LOST_SPAN = "lost span"
    WRONG_CELL = "wrong cell"
    MISREAD = "misread"
    WRONG_CHECK = "wrong check"
    WRONG_JOIN = "wrong join"
    MISSED_COMPLETION = "missed completion"
    WRONG_LABEL = "wrong label"


RULES: Mapping[ErrorKind, str] = {
    ErrorKind.LOST_TABLE: "A table of the page, or rows at its edge, lies in no table that was found.",
    ErrorKind.FALSE_TABLE: "A table was found where there is none.",
    ErrorKind.TORN_ROW: "One row became several, or several became one.",
    ErrorKind.LOST_SPAN: "A merged cell (or a column) came apart, or cells that stand apart were merged.",
    ErrorKind.WRONG_CELL: "The value is right somewhere, but was taken from, or put into, another cell.",
    ErrorKind.MISREAD: "The right cell, with wrong characters.",
    ErrorKind.WRONG_CHECK: "A check fails on right values or passes on wrong ones, or a repair made a right "
    "value wrong.",
    ErrorKind.WRONG_JOIN: "Parts of one table were not joined over a page break, or two tables were.",
    ErrorKind.MISSED_COMPLETION: "A name printed clipped stayed clipped.",
    ErrorKind.WRONG_LABEL: "The text is right, and says something else than was made of it, or nothing was.",
}


@dataclass(frozen=True)
class ErrorCase:
    """One thing that went wrong at one place, with all fields of records that it cost.

    Attributes:
        kind: its primary kind.
        page: number of the page, counting from 1; None where it is at no place.
        gold_boxes: where the truth stands, in pixels of the predicted upright page.
        predicted_boxes: where the prediction took it from, in the same pixels.
        gold_text: what is true; None: there is nothing.
        predicted_text: what was said; None: nothing was.
        record: type of the records concerned; None where none is.
        field_name: the field concerned; None where it is a whole record, or none.
        fields: `type.field` → how many values of records this case cost.
        note: what happened, in a few words.
        document: name of the gold document.
        image: the predicted upright page, where there is one.
        tags: slice → name of the part (`scan` → `office`) that the place belongs to.
    """

    kind: ErrorKind
    page: int | None
    gold_boxes: tuple[BBox, ...] = ()
    predicted_boxes: tuple[BBox, ...] = ()
    gold_text: str | None = None
    predicted_text: str | None = None
    record: str | None = None
    field_name: str | None = None
    fields: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
    document: str = ""
    image: Path | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def cost(self) -> int:
        """How many values of records it cost."""
        return sum(self.fields.values())
