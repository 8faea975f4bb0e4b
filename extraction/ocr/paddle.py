"""PaddleOCR's models, PP-OCRv6, with the weights that pip installed, on ONNX Runtime.

Lines are read by `ocr/recognizer.py`. Where they must be found without the table model, PaddleOCR itself
finds them; it is imported only then.

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
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from yusuan.extraction.config import OcrSettings
from yusuan.extraction.errors import ModelError
from yusuan.extraction.ocr.engine import OcrEngine, Reading
from yusuan.extraction.ocr.recognizer import recognizer
from yusuan.models.cards import TEXT_DETECTION, TEXT_RECOGNITION, ModelCard
from yusuan.models.store import verified

_DECODE: dict[str, Any] = {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}}


def detection_folder() -> Path:
    """Return the folder of the detection model, making it on first use.

    Raises:
        ModelError: weights are missing, are not the ones of the model card, or cannot be set up.
    """
    normalize = {
        "mean": [0.485, 0.456, 0.406],
        "std": [0.229, 0.224, 0.225],
        "scale": "1./255.",
        "order": "hwc",
    }
    post = {
        "name": "DBPostProcess",
        "thresh": 0.2,
        "box_thresh": 0.45,
        "max_candidates": 3000,
        "unclip_ratio": 1.4,
    }
    steps = [
        _DECODE,
        {"DetResizeForTest": {"resize_long": 960}},
        {"NormalizeImage": normalize},
        {"ToCHWImage": None},
    ]
    return _model_folder(TEXT_DETECTION, steps, post)


def recognition_folder(shortest_crop: int) -> Path:
    """Return the folder of the recognition model as PaddleOCR runs it, making it on first use.

    Args:
        shortest_crop: pixels of width, at a height of 48, that crops are padded to.

    Raises:
        ModelError: see `detection_folder`.
    """
    characters = recognizer(1).characters[1:-1].tolist()
    steps = [_DECODE, {"RecResizeImg": {"image_shape": [3, 48, shortest_crop]}}]
    return _model_folder(TEXT_RECOGNITION, steps, {"name": "CTCLabelDecode", "character_dict": characters})


def _model_folder(card: ModelCard, steps: list[dict[str, Any]], post: dict[str, Any]) -> Path:
    weights = verified(card)
    configuration = {
        "Global": {"model_name": card.name},
        "PreProcess": {"transform_ops": steps},
        "PostProcess": post,
    }
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


class PaddleEngine(OcrEngine):
    """Text detection by PaddleOCR, recognition by its network.

    Raises:
        ModelError: the weights are missing or wrong, or there is no such device.
    """

    name = "paddle"

    def __init__(self, settings: OcrSettings) -> None:
        self._settings = settings
        self._recognizer = recognizer(settings.threads, settings.device)

    def detect(self, image: np.ndarray) -> np.ndarray:
        """See `OcrEngine.detect`."""
        result = self._detection.predict(np.ascontiguousarray(image[..., ::-1]))[0]
        return np.asarray(result["dt_polys"], np.float32).reshape(-1, 4, 2)

    def recognize(self, crops: Sequence[np.ndarray]) -> list[Reading]:
        """See `OcrEngine.recognize`."""
        return self._recognizer.read(crops)

    @cached_property
    def _detection(self) -> Any:
        folder = detection_folder()
        os.environ.setdefault("PADDLE_PDX_CACHE_HOME", str(_cache() / "paddlex"))
        os.environ.setdefault("PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK", "True")
        try:
            from paddleocr import TextDetection
        except ImportError as error:
            raise ModelError(f"paddleocr cannot be imported: {error}", "run `yusuan doctor`") from error
        logging.getLogger("paddlex").setLevel(logging.ERROR)
        threads = self._settings.threads or len(os.sched_getaffinity(0))
        return TextDetection(
            model_name=TEXT_DETECTION.name,
            model_dir=str(folder),
            limit_side_len=self._settings.detect_side,
            limit_type="max",
            engine="onnxruntime",
            # The arena keeps the memory of the largest page for ever; pages differ too much for that.
            engine_config={"intra_op_num_threads": threads, "enable_cpu_mem_arena": False},
            device="gpu" if self._recognizer.on_gpu else "cpu",
        )
