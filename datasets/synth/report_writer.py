"""Who writes a made-up report: words, figures, faces, and the looks of tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from yusuan.datasets.synth.blocks import PlacedPage, PlacedTable, Rules, TableBlock
from yusuan.datasets.synth.grammar.dice import Dice
from yusuan.datasets.synth.grammar.words import lexicon

LATIN_FACES = {
    "Times-Roman": "Times-Bold",
    "Helvetica": "Helvetica-Bold",
    "Courier": "Courier-Bold",
}
CHINESE_FACES = {"song": "hei", "han": "hei", "yahei": "yahei", "hei": "hei", "kai": "hei"}
BARE = Rules(horizontal=False, vertical=False, left=False, right=False, top=False, bottom=False)
# What is printed of a table, and how often; lines of the head and of totals come besides.
LOOKS: dict[str, tuple[float, Rules]] = {
    "bare": (6, BARE),
    "under_head": (3, replace(BARE, under_head=True)),
    "three_lines": (5, replace(BARE, under_head=True, top=True, bottom=True)),
    "around": (1.5, replace(BARE, top=True, bottom=True)),
    "rows": (4, replace(BARE, horizontal=True, top=True, bottom=True)),
    "rows_open": (1, replace(BARE, horizontal=True)),
    "columns": (1.5, replace(BARE, vertical=True, under_head=True, top=True, bottom=True)),
    "framed": (1.5, replace(BARE, under_head=True, top=True, bottom=True, left=True, right=True)),
    "framed_columns": (1.5, replace(Rules(), horizontal=False, under_head=True)),
    "no_sides": (1.5, Rules(left=False, right=False)),
    "full": (5, Rules()),
}


class Writer:
    """Who writes a report: language, faces, sizes, and how its tables look."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.latin = dice.maybe(0.45)
        self.words = lexicon("report_words")
        faces = LATIN_FACES if self.latin else CHINESE_FACES
        self.face = dice.pick(list(faces))
        self.bold = faces[self.face]
        self.size = dice.real(7.5, 11.5)
        self.look = dice.weigh({name: weight for name, (weight, _) in LOOKS.items()})
        self.tables: dict[str, TableBlock] = {}
        # What is printed beside the text of a table, once it stands on a page.
        self.extras: dict[str, Callable[[PlacedPage, PlacedTable], None]] = {}
        self.charts: dict[str, float] = {}

    def phrase(self, low: int, high: int) -> str:
        """Return some words."""
        count = self.dice.between(low, high)
        if self.latin:
            text = " ".join(self.dice.pick(self.words["latin"]) for _ in range(count))
            return text[:1].upper() + text[1:] if self.dice.maybe(0.8) else text
        return "".join(self.dice.pick(self.words["chinese"]) for _ in range(count))

    def prose(self) -> str:
        """Return a paragraph."""
        parts = []
        for _ in range(self.dice.between(2, 9)):
            if self.latin:
                clauses = [self.phrase(4, 12) for _ in range(self.dice.between(1, 3))]
                parts.append(", ".join(clauses).capitalize() + ".")
            else:
                links = self.words["chinese_links"]
                clauses = [
                    self.phrase(1, 3) + self.dice.pick(links) + self.phrase(1, 4)
                    for _ in range(self.dice.between(1, 4))
                ]
                parts.append("，".join(clauses) + self.dice.pick(("。", "。", "；")))
            if self.dice.maybe(0.2):
                parts.append(self.figure() + (" " if self.latin else ""))
        return (" " if self.latin else "").join(parts)

    def figure(self) -> str:
        """Return a figure as prose has it."""
        return f"{self.dice.spread(1, 1e6):,.{self.dice.between(0, 2)}f}"

    def numbered(self, kind: str) -> str:
        """Return the number of a table or a chart and what it shows."""
        fitting = [text for text in self.words[kind] if text.isascii() or not self.latin]
        number = f"{self.dice.between(1, 9)}{self.dice.pick(('', '', '.1', '-2'))}"
        return f"{self.dice.pick(fitting).format(n=number)} {self.phrase(2, 6)}"


def figures_of(writer: Writer) -> Callable[[], str]:
    """Return who writes the figures of a column."""
    dice = writer.dice
    digits, places = dice.real(1, 7), dice.weigh({0: 5, 1: 2, 2: 3})
    mark = dice.weigh({"": 8, "%": 1.5, "*": 0.4})
    blank = dice.pick(("", "-", "—" if not writer.latin else "n/a", "0"))
    missing = dice.pick((0.0, 0.0, 0.05, 0.3))
    commas = dice.maybe(0.8)

    def write() -> str:
        if dice.maybe(missing):
            return str(blank)
        value = dice.spread(1, 10**digits)
        text = f"{value:,.{places}f}" if commas else f"{value:.{places}f}"
        if dice.maybe(0.06):
            text = dice.pick((f"({text})", f"-{text}"))
        return text + mark

    return write
