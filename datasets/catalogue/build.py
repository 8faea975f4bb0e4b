"""Lists of codes from what documents print: `python -m yusuan.datasets.catalogue.build datasets/gold`.

A list made here holds the codes that some body used, not all there are; the official table
(`yusuan.datasets.catalogue.official`) takes precedence over it. Documents of test families are left out:
what they print must not help to read them.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from yusuan.datasets.catalogue.codes import (
    Entry,
    Kind,
    code_to_kind,
    code_to_level,
    csv_to_entries,
    entries_to_csv,
    make_entry,
)
from yusuan.extraction.document import BudgetLine, Document
from yusuan.extraction.errors import InputError, OutputError, YusuanError

FOLDER = Path(__file__).resolve().parent
OFFICIAL = "official"

# (kind, fiscal year) → code → entry.
Lists = dict[tuple[Kind, int], dict[str, Entry]]


def documents_to_lists(documents: Iterable[tuple[str, Document]]) -> Lists:
    """Return the codes that named documents print, by classification and fiscal year.

    Where documents spell a name differently the most frequent spelling is taken, of two equally frequent
    ones the longer: clipped names are shorter. A 类 counts only in a table that prints a deeper code of it,
    since the numbers of bodies look alike (`201` is 一般公共服务支出, and here and there an office).
    """
    spellings: dict[tuple[Kind, int, str], Counter[str]] = defaultdict(Counter)
    origins: dict[tuple[Kind, int, str], set[str]] = defaultdict(set)
    for origin, document in documents:
        if document.fiscal_year is None:
            continue
        for code, name in sorted(_printed_codes(document)):
            kind = code_to_kind(code)
            if kind:
                spellings[kind, document.fiscal_year, code][name] += 1
                origins[kind, document.fiscal_year, code].add(origin)
    lists: Lists = defaultdict(dict)
    for key, names in spellings.items():
        kind, year, code = key
        best = max(names, key=lambda name: (names[name], len(name), name))
        lists[kind, year][code] = make_entry(code, best, " ".join(sorted(origins[key])))
    return dict(lists)


def _printed_codes(document: Document) -> set[tuple[str, str]]:
    """Return (code, name) of every budget line that has both; each once a document."""
    by_table: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for record in document.records:
        if isinstance(record, BudgetLine) and record.code and record.item and code_to_level(record.code):
            where = record.provenance.get("code", ())
            by_table[where[0].table or "" if where else ""].add((record.code, record.item))
    found: set[tuple[str, str]] = set()
    for pairs in by_table.values():
        codes = {code for code, _ in pairs}
        for code, name in pairs:
            deeper = any(other.startswith(code) and other != code for other in codes)
            if deeper or code_to_level(code) != 1:
                found.add((code, name))
    return found


def read_documents(folder: Path) -> Iterator[tuple[str, Document]]:
    """Yield name and content of the documents in a gold folder or an output folder, by name.

    With a `manifest.json` in the folder, documents of its split `test` are left out.

    Raises:
        InputError: there are none, or one cannot be read.
    """
    paths = sorted([*folder.glob("*/gold.json"), *folder.glob("documents/*/document.json")])
    if not paths:
        raise InputError(f"no documents in {folder}", "name a folder of gold, or one yusuan extract wrote")
    kept_away = _test_documents(folder / "manifest.json")
    for path in paths:
        if path.parent.name in kept_away:
            continue
        try:
            yield path.parent.name, Document.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise InputError(f"cannot read {path}: {error}") from error


def _test_documents(manifest: Path) -> set[str]:
    if not manifest.is_file():
        return set()
    documents = json.loads(manifest.read_text("utf-8"))["documents"]
    return {name for name, document in documents.items() if document["split"] == "test"}


def write_lists(lists: Lists, folder: Path = FOLDER) -> list[Path]:
    """Write `<kind>-<year>.csv` for each list; what the official table said before is not overruled by print.

    Raises:
        OutputError: a file cannot be written.
        InputError: a list that is there cannot be read.
    """
    written = []
    for (kind, year), entries in sorted(lists.items()):
        path = folder / f"{kind}-{year}.csv"
        there = csv_to_entries(path.read_text("utf-8")) if path.is_file() else {}
        official = {code: entry for code, entry in there.items() if entry.origin == OFFICIAL}
        anew = any(entry.origin == OFFICIAL for entry in entries.values())
        try:
            path.write_text(entries_to_csv({**entries, **({} if anew else official)}.values()), "utf-8")
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror}") from error
        written.append(path)
    return written


def main() -> None:
    """Build from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="gold folders, or output folders")
    parser.add_argument("-o", "--out", type=Path, default=FOLDER, help="folder of the lists")
    options = parser.parse_args()
    try:
        documents = [pair for folder in options.folders for pair in read_documents(folder)]
        lists = documents_to_lists(documents)
        write_lists(lists, options.out)
    except YusuanError as error:
        parser.exit(int(error.exit_code), f"error: {error}\n")
    for (kind, year), entries in sorted(lists.items()):
        print(f"{kind} {year}: {len(entries)} codes")


if __name__ == "__main__":
    main()
