"""Inputs and outputs that are no files of this machine: any store that fsspec reaches (S3, OSS, SFTP, …).

Whatever is computed is written to a scratch folder first and then put in its place, whole. Object stores do
that by themselves; elsewhere a draft is renamed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from yusuan.extraction.batch.inputs import SUFFIXES
from yusuan.extraction.errors import InputError, OutputError, UsageError

# Stores in which a file is there as a whole once it has been put, or not at all.
_WHOLE = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "oci", "memory"})
LEASE_FILE = "jobs.lease"
_LEASE_SECONDS = 300.0  # after which a run that says nothing is taken for dead
_SCRATCH = "yusuan-scratch"


def is_remote(path: str | os.PathLike[str]) -> bool:
    """Say whether a path is a URL of a store."""
    return "://" in os.fspath(path)


def file_system(url: str) -> tuple[Any, str]:
    """Return the fsspec file system of a URL, and the path in it.

    Raises:
        UsageError: the library for such URLs is not installed, or there is none.
    """
    import fsspec

    try:
        found, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise UsageError(
            f"cannot reach {url}: {error}", "install the fsspec library for such URLs"
        ) from error
    return found, path


class RemoteFolder:
    """A folder of a store, with names of files relative to it."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._files, self._root = file_system(self.url)
        protocol = self._files.protocol
        names = {protocol} if isinstance(protocol, str) else set(protocol)
        self._whole = bool(names & _WHOLE)

    def put(self, local: Path, name: str) -> None:
        """Copy a local file into its place.

        Raises:
            OutputError: it cannot be written.
        """
        target = f"{self._root}/{name}"
        draft = target if self._whole else f"{self._root}/{_parent(name)}.{Path(name).name}.part"
        try:
            if not self._whole:
                self._files.makedirs(f"{self._root}/{_parent(name)}", exist_ok=True)
            self._files.put_file(str(local), draft)
            if draft != target:
                self._files.mv(draft, target)
        except Exception as error:  # every store has errors of its own
            raise OutputError(
                f"cannot write {self.url}/{name}: {error}", "see whether the store is there"
            ) from error

    def get(self, name: str, local: Path) -> bool:
        """Copy a file here; say whether it is there.

        Raises:
            InputError: it cannot be read.
        """
        try:
            local.parent.mkdir(parents=True, exist_ok=True)
            self._files.get_file(f"{self._root}/{name}", str(local))
        except FileNotFoundError:
            local.unlink(missing_ok=True)
            return False
        except Exception as error:
            raise InputError(f"cannot read {self.url}/{name}: {error}") from error
        return True

    def names(self, folder: str = "") -> set[str]:
        """Return the names of all files below a folder.

        Raises:
            InputError: the store does not answer.
        """
        start = f"{self._root}/{folder}".rstrip("/")
        self._files.invalidate_cache()
        try:
            found = self._files.find(start)
        except FileNotFoundError:
            return set()
        except Exception as error:
            raise InputError(f"cannot list {self.url}/{folder}: {error}") from error
        return {path[len(self._root) :].lstrip("/") for path in found}

    def token(self, name: str) -> str | None:
        """Return something that changes whenever a file does; None where it is not there."""
        self._files.invalidate_cache()
        try:
            return str(self._files.checksum(f"{self._root}/{name}"))
        except FileNotFoundError:
            return None

    def lease(self, run: str) -> None:
        """Say that a run writes here, and go on saying so at least every minute.

        Raises:
            OutputError: another run does.
        """
        with tempfile.TemporaryDirectory(prefix=_SCRATCH) as folder:
            file = Path(folder) / LEASE_FILE
            if self.get(LEASE_FILE, file):
                held = json.loads(file.read_text("utf-8"))
                age = time.time() - float(held["time"])
                if held["run"] != run and age < _LEASE_SECONDS:
                    raise OutputError(
                        f"another run is writing to {self.url}: {held['host']}, seen {age:.0f} s ago",
                        f"wait for it; one that was killed is forgotten after {_LEASE_SECONDS:.0f} s",
                    )
            content = {"run": run, "host": socket.gethostname(), "time": time.time()}
            file.write_text(json.dumps(content), "utf-8")
            self.put(file, LEASE_FILE)

    def release(self) -> None:
        """Forget the lease."""
        with suppress(Exception):
            self._files.rm_file(f"{self._root}/{LEASE_FILE}")


def _parent(name: str) -> str:
    folder = Path(name).parent.as_posix()
    return "" if folder == "." else f"{folder}/"


def scratch_folder(url: str) -> Path:
    """Return a folder of this process for files on their way to a store; those of processes that are gone go.

    The same process gets the same folder for the same URL.
    """
    digest = hashlib.sha256(url.encode("utf-8")).hexdigest()[:12]
    home = Path(tempfile.gettempdir()) / f"{_SCRATCH}-{os.getuid()}"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for other in home.iterdir():
        owner = other.name.partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(other, ignore_errors=True)
    folder = home / f"{os.getpid()}-{digest}"
    folder.mkdir(exist_ok=True)
    return folder


def remote_inputs(url: str) -> Iterator[str]:
    """Yield the URLs of the documents that a URL names: itself, or those below it, sorted.

    Raises:
        InputError: there is nothing, or the store does not answer.
    """
    files, path = file_system(url)
    try:
        if files.isfile(path):
            yield url
            return
        found = sorted(each for each in files.find(path) if Path(each).suffix.lower() in SUFFIXES)
    except Exception as error:
        raise InputError(f"cannot be listed: {error}") from error
    if not found:
        raise InputError("no PDF, PNG, JPEG or TIFF file there")
    yield from (files.unstrip_protocol(each) for each in found)


def remote_sha256(url: str, largest_mb: int) -> str:
    """Return the hex SHA-256 of a file of a store.

    Raises:
        InputError: it cannot be read, or is too large.
    """
    files, path = file_system(url)
    try:
        size = files.size(path) or 0
        if size > largest_mb * 2**20:
            hint = f"split it, or raise pages.file_mb (now {largest_mb})"
            raise InputError(f"it is too large: {size / 2**20:.0f} MiB", hint)
        digest = hashlib.sha256()
        with files.open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise InputError(f"cannot be read: {error}") from error
    return digest.hexdigest()


class InputCache:
    """The one input of a store that a worker reads at present, as a local file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "input"
        self._sha256 = ""

    def local(self, url: str, sha256: str) -> Path:
        """Return the local copy of an input.

        Raises:
            InputError: it cannot be read.
        """
        path = self._folder / f"{sha256[:16]}{Path(url).suffix.lower()}"
        if self._sha256 != sha256:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir(parents=True)
            files, remote = file_system(url)
            try:
                files.get_file(remote, str(path))
            except Exception as error:
                raise InputError(f"cannot be read: {error}") from error
            self._sha256 = sha256
        return path
