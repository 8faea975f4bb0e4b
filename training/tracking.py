"""Runs, their figures and their files in MLflow: the only module that imports it.

MLflow costs seconds to import and comes with an extra, so it is imported where it is used. It is told to send
nothing anywhere, and to talk only when something fails.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from yusuan.eval.result import REPORT_FILE, EvalResult
from yusuan.extraction.errors import YusuanError

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "yusuan-evaluation"
TRAINING = "yusuan-training"
STORE_FILE = "mlflow.db"
ARTIFACT_FOLDER = "mlflow-artifacts"
RUN_FILE = "run.json"
REPORT_FILES = (REPORT_FILE, "report.md", "report.html")
SQLITE = "sqlite:///"
# Where the artifacts of a training have the weights, and how the newest of them are called.
MODEL_FOLDER = "model"
CANDIDATE = "candidate"

# Slices of single documents stand in report.json; thousands of metrics choke the web page of MLflow.
NOT_LOGGED = frozenset({"document", "pdf"})
# Which of its faces the web page of MLflow turns to these runs.
VIEW = {"mlflow.experimentKind": "custom_model_development"}
# What MLflow takes in one call.
BATCH = 1000
# Of a digest: enough to tell two apart at a glance.
DIGEST_SHOWN = 16
# A server that is out of reach must not hold up a report for minutes.
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}


class TrackingError(YusuanError):
    """A run could not be logged; what was computed is written already."""


def is_installed() -> bool:
    """Return whether MLflow can be imported.

    The folder `mlflow` at the root of the repository is found as well where the program is started there: a
    namespace, which has no file of its own.
    """
    spec = find_spec("mlflow")
    return spec is not None and spec.origin is not None


def store_uri(report: Path) -> str:
    """Return where runs are kept: `MLFLOW_TRACKING_URI`, or a SQLite file beside the folder of the report."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}{report.resolve().parent / STORE_FILE}"


def log_evaluation(result: EvalResult, pred: Path, report: Path) -> str:
    """Log one evaluation: figures of all slices, what was measured on what, and the report itself.

    Args:
        result: of the evaluation.
        pred: the predictions that were scored; their `run.json` says version and settings.
        report: folder with the report's files.

    Returns:
        The id of the run.

    Raises:
        TrackingError: MLflow is not installed, or its store cannot be written.
    """
    if not is_installed():
        raise TrackingError("MLflow is not installed", "pip install 'yusuan[train]'")
    hint = "set MLFLOW_TRACKING_URI to a store that can be written; the report itself is complete"
    with _run(store_uri(report), EXPERIMENT, report.resolve().name, hint) as (client, run_id):
        _log_params(client, run_id, {**_origin(pred), **_measured_on(result)})
        _log_metrics(client, run_id, dict(safe_metrics(result)))
        for name in REPORT_FILES:
            if (report / name).is_file():
                client.log_artifact(run_id, str(report / name))
    return run_id


def log_training(
    folder: Path,
    name: str,
    params: Mapping[str, object],
    curves: Mapping[str, Mapping[int, float]],
    figures: Mapping[str, float],
    weights: Path,
    files: Sequence[Path],
) -> str:
    """Log one training: how it was done, how the losses fell, what came out; register it as a candidate.

    The weights become a new version of the registered model `name`, with the alias `CANDIDATE`.

    Args:
        folder: of the training; the store lies beside it unless `MLFLOW_TRACKING_URI` names another.
        name: of the run and of the model.
        params: recipe, digest of the data, hash of the weights, machine and minutes.
        curves: name → step → loss.
        figures: what was measured at the end.
        weights: the file that a program loads.
        files: what else there is to see: overlays, results.

    Returns:
        The id of the run.

    Raises:
        TrackingError: MLflow is not installed, or its store cannot be written.
    """
    if not is_installed():
        raise TrackingError("MLflow is not installed", "pip install 'yusuan[train]'")
    hint = "set MLFLOW_TRACKING_URI to a store that can be written; the weights themselves are complete"
    with _run(store_uri(folder), TRAINING, name, hint) as (client, run_id):
        _log_params(client, run_id, {key: str(value) for key, value in params.items()})
        _log_metrics(client, run_id, {_safe_name(key): value for key, value in figures.items()})
        for key, curve in curves.items():
            for step, value in curve.items():
                client.log_metric(run_id, _safe_name(key), value, step=step)
        for path in files:
            client.log_artifact(run_id, str(path))
        client.log_artifact(run_id, str(weights), MODEL_FOLDER)
        _register(client, run_id, name)
    return run_id


def _register(client: MlflowClient, run_id: str, name: str) -> None:
    """Make what a run has in `MODEL_FOLDER` the candidate of a registered model."""
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    source = f"{client.get_run(run_id).info.artifact_uri}/{MODEL_FOLDER}"
    version = client.create_model_version(name, source, run_id)
    client.set_registered_model_alias(name, CANDIDATE, version.version)


@contextmanager
def _run(uri: str, experiment: str, name: str, hint: str) -> Iterator[tuple[MlflowClient, str]]:
    """Give a client and the id of a new run, which is closed at the end."""
    try:
        client = _client(uri)
        run = client.create_run(_experiment(client, uri, experiment), run_name=name)
        run_id = str(run.info.run_id)
        yield client, run_id
        client.set_terminated(run_id)
    # MLflow raises its own errors, those of SQLAlchemy, of requests and of the file system.
    except Exception as error:
        told = str(error).strip() or type(error).__name__
        raise TrackingError(f"not logged to MLflow at {uri}: {told.splitlines()[0]}", hint) from error


def _client(uri: str) -> MlflowClient:
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    # A new store is made by a hundred migrations, each of which would be told.
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    from mlflow import MlflowClient

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return MlflowClient(tracking_uri=uri)


def _experiment(client: MlflowClient, uri: str, name: str) -> str:
    """Return the id of an experiment, made as needed; its files go beside a store that is a file."""
    experiment = client.get_experiment_by_name(name)
    if experiment is not None:
        return str(experiment.experiment_id)
    location = None
    if uri.startswith(SQLITE):
        location = (Path(uri.removeprefix(SQLITE)).resolve().parent / ARTIFACT_FOLDER).as_uri()
    return str(client.create_experiment(name, artifact_location=location, tags=VIEW))


def _origin(pred: Path) -> dict[str, str]:
    """Return version and settings of the program that made the predictions, as far as they are known."""
    try:
        run = json.loads((pred / RUN_FILE).read_bytes())
        return {
            "version": str(run["versions"]["yusuan"]),
            "settings": _digest(run["settings"]),
            "models": _digest(run["models"]),
        }
    except (OSError, ValueError, KeyError, TypeError):
        # Gold scored against itself, or the output of another program.
        return {"version": "unknown", "settings": "unknown", "models": "unknown"}


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_SHOWN]


def _measured_on(result: EvalResult) -> dict[str, str]:
    return {
        "truth": result.truth,
        "gold": result.digest,
        "documents": str(len(result.documents)),
        "split": ", ".join(result.names("split")) or "none",
    }


def safe_metrics(result: EvalResult) -> Iterator[tuple[str, float]]:
    """Yield name and value of every figure that has a value, `<metric>` or `<metric>/<group>/<part>`.

    Of figures over everything the ends of their interval are given too, as `<metric>.low` and `.high`.
    """
    taken: dict[str, str] = {}
    for figure in result.figures:
        if figure.group in NOT_LOGGED or figure.value is None:
            continue
        over_all = figure.group == "all"
        full = figure.metric if over_all else f"{figure.metric}/{figure.group}/{figure.name}"
        name = _safe_name(full)
        if taken.setdefault(name, full) != full:
            name = f"{name}-{_digest(full)[:6]}"
        yield name, figure.value
        if over_all and figure.low is not None and figure.high is not None:
            yield f"{name}.low", figure.low
            yield f"{name}.high", figure.high


def _safe_name(name: str) -> str:
    """Return a name that MLflow takes: letters of any script, digits, `_ - . /`."""
    readable = name.replace("°", "deg").replace("%", "pct")
    return re.sub(r"[^\w.\-/]+", "_", readable)


def _log_params(client: MlflowClient, run_id: str, params: dict[str, str]) -> None:
    for name, value in params.items():
        client.log_param(run_id, name, value)


def _log_metrics(client: MlflowClient, run_id: str, metrics: dict[str, float]) -> None:
    from mlflow.entities import Metric
    from mlflow.utils.time import get_current_time_millis

    now = get_current_time_millis()
    rows = [Metric(name, value, now, 0) for name, value in metrics.items()]
    for start in range(0, len(rows), BATCH):
        client.log_batch(run_id, metrics=rows[start : start + BATCH])
