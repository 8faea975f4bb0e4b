"""Chinese words that names can be made of, from the dictionary of jieba (MIT), which is data of that package.

What bodies, projects and targets are called has no end. A network that learns from a few hundred names
learns these names; one that meets other words in their place learns where names stand and how far they go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from yusuan.extraction.errors import UsageError

# Nouns, verbs, adjectives and names of places, at least so frequent there.
_KINDS = frozenset({"n", "v", "vn", "a", "nz", "ns"})
_RAREST = 30
_CHINESE = re.compile("[一-鿿]{2}")


@dataclass(frozen=True)
class Words:
    """Words of two glyphs each, and how likely each is up to it: `(len(words),)`, the last one 1."""

    words: tuple[str, ...]
    upto: np.ndarray

    def draw(self, rng: np.random.Generator) -> str:
        """Return one of them."""
        return self.words[int(self.upto.searchsorted(rng.random(), "right"))]


@cache
def common_words() -> Words:
    """Return the words; the square root of how frequent each is says how likely it is.

    Raises:
        UsageError: jieba is not installed.
    """
    spec = find_spec("jieba")
    if spec is None or not spec.submodule_search_locations:
        raise UsageError("jieba, whose words training uses, is not installed", "pip install 'yusuan[train]'")
    lines = (Path(spec.submodule_search_locations[0]) / "dict.txt").read_text("utf-8").splitlines()
    found = [(word, int(count)) for word, count, kind in map(str.split, lines) if kind in _KINDS]
    kept = [(word, count) for word, count in found if count >= _RAREST and _CHINESE.fullmatch(word)]
    weights = np.sqrt([count for _, count in kept]).cumsum()
    return Words(tuple(word for word, _ in kept), weights / weights[-1])
