"""`report.html`: one file that a person can read, from the headline to the crops of single errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from yusuan.eval.errors.kinds import ErrorCase
from yusuan.eval.report.charts import bar, reliability, risk_curve
from yusuan.eval.report.gallery import errors_section
from yusuan.eval.report.parts import Row, Td, count, interval, percent, table
from yusuan.eval.result import GROUPS, METRIC, METRICS, Comparison, EvalResult, Figure
from yusuan.extraction.exports.folder import write_text

# What stands out in the headline, and what a slice is judged by, where it was measured.
LEAD = ("fields", "records", "amounts")
SLICED = (
    *("fields", "records", "amounts", "accepted_fields", "coverage"),
    *("tables_iou80", "cells", "texts", "cer"),
)
# Names in a notice; all of them stand in report.json.
MOST_NAMED = 10
# Cuts that are opened from the start; the others are a click away.
OPEN = frozenset({"type", "scan", "family", "source"})


def html_report(result: EvalResult, cases: Sequence[ErrorCase], path: Path) -> None:
    """Write the report as one HTML file that needs no network and no script.

    Args:
        result: of an evaluation.
        cases: every error, from `errors.gallery`; may be empty.
        path: of the file.

    Raises:
        OutputError: it cannot be written.
    """
    sections = [
        ("figures", "Figures", "".join(_headline(result))),
        ("peers", "Beside other programs", "".join(_peers(result))),
        ("slices", "Slices", "".join(_slices(result))),
        ("confidence", "Confidence", "".join(_confidence(result))),
        ("errors", "Errors by kind", "".join(errors_section(cases))),
    ]
    shown = [(key, title, body) for key, title, body in sections if body]
    links = "".join(f'<li><a href="#{key}">{title}</a></li>' for key, title, _ in shown)
    style = files("yusuan.eval.report").joinpath("report.css").read_text("utf-8")
    body = "\n".join(
        f'<section id="{key}" aria-labelledby="{key}-title"><h2 id="{key}-title">{title}</h2>{part}</section>'
        for key, title, part in shown
    )
    text = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Evaluation</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{style}</style></head>\n"
        '<body><a class="skip" href="#figures">Skip to the figures</a>\n'
        f"<header><h1>Evaluation</h1>{''.join(_about(result))}"
        f'<nav aria-label="Parts of this report"><ul>{links}</ul></nav></header>\n'
        f"<main>{body}</main></body></html>\n"
    )
    write_text(path, text)


def _about(result: EvalResult) -> Iterator[str]:
    bases = len({document.base for document in result.documents})
    what = "gold documents" if result.truth == "gold" else "sources of public table truth"
    yield (
        f'<p class="about">{len(result.documents)} {what}, {bases} of them different; digest '
        f"<code>{escape(result.digest[:16])}</code>. Figures are percentages. Intervals of 95 % come from "
        "drawing documents again, all states of the paper of one document together.</p>"
    )
    missing = [document.name for document in result.documents if not document.predicted]
    notices = [f"Below the baseline: {fall}" for fall in result.falls]
    if missing:
        notices.append(f"Not predicted, all of it counts as missed: {_named(missing)}")
    if result.unpaired:
        notices.append(f"No gold, not scored: {_named(result.unpaired)}")
    for notice in [*notices, *result.notes]:
        yield f'<p class="notice">{escape(notice)}</p>'


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _headline(result: EvalResult) -> Iterator[str]:
    measured = [m for m in METRICS if m.reading != "own" and result.figure(m.name)]
    leading = [m for m in measured if m.name in LEAD]
    rows = []
    for metric in [*leading, *(m for m in measured if m not in leading)]:
        figure = result.figure(metric.name)
        assert figure is not None
        rows.append(
            (
                metric.title if metric.rising else f"{metric.title} (less is better)",
                percent(figure.value),
                interval(figure),
                Td(bar(figure.value, figure.low, figure.high)),
                *_counted(figure),
            )
        )
    yield table(("", "value", "95 %", "", "count", "of", "of said"), rows, lead_rows=len(leading))


def _counted(figure: Figure) -> tuple[str, str, str]:
    """What a value was computed from: how many are right, of how many in gold and how many said."""
    counts = {} if figure.counts is None else figure.counts.as_dict()
    if "tp" in counts:
        tp, fp, fn = (counts[name] or 0 for name in ("tp", "fp", "fn"))
        return count(tp), count(tp + fn), count(tp + fp)
    if "whole" in counts:
        return count(counts["part"] or 0), count(counts["whole"] or 0), ""
    return "", "", ""


def _peers(result: EvalResult) -> Iterator[str]:
    for comparison in result.comparisons:
        names = [standing.name for standing in comparison.standings]
        caption = f"On the {len(comparison.documents)} documents that all of these read"
        if comparison.excluded:
            caption += f"; {len(comparison.excluded)} left out"
        yield table(("", *names), list(_compared_programs(comparison)), caption)


def _compared_programs(comparison: Comparison) -> Iterator[tuple[str | Td, ...]]:
    for metric in METRICS:
        figures = [standing.figure(metric.name) for standing in comparison.standings]
        values = [f.value for f in figures if f is not None and f.value is not None]
        # One value alone compares nothing.
        if metric.reading == "own" or len(values) < 2:
            continue
        best = max(values) if metric.rising else min(values)
        yield (metric.title, *(_program(figure, best) for figure in figures))


def _program(figure: Figure | None, best: float) -> Td:
    if figure is None or figure.value is None:
        return Td("–")
    spread = interval(figure)
    small = f' <span class="small">{spread}</span>' if spread else ""
    return Td(percent(figure.value) + small, "best" if figure.value == best else "")


def _slices(result: EvalResult) -> Iterator[str]:
    for group in GROUPS[1:]:
        names = result.names(group)
        measured = [name for name in SLICED if any(result.figure(name, group, part) for part in names)]
        if not measured:
            continue
        leading = measured[0]
        rows: list[Row] = []
        for part in names:
            first = result.figure(leading, group, part)
            others = [percent(result.value(name, group, part)) for name in measured[1:]]
            right, gold, _ = _counted(first) if first else ("", "", "")
            value = percent(first.value if first else None)
            drawn = bar(first.value, first.low, first.high) if first else ""
            rows.append((part, value, interval(first), Td(drawn), f"{right} / {gold}", *others))
        columns = (
            "",
            METRIC[leading].title,
            "95 %",
            "",
            "count / of",
            *(METRIC[n].title for n in measured[1:]),
        )
        opened = " open" if group in OPEN else ""
        yield (
            f"<details{opened}><summary>By {escape(group)} "
            f'<span class="small">({len(names)})</span></summary>'
            f"{table(columns, rows)}</details>"
        )


def _confidence(result: EvalResult) -> Iterator[str]:
    if result.calibration is None:
        return
    rows = [
        (metric.title, percent(figure.value), interval(figure))
        for metric in METRICS
        if metric.reading == "own" and (figure := result.figure(metric.name))
    ]
    yield "<p>What a confidence is worth: how often records as sure as that are right in every field, and "
    yield "how many records could go through unseen at a given share of wrong ones.</p>"
    yield f'<div class="plots">{reliability(result.calibration.bins)}{risk_curve(result.calibration.curve)}'
    yield f"<div>{table(('', 'value', '95 %'), rows)}</div></div>"
