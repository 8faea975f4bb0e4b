"""What is measured of the label network: families left out, headings changed, parts left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from yusuan.datasets.goldset.files import GOLD
from yusuan.datasets.goldset.manifest import split_of
from yusuan.eval.gold import GoldDocument, gold_documents
from yusuan.extraction.fields.arithmetic import FACTS
from yusuan.extraction.fields.labels import Context
from yusuan.extraction.fields.lexicon import fold
from yusuan.extraction.fields.table_view import GEOMETRY
from yusuan.models.label_network import LabelShape
from yusuan.training import label_studies
from yusuan.training.label_changes import changed, changes, read_synonyms
from yusuan.training.label_corpus import Corpus, StoredTables, labelled_tables, write_corpus
from yusuan.training.label_studies import (
    ALIKE,
    Study,
    family_rows,
    headings_of,
    pages,
    parts,
    scores_of,
    unlike,
    unseen,
)
from yusuan.training.loop import Schedule
from yusuan.training.train_labels import Recipe, new_network

SMALL = Recipe(
    Corpus(documents=40, seed=5),
    Schedule(1, 1e-3),
    Schedule(1, 1e-3),
    Schedule(1, 1e-3),
    tables=2,
    shape=LabelShape(width=24, heads=2, text_layers=1, grid_layers=1),
)


@pytest.fixture(scope="module")
def gold() -> list[GoldDocument]:
    return list(gold_documents(GOLD))


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> StoredTables:
    return StoredTables(write_corpus(tmp_path_factory.mktemp("corpus"), SMALL.corpus, workers=1))


def test_no_study_learns_from_a_family_that_it_measures_or_that_is_for_testing(
    gold: list[GoldDocument],
) -> None:
    found = [*unseen(gold), *pages(gold), *parts(gold)]
    for study in found:
        learnt = {each.family for each in study.learnt}
        assert not learnt & {each.family for each in study.measured}
        assert "test" not in {split_of(family) for family in learnt}
    measured = [each.name for study in unseen(gold) for each in study.measured]
    assert sorted(measured) == sorted(each.name for each in gold)


def test_synthetic_tables_like_those_measured_are_left_out(
    gold: list[GoldDocument], stored: StoredTables
) -> None:
    shown = [table for each in gold for table in labelled_tables(each.document, each.name)]
    left = unlike(stored, shown)
    assert 0 < len(left) < len(stored)
    for table in left:
        own = headings_of(table)
        for other in filter(None, map(headings_of, shown)):
            assert len(own & other) < ALIKE * len(own | other)
    assert len(unlike(stored, ())) == len(stored)


def test_a_study_is_trained_once_and_goes_on_from_another(
    gold: list[GoldDocument], stored: StoredTables, tmp_path: Path
) -> None:
    study = Study("first", SMALL, tuple(gold[:1]), tuple(gold[1:3]), unlike=True)
    scores = scores_of(tmp_path, study, stored, "cpu")
    assert set(scores["network"]) == {each.family for each in gold[1:3]}
    before = (tmp_path / "first" / "labels.onnx").stat().st_mtime_ns
    assert scores_of(tmp_path, study, stored, "cpu") == scores
    assert (tmp_path / "first" / "labels.onnx").stat().st_mtime_ns == before
    beside = scores_of(tmp_path, replace(study, baselines=True), stored, "cpu")
    assert beside["network"] == scores["network"]
    assert {"lexicon", "fused", "trees", "chain"} < set(beside)
    assert scores_of(tmp_path, replace(study, baselines=True), stored, "cpu") == beside
    second = Study("second", SMALL, tuple(gold[3:4]), tuple(gold[1:2]), begun="first")
    found = {study.name: scores, "second": scores_of(tmp_path, second, stored, "cpu")}
    rows = family_rows(found)
    assert [row[0] for row in rows] == ["first"] * len(scores["network"]) + ["second", "mean"]
    for state in ("pretrain.pt", "learn.pt"):
        one, two = ((tmp_path / name / state).read_bytes() for name in ("first", "second"))
        assert one == two


def test_the_command_trains_measures_and_prints(
    gold: list[GoldDocument],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    study = Study("first", SMALL, tuple(gold[:1]), tuple(gold[1:2]))
    monkeypatch.setattr(label_studies, "BASE", SMALL)
    monkeypatch.setitem(label_studies.STUDIES, "small", lambda gold: [study])
    label_studies.main("small", tmp_path)
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in printed if line.strip()][-2:] == ["first", "mean"]


def test_a_study_that_there_is_not_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        label_studies.main("nothing", tmp_path)
    assert "one of unseen, pages, parts" in capsys.readouterr().err


def test_what_a_network_was_never_shown_says_nothing() -> None:
    network = new_network(SMALL, {f"token {number}": number for number in range(9)})
    label_studies.forget_unseen(network, replace(SMALL.noise, table_without_facts=1.0))
    facts = slice(GEOMETRY, GEOMETRY + len(FACTS))
    assert not network.features.weight[:, facts].any()
    assert network.features.weight[:, facts.stop :].all()
    label_studies.forget_unseen(network, replace(SMALL.noise, table_without_words=1.0))
    assert not network.features.weight[:, facts.stop :].any()
    assert not network.hints.weight.any()
    assert network.features.weight[:, : facts.start].all()


def words_of_the_generator() -> Iterator[str]:
    for path in Path("datasets/synth").rglob("*"):
        if path.suffix in (".toml", ".py"):
            yield from re.findall(r'"([^"\n]+)"', path.read_text("utf-8"))


def test_synonyms_are_in_no_lexicon_and_in_no_generator() -> None:
    lexicon = Path("extraction/fields/lexicon.toml").read_text("utf-8")
    known = {fold(word) for word in (*re.findall(r'"([^"\n]+)"', lexicon), *words_of_the_generator())}
    synonyms = read_synonyms()
    assert not known & {fold(other) for other in synonyms.values()}
    assert len(known & set(synonyms)) > len(synonyms) / 2


def test_sentences_of_gold_are_not_those_of_the_generator(gold: list[GoldDocument]) -> None:
    """Prose is measured on what nobody learnt: a sentence is eight glyphs or more between stops."""
    known = {fold(word) for word in words_of_the_generator()}
    sentences = {
        fold(sentence)
        for each in gold
        if each.family == "narrative targets"
        for table in each.document.tables
        for cell in table.cells
        for sentence in re.split(r"[，。；;：:、\n\d]", cell.text)
        if len(fold(sentence)) >= 8
    }
    assert len(sentences) > 30
    assert not [sentence for sentence in sentences if any(sentence in other for other in known)]


def test_changes_keep_what_text_says(gold: list[GoldDocument]) -> None:
    spoken: dict[str, list[set[tuple[str, str]]]] = {name: [] for name in changes()}
    for name, change in changes().items():
        for table in gold[0].document.tables:
            truth = changed(table, Context(), name, change).truth
            places = [
                (row, col)
                for cell in truth.cells
                for row in range(cell.row, cell.row + cell.rowspan)
                for col in range(cell.col, cell.col + cell.colspan)
            ]
            assert len(places) == len(set(places))
            spoken[name].append({(s.label, c.text[s.start : s.end]) for c in truth.cells for s in c.spans})
    assert spoken["other order"] == spoken["as printed"] != spoken["other words"]
    for printed, other, bare in zip(
        spoken["as printed"], spoken["other words"], spoken["no headings"], strict=True
    ):
        assert {label for label, _ in printed} == {label for label, _ in other}
        assert bare <= printed


def test_small_trainings_differ_in_one_thing(gold: list[GoldDocument]) -> None:
    recipes = {study.name: study.recipe for study in parts(gold)}
    assert recipes["no-pretraining"].pretrain.steps == 0
    assert replace(recipes["no-pretraining"], pretrain=recipes["all"].pretrain) == recipes["all"]
    assert {name for name, recipe in recipes.items() if recipe == recipes["all"]} == {"all"}
