"""Layouts of several tables: on one page, as a whole disclosure, or one completing what another clips."""

from __future__ import annotations

import re
from collections.abc import Callable

from yusuan.datasets.synth.grammar import ledgers, lists, others, summaries, targets, three_public
from yusuan.datasets.synth.grammar.codes import draw_tree
from yusuan.datasets.synth.grammar.columns import amount
from yusuan.datasets.synth.grammar.indicators import columns_rows, draw_targets
from yusuan.datasets.synth.grammar.ledger import Markup, code_rows, fill_one
from yusuan.datasets.synth.grammar.names import draw_tasks
from yusuan.datasets.synth.grammar.scene import Raw, Scene
from yusuan.extraction.document import TableKind

SMALL: tuple[Callable[[Scene], list[Raw]], ...] = (
    lambda scene: three_public.listed(scene, years=scene.dice.maybe(0.5)),
    three_public.horizontal,
    lambda scene: ledgers.table_of_few(scene),
    lists.running,
    lambda scene: lists.assets(scene),
    lambda scene: lists.institutions(scene),
    lists.taxless,
    others.staff,
)


def two_on_a_page(scene: Scene) -> list[Raw]:
    """Return two or three small tables that stand below each other."""
    chosen = scene.dice.some(SMALL, scene.dice.between(2, 3))
    blocks = [block for draw in scene.dice.mixed(chosen) for block in draw(scene)]
    return [block | {"row_height": min(scene.look.row_height, 18.0)} for block in blocks]


def disclosure(scene: Scene) -> list[Raw]:
    """Return what a body publishes: text, the summary tables in their order, then targets."""
    dice = scene.dice
    blocks = others.prose(scene, dice.between(2, 4))
    blocks += summaries.two_sided(scene, "income_expenditure_summary")
    blocks += ledgers.income(scene, "grouped")
    blocks += ledgers.expenditure(scene, "general_budget_expenditure", "plain", n_rows=(8, 24))
    blocks += three_public.horizontal(scene) if dice.maybe(0.5) else three_public.listed(scene)
    tasks = draw_tasks(dice, scene.place, scene.year, dice.between(3, 6))
    blocks += lists.projects(scene, tasks=tasks)
    for task in tasks[: dice.between(1, 2)]:
        blocks += (
            targets.project(scene, task=task) if scene.unit == "万元" else targets.general(scene, task=task)
        )
    return [blocks[0], *(block | {"page": True} for block in blocks[1:])]


def clip(text: str, room: int) -> str:
    """Return the markup of a name of which only the first `room` characters are printed."""
    words, flags = re.fullmatch(r"(.*?)(\{[^}]*\})?", text).groups()  # type: ignore[union-attr]
    return f"{words} >> {words[:room]}{flags or ''}" if len(words) > room else text


def clipped_items(scene: Scene) -> list[Raw]:
    """Return two tables of the same codes, the second in so narrow a column that long names are cut off."""
    dice, words = scene.dice, scene.words
    codes = draw_tree(dice, "functional", scene.year, dice.between(10, 22))
    sums = {"total": ("basic", "project")}
    how = dice.pick(("plain", "grouped"))
    blocks: list[Raw] = []
    room = dice.between(8, 12)
    kinds: tuple[TableKind, ...] = ("expenditure_summary", "general_budget_expenditure")
    for kind in kinds:
        tree = [
            *ledgers.names(scene, how),
            *(amount(words.head(key), key) for key in ("total", "basic", "project")),
        ]
        fill = fill_one(scene, {"basic": 1, "project": 1})
        rows: list[Markup] = code_rows(scene, kind, tree, codes, sums, fill)
        if blocks:
            rows = [own | {"item": clip(own["item"], room)} if "item" in own else own for own in rows]
        blocks.append(scene.budget(kind, kind, tree, rows, lanes=False))
    return blocks


def clipped_targets(scene: Scene) -> list[Raw]:
    """Return two forms of the same task; the second cuts off names of targets that the first prints whole."""
    dice = scene.dice
    (task,) = draw_tasks(dice, scene.place, scene.year, 1)
    blocks = [*targets.general(scene, task=task), *targets.general(scene, task=task)]
    columns = ("name", "weight", "unit", "operator", "value")
    drawn = draw_targets(dice, task, scene.year, dice.between(6, 12), full=100)
    whole = columns_rows(drawn, columns, merge=False).splitlines()
    room = dice.between(6, 9)
    cut = [" | ".join((clip(name, room), *others)) for name, *others in (line.split(" | ") for line in whole)]
    return [blocks[0] | {"rows": "\n".join(whole)}, blocks[1] | {"rows": "\n".join(cut), "page": True}]
