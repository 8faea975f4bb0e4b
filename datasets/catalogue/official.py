"""The official table of codes, as the ministry publishes it, to a list.

`python -m yusuan.datasets.catalogue.official TABLE.xlsx --kind functional --year 2024`

Read are .xlsx and .csv (UTF-8 or GB 18030). The table has a row of headings with 科目名称 and either one
column 科目编码 or columns 类, 款, 项 of their own, as the printed book has; blank ones carry the number
above.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl

from yusuan.datasets.catalogue.build import FOLDER, OFFICIAL, write_lists
from yusuan.datasets.catalogue.codes import (
    KINDS,
    Entry,
    Kind,
    code_to_kind,
    code_to_parent,
    make_entry,
)
from yusuan.extraction.errors import InputError, YusuanError

_NAME_HEADS = ("科目名称", "名称")
_CODE_HEADS = ("科目编码", "科目代码", "编码", "代码")
_PART_HEADS = ("类", "款", "项")
_PART_DIGITS = (3, 2, 2)
# Headings stand below a title, perhaps a note; a table without them in its first rows is another table.
_HEAD_ROWS = 12

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Imported:
    """What an official table says.

    Attributes:
        entries: code → entry.
        skipped: rows that are no code of this classification, as (row number from 1, why).
    """

    entries: dict[str, Entry]
    skipped: tuple[tuple[int, str], ...]


def rows_to_entries(rows: Rows, kind: Kind) -> Imported:
    """Return the codes in the rows of an official table.

    Raises:
        InputError: no row has the headings, no row is a code, a code stands twice with different names, or
            a code has no parent in the table.
    """
    head, name_col, code_cols = _find_columns(rows)
    entries: dict[str, Entry] = {}
    skipped: list[tuple[int, str]] = []
    above = [""] * len(code_cols)
    for number, row in enumerate(rows[head + 1 :], head + 2):
        cells = [_plain(cell) for cell in row]
        if not any(cells):
            continue
        name = cells[name_col] if name_col < len(cells) else ""
        parts = [cells[col] if col < len(cells) else "" for col in code_cols]
        code = _whole_code(parts, above)
        if not code or not name:
            skipped.append((number, "no code" if not code else f"{code} has no name"))
        elif code_to_kind(code) != kind:
            skipped.append((number, f"{code} is no {kind} code"))
        elif code in entries and entries[code].name != name:
            raise InputError(f"row {number}: {code} stands twice, as {entries[code].name} and as {name}")
        else:
            entries[code] = make_entry(code, name, OFFICIAL)
    if not entries:
        raise InputError(f"no {kind} codes in this table", f"kinds: {', '.join(KINDS)}")
    orphans = [code for code in entries if (parent := code_to_parent(code)) and parent not in entries]
    if orphans:
        raise InputError(f"the codes above {', '.join(sorted(orphans)[:5])} are missing from the table")
    return Imported(entries, tuple(skipped))


def _find_columns(rows: Rows) -> tuple[int, int, list[int]]:
    """Return the row of headings, the column of names and the columns of codes."""
    for index, row in enumerate(rows[:_HEAD_ROWS]):
        heads = [_plain(cell) for cell in row]
        names = [col for col, head in enumerate(heads) if head in _NAME_HEADS]
        whole = [col for col, head in enumerate(heads) if head in _CODE_HEADS]
        parts = [heads.index(head) for head in _PART_HEADS if head in heads]
        if names and (whole or len(parts) >= 2):
            return index, names[0], whole[:1] or parts
    raise InputError(
        "no row of headings in this table", "it needs 科目名称, and 科目编码 or the columns 类, 款 and 项"
    )


def _whole_code(parts: Sequence[str], above: list[str]) -> str:
    """Return the code of a row; `above` holds the parts of the row above and is brought up to date."""
    if len(parts) == 1:
        return parts[0]
    last = max((place for place, part in enumerate(parts) if part), default=-1)
    if last < 0:
        return ""
    for place, part in enumerate(parts):
        if part:
            # A workbook keeps 01 as the number 1; some books print the whole code in every column.
            above[place] = part.zfill(_PART_DIGITS[place])[-_PART_DIGITS[place] :]
        elif place > last:
            above[place] = ""
    return "".join(above[: last + 1])


def _plain(cell: str) -> str:
    return re.sub(r"\s+|\.0$", "", cell)


def read_rows(path: Path) -> list[list[str]]:
    """Return the cells of the first sheet of a workbook, or of a CSV file.

    Raises:
        InputError: the file cannot be read, or is neither.
    """
    try:
        if path.suffix.lower() == ".xlsx":
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            rows = book.worksheets[0].iter_rows(values_only=True)
            return [["" if cell is None else str(cell) for cell in row] for row in rows]
        if path.suffix.lower() == ".csv":
            data = path.read_bytes()
            try:
                text = data.decode("utf-8-sig")
            except UnicodeDecodeError:
                text = data.decode("gb18030")
            return list(csv.reader(io.StringIO(text)))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"cannot read {path.name}: {error}") from error
    raise InputError(f"{path.name} is no .xlsx or .csv file", "save the official table as one of them")


def main() -> None:
    """Import from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("table", type=Path, help="the official table, .xlsx or .csv")
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--year", type=int, required=True, help="fiscal year")
    parser.add_argument("-o", "--out", type=Path, default=FOLDER, help="folder of the lists")
    options = parser.parse_args()
    try:
        imported = rows_to_entries(read_rows(options.table), options.kind)
        (path,) = write_lists({(options.kind, options.year): imported.entries}, options.out)
    except YusuanError as error:
        parser.exit(int(error.exit_code), f"error: {error}\n")
    for number, why in imported.skipped:
        print(f"row {number} skipped: {why}")
    print(f"{len(imported.entries)} codes in {path.name}")


if __name__ == "__main__":
    main()
