"""Tables from the places of text alone: rows by y, columns by x, as scripts around a text reader do it.

No rule of the page is looked at and no cell is ever merged. One page of such a script gives one table for
each stretch of rows that hold several texts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from yusuan.eval.peers.lines import TextLine
from yusuan.eval.peers.peer import FoundCell, FoundTable
from yusuan.extraction.tables.place import join_lines

_SAME_ROW = 0.5  # of the usual height of a line: middles nearer than this stand in one row
_TABULAR = 3  # texts in a row that make it a row of a table
_PROSE = 3  # rows of one text each, one after the other, end a table
_SAME_COLUMN = 0.5  # of the narrower one: texts that share more than this stand in one column


def rows_by_position(texts: Sequence[TextLine]) -> list[FoundTable]:
    """Return the tables that the places of texts suggest, top to bottom."""
    return [_table(rows) for rows in _stretches(_rows(texts)) if rows]


def _middle(text: TextLine) -> float:
    return (text.box[1] + text.box[3]) / 2


def _rows(texts: Sequence[TextLine]) -> list[list[TextLine]]:
    """Group texts into rows: a text joins the row above it when their middles are close."""
    if not texts:
        return []
    height = float(np.median([text.box[3] - text.box[1] for text in texts]))
    rows: list[list[TextLine]] = []
    for text in sorted(texts, key=_middle):
        if rows and _middle(text) - np.mean([_middle(other) for other in rows[-1]]) <= _SAME_ROW * height:
            rows[-1].append(text)
        else:
            rows.append([text])
    return rows


def _stretches(rows: list[list[TextLine]]) -> list[list[list[TextLine]]]:
    """Return the runs of rows that are tables: from a tabular row to the last row of several before prose."""
    stretches: list[list[list[TextLine]]] = [[]]
    pending: list[list[TextLine]] = []
    for row in rows:
        if not stretches[-1]:
            if len(row) >= _TABULAR:
                stretches[-1].append(row)
        elif len(row) == 1:
            pending.append(row)
            if len(pending) == _PROSE:
                stretches.append([])
                pending = []
        else:
            stretches[-1] += [*pending, row]
            pending = []
    return [stretch for stretch in stretches if len(stretch) > 1]


def _columns(texts: Sequence[TextLine]) -> np.ndarray:
    """Return `(C, 2)` left and right ends of columns, left to right.

    Narrow texts first: each joins the column that it shares most with, or opens one. A heading over several
    columns comes late and cannot pull them together.
    """
    columns: list[list[float]] = []
    for text in sorted(texts, key=lambda text: text.box[2] - text.box[0]):
        left, right = text.box[0], text.box[2]
        shared = [min(right, column[1]) - max(left, column[0]) for column in columns]
        narrower = [max(1.0, min(right - left, column[1] - column[0])) for column in columns]
        shares = [width / least for width, least in zip(shared, narrower, strict=True)]
        if shares and max(shares) > _SAME_COLUMN:
            if sum(share > _SAME_COLUMN for share in shares) == 1:
                column = columns[int(np.argmax(shares))]
                column[0], column[1] = min(column[0], left), max(column[1], right)
        else:
            columns.append([left, right])
    return np.array(sorted(columns, key=sum))


def _joinable(rows: list[list[TextLine]], columns: np.ndarray) -> int | None:
    """Return the first of two neighbours that never hold text in one row, the nearest such two; None if none.

    A heading in the middle of a column and figures at its right side share no x, but no row has both.
    """
    held = np.zeros((len(rows), len(columns)), bool)
    for index, row in enumerate(rows):
        held[index, [_best_column(text, columns) for text in row]] = True
    apart = ~(held[:, :-1] & held[:, 1:]).any(axis=0)
    gaps = np.where(apart, columns[1:, 0] - columns[:-1, 1], np.inf)
    return int(np.argmin(gaps)) if apart.any() else None


def _table(rows: list[list[TextLine]]) -> FoundTable:
    columns = _columns([text for row in rows for text in row])
    while (joinable := _joinable(rows, columns)) is not None:
        columns[joinable, 1] = max(columns[joinable : joinable + 2, 1])
        columns = np.delete(columns, joinable + 1, axis=0)
    x_edges = _edges(columns)
    spans = np.array([(min(t.box[1] for t in row), max(t.box[3] for t in row)) for row in rows])
    y_edges = _edges(spans)
    cells = []
    for row_index, row in enumerate(rows):
        places = [_best_column(text, columns) for text in row]
        for col in range(len(columns)):
            members = [text for text, place in zip(row, places, strict=True) if place == col]
            cells.append(
                FoundCell(
                    row=row_index,
                    col=col,
                    rowspan=1,
                    colspan=1,
                    text=join_lines([(np.array(text.box), text.text) for text in members]),
                    box=(x_edges[col], y_edges[row_index], x_edges[col + 1], y_edges[row_index + 1]),
                    confidence=min((text.confidence for text in members), default=None),
                )
            )
    return FoundTable(len(rows), len(columns), ruled=False, cells=tuple(cells))


def _best_column(text: TextLine, columns: np.ndarray) -> int:
    """Return the column that a text shares most with; of several alike, the one nearest to its middle."""
    shared = np.minimum(text.box[2], columns[:, 1]) - np.maximum(text.box[0], columns[:, 0])
    away = np.abs(columns.mean(axis=1) - (text.box[0] + text.box[2]) / 2)
    return int(np.lexsort((away, -shared))[0])


def _edges(spans: np.ndarray) -> list[float]:
    """Return the borders between `(N, 2)` stretches that follow one another: half way through each gap."""
    between = (spans[:-1, 1] + spans[1:, 0]) / 2
    edges = np.r_[spans[:, 0].min(), between, spans[:, 1].max()]
    return [float(edge) for edge in np.maximum.accumulate(edges)]
