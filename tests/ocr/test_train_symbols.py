"""Training of the reader of isolated symbols, one small step of it, on whatever font there is."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the training extra")
pytest.importorskip("onnx", reason="needs the training extra")

import onnxruntime
from PIL import ImageFont

from yusuan.training.drawn_glyphs import SYMBOLS, Face, draw_samples
from yusuan.training.train_symbols import Recipe, network_to_onnx, train


@pytest.fixture(scope="module")
def face(tmp_path_factory: pytest.TempPathFactory) -> Face:
    built_in = ImageFont.load_default(12)
    assert isinstance(built_in, ImageFont.FreeTypeFont)
    path = tmp_path_factory.mktemp("fonts") / "built-in.ttf"
    built_in.path.seek(0)
    path.write_bytes(built_in.path.read())
    return Face(path)


def test_a_few_steps_learn_and_give_the_same_file_again(face: Face) -> None:
    recipe = Recipe(samples=400, epochs=20, batch=40, rate=1e-2)
    samples = draw_samples(recipe.samples, [face], np.random.default_rng(1))
    network = train(samples, recipe)
    data = network_to_onnx(network)
    assert data == network_to_onnx(train(samples, recipe))
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(None, {"image": samples.images, "size": samples.sizes})
    assert session.get_modelmeta().custom_metadata_map["symbols"] == SYMBOLS
    assert np.allclose(probabilities.sum(axis=1), 1.0, atol=1e-5)
    most_frequent = np.bincount(samples.classes).max() / recipe.samples
    assert (probabilities.argmax(axis=1) == samples.classes).mean() > most_frequent + 0.1
