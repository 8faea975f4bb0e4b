"""The gate: a change that makes a slice worse than the baseline is refused, and the slice is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yusuan.extraction.errors import ExitCode, InputError, YusuanError

# How far F1 may fall, by the cut. Reading is deterministic, so these only forgive trades: a field
# that got worse where others gained. The smaller the slice, the more one value moves it. Single
# documents are not gated, they stand in their family and scan state.
TOLERANCES = {
    "all": 0.002,
    "type": 0.005,
    "scan": 0.005,
    "family": 0.005,
    "family and scan": 0.01,
    "field": 0.02,
}


@dataclass(frozen=True)
class Fall:
    """A slice whose F1 of `what` (`fields` or `records`) fell; `after` is None: no longer measured."""

    what: str
    group: str
    name: str
    before: float
    after: float | None
    tolerance: float

    def __str__(self) -> str:
        after = "nothing" if self.after is None else f"{self.after:.4f}"
        where = "" if self.group == "all" else f", {self.group} {self.name}"
        return f"F1 of {self.what}{where}: {self.before:.4f} → {after} (tolerance {self.tolerance})"

    def as_dict(self) -> dict[str, str | float | None]:
        """Return the fall for `report.json`."""
        return dict(vars(self))


class GateRefused(YusuanError):  # noqa: N818 - it is the gate's answer, nothing went wrong
    """Something fell below the baseline by more than its tolerance; the message names it."""

    exit_code = ExitCode.GATE_REFUSED


def refusal(falls: Sequence[Fall]) -> GateRefused:
    """Return the refusal that names each fall."""
    return GateRefused("the gate refused: " + "; ".join(map(str, falls)), "report.md shows every slice")


def falls_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Fall, ...]:
    """Return the slices of report `after` that fell below report `before`, the deepest fall first.

    Raises:
        InputError: the reports were made on different gold documents.
    """
    if before["gold"] != after["gold"]:
        changed = sorted(dict(before["gold"].items() ^ after["gold"].items()))
        raise InputError(
            f"the baseline was measured on other gold documents ({', '.join(changed)} differ)",
            "evaluate the earlier version on today's gold and take that report as the baseline",
        )
    falls = []
    for what in ("fields", "records"):
        for group, tolerance in TOLERANCES.items():
            for name, counts in before[what].get(group, {}).items():
                now = after[what].get(group, {}).get(name, {}).get("f1")
                if counts["f1"] is not None and (now is None or now < counts["f1"] - tolerance):
                    falls.append(Fall(what, group, name, counts["f1"], now, tolerance))
    return tuple(sorted(falls, key=lambda fall: (fall.after or 0.0) - fall.before))
