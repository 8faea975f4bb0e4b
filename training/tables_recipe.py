"""From nothing to weights of the table model, in one call: `yusuan train tables`.

Corpus → training → ONNX file → measured on pages that nothing was trained on → MLflow. Each step leaves its
result in the folder of the run, and the same call, given again, goes on where it was stopped.
"""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import torch

from yusuan.eval.grid_scores import METRICS, finder_named, score_finders, synthetic_pages
from yusuan.eval.result import Figure
from yusuan.extraction.debug import draw_maps
from yusuan.extraction.tables.look import TableLook
from yusuan.models.table_maps import MAP_DPI, MAPS
from yusuan.training.runs import RESULT, Trained, claim, pick_device, read_curve
from yusuan.training.table_corpus import corpus_digest, read_sample, write_corpus
from yusuan.training.table_onnx import network_to_onnx
from yusuan.training.tracking import is_installed, log_training
from yusuan.training.train_tables import Recipe, train

# Files of a run.
CORPUS, STATE, CURVE, WEIGHTS, OVERLAY = "corpus", "state.pt", "losses.json", "tables.onnx", "overlay.jpg"
MODEL = "yusuan-tables"
# Synthetic pages of each kind to measure on.
MEASURED = 120


def train_tables(
    folder: Path,
    recipe: Recipe,
    device: str = "auto",
    measured: int = MEASURED,
    told: Callable[[str], None] = lambda line: None,
    corpus: Path | None = None,
) -> Trained:
    """Train the table model.

    Args:
        folder: of the run; what an earlier call left there is used.
        recipe: how.
        device: `cpu`, `cuda`, or `auto`.
        measured: synthetic pages to measure on.
        told: gets a line now and then.
        corpus: folder of the pages, where runs share them; in that of the run when None.

    Raises:
        UsageError: the folder holds a run of another recipe, or there is no such device.
        TrackingError: MLflow cannot be written; the weights are there.
    """
    device = pick_device(device)
    claim(folder, recipe)
    began = time.monotonic()
    corpus = corpus or folder / CORPUS
    files = write_corpus(corpus, recipe.corpus, recipe.shape.shrink)
    told(f"{len(files)} pages in {corpus}")
    curve = read_curve(folder / CURVE)

    def note(step: int, losses: list[float]) -> None:
        curve[str(step)] = losses
        (folder / CURVE).write_text(json.dumps(curve), "utf-8")
        shown = ", ".join(f"{name} {loss:.3f}" for name, loss in zip(MAPS, losses, strict=True))
        told(f"step {step} of {recipe.steps}: {shown}")

    network = train(files, recipe, folder / STATE, note, device)
    data = network_to_onnx(network)
    (folder / WEIGHTS).write_bytes(data)
    look = TableLook(0, folder / WEIGHTS)
    found = score_finders(
        synthetic_pages(measured),
        {"model": finder_named("model", look)},
    )
    _draw_overlay(folder / OVERLAY, [read_sample(path).image for path in files[:4]], look)
    params = {
        **{key: value for key, value in asdict(recipe).items() if key not in ("shape", "corpus")},
        **{f"corpus.{key}": value for key, value in asdict(recipe.corpus).items()},
        **asdict(recipe.shape),
        "device": device,
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads",
        "minutes": round((time.monotonic() - began) / 60, 1),
        "data": corpus_digest(files)[:16],
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    trained = Trained(folder / WEIGHTS, str(params["sha256"]), _named(found["model"]), params)
    (folder / RESULT).write_text(json.dumps(trained.as_dict(), indent=1), "utf-8")
    if is_installed():
        curves = {
            f"loss/{name}": {int(step): losses[place] for step, losses in curve.items()}
            for place, name in enumerate(MAPS)
        }
        seen = [folder / name for name in (OVERLAY, RESULT)]
        log_training(folder, MODEL, params, curves, trained.figures, folder / WEIGHTS, seen)
    return trained


def _named(figures: tuple[Figure, ...]) -> dict[str, float]:
    return {
        figure.metric if figure.group == "all" else f"{figure.metric}/{figure.name}": figure.value
        for figure in figures
        if figure.metric in METRICS and figure.value is not None
    }


def _draw_overlay(path: Path, images: list[np.ndarray], look: TableLook) -> None:
    """Write pages with what the model sees drawn over them."""
    tiles = [draw_maps(image, look(image, MAP_DPI * look.shrink)) for image in images]
    height = max(tile.shape[0] for tile in tiles)
    padded = [
        cv2.copyMakeBorder(tile, 0, height - tile.shape[0], 0, 8, cv2.BORDER_CONSTANT, value=(205,) * 3)
        for tile in tiles
    ]
    cv2.imwrite(str(path), np.hstack(padded)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 70])
