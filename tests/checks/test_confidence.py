"""What the weights that ship say of documents: probabilities on fields and records, and what is accepted."""

from __future__ import annotations

import pytest

from yusuan.extraction.checks.confidence import ConfidenceModel, confidence_model
from yusuan.extraction.errors import ModelError

RATE = 0.05


def of(document):
    """Return the probability of the amount of the first record, from its span."""
    return document.tables[0].cells[2].spans[0].confidence


def test_a_sure_figure_that_a_sum_proves_is_more_probable_than_an_unsure_one_that_fails_it(
    read_lines, finding
):
    good = confidence_model().rate(read_lines([finding("total_row", "pass", (0, 2))], glyphs=0.999), RATE)
    bad = confidence_model().rate(read_lines([finding("total_row", "fail", (0, 2))], glyphs=0.5), RATE)
    assert of(good) > 0.98
    assert of(bad) < of(good) - 0.1
    assert bad.records[0].confidence < good.records[0].confidence
    assert good.records[0].confidence <= of(good)


def test_what_a_failed_check_touches_is_never_accepted_and_what_a_person_reviewed_stays(read_lines, finding):
    document = read_lines([finding("code_sum", "pass", (0, 2))], glyphs=0.999)
    (record,) = document.records
    assert confidence_model().rate(document, RATE).records[0].status == "accepted"
    failed = finding("prose", "fail", (0, 2))
    touched = document.model_copy(
        update={
            "findings": (*document.findings, failed),
            "records": (record.model_copy(update={"checks": (failed.id,)}),),
        }
    )
    assert confidence_model().rate(touched, RATE).records[0].status == "review"
    reviewed = document.model_copy(update={"records": (record.model_copy(update={"status": "reviewed"}),)})
    assert confidence_model().rate(reviewed, RATE).records[0].status == "reviewed"


def test_who_asks_for_fewer_errors_gets_no_more_records():
    rates = (0.00001, 0.001, 0.005, 0.02, 0.5)
    thresholds = [confidence_model().threshold(rate) for rate in rates]
    assert thresholds == sorted(thresholds, reverse=True)
    assert thresholds[0] > 1, "what nothing was fitted for accepts nothing"
    assert thresholds[2] <= 1, "the default rate accepts something"


def test_rating_again_changes_no_status_of_sure_records(read_lines, finding):
    document = read_lines([finding("code_sum", "pass", (0, 2))], glyphs=0.999)
    once = confidence_model().rate(document, RATE)
    assert [record.status for record in once.records] == ["accepted"]
    assert {span.confidence for cell in once.tables[0].cells for span in cell.spans} <= {
        each / 10000 for each in range(10001)
    }


def test_a_document_without_records_is_rated(read_lines):
    empty = read_lines().model_copy(update={"records": ()})
    assert confidence_model().rate(empty, RATE) == empty


def test_a_file_that_is_no_such_model_is_refused(tmp_path):
    path = tmp_path / "confidence.onnx"
    path.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="cannot be loaded"):
        ConfidenceModel(path)
