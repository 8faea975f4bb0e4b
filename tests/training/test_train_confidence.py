"""Confidence is fitted on documents that are made by a known chance, so that its answers can be checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import beta

from yusuan.extraction.checks.confidence import ConfidenceModel, record_odds
from yusuan.extraction.checks.evidence import FEATURES
from yusuan.extraction.document import BudgetLine, Document, Finding, Record, Source
from yusuan.training.confidence_corpus import JudgedDocument, judge, stored
from yusuan.training.confidence_recipe import measure
from yusuan.training.confidence_studies import KINDS, study
from yusuan.training.train_confidence import Fitted, bound, fit, thresholds, to_onnx

RECORDS, EACH = 60, 5
GLYPHS, LABEL, SUMS = (FEATURES.index(name) for name in ("glyphs", "label", "sums_held"))


def drawn(rng: np.random.Generator, family: str) -> JudgedDocument:
    """Return a document whose fields are right by a chance that its evidence tells; some papers are worse."""
    count = RECORDS * EACH
    features = np.zeros((count, len(FEATURES)), np.float32)
    features[:, GLYPHS] = rng.normal(4 - rng.random(), 2, count)
    features[:, LABEL] = rng.normal(4, 2, count)
    features[:, SUMS] = rng.random(count) < 0.6
    odds = features[:, GLYPHS] + 0.5 * features[:, LABEL] + 3 * features[:, SUMS]
    right = rng.random(count) < 1 / (1 + np.exp(-odds))
    exact = right.reshape(RECORDS, EACH).all(axis=1)
    none = np.zeros(RECORDS, np.int64)
    record = np.repeat(np.arange(RECORDS), EACH)
    return JudgedDocument(family, "office", features, right, record, exact, none, none.astype(bool))


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    rng = np.random.default_rng(1)
    return fit([drawn(rng, f"family {number % 6}") for number in range(30)])


@pytest.fixture(scope="module")
def model(fitted: Fitted, tmp_path_factory: pytest.TempPathFactory) -> ConfidenceModel:
    path = tmp_path_factory.mktemp("weights") / "confidence.onnx"
    path.write_bytes(to_onnx(fitted))
    return ConfidenceModel(path)


@pytest.fixture(scope="module")
def unseen() -> list[JudgedDocument]:
    rng = np.random.default_rng(2)
    return [drawn(rng, "unseen") for _ in range(60)]


def test_the_file_says_what_was_fitted(fitted: Fitted, model: ConfidenceModel, unseen: list) -> None:
    document = unseen[0]
    said = np.interp(fitted.trees.predict_proba(document.features)[:, 1], *fitted.field_curve)
    assert np.abs(model.fields(document.features) - said).max() < 1e-4
    assert to_onnx(fitted) == to_onnx(fitted)


def test_probabilities_of_unseen_fields_and_records_are_the_shares_that_are_right(
    model: ConfidenceModel, unseen: list[JudgedDocument]
) -> None:
    fields = np.concatenate([model.fields(each.features) for each in unseen])
    right = np.concatenate([each.right for each in unseen])
    for least, most in ((0.0, 0.9), (0.9, 0.98), (0.98, 1.0)):
        inside = (fields >= least) & (fields <= most)
        assert inside.sum() > 500
        assert fields[inside].mean() == pytest.approx(right[inside].mean(), abs=0.03)
    assert measure(model, unseen, 0.01)["calibration_error/all"] < 0.04


def test_pages_beside_teach_what_speaks_for_a_field_and_not_how_probable_it_is(
    fitted: Fitted, unseen: list[JudgedDocument]
) -> None:
    rng = np.random.default_rng(6)
    # Where fields are right by the same evidence, but only half as often.
    worse = []
    for each in (drawn(rng, f"layout {number % 6}") for number in range(30)):
        right = each.right & (rng.random(len(each.right)) < 0.5)
        worse.append(replace(each, right=right, exact=right.reshape(RECORDS, EACH).all(axis=1)))
    documents = [drawn(np.random.default_rng(7 + number), f"family {number % 6}") for number in range(30)]
    beside = fit(documents, worse)
    said = [
        np.interp(own.trees.predict_proba(unseen[0].features)[:, 1], *own.field_curve).mean()
        for own in (fitted, beside)
    ]
    assert said[1] == pytest.approx(said[0], abs=0.02)


def test_thresholds_come_from_forms_that_the_label_network_did_not_learn() -> None:
    documents = [drawn(np.random.default_rng(40 + number), f"family {number % 4}") for number in range(20)]
    learnt = []
    for number in range(20):
        easy = drawn(np.random.default_rng(70 + number), f"learnt {number % 4}")
        right, exact = np.ones_like(easy.right), np.ones_like(easy.exact)
        learnt.append(replace(easy, right=right, exact=exact))
    names = {each.family for each in learnt}
    asked, of_all = fit([*documents, *learnt], known=names), fit([*documents, *learnt])
    assert np.array_equal(asked.record_curve, of_all.record_curve)
    assert asked.thresholds[0.01] > of_all.thresholds[0.01]
    # Where nothing else is known, they are better than no threshold.
    assert fit(learnt, known=names).thresholds == fit(learnt).thresholds


@pytest.mark.parametrize("rate", [0.005, 0.01, 0.02])
def test_of_unseen_fields_that_are_accepted_no_more_are_wrong_than_was_asked(
    model: ConfidenceModel, unseen: list[JudgedDocument], rate: float
) -> None:
    figures = measure(model, unseen, rate)
    assert figures["coverage/all"] > 0.3, "nothing would be won"
    # The promise is for all documents, of which these are a sample.
    assert figures["accepted_wrong/all"] <= 1.25 * rate


def test_more_that_speaks_for_a_field_never_makes_it_less_probable(model: ConfidenceModel) -> None:
    rng = np.random.default_rng(3)
    before = drawn(rng, "a").features
    after = before.copy()
    after[:, GLYPHS] += rng.random(len(after))
    after[:, SUMS] = 1
    assert (model.fields(after) >= model.fields(before) - 1e-6).all()


def test_the_bound_on_few_errors_is_that_of_clopper_and_pearson_where_documents_are_alike() -> None:
    # A hundred documents of ten fields, and an error in every tenth.
    wrong = np.array([1 if number % 10 == 0 else 0 for number in range(100)])
    said = bound(wrong, np.full(100, 10), np.arange(100))
    assert said == pytest.approx(beta.ppf(0.95, 11, 990))


def test_errors_that_come_together_give_a_worse_bound_than_errors_spread_out() -> None:
    fields, group = np.full(100, 10), np.arange(100)
    spread, together = np.zeros(100, int), np.zeros(100, int)
    spread[:10], together[0] = 1, 10
    assert bound(together, fields, group) > 1.5 * bound(spread, fields, group)


def test_few_documents_prove_little_even_without_an_error() -> None:
    none = np.zeros(10, int)
    assert bound(none, np.full(10, 1000), np.arange(10)) > 0.003
    assert bound(none, np.full(10, 0), np.arange(10)) == 1.0


def test_records_that_lack_a_field_count_against_a_threshold() -> None:
    rng = np.random.default_rng(4)
    documents = [drawn(rng, "a") for _ in range(40)]
    sure = [record_odds(np.where(each.right, 0.999, 0.2), each.record, RECORDS) for each in documents]
    lacking = [
        JudgedDocument(**{**each.__dict__, "missing": np.ones(RECORDS, np.int64)}) for each in documents
    ]
    assert 0.005 in thresholds(sure, documents)
    assert not thresholds(sure, lacking)


def test_copies_of_one_form_prove_no_more_than_the_form_does() -> None:
    rng = np.random.default_rng(5)
    forms = [drawn(rng, f"form {number}") for number in range(8)]
    copies = [each for each in forms for _ in range(6)]
    strangers = [
        JudgedDocument(**{**each.__dict__, "family": f"form {number}"}) for number, each in enumerate(copies)
    ]
    sure = [np.mean(each.right.reshape(RECORDS, EACH), axis=1) for each in copies]
    assert thresholds(sure, copies).keys() < thresholds(sure, strangers).keys()


def test_records_touched_by_a_failed_check_are_never_accepted(
    model: ConfidenceModel, unseen: list[JudgedDocument]
) -> None:
    failing = [JudgedDocument(**{**each.__dict__, "failing": np.ones(RECORDS, bool)}) for each in unseen[:5]]
    assert measure(model, failing, 0.05)["coverage/all"] == 0


def test_a_document_is_judged_by_its_truth_and_kept(tmp_path: Path) -> None:
    def made(*records: Record, findings: tuple[Finding, ...] = ()) -> Document:
        source = Source(path="a.pdf", sha256="0" * 64, pages=1, kind="digital")
        return Document(source=source, records=records, findings=findings)

    one = BudgetLine(id="a", code="201", item="一般公共服务支出", measure="合计", amount="40.00")
    two = BudgetLine(id="b", code="20101", item="人大事务", measure="合计", amount="30.00")
    three = BudgetLine(id="c", item="合计", measure="合计", amount="70.00", row_kind="total")
    failed = Finding(id="f", rule="total_row", status="fail", severity="error", message="")
    said = made(
        one,
        two.model_copy(update={"amount": "80.00", "code": None}),
        three.model_copy(update={"checks": ("f",)}),
        findings=(failed,),
    )
    judged = judge(said, made(one, two, three), "a family", "fax")
    assert judged.exact.tolist() == [True, False, True]
    assert judged.missing.tolist() == [0, 1, 0]
    assert judged.failing.tolist() == [False, False, True]
    assert [int((judged.record == number).sum()) for number in range(3)] == [5, 4, 4]
    assert (~judged.right).tolist().count(True) == 1
    assert judged.record[~judged.right].tolist() == [1]
    path = tmp_path / "judged" / "a.npz"
    judged.save(path)
    kept = stored(path)
    assert kept is not None
    assert (kept.family, kept.state) == ("a family", "fax")
    assert (kept.features == judged.features).all()
    assert (kept.right == judged.right).all()
    assert stored(tmp_path / "none.npz") is None


def test_without_the_evidence_that_tells_most_less_is_accepted() -> None:
    rng = np.random.default_rng(5)
    learnt = [drawn(rng, f"family {number % 3}") for number in range(15)]
    kinds = {kind: KINDS[kind] for kind in ("reader", "repairs")}
    rows = {row[0]: row[1:] for row in study(learnt, [], [drawn(rng, "unseen") for _ in range(10)], kinds)}
    assert float(rows["without reader"][0]) < float(rows["everything"][0])
    assert rows["without repairs"] == rows["everything"], "nothing was repaired in these documents"


def test_every_kind_of_evidence_is_known() -> None:
    named = [name for names in KINDS.values() for name in names]
    assert set(named) <= set(FEATURES)
    assert len(named) == len(set(named))
