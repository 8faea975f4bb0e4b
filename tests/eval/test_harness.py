import hashlib
import json
from pathlib import Path

import pytest

from yusuan.eval.harness import evaluate
from yusuan.eval.metrics.counts import Counts
from yusuan.eval.report.text import terminal
from yusuan.eval.result import METRIC, EvalResult
from yusuan.extraction.document import (
    BudgetLine,
    Cell,
    Document,
    Project,
    Provenance,
    Source,
    Span,
    Table,
)
from yusuan.extraction.errors import InputError


def document(name: str) -> Document:
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    return Document(
        source=Source(path=f"{name}.pdf", sha256=sha256, pages=1, kind="digital"),
        records=(
            BudgetLine(id="r1", code="201", item="一般公共服务支出", measure="合计", amount="40.00"),
            BudgetLine(id="r2", item="合计", measure="合计", amount="40.00", row_kind="total"),
            Project(id="r3", name=f"{name}会议费", budget="4.00"),
        ),
    )


def write_gold(root: Path, *names: str) -> Path:
    for name in names:
        folder = root / name
        folder.mkdir(parents=True)
        (folder / "document.pdf").write_bytes(name.encode())
        (folder / "gold.json").write_text(document(name).to_json(), "utf-8")
        family, _, scan = name.partition("_")
        (folder / "about.json").write_text(
            json.dumps({"family": family, "document": family, "tags": {"scan_level": scan or "digital"}})
        )
    return root


def write_prediction(out: Path, *documents: Document) -> Path:
    for prediction in documents:
        folder = out / "documents" / prediction.source.path
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "document.json").write_text(prediction.to_json(), "utf-8")
    return out


def with_first_amount(document: Document, amount: str) -> Document:
    first = document.records[0].model_copy(update={"amount": amount})
    return document.model_copy(update={"records": (first, *document.records[1:])})


def values(result: EvalResult, metric: str, group: str) -> dict[str, float | None]:
    return {f.name: f.value for f in result.figures if (f.metric, f.group) == (metric, group)}


def counts(result: EvalResult, metric: str = "fields", group: str = "all", name: str = "all") -> Counts:
    figure = result.figure(metric, group, name)
    assert figure is not None
    assert isinstance(figure.counts, Counts)
    return figure.counts


def test_gold_against_itself_is_perfect(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", "a", "a_office")
    result = evaluate(gold, gold, tmp_path / "report")
    # What the gold has none of (tables, confidence) is undefined, and not 0.
    best = {f.value for f in result.figures if f.value is not None and METRIC[f.metric].rising}
    assert best == {1.0}
    assert result.value("cells") is None
    report = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert report["schema"] == "yusuan.report/2"
    assert report["figures"]["records"]["all"]["all"]["tp"] == 6
    assert set(report["figures"]["fields"]["scan"]) == {"digital", "office"}
    assert report["figures"]["fields"]["family"]["a"]["f1"] == 1.0
    assert report["figures"]["fields"]["document"]["a_office"]["value"] == 1.0
    assert report["figures"]["cells"]["all"]["all"]["value"] is None
    assert report["missing"] == []
    assert report["calibration"] is None
    markdown = (tmp_path / "report" / "report.md").read_text("utf-8")
    assert "| budget_line.amount |" in markdown
    assert "## By scan" in markdown
    assert (tmp_path / "report" / "report.html").stat().st_size > 0
    assert "100.00" in terminal(result)
    fields = list(values(result, "fields", "field"))
    assert fields[:4] == ["budget_line.code", "budget_line.item", "budget_line.measure", "budget_line.amount"]


def test_states_of_one_document_are_one_document_for_intervals(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", "a", "a_office", "b")
    result = evaluate(gold, gold, tmp_path / "report")
    assert {document.base for document in result.documents} == {"a", "b"}
    assert "3 gold documents (2 different)" in terminal(result)


def test_a_missing_prediction_counts_as_missed_and_is_named(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", "a", "b")
    out = write_prediction(tmp_path / "out", document("a"))
    result = evaluate(out, gold, tmp_path / "report")
    assert values(result, "fields", "document") == {"a": 1.0, "b": 0.0}
    assert counts(result, "fields", "document", "b").precision is None
    # 5 + 4 + 3 fields (code, item, measure, amount, row_kind; without code; name, budget).
    assert counts(result) == Counts(tp=11, fn=11)
    assert result.as_dict()["missing"] == ["b"]
    assert "b was not predicted" in terminal(result)


def test_a_prediction_without_gold_is_named_and_not_scored(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", "a")
    out = write_prediction(tmp_path / "out", document("a"), document("stranger"))
    result = evaluate(out, gold, tmp_path / "report")
    assert result.unpaired == ("stranger.pdf",)
    assert counts(result) == Counts(tp=11)


def test_documents_are_paired_by_content_and_not_by_name(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", "a")
    renamed = document("a").model_copy(
        update={"source": document("a").source.model_copy(update={"path": "z.pdf"})}
    )
    assert evaluate(write_prediction(tmp_path / "out", renamed), gold, tmp_path / "report").unpaired == ()


def test_pairs_know_where_the_prediction_stands(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", "a", "b")
    out = write_prediction(tmp_path / "out", document("a"))
    a, b = evaluate(out, gold, tmp_path / "report").pairs
    assert (a.gold.name, a.folder) == ("a", out / "documents" / "a.pdf")
    assert (b.gold.name, b.predicted, b.folder) == ("b", None, None)


def test_the_digest_changes_with_every_label(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", "a", "b")
    before = evaluate(gold, gold, tmp_path / "report")
    assert evaluate(gold, gold, tmp_path / "report").digest == before.digest
    (gold / "a" / "gold.json").write_text(with_first_amount(document("a"), "41.00").to_json(), "utf-8")
    after = evaluate(gold, gold, tmp_path / "report")
    assert after.digest != before.digest
    changed = {d.name for d in before.documents} & {
        d.name for d, e in zip(after.documents, before.documents, strict=True) if d.sha256 != e.sha256
    }
    assert changed == {"a"}


def test_confidence_is_judged_by_whole_records(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", "a")
    # Sure and right, sure and wrong, unsure and right: 0.9, 0.9, 0.4.
    sure = {"confidence": 0.9, "status": "accepted"}
    one, two, three = document("a").records
    said = document("a").model_copy(
        update={
            "records": (
                one.model_copy(update=sure),
                two.model_copy(update={**sure, "amount": "41.00"}),
                three.model_copy(update={"confidence": 0.4}),
            )
        }
    )
    result = evaluate(write_prediction(tmp_path / "out", said), gold, tmp_path / "report")
    assert result.value("accepted") == 0.5
    # One of the nine fields of the accepted records is wrong; the third has two more.
    assert result.value("accepted_fields") == pytest.approx(8 / 9)
    assert result.value("coverage") == pytest.approx(9 / 11)
    assert result.value("risk_100") == pytest.approx(1 / 3)
    assert result.value("risk_50") == 0.5
    # Gap 0.4 in the bin of two, 0.6 in that of one.
    assert result.value("ece") == pytest.approx((2 * 0.4 + 0.6) / 3)
    assert result.calibration is not None
    assert result.calibration.curve[-1] == (1.0, pytest.approx(1 / 3))
    report = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert len(report["calibration"]["bins"]) == 2


def test_confidence_of_fields_is_that_of_their_labels(tmp_path: Path) -> None:
    """An amount that is right and one that is wrong, each as sure as the cell that says it."""
    gold = write_gold(tmp_path / "gold", "a")
    box = (0, 0, 9, 9)
    cells = tuple(
        Cell(
            row=row,
            col=0,
            rowspan=1,
            colspan=1,
            text=text,
            raw_text=text,
            page=1,
            bbox=box,
            quad=((0, 0), (9, 0), (9, 9), (0, 9)),
            spans=(Span(start=0, end=5, label="budget_line.amount", confidence=sure),),
        )
        for row, (text, sure) in enumerate((("40.00", 0.9), ("41.00", 0.7)))
    )
    one, two, three = document("a").records
    places = [{"amount": (Provenance(page=1, bbox=box, table="t1", row=row, col=0),)} for row in (0, 1)]
    said = document("a").model_copy(
        update={
            "tables": (Table(id="t1", n_rows=2, n_cols=1, cells=cells),),
            "records": (
                one.model_copy(update={"provenance": places[0], "confidence": 0.9}),
                two.model_copy(update={"provenance": places[1], "confidence": 0.7, "amount": "41.00"}),
                three,
            ),
        }
    )
    result = evaluate(write_prediction(tmp_path / "out", said), gold, tmp_path / "report")
    assert result.value("ece_fields") == pytest.approx((0.1 + 0.7) / 2)


def test_gold_that_was_labelled_on_another_pdf_is_refused(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", "a")
    (gold / "a" / "document.pdf").write_bytes(b"another")
    with pytest.raises(InputError, match="another PDF"):
        evaluate(gold, gold, tmp_path / "report")


def test_a_folder_without_gold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no gold documents"):
        evaluate(tmp_path, tmp_path, tmp_path / "report")


def test_a_run_that_read_nothing_scores_nothing(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", "a")
    (tmp_path / "out").mkdir()
    result = evaluate(tmp_path / "out", gold, tmp_path / "report")
    assert counts(result) == Counts(fn=11)
    with pytest.raises(InputError, match="is not a folder"):
        evaluate(tmp_path / "nowhere", gold, tmp_path / "report")
