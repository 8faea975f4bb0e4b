"""Grids and readings → the page as it is written to `document.json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress, pairwise

import numpy as np

from yusuan.extraction.document import BBox, Cell, Line, Page, PageTable
from yusuan.extraction.geometry import overlap, points_to_bbox, points_to_quad
from yusuan.extraction.pages.image import PageImage, Word
from yusuan.extraction.tables.borderless import Band, band_to_grid, misfits, text_to_grids
from yusuan.extraction.tables.open_columns import follow_headings, parts_of_body, shares
from yusuan.extraction.tables.place import Piece, Places, group_by_cell, join_lines, loose_rows

_BLANK = 0.99  # confidence that a cell without ink is blank
_FEWEST_GLYPHS = 2  # of a stretch of a text that lies over a border
_SEALED = 0.95  # at most so sure is what is read under a seal: it is read a second time


@dataclass(frozen=True)
class PieceReading:
    """A piece of a text line with what it says; `confidence` is 0..1, 1.0 from a text layer."""

    piece: Piece
    text: str
    confidence: float


def words_to_readings(page: PageImage, places: Places) -> list[PieceReading]:
    """Place the words of a text layer into cells; a word that crosses a border is cut between characters."""
    boxes = np.array([char.bbox for word in page.words for char in word.chars]).reshape(-1, 2, 2)
    places_of_chars = places.of_page(boxes.mean(axis=1))
    readings = []
    first = 0
    for word in page.words:
        cells = places_of_chars[first : first + len(word.chars)]
        first += len(cells)
        start = 0
        for index in range(1, len(cells) + 1):
            if index < len(cells) and cells[index] == cells[start]:
                continue
            readings.append(_part_of_word(word, start, index, cells[start]))
            start = index
    return [reading for reading in readings if reading.text.strip()]


def _part_of_word(word: Word, start: int, stop: int, place: tuple[int, int]) -> PieceReading:
    chars = word.chars[start:stop]
    x0, y0 = min(c.bbox[0] for c in chars), min(c.bbox[1] for c in chars)
    x1, y1 = max(c.bbox[2] for c in chars), max(c.bbox[3] for c in chars)
    quad = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    return PieceReading(Piece(quad, *place), "".join(c.text for c in chars), 1.0)


def with_borderless(
    places: Places, readings: list[PieceReading], bands: Sequence[Band]
) -> tuple[Places, list[PieceReading]]:
    """Add the tables that show in the readings outside of ruled ones, and move these readings into them.

    Args:
        places: the ruled grids.
        readings: all readings of the page.
        bands: horizontal rules without vertical ones.
    """
    loose = [index for index, reading in enumerate(readings) if reading.piece.table < 0]
    if not loose:
        return places, readings
    quads = np.vstack([readings[index].piece.quad for index in loose])
    straight = places.warp.straighten(quads).reshape(-1, 4, 2)
    boxes, texts = [_box(quad) for quad in straight], [readings[index].text for index in loose]
    read = [(band_to_grid(band, boxes, texts), band.otherwise) for band in bands]
    either = ([grid for grid in grids if grid is not None] for grids in read)
    grids = [
        min(grids, key=lambda grid: misfits(follow_headings(grid, boxes, texts)[0], boxes))
        for grids in either
        if grids
    ]
    free = [place < 0 for place, _ in Places(grids, places.warp).of_straight(straight.mean(axis=1))]
    grids += text_to_grids(list(compress(boxes, free)), list(compress(texts, free)))
    if not grids:
        return places, readings
    # Tables keep their order down the page, so that their ids say where they stand.
    all_grids = sorted([*places.grids, *grids], key=lambda grid: (grid.ys[0], grid.xs[0]))
    moved = {id(grid): number for number, grid in enumerate(all_grids)}
    table_of = [moved[id(grid)] for grid in places.grids]
    richer = Places(all_grids, places.warp)
    found = dict(zip(loose, richer.of_straight(straight.mean(axis=1)), strict=True))
    result = []
    for index, reading in enumerate(readings):
        piece = reading.piece
        table, cell = found[index] if index in found else (table_of[piece.table], piece.cell)
        result.append(replace(reading, piece=replace(piece, table=table, cell=cell)))
    return richer, result


def follow_open_columns(places: Places, readings: list[PieceReading]) -> tuple[Places, list[PieceReading]]:
    """Let headings tell the columns of tables that no rule parts, and move the readings into them.

    Args:
        places: of all tables of the page.
        readings: of the page.
    """
    if all(grid.ruled for grid in places.grids) or not readings:
        return places, readings
    quads = np.vstack([reading.piece.quad for reading in readings])
    straight = places.warp.straighten(quads).reshape(-1, 4, 2)
    grids = list(places.grids)
    heads = [0] * len(grids)
    for table, grid in enumerate(grids):
        if grid.ruled:
            continue
        own = [index for index, reading in enumerate(readings) if reading.piece.table in (table, -1)]
        grids[table], heads[table] = follow_headings(
            grid, [_box(straight[index]) for index in own], [readings[index].text for index in own]
        )
    told = Places(grids, places.warp)
    parted = [
        part
        for reading, quad in zip(readings, straight, strict=True)
        for part in _parted_at_borders(reading, quad, told, heads)
    ]
    moved = [k for k, each in enumerate(parted) if each.piece.table < 0 or heads[each.piece.table]]
    centers = np.array([parted[k].piece.quad.mean(axis=0) for k in moved]).reshape(-1, 2)
    for k, (table, cell) in zip(moved, told.of_page(centers), strict=True):
        parted[k] = replace(parted[k], piece=replace(parted[k].piece, table=table, cell=cell))
    return told, parted


def _parted_at_borders(
    reading: PieceReading, quad: np.ndarray, places: Places, heads: Sequence[int]
) -> list[PieceReading]:
    """Part a reading that lies over borders of a table without rules, as if glyphs of a kind were as wide.

    A heading is parted between glyphs, what stands below it where a blank is beside a figure.

    Args:
        reading: of the page.
        quad: `(4, 2)` its corners, straight pixels.
        places: the tables.
        heads: how many rows of headings were told in each.
    """
    text, along = reading.text, shares(reading.text)
    ends = [quad[[0, 3]].mean(axis=0), quad[[1, 2]].mean(axis=0)]
    ((table, _),) = places.of_straight(((ends[0] + ends[1]) / 2)[None])
    if table < 0 or not heads[table]:
        return [reading]
    in_head = quad[:, 1].mean() < places.grids[table].ys[heads[table]]
    stretches = [(k, k + 1) for k in range(len(text))] if in_head else parts_of_body(text)
    middles = np.array([(along[start] + along[stop]) / 2 for start, stop in stretches])
    at = places.of_straight(ends[0] + middles[:, None] * (ends[1] - ends[0]))
    starts = [start for k, (start, _) in enumerate(stretches) if k == 0 or at[k] != at[k - 1]]
    if min(stop - start for start, stop in pairwise([*starts, len(text)])) < _FEWEST_GLYPHS:
        return [reading]
    page_quad = reading.piece.quad
    parts = []
    for start, stop in pairwise([*starts, len(text)]):
        corners = [
            page_quad[a] + along[place] * (page_quad[b] - page_quad[a])
            for a, b, place in ((0, 1, start), (0, 1, stop), (3, 2, stop), (3, 2, start))
        ]
        piece = replace(reading.piece, quad=np.array(corners))
        parts.append(replace(reading, text=text[start:stop].strip(), piece=piece))
    return parts


def readings_to_page(page: PageImage, places: Places, readings: Sequence[PieceReading]) -> Page:
    """Put the readings into cells and lines."""
    readings = [_under_seal(reading, page) for reading in readings]
    groups = group_by_cell([reading.piece for reading in readings])
    boxes = [_box(reading.piece.quad) for reading in readings]
    tables = tuple(
        _page_table(page.number, table, places, readings, boxes, groups) for table in range(len(places.grids))
    )
    loose = groups.get((-1, -1), [])
    lines = []
    for row in loose_rows([boxes[index] for index in loose]):
        members = [loose[index] for index in row]
        text = join_lines([(boxes[index], readings[index].text) for index in members])
        lines.append(
            Line(
                text=text,
                bbox=_round(points_to_bbox(np.vstack([readings[index].piece.quad for index in members]))),
                confidence=min(readings[index].confidence for index in members),
            )
        )
    height, width = page.image.shape[:2]
    return Page(
        number=page.number,
        width=width,
        height=height,
        dpi=page.dpi,
        kind=page.kind,
        rotation=page.rotation,  # type: ignore[arg-type]  # checked by pydantic
        skew_deg=page.skew_deg,
        transform=page.transform,
        tables=tables,
        lines=tuple(lines),
    )


def _under_seal(reading: PieceReading, page: PageImage) -> PieceReading:
    box = points_to_bbox(reading.piece.quad)
    sealed = any(overlap(box, (x, y, x + width, y + height)) > 0 for x, y, width, height in page.seals)
    return replace(reading, confidence=min(_SEALED, reading.confidence)) if sealed else reading


def _page_table(
    page_number: int,
    table: int,
    places: Places,
    readings: Sequence[PieceReading],
    boxes: Sequence[np.ndarray],
    groups: dict[tuple[int, int], list[int]],
) -> PageTable:
    grid = places.grids[table]
    cells = []
    outlines = places.outlines(table)
    for index, cell in enumerate(grid.cells):
        members = groups.get((table, index), [])
        text = join_lines([(boxes[member], readings[member].text) for member in members])
        read = [readings[member].confidence for member in members]
        corners = outlines[index]
        cells.append(
            Cell(
                row=cell.row,
                col=cell.col,
                rowspan=cell.rowspan,
                colspan=cell.colspan,
                text=text,
                raw_text=text,
                page=page_number,
                bbox=_round(points_to_bbox(corners)),
                quad=points_to_quad(corners),
                confidence=min(cell.certainty, *(read or [_BLANK])),
            )
        )
    outline = np.array([cell.bbox for cell in cells])
    return PageTable(
        id=f"p{page_number}t{table + 1}",
        bbox=(*outline[:, :2].min(axis=0).tolist(), *outline[:, 2:].max(axis=0).tolist()),
        n_rows=len(grid.ys) - 1,
        n_cols=len(grid.xs) - 1,
        ruled=grid.ruled,
        cells=tuple(cells),
        confidence=round(grid.certainty, 4),
    )


def _box(quad: np.ndarray) -> np.ndarray:
    return np.r_[quad.min(axis=0), quad.max(axis=0)]


def _round(box: BBox) -> BBox:
    x0, y0, x1, y1 = box
    return (round(x0, 1), round(y0, 1), round(x1, 1), round(y1, 1))
