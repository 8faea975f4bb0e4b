"""The lexicon of headings, labels and titles: printed words to roles, misread glyphs tolerated."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal, cast

from rapidfuzz.distance import Hamming, Levenshtein

from yusuan.extraction.document import TableKind
from yusuan.extraction.numerals import canonical

Family = Literal["budget", "performance", "form", "procurement", "assets", "institutions"]

MONEY_UNIT = r"(?:人民币)?(?:亿元|百万元|万元|千元|元)"
_UNIT_IN_BRACKETS = re.compile(rf"\((?:金额)?(?:单位)?[::]?({MONEY_UNIT})\)")
_YEAR = re.compile(r"^(?:19|20)\d\d年度?")
# Shorter words have too many neighbours for a near miss to mean anything.
_SHORTEST_NEAR_MISS = 3
# From this length on a dropped or doubled glyph is forgiven too, not only an exchanged one.
_LONG_WORD = 6
# Prose is no heading, however it begins.
_LONGEST_TEXT = 60


@dataclass(frozen=True)
class _Role:
    words: frozenset[str]
    contains: tuple[str, ...]


@dataclass(frozen=True)
class Signature:
    """What the headings of a kind of table show; every pattern of `all_of` must be found."""

    kind: TableKind
    of: Literal["headings", "groups", "cells"]
    all_of: tuple[re.Pattern[str], ...]


@cache
def _source() -> Mapping[str, Any]:
    return tomllib.loads((files("yusuan.extraction.fields") / "lexicon.toml").read_text("utf-8"))


@cache
def _lookalikes() -> dict[int, str]:
    return {ord(glyph): group[0] for group in _source()["lookalikes"] for glyph in group[1:]}


@lru_cache(maxsize=1 << 14)
def fold(text: str) -> str:
    """Return canonical text in which look-alike glyphs are one: the form in which words are compared."""
    return canonical(text).translate(_lookalikes())


@cache
def _roles(family: Family) -> dict[str, _Role]:
    return {
        name: _Role(frozenset(map(fold, entry["words"])), tuple(map(fold, entry.get("contains", ()))))
        for name, entry in _source()[family].items()
    }


@cache
def known_headings() -> frozenset[str]:
    """Return the headings that the lexicon knows, as they are written in it."""
    families = (entry for entry in _source().values() if isinstance(entry, dict))
    return frozenset(
        word
        for family in families
        for entry in family.values()
        if isinstance(entry, dict)
        for word in entry.get("words", ())
    )


def role_names(family: Family) -> tuple[str, ...]:
    """Return the roles that headings of a family can have."""
    return tuple(_roles(family))


def heading_words(text: str) -> str:
    """Return a heading as it is looked up: folded, without a year in front or a money unit in brackets."""
    return _YEAR.sub("", _UNIT_IN_BRACKETS.sub("", fold(text))).strip(":")


def unit_in_brackets(text: str) -> str | None:
    """Return the money unit that a heading names in brackets: `金额(万元)` gives 万元."""
    match = _UNIT_IN_BRACKETS.search(canonical(text))
    return match[1] if match else None


@lru_cache(maxsize=1 << 15)
def role_of(family: Family, text: str) -> str | None:
    """Return the role of a heading or label in a family of tables, or None.

    Exact words win, then pieces, then words that differ by one glyph, if they all mean the same.
    """
    words = heading_words(text) if len(text) <= _LONGEST_TEXT else ""
    if not words:
        return None
    roles = _roles(family)
    for name, role in roles.items():
        if words in role.words:
            return name
    pieces = [(len(piece), name) for name, role in roles.items() for piece in role.contains if piece in words]
    if pieces:
        return max(pieces)[1]
    near = {name for word, name in _words_near(family, len(words)) if _near_miss(words, word)}
    return near.pop() if len(near) == 1 else None


@cache
def _words_near(family: Family, length: int) -> tuple[tuple[str, str], ...]:
    """Return the words, with their roles, that may differ by one glyph from one of some length."""
    return tuple(
        (word, name)
        for name, role in _roles(family).items()
        for word in sorted(role.words)
        if len(word) >= _SHORTEST_NEAR_MISS
        and abs(len(word) - length) <= (1 if len(word) >= _LONG_WORD else 0)
    )


def _near_miss(text: str, word: str) -> bool:
    if len(text) == len(word):
        return Hamming.distance(text, word, score_cutoff=1) <= 1
    return Levenshtein.distance(text, word, score_cutoff=1) <= 1


@cache
def _kinds() -> tuple[tuple[re.Pattern[str], TableKind], ...]:
    return tuple((re.compile(fold(entry["pattern"])), entry["name"]) for entry in _source()["kind"])


def kind_of_title(title: str) -> TableKind:
    """Return the kind of table that a title names, `unknown` when it names none."""
    words = fold(title)
    return next((kind for pattern, kind in _kinds() if pattern.search(words)), "unknown")


@cache
def signatures() -> tuple[Signature, ...]:
    """Return what the headings of each kind show, the most telling first."""
    return tuple(
        Signature(
            cast(TableKind, entry["name"]),
            entry["of"],
            tuple(re.compile(fold(pattern)) for pattern in entry["all"]),
        )
        for entry in _source()["signature"]
    )
