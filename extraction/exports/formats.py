"""`yusuan export`: the documents of an output folder in other people's formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from yusuan.extraction.errors import UsageError
from yusuan.extraction.exports.csv_files import export_csv
from yusuan.extraction.exports.duckdb_file import export_duckdb
from yusuan.extraction.exports.folder import document_folders
from yusuan.extraction.exports.html_pages import export_html
from yusuan.extraction.exports.label_studio import export_label_studio
from yusuan.extraction.exports.parquet import export_parquet
from yusuan.extraction.exports.ppocrlabel import export_ppocrlabel
from yusuan.extraction.exports.pubtabnet import export_pubtabnet
from yusuan.extraction.exports.results_workbook import export_xlsx


class Format(NamedTuple):
    """Where a format goes unless told otherwise, and whether that is a folder of files.

    `write` takes the output folder and the target.
    """

    default: str
    is_folder: bool
    write: Callable[[Path, Path], None]


FORMATS: dict[str, Format] = {
    "xlsx": Format("yusuan.xlsx", False, export_xlsx),
    "csv": Format("csv", True, export_csv),
    "parquet": Format("parquet", True, export_parquet),
    "duckdb": Format("yusuan.duckdb", False, export_duckdb),
    "labelstudio": Format("labelstudio.json", False, export_label_studio),
    "html": Format("html", True, export_html),
    "ppocrlabel": Format("ppocrlabel", True, export_ppocrlabel),
    "pubtabnet": Format("pubtabnet", True, export_pubtabnet),
}


def export(out: Path, to: str, target: Path | None = None) -> Path:
    """Write the documents of an output folder in another format, as people left them.

    Args:
        out: an output folder of `extract`.
        to: one of `FORMATS`.
        target: a file (xlsx, duckdb, labelstudio) or a folder (all others); None: in `out`/exports.

    Returns:
        The file or folder that was written.

    Raises:
        UsageError: the format does not exist, `out` holds no documents, or `target` is of the wrong sort.
        InputError: a document.json cannot be read, or a page has no image where the format needs it.
        PageError: the image of a page is damaged.
        OutputError: `target` cannot be written.
    """
    if to not in FORMATS:
        raise UsageError(f"unknown format {to!r}", f"choose one of {', '.join(FORMATS)}")
    if not document_folders(out):
        raise UsageError(f"{out} holds no documents", "give the folder that `yusuan extract -o` wrote")
    chosen = FORMATS[to]
    target = target or out / "exports" / chosen.default
    if chosen.is_folder and target.is_file():
        raise UsageError(f"{target} is a file, and {to} is written as a folder of files")
    if not chosen.is_folder and target.is_dir():
        target /= chosen.default
    chosen.write(out, target)
    return target
