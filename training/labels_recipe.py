"""From nothing to weights of the label network, in one call: `yusuan train labels`.

Corpus → pretraining → labels → gold → temperature → ONNX file → measured → MLflow. Each step leaves its
result in the folder of the run, and the same call, given again, goes on where it was stopped.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from yusuan.datasets.goldset.manifest import split_of
from yusuan.datasets.synth.pages import draw_truths
from yusuan.eval.gold import gold_documents
from yusuan.eval.span_scores import score_labellers, truth_tables
from yusuan.extraction.fields.classifier import LabelModel
from yusuan.extraction.fields.labels import Labeller
from yusuan.models.store import file_sha256
from yusuan.training.base_model import find_base, glyphs_of
from yusuan.training.label_corpus import (
    LabelledTable,
    StoredTables,
    corpus_digest,
    labelled_tables,
    write_corpus,
)
from yusuan.training.label_fitting import (
    fit_column_weight,
    fit_temperature,
    in_other_words,
    seen_views,
)
from yusuan.training.label_onnx import labels_to_onnx
from yusuan.training.model_card import CARD, model_card
from yusuan.training.runs import RESULT, Trained, claim, pick_device, read_curve
from yusuan.training.tracking import is_installed, log_training
from yusuan.training.train_labels import Recipe, Told, labels_in, train, vocabulary_of

# Files of a run.
CORPUS, CURVE, WEIGHTS, PLAIN = "corpus", "losses.json", "labels.onnx", "labels-float32.onnx"
MODEL = "yusuan-labels"
ABOUT = (
    "Says of each stretch of text in the tables of budgets what it means (docs/data-model.md, Token "
    "labels), from the text, where it stands in the table, and what a lexicon takes headings for. "
    "Figures are strict F1 of spans in percent, on tables whose cells are true: synthetic documents of "
    "a seed that nothing was trained on, and gold for development, none of whose families was. "
    "`float32` is the network before its weights were made int8."
)
LIMITS = (
    "It learnt from synthetic tables of the layouts listed above and from a few documents of gold: "
    "budgets of Chinese bodies, in simplified characters. What it makes of other tables is not known. "
    "Prose that is no cell of a table is not read. Its confidence is scaled on synthetic tables."
)
# Synthetic documents that nothing is trained on: to fit what comes after the network, and to measure.
CALIBRATING, MEASURED = 150, 300


def gold_to_learn(gold: Path) -> list[LabelledTable]:
    """Return the tables of the gold documents in a folder of the families that are for training.

    Raises:
        InputError: a document cannot be read.
    """
    return [
        table
        for each in gold_documents(gold)
        if split_of(each.family) == "train"
        for table in labelled_tables(each.document, each.name)
    ]


def train_labels(
    folder: Path,
    recipe: Recipe,
    gold: Path,
    device: str = "auto",
    measured: int = MEASURED,
    told: Callable[[str], None] = lambda line: None,
) -> Trained:
    """Train the label network.

    Args:
        folder: of the run; what an earlier call left there is used.
        recipe: how.
        gold: folder of gold documents; families for training are learnt from, those for development measured.
        device: `cpu`, `cuda`, or `auto`.
        measured: synthetic documents to measure on.
        told: gets a line now and then.

    Raises:
        UsageError: the folder holds a run of another recipe, there is no such device or base model, or its
            licence is refused.
        TrackingError: MLflow cannot be written; the weights are there.
    """
    device = pick_device(device)
    base = find_base(recipe.base, recipe.non_commercial) if recipe.base else None
    if base is not None:
        told(str(base))
        recipe = recipe.fitted_to(base)
    claim(folder, recipe)
    began = time.monotonic()
    files = write_corpus(folder / CORPUS, recipe.corpus)
    tables = StoredTables(files)
    own = gold_to_learn(gold)
    vocabulary = vocabulary_of(tables, glyphs_of(base) if base else ())
    told(f"{len(tables)} synthetic tables, {len(own)} of gold, {len(vocabulary)} tokens")
    curve = read_curve(folder / CURVE)

    def note(at: Told) -> None:
        curve[f"{at.part}/{at.step}"] = at.losses
        (folder / CURVE).write_text(json.dumps(curve), "utf-8")
        told(f"{at.part}, step {at.step}: {', '.join(f'{loss:.4f}' for loss in at.losses)}")

    network = train(recipe, tables, own, vocabulary, folder, note, device, base)
    views, strange = (
        list(seen_views(network, vocabulary, noise, recipe.seed + 1, CALIBRATING))
        for noise in (recipe.noise, in_other_words(recipe.noise))
    )
    temperature = fit_temperature(views)
    column_weight = fit_column_weight(strange, temperature)
    learnt = labels_in(tables, own)
    for name, quantised in ((WEIGHTS, True), (PLAIN, False)):
        data = labels_to_onnx(network, vocabulary, learnt, temperature, column_weight, quantised)
        (folder / name).write_bytes(data)
    models = {"span_f1": LabelModel(0, folder / WEIGHTS), "float32": LabelModel(0, folder / PLAIN)}
    figures = measure(models, gold, recipe.seed + 2, measured)
    params = {
        **_flat(asdict(recipe)),
        "device": device,
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads",
        "minutes": round((time.monotonic() - began) / 60, 1),
        "temperature": round(temperature, 3),
        "column weight": column_weight,
        "data": corpus_digest(files)[:16],
        "licence of base": base.licence if base else None,
        "sha256": file_sha256(folder / WEIGHTS),
    }
    trained = Trained(folder / WEIGHTS, str(params["sha256"]), figures, params)
    (folder / RESULT).write_text(json.dumps(trained.as_dict(), indent=1), "utf-8")
    card = model_card("The label network", ABOUT, params, figures, "span_f1", LIMITS)
    (folder / CARD).write_text(card, "utf-8")
    if is_installed():
        seen = [folder / RESULT, folder / CARD]
        log_training(folder, MODEL, params, _curves(curve), figures, folder / WEIGHTS, seen)
    return trained


def measure(models: Mapping[str, Labeller], gold: Path, seed: int, documents: int) -> dict[str, float]:
    """Return strict F1 of spans of each labeller, on synthetic documents and on gold for development.

    Returns:
        `name/all/synthetic`, `name/layout/…`, `name/all/dev`, `name/family/…` and `name/label/…` → F1, 0..1.
    """
    drawn = islice(draw_truths(seed), documents)
    tables = [
        table
        for layout, document in drawn
        for table in truth_tables(document, (("all", "synthetic"), ("layout", layout)))
    ]
    tables += [
        table
        for each in gold_documents(gold)
        if split_of(each.family) == "dev"
        for table in truth_tables(each.document, (("all", "dev"), ("family", each.family)))
    ]
    return {
        f"{name}/{'/'.join(key)}": counts.f1
        for name, found in score_labellers(tables, models).items()
        for key, counts in sorted(found.items())
        if counts.f1 is not None
    }


def _flat(values: Mapping[str, Any], before: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in values.items():
        flat.update(_flat(value, f"{before}{key}.") if isinstance(value, dict) else {before + key: value})
    return flat


def _curves(curve: Mapping[str, list[float]]) -> dict[str, dict[int, float]]:
    """Return the losses by name and step."""
    found: dict[str, dict[int, float]] = {}
    for key, losses in curve.items():
        part, _, step = key.partition("/")
        for at, loss in enumerate(losses):
            found.setdefault(f"loss/{part}/{at}", {})[int(step)] = loss
    return found
