"""How surely there is a border along each edge of a grid, by what is printed, seen and written beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from yusuan.extraction.tables.decode import TableText
from yusuan.extraction.tables.grid import Lines
from yusuan.extraction.tables.head_spans import with_head_spans

Strengths = tuple[np.ndarray, np.ndarray]

# A line is found along this share of its edges, or a rule is printed along this share of one of them.
_PART_OF_LINE, _WHOLE = 0.3, 0.95
# A line is sure that has an edge as sure as this: without a rule few are.
_SURE = 0.97
# A rule printed all along an edge parts two cells whatever the model says; the model alone must be
# sure (docs/design.md has the counts): what a rule adds, from which sum on there is a border, how steeply.
_PRINTED, _BORDER, _SHARPNESS = 0.7, 0.55, 8.0
# What counts against an edge without a rule, on a line that is ruled everywhere else.
_MISSING = 0.4
# What it counts for a border between columns that text stands on both sides, and none so surely touches it.
_BETWEEN, _TOUCHED = 0.3, 0.2
# A line is printed that has an edge as surely ruled as this. On any other there is a border from this sum on,
# but where text as sure as this crosses it; what an edge between blank squares counts; what it costs that
# a line begins or ends.
_PRINTED_EDGE, _IMPLIED, _CROSSED, _BLANK, _CHANGE, _CHANGE_AT_TEXT = 0.5, 0.45, 0.6, 0.1, 5.0, 1.0


class Weighed(NamedTuple):
    """How surely each horizontal and each vertical edge of a grid is ruled, and is a border.

    Where the model alone is asked, what it sees stands for both; `text` is None where it is not asked.
    """

    ruled: Strengths
    odds: Strengths
    text: TableText | None = None


class _Told(NamedTuple):
    """What text tells of the edges of one direction, arrays `(lines, edges)`.

    Attributes:
        crossed: text crosses an edge.
        between: what counts for a border because text stands on both sides and not on it.
        weight: how much an edge tells of its line: what parts two blank squares cannot be seen.
    """

    crossed: np.ndarray
    between: np.ndarray
    weight: np.ndarray


def _told(text: TableText) -> tuple[_Told, _Told]:
    """Return what text tells of horizontal and of vertical edges."""
    padded = np.pad(text.squares(), 1).astype(float)
    level = (padded[:-1, 1:-1] + padded[1:, 1:-1]) / 2
    upright = ((padded[1:-1, :-1] + padded[1:-1, 1:]) / 2).T
    nowhere = np.zeros(level.shape)
    between = _BETWEEN * ((upright == 1) & (text.across < _TOUCHED))
    return (
        _Told(nowhere > 0, nowhere, _BLANK + (1 - _BLANK) * level),
        _Told(text.across >= _CROSSED, between, _BLANK + (1 - _BLANK) * upright),
    )


def weigh_edges(
    model: Strengths, printed: Strengths, sealed: Strengths, cleaned: Strengths, text: TableText
) -> Weighed:
    """Weigh the edges of a grid by what the model sees and what is printed.

    What is printed under a seal may be the seal's own strokes: there the model decides alone. Where a seal
    was taken off, rules may have gone with it.

    Args:
        model: how surely each horizontal and each vertical edge is seen.
        printed: how surely it is ruled.
        sealed: how much of it the model sees under a seal.
        cleaned: how much of it lies where a seal was found.
        text: of the table.
    """
    across, down = (
        _border_odds(seen, ruled, (under, clean), told)
        for seen, ruled, under, clean, told in zip(model, printed, sealed, cleaned, _told(text), strict=True)
    )
    return Weighed(printed, (across, with_head_spans(down, printed[1], text)), text)


def _border_odds(
    seen: np.ndarray, ruled: np.ndarray, seals: tuple[np.ndarray, np.ndarray], told: _Told
) -> np.ndarray:
    """Return the probability of a border along each edge, `(lines, edges)`.

    A line that is printed nowhere goes on or is interrupted as a whole (`_chained`). A line
    that neither finds along some part of the table needs a rule along the whole of one edge: strokes beside
    a row or two are the stems of digits that stand under one another.
    """
    under, clean = seals
    # Of a line that is printed nearly everywhere, what is missing is missing for a reason, or under a seal.
    missing = _MISSING * ruled.mean(axis=1, keepdims=True) * (1 - ruled) * (1 - np.maximum(under, clean))
    ruled = ruled * (1 - under)
    printed = ruled.max(axis=1, keepdims=True) >= _PRINTED_EDGE
    odds = 1 / (1 + np.exp(-_SHARPNESS * (seen + _PRINTED * ruled - _BORDER - missing + told.between)))
    over = told.crossed
    implied = _chained(np.where(over, -1.0, told.weight * (seen + _PRINTED * ruled - _IMPLIED)), over)
    found = np.maximum(seen.mean(axis=1), ruled.mean(axis=1)) >= _PART_OF_LINE
    stray = ~found & (ruled.max(axis=1) < _WHOLE)
    odds[stray] = 0.0
    return np.where(printed, odds, implied)


def _chained(scores: np.ndarray, over: np.ndarray) -> np.ndarray:
    """Return how surely each edge of a line is a border where its neighbours on the line have a say.

    Along an implied line the model is sure of one edge and not of the next for no reason that can be seen,
    but it ends where a row of another kind begins. So each line is a chain of edges with two states, where
    a change of state costs `_CHANGE`, or `_CHANGE_AT_TEXT` beside text that crosses the line; the answer is
    the marginal of each edge, by forward and backward sums.

    Args:
        scores: `(lines, edges)`, what speaks for a border along each edge, below 0 against.
        over: `(lines, edges)`, text crosses the edge.
    """
    own = np.stack([-scores, scores], axis=-1) * _SHARPNESS  # (lines, edges, states)
    cost = np.where(over[:, 1:] | over[:, :-1], _CHANGE_AT_TEXT, _CHANGE)
    change = -_SHARPNESS * cost[..., None, None] * (1 - np.eye(2))  # (lines, edges - 1, states, states)

    def sums(parts: np.ndarray, change: np.ndarray) -> np.ndarray:
        carried = np.zeros_like(parts)
        for edge in range(1, parts.shape[1]):
            before = (carried + parts)[:, edge - 1, :, None] + change[:, edge - 1]
            carried[:, edge] = np.logaddexp.reduce(before, axis=1)
        return carried

    both = own + sums(own, change) + sums(own[:, ::-1], change[:, ::-1])[:, ::-1]
    return np.asarray(1 / (1 + np.exp(np.clip(both[..., 0] - both[..., 1], -50, 50))))


def without_blank(lines: Lines, weighed: Weighed) -> Lines:
    """Return a grid without the rows and columns that nothing shows but white (`_kept`)."""
    text = weighed.text
    if text is None:
        return lines
    filled = text.squares()
    # What reaches over a side of a column does not fill the column.
    over = text.across >= _CROSSED
    rows = np.asarray(filled.any(axis=1))
    columns = np.asarray((filled & ~(over[:-1] | over[1:]).T).any(axis=0))
    kept_y = _kept(rows, weighed.ruled[0], weighed.odds[0])
    kept_x = _kept(columns, weighed.ruled[1], weighed.odds[1])
    return replace(lines, xs=lines.xs[kept_x], ys=lines.ys[kept_y])


def _kept(filled: np.ndarray, ruled: np.ndarray, odds: np.ndarray) -> list[int]:
    """Return the lines to keep: of those around a blank stretch the strongest, unless all are sure.

    A blank column between rules is a column. Where one of its sides is not printed nobody could say that it
    is there: the strip of white beside it is that much wider.

    Args:
        filled: `(N - 1,)`, text stands between a line and the next.
        ruled: `(N, edges)`, how surely each edge is ruled.
        odds: `(N, edges)`, how surely there is a border along it.
    """
    best = ruled.max(axis=1)
    sure = (best >= _WHOLE) | ((best >= _PRINTED_EDGE) & (odds.max(axis=1) >= _SURE))
    strength = sure + odds.mean(axis=1)
    kept = [0]
    for place in range(1, len(sure)):
        if filled[place - 1] or (sure[place] and sure[kept[-1]]):
            kept.append(place)
        elif strength[place] > strength[kept[-1]]:
            kept[-1] = place
    return kept
