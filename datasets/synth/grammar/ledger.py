"""Rows of amounts under codes: a tree whose sums hold, printed in one of the ways that budgets print it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from yusuan.datasets.synth.grammar.codes import CodeRow
from yusuan.datasets.synth.grammar.columns import Tree, leaves, measures
from yusuan.datasets.synth.grammar.dice import Dice
from yusuan.datasets.synth.grammar.money import Figures, Sums, add_up, misprint
from yusuan.datasets.synth.grammar.scene import Scene
from yusuan.datasets.synth.sources import compact
from yusuan.extraction.document import TableKind

Markup = dict[str, str]
# What a row without parts says: the columns that it fills.
Fill = Callable[[Dice, CodeRow], Figures]

# 项 that pay for staff and offices; everything else is a project.
RUNNING = ("行政运行", "事业运行", "机关服务", "行政单位离退休", "事业单位离退休")
STAFF_CODES = ("20805", "21011", "22102", "2082701", "2082702")


@dataclass(frozen=True)
class Changes:
    """Columns that compare two years: last, this, their difference and how much that is in percent."""

    last: str = "last"
    this: str = "this"
    difference: str = "change"
    percent: str = "percent"


def is_running(row: CodeRow) -> bool:
    """Return whether the money of a 项 is basic expenditure."""
    return row.name in RUNNING or row.code.startswith(STAFF_CODES)


def is_staff(row: CodeRow) -> bool:
    """Return whether basic expenditure of a 项 is for staff alone."""
    return row.code.startswith(STAFF_CODES)


def fill_one(scene: Scene, weights: Mapping[str, float], more: float = 0.1) -> Fill:
    """Return a way to fill rows: one column, chosen by weight, and with chance `more` another."""

    def filled(dice: Dice, _: CodeRow) -> Figures:
        keys = {dice.weigh(dict(weights))}
        while dice.maybe(more):
            keys.add(dice.weigh(dict(weights)))
        return {key: scene.money.draw(dice) for key in sorted(keys)}

    return filled


def code_rows(
    scene: Scene,
    kind: TableKind,
    tree: Tree,
    codes: Sequence[CodeRow],
    sums: Sums,
    fill: Fill,
    changes: Changes | None = None,
) -> list[Markup]:
    """Return the rows of a table of codes with their total, as markup by column.

    Args:
        scene: the document; gets the misprints of the table.
        kind: of the table, to name misprints by.
        tree: the columns; code columns are `code`, or `class`, `section` and `entry`.
        codes: the rows, each above its parts.
        sums: column → columns that it adds up.
        fill: what the rows without parts say.
        changes: columns that compare years.
    """
    dice = scene.dice
    parents = [row.parent for row in codes]
    has_parts = {parent for parent in parents if parent is not None}
    figures = [{} if at in has_parts else fill(dice, row) for at, row in enumerate(codes)]
    total = add_up(figures, parents, sums)
    lines = [*figures, total]
    if changes:
        for line in lines:
            _compare(line, changes)
    printed = [{key: scene.money.print(amount) for key, amount in line.items()} for line in lines]
    if changes:
        for line, text in zip(lines, printed, strict=True):
            text[changes.percent] = _percent(dice, line, changes)
    _misprint(scene, kind, tree, codes, lines, printed, has_parts, sums)
    return arrange(scene, tree, codes, printed)


def _compare(line: Figures, changes: Changes) -> None:
    last, this = line.get(changes.last, 0), line.get(changes.this, 0)
    line[changes.difference] = this - last


def _percent(dice: Dice, line: Figures, changes: Changes) -> str:
    last, this = line.get(changes.last, 0), line.get(changes.this, 0)
    if not last or not this:
        return ""
    return f"{(this - last) / last * 100:.2f}" + ("%" if dice.branch("percent").maybe(0.6) else "")


def _misprint(
    scene: Scene,
    kind: TableKind,
    tree: Tree,
    codes: Sequence[CodeRow],
    lines: Sequence[Figures],
    printed: Sequence[Markup],
    has_parts: set[int],
    sums: Sums,
) -> None:
    """Change one or two sums of the table in print, where its document is to have wrong ones."""
    if not scene.money.wrong:
        return
    dice, last = scene.dice, len(lines) - 1
    path = {
        column.key: words
        for column, words in zip(leaves(tree), measures(tree), strict=True)
        if column.role == "amount"
    }
    open_to = [
        (at, key)
        for at, line in enumerate(lines)
        for key, amount in line.items()
        if amount and key in path and (at == last or at in has_parts or key in sums)
    ]
    shown = [dict(line) for line in lines]
    for at, key in dice.some(open_to, dice.between(1, 2)):
        shown[at][key] = misprint(dice, lines[at][key])
        printed[at][key] = scene.money.print(shown[at][key])
    for at, line in enumerate(shown):
        below = [shown[row] for row, code in enumerate(codes) if code.parent == (None if at == last else at)]
        # The total of a table without codes is named as it is printed.
        name = codes[at].code if at != last else compact(scene.words.head("total"))
        for key in (key for key in line if key in path):
            sums_of_it = [sum(row.get(key, 0) for row in below)] if below else []
            sums_of_it += [sum(line.get(part, 0) for part in sums[key])] if key in sums else []
            for right in dict.fromkeys(sums_of_it):
                if right != line[key]:
                    scene.money.note(kind, name, path[key], line[key], right)


def arrange(scene: Scene, tree: Tree, codes: Sequence[CodeRow], printed: Sequence[Markup]) -> list[Markup]:
    """Return the rows with their codes, names, numbers and the total: at the top or at the bottom."""
    dice = scene.dice
    columns = leaves(tree)
    split = any(column.key == "class" for column in columns)
    indent = dice.pick((0, 0, 1, 2))
    whole_path = dice.maybe(0.6)  # 类 and 款 printed again in the row of a 项
    rows: list[Markup] = []
    for row, text in zip(codes, printed, strict=False):
        name = row.name + (f"{{i{indent * (row.level - 1)}}}" if indent and row.level > 1 else "")
        own = {"item": name, **text}
        if split:
            parts = {"class": row.code[:3], "section": row.code[3:5], "entry": row.code[5:7]}
            keep = list(parts)[: row.level] if whole_path else [list(parts)[row.level - 1]]
            own |= {key: f"{parts[key]}{{m}}" for key in keep}
        else:
            own["code"] = row.code
        rows.append(own)
    total = {**printed[-1], **_total(scene, [column.key for column in columns], split)}
    if dice.maybe(0.7):
        rows.insert(0, total)
    else:
        rows.append(total)
    if any(column.key == "seq" for column in columns):
        for number, values in enumerate(rows, 1):
            values["seq"] = str(number)
    return rows


def _total(scene: Scene, keys: Sequence[str], split: bool) -> Markup:
    """Return how the total names itself: in the column of names, of codes, or across both."""
    dice = scene.dice
    word = scene.words.head("total")
    names = [key for key in keys if key in ("class", "section", "entry", "code", "item")]
    first = names[0]
    if len(names) == 1:
        return {first: f"{word}{{m}}"}
    how = dice.weigh({"item": 4, "across": 4, "code": 0 if split else 1})
    if how == "across":
        return {first: f"{word}{{c{len(names)} m}}"}
    return {"item" if how == "item" else first: f"{word}{{m}}"}
