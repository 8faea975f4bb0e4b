"""The network labels cells; where it is in doubt the lexicon speaks, if it knows the words."""

from __future__ import annotations

from typing import cast

import pytest

from yusuan.extraction.document import Span, Table
from yusuan.extraction.fields.classifier import LabelModel, Said
from yusuan.extraction.fields.fused import UNSURE, FusedLabeller
from yusuan.extraction.fields.labels import Context


class Network:
    """Says of each cell what the test wants."""

    def __init__(self, said: dict[int, Said]) -> None:
        self.said = said

    def read(self, table: Table, context: Context) -> dict[int, Said]:
        return self.said


@pytest.fixture
def budget(read_tables):
    return read_tables(
        (
            ["一般公共预算支出表", "单位：万元"],
            """
            科目编码 | 科目名称 | 合计
            2010301 | 行政运行 | 30.00
            """,
        )
    ).tables[0]


def labels_of(table: Table, text: str) -> list[tuple[str, float | None]]:
    return [(s.label, s.confidence) for cell in table.cells if cell.text == text for s in cell.spans]


@pytest.mark.parametrize("sure", [UNSURE - 0.1, UNSURE + 0.1])
def test_the_lexicon_speaks_where_the_network_is_in_doubt(budget: Table, sure: float) -> None:
    place = next(at for at, cell in enumerate(budget.cells) if cell.text == "行政运行")
    other = Span(start=0, end=4, label="project.name", confidence=sure)
    labeller = FusedLabeller(cast(LabelModel, Network({place: Said((other,), sure)})))
    found = labels_of(labeller(budget, Context()), "行政运行")
    label = "budget_line.item" if sure < UNSURE else "project.name"
    assert found == [(label, pytest.approx(sure))]


def test_what_neither_knows_stays_as_the_network_has_it(budget: Table) -> None:
    strange = budget.model_copy(update={"kind": "unknown"})
    place = next(at for at, cell in enumerate(budget.cells) if cell.text == "行政运行")
    doubted = Span(start=0, end=4, label="project.name", confidence=0.3)
    labeller = FusedLabeller(cast(LabelModel, Network({place: Said((doubted,), 0.3)})))
    found = labeller(strange, Context())
    assert labels_of(found, "行政运行") == [("project.name", 0.3)]
    assert labels_of(found, "30.00") == []
