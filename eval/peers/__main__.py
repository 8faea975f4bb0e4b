"""`python -m yusuan.eval.peers`: other programs over documents, one output folder each."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from yusuan.eval.peers import PEERS
from yusuan.eval.peers.run import run_peers
from yusuan.extraction.batch.inputs import parse_pages
from yusuan.extraction.batch.schedule import Event, ExtractOptions
from yusuan.extraction.config import load_settings
from yusuan.extraction.errors import ExitCode, YusuanError


def main(
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT", help="PDFs, images and folders of them.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder: in it, each peer has one of its own.")],
    peers: Annotated[str, typer.Option(help="Which, by name.")] = ",".join(PEERS),
    pages: Annotated[str | None, typer.Option(metavar="1,3-5", help="Read only these pages.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that read pages.")] = 2,
    timeout: Annotated[float | None, typer.Option(metavar="S", help="Seconds a page may take.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Redo what an earlier run has done.")] = False,
) -> None:
    """Read documents with other programs, for `yusuan eval --peers`. Run again, it goes on where it stopped.

    Exit codes: 0 all done, 1 fatal, 2 usage, 3 a peer or some of its pages failed, 130 interrupted.
    """
    try:
        settings = load_settings(None, {"batch": {"workers": workers, "page_seconds": timeout}})
        options = ExtractOptions(pages=parse_pages(pages) if pages is not None else None, force=force)
        names = tuple(dict.fromkeys(name.strip() for name in peers.split(",") if name.strip()))
        code = ExitCode.OK
        for name, result in run_peers(names, inputs, out, settings, options, _show):
            if isinstance(result, YusuanError):
                typer.echo(f"{name}: not run: {result}", err=True)
                code = ExitCode.SOME_FAILED
                continue
            typer.echo("\n".join(f"{name:<20} {line}" for line in result.lines()))
            if (said := result.exit_code()) is not ExitCode.OK:
                code = said
    except YusuanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error
    raise typer.Exit(code)


def _show(name: str, event: Event) -> None:
    if event.kind in ("document", "problem") or event.error:
        where = event.document if event.page is None else f"{event.document}, page {event.page}"
        print(f"{name}: {where}: {event.error or f'{event.amount} records'}", file=sys.stderr)


if __name__ == "__main__":
    typer.run(main)
