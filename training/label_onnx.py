"""The label network as an ONNX file, with its vocabulary; the same bytes for the same weights."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import onnx
import torch
from onnx import helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from yusuan.extraction.fields.table_view import CHUNK, feature_count
from yusuan.extraction.token_labels import LABELS
from yusuan.models.label_network import LabelInputs, LabelNetwork

OPSET = 17
# Dimensions that differ from table to table: chunks of text, tables, cells.
INPUTS: dict[str, dict[int, str]] = {
    "tokens": {0: "chunks"},
    "hints": {0: "chunks"},
    "owner": {0: "chunks"},
    "first": {0: "tables", 1: "cells"},
    "boxes": {0: "tables", 1: "cells"},
    "features": {0: "tables", 1: "cells"},
}
OUTPUT = "scores"


class _Scorer(nn.Module):
    def __init__(self, network: LabelNetwork, temperature: float) -> None:
        super().__init__()
        self.network, self.temperature = network, temperature

    def forward(self, *tables: torch.Tensor) -> torch.Tensor:
        logits = self.network(LabelInputs(*tables))
        return torch.log_softmax(logits / self.temperature, -1)


def labels_to_onnx(
    network: LabelNetwork,
    vocabulary: Mapping[str, int],
    learnt: Collection[str],
    temperature: float = 1.0,
    column_weight: float = 0.5,
    quantised: bool = True,
) -> bytes:
    """Return a label network as an ONNX file that gives log-probabilities of tags.

    Args:
        network: trained.
        vocabulary: token → number.
        learnt: labels that it was shown.
        temperature: by which logits are divided; see `label_fitting`.
        column_weight: how much the cells of a column count for one another, likewise.
        quantised: weights of matrices as int8 (dynamic quantisation): a third of the size.
    """
    scorer = _Scorer(network, temperature).eval()
    # Two cells with a token each, in one table.
    example = (
        torch.tensor([[1, 40, 1, 41] + [0] * (CHUNK - 4)]),
        torch.zeros(1, CHUNK, dtype=torch.int64),
        torch.tensor([[0, 0, 1, 1] + [2] * (CHUNK - 4)]),
        torch.tensor([[0, 2]]),
        torch.tensor([[[0, 0, 1, 1], [0, 1, 1, 2]]]),
        torch.zeros(1, 2, feature_count()),
    )
    file = io.BytesIO()
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                scorer,
                example,
                file,  # type: ignore[arg-type]
                input_names=list(INPUTS),
                output_names=[OUTPUT],
                dynamic_axes={**INPUTS, OUTPUT: {0: "chunks"}},
                opset_version=OPSET,
                dynamo=False,
            )
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
    model = onnx.load_from_string(file.getvalue())
    if quantised:
        with TemporaryDirectory() as folder:
            plain, small = Path(folder) / "plain.onnx", Path(folder) / "small.onnx"
            onnx.save(model, plain)
            quantize_dynamic(plain, small, weight_type=QuantType.QInt8)
            model = onnx.load(small)
    helper.set_model_props(
        model,
        {
            "vocabulary": json.dumps(list(vocabulary), ensure_ascii=False),
            "labels": json.dumps(list(LABELS)),
            "learnt": json.dumps(sorted(learnt)),
            "column_weight": str(column_weight),
        },
    )
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))
