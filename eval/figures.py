"""From the counts of documents to figures with intervals."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from yusuan.eval.metrics.bootstrap import draw, interval, ratios
from yusuan.eval.metrics.calibration import (
    Confidences,
    bins,
    calibration_errors,
    curve,
    gaps_to_errors,
    risk_and_coverage,
)
from yusuan.eval.metrics.canonical import FIELD_ORDER
from yusuan.eval.metrics.counts import Counts, Share
from yusuan.eval.result import GROUPS, METRIC, METRICS, Calibration, Figure, ScoredDocument
from yusuan.eval.slices import BUCKETS
from yusuan.eval.tally import EVERYTHING, Cut, Judged, Key, Tally

_METRIC_ORDER = {metric.name: k for k, metric in enumerate(METRICS)}
_NAME_ORDER = {name: k for k, name in enumerate((*FIELD_ORDER, *BUCKETS))}


@dataclass(frozen=True)
class Scored:
    """A gold document and what it adds to every metric."""

    document: ScoredDocument
    tally: Tally


def reading_order(key: Key) -> tuple[int, int, int, str]:
    """Metrics and groups as in reports, fields as in the contract, buckets from small to large."""
    metric, group, name = key
    return _METRIC_ORDER[metric], GROUPS.index(group), _NAME_ORDER.get(name, len(_NAME_ORDER)), name


def figures(scored: Sequence[Scored], groups: Collection[str] = GROUPS) -> tuple[Figure, ...]:
    """Return every metric in every slice of some groups; a metric without counts is undefined.

    The same base documents are drawn for all slices and metrics, so that figures can be compared.
    """
    bases = {base: k for k, base in enumerate(sorted({one.document.base for one in scored}))}
    drawn = draw(len(bases)) if bases else np.zeros((0, 0))
    sums: dict[Key, np.ndarray] = {}
    seen: dict[Key, set[int]] = {}
    for one in scored:
        base = bases[one.document.base]
        for key, values in one.tally.sums.items():
            if key[1] in groups:
                sums.setdefault(key, np.zeros((len(bases), len(values))))[base] += values
                seen.setdefault(key, set()).add(base)
    found = {key: _figure(key, sums[key], drawn, len(seen[key]) > 1) for key in sums}
    for own in (_calibration_figures, _field_calibration):
        found |= {figure_key(figure): figure for figure in own(scored, bases, drawn, groups)}
    for metric in METRICS:
        found.setdefault((metric.name, *EVERYTHING), Figure(metric.name, *EVERYTHING, None))
    return tuple(found[key] for key in sorted(found, key=reading_order))


def figure_key(figure: Figure) -> Key:
    """Return metric, group and name of a figure."""
    return figure.metric, figure.group, figure.name


def _figure(key: Key, sums: np.ndarray, drawn: np.ndarray, several: bool) -> Figure:
    metric, group, name = key
    reading = METRIC[metric].reading
    values = [_plain(value) for value in sums.sum(axis=0)]
    counts = Share(*values) if reading == "share" else Counts(*values)
    low, high = (several and interval(ratios(reading, drawn @ sums))) or (None, None)
    return Figure(metric, group, name, getattr(counts, reading), low, high, counts)


def _plain(value: float) -> float:
    """Return a whole number as such: counts are read by people."""
    return int(value) if float(value).is_integer() else float(value)


def _calibration_figures(
    scored: Sequence[Scored], bases: dict[str, int], drawn: np.ndarray, groups: Collection[str]
) -> Iterable[Figure]:
    records, judged = _confidences(scored, bases)
    if not judged:
        return
    # The first row is the value itself: every document once. The others are the resamples.
    weights = np.vstack([np.ones(len(bases)), drawn])
    for cut, index in _by_cut(judged, groups).items():
        part = records.take(np.array(index))
        selection = risk_and_coverage(part, weights)
        measured = {
            "ece": calibration_errors(part, weights),
            "aurc": selection.aurc,
            "risk_50": selection.risks[:, 0],
            "risk_80": selection.risks[:, 1],
            "risk_90": selection.risks[:, 2],
            "risk_100": selection.risks[:, 3],
            "coverage_99": selection.coverage,
        }
        several = len(np.unique(part.base)) > 1
        for metric, values in measured.items():
            low, high = (several and interval(values[1:])) or (None, None)
            yield Figure(metric, *cut, float(values[0]), low, high)


def _field_calibration(
    scored: Sequence[Scored], bases: dict[str, int], drawn: np.ndarray, groups: Collection[str]
) -> Iterable[Figure]:
    gaps: dict[Cut, np.ndarray] = {}
    for one in scored:
        for cut, own in one.tally.field_gaps.items():
            if cut[0] in groups:
                gaps.setdefault(cut, np.zeros((len(bases), *own.shape)))[bases[one.document.base]] += own
    weights = np.vstack([np.ones(len(bases)), drawn])
    for cut, found in gaps.items():
        sizes = found[:, :, 1].sum(axis=1)
        values = gaps_to_errors(found[:, :, 0], sizes, weights)
        low, high = (np.count_nonzero(sizes) > 1 and interval(values[1:])) or (None, None)
        yield Figure("ece_fields", *cut, float(values[0]), low, high)


def calibration(scored: Sequence[Scored]) -> Calibration | None:
    """Return the reliability diagram and the curve of risk and coverage, or None without confidences."""
    records, judged = _confidences(scored, {one.document.base: 0 for one in scored})
    return Calibration(bins(records), curve(records)) if judged else None


def _confidences(scored: Sequence[Scored], bases: dict[str, int]) -> tuple[Confidences, list[Judged]]:
    judged = [(bases[one.document.base], record) for one in scored for record in one.tally.judged]
    records = Confidences(
        np.array([record.confidence for _, record in judged], float),
        np.array([record.right for _, record in judged], bool),
        np.array([base for base, _ in judged], int),
    )
    return records, [record for _, record in judged]


def _by_cut(judged: Sequence[Judged], groups: Collection[str]) -> dict[Cut, list[int]]:
    found: dict[Cut, list[int]] = {}
    for k, record in enumerate(judged):
        for cut in record.cuts:
            if cut[0] in groups:
                found.setdefault(cut, []).append(k)
    return found
