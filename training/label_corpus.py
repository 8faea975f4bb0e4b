"""Tables with the labels of their text, to train and to measure the label network on.

Synthetic documents as they are typeset, without pixels, and the tables of gold. What reading does to a table
is done to them anew in every pass (`label_noise`).
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, overload

from yusuan.datasets.synth.grammar import LAYOUTS
from yusuan.datasets.synth.pages import draw_report_truths, draw_truths
from yusuan.extraction.document import Document, Span
from yusuan.extraction.fields.table_view import ViewCell, cells_of

# Documents that one worker draws at a time.
CHUNK = 200
# For so many documents there is a made-up report: tables of anything, in which nothing has a label.
REPORT_IN = 12
# Forms of targets and lists have most of the labels and are few of the layouts: they come so many times in a
# round, and targets in prose, which are one of them, even more often.
AGAIN, PROSE_AGAIN = 3, 9
_FEW = ("targets_", "procurement_", "service_", "assets_", "institutions_")


@dataclass(frozen=True)
class Corpus:
    """Which documents to draw.

    Attributes:
        documents: so many; besides, for every few of them, a made-up report.
        seed: of everything random.
    """

    documents: int = 24000
    seed: int = 20

    @property
    def layouts(self) -> tuple[str, ...]:
        """The layouts of a round."""
        few = [name for name in LAYOUTS if name.startswith(_FEW)]
        prose = [name for name in few if "narrative" in name]
        return (*LAYOUTS, *few * (AGAIN - 1), *prose * (PROSE_AGAIN - AGAIN))


@dataclass(frozen=True)
class LabelledTable:
    """A table, its cells in the order in which they are read, and the spans of each.

    Attributes:
        origin: the layout or the gold document that it is of.
        title: what stands over it.
        cells: with their text.
        spans: `(start, end, label)` of each cell.
    """

    origin: str
    title: str | None
    cells: tuple[ViewCell, ...]
    spans: tuple[tuple[tuple[int, int, str], ...], ...]


def labelled_tables(document: Document, origin: str) -> Iterator[LabelledTable]:
    """Yield the tables of a document with truth."""
    for table in document.tables:
        cells = tuple(cells_of(table))
        spans = (table.cells[cell.source].spans for cell in cells if cell.source is not None)
        yield LabelledTable(origin, table.title, cells, tuple(map(triples, spans)))


def triples(spans: Iterable[Span]) -> tuple[tuple[int, int, str], ...]:
    """Return `(start, end, label)` of each span."""
    return tuple((span.start, span.end, span.label) for span in spans)


def write_corpus(folder: Path, corpus: Corpus, workers: int = 2) -> list[Path]:
    """Draw the tables of a corpus into `folder`, and return their files in order; what is there is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    totals = {"documents": corpus.documents, "reports": -(-corpus.documents // REPORT_IN)}
    chunks = [
        (kind, range(start, min(start + CHUNK, total)))
        for kind, total in totals.items()
        for start in range(0, total, CHUNK)
    ]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return list(pool.map(partial(_write_chunk, folder, corpus), chunks))


def _write_chunk(folder: Path, corpus: Corpus, chunk: tuple[str, range]) -> Path:
    kind, numbers = chunk
    path = folder / f"{kind}-{corpus.seed}-{numbers.start:06d}.jsonl.gz"
    if not path.is_file():
        reports = draw_report_truths(corpus.seed, numbers.start)
        documents = draw_truths(corpus.seed, layouts=corpus.layouts, start=numbers.start)
        drawn = islice(reports if kind == "reports" else documents, len(numbers))
        tables = (table for layout, document in drawn for table in labelled_tables(document, layout))
        part = path.with_suffix(".part")
        part.write_bytes(gzip.compress("".join(map(_line, tables)).encode(), 6, mtime=0))
        part.replace(path)
    return path


def _line(table: LabelledTable) -> str:
    cells = [
        [cell.text, *cell.box, *([spans] if spans else [])]
        for cell, spans in zip(table.cells, table.spans, strict=True)
    ]
    return json.dumps([table.origin, table.title, cells], ensure_ascii=False) + "\n"


class StoredTables(Sequence[LabelledTable]):
    """Tables of files of a corpus, each taken apart when it is asked for; together they fill gigabytes."""

    def __init__(self, files: Iterable[Path]) -> None:
        """Read the files, in order."""
        self._lines = [line for path in files for line in gzip.decompress(path.read_bytes()).splitlines()]

    def at(self, places: Iterable[int]) -> StoredTables:
        """Return those at some places."""
        found = StoredTables(())
        found._lines = [self._lines[place] for place in places]
        return found

    def __len__(self) -> int:
        """Return how many tables there are."""
        return len(self._lines)

    @overload
    def __getitem__(self, at: int) -> LabelledTable: ...

    @overload
    def __getitem__(self, at: slice) -> list[LabelledTable]: ...

    def __getitem__(self, at: int | slice) -> LabelledTable | list[LabelledTable]:
        """Return a table, or several."""
        if isinstance(at, slice):
            return [_table(json.loads(line)) for line in self._lines[at]]
        return _table(json.loads(self._lines[at]))


def _table(line: list[Any]) -> LabelledTable:
    origin, title, rows = line
    cells = tuple(ViewCell(row[0], tuple(row[1:5]), at) for at, row in enumerate(rows))
    return LabelledTable(
        origin, title, cells, tuple(tuple(map(tuple, row[5])) if row[5:] else () for row in rows)
    )


def corpus_digest(files: Sequence[Path]) -> str:
    """Return the SHA-256 over the files of a corpus, in order."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()
