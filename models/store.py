"""Weights on disk: find → verify → load. Finding does no network access, ever."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import onnxruntime

from yusuan.extraction.errors import ModelError
from yusuan.models.cards import ModelCard

Device = Literal["auto", "cpu", "cuda"]

_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
_INSTALL = "pip install 'onnxruntime-gpu[cuda,cudnn]'"
# Floats of 32 bits throughout, so that a GPU sees what a CPU sees; widths of lines differ, so no search for
# the fastest convolution for each of them.
_CUDA_OPTIONS = {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}


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


def open_network(
    weights: Path, threads: int, device: Device = "cpu", *, arena: bool = True
) -> onnxruntime.InferenceSession:
    """Return an ONNX file ready to run.

    Args:
        weights: the file.
        threads: that one run may use on the CPU; 0 for one a core.
        device: where it runs: `auto` takes a GPU if ONNX Runtime can use one.
        arena: whether memory of a run is kept for the next one.

    Raises:
        ModelError: `cuda` is asked for, and ONNX Runtime cannot use a GPU here.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = arena
    providers: list[Any] = [_CPU]
    if device != "cpu":
        if _CUDA in onnxruntime.get_available_providers():
            _find_cuda()
            providers = [(_CUDA, _CUDA_OPTIONS), _CPU]
        elif device == "cuda":
            raise ModelError(
                "this ONNX Runtime knows no CUDA",
                f"use --device cpu, or pip uninstall onnxruntime, then {_INSTALL}",
            )
    network = onnxruntime.InferenceSession(str(weights), options, providers=providers)
    # Where driver or libraries are missing, ONNX Runtime says so in its log and takes the CPU.
    if device == "cuda" and not runs_on_gpu(network):
        raise ModelError(
            "ONNX Runtime found no GPU, no driver of one, or no CUDA and cuDNN libraries",
            f"use --device cpu, or see that nvidia-smi runs, and {_INSTALL}",
        )
    return network


def runs_on_gpu(network: onnxruntime.InferenceSession) -> bool:
    """Say whether a network that was opened runs on a GPU."""
    return bool(network.get_providers()[0] == _CUDA)


@cache
def _find_cuda() -> None:
    """Load the libraries of CUDA and cuDNN that pip installed; those of the system are found without it."""
    onnxruntime.preload_dlls()
