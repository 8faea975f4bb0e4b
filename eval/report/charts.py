"""Drawings of figures as inline SVG: bars with intervals, a reliability diagram, risk against coverage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from yusuan.eval.result import Bin

SIDE, MARGIN = 240, 44
BAR, BAR_HEIGHT = 150, 14
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
# Upper ends of the axis of risk: the smallest that holds the curve.
RISK_AXES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


def bar(value: float | None, low: float | None = None, high: float | None = None) -> str:
    """Return a bar from 0 to `value` (0..1), with its interval as a line; nothing without a value."""
    if value is None:
        return ""
    middle = BAR_HEIGHT / 2
    parts = [
        f'<rect class="track" width="{BAR}" height="{BAR_HEIGHT}"/>',
        f'<rect class="bar" width="{BAR * _bounded(value):.1f}" height="{BAR_HEIGHT}"/>',
    ]
    if low is not None and high is not None:
        x0, x1 = (BAR * _bounded(end) for end in (low, high))
        parts.append(f'<path class="whisker" d="M{x0:.1f} {middle}H{x1:.1f}M{x0:.1f} 3v8M{x1:.1f} 3v8"/>')
    return (
        f'<svg class="inline" viewBox="0 0 {BAR} {BAR_HEIGHT}" width="{BAR}" height="{BAR_HEIGHT}" '
        f'aria-hidden="true">{"".join(parts)}</svg>'
    )


def _bounded(value: float) -> float:
    return min(1.0, max(0.0, value))


def reliability(bins: Sequence[Bin]) -> str:
    """Return the reliability diagram: share of records that is right against confidence, by bin."""
    most = max((part.records for part in bins), default=1)
    marks = []
    for part in bins:
        told = f"confidence {part.confidence:.3f}: {part.right:.1%} of {part.records} records right"
        x, y = _x(part.confidence), _y(part.right)
        marks.append(
            f'<path class="gap" d="M{x:.1f} {y:.1f}V{_y(part.confidence):.1f}"/>'
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{3 + 6 * (part.records / most) ** 0.5:.1f}">'
            f"<title>{escape(told)}</title></circle>"
        )
    ideal = f'<path class="ideal" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>'
    return _plot(
        "Share of records that is right, by confidence",
        ("confidence", "share right"),
        [f"{tick:.2f}" for tick in TICKS],
        [ideal, *marks],
    )


def risk_curve(curve: Sequence[tuple[float, float]]) -> str:
    """Return risk against coverage: the share wrong among the records that are kept, the surest first."""
    top = max((risk for _, risk in curve), default=0.0)
    axis = next((end for end in RISK_AXES if end >= top), 1.0)
    points = " ".join(f"{_x(coverage):.1f},{_y(risk / axis):.1f}" for coverage, risk in curve)
    return _plot(
        "Share wrong among the surest records",
        ("coverage: share of records kept", "share wrong"),
        [f"{100 * axis * tick:.3g} %" for tick in TICKS],
        [f'<polyline class="curve" points="{points}"/>'],
    )


def _x(share: float) -> float:
    return MARGIN + SIDE * _bounded(share)


def _y(share: float) -> float:
    return 12 + SIDE * (1 - _bounded(share))


def _plot(title: str, axes: tuple[str, str], y_labels: Sequence[str], marks: Iterable[str]) -> str:
    grid, labels = [], []
    for tick, label in zip(TICKS, y_labels, strict=True):
        grid.append(f"M{_x(tick)} {_y(0)}V{_y(1)}M{_x(0)} {_y(tick)}H{_x(1)}")
        labels.append(f'<text x="{_x(tick)}" y="{_y(0) + 16}" text-anchor="middle">{tick:.2f}</text>')
        labels.append(f'<text x="{_x(0) - 6}" y="{_y(tick) + 4}" text-anchor="end">{label}</text>')
    middle = 12 + SIDE / 2
    labels.append(f'<text x="{_x(0.5)}" y="{_y(0) + 34}" text-anchor="middle">{escape(axes[0])}</text>')
    width, height = MARGIN + SIDE + 16, SIDE + 56
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg class="plot" role="img" '
        f'aria-label="{escape(title)}: {escape(axes[1])} against {escape(axes[0])}" '
        f'viewBox="0 0 {width} {height}" width="{width * 1.25:.0f}" height="{height * 1.25:.0f}">'
        f'<path class="grid" d="{"".join(grid)}"/>{"".join(labels)}'
        f'<text text-anchor="middle" transform="translate(9 {middle}) rotate(-90)">'
        f"{escape(axes[1])}</text>{''.join(marks)}</svg></figure>"
    )
