import numpy as np
import pytest

from yusuan.eval.metrics.calibration import (
    BINS,
    Confidences,
    bins,
    calibration_errors,
    curve,
    risk_and_coverage,
)

ONCE = np.ones((1, 1))


def records(*judged: tuple[float, bool], base: tuple[int, ...] | None = None) -> Confidences:
    return Confidences(
        np.array([sure for sure, _ in judged], float),
        np.array([right for _, right in judged], bool),
        np.array(base or [0] * len(judged), int),
    )


def test_confidence_that_keeps_its_word_has_no_error() -> None:
    kept = records(*[(0.75, True)] * 3, (0.75, False), *[(1.0, True)] * 5)
    assert calibration_errors(kept, ONCE) == pytest.approx([0.0])


def test_calibration_error_is_the_gap_weighted_by_records() -> None:
    # Three of four at 0.9 are right: gap 0.15; one of two at 0.55 is: gap 0.05.
    some = records(*[(0.9, True)] * 3, (0.9, False), (0.55, True), (0.55, False))
    assert calibration_errors(some, ONCE) == pytest.approx([(4 * 0.15 + 2 * 0.05) / 6])
    low, high = bins(some)
    assert (low.records, low.confidence, low.right) == (2, pytest.approx(0.55), 0.5)
    assert (high.records, high.confidence, high.right) == (4, pytest.approx(0.9), 0.75)
    assert high.low == pytest.approx(13 / BINS)


def test_full_confidence_belongs_to_the_last_bin() -> None:
    (last,) = bins(records((1.0, True)))
    assert (last.low, last.high) == (pytest.approx(14 / BINS), 1.0)


def test_risk_and_coverage_by_hand() -> None:
    # Surest first: right, wrong, right, right. Risk after each: 0, 1/2, 1/3, 1/4, each for a quarter.
    four = records((0.9, True), (0.8, False), (0.7, True), (0.6, True))
    found = risk_and_coverage(four, ONCE)
    assert found.aurc == pytest.approx([(0 + 1 / 2 + 1 / 3 + 1 / 4) / 4])
    # Half: two records; four fifths and nine tenths need all four.
    assert found.risks[0] == pytest.approx([1 / 2, 1 / 4, 1 / 4, 1 / 4])
    assert found.coverage == pytest.approx([1 / 4])
    assert curve(four) == tuple(
        (pytest.approx(c), pytest.approx(r)) for c, r in [(0.25, 0), (0.5, 0.5), (0.75, 1 / 3), (1, 0.25)]
    )


def test_records_that_are_equally_sure_cannot_be_parted() -> None:
    tied = records((0.9, False), (0.9, True), (0.9, True), (0.9, True))
    turned = records((0.9, True), (0.9, True), (0.9, True), (0.9, False))
    for one in (tied, turned):
        found = risk_and_coverage(one, ONCE)
        assert found.aurc == pytest.approx([0.25])
        assert found.risks[0] == pytest.approx([0.25] * 4)
        assert found.coverage == pytest.approx([0.0])
        assert len(curve(one)) == 1


def test_right_records_first_are_a_better_order() -> None:
    good = records((0.9, True), (0.8, True), (0.2, False))
    bad = records((0.9, False), (0.8, True), (0.2, True))
    assert risk_and_coverage(good, ONCE).aurc < risk_and_coverage(bad, ONCE).aurc
    assert risk_and_coverage(good, ONCE).coverage == pytest.approx([2 / 3])


def test_documents_drawn_twice_count_twice_and_those_not_drawn_not_at_all() -> None:
    two = records((0.9, True), (0.5, False), base=(0, 1))
    weights = np.array([[1.0, 1.0], [2.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
    risk = risk_and_coverage(two, weights).risks[:, 3]
    assert risk[:3] == pytest.approx([0.5, 0.0, 1.0])
    assert np.isnan(risk[3])
    error = calibration_errors(two, weights)
    assert error[:3] == pytest.approx([0.3, 0.1, 0.5])
    assert np.isnan(error[3])


def test_many_resamples_are_worked_on_in_parts_without_a_difference() -> None:
    rng = np.random.default_rng(0)
    many = Confidences(rng.random(40).round(1), rng.random(40) > 0.3, rng.integers(0, 5, 40))
    weights = rng.multinomial(5, [0.2] * 5, size=333).astype(float)
    together = risk_and_coverage(many, weights)
    for k in (0, 100, 332):
        alone = risk_and_coverage(many, weights[k : k + 1])
        assert together.aurc[k] == pytest.approx(alone.aurc[0])
        assert together.coverage[k] == pytest.approx(alone.coverage[0])


def test_no_records_have_no_curve() -> None:
    nothing = records()
    assert np.isnan(risk_and_coverage(nothing, ONCE).aurc).all()
    assert np.isnan(calibration_errors(nothing, ONCE)).all()
    assert bins(nothing) == ()
    assert curve(nothing) == ()
