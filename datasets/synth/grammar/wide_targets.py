"""Layouts of performance targets: many projects in a wide table, targets in prose, goals of several years."""

from __future__ import annotations

from yusuan.datasets.synth.grammar.dice import Dice
from yusuan.datasets.synth.grammar.indicators import Target, columns_rows, draw_targets, print_target
from yusuan.datasets.synth.grammar.names import Body, draw_goal, draw_tasks, draw_units
from yusuan.datasets.synth.grammar.scene import Raw, Scene
from yusuan.datasets.synth.grammar.targets import draw_task, form, printed_body, rows_with_targets
from yusuan.datasets.synth.grammar.words import lexicon, numeral


def declared(scene: Scene) -> list[Raw]:
    """Return 绩效目标申报表: wide, projects of a body over many rows each."""
    dice = scene.dice
    columns = ("level1", "level2", "name", "operator", "value", "unit", "weight", "direction")
    projects, total = [], 0
    for task in draw_tasks(dice, scene.place, scene.year, dice.between(2, 6)):
        budget = scene.money.draw(dice, 1, 300)
        total += budget
        rows = columns_rows(draw_targets(dice, task, scene.year, dice.between(4, 8)), columns, merge=False)
        projects.append(
            {
                "name": task.project,
                "budget": scene.money.print(budget).replace(",", ""),
                "rows": rows,
                "goal": draw_goal(dice, task, scene.place, dice.between(1, 2)),
                "torn": dice.pick(("first", "middle", "split")),
            }
        )
    title = dice.pick(
        ("部门预算项目支出绩效目标申报表", "项目支出绩效目标申报表", "部门预算项目绩效目标填报表")
    )
    shares = (58, 82, 44, 152, 52, 66, 122, 36, 46, 38, 32, 48)
    raw = form(scene, "declared_targets", title, "landscape", shares, body=False, size=8.0)
    raw |= {"unit": scene.unit, "unit_line": scene.words.caption("unit", unit=scene.unit)}
    return [
        raw
        | {
            "name": f"{scene.body.code}-{scene.body.name}",
            "budget": scene.money.print(total).replace(",", ""),
            "runner": f"{scene.body.code}001-{scene.body.name}{dice.pick(('本级', '机关'))}",
            "row_height": max(scene.look.row_height, 18.0),
            "project": projects,
        }
    ]


def narrative(scene: Scene) -> list[Raw]:
    """Return 公开表 whose targets are told in prose, one cell for each project."""
    dice = scene.dice
    projects, total = [], 0
    for task in draw_tasks(dice, scene.place, scene.year, dice.between(2, 6)):
        budget = scene.money.draw(dice, 1, 300)
        total += budget
        text, told = _told(dice, draw_targets(dice, task, scene.year, dice.between(5, 9)))
        projects.append(
            {
                "name": task.project,
                "budget": scene.money.print(budget).replace(",", ""),
                "text": text,
                "targets": told,
                "goal": draw_goal(dice, task, scene.place, dice.between(1, 2)),
            }
        )
    units = draw_units(dice, scene.body, scene.place, 1)
    whole = scene.money.print(total).replace(",", "")
    title = f"{scene.body.name}{scene.year}年部门预算项目支出绩效目标公开表"
    scene.shows_body = scene.shows_year = True
    raw = form(scene, "narrative_targets", title, "landscape", (50, 118, 52, 190, 360), body=False)
    bodies = [Body(scene.body.code, scene.body.name), *units]
    return [
        raw
        | {
            "unit": "万元",
            "unit_line": "",
            "project": projects,
            "bodies": "\n".join(f"{body.code} | {body.name} | {whole}" for body in bodies),
        }
    ]


def _told(dice: Dice, targets: list[Target]) -> tuple[str, str]:
    """Return targets as prose under numbered headings, and what each of its statements means."""
    text: list[str] = []
    told: list[str] = []
    kinds = list(dict.fromkeys(target.level1 for target in targets))
    for number, level1 in enumerate(kinds, 1):
        own = [target for target in targets if target.level1 == level1]
        text.append(f"{numeral(number)}、{level1}")
        seconds = list(dict.fromkeys(target.level2 for target in own))
        for place, level2 in enumerate(seconds, 1):
            content = level1 == "满意度指标"
            said = []
            for target in (target for target in own if target.level2 == level2):
                words, meant = _statement(dice, target)
                said.append(words)
                head = level1.removesuffix("指标") + ("" if content else "/" + level2.removesuffix("指标"))
                told.append(f"{head} | {words} | {meant}")
            mark = "" if content else f"({numeral(place)}){level2}："
            text.append(mark + dice.pick(("；", "，")).join(said) + dice.pick(("。", "；")))
    return "\n".join(text), "\n".join(told)


def _statement(dice: Dice, target: Target) -> tuple[str, str]:
    """Return a target in words, and its name and meaning as a source writes them."""
    name, value, unit = target.name, target.value, target.unit
    if target.operator is None:
        return (f"{value}完成" if target.level2 == "时效指标" else name), " | "
    words = {
        "≥": (f"{name}≥{value}{unit}", f"{name}不少于{value}{unit}", f"{name}不低于{value}{unit}"),
        "≤": (f"{name}≤{value}{unit}", f"{name}不超过{value}{unit}", f"{name}在{value}{unit}以内"),
        "=": (f"{name}{value}{unit}", f"{name}达到{value}{unit}"),
        ">": (f"{name}＞{value}{unit}",),
    }[target.operator]
    return dice.pick(words), f"{name} | {target.operator} {value} {unit}"


def term(scene: Scene, *, sides: bool = True, whole: bool = False) -> list[Raw]:
    """Return 项目支出绩效目标表 with goals for several years beside those for this one.

    Args:
        scene: the document.
        sides: targets stand on both sides; else only those of the year.
        whole: the form is about the body, not about a project.
    """
    dice, said = scene.dice, lexicon()["terms"]
    task = draw_task(scene)
    targets = draw_targets(dice, task, scene.year, dice.between(5, 12))
    goal, later = draw_goal(dice, task, scene.place, dice.between(1, 2)), draw_goal(dice, task, scene.place)
    money = f"（{scene.unit}）"
    left = 4 if sides else 2
    right = 4 if sides else 3
    year = dice.pick((*said["goal"], f"{scene.year}年度目标", f"{scene.year}年目标"))
    span = f"（{scene.year}—{scene.year + 2}年）" if dice.maybe(0.5) else ""
    amount, total = scene.money.draw(dice, 2, 600), scene.money.draw(dice, 600, 2500)
    now, over = _bare(scene, amount), _bare(scene, total)
    label = dice.pick(said["department"])
    label += f" | department:: {printed_body(scene)}{{c{left - 1}}}"
    label += f" | {dice.pick(said['organization'])} | organization:: {scene.body.name}{{c{right - 1}}}"
    long, short = dice.pick(said["budget_total"]), dice.pick(said["budget"])
    granted, others = dice.pick(said["granted"]), dice.pick(said["others"])
    money_rows = [
        f"{dice.pick(said['money'])}\\n{money}{{r3}} | {long}{{c2}} | budget_total:: {over} | {short}{{c2}}"
        f" | budget:: {now}{{c2}}",
        f"{granted}{{c2}} | -:: {over} | {granted}{{c2}} | -:: {now}{{c2}}",
        f"{others}{{c2}} | -:: | {others}{{c2}} | -:: {{c2}}",
    ]
    if not sides:
        money_rows = [
            f"{dice.pick(said['money'])}\\n{money} | {short} | budget:: {now}{{c{left + right - 2}}}"
        ]
    top = [f"{dice.pick(said['name'])} | name:: {task.project}{{c{left + right - 1}}}", label, *money_rows]
    if dice.maybe(0.4):
        (one, ones), (two, twos) = dice.some(list(said["further"].items()), 2)
        about = (
            f"{one} | -:: {dice.pick(ones)}{{c{left - 1}}} | {two} | -:: {dice.pick(twos)}{{c{right - 1}}}"
        )
        top.insert(dice.between(1, 2), about)
    if whole:
        top = [
            f"部门（单位）名称 | body:: {printed_body(scene)}{{c{left - 1}}} | 年度预算{money} | "
            f"body_budget:: {_bare(scene, amount)}{{c{right - 1}}}"
        ]
    if sides:
        mark = f"{dice.pick(said['goals'])}{{r2}}"
        mark += f" | {dice.pick(said['goal_total'])}{span}{{c{left - 1}}} | {year}{{c{right}}}"
        top += [mark, f"goal_total:: {later}{{c{left - 1}}} | goal:: {goal}{{c{right}}}"]
    else:
        top.append(f"{year} | goal:: {goal}{{c{left + right - 1}}}")
    title = dice.pick(said["title"])
    if whole:
        title = dice.pick(("部门整体支出绩效目标表", "单位整体绩效目标表"))
    shares = (56, 56, 62, 96, 56, 62, 96, 60) if sides else (66, 70, 90, 180, 90)
    raw = form(scene, "term_targets", title, "portrait", shares, body=False, size=8.0)
    raw |= {
        "unit": scene.unit,
        "unit_line": scene.words.caption("unit", unit=scene.unit),
        "top": "\n".join(top),
        "mark": dice.pick(said["mark"]),
    }
    first, second, third, value = (dice.pick(said[key]) for key in ("level1", "level2", "target", "value"))
    if sides:
        head = f"{first} | {second} | {third} | {value} | {second} | {third} | {value}"
        return [raw | {"head": head, "rows": _both_sides(dice, targets)}]
    columns = ("level1", "level2", "name", "target")
    return [
        raw
        | {
            "columns": list(columns),
            "head": f"{first} | {second} | {third} | {value}",
            "rows": rows_with_targets(dice, targets, columns, merge=True),
        }
    ]


def _bare(scene: Scene, amount: int) -> str:
    return scene.money.print(amount).replace(",", "")


def _both_sides(dice: Dice, targets: list[Target]) -> str:
    """Return rows with a target over all years on the left and one of the year on the right."""
    rows = []
    for at, target in enumerate(targets):
        above = targets[at - 1] if at else None
        first = "^" if above and above.level1 == target.level1 else target.level1
        second = "^" if above and first == "^" and above.level2 == target.level2 else target.level2
        printed = print_target(dice, target)
        shown = printed.split("=>")[0].strip()
        if target.unit and dice.maybe(0.5):  # over all years another figure than in this one
            shown = f"{dice.pick(('≥', '＝', ''))}{dice.between(2, 400)}{target.unit}"
        rows.append(f"{first} | {second} | {target.name} | {shown} | {second} | {target.name} | {printed}")
    return "\n".join(rows)
