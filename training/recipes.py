"""Every model that `yusuan train` trains, by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from yusuan.datasets.goldset.files import GOLD
from yusuan.extraction.errors import UsageError
from yusuan.training import (
    confidence_recipe,
    label_corpus,
    labels_recipe,
    table_corpus,
    tables_recipe,
    train_labels,
    train_tables,
)
from yusuan.training.runs import Trained

Model = Literal["tables", "labels", "confidence"]


@dataclass(frozen=True)
class Wanted:
    """What is asked for; None is what the recipe has.

    Attributes:
        size: pages, or documents, to learn from.
        steps: of the optimizer, in all.
        seed: of everything random.
        measured: synthetic pages, or documents, to measure on.
        device: `auto`, `cpu` or `cuda`.
        base: language model that the label network begins with.
        non_commercial: whether its licence may forbid commercial use.
    """

    size: int | None = None
    steps: int | None = None
    seed: int = 20
    measured: int | None = None
    device: str = "auto"
    base: str | None = None
    non_commercial: bool = False


def train_model(model: Model, folder: Path, wanted: Wanted, told: Callable[[str], None]) -> Trained:
    """Train a model in a folder, and measure it; see `tables_recipe` and `labels_recipe`.

    Raises:
        UsageError, TrackingError: see there.
    """
    if wanted.base and model != "labels":
        raise UsageError(f"{model} begins from nothing", "--base-model is for labels")
    if model == "tables":
        return _tables(folder, wanted, told)
    if model == "confidence":
        return _confidence(folder, wanted, told)
    return _labels(folder, wanted, told)


def _confidence(folder: Path, wanted: Wanted, told: Callable[[str], None]) -> Trained:
    recipe = confidence_recipe.Recipe(seed=wanted.seed)
    recipe = replace(recipe, pages=wanted.size or recipe.pages, measured=wanted.measured or recipe.measured)
    return confidence_recipe.train_confidence(folder, recipe, told)


def _tables(folder: Path, wanted: Wanted, told: Callable[[str], None]) -> Trained:
    recipe = train_tables.Recipe()
    corpus = table_corpus.Corpus(pages=wanted.size or recipe.corpus.pages, seed=wanted.seed)
    recipe = replace(recipe, corpus=corpus, steps=wanted.steps or recipe.steps, seed=wanted.seed)
    measured = wanted.measured or tables_recipe.MEASURED
    return tables_recipe.train_tables(folder, recipe, wanted.device, measured, told)


def _labels(folder: Path, wanted: Wanted, told: Callable[[str], None]) -> Trained:
    recipe = train_labels.Recipe(seed=wanted.seed)
    corpus = label_corpus.Corpus(wanted.size or recipe.corpus.documents, seed=wanted.seed)
    recipe = replace(recipe, corpus=corpus, base=wanted.base, non_commercial=wanted.non_commercial)
    if wanted.steps:
        recipe = recipe.shortened(wanted.steps)
    measured = wanted.measured or labels_recipe.MEASURED
    return labels_recipe.train_labels(folder, recipe, GOLD, wanted.device, measured, told)
