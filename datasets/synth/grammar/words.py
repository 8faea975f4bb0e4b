"""The lexicon, and headings as bodies write them: synonyms, spaced characters, brackets of either width."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from yusuan.datasets.synth.grammar.dice import Dice

NARROW = str.maketrans("（）：％", "():%")
CIRCLED = "一二三四五六七八九十"


@cache
def lexicon(name: str = "lexicon") -> Mapping[str, Any]:
    """Return a TOML file of words of this package."""
    text = files("yusuan.datasets.synth.grammar").joinpath(f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)


def numeral(number: int) -> str:
    """Return 1 to 99 as a Chinese numeral."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else CIRCLED[tens - 1] + "十"
    return head + (CIRCLED[ones - 1] if ones else "")


class Wording:
    """How one document writes its headings: each of them the same wherever it comes again."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.spaced = dice.pick(("", "", " ", "  ", "　"))
        self.narrow = dice.maybe(0.3)
        self.broken = dice.pick((0.0, 0.0, 0.15, 0.4))
        self._chosen: dict[str, str] = {}

    def head(self, key: str) -> str:
        """Return the heading that the lexicon lists under `key`, written this document's way."""
        if key not in self._chosen:
            self._chosen[key] = self.write(self.dice.pick(lexicon()["heads"][key]))
        return self._chosen[key]

    def write(self, text: str) -> str:
        """Return `text` with brackets, spaces and line breaks as this document sets them."""
        if len(text) == 2:
            text = self.spaced.join(text)
        elif self.broken and len(text) >= 5 and self.dice.maybe(self.broken):
            at = text.find("（")
            at = at if at > 1 else self.dice.between(2, len(text) - 2)
            text = text[:at] + "\\n" + text[at:]
        return self.brackets(text)

    def brackets(self, text: str) -> str:
        """Return `text` with half-width brackets where this document has them."""
        return text.translate(NARROW) if self.narrow else text

    def caption(self, key: str, **values: object) -> str:
        """Return a line around a table: `unit`, `body`, `year`, `label`, `footer`."""
        name = f"caption {key}"
        if name not in self._chosen:
            self._chosen[name] = self.dice.pick(lexicon()["captions"][key])
        return self._chosen[name].format(**values)


def fill(dice: Dice, patterns: Sequence[str], **values: object) -> str:
    """Return one of the patterns with its `{…}` filled in."""
    return dice.pick(patterns).format(**values)
