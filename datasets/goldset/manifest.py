"""The manifest of the gold set: family and split of each document, sizes and hashes of all its states.

`python -m yusuan.datasets.goldset.manifest [NAME …]` makes the states of the named documents (all, when none
is named) and writes down what came out; `--counts` prints what the set holds.
"""

from __future__ import annotations

import argparse
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from yusuan.datasets.goldset.command import run
from yusuan.datasets.goldset.damage import DAMAGED, STATES, make_state
from yusuan.datasets.goldset.files import (
    ABOUT_FILE,
    GOLD,
    GOLD_FILE,
    PDF_FILE,
    folders_in,
    json_bytes,
    read_document,
    read_file,
    read_json,
    sha256_of,
    stored_files,
)
from yusuan.datasets.goldset.fingerprint import TOLERANCE, difference, pdf_to_prints
from yusuan.datasets.goldset.kinds import KINDS
from yusuan.datasets.goldset.workers import each
from yusuan.extraction.errors import InputError, OutputError, UsageError

MANIFEST_FILE = "manifest.json"
SPLITS_FILE = "splits.toml"
Split = Literal["train", "dev", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileSum(_Entry):
    """Size in bytes and SHA-256 of a file."""

    bytes: int
    sha256: str


class StateSum(_Entry):
    """The files of a damaged state by name, and the fingerprints of its pages."""

    files: dict[str, FileSum]
    prints: tuple[str, ...]


class DocumentSum(_Entry):
    """A gold document: where it belongs, its stored files, and its damaged states by name."""

    family: str
    split: Split
    pages: int
    files: dict[str, FileSum]
    states: dict[str, StateSum]


class Manifest(_Entry):
    """All gold documents by name."""

    documents: dict[str, DocumentSum]


def file_sums(files: Mapping[str, bytes]) -> dict[str, FileSum]:
    """Return size and hash of each file."""
    return {name: FileSum(bytes=len(data), sha256=sha256_of(data)) for name, data in files.items()}


@cache
def _splits(path: Path) -> Mapping[str, Split]:
    try:
        families: dict[str, Split] = tomllib.loads(read_file(path).decode())["families"]
    except (ValueError, KeyError) as error:
        raise InputError(f"{path} does not list families and their splits: {error!r}") from error
    if wrong := {split for split in families.values() if split not in SPLITS}:
        raise InputError(f"{path} names the split {', '.join(sorted(wrong))}", f"splits: {', '.join(SPLITS)}")
    return families


def split_of(family: str, gold: Path = GOLD) -> Split:
    """Return the split of a family of documents, by the table in `splits.toml`.

    Raises:
        UsageError: the table does not have the family.
    """
    families = _splits(gold / SPLITS_FILE)
    if family not in families:
        raise UsageError(f"the family {family!r} has no split", f"add it to {gold / SPLITS_FILE}")
    return families[family]


def read_manifest(gold: Path = GOLD) -> Manifest:
    """Return the manifest of a gold folder.

    Raises:
        InputError: it is missing or not as this version writes it.
    """
    path = gold / MANIFEST_FILE
    try:
        return Manifest.model_validate_json(read_file(path))
    except ValidationError as error:
        raise InputError(f"{path} is no manifest of this version: {error!r}") from error


def matches(files: Mapping[str, bytes], wanted: StateSum, what: str) -> bool:
    """Return whether files of a state are those of the manifest, True bit for bit, False only by their looks.

    Fonts are drawn in floating point, whose last bit differs between processors. Then the pages must look
    the same within the tolerance of the fingerprint, and the truth be the same but for the hash of the PDF.

    Args:
        files: of the state, by name.
        wanted: what the manifest says of it.
        what: what to call the state in an error.

    Raises:
        OutputError: they are not.
    """
    found = file_sums(files)
    if found == wanted.files:
        return True
    hint = "python -m yusuan.datasets.goldset.manifest writes the hashes anew where a change was meant"
    apart = difference(pdf_to_prints(files[PDF_FILE]), wanted.prints)
    if apart is None or apart > TOLERANCE:
        by = "in its number of pages" if apart is None else f"by {apart} gray levels"
        raise OutputError(f"{what}: {PDF_FILE} is not that of the manifest, its pages differ {by}", hint)
    ours, theirs = found[PDF_FILE].sha256, wanted.files[PDF_FILE].sha256
    truth = files[GOLD_FILE].replace(ours.encode(), theirs.encode())
    for name, data in ((GOLD_FILE, truth), (ABOUT_FILE, files[ABOUT_FILE])):
        if sha256_of(data) != wanted.files[name].sha256:
            raise OutputError(f"{what}: {name} is not that of the manifest", hint)
    return False


def _state_sum(job: tuple[Path, str]) -> StateSum:
    made = make_state(*job)
    return StateSum(files=file_sums(made.files), prints=tuple(pdf_to_prints(made.files[PDF_FILE])))


def write_manifest(gold: Path = GOLD, names: Sequence[str] = ()) -> Manifest:
    """Make the states of documents, write down sizes, hashes and fingerprints, and return the manifest.

    Args:
        gold: the gold folder.
        names: documents to look at; all when empty. Documents that are gone are dropped either way.

    Raises:
        UsageError: a name is none of a document, or a family has no split.
    """
    folders = {folder.name: folder for folder in folders_in(gold)}
    if unknown := set(names) - set(folders):
        raise UsageError(f"there is no gold document {', '.join(sorted(unknown))} in {gold}")
    wanted = [folders[name] for name in names or folders]
    jobs = [(folder, state) for folder in wanted for state in DAMAGED]
    states = dict(zip(jobs, each(_state_sum, jobs), strict=True))
    known = read_manifest(gold).documents if (gold / MANIFEST_FILE).is_file() else {}
    documents = {name: entry for name, entry in known.items() if name in folders}
    for folder in wanted:
        family = read_json(folder / ABOUT_FILE)["family"]
        documents[folder.name] = DocumentSum(
            family=family,
            split=split_of(family, gold),
            pages=len(read_document(folder).pages),
            files=file_sums(stored_files(folder)),
            states={state: states[folder, state] for state in DAMAGED},
        )
    manifest = Manifest(documents=dict(sorted(documents.items())))
    (gold / MANIFEST_FILE).write_bytes(json_bytes(manifest.model_dump()))
    return manifest


def counts(gold: Path = GOLD) -> str:
    """Return what the gold set holds, as text for a terminal."""
    manifest = read_manifest(gold)
    rows: list[tuple[str, ...]] = [
        ("split", "families", "documents", "pages", "pages in all states", "tables", "records")
    ]
    kinds: Counter[str] = Counter()
    types: Counter[str] = Counter()
    totals = [0] * 6
    for split in SPLITS:
        entries = {name: each for name, each in manifest.documents.items() if each.split == split}
        read = [read_document(gold / name) for name in entries]
        pages = sum(each.pages for each in entries.values())
        row = [len({each.family for each in entries.values()}), len(entries), pages, pages * len(STATES)]
        row += [sum(len(each.tables) for each in read), sum(len(each.records) for each in read)]
        rows.append((split, *map(str, row)))
        totals = [a + b for a, b in zip(totals, row, strict=True)]
        types.update(record.type for each in read for record in each.records)
        for name in entries:
            kinds.update(read_json(gold / name / ABOUT_FILE)["tags"]["features"])
    rows.append(("all", *map(str, totals)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines += ["", f"states: {', '.join(STATES)}", f"records: {_listed(types)}"]
    named = Counter({kind: kinds[kind] for kind in KINDS})
    return "\n".join([*lines, f"documents with each kind of damage: {_listed(named)}"])


def _listed(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common())


def main() -> None:
    """Write or describe the manifest from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="documents to look at; all when none is named")
    parser.add_argument("--counts", action="store_true", help="print what the set holds and write nothing")
    options = parser.parse_args()
    if options.counts:
        print(counts())
        return
    manifest = write_manifest(names=options.names)
    print(f"{MANIFEST_FILE}: {len(manifest.documents)} documents in {len(STATES)} states")


if __name__ == "__main__":
    run(main)
