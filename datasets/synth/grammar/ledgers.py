"""Layouts of tables of amounts by code: income, expenditure, general budget, funds, state capital."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yusuan.datasets.synth.grammar.codes import CodeKind, CodeRow, draw_tree
from yusuan.datasets.synth.grammar.columns import Column, Group, Tree, amount, code, item, rest, seq
from yusuan.datasets.synth.grammar.dice import Dice
from yusuan.datasets.synth.grammar.ledger import (
    Changes,
    Fill,
    code_rows,
    fill_one,
    is_running,
    is_staff,
)
from yusuan.datasets.synth.grammar.money import Figures, Sums
from yusuan.datasets.synth.grammar.scene import Raw, Scene
from yusuan.extraction.document import TableKind

SOURCES = {
    "general": 10,
    "fund": 1.2,
    "capital": 0.3,
    "special": 0.8,
    "service": 1,
    "trade": 0.3,
    "upper": 0.5,
    "lower": 0.2,
    "other": 0.8,
}


def names(scene: Scene, how: str, kind: str = "functional") -> list[Column | Group]:
    """Return the columns that name the rows.

    Args:
        scene: the document.
        how: `plain` two columns, `grouped` under one heading, `split` 类, 款, 项 apart, `item` names alone.
        kind: `functional` or `economic`.
    """
    words = scene.words
    prefix = "economy_" if kind == "economic" else ""
    label = item(words.head(prefix + "name"), room=8.0)
    if how == "item":
        return [item(words.head("item"), room=11.0)]
    if how == "split":
        keys = ("class", "section", "entry") if kind == "functional" else ("class", "section")
        parts = tuple(code(words.head(key), key, room=3.4 if key == "class" else 2.6) for key in keys)
        codes = Group(words.head("class_group"), parts)
        return [Group(words.head("code_group"), (codes, label))] if scene.dice.maybe(0.3) else [codes, label]
    codes_column = code(words.head(prefix + "code"))
    if how == "grouped":
        group = "economy_group" if kind == "economic" else "code_group"
        return [Group(words.head(group), (codes_column, label))]
    return [codes_column, label]


def sources(scene: Scene, low: int, high: int) -> tuple[list[str], list[Column]]:
    """Return some sources of money, `general` always, and their columns."""
    keys = [
        "general",
        *scene.dice.some([key for key in SOURCES if key != "general"], scene.dice.between(low, high)),
    ]
    return keys, [amount(scene.words.head(key), key) for key in keys]


def table(
    scene: Scene,
    kind: TableKind,
    tree: Tree,
    sums: Sums,
    fill: Fill,
    *,
    title: str | None = None,
    codes: CodeKind = "functional",
    n_rows: tuple[int, int] = (6, 34),
    deepest: int = 3,
    changes: Changes | None = None,
    **how: Any,
) -> list[Raw]:
    """Return the block of a table of codes with these columns."""
    dice = scene.dice
    rows = draw_tree(dice, codes, scene.year, dice.between(*n_rows), deepest=deepest)
    printed = code_rows(scene, kind, tree, rows, sums, fill, changes)
    return [scene.budget(kind, title or kind, tree, printed, **how)]


def income(scene: Scene, how: str, *, lanes: bool = False, nested: bool = True, **more: Any) -> list[Raw]:
    """Return 收入总表: rows of codes, columns of sources."""
    dice, words = scene.dice, scene.words
    keys, columns = sources(scene, 2, 6 if nested else 4)
    total, carried = amount(words.head("total"), "total"), amount(words.head("carried"), "carried")
    sums: dict[str, Sequence[str]] = {}
    tree: list[Column | Group] = names(scene, how)
    if lanes:
        tree.insert(0, seq(words.head("ordinal")))
    weights = {key: SOURCES[key] for key in keys}
    with_carried = dice.maybe(0.6)
    parts = keys
    if nested:
        inner = [*columns]
        if dice.maybe(0.7):
            inner.insert(0, amount(words.head("subtotal"), "subtotal"))
            sums["subtotal"] = keys
            parts = ["subtotal"]
        year = Group(words.head("income"), tuple(inner))
        tree += [total, carried, year] if dice.maybe(0.4) and with_carried else [total, year]
        if with_carried and carried not in tree:
            tree.append(carried)
    else:
        tree += [total, *([carried] if with_carried else []), *columns]
    sums["total"] = [*parts, *(["carried"] if with_carried else [])]
    if with_carried:
        weights["carried"] = 0.8
    fill = fill_one(scene, weights)
    return table(scene, "income_summary", tree, sums, fill, lanes=lanes, **more)


def _spending(scene: Scene, keys: Sequence[str]) -> Fill:
    """Return a way to fill basic and project expenditure as real bodies have them."""

    def filled(dice: Dice, row: CodeRow) -> Figures:
        draw = scene.money.draw
        if not is_running(row):
            extra = [key for key in keys if key in ("business", "up", "down")]
            return {dice.pick(extra) if extra and dice.maybe(0.08) else "project": draw(dice)}
        found = {"staff": draw(dice)} if "staff" in keys else {"basic": draw(dice)}
        if "staff" in keys and not is_staff(row):
            found["office"] = draw(dice, 0.3, 400)
        if dice.maybe(0.1):
            found["project"] = draw(dice)
        return found

    return filled


def expenditure(
    scene: Scene,
    kind: TableKind,
    how: str,
    *,
    staff: bool = False,
    extra: bool = False,
    year: bool = False,
    **more: Any,
) -> list[Raw]:
    """Return a table of expenditure: total, basic (with its parts) and project expenditure.

    Args:
        scene: the document.
        kind: of the table.
        how: see `names`.
        staff: basic expenditure is told apart by staff and offices.
        extra: columns for business, upper and lower bodies.
        year: the amounts stand under a heading that names the year.
        more: for `table`.
    """
    dice, words = scene.dice, scene.words
    tree = names(scene, how)
    if dice.maybe(0.15):
        tree.insert(0, seq(words.head("ordinal")))
    parts: list[Column | Group] = []
    sums: dict[str, Sequence[str]] = {}
    keys = ["project"]
    if staff:
        inner = (
            amount(words.head("subtotal"), "basic"),
            amount(words.head("staff"), "staff"),
            amount(words.head("office"), "office"),
        )
        parts += [Group(words.head("basic"), inner), amount(words.head("project"), "project")]
        sums["basic"] = ("staff", "office")
        keys += ["staff", "office"]
    else:
        parts += [amount(words.head("basic"), "basic"), amount(words.head("project"), "project")]
        keys.append("basic")
    if extra:
        own = dice.some(("business", "up", "down"), dice.between(1, 3))
        parts += [amount(words.head(key), key) for key in own]
        keys += own
    sums["total"] = [key for key in keys if key not in ("staff", "office")] + (["basic"] if staff else [])
    amounts: list[Column | Group] = [amount(words.head("total"), "total"), *parts]
    if dice.maybe(0.15) and not staff:
        amounts = [*parts, amounts[0]]
    tree += [Group(f"{scene.year}年{words.head('budget')}", tuple(amounts))] if year else amounts
    scene.shows_year |= year
    return table(scene, kind, tree, sums, _spending(scene, keys), **more)


def by_economy(scene: Scene, kind: TableKind, how: str, **more: Any) -> list[Raw]:
    """Return 基本支出表: rows of economic codes, columns of staff and offices."""
    words, dice = scene.words, scene.dice
    tree = names(scene, how, "economic")
    amounts = (
        amount(words.head("total"), "total"),
        amount(words.head("staff"), "staff"),
        amount(words.head("office"), "office"),
    )
    if dice.maybe(0.4):
        scene.shows_year = True
        tree.append(
            Group(f"{scene.year}年{dice.pick(('基本支出', '一般公共预算基本支出', '预算数'))}", amounts)
        )
    else:
        tree += amounts

    def filled(dice: Dice, row: CodeRow) -> Figures:
        key = "staff" if row.code[:3] in ("301", "303", "501", "509") else "office"
        return {key: scene.money.draw(dice, 0.2, 900)}

    codes: CodeKind = "government_economic" if more.pop("government", False) else "economic"
    sums = {"total": ("staff", "office")}
    return table(scene, kind, tree, sums, filled, codes=codes, deepest=2, n_rows=(8, 38), **more)


def with_changes(scene: Scene, kind: TableKind, how: str, *, wide: bool = False, **more: Any) -> list[Raw]:
    """Return expenditure of two years with the difference, in money and in percent.

    Args:
        scene: the document.
        kind: of the table.
        how: see `names`.
        wide: this year's money is told apart by basic and project expenditure.
        more: for `table`.
    """
    words, dice = scene.words, scene.dice
    changes = Changes()
    last = amount(words.head(dice.pick(("last_budget", "last_done"))), "last")
    difference = (amount(words.head("change"), "change"), rest(words.head("percent"), "percent", 3.4))
    this: Column | Group = amount(words.head("this_budget"), "this")
    sums: dict[str, Sequence[str]] = {}
    if wide:
        inner = (
            amount(words.head("subtotal"), "this"),
            amount(words.head("basic"), "basic"),
            amount(words.head("project"), "project"),
        )
        this = Group(words.head("this_budget"), inner)
        sums["this"] = ("basic", "project")
    tail: list[Column | Group] = [Group(words.head("change_group"), difference)]
    if not wide and dice.maybe(0.4):
        tail = list(difference)
    tree = [*names(scene, how), last, this, *tail]
    if dice.maybe(0.25):
        tree.append(rest(words.head("reason"), "reason", 5.0, 0.4))

    def filled(dice: Dice, row: CodeRow) -> Figures:
        now = scene.money.draw(dice)
        found = {"basic" if is_running(row) else "project": now} if wide else {"this": now}
        if not dice.maybe(0.12):
            found["last"] = max(1, round(now * dice.real(0.6, 1.5)))
        return found

    return table(scene, kind, tree, sums, filled, changes=changes, **more)


def by_source(scene: Scene, kind: TableKind, how: str, **more: Any) -> list[Raw]:
    """Return expenditure with a column for each source of money, under 资金来源 in two or three levels."""
    words, dice = scene.words, scene.dice
    keys, columns = sources(scene, 3, 7)
    paid = [key for key in keys if key in ("general", "fund", "capital")]
    first = [column for column in columns if column.key in paid]
    inner: list[Column | Group] = [column for column in columns if column.key not in paid]
    sums: dict[str, Sequence[str]] = {}
    if len(paid) > 1 and dice.maybe(0.7):
        sums["paid"] = paid
        inner.insert(0, Group(words.head("appropriation"), (amount(words.head("subtotal"), "paid"), *first)))
    else:
        inner = [*first, *inner]
    sums["total"] = keys
    tree = [
        *names(scene, how),
        amount(words.head("total"), "total"),
        Group(words.head("sources"), tuple(inner)),
    ]
    fill = fill_one(scene, {key: SOURCES[key] for key in keys}, 0.15)
    return table(scene, kind, tree, sums, fill, sheets=("landscape", "wide"), **more)


def by_nature(scene: Scene, **more: Any) -> list[Raw]:
    """Return expenditure of functional codes with a column for each 类 of the economic classification."""
    words, dice = scene.words, scene.dice
    keys = ["wages", "goods", "household", *dice.some(("investment", "other"), dice.between(0, 2))]
    columns = [amount(words.head(key), key) for key in keys]
    sums = {"total": keys}
    tree = [
        *names(scene, dice.pick(("plain", "grouped", "split"))),
        amount(words.head("total"), "total"),
        *columns,
    ]
    weights = {"wages": 3.0, "goods": 3.0, "household": 1.0, "investment": 0.7, "other": 0.4}
    fill = fill_one(scene, {key: weights[key] for key in keys}, 0.4)
    return table(scene, "expenditure_summary", tree, sums, fill, sheets=("landscape", "wide"), **more)


def empty(scene: Scene, kind: TableKind, how: str) -> list[Raw]:
    """Return a table without amounts: blank rows, or a total of nothing, and a note that says why."""
    words, dice = scene.words, scene.dice
    columns = [amount(words.head(key), key) for key in ("total", "basic", "project")]
    tree = [*names(scene, how), *columns]
    rows: list[dict[str, str]] = [{} for _ in range(dice.between(1, 7))]
    if dice.maybe(0.4):
        first = "class" if how == "split" else "code"
        rows[0] = {first: f"{words.head('total')}{{c{4 if how == 'split' else 2} m}}"}
        if dice.maybe(0.5):
            rows[0] |= dict.fromkeys(("total", "basic", "project"), "0.00")
    return [scene.budget(kind, kind, tree, rows, empty=True, rules=scene.rules_of_blanks)]


def table_of_few(scene: Scene) -> list[Raw]:
    """Return a table of funds or state capital, which seldom has many rows."""
    kind, codes = scene.dice.pick(
        (("government_fund_expenditure", "fund"), ("state_capital_expenditure", "capital"))
    )
    return expenditure(scene, kind, "plain", codes=codes, n_rows=(3, 7))  # type: ignore[arg-type]


def indented(scene: Scene) -> list[Raw]:
    """Return expenditure without codes: what a name belongs to is seen by how far it is set in."""
    scene.misjudge(
        "total_row", "expenditure_summary", "names of all levels stand in one column without codes"
    )
    return expenditure(scene, "expenditure_summary", "item", n_rows=(6, 26))
