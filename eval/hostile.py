"""A hundred documents, twenty of them hostile: who is in the report, and are the others right all the same?

`python -m yusuan.eval.hostile -o FOLDER` draws eighty synthetic documents, puts twenty files among them that
hang, crash, explode, loop or are no documents at all, and reads them all in one run. The eighty are read
without the twenty too, and compared byte by byte.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import struct
import subprocess
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import pikepdf
import typer

from yusuan.datasets.synth.folders import write_documents
from yusuan.eval.disturbed import PROGRAM
from yusuan.extraction.batch.inputs import shown_path
from yusuan.extraction.exports.folder import document_folders, read_document

_A4 = (595, 842)


def _pdf(
    path: Path, content: bytes, resources: Callable[[pikepdf.Pdf], pikepdf.Dictionary] | None = None
) -> None:
    """Write a PDF of one page with this content."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=_A4)
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        page.Resources = resources(pdf) if resources else pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
        page.Contents = pdf.make_stream(content)
        pdf.save(path)


def _form(pdf: pikepdf.Pdf, content: bytes, inner: pikepdf.Object | None = None) -> pikepdf.Object:
    stream = pdf.make_stream(content)
    stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    stream.BBox = [0, 0, *_A4]
    if inner is not None:
        stream.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=inner))
    return stream


def explodes(path: Path) -> None:
    """A form that draws a form twelve times, nine levels deep."""

    def resources(pdf: pikepdf.Pdf) -> pikepdf.Dictionary:
        stream = _form(pdf, b"0 0 m 1 1 l S")
        for _ in range(9):
            stream = _form(pdf, b"/F Do " * 12, stream)
        return pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=stream))

    _pdf(path, b"/F Do", resources)


def draws_itself(path: Path) -> None:
    """A form that draws itself."""

    def resources(pdf: pikepdf.Pdf) -> pikepdf.Dictionary:
        stream = pdf.make_indirect(_form(pdf, b"/F Do"))
        stream.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=stream))
        return pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=stream))

    _pdf(path, b"/F Do", resources)


def loops(path: Path) -> None:
    """A tree of pages that is its own child."""
    path.write_bytes(
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>endobj\n"
        b"trailer<</Root 1 0 R/Size 3>>\n%%EOF\n"
    )


def nests(path: Path) -> None:
    """An array two hundred thousand levels deep."""
    deep = b"[" * 200_000 + b"]" * 200_000
    path.write_bytes(
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R/X " + deep + b">>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/X " + deep + b">>endobj\n"
        b"trailer<</Root 1 0 R/Size 4>>\n%%EOF\n"
    )


def inflates(path: Path) -> None:
    """Ten gigabytes of blanks as content, packed twice."""
    press = zlib.compressobj(9)
    block = b" " * (1 << 24)
    once = b"".join(press.compress(block) for _ in range(640)) + press.flush()
    twice = zlib.compress(once, 9)
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=_A4)
        content = pikepdf.Stream(pdf, twice)
        content.Filter = [pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode]
        page.Contents = content
        pdf.save(path, compress_streams=False)


def needs_gigabytes(path: Path) -> None:
    """A picture of 10 GB of pixels, white as far as it goes."""

    def resources(pdf: pikepdf.Pdf) -> pikepdf.Dictionary:
        picture = pikepdf.Stream(pdf, zlib.compress(b"\xff" * 10_000_000, 9))
        picture.Type, picture.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        picture.Width, picture.Height = 60_000, 60_000
        picture.ColorSpace, picture.BitsPerComponent = pikepdf.Name.DeviceRGB, 8
        picture.Filter = pikepdf.Name.FlateDecode
        return pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=pdf.make_indirect(picture)))

    _pdf(path, b"q 595 0 0 842 0 0 cm /I Do Q", resources)


def has_a_million_rules(path: Path) -> None:
    """A page with a million strokes, no two alike."""
    strokes = (
        b"%d %d m %d %d l S\n" % (x % 595, x % 839, (7 * x) % 595, (11 * x) % 839) for x in range(1_000_000)
    )
    _pdf(path, b"".join(strokes))


def has_a_million_words(path: Path) -> None:
    """A page with half a million words."""
    words = (
        b"1 0 0 1 %d.%02d %d Tm (%d) Tj\n" % (x % 590, x % 97, (x * 13) % 830, x) for x in range(500_000)
    )
    _pdf(path, b"BT /F 4 Tf\n" + b"".join(words) + b"ET")


def is_too_long(path: Path) -> None:
    """Ten gigabytes of file, most of them a hole."""
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.truncate(10 << 30)


def is_a_poster(path: Path) -> None:
    """A page of five by five metres."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(14_400, 14_400))
        pdf.save(path)


def is_cut_off(path: Path) -> None:
    """Half of a PDF."""
    _pdf(path, b"BT /F 12 Tf 60 700 Td (budget) Tj ET")
    path.write_bytes(path.read_bytes()[:300])


def is_locked(path: Path) -> None:
    """A PDF behind a password."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=_A4)
        pdf.save(path, encryption=pikepdf.Encryption(owner="boss", user="secret"))


def is_a_picture_bomb(path: Path) -> None:
    """A PNG that claims 3,600 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def is_an_endless_tiff(path: Path) -> None:
    """A TIFF whose first page is followed by itself."""
    entries = [(256, 3, 1, 100), (257, 3, 1, 100), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    entries += [(273, 4, 1, 8), (278, 3, 1, 100), (279, 4, 1, 10_000)]
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    data = bytes(10_000)
    start = 8 + len(data)
    path.write_bytes(b"II*\x00" + struct.pack("<I", start) + data + directory + struct.pack("<I", start))


def is_a_web_page(path: Path) -> None:
    """What a download that went wrong leaves."""
    path.write_text("<!DOCTYPE html><html>404</html>", "utf-8")


def is_a_word_file(path: Path) -> None:
    """A ZIP archive under another name."""
    path.write_bytes(b"PK\x03\x04" + bytes(200))


def is_empty(path: Path) -> None:
    """Nothing at all."""
    path.write_bytes(b"")


def leads_nowhere(path: Path) -> None:
    """A link to nothing."""
    path.symlink_to("gone.pdf")


def leads_to_itself(path: Path) -> None:
    """A link to itself."""
    path.symlink_to(path.name)


def is_a_pipe(path: Path) -> None:
    """A pipe that nobody writes to: whoever opens it waits for ever."""
    os.mkfifo(path)


HOSTILE: dict[str, Callable[[Path], None]] = {
    "explodes.pdf": explodes,
    "draws itself.pdf": draws_itself,
    "loops.pdf": loops,
    "nests.pdf": nests,
    "inflates.pdf": inflates,
    "gigabytes.pdf": needs_gigabytes,
    "rules.pdf": has_a_million_rules,
    "words.pdf": has_a_million_words,
    "too long.pdf": is_too_long,
    "poster.pdf": is_a_poster,
    "cut\noff.pdf": is_cut_off,
    "locked.pdf": is_locked,
    "bomb.png": is_a_picture_bomb,
    "endless.tif": is_an_endless_tiff,
    "page.pdf": is_a_web_page,
    "letter.pdf": is_a_word_file,
    "empty\r\n.jpg": is_empty,
    "nowhere.pdf": leads_nowhere,
    "itself.pdf": leads_to_itself,
    "pipe.pdf": is_a_pipe,
}


def make_inputs(folder: Path, good: int) -> tuple[Path, Path]:
    """Return a folder of good documents, and one of the same and the hostile ones; making them as needed.

    Every eighth good document has a line break in its name.
    """
    alone, mixed, drawn = folder / "alone", folder / "mixed", folder / "drawn"
    made: list[Path] = []
    while len(made) < good:  # documents may have several pages
        write_documents(drawn, good + len(made), seed=11, damage="clean")
        made = sorted(path.parent for path in drawn.glob("*/document.pdf"))
    if not alone.is_dir():
        alone.mkdir()
        for number, source in enumerate(made[:good]):
            name = f"good\n{number:03d}.pdf" if number % 8 == 0 else f"good {number:03d}.pdf"
            shutil.copy(source / "document.pdf", alone / name)
    if not mixed.is_dir():
        shutil.copytree(alone, mixed)
        for name, make in HOSTILE.items():
            make(mixed / name)
    return alone, mixed


def run(inputs: Path, out: Path, timeout: float) -> tuple[int, dict[str, Any]]:
    """Read a folder; return exit code and summary."""
    command = [*PROGRAM, str(inputs), "-o", str(out), "--json", "--timeout", str(timeout), "--force"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    return done.returncode, json.loads(done.stdout)


def results(out: Path) -> dict[str, str]:
    """Return folder → document as JSON, its path left out."""
    documents = {folder.name: read_document(folder) for folder in document_folders(out)}
    return {
        name: document.model_copy(
            update={"source": document.source.model_copy(update={"path": ""})}
        ).to_json()
        for name, document in documents.items()
    }


def main(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for inputs and results.")],
    good: Annotated[int, typer.Option(help="Good documents.")] = 80,
    timeout: Annotated[float, typer.Option(help="Seconds that a page may take.")] = 60.0,
) -> None:
    """Read good and hostile documents together, and say what came of each."""
    alone, mixed = make_inputs(out / "inputs", good)
    _, calm = run(alone, out / "calm", timeout)
    code, told = run(mixed, out / "mixed-out", timeout)
    reasons: dict[str, list[str]] = {}
    for failure in told["failures"]:
        reasons.setdefault(failure["document"], []).append(failure["reason"])
    read = documents_read(out / "mixed-out")
    hostile = {shown_path(mixed / name): make for name, make in HOSTILE.items()}
    for path, make in hostile.items():
        outcome = "; ".join(reasons.get(path, ["read"] if path in read else ["NOT IN THE REPORT"]))
        typer.echo(f"{Path(path).name}: {(make.__doc__ or '').strip()} -> {outcome}")
    once = sum(len(reasons.get(path, [])) + (path in read) == 1 for path in hostile)
    one, two = results(out / "calm"), results(out / "mixed-out")
    right = sum(value == two.get(name) for name, value in one.items())
    typer.echo(f"good documents that fail when read alone: {calm['counts']['failed']}")
    typer.echo(f"hostile documents in the report once: {once} of {len(hostile)}")
    typer.echo(f"good documents as if read alone: {right} of {good}")
    typer.echo(f"others in the report: {len((read | reasons.keys()) - hostile.keys()) - good}")
    typer.echo(f"exit code: {code}")
    raise typer.Exit(0 if (once, right, code) == (len(hostile), good, 3) else 1)


def documents_read(out: Path) -> set[str]:
    """Return the paths of the documents in the job store that are done."""
    with closing(sqlite3.connect(out / "jobs.sqlite")) as store:
        return {row[0] for row in store.execute("SELECT path FROM documents WHERE state = 'done'")}


if __name__ == "__main__":
    typer.run(main)
