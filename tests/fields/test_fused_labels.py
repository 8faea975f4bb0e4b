"""The network labels cells, and what the lexicon says of them counts too, if it knows the words."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from yusuan.extraction.document import Table
from yusuan.extraction.fields.classifier import GUESSED, VOUCHED, LabelModel
from yusuan.extraction.fields.fused import FusedLabeller
from yusuan.extraction.fields.labels import Context
from yusuan.extraction.fields.table_view import Encoded
from yusuan.extraction.fields.tags import TAGS, begin
from yusuan.extraction.fields.tokens import FIGURES, SPECIAL, UNKNOWN
from yusuan.extraction.token_labels import LABELS

NAME = begin("project.name")


class Network(LabelModel):
    """Takes every text for the name of a project; it is so many times likelier than anything else."""

    def __init__(self, odds: float) -> None:
        self._vocabulary = {key: at for at, key in enumerate((*SPECIAL, *UNKNOWN, *FIGURES))}
        self._column_weight = 0.0
        self._learnt = frozenset(LABELS)
        self._odds = odds

    def unlearn(self, label: str) -> None:
        self._learnt -= {label}

    def scores(self, encoded: Encoded) -> np.ndarray:
        scores = np.zeros((encoded.tokens.size, len(TAGS)))
        for place, _, start, _ in encoded.spots:
            scores[place, NAME + (start > 0)] = np.log(self._odds)
        return scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)


HEADINGS, STRANGE = "科目编码 | 科目名称 | 合计 | 备注", "甲甲 | 乙乙 | 丙丙 | 丁丁"
ONE_STRANGE = "科目编码 | 乙乙 | 合计 | 备注"


@pytest.fixture
def budget(read_tables) -> Callable[[str], Table]:
    def build(headings: str = HEADINGS) -> Table:
        return read_tables(
            (
                ["一般公共预算支出表", "单位：万元"],
                f"""
                {headings}
                2010301 | 行政运行 | 30.00 | 年初安排
                2010302 | 一般行政管理事务 | 12.00 |
                """,
            )
        ).tables[0]

    return build


def labels_of(table: Table, text: str) -> list[str]:
    return [span.label for cell in table.cells if cell.text == text for span in cell.spans]


@pytest.mark.parametrize(
    ("headings", "word"),
    [(HEADINGS, VOUCHED[0]), (STRANGE, GUESSED[0]), (ONE_STRANGE, GUESSED[0])],
    ids=["known", "strange", "one column strange"],
)
@pytest.mark.parametrize(("more", "label"), [(-1.0, "budget_line.item"), (1.0, "project.name")])
def test_the_network_must_be_sure_to_go_against_the_lexicon(
    budget: Callable[[str], Table], headings: str, word: float, more: float, label: str
) -> None:
    network, table = Network(float(np.exp(word + more))), budget(headings)
    assert labels_of(network(table, Context()), "行政运行") == ["project.name"]
    assert labels_of(FusedLabeller(network)(table, Context()), "行政运行") == [label]


@pytest.mark.parametrize(("more", "labels"), [(-1.0, []), (1.0, ["project.name"])])
def test_where_a_lexicon_that_knows_the_headings_is_silent_there_is_likely_no_label(
    budget: Callable[..., Table], more: float, labels: list[str]
) -> None:
    network = Network(float(np.exp(VOUCHED[1] + more)))
    assert labels_of(FusedLabeller(network)(budget(), Context()), "年初安排") == labels


def test_labels_that_the_network_was_never_shown_are_those_of_the_lexicon(
    budget: Callable[..., Table],
) -> None:
    network = Network(1e9)
    assert labels_of(FusedLabeller(network)(budget(), Context()), "行政运行") == ["project.name"]
    network.unlearn("budget_line.item")
    assert labels_of(FusedLabeller(network)(budget(), Context()), "行政运行") == ["budget_line.item"]


def test_what_the_lexicon_does_not_know_is_as_the_network_has_it(budget: Callable[..., Table]) -> None:
    strange = budget().model_copy(update={"kind": "unknown"})
    found = FusedLabeller(Network(2.0))(strange, Context())
    assert labels_of(found, "行政运行") == ["project.name"]


def test_how_sure_a_label_is_the_network_alone_says(budget: Callable[..., Table]) -> None:
    class Agreeing(Network):
        def scores(self, encoded: Encoded) -> np.ndarray:
            found = super().scores(encoded)
            found[:, [NAME, NAME + 1, line, line + 1]] = found[:, [line, line + 1, NAME, NAME + 1]]
            return found

    line = begin("budget_line.item")  # which the lexicon says too; that is evidence of its own

    def sure(table: Table) -> float:
        return next(s.confidence or 0 for c in table.cells if c.text == "行政运行" for s in c.spans)

    alone = Agreeing(5.0)
    assert sure(FusedLabeller(alone)(budget(), Context())) == sure(alone(budget(), Context()))
