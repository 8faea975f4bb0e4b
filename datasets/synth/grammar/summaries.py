"""Layouts of the two-sided tables: income on the left, expenditure on the right, both with the same total."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yusuan.datasets.synth.grammar.codes import codes
from yusuan.datasets.synth.grammar.columns import Column, Group, amount, item, leaves, measures, seq
from yusuan.datasets.synth.grammar.ledger import Markup
from yusuan.datasets.synth.grammar.money import Figures, misprint
from yusuan.datasets.synth.grammar.scene import UNRULED, Raw, Scene
from yusuan.datasets.synth.grammar.words import lexicon
from yusuan.extraction.document import TableKind

NUMBERING = ("{c}、", "{c}、", "{c}、", "（{c}）", "{n}、", "{n}.", "")


@dataclass
class Half:
    """One side of the table: rows of item and amounts, with what its last rows add up."""

    rows: list[tuple[str, Figures]]
    this_year: Figures
    total: Figures


def _plus(*parts: Figures) -> Figures:
    keys = dict.fromkeys(key for part in parts for key in part)
    return {key: sum(part.get(key, 0) for part in parts) for key in keys}


def income_half(scene: Scene, key: str, items: Sequence[str], style: str) -> Half:
    """Return the income side: its items with amounts here and there, the first always with one."""
    dice = scene.dice
    rows = []
    for number, text in enumerate(items, 1):
        drawn = number == 1 or dice.maybe(0.2)
        found = (
            {key: scene.money.draw(dice, 60 if number == 1 else 1, 9000 if number == 1 else 700)}
            if drawn
            else {}
        )
        rows.append((scene.numbered(number, text, style), found))
    this_year = _plus(*(figures for _, figures in rows))
    return Half(rows, this_year, this_year)


def expenditure_half(scene: Scene, keys: Sequence[str], total: int, style: str, *, every: bool) -> Half:
    """Return the expenditure side: `total` shared out over functional 类, and over sources if there are some.

    Args:
        scene: the document.
        keys: columns; the first is the sum of the others where there are others.
        total: to be shared out.
        style: of the numbers before the items.
        every: all 类 are printed, most of them blank; else only those with money.
    """
    dice = scene.dice
    names = [name for code, name in codes("functional", scene.year).items() if len(code) == 3]
    paid = set(dice.some(names, dice.between(2, 6)))
    if not every:
        names = [name for name in names if name in paid]
    shares = dict(zip(sorted(paid), dice.share(total, len(paid)), strict=True))
    rows = []
    for number, text in enumerate(names, 1):
        found: Figures = {}
        if shares.get(text):
            found = {keys[0]: shares[text]}
            if len(keys) > 1:
                main = keys[1] if dice.maybe(0.85) else dice.pick(keys[1:])
                found[main] = shares[text]
        rows.append((scene.numbered(number, text, style), found))
    this_year = _plus(*(figures for _, figures in rows))
    return Half(rows, this_year, this_year)


def nature_half(scene: Scene, key: str, total: int) -> Half:
    """Return expenditure by economic 类."""
    names = [name for code, name in codes("economic", scene.year).items() if len(code) == 3]
    shares = scene.dice.share(total, len(names))
    rows: list[tuple[str, Figures]] = [
        (name, {key: share} if share else {}) for name, share in zip(names, shares, strict=True)
    ]
    this_year = _plus(*(figures for _, figures in rows))
    return Half(rows, this_year, this_year)


@dataclass(frozen=True)
class Side:
    """A side with its last rows: this year's total, what is carried, and the total; or the total alone.

    Attributes:
        prefix: before the keys of its columns.
        keys: of its amounts; the first is the sum of the others where there are others.
    """

    prefix: str
    keys: Sequence[str]
    lines: Sequence[tuple[str, Figures]]
    ends: Sequence[tuple[str, Figures]]

    def markup(self, scene: Scene, n_rows: int) -> list[Markup]:
        """Return the side as `n_rows` rows, its last ones at the foot of the table."""
        gap = n_rows - len(self.lines) - len(self.ends)
        found = []
        for at, (text, figures) in enumerate([*self.lines, *[("", {})] * gap, *self.ends]):
            flag = "{m}" if at >= n_rows - len(self.ends) and scene.words.spaced else ""
            own = {self.prefix + "item": text + flag if text else ""}
            own |= {self.prefix + key: scene.money.print(value) for key, value in figures.items()}
            found.append(own)
        return found

    def broken(self) -> Iterator[tuple[str, str, int, int]]:
        """Yield the sums that do not hold: row, column, what it says, what its parts add up to."""
        for key in self.keys:
            sums = [(0, sum(figures.get(key, 0) for _, figures in self.lines))]
            if len(self.ends) > 1:
                sums.append((2, sum(figures.get(key, 0) for _, figures in self.ends[:2])))
            for at, right in sums:
                text, figures = self.ends[at]
                if figures.get(key, 0) != right:
                    yield text, key, figures.get(key, 0), right
        for text, figures in self.ends:
            right = sum(figures.get(key, 0) for key in self.keys[1:])
            if len(self.keys) > 1 and figures.get(self.keys[0], 0) != right:
                yield text, self.keys[0], figures.get(self.keys[0], 0), right


def _ends(half: Half, words: Sequence[str], carried: Figures) -> list[tuple[str, Figures]]:
    """Return the last rows of a side under their names."""
    if len(words) == 1:
        return [(words[0], dict(half.total))]
    return [(words[0], dict(half.this_year)), (words[1], carried), (words[2], dict(half.total))]


def two_sided(
    scene: Scene, kind: TableKind, *, parts: bool = False, nature: bool = False, **how: Any
) -> list[Raw]:
    """Return a summary with two sides, or three where expenditure is told in two ways.

    Args:
        scene: the document.
        kind: `income_expenditure_summary` or `fiscal_appropriation_summary`.
        parts: expenditure has a column for each source of money beside its total.
        nature: a third side tells expenditure by economic 类.
        how: `rows` for columns of row numbers, `carried` for the rows of what is carried over, `lanes`.
    """
    dice = scene.dice
    numbers, carry = how.pop("rows", False), how.pop("carried", dice.maybe(0.6))
    items = lexicon()["rows"]["income" if kind == "income_expenditure_summary" else "appropriation"]
    style = dice.pick(NUMBERING)
    half = income_half(scene, "money", items, style)
    total = half.this_year["money"]
    before = dice.between(0, total // 6) if carry and dice.maybe(0.7) else 0
    keys = ["sum", "general", "fund", "capital"] if parts else ["sum"]
    left = dice.between(0, before) if before and dice.maybe(0.3) else 0
    spent = expenditure_half(scene, keys, total + before - left, style, every=dice.maybe(0.5))
    half.total = {"money": total + before}
    spent.total = _plus(spent.this_year, {"sum": left})
    if parts:
        spent.total = _plus(spent.this_year, {"sum": left, "general": left})
    income_words = ("本年收入合计", dice.pick(("上年结转", "上年结转结余", "年初结转和结余")), "收入总计")
    spent_words = ("本年支出合计", dice.pick(("结转下年", "年终结转结余", "年末结转和结余")), "支出总计")
    if not carry:
        word = dice.pick(
            (("收入总计", "支出总计"), ("收入合计", "支出合计"), ("本年收入合计", "本年支出合计"))
        )
        income_words, spent_words = (word[0],), (word[1],)  # type: ignore[assignment]
    carried = {"sum": left, "general": left} if parts and left else {"sum": left}
    sides = [
        Side("in ", ["money"], half.rows, _ends(half, income_words, {"money": before})),
        Side("out ", keys, spent.rows, _ends(spent, spent_words, carried)),
    ]
    if nature:
        last = nature_half(scene, "nature", total + before - left)
        last.total = _plus(last.this_year, {"nature": left})
        sides.append(Side("by ", ["nature"], last.rows, _ends(last, spent_words, {"nature": left})))
        scene.money.wrong = False  # the same money stands there twice: one wrong figure breaks two sums
    blank = 0 if scene.look.rules in UNRULED else dice.between(0, 2)
    n_rows = max(len(side.lines) for side in sides) + len(sides[0].ends) + blank
    rows: list[Markup] = []
    for number, cells in enumerate(zip(*(side.markup(scene, n_rows) for side in sides), strict=True), 1):
        own: Markup = {"seq": str(number), "seq2": str(n_rows + number)}
        for side_cells in cells:
            own |= side_cells
        rows.append(own)
    tree = _tree(scene, keys, parts=parts, nature=nature, numbers=numbers)
    paths = {column.key: path for column, path in zip(leaves(tree), measures(tree), strict=True)}
    _spoil(scene, kind, paths, sides, rows)
    return [scene.budget(kind, kind, tree, rows, **how)]


def _tree(
    scene: Scene, keys: Sequence[str], *, parts: bool, nature: bool, numbers: bool
) -> list[Column | Group]:
    words, dice = scene.words, scene.dice
    income = (
        item(words.head("item"), "in item", side="income"),
        amount(words.head("budget"), "in money", "income"),
    )
    label = item(words.head("function_item"), "out item", side="expenditure")
    heads = ["total", "general", "fund", "capital"] if parts else ["budget"]
    spent: list[Column | Group] = [
        amount(words.head(head), "out " + key, "expenditure") for head, key in zip(heads, keys, strict=True)
    ]
    if parts and dice.maybe(0.3):
        spent = [Group(words.head("budget"), tuple(spent))]
    out: list[Column | Group] = [label, *spent]
    if nature:
        out += [
            item(words.head("economy_item"), "by item", side="expenditure"),
            amount(words.head("budget"), "by nature", "expenditure"),
        ]
    left, right = Group(words.head("income_side"), income), Group(words.head("expenditure_side"), tuple(out))
    if not numbers:
        return [left, right]
    numbers_left = seq(words.head("row"))
    if dice.maybe(0.5):
        return [numbers_left, left, right]
    second = Column("seq", "seq2", numbers_left.text, room=2.4)
    return [
        Group(left.text, (income[0], numbers_left, income[1])),
        Group(right.text, (out[0], second, *out[1:])),
    ]


def _spoil(
    scene: Scene, kind: TableKind, paths: Mapping[str, str], sides: Sequence[Side], rows: list[Markup]
) -> None:
    """Change a total in print, where the document is to have wrong sums, and note what that breaks."""
    if not scene.money.wrong:
        return
    dice = scene.dice
    side = dice.pick(sides[:2])
    at = dice.pick([at for at, (_, figures) in enumerate(side.ends) if at != 1 and figures[side.keys[0]]])
    key = side.keys[0]
    figures = side.ends[at][1]
    figures[key] = misprint(dice, figures[key])
    rows[len(rows) - len(side.ends) + at][side.prefix + key] = scene.money.print(figures[key])
    for own in sides:
        for text, key, shown, right in own.broken():
            scene.money.note(kind, text, paths[own.prefix + key], shown, right)
    (text, income), (_, spent) = sides[0].ends[-1], sides[1].ends[-1]
    shown, right = income[sides[0].keys[0]], spent[sides[1].keys[0]]
    if shown != right:
        scene.money.note(kind, text, paths[sides[0].prefix + sides[0].keys[0]], shown, right)


def one_list(scene: Scene, kind: TableKind, *, lanes: bool = False) -> list[Raw]:
    """Return a table of two columns: what the money comes from or goes to, line by line."""
    dice, words = scene.dice, scene.words
    style = dice.pick(NUMBERING)
    if kind == "income_summary":
        half = income_half(scene, "money", lexicon()["rows"]["income"], style)
        word = dice.pick(("收入合计", "收入总计", "本年收入合计", "合计"))
    else:
        half = expenditure_half(
            scene, ["money"], scene.money.draw(dice, 90, 9000), style, every=dice.maybe(0.4)
        )
        word = dice.pick(("支出合计", "支出总计", "本年支出合计", "合计"))
    rows = [{"item": text, "money": scene.money.print(figures.get("money"))} for text, figures in half.rows]
    rows.append({"item": f"{word}{{m}}", "money": scene.money.print(half.total["money"])})
    for number, own in enumerate(rows, 1):
        own["seq"] = str(number)
        own["note"] = dice.pick(lexicon("tasks")["parts"]["changes"]) if dice.maybe(0.1) else ""
    tree: list[Column | Group] = [item(words.head("item")), amount(words.head("budget"), "money")]
    if lanes or dice.maybe(0.4):
        tree.insert(0, seq(words.head("ordinal")))
    if dice.maybe(0.4):
        tree.append(Column("rest", "note", words.head("note"), room=5.0, grows=0.4))
    return [scene.budget(kind, kind, tree, rows, lanes=lanes)]
