"""Labellers on tables whose cells are true: strict F1 of spans, `python -m yusuan.eval.span_scores`.

A span counts when its start, its end and its label are those of the truth (IOB2, strict, as seqeval counts).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from yusuan.eval.gold import gold_documents
from yusuan.eval.metrics.counts import Counts
from yusuan.eval.report.tables import plain_table
from yusuan.extraction.document import Document, Table
from yusuan.extraction.errors import YusuanError
from yusuan.extraction.fields.classifier import LabelModel
from yusuan.extraction.fields.fused import every_labeller
from yusuan.extraction.fields.labels import Context, Labeller
from yusuan.extraction.fields.titles import caption_of

Key = tuple[str, str]


@dataclass(frozen=True)
class TruthTable:
    """A table with true cells and spans; `bare` is what a labeller gets.

    `cuts` are the slices that it belongs to: `(group, name)`.
    """

    truth: Table
    bare: Table
    context: Context
    cuts: tuple[Key, ...]


def truth_tables(document: Document, cuts: tuple[Key, ...]) -> Iterator[TruthTable]:
    """Yield the tables of a document with truth."""
    for table in document.tables:
        cells = tuple(cell.model_copy(update={"spans": ()}) for cell in table.cells)
        bare = table.model_copy(update={"cells": cells})
        yield TruthTable(table, bare, Context(caption_of(document, table)), cuts)


def gold_tables(folder: Path) -> Iterator[TruthTable]:
    """Yield the tables of the gold documents in a folder.

    Raises:
        InputError: there is none, or one cannot be read.
    """
    for gold in gold_documents(folder):
        yield from truth_tables(gold.document, (("all", "all"), ("family", gold.family)))


def span_counts(truth: Table, said: Table) -> dict[str, Counts]:
    """Return how many spans of each label are right, false and missed; the cells of both are the same."""
    found: dict[str, Counts] = {}
    for true, other in zip(truth.cells, said.cells, strict=True):
        there = {(span.start, span.end, span.label) for span in true.spans}
        stated = {(span.start, span.end, span.label) for span in other.spans}
        right, false, missed = (
            Counter(label for _, _, label in part)
            for part in (there & stated, stated - there, there - stated)
        )
        for label in {*right, *false, *missed}:
            found[label] = found.get(label, Counts()) + Counts(right[label], false[label], missed[label])
    return found


def score_labellers(
    tables: Iterable[TruthTable], labellers: Mapping[str, Labeller]
) -> dict[str, dict[Key, Counts]]:
    """Return the counts of each labeller by slice: those of the tables, and `("label", …)`."""
    scored: dict[str, dict[Key, Counts]] = {name: {} for name in labellers}
    for table in tables:
        for name, labeller in labellers.items():
            own = scored[name]
            for label, counts in span_counts(table.truth, labeller(table.bare, table.context)).items():
                for key in (*table.cuts, ("label", label)):
                    own[key] = own.get(key, Counts()) + counts
    return scored


def score_rows(scored: Mapping[str, Mapping[Key, Counts]]) -> list[tuple[str, ...]]:
    """Return a row for each slice: its name, its true spans, F1 of each labeller in percent."""
    keys = sorted({key for own in scored.values() for key in own}, key=lambda key: (key[0] == "label", key))
    rows = []
    for key in keys:
        counts = [own.get(key, Counts()) for own in scored.values()]
        spans = max(int(each.tp + each.fn) for each in counts)
        shown = ("-" if each.f1 is None else f"{100 * each.f1:.2f}" for each in counts)
        rows.append((key[1], str(spans), *shown))
    return rows


def main(
    gold: Annotated[list[Path], typer.Argument(help="Folders of gold documents.")],
    weights: Annotated[
        Path | None, typer.Option(help="ONNX file of another label network than the one that ships.")
    ] = None,
) -> None:
    """Label the true cells of gold by lexicon, network and both, and print strict F1 of spans in percent."""
    try:
        labellers = every_labeller(LabelModel(0, weights))
        tables = [table for folder in gold for table in gold_tables(folder)]
        rows = score_rows(score_labellers(tables, labellers))
    except YusuanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error
    typer.echo(plain_table(("", "spans", *labellers), rows))


if __name__ == "__main__":
    typer.run(main)
