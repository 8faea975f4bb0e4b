"""The output folder of a run: of this machine, or of a store, and then with a scratch folder here.

A store has no locks and takes no database: `jobs.sqlite` is kept here and copied every minute and at the
end. Whoever takes a run up again elsewhere begins with that copy; what was done after it is done once more.
"""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from yusuan.extraction.batch.inputs import file_sha256
from yusuan.extraction.batch.remote import RemoteFolder, is_remote
from yusuan.extraction.batch.store import STORE_FILE, JobStore, open_store
from yusuan.extraction.batch.summary import RUN_FILE
from yusuan.extraction.errors import OutputError
from yusuan.extraction.exports.folder import (
    DOCUMENT_FILE,
    DOCUMENTS,
    ERROR_LOG,
    PART_SUFFIXES,
    WORKBOOK_FILE,
    assembled_files,
    document_folders,
    page_file_path,
    page_image_path,
    part_path,
)
from yusuan.extraction.exports.manifest import MANIFEST_FILE, write_manifest
from yusuan.extraction.exports.parts import RESULT_FILES, results_are_complete, write_results

_COPY_SECONDS = 60.0
_TOKEN_FILE = "store.token"


class Output:
    """Where a run writes.

    Attributes:
        shown: as it was given.
        local: folder of this machine with the job store and the files over all documents.
        remote: the store, None where `local` is all there is.
    """

    def __init__(self, out: Path | str) -> None:
        """Take a folder, or a URL.

        Raises:
            UsageError: the library for such URLs is not installed.
        """
        self.shown = str(out)
        self.remote = RemoteFolder(self.shown) if is_remote(out) else None
        self.local = _state_folder(self.shown) if self.remote else Path(out)
        self._run = uuid.uuid4().hex
        self._copied = 0.0

    @contextmanager
    def store(self) -> Iterator[JobStore]:
        """Open the job store; in the end it is copied to where it belongs.

        Raises:
            OutputError: the folder cannot be written, or another run is writing to it.
        """
        if self.remote is None:
            with open_store(self.local) as store:
                yield store
            return
        self.remote.lease(self._run)
        try:
            self._fetch_store(self.remote)
            with open_store(self.local) as store:
                yield store
            self._copy_store(self.remote)
        finally:
            self.remote.release()

    def _fetch_store(self, remote: RemoteFolder) -> None:
        """Take the store's copy, unless it is the one that was made of ours."""
        token = self.local / _TOKEN_FILE
        there = remote.token(STORE_FILE)
        if there is None:
            (self.local / STORE_FILE).unlink(missing_ok=True)
        elif not token.is_file() or token.read_text("utf-8") != there:
            remote.get(STORE_FILE, self.local / STORE_FILE)

    def _copy_store(self, remote: RemoteFolder) -> None:
        remote.put(self.local / STORE_FILE, STORE_FILE)
        (self.local / _TOKEN_FILE).write_text(remote.token(STORE_FILE) or "", "utf-8")
        self._copied = time.monotonic()

    def tick(self) -> None:
        """Do what is due now and then; no transaction of the job store may be open.

        Raises:
            OutputError: the store cannot be written.
        """
        if self.remote is not None and time.monotonic() - self._copied > _COPY_SECONDS:
            self.remote.lease(self._run)
            self._copy_store(self.remote)

    def losses(self, folder: str, done: Sequence[int]) -> tuple[list[int], bool]:
        """Return which pages of a document that were read are not there, and whether the rest of it is.

        Raises:
            InputError: the store does not answer.
        """
        home = self.local / DOCUMENTS / folder
        if self.remote is None:
            lost = [number for number in done if not all(map(Path.is_file, _page_files(home, number)))]
            return lost, all(map(Path.is_file, assembled_files(home)))
        there = self.remote.names(f"{DOCUMENTS}/{folder}")
        names = {number: {self._name(path) for path in _page_files(home, number)} for number in done}
        written = {self._name(home / name) for name in (DOCUMENT_FILE, WORKBOOK_FILE)}  # rows are put before
        return [number for number in done if not names[number] <= there], written <= there

    def _name(self, path: Path) -> str:
        return path.relative_to(self.local).as_posix()

    def write_results(self, store: JobStore) -> None:
        """Write the files over all documents, unless they hold every document already.

        Raises:
            OutputError: they cannot be written.
            InputError: parts of them cannot be read.
        """
        if not store.results_are_stale() and results_are_complete(self.local):
            return
        if self.remote is None:
            names = [folder.name for folder in document_folders(self.local)]
        else:
            names = store.folders()
            self._fetch_parts(self.remote, names, dict(store.files()))
        write_results(self.local, names)
        results = [(name, file_sha256(self.local / name)) for name in RESULT_FILES]
        write_manifest(self.local, chain(store.files(), results))
        if self.remote is not None:
            for name in (*RESULT_FILES, MANIFEST_FILE):
                self.remote.put(self.local / name, name)
        with store.saving():
            store.results_written()

    def _fetch_parts(self, remote: RemoteFolder, names: Sequence[str], hashes: dict[str, str]) -> None:
        for name in names:
            for part in PART_SUFFIXES:
                path = part_path(self.local, part, name)
                if path.is_file() and file_sha256(path) == hashes.get(self._name(path)):
                    continue
                if not remote.get(self._name(path), path):
                    raise OutputError(
                        f"{self.shown}/{self._name(path)} is gone", "run the same command with --force"
                    )

    def close(self) -> None:
        """Put what tells of the run in its place.

        Raises:
            OutputError: it cannot be written.
        """
        if self.remote is not None:
            for name in (RUN_FILE, ERROR_LOG):
                if (self.local / name).is_file():
                    self.remote.put(self.local / name, name)


def _page_files(folder: Path, number: int) -> tuple[Path, Path]:
    return page_image_path(folder, number), page_file_path(folder, number)


def _state_folder(url: str) -> Path:
    root = os.environ.get("XDG_CACHE_HOME")
    home = (Path(root) if root else Path.home() / ".cache") / "yusuan" / "runs"
    return home / hashlib.sha256(url.rstrip("/").encode("utf-8")).hexdigest()[:16]
