"""Forms of targets for several years: what holds over all of them beside what holds for the year.

The labels and values on top of such a form differ from body to body, so a source writes them down cell by
cell; the indicators below stand in one grid, the side of all years left, that of the year right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from yusuan.datasets.synth.blocks import Align, CellText, TableBlock, cells_of
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
from yusuan.datasets.synth.target_forms import _targets
from yusuan.datasets.synth.wrapping import join_lines
from yusuan.extraction.errors import UsageError

# Left: over all years. A `~` before a column says that it is printed and gives no record.
BOTH_SIDES = ("level1", "~level2", "~name", "~target", "level2", "name", "target")
BOTH_HEADS = "一级指标 | 二级指标 | 三级指标 | 指标值 | 二级指标 | 三级指标 | 指标值"

AMOUNTS = ("budget", "budget_total", "budget_local", "budget_upper", "body_budget")
PROSE = ("goal", "goal_total", "overview", "basis")
NAMES = ("name", "body", "department", "organization")
OTHERS = ("code", "category", "execution_weight")
# What is said of all years stands in where the form says nothing of the year.
STANDS_IN = {"budget": "budget_total", "goal": "goal_total"}


@dataclass(frozen=True)
class _Said:
    """What one value cell of a form says: the field it is of, and its markup (`whole >> printed`)."""

    field: str
    markup: str
    place: tuple[int, int]

    @property
    def whole(self) -> str:
        return whole_text(self.markup)

    @property
    def printed(self) -> str:
        return printed_text(self.markup)


def term_targets(raw: Raw) -> Built:
    r"""Build 项目支出绩效目标表 with 中期目标 and 年度目标 side by side, or one about a whole body.

    Keys of the source:
        top: rows of labels and values; `field:: text` is a value, anything else a label. Fields are those of
            a project, `budget_total` and `goal_total` (over all years), `body` and `body_budget` for a form
            about a whole body, and `-` for a value that no record holds. The text `@key` is that of the key.
        columns, head: of the indicators; by default both sides with their usual headings.
        rows: the indicators, as in the other forms.
        mark: what stands beside them, 绩效指标 unless given. `torn`: where spanning cells have their text
            when a page break cuts them.

    Raises:
        UsageError: a value is of no known field, or an indicator row has too many or too few cells.
    """
    columns = tuple(raw.get("columns", BOTH_SIDES))
    top = split_rows(raw["top"])
    head = split_rows(raw.get("head", BOTH_HEADS))
    body = [_plain_cells(row, columns) for row in split_rows(raw["rows"])]
    project = _value_of(raw, top, "name")
    text = "\n".join(" | ".join(row) for row in body)
    first = len(top) + len(head)
    targets = _targets(text, columns, first, 1, {"project": compact(whole_text(project)) or None})
    heads = [[read_cell(markup, "center") for markup in row] for row in head]
    heads[0].insert(0, CellText(raw.get("mark", "绩效指标"), rowspan=len(head) + len(body), part="key"))
    rows = [*([_form_cell(raw, markup) for markup in row] for row in top), *heads, *targets.rows]
    block = _table(raw, rows, tuple(range(len(top), first)))
    said = _said(raw, top, block)
    drafts = [_owner(raw, said, block), *filter(None, map(_of_this_year, targets.drafts))]
    clipped = {each.place: each.whole for each in said if ">>" in each.markup}
    return finish(
        raw, block, "performance_targets", completed={**targets.completed, **clipped}, drafts=tuple(drafts)
    )


def _plain_cells(row: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Return the cells of an indicator row as the other forms write them.

    Names are set left on the side of all years too; a blank target states nothing.
    """
    if len(row) != len(columns):
        raise UsageError(f"the indicator row {' | '.join(row)!r} needs {len(columns)} cells")
    cells = []
    for markup, column in zip(row, columns, strict=True):
        if column == "~name" and markup != "^" and "{" not in markup:
            cells.append(f"{markup}{{l}}")
        else:
            cells.append("=> - - -" if column == "target" and not markup else markup)
    return cells


def _field_of(markup: str) -> tuple[str | None, str]:
    """Split `field:: text`; a label has no field."""
    field, colons, text = markup.partition("::")
    if not colons:
        return None, markup
    if field not in (*AMOUNTS, *PROSE, *NAMES, *OTHERS, "-"):
        raise UsageError(f"no form has the field {field!r}")
    return field, text.strip()


def _resolved(raw: Raw, text: str) -> str:
    """Return the markup of a value, with the text of another key in the place of `@key`."""
    match = re.fullmatch(r"@(\w+)(.*)", text)
    return str(raw[match[1]]).strip() + match[2] if match else text


def _value_of(raw: Raw, rows: Sequence[Sequence[str]], wanted: str) -> str:
    """Return the markup of the value of a field without its code, blank where the form has none."""
    for field, text in (_field_of(markup) for row in rows for markup in row):
        if field == wanted:
            return code_and_name(whole_text(_resolved(raw, text)))[1]
    return ""


def _form_cell(raw: Raw, markup: str) -> CellText:
    field, text = _field_of(markup)
    align: Align = "left" if field in (*PROSE, "name") else "center"
    part = f"project.{field}" if field in STANDS_IN.values() else None if field else "key"
    return replace(read_cell(_resolved(raw, text), align), part=part)


def _table(raw: Raw, rows: Sequence[Sequence[CellText]], head: tuple[int, ...]) -> TableBlock:
    """Return the table, its headings again on every page where the source wants it."""
    torn = raw.get("torn", "first")
    cells = [[replace(cell, torn=torn) if cell.rowspan > 1 else cell for cell in row] for row in rows]
    return table_block(raw, cells, head=head, repeat=head if raw.get("repeat") else ())


def _said(raw: Raw, top: Sequence[Sequence[str]], block: TableBlock) -> list[_Said]:
    said = []
    places = sorted(cells_of(block))
    for row, markups in enumerate(top):
        own = [place for place in places if place[0] == row]
        for place, markup in zip(own, markups, strict=True):
            field, text = _field_of(markup)
            if field and field != "-":
                said.append(_Said(field, _resolved(raw, text), place))
    return said


def _owner(raw: Raw, said: Sequence[_Said], block: TableBlock) -> Draft:
    """Return the record that the top of a form gives: the project, or the body whose targets these are."""
    by_field = {each.field: each for each in said if each.printed}
    fields: dict[str, Any] = {}
    places: dict[str, tuple[Place, ...]] = {}
    for each in by_field.values():
        for name, value in _values(each).items():
            fields[name], places[name] = value, (each.place,)
    for field, other in STANDS_IN.items():
        if other in fields:
            value, place = fields.pop(other), places.pop(other)
            if field not in fields:
                fields[field], places[field] = value, place
    if fields.get("budget"):
        fields["unit"], places["unit"] = raw["unit"], (_unit_place(raw, block),)
    if "body" in by_field:
        kept = [name for name in ("code", "name", "budget", "unit") if name in fields]
        return Draft("organization", {k: fields[k] for k in kept}, {k: places[k] for k in kept})
    caption = body_of(raw)
    if caption and "organization" not in fields:
        fields["organization"], places["organization"] = caption[1], (raw["body"],)
    return Draft("project", fields, places)


def _values(said: _Said) -> Mapping[str, str]:
    if said.field in AMOUNTS:
        return {said.field.removeprefix("body_"): compact(said.printed).replace(",", "")}
    if said.field in PROSE:
        return {said.field: join_lines(said.printed.split("\n"))}
    if said.field not in NAMES:
        return {said.field: compact(said.printed)}
    code, name = code_and_name(said.whole)
    if said.field in ("department", "organization"):
        return {said.field: name}
    values = {"name": name} if said.field == "body" else {"name": name, "name_raw": name}
    if said.field == "name" and said.printed != said.whole:
        values["name_raw"] = code_and_name(said.printed)[1]
    return values if code is None else {"code": code, **values}


def _unit_place(raw: Raw, block: TableBlock) -> Place:
    """Return the label that names the unit of the money, else the line over the table that does."""
    for place, cell in sorted(cells_of(block).items()):
        if f"（{raw['unit']}）" in compact(cell.text):
            return place
    return str(raw["unit_line"])


def _of_this_year(draft: Draft) -> Draft | None:
    """Return the target without what the other side says; None where the side of the year is blank."""
    fields = {name: value for name, value in draft.fields.items() if not name.startswith("~")}
    places = {name: place for name, place in draft.places.items() if not name.startswith("~")}
    if not any(fields.get(name) for name in ("name", "value")):
        return None
    return Draft(draft.type, fields, places)
