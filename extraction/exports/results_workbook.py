"""One Excel file with the records, facts and findings of all documents."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from yusuan.extraction.exports.folder import corrected_documents, writing
from yusuan.extraction.exports.rows import TABLES, Row, document_to_tables, flat_value, money_fields
from yusuan.extraction.exports.spreadsheet import (
    MAX_ROWS,
    Styles,
    amount_to_number,
    open_workbook,
    write_text,
)


def export_xlsx(out: Path, path: Path) -> None:
    """Write the workbook: a sheet for each record type, `facts` and `findings`.

    Raises:
        InputError: a document.json cannot be read.
        OutputError: the file cannot be written.
    """
    # Rows go to disk as they come (constant_memory), in a folder that has room for the result anyway.
    with (
        writing(path) as draft,
        open_workbook(draft, constant_memory=True, tmpdir=str(path.parent)) as workbook,
    ):
        sheets = {name: _Sheet(workbook, name, tuple(schema.names)) for name, schema in TABLES.items()}
        for name, document in corrected_documents(out):
            for table, rows in document_to_tables(name, document).items():
                for row in rows:
                    sheets[table].write(row)


class _Sheet:
    """A table as worksheets: one, and another whenever Excel's last row is reached."""

    def __init__(self, workbook: Any, name: str, columns: tuple[str, ...]) -> None:
        self._workbook = workbook
        self._styles = Styles(workbook)
        self._name = name
        self._columns = columns
        self._money = frozenset(money_fields(name.removeprefix("records_")))
        self._parts = 0
        self._begin()

    def _begin(self) -> None:
        self._parts += 1
        self._sheet = self._workbook.add_worksheet(
            self._name if self._parts == 1 else f"{self._name} {self._parts}"
        )
        self._sheet.freeze_panes(1, 0)
        for col, column in enumerate(self._columns):
            write_text(self._sheet, 0, col, column, self._styles.get(bold=True))
        self._row = 0

    def write(self, row: Row) -> None:
        if self._row + 1 == MAX_ROWS:
            self._begin()
        self._row += 1
        for col, column in enumerate(self._columns):
            self._write_value(col, row.get(column), column in self._money)

    def _write_value(self, col: int, value: Any, is_money: bool) -> None:
        printed = format(value, "f") if isinstance(value, Decimal) else value if is_money else None
        number = amount_to_number(printed) if printed is not None else None
        if number:
            self._sheet.write_number(self._row, col, number[0], self._styles.get(num_format=number[1]))
        elif isinstance(value, bool):
            self._sheet.write_boolean(self._row, col, value)
        elif isinstance(value, int | float):
            self._sheet.write_number(self._row, col, value)
        elif value is not None:
            write_text(self._sheet, self._row, col, flat_value(value) or "")
