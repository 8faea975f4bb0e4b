"""Counts that add; ratios come last."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    """True positives, false positives and false negatives of one kind of thing.

    Ratios are None where they are undefined (nothing was there, nothing was said): an empty
    slice is neither perfect nor worthless. After spaCy's `PRFScore`. GriTS gives fractions of cells.
    """

    tp: float = 0
    fp: float = 0
    fn: float = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def precision(self) -> float | None:
        """Share of what was said that is right, or None when nothing was said."""
        return ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float | None:
        """Share of what is there that was found, or None when nothing is there."""
        return ratio(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall, or None when nothing was said and nothing is there."""
        return ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    def as_dict(self) -> dict[str, float | None]:
        """Return counts and ratios under their names, for `report.json`."""
        return {
            "tp": self.tp,
            "fp": self.fp,
            "fn": self.fn,
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
        }


@dataclass(frozen=True)
class Share:
    """A part of a whole: cells read right of all cells with text, wrong characters of all characters."""

    part: float = 0
    whole: float = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.part + other.part, self.whole + other.whole)

    @property
    def share(self) -> float | None:
        """The part divided by the whole, or None when there is no whole."""
        return ratio(self.part, self.whole)

    def as_dict(self) -> dict[str, float | None]:
        """Return both numbers under their names, for `report.json`."""
        return {"part": self.part, "whole": self.whole}


def ratio(part: float, whole: float) -> float | None:
    """Return `part / whole`, or None when there is no whole."""
    return part / whole if whole else None
