"""Check gold documents: `python -m yusuan.datasets.goldset.check [FOLDER]`, exit 1 with a line a problem.

Without a folder it is the gold of this repository, with its manifest, splits and kinds of damage.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from yusuan.datasets.goldset.command import run
from yusuan.datasets.goldset.damage import DAMAGED, DIGITAL, SCAN, STATES
from yusuan.datasets.goldset.files import (
    ABOUT_FILE,
    FILES,
    GOLD,
    GOLD_FILE,
    PDF_FILE,
    folders_in,
    read_document,
    read_file,
    read_json,
    sha256_of,
    stored_files,
)
from yusuan.datasets.goldset.kinds import KINDS, PROVEN, WRONG_SUM, proven_kinds
from yusuan.datasets.goldset.manifest import (
    MANIFEST_FILE,
    file_sums,
    read_manifest,
    split_of,
)
from yusuan.datasets.goldset.sums import sum_problems
from yusuan.datasets.goldset.truth import problems_of
from yusuan.extraction.document import Document
from yusuan.extraction.errors import InputError, UsageError
from yusuan.extraction.token_labels import LABELS

ABOUT_KEYS = ("title", "document", "family", "split", "origin", "labelled_by", "checks", "licence", "tags")
TAGS = ("scan_level", "skew_deg", "seal_pages", "dpi", "table_kinds", "features")


def known_labels() -> frozenset[str]:
    """Return every token label."""
    return frozenset(LABELS)


def document_problems(folder: Path) -> Iterator[str]:
    """Yield what is wrong with the gold document in a folder.

    Raises:
        InputError: it cannot be read, or does not follow the contract.
    """
    document, about = read_document(folder), read_json(folder / ABOUT_FILE)
    if document.source.sha256 != sha256_of(read_file(folder / PDF_FILE)):
        yield f"{GOLD_FILE} is about another {PDF_FILE}"
    if document.source.pages != len(document.pages):
        yield f"{document.source.pages} pages in the source, {len(document.pages)} with truth"
    yield from about_problems(about, document, folder.name)
    yield from problems_of(document, known_labels())
    if not set(ABOUT_KEYS) - set(about):
        yield from sum_problems(document, about["checks"])


def about_problems(about: Mapping[str, Any], document: Document, name: str) -> Iterator[str]:
    """Yield what `about.json` leaves out, or says otherwise than the truth."""
    tags = about.get("tags", {})
    missing = [key for key in ABOUT_KEYS if not about.get(key)]
    missing += [f"tags.{key}" for key in TAGS if key not in tags]
    if missing:
        yield f"{ABOUT_FILE} does not say {', '.join(missing)}"
        return
    state = tags["scan_level"]
    if state not in (*STATES, SCAN):
        yield f"{ABOUT_FILE}: there is no state {state!r}"
    if name != (about["document"] if state in (DIGITAL, SCAN) else f"{about['document']}_{state}"):
        yield f"{ABOUT_FILE} is about {about['document']} in the state {state}"
    for key in ("skew_deg", "dpi"):
        if len(tags[key]) != len(document.pages):
            yield f"{ABOUT_FILE}: tags.{key} has {len(tags[key])} entries for {len(document.pages)} pages"
    if [page.dpi for page in document.pages] != tags["dpi"]:
        yield f"{ABOUT_FILE}: tags.dpi is not that of the pages"
    if set(tags["seal_pages"]) - {page.number for page in document.pages}:
        yield f"{ABOUT_FILE}: tags.seal_pages names a page that is not there"
    if (state == DIGITAL) != (document.source.kind == "digital"):
        yield f"{ABOUT_FILE}: the state {state} of a {document.source.kind} document"
    if tags["table_kinds"] != sorted({table.kind for table in document.tables}):
        yield f"{ABOUT_FILE}: tags.table_kinds is not that of the tables"
    shown = set(proven_kinds(document, about["checks"].get("wrong_in_print")))
    tagged = set(tags["features"]) & {*PROVEN, WRONG_SUM}
    # Places of a damaged page are rounded: what the digital document shows is not looked for again.
    for kind in sorted(shown ^ tagged) if state in (DIGITAL, SCAN) else ():
        verb = "is there and not tagged" if kind in shown else "is tagged and not there"
        yield f"{ABOUT_FILE}: {kind!r} {verb}"


def set_problems(gold: Path) -> Iterator[str]:
    """Yield what is wrong with a gold folder as a set: manifest, splits, kinds of damage."""
    manifest = read_manifest(gold).documents
    folders = {folder.name: folder for folder in folders_in(gold)}
    sources = {path.stem for path in (gold / "sources").glob("*.toml")}
    for name in sorted(sources ^ set(folders)):
        yield f"{name}: " + ("the source has not been built" if name in sources else "there is no source")
    for name in sorted(set(manifest) ^ set(folders)):
        yield f"{name}: " + ("not in the manifest" if name in folders else "in the manifest, but not there")
    features: set[str] = set()
    for name in sorted(set(manifest) & set(folders)):
        entry, about = manifest[name], read_json(folders[name] / ABOUT_FILE)
        features.update(about.get("tags", {}).get("features", ()))
        try:
            split = split_of(entry.family, gold)
        except UsageError as error:
            yield f"{name}: {error}"
            continue
        if (about.get("family"), about.get("split")) != (entry.family, split) or entry.split != split:
            yield f"{name}: {ABOUT_FILE}, manifest and table of splits name several families or splits"
        if file_sums(stored_files(folders[name])) != entry.files:
            yield f"{name}: the stored files are not those of the manifest"
        if set(entry.states) != set(DAMAGED):
            yield f"{name}: the manifest has the states {', '.join(sorted(entry.states))}"
        for state, made in sorted(entry.states.items()):
            if set(made.files) != set(FILES) or len(made.prints) != entry.pages:
                yield f"{name}: the manifest does not tell all files and pages of the state {state}"
    for kind in KINDS:
        if kind not in features:
            yield f"no document has the damage {kind!r}"


def check(gold: Path) -> list[str]:
    """Return the problems of all gold documents in a folder, one line each; none when all is well.

    Args:
        gold: a folder of gold documents, or of such folders (`out/gold` with its splits).

    Raises:
        InputError: there is no gold document.
    """
    folders = sorted(path.parent for path in gold.rglob(GOLD_FILE))
    if not folders:
        raise InputError(f"no gold documents in {gold}", f"expected {gold}/<document>/{GOLD_FILE}")
    problems = []
    for folder in folders:
        where = folder.relative_to(gold)
        try:
            problems += [f"{where}: {problem}" for problem in document_problems(folder)]
        except InputError as error:
            problems.append(f"{where}: {error}")
    if (gold / MANIFEST_FILE).is_file() or gold == GOLD:
        problems += set_problems(gold)
    return [re.sub(r"\s+", " ", problem) for problem in problems]


def main() -> None:
    """Check from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=GOLD)
    folder = parser.parse_args().folder
    problems = check(folder)
    for problem in problems:
        print(problem)
    count = len(list(folder.rglob(GOLD_FILE)))
    print(f"{count} documents, {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    run(main)
