"""Registers of what a body buys, owns or is made of: rows under headings of several levels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import yusuan.extraction.token_labels as labels
from yusuan.datasets.synth.blocks import Align, CellText
from yusuan.datasets.synth.sources import (
    TOTAL,
    Built,
    Draft,
    Place,
    Raw,
    compact,
    finish,
    printed_text,
    read_cell,
    split_rows,
    table_block,
    whole_text,
)
from yusuan.extraction.errors import UsageError

AMOUNTS = ("quantity", "value", "price", "amount")
# Without one of these a row names a thing and says nothing of it.
NEEDS = {
    "procurement": ("amount", "quantity"),
    "asset": ("quantity", "value"),
    "institution": ("nature", "rank", "funding"),
}


@dataclass(frozen=True)
class _Entry:
    """A cell of a register as a row sees it: its markup, and where it is printed, also above the row."""

    markup: str
    place: tuple[int, int]


def register(raw: Raw) -> Built:
    """Build a table with one record a row, of the `type` that the source gives.

    `fields` names what each column holds: a field of the record, `seq` for row numbers, `-` for what no
    record holds. `^` carries the cell above down. A row that adds up others (合计, 小计) gives no record.

    Raises:
        UsageError: a row does not fill the columns, or nothing stands above a `^`.
    """
    head = [[read_cell(cell, "center") for cell in row] for row in split_rows(raw["header"])]
    top, fields = len(head), raw["fields"]
    body: list[list[CellText]] = []
    entries: list[dict[int, _Entry]] = []
    homes: dict[tuple[int, int], tuple[int, int]] = {}
    for at, row in enumerate(split_rows(raw["rows"])):
        cells: list[CellText] = []
        told: dict[int, _Entry] = {}
        col = 0
        for markup in row:
            if markup == "^":
                if at == 0 or col not in entries[-1]:
                    raise UsageError(f"nothing stands above the ^ in column {col} of row {at}")
                told[col] = entries[-1][col]
                home_row, home = homes[told[col].place]
                body[home_row][home] = replace(body[home_row][home], rowspan=body[home_row][home].rowspan + 1)
                col += 1
                continue
            if col >= len(fields):
                raise UsageError(f"the row {' | '.join(row)!r} has more than {len(fields)} columns")
            cells.append(_cell(markup, fields[col]))
            told[col] = _Entry(markup, (top + at, col))
            homes[top + at, col] = (at, len(cells) - 1)
            col += cells[-1].colspan
        if col != len(fields):
            raise UsageError(f"the row {' | '.join(row)!r} fills {col} of {len(fields)} columns")
        body.append(cells)
        entries.append(told)
    breaks = {int(row) + top: lines for row, lines in raw.get("breaks", {}).items()}
    repeat = tuple(range(top)) if raw.get("repeat", True) else ()
    block = table_block({**raw, "breaks": breaks}, [*head, *body], head=tuple(range(top)), repeat=repeat)
    completed = {
        each.place: whole_text(each.markup)
        for told in entries
        for each in told.values()
        if ">>" in each.markup
    }
    drafts = [draft for told in entries if (draft := _draft(raw, fields, told))]
    return finish(raw, block, raw["kind"], header_rows=top, completed=completed, drafts=tuple(drafts))


def _cell(markup: str, field: str) -> CellText:
    align: Align = "right" if field in AMOUNTS else "center" if field in ("seq", "measure_unit") else "left"
    amount = re.fullmatch(r"-?[\d,.]+", printed_text(markup)) and field == "-"
    part = labels.ORDINAL if field == "seq" else None
    if TOTAL.search(compact(whole_text(markup))):
        part = labels.TOTAL
    return replace(read_cell(markup, "right" if amount else align), part=part)


def _draft(raw: Raw, fields: Sequence[str], told: dict[int, _Entry]) -> Draft | None:
    """Return what a row says, or None where it only names a thing or adds up."""
    if any(TOTAL.search(compact(whole_text(each.markup))) for each in told.values()):
        return None
    values: dict[str, Any] = {}
    places: dict[str, tuple[Place, ...]] = {}
    for col, each in told.items():
        name, text = fields[col], compact(whole_text(each.markup))
        if name in ("-", "seq") or not text:
            continue
        values[name] = text.replace(",", "") if name in AMOUNTS else text
        places[name] = (each.place,)
    if not any(values.get(name) for name in NEEDS[raw["type"]]):
        return None
    if raw["type"] != "institution":
        values["unit"] = raw["unit"]
        if raw.get("unit_line"):
            places["unit"] = (raw["unit_line"],)
    return Draft(raw["type"], values, places)
