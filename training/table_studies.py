"""What the table model owes to what: `python -m yusuan.training.table_studies -o FOLDER`.

Small trainings that differ in one thing each, measured on the same synthetic pages: a learning curve over
pages, and the recipe without something. Each is a run of its own in FOLDER, and one that is done is not
done again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from yusuan.eval.report.tables import plain_table
from yusuan.extraction.errors import YusuanError
from yusuan.models.table_network import NetworkShape
from yusuan.training.table_corpus import Corpus
from yusuan.training.tables_recipe import RESULT, train_tables
from yusuan.training.train_tables import Recipe

# What all of them have: a fourteenth of the steps of the weights that are shipped.
BASE = Recipe(Corpus(pages=600), steps=450, rounds=1)
# Fewer pages than these would have no reports among them (`table_corpus.CHUNK`).
CURVE = (150, 300)
# Slices that tell them apart: GriTS-Top by how tables are ruled, and by damage.
SHOWN = (
    "grits_top",
    "grits_top/budget, rules: all",
    "grits_top/budget, rules: some",
    "grits_top/budget, rules: none",
    "grits_top/report, rules: some",
    "grits_top/report, rules: none",
    "grits_top/bad",
    "grits_top/photo",
    "spans",
)


def studies(base: Recipe = BASE) -> Iterator[tuple[str, Recipe]]:
    """Yield name and recipe of each training."""
    yield "base", base
    for pages in CURVE:
        yield f"{pages} pages", replace(base, corpus=replace(base.corpus, pages=pages))
    yield "no damage", replace(base, corpus=replace(base.corpus, damage="clean"))
    yield "no reports", replace(base, corpus=replace(base.corpus, reports_in=0))
    yield "implied as lines", replace(base, implied="line")
    yield "implied not learnt", replace(base, implied="none")
    yield "100 dpi", replace(base, shape=replace(base.shape, shrink=2))
    yield "shallower", replace(base, shape=NetworkShape(depths=(1, 2, 2, 2)))


def result_of(folder: Path, recipe: Recipe, measured: int, device: str) -> dict[str, float]:
    """Return the figures of one training, done now unless its folder has them.

    Raises:
        UsageError: the folder holds a run of another recipe.
    """
    path = folder / RESULT
    if not path.is_file():
        corpus = recipe.corpus
        pages = f"pages-{corpus.damage}-{corpus.reports_in}-{recipe.shape.shrink}"
        told = partial(print, file=sys.stderr)
        train_tables(folder, recipe, device, measured, told, folder.parent / pages)
    return dict(json.loads(path.read_text("utf-8"))["figures"])


def main(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="Folder of the runs.")],
    only: Annotated[
        str, typer.Option(help="Names of the trainings, with commas between; all when empty.")
    ] = "",
    measured: Annotated[int, typer.Option(min=1, help="Pages of each kind to measure on.")] = 80,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Train, measure and print a table: GriTS-Top in percent, and merged cells."""
    wanted = [name.strip() for name in only.split(",") if name.strip()]
    rows = []
    try:
        for name, recipe in studies():
            if wanted and name not in wanted:
                continue
            print(f"--- {name}", file=sys.stderr)
            figures = result_of(out / name.replace(" ", "-"), recipe, measured, device)
            shown = (f"{100 * figures[key]:.1f}" if key in figures else "-" for key in SHOWN)
            rows.append((name, *shown))
    except YusuanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error
    typer.echo(plain_table(("", *(key.removeprefix("grits_top/") for key in SHOWN)), rows))


if __name__ == "__main__":
    typer.run(main)
