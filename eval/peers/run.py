"""Peers over documents: the batch of `yusuan extract` with another reader of pages.

Workers, limits, resume and the layout of the output folder are those of `extract`, so a page on which a peer
crashes or hangs costs that page. A page is opened as it came and read by the peer; joining, names, fields and
checks are ours.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from yusuan.eval.peers import PACKAGES, PEERS
from yusuan.eval.peers.lines import LineReader
from yusuan.eval.peers.peer import Peer, PeerBuilder, PeerKit
from yusuan.eval.peers.raw import RawSource, open_raw
from yusuan.extraction.batch.run import extract
from yusuan.extraction.batch.schedule import Event, ExtractOptions
from yusuan.extraction.batch.store import open_store
from yusuan.extraction.batch.summary import RUN_FILE, RunSummary
from yusuan.extraction.batch.work import (
    Assembled,
    AssembleTask,
    PageRead,
    PageTask,
    Work,
    assemble_document,
    probe_file,
    start_worker,
)
from yusuan.extraction.config import Settings
from yusuan.extraction.document import Page
from yusuan.extraction.errors import InputError, ModelError, UsageError, YusuanError
from yusuan.extraction.exports.folder import write_page_image, write_text

READINGS = ".readings"  # what peers share, beside their own folders


@dataclass(frozen=True)
class PeerCall:
    """Which peer a worker is to run, and where shared readings are kept."""

    name: str
    build: PeerBuilder
    readings: Path


class _Worker:
    """What one process keeps from page to page: the peer, with its weights, and the file that is open."""

    def __init__(self) -> None:
        self._kit: PeerKit | None = None
        self._peers: dict[str, Peer] = {}
        self._path: Path | None = None
        self._source: RawSource | None = None
        self._open = ExitStack()

    def kit(self, call: PeerCall, settings: Settings) -> PeerKit:
        if self._kit is None:
            self._kit = PeerKit(settings.ocr, LineReader(settings.ocr, call.readings))
        return self._kit

    def peer(self, call: PeerCall, settings: Settings) -> Peer:
        if call.name not in self._peers:
            self._peers[call.name] = call.build(self.kit(call, settings))
        return self._peers[call.name]

    def source(self, path: Path, settings: Settings) -> RawSource:
        if self._source is None or self._path != path:
            self.close()
            self._source = self._open.enter_context(open_raw(path, settings.pages))
            self._path = path
        return self._source

    def close(self) -> None:
        self._path = self._source = None
        self._open.close()


_worker = _Worker()


def read_page(call: PeerCall, task: PageTask) -> PageRead:
    """Read one page with a peer and write the image that its boxes refer to.

    Raises:
        InputError, PageError: the page cannot be read.
        OutputError: its image, or a reading, cannot be written.
        ModelError: the peer, or what it reads with, is missing.
    """
    peer, lines = _worker.peer(call, task.settings), _worker.kit(call, task.settings).lines
    try:
        page = _worker.source(task.path, task.settings).load(task.page_number)
    except YusuanError:
        _worker.close()  # an opened file that failed once is not trusted with the next page
        raise
    lines.unspent = 0.0
    started = time.perf_counter()
    page = peer.prepare(page)
    write_page_image(task.folder, task.page_number, page.image, page.dpi)
    read = peer.read(page)
    seconds = time.perf_counter() - started + lines.unspent
    return PageRead(read.model_dump_json(), page.warnings, seconds)


def assemble_read(task: AssembleTask) -> Assembled:
    """Put a document together, unless the peer passed over all of its pages.

    A peer that is not made for such documents is compared on others; one that fails on them is not spared.

    Raises:
        InputError: no page was read, nor did one fail.
        OutputError: the files cannot be written.
    """
    pages = [Page.model_validate_json(page) for page in task.pages]
    if all(page.status == "skipped" for page in pages):
        reasons = {page.error for page in pages if page.error}
        raise InputError(f"no page was read ({'; '.join(sorted(reasons))})")
    return assemble_document(task)


def run_peers(
    names: Sequence[str],
    inputs: Sequence[Path],
    out: Path,
    settings: Settings,
    options: ExtractOptions,
    progress: Callable[[str, Event], None] = lambda name, event: None,
) -> Iterator[tuple[str, RunSummary | YusuanError]]:
    """Run peers one after the other; yield for each what was done, or why it could not be run.

    Args:
        names: of `PEERS`.
        inputs: files and folders.
        out: each peer writes to the folder of its name in it, as `yusuan extract` would.
        settings: of our own pipeline; peers share text reader, workers and limits.
        options: which pages, and whether to redo what is done.
        progress: called with the name of the peer and each event.

    Raises:
        UsageError: there is no peer of that name.
    """
    for name in names:
        if name not in PEERS:
            raise UsageError(f"there is no peer {name!r}", f"peers are {', '.join(PEERS)}")
    for name in names:
        try:
            summary = _run_peer(name, inputs, out, settings, options, progress)
        except YusuanError as error:
            yield name, error
            continue
        yield name, summary
        if summary.interrupted:
            return


def _run_peer(
    name: str,
    inputs: Sequence[Path],
    out: Path,
    settings: Settings,
    options: ExtractOptions,
    progress: Callable[[str, Event], None],
) -> RunSummary:
    folder = out / name
    about = {"name": name, "versions": peer_versions(name)}
    read = partial(read_page, PeerCall(name, PEERS[name], out / READINGS))
    work = Work(start_worker, probe_file, read, assemble_read)
    known = _known_peer(folder)
    if known is not None and known != about:
        # Another version is another peer: half of its pages would be the old one's.
        options = ExtractOptions(pages=options.pages, force=True)
    summary = extract(inputs, folder, settings, options, progress=partial(progress, name), work=work)
    content = json.loads((folder / RUN_FILE).read_text("utf-8"))
    # `timings` speaks of the pages of this run; a resumed one has read only some.
    content["peer"] = about | {"seconds_per_page": seconds_per_page(folder)}
    write_text(folder / RUN_FILE, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    return summary


def _known_peer(folder: Path) -> dict[str, Any] | None:
    """Return what `run.json` says about the peer that filled a folder; None where there is none."""
    try:
        about = json.loads((folder / RUN_FILE).read_text("utf-8"))["peer"]
    except (OSError, ValueError, KeyError):
        return None
    return {"name": about.get("name"), "versions": about.get("versions")}


def peer_versions(name: str) -> dict[str, str]:
    """Return program → version for a peer.

    Raises:
        ModelError: it is not installed.
    """
    try:
        found = {package: version(package) for package in PACKAGES.get(name, ())}
    except PackageNotFoundError as error:
        raise ModelError(
            f"{name} needs {error.name}, which is not installed", "pip install 'yusuan[peers]'"
        ) from error
    if name == "tesseract" and (program := shutil.which("tesseract")) is not None:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
        found["tesseract"] = (said.stdout or said.stderr).partition("\n")[0].removeprefix("tesseract ")
    return found


def seconds_per_page(folder: Path) -> float | None:
    """Return the mean time of the pages in an output folder that were read, None where none was.

    Opening a file and putting a document together are not in it: those are ours, for every peer.
    """
    with open_store(folder) as store:
        seconds = store.page_seconds()
    return round(sum(seconds) / len(seconds), 3) if seconds else None
