"""Speed and memory as ratios taken in one run, on the same page images (`make bench`).

Seconds say more about a machine than about a program, so each figure stands beside that of a known
program doing the nearest thing: PaddleOCR's own detection and recognition with the same weights and
threads, which finds no tables; camelot's lattice reader on digital pages, which makes no records.
The two take turns, and the median of the ratios is reported.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from yusuan.eval.gold import PDF_FILE, gold_documents
from yusuan.eval.report.tables import plain_table
from yusuan.eval.span_scores import TruthTable, truth_tables
from yusuan.extraction.config import Settings, load_settings
from yusuan.extraction.document import PageKind
from yusuan.extraction.errors import InputError, YusuanError
from yusuan.extraction.fields import Labeller
from yusuan.extraction.fields.classifier import LabelModel
from yusuan.extraction.fields.fused import every_labeller
from yusuan.extraction.ocr import build_engine
from yusuan.extraction.ocr.engine import OcrEngine, Reading, crop_quad
from yusuan.extraction.ocr.paddle import detection_folder, recognition_folder
from yusuan.extraction.pages import PageImage, open_source
from yusuan.extraction.pipeline import Means, PageReader, assemble
from yusuan.extraction.tables.find import Look
from yusuan.extraction.tables.look import Maps
from yusuan.models.cards import TEXT_DETECTION, TEXT_RECOGNITION

Rows = Iterator[tuple[str, ...]]

# The width that PaddleOCR's own configuration pads crops to.
PADDLE_CROP = 320


@dataclass(frozen=True)
class BenchPage:
    """A page of a gold document: where it stands, and its upright image."""

    path: Path
    image: PageImage
    load_seconds: float


@dataclass(frozen=True)
class Race:
    """Seconds of two programs that took turns over the same pages, one pair for each repetition."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    def ratios(self) -> list[float]:
        """Return ours divided by theirs, for each repetition; below 1 we are faster."""
        return [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]


def race(ours: Callable[[], Any], theirs: Callable[[], Any], repetitions: int) -> Race:
    """Time two programs in turns; both have been warmed up."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(repetitions)]
    return Race(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))


def seconds(action: Callable[[], Any]) -> float:
    """Return how long an action took on the wall clock."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


class TimedEngine(OcrEngine):
    """A text reader that notes how long detection and recognition took."""

    def __init__(self, engine: OcrEngine) -> None:
        self._engine = engine
        self.name = engine.name
        self.spent = {"text detection": 0.0, "text recognition": 0.0}

    def detect(self, image: np.ndarray) -> np.ndarray:
        """See `OcrEngine.detect`."""
        started = time.perf_counter()
        quads = self._engine.detect(image)
        self.spent["text detection"] += time.perf_counter() - started
        return quads

    def recognize(self, crops: Sequence[np.ndarray]) -> list[Reading]:
        """See `OcrEngine.recognize`."""
        started = time.perf_counter()
        readings = self._engine.recognize(crops)
        self.spent["text recognition"] += time.perf_counter() - started
        return readings


class TimedLook:
    """A table model that notes how long it looked."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self.spent = 0.0

    def __call__(self, image: np.ndarray, dpi: float) -> Maps:
        """Look at a page."""
        started = time.perf_counter()
        maps = self._look(image, dpi)
        self.spent += time.perf_counter() - started
        return maps


class PaddlePage:
    """PaddleOCR as it comes: its two modules, its own padding of crops, our weights and threads."""

    def __init__(self, settings: Settings) -> None:
        from paddleocr import TextDetection, TextRecognition

        threads = settings.ocr.threads or len(os.sched_getaffinity(0))
        common: dict[str, Any] = {
            "engine": "onnxruntime",
            "engine_config": {"intra_op_num_threads": threads},
            "device": "cpu",
        }
        self._detection = TextDetection(
            model_name=TEXT_DETECTION.name,
            model_dir=str(detection_folder()),
            limit_side_len=settings.ocr.detect_side,
            limit_type="max",
            **common,
        )
        name, folder = TEXT_RECOGNITION.name, str(recognition_folder(PADDLE_CROP))
        self._recognition = TextRecognition(model_name=name, model_dir=folder, **common)

    def read(self, image: np.ndarray) -> list[str]:
        """Return the texts of a page, `(H, W, 3)` uint8 RGB."""
        bgr = np.ascontiguousarray(image[..., ::-1])
        quads = np.asarray(self._detection.predict(bgr)[0]["dt_polys"], np.float32).reshape(-1, 4, 2)
        crops = [np.ascontiguousarray(crop_quad(bgr, quad)) for quad in quads]
        return [result["rec_text"] for result in self._recognition.predict(crops)] if crops else []


def bench_pages(gold: Path, kind: PageKind, settings: Settings, limit: int) -> list[BenchPage]:
    """Return pages of one kind with tables, taken in turns from the gold documents that have some."""
    queues = []
    for truth in gold_documents(gold):
        numbers = [page.number for page in truth.document.pages if page.kind == kind and page.tables]
        queues.append([(truth.folder / PDF_FILE, number) for number in numbers])
    turns = [queue[turn] for turn in range(limit) for queue in queues if turn < len(queue)]
    return [_load(path, number, settings) for path, number in turns[:limit]]


def _load(path: Path, number: int, settings: Settings) -> BenchPage:
    with open_source(path, settings.pages, None) as source:
        source.load(number)  # opening the file is not part of a page
        started = time.perf_counter()
        image = source.load(number)
        return BenchPage(path, image, time.perf_counter() - started)


def bench_scanned(pages: Sequence[BenchPage], settings: Settings, repetitions: int) -> Rows:
    """Yield rows: a whole page against PaddleOCR's reading of it, and where the time goes."""
    engine, paddle = build_engine(settings.ocr), PaddlePage(settings)
    for page in pages:
        PageReader(settings, engine).read(page.image)
        paddle.read(page.image.image)
    timed = TimedEngine(engine)
    reader = PageReader(settings, timed)
    look = reader.look = None if reader.look is None else TimedLook(reader.look)
    result = race(
        lambda: [reader.read(page.image) for page in pages],
        lambda: [paddle.read(page.image.image) for page in pages],
        repetitions,
    )
    yield from _race_rows("scanned page, read", "PaddleOCR detection + recognition", result, len(pages))
    yield ("where the time of a scanned page goes",)
    yield _seconds_row("open, render, make upright", statistics.mean(page.load_seconds for page in pages))
    reads = repetitions * len(pages)
    parts = timed.spent if look is None else {"table model": look.spent, **timed.spent}
    for name, spent in parts.items():
        yield _seconds_row(name, spent / reads)
    rest = sum(result.ours) - sum(parts.values())
    yield _seconds_row("rules, grids, text into cells", rest / reads)


def bench_digital(pages: Sequence[BenchPage], settings: Settings, repetitions: int) -> Rows:
    """Yield rows: digital pages, opened and read, against camelot's lattice reader."""
    import camelot

    reader = PageReader(settings)
    numbers: dict[Path, list[int]] = {}
    for page in pages:
        numbers.setdefault(page.path, []).append(page.image.number)

    def ours() -> None:
        for path, wanted in numbers.items():
            with open_source(path, settings.pages, None) as source:
                for number in wanted:
                    reader.read(source.load(number))

    def theirs() -> None:
        for path, wanted in numbers.items():
            pages = ",".join(map(str, wanted))
            camelot.read_pdf(str(path), pages=pages, flavor="lattice", suppress_stdout=True)

    ours()
    theirs()
    result = race(ours, theirs, repetitions)
    yield from _race_rows("digital page, opened and read", "camelot lattice", result, len(pages))


def bench_documents(gold: Path, settings: Settings) -> Rows:
    """Yield a row: putting documents together from pages already read (gold pages stand in for them)."""
    documents = [truth.document for truth in gold_documents(gold)]
    pages = sum(len(document.pages) for document in documents)
    spent = seconds(
        lambda: [assemble(document.source, document.pages, Means(settings)) for document in documents]
    )
    yield ("whole documents",)
    yield _seconds_row("join, name, fields, checks", spent / pages)


def bench_labels(gold: Path, settings: Settings) -> Rows:
    """Yield rows: labelling the tables of gold, by network, lexicon and both, a page with tables."""
    documents = [truth.document for truth in gold_documents(gold)]
    tables = [table for document in documents for table in truth_tables(document, ())]
    pages = sum(bool(page.tables) for document in documents for page in document.pages)
    yield ("labels of the cells of a page",)
    for name, labeller in every_labeller(LabelModel(settings.ocr.threads)).items():
        yield _seconds_row(name, seconds(partial(_label, labeller, tables)) / pages)


def _label(labeller: Labeller, tables: Sequence[TruthTable]) -> None:
    for table in tables:
        labeller(table.bare, table.context)


def peak_memory(who: str, images: Sequence[PageImage], settings: Settings) -> float:
    """Return the peak resident memory in MiB of a fresh process that reads these pages.

    Args:
        who: `yusuan` or `paddleocr`.
        images: upright pages.
        settings: of the run.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_read_and_weigh, (who, list(images), settings))


def _read_and_weigh(who: str, images: Sequence[PageImage], settings: Settings) -> float:
    if who == "yusuan":
        reader = PageReader(settings)
        for image in images:
            reader.read(image)
    else:
        paddle = PaddlePage(settings)
        for image in images:
            paddle.read(image.image)
    # Not ru_maxrss: a child inherits that of the process it was started from.
    status = Path("/proc/self/status").read_text("ascii").splitlines()
    peak = next(line for line in status if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024


def _race_rows(ours: str, theirs: str, result: Race, pages: int) -> Rows:
    ratios = result.ratios()
    yield (f"{ours}, against {theirs} ({pages} pages, {len(ratios)} repetitions)",)
    yield _seconds_row("yusuan", statistics.median(result.ours) / pages)
    yield _seconds_row(theirs, statistics.median(result.theirs) / pages)
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    yield ("ratio (below 1: yusuan is faster)", f"{statistics.median(ratios):.2f}", spread)


def _seconds_row(name: str, value: float) -> tuple[str, ...]:
    return (name, f"{value:.3f}", "s a page")


def bench(gold: Path, settings: Settings, pages: int, repetitions: int) -> str:
    """Return the whole benchmark as a text table.

    Raises:
        InputError: there are no gold pages with tables.
    """
    scanned = bench_pages(gold, "scanned", settings, pages)
    digital = bench_pages(gold, "digital", settings, pages)
    if not scanned and not digital:
        raise InputError(f"no page with a table in {gold}", "name a folder of gold documents")
    rows: list[tuple[str, ...]] = []
    if scanned:
        rows += bench_scanned(scanned, settings, repetitions)
        images = [page.image for page in scanned]
        weights = {who: peak_memory(who, images, settings) for who in ("yusuan", "paddleocr")}
        rows.append(("peak resident memory of a fresh process, the same scanned pages",))
        rows += [(who, f"{weight:.0f}", "MiB") for who, weight in weights.items()]
        rows.append(("ratio", f"{weights['yusuan'] / weights['paddleocr']:.2f}", ""))
    if digital:
        rows += bench_digital(digital, settings, repetitions)
    rows += bench_documents(gold, settings)
    rows += bench_labels(gold, settings)
    threads = settings.ocr.threads or len(os.sched_getaffinity(0))
    return plain_table((f"{threads} threads", "", ""), rows)


def main(
    gold: Annotated[Path, typer.Argument(help="Folder of gold documents.")],
    pages: Annotated[int, typer.Option(min=1, help="Pages of each kind.")] = 4,
    repetitions: Annotated[int, typer.Option(min=1, help="Turns of each program.")] = 3,
) -> None:
    """Print speed and memory beside PaddleOCR and camelot."""
    try:
        typer.echo(bench(gold, load_settings(), pages, repetitions))
    except YusuanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error


if __name__ == "__main__":
    typer.run(main)
