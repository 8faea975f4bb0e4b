"""From nothing to weights of the table model, in one call: `yusuan train tables`.

Corpus → training → ONNX file → measured on pages that nothing was trained on → MLflow. Each step leaves its
result in the folder of the run, and the same call, given again, goes on where it was stopped.
"""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from yusuan.eval.grid_scores import METRICS, finder_named, score_finders, synthetic_pages
from yusuan.eval.result import Figure
from yusuan.extraction.debug import draw_maps
from yusuan.extraction.errors import UsageError
from yusuan.extraction.tables.look import TableLook
from yusuan.models.table_maps import MAP_DPI, MAPS
from yusuan.training.table_corpus import corpus_digest, read_sample, write_corpus
from yusuan.training.table_onnx import network_to_onnx
from yusuan.training.tracking import is_installed, log_training
from yusuan.training.train_tables import Recipe, train

# Files of a run.
CORPUS, STATE, CURVE, WEIGHTS, OVERLAY, RESULT = (
    "corpus",
    "state.pt",
    "losses.json",
    "tables.onnx",
    "overlay.jpg",
    "result.json",
)
MODEL = "yusuan-tables"


@dataclass(frozen=True)
class Trained:
    """What a run gave.

    Attributes:
        weights: the ONNX file.
        sha256: its hash, for the card.
        figures: `metric/slice` → value, 0..1, on synthetic pages of another seed.
        params: how it was made.
    """

    weights: Path
    sha256: str
    figures: Mapping[str, float]
    params: Mapping[str, object]

    def as_dict(self) -> dict[str, Any]:
        """Return it for machines."""
        return {**asdict(self), "weights": str(self.weights)}

    def lines(self) -> list[str]:
        """Return it for people."""
        shown = [f"{name:<40} {100 * value:.2f}" for name, value in self.figures.items()]
        return [*shown, f"weights    {self.weights}", f"sha256     {self.sha256}"]


def train_tables(
    folder: Path,
    recipe: Recipe,
    device: str = "auto",
    measured: int = 120,
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
    device = _device(device)
    _claim(folder, recipe)
    began = time.monotonic()
    corpus = corpus or folder / CORPUS
    files = write_corpus(corpus, recipe.corpus, recipe.shape.shrink)
    told(f"{len(files)} pages in {corpus}")
    curve: dict[str, list[float]] = _read(folder / CURVE)

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


def _device(wanted: str) -> str:
    there = torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise UsageError("torch sees no CUDA device", "train with --device cpu")
    return "cuda" if there and wanted != "cpu" else "cpu"


def _claim(folder: Path, recipe: Recipe) -> None:
    """Note what a folder is trained with; refuse one of another recipe: its pages and state do not fit."""
    folder.mkdir(parents=True, exist_ok=True)
    path, wanted = folder / "recipe.json", json.dumps(asdict(recipe), sort_keys=True)
    if path.is_file() and path.read_text("utf-8") != wanted:
        raise UsageError(
            f"{folder} holds a run of another recipe", "give another folder, or the same options"
        )
    path.write_text(wanted, "utf-8")


def _read(path: Path) -> dict[str, list[float]]:
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else {}


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
