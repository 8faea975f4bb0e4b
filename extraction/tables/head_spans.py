"""Headings over several columns where no rule parts them from their neighbours: told by where they stand.

A heading stands in the middle of what it spans. So the columns of a row of headings are dealt out to its
texts such that the middles lie close together and the model is contradicted least (dynamic programming).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from yusuan.extraction.tables.decode import TableText

# Headings stand in the first rows, above one with text in this share of its columns.
_ROWS, _FULL = 3, 0.8
# Pixels of the map without text between two headings.
_APART = 3
# An edge that is ruled so surely parts two headings.
_RULED = 0.5
# What it costs that a heading stands aside of its columns by the width of one; of one column it may stand at
# a side, which counts no more than this; what it costs that a column has no heading.
_ASIDE, _AT_SIDE, _EMPTY = 8.0, 0.3, 3.0
# The model is never surer than this, nor are dealt headings.
_LEAST, _DEALT = 0.02, 0.1

Extent = tuple[float, float]


class _Dealt(NamedTuple):
    """What columns dealt out so far cost, and where a group of them begins."""

    cost: float
    starts: tuple[int, ...]


def with_head_spans(odds: np.ndarray, ruled: np.ndarray, text: TableText) -> np.ndarray:
    """Return how surely there is a border along each vertical edge, once headings are dealt out.

    Args:
        odds: `(n_cols + 1, n_rows)`, how surely there is one by itself.
        ruled: the same shape, how surely it is printed.
        text: of the table.
    """
    columns = len(text.xs) - 1
    rows = [_texts_of(text, row) for row in range(len(text.ys) - 1)]
    filled = [len({int(np.searchsorted(text.xs, sum(own) / 2)) for own in row}) for row in rows]
    full = next((row for row, count in enumerate(filled) if count >= _FULL * columns), 0)
    found = odds.copy()
    for row in range(min(full, _ROWS)):
        if not 0 < len(rows[row]) < columns or (ruled[1:-1, row] >= _RULED).any():
            continue
        starts = _deal(rows[row], text.xs, odds[:, row])
        if starts is not None:
            begins = np.isin(np.arange(1, columns), starts)
            own = found[1:-1, row]
            found[1:-1, row] = np.where(begins, np.maximum(own, 1 - _DEALT), np.minimum(own, _DEALT))
    return found


def _texts_of(text: TableText, row: int) -> list[Extent]:
    """Return from where to where each text of a row goes, from left to right."""
    top, bottom = np.rint(text.ys[row : row + 2]).astype(int)
    filled = np.flatnonzero(text.filled[top:bottom].any(axis=0))
    if not len(filled):
        return []
    gaps = np.flatnonzero(np.diff(filled) > _APART)
    first, last = filled[np.r_[0, gaps + 1]], filled[np.r_[gaps, len(filled) - 1]] + 1
    return list(zip(first.astype(float), last.astype(float), strict=True))


def _deal(texts: Sequence[Extent], xs: np.ndarray, odds: np.ndarray) -> tuple[int, ...] | None:
    """Return the columns with which groups begin, where every text is to have one of its own."""
    columns = len(xs) - 1
    parted = -np.log(np.maximum(odds, _LEAST))
    joined = np.r_[0, np.cumsum(-np.log(np.maximum(1 - odds, _LEAST)))]
    width = float(np.median(np.diff(xs)))
    best = {(0, 0): _Dealt(0.0, ())}
    for stop in range(1, columns + 1):
        for start in range(stop):
            lines = joined[stop] - joined[start + 1] + (parted[start] if start else 0.0)
            for used in range(len(texts) + 1):
                if (start, used) not in best:
                    continue
                cost, starts = best[start, used]
                options = [(used, _EMPTY)] if stop - start == 1 else []
                if used < len(texts) and xs[start] <= sum(texts[used]) / 2 <= xs[stop]:
                    options.append((used + 1, _ASIDE * _aside(texts[used], xs[start : stop + 1], width)))
                for now, more in options:
                    total = cost + lines + more
                    if (stop, now) not in best or total < best[stop, now].cost:
                        best[stop, now] = _Dealt(total, (*starts, start))
    done = best.get((columns, len(texts)))
    return None if done is None else done.starts


def _aside(text: Extent, xs: np.ndarray, width: float) -> float:
    """Return how far a text stands aside of the middle of its columns and out of them, in `width`s."""
    off = abs(float(xs[0] + xs[-1]) / 2 - sum(text) / 2) / width
    out = (max(0.0, xs[0] - text[0]) + max(0.0, text[1] - xs[-1])) / width
    return out + (min(off, _AT_SIDE) if len(xs) == 2 else off)
