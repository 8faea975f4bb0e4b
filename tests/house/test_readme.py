"""Every command that the README marks as runnable runs, in the order of the page."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

BLOCK = re.compile(r"^```bash run\n(.*?)^```", re.MULTILINE | re.DOTALL)
SERVER = re.compile(r"^```bash serve\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


@pytest.fixture(scope="module")
def desk(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the README's paths exist and whatever is written is thrown away."""
    desk = tmp_path_factory.mktemp("desk")
    (desk / "datasets").symlink_to(root / "datasets")
    return desk


def test_commands_of_the_readme_run(root: Path, desk: Path) -> None:
    blocks = BLOCK.findall((root / "README.md").read_text("utf-8"))
    assert len(blocks) >= 4
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for block in blocks:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=desk,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"


def test_servers_of_the_readme_answer_and_stop(root: Path, desk: Path) -> None:
    commands = SERVER.findall((root / "README.md").read_text("utf-8"))
    assert len(commands) == 1
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for command in commands:
        server = subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=desk,
            env={**os.environ, "PATH": path},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert server.stdout is not None
        with server.stdout as said:
            address = said.readline().split()[-1]
            with urlopen(address, timeout=60) as page:
                assert b"<script" in page.read()
            server.send_signal(signal.SIGINT)
            assert server.wait(60) in (0, 130)


def test_links_of_the_documentation_lead_somewhere(root: Path, files: list[Path]) -> None:
    dead = [
        f"{page}: {target}"
        for page in files
        if page.suffix == ".md"
        for target in LINK.findall((root / page).read_text("utf-8"))
        if not (root / page.parent / target).exists()
    ]
    assert dead == []


def test_targets_that_are_named_exist(root: Path, files: list[Path]) -> None:
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {
        target
        for page in files
        if page.suffix == ".md"
        for target in re.findall(r"`make ([a-z]+)", (root / page).read_text("utf-8"))
    }
    assert named <= targets
