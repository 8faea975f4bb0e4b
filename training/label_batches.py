"""Batches for the label network: views of tables with noise, and the tag of each of their tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from yusuan.extraction.fields.arithmetic import FACTS
from yusuan.extraction.fields.table_view import (
    CHUNK,
    GEOMETRY,
    Encoded,
    TableView,
    encode,
    table_views,
)
from yusuan.extraction.fields.tags import NO_TAG, tags_of
from yusuan.extraction.fields.tokens import UNKNOWN
from yusuan.models.label_network import LabelInputs
from yusuan.training.label_corpus import LabelledTable
from yusuan.training.label_noise import Noise, Noisy, noisy

# Of a table with more cells than this, some rows are seen in training, mostly with those at its top.
MOST_CELLS = 320
HEADS_KEPT = 0.85


class Batch(NamedTuple):
    """Tables, and the tags of their tokens `(S, L)`: -100 where there is nothing to say."""

    tables: LabelInputs
    tags: torch.Tensor

    def to(self, device: str) -> Batch:
        """Return it on a device."""
        return Batch(LabelInputs(*(part.to(device) for part in self.tables)), self.tags.to(device))


@dataclass(frozen=True)
class Example:
    """A view as arrays, with its tags, `(S, CHUNK)`."""

    encoded: Encoded
    tags: np.ndarray


def examples(
    table: LabelledTable, vocabulary: Mapping[str, int], noise: Noise | None, rng: np.random.Generator
) -> Iterator[Example]:
    """Yield the views of a table: with noise one of some of its rows, without it all of them."""
    if noise is None:
        met = Noisy(table.title, table.cells, table.spans)
        views = list(table_views(met.cells, met.title))
    else:
        met = noisy(table, noise, rng)
        views = list(table_views(_some_rows(met, rng), met.title))[:1]
    for view in views:
        example = example_of(view, met, vocabulary)
        if noise is not None:
            _make_strange(example.encoded.tokens, met.strange, vocabulary, rng)
            _shake_facts(example.encoded.features[:, GEOMETRY : GEOMETRY + len(FACTS)], noise, rng)
        yield example


def _make_strange(
    tokens: np.ndarray, share: float, vocabulary: Mapping[str, int], rng: np.random.Generator
) -> None:
    """Put unknown glyphs in the place of some that are known, the same for the same one."""
    other = np.arange(len(vocabulary))
    glyphs = np.array([number for token, number in vocabulary.items() if "一" <= token <= "鿿"])
    hit = glyphs[rng.random(len(glyphs)) < share]
    other[hit] = rng.integers(vocabulary[UNKNOWN[0]], vocabulary[UNKNOWN[-1]] + 1, len(hit))
    tokens[:] = other[tokens]


def _shake_facts(facts: np.ndarray, noise: Noise, rng: np.random.Generator) -> None:
    """Take away some of what figures are to one another, and make some of it up; all but that they are some.

    Args:
        facts: `(C, len(FACTS))` of a table, changed in place.
        noise: how much.
        rng: of all that is random.
    """
    told = facts[:, 1:]
    told[:, rng.random(told.shape[1]) < noise.lost_fact] = 0
    false = (rng.random(told.shape) < noise.false_fact) & (facts[:, :1] > 0)
    told[false] = 1 - told[false]


def example_of(view: TableView, met: Noisy, vocabulary: Mapping[str, int]) -> Example:
    """Return a view of a table as arrays, with its tags."""
    encoded = encode(view, vocabulary, met.with_words, met.with_facts)
    tags = np.full(encoded.tokens.size, NO_TAG, np.int64)
    told: dict[int, list[tuple[int, int, int]]] = {}
    for place, cell, start, end in encoded.spots:
        told.setdefault(cell, []).append((place, start, end))
    for number, places in told.items():
        source = view.cells[number].source
        spans = met.spans[source] if source is not None else ()
        tags[[place for place, _, _ in places]] = tags_of([each[1:] for each in places], spans)
    return Example(encoded, tags.reshape(encoded.tokens.shape))


def _some_rows(met: Noisy, rng: np.random.Generator) -> list:
    """Return the cells of some rows of a table that is too large to learn from whole."""
    cells = met.cells
    if len(cells) <= MOST_CELLS:
        return list(cells)
    n_rows = max(cell.box[3] for cell in cells)
    wanted = max(4, int(n_rows * MOST_CELLS / len(cells)))
    first = int(rng.integers(0, max(1, n_rows - wanted + 1)))
    heads = first < wanted or rng.random() < HEADS_KEPT
    return [cell for cell in cells if first <= cell.box[1] < first + wanted or (heads and cell.box[1] < 4)]


def collate(found: Sequence[Example]) -> Batch:
    """Return examples as one batch."""
    count = max(len(each.encoded.first) for each in found)
    first = np.full((len(found), count), -1, np.int64)
    boxes = np.zeros((len(found), count, 4), np.int64)
    features = np.zeros((len(found), count, found[0].encoded.features.shape[1]), np.float32)
    tokens, hints, owners, tags = [], [], [], []
    chunks = 0
    for at, example in enumerate(found):
        encoded = example.encoded
        own = len(encoded.first)
        first[at, :own] = encoded.first + chunks * CHUNK
        boxes[at, :own], features[at, :own] = encoded.boxes, encoded.features
        tokens.append(encoded.tokens)
        hints.append(encoded.hints)
        owners.append(np.where(encoded.owner < own, encoded.owner + at * count, len(found) * count))
        tags.append(example.tags)
        chunks += len(encoded.tokens)
    arrays = (*map(np.concatenate, (tokens, hints, owners)), first, boxes, features)
    return Batch(LabelInputs(*map(torch.from_numpy, arrays)), torch.from_numpy(np.concatenate(tags)))
