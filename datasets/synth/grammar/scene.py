"""What one drawn document holds fixed: who, when, in which money, on which paper and with which looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yusuan.datasets.synth.blocks import A4
from yusuan.datasets.synth.grammar.columns import Column, Tree, header, lanes, leaves, measures, row
from yusuan.datasets.synth.grammar.dice import Dice
from yusuan.datasets.synth.grammar.fitting import Fit, fit
from yusuan.datasets.synth.grammar.money import Press, draw_style
from yusuan.datasets.synth.grammar.names import Body, draw_body, draw_place
from yusuan.datasets.synth.grammar.words import Wording, lexicon, numeral
from yusuan.extraction.document import Side, TableKind

Raw = dict[str, Any]
A3 = (1191.0, 842.0)
SHEETS: dict[str, tuple[float, float]] = {"portrait": A4, "landscape": (A4[1], A4[0]), "wide": A3}
# Faces of the body, and what titles and headings may be set in beside them.
FACES: dict[str, tuple[str, ...]] = {
    "song": ("hei", "song", "kai"),
    "han": ("hei", "han", "yahei"),
    "yahei": ("yahei", "hei"),
    "hei": ("hei", "yahei"),
    "kai": ("hei", "kai"),
}
# Tables of one side, whose headings do not name it.
SIDES: dict[TableKind, Side] = {
    "income_summary": "income",
    "expenditure_summary": "expenditure",
    "general_budget_expenditure": "expenditure",
    "general_budget_basic_expenditure": "expenditure",
    "government_fund_expenditure": "expenditure",
    "state_capital_expenditure": "expenditure",
    "three_public_expenses": "expenditure",
}
RULES = {
    "full": 9,
    "thin": 2,
    "thick_outer": 2,
    "faint": 0.7,
    "broken": 0.5,
    "no_sides": 1.5,
    "no_left": 0.4,
    "no_verticals": 1.5,
    "three_lines": 1.2,
    "none": 1.2,
}
UNRULED = ("three_lines", "none")


@dataclass(frozen=True)
class Look:
    """How a document is set: faces, sizes in points, rules."""

    face: str
    head_face: str | None
    title_face: str
    digit_face: str | None
    size: float
    leading: float
    row_height: float
    rules: str
    head_fill: float | None
    margins: tuple[float, float, float, float]
    title_size: float
    unit_beside: bool


def draw_look(dice: Dice) -> Look:
    """Return the looks of a document."""
    face = dice.weigh({"song": 5, "han": 2.5, "yahei": 1.5, "hei": 1, "kai": 0.6})
    side, top = dice.real(30, 72), dice.real(34, 78)
    return Look(
        face=face,
        head_face=dice.pick((None, "hei", FACES[face][0])),
        title_face=dice.pick(FACES[face]),
        digit_face=dice.weigh({"": 6, "Times-Roman": 2, "Helvetica": 1.5}) or None,
        size=dice.real(8.0, 11.0),
        leading=dice.real(1.12, 1.5),
        row_height=dice.real(14.0, 27.0),
        rules=dice.weigh(RULES),
        head_fill=dice.weigh({None: 8, 0.9: 1, 0.82: 1, 0.95: 0.6}),
        margins=(side, top, side + dice.real(-6, 6), dice.real(40, 66)),
        title_size=dice.real(12.5, 21.0),
        unit_beside=dice.maybe(0.65),
    )


@dataclass
class Scene:
    """A document while it is drawn."""

    dice: Dice
    year: int
    place: str
    body: Body
    words: Wording
    money: Press
    look: Look
    footer: str
    tables: int = 0
    shows_body: bool = False
    shows_year: bool = False
    misjudged: list[dict[str, str]] = field(default_factory=list)

    @property
    def unit(self) -> str:
        """The unit of its money: 万元 or 元."""
        return self.money.unit

    @property
    def rules_of_blanks(self) -> str:
        """The rules of a table with blank rows: without lines between them nobody could see them."""
        return "full" if self.look.rules in UNRULED else self.look.rules

    def misjudge(self, rule: str, table: TableKind, why: str) -> None:
        """Note that a rule of the product adds up figures of this document that are no sum."""
        self.money.wrong = False  # nobody could tell a wrong sum from a misjudged one
        entry = {"rule": rule, "table": table, "why": why}
        if entry not in self.misjudged:
            self.misjudged.append(entry)

    def title(self, key: str) -> str:
        """Return a title of that kind, with year or body before it now and then."""
        text = self.words.brackets(self.dice.pick(lexicon()["titles"][key]))
        if self.dice.maybe(0.35):
            self.shows_year = True
            text = f"{self.year}年{text}"
            if self.dice.maybe(0.3):
                text = f"{self.body.name}\\n{text}" if len(self.body.name) > 9 else self.body.name + text
        return text.replace("\\n", "\n")

    def captions(self, title: str, *, body: bool = True) -> Raw:
        """Return the lines around a table: title, label, body, year and unit, some of them left out."""
        self.tables += 1
        dice, words = self.dice, self.words
        raw: Raw = {"title": title, "title_face": self.look.title_face, "title_size": self.look.title_size}
        raw["title_align"] = dice.weigh({"center": 12, "left": 1})
        if dice.maybe(0.4):
            raw["label"] = words.caption("label", n=self.tables)
        if body and dice.maybe(0.55):
            name = self.body.name
            if dice.maybe(0.4):
                name = self.body.code + dice.pick(("-", " ")) + name
            raw["body"] = words.caption("body", body=name)
            self.shows_body = True
        if dice.maybe(0.15):
            raw["year"] = words.caption("year", year=self.year)
            self.shows_year = True
        if dice.maybe(0.93):
            raw["unit_line"] = words.caption("unit", unit=self.unit)
            raw["unit"] = self.unit
        else:
            raw["unit"], raw["unit_line"] = None, ""
        if dice.maybe(0.12):
            raw["notes"] = dice.some(lexicon()["captions"]["notes"], dice.between(1, 2))
        raw["unit_beside"] = self.look.unit_beside
        raw["running"] = dice.maybe(0.5)
        raw["running_title"] = dice.maybe(0.3)
        return raw

    def looks(self) -> Raw:
        """Return how a table is set."""
        look = self.look
        raw: Raw = {"leading": look.leading, "row_height": look.row_height, "rules": look.rules}
        if look.head_face:
            raw["head_face"] = look.head_face
        if look.head_fill is not None:
            raw["head_fill"] = look.head_fill
        return raw

    def fit(self, columns: Sequence[Column], rows: Sequence[Mapping[str, str]], sheets: Sequence[str]) -> Fit:
        """Return paper, size and widths for a table; `sheets` in order of liking."""
        inner = {name: SHEETS[name][0] - self.look.margins[0] - self.look.margins[2] for name in sheets}
        return fit(self.dice, columns, rows, inner, self.look.size)

    def budget(
        self, kind: TableKind, title: str, tree: Tree, rows: Sequence[Mapping[str, str]], **how: Any
    ) -> Raw:
        """Return a table of amounts.

        Args:
            kind: of the table.
            title: key of its titles in the lexicon.
            tree: its columns.
            rows: of the body, values as markup by the key of their column.
            how: `sheets` to choose from, `lanes` for a lane row, `empty` for the note of an empty table,
                `form` where it is not `budget`; anything else goes into the source as it is.
        """
        dice = self.dice
        columns = leaves(tree)
        laid = self.fit(columns, rows, how.pop("sheets", ("portrait", "landscape")))
        paths = measures(tree)
        words = self.title(title)
        declared = [
            f"{column.role}{':' + column.side if column.side else ''} {width:.1f} {path or '-'}"
            for column, width, path in zip(columns, laid.widths, paths, strict=True)
        ]
        raw = {
            "form": how.pop("form", "budget"),
            "kind": kind,
            "side": SIDES.get(kind) or _side_of(kind, words),
            **self.captions(words),
            **self.looks(),
            "size": laid.size,
            "columns": declared,
            "header": header(tree),
            "rows": "\n".join(row(columns, values) for values in rows),
            "repeat": dice.maybe(0.8),
            "tear": dice.maybe(0.15),
            "sheet": laid.sheet,
        }
        if how.pop("lanes", dice.maybe(0.12)):
            raw["lane"] = lanes(tree, dice.pick(("{n}", "{n}", "（{n}）")))
        if how.pop("empty", False):
            raw["notes"] = [dice.pick(lexicon()["captions"]["empty"])]
        return raw | how

    def numbered(self, number: int, text: str, style: str) -> str:
        """Return an item with its number before it: `一、`, `1、`, `（一）`; `style` `{c}` or `{n}`."""
        return self.words.brackets(style.format(c=numeral(number), n=number)) + text


def _side_of(kind: TableKind, title: str) -> Side | None:
    """Return the side of a table of another kind whose title says it (docs/data-model.md)."""
    income, expenditure = "收入" in title, "支出" in title
    if kind != "other_budget" or income == expenditure:
        return None
    return "income" if income else "expenditure"


def draw_scene(dice: Dice) -> Scene:
    """Return who, when and how of a document."""
    place = draw_place(dice)
    unit = dice.weigh({"万元": 7, "元": 3})
    money = Press(unit, draw_style(dice, unit), dice.maybe(0.15))
    words = Wording(dice)
    body = draw_body(dice, place)
    footer = words.caption("footer", body=body.name) if dice.maybe(0.6) else ""
    return Scene(dice, dice.between(2019, 2026), place, body, words, money, draw_look(dice), footer)
