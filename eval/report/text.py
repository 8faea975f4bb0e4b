"""The outcome of an evaluation for a person: short for a terminal, and `report.md` with every slice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from yusuan.eval.measures import GROUPS, METRIC, METRICS, Metric
from yusuan.eval.metrics.counts import Counts, Share
from yusuan.eval.report.tables import markdown_table, plain_table
from yusuan.eval.result import Comparison, EvalResult, Figure, Standing

HEADLINE = ("", "value", "95 %", "precision", "recall", "of")
# What a slice is judged by: metric and a short head for its column.
SLICED = {
    "fields": "fields",
    "records": "records",
    "amounts": "amounts",
    "tables_iou80": "tables",
    "cells": "cells",
    "spans": "merged",
    "texts": "texts",
    "numbers": "numbers",
    "cer": "CER",
}
# Cuts that stand on the terminal; all others are in report.md.
SHOWN = ("scan", "family", "source")
# So many falls and notes stand on the terminal.
MANY = 20

Row = tuple[str, ...]


def terminal(result: EvalResult) -> str:
    """Return the report for a terminal: what was measured, the headline, the main slices, peers, notes."""
    parts = [about(result), plain_table(HEADLINE, headline(result))]
    parts += [plain_table(columns, rows) for group in SHOWN for columns, rows in _slice_tables(result, group)]
    if result.comparisons:
        parts.append(plain_table(*comparison_table(result, with_interval=False)))
    told = list(notes(result))
    if len(told) > MANY:
        told = [*told[:MANY], f"{len(told) - MANY} more such lines are in report.md."]
    return "\n\n".join([*parts, *(["\n".join(told)] if told else [])]) + "\n"


def markdown(result: EvalResult) -> str:
    """Return what stands in `report.md`: the same, and every slice."""
    parts = ["# Evaluation", about(result), *_as_list(notes(result))]
    parts += ["## Figures", markdown_table(HEADLINE, headline(result))]
    if result.comparisons:
        parts += [
            "## Beside other programs",
            markdown_table(*comparison_table(result, with_interval=True)),
            *_as_list(_left_out(result)),
        ]
    for group in GROUPS[1:]:
        for columns, rows in _slice_tables(result, group):
            parts += [f"## By {group}", markdown_table(("", *columns[1:]), rows)]
    return "\n\n".join(parts) + "\n"


def about(result: EvalResult) -> str:
    """Return what was scored, in a line."""
    what = "gold documents" if result.truth == "gold" else "pages of public table truth"
    bases = len({document.base for document in result.documents})
    missing = sum(not document.predicted for document in result.documents)
    told = f"{len(result.documents)} {what} ({bases} different), digest {result.digest[:12]}"
    return f"{told}; {missing} not predicted, all of it counts as missed" if missing else told


def headline(result: EvalResult) -> Iterator[Row]:
    """Yield one row for each metric that was measured, in percent."""
    for metric in METRICS:
        figure = result.figure(metric.name)
        if figure is not None and figure.value is not None:
            yield _title(metric), percent(figure.value), interval(figure), *_counted(figure)


def _title(metric: Metric) -> str:
    return metric.title if metric.rising else f"{metric.title} (less is better)"


def _counted(figure: Figure) -> tuple[str, str, str]:
    """Return precision, recall and the number of things in the truth (of a share: the whole)."""
    counts = figure.counts
    if isinstance(counts, Counts):
        return percent(counts.precision), percent(counts.recall), _number(counts.tp + counts.fn)
    return "", "", _number(counts.whole) if isinstance(counts, Share) else ""


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _slice_tables(result: EvalResult, group: str) -> Iterator[tuple[Row, list[Row]]]:
    """Yield the table of one cut; nothing where it was not made. Fields have columns of their own."""
    names = result.names(group)
    if not names:
        return
    if group == "field":
        columns: Row = ("by field", *HEADLINE[1:])
        yield columns, [_field_row(name, result.figure("fields", "field", name)) for name in names]
        return
    measured = [metric for metric in SLICED if any(result.figure(metric, group, name) for name in names)]
    rows = [(name, *(percent(result.value(m, group, name)) for m in measured)) for name in names]
    yield (f"by {group}", *(SLICED[metric] for metric in measured)), rows


def _field_row(name: str, figure: Figure | None) -> Row:
    if figure is None:
        return (name, "-", "", "", "", "")
    return name, percent(figure.value), interval(figure), *_counted(figure)


def comparison_table(result: EvalResult, with_interval: bool) -> tuple[Row, list[Row]]:
    """Return columns and rows of the one table that sets programs side by side.

    For each set of documents, a heading that says how many there are, all metrics, and the main ones by state
    of the paper. A program stands in the sets that it read; elsewhere it has `-`.
    """
    names = list(dict.fromkeys(one.name for c in result.comparisons for one in c.standings))
    rows = [row for c in result.comparisons for row in _compared(c, names, _things(result), with_interval)]
    return ("beside other programs", *names), rows


def _things(result: EvalResult) -> str:
    return "documents" if result.truth == "gold" else "pages"


def _compared(
    comparison: Comparison, names: Sequence[str], things: str, with_interval: bool
) -> Iterator[Row]:
    heading = f"on {len(comparison.documents)} {things}"
    if comparison.excluded:
        heading += f" ({len(comparison.excluded)} left out for all: a program did not read them)"
    yield (heading,)
    standings = {one.name: one for one in comparison.standings}

    def row(title: str, metric: str, group: str = "all", name: str = "all") -> Row | None:
        figures = [
            standings[program].figure(metric, group, name) if program in standings else None
            for program in names
        ]
        if all(figure is None or figure.value is None for figure in figures):
            return None
        return title, *(_side(figure, with_interval) for figure in figures)

    rows = [row(_title(metric), metric.name) for metric in METRICS if metric.reading != "own"]
    for group in ("scan", "source"):
        parts = _names(comparison.standings, group)
        if len(parts) > 1:
            rows += [
                row(f"{part}: {METRIC[metric].title}", metric, group, part)
                for part in parts
                for metric in ("fields", "amounts", "cells")
            ]
    yield from (one for one in rows if one)


def _left_out(result: EvalResult) -> Iterator[str]:
    for comparison in result.comparisons:
        if comparison.excluded:
            yield (
                f"Left out of the comparison on {len(comparison.documents)} {_things(result)}: "
                f"{', '.join(comparison.excluded)}."
            )


def _names(standings: Sequence[Standing], group: str) -> list[str]:
    found = [figure.name for one in standings for figure in one.figures if figure.group == group]
    return list(dict.fromkeys(name for name in found if name))


def _side(figure: Figure | None, with_interval: bool) -> str:
    if figure is None:
        return "-"
    spread = interval(figure) if with_interval else ""
    return f"{percent(figure.value)} {spread}".rstrip()


def notes(result: EvalResult) -> Iterator[str]:
    """Yield what needs attention, the gate first."""
    for fall in result.falls:
        yield f"Below the baseline: {fall}."
    for document in result.documents:
        if not document.predicted:
            yield f"{document.name} was not predicted: all of it counts as missed."
    for path in result.unpaired:
        yield f"{path} has no gold and was not scored."
    yield from result.notes


def _as_list(lines: Iterable[str]) -> list[str]:
    told = [f"- {line}" for line in lines]
    return ["\n".join(told)] if told else []


def percent(value: float | None) -> str:
    """Return a ratio in percent, `-` where it is undefined."""
    return "-" if value is None else f"{100 * value:.2f}"


def interval(figure: Figure) -> str:
    """Return the interval of a figure in percent; nothing where it has none."""
    if figure.low is None or figure.high is None:
        return ""
    return f"[{100 * figure.low:.1f}, {100 * figure.high:.1f}]"
