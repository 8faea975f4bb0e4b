from yusuan.eval.metrics.joins import joined_alike, joins
from yusuan.eval.metrics.values import Found, amount_key, code_name_key, completions, found
from yusuan.extraction.document import (
    Asset,
    BudgetLine,
    Cell,
    Document,
    Fragment,
    OrganizationRecord,
    Project,
    Repair,
    Source,
    Table,
)

BOX = (0.0, 0.0, 10.0, 10.0)
QUAD = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
SOURCE = Source(path="a.pdf", sha256="0" * 64, pages=3, kind="digital")


def line(**fields: object) -> BudgetLine:
    usual = {"table": "expenditure_summary", "side": "expenditure", "code": "201", "item": "一般公共服务支出"}
    return BudgetLine.model_validate({"id": "r", **usual, "measure": "合计", "amount": "40.00", **fields})


def test_an_amount_is_known_by_its_cell_and_compared_by_value() -> None:
    assert amount_key(line(amount="40")) == amount_key(line())
    for other in (
        {"amount": "41"},
        {"code": "202"},
        {"item": "别的"},
        {"measure": "小计"},
        {"side": "income"},
    ):
        assert amount_key(line(**other)) != amount_key(line())
    assert amount_key(line(table="income_summary")) != amount_key(line())
    # What it says besides does not matter.
    assert amount_key(line(unit="元", row_kind="total", level=3)) == amount_key(line())


def test_only_printed_amounts_of_budget_tables_are_amounts() -> None:
    assert amount_key(line(amount=None)) is None
    assert amount_key(Project(id="p", name="会议费", budget="4.00")) is None


def test_a_code_goes_with_the_name_beside_it() -> None:
    assert code_name_key(line()) == code_name_key(line(measure="小计", amount="1"))
    assert code_name_key(line(code="0201")) != code_name_key(line(code="201"))
    assert code_name_key(line(code=None)) is None
    assert code_name_key(Asset(id="a", item="车辆")) is None
    body = OrganizationRecord(id="o", code="201", name="县委")
    assert code_name_key(body) == ("organization", None, "201", "县委")


def test_one_prediction_finds_one_gold_thing() -> None:
    a, b = ("a",), ("b",)
    assert found([a, b], [a, a]) == Found(gold=(True, False), predicted=(True, False))
    assert found([], [a]) == Found((False,), ())
    assert found([a], []) == Found((), (False,))


def cell(text: str, printed: str, kind: str, page: int = 1) -> Cell:
    repair = Repair(kind=kind, before=printed, after=text)  # type: ignore[arg-type]
    return Cell(row=0, col=0, text=text, raw_text=printed, page=page, bbox=BOX, quad=QUAD, repairs=(repair,))


def document(*fragments: tuple[Fragment, ...], cells: tuple[Cell, ...] = ()) -> Document:
    tables = [
        Table(id=f"t{k}", fragments=parts, n_rows=1, n_cols=1, cells=cells if k == 0 else ())
        for k, parts in enumerate(fragments)
    ]
    return Document(source=SOURCE, tables=tuple(tables))


def test_completed_cells_are_known_by_their_page_and_whole_text() -> None:
    (one,) = completions(document((), cells=(cell("提案 办理率", "提案办", "completed", page=3),)))
    assert one.key == (3, "提案办理率")
    assert completions(document((), cells=(cell("2013150", "201315", "joined"),))) == []


def parts(*pages: int) -> tuple[Fragment, ...]:
    return tuple(Fragment(page=page, table=f"p{page}", reason="first") for page in pages)


def test_consecutive_parts_are_joins() -> None:
    assert joins(document(parts(1, 2, 3), parts(4))) == [((1, "p1"), (2, "p2")), ((2, "p2"), (3, "p3"))]


def test_a_join_is_compared_through_the_tables_that_are_the_same() -> None:
    gold = document(parts(1, 2, 3))
    # Page 2 was read as one table with another id; pages 2 and 3 were not joined, 3 and 4 were.
    said = Document(
        source=SOURCE,
        tables=(
            Table(
                id="a",
                fragments=(
                    Fragment(page=1, table="x", reason=""),
                    Fragment(page=2, table="y", reason=""),
                ),
                n_rows=1,
                n_cols=1,
            ),
            Table(
                id="b",
                fragments=(
                    Fragment(page=3, table="z", reason=""),
                    Fragment(page=4, table="w", reason=""),
                ),
                n_rows=1,
                n_cols=1,
            ),
        ),
    )
    same = {(1, "x"): (1, "p1"), (2, "y"): (2, "p2"), (3, "z"): (3, "p3")}
    made, strange = joined_alike(said, gold, same)
    assert [is_made for _, is_made in made] == [True, False]
    assert strange == [((3, "z"), (4, "w"))]


def test_a_join_of_tables_that_were_not_found_is_not_made() -> None:
    gold = document(parts(1, 2))
    made, strange = joined_alike(gold, gold, {})
    assert [is_made for _, is_made in made] == [False]
    assert len(strange) == 1
