"""What the label network makes of forms it never saw, and what it owes to what.

`python -m yusuan.training.label_studies unseen|pages|parts -o FOLDER`. Small trainings, each a folder of its
own in FOLDER; what is trained there is not trained again, and measured with the code of today.

- `unseen`: leave families out. Gold is parted by family (GroupKFold); a fold learns from the gold of the
  others and from the synthetic tables that are unlike its own, and is measured on its own, beside the
  baselines, which learnt from the same. Families for testing are a fold that nobody learns from.
- `pages`: a learning curve over documents of gold.
- `parts`: the recipe without something.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from shutil import copy2
from typing import Annotated

import joblib
import torch
import typer
from sklearn.model_selection import GroupKFold

from yusuan.datasets.goldset.files import GOLD
from yusuan.datasets.goldset.manifest import split_of
from yusuan.eval.gold import GoldDocument, gold_documents
from yusuan.eval.metrics.counts import Counts
from yusuan.eval.report.tables import plain_table
from yusuan.eval.span_scores import TruthTable, score_labellers, truth_tables
from yusuan.extraction.errors import UsageError, YusuanError
from yusuan.extraction.exports.folder import writing
from yusuan.extraction.fields.arithmetic import FACTS
from yusuan.extraction.fields.classifier import LabelModel
from yusuan.extraction.fields.fused import every_labeller
from yusuan.extraction.fields.labels import Labeller
from yusuan.extraction.fields.lexicon import fold
from yusuan.extraction.fields.table_view import GEOMETRY
from yusuan.models.label_network import LabelNetwork
from yusuan.training.label_baselines import ChainLabeller, TreeLabeller
from yusuan.training.label_corpus import LabelledTable, StoredTables, labelled_tables, write_corpus
from yusuan.training.label_noise import Noise
from yusuan.training.label_onnx import labels_to_onnx
from yusuan.training.loop import Schedule
from yusuan.training.runs import claim, pick_device
from yusuan.training.train_labels import Recipe, labels_in, train, vocabulary_of

# A third of the steps of the weights that are shipped; and a sixth, where trainings are only compared.
BASE = Recipe(pretrain=Schedule(300, 1.5e-3), learn=Schedule(1500, 1.5e-3), tune=Schedule(300, 3e-4))
SHORT = Recipe(pretrain=Schedule(150, 1.5e-3), learn=Schedule(750, 1.5e-3), tune=Schedule(150, 3e-4))
# Parts of the gold that is learnt from or measured; that for testing is one more.
FOLDS = 3
# A synthetic table is like another when it has this share of their headings in common; and all tables of a
# layout are when so many of them are.
ALIKE, IMITATES = 0.5, 0.3
# Synthetic tables that the baselines learn from.
SIMPLE = 700
Scores = dict[str, dict[str, Counts]]


@dataclass(frozen=True)
class Study:
    """One small training.

    Attributes:
        name: of its folder.
        recipe: how.
        learnt: documents of gold that it learns from.
        measured: documents of gold that it is measured on.
        begun: folder of a study whose steps before the last are the same.
        unlike: whether synthetic tables that are like those measured are left out.
        baselines: whether the simple labellers are measured beside.
    """

    name: str
    recipe: Recipe
    learnt: tuple[GoldDocument, ...]
    measured: tuple[GoldDocument, ...]
    begun: str | None = None
    unlike: bool = False
    baselines: bool = False


def unseen(gold: Sequence[GoldDocument], base: Recipe = BASE) -> Iterator[Study]:
    """Yield a study for each fold of families."""
    own = [each for each in gold if split_of(each.family) != "test"]
    parts = GroupKFold(FOLDS).split(own, groups=[each.family for each in own])
    for number, (learnt, measured) in enumerate(parts, 1):
        yield Study(
            f"fold-{number}",
            base,
            tuple(own[at] for at in learnt),
            tuple(own[at] for at in measured),
            unlike=True,
            baselines=True,
        )
    test = tuple(each for each in gold if split_of(each.family) == "test")
    yield Study("fold-test", base, tuple(own), test, unlike=True, baselines=True)


def pages(gold: Sequence[GoldDocument], base: Recipe = SHORT) -> Iterator[Study]:
    """Yield a study for each number of documents of gold; the last step alone differs."""
    train_gold, dev = _split(gold, "train"), _split(gold, "dev")
    yield Study("all", base, train_gold, dev)
    for count in (0, 1, 2, 4):
        yield Study(f"{count}-documents", base, train_gold[:count], dev, begun="all")


def parts(gold: Sequence[GoldDocument], base: Recipe = SHORT) -> Iterator[Study]:
    """Yield a study for each thing that the recipe is done without."""
    train_gold, dev = _split(gold, "train"), _split(gold, "dev")
    without = {
        "all": base,
        "no-pretraining": replace(base, pretrain=replace(base.pretrain, steps=0)),
        "no-noise": replace(base, noise=Noise(*(0.0 for _ in fields(Noise)))),
        "no-lexicon": replace(base, noise=replace(base.noise, table_without_words=1.0)),
        "no-facts": replace(base, noise=replace(base.noise, table_without_facts=1.0)),
        "no-cells": replace(base, shape=replace(base.shape, grid_layers=0)),
    }
    for name, recipe in without.items():
        yield Study(name, recipe, train_gold, dev)


STUDIES = {"unseen": unseen, "pages": pages, "parts": parts}


def _split(gold: Sequence[GoldDocument], split: str) -> tuple[GoldDocument, ...]:
    return tuple(each for each in gold if split_of(each.family) == split)


def headings_of(table: LabelledTable) -> frozenset[str]:
    """Return the headings of a table, written in one way."""
    return frozenset(
        fold(cell.text[start:end])
        for cell, spans in zip(table.cells, table.spans, strict=True)
        for start, end, label in spans
        if label in ("header", "key")
    )


def unlike(tables: StoredTables, others: Sequence[LabelledTable]) -> StoredTables:
    """Return those of the tables that are like none of `others`, and whose layout imitates none of them."""
    known = [headings for headings in map(headings_of, others) if headings]
    alike, layouts, strange = [], Counter[str](), Counter[str]()
    for table in tables:
        own = headings_of(table)
        alike.append(any(len(own & other) >= ALIKE * len(own | other) for other in known))
        layouts[table.origin] += 1
        strange[table.origin] += alike[-1]
    imitating = {name for name, count in layouts.items() if strange[name] >= IMITATES * count}
    return tables.at(
        [at for at, table in enumerate(tables) if not alike[at] and table.origin not in imitating]
    )


def scores_of(folder: Path, study: Study, tables: StoredTables, device: str) -> Scores:
    """Return the counts of each labeller by family; what was trained before is only measured.

    Raises:
        UsageError: the folder holds a run of another recipe, or what it goes on from is not done.
    """
    own = folder / study.name
    claim(own, study.recipe)
    weights, simple = own / "labels.onnx", own / "baselines.joblib"
    if not weights.is_file() or (study.baselines and not simple.is_file()):
        learnt = [table for each in study.learnt for table in labelled_tables(each.document, each.name)]
        shown = [table for each in study.measured for table in labelled_tables(each.document, each.name)]
        seen = unlike(tables, shown) if study.unlike else tables
        _say(f"--- {study.name}: {len(seen)} synthetic tables, {len(learnt)} of gold")
        if not weights.is_file():
            _train(folder, study, seen, learnt, device)
        if study.baselines and not simple.is_file():
            _say("baselines")
            some = [seen[at] for at in range(0, len(seen), max(1, len(seen) // SIMPLE))] + learnt
            with writing(simple) as draft:
                joblib.dump((TreeLabeller(some), ChainLabeller(some)), draft)
    model = LabelModel(0, weights)
    labellers: dict[str, Labeller] = {"network": model}
    if study.baselines:
        trees, chain = joblib.load(simple)
        labellers |= every_labeller(model) | {"trees": trees, "chain": chain}
    return by_family(study.measured, labellers)


def _train(
    folder: Path, study: Study, seen: StoredTables, learnt: Sequence[LabelledTable], device: str
) -> None:
    """Train the network of a study, and write it into its folder."""
    own = folder / study.name
    vocabulary = vocabulary_of(seen)
    for state in ("pretrain.pt", "learn.pt") if study.begun else ():
        begun = folder / str(study.begun) / state
        if not begun.is_file():
            raise UsageError(f"{study.name} goes on from {study.begun}, which is not done", "do that first")
        if not (own / state).is_file():
            copy2(begun, own / state)
    network = train(
        study.recipe,
        seen,
        learnt,
        vocabulary,
        own,
        lambda at: _say(f"{at.part} {at.step} {at.losses}"),
        device,
    )
    forget_unseen(network, study.recipe.noise)
    with writing(own / "labels.onnx") as draft:
        draft.write_bytes(labels_to_onnx(network, vocabulary, labels_in(seen, learnt)))


def forget_unseen(network: LabelNetwork, noise: Noise) -> None:
    """Take away the weights of inputs that noise hid from a network all the time: chance made them."""
    facts = slice(GEOMETRY, GEOMETRY + len(FACTS))
    with torch.no_grad():
        if noise.table_without_facts >= 1:
            network.features.weight[:, facts] = 0
        if noise.table_without_words >= 1:
            network.features.weight[:, facts.stop :] = 0
            network.hints.weight[:] = 0


def by_family(measured: Sequence[GoldDocument], labellers: Mapping[str, Labeller]) -> Scores:
    """Return the counts of spans of each labeller by family of the documents."""
    tables: list[TruthTable] = [
        table for each in measured for table in truth_tables(each.document, (("family", each.family),))
    ]
    scored = score_labellers(tables, labellers)
    return {
        name: {key[1]: counts for key, counts in own.items() if key[0] == "family"}
        for name, own in scored.items()
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _shown(counts: Counts | None) -> str:
    return "-" if counts is None or counts.f1 is None else f"{100 * counts.f1:.2f}"


def family_rows(found: Mapping[str, Scores]) -> list[tuple[str, ...]]:
    """Return a row for each study and family, F1 of each labeller in percent; last the mean of the rows."""
    rows = [(name, family, scores) for name, scores in found.items() for family in scores["network"]]
    labellers = list(next(iter(found.values())))
    table = [
        (name, family, *(_shown(scores.get(who, {}).get(family)) for who in labellers))
        for name, family, scores in rows
    ]
    means = []
    for who in labellers:
        values = [scores[who][family].f1 for _, family, scores in rows if family in scores.get(who, {})]
        known = [value for value in values if value is not None]
        means.append(f"{100 * sum(known) / len(known):.2f}" if known else "-")
    return [*table, ("mean", "", *means)]


def main(
    study: Annotated[str, typer.Argument(help=f"{', '.join(STUDIES)}.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="Folder of the runs.")],
    only: Annotated[
        str, typer.Option(help="Names of the trainings, with commas between; all when empty.")
    ] = "",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Train, measure and print strict F1 of spans by family, in percent."""
    wanted = [name.strip() for name in only.split(",") if name.strip()]
    try:
        if study not in STUDIES:
            raise UsageError(f"there is no study {study!r}", f"one of {', '.join(STUDIES)}")
        device = pick_device(device)
        tables = StoredTables(write_corpus(out / "corpus", BASE.corpus))
        found = {
            each.name: scores_of(out, each, tables, device)
            for each in STUDIES[study](list(gold_documents(GOLD)))
            if not wanted or each.name in wanted
        }
    except YusuanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error
    if found:
        labellers = next(iter(found.values()))
        typer.echo(plain_table(("", "family", *labellers), family_rows(found)))


if __name__ == "__main__":
    typer.run(main)
