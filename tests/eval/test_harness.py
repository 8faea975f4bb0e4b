import hashlib
import json
from pathlib import Path

import pytest

from yusuan.eval.counts import Counts
from yusuan.eval.gate import GateRefused
from yusuan.eval.harness import evaluate
from yusuan.extraction.document import BudgetLine, Document, Project, Source
from yusuan.extraction.errors import ExitCode, InputError


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
            json.dumps({"family": family, "tags": {"scan_level": scan or "digital"}})
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


def test_gold_against_itself_is_perfect(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", "a", "a_office")
    result = evaluate(gold, gold, tmp_path / "report")
    assert all(part.fields.f1 == 1.0 for part in result.slices())
    report = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert report["records"]["all"]["all"]["tp"] == 6
    assert set(report["fields"]["scan"]) == {"digital", "office"}
    assert report["fields"]["family"]["a"]["f1"] == 1.0
    assert report["missing"] == []
    assert "| budget_line.amount |" in (tmp_path / "report" / "report.md").read_text("utf-8")
    assert "100.00" in result.text()
    fields = [part.name for part in result.slices() if part.group == "field"]
    assert fields[:4] == ["budget_line.code", "budget_line.item", "budget_line.measure", "budget_line.amount"]


def test_a_missing_prediction_counts_as_missed_and_is_named(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", "a", "b")
    out = write_prediction(tmp_path / "out", document("a"))
    result = evaluate(out, gold, tmp_path / "report")
    slices = {(part.group, part.name): part for part in result.slices()}
    assert slices["document", "a"].fields.f1 == 1.0
    assert slices["document", "b"].fields.f1 == 0.0
    assert slices["document", "b"].fields.precision is None
    # 5 + 4 + 3 fields (code, item, measure, amount, row_kind; without code; name, budget).
    assert slices["all", "all"].fields == Counts(tp=11, fn=11)
    assert result.as_dict()["missing"] == ["b"]
    assert "b was not predicted" in result.text()


def test_a_prediction_without_gold_is_named_and_not_scored(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", "a")
    out = write_prediction(tmp_path / "out", document("a"), document("stranger"))
    result = evaluate(out, gold, tmp_path / "report")
    assert result.unpaired == ("stranger.pdf",)
    assert result.slices()[0].fields == Counts(tp=11)


def test_documents_are_paired_by_content_and_not_by_name(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", "a")
    renamed = document("a").model_copy(
        update={"source": document("a").source.model_copy(update={"path": "z.pdf"})}
    )
    assert evaluate(write_prediction(tmp_path / "out", renamed), gold, tmp_path / "report").unpaired == ()


def test_the_gate_names_the_slice_that_fell(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", "a", "b_office")
    out = write_prediction(tmp_path / "out", document("a"), document("b_office"))
    evaluate(out, gold, tmp_path / "before")
    baseline = tmp_path / "before" / "report.json"
    assert evaluate(out, gold, tmp_path / "same", baseline, gate=True).falls == ()

    write_prediction(out, with_first_amount(document("b_office"), "99.00"))
    with pytest.raises(GateRefused, match="scan office") as refused:
        evaluate(out, gold, tmp_path / "after", baseline, gate=True)
    assert refused.value.exit_code == ExitCode.GATE_REFUSED
    assert "field budget_line.amount" in refused.value.message
    assert "scan digital" not in refused.value.message
    assert "Below the baseline" in (tmp_path / "after" / "report.md").read_text("utf-8")
    assert evaluate(out, gold, tmp_path / "after", baseline).falls != ()


def test_the_gate_refuses_a_slice_that_is_no_longer_found(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", "a")
    evaluate(gold, gold, tmp_path / "before")
    empty = document("a").model_copy(update={"records": ()})
    out = write_prediction(tmp_path / "out", empty)
    with pytest.raises(GateRefused, match=r"type project: 1\.0000 → 0\.0000"):
        evaluate(out, gold, tmp_path / "after", tmp_path / "before" / "report.json", gate=True)


def test_a_baseline_on_other_gold_is_refused(tmp_path: Path) -> None:
    before = write_gold(tmp_path / "before", "a")
    evaluate(before, before, tmp_path / "report")
    gold = write_gold(tmp_path / "gold", "a", "b")
    with pytest.raises(InputError, match="b differ"):
        evaluate(gold, gold, tmp_path / "after", tmp_path / "report" / "report.json")


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
    assert result.slices()[0].fields == Counts(fn=11)
    with pytest.raises(InputError, match="is not a folder"):
        evaluate(tmp_path / "nowhere", gold, tmp_path / "report")
