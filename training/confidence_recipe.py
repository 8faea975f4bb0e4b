"""From gold and synthetic pages to the weights that say how sure a field is: `yusuan train confidence`.

Gold for training and for development is put into all states of its paper, synthetic pages are drawn beside
it, all of it is read by `yusuan extract` itself, judged against its truth, and fitted. Each step leaves its
result in the folder of the run, and the same call, given again, goes on where it was stopped.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from yusuan.datasets.goldset.manifest import split_of
from yusuan.datasets.goldset.states import make_states
from yusuan.datasets.synth.folders import write_documents
from yusuan.eval.gold import GoldDocument, gold_documents
from yusuan.extraction.batch import ExtractOptions, extract
from yusuan.extraction.batch.run import worker_settings
from yusuan.extraction.checks.confidence import ConfidenceModel, record_odds
from yusuan.extraction.config import Settings, load_settings
from yusuan.extraction.document import Document
from yusuan.extraction.exports.folder import document_folders, read_document, read_page_image
from yusuan.extraction.pipeline import READING_STAGES, TRUST_STAGES, Means, run_stages
from yusuan.training.confidence_corpus import JudgedDocument, judge, stored
from yusuan.training.model_card import CARD, model_card
from yusuan.training.runs import RESULT, Trained, claim
from yusuan.training.tracking import is_installed, log_training
from yusuan.training.train_confidence import fit, to_onnx

# Folders of a run: what is read, what was read, what is known of it. And the file that comes of it.
GOLD, SYNTH, MEASURED, READ, JUDGED = "gold", "synth", "measured", "read", "judged"
WEIGHTS = "confidence.onnx"
MODEL = "yusuan-confidence"
ABOUT = (
    "Says how probable it is that a field, and a record, is right, from what the stages before know of it. "
    "Figures: share of accepted fields that are wrong at the default error rate, how many fields are "
    "accepted (coverage), and the expected calibration error of records, on synthetic pages of a seed that "
    "nothing was fitted on; these are harder than gold, on which curves and thresholds are fitted."
)
LIMITS = (
    "It was fitted on gold of few families of forms, in scanner states that were made, and on synthetic "
    "pages. A bound on errors holds for documents like these."
)


@dataclass(frozen=True)
class Recipe:
    """How to fit.

    Attributes:
        pages: synthetic ones to fit on.
        measured: synthetic ones to measure on.
        seed: of everything random.
    """

    pages: int = 300
    measured: int = 100
    seed: int = 20


def train_confidence(
    folder: Path,
    recipe: Recipe,
    told: Callable[[str], None] = lambda line: None,
    splits: Sequence[str] = ("train", "dev"),
) -> Trained:
    """Fit the confidence model.

    Args:
        folder: of the run; what an earlier call left there is used.
        recipe: how.
        told: gets a line now and then.
        splits: of the gold that is read.

    Raises:
        UsageError: the folder holds a run of another recipe.
        TrackingError: MLflow cannot be written; the weights are there.
    """
    claim(folder, recipe)
    began = time.monotonic()
    settings = load_settings(overrides={"batch": {"workers": len(os.sched_getaffinity(0))}})
    make_states(folder / GOLD, splits=splits)
    write_documents(folder / SYNTH, recipe.pages, seed=recipe.seed)
    write_documents(folder / MEASURED, recipe.measured, seed=recipe.seed + 1)
    gold = [each for split in splits for each in _judged(folder, f"{GOLD}/{split}", settings, told)]
    synthetic = list(_judged(folder, SYNTH, settings, told))
    learnt = [*gold, *synthetic]
    told(f"{len(learnt)} documents, {sum(len(each.right) for each in learnt)} fields")
    own, beside = (gold, synthetic) if gold else (synthetic, [])
    known = {each.family for each in gold if split_of(each.family) == "train"}
    data = to_onnx(fit(own, beside, known, recipe.seed))
    (folder / WEIGHTS).write_bytes(data)
    model = ConfidenceModel(folder / WEIGHTS)
    unseen = list(_judged(folder, MEASURED, settings, told))
    figures = measure(model, unseen, settings.checks.error_rate)
    params = {
        **asdict(recipe),
        "documents": len(learnt),
        "fields": sum(len(each.right) for each in learnt),
        "machine": platform.machine(),
        "minutes": round((time.monotonic() - began) / 60, 1),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    trained = Trained(folder / WEIGHTS, str(params["sha256"]), figures, params)
    (folder / RESULT).write_text(json.dumps(trained.as_dict(), indent=1), "utf-8")
    card = model_card("Yusuan confidence", ABOUT, params, figures, "accepted_wrong", LIMITS)
    (folder / CARD).write_text(card, "utf-8")
    if is_installed():
        log_training(folder, MODEL, params, {}, figures, folder / WEIGHTS, [folder / RESULT, folder / CARD])
    return trained


def _judged(
    folder: Path, part: str, settings: Settings, told: Callable[[str], None]
) -> Iterator[JudgedDocument]:
    """Yield the documents of a part of a run's folder that say anything, read and judged."""
    gold, out, judged = folder / part, folder / READ / part, folder / JUDGED / part
    told(f"reading {gold}")
    extract([gold], out, settings, ExtractOptions())
    truths = {each.document.source.sha256: each for each in gold_documents(gold)}
    pairs = [
        (own, truth)
        for own in document_folders(out)
        if (truth := truths.get(read_document(own).source.sha256)) is not None
    ]
    told(f"judging {len(pairs)} documents")
    own_settings = worker_settings(settings)
    with ProcessPoolExecutor(settings.batch.workers, mp_context=get_context("spawn")) as pool:
        for document in pool.map(partial(_judge, own_settings, judged), pairs):
            if len(document.right):
                yield document


def _judge(settings: Settings, judged: Path, pair: tuple[Path, GoldDocument]) -> JudgedDocument:
    """Return a document that was read, put together again from its pages, up to the stage that is fitted."""
    folder, truth = pair
    path = judged / f"{truth.name}.npz"
    document = stored(path)
    if document is None:
        read = read_document(folder)
        means = Means(settings, partial(read_page_image, folder))
        bare = Document(source=read.source, pages=read.pages)
        said = run_stages((*READING_STAGES, *TRUST_STAGES[:-1]), bare, means)
        document = judge(said, truth.document, truth.family, truth.scan)
        document.save(path)
    return document


def measure(
    model: ConfidenceModel, documents: Sequence[JudgedDocument], error_rate: float
) -> dict[str, float]:
    """Return `metric/slice` → value: errors and coverage of accepted fields, calibration of records."""
    groups: dict[str, list[JudgedDocument]] = {"all": list(documents)}
    for document in documents:
        groups.setdefault(f"state/{document.state}", []).append(document)
    figures = {}
    for name, own in groups.items():
        wrong = accepted = fields = 0
        sure, exact = [], []
        for document in own:
            right = model.fields(document.features)
            rated = model.records(record_odds(right, document.record, len(document.exact)))
            taken = (rated >= model.threshold(error_rate)) & ~document.failing
            of_taken = taken[document.record]
            lost = int(document.missing[taken].sum())
            accepted += int(of_taken.sum()) + lost
            wrong += int((of_taken & ~document.right).sum()) + lost
            fields += len(document.right) + int(document.missing.sum())
            sure.append(rated)
            exact.append(document.exact)
        figures[f"accepted_wrong/{name}"] = wrong / max(1, accepted)
        figures[f"coverage/{name}"] = accepted / max(1, fields)
        figures[f"calibration_error/{name}"] = _calibration_error(np.concatenate(sure), np.concatenate(exact))
    return figures


def _calibration_error(sure: np.ndarray, exact: np.ndarray, bins: int = 15) -> float:
    at = np.minimum((sure * bins).astype(int), bins - 1)
    return float(np.abs(np.bincount(at, sure - exact, bins)).sum() / len(sure))
