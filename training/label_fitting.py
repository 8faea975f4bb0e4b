"""What is set after training, on noisy tables of synthetic documents that nothing is trained on.

A temperature, by which logits are divided so that they are as sure as they are right (Guo et al. 2017); and
how much the cells of a column count for one another (`extraction.fields.classifier.settle_columns`), which
matters where headings say nothing: it is set on tables whose headings are in other words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import torch
from torch.nn import functional

from yusuan.datasets.synth.pages import draw_truths
from yusuan.extraction.fields.classifier import view_spans
from yusuan.extraction.fields.table_view import Encoded, TableView, table_views
from yusuan.extraction.fields.tags import NO_TAG
from yusuan.models.label_network import LabelNetwork
from yusuan.training.label_batches import collate, example_of
from yusuan.training.label_corpus import labelled_tables
from yusuan.training.label_noise import Noise, Noisy, noisy

TEMPERATURES = np.exp(np.linspace(np.log(0.5), np.log(3), 26))
COLUMN_WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)


@dataclass(frozen=True)
class SeenView:
    """A view of a noisy table, what the network says of it `(N, tags)`, and the tags that are true `(N,)`."""

    met: Noisy
    view: TableView
    encoded: Encoded
    logits: torch.Tensor
    tags: torch.Tensor


def seen_views(
    network: LabelNetwork,
    vocabulary: Mapping[str, int],
    noise: Noise,
    seed: int,
    documents: int,
) -> Iterator[SeenView]:
    """Yield views of noisy tables of synthetic documents, looked at by the network."""
    rng = np.random.default_rng([seed, 99])
    for layout, document in islice(draw_truths(seed), documents):
        for table in labelled_tables(document, layout):
            met = noisy(table, noise, rng)
            for view in table_views(met.cells, met.title):
                example = example_of(view, met, vocabulary)
                batch = collate([example])
                with torch.no_grad():
                    logits = network(batch.tables).flatten(0, 1)
                yield SeenView(met, view, example.encoded, logits, batch.tags.flatten())


def in_other_words(noise: Noise) -> Noise:
    """Return the noise that leaves a table none of the headings that anybody knows."""
    return replace(noise, table_without_words=1.0, table_other_headings=1.0, other_heading=1.0)


def fit_temperature(views: Sequence[SeenView]) -> float:
    """Return by what logits are to be divided."""
    said = torch.cat([each.logits[each.tags != NO_TAG] for each in views])
    true = torch.cat([each.tags[each.tags != NO_TAG] for each in views])
    losses = [float(functional.cross_entropy(said / each, true)) for each in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


def fit_column_weight(views: Sequence[SeenView], temperature: float) -> float:
    """Return how much the cells of a column count for one another, so that most spans are right."""
    return max(COLUMN_WEIGHTS, key=lambda weight: _span_f1(views, temperature, weight))


def _span_f1(views: Sequence[SeenView], temperature: float, weight: float) -> float:
    right = total = 0
    for each in views:
        scores = torch.log_softmax(each.logits / temperature, -1).numpy()
        for source, own in view_spans(each.view, each.encoded, scores, weight, scores).items():
            said = {(span.start, span.end, span.label) for span in own}
            true = set(each.met.spans[source])
            right += 2 * len(said & true)
            total += len(said) + len(true)
    return right / max(1, total)
