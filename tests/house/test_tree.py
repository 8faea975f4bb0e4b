"""What must not get into the repository, and what must agree with the code."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from yusuan.extraction.document import json_schema

# Put together here, so that this file does not find itself.
FOLDERS = "|".join(["work", "root", "home", "Users", "farm", "tmp"])
MACHINE_PATHS = re.compile(rf"(?<![\w.$}}~-])/(?:{FOLDERS})/\w")
HOSTS = "|".join(["py" + r"pi\.org", "python" + r"hosted\.org", "npm" + r"js\.(?:org|com)"])
REGISTRY_HOSTS = re.compile(HOSTS)
TEXT = {".py", ".toml", ".md", ".txt", ".json", ".csv", ".yml", ".yaml", ".ts", ".html", ".css", ".cfg", ""}


def matches(root: Path, files: list[Path], pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in files:
        if path.suffix in TEXT:
            text = (root / path).read_text("utf-8", errors="replace")
            found += [f"{path}: {match.group()}" for match in pattern.finditer(text)]
    return found


def test_no_path_of_a_machine(root: Path, files: list[Path]) -> None:
    assert matches(root, files, MACHINE_PATHS) == []


def test_no_host_of_a_package_registry(root: Path, files: list[Path]) -> None:
    assert matches(root, files, REGISTRY_HOSTS) == []


def test_nothing_is_left_undone(root: Path, files: list[Path]) -> None:
    marks = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error"]) + r")\b")
    assert matches(root, [path for path in files if path.suffix in {".py", ".ts", ".md"}], marks) == []


def test_the_patterns_find_what_they_look_for() -> None:
    assert MACHINE_PATHS.search("see " + "/" + "root/x.py")
    assert not MACHINE_PATHS.search("docs" + "/" + "work/x")
    assert REGISTRY_HOSTS.search("https://" + "py" + "pi.org/simple")


def test_the_published_schema_is_that_of_the_code(root: Path) -> None:
    published = json.loads((root / "docs" / "document.schema.json").read_text("utf-8"))
    assert published == json_schema(), "run: make schema"


def test_pins_are_versions_and_cover_what_is_needed(root: Path) -> None:
    lines = (root / "constraints.txt").read_text("utf-8").splitlines()
    wrong = [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.!+]*", line)]
    assert wrong == []
    pinned = {re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower() for line in lines}
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    extras = ("dev", "synth", "eval", "peers", "review")  # dev brings the other four
    needed = [
        *project["dependencies"],
        *(line for extra in extras for line in project["optional-dependencies"][extra]),
    ]
    needed.remove("yusuan[synth,eval,peers,review]")
    names = {re.sub(r"[-_.]+", "-", re.split(r"[<>=!~\[; ]", line)[0]).lower() for line in needed}
    assert names <= pinned


def test_both_packages_of_opencv_are_pinned_to_one_version(root: Path) -> None:
    lines = (root / "constraints.txt").read_text("utf-8").splitlines()
    versions = {line.partition("==")[2] for line in lines if line.startswith("opencv-")}
    assert len(versions) == 1
