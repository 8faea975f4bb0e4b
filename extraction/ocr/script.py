"""One script a page: traditional characters among simplified ones are misread.

A reader of all Chinese scripts answers 項 for a blurred 项, because both mean the same and the one has more
strokes. No document mixes them like that. Where a page is clearly in simplified characters, those that
exist in traditional script alone become their simplified forms.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import opencc

# A page is in simplified script when it has this many such characters for each traditional one.
_CLEARLY = 2


@cache
def _converters() -> tuple[opencc.OpenCC, opencc.OpenCC]:
    return opencc.OpenCC("t2s"), opencc.OpenCC("s2t")


def _is_standard(char: str) -> bool:
    """Say whether a character is in GB 2312, the set of simplified script (which has 於, 著 and 乾)."""
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@cache
def simplified(char: str) -> str:
    """Return the simplified form of a character that is of traditional script alone, else the character."""
    if char.isascii() or _is_standard(char):
        return char
    form = _converters()[0].convert(char)
    return form if len(form) == 1 and _is_standard(form) else char


@cache
def _is_simplified(char: str) -> bool:
    """Say whether a character exists in simplified script alone."""
    return not char.isascii() and _is_standard(char) and _converters()[1].convert(char) != char


def in_one_script(texts: Sequence[str]) -> list[str]:
    """Return the readings of a page in simplified script, where that is what it is printed in."""
    chars = "".join(texts)
    traditional = sum(simplified(char) != char for char in chars)
    if not traditional or sum(map(_is_simplified, chars)) < _CLEARLY * traditional:
        return list(texts)
    return ["".join(map(simplified, text)) for text in texts]
