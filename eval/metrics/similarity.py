"""GriTS and TEDS of one table against another, by the libraries that others measure with.

Both come with the extra `eval`; without them nothing is measured. Tables are brought to one form first: text
is canonical, every place that no cell covers is a blank cell, and there is neither `th` nor `thead`,
since a program that marks no headers has not misread the grid.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import Any

from yusuan.eval.metrics.counts import Counts, Share
from yusuan.eval.metrics.grids import Grid, GridCell, Place, TablePair

GRITS_PACKAGE, TEDS_PACKAGE = "grits", "docling_metrics_table"

# Relative span of a cell that is not merged: (x0, y0, x1, y1) in places of the grid, from the place itself.
_SINGLE = (0, 0, 1, 1)

Rows = tuple[tuple[Any, ...], ...]


@cache
def is_installed(package: str) -> bool:
    """Return whether a package can be imported."""
    return find_spec(package) is not None


def missing_notes() -> list[str]:
    """Return a note for each library that is not installed."""
    wanted = {GRITS_PACKAGE: ("GriTS", "grits-metric"), TEDS_PACKAGE: ("TEDS", "docling-metrics-table")}
    return [
        f"{metric} was not measured: {package} is not installed (pip install 'yusuan[eval]')."
        for module, (metric, package) in wanted.items()
        if not is_installed(module)
    ]


def grits_counts(pair: TablePair, content: bool = True) -> dict[str, Counts]:
    """Return GriTS of structure and, where the truth has text, of content (Smock et al. 2022).

    True positives are the similarity, summed over the places of the grid that correspond. Summed over many
    tables, their F1 is what grits-metric recommends. Empty without the library.

    Args:
        pair: a gold table and its prediction; one of them may be missing.
        content: whether a table that is none counts against the content: not where the truth has no text.
    """
    if not is_installed(GRITS_PACKAGE):
        return {}
    true, said = _places(pair.gold), _places(pair.predicted)
    known = content if pair.gold is None else has_text(pair.gold)
    wanted = ("grits_top", "grits_con") if known else ("grits_top",)
    scores = {metric: _grits(metric, pair.gold, pair.predicted) for metric in wanted}
    return {metric: Counts(score, said - score, true - score) for metric, score in scores.items()}


def _grits(metric: str, gold: Grid | None, predicted: Grid | None) -> float:
    if gold is None or predicted is None or not _places(gold) or not _places(predicted):
        return 0.0
    if _is_equal(gold, predicted, structure_only=metric == "grits_top"):
        return float(_places(gold))
    if metric == "grits_top":
        return _matched(metric, _spans(gold), _spans(predicted))
    return _matched(metric, _texts(gold), _texts(predicted))


# The states of one document are often read with the same errors, and an alignment takes up to seconds.
@lru_cache(maxsize=4096)
def _matched(metric: str, gold: Rows, predicted: Rows) -> float:
    from grits import grits_con_matching, grits_top_matching

    match = grits_top_matching if metric == "grits_top" else grits_con_matching
    return float(match(gold, predicted).true_positive_score)


def _is_equal(gold: Grid, predicted: Grid, structure_only: bool) -> bool:
    """Return whether nothing need be computed, as for most tables that were read well."""
    if (gold.n_rows, gold.n_cols) != (predicted.n_rows, predicted.n_cols):
        return False
    if gold.by_place.keys() != predicted.by_place.keys():
        return False
    return structure_only or all(predicted.by_place[c.place].text == c.text for c in gold.cells)


def _places(grid: Grid | None) -> int:
    return grid.n_rows * grid.n_cols if grid else 0


def has_text(grid: Grid) -> bool:
    """Return whether the text of every cell is known; public truth often has boxes only."""
    return all(cell.text is not None for cell in grid.cells)


def _filled(grid: Grid, blank: Any, value: Callable[[GridCell, int, int], Any]) -> Rows:
    rows = [[blank] * grid.n_cols for _ in range(grid.n_rows)]
    for cell in grid.cells:
        row, col, rowspan, colspan = cell.place
        for i in range(row, row + rowspan):
            for j in range(col, col + colspan):
                rows[i][j] = value(cell, i, j)
    return tuple(map(tuple, rows))


def _spans(grid: Grid) -> Rows:
    def relative(cell: GridCell, i: int, j: int) -> Place:
        row, col, rowspan, colspan = cell.place
        return col - j, row - i, col + colspan - j, row + rowspan - i

    return _filled(grid, _SINGLE, relative)


def _texts(grid: Grid) -> Rows:
    return _filled(grid, "", lambda cell, i, j: cell.text or "")


def teds_shares(pair: TablePair) -> dict[str, Share]:
    """Return how alike a gold table and its prediction are as trees (Zhong et al. 2020).

    0 for a gold table that was not found; a table that is none is left to detection. The library counts
    the text of a cell as right or wrong, where the paper takes the share of characters. Empty without it.
    """
    if pair.gold is None or not is_installed(TEDS_PACKAGE):
        return {}
    wanted = ("teds", "teds_s") if has_text(pair.gold) else ("teds_s",)
    return {metric: Share(_teds(metric, pair.gold, pair.predicted), 1) for metric in wanted}


def _teds(metric: str, gold: Grid, predicted: Grid | None) -> float:
    if predicted is None or not _places(predicted):
        return 0.0
    structure_only = metric == "teds_s"
    if _is_equal(gold, predicted, structure_only):
        return 1.0
    from docling_metrics_table import TableMetricHTMLInputSample

    sample = TableMetricHTMLInputSample(
        id="", html_a=_as_html(gold), html_b=_as_html(predicted), structure_only=structure_only
    )
    return float(_table_metric().evaluate_sample(sample).teds.teds)


@cache
def _table_metric() -> Any:
    from docling_metrics_table.docling_metrics_table import TableMetric, TableMetricKind

    return TableMetric(metrics=[TableMetricKind.TEDS])


def _as_html(grid: Grid) -> str:
    starts: dict[tuple[int, int], GridCell | None] = {
        (row, col): None for row in range(grid.n_rows) for col in range(grid.n_cols)
    }
    for cell in grid.cells:
        row, col, rowspan, colspan = cell.place
        for i in range(row, row + rowspan):
            for j in range(col, col + colspan):
                starts.pop((i, j), None)
        starts[row, col] = cell
    rows: list[list[str]] = [[] for _ in range(grid.n_rows)]
    for (row, _), start in sorted(starts.items()):
        rows[row].append(_as_td(start))
    return "<table>" + "".join(f"<tr>{''.join(row)}</tr>" for row in rows) + "</table>"


def _as_td(cell: GridCell | None) -> str:
    if cell is None:
        return "<td></td>"
    _, _, rowspan, colspan = cell.place
    # Control characters cannot stand in HTML at all.
    text = "".join(c for c in cell.text or "" if unicodedata.category(c)[0] != "C")
    return f'<td rowspan="{rowspan}" colspan="{colspan}">{html.escape(text)}</td>'
