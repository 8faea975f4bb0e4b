"""Errors put into documents on purpose: are they found, put right, or proposed, and is nothing else changed?

`python -m yusuan.eval.injected_errors OUT [--each N]` on a folder that `yusuan extract` wrote. Only figures
that a printed sum ties are changed, one digit in one figure of a document at a time, in three ways:

- *in the text*: the reader was wrong, the pixels are as they were;
- *on the image*: a glyph is damaged until the reader takes it for another digit;
- *in print*: a clean glyph of another digit stands in its place, so that the page itself is wrong: to be
  reported, never to be repaired.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

from yusuan.eval.report.tables import plain_table
from yusuan.extraction.checks.check import document_to_equations
from yusuan.extraction.checks.second_readings import RULE as SECOND_READING
from yusuan.extraction.config import Settings, load_settings
from yusuan.extraction.document import Cell, CellRef, Document
from yusuan.extraction.errors import UsageError, YusuanError
from yusuan.extraction.exports.folder import document_folders, read_document, read_page_image
from yusuan.extraction.fields.labels import replace_cells, whole_span
from yusuan.extraction.numerals import parse_amount
from yusuan.extraction.ocr.again import Images, cell_ink, cell_looks
from yusuan.extraction.ocr.traces import TraceReader, joined, trace_reader
from yusuan.extraction.pipeline import READING_STAGES, TRUST_STAGES, Means, run_stages

WAYS = ("in the text", "on the image", "in print")
# How often a glyph is damaged before the reader mistakes it, or another one is tried.
_TRIES = 12


@dataclass(frozen=True)
class Injected:
    """A document with one error in it.

    Attributes:
        way: one of `WAYS`.
        document: labelled, its figure changed.
        cell: where.
        right: what stood there.
        images: pages of the document, with what was done to them.
    """

    way: str
    document: Document
    cell: CellRef
    right: str
    images: Images


@dataclass
class Outcome:
    """What became of the errors of one way.

    Attributes:
        injected, found: how many there were, and how many a failed check or a repair points at.
        restored, proposed, first: put right; proposed for the cell; one of both.
        applied, wrong: figures that were changed without a person, and those of them that are not right.
    """

    injected: int = 0
    found: int = 0
    restored: int = 0
    proposed: int = 0
    first: int = 0
    applied: int = 0
    wrong: int = 0


def study(out: Path, settings: Settings, each: int, seed: int = 6) -> dict[str, Outcome]:
    """Return what becomes of errors in the scanned documents of an output folder.

    Args:
        out: that `yusuan extract` wrote.
        settings: of the run.
        each: errors of each way for a document, at most.
        seed: of everything random.

    Raises:
        UsageError: the folder has no documents.
    """
    folders = document_folders(out)
    if not folders:
        raise UsageError(f"{out} holds no documents", "give the folder that `yusuan extract -o` wrote")
    found = {way: Outcome() for way in WAYS}
    for folder in folders:
        read = read_document(folder)
        if read.source.kind == "digital":
            continue

        def images(page: int, folder: Path = folder) -> tuple[np.ndarray, float] | None:
            return read_page_image(folder, page)

        bare = Document(source=read.source, pages=read.pages)
        labelled = run_stages(READING_STAGES, bare, Means(settings, images))
        before = run_stages(TRUST_STAGES, labelled, Means(settings, images))
        rng = random.Random(f"{seed} {folder.name}")
        for injected in errors_in(labelled, before, images, trace_reader(settings.ocr.threads), rng, each):
            after = run_stages(TRUST_STAGES, injected.document, Means(settings, injected.images))
            judge(found[injected.way], injected, before, after)
    return found


def errors_in(
    labelled: Document,
    checked: Document,
    images: Images,
    reader: TraceReader,
    rng: random.Random,
    each: int,
) -> Iterator[Injected]:
    """Yield documents with one error, of each way as many as wanted where enough figures are tied.

    Args:
        labelled: what is changed.
        checked: the same after all stages; its equations say which figures are tied.
        images: its pages.
        reader: that is to be deceived.
        rng: of all that is random.
        each: of each way.
    """
    equations = [equation for equation in document_to_equations(checked) if equation.right]
    broken = {cell for equation in equations if not equation.holds() for cell in equation.cells}
    tied = {cell for equation in equations if equation.holds() for cell in equation.cells} - broken
    cells = _cells(labelled)
    scanned = {page.number for page in labelled.pages if page.kind == "scanned"}
    places = sorted(
        (ref for ref in tied if ref in cells and cells[ref].page in scanned and _is_plain(cells[ref])),
        key=lambda ref: (ref.table, ref.row, ref.col),
    )
    rng.shuffle(places)
    makers: dict[str, _Maker] = {
        "in the text": _in_text,
        "on the image": _on_image,
        "in print": _in_print,
    }
    for way, make in makers.items():
        done = 0
        for ref in places:
            if done == each:
                break
            made = make(cells[ref], images, reader, rng)
            if made is None:
                continue
            text, changed = made
            done += 1
            yield Injected(way, _with_text(labelled, ref, text), ref, cells[ref].text, changed)


# A cell → what is read in it instead, and the pages that it is read from; None where it could not be done.
_Maker = Callable[[Cell, Images, TraceReader, random.Random], "tuple[str, Images] | None"]


def _is_plain(cell: Cell) -> bool:
    return len(cell.spans) == 1 and parse_amount(cell.text) is not None and not cell.repairs


def _with_text(document: Document, ref: CellRef, text: str) -> Document:
    cell = _cells(document)[ref]
    changed = whole_span(cell.model_copy(update={"text": text, "raw_text": text}), cell.spans[0].label)
    tables = tuple(
        replace_cells(table, [changed]) if table.id == ref.table else table for table in document.tables
    )
    return document.model_copy(update={"tables": tables})


def _in_text(
    cell: Cell, images: Images, reader: TraceReader, rng: random.Random
) -> tuple[str, Images] | None:
    at = rng.choice([at for at, glyph in enumerate(cell.text) if glyph.isdigit()])
    other = rng.choice([digit for digit in "0123456789" if digit != cell.text[at]])
    # A figure does not begin with 0 unless that stands before the point.
    if other == "0" and at == 0 and len(cell.text) > 1 and cell.text[1] != ".":
        other = rng.choice([digit for digit in "123456789" if digit != cell.text[at]])
    return cell.text[:at] + other + cell.text[at + 1 :], images


def _on_image(
    cell: Cell, images: Images, reader: TraceReader, rng: random.Random
) -> tuple[str, Images] | None:
    """Rub at one glyph, harder and harder, until another digit is read in its place."""
    seen = images(cell.page)
    boxes = _glyph_boxes(seen, cell) if seen else []
    if seen is None or not boxes:
        return None
    image, dpi = seen
    x0, y0, x1, y1 = rng.choice(boxes)
    for effort in range(1, _TRIES + 1):
        damaged = image.copy()
        glyph = damaged[y0:y1, x0:x1]
        paper = np.median(damaged[y0:y1].reshape(-1, 3), axis=0)
        for _ in range(effort):
            ink = rng.random() < 0.3
            a, b = (
                (rng.randrange(glyph.shape[1]), rng.randrange(glyph.shape[0])),
                (rng.randrange(glyph.shape[1]), rng.randrange(glyph.shape[0])),
            )
            color = (40, 40, 40) if ink else tuple(int(each) for each in paper)
            patch = np.ascontiguousarray(glyph)
            cv2.line(patch, a, b, color, max(1, round(dpi / 100)))
            glyph[:] = patch
        text = _read(damaged, dpi, cell, reader)
        if text is not None and _one_digit_off(text, cell.text):
            return text, _instead(images, cell.page, damaged, dpi)
    return None


def _in_print(
    cell: Cell, images: Images, reader: TraceReader, rng: random.Random
) -> tuple[str, Images] | None:
    """Set the glyph of another digit of the figure in the place of one."""
    seen = images(cell.page)
    boxes = _glyph_boxes(seen, cell) if seen else []
    digits = [glyph for glyph in cell.text if glyph.isdigit()]
    if seen is None or len(boxes) != len(digits):
        return None
    image, dpi = seen
    pairs = [
        (at, source)
        for at in range(len(boxes))
        for source in range(len(boxes))
        if digits[at] != digits[source]
    ]
    rng.shuffle(pairs)
    for at, source in pairs[:_TRIES]:
        (ax0, ay0, ax1, ay1), (sx0, sy0, sx1, sy1) = boxes[at], boxes[source]
        printed = image.copy()
        glyph = cv2.resize(np.ascontiguousarray(image[sy0:sy1, sx0:sx1]), (ax1 - ax0, ay1 - ay0))
        printed[ay0:ay1, ax0:ax1] = glyph
        text = _read(printed, dpi, cell, reader)
        if text is not None and _one_digit_off(text, cell.text):
            return text, _instead(images, cell.page, printed, dpi)
    return None


def _glyph_boxes(seen: tuple[np.ndarray, float], cell: Cell) -> list[tuple[int, int, int, int]]:
    """Return the boxes of the glyphs of a cell from left to right, x0, y0, x1, y1 in pixels of its page."""
    image, dpi = seen
    _, ink, (x0, y0) = cell_ink(image, dpi, cell.bbox)
    columns = np.flatnonzero(np.diff(np.r_[0, ink.any(0).astype(int), 0]))
    boxes = []
    for left, right in zip(columns[::2], columns[1::2], strict=True):
        rows = np.flatnonzero(ink[:, left:right].any(1))
        if rows[-1] - rows[0] >= 0.06 * dpi:  # a digit, no comma and no dust
            boxes.append((x0 + left, y0 + rows[0], x0 + right, y0 + rows[-1] + 1))
    return boxes


def _read(image: np.ndarray, dpi: float, cell: Cell, reader: TraceReader) -> str | None:
    looks = cell_looks(image, dpi, cell.bbox)
    return joined(reader.trace(looks[0])).reading.text if looks else None


def _one_digit_off(text: str, right: str) -> bool:
    if len(text) != len(right) or parse_amount(text) is None:
        return False
    differing = [(a, b) for a, b in zip(text, right, strict=True) if a != b]
    return len(differing) == 1 and all(glyph.isdigit() for glyph in differing[0])


def _instead(images: Images, page: int, image: np.ndarray, dpi: float) -> Images:
    return lambda number: (image, dpi) if number == page else images(number)


def judge(outcome: Outcome, injected: Injected, before: Document, after: Document) -> None:
    """Count what became of an error.

    Args:
        outcome: of its way, changed in place.
        injected: the error.
        before: the document without it, after all stages.
        after: the document with it, after all stages.
    """
    ref = injected.cell
    pointing = any(
        finding.status == "fail" and ref in finding.cells and finding.rule != SECOND_READING
        for finding in after.findings
    )
    now, was, given = _cells(after), _cells(before), _cells(injected.document)
    repairs = [repair for repair in now[ref].repairs if repair.kind in ("misread", "proposed")]
    printed_wrong = injected.way == "in print"
    restored = now[ref].text == injected.right
    proposed = not restored and any(repair.after == injected.right for repair in repairs)
    outcome.injected += 1
    outcome.found += pointing or bool(repairs)
    outcome.restored += restored
    outcome.proposed += proposed
    outcome.first += restored or proposed
    for place, cell in now.items():
        due = injected.right if place == ref else was[place].text
        read = given[ref].text if place == ref else due
        if cell.text != read:
            outcome.applied += 1
            outcome.wrong += cell.text != due or printed_wrong


def _cells(document: Document) -> dict[CellRef, Cell]:
    return {
        CellRef(table=table.id, row=cell.row, col=cell.col): cell
        for table in document.tables
        for cell in table.cells
    }


def main(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder that `yusuan extract -o` wrote.")],
    each: Annotated[int, typer.Option(help="Errors of each way for a document, at most.")] = 2,
    config: Annotated[Path | None, typer.Option(help="Settings, as for extract.")] = None,
) -> None:
    """Put errors into the scanned documents of OUT, and print what became of them."""
    try:
        found = study(out, load_settings(config), each)
    except YusuanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error
    columns = ("errors", "injected", "found", "put right", "proposed", "one of both", "changed", "wrongly")
    rows = [
        (
            way,
            *(
                str(each)
                for each in (
                    one.injected,
                    one.found,
                    one.restored,
                    one.proposed,
                    one.first,
                    one.applied,
                    one.wrong,
                )
            ),
        )
        for way, one in found.items()
    ]
    typer.echo(plain_table(columns, rows))


if __name__ == "__main__":
    typer.run(main)
