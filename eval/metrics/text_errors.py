"""Characters read wrong, whatever became of the grid: text is compared where it stands on the page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein

from yusuan.eval.metrics.canonical import canonical_cell
from yusuan.eval.metrics.counts import Share
from yusuan.eval.metrics.grids import Grid, GridCell


def character_errors(gold: Sequence[Grid], predicted: Sequence[Grid]) -> list[Share]:
    """Return, for each gold table of a page, the wrong characters and all its characters.

    Each predicted cell with text goes to the gold cell with which it shares most; what goes to one gold
    cell is put together from top to bottom, left to right. Wrong is the Levenshtein distance. A row torn
    in two costs nothing here, for all of it was read. Text in no gold cell is left out:
    detection counts tables that are none. So are cells whose text the truth does not know.
    """
    cells = [(k, cell) for k, grid in enumerate(gold) for cell in grid.cells]
    read = [cell for grid in predicted for cell in grid.cells if cell.text]
    gathered: list[list[GridCell]] = [[] for _ in cells]
    for cell, home in zip(read, _homes(read, [cell for _, cell in cells]), strict=True):
        if home is not None:
            gathered[home].append(cell)
    wrong, length = [0] * len(gold), [0] * len(gold)
    for (k, cell), parts in zip(cells, gathered, strict=True):
        if cell.text is None:
            continue
        said = canonical_cell("".join(part.text or "" for part in sorted(parts, key=_reading_order)))
        wrong[k] += 0 if said == cell.text else Levenshtein.distance(said, cell.text)
        length[k] += len(cell.text)
    return [Share(errors, characters) for errors, characters in zip(wrong, length, strict=True)]


def _homes(read: Sequence[GridCell], cells: Sequence[GridCell]) -> list[int | None]:
    """Return for each cell that was read the index of the gold cell with which it shares most, or None."""
    if not read or not cells:
        return [None] * len(read)
    a, b = (np.array([cell.box for cell in side], float) for side in (read, cells))
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    best = shared.argmax(axis=1)
    return [int(home) if shared[k, home] > 0 else None for k, home in enumerate(best)]


def _reading_order(cell: GridCell) -> tuple[float, float, int, int]:
    # Rows first: boxes of one row may differ by a pixel in height.
    return cell.place[0], cell.place[1], int(cell.box[1]), int(cell.box[0])
