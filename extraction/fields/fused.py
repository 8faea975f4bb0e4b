"""The labeller of `yusuan extract`: the label network, and the lexicon where the network is in doubt.

The network labels forms that nobody listed words for; the lexicon is right nearly always where it knows the
words. So a cell that the network is not sure of is labelled as the lexicon has it, if that says anything.
"""

from __future__ import annotations

from yusuan.extraction.document import Cell, Span, Table
from yusuan.extraction.fields.classifier import LabelModel, Said
from yusuan.extraction.fields.labels import Context, Labeller
from yusuan.extraction.fields.records import label_cells

# Below this, as sure as a record must be to need no review, the network is in doubt about a cell.
UNSURE = 0.9


class FusedLabeller:
    """Labels tables by network and lexicon. One serves one process."""

    def __init__(self, model: LabelModel) -> None:
        """Take the network."""
        self._model = model

    def __call__(self, table: Table, context: Context) -> Table:
        """Return the table with spans on its cells; those of the lexicon are as sure as the network was."""
        said = self._model.read(table, context)
        known = label_cells(table, context)
        cells = (_fused(cell, said.get(at)) for at, cell in enumerate(known.cells))
        return table.model_copy(update={"cells": tuple(cells)})


def every_labeller(model: LabelModel) -> dict[str, Labeller]:
    """Return lexicon, network and both by name, to stand beside one another."""
    return {"lexicon": label_cells, "network": model, "fused": FusedLabeller(model)}


def _fused(known: Cell, said: Said | None) -> Cell:
    """Return a cell with what the network says, or with the spans that it has where that is in doubt."""
    if said is None:
        return known.model_copy(update={"spans": ()})
    if said.sure >= UNSURE or not known.spans:
        return known.model_copy(update={"spans": said.spans})
    return known.model_copy(update={"spans": tuple(_doubted(span, said.sure) for span in known.spans)})


def _doubted(span: Span, sure: float) -> Span:
    return span.model_copy(update={"confidence": round(sure, 4)})
