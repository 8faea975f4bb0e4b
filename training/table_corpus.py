"""Pages as the table model sees them, with the borders that it shall find.

Synthetic scans go through the product's own levelling and cleaning, so that what is learnt from is what
will be met. Pages are drawn once into a folder, in parallel, and read again in every pass: the folder can
be taken up where it was left.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from yusuan.datasets.synth.borders import PageBorders, placed_to_borders
from yusuan.datasets.synth.pages import Drawn, draw_documents, draw_reports
from yusuan.extraction.config import load_settings
from yusuan.extraction.document import Matrix
from yusuan.extraction.pages.rectify import Scan, upright
from yusuan.extraction.tables.look import look_image

Array = np.ndarray
# Documents that one worker draws at a time.
CHUNK = 24
# Pages are kept as JPEG: without loss, those of 200 dpi would be four times as large.
QUALITY = 93


@dataclass(frozen=True)
class Corpus:
    """Which pages to draw.

    Attributes:
        pages: at least so many.
        damage: of the pages.
        reports_in: of so many chunks one is of made-up reports, where most tables have few rules; 0 for none.
        seed: of everything random.
    """

    pages: int = 4800
    damage: str = "mixed"
    reports_in: int = 3
    seed: int = 20


@dataclass(frozen=True)
class Sample:
    """A page as the table model sees it: `(H, W, 3)` RGB uint8, and its borders in its pixels."""

    image: Array
    borders: PageBorders


def drawn_to_samples(drawn: Drawn, shrink: int) -> Iterator[Sample]:
    """Yield the pages of a synthetic document, levelled and cleaned as `extract` does it.

    `shrink` is that of the network which shall see them.
    """
    wanted = load_settings().pages.dpi
    for index, image in enumerate(drawn.images):
        placed = drawn.typeset.pages[index]
        dpi = drawn.document.pages[index].dpi
        page = upright(Scan(image, (dpi, dpi), certain=True), wanted)
        if page.rotation:
            continue  # taken for a page that lies on its side or head: there is too little on it
        scale = np.array(image.shape[1::-1]) / placed.size
        warp = drawn.damaged[index].warp if drawn.damaged else None

        def to_scan(points: Array, scale: Array = scale, warp=warp) -> Array:  # type: ignore[no-untyped-def]
            return points * scale if warp is None else warp.points(points * scale)

        borders = placed_to_borders(placed).moved(to_scan)
        yield _as_looked_at(page.image, page.dpi, page.transform, borders, shrink)


def _as_looked_at(image: Array, dpi: float, transform: Matrix, borders: PageBorders, shrink: int) -> Sample:
    """Return an upright page as the model sees it; `borders` are those of the scan that it came from."""
    small = look_image(image, dpi, shrink)
    scale = np.array(small.shape[1::-1]) / image.shape[1::-1]
    back = np.linalg.inv(np.array(transform))

    def to_look(points: Array) -> Array:
        there = np.column_stack([points, np.ones(len(points))]) @ back.T
        return there[:, :2] / there[:, 2:] * scale

    return Sample(small, borders.moved(to_look))


def write_corpus(folder: Path, corpus: Corpus, shrink: int, workers: int = 2) -> list[Path]:
    """Draw the pages of a corpus into `folder`, and return their files in order.

    What is there of the same corpus is kept. `shrink` is that of the network which shall see them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = 0
    found: list[Path] = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        while len(found) < corpus.pages:
            wanted = min(workers * 2, -(-(corpus.pages - len(found)) // CHUNK))
            starts = [(done + k) * CHUNK for k in range(wanted)]
            for files in pool.map(partial(_write_chunk, folder, corpus, shrink), starts):
                found += files
            done += len(starts)
    return found[: corpus.pages]


def _write_chunk(folder: Path, corpus: Corpus, shrink: int, start: int) -> list[Path]:
    """Draw the documents `start` to `start + CHUNK`, unless an index says that they are there."""
    cv2.setNumThreads(1)
    index = folder / f"{corpus.seed}-{start:06d}.json"
    if index.is_file():
        return [folder / name for name in json.loads(index.read_text("utf-8"))]
    names = []
    turn = corpus.reports_in
    draw = draw_reports if turn and start // CHUNK % turn == turn - 1 else draw_documents
    for drawn in islice(draw(corpus.seed, damage=corpus.damage, start=start), CHUNK):
        for number, sample in enumerate(drawn_to_samples(drawn, shrink)):
            path = folder / f"{corpus.seed}-{drawn.number:06d}-{number}.npz"
            write_sample(path, sample)
            names.append(path.name)
    index.write_text(json.dumps(names), "utf-8")
    return [folder / name for name in names]


def write_sample(path: Path, sample: Sample) -> None:
    """Write a page and its borders into one file."""
    gray = sample.image[:, :, :1]
    colored = bool((np.ptp(sample.image, axis=2) > 8).any())
    kept = sample.image if colored else gray
    data = cv2.imencode(".jpg", kept[:, :, ::-1] if colored else kept, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    arrays = {
        each.name: getattr(sample.borders, each.name).astype(np.float32) for each in fields(PageBorders)
    }
    with path.open("wb") as file:
        np.savez(file, image=data, **arrays)


def read_sample(path: Path) -> Sample:
    """Read what `write_sample` wrote."""
    with np.load(path) as arrays:
        image = cv2.imdecode(arrays["image"], cv2.IMREAD_COLOR)[:, :, ::-1]
        return Sample(image, PageBorders(*(arrays[each.name] for each in fields(PageBorders))))


def corpus_digest(files: list[Path]) -> str:
    """Return the SHA-256 over the pages of a corpus, in order."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()
