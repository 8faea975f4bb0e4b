"""Purchases, assets and subordinate bodies: one record for each row that says something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from yusuan.extraction.document import Asset, Cell, Institution, Procurement, Table
from yusuan.extraction.fields.grid import Grid
from yusuan.extraction.fields.labels import Caption, has_label, labelled_text
from yusuan.extraction.fields.provenance import cell_places, joint_confidence, line_places, read_fields
from yusuan.extraction.numerals import parse_amount, squeeze
from yusuan.extraction.token_labels import HEADER, TOTAL, UNIT

_AMOUNTS = frozenset({"quantity", "value", "price", "amount"})
# Rows with no more than this say nothing about what they name.
_ONLY_NAMED = {"asset": frozenset({"item"}), "procurement": frozenset({"project"})}
_ADDED_UP = frozenset({"asset", "procurement"})
_TYPES: tuple[tuple[str, type[Asset] | type[Procurement] | type[Institution]], ...] = (
    ("asset", Asset),
    ("procurement", Procurement),
    ("institution", Institution),
)


def listing_records(table: Table, caption: Caption) -> Iterator[Asset | Procurement | Institution]:
    """Yield the assets, purchases and bodies that the rows of a table state."""
    grid = Grid(table)
    for prefix, record_type in _TYPES:
        for row in range(table.n_rows):
            cells = _fields_of_row(grid, row, prefix)
            if not any(cell.row == row for cell in cells.values()):
                continue
            if cells.keys() <= _ONLY_NAMED.get(prefix, frozenset()) or _is_total(grid, row, prefix):
                continue
            fields: dict[str, Any] = {}
            for name, cell in cells.items():
                text = labelled_text(cell, f"{prefix}.{name}") or ""
                fields[name] = parse_amount(text) if name in _AMOUNTS else squeeze(text) or None
            places = {name: cell_places(table.id, cell) for name, cell in cells.items()}
            money = [cells[name] for name in ("value", "amount", "price") if name in cells]
            if "unit" in record_type.model_fields:
                heading = _unit_heading(grid, money)
                lines = [caption.unit_line] if caption.unit_line else []
                fields["unit"] = squeeze(labelled_text(heading, UNIT) or "") if heading else table.unit
                places["unit"] = cell_places(table.id, heading) if heading else line_places(*lines)
            first = min(cells.values(), key=lambda cell: cell.col)
            yield record_type(
                id=f"{table.id}r{row}c{first.col}",
                confidence=joint_confidence(cells.values()),
                provenance=read_fields(fields, places),
                **fields,
            )


def _fields_of_row(grid: Grid, row: int, prefix: str) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for cell in grid.row(row):
        for span in cell.spans:
            if span.label.startswith(f"{prefix}."):
                found.setdefault(span.label.removeprefix(f"{prefix}."), cell)
    return found


def _is_total(grid: Grid, row: int, prefix: str) -> bool:
    """Say whether a row adds up purchases or assets and is none, whichever of its cells says so."""
    return prefix in _ADDED_UP and any(has_label(cell, TOTAL) for cell in grid.starting(row))


def _unit_heading(grid: Grid, cells: list[Cell]) -> Cell | None:
    """Return the heading over one of the cells that names a money unit."""
    for cell in cells:
        for heading in reversed(grid.column(cell.col)):
            if heading.row < cell.row and has_label(heading, HEADER) and has_label(heading, UNIT):
                return heading
    return None
