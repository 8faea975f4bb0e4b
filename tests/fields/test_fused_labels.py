"""The network labels cells, and what the lexicon says of them counts too, if it knows the words."""

from __future__ import annotations

import numpy as np
import pytest

from yusuan.extraction.document import Table
from yusuan.extraction.fields.classifier import VOUCHED, LabelModel
from yusuan.extraction.fields.fused import FusedLabeller
from yusuan.extraction.fields.labels import Context
from yusuan.extraction.fields.table_view import Encoded
from yusuan.extraction.fields.tags import TAGS, begin
from yusuan.extraction.fields.tokens import FIGURES, SPECIAL, UNKNOWN

NAME = begin("project.name")


class Network(LabelModel):
    """Takes every text for the name of a project; it is so many times likelier than anything else."""

    def __init__(self, odds: float) -> None:
        self._vocabulary = {key: at for at, key in enumerate((*SPECIAL, *UNKNOWN, *FIGURES))}
        self._column_weight = 0.0
        self._odds = odds

    def scores(self, encoded: Encoded) -> np.ndarray:
        scores = np.zeros((encoded.tokens.size, len(TAGS)))
        for place, _, start, _ in encoded.spots:
            scores[place, NAME + (start > 0)] = np.log(self._odds)
        return scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)


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


def labels_of(table: Table, text: str) -> list[str]:
    return [span.label for cell in table.cells if cell.text == text for span in cell.spans]


@pytest.mark.parametrize(("more", "label"), [(-1.0, "budget_line.item"), (1.0, "project.name")])
def test_the_network_must_be_sure_to_go_against_the_lexicon(budget: Table, more: float, label: str) -> None:
    network = Network(float(np.exp(VOUCHED + more)))
    assert labels_of(network(budget, Context()), "行政运行") == ["project.name"]
    assert labels_of(FusedLabeller(network)(budget, Context()), "行政运行") == [label]


def test_what_the_lexicon_does_not_know_is_as_the_network_has_it(budget: Table) -> None:
    strange = budget.model_copy(update={"kind": "unknown"})
    found = FusedLabeller(Network(2.0))(strange, Context())
    assert labels_of(found, "行政运行") == ["project.name"]


def test_two_that_agree_are_surer_than_one(budget: Table) -> None:
    class Agreeing(Network):
        def scores(self, encoded: Encoded) -> np.ndarray:
            found = super().scores(encoded)
            found[:, [NAME, NAME + 1, line, line + 1]] = found[:, [line, line + 1, NAME, NAME + 1]]
            return found

    line = begin("budget_line.item")

    def sure(table: Table) -> float:
        return next(s.confidence or 0 for c in table.cells if c.text == "行政运行" for s in c.spans)

    alone = Agreeing(5.0)
    assert sure(FusedLabeller(alone)(budget, Context())) > sure(alone(budget, Context()))
