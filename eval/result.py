"""What an evaluation gives: figures by metric and slice, each with its interval and its counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from yusuan.eval.gate import Fall
from yusuan.eval.gold import GoldDocument
from yusuan.eval.measures import GROUPS, METRIC, METRICS
from yusuan.eval.metrics.counts import Counts, Share
from yusuan.extraction.document import Document

SCHEMA = "yusuan.report/2"
REPORT_FILE = "report.json"
OURS = "yusuan"

__all__ = [
    "GROUPS",
    "METRIC",
    "METRICS",
    "OURS",
    "REPORT_FILE",
    "SCHEMA",
    "Bin",
    "Calibration",
    "Comparison",
    "EvalResult",
    "Figure",
    "Pair",
    "ScoredDocument",
    "Standing",
]


@dataclass(frozen=True)
class Figure:
    """The value of one metric in one slice.

    Attributes:
        metric: name of a `Metric`.
        group: how all was cut (`scan`, `type`, …; `all` for everything).
        name: which part of it (`office`; `all` for everything).
        value: None where it is undefined.
        low, high: percentile interval of 95 %; None where fewer than two base documents are in the slice.
        counts: what the value was computed from; None for the metrics of calibration.
    """

    metric: str
    group: str
    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    counts: Counts | Share | None = None

    def as_dict(self) -> dict[str, float | None]:
        """Return the figure for `report.json`."""
        counts = {} if self.counts is None else self.counts.as_dict()
        return {"value": self.value, "low": self.low, "high": self.high, **counts}


@dataclass(frozen=True)
class Bin:
    """Predicted records whose confidence lies in [`low`, `high`) (the last bin: and 1).

    `confidence` is their mean confidence and `right` the share of them that is right.
    """

    low: float
    high: float
    records: int
    confidence: float
    right: float


@dataclass(frozen=True)
class Calibration:
    """How far confidence can be believed.

    Attributes:
        bins: the reliability diagram; empty bins are left out.
        curve: (coverage, risk): the share of records that is kept, surest first, and the share of these
            that is wrong.
    """

    bins: tuple[Bin, ...]
    curve: tuple[tuple[float, float], ...]

    def as_dict(self) -> dict[str, Any]:
        """Return bins and curve for `report.json`."""
        return {"bins": [dict(vars(part)) for part in self.bins], "curve": [list(p) for p in self.curve]}


@dataclass(frozen=True)
class ScoredDocument:
    """One gold document, or one source of public table truth, and whether there was a prediction for it.

    Attributes:
        name: of the gold folder.
        base: the document without its state of the paper; all states of one are drawn together.
        sha256: of `gold.json`.
        family: documents of one family print their tables in the same form.
        scan: the state of the paper.
    """

    name: str
    base: str
    sha256: str
    family: str
    scan: str
    predicted: bool


@dataclass(frozen=True)
class Pair:
    """A gold document beside what was read; `predicted` and its `folder` are None where nothing was."""

    gold: GoldDocument
    predicted: Document | None
    folder: Path | None


@dataclass(frozen=True)
class Standing:
    """The figures of one program on the documents of a comparison; `name` is `yusuan` or the peer's."""

    name: str
    figures: tuple[Figure, ...]

    def figure(self, metric: str, group: str = "all", name: str = "all") -> Figure | None:
        """Return one figure, or None where it was not measured."""
        keys = (metric, group, name)
        return next((f for f in self.figures if (f.metric, f.group, f.name) == keys), None)


@dataclass(frozen=True)
class Comparison:
    """Programs side by side on the documents that all of them read.

    Attributes:
        standings: ours first.
        documents: names of the documents compared.
        excluded: names of those left out, because a peer in this comparison did not read them.
    """

    standings: tuple[Standing, ...]
    documents: tuple[str, ...]
    excluded: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison for `report.json`."""
        return {
            "documents": list(self.documents),
            "excluded": list(self.excluded),
            "standings": {one.name: nested(one.figures) for one in self.standings},
        }


@dataclass(frozen=True)
class EvalResult:
    """The outcome of one evaluation.

    Attributes:
        truth: `gold` documents, or public `tables`.
        digest: SHA-256 over the name and the SHA-256 of every gold document.
        documents: every gold document, by name.
        figures: every metric in every slice, in the order of `METRICS` and `GROUPS`.
        calibration: None where no prediction has a confidence.
        comparisons: with peers; those that read the same documents stand in one.
        unpaired: source paths of predictions that no gold document has; they are not scored.
        notes: what a reader must know, such as a metric whose library is missing.
        falls: what stands below the baseline by more than its tolerance; empty without a baseline.
        pairs: documents as they were compared, for the gallery of errors; not in `report.json`.
    """

    truth: Literal["gold", "tables"]
    digest: str
    documents: tuple[ScoredDocument, ...]
    figures: tuple[Figure, ...]
    calibration: Calibration | None = None
    comparisons: tuple[Comparison, ...] = ()
    unpaired: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    falls: tuple[Fall, ...] = ()
    pairs: tuple[Pair, ...] = field(default=(), repr=False, compare=False)

    @cached_property
    def _by_key(self) -> dict[tuple[str, str, str], Figure]:
        return {(figure.metric, figure.group, figure.name): figure for figure in self.figures}

    def figure(self, metric: str, group: str = "all", name: str = "all") -> Figure | None:
        """Return one figure, or None where it was not measured."""
        return self._by_key.get((metric, group, name))

    def value(self, metric: str, group: str = "all", name: str = "all") -> float | None:
        """Return the value of one figure, or None where it is undefined or was not measured."""
        figure = self.figure(metric, group, name)
        return None if figure is None else figure.value

    def names(self, group: str) -> tuple[str, ...]:
        """Return the parts of a cut that have figures, in the order of reports."""
        return tuple(dict.fromkeys(figure.name for figure in self.figures if figure.group == group))

    def as_dict(self) -> dict[str, Any]:
        """Return what stands in `report.json`."""
        return {
            "schema": SCHEMA,
            "truth": self.truth,
            "gold": {
                "digest": self.digest,
                "documents": {document.name: document.sha256 for document in self.documents},
            },
            "missing": [document.name for document in self.documents if not document.predicted],
            "unpaired": list(self.unpaired),
            "notes": list(self.notes),
            "figures": nested(self.figures),
            "calibration": None if self.calibration is None else self.calibration.as_dict(),
            "comparisons": [comparison.as_dict() for comparison in self.comparisons],
            "falls": [fall.as_dict() for fall in self.falls],
        }


def nested(figures: tuple[Figure, ...]) -> dict[str, Mapping[str, Any]]:
    """Return metric → group → name → figure, as in `report.json`."""
    tree: dict[str, dict[str, dict[str, Any]]] = {}
    for figure in figures:
        tree.setdefault(figure.metric, {}).setdefault(figure.group, {})[figure.name] = figure.as_dict()
    return dict(tree)
