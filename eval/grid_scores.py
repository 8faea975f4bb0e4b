"""How well tables are found when nothing is read: `python -m yusuan.eval.grid_scores`.

Finders of tables side by side on the same upright pages: printed rules alone, the model alone, both
together. Scored as `yusuan eval` scores structure, and much faster, because no text is recognised. Tables
without any rule that rules alone would find by their text are therefore missed by them here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from yusuan.datasets.goldset.files import PDF_FILE
from yusuan.datasets.synth.blocks import Rules
from yusuan.datasets.synth.pages import REPORT, Drawn, draw_documents, draw_reports
from yusuan.eval.figures import Scored, figures
from yusuan.eval.gold import gold_documents
from yusuan.eval.metrics.grids import Grid, GridCell, compact, frame_change, page_grids, table_pairs
from yusuan.eval.report.tables import plain_table
from yusuan.eval.result import Figure, ScoredDocument
from yusuan.eval.scoring import Cuts, score_tables
from yusuan.eval.tally import EVERYTHING, Tally
from yusuan.extraction.config import TableFinder, load_settings
from yusuan.extraction.document import Page
from yusuan.extraction.errors import YusuanError
from yusuan.extraction.geometry import points_to_bbox, union
from yusuan.extraction.pages import open_source
from yusuan.extraction.pages.rectify import Scan, upright
from yusuan.extraction.pages.seal import Box
from yusuan.extraction.tables.find import Found, Look, find_tables, load_look
from yusuan.extraction.tables.look import TableLook

METRICS = ("tables_iou80", "grits_top", "cells", "spans", "perfect")
TITLES = ("tables, IoU 0.8", "GriTS-Top", "cells", "merged", "perfect")
# Documents of this seed are drawn for measuring and never trained on.
SEED = 4711


@dataclass(frozen=True)
class GridPage:
    """An upright page with its true tables, in its pixels; `base` names the document it is one state of."""

    name: str
    base: str
    cuts: Cuts
    image: np.ndarray
    dpi: float
    seals: tuple[Box, ...]
    truth: tuple[Grid, ...]


Finder = Callable[[GridPage], Found]


def finder_named(name: TableFinder, look: Look | None) -> Finder:
    """Return the finder of the product by its name; see `find_tables`."""
    return lambda page: find_tables(page.image, page.dpi, name, look, page.seals)


def gold_pages(folder: Path) -> Iterator[GridPage]:
    """Yield the pages of all gold documents in a folder.

    Raises:
        InputError: there is none, or one cannot be read.
    """
    for gold in gold_documents(folder):
        cuts = (EVERYTHING, ("scan", gold.scan), ("family", gold.family))
        with open_source(gold.folder / PDF_FILE, load_settings().pages) as source:
            for truth in gold.document.pages:
                page = source.load(truth.number)
                there = truth.model_copy(
                    update={"number": 1, "dpi": page.dpi, "transform": page.transform, "tables": ()}
                )
                grids = page_grids(truth, frame_change(truth, there))
                name = f"{gold.name}/{truth.number}"
                base = gold.name.removesuffix(f"_{gold.scan}")
                yield GridPage(name, base, cuts, page.image, page.dpi, page.seals, tuple(grids))


def synthetic_pages(count: int, seed: int = SEED, damage: str = "mixed") -> Iterator[GridPage]:
    """Yield `count` pages of budgets and as many of made-up reports, put upright as `extract` does it."""
    for draw in (draw_documents, draw_reports):
        pages = (page for drawn in draw(seed, damage=damage) for page in drawn_pages(drawn))
        yield from islice(pages, count)


def drawn_pages(drawn: Drawn) -> Iterator[GridPage]:
    """Yield the pages of a synthetic document, put upright; `family` says how many rules are printed."""
    kind = "report" if drawn.layout == REPORT else "budget"
    for image, truth, placed in zip(drawn.images, drawn.document.pages, drawn.typeset.pages, strict=True):
        page = upright(Scan(image, (truth.dpi, truth.dpi), certain=True), load_settings().pages.dpi)
        there = Page(number=1, width=1, height=1, dpi=page.dpi, kind="scanned", transform=page.transform)
        grids = page_grids(truth, frame_change(truth, there))
        name = f"{kind} {drawn.number}/{truth.number}"
        looks = {_rules_printed(drawn.typeset.sources[table.key].block.rules) for table in placed.tables}
        family = f"{kind}, rules: {looks.pop() if len(looks) == 1 else 'mixed' if looks else 'no table'}"
        cuts = (EVERYTHING, ("scan", drawn.level), ("family", family))
        yield GridPage(name, name, cuts, page.image, page.dpi, page.seals, tuple(grids))


def _rules_printed(rules: Rules) -> str:
    """Return how many of the lines between cells are printed: all, some or none."""
    if rules.horizontal and rules.vertical:
        return "all"
    return "some" if rules.horizontal or rules.vertical or rules.under_head or rules.top else "none"


def found_grids(found: Found) -> list[Grid]:
    """Return tables that were found in the form in which they are compared."""
    grids = []
    unread = (band.otherwise for band in found.bands if band.otherwise is not None)
    for number, grid in enumerate((*found.grids, *unread), 1):
        cells = tuple(
            GridCell(
                (cell.row, cell.col, cell.rowspan, cell.colspan),
                None,
                points_to_bbox(found.warp.bend(grid.corners(cell))),
            )
            for cell in grid.cells
        )
        grids.append(compact(f"t{number}", union([cell.box for cell in cells]), cells))
    return grids


def score_finders(pages: Iterable[GridPage], finders: dict[str, Finder]) -> dict[str, tuple[Figure, ...]]:
    """Return the figures of each finder of tables on the same pages."""
    scored: dict[str, list[Scored]] = {name: [] for name in finders}
    for page in pages:
        for name, find in finders.items():
            said = found_grids(find(page))
            tally = Tally()
            score_tables(
                tally,
                table_pairs(said, page.truth),
                {grid.id: page.cuts for grid in page.truth},
                {grid.id: page.cuts for grid in said},
            )
            about = ScoredDocument(page.name, page.base, "", "", "", True)
            scored[name].append(Scored(about, tally))
    return {name: figures(own, ("all", "scan", "family")) for name, own in scored.items()}


def figure_rows(results: dict[str, tuple[Figure, ...]]) -> list[tuple[str, ...]]:
    """Return a row for each slice and finder: their names and `METRICS` in percent."""
    values = {
        (finder, figure.group, figure.name, figure.metric): figure.value
        for finder, own in results.items()
        for figure in own
    }
    cuts = dict.fromkeys((group, name) for _, group, name, metric in values if metric in METRICS)
    rows = []
    for group, name in cuts:
        for finder in results:
            own = [values.get((finder, group, name, metric)) for metric in METRICS]
            shown = ("-" if value is None else f"{100 * value:.2f}" for value in own)
            rows.append((name, finder, *shown))
    return rows


def main(
    gold: Annotated[list[Path] | None, typer.Argument(help="Folders of gold documents.")] = None,
    synthetic: Annotated[int, typer.Option(help="Synthetic pages to draw besides.")] = 0,
    finders: Annotated[str, typer.Option(help="Who finds tables.")] = "rules,model,fused",
    weights: Annotated[
        Path | None, typer.Option(help="ONNX file of the table model, in place of the one that is shipped.")
    ] = None,
) -> None:
    """Find the tables of upright pages by rules, by the model and by both, and print how well."""
    try:
        settings = load_settings(None, {"tables": {"finder": "model"}})
        look: Look | None = TableLook(0, weights) if weights else load_look(settings)
        kinds = {name: finder_named(name, look) for name in finders.split(",")}  # type: ignore[arg-type]
        sets = [(str(folder), gold_pages(folder)) for folder in gold or ()]
        if synthetic:
            sets.append(("synthetic pages", synthetic_pages(synthetic)))
        for title, pages in sets:
            rows = figure_rows(score_finders(pages, kinds))
            typer.echo(f"{title}\n\n" + plain_table(("", "finder", *TITLES), rows) + "\n")
    except YusuanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error


if __name__ == "__main__":
    typer.run(main)
