"""Layouts of tables that give no records, and of pages without a table: what a reader must leave alone."""

from __future__ import annotations

from yusuan.datasets.synth.grammar.columns import Column, Group, rest, seq
from yusuan.datasets.synth.grammar.ledger import Markup
from yusuan.datasets.synth.grammar.names import draw_person, draw_tasks, draw_units
from yusuan.datasets.synth.grammar.scene import Raw, Scene
from yusuan.datasets.synth.grammar.words import fill, lexicon, numeral


def _unknown(
    scene: Scene, title: str, tree: list[Column | Group], rows: list[Markup], unit: str = ""
) -> list[Raw]:
    raw = scene.budget("unknown", title, tree, rows, lanes=False)
    return [raw | {"unit": unit or None, "unit_line": f"单位：{unit}" if unit else "", "side": None}]


def staff(scene: Scene) -> list[Raw]:
    """Return 人员情况表: bodies with numbers of staff under headings of one or two levels."""
    dice, words = scene.dice, scene.words
    heads = dice.some(lexicon()["staffing"]["heads"], dice.between(4, 8))
    units = draw_units(dice, scene.body, scene.place, dice.between(1, 9))
    rows = [
        {
            "seq": str(n),
            "unit": unit.name,
            **{head: str(dice.between(0, 90)) for head in heads if dice.maybe(0.85)},
        }
        for n, unit in enumerate(units, 1)
    ]
    columns = [rest(words.write(head), head, 3.2) for head in heads]
    tree: list[Column | Group] = [rest(words.head("unit_name"), "unit", 10.0, 1.0), *columns[:2]]
    rest_of = columns[2:]
    tree += (
        [Group(words.write(dice.pick(("实有人员", "年末人数", "人员构成"))), tuple(rest_of))]
        if len(rest_of) > 1
        else rest_of
    )
    if dice.maybe(0.5):
        tree.insert(0, seq(words.head("ordinal")))
    return _unknown(scene, "staff", tree, rows, dice.pick(("人", "")))


def vehicles(scene: Scene) -> list[Raw]:
    """Return a list of cars with plates, years and uses."""
    dice, words = scene.dice, scene.words
    rows = [
        {
            "seq": str(n),
            "plate": f"{dice.pick('渝川冀青湘鄂')}{dice.pick('ABCDEFG')}·{dice.between(10000, 99999)}",
            "use": dice.pick(
                ("机要通信用车", "应急保障用车", "执法执勤用车", "业务用车", "特种专业技术用车")
            ),
            "bought": f"{dice.between(2008, 2024)}年{dice.between(1, 12)}月",
            "state": dice.pick(("在用", "在用", "待报废")),
            "driver": draw_person(dice),
        }
        for n in range(1, dice.between(3, 18))
    ]
    tree: list[Column | Group] = [
        seq(words.head("ordinal")),
        rest(words.write("车牌号码"), "plate", 5.5),
        rest(words.write("车辆用途"), "use", 8.0, 1.0),
        rest(words.write("购置时间"), "bought", 6.0),
        rest(words.write("使用状况"), "state", 4.0),
    ]
    if dice.maybe(0.5):
        tree.append(rest(words.write("驾驶员"), "driver", 4.0))
    return _unknown(scene, "vehicles", tree, rows)


def contacts(scene: Scene) -> list[Raw]:
    """Return a list of people with posts and telephone numbers."""
    dice, words = scene.dice, scene.words
    tasks = draw_tasks(dice, scene.place, scene.year, 4)
    rows = [
        {
            "seq": str(n),
            "person": draw_person(dice),
            "post": dice.pick(("科长", "副科长", "主任", "科员", "负责人")),
            "task": dice.pick(tasks).name,
            "phone": f"0{dice.between(310, 998)}-{dice.between(2000000, 8999999)}",
        }
        for n in range(1, dice.between(4, 16))
    ]
    tree: list[Column | Group] = [
        rest(words.write("姓名"), "person", 3.6),
        rest(words.write("职务"), "post", 4.0),
        rest(words.write(dice.pick(("分管工作", "负责事项"))), "task", 9.0, 1.0),
        rest(words.write("联系电话"), "phone", 7.4),
    ]
    if dice.maybe(0.6):
        tree.insert(0, seq(words.head("ordinal")))
    return _unknown(scene, "contacts", tree, rows)


def index(scene: Scene) -> list[Raw]:
    """Return a table that lists the other tables with their numbers."""
    dice, words = scene.dice, scene.words
    titles = [
        dice.pick(options) for options in dice.some(list(lexicon()["titles"].values()), dice.between(6, 14))
    ]
    rows = [
        {
            "seq": str(n),
            "title": words.brackets(title),
            "page": str(n + 1),
            "open": dice.pick(("是", "是", "空表")),
        }
        for n, title in enumerate(titles, 1)
    ]
    tree: list[Column | Group] = [
        seq(words.head("ordinal")),
        rest(words.write(dice.pick(("表格名称", "表名"))), "title", 16.0, 1.0),
        rest(words.write(dice.pick(("页码", "页次"))), "page", 3.0),
    ]
    if dice.maybe(0.4):
        tree.append(rest(words.write("是否公开"), "open", 4.0))
    return _unknown(scene, "index", tree, rows)


def prose(scene: Scene, sections: int) -> list[Raw]:
    """Return running text with headings and no table."""
    dice = scene.dice
    words = lexicon("tasks")["narrative"]
    word = dice.pick(("部门预算编制说明", "部门预算公开说明", "预算情况说明", "部门概况"))
    title = f"{scene.body.name}{scene.year}年{word}"
    scene.shows_body = scene.shows_year = True
    lines = [f"# {title}"]
    for number in range(1, sections + 1):
        heading = dice.pick(words["heading"]).split("、", 1)[1]
        lines.append(f"## {numeral(number)}、{heading}")
        for _ in range(dice.between(1, 4)):
            lines.append("".join(_sentence(scene) for _ in range(dice.between(1, 4))))
    return [
        {
            "form": "prose",
            "text": "\n".join(lines),
            "title_face": scene.look.title_face,
            "size": round(dice.real(10.0, 14.0), 1),
            "sheet": "portrait",
        }
    ]


def _sentence(scene: Scene) -> str:
    dice, parts = scene.dice, lexicon("tasks")
    (task,) = draw_tasks(dice, scene.place, scene.year, 1)
    return fill(
        dice,
        parts["narrative"]["sentence"],
        body=scene.body.name,
        place=scene.place,
        task=task.name,
        noun=task.words["noun"],
        effect=dice.pick(task.words["effects"]),
        change=dice.pick(parts["parts"]["changes"]),
        unit=scene.unit,
        money=scene.money.print(scene.money.draw(dice, 100, 9000)),
        small=scene.money.print(scene.money.draw(dice, 1, 90)),
        n=dice.between(3, 60),
        k=dice.between(1, 30),
    )


def contents(scene: Scene) -> list[Raw]:
    """Return a table of contents set with dots: lines that stand like a table and are none."""
    dice = scene.dice
    titles = [title for options in lexicon()["titles"].values() for title in options[:1]]
    lines = ["# 目　录"]
    page = 1
    for number, title in enumerate(dice.some(titles, dice.between(6, 16)), 1):
        page += dice.between(1, 3)
        lines.append(f"{numeral(number)}、{title}{'…' * dice.between(6, 16)}{page}")
    return [
        {
            "form": "prose",
            "text": "\n".join(lines),
            "title_face": scene.look.title_face,
            "size": round(dice.real(11.0, 14.0), 1),
            "sheet": "portrait",
        }
    ]


def cover(scene: Scene) -> list[Raw]:
    """Return a title page: the year, the body and a date."""
    dice = scene.dice
    scene.shows_body = scene.shows_year = True
    date = f"{scene.year}年{dice.between(1, 3)}月{dice.between(1, 28)}日"
    text = f"# {scene.year}年部门预算公开\n# {scene.body.name}\n{date}"
    return [
        {
            "form": "prose",
            "text": text,
            "title_face": scene.look.title_face,
            "size": 14.0,
            "sheet": "portrait",
        }
    ]
