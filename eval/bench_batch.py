"""What whole runs of `extract` cost: against other programs, over workers, pages and rows (`make bench`).

Each run is a process of its own on its own cores, so that programs do not warm each other. Ratios are of runs
that took turns; what they say holds for other machines, seconds do not.
"""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated, Any

import pikepdf
import typer

from yusuan.eval.bench import PaddlePage
from yusuan.eval.gold import PDF_FILE, gold_documents
from yusuan.eval.peers import PEERS
from yusuan.eval.peers.lines import LineReader
from yusuan.eval.peers.peer import PeerKit
from yusuan.eval.report.tables import plain_table
from yusuan.extraction.batch import ExtractOptions, extract
from yusuan.extraction.batch.store import STORE_FILE
from yusuan.extraction.config import load_settings
from yusuan.extraction.errors import YusuanError
from yusuan.extraction.pages import PageImage, open_source
from yusuan.extraction.processes import peak_mb

Rows = Iterator[tuple[str, ...]]


@dataclass(frozen=True)
class Run:
    """What one run of `extract` took.

    Attributes:
        pages: that were read.
        seconds: on the wall clock, from the call to the last file.
        page_seconds: of reading pages, over all workers.
        assemble_seconds: of putting documents together.
        parent_seconds: of processor time that the parent took.
        parent_mb: the most memory that it held.
        out_bytes: of the files that it leaves.
        worker_mb: the same of a worker, for each page in order.
        assemble_mb: the same while a document was put together.
    """

    pages: int
    seconds: float
    page_seconds: float
    assemble_seconds: float
    parent_seconds: float
    parent_mb: float
    out_bytes: int
    worker_mb: tuple[float, ...]
    assemble_mb: float


def on_cores(cores: int, action: Callable[..., Any], *arguments: Any) -> Any:
    """Return what an action gives in a fresh process that may use this many cores.

    Raises:
        RuntimeError: the process ends without an answer.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(theirs, cores, action, arguments))
    process.start()
    theirs.close()
    try:
        return ours.recv()
    except EOFError:
        raise RuntimeError(f"{action.__name__} ended without an answer") from None
    finally:
        process.join()


def _answer(pipe: Connection, cores: int, action: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    pipe.send(action(*arguments))


def run_extract(inputs: Sequence[Path], workers: int, options: ExtractOptions | None = None) -> Run:
    """Read documents into a folder of their own, which is thrown away."""
    with tempfile.TemporaryDirectory(prefix="yusuan-bench") as folder:
        out = Path(folder) / "out"
        settings = load_settings(overrides={"batch": {"workers": workers}, "ocr": {"threads": 1}})
        started, worked = time.perf_counter(), time.process_time()
        summary = extract(inputs, out, settings, options)
        seconds, parent_seconds = time.perf_counter() - started, time.process_time() - worked
        if summary.failures:
            raise RuntimeError(f"bench documents must be readable: {summary.failures[0]}")
        with closing(sqlite3.connect(out / STORE_FILE)) as store:
            pages = store.execute("SELECT peak_mb FROM pages ORDER BY sha256, number").fetchall()
            spent, most = store.execute("SELECT sum(seconds), max(peak_mb) FROM documents").fetchone()
        return Run(
            pages=len(pages),
            seconds=seconds,
            page_seconds=summary.page_seconds,
            assemble_seconds=spent,
            parent_seconds=parent_seconds,
            parent_mb=peak_mb(),
            out_bytes=sum(path.stat().st_size for path in out.rglob("*") if path.is_file()),
            worker_mb=tuple(row[0] for row in pages),
            assemble_mb=most,
        )


def run_paddle(inputs: Sequence[Path]) -> float:
    """Return the seconds that PaddleOCR takes to detect and recognize text, on pages ready in memory."""
    settings = load_settings(overrides={"ocr": {"threads": 1}})
    images = [page.image for page in upright_pages(inputs)]
    paddle = PaddlePage(settings)
    paddle.read(images[0])
    started = time.perf_counter()
    for image in images:
        paddle.read(image)
    return time.perf_counter() - started


def run_img2table(inputs: Sequence[Path]) -> float:
    """Return the seconds that img2table takes with the same text reader, on pages ready in memory."""
    settings = load_settings(overrides={"ocr": {"threads": 1}})
    pages = upright_pages(inputs)
    with tempfile.TemporaryDirectory(prefix="yusuan-bench") as folder:
        reader = LineReader(settings.ocr, Path(folder))
        peer = PEERS["img2table"](PeerKit(settings.ocr, reader))
        started = time.perf_counter()
        for page in pages:
            peer.read(peer.prepare(page))
        # Less the seconds of loading weights.
        return time.perf_counter() - started + reader.unspent


def run_camelot(inputs: Sequence[Path]) -> float:
    """Return the seconds that camelot's lattice reader takes for whole documents."""
    import camelot

    camelot.read_pdf(str(inputs[0]), pages="1", flavor="lattice", suppress_stdout=True)
    started = time.perf_counter()
    for path in inputs:
        camelot.read_pdf(str(path), pages="all", flavor="lattice", suppress_stdout=True)
    return time.perf_counter() - started


def upright_pages(inputs: Sequence[Path]) -> list[PageImage]:
    """Return all pages of documents as our own reader sees them."""
    settings = load_settings()
    pages = []
    for path in inputs:
        with open_source(path, settings.pages, None) as source:
            pages += [source.load(number) for number in range(1, source.info.pages + 1)]
    return pages


def against_others(inputs: Sequence[Path], others: dict[str, Callable[..., float]], turns: int) -> Rows:
    """Yield rows: a whole run on one core, against programs that do a part of it on one core."""
    ours: list[Run] = []
    ratios: dict[str, list[float]] = {name: [] for name in others}
    theirs: dict[str, list[float]] = {name: [] for name in others}
    for _ in range(turns):
        ours.append(on_cores(1, run_extract, inputs, 1))
        for name, run in others.items():
            theirs[name].append(on_cores(1, run, inputs))
            ratios[name].append(ours[-1].seconds / theirs[name][-1])
    pages = ours[0].pages
    median = statistics.median(run.seconds for run in ours)
    yield ("yusuan extract, from the call to the last file", f"{median / pages:.3f}", "s a page")
    yield (
        "of it, reading pages",
        f"{statistics.median(r.page_seconds for r in ours) / pages:.3f}",
        "s a page",
    )
    yield (
        "of it, putting documents together",
        f"{statistics.median(r.assemble_seconds for r in ours) / pages:.3f}",
        "s a page",
    )
    yield ("pages a minute", f"{60 * pages / median:.0f}", "")
    yield ("memory of the parent", f"{max(run.parent_mb for run in ours):.0f}", "MiB")
    yield ("memory of a worker", f"{max(max(run.worker_mb) for run in ours):.0f}", "MiB, reading")
    yield ("", f"{max(run.assemble_mb for run in ours):.0f}", "MiB, putting together")
    for name, seconds in theirs.items():
        yield (name, f"{statistics.median(seconds) / pages:.3f}", "s a page")
        low, high = min(ratios[name]), max(ratios[name])
        yield (f"ratio to {name}", f"{statistics.median(ratios[name]):.2f}", f"{low:.2f} to {high:.2f}")


def over_workers(inputs: Sequence[Path], turns: int) -> Rows:
    """Yield rows: one worker on one core, two on two, and so on; all figures of whole runs."""
    cores = len(os.sched_getaffinity(0))
    counts = sorted({1, 2, cores // 2, cores} - {0}) if cores > 1 else [1]
    taken: dict[int, list[float]] = {count: [] for count in counts}
    for _ in range(turns):
        for count in counts:
            taken[count].append(on_cores(count, run_extract, inputs, count).seconds)
    for count in counts:
        gains = [one / more for one, more in zip(taken[counts[0]], taken[count], strict=True)]
        seconds = f"{statistics.median(taken[count]):.1f} s"
        yield (f"{count} workers", f"{statistics.median(gains):.2f} times one", seconds)


def over_nodes(inputs: Sequence[Path], long: Path, turns: int) -> Rows:
    """Yield rows: a Ray cluster of one node with one core, and of two; nothing where Ray is not installed.

    What a page costs the driver is taken from one long document, where starting no longer counts.
    """
    if find_spec("ray") is None:
        return
    cores = len(os.sched_getaffinity(0))
    pairs = [[on_cores(cores, run_on_cluster, inputs, nodes) for nodes in (1, 2)] for _ in range(turns)]
    pages = pairs[0][0].pages
    for nodes, runs in zip((1, 2), zip(*pairs, strict=True), strict=True):
        seconds = statistics.median(run.seconds for run in runs)
        yield (f"{nodes} nodes of one core", f"{seconds / pages:.3f} s a page", "")
    gain = statistics.median(one.seconds / two.seconds for one, two in pairs)
    yield ("two nodes", f"{gain:.2f} times one", "")
    run = on_cores(cores, run_on_cluster, [long], 2)
    own = f"{1000 * run.parent_seconds / run.pages:.1f} ms a page"
    yield ("driver of two nodes", own, f"of {run.pages} digital pages")


def run_on_cluster(inputs: Sequence[Path], nodes: int) -> Run:
    """Read documents on a Ray cluster of nodes with a core each, which is started for it."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        for _ in range(nodes):
            cluster.add_node(num_cpus=1)
        return run_extract(inputs, 0, ExtractOptions(engine="ray", address=cluster.address))
    finally:
        cluster.shutdown()


def over_pages(inputs: Sequence[Path], lengths: Sequence[int], folder: Path) -> Rows:
    """Yield rows: time and memory for one document of more and more pages, those of others over and over."""
    cores = len(os.sched_getaffinity(0))
    for length in lengths:
        run: Run = on_cores(cores, run_extract, [repeated(inputs, length, folder)], cores)
        first, last = run.worker_mb[:50], run.worker_mb[-50:]
        reading, assembling, own = (
            1000 * spent / length for spent in (run.page_seconds, run.assemble_seconds, run.parent_seconds)
        )
        spent = f"reading {reading:.0f}, putting together {assembling:.0f}, parent {own:.1f} ms a page"
        memory = (
            f"parent {run.parent_mb:.0f}, worker at most {max(first):.0f} in 50 pages, {max(last):.0f} in the"
        )
        memory += f" last 50, {max(run.worker_mb):.0f} in all, putting together {run.assemble_mb:.0f} MiB"
        written = f"{run.out_bytes / length / 1024:.0f} KiB written a page"
        yield (f"{length} pages", f"{run.seconds / length:.3f} s a page", f"{spent}; {memory}; {written}")


def repeated(inputs: Sequence[Path], length: int, folder: Path) -> Path:
    """Return a PDF of so many pages, those of others over and over."""
    target = folder / f"{length}.pdf"
    with ExitStack() as files, pikepdf.new() as pdf:
        sources = [files.enter_context(pikepdf.open(path)) for path in inputs]
        pages = [page for source in sources for page in source.pages]
        for number in range(length):
            pdf.pages.append(pages[number % len(pages)])
        pdf.save(target)
    return target


def over_rows(counts: Sequence[int], folder: Path) -> Rows:
    """Yield rows: time for one page of more and more rows, ten pages each."""
    for count in counts:
        run: Run = on_cores(1, run_extract, [ruled(count, folder)], 1)
        parts = f"{run.page_seconds / run.pages:.3f} + {run.assemble_seconds / run.pages:.3f}"
        yield (f"{count} rows", f"{1000 * run.seconds / run.pages / count:.2f} ms a row", f"{parts} s a page")


def ruled(rows: int, folder: Path) -> Path:
    """Return a PDF of ten pages with a table of so many rows and four columns each."""
    target, xs = folder / f"{rows} rows.pdf", (40, 140, 300, 430, 555)
    top, bottom = 800, 40
    high = (top - bottom) / (rows + 1)
    lines = [f"{xs[0]} {y:.2f} m {xs[-1]} {y:.2f} l S" for y in (top - row * high for row in range(rows + 2))]
    lines += [f"{x} {bottom} m {x} {top} l S" for x in xs]
    with pikepdf.new() as pdf:
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        for page_number in range(10):
            texts = []
            for row in range(rows + 1):
                cells = [
                    f"2{row % 90 + 10:02d}{page_number:02d}{row:02d}",
                    f"item {row}",
                    f"{row}.50",
                    f"{row * 2}.00",
                ]
                cells = cells if row else ["code", "item", "budget", "total"]
                y = top - (row + 0.75) * high
                texts += [
                    f"1 0 0 1 {x + 4} {y:.2f} Tm ({text}) Tj" for x, text in zip(xs, cells, strict=False)
                ]
            content = "\n".join(["0.5 w", *lines, f"BT /F {min(9.0, 0.7 * high):.2f} Tf", *texts, "ET"])
            page = pdf.add_blank_page(page_size=(595, 842))
            page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
            page.Contents = pdf.make_stream(content.encode("ascii"))
        pdf.save(target)
    return target


def steps(longest: int) -> list[int]:
    """Return numbers of pages up to the longest."""
    return sorted({*(count for count in (1, 10, 50, 200) if count < longest), longest})


def documents(gold: Path, digital: bool) -> list[Path]:
    """Return the PDFs of gold documents that are all digital, or all scanned."""
    kind = "digital" if digital else "scanned"
    found = [
        truth for truth in gold_documents(gold) if {page.kind for page in truth.document.pages} == {kind}
    ]
    return [truth.folder / PDF_FILE for truth in found]


def main(
    gold: Annotated[Path, typer.Argument(help="Folder of gold documents.")],
    turns: Annotated[int, typer.Option(min=1, help="Turns of each program.")] = 3,
    longest: Annotated[int, typer.Option(min=1, help="Pages of the longest digital document.")] = 1000,
    longest_scanned: Annotated[int, typer.Option(min=1, help="Pages of the longest scanned document.")] = 200,
    only: Annotated[str, typer.Option(help="Tables to print, by words of their titles.")] = "",
) -> None:
    """Print what whole runs cost beside other programs, over workers and over pages."""
    scanned, digital = documents(gold, digital=False), documents(gold, digital=True)
    readers = {"PaddleOCR detection + recognition": run_paddle, "img2table + the same OCR": run_img2table}
    try:
        with tempfile.TemporaryDirectory(prefix="yusuan-bench") as name:
            folder = Path(name)
            long = repeated(digital, min(400, longest), folder)
            # Rows are made when a table is asked for.
            tables: dict[str, Rows] = {
                "scanned documents, one core": against_others(scanned, readers, turns),
                "digital documents, one core": against_others(
                    digital, {"camelot lattice": run_camelot}, turns
                ),
                "scanned documents, more workers": over_workers(scanned, turns),
                "scanned documents, more nodes of a cluster": over_nodes(scanned, long, turns),
                "a digital document of more pages": over_pages(digital, steps(longest), folder),
                "a scanned document of more pages": over_pages(scanned, steps(longest_scanned), folder),
                "digital pages of more rows": over_rows((10, 20, 40, 80, 120), folder),
            }
            for title, rows in tables.items():
                if only in title:
                    typer.echo(plain_table((title, "", ""), list(rows)))
    except YusuanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error


if __name__ == "__main__":
    typer.run(main)
