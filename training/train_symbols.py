"""Train the reader of isolated symbols: `python -m yusuan.training.train_symbols`.

It learns from drawn glyphs only and writes the ONNX file that `yusuan.models.cards.SYMBOLS` names. The same
seed, fonts and library versions give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

import yusuan.models
from yusuan.extraction.ocr.symbols import SIDE, SIZES
from yusuan.models.cards import SYMBOLS as CARD
from yusuan.training.drawn_glyphs import OTHER, SYMBOLS, Face, Samples, draw_samples, installed_faces

CHANNELS = (12, 20, 28)
HIDDEN = 40
OPSET = 17


@dataclass(frozen=True)
class Recipe:
    """How to train: samples drawn, passes over them, samples a step, and the seed of everything random."""

    samples: int = 60_000
    epochs: int = 10
    batch: int = 128
    seed: int = 20
    rate: float = 6e-3


class SymbolNetwork(nn.Module):
    """Three strided convolutions over the ink, joined by the sizes, then two dense layers."""

    def __init__(self) -> None:
        super().__init__()
        widths = (1, *CHANNELS)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride=2, padding=1) for before, after in pairwise(widths)
        )
        side = SIDE // 2 ** len(CHANNELS)
        self.hidden = nn.Linear(CHANNELS[-1] * side * side + SIZES, HIDDEN)
        self.last = nn.Linear(HIDDEN, OTHER + 1)

    def forward(self, image: torch.Tensor, size: torch.Tensor) -> torch.Tensor:
        """Return `(N, OTHER + 1)` logits for `(N, 1, SIDE, SIDE)` ink and `(N, SIZES)` sizes."""
        for convolution in self.convolutions:
            image = torch.relu(convolution(image))
        joined = torch.cat([image.flatten(1), size], dim=1)
        return self.last(torch.relu(self.hidden(joined)))


def train(samples: Samples, recipe: Recipe) -> SymbolNetwork:
    """Return a network trained on `samples`, on one thread so that sums have one order."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(recipe.seed)
    network = SymbolNetwork()
    images, sizes, classes = (
        torch.from_numpy(part) for part in (samples.images, samples.sizes, samples.classes)
    )
    steps = -(-len(classes) // recipe.batch)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, total_steps=steps * recipe.epochs)
    for _ in range(recipe.epochs):
        for chosen in torch.randperm(len(classes)).split(recipe.batch):
            logits = network(images[chosen], sizes[chosen])
            # A little doubt in the labels: some drawn glyphs are beyond reading; confidence should say so.
            loss = nn.functional.cross_entropy(logits, classes[chosen], label_smoothing=0.01)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def network_to_onnx(network: SymbolNetwork) -> bytes:
    """Return the network as an ONNX file: inputs `image` and `size`, output `probabilities`.

    Written node by node, because an exporter would put its version and the paths of sources into the file.
    """
    nodes, below = [], "image"
    for number in range(len(CHANNELS)):
        weights = [f"convolutions.{number}.weight", f"convolutions.{number}.bias"]
        nodes.append(
            helper.make_node("Conv", [below, *weights], [f"conv{number}"], strides=[2, 2], pads=[1, 1, 1, 1])
        )
        nodes.append(helper.make_node("Relu", [f"conv{number}"], [f"relu{number}"]))
        below = f"relu{number}"
    nodes += [
        helper.make_node("Flatten", [below], ["flat"]),
        helper.make_node("Concat", ["flat", "size"], ["joined"], axis=1),
        helper.make_node("Gemm", ["joined", "hidden.weight", "hidden.bias"], ["hidden"], transB=1),
        helper.make_node("Relu", ["hidden"], ["active"]),
        helper.make_node("Gemm", ["active", "last.weight", "last.bias"], ["logits"], transB=1),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    state = network.state_dict()
    graph = helper.make_graph(
        nodes,
        "symbols",
        [
            helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, SIDE, SIDE]),
            helper.make_tensor_value_info("size", TensorProto.FLOAT, ["n", SIZES]),
        ],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", OTHER + 1])],
        [numpy_helper.from_array(state[name].numpy(), name) for name in sorted(state)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    helper.set_model_props(model, {"symbols": SYMBOLS})
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def run(recipe: Recipe, faces: list[Face]) -> bytes:
    """Draw samples, train on them and return the ONNX file."""
    samples = draw_samples(recipe.samples, faces, np.random.default_rng(recipe.seed))
    return network_to_onnx(train(samples, recipe))


def main() -> None:
    """Train, write the file and print the hash for its card."""
    parser = argparse.ArgumentParser(description="Train the reader of isolated symbols on drawn glyphs.")
    default = Path(next(iter(yusuan.models.__path__))) / "weights" / CARD.file
    parser.add_argument("-o", "--output", type=Path, default=default, help="ONNX file to write")
    parser.add_argument("--samples", type=int, default=Recipe.samples)
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    chosen = parser.parse_args()
    recipe = Recipe(samples=chosen.samples, epochs=chosen.epochs, seed=chosen.seed)
    cv2.setNumThreads(1)
    data = run(recipe, installed_faces())
    chosen.output.parent.mkdir(parents=True, exist_ok=True)
    chosen.output.write_bytes(data)
    print(f"{chosen.output.name}  {len(data)} bytes  sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
