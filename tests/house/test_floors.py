"""The floors of the house: each room stands on those below it, and imports nothing from above."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# The longest name that fits decides. The ground carries everything: values, errors, arithmetic.
FLOORS = {
    "yusuan.extraction.document": 0,
    "yusuan.extraction.errors": 0,
    "yusuan.extraction.geometry": 0,
    "yusuan.extraction.numerals": 0,
    "yusuan.extraction.token_labels": 0,
    "yusuan.models": 1,
    "yusuan.datasets": 1,
    # The gold is checked with the sums of the product.
    "yusuan.datasets.goldset.check": 3,
    "yusuan.datasets.goldset.sums": 3,
    # The truth of synthetic pages is proved by reading them.
    "yusuan.datasets.synth.proofs": 3,
    "yusuan.extraction": 2,
    "yusuan.eval": 3,
    "yusuan.training": 4,
    "yusuan.review": 5,
    "yusuan.extraction.__main__": 6,
    "yusuan.extraction.cli": 5,
}
HEAVY = {"torch", "transformers", "mlflow"}
# Rooms that may need more than everybody installs.
EXTRAS = {
    "yusuan.datasets.synth": "synth",
    "yusuan.extraction.batch.ray_executor": "ray",
    "yusuan.eval": "eval",
    "yusuan.eval.bench_batch": "ray",
    "yusuan.eval.peers": "peers",
    "yusuan.models.label_network": "train",
    "yusuan.models.table_network": "train",
    "yusuan.training": "train",
    "yusuan.review": "review",
}
ENTRANCES = ("yusuan.extraction.cli", "yusuan.review")


def floor(module: str) -> int:
    fitting = [name for name in FLOORS if f"{module}.".startswith(f"{name}.")]
    assert fitting, f"{module} stands on no floor"
    return FLOORS[max(fitting, key=len)]


def imported(path: Path) -> Iterator[str]:
    """Yield what a file imports, inside functions too; `from a import b` may mean the module a.b."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.fixture(scope="module")
def imports(modules: dict[str, Path]) -> dict[str, set[str]]:
    return {name: set(imported(path)) for name, path in modules.items()}


def test_nothing_imports_from_a_floor_above(imports: dict[str, set[str]], modules: dict[str, Path]) -> None:
    climbing = [
        f"{name} imports {other}"
        for name, others in imports.items()
        for other in others
        if other in modules and floor(other) > floor(name)
    ]
    assert climbing == []


def test_the_document_imports_nothing_of_ours(imports: dict[str, set[str]]) -> None:
    assert not [name for name in imports["yusuan.extraction.document"] if name.startswith("yusuan")]


def test_inference_needs_no_training_library(imports: dict[str, set[str]]) -> None:
    heavy = [
        f"{name} imports {other}"
        for name, others in imports.items()
        for other in others
        if name.startswith("yusuan.extraction") and other.partition(".")[0] in HEAVY
    ]
    assert heavy == []


def test_one_module_alone_knows_mlflow(imports: dict[str, set[str]]) -> None:
    knowing = {
        name
        for name, others in imports.items()
        if any(other.partition(".")[0] == "mlflow" for other in others)
    }
    assert knowing == {"yusuan.training.tracking"}


def test_what_is_imported_is_declared(imports: dict[str, set[str]], pyproject: dict[str, Any]) -> None:
    project = pyproject["project"]
    extras = {room: project["optional-dependencies"][extra] for room, extra in EXTRAS.items()}
    providers = packages_distributions()
    undeclared = set()
    for name, others in imports.items():
        own = (lines for room, lines in extras.items() if name.startswith(room))
        lines = [*project["dependencies"], *(line for each in own for line in each)]
        declared = {canonicalize_name(Requirement(line).name) for line in lines}
        tops = {other.partition(".")[0] for other in others} - set(sys.stdlib_module_names) - {"yusuan", ""}
        for top in tops:
            # What is not installed here (an extra) is taken to be called what it is imported as.
            if not {canonicalize_name(provider) for provider in providers.get(top, [top])} & declared:
                undeclared.add(f"{name} imports {top}")
    assert undeclared == set()


def test_nothing_imports_the_command_line_or_the_web_app(imports: dict[str, set[str]]) -> None:
    entering = [
        f"{name} imports {other}"
        for name, others in imports.items()
        for other in others
        if other.startswith(ENTRANCES) and not name.startswith((*ENTRANCES, "yusuan.extraction.__main__"))
    ]
    assert entering == []


def test_no_file_holds_more_than_one_subject(root: Path, files: list[Path]) -> None:
    long = {
        str(path): lines
        for path in files
        if path.suffix in {".py", ".ts"}
        and (lines := len((root / path).read_text("utf-8").splitlines())) > 800
    }
    assert long == {}


def test_rooms_are_found_at_all(modules: dict[str, Path]) -> None:
    # The tests above pass on an empty house.
    assert {"yusuan.extraction.document", "yusuan.eval.harness", "yusuan.models.store"} <= modules.keys()
