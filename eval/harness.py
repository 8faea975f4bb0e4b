"""Predictions against truth: read, pair, score, compare, report, gate."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from yusuan.eval.comparing import compare
from yusuan.eval.errors.cases import gallery
from yusuan.eval.figures import calibration, figures
from yusuan.eval.gate import falls_between
from yusuan.eval.metrics.similarity import missing_notes
from yusuan.eval.public_tables import PublicTables, is_public_truth
from yusuan.eval.report.html import html_report
from yusuan.eval.report.text import markdown
from yusuan.eval.result import REPORT_FILE, SCHEMA, EvalResult
from yusuan.eval.truth import GoldTruth, Truth, digest
from yusuan.extraction.errors import InputError
from yusuan.extraction.exports.folder import write_text


def evaluate(
    pred: Path,
    gold: Path,
    report: Path,
    baseline: Path | None = None,
    peers: Path | None = None,
) -> EvalResult:
    """Score predictions, write `report.json`, `report.md` and `report.html` into `report`, return the result.

    Ids, confidence, status, provenance and checks of records are no fields. A document without a prediction
    counts as missed.

    Args:
        pred: the output folder of `yusuan extract`, or a folder of gold documents.
        gold: a folder of gold documents, or one of them; or public table truth (a folder with `gt/*.json`,
            or a folder of such folders).
        report: folder to write to; made as needed.
        baseline: the `report.json` of an earlier evaluation on the same gold; what got worse by more than its
            tolerance is in the result's `falls`.
        peers: a folder with one output folder for each peer, to be scored on the same truth.

    Raises:
        InputError: something cannot be read, or `baseline` was measured on other gold documents.
    """
    # Read first: a bad file must not cost a whole evaluation.
    earlier = _read_report(baseline) if baseline else None
    truth: Truth = PublicTables(gold) if is_public_truth(gold) else GoldTruth(gold)
    result = score(truth, pred, peers)
    if earlier is not None:
        result = replace(result, falls=falls_between(earlier, result.as_dict()))
    write_text(report / REPORT_FILE, json.dumps(result.as_dict(), ensure_ascii=False, indent=1) + "\n")
    write_text(report / "report.md", markdown(result))
    html_report(result, gallery(result.pairs), report / "report.html")
    return result


def score(truth: Truth, pred: Path, peers: Path | None = None) -> EvalResult:
    """Return all figures of an output folder, and of peers beside it; nothing is written.

    Raises:
        InputError: an output folder cannot be read.
    """
    ours = truth.score(pred)
    documents = tuple(one.document for one in ours.scored)
    comparisons, notes = compare(truth, ours.scored, peers) if peers else ((), ())
    return EvalResult(
        truth=truth.kind,
        digest=digest(documents),
        documents=documents,
        figures=figures(ours.scored),
        calibration=calibration(ours.scored),
        comparisons=comparisons,
        unpaired=ours.unpaired,
        notes=(*missing_notes(), *notes),
        pairs=ours.pairs,
    )


def _read_report(path: Path) -> dict[str, Any]:
    try:
        report = json.loads(path.read_bytes())
    except (OSError, json.JSONDecodeError) as error:
        raise InputError(f"cannot read the baseline {path}: {error}") from error
    if not isinstance(report, dict) or report.get("schema") != SCHEMA:
        raise InputError(
            f"{path} is not a report of this version", f"name a {REPORT_FILE} that yusuan eval wrote"
        )
    return report
