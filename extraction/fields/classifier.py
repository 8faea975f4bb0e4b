"""The labeller that was trained: a network reads text, layout and grid, and a decoder makes spans of it.

What the network says of each token is settled over the table: a column below its headings holds one field,
so what the other cells of a column say counts for a cell that is in doubt (one step of mean-field inference
in a graph in which the cells of a column are joined; Krähenbühl and Koltun 2011). Then the likeliest tags
that make spans are taken, and spans that cannot be what they say (an amount without a digit) are dropped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from yusuan.extraction.document import Span, Table
from yusuan.extraction.errors import ModelError
from yusuan.extraction.fields.labels import Context
from yusuan.extraction.fields.table_view import Encoded, TableView, cells_of, encode, table_views
from yusuan.extraction.fields.tags import TAGS, best_tags, spans_of
from yusuan.extraction.token_labels import LABELS
from yusuan.models.cards import LABELS as LABELS_CARD
from yusuan.models.store import open_network, verified

Array = np.ndarray

# Their mean is taken with this much of a share for every label.
LEAST_SHARE = 0.02
# Cells of which one says as much as the column.
FEWEST = 2.0
_WITH_DIGITS = frozenset(
    {"budget_line.amount", "budget_line.code", "organization.budget", "project.budget", "procurement.amount"}
)


@dataclass(frozen=True)
class Said:
    """What is said of a cell: its spans, and how sure all of it is, what has no label too (0..1)."""

    spans: tuple[Span, ...]
    sure: float


class LabelModel:
    """Labels tables with the network of `yusuan.training.train_labels`. One serves one process."""

    def __init__(self, threads: int, weights: Path | None = None) -> None:
        """Load the weights.

        Args:
            threads: that ONNX Runtime may use; 0 for one a core.
            weights: an ONNX file just trained, instead of the one that is shipped.

        Raises:
            ModelError: the weights are missing, or are none of a label network.
        """
        weights = weights or verified(LABELS_CARD)
        hint = "give a file that `yusuan train labels` wrote with this version"
        try:
            self._network = open_network(weights, threads)
        # ONNX Runtime raises classes of its own, which share no other base.
        except Exception as error:
            raise ModelError(f"{weights} cannot be loaded: {str(error).splitlines()[0]}", hint) from error
        about = self._network.get_modelmeta().custom_metadata_map
        if json.loads(about.get("labels", "[]")) != list(LABELS):
            raise ModelError(f"{weights} knows other labels than this version", hint)
        self._column_weight = float(about["column_weight"])
        self._vocabulary = {token: number for number, token in enumerate(json.loads(about["vocabulary"]))}

    def __call__(self, table: Table, context: Context) -> Table:
        """Return the table with the spans that the network puts on its cells, and how sure it is of each."""
        said = self.read(table, context)
        cells = (
            cell.model_copy(update={"spans": said[at].spans if at in said else ()})
            for at, cell in enumerate(table.cells)
        )
        return table.model_copy(update={"cells": tuple(cells)})

    def read(self, table: Table, context: Context) -> dict[int, Said]:
        """Return what the network says of each cell with text, by its place among the cells of the table."""
        found: dict[int, Said] = {}
        for view in table_views(cells_of(table), context.caption.title or table.title):
            encoded = encode(view, self._vocabulary)
            found |= view_spans(view, encoded, self.scores(encoded), self._column_weight)
        return found

    def scores(self, encoded: Encoded) -> Array:
        """Return the log-probabilities of the tags, `(S * CHUNK, len(TAGS))`."""
        (scores,) = self._network.run(
            None,
            {
                "tokens": encoded.tokens,
                "hints": encoded.hints,
                "owner": encoded.owner,
                "first": encoded.first[None],
                "boxes": encoded.boxes[None],
                "features": encoded.features[None],
            },
        )
        return np.asarray(scores.reshape(-1, len(TAGS)))


def view_spans(view: TableView, encoded: Encoded, scores: Array, column_weight: float) -> dict[int, Said]:
    """Return what is said of the cells that a view is asked for, by their place in the table.

    Args:
        view: of the table.
        encoded: the same as arrays.
        scores: `(N, len(TAGS))`, log-probabilities by place.
        column_weight: see `settle_columns`.
    """
    tokens: dict[int, list[tuple[int, int, int]]] = {}
    for place, cell, start, end in encoded.spots:
        tokens.setdefault(cell, []).append((place, start, end))
    settled = settle_columns(view, tokens, scores, column_weight)
    found = {}
    for number, own in tokens.items():
        source = view.cells[number].source
        if source is not None:
            found[source] = _said_of(view.cells[number].text, own, settled[number])
    return found


def settle_columns(
    view: TableView, tokens: dict[int, list[tuple[int, int, int]]], scores: Array, weight: float
) -> dict[int, Array]:
    """Return the scores of the tokens of each cell, with what the other cells of its column say.

    Args:
        view: of the table.
        tokens: place, start and end of those of each cell.
        scores: `(N, len(TAGS))`, log-probabilities by place.
        weight: what the other cells of a column say counts so much, in log-probability.
    """
    own = {cell: scores[[place for place, _, _ in places]] for cell, places in tokens.items()}
    labels = {cell: _label_shares(values) for cell, values in own.items()}
    columns: dict[tuple[int, int], list[int]] = {}
    for cell in own:
        box = view.cells[cell].box
        columns.setdefault((box[0], box[2]), []).append(cell)
    settled = {}
    for cells in columns.values():
        total = sum(labels[cell] for cell in cells)
        for cell in cells:
            others = len(cells) - 1
            mean = (total - labels[cell]) / max(1, others)
            told = np.log(mean + LEAST_SHARE) - np.log(1 / len(mean) + LEAST_SHARE)
            told *= weight * others / (others + FEWEST)
            settled[cell] = own[cell] + np.concatenate([told[:1], np.repeat(told[1:], 2)])
    return settled


def _label_shares(scores: Array) -> Array:
    """Return how much of a cell each label is, `(1 + len(LABELS),)`: none first."""
    shares = np.exp(scores).mean(axis=0)
    return np.concatenate([shares[:1], shares[1:].reshape(len(LABELS), 2).sum(axis=1)])


def _said_of(text: str, tokens: list[tuple[int, int, int]], scores: Array) -> Said:
    log_sums = np.logaddexp.reduce(scores, axis=1, keepdims=True)
    places = [(start, end) for _, start, end in tokens]
    tags = best_tags(scores - log_sums)
    shares = np.exp(scores - log_sums)[np.arange(len(tags)), tags]
    found = []
    for start, end, label, inside in spans_of(places, tags):
        if label in _WITH_DIGITS and not any(glyph.isdigit() for glyph in text[start:end]):
            continue
        sure = round(float(shares[inside.start : inside.stop].min()), 4)
        found.append(Span(start=start, end=end, label=label, confidence=sure))
    return Said(tuple(found), float(shares.min()))
