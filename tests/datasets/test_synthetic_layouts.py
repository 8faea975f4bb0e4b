"""Every layout can be drawn, and what it says of itself is true."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import partial
from typing import get_args

import numpy as np
import pytest

from yusuan.datasets.goldset.check import known_labels
from yusuan.datasets.goldset.sums import sum_problems
from yusuan.datasets.goldset.truth import problems_of
from yusuan.datasets.synth.gold import PageView, assemble
from yusuan.datasets.synth.grammar import LAYOUTS
from yusuan.datasets.synth.grammar.codes import codes, draw_tree
from yusuan.datasets.synth.grammar.columns import Group, amount, code, header, item, lanes, measures, seq
from yusuan.datasets.synth.grammar.dice import Dice
from yusuan.datasets.synth.grammar.money import Press, Style, add_up, misprint
from yusuan.datasets.synth.pages import Typeset, _typeset, layout_of
from yusuan.extraction.document import Document, Source, TableKind

SEED, ROUNDS = 5, 2
SCALE = 150 / 72
Drawing = tuple[Typeset, Document]


def truth_of(made: Typeset) -> Document:
    """Return the truth of a document without drawing its pixels."""
    views = [
        PageView(round(w * SCALE) + 1, round(h * SCALE) + 1, 150, partial(np.multiply, SCALE))
        for w, h in (page.size for page in made.pages)
    ]
    source = Source(path="document.pdf", sha256="0" * 64, pages=len(views), kind="digital")
    return assemble(made.raw["document"], made.pages, made.sources, views, source)


@pytest.fixture(scope="module")
def drawings() -> list[Drawing]:
    """Return documents of all layouts, several of each."""
    made = [_typeset(SEED, number, layout_of(SEED, number)) for number in range(ROUNDS * len(LAYOUTS))]
    return [(each, truth_of(each)) for each in made]


def test_there_are_forty_layouts_and_more_of_every_kind_of_table(drawings: list[Drawing]) -> None:
    assert len(LAYOUTS) >= 40
    assert Counter(made.layout for made, _ in drawings) == dict.fromkeys(LAYOUTS, ROUNDS)
    kinds = {table.kind for _, document in drawings for table in document.tables}
    assert kinds == set(get_args(TableKind))


def test_grids_tile_labels_fit_and_records_point_at_what_says_them(drawings: list[Drawing]) -> None:
    labels = known_labels()
    found = [
        f"{made.layout} {made.number}: {problem}"
        for made, document in drawings
        for problem in problems_of(document, labels)
    ]
    assert found == []


def test_sums_hold_unless_they_are_listed_as_wrong(drawings: list[Drawing]) -> None:
    found = []
    for made, document in drawings:
        checks = {"wrong_in_print": made.misprints, "misjudged": made.misjudged}
        # A rule need not notice every wrong sum, but whatever it notices must be listed.
        unlisted = [each for each in sum_problems(document, checks) if "nothing wrong is found" not in each]
        found.extend(f"{made.layout} {made.number}: {each}" for each in unlisted)
    assert found == []


def test_listed_sums_are_printed_and_wrong(drawings: list[Drawing]) -> None:
    wrong = [(document, entry) for made, document in drawings for entry in made.misprints]
    assert wrong, "no document of these has a wrong sum"
    for document, entry in wrong:
        printed = [
            record.amount
            for record in document.records
            if record.type == "budget_line"
            and (record.table, record.measure) == (entry["table"], entry["measure"])
            and entry["row"] in (record.code, record.item)
        ]
        assert entry["printed"] in printed
        assert Decimal(entry["printed"]) != Decimal(entry["sum"])


def test_no_text_leaves_its_cell_and_no_table_its_page(drawings: list[Drawing]) -> None:
    outside = []
    for made, _ in drawings:
        for page in made.pages:
            for table in page.tables:
                if table.bbox[3] > page.size[1] - 18 or table.bbox[2] > page.size[0]:
                    outside.append(f"{made.layout} {made.number}: the table leaves the page")
                for cell in table.cells:
                    x0, y0, x1, y1 = cell.bbox
                    own = sorted(
                        (run.y, run.text)
                        for run in page.runs
                        if x0 <= run.x < x1
                        and y0 - 0.5 <= run.y - 0.88 * run.size
                        and run.y + 0.12 * run.size <= y1 + 0.5
                    )
                    printed = "".join("".join(text for _, text in own).split())
                    if printed != "".join(cell.text.split()):
                        outside.append(f"{made.layout} {made.number}: {cell.text!r} prints {printed!r}")
    assert outside == []


def test_negatives_have_no_table_and_unknown_tables_no_record(drawings: list[Drawing]) -> None:
    prose = [document for made, document in drawings if made.layout in ("prose", "contents", "cover")]
    unknown = [document for made, document in drawings if made.layout in ("staff_numbers", "vehicles")]
    assert all(not document.tables and any(page.lines for page in document.pages) for document in prose)
    assert all(document.tables and not document.records for document in unknown)


def test_clipped_names_are_completed_from_the_same_document(drawings: list[Drawing]) -> None:
    repairs = [
        repair
        for made, document in drawings
        if made.layout.startswith("clipped")
        for table in document.tables
        for cell in table.cells
        for repair in cell.repairs
        if repair.kind == "completed"
    ]
    assert repairs
    assert all(repair.after.startswith(repair.before) and repair.evidence for repair in repairs)


def test_forms_vary_in_their_labels_and_columns(drawings: list[Drawing]) -> None:
    heads = {
        tuple(cell.text for cell in table.cells if cell.header)
        for made, document in drawings
        if made.layout in ("targets_project", "targets_project_blank")
        for table in document.tables
    }
    assert len(heads) > 2


def test_a_group_over_names_heads_a_side_and_is_no_measure() -> None:
    tree = [
        seq("序号"),
        Group("收入", (item("项 目", side="income"), amount("预算数", "in", "income"))),
        Group(
            "本年",
            (amount("小计", "sum"), Group("基本支出", (amount("基本支出", "a"), amount("公用\\n经费", "b")))),
        ),
    ]
    assert measures(tree) == [
        "序号",
        "项目",
        "预算数",
        "本年/小计",
        "本年/基本支出",
        "本年/基本支出/公用经费",
    ]
    assert header(tree).splitlines() == [
        "序号{r3} | 收入{c2} | 本年{c3}",
        "项 目{r2} | 预算数{r2} | 小计{r2} | 基本支出{c2}",
        "基本支出 | 公用\\n经费",
    ]
    assert lanes([code("编码"), item("名称"), amount("金额", "a")], "{n}") == "栏次{c2 m} | 1"


def test_sums_go_along_the_rows_and_up_the_tree() -> None:
    figures = [{}, {}, {"basic": 5}, {"project": 2}, {"basic": 1, "project": 4}]
    total = add_up(figures, [None, 0, 1, 1, None], {"total": ("basic", "project")})
    assert figures[0] == {"basic": 5, "project": 2, "total": 7}
    assert total == {"basic": 6, "project": 6, "total": 12}


def test_amounts_are_printed_as_asked_and_misprints_are_other_amounts() -> None:
    style = Style(2, commas=True, nothing="-")
    assert [style.print(each) for each in (123456789, -5, 0, None)] == ["1,234,567.89", "-0.05", "-", "-"]
    press = Press("元", style, wrong=True)
    press.note("other_budget", "合计", "合计", 0, 100000)
    assert (
        press.misprints[0].as_dict() | {"printed": "0.00", "sum": "1000.00"} == press.misprints[0].as_dict()
    )
    dice = Dice("misprints")
    assert all(misprint(dice, each) not in (each, 0) for each in (1, 10, 99, -7, 123456) for _ in range(50))


def test_trees_of_codes_have_every_parent_above_its_children() -> None:
    for seed in range(20):
        rows = draw_tree(Dice(seed), "functional", 2023, 20)
        assert [row.code for row in rows] == sorted(codes("functional", 2023).keys() & {r.code for r in rows})
        for at, row in enumerate(rows):
            above = None if row.parent is None else rows[row.parent]
            assert (above is None) == (row.level == 1)
            assert above is None or (
                row.code.startswith(above.code) and row.parent is not None and row.parent < at
            )
