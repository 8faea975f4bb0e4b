"""Predictions against gold: read, pair, score, report, gate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yusuan.eval.canonical import FIELD_ORDER
from yusuan.eval.counts import Counts
from yusuan.eval.gate import Fall, falls_between, refusal
from yusuan.eval.gold import gold_documents, is_gold
from yusuan.eval.records import RecordScore, score_records
from yusuan.eval.tables import markdown_table, plain_table
from yusuan.extraction.document import Document
from yusuan.extraction.errors import InputError
from yusuan.extraction.exports.folder import documents_in, write_text

SCHEMA = "yusuan.report/1"
REPORT_FILE = "report.json"
GROUPS = ("all", "type", "scan", "family", "family and scan", "document", "field")
COLUMNS = ("", "in gold", "said", "precision", "recall", "F1", "records", "records F1")


@dataclass(frozen=True)
class DocumentScore:
    """How one gold document was read. `predicted` is False where the predictions do not have it."""

    name: str
    sha256: str
    family: str
    scan: str
    predicted: bool
    score: RecordScore


@dataclass(frozen=True)
class Slice:
    """A part of all that was scored: `group` is how it was cut (`type`, `scan`, …), `name` which part.

    `records` counts whole records; None for a cut by field, which has none.
    """

    group: str
    name: str
    fields: Counts
    records: Counts | None


@dataclass(frozen=True)
class EvalResult:
    """The outcome of one evaluation.

    Attributes:
        documents: every gold document, by name.
        unpaired: source paths of predictions that no gold document has; they are not scored.
        falls: what stands below the baseline by more than its tolerance; empty without a baseline.
    """

    documents: tuple[DocumentScore, ...]
    unpaired: tuple[str, ...] = ()
    falls: tuple[Fall, ...] = ()

    def slices(self) -> list[Slice]:
        """Return everything at once, then by record type, scan state, family, document and field."""
        everything = ("all", "all")
        fields: dict[tuple[str, str], Counts] = {everything: Counts()}
        records: dict[tuple[str, str], Counts] = {everything: Counts()}
        for document in self.documents:
            for (kind, name), counts in document.score.fields.items():
                for cut in (*_cuts(document, kind), ("field", f"{kind}.{name}")):
                    fields[cut] = fields.get(cut, Counts()) + counts
            for kind, counts in document.score.records.items():
                for cut in _cuts(document, kind):
                    records[cut] = records.get(cut, Counts()) + counts
        return [Slice(*cut, fields[cut], records.get(cut)) for cut in sorted(fields, key=_reading_order)]

    def as_dict(self) -> dict[str, Any]:
        """Return what stands in `report.json`."""
        fields: dict[str, dict[str, Any]] = {}
        records: dict[str, dict[str, Any]] = {}
        for part in self.slices():
            fields.setdefault(part.group, {})[part.name] = part.fields.as_dict()
            if part.records is not None:
                records.setdefault(part.group, {})[part.name] = part.records.as_dict()
        return {
            "schema": SCHEMA,
            "gold": {document.name: document.sha256 for document in self.documents},
            "missing": [document.name for document in self.documents if not document.predicted],
            "unpaired": list(self.unpaired),
            "fields": fields,
            "records": records,
            "falls": [fall.as_dict() for fall in self.falls],
        }

    def text(self) -> str:
        """Return the report for a terminal: one table, and under it what needs attention."""
        return plain_table(COLUMNS, self._rows()) + "".join(f"\n{note}" for note in self._notes()) + "\n"

    def markdown(self) -> str:
        """Return what stands in `report.md`."""
        notes = "".join(f"\n- {note}" for note in self._notes())
        return f"# Evaluation\n\n{markdown_table(COLUMNS, self._rows())}\n{notes}\n"

    def _rows(self) -> Iterator[tuple[str, ...]]:
        group = ""
        for part in self.slices():
            if part.group != group:
                group = part.group
                if group != "all":
                    yield (f"by {group}",)
            fields, records = part.fields, part.records
            yield (
                part.name,
                str(fields.tp + fields.fn),
                str(fields.tp + fields.fp),
                _percent(fields.precision),
                _percent(fields.recall),
                _percent(fields.f1),
                "" if records is None else str(records.tp + records.fn),
                "" if records is None else _percent(records.f1),
            )

    def _notes(self) -> Iterator[str]:
        for document in self.documents:
            if not document.predicted:
                yield f"{document.name} was not predicted: all of it counts as missed."
        for path in self.unpaired:
            yield f"{path} has no gold and was not scored."
        for fall in self.falls:
            yield f"Below the baseline: {fall}."


def _cuts(document: DocumentScore, kind: str) -> Iterator[tuple[str, str]]:
    """Yield (group, name) of every slice that records of this type in this document belong to."""
    yield "all", "all"
    yield "type", kind
    yield "scan", document.scan
    yield "family", document.family
    yield "family and scan", f"{document.family}, {document.scan}"
    yield "document", document.name


def _reading_order(cut: tuple[str, str]) -> tuple[int, int, str]:
    """Groups in the order above, fields as in the contract, other names sorted."""
    group, name = cut
    return GROUPS.index(group), FIELD_ORDER.index(name) if group == "field" else 0, name


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.2f}"


def evaluate(
    pred: Path, gold: Path, report: Path, baseline: Path | None = None, gate: bool = False
) -> EvalResult:
    """Score predictions, write `report.json` and `report.md` into `report`, and return the result.

    Documents are paired by the SHA-256 of the PDF. Ids, confidence, status, provenance and checks
    are no fields.

    Args:
        pred: the output folder of `yusuan extract`, or a folder of gold documents.
        gold: a folder of gold documents, or one of them.
        report: folder to write to; made as needed.
        baseline: the `report.json` of an earlier evaluation on the same gold.
        gate: refuse when a slice fell below the baseline by more than its tolerance.

    Raises:
        InputError: something cannot be read, or `baseline` was measured on other gold documents.
        GateRefused: `gate`, and something fell; the report has been written.
    """
    # Read first: a bad file must not cost a whole evaluation.
    earlier = _read_report(baseline) if baseline else None
    predictions = {document.source.sha256: document for document in _predictions(pred)}
    scores = []
    for truth in gold_documents(gold):
        sha256 = truth.document.source.sha256
        found = predictions.pop(sha256, None)
        score = score_records(found.records if found else (), truth.document.records)
        scores.append(DocumentScore(truth.name, sha256, truth.family, truth.scan, found is not None, score))
    result = EvalResult(tuple(scores), tuple(document.source.path for document in predictions.values()))
    if earlier is not None:
        falls = falls_between(earlier, result.as_dict())
        result = EvalResult(result.documents, result.unpaired, falls)
    write_text(report / REPORT_FILE, json.dumps(result.as_dict(), ensure_ascii=False, indent=2) + "\n")
    write_text(report / "report.md", result.markdown())
    if gate and result.falls:
        raise refusal(result.falls)
    return result


def _predictions(pred: Path) -> Iterator[Document]:
    if not pred.is_dir():
        raise InputError(f"{pred} is not a folder", "give the folder that yusuan extract -o wrote")
    if is_gold(pred):
        yield from (truth.document for truth in gold_documents(pred))
    else:
        yield from (document for _, document in documents_in(pred))


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
