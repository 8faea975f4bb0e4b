"""Evaluations in a real MLflow store, read back as MLflow's own client reads them."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from yusuan.eval.metrics.counts import Counts
from yusuan.eval.result import EvalResult, Figure, ScoredDocument
from yusuan.training import tracking
from yusuan.training.tracking import TrackingError, is_installed, log_evaluation, safe_metrics, store_uri

pytestmark = pytest.mark.skipif(not is_installed(), reason="mlflow is not installed")


def result(*figures: Figure) -> EvalResult:
    documents = (ScoredDocument("a_office", "a", "1" * 64, "family", "office", True),)
    return EvalResult("gold", "ab" * 32, documents, figures)


FIGURES = (
    Figure("fields", "all", "all", 0.9, 0.85, 0.95, Counts(9, 1, 1)),
    Figure("fields", "scan", "office", 0.9, counts=Counts(9, 1, 1)),
    Figure("fields", "skew", "0.25° to 1°", 0.8),
    Figure("fields", "family", "县级 汇总表", 0.7),
    Figure("fields", "split", "dev", 0.9),
    Figure("fields", "document", "a_office", 0.9),
    Figure("completions", "all", "all", None),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where reports go; MLflow takes seconds to make a store, so that the tests share one."""
    return tmp_path_factory.mktemp("out")


@pytest.fixture
def report(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    folder = home / "report"
    folder.mkdir(exist_ok=True)
    (folder / "report.json").write_text("{}")
    (folder / "report.html").write_text("<p>numbers")
    return folder


def prediction(folder: Path, accept: float) -> Path:
    folder.mkdir(parents=True)
    run = {"versions": {"yusuan": "1.2.3"}, "settings": {"checks": {"accept": accept}}, "models": {}}
    (folder / "run.json").write_text(json.dumps(run))
    return folder


def test_an_evaluation_is_read_back_from_the_store(
    report: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    run_id = log_evaluation(result(*FIGURES), prediction(tmp_path / "pred", 0.9), report)
    told = capfd.readouterr()
    assert told.out + told.err == ""

    store = report.parent / "mlflow.db"
    client = MlflowClient(tracking_uri=f"sqlite:///{store}")
    run = client.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "report"
    assert run.data.metrics == {
        "fields": 0.9,
        "fields.low": 0.85,
        "fields.high": 0.95,
        "fields/scan/office": 0.9,
        "fields/skew/0.25deg_to_1deg": 0.8,
        "fields/family/县级_汇总表": 0.7,
        "fields/split/dev": 0.9,
    }
    params = run.data.params
    assert (params["version"], params["gold"], params["split"]) == ("1.2.3", "ab" * 32, "dev")
    assert sorted(file.path for file in client.list_artifacts(run_id)) == ["report.html", "report.json"]
    assert run.info.artifact_uri.startswith((report.parent / "mlflow-artifacts").as_uri())
    assert list(elsewhere.iterdir()) == []

    # Another run of other settings goes into the same experiment and is told apart.
    other_id = log_evaluation(result(*FIGURES), prediction(tmp_path / "other", 0.8), report)
    other = client.get_run(other_id)
    assert other.info.experiment_id == run.info.experiment_id
    assert other.data.params["settings"] != params["settings"]


def test_the_store_of_the_environment_is_used(report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://tracking.invalid")
    assert store_uri(report) == "http://tracking.invalid"


def test_a_store_that_cannot_be_written_is_told_in_one_line(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    occupied = tmp_path / "occupied.db"
    occupied.write_text("this is no database")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{occupied}")
    with pytest.raises(TrackingError) as refused:
        log_evaluation(result(*FIGURES), tmp_path, report)
    assert "occupied.db" in refused.value.message
    assert "\n" not in str(refused.value)


def test_more_metrics_than_mlflow_takes_at_once_are_all_logged(report: Path, tmp_path: Path) -> None:
    from mlflow import MlflowClient

    many = [Figure("fields", "field", f"type.field{n}", n / 1100) for n in range(1100)]
    run_id = log_evaluation(result(*many), tmp_path, report)
    client = MlflowClient(tracking_uri=store_uri(report))
    run = client.get_run(run_id)
    assert len(run.data.metrics) == 1100
    assert run.data.params["version"] == "unknown"


def test_names_that_become_one_are_kept_apart() -> None:
    figures = (Figure("fields", "family", "a&b", 0.1), Figure("fields", "family", "a+b", 0.2))
    metrics = dict(safe_metrics(result(*figures)))
    assert sorted(metrics.values()) == [0.1, 0.2]
    assert "fields/family/a_b" in metrics


def test_a_folder_called_mlflow_is_not_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "find_spec", lambda name: ModuleSpec(name, None, is_package=True))
    assert not is_installed()


def test_mlflow_stays_out_of_a_program_that_does_not_log() -> None:
    program = "import sys, yusuan.training.tracking; print('mlflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
