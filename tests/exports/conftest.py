"""One invented document that has everything an export can trip over, in an output folder."""

from pathlib import Path

import pytest

from yusuan.extraction.document import (
    BudgetLine,
    Cell,
    CellRef,
    Document,
    Evidence,
    Finding,
    Fragment,
    Indicator,
    Line,
    Organization,
    Page,
    PageTable,
    Project,
    Provenance,
    Repair,
    Source,
    Table,
)

SHA = "0123456789abcdef" * 4


def cell(row: int, col: int, text: str, rowspan: int = 1, colspan: int = 1, **more: object) -> Cell:
    x0, y0, x1, y1 = 100.0 * col, 50.0 * row, 100.0 * (col + colspan), 50.0 * (row + rowspan)
    quad = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    values = {"row": row, "col": col, "rowspan": rowspan, "colspan": colspan, "text": text, "raw_text": text}
    return Cell.model_validate({**values, "page": 1, "bbox": (x0, y0, x1, y1), "quad": quad, **more})


CELLS = (
    cell(0, 0, "科目编码", rowspan=2, header=True),
    cell(0, 1, "科目名称", rowspan=2, header=True),
    cell(0, 2, "预算数", colspan=2, header=True),
    cell(1, 2, "合计", header=True),
    cell(1, 3, "基本支出", header=True),
    cell(2, 0, "2010301", confidence=0.99),
    cell(2, 1, "=1+1", confidence=0.5),
    cell(2, 2, "1,234.50", confidence=0.99),
    cell(2, 3, "-5.0", confidence=0.99),
    cell(3, 0, "0201"),
    cell(
        3,
        1,
        "人大代表建议、政协委员提案办理",
        repairs=(
            Repair(
                kind="completed",
                before="人大代表建议、政协委",
                after="人大代表建议、政协委员提案办理",
                evidence=(Evidence(text="the same code on an earlier page", page=1),),
            ),
        ),
    ),
    cell(3, 2, "99", confidence=0.99),
    # column 3 of row 3 is a hole: the reader missed it
)


def line(number: int, row: int, col: int, **fields: object) -> BudgetLine:
    place = Provenance(
        page=1, bbox=(100 * col, 50 * row, 100 * col + 100, 50 * row + 50), table="t1", row=row, col=col
    )
    values = {
        "table": "general_budget_expenditure",
        "side": "expenditure",
        "unit": "万元",
        "confidence": 0.95,
    }
    return BudgetLine.model_validate(
        {"id": f"r{number}", **values, "provenance": {"amount": (place,)}, "status": "accepted", **fields}
    )


@pytest.fixture
def document() -> Document:
    page = Page(
        number=1,
        width=400,
        height=500,
        dpi=200,
        kind="scanned",
        tables=(PageTable(id="p1t1", bbox=(0, 0, 400, 200), n_rows=4, n_cols=4, ruled=True, cells=CELLS),),
        lines=(Line(text="单位：万元", bbox=(300, 450, 400, 500), confidence=0.8, role="unit"),),
    )
    table = Table(
        id="t1",
        kind="general_budget_expenditure",
        title="一般公共预算支出表[2023年]: 全部/明细以及其他一切需要说明的很长的标题",
        unit="万元",
        organization=Organization(code="201", name="某县人民政府办公室"),
        fragments=(Fragment(page=1, table="p1t1", reason="first"),),
        n_rows=4,
        n_cols=4,
        header_rows=2,
        cells=CELLS,
    )
    project = Project(id="r4", name="<b>演示项目</b>", code="0017", budget="3", unit="万元", confidence=0.4)
    target = Indicator(
        id="r5", project="<b>演示项目</b>", name="保密检查", operator="=", value="12", unit="次", core=True
    )
    return Document(
        source=Source(path="演示.pdf", sha256=SHA, pages=2, kind="scanned"),
        organization=Organization(name="某县"),
        fiscal_year=2023,
        amount_unit="万元",
        pages=(
            page,
            Page(number=2, width=0, height=0, dpi=200, kind="scanned", status="failed", error="blank"),
        ),
        tables=(table, table.model_copy(update={"id": "t2", "kind": "unknown"})),
        records=(
            line(1, 2, 2, code="2010301", item="=1+1", measure="预算数/合计", amount="1234.50", level=3),
            line(2, 2, 3, code="2010301", item="=1+1", measure="预算数/基本支出", amount="-5.0", level=3),
            line(3, 3, 2, code="0201", item="@SUM(A1)", measure="预算数/合计", amount="99"),
            project,
            target,
        ),
        findings=(
            Finding(
                id="f1",
                rule="row-sum",
                status="fail",
                severity="error",
                message="1234.50 is not -5.0",
                tables=("t1",),
                cells=(CellRef(table="t1", row=2, col=2),),
                amounts={"total": "1234.50", "sum": "-5.0"},
            ),
            Finding(id="f2", rule="column-sum", status="pass"),
        ),
    )


@pytest.fixture
def out(tmp_path: Path, document: Document) -> Path:
    """Return an output folder with the document twice, and one that is empty."""
    empty = Document(source=Source(path="leer.pdf", sha256=SHA, pages=0, kind="digital"))
    for name, content in (("a", document), ("b", document), ("empty", empty)):
        folder = tmp_path / "out [x]*" / "documents" / f"{name}-01234567"
        folder.mkdir(parents=True)
        (folder / "document.json").write_text(content.to_json(), "utf-8")
    return tmp_path / "out [x]*"
