"""What is installed is what is in the tree: setuptools maps folders to names, and forgets silently."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

# Folders with Python that is not shipped.
UNSHIPPED = ("tests", "mlflow")


def package_folder(setuptools: dict[str, Any], package: str) -> Path:
    """Return the folder that pyproject.toml maps a package to."""
    folders: dict[str, str] = setuptools["package-dir"]
    top = max((name for name in folders if f"{package}.".startswith(f"{name}.")), key=len)
    return Path(folders[top], *filter(None, package.removeprefix(top).split(".")))


def test_every_folder_with_python_is_a_package(pyproject: dict[str, Any], files: list[Path]) -> None:
    setuptools = pyproject["tool"]["setuptools"]
    listed = {package_folder(setuptools, package) for package in setuptools["packages"]}
    found = {path.parent for path in files if path.suffix == ".py" and path.parts[0] not in UNSHIPPED}
    assert found == listed


def test_packages_have_an_init_and_name_spaces_have_none(root: Path, pyproject: dict[str, Any]) -> None:
    setuptools = pyproject["tool"]["setuptools"]
    for package in setuptools["packages"]:
        assert (root / package_folder(setuptools, package) / "__init__.py").is_file(), package
    # Each of these would shadow a package of that name, ours or another's.
    for forbidden in ("yusuan", "__init__.py", "mlflow/__init__.py", "datasets/__init__.py"):
        assert not (root / forbidden).exists(), forbidden


def test_the_folder_of_mlflow_holds_no_python(files: list[Path]) -> None:
    # Started from the root, Python would take the folder for the real package, or a file in it for a part.
    held = [path for path in files if path.parts[0] == "mlflow"]
    assert held
    assert [path for path in held if path.suffix == ".py"] == []


def test_data_files_are_shipped(root: Path, pyproject: dict[str, Any], files: list[Path]) -> None:
    setuptools = pyproject["tool"]["setuptools"]
    shipped = set()
    for package, patterns in setuptools["package-data"].items():
        folder = root / package_folder(setuptools, package)
        for pattern in patterns:
            matches = {path.relative_to(root) for path in folder.glob(pattern)}
            assert matches, f"{pattern} of {package} matches nothing"
            shipped |= matches
    folders = setuptools["package-dir"].values()
    data = {
        path
        for path in files
        if path.suffix not in {".py", ".md"}
        and any(map(path.is_relative_to, folders))
        # What the app in review/static is built from.
        and not path.is_relative_to("review/web")
    }
    assert data <= shipped, "add them to package-data in pyproject.toml"


@pytest.fixture(scope="module")
def installed(root: Path, files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel in a clean environment that borrows the heavy libraries of this one; its bin folder."""
    work = tmp_path_factory.mktemp("wheel")
    # Built from a copy: setuptools leaves build/ and *.egg-info behind.
    source = work / "source"
    for path in files:
        if path.parts[:2] != ("datasets", "gold"):
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_bytes((root / path).read_bytes())
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(work), str(source))
    (wheel,) = work.glob("yusuan-*.whl")
    venv = work / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", str(venv))
    pip = (sys.executable, "-m", "pip", "--python", str(venv / "bin" / "python"))
    run(*pip, "install", "--no-deps", "--no-index", str(wheel))
    (site,) = (venv / "lib").glob("python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return venv / "bin"


def run(*command: str, cwd: Path | None = None) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("where", ["root of the repository", "/"])
def test_the_wheel_works_wherever_it_is_started(installed: Path, root: Path, where: str) -> None:
    cwd = Path("/") if where == "/" else root
    script = "from yusuan import eval, extraction; print(eval.__file__, extraction.__file__)"
    for path in run(str(installed / "python"), "-c", script, cwd=cwd).split():
        assert Path(path).is_relative_to(installed.parent), path
    assert "extract" in run(str(installed / "yusuan"), "--help", cwd=cwd)
    assert '"ok": true' in run(str(installed / "yusuan"), "doctor", "--json", cwd=cwd)
    assert "extract" in run(str(installed / "python"), "-m", "yusuan.extraction", "--help", cwd=cwd)
