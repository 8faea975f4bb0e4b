"""The app that is shipped is the one that its sources give, and speaks the language of this server."""

from __future__ import annotations

import subprocess
from pathlib import Path

from yusuan.review.openapi import openapi_text
from yusuan.review.server import STATIC

WEB = STATIC.parent / "web"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_the_bundle_is_built_from_these_sources(tmp_path: Path) -> None:
    command = ["npx", "--no-install", "vite", "build", "--outDir", str(tmp_path / "built"), "--emptyOutDir"]
    subprocess.run([*command, "--logLevel", "error"], cwd=WEB, check=True)
    assert contents(tmp_path / "built") == contents(STATIC), "run `make web` and commit review/static"


def test_the_app_knows_this_api() -> None:
    assert (WEB / "openapi.json").read_text("utf-8") == openapi_text(), "run `make web` and commit it"


def test_nothing_in_the_bundle_comes_from_elsewhere() -> None:
    page = (STATIC / "index.html").read_text("utf-8")
    assert "http" not in page.replace("http-equiv", "")
    assert "<script>" not in page
    assert " style=" not in page
