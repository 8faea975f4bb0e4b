"""Weights on disk: find → verify → load. Finding does no network access, ever."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import onnxruntime

from yusuan.extraction.errors import ModelError
from yusuan.models.cards import ModelCard


def find(card: ModelCard) -> Path:
    """Return the path of the card's file.

    A folder named by the environment variable `YUSUAN_MODELS` is looked into first, then the
    installed package that the card names.

    Raises:
        ModelError: the file is in neither place.
    """
    own_folder = os.environ.get("YUSUAN_MODELS")
    if own_folder and (Path(own_folder) / card.file).is_file():
        return Path(own_folder) / card.file
    package, _, folder = card.package.partition(":")
    spec = find_spec(package)
    for root in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(root) / folder / card.file
        if path.is_file():
            return path
    raise ModelError(
        f"the weights {card.file} of {card.name} are not installed",
        f"install {package.split('.')[0]} again, or put the file into a folder and name it in YUSUAN_MODELS",
    )


@cache
def file_sha256(path: Path) -> str:
    """Return the hex SHA-256 of a file (remembered: weights do not change under a running program)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verified(card: ModelCard) -> Path:
    """Return the path of the card's file after checking its hash.

    Raises:
        ModelError: it is missing, or is another file than the card names.
    """
    path = find(card)
    found = file_sha256(path)
    if found != card.sha256:
        raise ModelError(
            f"{path} is not {card.name}: SHA-256 {found[:12]}…, but the model card says {card.sha256[:12]}…",
            "install the version of the package that constraints.txt pins",
        )
    return path


def open_network(weights: Path, threads: int) -> onnxruntime.InferenceSession:
    """Return an ONNX file ready to run on the CPU.

    Args:
        weights: the file.
        threads: that one run may use; 0 for one a core.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
