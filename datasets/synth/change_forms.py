"""City forms: amounts in whose rows bodies are named, and the targets of a whole body in short columns."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import replace

from yusuan.datasets.synth.amount_forms import budget
from yusuan.datasets.synth.blocks import CellText, TableBlock, cells_of
from yusuan.datasets.synth.sources import (
    Built,
    Draft,
    Place,
    Raw,
    code_and_name,
    compact,
    finish,
    table_block,
)
from yusuan.datasets.synth.target_forms import _prose, _targets
from yusuan.extraction.errors import UsageError
from yusuan.extraction.token_labels import LINE_BODY, LINE_BODY_CODE


def budget_by_body(raw: Raw) -> Built:
    """Build a `budget` table whose rows name bodies (单位编码, 单位名称) as well as items.

    A body stands in columns of its own, roles `body_code` and `body`, or among the codes and items, where its
    six digits tell it from a subject. Its amounts are lines like any other, with its code and name for code
    and item. `body_budget`, the column of a body's whole money, is declared by the table of a document that
    names the bodies first: one organization is one record, wherever else it is printed.
    """
    blocks, source = budget(raw)
    if source is None:
        raise UsageError(f"table {raw['key']}: a table by body has rows")
    roles = [column.split()[0] for column in raw["columns"]]
    own = "body_code" in roles
    columns = (roles.index("body_code"), roles.index("body")) if own else _first_pair(roles)
    texts = {at: compact(cell.text) for at, cell in cells_of(source.block).items()} | source.completed
    bodies = {
        row: (text, texts[row, columns[1]])
        for (row, col), text in texts.items()
        if col == columns[0] and re.fullmatch(r"\d+" if own else r"\d{6}", text)
    }
    drafts = [_of_body(draft, bodies, columns) for draft in source.drafts]
    if "body_budget" in raw:
        drafts[:0] = _organizations(raw, texts, bodies, columns)
    told = replace(source, block=_with_bodies(source.block, bodies, columns), drafts=tuple(drafts))
    return [told.block if block is source.block else block for block in blocks], told


def _with_bodies(block: TableBlock, bodies: Container[int], columns: tuple[int, int]) -> TableBlock:
    """Return the table with codes and names of bodies labelled as such: they are organizations too."""
    parts = dict(zip(columns, (LINE_BODY_CODE, LINE_BODY), strict=True))
    rows: list[list[CellText]] = [[] for _ in block.rows]
    for (row, col), cell in sorted(cells_of(block).items()):
        part = parts.get(col) if row in bodies and cell.text.strip() else None
        rows[row].append(replace(cell, part=part or cell.part))
    return replace(block, rows=tuple(map(tuple, rows)))


def _first_pair(roles: list[str]) -> tuple[int, int]:
    return roles.index("code"), roles.index("item")


def _of_body(draft: Draft, bodies: dict[int, tuple[str, str]], columns: tuple[int, int]) -> Draft:
    """Return the budget line `draft`; in the row of a body with that body for code and item."""
    place = draft.places["amount"][0]
    row = place[0]
    if isinstance(row, str) or row not in bodies:
        return draft
    code, name = bodies[row]
    fields = draft.fields | {"code": code, "item": name, "level": None, "row_kind": "line"}
    own: dict[str, tuple[Place, ...]] = {"code": ((row, columns[0]),), "item": ((row, columns[1]),)}
    return replace(draft, fields=fields, places=draft.places | own)


def _organizations(
    raw: Raw,
    texts: dict[tuple[int, int], str],
    bodies: dict[int, tuple[str, str]],
    columns: tuple[int, int],
) -> list[Draft]:
    drafts = []
    for row, (code, name) in sorted(bodies.items()):
        place = (row, raw["body_budget"])
        budget_of = texts[place].replace(",", "") or None
        fields = {"code": code, "name": name, "budget": budget_of, "unit": raw["unit"] if budget_of else None}
        places: dict[str, tuple[Place, ...]] = {"code": ((row, columns[0]),), "name": ((row, columns[1]),)}
        if budget_of:
            places |= {"budget": (place,), "unit": (raw["unit_line"],)}
        drafts.append(Draft("organization", fields, places))
    return drafts


def short_overall_targets(raw: Raw) -> Built:
    """Build 部门整体支出绩效目标表 of cities: name and money of a body, its goal, targets in few columns.

    `columns` are `field width heading`; the four `labels` stand before the body, its money (this one names
    the unit), its goal and the targets.
    """
    columns = [column.split() for column in raw["columns"]]
    names = [column[0] for column in columns]
    code, name = code_and_name(raw["name"])
    targets = _targets(raw["rows"], names, 3, 1, {"project": None})
    body, money, goal, mark = (label.replace("\\n", "\n") for label in raw["labels"])
    count = len(columns)
    left = (count - 1) // 2
    rows = [
        [
            CellText(body, part="key"),
            CellText(raw["name"], colspan=left),
            CellText(money, part="key"),
            CellText(raw["budget"], colspan=count - left - 1),
        ],
        [CellText(goal, part="key"), CellText(_prose(raw["goal"]), colspan=count, align="left")],
        [
            CellText(mark, rowspan=1 + len(targets.rows), torn=raw.get("torn", "first"), part="key"),
            *(CellText(column[2].replace("\\n", "\n")) for column in columns),
        ],
        *targets.rows,
    ]
    fields = {"code": code, "name": name, "budget": raw["budget"].replace(",", ""), "unit": raw["unit"]}
    places: dict[str, tuple[Place, ...]] = {
        "name": ((0, 1),),
        "budget": ((0, left + 2),),
        "unit": ((0, left + 1),),
    }
    if code:
        places["code"] = ((0, 1),)
    widths = [raw["label_width"], *(column[1] for column in columns)]
    block = table_block({**raw, "widths": widths}, rows, head=(2,))
    drafts = (Draft("organization", fields, places), *targets.drafts)
    return finish(raw, block, "performance_targets", completed=targets.completed, drafts=drafts)
