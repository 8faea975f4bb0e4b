"""Layouts of the table of the “三公” expenses: as a list, and with its items over the columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yusuan.datasets.synth.grammar.columns import Column, Group, amount, code, item, rest, seq
from yusuan.datasets.synth.grammar.ledger import Changes, Markup
from yusuan.datasets.synth.grammar.money import Figures, across
from yusuan.datasets.synth.grammar.names import Body
from yusuan.datasets.synth.grammar.scene import Raw, Scene
from yusuan.datasets.synth.grammar.words import lexicon

KIND: Final = "three_public_expenses"
SUMS = {"cars": ("cars_bought", "cars_run"), "three": ("abroad", "guests", "cars")}


def _figures(scene: Scene, scale: float = 1.0) -> Figures:
    dice = scene.dice
    found: Figures = {}
    for key, chance in (("abroad", 0.15), ("guests", 0.85), ("cars_bought", 0.15), ("cars_run", 0.85)):
        if dice.maybe(chance):
            found[key] = scene.money.draw(dice, 0.2 * scale, 40 * scale)
    across(found, SUMS)
    return found


def listed(scene: Scene, *, years: bool = False, changes: bool = False, numbered: bool = False) -> list[Raw]:
    """Return the list: a row for each item, columns for one year, for two, or for two with the difference."""
    dice, words = scene.dice, scene.words
    this = _figures(scene)
    last = {key: max(1, round(value * dice.real(0.7, 1.4))) for key, value in this.items()}
    for key in ("cars", "three"):
        last.pop(key, None)
    across(last, SUMS)
    marks = dice.pick(
        (
            ("1.", "2.", "3.", "其中：", ""),
            ("一、", "二、", "三、", "其中：", "　　"),
            ("（一）", "（二）", "（三）", "1.", "2."),
            ("", "", "", "其中：（1）", "（2）"),
        )
    )
    if marks[0] == "（一）":
        scene.misjudge("three_public", KIND, "an item numbered （一） is not taken for one of the three")
    order = [("three", "合　计" if words.spaced else dice.pick(("合计", "“三公”经费合计")))]
    for key, mark in zip(("abroad", "guests", "cars", "cars_bought", "cars_run"), marks, strict=True):
        text = words.head(key).replace("\\n", "").replace(" ", "")
        order.append((key, words.brackets(mark) + ("公务用车购置费" if key == "cars_bought" else text)))
    if dice.maybe(0.3):
        order = [*order[1:], order[0]]
    rows: list[Markup] = []
    for number, (key, text) in enumerate(order, 1):
        own = {"seq": str(number), "item": text + ("{m}" if key == "three" else "")}
        now, then = this.get(key, 0), last.get(key, 0)
        own |= {"this": scene.money.print(now), "last": scene.money.print(then)}
        own["change"] = scene.money.print(now - then)
        own["percent"] = f"{(now - then) / then * 100:.2f}%" if now and then else ""
        rows.append(own)
    tree: list[Column | Group] = [item(words.head("item"), room=12.0)]
    if years or changes:
        tree += [amount(words.head("last_budget"), "last"), amount(words.head("this_budget"), "this")]
    else:
        tree.append(amount(words.head("budget"), "this"))
    if changes:
        names = Changes()
        tree += [amount(words.head("change"), names.difference), rest(words.head("percent"), names.percent)]
    if numbered:
        tree.insert(0, seq(words.head("ordinal")))
    if dice.maybe(0.25):
        tree.append(rest(words.head("note"), "note", 6.0, 0.5))
    return [scene.budget(KIND, KIND, tree, rows, lanes=numbered and dice.maybe(0.5))]


def _items(scene: Scene, prefix: str, *, total: bool = True) -> list[Column | Group]:
    words = scene.words
    cars = (
        amount(words.head("subtotal"), prefix + "cars"),
        amount(words.head("cars_bought"), prefix + "cars_bought"),
        amount(words.head("cars_run"), prefix + "cars_run"),
    )
    inner: list[Column | Group] = [
        amount(words.head("abroad"), prefix + "abroad"),
        Group(words.head("cars"), cars),
        amount(words.head("guests"), prefix + "guests"),
    ]
    if scene.dice.branch("order of the items").maybe(0.4):
        inner = [inner[0], inner[2], inner[1]]
    return [amount(words.head("total"), prefix + "three"), *inner] if total else inner


def horizontal(scene: Scene, years: int = 1, *, under: bool = False) -> list[Raw]:
    """Return the table with its items over the columns and one row of amounts, for one year or several.

    Args:
        scene: the document.
        years: how many; with several each year is a group of its own.
        under: with one year, a heading stands over all columns.
    """
    dice = scene.dice
    tree: list[Column | Group] = []
    values: Markup = {}
    for number in range(years):
        prefix = f"{number} "
        for key, value in _figures(scene, dice.real(0.5, 3)).items():
            values[prefix + key] = scene.money.print(value) + "{m}"
        year = scene.year - years + 1 + number
        inner = tuple(_items(scene, prefix))
        word = dice.branch("year").pick(("预算数", "年预算数", "年“三公”经费预算数"))
        text = f"{year}年{word.removeprefix('年')}"
        scene.shows_year |= years > 1 or under
        tree += [Group(text, inner)] if years > 1 or under else list(inner)
    if not any(values.values()):
        values["0 three"] = "0.00{m}"
    sheets = ("landscape", "wide") if years > 1 else ("portrait", "landscape")
    return [scene.budget(KIND, KIND, tree, [values], item="三公经费", lanes=False, sheets=sheets)]


def by_unit(scene: Scene, units: Sequence[Body]) -> Raw:
    """Return the table with a row for each of the bodies and the items over the columns."""
    dice, words = scene.dice, scene.words
    figures = [_figures(scene, 0.5) for _ in units]
    total: Figures = {}
    for own in figures:
        for key, value in own.items():
            total[key] = total.get(key, 0) + value
    rows: list[Markup] = [
        {"code": unit.code, "item": unit.name, **_printed(scene, own)}
        for unit, own in zip(units, figures, strict=True)
    ]
    first = {"item": words.head("total") + "{m}", **_printed(scene, total)}
    rows = [first, *rows] if dice.maybe(0.6) else [*rows, first]
    tree = [code(words.head("unit_code")), item(words.head("unit_name")), *_items(scene, "")]
    sheets = ("landscape", "wide")
    return scene.budget(KIND, KIND, tree, rows, form="budget_by_body", lanes=False, sheets=sheets)


def _printed(scene: Scene, figures: Figures) -> Markup:
    return {key: scene.money.print(value) for key, value in figures.items()}


def empty(scene: Scene) -> list[Raw]:
    """Return the list without any amount, and a note."""
    (raw,) = listed(scene)
    rows = [line.split(" | ") for line in raw["rows"].splitlines()]
    raw["rows"] = "\n".join(" | ".join([row[0], *[""] * (len(row) - 1)]) for row in rows)
    raw["notes"] = [scene.dice.pick(lexicon()["captions"]["empty"])]
    return [raw]
