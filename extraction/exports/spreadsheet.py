"""What every Excel file of ours obeys: text stays text, amounts are numbers shown as printed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]

from yusuan.extraction.numerals import canonical, parse_amount

MAX_ROWS = 1_048_576
# The same document gives the same bytes, whenever it is written.
_CREATED = datetime(2000, 1, 1)
_MAX_TEXT = 32_767
_MAX_NAME = 31
_EXACT_DIGITS = 15  # more than a double holds
_PRINTED = re.compile(r"(?P<sign>-?)(?P<whole>\d[\d,]*)(?:\.(?P<decimals>\d+))?")


class Styles:
    """The formats of one workbook, each made once; Excel files may hold only so many."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def get(self, **properties: Any) -> Any:
        """Return the format with these xlsxwriter properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format(properties)
        return self._made[key]


@contextmanager
def open_workbook(path: Path, **options: Any) -> Iterator[Any]:
    """Give an xlsxwriter workbook that is written to `path` at the end.

    Raises:
        OSError: it cannot be written.
    """
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(str(path), {**safe, **options})
    workbook.set_properties({"created": _CREATED})
    try:
        yield workbook
    finally:
        try:
            workbook.close()
        except FileCreateError as error:
            raise error.__cause__ or OSError(str(error)) from None


def amount_to_number(text: str) -> tuple[float, str] | None:
    """Return an amount as a number and the Excel format that shows it as it was printed.

    None where it is no amount, is a code with leading zeros, has more digits than Excel keeps, or
    is printed in a way that no number format gives back.
    """
    printed = canonical(text)
    plain = parse_amount(text)
    negative = printed.startswith("(") and printed.endswith(")")
    match = _PRINTED.fullmatch(printed[1:-1] if negative else printed)
    if plain is None or match is None:
        return None
    digits = match["whole"].replace(",", "")
    if len(digits + (match["decimals"] or "")) > _EXACT_DIGITS or (len(digits) > 1 and digits[0] == "0"):
        return None
    shape = "#,##0" if "," in match["whole"] else "0"
    if match["decimals"]:
        shape += "." + "0" * len(match["decimals"])
    return float(plain), f"{shape};({shape})" if negative else shape


def write_text(sheet: Any, row: int, col: int, text: str, style: Any = None) -> None:
    """Write text as text; what Excel cannot hold in one cell is cut with a note of how much."""
    if len(text) > _MAX_TEXT:
        note = f"… ({len(text)} characters in all, see document.json)"
        text = text[: _MAX_TEXT - len(note)] + note
    if text:
        sheet.write_string(row, col, text, style)
    else:
        sheet.write_blank(row, col, None, style)


def sheet_name(wanted: str, taken: set[str]) -> str:
    r"""Return a valid sheet name like the one wanted that is not in `taken`, and enter it there.

    Excel allows 31 UTF-16 units without `[]:*?/\`, no apostrophe at either end, and compares without case.
    """
    clean = "".join(
        " " if char in "[]:*?/\\" or unicodedata.category(char)[0] == "C" else char for char in wanted
    )
    clean = " ".join(clean.split()).strip("'") or "sheet"
    if clean.casefold() == "history":  # Excel keeps this name for itself
        clean += "_"
    number, name = 1, _cut(clean, _MAX_NAME)
    while name.casefold() in taken:
        number += 1
        name = _cut(clean, _MAX_NAME - len(f" {number}")) + f" {number}"
    taken.add(name.casefold())
    return name


def _cut(text: str, units: int) -> str:
    while len(text.encode("utf-16-le")) // 2 > units:
        text = text[:-1]
    return text.rstrip("' ")


def text_width(text: str) -> int:
    """Return how many columns of a fixed pitch a text's longest line takes; a Chinese glyph takes two."""
    return max(
        (sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) for line in text.split("\n")),
        default=0,
    )
