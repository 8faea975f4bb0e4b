"""Text and figures as the data model writes them: canonical text, names, prose, amounts, weights.

Pure functions on strings. What cannot be a figure gives None; nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from rapidfuzz.distance import OSA

_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_LOST_COMMAS = re.compile(r"\d{1,3}(?:,(?:\d{3})+)+(?:\.\d+)?")
_MINUS = str.maketrans(dict.fromkeys("−–—―﹣", "-"))
# Glyphs that a reader confuses with a digit or a separator; nothing else in a column of amounts looks
# like them, so folding them back is safe. `S` for 5 or `B` for 8 would be a guess.
_MISREAD = str.maketrans(
    {
        "O": "0",
        "o": "0",
        "〇": "0",
        "Ο": "0",
        "l": "1",
        "I": "1",
        "|": "1",
        "。": ".",
        "·": ".",
        "、": ",",
        "'": ",",
    }
)

# Every stage asks the same of the same texts: so many answers are kept, those of some hundred pages.
_REMEMBERED = 1 << 15

# What a unit of money is worth in 元.
YUAN = {
    "元": 1,
    "千元": 1_000,
    "万元": 10_000,
    "百万元": 1_000_000,
    "千万元": 10_000_000,
    "亿元": 100_000_000,
}


@lru_cache(maxsize=_REMEMBERED)
def canonical(text: str) -> str:
    """Return the text in Unicode NFKC without white space, as every comparison uses it."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def squeeze(text: str) -> str:
    """Return the text without white space, otherwise as printed: the form of names and items."""
    return "".join(text.split())


def join_lines(text: str) -> str:
    """Return prose on one line: a space stays only between two Latin words or numbers."""
    words = text.split()
    joined = ""
    for word in words:
        if (
            joined
            and joined[-1].isascii()
            and joined[-1].isalnum()
            and word[0].isascii()
            and word[0].isalnum()
        ):
            joined += " "
        joined += word
    return joined


@lru_cache(maxsize=_REMEMBERED)
def parse_amount(text: str) -> str | None:
    """Return an amount as a decimal string, or None when the text is no amount.

    Commas and white space go and full-width digits are folded; otherwise it stays as printed (`40.00`).
    A figure in parentheses is negative, as accountants write it. A blank, a dash, a slash and a
    percentage are no amounts.
    """
    plain = canonical(text).translate(_MINUS)
    negative = plain.startswith("-")
    if plain.startswith("(") and plain.endswith(")"):
        plain, negative = plain[1:-1], True
    plain = plain.removeprefix("-").removeprefix("+").removeprefix("¥")
    if not (_PLAIN.fullmatch(plain) or _GROUPED.fullmatch(plain)):
        return None
    return ("-" if negative else "") + plain.replace(",", "")


@lru_cache(maxsize=_REMEMBERED)
def repair_amount(text: str) -> str | None:
    """Return what a misread amount must have been, or None when it is whole, or open to doubt.

    `1.992.86` and `4,517,37` can only be 1992.86 and 4517.37: thousands stand in threes, cents in twos.
    `4.318,600` can only be 4318600: no comma follows a point. `45,17` could be either, and stays.
    """
    if parse_amount(text) is not None:
        return None
    plain = canonical(text).translate(_MINUS).translate(_MISREAD)
    if (amount := parse_amount(plain)) is not None:
        return amount
    sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
    # A point or comma before the first digit or behind the last one is dust; one that is missing between
    # threes was lost.
    whole = digits.strip(".,")
    if _LOST_COMMAS.fullmatch(whole) or (whole != digits and _GROUPED.fullmatch(whole)):
        return sign + whole.replace(",", "")
    groups = re.split(r"[.,]", digits)
    if len(groups) < 3 or not all(group.isdigit() for group in groups):
        return None
    first, *middle, last = groups
    if len(first) > 3 or any(len(group) != 3 for group in middle):
        return None
    if len(last) == 2:
        return sign + first + "".join(middle) + "." + last
    if len(last) == 3 and digits[-4] == ",":
        return sign + "".join(groups)
    return None


def parse_weight(text: str) -> str | None:
    """Return a weight as printed without its percent sign, or None when it is no figure."""
    return parse_amount(canonical(text).removesuffix("%").removesuffix("分"))


def written_like(printed: str, value: Decimal) -> str:
    """Return a value as it would be printed where another is printed so: with its commas and decimals.

    A value with more decimals keeps them; money in parentheses stays in parentheses.
    """
    plain = canonical(printed).translate(_MINUS)
    amount = parse_amount(printed) or "0"
    decimals = len(amount.partition(".")[2])
    exponent = value.as_tuple().exponent
    own = max(0, -exponent) if isinstance(exponent, int) else 0
    commas = "," if "," in plain else ""
    digits = f"{abs(value):{commas}.{max(decimals, own)}f}"
    if value >= 0:
        return digits
    return f"({digits})" if plain.startswith("(") else f"-{digits}"


def slips_between(printed: str, other: str) -> int:
    """Return how many slips of a reader lie between two figures: 0, 1, 2, or 3 for more than that.

    A slip is one glyph, two neighbours that change places, the sign, or the point. Commas count for nothing:
    readers put them in and leave them out.
    """
    a, b = (canonical(text).translate(_MINUS).replace(",", "").removeprefix("¥") for text in (printed, other))
    if a == b:
        return 0
    if any(a.replace(glyph, "") == b.replace(glyph, "") for glyph in "-."):
        return 1
    return OSA.distance(a, b, score_cutoff=2)
