"""Train the label network: `yusuan train labels`.

Three steps. It learns how tables go together without being told what anything means: hidden tokens are
guessed, and which cells stand in one row or column where that is hidden (pretraining). Then labels, on
synthetic tables; last on gold of the families that are for training, among synthetic ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from yusuan.extraction.fields.table_view import CHUNK, feature_count
from yusuan.extraction.fields.tags import NO_TAG, TAGS
from yusuan.extraction.fields.tokens import FIGURES, HIDDEN, SPECIAL, UNKNOWN, tokens_of
from yusuan.models.label_network import LabelNetwork, LabelShape
from yusuan.training.base_model import RATE, BaseModel, begin_with, shape_of
from yusuan.training.label_batches import Batch, collate, examples
from yusuan.training.label_corpus import Corpus, LabelledTable
from yusuan.training.label_noise import Noise
from yusuan.training.loop import Schedule, fit, made_ahead
from yusuan.training.words import common_words

# A glyph that words and the corpus have less often than this is unknown.
FEWEST = 3


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes:
        corpus: of synthetic tables.
        pretrain, learn, tune: the three steps; see the module.
        tables: of a batch.
        hidden: share of tokens, and of cells, that pretraining hides.
        gold_share: of the tables of a batch of the last step, so many are of gold.
        noise: what is done to tables.
        shape: of the network.
        seed: of everything random.
        base: language model to begin with, a folder or a name on the hub; see `base_model`.
        non_commercial: whether its licence may forbid commercial use.
    """

    corpus: Corpus = field(default_factory=Corpus)
    pretrain: Schedule = field(default_factory=lambda: Schedule(800, 1.5e-3))
    learn: Schedule = field(default_factory=lambda: Schedule(5000, 1.5e-3))
    tune: Schedule = field(default_factory=lambda: Schedule(600, 3e-4))
    tables: int = 8
    hidden: float = 0.15
    gold_share: float = 0.5
    noise: Noise = field(default_factory=Noise)
    shape: LabelShape = field(default_factory=LabelShape)
    seed: int = 20
    base: str | None = None
    non_commercial: bool = False

    def shortened(self, steps: int) -> Recipe:
        """Return the recipe with so many steps in all, parted as they are now."""
        own = (self.pretrain, self.learn, self.tune)
        share = steps / sum(each.steps for each in own)
        pretrain, learn, tune = (replace(each, steps=max(1, round(each.steps * share))) for each in own)
        return replace(self, pretrain=pretrain, learn=learn, tune=tune)

    def fitted_to(self, base: BaseModel) -> Recipe:
        """Return the recipe with the sizes of a base model, and with steps that keep what it knows."""

        def slow(own: Schedule) -> Schedule:
            return replace(own, rate=min(own.rate, RATE))

        shape = shape_of(base, self.shape)
        return replace(
            self,
            shape=shape,
            pretrain=slow(self.pretrain),
            learn=slow(self.learn),
            tune=slow(self.tune),
        )


def vocabulary_of(tables: Iterable[LabelledTable], known: Sequence[str] = ()) -> dict[str, int]:
    """Return the number of each token: special ones, figures, glyphs of the tables and of common words.

    Args:
        tables: to learn from.
        known: glyphs that a base model knows.
    """
    seen = Counter(glyph for word in common_words().words for glyph in word)
    for table in tables:
        for text in (table.title or "", *(cell.text for cell in table.cells)):
            seen.update(token.key for token in tokens_of(text))
    fixed = (*SPECIAL, *UNKNOWN, *FIGURES)
    often = {key for key, count in seen.items() if count >= FEWEST}
    glyphs = sorted((often | set(known)) - set(fixed))
    return {key: number for number, key in enumerate((*fixed, *glyphs))}


def labels_in(*tables: Iterable[LabelledTable]) -> frozenset[str]:
    """Return the labels that tables have."""
    return frozenset(
        label for own in tables for table in own for spans in table.spans for _, _, label in spans
    )


def new_network(recipe: Recipe, vocabulary: Mapping[str, int]) -> LabelNetwork:
    """Return a network that knows nothing yet."""
    torch.manual_seed(recipe.seed)
    return LabelNetwork(recipe.shape, len(vocabulary), feature_count(), len(TAGS), CHUNK)


Tables = Callable[[int], LabelledTable]


def in_turns(tables: Sequence[LabelledTable], seed: int) -> Tables:
    """Return a function that gives table after table by its number, in another order each time around."""

    def at(number: int) -> LabelledTable:
        turn, place = divmod(number, len(tables))
        return tables[int(_order(seed, turn, len(tables))[place])]

    return at


def mixed(gold: Sequence[LabelledTable], others: Tables, share: float, tables: int, seed: int) -> Tables:
    """Return a function that gives gold as the first `share` of every `tables`, and others behind."""
    own = in_turns(gold, seed)
    first = round(tables * share)

    def at(number: int) -> LabelledTable:
        batch, place = divmod(number, tables)
        return own(batch * first + place) if place < first else others(number)

    return at


_ORDERS: dict[tuple[int, int, int], np.ndarray] = {}


def _order(seed: int, turn: int, count: int) -> np.ndarray:
    key = (seed, turn, count)
    if key not in _ORDERS:
        _ORDERS.clear()
        _ORDERS[key] = np.random.default_rng([seed, turn]).permutation(count)
    return _ORDERS[key]


def batches(
    tables: Tables, recipe: Recipe, vocabulary: Mapping[str, int], part: int, start: int, stop: int
) -> Iterator[Batch]:
    """Return the batches of the steps `start` to `stop` of a part of the training."""

    def make(step: int) -> Batch:
        rng = np.random.default_rng([recipe.seed, part, step])
        found = [
            example
            for place in range(recipe.tables)
            for example in examples(tables(step * recipe.tables + place), vocabulary, recipe.noise, rng)
        ]
        return collate(found)

    return made_ahead(make, start, stop)


def label_losses(network: LabelNetwork, device: str, batch: Batch) -> torch.Tensor:
    """Return the cross entropy of the tags, `(1,)`."""
    tables, tags = batch.to(device)
    logits = network(tables)
    return functional.cross_entropy(logits.flatten(0, 1), tags.flatten(), ignore_index=NO_TAG)[None]


class Guesser(nn.Module):
    """A label network while it is pretrained: it guesses tokens, and who stands in one row or column."""

    def __init__(self, network: LabelNetwork, hidden: float, hidden_token: int, first_glyph: int) -> None:
        super().__init__()
        self.network = network
        self.hidden, self.hidden_token, self.first_glyph = hidden, hidden_token, first_glyph
        width = network.shape.width
        self.token = nn.Linear(width, network.text.config.vocab_size)
        self.row = nn.Bilinear(width, width, 1)
        self.column = nn.Bilinear(width, width, 1)

    def losses(self, batch: Batch, device: str) -> torch.Tensor:
        """Return the losses `(2,)`: of hidden tokens, and of the place of cells whose place is hidden."""
        tables, _ = batch.to(device)
        tokens, first, boxes = tables.tokens, tables.first, tables.boxes
        # Cells begin with a token that must stay; only what is printed is hidden.
        hit = (torch.rand(tokens.shape, device=device) < self.hidden) & (tokens >= self.first_glyph)
        lost = (torch.rand(first.shape, device=device) < self.hidden) & (first >= 0)
        lost[:, 0] = False  # what stands over the table
        known, cells = self.network.contexts(
            tables._replace(
                tokens=tokens.masked_fill(hit, self.hidden_token),
                boxes=boxes.masked_fill(lost[:, :, None], 0),
                features=tables.features.masked_fill(lost[:, :, None], 0.0),
            )
        )
        guessed = functional.cross_entropy(self.token(known[hit]), tokens[hit])
        return torch.stack([guessed, self._places(cells, boxes, first, lost)])

    def _places(
        self, cells: torch.Tensor, boxes: torch.Tensor, first: torch.Tensor, lost: torch.Tensor
    ) -> torch.Tensor:
        """Return the loss of telling whether a cell without a place shares rows and columns with others."""
        table, cell = lost.nonzero(as_tuple=True)
        if not len(table):
            return cells.new_zeros(())
        other = (torch.rand(len(table), 8, device=cells.device) * (first >= 0).sum(1)[table][:, None]).long()
        one = cells[table, cell][:, None].expand(-1, 8, -1).contiguous()
        two = cells[table[:, None], other]
        a, b = boxes[table, cell][:, None], boxes[table[:, None], other]
        loss = cells.new_zeros(())
        for guess, low, high in ((self.column, 0, 2), (self.row, 1, 3)):
            same = (a[..., low] < b[..., high]) & (b[..., low] < a[..., high])
            loss = loss + functional.binary_cross_entropy_with_logits(
                guess(one, two).squeeze(-1), same.float()
            )
        return loss


class Told(NamedTuple):
    """Who is told how training goes: the part, the step, the losses."""

    part: str
    step: int
    losses: list[float]


def train(
    recipe: Recipe,
    tables: Sequence[LabelledTable],
    gold: Sequence[LabelledTable],
    vocabulary: Mapping[str, int],
    folder: Path | None = None,
    told: Callable[[Told], None] = lambda told: None,
    device: str = "cpu",
    base: BaseModel | None = None,
) -> LabelNetwork:
    """Return a network trained on synthetic tables and on tables of gold.

    Args:
        recipe: how.
        tables: synthetic ones.
        gold: of the families that are for training; without any the last step is left out.
        vocabulary: see `vocabulary_of`.
        folder: where the state of each step is kept; training goes on from it where it is there.
        told: called now and then.
        device: `cpu` or `cuda`.
        base: language model that it begins with.
    """
    network = new_network(recipe, vocabulary)
    if base is not None:
        begin_with(network, base, vocabulary)
    network = network.to(device)
    others = in_turns(tables, recipe.seed)
    for part, (name, schedule) in enumerate(
        (("pretrain", recipe.pretrain), ("learn", recipe.learn), ("tune", recipe.tune))
    ):
        if not schedule.steps or (name == "tune" and not gold):
            continue
        source = (
            mixed(gold, others, recipe.gold_share, recipe.tables, recipe.seed) if name == "tune" else others
        )
        learner: nn.Module = network
        losses: Callable[[Any], torch.Tensor] = partial(label_losses, network, device)
        if name == "pretrain":
            guesser = Guesser(network, recipe.hidden, vocabulary[HIDDEN], len(SPECIAL)).to(device)
            learner, losses = guesser, partial(guesser.losses, device=device)

        def note(step: int, values: list[float], name: str = name) -> None:
            told(Told(name, step, values))

        state = folder / f"{name}.pt" if folder else None
        fit(learner, schedule, partial(batches, source, recipe, vocabulary, part), losses, state, note)
    return network.cpu().eval()
