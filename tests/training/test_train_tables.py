"""The table model: training is the same twice and taken up where it was left; what is written of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from mlflow import MlflowClient
from yusuan.eval.grid_scores import score_finders, synthetic_pages
from yusuan.extraction.errors import UsageError
from yusuan.extraction.tables.find import find_tables
from yusuan.extraction.tables.look import TableLook
from yusuan.models.table_maps import MAPS, SHRINK
from yusuan.models.table_network import NetworkShape, TableNetwork
from yusuan.training import train_tables
from yusuan.training.table_corpus import read_sample, write_corpus
from yusuan.training.table_onnx import network_to_onnx
from yusuan.training.tables_recipe import train_tables as run
from yusuan.training.train_tables import Recipe, crop, draw_maps, train

SMALL = NetworkShape((8, 8, 8, 8), (1, 1, 1, 1), (3, 3, 3, 3))
RECIPE = Recipe(pages=8, steps=4, batch=2, side=128, seed=3, shape=SMALL)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_corpus(tmp_path_factory.mktemp("corpus"), RECIPE.pages, RECIPE.seed, workers=1)


def test_a_corpus_is_drawn_once(files: list[Path]) -> None:
    times = [path.stat().st_mtime_ns for path in files]
    assert write_corpus(files[0].parent, RECIPE.pages, RECIPE.seed, workers=1) == files
    assert [path.stat().st_mtime_ns for path in files] == times


def test_views_and_maps_belong_together(files: list[Path]) -> None:
    sample = read_sample(files[0])
    assert sample.image.dtype == np.uint8
    height, width = sample.image.shape[:2]
    even = width - width % SHRINK, height - height % SHRINK
    maps = draw_maps(sample.borders, even, np.array([[1.0, 0, 0], [0, 1.0, 0]]))
    assert maps.shape == (len(MAPS), even[1] // SHRINK, even[0] // SHRINK)
    # Lines of text are where the ink is: darker than the page.
    gray = sample.image[: even[1] : SHRINK, : even[0] : SHRINK].mean(axis=2)
    inside = maps[MAPS.index("text")] > 200
    assert gray[inside].mean() < gray.mean() - 10
    view, truth = crop(sample, 128, np.random.default_rng(1))
    assert view.shape == (128, 128, 3)
    assert truth.shape == (len(MAPS), 64, 64)


def test_training_is_the_same_twice_and_goes_on_where_it_was_left(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_tables, "SETTLING", 2)
    monkeypatch.setattr(train_tables, "KEEP_EVERY", 2)
    torch.set_num_threads(1)
    whole = network_to_onnx(train(files, RECIPE))
    assert network_to_onnx(train(files, RECIPE)) == whole

    class CutError(Exception):
        pass

    def cut(step: int, losses: list[float]) -> None:
        assert len(losses) == len(MAPS)
        if step == 3:
            raise CutError

    monkeypatch.setattr(train_tables, "TELL_EVERY", 1)
    with pytest.raises(CutError):
        train(files, RECIPE, tmp_path / "state.pt", cut)
    seen = []
    again = train(files, RECIPE, tmp_path / "state.pt", lambda step, losses: seen.append(step))
    assert seen == [3, 4]
    assert network_to_onnx(again) == whole


def test_the_file_says_what_the_network_says() -> None:
    torch.manual_seed(1)
    network = TableNetwork(SMALL).train()
    network(torch.rand(2, 3, 64, 64))  # statistics that are not those of a new network
    network.eval()
    page = torch.rand(1, 3, 80, 112)
    session = onnxruntime.InferenceSession(network_to_onnx(network), providers=["CPUExecutionProvider"])
    (said,) = session.run(None, {"page": page.numpy()})
    with torch.no_grad():
        assert np.allclose(said, torch.sigmoid(network(page)).numpy(), atol=1e-5)
    assert session.get_modelmeta().custom_metadata_map["maps"] == ",".join(MAPS)


def test_a_run_leaves_weights_figures_and_a_run_in_mlflow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setattr(train_tables, "SETTLING", 2)
    monkeypatch.setattr(train_tables, "TELL_EVERY", 2)
    folder = tmp_path / "run"
    trained = run(folder, RECIPE, "cpu", measured=2)
    assert trained.figures.keys() >= {"tables_iou80", "grits_top"}
    assert json.loads((folder / "result.json").read_text("utf-8"))["sha256"] == trained.sha256
    assert (folder / "overlay.jpg").stat().st_size > 1000
    assert json.loads((folder / "losses.json").read_text("utf-8")).keys() == {"2", "4"}
    with pytest.raises(UsageError, match="another recipe"):
        run(folder, Recipe(pages=8, steps=5), "cpu")
    client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'mlflow.db'}")
    (logged,) = client.search_runs([client.get_experiment_by_name("yusuan-training").experiment_id])
    assert logged.data.params["sha256"] == trained.sha256
    assert [metric.step for metric in client.get_metric_history(logged.info.run_id, "loss/across")] == [2, 4]


def test_the_shipped_weights_find_tables_that_they_were_not_trained_on() -> None:
    look = TableLook(1)
    drawn = synthetic_pages(14, seed=99, damage="office")
    pages = [page for page in drawn if ("family", "rules printed: all") in page.cuts]
    figures = score_finders(pages, {"model": lambda image, dpi: find_tables(image, dpi, "model", look)})
    found = {figure.metric: figure.value for figure in figures["model"] if figure.group == "all"}
    assert found["grits_top"] is not None
    assert found["grits_top"] >= 0.97
