r"""Hand-written sources (TOML) to tables and records: what each form of table says, before it is printed.

A source declares rows with the meaning of their columns. From that one declaration come both the cells that
are typeset and the records that a perfect reader would report. Nothing here looks at a printed table.

In a row cells are separated by `|`. `{c2}` and `{r3}` after a cell give its spans, `{l}`, `{m}`, `{g}` set it
left, centred, right, `{i2}` sets it in by two characters; `\n` breaks a line; `^` says that the cell above
spans this one too; `whole >> printed` prints the second while the first is what it means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yusuan.datasets.synth.blocks import (
    Align,
    Block,
    CellText,
    Rules,
    TableBlock,
    TextLine,
)
from yusuan.extraction.document import TableKind
from yusuan.extraction.errors import UsageError

# A place is a cell of the block, or the text of a line near the table.
Place = tuple[int, int] | str
Raw = Mapping[str, Any]

RULES: dict[str, Rules] = {
    "full": Rules(),
    "thin": Rules(width=0.35, gray=0.25),
    "faint": Rules(width=0.3, gray=0.6),
    "broken": Rules(width=0.5, gray=0.3, dash=(5.0, 1.6, 1.5, 1.6)),
    "no_sides": Rules(left=False, right=False),
    "no_left": Rules(left=False),
    "no_verticals": Rules(vertical=False, left=False, right=False),
    "thick_outer": Rules(outer=1.4),
    "three_lines": Rules(
        horizontal=False, vertical=False, left=False, right=False, outer=1.2, under_head=True
    ),
    "none": Rules(horizontal=False, vertical=False, left=False, right=False, top=False, bottom=False),
    "borderless": Rules(False, horizontal=False, vertical=False, left=False, right=False, top=False),
}
ALIGN: dict[str, Align] = {"l": "left", "m": "center", "g": "right"}
TOTAL = re.compile(r"(合计|总计|小计)$")
AMOUNT = re.compile(r"-?[\d,]+(\.\d+)?")


@dataclass(frozen=True)
class Draft:
    """A record before it has places on pages: its fields, and for printed ones the cells they stand in.

    `said` is the words that state it, where a cell of prose states several records.
    """

    type: str
    fields: dict[str, Any]
    places: dict[str, tuple[Place, ...]]
    said: str | None = None


@dataclass(frozen=True)
class TableSource:
    """A logical table: how it is set and what it says.

    Attributes:
        header_rows: headings at its top, lane rows not counted.
        lanes: block rows with lane numbers (栏次), which are no part of the logical table.
        completed: cells printed clipped → their whole text.
    """

    block: TableBlock
    kind: TableKind
    title: str | None
    unit: str | None
    organization: tuple[str | None, str | None] | None
    header_rows: int = 0
    lanes: tuple[int, ...] = ()
    completed: dict[tuple[int, int], str] = field(default_factory=dict)
    drafts: tuple[Draft, ...] = ()


Built = tuple[list[Block], TableSource | None]


def compact(text: str) -> str:
    """Return `text` without white space."""
    return re.sub(r"\s+", "", text)


def code_and_name(text: str) -> tuple[str | None, str]:
    """Split `018-石柱…` or `201 中共…` into code and name; the code is None where there is none."""
    match = re.fullmatch(r"(\w+?)\s*[- ]\s*(\S.*)", text)
    if match and re.fullmatch(r"[0-9]+T?[0-9]*", match[1]):
        return match[1], compact(match[2])
    return None, compact(text)


def read_cell(markup: str, align: Align) -> CellText:
    """Return the cell that `markup` describes, set as `align` says unless its flags say otherwise."""
    match = re.fullmatch(r"(.*?)(?:\{([^}]*)\})?", markup.strip(), re.DOTALL)
    if match is None:
        raise UsageError(f"cannot read the cell {markup!r}")
    text, flags = match[1].strip(), (match[2] or "").split()
    text = text.split(">>")[-1].strip().replace("\\n", "\n")
    counts = {flag[0]: int(flag[1:]) for flag in flags if flag[0] in "cri"}
    for flag in flags:
        align = ALIGN.get(flag, align)
    return CellText(text, counts.get("r", 1), counts.get("c", 1), align, indent=counts.get("i", 0))


def split_rows(text: str) -> list[list[str]]:
    """Return the cells of every line of `text`, as markup."""
    return [[part.strip() for part in line.split("|")] for line in text.strip().splitlines()]


def whole_text(markup: str) -> str:
    """Return what a cell means: its text before any clipping."""
    return markup.split(">>")[0].split("{")[0].strip()


def printed_text(markup: str) -> str:
    """Return what a cell prints."""
    return markup.split(">>")[-1].split("{")[0].strip()


def captions(raw: Raw) -> list[TextLine]:
    """Return the lines above a table: number, title, organization, year and unit, each where it is given."""
    lines = []
    if raw.get("label"):
        lines.append(TextLine(raw["label"], "body", 10.5))
    if raw.get("title"):
        align: Align = raw.get("title_align", "center")
        size = raw.get("title_size", 15.0)
        lines.append(TextLine(raw["title"], "title", size, raw.get("title_face"), align, 6.0, 4.0))
    for key, role in (("body", "organization"), ("year", "year")):
        if raw.get(key):
            lines.append(TextLine(raw[key], role, 9.5, before=1.0, after=1.0))  # type: ignore[arg-type]
    if raw.get("unit_line"):
        beside = bool(raw.get("unit_beside") and (raw.get("body") or raw.get("year")))
        lines.append(
            TextLine(raw["unit_line"], "unit", 9.5, align="right", before=1.0, after=2.0, beside=beside)
        )
    return lines


def notes(raw: Raw) -> list[TextLine]:
    """Return the lines below a table."""
    return [TextLine(note, "note", 9.5, before=3.0) for note in raw.get("notes", ())]


def body_of(raw: Raw) -> tuple[str | None, str | None] | None:
    """Return code and name of the body that the table is about; None where no line above it says."""
    if not raw.get("body"):
        return None
    return code_and_name(re.sub(r"^\S{2,6}[:：]\s*", "", raw["body"]))


def table_block(raw: Raw, rows: Sequence[Sequence[CellText]], **settings: Any) -> TableBlock:
    """Return the table of `rows` with the looks that the source asks for."""
    running = captions(raw) if raw.get("running_title") else [c for c in captions(raw) if c.role != "title"]
    keys = ("size", "leading", "row_height", "face", "head_face", "head_fill", "tear")
    own = {key: raw[key] for key in keys if key in raw}
    return TableBlock(
        key=raw["key"],
        widths=tuple(float(width) for width in raw["widths"]),
        rows=tuple(tuple(row) for row in rows),
        running=tuple(running) if raw.get("running", True) else (),
        breaks={int(row): lines for row, lines in raw.get("breaks", {}).items()},
        rules=RULES[raw.get("rules", "full")],
        **{**settings, **own},
    )


def finish(raw: Raw, block: TableBlock, kind: TableKind, **settings: Any) -> Built:
    """Return the table with the lines around it, and what it says."""
    title = raw.get("title")
    source = TableSource(
        block, kind, compact(title) if title else None, raw.get("unit") or None, body_of(raw), **settings
    )
    return [*captions(raw), block, *notes(raw)], source
