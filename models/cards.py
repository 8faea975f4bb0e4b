"""Model cards: what each set of weights is, where it comes from, and the hash it must have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ModelCard:
    """One file of weights.

    Attributes:
        name: the name that its makers gave it.
        task: what it predicts.
        file: the file's name.
        package: the installed Python package that carries it, as `package:folder`.
        sha256: hash of the file; anything else is refused.
        licence: SPDX identifier.
        origin: who trained it.
        input: what it expects.
    """

    name: str
    task: Literal[
        "text_detection",
        "text_recognition",
        "symbol_classification",
        "table_structure",
        "token_labels",
        "confidence",
    ]
    file: str
    package: str
    sha256: str
    licence: str
    origin: str
    input: str


TEXT_DETECTION = ModelCard(
    name="PP-OCRv6_small_det",
    task="text_detection",
    file="PP-OCRv6_det_small.onnx",
    package="rapidocr:models",
    sha256="090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    licence="Apache-2.0",
    origin="PaddlePaddle authors (PaddleOCR), ONNX file in the wheel of rapidocr 3.10.0",
    input="float32 (N, 3, H, W), RGB, ImageNet mean and deviation, H and W multiples of 32",
)

TEXT_RECOGNITION = ModelCard(
    name="PP-OCRv6_small_rec",
    task="text_recognition",
    file="PP-OCRv6_rec_small.onnx",
    package="rapidocr:models",
    sha256="6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
    licence="Apache-2.0",
    origin="PaddlePaddle authors (PaddleOCR), ONNX file in the wheel of rapidocr 3.10.0",
    input="float32 (N, 3, 48, W), RGB in -1..1; 18,708 characters in the metadata key `character`",
)

SYMBOLS = ModelCard(
    name="yusuan_symbols",
    task="symbol_classification",
    file="symbols.onnx",
    package="yusuan.models:weights",
    sha256="6225f0858ed12dc521750b6e4e589cff582b79381028dcfb3b74add2d70bc074",
    licence="Apache-2.0",
    origin="the Yusuan authors, trained from scratch on drawn glyphs by yusuan.training.train_symbols",
    input="float32 (N, 1, 24, 24), ink 0..1; float32 (N, 4), sizes; characters in the metadata key `symbols`",
)

TABLES = ModelCard(
    name="yusuan_tables",
    task="table_structure",
    file="tables.onnx",
    package="yusuan.models:weights",
    sha256="450ace0c488b63d3682a8ae677ccabccd42e98c962275914a4190ed080ae2ea2",
    licence="Apache-2.0",
    origin="the Yusuan authors, trained from scratch by `yusuan train tables` on 4,800 synthetic pages, "
    "110 minutes on 2 cores of an AMD EPYC",
    input="float32 (1, 3, H, W), RGB 0..1 at 50 dpi times the metadata key `shrink`, H and W multiples of "
    "8 times it",
)

LABELS = ModelCard(
    name="yusuan_labels",
    task="token_labels",
    file="labels.onnx",
    package="yusuan.models:weights",
    sha256="9224b8637ac1056d9b8c0be5f2cacec2ca617c41a48a02198797128c165a122f",
    licence="Apache-2.0",
    origin="the Yusuan authors, trained from scratch by `yusuan train labels` on 24,000 synthetic "
    "documents and the gold of the training families",
    input="tokens, cells and places of a table as `yusuan.extraction.fields.table_view.encode` gives them; "
    "its tokens in the metadata key `vocabulary`",
)

CONFIDENCE = ModelCard(
    name="yusuan_confidence",
    task="confidence",
    file="confidence.onnx",
    package="yusuan.models:weights",
    sha256="207b9ec5c9c87e920b891436050a0fbb9529b5b4ff1746c6698552020f8d87ce",
    licence="Apache-2.0",
    origin="the Yusuan authors, fitted by `yusuan train confidence` on gold of the training and development "
    "families in all states of their paper and on synthetic pages",
    input="float32 (N, F), evidence of fields as `yusuan.extraction.checks.evidence` gives it",
)

# What pages are read with, and what documents are put together with from their pages.
READING: tuple[ModelCard, ...] = (TEXT_DETECTION, TEXT_RECOGNITION, SYMBOLS, TABLES)
ASSEMBLING: tuple[ModelCard, ...] = (LABELS, CONFIDENCE)
CARDS = READING + ASSEMBLING
