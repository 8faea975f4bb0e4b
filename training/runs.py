"""The folder of a training run: one recipe, and what it has left there so far."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from yusuan.extraction.errors import UsageError

RECIPE, RESULT = "recipe.json", "result.json"


@dataclass(frozen=True)
class Trained:
    """What a run gave.

    Attributes:
        weights: the ONNX file.
        sha256: its hash, for the card.
        figures: `metric` or `metric/slice` → value, 0..1.
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
        shown = [f"{name:<56} {100 * value:.2f}" for name, value in self.figures.items()]
        return [*shown, f"weights    {self.weights}", f"sha256     {self.sha256}"]


def pick_device(wanted: str) -> str:
    """Return `cuda` or `cpu`; `auto` takes CUDA where torch sees it.

    Raises:
        UsageError: CUDA is asked for and not there.
    """
    there = torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise UsageError("torch sees no CUDA device", "train with --device cpu")
    return "cuda" if there and wanted != "cpu" else "cpu"


def claim(folder: Path, recipe: Any) -> None:
    """Note what a folder is trained with.

    Raises:
        UsageError: the folder holds a run of another recipe; its pages and state do not fit.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, wanted = folder / RECIPE, json.dumps(asdict(recipe), sort_keys=True)
    if path.is_file() and path.read_text("utf-8") != wanted:
        raise UsageError(
            f"{folder} holds a run of another recipe", "give another folder, or the same options"
        )
    path.write_text(wanted, "utf-8")


def read_curve(path: Path) -> dict[str, list[float]]:
    """Return the losses that were told so far, by step; none where there is no file."""
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else {}
