"""Runs that end in the middle: Ctrl-C, a full disk. What was done is kept and not done again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from page_steps import reads, write_input

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


def test_no_space_for_a_page_ends_the_run_and_keeps_what_is_done(tmp_path: Path) -> None:
    inputs = [write_input(tmp_path / "a.pdf", 3)]
    out = tmp_path / "out"
    process = start(out, inputs)
    process.communicate(timeout=60)
    folder = next(out.glob("documents/*"))
    (folder / "pages" / "002.jpg").unlink()
    (folder / "pages" / ".002.jpg.part").symlink_to("/dev/full")
    process = start(out, inputs)
    told = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert "no space left to write" in told
    assert "free some space" in told
    assert told.count("\n") == 1
    process = start(out, inputs)
    assert process.communicate(timeout=60)[0]
    assert process.returncode == 0
    assert reads(tmp_path) == ["a 1", "a 2", "a 3", "a 2", "a 2"]


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
