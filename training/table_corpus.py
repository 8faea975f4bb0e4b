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
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from yusuan.datasets.synth.borders import PageBorders, placed_to_borders
from yusuan.datasets.synth.pages import Drawn, draw_documents
from yusuan.extraction.config import load_settings
from yusuan.extraction.document import Matrix
from yusuan.extraction.pages.rectify import Scan, upright
from yusuan.extraction.tables.look import look_image

Array = np.ndarray
# Documents that one worker draws at a time.
CHUNK = 24


@dataclass(frozen=True)
class Sample:
    """A page as the table model sees it: `(H, W, 3)` RGB uint8, and its borders in its pixels."""

    image: Array
    borders: PageBorders


def drawn_to_samples(drawn: Drawn) -> Iterator[Sample]:
    """Yield the pages of a synthetic document, levelled and cleaned as `extract` does it."""
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
        yield _as_looked_at(page.image, page.dpi, page.transform, borders)


def _as_looked_at(image: Array, dpi: float, transform: Matrix, borders: PageBorders) -> Sample:
    """Return an upright page as the model sees it; `borders` are those of the scan that it came from."""
    small = look_image(image, dpi)
    scale = np.array(small.shape[1::-1]) / image.shape[1::-1]
    back = np.linalg.inv(np.array(transform))

    def to_look(points: Array) -> Array:
        there = np.column_stack([points, np.ones(len(points))]) @ back.T
        return there[:, :2] / there[:, 2:] * scale

    return Sample(small, borders.moved(to_look))


def write_corpus(folder: Path, pages: int, seed: int, workers: int = 2) -> list[Path]:
    """Draw synthetic pages into `folder` until there are at least `pages`, and return their files in order.

    What is there of the same seed is kept. Pages come in chunks of whole documents, so there may be a few
    more.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = 0
    found: list[Path] = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        while len(found) < pages:
            starts = [(done + k) * CHUNK for k in range(workers * 2)]
            for files in pool.map(_write_chunk, [folder] * len(starts), [seed] * len(starts), starts):
                found += files
            done += len(starts)
    return found[:pages]


def _write_chunk(folder: Path, seed: int, start: int) -> list[Path]:
    """Draw the documents `start` to `start + CHUNK`, unless an index says that they are there."""
    cv2.setNumThreads(1)
    index = folder / f"{seed}-{start:06d}.json"
    if index.is_file():
        return [folder / name for name in json.loads(index.read_text("utf-8"))]
    names = []
    for drawn in islice(draw_documents(seed, damage="mixed", start=start), CHUNK):
        for number, sample in enumerate(drawn_to_samples(drawn)):
            path = folder / f"{seed}-{drawn.number:06d}-{number}.npz"
            write_sample(path, sample)
            names.append(path.name)
    index.write_text(json.dumps(names), "utf-8")
    return [folder / name for name in names]


def write_sample(path: Path, sample: Sample) -> None:
    """Write a page and its borders into one file."""
    gray = sample.image[:, :, :1]
    colored = bool((np.ptp(sample.image, axis=2) > 8).any())
    kept = sample.image if colored else gray
    data = cv2.imencode(".png", kept[:, :, ::-1] if colored else kept, [cv2.IMWRITE_PNG_COMPRESSION, 2])[1]
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
