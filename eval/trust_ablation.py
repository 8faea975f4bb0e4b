"""What each check and each way of reading again is worth, and what it costs in time.

`python -m yusuan.eval.trust_ablation OUT --gold GOLD` on a folder that `yusuan extract` wrote: its documents
are put together again from their pages, once with everything, once without each stage that may change what
was read, and once with each rule taken from the repair. Pages are not read again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from yusuan.eval.gold import GoldDocument, gold_documents
from yusuan.eval.metrics.counts import Counts
from yusuan.eval.report.tables import plain_table
from yusuan.eval.scoring import score_document
from yusuan.eval.tags import tags_of
from yusuan.extraction.checks.check import RULES, document_to_equations
from yusuan.extraction.checks.equations import Equation
from yusuan.extraction.config import Settings, load_settings
from yusuan.extraction.document import Document
from yusuan.extraction.errors import UsageError, YusuanError
from yusuan.extraction.exports.folder import document_folders, read_document, read_page_image
from yusuan.extraction.pipeline import READING_STAGES, TRUST_STAGES, Means, Stages, repair_by, run_stages

EVERYTHING = "everything"
MEASURED = ("amounts", "fields")


@dataclass
class Ablation:
    """What was counted.

    Attributes:
        counts: (variant, state of the paper, metric) → counts.
        seconds: stage → time that it took on all documents.
        pages: of all documents.
    """

    counts: dict[tuple[str, str, str], Counts] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    pages: int = 0


def study(out: Path, gold: Path, settings: Settings) -> Ablation:
    """Return what documents are worth without this and without that.

    Args:
        out: that `yusuan extract` wrote.
        gold: what is true of them.
        settings: of the run.

    Raises:
        UsageError: none of the documents is labelled.
        InputError: something cannot be read.
    """
    truths = {each.document.source.sha256: each for each in gold_documents(gold)}
    done = Ablation()
    for folder in document_folders(out):
        read = read_document(folder)
        truth = truths.get(read.source.sha256)
        if truth is None:
            continue
        done.pages += len(read.pages)
        means = Means(settings, partial(read_page_image, folder))
        bare = Document(source=read.source, pages=read.pages)
        labelled = run_stages(READING_STAGES, bare, means)
        for variant, document in _variants(labelled, means, done.seconds):
            _count(done, variant, truth, document)
    if not done.pages:
        raise UsageError(f"no document in {out} is labelled in {gold}", "give the gold that it was read from")
    return done


def _variants(labelled: Document, means: Means, seconds: dict[str, float]) -> Iterator[tuple[str, Document]]:
    """Yield names and what comes of a document; the time of each stage is added to `seconds`."""
    document, before = labelled, {}
    for name, stage in TRUST_STAGES:
        before[name] = document
        began = time.perf_counter()
        document = stage(document, means)
        seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - began
    yield EVERYTHING, document
    yield "without rereading", run_stages(_without("rereading"), labelled, means)
    yield "without repair", before["repair"]
    tied = {equation.rule for equation in document_to_equations(before["repair"])}
    for rule in RULES:
        # A rule that says nothing of a document changes nothing there.
        keep = partial(_is_not, rule)
        yield f"repair without {rule}", repair_by(before["repair"], means, keep) if rule in tied else document


def _without(name: str) -> Stages:
    return tuple(each for each in TRUST_STAGES if each[0] != name)


def _is_not(rule: str, equation: Equation) -> bool:
    return equation.rule != rule


def _count(done: Ablation, variant: str, truth: GoldDocument, said: Document) -> None:
    sums = score_document(truth, tags_of(truth), said).sums
    for state in (truth.scan, "all"):
        for metric in MEASURED:
            key = variant, state, metric
            done.counts[key] = done.counts.get(key, Counts()) + Counts(*sums.get((metric, "all", "all"), ()))


def rows_of(done: Ablation) -> list[tuple[str, ...]]:
    """Return for each variant and state how many amounts and fields fewer are right than with everything."""
    rows = []
    for variant, state in dict.fromkeys((variant, state) for variant, state, _ in done.counts):
        row = [variant, state]
        for metric in MEASURED:
            own, whole = (done.counts[name, state, metric] for name in (variant, EVERYTHING))
            row += [f"{own.tp - whole.tp:+.0f}", _percent(own.recall if metric == "amounts" else own.f1)]
        if variant == EVERYTHING or row[2] != "+0" or row[4] != "+0":
            rows.append(tuple(row))
    return rows


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.2f}"


def main(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder that `yusuan extract -o` wrote.")],
    gold: Annotated[Path, typer.Option(metavar="GOLD", help="The labelled documents that it was read from.")],
    config: Annotated[Path | None, typer.Option(help="Settings, as for extract.")] = None,
) -> None:
    """Print what documents lose without each of the ways that make them right, and what these take."""
    try:
        done = study(out, gold, load_settings(config))
    except YusuanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error
    columns = ("", "state", "amounts", "recall %", "fields", "F1 %")
    typer.echo(plain_table(columns, rows_of(done)))
    typer.echo("")
    times = [(name, f"{1000 * seconds / done.pages:.1f}") for name, seconds in done.seconds.items()]
    typer.echo(plain_table(("stage", "ms a page"), times))


if __name__ == "__main__":
    typer.run(main)
