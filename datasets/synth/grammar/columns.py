"""Columns of a table and the headings over them: from one tree come header rows, spans and measures."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from yusuan.datasets.synth.sources import compact

Role = Literal["seq", "code", "item", "amount", "rest"]


@dataclass(frozen=True)
class Column:
    """A column: its role in a budget table, the key of its values in a row, and its heading.

    Attributes:
        room: least width in characters; amounts are measured instead.
        grows: how much of the width that is left over it takes.
    """

    role: Role
    key: str
    text: str
    side: str = ""
    room: float = 4.0
    grows: float = 0.0


@dataclass(frozen=True)
class Group:
    """A heading over several columns or groups."""

    text: str
    parts: tuple[Column | Group, ...]


Tree = Sequence[Column | Group]


def seq(text: str) -> Column:
    """Return a column of row numbers."""
    return Column("seq", "seq", text, room=2.4)


def code(text: str, key: str = "code", room: float = 4.4, side: str = "") -> Column:
    """Return a column of codes."""
    return Column("code", key, text, side, room)


def item(text: str, key: str = "item", room: float = 8.0, side: str = "") -> Column:
    """Return the column that says what the amounts are of."""
    return Column("item", key, text, side, room, grows=1.0)


def amount(text: str, key: str, side: str = "") -> Column:
    """Return a column of amounts."""
    return Column("amount", key, text, side, grows=0.25)


def rest(text: str, key: str, room: float = 4.0, grows: float = 0.2) -> Column:
    """Return a column that is printed and gives no record."""
    return Column("rest", key, text, room=room, grows=grows)


def leaves(tree: Tree) -> list[Column]:
    """Return the columns from left to right."""
    found: list[Column] = []
    for part in tree:
        found.extend([part] if isinstance(part, Column) else leaves(part.parts))
    return found


def _depth(tree: Tree) -> int:
    return 1 + max((_depth(part.parts) for part in tree if isinstance(part, Group)), default=0)


def header(tree: Tree) -> str:
    """Return the header rows as markup, each heading reaching down to the first row of the body."""
    depth = _depth(tree)
    rows: list[list[str]] = [[] for _ in range(depth)]

    def place(part: Column | Group, row: int) -> None:
        if isinstance(part, Column):
            flags = f"{{r{depth - row}}}" if depth - row > 1 else ""
            rows[row].append(part.text + flags)
            return
        count = len(leaves(part.parts))
        rows[row].append(part.text + (f"{{c{count}}}" if count > 1 else ""))
        for inner in part.parts:
            place(inner, row + 1)

    for part in tree:
        place(part, 0)
    return "\n".join(" | ".join(row) for row in rows)


def measures(tree: Tree) -> list[str]:
    """Return, for each column, the path of the headings over it (docs/data-model.md, `measure`).

    A group that also stands over a column of items or codes heads the side, not the column, and is left out.
    """
    found: list[str] = []

    def walk(part: Column | Group, path: tuple[str, ...]) -> None:
        if isinstance(part, Column):
            found.append("/".join(_once([*path, part.text])))
            return
        names = any(column.role in ("item", "code") for column in leaves(part.parts))
        for inner in part.parts:
            walk(inner, path if names else (*path, part.text))

    for part in tree:
        walk(part, ())
    return found


def _once(path: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for text in path:
        words = compact(text.replace("\\n", ""))
        if not kept or unicodedata.normalize("NFKC", words) != unicodedata.normalize("NFKC", kept[-1]):
            kept.append(words)
    return kept


def lanes(tree: Tree, style: str) -> str:
    """Return the lane row (栏次): `栏次` over what names the rows, then numbers; `style` as in `1` or `(1)`.

    Columns before the first amount share one cell where there are several.
    """
    columns = leaves(tree)
    first = next((at for at, column in enumerate(columns) if column.role == "amount"), len(columns))
    head = f"栏次{{c{first} m}}" if first > 1 else "栏次"
    cells = [head] if first else []
    number = 0
    for column in columns[first:]:
        number += column.role in ("amount", "rest")
        cells.append(style.format(n=number) if column.role in ("amount", "rest") else "—")
    return " | ".join(cells)


def row(columns: Sequence[Column], values: Mapping[str, str]) -> str:
    """Return a body row as markup; a value that spans several columns says so by its flags."""
    cells, skip = [], 0
    for column in columns:
        if skip:
            skip -= 1
            continue
        text = values.get(column.key, "")
        cells.append(text)
        flags = text.rpartition("{")[2].rstrip("}").split() if text.endswith("}") else []
        skip = next((int(flag[1:]) - 1 for flag in flags if flag[0] == "c"), 0)
    return " | ".join(cells)
