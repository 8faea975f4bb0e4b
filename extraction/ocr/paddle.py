"""PaddleOCR itself, on ONNX Runtime, with the PP-OCRv6 weights that pip installed.

PaddleOCR wants a folder for each model with `inference.onnx` and `inference.yml`. The wheel of
rapidocr carries the ONNX files only, so the folders are made here, from configuration that we
wrote: PaddleX evaluates strings of a model's configuration, hence nobody else's is ever loaded.
With a folder given it never asks a model hub.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from yusuan.extraction.config import OcrSettings
from yusuan.extraction.errors import ModelError
from yusuan.extraction.ocr.engine import OcrEngine, Reading
from yusuan.models.cards import TEXT_DETECTION, TEXT_RECOGNITION, ModelCard
from yusuan.models.store import verified

# Recognition pads each crop to this many pixels of width at height 48. PaddleOCR's own 320 spends
# half of the time on white paper when most crops are figures; the readings are the same (docs/design.md).
_SHORTEST_CROP = 64
_DECODE = {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}}


def model_folders(shortest_crop: int = _SHORTEST_CROP) -> tuple[Path, Path]:
    """Return the folders of the detection and the recognition model, making them on first use.

    Raises:
        ModelError: weights are missing, are not the ones of the model card, or cannot be set up.
    """
    detection = {
        "Global": {"model_name": TEXT_DETECTION.name},
        "PreProcess": {
            "transform_ops": [
                _DECODE,
                {"DetResizeForTest": {"resize_long": 960}},
                {
                    "NormalizeImage": {
                        "mean": [0.485, 0.456, 0.406],
                        "std": [0.229, 0.224, 0.225],
                        "scale": "1./255.",
                        "order": "hwc",
                    }
                },
                {"ToCHWImage": None},
            ]
        },
        "PostProcess": {
            "name": "DBPostProcess",
            "thresh": 0.2,
            "box_thresh": 0.45,
            "max_candidates": 3000,
            "unclip_ratio": 1.4,
        },
    }
    recognition = {
        "Global": {"model_name": TEXT_RECOGNITION.name},
        "PreProcess": {"transform_ops": [_DECODE, {"RecResizeImg": {"image_shape": [3, 48, shortest_crop]}}]},
        "PostProcess": {"name": "CTCLabelDecode"},
    }
    return _model_folder(TEXT_DETECTION, detection), _model_folder(TEXT_RECOGNITION, recognition)


def _model_folder(card: ModelCard, configuration: dict[str, Any]) -> Path:
    weights = verified(card)
    if card is TEXT_RECOGNITION:
        configuration["PostProcess"]["character_dict"] = _characters(weights)
    text = yaml.safe_dump(configuration, allow_unicode=True)
    folder = _cache() / f"{card.name}-{card.sha256[:8]}-{zlib.crc32(text.encode('utf-8')):08x}"
    if (folder / "inference.yml").is_file() and (folder / "inference.onnx").exists():
        return folder
    # Several workers may arrive here at once: each makes its own folder and the first rename wins.
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=folder.parent))
        try:
            (draft / "inference.onnx").symlink_to(weights)
        except OSError:
            shutil.copyfile(weights, draft / "inference.onnx")
        (draft / "inference.yml").write_text(text, "utf-8")
        try:
            draft.rename(folder)
        except OSError:
            shutil.rmtree(draft)
    except OSError as error:
        raise ModelError(
            f"cannot set up {card.name} in {folder.parent}: {error}", "set XDG_CACHE_HOME"
        ) from error
    return folder


def _cache() -> Path:
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "yusuan"


def _characters(weights: Path) -> list[str]:
    import onnxruntime

    session = onnxruntime.InferenceSession(weights, providers=["CPUExecutionProvider"])
    return session.get_modelmeta().custom_metadata_map["character"].split("\n")


def _has_cuda() -> bool:
    import onnxruntime

    return "CUDAExecutionProvider" in onnxruntime.get_available_providers()


class PaddleEngine(OcrEngine):
    """Text detection and recognition by PaddleOCR.

    Raises:
        ModelError: the weights are missing or wrong, or PaddleOCR cannot load them.
    """

    name = "paddle"

    def __init__(self, settings: OcrSettings) -> None:
        detection, recognition = model_folders()
        cache = str(_cache() / "paddlex")
        os.environ.setdefault("PADDLE_PDX_CACHE_HOME", cache)
        os.environ.setdefault("PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK", "True")
        try:
            from paddleocr import TextDetection, TextRecognition
        except ImportError as error:
            raise ModelError(f"paddleocr cannot be imported: {error}", "run `yusuan doctor`") from error
        logging.getLogger("paddlex").setLevel(logging.ERROR)
        options: dict[str, Any] = {"intra_op_num_threads": settings.threads or len(os.sched_getaffinity(0))}
        # The arena keeps the memory of the largest page for ever; pages differ too much for that.
        options["enable_cpu_mem_arena"] = False
        cuda = settings.device == "cuda" or (settings.device == "auto" and _has_cuda())
        if settings.device == "cuda" and not _has_cuda():
            raise ModelError(
                "ONNX Runtime sees no CUDA device", "use --device cpu, or install onnxruntime-gpu"
            )
        common = {"engine": "onnxruntime", "engine_config": options, "device": "gpu" if cuda else "cpu"}
        self._detection = TextDetection(
            model_name=TEXT_DETECTION.name,
            model_dir=str(detection),
            limit_side_len=settings.detect_side,
            limit_type="max",
            **common,
        )
        self._recognition = TextRecognition(
            model_name=TEXT_RECOGNITION.name, model_dir=str(recognition), **common
        )

    def detect(self, image: np.ndarray) -> np.ndarray:
        """See `OcrEngine.detect`."""
        result = self._detection.predict(np.ascontiguousarray(image[..., ::-1]))[0]
        return np.asarray(result["dt_polys"], np.float32).reshape(-1, 4, 2)

    def recognize(self, crops: Sequence[np.ndarray]) -> list[Reading]:
        """See `OcrEngine.recognize`."""
        if not crops:
            return []
        # PaddleOCR runs crops of one batch padded to the widest, so batches of one are fastest on a CPU.
        results = self._recognition.predict(
            [np.ascontiguousarray(crop[..., ::-1]) for crop in crops], batch_size=1
        )
        return [Reading(result["rec_text"], float(result["rec_score"])) for result in results]
