"""The repository as its files say it is."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parents[2]


@pytest.fixture(scope="session")
def pyproject(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))


@pytest.fixture(scope="session")
def files(root: Path) -> list[Path]:
    """Files that are tracked or would be, relative to the root."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "-c", "-o", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.decode("utf-8")
    return [Path(name) for name in sorted(set(listed.split("\0"))) if name and (root / name).is_file()]


@pytest.fixture(scope="session")
def modules(root: Path, pyproject: dict[str, Any], files: list[Path]) -> dict[str, Path]:
    """Dotted name → file of every module of ours, by the map of folders in pyproject.toml."""
    found = {}
    for package, folder in pyproject["tool"]["setuptools"]["package-dir"].items():
        for path in files:
            if path.suffix == ".py" and path.is_relative_to(folder):
                parts = path.relative_to(folder).with_suffix("").parts
                found[".".join([package, *parts]).removesuffix(".__init__")] = root / path
    return found
