"""Tables against tables: are they found, are their cells where they should be, do they hold the text.

Cells are compared in tables that are the same (IoU of at least `grids.SAME_TABLE`). All cells of a gold table
that was not found are missed, and all cells of a predicted table that is none are false, so that no
program gains by leaving out a hard table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from yusuan.eval.metrics.canonical import is_figure
from yusuan.eval.metrics.counts import Counts, Share
from yusuan.eval.metrics.grids import TablePair

DETECTION = {"tables_iou80": 0.8, "tables_iou60": 0.6}


def detection(pair: TablePair, least: float) -> Counts:
    """Count a table as found where it shares at least so much (intersection over union) with the truth."""
    found = pair.iou >= least
    return Counts(
        tp=int(found),
        fp=int(pair.predicted is not None and not found),
        fn=int(pair.gold is not None and not found),
    )


def compared(pairs: Iterable[TablePair]) -> Iterator[TablePair]:
    """Yield the pairs whose cells count; two tables that are not the same come one by one.

    Where the truth says nothing about cells, or failed its own checks, neither side counts.
    """
    for pair in pairs:
        if pair.gold is not None and not (pair.gold.scored and pair.gold.cells):
            continue
        if pair.gold is None or pair.predicted is None or pair.is_same:
            yield pair
        else:
            yield TablePair(pair.gold, None)
            yield TablePair(None, pair.predicted)


def cells(pair: TablePair) -> Counts:
    """Count cells with the same row, column and spans."""
    return _places(pair, lambda merged: True)


def spans(pair: TablePair) -> Counts:
    """Count merged cells with the same row, column and spans."""
    return _places(pair, lambda merged: merged)


def _places(pair: TablePair, counts: Callable[[bool], bool]) -> Counts:
    true, said = (
        {cell.place for cell in grid.cells if counts(cell.is_merged)} if grid else set()
        for grid in (pair.gold, pair.predicted)
    )
    return Counts(len(true & said), len(said - true), len(true - said))


def perfect(pair: TablePair) -> Share:
    """Say whether every cell of a gold table stands where it should, and no other does."""
    if pair.gold is None:
        return Share()
    same = pair.predicted is not None and pair.gold.by_place.keys() == pair.predicted.by_place.keys()
    return Share(int(same), 1)


def texts(pair: TablePair) -> Share:
    """Return how many gold cells with text have the same text in the cell at their place."""
    return _texts(pair, lambda text: True)


def numbers(pair: TablePair) -> Share:
    """Return how many gold cells with a figure have the same figure in the cell at their place."""
    return _texts(pair, is_figure)


def _texts(pair: TablePair, counts: Callable[[str], bool]) -> Share:
    if pair.gold is None:
        return Share()
    said = pair.predicted.by_place if pair.predicted else {}
    true = [cell for cell in pair.gold.cells if cell.text and counts(cell.text)]
    right = sum(cell.place in said and said[cell.place].text == cell.text for cell in true)
    return Share(right, len(true))
