"""The recipe, small: synthetic pages are read, judged, fitted and measured, and nothing is done twice."""

from __future__ import annotations

import json
from pathlib import Path

from yusuan.extraction.checks.confidence import ConfidenceModel
from yusuan.training.confidence_recipe import JUDGED, READ, WEIGHTS, Recipe, train_confidence


def test_pages_are_read_judged_fitted_and_measured_and_a_second_call_goes_on(tmp_path: Path) -> None:
    recipe = Recipe(pages=3, measured=1)
    trained = train_confidence(tmp_path, recipe, splits=())
    model = ConfidenceModel(trained.weights)
    assert model.threshold(0.000001) > 1
    assert {"accepted_wrong/all", "coverage/all", "calibration_error/all"} <= set(trained.figures)
    assert json.loads((tmp_path / "result.json").read_text("utf-8"))["sha256"] == trained.sha256
    judged = sorted((tmp_path / JUDGED).rglob("*.npz"))
    assert len(judged) >= 3
    read = {path: path.stat().st_mtime_ns for path in (tmp_path / READ).rglob("document.json")}
    before = (tmp_path / WEIGHTS).read_bytes()
    again = train_confidence(tmp_path, recipe, splits=())
    assert {path: path.stat().st_mtime_ns for path in read} == read
    assert again.figures == trained.figures
    assert (tmp_path / WEIGHTS).read_bytes() == before
