"""Intervals by drawing documents again: percentile bootstrap over base documents.

All states of the paper of one document are drawn together: they hold the same values, and taking them for
independent would make intervals too narrow (Davison and Hinkley 1997, section 2.4, for the clusters).
"""

from __future__ import annotations

import numpy as np

RESAMPLES = 1000
SEED = 20240701
COVERED = 0.95

Interval = tuple[float, float]


def draw(bases: int) -> np.ndarray:
    """Return `(RESAMPLES, bases)`: how often each base document is drawn, always the same."""
    rng = np.random.default_rng(SEED)
    return rng.multinomial(bases, np.full(bases, 1 / bases), size=RESAMPLES).astype(float)


def interval(values: np.ndarray) -> Interval | None:
    """Return the central interval of resampled values `(R,)`, those without a value (NaN) left out."""
    values = values[~np.isnan(values)]
    if not len(values):
        return None
    tail = 50 * (1 - COVERED)
    low, high = np.percentile(values, [tail, 100 - tail])
    return float(low), float(high)


def ratios(reading: str, sums: np.ndarray) -> np.ndarray:
    """Return ratios of sums of counts, NaN where undefined.

    Args:
        reading: `f1`, `precision` or `recall` of `(..., 3)` counts, or `share` of `(..., 2)` sums.
        sums: the counts.

    Returns:
        `(...)` ratios.
    """
    if reading == "share":
        part, whole = sums[..., 0], sums[..., 1]
    else:
        tp, fp, fn = sums[..., 0], sums[..., 1], sums[..., 2]
        part, whole = {
            "f1": (2 * tp, 2 * tp + fp + fn),
            "precision": (tp, tp + fp),
            "recall": (tp, tp + fn),
        }[reading]
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
