"""A cell's text as the label network reads it: glyphs, and figures as one token each.

A label never begins or ends inside a figure, and which digits it has tells nothing: how many there are does,
for codes have three, five or seven. So `1,234.56` is one token, and so are `2010301` and `A0201`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

# Tokens that no text gives: padding, the beginning of a cell, a hidden token (for training).
PAD, CELL, HIDDEN = "<pad>", "<cell>", "<hidden>"
SPECIAL = (PAD, CELL, HIDDEN)
# Glyphs that are not in a vocabulary share these.
UNKNOWN = tuple(f"<unknown {number}>" for number in range(32))
_MOST_DIGITS, _MOST_DECIMALS = 20, 4
# Every token that a figure can give.
FIGURES = (
    *(f"<{digits} digits>" for digits in range(1, _MOST_DIGITS + 1)),
    *(f"<figure with {decimals} decimals>" for decimals in range(_MOST_DECIMALS + 1)),
    *(f"<letter and {digits} digits>" for digits in range(1, _MOST_DIGITS + 1)),
)
_FIGURE = re.compile(r"(?<![a-z])[a-z]\d+(?![.,]?\d)|\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+\.\d+|\d+")


@dataclass(frozen=True)
class Token:
    """Characters `start` (inclusive) to `end` (exclusive) of a text, and what the network sees of them."""

    start: int
    end: int
    key: str


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of a text, white space left out."""
    # One glyph for one, so that places stay: what NFKC makes several of keeps its own glyph.
    plain = "".join(_plain(glyph) for glyph in text)
    found: list[Token] = []
    place = 0
    while place < len(plain):
        figure = _FIGURE.match(plain, place)
        if figure:
            found.append(Token(place, figure.end(), _figure_key(figure[0])))
            place = figure.end()
            continue
        if not plain[place].isspace():
            found.append(Token(place, place + 1, plain[place]))
        place += 1
    return found


def token_id(key: str, vocabulary: Mapping[str, int]) -> int:
    """Return the number of a token; glyphs that the vocabulary does not have share a few numbers."""
    known = vocabulary.get(key)
    return known if known is not None else vocabulary[UNKNOWN[ord(key[0]) % len(UNKNOWN)]]


@lru_cache(maxsize=1 << 14)
def _plain(glyph: str) -> str:
    folded = unicodedata.normalize("NFKC", glyph).lower()
    return folded if len(folded) == 1 else glyph


def _figure_key(figure: str) -> str:
    if figure[0].isalpha():
        return f"<letter and {min(len(figure) - 1, _MOST_DIGITS)} digits>"
    whole, point, decimals = figure.partition(".")
    if point or "," in whole:
        return f"<figure with {min(len(decimals), _MOST_DECIMALS)} decimals>"
    return f"<{min(len(whole), _MOST_DIGITS)} digits>"
