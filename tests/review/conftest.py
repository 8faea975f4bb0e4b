"""An output folder of `extract` with real documents, and a real server over it."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import uvicorn

from yusuan.datasets.goldset.files import GOLD, read_document
from yusuan.extraction.config import load_settings
from yusuan.extraction.exports.folder import write_page_image, write_text
from yusuan.review.derive import as_review_tables
from yusuan.review.desk import Desk, document_id
from yusuan.review.guard import CSRF_HEADER
from yusuan.review.patches import ReviewTable
from yusuan.review.server import Serving, make_app
from yusuan.review.store import ReviewStore

NAME = "shizhu_organization"
FOLDER = "shizhu-12345678"


@pytest.fixture(scope="session")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an output folder with one document of some pages, as `extract` leaves it."""
    out = tmp_path_factory.mktemp("extracted")
    document = read_document(GOLD / NAME)
    folder = out / "documents" / FOLDER
    write_text(folder / "document.json", document.json_parts())
    for page in document.pages:
        blank = np.full((page.height, page.width, 3), 255, np.uint8)
        write_page_image(folder, page.number, blank, page.dpi)
    return out


@pytest.fixture
def out(extracted: Path, tmp_path: Path) -> Path:
    """Return a fresh copy of the output folder."""
    return Path(shutil.copytree(extracted, tmp_path / "out"))


@pytest.fixture
def document() -> str:
    """Return the id of the one document."""
    return document_id(FOLDER)


@pytest.fixture
def desk(out: Path) -> Iterator[Desk]:
    """Give a desk over the folder, on which two people have signed in."""
    store = ReviewStore(out)
    for person in ("甲", "乙"):
        store.write("INSERT INTO people VALUES (?, ?)", person, "2026-01-01T00:00:00+00:00")
    yield Desk(out, store)
    store.close()


@pytest.fixture
def table() -> ReviewTable:
    """Return a table of the document, before anybody has touched it."""
    return as_review_tables(read_document(GOLD / NAME).tables)[0]


@dataclass
class Served:
    """A server that listens, and how to talk to it."""

    address: str
    out: Path
    clients: ExitStack

    def client(self, person: str | None = "甲", **options: Any) -> httpx.Client:
        """Return a client; signed in unless `person` is None."""
        client = self.clients.enter_context(httpx.Client(base_url=self.address, timeout=30, **options))
        if person is not None:
            answer = client.post("/api/session", json={"person": person})
            client.headers[CSRF_HEADER] = answer.raise_for_status().json()["csrf"]
        return client


@pytest.fixture
def serve(out: Path) -> Iterator[Callable[..., Served]]:
    """Give a function that serves the folder, with a token or gold if asked, until the test ends."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(token: str | None = None, gold: Path | None = None) -> Served:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        app = make_app(out, load_settings(), Serving(frozenset({f"127.0.0.1:{port}"}), token), gold)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        running.append((server, thread))
        while not server.started:
            time.sleep(0.01)
        return Served(f"http://127.0.0.1:{port}", out, clients)

    with ExitStack() as clients:
        yield start
    for server, thread in running:
        server.should_exit = True
        thread.join()


@pytest.fixture
def served(serve: Callable[..., Served]) -> Served:
    """Give a server over the folder."""
    return serve()
