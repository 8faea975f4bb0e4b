"""The lists of codes on disk and in memory: `<kind>-<year>.csv`, one code a row.

A code names its own place: its first three digits are the 类, two more the 款, two more the 项. The same name
stands under many codes (行政运行), and the ministry renames codes from year to year, so a list speaks of one
fiscal year, and a reader asks for the year of the document before it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal, get_args

from yusuan.extraction.errors import InputError

Kind = Literal["functional", "economic", "government_economic"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# First digit of a code → which classification it belongs to: 支出功能分类, 部门预算支出经济分类,
# 政府预算支出经济分类. Codes of revenue begin with 1 and are printed in none of these tables.
_KIND_OF_DIGIT: dict[str, Kind] = {"2": "functional", "3": "economic", "5": "government_economic"}
# Digits of a code → its level; the economic classifications end at the 款.
_LEVELS = {3: 1, 5: 2, 7: 3}
_DEEPEST: dict[Kind, int] = {"functional": 3, "economic": 2, "government_economic": 2}

COLUMNS = ("code", "name", "level", "parent", "origin")


@dataclass(frozen=True)
class Entry:
    """One code of a fiscal year.

    Attributes:
        code: 3, 5 or 7 digits.
        name: as printed, white space removed.
        level: 类 1, 款 2, 项 3.
        parent: the code one level up; None for a 类.
        origin: `official`, or the documents that print it, separated by spaces.
    """

    code: str
    name: str
    level: int
    parent: str | None
    origin: str = ""


@dataclass(frozen=True)
class Catalogue:
    """The codes of one classification in one fiscal year."""

    kind: Kind
    year: int
    entries: Mapping[str, Entry]

    def __contains__(self, code: str) -> bool:
        return code in self.entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def __len__(self) -> int:
        return len(self.entries)

    def name(self, code: str) -> str | None:
        """Return the name of a code, or None where the list does not have it."""
        entry = self.entries.get(code)
        return entry.name if entry else None

    def children(self, code: str | None) -> list[Entry]:
        """Return the codes one level below `code`, or every 类 for None."""
        return [entry for entry in self if entry.parent == code]

    def named(self, name: str) -> list[Entry]:
        """Return the codes of that name; several 款 have a 项 called 行政运行."""
        return [entry for entry in self if entry.name == name]


def code_to_kind(code: str) -> Kind | None:
    """Return the classification that a code belongs to; None where it has the form of none."""
    kind = _KIND_OF_DIGIT.get(code[:1])
    level = code_to_level(code)
    return kind if kind and level and level <= _DEEPEST[kind] else None


def code_to_level(code: str) -> int | None:
    """Return 类 1, 款 2 or 项 3; None for what is no code of 3, 5 or 7 digits."""
    return _LEVELS.get(len(code)) if re.fullmatch(r"[0-9]+", code) else None


def code_to_parent(code: str) -> str | None:
    """Return the code one level up; None for a 类.

    Raises:
        InputError: `code` is no code.
    """
    level = code_to_level(code)
    if level is None:
        raise InputError(f"{code!r} is no code of a classification", "codes have 3, 5 or 7 digits")
    return code[:-2] if level > 1 else None


def make_entry(code: str, name: str, origin: str) -> Entry:
    """Return the entry of a code; level and parent follow from its digits.

    Raises:
        InputError: `code` is no code.
    """
    parent = code_to_parent(code)
    return Entry(code, "".join(name.split()), code_to_level(code) or 1, parent, origin)


def entries_to_csv(entries: Iterable[Entry]) -> str:
    """Return the text of a list, by code."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in sorted(entries, key=lambda entry: entry.code):
        writer.writerow((entry.code, entry.name, entry.level, entry.parent, entry.origin))
    return text.getvalue()


def csv_to_entries(text: str) -> dict[str, Entry]:
    """Return code → entry of a list.

    Raises:
        InputError: the columns are others, or a row has no code.
    """
    reader = csv.DictReader(text.splitlines())
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise InputError("this is no list of codes", f"its columns must be {', '.join(COLUMNS)}")
    entries = (make_entry(row["code"], row["name"], row["origin"]) for row in reader)
    return {entry.code: entry for entry in entries}


def list_years(kind: Kind) -> list[int]:
    """Return the fiscal years that there is a list of `kind` for, ascending."""
    years = (re.fullmatch(rf"{kind}-(\d{{4}})\.csv", file.name) for file in _folder().iterdir())
    return sorted(int(match[1]) for match in years if match)


@cache
def load_catalogue(kind: Kind, year: int) -> Catalogue:
    """Return the codes of a fiscal year: those of its own list, or of the nearest year that has one.

    `Catalogue.year` says whose list it is. Of two years equally near, the earlier one is taken.

    Raises:
        InputError: there is no list of `kind` at all.
    """
    years = list_years(kind)
    if not years:
        raise InputError(f"there is no list of {kind} codes", "python -m yusuan.datasets.catalogue.build")
    nearest = min(years, key=lambda other: (abs(other - year), other))
    text = (_folder() / f"{kind}-{nearest}.csv").read_text("utf-8")
    return Catalogue(kind, nearest, csv_to_entries(text))


def _folder() -> Traversable:
    return files("yusuan.datasets.catalogue")
