"""The API of the review app against its own schema: `python -m yusuan.eval.review_fuzz OUT`.

Schemathesis sends requests that the schema allows and requests that it forbids to a server over a copy of
the folder, as a person who has signed in, about a document that is there. It fails on a crash, on an answer
that the schema does not have, and on a request that should not have been taken. Exits with 1 then.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import httpx
import typer

from yusuan.eval.review_storm import ReviewServer, waiting_pages

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
PHASES = ("coverage", "fuzzing")


def fuzz(out: Path, examples: int, phases: tuple[str, ...] = PHASES, seed: int = 1) -> int:
    """Send random requests to a server over a folder; return the exit status of schemathesis.

    Args:
        out: the folder; people's work on it is changed at random.
        examples: random requests for each operation.
        phases: of schemathesis.
        seed: of everything random.
    """
    server = ReviewServer(out)
    server.start()
    try:
        document, page = waiting_pages(server, 1)[0]
        with (
            httpx.Client(base_url=server.address, timeout=60) as client,
            tempfile.TemporaryDirectory() as work,
        ):
            csrf = client.post("/api/session", json={"person": "fuzz"}).json()["csrf"]
            cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
            folder = Path(work)
            (folder / "openapi.json").write_bytes(client.get("/api/openapi.json").content)
            known = f'[parameters]\n"path.document" = "{document}"\n"path.page" = {page}\n'
            (folder / "schemathesis.toml").write_text(known, "utf-8")
            program = [
                sys.executable,
                "-m",
                "schemathesis.cli",
                "run",
                "openapi.json",
                "--url",
                server.address,
            ]
            options = ["--checks", ",".join(CHECKS), "--phases", ",".join(phases), "--seed", str(seed)]
            options += ["--max-examples", str(examples), "--request-timeout", "60", "--no-color"]
            headers = ["-H", f"Cookie: {cookies}", "-H", f"X-Yusuan-CSRF: {csrf}"]
            return subprocess.run([*program, *options, *headers], cwd=folder).returncode
    finally:
        server.kill()


def main(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder that `yusuan extract -o` wrote.")],
    examples: Annotated[int, typer.Option(min=1, help="Random requests for each operation.")] = 50,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 1,
) -> None:
    """Send random requests to a server over a copy of OUT."""
    with tempfile.TemporaryDirectory(prefix="yusuan-fuzz") as folder:
        copy = Path(folder) / "out"
        shutil.copytree(out, copy, ignore=shutil.ignore_patterns("review.*"))
        raise typer.Exit(1 if fuzz(copy, examples, seed=seed) else 0)


if __name__ == "__main__":
    typer.run(main)
