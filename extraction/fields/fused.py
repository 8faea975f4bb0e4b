"""The labeller of `yusuan extract`: the label network, told what the lexicon says.

The network labels forms that nobody listed words for; the lexicon is right nearly always where it knows the
words. So what it says of a cell, if anything, counts for the network's own word before the table is settled
(a product of experts; Hinton 2002).
"""

from __future__ import annotations

from yusuan.extraction.document import Table
from yusuan.extraction.fields.classifier import LabelModel
from yusuan.extraction.fields.labels import Context, Labeller
from yusuan.extraction.fields.records import label_cells


class FusedLabeller:
    """Labels tables by network and lexicon. One serves one process."""

    def __init__(self, model: LabelModel) -> None:
        """Take the network."""
        self._model = model

    def __call__(self, table: Table, context: Context) -> Table:
        """Return the table with spans on its cells, and how sure both together are of each."""
        return self._model.read(table, context, label_cells(table, context))


def every_labeller(model: LabelModel) -> dict[str, Labeller]:
    """Return lexicon, network and both by name, to stand beside one another."""
    return {"lexicon": label_cells, "network": model, "fused": FusedLabeller(model)}
