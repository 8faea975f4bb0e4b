"""The same run on a real Ray cluster of two nodes, one of which dies in the middle."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_steps import WORK, reads, write_input

from yusuan.eval.disturbed import differences
from yusuan.extraction.batch import Event, ExtractOptions, RunSummary, extract
from yusuan.extraction.config import load_settings
from yusuan.extraction.errors import ExitCode, UsageError

pytest.importorskip("ray")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    os.environ["PYTHONPATH"] = str(Path(__file__).parent)  # where nodes find `page_steps`
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    for _ in range(2):
        cluster.add_node(num_cpus=1)
    yield cluster
    cluster.shutdown()
    del os.environ["PYTHONPATH"]


def run(inputs: list[Path], out: Path, address: str | None = None, **more: Any) -> RunSummary:
    engine: Any = {"engine": "ray", "address": address} if address else {}
    settings = load_settings(None, {"batch": {"page_seconds": 5}})
    return extract(inputs, out, settings, ExtractOptions(**engine), work=WORK, **more)


@pytest.fixture
def inputs(tmp_path: Path) -> list[Path]:
    slow = {str(number): "slow" for number in range(1, 13)}
    return [write_input(tmp_path / f"{name}.pdf", 12, slow) for name in "ab"]


def test_a_cluster_gives_what_one_machine_gives(tmp_path: Path, cluster: Any, inputs: list[Path]) -> None:
    assert run(inputs, tmp_path / "calm").exit_code() == ExitCode.OK
    assert run(inputs, tmp_path / "out", cluster.address).exit_code() == ExitCode.OK
    assert differences(tmp_path / "calm", tmp_path / "out") == []
    assert len(reads(tmp_path)) == 48
    assert run(inputs, tmp_path / "out", cluster.address).skipped == 2


def test_pages_that_take_their_worker_down_fail_alone(tmp_path: Path, cluster: Any) -> None:
    bad = write_input(tmp_path / "bad.pdf", 4, {"1": "kill", "2": "hang", "3": "refuse"})
    summary = run([bad], tmp_path / "out", cluster.address)
    reasons = {failure.page: failure.reason for failure in summary.failures}
    assert set(reasons) == {1, 2, 3}
    assert "lost" in reasons[1]
    assert "not done after 5 s" in reasons[2]
    assert summary.partial == 1


def test_a_node_that_dies_in_the_middle_leaves_no_trace(
    tmp_path: Path, cluster: Any, inputs: list[Path]
) -> None:
    assert run(inputs, tmp_path / "calm").exit_code() == ExitCode.OK
    node = cluster.add_node(num_cpus=1)
    pages = 0
    lost: list[Event] = []

    def kill(event: Event) -> None:
        nonlocal pages
        pages += event.kind == "page"
        if pages == 6 and event.kind == "page":
            cluster.remove_node(node, allow_graceful=False)
        if event.kind == "retry":
            lost.append(event)

    assert run(inputs, tmp_path / "out", cluster.address, progress=kill).exit_code() == ExitCode.OK
    assert differences(tmp_path / "calm", tmp_path / "out") == []


def test_a_cluster_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no Ray cluster at"):
        run([write_input(tmp_path / "a.pdf")], tmp_path / "out", "127.0.0.1:1")
