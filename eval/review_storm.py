"""Many annotators at once and a server that is killed: `python -m yusuan.eval.review_storm OUT`.

People work on a copy of the folder with real requests; the server is killed with SIGKILL at random moments
and started again. Then every edit that was called saved is looked for, and every one is checked to have been
made in sight of all edits of its table before it. Exits with 1 when one is missing, or overwrote one unseen.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx
import typer

from yusuan.eval.report.tables import plain_table

_STARTING_SECONDS = 60.0
_RETRY_SECONDS = 0.1
# Of a hundred edits so many put a row in or take one out again.
_STRUCTURE = 10


class ReviewServer:
    """`yusuan review` as a process of its own, that can be killed and started again at the same address."""

    def __init__(self, out: Path) -> None:
        """Take the folder to serve."""
        self._out = out
        self._port = 0
        self._process: subprocess.Popen[str] | None = None
        self.starts = 0

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it, and return when it answers.

        Raises:
            RuntimeError: it does not.
        """
        command = [
            sys.executable,
            "-m",
            "yusuan.extraction",
            "review",
            str(self._out),
            "--port",
            str(self._port),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if "http://" not in line:
            raise RuntimeError(f"the server did not start: {line!r}")
        self._port = int(line.rstrip().rstrip("/").rpartition(":")[2])
        end = time.monotonic() + _STARTING_SECONDS
        while time.monotonic() < end:
            try:
                httpx.get(f"{self.address}/api/session", timeout=5)
            except httpx.TransportError:
                time.sleep(_RETRY_SECONDS)
            else:
                self.starts += 1
                return
        raise RuntimeError("the server does not answer")

    def kill(self) -> None:
        """End it at once, whatever it does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@dataclass
class Saved:
    """An edit that the server called saved."""

    document: str
    version: int
    edit: str
    base: int
    table: str


@dataclass
class Annotator:
    """A person who edits pages at random.

    Attributes:
        name: theirs.
        server: that they talk to.
        pages: document and page that they choose from.
        edits: to make.
        seed: of everything random.
        saved: what was called saved.
        conflicts: edits that were refused because somebody else had changed the table.
        waits: seconds from an edit to its answer, of those whose server lived.
        error: that ended the work, if one did.
    """

    name: str
    server: ReviewServer
    pages: Sequence[tuple[str, int]]
    edits: int
    seed: int
    saved: list[Saved] = field(default_factory=list)
    conflicts: int = 0
    waits: list[float] = field(default_factory=list)
    error: str | None = None

    def work(self) -> None:
        """Edit until all edits are saved."""
        try:
            self._work()
        except Exception as error:
            self.error = f"{self.name}: {error!r}"

    def _work(self) -> None:
        rng = random.Random(self.seed)
        with httpx.Client(timeout=60) as client:
            answer = self._send(client, "POST", "/api/session", {"person": self.name})
            client.headers["X-Yusuan-CSRF"] = answer.json()["csrf"]
            while len(self.saved) < self.edits:
                document, page = rng.choice(self.pages)
                view = self._send(client, "GET", f"/api/documents/{document}/pages/{page}").json()
                tables = [table for table in view["tables"] if table["cells"]]
                if tables:
                    table, version = rng.choice(tables), view["version"]
                    # A person makes some edits in a row; what they see is not what others have done since.
                    for _ in range(rng.randint(1, 8)):
                        if len(self.saved) == self.edits:
                            break
                        version, table = self._edit(client, rng, document, page, version, table)
                        if table is None:
                            break

    def _edit(
        self,
        client: httpx.Client,
        rng: random.Random,
        document: str,
        page: int,
        base: int,
        table: dict[str, Any],
    ) -> tuple[int, dict[str, Any] | None]:
        """Make an edit; return the version and the table after it, None where it is to be loaded again."""
        edit = str(UUID(int=rng.getrandbits(128), version=4))
        change, action, table = self._change(rng, table)
        body = {"edit": edit, "base": base, "page": page, "action": action, "patches": [change]}
        started = time.perf_counter()
        answer = self._send(client, "POST", f"/api/documents/{document}/edits", body)
        self.waits.append(time.perf_counter() - started)
        if answer.status_code == 409:
            self.conflicts += 1
            return base, None
        version = answer.json()["version"]
        self.saved.append(Saved(document, version, edit, base, table["id"]))
        return version, table

    def _change(
        self, rng: random.Random, table: dict[str, Any]
    ) -> tuple[dict[str, Any], str, dict[str, Any]]:
        """Return a random change of a table, what it is called, and the table after it."""
        change: dict[str, Any] = {"op": "change", "table": table["id"]}
        blank = table["n_rows"] - 1
        if rng.randrange(100) < _STRUCTURE:
            if any(cell["row"] + cell["rowspan"] > blank for cell in table["cells"]):
                change["splices"] = [{"axis": "row", "at": table["n_rows"], "insert": 1}]
                return change, "insert_row", {**table, "n_rows": table["n_rows"] + 1}
            change["splices"] = [{"axis": "row", "at": blank, "delete": 1}]
            return change, "delete_row", {**table, "n_rows": blank}
        at = rng.randrange(len(table["cells"]))
        text = f"{self.name} {len(self.saved)}"
        cell = {**table["cells"][at], "text": text, "spans": [], "reviewer": self.name}
        change["put"] = [cell]
        cells = [*table["cells"][:at], cell, *table["cells"][at + 1 :]]
        return change, "text", {**table, "cells": cells}

    def _send(self, client: httpx.Client, method: str, path: str, body: Any = None) -> httpx.Response:
        """Send a request until it is answered, as the app does after a lost answer.

        Raises:
            RuntimeError: it is refused for another reason than that others were faster.
        """
        while True:
            try:
                answer = client.request(method, self.server.address + path, json=body)
            except httpx.TransportError:
                time.sleep(_RETRY_SECONDS)
                continue
            if answer.status_code in (200, 409):
                return answer
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")


@dataclass(frozen=True)
class Outcome:
    """What became of all edits.

    Attributes:
        saved: edits that were called saved.
        lost: of these, those that are not in the store, or as another version.
        twice: ids that are stored more than once.
        gaps: documents whose versions do not count from 1 without a gap.
        unseen: edits that were stored though another one of the same table lay between what the person saw
            and them.
        other: cells whose text is not that of the last edit of them.
    """

    saved: int
    lost: int
    twice: int
    gaps: int
    unseen: int
    other: int

    @property
    def holds(self) -> bool:
        """Whether nothing was lost and nothing overwritten unseen."""
        return not (self.lost or self.twice or self.gaps or self.unseen or self.other)


def outcome(store: Path, saved: Sequence[Saved], texts: dict[tuple[str, str, int, int], str]) -> Outcome:
    """Compare what was called saved with what is stored.

    Args:
        store: the file of edits.
        saved: what was called saved.
        texts: document, table, row and column → text, as the server shows them in the end.
    """
    with closing(sqlite3.connect(store)) as database:
        rows = database.execute(
            "SELECT document, version, edit, patches FROM events ORDER BY document, version"
        ).fetchall()
    by_edit: dict[str, list[tuple[str, int]]] = {}
    touched: dict[tuple[str, str], list[int]] = {}
    versions: dict[str, list[int]] = {}
    last: dict[tuple[str, str, int, int], str] = {}
    for document, version, edit, patches in rows:
        by_edit.setdefault(edit, []).append((document, version))
        versions.setdefault(document, []).append(version)
        for patch in json.loads(patches):
            touched.setdefault((document, patch["table"]), []).append(version)
            for cell in patch["put"]:
                last[document, patch["table"], cell["row"], cell["col"]] = cell["text"]
    return Outcome(
        saved=len(saved),
        lost=sum((each.document, each.version) not in by_edit.get(each.edit, []) for each in saved),
        twice=sum(len(found) > 1 for found in by_edit.values()),
        gaps=sum(numbers != list(range(1, len(numbers) + 1)) for numbers in versions.values()),
        unseen=sum(
            any(each.base < version < each.version for version in touched[each.document, each.table])
            for each in saved
        ),
        other=sum(texts.get(place) != text for place, text in last.items()),
    )


def final_texts(
    server: ReviewServer, pages: Sequence[tuple[str, int]]
) -> dict[tuple[str, str, int, int], str]:
    """Return the texts that the server shows."""
    texts = {}
    with httpx.Client(timeout=60, base_url=server.address) as client:
        client.post("/api/session", json={"person": "who looks"}).raise_for_status()
        for document, page in pages:
            for table in client.get(f"/api/documents/{document}/pages/{page}").json()["tables"]:
                for cell in table["cells"]:
                    texts[document, table["id"], cell["row"], cell["col"]] = cell["text"]
    return texts


def waiting_pages(server: ReviewServer, documents: int) -> list[tuple[str, int]]:
    """Return the pages of the first documents of the queue, once all are known."""
    with httpx.Client(timeout=60, base_url=server.address) as client:
        client.post("/api/session", json={"person": "who looks"}).raise_for_status()
        known = -1
        while True:
            queue = client.get("/api/queue", params={"limit": 500, "state": "all"}).json()
            if queue["total"] == known:
                break
            known = queue["total"]
            time.sleep(1.0)
    names = list(dict.fromkeys(item["document"] for item in queue["items"]))[:documents]
    return [(item["document"], item["page"]) for item in queue["items"] if item["document"] in names]


def storm(
    out: Path, people: int, edits: int, kills: int, documents: int, seed: int
) -> tuple[Outcome, list[Annotator], int]:
    """Let people work on a folder while its server is killed; return what became of their edits.

    Raises:
        RuntimeError: the server does not come back, or refuses what it should take.
    """
    rng = random.Random(seed)
    server = ReviewServer(out)
    server.start()
    pages = waiting_pages(server, documents)
    each = -(-edits // people)
    workers = [
        Annotator(f"annotator {number}", server, pages, each, rng.getrandbits(32)) for number in range(people)
    ]
    threads = [threading.Thread(target=worker.work, daemon=True) for worker in workers]
    for thread in threads:
        thread.start()
    total = each * people
    for number in range(kills):
        # Kills are spread over the edits, not over the time, which nobody knows.
        due = (number + rng.random()) * total / kills
        while sum(len(worker.saved) for worker in workers) < due and any(
            map(threading.Thread.is_alive, threads)
        ):
            time.sleep(rng.uniform(0.005, 0.05))
        server.kill()
        server.start()
    for thread in threads:
        thread.join()
    server.kill()
    server.start()
    errors = [worker.error for worker in workers if worker.error]
    if errors:
        raise RuntimeError("; ".join(errors))
    saved = [each for worker in workers for each in worker.saved]
    result = outcome(out / "review.sqlite", saved, final_texts(server, pages))
    starts = server.starts
    server.kill()
    return result, workers, starts


def main(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder that `yusuan extract -o` wrote.")],
    people: Annotated[int, typer.Option(min=1, help="Annotators at once.")] = 8,
    edits: Annotated[int, typer.Option(min=1, help="Edits of all together.")] = 10_000,
    kills: Annotated[int, typer.Option(min=0, help="Times that the server is killed.")] = 20,
    documents: Annotated[int, typer.Option(min=1, help="Documents that they work on: fewer meet more.")] = 4,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
) -> None:
    """Let many people edit a copy of OUT while its server is killed, and look for what is lost."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="yusuan-storm") as folder:
        copy = Path(folder) / "out"
        shutil.copytree(out, copy, ignore=shutil.ignore_patterns("review.*"))
        result, workers, starts = storm(copy, people, edits, kills, documents, seed)
    waits = sorted(wait for worker in workers for wait in worker.waits)
    rows = [
        ("annotators", str(people), ""),
        ("server killed", str(starts - 1), "times, the last at the end"),
        ("edits called saved", str(result.saved), f"in {time.perf_counter() - started:.0f} s"),
        ("refused: others were faster", str(sum(worker.conflicts for worker in workers)), ""),
        ("from edit to answer", f"{1000 * waits[len(waits) // 2]:.0f}", "ms, median"),
        ("", f"{1000 * waits[int(0.95 * len(waits))]:.0f}", "ms, 95th percentile"),
        ("saved and not stored", str(result.lost), ""),
        ("stored twice", str(result.twice), ""),
        ("documents with a gap", str(result.gaps), ""),
        ("overwrote unseen", str(result.unseen), ""),
        ("cells with another text", str(result.other), ""),
    ]
    typer.echo(plain_table(("edits under fire", "", ""), rows))
    by_person = Counter({worker.name: len(worker.saved) for worker in workers})
    typer.echo(f"edits a person: {min(by_person.values())} to {max(by_person.values())}")
    raise typer.Exit(0 if result.holds else 1)


if __name__ == "__main__":
    typer.run(main)
