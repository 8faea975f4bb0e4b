"""Performance targets of a project: what is measured, how much it shall be, and the ways to print that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yusuan.datasets.synth.grammar.dice import Dice
from yusuan.datasets.synth.grammar.names import Task
from yusuan.datasets.synth.grammar.words import lexicon

OUTPUT, BENEFIT, CONTENT = "产出指标", "效益指标", "满意度指标"
BENEFITS = ("经济效益指标", "社会效益指标", "生态效益指标", "可持续影响指标")


@dataclass(frozen=True)
class Target:
    """A target. `operator` is None where nothing is compared; `value` is then the wording or a date."""

    level1: str
    level2: str
    name: str
    operator: str | None
    value: str
    unit: str
    weight: int = 0
    core: bool = False

    @property
    def words(self) -> bool:
        """Whether it is told in words: 定性."""
        return self.operator is None


def draw_targets(dice: Dice, task: Task, year: int, count: int, *, full: int = 90) -> list[Target]:
    """Return about `count` targets in the usual order, their weights adding up to `full`."""
    words = task.words
    quantities = [_quantity(dice, thing) for thing in dice.mixed(words["things"])]
    rates = [_rate(dice, "质量指标", name) for name in dice.mixed(words["rates"])]
    found = [quantities.pop(), rates.pop(), _time(dice, year), _cost(dice, task)]
    effects = [_effect(dice, name) for name in dice.mixed(words["effects"])]
    found += [effects.pop(), _content(dice, words["people"])]
    spare = dice.mixed(
        [*quantities, *rates, *effects, _time(dice, year), _rate(dice, "时效指标", "资金拨付及时率")]
    )
    while len(found) < count and spare:
        extra = spare.pop()
        if extra.name not in {target.name for target in found}:
            found.append(extra)
    found = found[: max(count, 3)] if count < len(found) else found
    order = ["数量指标", "质量指标", "时效指标", "成本指标", *BENEFITS, "服务对象满意度指标", "满意度指标"]
    if dice.maybe(0.8):
        found.sort(key=lambda target: order.index(target.level2))
    return weighed(dice, found, full)


def weighed(dice: Dice, targets: Sequence[Target], full: int) -> list[Target]:
    """Return the targets with weights in fives that add up to `full`."""
    weights = [5] * len(targets)
    for _ in range((full - sum(weights)) // 5):
        weights[dice.between(0, len(weights) - 1)] += 5
    weights[0] += full - sum(weights)
    return [
        Target(t.level1, t.level2, t.name, t.operator, t.value, t.unit, weight, dice.maybe(0.25))
        for t, weight in zip(targets, weights, strict=True)
    ]


def _quantity(dice: Dice, thing: Sequence[str | int]) -> Target:
    name, unit, least, most = thing
    value = round(dice.spread(float(least), float(most)))
    value = round(value, -1) if value > 100 and dice.maybe(0.6) else value
    return Target(
        OUTPUT, "数量指标", str(name), dice.weigh({"≥": 5, "=": 3, "≤": 0.5, ">": 0.2}), str(value), str(unit)
    )


def _rate(dice: Dice, level2: str, name: str) -> Target:
    operator, value = dice.pick(
        (("≥", "90"), ("≥", "95"), ("≥", "98"), ("=", "100"), ("=", "100"), ("≥", "92.5"))
    )
    return Target(OUTPUT, level2, name, operator, value, "%")


def _time(dice: Dice, year: int) -> Target:
    name = dice.pick(("项目完成时间", "任务按期完成时间", "资金支付时间", "工作完成时限"))
    if dice.maybe(0.4):
        return Target(OUTPUT, "时效指标", name, dice.pick(("≤", "=")), str(dice.between(1, 12)), "月")
    when = dice.pick(
        (f"{year}年12月底前", f"{year}年12月31日前", "每季度末", "全年", f"{year}年{dice.between(6, 11)}月底")
    )
    return Target(OUTPUT, "时效指标", name, None, when, "")


def _cost(dice: Dice, task: Task) -> Target:
    name = dice.pick(("项目总成本", "经费支出控制数", f"{task.name}成本", "预算控制数"))
    value = dice.spread(0.5, 900)
    text = f"{value:.2f}" if dice.maybe(0.4) else f"{value:.1f}" if value < 30 else f"{value:.0f}"
    return Target(OUTPUT, "成本指标", name, dice.weigh({"≤": 5, "=": 1}), text, "万元")


def _effect(dice: Dice, name: str) -> Target:
    level2 = dice.weigh({"社会效益指标": 5, "经济效益指标": 1, "生态效益指标": 0.7, "可持续影响指标": 2})
    if dice.maybe(0.25):
        return Target(BENEFIT, level2, name, "≥", str(dice.pick((80, 85, 90, 95))), "%")
    return Target(BENEFIT, level2, name, None, dice.pick(lexicon("tasks")["parts"]["words"]), "")


def _content(dice: Dice, people: str) -> Target:
    level2 = dice.weigh({"服务对象满意度指标": 4, "满意度指标": 1})
    return Target(CONTENT, level2, f"{people}满意度", "≥", str(dice.pick((85, 90, 92, 95, 98))), "%")


def columns_rows(targets: Sequence[Target], columns: Sequence[str], *, merge: bool) -> str:
    """Return rows of targets as markup for columns `level1`, `name`, `operator`, `value`, … or `target`.

    Args:
        targets: the targets.
        columns: fields, as the forms of targets name them.
        merge: a level that is that of the row above is not printed again but spans both.
    """
    rows = []
    for at, target in enumerate(targets):
        cells = []
        above = targets[at - 1] if at else None
        for name in columns:
            same = merge and above is not None and name in ("level1", "level2")
            if same and above is not None:
                same = above.level1 == target.level1 and (name == "level1" or above.level2 == target.level2)
            cells.append("^" if same else _text(target, name))
        rows.append(" | ".join(cells))
    return "\n".join(rows)


def _text(target: Target, name: str) -> str:
    if name == "operator":
        return "定性" if target.words else target.operator or ""
    if name == "weight":
        return str(target.weight)
    if name == "core":
        return "是" if target.core else "否"
    if name == "direction":
        return "反向指标" if target.operator in ("≤", "<") else "正向指标"
    return str(getattr(target, name))


def print_target(dice: Dice, target: Target) -> str:
    """Return a target in one cell as markup: what is printed `=>` operator, value and unit."""
    value, unit = target.value, target.unit
    meant = f"{target.operator or '-'} {value} {unit or '-'}"
    space = dice.pick(("", "", " "))
    if target.operator is None:
        return f"{value} => {meant}"
    if target.operator == "=":
        shown = dice.pick(
            (f"{value}{space}{unit}", f"{value}{unit}", f"={value}{unit}", f"达到{value}{unit}")
        )
    elif target.operator == "≥":
        shown = dice.weigh(
            {
                f"≥{value}{space}{unit}": 6,
                f"不少于{value}{unit}": 1,
                f"不低于{value}{unit}": 1,
                f"{value}{unit}以上": 1,
            }
        )
    elif target.operator == "≤":
        shown = dice.weigh({f"≤{value}{space}{unit}": 6, f"不超过{value}{unit}": 1, f"{value}{unit}以内": 1})
    else:
        shown = f"{target.operator}{value}{unit}"
    return f"{shown} => {meant}"
