"""Layouts of lists: projects, economic classification over columns, purchases, assets, bodies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yusuan.datasets.synth.grammar.codes import codes, draw_tree
from yusuan.datasets.synth.grammar.columns import (
    Column,
    Group,
    Tree,
    amount,
    code,
    header,
    item,
    leaves,
    rest,
    row,
    seq,
)
from yusuan.datasets.synth.grammar.dice import Dice
from yusuan.datasets.synth.grammar.ledger import Markup, code_rows, fill_one
from yusuan.datasets.synth.grammar.ledgers import SOURCES, sources
from yusuan.datasets.synth.grammar.money import Figures, add_up
from yusuan.datasets.synth.grammar.names import Task, draw_tasks, draw_units
from yusuan.datasets.synth.grammar.scene import Raw, Scene
from yusuan.datasets.synth.grammar.words import lexicon
from yusuan.extraction.document import TableKind


def register(
    scene: Scene, kind: TableKind, title: str, tree: Tree, rows: Sequence[Mapping[str, str]], **how: Any
) -> Raw:
    """Return a table with one record a row; the keys of its columns are fields, or begin with `-`."""
    columns = leaves(tree)
    laid = scene.fit(columns, rows, how.pop("sheets", ("portrait", "landscape")))
    types = {"procurement": "procurement", "assets": "asset", "institutions": "institution"}
    return {
        "form": "register",
        "kind": kind,
        "type": types[kind],
        **scene.captions(scene.title(title)),
        **scene.looks(),
        "size": laid.size,
        "widths": list(laid.widths),
        "fields": ["-" if column.key.startswith("-") else column.key for column in columns],
        "header": header(tree),
        "rows": "\n".join(row(columns, values) for values in rows),
        "sheet": laid.sheet,
        "repeat": scene.dice.maybe(0.8),
    } | how


def projects(
    scene: Scene, *, wide: bool = False, units: bool = False, kinds: bool = False, tasks: Sequence[Task] = ()
) -> list[Raw]:
    """Return 项目支出表: a row for each project, columns of sources.

    Args:
        scene: the document.
        wide: many sources under one heading.
        units: the body stands in a column of its own, its cell over all its projects.
        kinds: a column says what kind of project it is.
        tasks: the projects, drawn when empty.
    """
    dice, words = scene.dice, scene.words
    tasks = tasks or draw_tasks(dice, scene.place, scene.year, dice.between(4, 22))
    keys, columns = sources(scene, 3, 6) if wide else sources(scene, 0, 2)
    fill = fill_one(scene, {key: SOURCES[key] for key in keys}, 0.15)
    figures = [fill(dice, None) for _ in tasks]  # type: ignore[arg-type]
    sums = {"total": keys}
    total = add_up(figures, [None] * len(tasks), sums)
    owners = draw_units(dice, scene.body, scene.place, dice.between(1, 3))
    groups = sorted(dice.between(0, len(owners) - 1) for _ in tasks)
    rows: list[Markup] = []
    for at, (task, own) in enumerate(zip(tasks, figures, strict=True)):
        first = at == 0 or groups[at] != groups[at - 1]
        values = {"seq": str(at + 1), "item": task.project, **_printed(scene, own)}
        values["unit"] = owners[groups[at]].name if first else "^"
        values["kind"] = dice.pick(("特定目标类", "其他运转类", "一般性项目", "重点项目"))
        rows.append(values)
    last = {"item": words.head("total") + "{m}", **_printed(scene, total)}
    rows = [last, *rows] if dice.maybe(0.5) else [*rows, last]
    amounts: list[Column | Group] = [Group(words.head("sources"), tuple(columns))] if wide else [*columns]
    tree: list[Column | Group] = [
        item(words.head("project_name"), room=12.0),
        amount(words.head("total"), "total"),
    ]
    tree += amounts
    if kinds:
        tree.insert(0, rest(words.head("project_kind"), "kind", 5.5))
    if units:
        tree.insert(0, rest(words.head("unit_name"), "unit", 6.0, 0.4))
    if dice.maybe(0.4):
        tree.insert(0, seq(words.head("ordinal")))
    sheets = ("landscape", "wide") if wide else ("portrait", "landscape")
    return [scene.budget("other_budget", "projects", tree, rows, sheets=sheets, lanes=False)]


def _printed(scene: Scene, figures: Figures) -> Markup:
    return {key: scene.money.print(value) for key, value in figures.items()}


def economy_across(scene: Scene) -> list[Raw]:
    """Return expenditure by function in its rows and by economic 款 over its columns, grouped by 类."""
    dice, words = scene.dice, scene.words
    listed = codes("economic", scene.year)
    sums: dict[str, Sequence[str]] = {}
    groups: list[Column | Group] = []
    weights: dict[str, float] = {}
    for top in dice.some(("301", "302", "303"), dice.between(2, 3)):
        own = dice.some([c for c in listed if c.startswith(top) and len(c) == 5], dice.between(3, 5))
        sums[top] = own
        weights |= dict.fromkeys(own, 1.0)
        inner = (amount(words.head("subtotal"), top), *(amount(words.brackets(listed[c]), c) for c in own))
        groups.append(Group(listed[top], inner))
    sums["total"] = [group for group in sums if group != "total"]
    tree = [
        code(words.head("code")),
        item(words.head("name"), room=9.0),
        amount(words.head("total"), "total"),
        *groups,
    ]
    rows = code_rows(
        scene,
        "other_budget",
        tree,
        draw_tree(dice, "functional", scene.year, dice.between(4, 16)),
        sums,
        fill_one(scene, weights, 0.6),
    )
    return [scene.budget("other_budget", "economy", tree, rows, sheets=("wide",), lanes=False)]


def running(scene: Scene) -> list[Raw]:
    """Return 机关运行经费: economic items with their amounts, and a total."""
    dice, words = scene.dice, scene.words
    names = [n for c, n in codes("economic", scene.year).items() if c.startswith("302") and len(c) == 5]
    chosen = dice.some(names, dice.between(6, 18))
    figures: list[Figures] = [{"money": scene.money.draw(dice, 0.2, 120)} for _ in chosen]
    total = add_up(figures, [None] * len(chosen), {})
    rows = [
        {"seq": str(n), "item": name, **_printed(scene, own)}
        for n, (name, own) in enumerate(zip(chosen, figures, strict=True), 1)
    ]
    rows.append({"item": words.head("total") + "{m}", **_printed(scene, total)})
    tree: list[Column | Group] = [item(words.head("item")), amount(words.head("budget"), "money")]
    if dice.maybe(0.6):
        tree.insert(0, seq(words.head("ordinal")))
    return [scene.budget("other_budget", "running", tree, rows)]


def taxless(scene: Scene) -> list[Raw]:
    """Return 非税收入: items of income with last year's and this year's plan."""
    dice, words = scene.dice, scene.words
    chosen = dice.some(lexicon()["rows"]["taxless"], dice.between(3, 10))
    figures: list[Figures] = [
        {"this": scene.money.draw(dice), "last": scene.money.draw(dice)} for _ in chosen
    ]
    total = add_up(figures, [None] * len(chosen), {})
    rows = [
        {"seq": str(n), "item": name, **_printed(scene, own)}
        for n, (name, own) in enumerate(zip(chosen, figures, strict=True), 1)
    ]
    rows.append({"item": words.head("total") + "{m}", **_printed(scene, total)})
    tree: list[Column | Group] = [seq(words.head("ordinal")), item(words.head("item"))]
    if dice.maybe(0.6):
        tree.append(amount(words.head("last_budget"), "last"))
    tree += [amount(words.head("this_budget"), "this"), rest(words.head("note"), "note", 5.0, 0.4)]
    return [scene.budget("other_budget", "taxless", tree, rows)]


def procurement(scene: Scene, *, levels: int = 1, title: str = "procurement") -> list[Raw]:
    """Return 政府采购表: what is bought, how many, for how much; with two levels also from which money."""
    dice, words, own_words = scene.dice, scene.words, lexicon()["procurement"]
    tasks = draw_tasks(dice, scene.place, scene.year, dice.between(2, 6))
    goods = dice.some(own_words["goods"], dice.between(3, 14))
    texts: Mapping[str, Sequence[str]] = own_words
    if title == "purchase":
        goods = [
            _service(dice, name) for name in dice.some(own_words["services"]["names"], dice.between(2, 11))
        ]
        texts, levels = own_words | own_words["services"], dice.pick((1, 2))
    keys, columns = sources(scene, 2, 4)
    further = _further(scene, own_words["further"], 3)
    rows: list[Markup] = []
    total = 0
    for number, (name, catalogue, measure, low, high) in enumerate(goods, 1):
        count = 1 if measure in ("项", "批") else dice.between(1, 40)
        price = scene.money.draw(dice, low / 10_000, high / 10_000)
        total += price * count
        own = {
            "seq": str(number),
            "project": dice.pick(tasks).project,
            "item": name,
            "catalogue_code": catalogue,
        }
        own |= {"measure_unit": measure, "quantity": str(count), "price": scene.money.print(price)}
        own["amount"] = scene.money.print(price * count)
        own["-" + dice.weigh({key: SOURCES[key] for key in keys})] = own["amount"]
        own |= {key: _value(dice, values) for key, (_, values) in further.items()}
        rows.append({key: _still(text) for key, text in own.items()})
    if dice.maybe(0.3):
        # A body above its purchases.
        for at, unit in enumerate(draw_units(dice, scene.body, scene.place, dice.between(1, 2))):
            rows.insert(at * (len(rows) // 2 + 1), {"project": unit.name})
    if dice.maybe(0.6):
        last = {"project": words.head("total") + "{m}", "amount": _still(scene.money.print(total))}
        rows = [last, *rows] if dice.maybe(0.4) else [*rows, last]

    def named(key: str, field: str, room: float, wrap: float = 0.4) -> Column:
        return rest(words.write(dice.pick(texts[key])), field, room, wrap)

    counted = title != "purchase" or dice.maybe(0.3)
    tree: list[Column | Group] = [named("project", "project", 8.0, 1.0), named("item", "item", 6.0, 0.6)]
    if dice.maybe(0.6):
        tree.insert(dice.between(1, 2), named("catalogue_code", "catalogue_code", 5.6))
    if counted and dice.maybe(0.8):
        tree.append(named("measure_unit", "measure_unit", 2.2))
    if counted:
        tree.append(named("quantity", "quantity", 2.4))
    if counted and dice.maybe(0.7):
        tree.append(named("price", "price", 4.0))
    if levels == 1:
        tree.append(named("amount", "amount", 4.0))
    else:
        inner = tuple(rest(column.text, "-" + column.key, 4.0) for column in columns)
        money = rest(words.head("total"), "amount", 4.0)
        text = words.write(dice.pick(("采购资金来源", "资金来源", "采购预算金额")))
        # The sum stands before its parts, under their heading or in a column of its own.
        parted: list[Column | Group] = [named("amount", "amount", 4.0), Group(text, inner)]
        tree += [Group(text, (money, *inner))] if dice.maybe(0.6) else parted
    places = dice.mixed(range(1, len(tree) + 1))
    for at, (key, (heading, values)) in enumerate(further.items()):
        place = places[at] if dice.maybe(0.4) else len(tree)
        tree.insert(place, rest(words.write(heading), key, min(7.0, max(map(len, (heading, *values)))), 0.4))
    if dice.maybe(0.4):
        tree.insert(0, rest(words.head("ordinal"), "seq", 2.2, 0.0))
    if dice.maybe(0.3):
        tree.append(rest(words.head("note"), "-note", 3.4))
    sheets = ("portrait", "landscape") if levels == 1 and len(further) < 2 else ("landscape", "wide")
    return [register(scene, "procurement", title, tree, rows, sheets=sheets)]


def _service(dice: Dice, name: str) -> tuple[str, str, str, int, int]:
    """Return a service as goods are listed: name, code, measure unit, least and most that it costs."""
    code = f"{dice.pick('ABCDEF')}{dice.between(1, 19):02d}{dice.between(1, 30):02d}"
    return name, code, "项", 20_000, 1_800_000


def _further(
    scene: Scene, columns: Mapping[str, Sequence[str]], most: int
) -> dict[str, tuple[str, Sequence[str]]]:
    """Return up to so many columns that no record holds: key → heading, values."""
    dice = scene.dice
    chosen = dice.some(list(columns), dice.between(0, most))
    return {f"-further {at}": (heading, columns[heading]) for at, heading in enumerate(chosen)}


def _value(dice: Dice, values: Sequence[str]) -> str:
    return "" if dice.maybe(0.15) else dice.pick(values)


def _still(text: str) -> str:
    """Return an amount of nothing as a blank: no register tells what a `-` stands for."""
    return "" if text == "-" else text


def assets(scene: Scene, *, numbered: bool = False) -> list[Raw]:
    """Return 国有资产占用情况表: what a body owns, how many and how much it is worth."""
    dice, words, own_words = scene.dice, scene.words, lexicon()["assets"]
    further = _further(scene, own_words["further"], 1 + numbered)
    money = dice.some(own_words["other_money"], dice.between(0, 2)) if dice.maybe(0.35) else []
    parts = dice.some(own_words["other_count"], dice.between(1, 2)) if dice.maybe(0.2) else []
    rows: list[Markup] = []
    total = 0
    items = own_words["items"] if dice.maybe(0.4) else _kinds_of_assets(dice)
    for number, (name, low, high) in enumerate(items, 1):
        memo = name.startswith("其中")
        count, value = dice.between(low, high), scene.money.draw(dice, 2, 4000)
        own = {"seq": str(number), "item": words.brackets(name)}
        if count and dice.maybe(0.85):
            own["quantity"] = f"{count:,}" if scene.money.style.commas else str(count)
        if not memo and dice.maybe(0.9):
            own["value"] = _still(scene.money.print(value))
            total += value
        own["-measure"] = dice.pick(("平方米", "辆", "台（套）", "件", "册"))
        own |= {key: _value(dice, values) for key, (_, values) in further.items()}
        own |= {f"-{name}": _still(scene.money.print(scene.money.draw(dice, 1, 900))) for name in money}
        own |= {f"-{name}": str(dice.between(0, count)) for name in parts if "quantity" in own}
        rows.append(own)
    first = {"item": dice.pick(("资产总额", "合计", "资产总计")), "value": _still(scene.money.print(total))}
    rows = [first, *rows] if dice.maybe(0.6) else [*rows, first]
    counted = [
        rest(words.write(dice.pick(own_words["count"])), "quantity", 4.0),
        rest(words.write(dice.pick(own_words["value"])), "value", 5.0),
    ]
    if dice.maybe(0.15):
        counted.reverse()
    tree: list[Column | Group] = [rest(words.write(dice.pick(own_words["name"])), "item", 12.0, 1.0)]
    tree += [Group(words.write(dice.pick(own_words["both"])), tuple(counted))] if dice.maybe(0.2) else counted
    tree += [rest(words.write(name), f"-{name}", 5.0) for name in (*parts, *money)]
    if numbered:
        tree.insert(0, rest(words.head("ordinal"), "seq", 2.4, 0.0))
        tree.insert(2, rest(words.write("计量单位"), "-measure", 4.0))
    _insert_further(scene, tree, further)
    return [register(scene, "assets", "assets", tree, rows)]


def _kinds_of_assets(dice: Dice) -> list[tuple[str, int, int]]:
    """Return what a body may own, numbered one way or another, here and there with what of it is meant."""
    listed = dice.some(lexicon()["assets"]["kinds"], dice.between(4, 14))
    numbering = dice.pick(lexicon()["assets"]["numbering"])
    found = []
    number = 0
    for at, (name, low, high) in enumerate(listed):
        memo = at > 0 and dice.maybe(0.15)
        number += not memo
        found.append((f"其中：{name}" if memo else numbering.format(n=number) + name, low, high))
    return found


def _insert_further(
    scene: Scene, tree: list[Column | Group], further: Mapping[str, tuple[str, Sequence[str]]]
) -> None:
    """Put columns that no record holds behind the others of a list, or somewhere among them."""
    for key, (heading, _) in further.items():
        place = scene.dice.between(1, len(tree)) if scene.dice.maybe(0.4) else len(tree)
        tree.insert(place, rest(scene.words.write(heading), key, 5.0, 0.4))


def single_assets(scene: Scene, *, owned: bool = False) -> list[Raw]:
    """Return 新增资产配置表: what a body wants to buy, how many, for how much in all.

    Args:
        scene: the document.
        owned: what it has instead, thing by thing.
    """
    dice, words, own_words = scene.dice, scene.words, lexicon()["assets"]
    further = _further(scene, own_words["further"], 3 if owned else 2)
    money = dice.some(own_words["other_money"], dice.between(1, 2)) if owned and dice.maybe(0.5) else []
    which = "owned" if owned else "planned"
    goods = [entry for entry in lexicon()["procurement"]["goods"] if entry[1].startswith("A")]
    rows: list[Markup] = []
    total = 0
    for number, (name, catalogue, measure, low, high) in enumerate(dice.some(goods, dice.between(3, 12)), 1):
        count, price = dice.between(1, 60), scene.money.draw(dice, low / 10_000, high / 10_000)
        total += count * price
        own = {"seq": str(number), "item": name, "-code": catalogue, "-measure": measure}
        own |= {"quantity": str(count), "-price": _still(scene.money.print(price))}
        own["value"] = _still(scene.money.print(count * price))
        own |= {key: _value(dice, values) for key, (_, values) in further.items()}
        own |= {f"-{each}": _still(scene.money.print(scene.money.draw(dice, 1, 90))) for each in money}
        rows.append(own)
    if dice.maybe(0.6):
        last = {"item": words.head("total") + "{m}", "value": _still(scene.money.print(total))}
        rows = [last, *rows] if dice.maybe(0.4) else [*rows, last]

    def named(key: str, field: str, room: float, wrap: float = 0.4) -> Column:
        return rest(words.write(dice.pick(own_words[f"{which}_{key}"])), field, room, wrap)

    tree: list[Column | Group] = [named("name", "item", 9.0, 1.0)]
    if dice.maybe(0.7):
        tree.insert(dice.between(0, 1), named("code", "-code", 5.6))
    if dice.maybe(0.7):
        tree.append(rest(words.write(dice.pick(("计量单位", "单位"))), "-measure", 2.4))
    tree.append(named("count", "quantity", 3.6))
    if dice.maybe(0.7):
        tree.append(named("price", "-price", 4.4))
    tree.append(named("value", "value", 5.0))
    tree += [rest(words.write(each), f"-{each}", 4.4) for each in money]
    _insert_further(scene, tree, further)
    if dice.maybe(0.4):
        tree.insert(0, rest(words.head("ordinal"), "seq", 2.2, 0.0))
    title = "assets" if owned else "assets_planned"
    return [register(scene, "assets", title, tree, rows, sheets=("portrait", "landscape"))]


def institutions(scene: Scene, *, staff: bool = False) -> list[Raw]:
    """Return 机构设置: bodies with nature, rank and how they are paid for."""
    dice, words = scene.dice, scene.words
    parts = lexicon()["bodies"]
    units = draw_units(dice, scene.body, scene.place, dice.between(2, 14))
    rows = [
        {
            "seq": str(number),
            "name": unit.name,
            "nature": dice.pick(parts["natures"]),
            "rank": dice.pick(parts["grades"]),
            "funding": dice.pick(parts["fundings"]),
            "-staff": str(dice.between(3, 120)),
            "-real": str(dice.between(3, 120)),
        }
        for number, unit in enumerate(units, 1)
    ]
    further = _further(scene, parts["further"], 2)
    for own in rows:
        own |= {key: _value(dice, values) for key, (_, values) in further.items()}
    # Not every list says all of it, nor in this order.
    said = [("nature", 7.0), ("rank", 4.5), ("funding", 7.0)]
    if dice.maybe(0.3):
        said = dice.mixed(said)
    if dice.maybe(0.25):
        said = said[: dice.between(1, 2)]
    tree: list[Column | Group] = [
        rest(words.write(dice.pick(parts[f"list_{key}"])), key, room, 1.0 if key == "name" else 0.3)
        for key, room in (("name", 12.0), *said)
    ]
    _insert_further(scene, tree, further)
    if dice.maybe(0.7):
        tree.insert(0, rest(words.head("ordinal"), "seq", 2.4, 0.0))
    if staff:
        for key, texts in (("-staff", "count"), ("-real", "real")):
            tree.append(rest(words.write(dice.pick(lexicon()["staffing"][texts])), key, 3.0))
    raw = register(scene, "institutions", "institutions", tree, rows)
    return [raw | {"unit": None, "unit_line": ""}]
