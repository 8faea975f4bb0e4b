"""Runs that end in the middle: Ctrl-C, a full disk. What was done is kept and not done again."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from page_steps import reads, write_input

from yusuan.eval.disturbed import differences, fail_writes, fill_disk, kill_at_random, run_calm

RUN = Path(__file__).parent / "run_steps.py"


def start(out: Path, inputs: list[Path], largest: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, str(RUN), str(out), str(largest), *map(str, inputs)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0
    )


def alive_in_group(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_goes_on_at_the_page_where_it_stopped(
    tmp_path: Path, kill: signal.Signals
) -> None:
    pages = 12  # some seconds: the run must not be over before it is interrupted, however busy the machine
    inputs = [write_input(tmp_path / "a.pdf", pages, {str(number): "slow" for number in range(1, pages + 1)})]
    process = start(tmp_path / "out", inputs)
    while len(reads(tmp_path)) < 3:
        time.sleep(0.05)
    if kill == signal.SIGINT:
        os.killpg(process.pid, kill)  # as a terminal does: to the workers too
        told = process.communicate(timeout=60)[0]
        assert process.returncode == 130
        assert "interrupted: run the same command again" in told
        assert (tmp_path / "out" / "run.json").is_file()
    else:
        process.kill()
        process.communicate(timeout=60)
    while alive_in_group(process.pid):
        time.sleep(0.05)  # workers leave when the parent is gone
    before = reads(tmp_path)
    assert len(before) < pages
    process = start(tmp_path / "out", inputs)
    told = process.communicate(timeout=60)[0]
    assert process.returncode == 0, told
    after = reads(tmp_path)
    assert len(after) <= pages + 2, "only pages that were under way are read again"
    assert {f"a {number}" for number in range(1, pages + 1)} == set(after)


def commands(tmp_path: Path) -> Callable[[Path], list[str]]:
    """Return the command of a run over three documents of some pages each."""
    inputs = [write_input(tmp_path / f"{name}.pdf", 5, {"3": "slow"}) for name in "abc"]
    return lambda out: [sys.executable, str(RUN), str(out), "0", *map(str, inputs)]


def test_processes_killed_at_random_leave_no_trace(tmp_path: Path) -> None:
    command = commands(tmp_path)
    assert run_calm(command(tmp_path / "calm")) == 0
    dice = random.Random(5)
    result = kill_at_random(command(tmp_path / "out"), 8, longest=1.5, dice=dice, tell=print)
    assert sum(result.disturbances.values()) == 8
    assert (result.last, result.orphans, differences(tmp_path / "calm", tmp_path / "out")) == (0, [], [])


def test_a_full_disk_leaves_no_trace_once_there_is_room(tmp_path: Path) -> None:
    command = commands(tmp_path)
    assert run_calm(command(tmp_path / "calm")) == 0
    needed = sum(path.stat().st_size for path in (tmp_path / "calm").rglob("*") if path.is_file())
    try:
        result = fill_disk(command, tmp_path / "out", needed, tell=print)
    except OSError as error:
        pytest.skip(f"no disk can be mounted: {error}")
    assert result.exits[1] >= 3, "a disk without room ends the run"
    assert (result.last, differences(tmp_path / "calm", tmp_path / "out")) == (0, [])


def test_failing_system_calls_leave_no_trace(tmp_path: Path) -> None:
    command = commands(tmp_path)
    assert run_calm(command(tmp_path / "calm")) == 0
    try:
        result = fail_writes(command(tmp_path / "out"), 5, random.Random(4), tell=print)
    except FileNotFoundError as error:
        pytest.skip(str(error))
    assert result.exits - Counter({0: 5}), "none of these runs was disturbed"
    assert (result.last, differences(tmp_path / "calm", tmp_path / "out")) == (0, [])


def test_a_trace_would_be_seen(tmp_path: Path) -> None:
    for name in ("calm", "out"):
        (tmp_path / name / "documents").mkdir(parents=True)
        (tmp_path / name / "documents" / "a.json").write_text("1")
        (tmp_path / name / "run.json").write_text(name)
    assert differences(tmp_path / "calm", tmp_path / "out") == []
    (tmp_path / "out" / "documents" / "a.json").write_text("2")
    (tmp_path / "out" / "documents" / ".b.json.part").write_text("")
    assert differences(tmp_path / "calm", tmp_path / "out") == ["documents/.b.json.part", "documents/a.json"]


@pytest.mark.parametrize("largest", [2_000, 12_000])
def test_no_space_for_the_job_store_or_an_image_is_one_clear_line(tmp_path: Path, largest: int) -> None:
    inputs = [write_input(tmp_path / "a.pdf", 2)]
    process = start(tmp_path / "out", inputs, largest)
    told = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert told.startswith(("cannot write", "no space left to write"))
    assert told.count("\n") == 1
    process = start(tmp_path / "out", inputs)
    told = process.communicate(timeout=60)[0]
    assert process.returncode == 0, told
