"""Codes and names of the budget classification, and trees of them as the rows of a table."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from yusuan.datasets.catalogue.codes import KINDS, list_years, load_catalogue
from yusuan.datasets.synth.grammar.dice import Dice

# `fund` and `capital` are the functional codes that government funds and state capital are spent under.
CodeKind = Literal["functional", "fund", "capital", "economic", "government_economic"]

# 类 that nearly every body has: pensions, medical care, housing.
COMMON = ("208", "210", "221")
# Codes of staff and of offices among the economic ones.
STAFF = ("301", "303")


@dataclass(frozen=True)
class CodeRow:
    """A code as a row of a table. `parent` is the place of the row above it in the tree, None at the top."""

    code: str
    name: str
    level: int
    parent: int | None


@cache
def codes(kind: CodeKind, year: int) -> dict[str, str]:
    """Return code → name of a classification in a fiscal year, in the order of the codes."""
    text = files("yusuan.datasets.synth.grammar").joinpath("codes.toml").read_text("utf-8")
    found = dict(line.split(" ", 1) for line in tomllib.loads(text)[kind].strip().splitlines())
    if kind in KINDS and list_years(kind):
        found |= {entry.code: entry.name for entry in load_catalogue(kind, year)}
    return dict(sorted(found.items()))


def draw_tree(
    dice: Dice, kind: CodeKind, year: int, n_rows: int, *, deepest: int = 3, tops: tuple[str, ...] = ()
) -> list[CodeRow]:
    """Return about `n_rows` rows of codes, every row above its children, down to level `deepest`.

    Args:
        dice: who chooses.
        kind: the classification.
        year: fiscal year.
        n_rows: wanted; a tree ends with a whole branch.
        deepest: last level that is listed: 类 1, 款 2, 项 3.
        tops: 类 to choose from; all when empty.
    """
    names = codes(kind, year)
    roots = [code for code in names if len(code) == 3 and (not tops or code in tops)]
    usual = [code for code in roots if code in COMMON] if kind == "functional" else []
    own = [code for code in roots if code not in usual]
    wanted = max(1, n_rows // (2 + 3 * (deepest > 1)))
    chosen = sorted([*dice.some(own, max(1, wanted - len(usual))), *dice.some(usual, wanted)])
    leaves: set[str] = set()
    last_digits = 1 + 2 * deepest
    branches: list[str] = []
    for root in chosen:
        below = [code for code in names if code.startswith(root) and len(code) == last_digits]
        branches.extend(dice.some(below or [root], dice.between(1, 3)))
    for branch in branches:
        leaves.add(branch)
        if len(_rows(names, leaves)) >= n_rows:
            break
    for extra in dice.mixed([c for r in chosen for c in names if c.startswith(r) and len(c) == last_digits]):
        if len(_rows(names, leaves)) >= n_rows:
            break
        leaves.add(extra)
    return _rows(names, leaves)


def _rows(names: dict[str, str], leaves: set[str]) -> list[CodeRow]:
    """Return the rows of the leaves and of everything above them, by code."""
    present = sorted({leaf[:digits] for leaf in leaves for digits in (3, 5, 7) if digits <= len(leaf)})
    present = [code for code in present if code in names]
    place = {code: index for index, code in enumerate(present)}
    return [
        CodeRow(code, names[code], {3: 1, 5: 2, 7: 3}[len(code)], place.get(code[:-2])) for code in present
    ]
