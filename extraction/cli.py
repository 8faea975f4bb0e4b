"""The program `yusuan`: options in, one function called, a summary and an exit code out."""

from __future__ import annotations

import json
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from yusuan.extraction.config import load_settings
from yusuan.extraction.errors import ExitCode, OutputError, UsageError, YusuanError
from yusuan.extraction.exports.folder import ERROR_LOG, log_error
from yusuan.extraction.progress import watching

# What a command needs is imported inside it: `yusuan doctor` must run where a library is broken.

app = typer.Typer(
    name="yusuan",
    help="Scanned Chinese government budget tables into typed, checked records. Works offline.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class Device(StrEnum):
    """Where models run."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


class Engine(StrEnum):
    """Where workers run."""

    local = "local"
    ray = "ray"


class Ocr(StrEnum):
    """Who reads text."""

    paddle = "paddle"
    tesseract = "tesseract"


class Finder(StrEnum):
    """Who finds tables."""

    rules = "rules"
    model = "model"
    fused = "fused"
    ppstructure = "ppstructure"


class Damage(StrEnum):
    """What happens to synthetic pages."""

    clean = "clean"
    office = "office"
    bad = "bad"
    fax = "fax"
    photo = "photo"
    mixed = "mixed"


class Trainable(StrEnum):
    """What `train` trains."""

    tables = "tables"
    confidence = "confidence"
    labels = "labels"


class Format(StrEnum):
    """What `export` writes."""

    xlsx = "xlsx"
    csv = "csv"
    parquet = "parquet"
    duckdb = "duckdb"
    labelstudio = "labelstudio"
    html = "html"
    ppocrlabel = "ppocrlabel"
    pubtabnet = "pubtabnet"


ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="TOML file with some of the settings of default.toml.",
        dir_okay=False,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the summary as JSON on standard output, for machines.")
]


@app.callback()
def _program() -> None:
    """Scanned Chinese government budget tables into typed, checked records. Works offline."""


@app.command("extract")
def extract_command(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT", help="PDFs, images (PNG, JPEG, TIFF), folders of them, and URLs."),
    ],
    out: Annotated[str, typer.Option("-o", "--out", metavar="OUT", help="Folder or URL for the results.")],
    workers: Annotated[int | None, typer.Option(min=1, help="Processes that read pages.")] = None,
    device: Annotated[Device | None, typer.Option(help="Where models run.")] = None,
    engine: Annotated[
        Engine, typer.Option(help="Where workers run: this machine, or a cluster.")
    ] = Engine.local,
    address: Annotated[str | None, typer.Option(help="Address of the cluster, with --engine ray.")] = None,
    ocr: Annotated[Ocr | None, typer.Option(help="Who reads text on scanned pages.")] = None,
    tables: Annotated[
        Finder | None,
        typer.Option(help="Who finds tables: rules, the model, both, or PP-StructureV3 in them."),
    ] = None,
    models: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Weights of SLANeXt or SLANet, for --tables ppstructure."),
    ] = None,
    pages: Annotated[str | None, typer.Option(metavar="1,3-5", help="Read only these pages.")] = None,
    dpi: Annotated[int | None, typer.Option(help="Resolution of the page images.")] = None,
    timeout: Annotated[float | None, typer.Option(metavar="S", help="Seconds a page may take.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Redo what an earlier run has done.")] = False,
    password: Annotated[str | None, typer.Option(help="For encrypted PDFs.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 4 when records need review.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Draw every stage of each page beside it.")] = False,
    config: ConfigOption = None,
    json_output: JsonOption = False,
) -> None:
    """Read documents into OUT: records, facts, checks, tables and page images.

    Run the same command again to go on where it stopped: what is done is skipped. With --json, standard error
    has what happens as JSON lines.

    Exit codes: 0 all done, 1 fatal, 2 usage, 3 some documents failed (each is named), 4 with --strict and
    records to review, 130 interrupted.
    """
    with _reporting(json_output, Path(out)):
        from yusuan.extraction.batch import ExtractOptions, extract
        from yusuan.extraction.batch.inputs import parse_pages

        overrides: dict[str, dict[str, Any]] = {
            "batch": {"workers": workers, "page_seconds": timeout},
            "ocr": {"engine": ocr and ocr.value, "device": device and device.value},
            "pages": {"dpi": dpi},
            "tables": {"finder": tables and tables.value, "models": models and str(models.resolve())},
        }
        settings = load_settings(config, overrides)
        options = ExtractOptions(
            pages=parse_pages(pages) if pages is not None else None,
            force=force,
            password=password,
            engine=engine.value,
            address=address,
            debug=debug,
        )
        with watching(json_output) as progress:
            summary = extract(inputs, out, settings, options, progress=progress)
        _print_summary(json_output, summary.as_dict(), summary.lines())
        raise typer.Exit(summary.exit_code(strict=strict))


@app.command("export")
def export_command(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder that `yusuan extract -o` wrote.")],
    to: Annotated[Format, typer.Option("--to", help="The format.")],
    target: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="File (xlsx, duckdb, labelstudio) or folder (all others); default: in OUT/exports.",
        ),
    ] = None,
    json_output: JsonOption = False,
) -> None:
    """Write the results of OUT in another format; documents that people reviewed as they left them.

    csv, parquet and html give a folder of files, one for each table or document. csv has the byte
    order mark that Excel wants for Chinese, and nothing in it can run as a formula.
    """
    with _reporting(json_output, out):
        from yusuan.extraction.exports.formats import export

        written = export(out, to.value, target)
        _print_summary(json_output, {"written": str(written), "format": to.value}, [f"written    {written}"])


@app.command("report")
def report_command(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder that `yusuan extract -o` wrote.")],
    target: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="File of the page; default: OUT/report.html."),
    ] = None,
    json_output: JsonOption = False,
) -> None:
    """Show on one page what adds up and what does not, what was repaired and why, with the pixels."""
    with _reporting(json_output, out):
        from yusuan.extraction.exports.trust_report import write_trust_report

        counts = write_trust_report(out, target or out / "report.html")
        _print_summary(json_output, counts.as_dict(), counts.lines())


@app.command("eval")
def eval_command(
    pred: Annotated[
        Path, typer.Argument(metavar="PRED", help="Predictions: a folder that `yusuan extract -o` wrote.")
    ],
    gold: Annotated[
        Path,
        typer.Option(metavar="GOLD", help="Folder of gold documents, or of public table truth (gt/*.json)."),
    ],
    report: Annotated[Path, typer.Option("-o", "--report", metavar="REPORT", help="Folder for the report.")],
    peers: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Other programs to stand beside us: one output folder for each in it."
        ),
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(metavar="REPORT.json", help="Report to compare with.")
    ] = None,
    gate: Annotated[
        bool,
        typer.Option(
            "--gate", help="Exit with 5 when a metric falls below the baseline by more than allowed."
        ),
    ] = False,
    json_output: JsonOption = False,
) -> None:
    """Score predictions against gold: records, amounts, tables, text, confidence, by every slice.

    REPORT gets report.html with a gallery of errors, report.md and report.json.
    """
    with _reporting(json_output, None):
        if gate and baseline is None:
            raise UsageError("--gate needs a --baseline to compare with")
        from yusuan.eval.gate import refusal
        from yusuan.eval.harness import evaluate
        from yusuan.eval.report.text import terminal
        from yusuan.training.tracking import TrackingError, is_installed, log_evaluation

        result = evaluate(pred, gold, report, baseline, peers)
        refused = gate and bool(result.falls)
        if not (json_output and refused):  # machines want one object: the refusal
            _print_summary(json_output, result.as_dict(), terminal(result).splitlines())
        if is_installed():
            try:
                log_evaluation(result, pred, report)
            except TrackingError as error:  # the report is complete without it
                print(f"warning: {error}", file=sys.stderr)
        if refused:
            raise refusal(result.falls)


@app.command("synth")
def synth_command(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="Folder for the documents.")],
    pages: Annotated[int, typer.Option("-n", "--pages", metavar="N", help="Pages to write, at least.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 0,
    damage: Annotated[
        Damage, typer.Option(help="What copiers and scanners did; mixed draws one for each document.")
    ] = Damage.mixed,
    json_output: JsonOption = False,
) -> None:
    """Write synthetic pages with exact truth: a gold folder for each document, of random layouts.

    Run the same command again to go on where it stopped, or with a larger N to have more.
    """
    with _reporting(json_output, None):
        from yusuan.datasets.synth.folders import write_documents

        with _counting(pages) as progress:
            written = write_documents(out, pages, seed=seed, damage=damage.value, progress=progress)
        _print_summary(json_output, written.as_dict(), written.lines())


@app.command("train")
def train_command(
    model: Annotated[
        Trainable,
        typer.Argument(
            metavar="MODEL",
            help="tables: the table model; labels: the label network; confidence: how sure a field is.",
        ),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="Folder of the run.")],
    size: Annotated[
        int | None,
        typer.Option(
            min=8,
            show_default="4,800, 24,000 or 300",
            help="Pages (labels: documents) to draw and learn from.",
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, show_default="6,400", help="Steps of the optimizer.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 20,
    measured: Annotated[
        int | None,
        typer.Option(
            min=1, show_default="120, 300 or 100", help="Synthetic pages (labels: documents) to measure on."
        ),
    ] = None,
    device: Annotated[Device, typer.Option(help="Where to train.")] = Device.auto,
    base_model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            show_default="none",
            help="labels: BERT, RoBERTa or LiLT to begin with, a folder or a name on the hub.",
        ),
    ] = None,
    non_commercial: Annotated[
        bool, typer.Option("--non-commercial", help="Take a base model that forbids commercial use.")
    ] = False,
    json_output: JsonOption = False,
) -> None:
    """Train a model from nothing, measure it and log it to MLflow.

    Run the same command again to go on where it stopped.
    """
    with _reporting(json_output, None):
        try:
            from yusuan.training.recipes import Wanted, train_model
        except ImportError as error:
            raise UsageError(
                f"training needs a library that is missing: {error.name}", "pip install 'yusuan[train,synth]'"
            ) from error
        wanted = Wanted(size, steps, seed, measured, device.value, base_model, non_commercial)
        trained = train_model(model.value, out, wanted, lambda line: print(line, file=sys.stderr))
        _print_summary(json_output, trained.as_dict(), trained.lines())


@app.command("review")
def review_command(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder that `yusuan extract -o` wrote.")],
    host: Annotated[
        str, typer.Option(help="Address to listen on; beyond this machine people need a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8765,
    token: Annotated[
        str | None, typer.Option(metavar="SECRET", help="Ask for this token; default: made where needed.")
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", help="Another name, with port, that the server is called by (a proxy)."),
    ] = None,
    gold: Annotated[
        Path | None,
        typer.Option(metavar="GOLD", help="Gold documents: their pages in OUT tell how well people label."),
    ] = None,
    config: ConfigOption = None,
    json_output: JsonOption = False,
) -> None:
    """Serve the review app over OUT: people correct tables beside the scan, in a browser.

    Every edit is on the disk, in OUT/review.sqlite, before the browser calls it saved. Stop with Ctrl-C.
    """
    with _reporting(json_output, out):
        from yusuan.review.serve import ReviewOptions, serve

        options = ReviewOptions(host, port, token, tuple(name or ()), gold)

        def ready(address: str) -> None:
            _print_summary(json_output, {"address": address}, [f"open       {address}"])
            sys.stdout.flush()

        serve(out, load_settings(config), options, ready)


@app.command("corrections")
def corrections_command(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder that people reviewed.")],
    target: Annotated[
        Path, typer.Option("-o", "--out", metavar="FOLDER", help="Folder for the gold documents.")
    ],
    config: ConfigOption = None,
    json_output: JsonOption = False,
) -> None:
    """Write the pages that people accepted as gold: a folder for each document, as in datasets/gold.

    Exit codes: 0 all done, 2 nothing was accepted yet, 3 some documents could not be written (each is named).
    """
    with _reporting(json_output, out):
        from yusuan.review.corrections import write_corrections

        summary = write_corrections(out, target, load_settings(config))
        _print_summary(json_output, summary.as_dict(), summary.lines())
        raise typer.Exit(ExitCode.SOME_FAILED if summary.failures else ExitCode.OK)


@app.command("import")
def import_command(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder that `yusuan extract -o` wrote.")],
    tasks: Annotated[
        Path, typer.Argument(metavar="TASKS", help="JSON file of tasks that Label Studio exported.")
    ],
    json_output: JsonOption = False,
) -> None:
    """Take in what people changed in Label Studio, as edits of the review app, where pages are accepted.

    The tasks are those of `yusuan export OUT --to labelstudio`. Stop `yusuan review OUT` meanwhile.

    Exit codes: 0 all done, 3 some documents or pages could not be imported (each is named).
    """
    with _reporting(json_output, out):
        from yusuan.review.imports import import_label_studio

        summary = import_label_studio(out, tasks)
        _print_summary(json_output, summary.as_dict(), summary.lines())
        raise typer.Exit(ExitCode.SOME_FAILED if summary.failures else ExitCode.OK)


@app.command("doctor")
def doctor_command(config: ConfigOption = None, json_output: JsonOption = False) -> None:
    """Say which versions, models and devices are here, what is missing, and the command that fixes it."""
    with _reporting(json_output, None):
        from yusuan.extraction.doctor import diagnose

        report = diagnose(load_settings(config))
        _print_summary(json_output, report.as_dict(), report.lines())
        raise typer.Exit(ExitCode.OK if report.ok else ExitCode.FATAL)


def _print_summary(json_output: bool, content: dict[str, Any], lines: list[str]) -> None:
    if json_output:
        print(json.dumps(content, ensure_ascii=False, indent=2))
    else:
        print("\n".join(lines))


@contextmanager
def _reporting(json_output: bool, out: Path | None) -> Iterator[None]:
    """Turn errors into one line on standard error and an exit code.

    Args:
        json_output: print the error as JSON on standard output too.
        out: folder whose error.log gets the traceback of an error that nobody foresaw.
    """
    try:
        yield
    except YusuanError as error:
        raise _exit(json_output, error.message, error.hint, error.exit_code) from None
    except KeyboardInterrupt:
        hint = "run the same command again to go on"
        raise _exit(json_output, "interrupted", hint, ExitCode.INTERRUPTED) from None
    except (typer.Exit, BrokenPipeError):
        raise  # Typer ends quietly when the reader of a pipe has gone
    except ImportError as error:
        hint = "run `yusuan doctor`"
        raise _exit(json_output, f"a library is missing: {error}", hint, ExitCode.FATAL) from None
    except Exception as error:
        hint = _keep_traceback(out, traceback.format_exc())
        raise _exit(
            json_output, f"internal error: {type(error).__name__}: {error}", hint, ExitCode.FATAL
        ) from None


def _exit(json_output: bool, message: str, hint: str, code: ExitCode) -> typer.Exit:
    message = " ".join(message.split())
    print(f"error: {message}", file=sys.stderr)
    if hint:
        print(f"hint: {hint}", file=sys.stderr)
    if json_output:
        print(
            json.dumps({"error": message, "hint": hint, "exit_code": int(code)}, ensure_ascii=False, indent=2)
        )
    return typer.Exit(int(code))


def _keep_traceback(out: Path | None, details: str) -> str:
    """Write a traceback to error.log, or show it where that cannot be; return the hint for the user."""
    try:
        if out is not None and out.is_dir():
            log_error(out, "yusuan", details)
            return f"this is a defect of yusuan; the traceback is in {out / ERROR_LOG}"
    except OutputError:
        details += "(error.log cannot be written)\n"
    print(details, end="", file=sys.stderr)
    return "this is a defect of yusuan; please report it with the traceback above"


@contextmanager
def _counting(total: int) -> Iterator[Callable[[int], None]]:
    """Give a function that is told of pages as they are done: a progress bar, on a terminal only."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("pages"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        pages = bar.add_task("pages", total=total)
        yield lambda done: bar.advance(pages, done)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Run the program; the entry point of the installed command."""
    # A batch system ends a job with SIGTERM: that deserves the same orderly stop as Ctrl-C.
    signal.signal(signal.SIGTERM, _interrupt)
    app(prog_name="yusuan")
