"""`tables.xlsx`: the logical tables of one document for people, doubts coloured, checks and records too."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yusuan.extraction.document import Cell, Document, Finding, Record, Table
from yusuan.extraction.exports.rows import DOUBTFUL_BELOW, RECORDS, money_fields
from yusuan.extraction.exports.spreadsheet import (
    MAX_ROWS,
    Styles,
    amount_to_number,
    open_workbook,
    sheet_name,
    text_width,
    write_text,
)
from yusuan.extraction.numerals import canonical

_Place = tuple[str, int, int]
_Look = dict[str, Any]

_TOP = 4  # rows above a table: title, what it is, legend, a blank one
_FRAME: _Look = {"border": 1, "border_color": "#999999", "valign": "vcenter", "text_wrap": True}
_HEADER: _Look = {"bold": True, "bg_color": "#DDEBF7", "align": "center"}
_DOUBTFUL: _Look = {"bg_color": "#FFE699"}
_FAILED: _Look = {"border": 2, "border_color": "#C00000", "font_color": "#C00000"}
_REPAIRED: _Look = {"italic": True}
_NO_MONEY_TABLES = frozenset({"performance_targets", "institutions", "unknown"})
_MONEY_LOOK = re.compile(r"-?(\d{1,3}(,\d{3})+(\.\d+)?|\d+\.\d{2})")
# Fields of records that are for programs.
_NOT_SHOWN = {"document", "provenance", "checks"}
_NARROW, _WIDE = 8, 44  # column widths in characters
_NOTE_CHARACTERS = 2000


def write_tables_workbook(document: Document, path: Path) -> None:
    """Write the workbook of one document.

    Args:
        document: what to show.
        path: of the file.

    Raises:
        OSError: it cannot be written.
    """
    failed = failed_cells(document.findings)
    amounts = amount_cells(document)
    taken = {"checks", "records"}
    with open_workbook(path, in_memory=True) as workbook:
        styles = Styles(workbook)
        for number, table in enumerate(document.tables, 1):
            sheet = workbook.add_worksheet(sheet_name(f"{number} {table.title or table.kind}", taken))
            _write_table(sheet, styles, table, failed, amounts)
        _write_checks(workbook.add_worksheet("checks"), styles, document.findings)
        _write_records(workbook.add_worksheet("records"), styles, document.records)


def failed_cells(findings: tuple[Finding, ...]) -> dict[_Place, list[str]]:
    """Return the messages of failed checks for each cell that they name."""
    messages: dict[_Place, list[str]] = defaultdict(list)
    for finding in findings:
        if finding.status == "fail":
            for cell in finding.cells:
                messages[cell.table, cell.row, cell.col].append(f"{finding.rule}: {finding.message}")
    return messages


def amount_cells(document: Document) -> set[_Place]:
    """Return the cells that hold an amount: those that records took one from, and those that look like money.

    Codes are figures too, so the look decides only in tables of money, and only for thousands in
    threes or cents in twos.
    """
    places = {
        (place.table, place.row, place.col)
        for record in document.records
        for field in (*money_fields(record.type), "quantity")
        for place in record.provenance.get(field, ())
        if place.table is not None and place.row is not None and place.col is not None
    }
    for table in document.tables:
        if table.kind not in _NO_MONEY_TABLES:
            places |= {
                (table.id, cell.row, cell.col)
                for cell in table.cells
                if not _is_header(cell, table) and _MONEY_LOOK.fullmatch(canonical(cell.text))
            }
    return places


def _is_header(cell: Cell, table: Table) -> bool:
    return cell.header or cell.row < table.header_rows


def _write_table(
    sheet: Any,
    styles: Styles,
    table: Table,
    failed: Mapping[_Place, list[str]],
    amounts: set[_Place],
) -> None:
    write_text(sheet, 0, 0, table.title or table.kind, styles.get(bold=True, font_size=14))
    body = table.organization.name if table.organization else None
    pages = sorted({fragment.page for fragment in table.fragments})
    about = [table.kind, body, f"unit {table.unit}" if table.unit else None]
    about.append(f"page {', '.join(map(str, pages))}" if pages else None)
    write_text(sheet, 1, 0, " · ".join(part for part in about if part))
    for col, (text, look) in enumerate(
        (
            (f"doubtful (below {DOUBTFUL_BELOW:g})", _DOUBTFUL),
            ("failed check", _FAILED),
            ("repaired", _REPAIRED),
        )
    ):
        write_text(sheet, 2, col, text, styles.get(**look))
    widths = [_NARROW] * max(table.n_cols, 1)
    for cell in table.cells:
        place = (table.id, cell.row, cell.col)
        look = dict(_FRAME)
        if _is_header(cell, table):
            look |= _HEADER
        if cell.confidence is not None and cell.confidence < DOUBTFUL_BELOW:
            look |= _DOUBTFUL
        if cell.repairs:
            look |= _REPAIRED
        if place in failed:
            look |= _FAILED
        _write_cell(sheet, styles, cell, look, is_amount=place in amounts)
        if note := _note(cell, failed.get(place, [])):
            sheet.write_comment(_TOP + cell.row, cell.col, note, {"x_scale": 2, "y_scale": 1.5})
        if cell.colspan == 1:
            widths[cell.col] = max(widths[cell.col], min(_WIDE, text_width(cell.text) + 2))
    for col, width in enumerate(widths):
        sheet.set_column(col, col, width)
    if 0 < table.header_rows < table.n_rows:
        sheet.freeze_panes(_TOP + table.header_rows, 0)


def _write_cell(sheet: Any, styles: Styles, cell: Cell, look: _Look, is_amount: bool) -> None:
    row, col = _TOP + cell.row, cell.col
    number = amount_to_number(cell.text) if is_amount else None
    if number:  # a heading that was taken for an amount is centred until here
        look = look | {"num_format": number[1], "align": "right"}
    style = styles.get(**look)
    if cell.rowspan > 1 or cell.colspan > 1:
        sheet.merge_range(row, col, row + cell.rowspan - 1, col + cell.colspan - 1, "", style)
    if number:
        sheet.write_number(row, col, number[0], style)
    else:
        write_text(sheet, row, col, cell.text, style)


def _note(cell: Cell, failures: list[str]) -> str:
    lines = list(failures)
    for repair in cell.repairs:
        lines.append(f"{repair.kind}: {repair.before!r} → {repair.after!r}")
        for seen in repair.evidence:
            lines.append(f"  because {seen.text}" + (f" (page {seen.page})" if seen.page else ""))
    text = "\n".join(lines)
    return text if len(text) <= _NOTE_CHARACTERS else text[:_NOTE_CHARACTERS] + "…"


def _write_checks(sheet: Any, styles: Styles, findings: tuple[Finding, ...]) -> None:
    columns = ("status", "severity", "rule", "message", "tables", "cells", "amounts", "id")
    _write_heading(sheet, styles, columns, (9, 9, 24, 70, 12, 30, 40, 12))
    plain, failed = (
        styles.get(valign="top", text_wrap=True),
        styles.get(valign="top", text_wrap=True, **_FAILED),
    )
    for row, finding in enumerate(findings[: MAX_ROWS - 1], 1):
        cells = "; ".join(f"{cell.table} row {cell.row} column {cell.col}" for cell in finding.cells)
        amounts = "; ".join(f"{role} {amount}" for role, amount in finding.amounts.items())
        values = {
            **finding.model_dump(),
            "tables": "; ".join(finding.tables),
            "cells": cells,
            "amounts": amounts,
        }
        for col, name in enumerate(columns):
            write_text(sheet, row, col, values[name], failed if finding.status == "fail" else plain)


def _write_records(sheet: Any, styles: Styles, records: tuple[Record, ...]) -> None:
    records = records[: MAX_ROWS - 1]
    used = {
        name for record in records for name in type(record).model_fields if getattr(record, name) is not None
    }
    columns = tuple(name for name in RECORDS.names if name in used and name not in _NOT_SHOWN)
    _write_heading(sheet, styles, columns or ("type",), (16,) * max(len(columns), 1))
    for row_number, record in enumerate(records, 1):
        row, money = record.model_dump(exclude=_NOT_SHOWN), money_fields(record.type)
        for col, name in enumerate(columns):
            value = row.get(name)
            number = amount_to_number(value) if name in money and value is not None else None
            if number:
                sheet.write_number(row_number, col, number[0], styles.get(num_format=number[1]))
            elif isinstance(value, bool):
                sheet.write_boolean(row_number, col, value)
            elif isinstance(value, int | float):
                sheet.write_number(row_number, col, value)
            elif value is not None:
                write_text(sheet, row_number, col, value)


def _write_heading(sheet: Any, styles: Styles, columns: tuple[str, ...], widths: tuple[int, ...]) -> None:
    for col, (name, width) in enumerate(zip(columns, widths, strict=True)):
        write_text(sheet, 0, col, name, styles.get(**_HEADER))
        sheet.set_column(col, col, width)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, 0, len(columns) - 1)
