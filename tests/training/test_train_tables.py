"""The table model: training is the same twice and taken up where it was left; what is written of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from mlflow import MlflowClient
from yusuan.eval.grid_scores import finder_named, score_finders, synthetic_pages
from yusuan.extraction.errors import UsageError
from yusuan.extraction.tables.look import TableLook
from yusuan.models.table_maps import MAPS
from yusuan.models.table_network import NetworkShape, TableNetwork
from yusuan.training import train_tables
from yusuan.training.table_corpus import Corpus, read_sample, write_corpus
from yusuan.training.table_onnx import network_to_onnx
from yusuan.training.tables_recipe import train_tables as run
from yusuan.training.train_tables import Recipe, crop, draw_maps, rounds_of, train

SMALL = NetworkShape(4, (8, 8, 8, 8), (1, 1, 1, 1), (3, 3, 3, 3))
RECIPE = Recipe(Corpus(pages=8, seed=3), steps=5, rounds=2, batch=2, side=64, seed=3, shape=SMALL)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_corpus(tmp_path_factory.mktemp("corpus"), RECIPE.corpus, SMALL.shrink, workers=1)


def test_a_corpus_is_drawn_once(files: list[Path]) -> None:
    times = [path.stat().st_mtime_ns for path in files]
    assert write_corpus(files[0].parent, RECIPE.corpus, SMALL.shrink, workers=1) == files
    assert [path.stat().st_mtime_ns for path in files] == times


def test_views_and_maps_belong_together(files: list[Path]) -> None:
    sample = read_sample(files[0])
    assert sample.image.dtype == np.uint8
    shrink = SMALL.shrink
    height, width = (length // shrink for length in sample.image.shape[:2])
    maps = draw_maps(sample.borders, (width, height), np.eye(3)[:2] / shrink)
    assert maps.shape == (len(MAPS), height, width)
    # Lines of text are where the ink is: darker than the page.
    gray = sample.image[: height * shrink : shrink, : width * shrink : shrink].mean(axis=2)
    inside = maps[MAPS.index("text")] > 200
    assert gray[inside].mean() < gray.mean() - 10
    view, truth = crop(sample, RECIPE, np.random.default_rng(1))
    assert view.shape == (256, 256, 3)
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

    monkeypatch.setattr(train_tables, "TELL_EVERY", 1)
    # Between the rounds (steps 1 and 2, 3 to 5), and in the middle of one.
    for cut_at, after in ((3, [3, 4, 5]), (5, [5])):
        state = tmp_path / f"{cut_at}.pt"

        def cut(step: int, losses: list[float], cut_at: int = cut_at) -> None:
            assert len(losses) == len(MAPS)
            if step == cut_at:
                raise CutError

        with pytest.raises(CutError):
            train(files, RECIPE, state, cut)
        seen: list[int] = []
        again = train(files, RECIPE, state, lambda step, losses, seen=seen: seen.append(step))
        assert seen == after
        assert network_to_onnx(again) == whole


def test_rounds_see_more_pages_at_a_lower_rate() -> None:
    recipe = Recipe(Corpus(pages=9), steps=7, rounds=2, rate=1.0)
    assert rounds_of(recipe) == [(0, 3, 5, 1.0), (3, 7, 9, 0.5)]
    assert rounds_of(replace(recipe, rounds=1)) == [(0, 7, 9, 1.0)]


def test_the_file_says_what_the_network_says() -> None:
    torch.manual_seed(1)
    network = TableNetwork(SMALL).train()
    network(torch.rand(2, 3, 64, 64))  # statistics that are not those of a new network
    network.eval()
    page = torch.rand(1, 3, 96, 128)
    session = onnxruntime.InferenceSession(network_to_onnx(network), providers=["CPUExecutionProvider"])
    (said,) = session.run(None, {"page": page.numpy()})
    with torch.no_grad():
        assert np.allclose(said, torch.sigmoid(network(page)).numpy(), atol=1e-5)
    about = session.get_modelmeta().custom_metadata_map
    assert about["maps"] == ",".join(MAPS)
    assert int(about["shrink"]) == SMALL.shrink


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
        run(folder, Recipe(Corpus(pages=8), steps=7), "cpu")
    client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'mlflow.db'}")
    (logged,) = client.search_runs([client.get_experiment_by_name("yusuan-training").experiment_id])
    assert logged.data.params["sha256"] == trained.sha256
    assert [metric.step for metric in client.get_metric_history(logged.info.run_id, "loss/across")] == [2, 4]
    candidate = client.get_model_version_by_alias("yusuan-tables", "candidate")
    assert candidate.run_id == logged.info.run_id
    kept = client.download_artifacts(candidate.run_id, "model/tables.onnx", str(tmp_path))
    assert Path(kept).read_bytes() == (folder / "tables.onnx").read_bytes()


def test_a_small_training_from_nothing_reads_ruled_tables(tmp_path: Path) -> None:
    torch.set_num_threads(2)
    shape = NetworkShape(4, (16, 32, 48, 64), (1, 1, 2, 2))
    corpus = Corpus(pages=48, damage="clean", reports_in=0, seed=3)
    recipe = Recipe(corpus, steps=150, rounds=1, side=160, seed=3, shape=shape)
    weights = tmp_path / "small.onnx"
    weights.write_bytes(network_to_onnx(train(write_corpus(tmp_path / "corpus", corpus, 4), recipe)))
    look = TableLook(2, weights)
    found = ruled_figures(look, "clean")
    # Pages of another seed; docs/training.md states the score.
    assert found["grits_top"] >= 0.9
    assert found["tables_iou80"] >= 0.9


def test_the_shipped_weights_find_tables_that_they_were_not_trained_on() -> None:
    assert ruled_figures(TableLook(1), "office")["grits_top"] >= 0.98


def test_the_shipped_weights_find_tables_without_rules() -> None:
    look = TableLook(1)
    pages = [page for page in synthetic_pages(12, seed=99) if page.name.startswith("report")]
    figures = score_finders(pages, {"fused": finder_named("fused", look)})
    found = {figure.metric: figure.value for figure in figures["fused"] if figure.group == "all"}
    assert found["grits_top"] is not None
    assert found["grits_top"] >= 0.7


def ruled_figures(look: TableLook, damage: str) -> dict[str, float]:
    """Return figures of the model alone on ruled pages of budgets that nothing was trained on."""
    pages = [
        page
        for page in synthetic_pages(16, seed=99, damage=damage)
        if ("family", "budget, rules: all") in page.cuts
    ]
    assert len(pages) > 8
    figures = score_finders(pages, {"model": finder_named("model", look)})
    overall = [each for each in figures["model"] if each.group == "all"]
    return {each.metric: each.value for each in overall if each.value is not None}
