"""Forms of performance targets: projects with their goals, and rows or sentences of indicators."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from yusuan.datasets.synth.blocks import Align, CellText
from yusuan.datasets.synth.sources import (
    Built,
    Draft,
    Place,
    Raw,
    body_of,
    code_and_name,
    compact,
    finish,
    printed_text,
    read_cell,
    split_rows,
    table_block,
    whole_text,
)
from yusuan.extraction.errors import UsageError


@dataclass(frozen=True)
class _Targets:
    """Indicator rows of a form: cells from `top` on, drafts with their places, and clipped cells."""

    rows: list[list[CellText]]
    drafts: list[Draft]
    completed: dict[tuple[int, int], str]


def _targets(text: str, columns: Sequence[str], top: int, left: int, common: Mapping[str, Any]) -> _Targets:
    """Read indicator rows: `columns` are field names; `^` carries the value of the cell above."""
    table = split_rows(text)
    grid: list[list[CellText | None]] = []
    drafts, completed = [], {}
    origin: dict[int, int] = {}
    for index, row in enumerate(table):
        if len(row) != len(columns):
            raise UsageError(f"the indicator row {' | '.join(row)!r} needs {len(columns)} cells")
        cells: list[CellText | None] = []
        places: dict[str, tuple[Place, ...]] = {}
        values: dict[str, Any] = dict(common)
        for col, (name, markup) in enumerate(zip(columns, row, strict=True)):
            if markup == "^":
                above = grid[origin[col]][col]
                if above is None:
                    raise UsageError(f"nothing stands above the ^ in row {index}")
                grid[origin[col]][col] = replace(above, rowspan=above.rowspan + 1)
                cells.append(None)
                markup = table[origin[col]][col]
            else:
                origin[col] = index
                align: Align = "left" if name in ("name", "description") else "center"
                cells.append(read_cell(markup.split("=>")[0], align))
                if ">>" in markup:
                    completed[top + index, left + col] = whole_text(markup)
            place = (top + origin[col], left + col)
            values.update(_field(name, markup))
            if printed_text(markup.split("=>")[0]) and name != "-":
                places[name] = (place,)
                if name == "name":
                    places["name_raw"] = (place,)
                if name == "target":
                    del places["target"]
                    for part in ("operator", "value", "unit"):
                        if values.get(part) and str(values[part]) in markup.split("=>")[0]:
                            places[part] = (place,)
        grid.append(cells)
        drafts.append(Draft("indicator", values, places))
    return _Targets([[cell for cell in row if cell is not None] for row in grid], drafts, completed)


def _field(name: str, markup: str) -> dict[str, Any]:
    """Return the fields of an indicator that a cell of column `name` states."""
    printed, whole = compact(printed_text(markup)), compact(whole_text(markup))
    if name == "name":
        return {"name": whole, "name_raw": printed}
    if name == "core":
        return {"core": {"是": True, "否": False}.get(printed)}
    if name == "target":
        shown, _, meant = markup.partition("=>")
        parts = [None if part == "-" else part for part in meant.split()]
        if len(parts) != 3:
            raise UsageError(f"the target {shown!r} needs `=> operator value unit`")
        return dict(zip(("operator", "value", "unit"), parts, strict=True))
    return {} if name == "-" else {name: printed or None}


def _prose(text: str) -> str:
    return "".join(line.strip() for line in text.strip().splitlines())


def _project(raw: Raw, places: dict[str, tuple[Place, ...]], **fields: Any) -> Draft:
    values = {key: value for key, value in fields.items() if value}
    return Draft("project", values, {key: place for key, place in places.items() if values.get(key)})


def general_project(raw: Raw) -> Built:
    """Build 一般性项目 / 重点专项资金 绩效目标表（一级项目）: label and value rows, then indicators."""
    _, department = code_and_name(raw["department"])
    prose = [("项目概况", "overview"), ("立项依据", "basis"), ("当年绩效目标", "goal")]
    rows = [
        [
            CellText("专项资金名称", part="key"),
            CellText(raw["name"], colspan=2),
            CellText("业务主管部门", part="key"),
            CellText(raw["department"], colspan=2),
        ],
        [CellText("当年预算", part="key"), CellText(raw["budget"], colspan=5)],
        *(
            [CellText(label, part="key"), CellText(_prose(raw.get(key, "")), colspan=5, align="left")]
            for label, key in prose
        ),
    ]
    columns = ("name", "weight", "unit", "operator", "value")
    name = compact(raw["name"])
    targets = _targets(raw["rows"], columns, 6, 1, {"project": name or None})
    mark = CellText("绩效指标", rowspan=1 + len(targets.rows), torn=raw.get("torn", "first"), part="key")
    heads = ("指标", "指标权重", "计量单位", "指标性质", "指标值")
    rows.append([mark, *(CellText(text) for text in heads)])
    rows.extend(targets.rows)
    organization = body_of(raw)
    project = _project(
        raw,
        {
            "name": ((0, 1),),
            "name_raw": ((0, 1),),
            "department": ((0, 4),),
            "budget": ((1, 1),),
            "overview": ((2, 1),),
            "basis": ((3, 1),),
            "goal": ((4, 1),),
            "organization": (raw.get("body", ""),),
            "unit": (raw.get("unit_line", ""),),
        },
        name=name,
        name_raw=name,
        organization=organization[1] if organization else None,
        department=department,
        budget=raw["budget"].replace(",", ""),
        unit=raw["unit"],
        overview=_prose(raw.get("overview", "")),
        basis=_prose(raw.get("basis", "")),
        goal=_prose(raw.get("goal", "")),
    )
    drafts = (project, *targets.drafts) if name else ()
    block = table_block(raw, rows, head=(5,))
    return finish(raw, block, "performance_targets", completed=targets.completed, drafts=drafts)


NINE = ("level1", "level2", "name", "weight", "unit", "operator", "value", "core")
NINE_HEADS = (
    "一级指标",
    "二级指标",
    "三级指标",
    "指标权重",
    "计量单位",
    "指标性质",
    "指标值",
    "是否核心指标",
)


def project_targets(raw: Raw) -> Built:
    """Build 项目支出绩效目标表: nine columns, money of the year by source, then indicators."""
    code, name = code_and_name(raw["name"])
    rows = [
        [
            CellText("项目名称", part="key"),
            CellText(raw["name"], colspan=3),
            CellText("业务主管部门", colspan=2, part="key"),
            CellText(raw["department"], colspan=3),
        ],
        [
            CellText("预算执行率\n权重", part="key"),
            CellText(raw.get("execution_weight", ""), colspan=3),
            CellText("项目分类", colspan=2, part="key"),
            CellText(raw.get("category", ""), colspan=3),
        ],
        [
            CellText("当年预算\n(万元)", rowspan=2, torn="split", part="key"),
            CellText(raw["budget"], rowspan=2, colspan=3),
            CellText("本级安排(万元)", colspan=2, part="key"),
            CellText(raw.get("local", ""), colspan=3),
        ],
        [CellText("上级补助(万元)", colspan=2, part="key"), CellText(raw.get("upper", ""), colspan=3)],
    ]
    prose = [("项目概述", "overview"), ("立项依据", "basis"), ("当年绩效目标", "goal")]
    for label, key in prose:
        rows.append(
            [CellText(label, part="key"), CellText(_prose(raw.get(key, "")), colspan=8, align="left")]
        )
    targets = _targets(raw["rows"], NINE, 8, 1, {"project": name})
    mark = CellText("绩效指标", rowspan=1 + len(targets.rows), torn=raw.get("torn", "first"), part="key")
    rows.append([mark, *(CellText(text) for text in NINE_HEADS)])
    rows.extend(targets.rows)
    organization = body_of(raw)
    project = _project(
        raw,
        {
            "code": ((0, 1),),
            "name": ((0, 1),),
            "name_raw": ((0, 1),),
            "department": ((0, 6),),
            "execution_weight": ((1, 1),),
            "category": ((1, 6),),
            "budget": ((2, 1),),
            "budget_local": ((2, 6),),
            "budget_upper": ((3, 6),),
            "unit": ((2, 0),),
            "overview": ((4, 1),),
            "basis": ((5, 1),),
            "goal": ((6, 1),),
            "organization": (raw.get("body", ""),),
        },
        code=code,
        name=name,
        name_raw=name,
        organization=organization[1] if organization else None,
        department=code_and_name(raw["department"])[1],
        budget=raw["budget"].replace(",", ""),
        budget_local=raw.get("local", "").replace(",", ""),
        budget_upper=raw.get("upper", "").replace(",", ""),
        unit="万元",
        execution_weight=raw.get("execution_weight"),
        category=raw.get("category"),
        overview=_prose(raw.get("overview", "")),
        basis=_prose(raw.get("basis", "")),
        goal=_prose(raw.get("goal", "")),
    )
    block = table_block(raw, rows, head=(7,))
    drafts = (project, *targets.drafts)
    return finish(raw, block, "performance_targets", completed=targets.completed, drafts=drafts)


def overall_targets(raw: Raw) -> Built:
    """Build 部门（单位）整体绩效目标表; with no rows it is printed empty."""
    code, name = code_and_name(raw.get("name", ""))
    targets = (
        _targets(raw["rows"], NINE, 3, 1, {"project": None}) if raw.get("rows") else _Targets([], [], {})
    )
    blank = [[CellText() for _ in NINE] for _ in range(raw.get("blank_rows", 0))]
    rows = [
        [
            CellText("部门(单位)名称", part="key"),
            CellText(raw.get("name", ""), colspan=3),
            CellText("部门支出预算数", colspan=2, part="key"),
            CellText(raw.get("budget", ""), colspan=3),
        ],
        [
            CellText("当年整体绩效目标", part="key"),
            CellText(_prose(raw.get("goal", "")), colspan=8, align="left"),
        ],
        [
            CellText(
                "绩效指标",
                rowspan=1 + len(targets.rows) + len(blank),
                torn=raw.get("torn", "first"),
                part="key",
            ),
            *(CellText(text) for text in NINE_HEADS),
        ],
        *targets.rows,
        *blank,
    ]
    drafts: list[Draft] = []
    if name:
        fields = {"code": code, "name": name, "budget": raw["budget"].replace(",", ""), "unit": raw["unit"]}
        places: dict[str, tuple[Place, ...]] = {
            "code": ((0, 1),),
            "name": ((0, 1),),
            "budget": ((0, 6),),
            "unit": (raw["unit_line"],),
        }
        drafts = [Draft("organization", fields, places), *targets.drafts]
    block = table_block(raw, rows, head=(2,))
    return finish(raw, block, "performance_targets", completed=targets.completed, drafts=tuple(drafts))


def described_targets(raw: Raw) -> Built:
    """Build `N、…绩效目标表`: the goal on top, then indicators with description and basis.

    The project is the one that the title names. A continuation page repeats the headings alone.
    """
    name = compact(re.sub(r"^\d+、|绩效目标表$", "", raw["title"]))
    columns = ("level1", "level2", "name", "description", "target", "basis")
    heads = ("一级指标", "二级指标", "三级指标", "绩效指标描述", "指标值", "指标值确定依据")
    targets = _targets(raw["rows"], columns, 2, 0, {"project": name})
    rows = [
        [CellText("绩效目标", part="key"), CellText(raw["goal"].strip(), colspan=5, align="left")],
        [CellText(text) for text in heads],
        *targets.rows,
    ]
    goal = _prose(raw["goal"])
    places: dict[str, tuple[Place, ...]] = {
        "name": (raw["title"],),
        "name_raw": (raw["title"],),
        "goal": ((0, 1),),
    }
    project = _project(raw, places, name=name, name_raw=name, goal=goal)
    block = table_block(raw, rows, head=(1,), repeat=(1,))
    return finish(raw, block, "performance_targets", drafts=(project, *targets.drafts))


def declared_targets(raw: Raw) -> Built:
    """Build 项目支出绩效目标申报表: a body and its total on every page, projects over many rows."""
    heads = ["单位名称", "项目名称", "预算数", "年度目标", "一级指标", "二级指标", "三级指标"]
    heads += ["指标性质", "指标值", "度量单位", "权重", "指标方向性"]
    columns = ("level1", "level2", "name", "operator", "value", "unit", "weight", "direction")
    code, name = code_and_name(raw["name"])
    runner_code, runner = code_and_name(raw["runner"])
    rows = [[CellText(text) for text in heads]]
    rows.append([CellText(raw["name"], align="left"), CellText(), CellText(raw["budget"], align="right")])
    rows[-1].extend(CellText() for _ in range(9))
    total = {"code": code, "name": name, "budget": raw["budget"], "unit": raw["unit"]}
    places: dict[str, tuple[Place, ...]] = {
        "code": ((1, 0),),
        "name": ((1, 0),),
        "budget": ((1, 2),),
        "unit": (raw["unit_line"],),
    }
    own_places: dict[str, tuple[Place, ...]] = {"code": ((2, 0),), "name": ((2, 0),)}
    drafts = [
        Draft("organization", total, places),
        Draft("organization", {"code": runner_code, "name": runner}, own_places),
    ]
    count = sum(len(split_rows(project["rows"])) for project in raw["project"])
    for index, project in enumerate(raw["project"]):
        top = len(rows)
        own, goal = compact(project["name"]), _prose(project["goal"])
        targets = _targets(project["rows"], columns, top, 4, {"project": own})
        span = len(targets.rows)
        first = [
            CellText(project["name"], rowspan=span, align="left", torn=project.get("torn", "first")),
            CellText(project["budget"], rowspan=span, align="right"),
            CellText(goal, rowspan=span, align="left", torn=project.get("torn", "first")),
        ]
        if index == 0:
            first.insert(0, CellText(raw["runner"], rowspan=count, align="left", torn="middle"))
        targets.rows[0] = [*first, *targets.rows[0]]
        rows.extend(targets.rows)
        where: dict[str, tuple[Place, ...]] = {
            "name": ((top, 1),),
            "name_raw": ((top, 1),),
            "organization": ((2, 0),),
            "budget": ((top, 2),),
            "unit": (raw["unit_line"],),
            "goal": ((top, 3),),
        }
        fields = {"name": own, "name_raw": own, "organization": runner, "budget": project["budget"]}
        drafts.append(_project(raw, where, **fields, unit=raw["unit"], goal=goal))
        drafts.extend(targets.drafts)
    block = table_block(raw, rows, head=(0,), repeat=(0, 1))
    return finish(raw, block, "performance_targets", header_rows=1, drafts=tuple(drafts))


def narrative_targets(raw: Raw) -> Built:
    """Build the 公开表 whose indicators are prose: each `[[project]]` lists the targets its text states."""
    heads = ("单位编码", "单位及项目名称", "金额\n(万元)", "绩效目标", "绩效指标")
    rows = [[CellText(text) for text in heads]]
    drafts: list[Draft] = []
    for code, name, budget in (row for row in split_rows(raw["bodies"])):
        at = len(rows)
        rows.append([CellText(code), CellText(name), CellText(budget), CellText(), CellText()])
        fields = {"code": code, "name": name, "budget": budget, "unit": raw["unit"]}
        places: dict[str, tuple[Place, ...]] = {
            "code": ((at, 0),),
            "name": ((at, 1),),
            "budget": ((at, 2),),
            "unit": ((0, 2),),
        }
        drafts.append(Draft("organization", fields, places))
    organization = drafts[-1].fields["name"]
    breaks: dict[int, int] = {}
    for number, project in enumerate(raw["project"], 1):
        at, goal, text = len(rows), project["goal"].strip(), project["text"].strip()
        if "keep" in project:
            breaks[at] = project["keep"]
        name = compact(project["name"])
        rows.append(
            [
                CellText(str(number), part="ordinal"),
                CellText(project["name"]),
                CellText(project["budget"]),
                CellText(goal, align="left"),
                CellText(text, align="left"),
            ]
        )
        places = {
            "name": ((at, 1),),
            "name_raw": ((at, 1),),
            "budget": ((at, 2),),
            "unit": ((0, 2),),
            "goal": ((at, 3),),
        }
        own = {"name": name, "name_raw": name, "organization": organization, "budget": project["budget"]}
        drafts.append(_project(raw, places, **own, unit=raw["unit"], goal=_prose(goal)))
        drafts.extend(_stated(project, name, at))
    block = table_block({**raw, "breaks": breaks}, rows, head=(0,), repeat=(0,))
    return finish(raw, block, "performance_targets", header_rows=1, drafts=tuple(drafts))


def _stated(project: Raw, name: str, row: int) -> list[Draft]:
    """Return the targets that a narrative states: `产出/数量 | printed | thing | operator value unit`.

    A statement that compares nothing has neither thing nor target: its wording is the value.
    """
    text = compact(project["text"])
    drafts = []
    for levels, printed, thing, target in split_rows(project["targets"]):
        if compact(printed) not in text:
            raise UsageError(f"project {name}: the text does not state {printed!r}")
        level1, _, level2 = levels.partition("/")
        operator, value, unit = (
            None if part == "-" else part for part in target.split() or ("-", printed, "-")
        )
        fields = {
            "project": name,
            "level1": f"{level1}指标",
            "level2": f"{level2}指标" if level2 else None,
            "name": compact(thing) or None,
            "name_raw": compact(thing) or None,
            "operator": operator,
            "value": compact(value or ""),
            "unit": unit,
        }
        shown = ("level1", "level2", "name", "name_raw", "value", "unit")
        places: dict[str, tuple[Place, ...]] = {key: ((row, 4),) for key in shown if fields[key]}
        drafts.append(Draft("indicator", fields, places, said=printed))
    return drafts
