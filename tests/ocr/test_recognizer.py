"""Lines of text read by the network itself: as PaddleOCR reads them, one by one and in batches."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from yusuan.datasets.goldset.damage import make_state
from yusuan.datasets.goldset.files import GOLD, PDF_FILE
from yusuan.extraction.config import load_settings
from yusuan.extraction.errors import ModelError
from yusuan.extraction.ocr.engine import crop_quad
from yusuan.extraction.ocr.paddle import PaddleEngine, recognition_folder
from yusuan.extraction.ocr.recognizer import Recognizer
from yusuan.extraction.pages import open_source
from yusuan.models.cards import TABLES, TEXT_RECOGNITION
from yusuan.models.store import open_network, verified


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> list[np.ndarray]:
    """Lines of a scanned page as PaddleOCR finds them, some of them narrow and one as wide as the page."""
    settings = load_settings()
    path = tmp_path_factory.mktemp("pingwu_bad") / PDF_FILE
    path.write_bytes(make_state(GOLD / "pingwu", "bad").files[PDF_FILE])
    with open_source(path, settings.pages, None) as source:
        image = source.load(2).image
    quads = PaddleEngine(settings.ocr).detect(image)
    band = image[: image.shape[0] // 30]
    return [crop_quad(image, quad) for quad in quads[:70]] + [band[:, ::-1], np.zeros_like(band[:, :9])]


@pytest.fixture(scope="module")
def own() -> Recognizer:
    return Recognizer(1)


def test_it_reads_what_paddleocr_reads_to_the_last_bit(crops: list[np.ndarray], own: Recognizer) -> None:
    from paddleocr import TextRecognition

    paddle = TextRecognition(
        model_name=TEXT_RECOGNITION.name,
        model_dir=str(recognition_folder(64)),
        engine="onnxruntime",
        engine_config={"intra_op_num_threads": 1},
        device="cpu",
    )
    bgr = [np.ascontiguousarray(crop[..., ::-1]) for crop in crops]
    theirs = [(each["rec_text"], each["rec_score"]) for each in paddle.predict(bgr, batch_size=1)]
    assert own.read(crops) == theirs
    assert sum(len(text) > 3 for text, _ in theirs) > 30


def test_batches_of_a_gpu_come_back_in_order_and_read_nearly_the_same(
    crops: list[np.ndarray], own: Recognizer
) -> None:
    batched = Recognizer(1)
    batched.on_gpu = True
    alone, together = own.read(crops), batched.read(crops)
    assert len(together) == len(crops)
    other = [(one, two) for one, two in zip(alone, together, strict=True) if one.text != two.text]
    assert len(other) <= len(crops) // 20
    assert (
        np.mean([abs(one.confidence - two.confidence) for one, two in zip(alone, together, strict=True)])
        < 0.01
    )
    assert batched.read([]) == []


@pytest.mark.skipif(
    "CUDAExecutionProvider" in onnxruntime.get_available_providers(), reason="this ONNX Runtime knows CUDA"
)
def test_a_gpu_that_is_not_there_is_said_with_what_to_do() -> None:
    weights = verified(TABLES)
    assert open_network(weights, 1, "auto").get_providers() == ["CPUExecutionProvider"]
    with pytest.raises(ModelError) as missing:
        open_network(weights, 1, "cuda")
    assert "CUDA" in str(missing.value)
    assert "--device cpu" in missing.value.hint
    with pytest.raises(ModelError, match="CUDA"):
        PaddleEngine(load_settings(overrides={"ocr": {"device": "cuda"}}).ocr)
