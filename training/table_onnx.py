"""The table network as an ONNX file: normalisation folded in, the same bytes for the same weights.

Written node by node, because an exporter would put its version and the paths of sources into the file.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from yusuan.models.table_maps import MAPS
from yusuan.models.table_network import Block

OPSET = 17


class _Graph:
    """Nodes and weights while they are put together; each method returns the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, np.ndarray] = {}

    def _node(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        name = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def _weight(self, values: torch.Tensor) -> str:
        name = f"weight{len(self.weights):03d}"
        self.weights[name] = values.detach().float().contiguous().numpy()
        return name

    def conv(
        self, x: str, weight: torch.Tensor, bias: torch.Tensor | None, step: int = 1, groups: int = 1
    ) -> str:
        """Convolve so that `step` pixels become one, with as much around as keeps that exact."""
        high, wide = weight.shape[2:]
        inputs = [x, self._weight(weight)] + ([] if bias is None else [self._weight(bias)])
        pads = [(high - step) // 2, (wide - step) // 2] * 2 if step > 1 else [high // 2, wide // 2] * 2
        return self._node("Conv", inputs, pads=pads, strides=[step, step], group=groups)

    def relu(self, x: str) -> str:
        return self._node("Relu", [x])

    def add(self, a: str, b: str) -> str:
        return self._node("Add", [a, b])

    def double(self, x: str) -> str:
        """Make every pixel four."""
        scales = self._weight(torch.tensor([1.0, 1.0, 2.0, 2.0]))
        return self._node(
            "Resize",
            [x, "", scales],
            mode="nearest",
            nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        )

    def sigmoid(self, x: str) -> str:
        return self._node("Sigmoid", [x])

    def block(self, x: str, block: Block) -> str:
        """See `Block`."""
        scale, shift = _scale_and_shift(block.norm)
        width = len(scale)
        parts = [
            self.conv(x, convolution.weight * scale[:, None, None, None], bias, groups=width)
            for convolution, bias in ((block.row, None), (block.column, None), (block.around, shift))
        ]
        seen = self.add(self.add(parts[0], parts[1]), parts[2])
        mixed = self.relu(self.conv(seen, block.wide.weight, block.wide.bias))
        return self.add(x, self.conv(mixed, block.narrow.weight, block.narrow.bias))


def _scale_and_shift(norm: nn.BatchNorm2d) -> tuple[torch.Tensor, torch.Tensor]:
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return scale, norm.bias - norm.running_mean * scale


def _folded(convolution: nn.Module, norm: nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    scale, shift = _scale_and_shift(norm)
    return convolution.weight * scale[:, None, None, None], shift


def _over_pixels(weight: torch.Tensor, shrink: int) -> torch.Tensor:
    """Return a convolution over pixels that were laid over one another as one over the pixels themselves."""
    after, channels, high, wide = weight.shape
    parted = weight.reshape(after, channels // shrink**2, shrink, shrink, high, wide)
    return parted.permute(0, 1, 4, 2, 5, 3).reshape(after, -1, high * shrink, wide * shrink)


def network_to_onnx(network: Any) -> bytes:
    """Return a `TableNetwork` as an ONNX file: input `page`, output `maps`, probabilities."""
    graph = _Graph()
    with torch.no_grad():
        weight, bias = _folded(network.stem[1], network.stem[2])
        shrink = network.shape.shrink
        x = graph.relu(graph.conv("page", _over_pixels(weight, shrink), bias, step=shrink))
        kept = []
        for level, stage in enumerate(network.stages):
            for block in stage:
                x = graph.block(x, block)
            if level < len(network.downs):
                kept.append(x)
                down = network.downs[level]
                x = graph.relu(graph.conv(x, *_folded(down[0], down[1]), step=2))
        for level in reversed(range(len(network.ups))):
            raised = graph.double(graph.conv(x, network.ups[level][0].weight, None))
            x = graph.block(graph.add(kept[level], raised), network.joins[level])
        graph.sigmoid(graph.conv(x, network.head.weight, network.head.bias))
    graph.nodes[-1].output[0] = "maps"
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "tables",
            [helper.make_tensor_value_info("page", TensorProto.FLOAT, [1, 3, "height", "width"])],
            [helper.make_tensor_value_info("maps", TensorProto.FLOAT, [1, len(MAPS), "rows", "columns"])],
            [numpy_helper.from_array(values, name) for name, values in graph.weights.items()],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=8,
    )
    helper.set_model_props(model, {"maps": ",".join(MAPS), "shrink": str(shrink)})
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))
