"""Layouts whose rows name bodies: beside their money, or over the codes that it is spent under."""

from __future__ import annotations

from collections.abc import Sequence

from yusuan.datasets.synth.grammar import three_public
from yusuan.datasets.synth.grammar.codes import draw_tree
from yusuan.datasets.synth.grammar.columns import Column, Group, amount, code, item, rest, seq
from yusuan.datasets.synth.grammar.ledger import Markup, is_running
from yusuan.datasets.synth.grammar.ledgers import SOURCES, sources
from yusuan.datasets.synth.grammar.money import Figures, Sums, add_up
from yusuan.datasets.synth.grammar.names import Body, draw_units
from yusuan.datasets.synth.grammar.scene import Raw, Scene
from yusuan.extraction.document import TableKind


def _declared(raw: Raw, budget: int | None) -> Raw:
    """Return a table that names bodies; `budget` is the column with their whole money, in the first one."""
    return raw if budget is None else raw | {"body_budget": budget}


def _with_unit(scene: Scene, raw: Raw) -> Raw:
    """Return the table with a line that names its unit: the money of a body needs one."""
    if raw["unit_line"]:
        return raw
    return raw | {"unit": scene.unit, "unit_line": scene.words.caption("unit", unit=scene.unit)}


def income(scene: Scene, *, deep: bool = False, three: bool = False) -> list[Raw]:
    """Return 收入总表 with a row for each body, its sources in two or three levels of headings.

    Args:
        scene: the document.
        deep: the headings have three levels.
        three: the “三公” expenses of the same bodies follow in a table of their own.
    """
    dice, words = scene.dice, scene.words
    keys, columns = sources(scene, 4, 8)
    sums: dict[str, Sequence[str]] = {"income": keys, "total": ["income", "carried"]}
    own: list[Column | Group] = [*columns]
    if deep:
        paid = [column for column in columns if column.key in ("general", "fund", "capital")]
        others = [column for column in columns if column not in paid]
        sums = {"paid": [column.key for column in paid], **sums}
        own = [Group(words.head("appropriation"), (amount(words.head("subtotal"), "paid"), *paid)), *others]
    year = Group(words.head("income"), (amount(words.head("subtotal"), "income"), *own))
    tree: list[Column | Group] = [
        code(words.head("unit_code")),
        item(words.head("unit_name")),
        amount(words.head("total"), "total"),
        year,
        amount(words.head("carried"), "carried"),
    ]
    units = draw_units(dice, scene.body, scene.place, dice.between(3, 14))
    figures: list[Figures] = []
    for _ in units:
        found = {"general": scene.money.draw(dice, 20, 3000)}
        for key in keys[1:]:
            if dice.maybe(SOURCES[key] / 6):
                found[key] = scene.money.draw(dice, 1, 500)
        if dice.maybe(0.3):
            found["carried"] = scene.money.draw(dice, 0.5, 200)
        figures.append(found)
    rows = _rows(scene, units, figures, sums)
    raw = scene.budget(
        "income_summary",
        "income_summary",
        tree,
        rows,
        form="budget_by_body",
        lanes=False,
        sheets=("landscape", "wide"),
    )
    blocks = [_declared(_with_unit(scene, raw), 2)]
    return [*blocks, three_public.by_unit(scene, units)] if three else blocks


def _rows(scene: Scene, units: Sequence[Body], figures: Sequence[Figures], sums: Sums) -> list[Markup]:
    total = add_up(figures, [None] * len(units), sums)
    rows = [
        {"code": unit.code, "item": unit.name, **{k: scene.money.print(v) for k, v in own.items()}}
        for unit, own in zip(units, figures, strict=True)
    ]
    last = {"item": scene.words.head("total") + "{m}", **{k: scene.money.print(v) for k, v in total.items()}}
    return [last, *rows] if scene.dice.maybe(0.6) else [*rows, last]


def over_rows(scene: Scene, kind: TableKind) -> list[Raw]:
    """Return expenditure where a row names a body with its total and the rows below say what for."""
    dice, words = scene.dice, scene.words
    units = draw_units(dice, scene.body, scene.place, dice.between(2, 5))
    sums = {"total": ("basic", "project")}
    rows: list[Markup] = []
    totals: list[Figures] = []
    indent = dice.pick((0, 1, 2))
    for unit in units:
        codes = draw_tree(dice, "functional", scene.year, dice.between(3, 9))
        parts = [row for row in codes if row.level == 3]
        figures: list[Figures] = [
            {"basic" if is_running(row) else "project": scene.money.draw(dice)} for row in parts
        ]
        whole = add_up(figures, [None] * len(parts), sums)
        totals.append(whole)
        rows.append({"code": unit.code, "item": unit.name, **_printed(scene, whole)})
        flag = f"{{i{indent}}}" if indent else ""
        rows += [
            {"code": row.code, "item": row.name + flag, **_printed(scene, own)}
            for row, own in zip(parts, figures, strict=True)
        ]
    total = add_up(totals, [None] * len(totals), sums)
    rows.insert(0, {"item": words.head("total") + "{m}", **_printed(scene, total)})
    tree: list[Column | Group] = [
        code(words.write(dice.pick(("编码", "科目编码", "单位（科目）编码")))),
        item(words.write(dice.pick(("单位名称（科目）", "单位（科目名称）", "科目名称")))),
        *(amount(words.head(key), key) for key in ("total", "basic", "project")),
    ]
    if dice.maybe(0.3):
        tree.append(rest(words.head("note"), "note", 5.0, 0.4))
    raw = scene.budget(kind, kind, tree, rows, form="budget_by_body", lanes=False)
    scene.money.wrong = False  # rows of bodies add up the rows below them: one wrong figure breaks two sums
    return [_declared(_with_unit(scene, raw), 2)]


def expenditure(scene: Scene) -> list[Raw]:
    """Return 支出总表 with a numbered row for each body and columns for what it spends on."""
    dice, words = scene.dice, scene.words
    units = draw_units(dice, scene.body, scene.place, dice.between(4, 16))
    sums = {"basic": ("staff", "office"), "total": ("basic", "project")}
    figures = [
        {key: scene.money.draw(dice, 2, 900) for key in ("staff", "office", "project") if dice.maybe(0.85)}
        or {"staff": scene.money.draw(dice)}
        for _ in units
    ]
    rows = _rows(scene, units, figures, sums)
    for number, own in enumerate(rows, 1):
        own["seq"] = str(number)
    basic = Group(
        words.head("basic"),
        (
            amount(words.head("subtotal"), "basic"),
            amount(words.head("staff"), "staff"),
            amount(words.head("office"), "office"),
        ),
    )
    tree: list[Column | Group] = [
        code(words.head("unit_code")),
        item(words.head("unit_name")),
        amount(words.head("total"), "total"),
        basic,
        amount(words.head("project"), "project"),
    ]
    if dice.maybe(0.5):
        tree.insert(0, seq(words.head("ordinal")))
    budget = len(tree) - 3
    raw = scene.budget(
        "expenditure_summary", "expenditure_summary", tree, rows, form="budget_by_body", lanes=False
    )
    return [_declared(_with_unit(scene, raw), budget)]


def _printed(scene: Scene, figures: Figures) -> Markup:
    return {key: scene.money.print(value) for key, value in figures.items()}
