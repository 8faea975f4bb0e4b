"""Documents by hand: tables of budget lines as they are printed, every amount in a cell of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import pytest

from yusuan.extraction.document import (
    BudgetLine,
    Cell,
    CellRef,
    Document,
    Finding,
    FindingStatus,
    Organization,
    Page,
    Provenance,
    Record,
    Repair,
    RowKind,
    Side,
    Source,
    Span,
    Table,
    TableKind,
)

# code, item, amounts under the measures ("" is a blank cell)
Row = tuple[str | None, str, Sequence[str]]
Printed = tuple[Table, list[BudgetLine]]


def provenance(table: str, row: int, col: int) -> tuple[Provenance, ...]:
    return (Provenance(page=1, bbox=(col, row, col + 1, row + 1), table=table, row=row, col=col),)


@pytest.fixture
def table() -> Callable[..., Printed]:
    def build(
        kind: TableKind,
        measures: Sequence[str],
        rows: Sequence[Row],
        *,
        id: str = "t1",
        side: Side | None = "expenditure",
        first_col: int = 0,
        unit: str = "万元",
        confidence: float = 0.99,
    ) -> Printed:
        lines = []
        for row, (code, item, amounts) in enumerate(rows):
            row_kind: RowKind = "total" if item.endswith(("合计", "总计", "小计")) else "line"
            if item.startswith("其中"):
                row_kind = "memo"
            for position, (measure, amount) in enumerate(zip(measures, amounts, strict=True)):
                if not amount:
                    continue
                places = {"amount": provenance(id, row, first_col + 2 + position)}
                places["item"] = provenance(id, row, first_col + 1)
                if code:
                    places["code"] = provenance(id, row, first_col)
                lines.append(
                    BudgetLine(
                        id=f"{id}-{row}-{first_col + 2 + position}",
                        table=kind,
                        side=side,
                        code=code,
                        item=item,
                        measure=measure,
                        amount=amount,
                        unit=unit,
                        row_kind=row_kind,
                        provenance=places,
                        confidence=confidence,
                    )
                )
        name = Organization(code="201", name="某县某办公室")
        return Table(id=id, kind=kind, organization=name, unit=unit, n_rows=len(rows), n_cols=99), lines

    return build


@pytest.fixture
def document() -> Callable[..., Document]:
    def build(*printed: Printed, records: Sequence[Record] = ()) -> Document:
        return Document(
            source=Source(path="a.pdf", sha256="0" * 64, pages=1, kind="digital"),
            tables=tuple({table.id: table for table, _ in printed}.values()),
            records=(*(line for _, lines in printed for line in lines), *records),
        )

    return build


@pytest.fixture
def by_id() -> Callable[[Document, str], dict[str, Finding]]:
    def pick(document: Document, rule: str) -> dict[str, Finding]:
        """Return the findings of a rule by where they point (row:col)."""
        found = [finding for finding in document.findings if finding.rule == rule]
        return {":".join(finding.id.split(":")[1:]): finding for finding in found}

    return pick


# What the cells of a budget line read, and which fields they are.
READ = (("20101", "code"), ("人大事务", "item"), ("40.00", "amount"))


@pytest.fixture
def read_lines() -> Callable[..., Document]:
    def build(
        findings: Sequence[Finding] = (),
        glyphs: float | None = 0.9,
        repairs: Sequence[Repair] = (),
        kind: Literal["scanned", "digital"] = "scanned",
        amount: str = "40.00",
        rows: int = 1,
    ) -> Document:
        """Return a table of budget lines; the last cell of its first row is as given, all others are sure."""
        cells, records = [], []
        for row in range(rows):
            places = {}
            for col, (text, field) in enumerate(READ):
                own = (row, field) == (0, "amount")
                text = amount if own else text
                box = (col, row, col + 1, row + 1)
                cells.append(
                    Cell(
                        row=row,
                        col=col,
                        text=text,
                        raw_text=text,
                        page=1,
                        bbox=box,
                        quad=((0, 0), (1, 0), (1, 1), (0, 1)),
                        confidence=glyphs if own else 0.99,
                        spans=(Span(start=0, end=len(text), label=f"budget_line.{field}", confidence=0.8),),
                        repairs=repairs if own else (),
                    )
                )
                places[field] = (Provenance(page=1, bbox=box, table="t1", row=row, col=col),)
            records.append(
                BudgetLine(
                    id=f"r{row}",
                    table="expenditure_summary",
                    code="20101",
                    item="人大事务",
                    measure="合计",
                    amount=amount if row == 0 else "40.00",
                    provenance=places,
                )
            )
        table = Table(
            id="t1", kind="expenditure_summary", n_rows=rows, n_cols=3, cells=tuple(cells), confidence=0.95
        )
        return Document(
            source=Source(path="a.pdf", sha256="0" * 64, pages=1, kind=kind),
            pages=(Page(number=1, width=9, height=9, dpi=200, kind=kind),),
            tables=(table,),
            records=tuple(records),
            findings=tuple(findings),
        )

    return build


@pytest.fixture
def finding() -> Callable[..., Finding]:
    def build(rule: str, status: FindingStatus, *places: tuple[int, int]) -> Finding:
        cells = tuple(CellRef(table="t1", row=row, col=col) for row, col in places)
        return Finding(
            id=f"{rule}:{places}", rule=rule, status=status, severity="error", message="", cells=cells
        )

    return build
