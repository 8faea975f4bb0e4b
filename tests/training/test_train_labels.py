"""The label network: what it learns from, training that goes on where it was left, what is written of it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from mlflow import MlflowClient
from yusuan.datasets.synth.pages import draw_documents, draw_truths
from yusuan.eval.metrics.counts import Counts
from yusuan.eval.span_scores import score_labellers, span_counts, truth_tables
from yusuan.extraction.config import load_settings
from yusuan.extraction.errors import ModelError, UsageError
from yusuan.extraction.fields.classifier import LabelModel
from yusuan.extraction.fields.table_view import feature_count
from yusuan.extraction.fields.tags import NO_TAG, OUTSIDE, TAGS
from yusuan.extraction.pipeline import Means, assemble
from yusuan.extraction.token_labels import LABELS
from yusuan.models.label_network import STANDINGS, LabelShape, standings_of
from yusuan.training import loop
from yusuan.training.label_baselines import ChainLabeller, TreeLabeller
from yusuan.training.label_batches import collate, examples
from yusuan.training.label_corpus import Corpus, LabelledTable, StoredTables, labelled_tables, write_corpus
from yusuan.training.label_noise import Noise, noisy
from yusuan.training.label_onnx import labels_to_onnx
from yusuan.training.labels_recipe import train_labels as run
from yusuan.training.loop import Schedule
from yusuan.training.train_labels import Recipe, Told, new_network, train, vocabulary_of

SMALL = LabelShape(width=24, heads=2, text_layers=1, grid_layers=1)
CORPUS = Corpus(documents=12, seed=3)
RECIPE = Recipe(
    CORPUS, Schedule(2, 1e-3), Schedule(3, 1e-3), Schedule(2, 1e-3), tables=2, shape=SMALL, seed=3
)
ALWAYS = Noise(*(1,) * 11, 0.5, 0.1, 0.5, 0.3, 0.9)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> list[LabelledTable]:
    files = write_corpus(tmp_path_factory.mktemp("labels"), CORPUS, workers=1)
    return StoredTables(files)[:40]


def test_documents_without_pixels_are_those_with_pixels() -> None:
    for (layout, truth), drawn in zip(draw_truths(4), islice(draw_documents(4), 3), strict=False):
        assert layout == drawn.layout
        said = [[(cell.text, cell.spans) for cell in table.cells] for table in truth.tables]
        assert said == [[(cell.text, cell.spans) for cell in table.cells] for table in drawn.document.tables]


def test_a_corpus_keeps_what_its_documents_say(tables: list[LabelledTable]) -> None:
    drawn = islice(draw_truths(CORPUS.seed, layouts=CORPUS.layouts), CORPUS.documents)
    true = [table for layout, document in drawn for table in labelled_tables(document, layout)]
    assert tables[: len(true)] == true[: len(tables)]


@pytest.mark.parametrize("noise", [Noise(), ALWAYS], ids=["as in training", "all of it"])
def test_noise_keeps_labels_within_their_cells_and_cells_apart(
    tables: list[LabelledTable], noise: Noise
) -> None:
    rng = np.random.default_rng(0)
    for table in tables:
        met = noisy(table, noise, rng)
        taken = [
            (row, col)
            for cell in met.cells
            for row in range(cell.box[1], cell.box[3])
            for col in range(cell.box[0], cell.box[2])
        ]
        assert len(taken) == len(set(taken))
        for cell, spans in zip(met.cells, met.spans, strict=True):
            end = 0
            for start, stop, _ in spans:
                assert end <= start < stop <= len(cell.text)
                end = stop


def test_without_noise_every_token_has_the_tag_of_its_span(tables: list[LabelledTable]) -> None:
    vocabulary = vocabulary_of(tables)
    rng = np.random.default_rng(0)
    for table in tables:
        found = list(examples(table, vocabulary, None, rng))
        spans = sum(len(own) for own in table.spans)
        begun = sum(int((each.tags % 2 == 1).sum()) for each in found)
        assert begun == spans


def test_a_batch_of_several_tables_says_of_each_what_it_says_alone(tables: list[LabelledTable]) -> None:
    vocabulary = vocabulary_of(tables)
    network = new_network(RECIPE, vocabulary).eval()
    rng = np.random.default_rng(0)
    one, two = (next(examples(table, vocabulary, None, rng)) for table in tables[:2])
    with torch.no_grad():
        together = network(collate([one, two]).tables)
        alone = [network(collate([each]).tables) for each in (one, two)]
    for part, each, example in zip(together.split([len(x) for x in alone]), alone, (one, two), strict=True):
        asked = torch.from_numpy(example.tags != NO_TAG)
        assert torch.allclose(part[asked], each[asked], atol=1e-4)


def test_how_cells_stand_to_one_another() -> None:
    # A heading over two columns, the two cells below it, one far to the right and one far below.
    boxes = torch.tensor([[[0, 0, 2, 1], [0, 1, 1, 2], [1, 1, 2, 2], [9, 0, 10, 1], [0, 9, 1, 10]]])
    rows, cols = standings_of(boxes)[0] // STANDINGS, standings_of(boxes)[0] % STANDINGS
    assert cols[0].tolist() == [0, 0, 0, 6, 0]
    assert rows[0].tolist() == [0, 4, 4, 0, 6]
    assert (rows[1, 0], cols[1, 2], cols[2, 1]) == (1, 4, 1)
    assert (cols[3, 0], rows[4, 0]) == (3, 3)


def test_training_is_the_same_twice_and_goes_on_where_it_was_left(
    tables: list[LabelledTable], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "KEEP_EVERY", 1)
    monkeypatch.setattr(loop, "TELL_EVERY", 1)
    torch.set_num_threads(1)
    vocabulary = vocabulary_of(tables)

    def weights(folder: Path | None = None, cut: tuple[str, int] | None = None) -> bytes:
        def told(at: Told) -> None:
            assert np.isfinite(at.losses).all()
            if (at.part, at.step) == cut:
                raise InterruptedError

        network = train(RECIPE, tables, tables[:3], vocabulary, folder, told)
        return labels_to_onnx(network, vocabulary, LABELS, quantised=False)

    whole = weights()
    assert weights() == whole
    for cut in (("pretrain", 2), ("learn", 2), ("tune", 1)):
        folder = tmp_path / cut[0]
        folder.mkdir()
        with pytest.raises(InterruptedError):
            weights(folder, cut)
        assert weights(folder) == whole


def test_the_file_says_what_the_network_says(tables: list[LabelledTable], tmp_path: Path) -> None:
    vocabulary = vocabulary_of(tables)
    network = new_network(RECIPE, vocabulary).eval()
    rng = np.random.default_rng(0)
    path = tmp_path / "labels.onnx"
    path.write_bytes(labels_to_onnx(network, vocabulary, LABELS, temperature=2.0, quantised=False))
    assert path.read_bytes() == labels_to_onnx(network, vocabulary, LABELS, temperature=2.0, quantised=False)
    assert str(Path.cwd()).encode() not in path.read_bytes()
    model = LabelModel(1, path)
    for table in tables[:4]:
        example = next(examples(table, vocabulary, None, rng))
        with torch.no_grad():
            true = torch.log_softmax(network(*collate([example])[:-1]) / 2.0, -1).flatten(0, 1).numpy()
        asked = example.tags.ravel() != NO_TAG
        assert np.abs(model.scores(example.encoded) - true)[asked].max() < 1e-4


def test_a_file_that_is_no_label_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.onnx"
    path.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="cannot be loaded"):
        LabelModel(1, path)
    with pytest.raises(ModelError, match="other labels"):
        LabelModel(1, Path("models/weights/tables.onnx"))


def test_strict_counts_of_spans() -> None:
    _, document = next(draw_truths(4, layouts=["targets_project"]))
    table = next(truth_tables(document, (("all", "all"),)))
    assert all(counts.f1 == 1 for counts in span_counts(table.truth, table.truth).values())
    assert all(counts.recall == 0 for counts in span_counts(table.truth, table.bare).values())
    longer = table.truth.model_copy(
        update={
            "cells": tuple(
                cell.model_copy(
                    update={"spans": tuple(s.model_copy(update={"end": s.end + 1}) for s in cell.spans)}
                )
                for cell in table.truth.cells
            )
        }
    )
    total = sum(span_counts(table.truth, longer).values(), Counts())
    assert (total.tp, total.fp) == (0, total.fn)


@pytest.mark.parametrize("labeller", [TreeLabeller, ChainLabeller])
def test_baselines_learn_the_tables_that_they_are_shown(
    labeller: type[TreeLabeller | ChainLabeller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yusuan.training.label_baselines._TREES", 20)
    drawn = islice(draw_truths(4, layouts=["general_codes", "three_list"]), 4)
    documents = [document for _, document in drawn]
    known = [table for document in documents for table in labelled_tables(document, "")]
    tables = [table for document in documents for table in truth_tables(document, (("all", "all"),))]
    found = score_labellers(tables, {"": labeller(known)})[""]["all", "all"]
    assert found.f1 is not None
    assert found.f1 > 0.9


def test_a_reduced_training_labels_tables_that_it_has_not_seen(tmp_path: Path) -> None:
    recipe = Recipe(
        Corpus(documents=8, seed=5),
        Schedule(1, 1e-3),
        Schedule(80, 4e-3),
        Schedule(1, 1e-4),
        tables=2,
        noise=Noise(*[0.0] * 16),
        shape=LabelShape(width=48, heads=2, text_layers=1, grid_layers=2),
        seed=5,
    )
    drawn = islice(draw_truths(5, layouts=["general_codes", "three_list"]), 40)
    tables = [table for layout, document in drawn for table in labelled_tables(document, layout)]
    vocabulary = vocabulary_of(tables)
    torch.set_num_threads(2)
    network = train(recipe, tables, [], vocabulary)
    path = tmp_path / "labels.onnx"
    path.write_bytes(labels_to_onnx(network, vocabulary, LABELS))
    unseen = islice(draw_truths(6, layouts=["general_codes", "three_list"]), 8)
    truths = [table for _, document in unseen for table in truth_tables(document, (("all", "all"),))]
    found = score_labellers(truths, {"": LabelModel(2, path)})[""]["all", "all"]
    assert found.f1 is not None
    assert found.f1 > 0.9
    assert _assembled(path) != _assembled(Path()), "extract takes the weights that the settings name"
    other = tmp_path / "other.onnx"
    other.write_bytes(b"no network")
    with pytest.raises(ModelError, match=r"other\.onnx cannot be loaded"):
        _assembled(other)
    with pytest.raises(UsageError, match=r"fields\.weights.* there is no file .*none\.onnx"):
        _assembled(tmp_path / "none.onnx")


def _assembled(weights: Path) -> list[tuple[str, float | None]]:
    """Return what a network says of the cells of a page, and how sure it is; no path: the one that ships."""
    own = str(weights) if weights != Path() else ""
    settings = load_settings(None, {"fields": {"labeller": "network", "weights": own}})
    page = next(iter(draw_documents(seed=7, layouts=["general_codes"]))).document
    made = assemble(page.source, page.pages, Means(settings))
    return [
        (span.label, span.confidence) for table in made.tables for cell in table.cells for span in cell.spans
    ]


def test_a_run_writes_weights_figures_and_a_candidate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setattr("yusuan.training.labels_recipe.CALIBRATING", 3)
    gold = Path("datasets/gold")
    trained = run(tmp_path / "run", RECIPE, gold, "cpu", 3)
    told = json.loads((tmp_path / "run" / "result.json").read_text("utf-8"))
    assert told["sha256"] == trained.sha256
    kinds = {"all/synthetic", "all/dev", "family/narrative targets", "label/budget_line.amount"}
    assert {f"{name}/{kind}" for name in ("span_f1", "float32") for kind in kinds} <= set(trained.figures)
    card = (tmp_path / "run" / "card.md").read_text("utf-8")
    assert f"| all: dev | {100 * trained.figures['span_f1/all/dev']:.2f} |" in card
    session = onnxruntime.InferenceSession(trained.weights)
    vocabulary = json.loads(session.get_modelmeta().custom_metadata_map["vocabulary"])
    assert vocabulary[OUTSIDE] == "<pad>"
    assert session.get_outputs()[0].shape[-1] == len(TAGS)
    assert session.get_inputs()[-1].shape[-1] == feature_count()
    client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert int(client.get_model_version_by_alias("yusuan-labels", "candidate").version) == 1
    with pytest.raises(UsageError, match="another recipe"):
        run(tmp_path / "run", replace(RECIPE, seed=4), gold, "cpu", 3)
