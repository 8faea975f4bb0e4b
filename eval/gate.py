"""The gate: a change that makes a slice worse than the baseline is refused, and the slice is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yusuan.eval.measures import METRIC
from yusuan.extraction.errors import ExitCode, InputError, YusuanError

# How far a value may fall (or rise, where less is better), by the cut. Reading is deterministic, so these
# only forgive trades: a field that got worse where others gained. The smaller the slice, the more
# one value moves it. Single documents are not gated, they stand in their family and scan state.
RECORD_TOLERANCE = {
    "all": 0.002,
    "type": 0.005,
    "scan": 0.005,
    "family": 0.005,
    "split": 0.005,
    "family and scan": 0.01,
    "skew": 0.01,
    "seal": 0.01,
    "dpi": 0.01,
    "span": 0.01,
    "join": 0.01,
    "clip": 0.02,
    "field": 0.02,
}
# Fewer things are counted: tables, merged cells, pairs of a code and a name.
TABLE_TOLERANCE = {
    "all": 0.005,
    "scan": 0.01,
    "family": 0.01,
    "split": 0.01,
    "skew": 0.01,
    "seal": 0.01,
    "dpi": 0.01,
    "span": 0.01,
    "join": 0.01,
    "source": 0.01,
    "pdf": 0.02,
}
# A gold set has some dozens of joins and clipped names: one of them moves the whole.
RARE_TOLERANCE = {"all": 0.02, "scan": 0.05, "family": 0.05}
# Confidence is fitted anew with each model, and errs by chance.
CONFIDENCE_TOLERANCE = {"all": 0.01, "scan": 0.02}

TOLERANCES: Mapping[str, Mapping[str, float]] = {
    **dict.fromkeys(("fields", "records", "amounts"), RECORD_TOLERANCE),
    **dict.fromkeys(
        ("code_names", "tables_iou80", "cells", "spans", "texts", "numbers", "cer"), TABLE_TOLERANCE
    ),
    **dict.fromkeys(("grits_top", "grits_con", "teds", "teds_s"), TABLE_TOLERANCE),
    **dict.fromkeys(("completions", "joins"), RARE_TOLERANCE),
    **dict.fromkeys(("accepted", "ece"), CONFIDENCE_TOLERANCE),
}
# Sums of floating point numbers differ in their last digits.
_HAIR = 1e-9


@dataclass(frozen=True)
class Fall:
    """A slice in which a metric got worse; `after` is None where it is no longer measured."""

    metric: str
    group: str
    name: str
    before: float
    after: float | None
    tolerance: float

    @property
    def depth(self) -> float:
        """By how much it got worse."""
        if self.after is None:
            return self.before
        return abs(self.after - self.before)

    def __str__(self) -> str:
        after = "nothing" if self.after is None else f"{self.after:.4f}"
        where = "" if self.group == "all" else f", {self.group} {self.name}"
        return f"{self.metric}{where}: {self.before:.4f} → {after} (tolerance {self.tolerance})"

    def as_dict(self) -> dict[str, str | float | None]:
        """Return the fall for `report.json`."""
        return dict(vars(self))


class GateRefused(YusuanError):  # noqa: N818 - it is the gate's answer, nothing went wrong
    """Something fell below the baseline by more than its tolerance; the message names it."""

    exit_code = ExitCode.GATE_REFUSED


# Falls that one line can name.
NAMED = 5


def refusal(falls: Sequence[Fall]) -> GateRefused:
    """Return the refusal, which names the deepest falls and says how many there are."""
    named = "; ".join(map(str, falls[:NAMED]))
    more = f"; and {len(falls) - NAMED} more" if len(falls) > NAMED else ""
    return GateRefused(f"the gate refused: {named}{more}", "report.md shows every slice")


def falls_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Fall, ...]:
    """Return what got worse from report `before` to report `after`, the deepest fall first.

    Raises:
        InputError: the reports were made on different gold documents.
    """
    if before["gold"]["digest"] != after["gold"]["digest"]:
        changed = dict(before["gold"]["documents"].items() ^ after["gold"]["documents"].items())
        raise InputError(
            f"the baseline was measured on other gold documents ({', '.join(sorted(changed))} differ)",
            "evaluate the earlier version on today's gold and take that report as the baseline",
        )
    falls = []
    for metric, tolerances in TOLERANCES.items():
        for group, tolerance in tolerances.items():
            now = after["figures"].get(metric, {}).get(group, {})
            for name, figure in before["figures"].get(metric, {}).get(group, {}).items():
                value = now.get(name, {}).get("value")
                if figure["value"] is not None and _is_worse(metric, figure["value"], value, tolerance):
                    falls.append(Fall(metric, group, name, figure["value"], value, tolerance))
    return tuple(sorted(falls, key=lambda fall: -fall.depth))


def _is_worse(metric: str, before: float, after: float | None, tolerance: float) -> bool:
    if after is None:
        return True
    worse = before - after if METRIC[metric].rising else after - before
    return worse > tolerance + _HAIR
