"""Where counts are gathered: one sum for each metric in each slice, document by document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from yusuan.eval.metrics.calibration import BINS, bin_of

# (group, name): the part `name` of all that was scored, cut by `group`.
Cut = tuple[str, str]
Key = tuple[str, str, str]
EVERYTHING: Cut = ("all", "all")


@dataclass(frozen=True)
class Judged:
    """A predicted record: how sure the program was (0..1), and whether every field is right."""

    confidence: float
    right: bool
    cuts: tuple[Cut, ...]


class Tally:
    """What one document adds to every metric in every slice.

    Sums are (true positives, false positives, false negatives), or (part, whole) of a share.
    """

    def __init__(self) -> None:
        self._sums: dict[Key, list[float]] = {}
        self.judged: list[Judged] = []
        # Slice → `(BINS, 2)`: Σ of confidence less 1 for each right field, and how many fields.
        self.field_gaps: dict[Cut, np.ndarray] = {}

    @property
    def sums(self) -> Mapping[Key, list[float]]:
        """(metric, group, name) → what this document adds."""
        return self._sums

    def count(self, metric: str, cuts: Iterable[Cut], tp: float = 0, fp: float = 0, fn: float = 0) -> None:
        """Add counts to a metric in each of the slices."""
        self._add(metric, cuts, (tp, fp, fn))

    def share(self, metric: str, cuts: Iterable[Cut], part: float, whole: float) -> None:
        """Add a part and its whole to a metric in each of the slices."""
        self._add(metric, cuts, (part, whole))

    def rate_field(self, cuts: Iterable[Cut], confidence: float, right: bool) -> None:
        """Note how sure the program was of a field (0..1), and whether it is right, in each of the slices."""
        place = int(bin_of(np.array(confidence)))
        for cut in cuts:
            self.field_gaps.setdefault(cut, np.zeros((BINS, 2)))[place] += (confidence - right, 1)

    def _add(self, metric: str, cuts: Iterable[Cut], values: tuple[float, ...]) -> None:
        for group, name in cuts:
            sums = self._sums.get((metric, group, name))
            if sums is None:
                self._sums[metric, group, name] = list(values)
            else:
                for k, value in enumerate(values):
                    sums[k] += value
