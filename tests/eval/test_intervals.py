import numpy as np
import pytest

from yusuan.eval.figures import Scored, calibration, figures
from yusuan.eval.measures import METRICS
from yusuan.eval.metrics.bootstrap import RESAMPLES, draw, interval, ratios
from yusuan.eval.metrics.counts import Counts, Share
from yusuan.eval.result import Figure, ScoredDocument
from yusuan.eval.tally import EVERYTHING, Judged, Tally


def scored(name: str, base: str, tp: float, fn: float = 0, cuts: tuple[tuple[str, str], ...] = ()) -> Scored:
    tally = Tally()
    tally.count("fields", (EVERYTHING, *cuts), tp=tp, fn=fn)
    return Scored(ScoredDocument(name, base, "0", "family", "digital", True), tally)


def only(found: tuple[Figure, ...], metric: str = "fields", group: str = "all") -> Figure:
    (figure,) = [f for f in found if f.metric == metric and f.group == group]
    return figure


def test_draws_are_always_the_same_and_of_as_many_documents() -> None:
    assert RESAMPLES >= 1000
    assert draw(7).shape == (RESAMPLES, 7)
    assert (draw(7).sum(axis=1) == 7).all()
    assert (draw(7) == draw(7)).all()


def test_ratios_are_those_of_counts() -> None:
    sums = np.array([[3.0, 1.0, 2.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    for reading in ("f1", "precision", "recall"):
        expected = [getattr(Counts(*row), reading) for row in sums]
        for found, value in zip(ratios(reading, sums), expected, strict=True):
            assert np.isnan(found) if value is None else found == pytest.approx(value)
    assert ratios("share", np.array([[1.0, 4.0]])) == pytest.approx([Share(1, 4).share])


def test_an_interval_is_central_and_leaves_out_what_is_undefined() -> None:
    values = np.append(np.arange(1001) / 1000, np.nan)
    assert interval(values) == pytest.approx((0.025, 0.975))
    assert interval(np.array([np.nan])) is None


def test_documents_that_differ_have_a_wide_interval_and_equal_ones_none() -> None:
    wide = only(figures([scored("a", "a", 10), scored("b", "b", 0, 10)]))
    # Two documents: both right with a chance of 1/4, both wrong with 1/4.
    assert (wide.value, wide.low, wide.high) == (pytest.approx(2 / 3), 0.0, 1.0)
    narrow = only(figures([scored("a", "a", 9, 1), scored("b", "b", 9, 1)]))
    assert narrow.low == narrow.high == narrow.value


def test_states_of_one_document_are_drawn_together() -> None:
    apart = [scored(f"{n}{s}", f"{n}{s}", *v) for n, v in (("a", (9, 1)), ("b", (5, 5))) for s in range(20)]
    states = [scored(f"{n}{s}", n, *v) for n, v in (("a", (9, 1)), ("b", (5, 5))) for s in range(20)]
    one, other = only(figures(apart)), only(figures(states))
    assert one.value == other.value
    assert one.low is not None
    assert other.low is not None
    # Twenty states of a document tell no more about other documents than one does.
    assert other.low < one.low - 0.05


def test_a_slice_of_one_document_has_no_interval() -> None:
    found = figures([scored("a", "a", 9, 1, (("scan", "fax"),)), scored("b", "b", 5, 5)])
    fax = only(found, group="scan")
    assert (fax.value, fax.low, fax.high) == (pytest.approx(18 / 19), None, None)


def test_what_was_not_measured_is_undefined_and_not_zero() -> None:
    found = figures([scored("a", "a", 9, 1)])
    assert {figure.metric for figure in found} == {metric.name for metric in METRICS}
    assert only(found, "teds").value is None
    assert only(found, "ece").value is None
    assert [figure.value for figure in figures([])] == [None] * len(METRICS)


def test_counts_stay_whole_numbers() -> None:
    counts = only(figures([scored("a", "a", 9, 1)])).counts
    assert isinstance(counts, Counts)
    assert isinstance(counts.tp, int)


def test_confidence_is_cut_into_slices_like_all_else() -> None:
    one, other = scored("a", "a", 1), scored("b", "b", 1)
    one.tally.judged.append(Judged(0.9, True, (EVERYTHING, ("scan", "fax"))))
    other.tally.judged.append(Judged(0.8, False, (EVERYTHING, ("scan", "bad"))))
    values = {(f.metric, f.name): f.value for f in figures([one, other])}
    assert values["risk_100", "all"] == 0.5
    assert values["risk_100", "fax"] == 0.0
    assert values["risk_50", "all"] == 0.0
    assert values["coverage_99", "all"] == 0.5
    assert values["ece", "bad"] == pytest.approx(0.8)
    diagram = calibration([one, other])
    assert diagram is not None
    assert [part.records for part in diagram.bins] == [1, 1]
    assert calibration([scored("a", "a", 1)]) is None
