"""Layouts of performance targets: every form that there is, with their parts and columns varied."""

from __future__ import annotations

from typing import Any

from yusuan.datasets.synth.grammar.dice import Dice
from yusuan.datasets.synth.grammar.indicators import (
    BENEFIT,
    CONTENT,
    OUTPUT,
    Target,
    columns_rows,
    draw_targets,
    print_target,
    weighed,
)
from yusuan.datasets.synth.grammar.names import (
    Task,
    draw_basis,
    draw_goal,
    draw_overview,
    draw_tasks,
)
from yusuan.datasets.synth.grammar.scene import SHEETS, Raw, Scene


def _widths(scene: Scene, sheet: str, shares: tuple[float, ...]) -> list[float]:
    """Return column widths for these shares of the sheet, each a little off."""
    left, _, right, _ = scene.look.margins
    inner = SHEETS[sheet][0] - left - right
    drawn = [share * scene.dice.real(0.88, 1.14) for share in shares]
    return [round(inner * share / sum(drawn), 1) for share in drawn]


def form(scene: Scene, name: str, title: str, sheet: str, shares: tuple[float, ...], **how: Any) -> Raw:
    """Return what all forms of targets have in common, for a table with these columns."""
    captions = scene.captions(title, body=how.pop("body", True))
    tight = len(shares) > 7
    return {
        "form": name,
        **captions,
        **scene.looks(),
        "running": False,
        "tear": scene.dice.maybe(0.4),
        "size": round(min(scene.look.size, 8.6 if tight else 10.0), 1),
        "sheet": sheet,
        "widths": _widths(scene, sheet, shares),
        "torn": scene.dice.pick(("first", "first", "last", "middle", "split")),
    } | how


def _plain(scene: Scene, low: float = 1.0, high: float = 900.0) -> str:
    """Return an amount without commas: forms of targets print none."""
    return scene.money.print(scene.money.draw(scene.dice, low, high)).replace(",", "")


def draw_task(scene: Scene) -> Task:
    """Return a task of the place and year."""
    return draw_tasks(scene.dice, scene.place, scene.year, 1)[0]


def printed_body(scene: Scene) -> str:
    """Return the body as a form prints it, with or without its code."""
    body = scene.body
    return scene.dice.pick((f"{body.code}-{body.name}", f"{body.code} {body.name}", body.name))


def general(scene: Scene, *, task: Task | None = None, merge: bool = False) -> list[Raw]:
    """Return 一般性项目绩效目标表; with `merge` a target of two figures shares its name between two rows."""
    dice = scene.dice
    task = task or draw_task(scene)
    targets = draw_targets(dice, task, scene.year, dice.between(5, 14), full=100)
    rows = columns_rows(targets, ("name", "weight", "unit", "operator", "value"), merge=False).splitlines()
    if merge:
        for at in sorted({dice.between(1, len(rows)) for _ in range(2)}, reverse=True):
            name, weight, unit, operator, value = rows[at - 1].split(" | ")
            if operator != "定性":
                half = int(weight) // 2
                rows[at - 1] = " | ".join((name, str(int(weight) - half), unit, operator, value))
                rows.insert(at, f"^ | {half} | {unit} | {operator} | {dice.between(2, 400)}")
    kind = dice.pick(
        ("一般性项目绩效目标表（一级项目）", "重点专项资金绩效目标表（一级项目）", "项目绩效目标表")
    )
    title = f"{scene.year}年{kind}"
    scene.shows_year = True
    raw = form(scene, "general_project", title, "portrait", (70, 98, 74, 84, 74, 91))
    return [
        raw
        | {
            "name": task.project,
            "department": printed_body(scene),
            "budget": _plain(scene),
            "overview": draw_overview(dice, task, scene.place),
            "basis": draw_basis(dice, task, scene.place),
            "goal": draw_goal(dice, task, scene.place, dice.between(1, 3)),
            "rows": "\n".join(rows),
        }
    ]


def project(scene: Scene, *, task: Task | None = None, blank: bool = False, merge: bool = True) -> list[Raw]:
    """Return 项目支出绩效目标表 with nine columns; with `blank` some of its labels have no value."""
    dice = scene.dice
    task = task or draw_task(scene)
    execution = dice.pick(("10", "10", "20"))
    targets = draw_targets(dice, task, scene.year, dice.between(5, 16), full=100 - int(execution))
    columns = ("level1", "level2", "name", "weight", "unit", "operator", "value", "core")
    code = f"{dice.between(10, 65)}{dice.between(0, 9999):04d}{str(scene.year)[2:]}"
    code += f"T{dice.between(10**6, 10**9):012d}"
    local = scene.money.draw(dice, 1, 600)
    upper = scene.money.draw(dice, 1, 200) if dice.maybe(0.3) else 0
    title = f"{scene.year}年" * dice.between(0, 1) + dice.pick(
        ("项目支出绩效目标表", "部门项目绩效目标表", "项目绩效目标表")
    )
    scene.shows_year |= title.startswith(str(scene.year))
    raw = form(scene, "project_targets", title, "portrait", (62, 58, 84, 117, 36, 44, 36, 36, 38), size=8.0)

    def show(amount: int) -> str:
        return scene.money.print(amount).replace(",", "") if amount else ""

    said = {
        "execution_weight": execution,
        "category": ""
        if blank and dice.maybe(0.6)
        else dice.pick(("一般性项目", "重点专项", "特定目标类", "其他运转类")),
        "local": show(local),
        "upper": show(upper),
        "overview": "" if blank and dice.maybe(0.5) else draw_overview(dice, task, scene.place),
        "basis": "" if blank and dice.maybe(0.5) else draw_basis(dice, task, scene.place),
        "goal": draw_goal(dice, task, scene.place, dice.between(1, 3)),
    }
    name = f"{code}-{task.project}" if dice.maybe(0.75) else task.project
    return [
        raw
        | said
        | {
            "name": name,
            "department": printed_body(scene),
            "budget": show(local + upper),
            "unit": "万元",
            "rows": columns_rows(targets, columns, merge=merge and dice.maybe(0.7)),
        }
    ]


def overall(scene: Scene, *, blank: bool = False) -> list[Raw]:
    """Return 部门整体绩效目标表; with `blank` a form that nobody has filled in."""
    dice = scene.dice
    columns = ("level1", "level2", "name", "weight", "unit", "operator", "value", "core")
    title = dice.pick(("部门（单位）整体绩效目标表", "部门整体支出绩效目标表", "单位整体支出绩效目标表"))
    raw = form(scene, "overall_targets", title, "portrait", (62, 54, 76, 117, 36, 44, 36, 42, 36), size=8.0)
    if blank:
        return [raw | {"blank_rows": dice.between(4, 14), "rules": scene.rules_of_blanks}]
    raw |= {"unit": scene.unit, "unit_line": scene.words.caption("unit", unit=scene.unit)}
    goal = "".join(
        draw_goal(dice, task, scene.place) for task in draw_tasks(dice, scene.place, scene.year, 3)
    )
    rows = columns_rows(_of_many(scene, dice.between(6, 15)), columns, merge=dice.maybe(0.6))
    name = f"{scene.body.code}{dice.pick(('-', ' '))}{scene.body.name}"
    return [
        raw
        | {
            "name": name,
            "budget": scene.money.print(scene.money.draw(dice, 100, 9000)),
            "goal": goal,
            "rows": rows,
        }
    ]


def _of_many(scene: Scene, count: int) -> list[Target]:
    """Return targets of several tasks together, in the order of their kinds."""
    dice = scene.dice
    found: dict[str, Target] = {}
    for task in draw_tasks(dice, scene.place, scene.year, max(2, count // 4)):
        for target in draw_targets(dice, task, scene.year, 5):
            found.setdefault(target.name, target)
    kinds = list(dict.fromkeys(target.level2 for target in found.values()))
    firsts = [OUTPUT, BENEFIT, CONTENT]
    chosen = sorted(
        list(found.values())[:count],
        key=lambda target: (firsts.index(target.level1), kinds.index(target.level2)),
    )
    return weighed(dice, chosen, 100)


def short_overall(scene: Scene) -> list[Raw]:
    """Return 部门整体支出绩效目标表 in few columns, its money named with its unit in the label."""
    dice = scene.dice
    columns = [
        ("level1", "一级指标", 74),
        ("level2", "二级指标", 84),
        ("name", "三级指标", 170),
        ("target", "指标值", 90),
    ]
    if dice.maybe(0.4):
        columns.append(("weight", dice.pick(("权重", "分值")), 46))
    targets = _of_many(scene, dice.between(6, 14))
    rows = rows_with_targets(dice, targets, tuple(name for name, _, _ in columns), merge=dice.maybe(0.7))
    raw = form(
        scene,
        "short_overall_targets",
        dice.pick(("部门整体支出绩效目标表", "整体支出绩效目标申报表")),
        "portrait",
        (1.0,),
    )
    raw.pop("widths")
    wide = scene.look.margins[0] + scene.look.margins[2]
    scale = (SHEETS["portrait"][0] - wide) / (80 + sum(width for _, _, width in columns))
    labels = [
        dice.pick(("部门名称", "部门（单位）名称")),
        f"{dice.pick(('部门预算支出总额', '整体支出预算数', '年度预算'))}（{scene.unit}）",
        dice.pick(("年度总体目标", "整体绩效目标", "年度绩效目标")),
        dice.pick(("绩效指标", "年度绩效指标")),
    ]
    goal = "".join(
        draw_goal(dice, task, scene.place) for task in draw_tasks(dice, scene.place, scene.year, 3)
    )
    return [
        raw
        | {
            "name": printed_body(scene),
            "budget": scene.money.print(scene.money.draw(dice, 100, 9000)),
            "goal": goal,
            "unit": scene.unit,
            "labels": labels,
            "label_width": round(80 * scale, 1),
            "rows": rows,
            "columns": [f"{name} {width * scale:.1f} {head}" for name, head, width in columns],
        }
    ]


def rows_with_targets(dice: Dice, targets: list[Target], columns: tuple[str, ...], *, merge: bool) -> str:
    """Return rows with targets in one cell, and with descriptions and reasons where there are columns."""
    plain = tuple(name for name in columns if name not in ("target", "description", "basis"))
    found = []
    for target, line in zip(targets, columns_rows(targets, plain, merge=merge).splitlines(), strict=True):
        cells = dict(zip(plain, line.split(" | "), strict=True))
        cells["target"] = print_target(dice, target)
        cells["description"] = target.name if dice.maybe(0.6) else f"反映{target.name}的情况"
        cells["basis"] = dice.pick(
            ("政策要求", "工作计划", "历史数据", "实施方案", "行业标准", "调查问卷", "合同约定", "部门职责")
        )
        found.append(" | ".join(cells[name] for name in columns))
    return "\n".join(found)


def described(scene: Scene, *, several: bool = False) -> list[Raw]:
    """Return numbered tables of a project each: its goal, targets with descriptions and their origin."""
    dice = scene.dice
    blocks = []
    columns = ("level1", "level2", "name", "description", "target", "basis")
    for number, task in enumerate(
        draw_tasks(dice, scene.place, scene.year, dice.between(2, 3) if several else 1), 1
    ):
        # A name that ends in 项目 cannot be told from the title 项目绩效目标表.
        name = f"{task.project}经费" if task.project.endswith("项目") else task.project
        title = f"{number}、{name}绩效目标表"
        raw = form(scene, "described_targets", title, "portrait", (54, 70, 106, 120, 66, 79), body=False)
        lines = [draw_goal(dice, task, scene.place) for _ in range(dice.between(1, 3))]
        goal = "\n".join(f"{n}.{line}" for n, line in enumerate(lines, 1)) if len(lines) > 1 else lines[0]
        targets = draw_targets(dice, task, scene.year, dice.between(5, 11))
        raw |= {
            "unit": None,
            "unit_line": "",
            "title_align": dice.pick(("left", "center")),
            "title_size": 12.0,
        }
        blocks.append(raw | {"goal": goal, "rows": rows_with_targets(dice, targets, columns, merge=True)})
    return blocks
