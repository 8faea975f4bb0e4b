"""Names of places, bodies and projects, and what is written about them, put together from parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yusuan.datasets.synth.grammar.dice import Dice
from yusuan.datasets.synth.grammar.words import fill, lexicon


@dataclass(frozen=True)
class Body:
    """A body with a budget: its code (empty where its tables print none) and its name."""

    code: str
    name: str


@dataclass(frozen=True)
class Task:
    """What a project does; see `tasks.toml` for the parts of `words`."""

    name: str
    project: str
    words: Mapping[str, Any]


def draw_place(dice: Dice) -> str:
    """Return a name of a county or a city that sounds like one."""
    parts = lexicon()["places"]
    return dice.pick(parts["first"]) + dice.pick(parts["second"]) + dice.pick(parts["kinds"])


def draw_body(dice: Dice, place: str) -> Body:
    """Return a body of `place` with a code of three digits."""
    parts = lexicon()["bodies"]
    party = dice.maybe(0.25)
    name = fill(dice, parts["party"], place=place) if party else place + dice.pick(parts["names"])
    return Body(f"{dice.between(101, 699)}", name)


def draw_units(dice: Dice, body: Body, place: str, count: int) -> list[Body]:
    """Return bodies below `body`, itself first; their codes have six digits."""
    parts = lexicon()["bodies"]
    names = [f"{body.name}{dice.pick(('本级', '（本级）', '机关'))}"]
    while len(names) < count:
        stem = dice.pick(parts["stems"])
        name = fill(dice, parts["units"][1:], body=body.name, place=place, stem=stem)
        if name not in names:
            names.append(name)
    return [Body(f"{body.code}{number:03d}", name) for number, name in enumerate(names, 1)]


def draw_person(dice: Dice) -> str:
    """Return a name of a person."""
    parts = lexicon()["bodies"]
    return str(dice.pick(parts["surnames"])) + "".join(
        dice.pick(parts["given"]) for _ in range(dice.between(1, 2))
    )


def draw_tasks(dice: Dice, place: str, year: int, count: int) -> list[Task]:
    """Return tasks with names of projects, no two of them the same."""
    words = lexicon("tasks")
    tasks: dict[str, Task] = {}
    while len(tasks) < count:
        task = dice.pick(words["task"])
        prefix = fill(dice, words["parts"]["prefix"], year=year, place=place)
        name = prefix + task["name"] + dice.pick(words["parts"]["suffix"])
        tasks.setdefault(name, Task(task["name"], name, task))
    return list(tasks.values())


def _values(dice: Dice, task: Task, place: str) -> dict[str, str]:
    return {
        "task": task.name,
        "noun": task.words["noun"],
        "thing": dice.pick(task.words["things"])[0],
        "effect": dice.pick(task.words["effects"]),
        "people": task.words["people"],
        "place": place,
    }


def draw_goal(dice: Dice, task: Task, place: str, sentences: int = 1) -> str:
    """Return what the project is to reach, in that many sentences; from two on they may be numbered."""
    parts = lexicon("tasks")["parts"]
    numbered = sentences > 1 and dice.maybe(0.5)
    goal = []
    for number in range(1, sentences + 1):
        values = _values(dice, task, place)
        keys = ["open" if number == 1 and not numbered else "", "middle", "close"]
        if dice.maybe(0.3):
            keys.insert(2, "more")
        text = "".join(fill(dice, parts[key], **values) for key in keys if key)
        goal.append(f"{number}.{text}" if numbered else text)
    return "".join(goal)


def draw_overview(dice: Dice, task: Task, place: str) -> str:
    """Return what the project is about."""
    parts = lexicon("tasks")["parts"]["overview"]
    values = _values(dice, task, place)
    return "".join(text.format(**values) for text in dice.some(parts, dice.between(1, 3)))


def draw_basis(dice: Dice, task: Task, place: str) -> str:
    """Return what the project is based on."""
    parts = lexicon("tasks")["parts"]["basis"]
    values = _values(dice, task, place)
    return "".join(text.format(**values) for text in dice.some(parts, dice.between(1, 3)))
