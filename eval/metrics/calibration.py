"""How far confidence can be believed: calibration error, and risk against coverage.

Records are taken surest first, those that are equally sure together: no threshold can part them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yusuan.eval.result import Bin

# As in Guo et al. 2017 (On Calibration of Modern Neural Networks).
BINS = 15
COVERAGES = (0.5, 0.8, 0.9, 1.0)
RISK = 0.01

# Resamples that are worked on at once: bounds memory to a few hundred megabytes for 100 000 records.
_CHUNK = 50


@dataclass(frozen=True)
class Confidences:
    """Predicted records of many documents.

    Attributes:
        sure: `(N,)` confidence in 0..1.
        right: `(N,)` whether every field of the record is right.
        base: `(N,)` index of the base document.
    """

    sure: np.ndarray
    right: np.ndarray
    base: np.ndarray

    def take(self, index: np.ndarray) -> Confidences:
        """Return the records of a slice, by their indices."""
        return Confidences(self.sure[index], self.right[index], self.base[index])


def bin_of(sure: np.ndarray) -> np.ndarray:
    """Return the bin of each confidence, 0 to `BINS` - 1."""
    return np.minimum((sure * BINS).astype(int), BINS - 1)


def bins(records: Confidences) -> tuple[Bin, ...]:
    """Return the reliability diagram, without empty bins."""
    found = []
    index = bin_of(records.sure)
    for k in range(BINS):
        inside = index == k
        if inside.any():
            sure, right = records.sure[inside].mean(), records.right[inside].mean()
            found.append(Bin(k / BINS, (k + 1) / BINS, int(inside.sum()), float(sure), float(right)))
    return tuple(found)


def calibration_errors(records: Confidences, weights: np.ndarray) -> np.ndarray:
    """Return the expected calibration error in each resample, NaN without records.

    Args:
        records: of a slice.
        weights: `(R, B)` how often each base document is drawn.

    Returns:
        `(R,)`: Σ over bins of |confidence - share right| x share of the records.
    """
    gaps = np.zeros((weights.shape[1], BINS))
    np.add.at(gaps, (records.base, bin_of(records.sure)), records.sure - records.right)
    sizes = np.bincount(records.base, minlength=weights.shape[1]).astype(float)
    return gaps_to_errors(gaps, sizes, weights)


def gaps_to_errors(gaps: np.ndarray, sizes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the expected calibration error in each resample `(R,)`, NaN without items.

    Args:
        gaps: `(B, BINS)` Σ of confidence less 1 for each right item, by base document and bin.
        sizes: `(B,)` how many items each base document has.
        weights: `(R, B)` how often each is drawn.
    """
    return _over(np.abs(weights @ gaps).sum(axis=1), weights @ sizes)


@dataclass(frozen=True)
class Selection:
    """Risk against coverage in each of R resamples.

    Attributes:
        aurc: `(R,)` mean risk over all coverages (Geifman and El-Yaniv 2017), NaN without records.
        risks: `(R, len(COVERAGES))` share wrong among the surest records that reach each coverage.
        coverage: `(R,)` largest share of records of which at most `RISK` are wrong; 0 where there is none.
    """

    aurc: np.ndarray
    risks: np.ndarray
    coverage: np.ndarray


def risk_and_coverage(records: Confidences, weights: np.ndarray) -> Selection:
    """Return what could be let through without a person looking, and how much of it would be wrong."""
    parts = [_select(records, chunk) for chunk in np.array_split(weights, max(1, len(weights) // _CHUNK))]
    return Selection(
        np.concatenate([part.aurc for part in parts]),
        np.concatenate([part.risks for part in parts]),
        np.concatenate([part.coverage for part in parts]),
    )


def _select(records: Confidences, weights: np.ndarray) -> Selection:
    coverage, risk = _steps(records, weights)
    if not coverage.shape[1]:
        nothing = np.full(len(weights), np.nan)
        return Selection(nothing, np.tile(nothing[:, None], len(COVERAGES)), nothing)
    width = np.diff(coverage, axis=1, prepend=0)
    aurc = np.nansum(width * risk, axis=1)
    empty = np.isnan(coverage[:, -1])
    aurc[empty] = np.nan
    risks = np.stack([_risk_at(coverage, risk, wanted) for wanted in COVERAGES], axis=1)
    fine = np.where(risk <= RISK, coverage, 0.0).max(axis=1)
    return Selection(aurc, risks, np.where(empty, np.nan, fine))


def _steps(records: Confidences, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return coverage and risk, `(R, K)` each, after each of K distinct confidences, the surest first."""
    order = np.argsort(-records.sure, kind="stable")
    drawn = weights[:, records.base[order]]
    taken = drawn.cumsum(axis=1)
    wrong = (drawn * ~records.right[order]).cumsum(axis=1)
    sure = records.sure[order]
    ends = np.flatnonzero(np.append(sure[1:] != sure[:-1], True)) if len(sure) else np.array([], int)
    taken, wrong = taken[:, ends], wrong[:, ends]
    return _over(taken, taken[:, -1:]) if len(ends) else taken, _over(wrong, taken)


def _risk_at(coverage: np.ndarray, risk: np.ndarray, wanted: float) -> np.ndarray:
    # A hair of tolerance: 0.1 + 0.7 must reach 0.8.
    first = (coverage >= wanted - 1e-9).argmax(axis=1)
    return np.take_along_axis(risk, first[:, None], axis=1)[:, 0]


def _over(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    whole = np.broadcast_to(whole, part.shape)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)


def curve(records: Confidences, points: int = 200) -> tuple[tuple[float, float], ...]:
    """Return (coverage, risk) after each distinct confidence, thinned to about so many points."""
    if not len(records.sure):
        return ()
    coverage, risk = _steps(records, np.ones((1, int(records.base.max()) + 1)))
    last = coverage.shape[1] - 1
    kept = np.unique(np.linspace(0, last, min(points, last + 1)).round().astype(int))
    return tuple((float(coverage[0, k]), float(risk[0, k])) for k in kept)
