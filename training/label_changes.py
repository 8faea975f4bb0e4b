"""Labellers on gold whose tables were changed: `python -m yusuan.training.label_changes [--weights FILE]`.

Headings in other words that nobody learnt (datasets/gold/synonyms.toml), columns in another order, no
headings at all. Strict F1 of the spans that are left, of the lexicon beside the label network.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from yusuan.datasets.goldset.files import GOLD
from yusuan.datasets.goldset.manifest import split_of
from yusuan.eval.gold import gold_documents
from yusuan.eval.report.tables import plain_table
from yusuan.eval.span_scores import TruthTable, score_labellers, score_rows
from yusuan.extraction.document import Span, Table
from yusuan.extraction.errors import YusuanError
from yusuan.extraction.fields.classifier import LabelModel
from yusuan.extraction.fields.fused import every_labeller
from yusuan.extraction.fields.labels import Context
from yusuan.extraction.fields.lexicon import fold
from yusuan.extraction.fields.table_view import cells_of
from yusuan.extraction.fields.titles import caption_of
from yusuan.training.label_corpus import triples
from yusuan.training.label_noise import NAMING, Labelled, in_other_order, without_headings

SYNONYMS = "synonyms.toml"
Change = Callable[[list[Labelled]], list[Labelled]]


def read_synonyms(gold: Path = GOLD) -> dict[str, str]:
    """Return folded heading → another way to say it."""
    words = tomllib.loads((gold / SYNONYMS).read_text("utf-8"))["headings"]
    return {fold(heading): other for heading, other in words.items()}


def in_other_words(rows: list[Labelled], synonyms: Mapping[str, str]) -> list[Labelled]:
    """Return a table with its headings in other words, where there are any; what stands in brackets stays."""
    found: list[Labelled] = []
    for cell, spans in rows:
        text, moved, told = "", 0, []
        for start, end, label in spans:
            word = synonyms.get(fold(cell.text[start:end])) if label in NAMING else None
            text += cell.text[moved:start]
            first, moved = len(text), end
            text += word or cell.text[start:end]
            told.append((first, len(text), label))
        found.append((replace(cell, text=text + cell.text[moved:]), tuple(told)))
    return found


def changes(seed: int = 20) -> dict[str, Change]:
    """Return what is done to tables, by name."""
    synonyms, rng = read_synonyms(), np.random.default_rng(seed)
    return {
        "as printed": lambda rows: rows,
        "other words": lambda rows: in_other_words(rows, synonyms),
        "other order": lambda rows: in_other_order(rows, rng),
        "no headings": without_headings,
    }


def changed(table: Table, context: Context, name: str, change: Change) -> TruthTable:
    """Return a table with truth after a change."""
    rows = [
        (cell, triples(table.cells[cell.source].spans)) for cell in cells_of(table) if cell.source is not None
    ]
    cells = []
    for cell, spans in change(rows):
        left, top, right, bottom = cell.box
        place = {"row": top, "col": left, "rowspan": bottom - top, "colspan": right - left}
        told = tuple(Span(start=start, end=end, label=label) for start, end, label in spans)
        source = table.cells[cell.source or 0]
        cells.append(source.model_copy(update={**place, "text": cell.text, "spans": told}))
    size = {"n_rows": max((cell.row + cell.rowspan for cell in cells), default=0)}
    truth = table.model_copy(update={**size, "cells": tuple(cells)})
    bare = truth.model_copy(update={"cells": tuple(cell.model_copy(update={"spans": ()}) for cell in cells)})
    return TruthTable(truth, bare, context, (("change", name),))


def changed_tables(gold: Path, split: str) -> Iterator[TruthTable]:
    """Yield the tables of the gold documents of a split, after each change."""
    for name, change in changes().items():
        for each in gold_documents(gold):
            if split_of(each.family) == split:
                for table in each.document.tables:
                    yield changed(table, Context(caption_of(each.document, table)), name, change)


def main(
    weights: Annotated[Path | None, typer.Option(help="ONNX file of another label network.")] = None,
    split: Annotated[str, typer.Option(help="train, dev or test.")] = "dev",
) -> None:
    """Print strict F1 of spans of lexicon, network and both by change, in percent."""
    try:
        labellers = every_labeller(LabelModel(0, weights))
        scored = score_labellers(changed_tables(GOLD, split), labellers)
    except YusuanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error
    rows = [row for row in score_rows(scored) if row[0] in changes()]
    typer.echo(plain_table(("", "spans", *labellers), rows))


if __name__ == "__main__":
    typer.run(main)
