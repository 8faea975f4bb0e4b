from collections.abc import Sequence
from dataclasses import dataclass, field

from yusuan.eval.metrics.counts import Counts
from yusuan.eval.metrics.records import pair_records
from yusuan.extraction.document import BudgetLine, Indicator, Project, Record


@dataclass
class Score:
    fields: dict[tuple[str, str], Counts] = field(default_factory=dict)
    records: dict[str, Counts] = field(default_factory=dict)


def score_records(predicted: Sequence[Record], gold: Sequence[Record]) -> Score:
    score = Score()
    for pair in pair_records(predicted, gold):
        score.records[pair.type] = score.records.get(pair.type, Counts()) + pair.whole
        for name, counts in pair.fields.items():
            key = pair.type, name
            score.fields[key] = score.fields.get(key, Counts()) + counts
    return score


def lines() -> list[Record]:
    return [
        BudgetLine(id="a", code="201", item="一般公共服务支出", measure="合计", amount="40.00"),
        BudgetLine(id="b", code="20101", item="人大事务", measure="合计", amount="30.00"),
        BudgetLine(id="c", code="20102", item="政协事务", measure="合计", amount="10.00"),
    ]


def total(fields: dict[tuple[str, str], Counts]) -> Counts:
    return sum(fields.values(), Counts())


def test_equal_records_are_all_true_positives() -> None:
    score = score_records(lines(), lines())
    # code, item, measure, amount and row_kind of three records; table, side, unit and level are null.
    assert total(dict(score.fields)) == Counts(tp=15)
    assert score.records["budget_line"] == Counts(tp=3)


def test_order_and_bookkeeping_do_not_matter() -> None:
    shuffled: list[Record] = [
        record.model_copy(update={"id": f"x{n}", "confidence": 0.2, "status": "accepted", "checks": ("f",)})
        for n, record in enumerate(reversed(lines()))
    ]
    assert score_records(shuffled, lines()).records["budget_line"] == Counts(tp=3)


def test_a_wrong_amount_costs_that_field_alone() -> None:
    said = lines()
    said[1] = said[1].model_copy(update={"amount": "80.00"})
    score = score_records(said, lines())
    assert score.fields["budget_line", "amount"] == Counts(tp=2, fp=1, fn=1)
    assert score.fields["budget_line", "code"] == Counts(tp=3)
    assert score.records["budget_line"] == Counts(tp=2, fp=1, fn=1)


def test_a_missing_record_is_missed_and_an_invented_one_is_said() -> None:
    score = score_records(lines()[:2], lines())
    assert score.fields["budget_line", "amount"] == Counts(tp=2, fn=1)
    assert score.records["budget_line"] == Counts(tp=2, fn=1)
    score = score_records(lines(), lines()[:2])
    assert score.fields["budget_line", "amount"] == Counts(tp=2, fp=1)
    assert score.records["budget_line"] == Counts(tp=2, fp=1)


def test_a_null_is_missed_and_a_value_for_null_is_said() -> None:
    said = [lines()[0].model_copy(update={"code": None, "unit": "万元"})]
    score = score_records(said, lines()[:1])
    assert score.fields["budget_line", "code"] == Counts(fn=1)
    assert score.fields["budget_line", "unit"] == Counts(fp=1)
    assert score.fields["budget_line", "item"] == Counts(tp=1)


def test_pairing_is_the_best_of_all_and_not_the_first_that_fits() -> None:
    gold: list[Record] = [
        Project(id="1", name="会议费", budget="2.00", goal="甲"),
        Project(id="2", name="会议费", budget="3.00"),
    ]
    # The first prediction agrees with either gold record; only with the second does the whole agree best.
    said: list[Record] = [
        Project(id="1", name="会议费", budget="3.00"),
        Project(id="2", name="会议费", budget="2.00", goal="甲"),
    ]
    assert score_records(said, gold).records["project"] == Counts(tp=2)


def test_types_are_never_paired_with_each_other() -> None:
    score = score_records([Project(id="p", name="满意度")], [Indicator(id="i", name="满意度")])
    assert score.fields["project", "name"] == Counts(fp=1)
    assert score.fields["indicator", "name"] == Counts(fn=1)


def test_nothing_said_has_no_precision_and_no_recall() -> None:
    counts = sum(score_records([], lines()).fields.values(), Counts())
    assert counts == Counts(fn=15)
    assert counts.precision is None
    assert counts.recall == 0.0
    assert counts.f1 == 0.0
    assert score_records([], []).fields == {}


def test_amounts_written_differently_are_equal() -> None:
    said = [lines()[0].model_copy(update={"amount": "40"})]
    assert score_records(said, lines()[:1]).records["budget_line"] == Counts(tp=1)
