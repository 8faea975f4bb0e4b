"""What each kind of evidence is worth to confidence.

`python -m yusuan.training.confidence_studies RUN` on the folder of `yusuan train confidence`: fitted anew on
its synthetic pages and its gold for training, once with all evidence and once without each kind, and measured
on gold for development. Nothing is read again. Fewer fields accepted at the same bound on errors, or more of
them wrong, is what a kind of evidence is worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from yusuan.eval.report.tables import plain_table
from yusuan.extraction.checks.confidence import ConfidenceModel
from yusuan.extraction.checks.evidence import FEATURES
from yusuan.extraction.errors import UsageError, YusuanError
from yusuan.training.confidence_corpus import JudgedDocument, stored
from yusuan.training.confidence_recipe import GOLD, JUDGED, SYNTH, WEIGHTS, measure
from yusuan.training.train_confidence import fit, to_onnx

KINDS: Mapping[str, tuple[str, ...]] = {
    "reader": ("glyphs", "length", "odd_form", "table_doubtful"),
    "labels": ("label", "table_strange", "titled"),
    "table model": ("table",),
    "sums": ("sums_held", "sums_held_twice", "sums_failed", "row_failing", "table_failing"),
    "codes and names": ("names_held", "names_failed"),
    "other tables and prose": ("agreed", "disagreed"),
    "second readings": ("read_again_same", "read_again_other"),
    "repairs": ("misread", "proposed", "completed", "joined"),
}
RATE = 0.005


def without(documents: Sequence[JudgedDocument], names: Sequence[str]) -> list[JudgedDocument]:
    """Return documents of which this evidence is not known."""
    columns = [FEATURES.index(name) for name in names]
    blind = []
    for document in documents:
        features = document.features.copy()
        features[:, columns] = 0
        blind.append(replace(document, features=features))
    return blind


def study(
    learnt: Sequence[JudgedDocument],
    beside: Sequence[JudgedDocument],
    measured: Sequence[JudgedDocument],
    kinds: Mapping[str, Sequence[str]] = KINDS,
) -> list[tuple[str, ...]]:
    """Return a row for each kind of evidence that is left out: figures in percent, see `measure`."""
    rows = []
    for kind, names in {"": (), **kinds}.items():
        with TemporaryDirectory() as folder:
            path = Path(folder) / WEIGHTS
            path.write_bytes(to_onnx(fit(without(learnt, names), without(beside, names))))
            figures = measure(ConfidenceModel(path), without(measured, names), RATE)
        shown = (figures[f"{name}/all"] for name in ("coverage", "accepted_wrong", "calibration_error"))
        rows.append((f"without {kind}" if kind else "everything", *(f"{100 * each:.2f}" for each in shown)))
    return rows


def _documents(folder: Path) -> list[JudgedDocument]:
    found = [document for path in sorted(folder.glob("*.npz")) if (document := stored(path)) is not None]
    if not found:
        raise UsageError(
            f"nothing of this version is kept in {folder}", "run `yusuan train confidence` first"
        )
    return [document for document in found if len(document.right)]


def main(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of `yusuan train confidence`.")],
) -> None:
    """Print how many fields are accepted without each kind of evidence, and how many of them are wrong."""
    try:
        learnt, beside, measured = (
            _documents(run / JUDGED / part) for part in (f"{GOLD}/train", SYNTH, f"{GOLD}/dev")
        )
        rows = study(learnt, beside, measured)
    except YusuanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error
    typer.echo(plain_table(("", "accepted %", "of them wrong %", "calibration error %"), rows))


if __name__ == "__main__":
    typer.run(main)
