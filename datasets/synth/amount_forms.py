"""Forms whose rows are amounts or plain records: budget tables, procurement, assets, institutions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import yusuan.extraction.token_labels as labels
from yusuan.datasets.synth.amount_parts import with_parts
from yusuan.datasets.synth.blocks import Align, CellText, cells_of
from yusuan.datasets.synth.sources import (
    AMOUNT,
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


def budget(raw: Raw) -> Built:
    """Build a table of amounts: columns declared as `role[:side] width [measure]`.

    Roles: `seq`, `code`, `item`, `amount` and `rest` (printed, no record). Where several columns of a side
    are codes (类, 款, 项) the code is what they say together; a blank one carries the part above it. `^` says
    that the cell above spans this row too, and the row carries the item that it says.
    """
    columns = [column.split() for column in raw["columns"]]
    roles = [column[0].partition(":")[::2] for column in columns]
    head = [[read_cell(cell, "center") for cell in row] for row in split_rows(raw["header"])]
    lanes = (
        [[read_cell(cell, "center") for cell in row] for row in split_rows(raw["lane"])]
        if "lane" in raw
        else []
    )
    aligns: dict[str, Align] = {"code": "left", "item": "left", "amount": "right"}
    top = len(head) + len(lanes)
    placed: dict[tuple[int, int], CellText] = {}
    completed = {}
    held: dict[int, tuple[int, int]] = {}
    owners: dict[tuple[int, int], tuple[int, int]] = {}
    for index, row in enumerate(split_rows(raw["rows"]), top):
        col = 0
        for markup in row:
            if markup == "^":
                at = owners[index, col] = held[col]
                placed[at] = replace(placed[at], rowspan=placed[at].rowspan + 1)
            else:
                at = held[col] = index, col
                placed[at] = read_cell(markup, aligns.get(roles[col][0], "center"))
                if ">>" in markup:
                    completed[at] = whole_text(markup)
            owners.update({(index, col + over): at for over in range(1, placed[at].colspan)})
            col += placed[at].colspan
    body = [[cell for at, cell in placed.items() if at[0] == row] for row in range(top, index + 1)]
    breaks = {int(row) + top: lines for row, lines in raw.get("breaks", {}).items()}
    block = table_block(
        {**raw, "widths": [column[1] for column in columns], "breaks": breaks},
        [*head, *lanes, *body],
        head=tuple(range(len(head))),
        repeat=tuple(range(top)) if raw.get("repeat", True) else (),
    )
    block = with_parts(block, [role for role, _ in roles], len(head), len(lanes))
    cells_at = cells_of(block)
    texts_at = {at: cell.text for at, cell in cells_at.items()} | completed
    drafts = []
    for at, cell in sorted(cells_at.items()):
        role, side = roles[at[1]]
        if at[0] >= top and role == "amount" and AMOUNT.fullmatch(compact(cell.text)):
            drafts.append(_budget_line(raw, (texts_at, owners), roles, at, side or None, columns[at[1]][2]))
    return finish(
        raw,
        block,
        raw["kind"],
        header_rows=len(head),
        lanes=tuple(range(len(head), top)),
        completed=completed,
        drafts=tuple(drafts),
    )


def _budget_line(
    raw: Raw,
    printed: tuple[Mapping[tuple[int, int], str], Mapping[tuple[int, int], tuple[int, int]]],
    roles: Sequence[tuple[str, ...]],
    at: tuple[int, int],
    side: str | None,
    measure: str,
) -> Draft:
    """Return the line of the amount at `at`; `printed` are texts by place, and who spans the other places."""
    texts, owners = printed
    row, col = at
    places: dict[str, tuple[Place, ...]] = {"amount": (at,)}
    item: str | None = raw.get("item")
    codes = _code_places(texts, roles, row, side)
    code = "".join(compact(texts[place]) for place in codes) or None
    if codes:
        places["code"] = tuple(codes)
    for other, (role, other_side) in enumerate(roles):
        place = owners.get((row, other), (row, other))
        text = texts.get(place)
        if text is None or other_side != (side or "") or role not in ("code", "item"):
            continue
        text = compact(text)  # 合计 may stand in the column of codes
        if text and other < col and not (role == "code" and text.isdigit()):
            item, places["item"] = text, (place,)
    if raw.get("unit_line"):
        places["unit"] = (raw["unit_line"],)
    name = item or ""
    kind = "total" if TOTAL.search(name) else "memo" if name.startswith("其中") else "line"
    fields = {
        "table": raw["kind"],
        "side": side or raw.get("side"),
        "code": code,
        "item": item,
        "measure": measure,
        "amount": compact(texts[at]).replace(",", ""),
        "unit": raw["unit"],
        "level": {3: 1, 5: 2, 7: 3}.get(len(code)) if code else None,
        "row_kind": kind,
    }
    return Draft("budget_line", fields, places)


def _code_places(
    texts: Mapping[tuple[int, int], str], roles: Sequence[tuple[str, ...]], row: int, side: str | None
) -> list[tuple[int, int]]:
    """Return the cells that make up the code of a row, 类 first: its own, or the last above it."""

    def is_code(place: tuple[int, int]) -> bool:
        return compact(texts.get(place, "")).isdigit()

    columns = [col for col, (role, other) in enumerate(roles) if role == "code" and other == (side or "")]
    own = [col for col in columns if is_code((row, col))]
    if not own:
        return []
    places = []
    for col in columns[: columns.index(own[-1]) + 1]:
        above = (place for place in ((up, col) for up in range(row, -1, -1)) if is_code(place))
        places.append(next(above))
    return places


def listing(raw: Raw) -> Built:
    """Build a table whose rows are records of their own: `type` and, per column, the field (`-` for none)."""
    head = [[read_cell(cell, "center") for cell in row] for row in split_rows(raw["header"])]
    rows = split_rows(raw["rows"]) if raw.get("rows", "").strip() else []
    fields = raw["fields"]
    amounts = ("budget", "quantity", "value", "price", "amount")
    body = []
    for row in rows:
        aligns: list[Align] = ["right" if name in amounts else "left" for name in fields]
        body.append([read_cell(cell, align) for cell, align in zip(row, aligns, strict=True)])
    top = len(head)
    breaks = {int(row) + top: lines for row, lines in raw.get("breaks", {}).items()}
    drafts = []
    needs = raw.get("needs", ())
    for at, texts in enumerate(rows, top):
        values = {name: compact(printed_text(text)) for name, text in zip(fields, texts, strict=True)}
        if needs and not any(values[name] for name in needs):
            # No record, but its cells hold what their columns hold.
            said = [None if name == "-" else f"{raw['type']}.{name}" for name in fields]
            if any(TOTAL.search(value) for value in values.values()):
                said = [labels.TOTAL if TOTAL.search(value) else None for value in values.values()]
            body[at - top] = [replace(c, part=part) for c, part in zip(body[at - top], said, strict=True)]
            continue
        found: dict[str, Any] = {
            name: (value.replace(",", "") if name in amounts else value) or None
            for name, value in values.items()
            if name != "-"
        }
        places: dict[str, tuple[Place, ...]] = {
            name: ((at, col),) for col, name in enumerate(fields) if name != "-" and values[name]
        }
        if raw["type"] != "institution":
            found["unit"] = raw["unit"]
        drafts.append(Draft(raw["type"], found, places))
    block = table_block(
        {**raw, "breaks": breaks},
        [*head, *body],
        head=tuple(range(top)),
        repeat=tuple(range(top)),
    )
    return finish(raw, block, raw["kind"], header_rows=top, drafts=tuple(drafts))
