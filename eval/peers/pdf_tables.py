"""camelot: `lattice`, and `stream` on pages where lattice finds nothing. It reads text layers only.

`PageTable.ruled` says which of the two found a table. camelot gives no text outside of tables: those lines
come from the text layer as our own reader has it.
"""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

from yusuan.eval.peers.lines import TextLine
from yusuan.eval.peers.peer import FoundCell, FoundTable, Peer, found_to_page, joined
from yusuan.extraction.document import BBox, Page
from yusuan.extraction.errors import PageError
from yusuan.extraction.pages import PageImage
from yusuan.extraction.pages.homography import map_boxes
from yusuan.extraction.tables.cells import edges_to_cells

_POINTS = 72.0  # per inch


class Camelot(Peer):
    """camelot with its defaults; a scanned page is `skipped`."""

    def read(self, page: PageImage) -> Page:
        """See `Peer.read`.

        Raises:
            PageError: camelot cannot read the page.
        """
        if page.kind != "digital" or page.path is None:
            return found_to_page(page, [], []).model_copy(
                update={"status": "skipped", "error": "a scan: camelot reads text layers only"}
            )
        tables = _read(page, "lattice")
        ruled = bool(tables)
        found = [_table(page, table, ruled) for table in tables or _read(page, "stream")]
        texts = [TextLine(word.text, word.bbox, 1.0) for word in page.words]
        return found_to_page(page, sorted(found, key=lambda table: table.cells[0].box[1]), texts)


def _read(page: PageImage, flavor: str) -> list[Any]:
    import camelot

    logging.getLogger("camelot").setLevel(logging.ERROR)
    try:
        tables = camelot.read_pdf(
            str(page.path),
            pages=str(page.number),
            flavor=flavor,
            password=page.password,
            suppress_stdout=True,
        )
    except Exception as error:  # camelot raises whatever its PDF backends raise
        raise PageError(f"camelot {flavor}: {error}") from error
    return [table for table in tables if table.rows and table.cols]


def _table(page: PageImage, table: Any, ruled: bool) -> FoundTable:
    n_rows, n_cols = len(table.rows), len(table.cols)
    across, down = np.ones((n_rows + 1, n_cols), bool), np.ones((n_cols + 1, n_rows), bool)
    if ruled:  # stream draws no edges, and merges nothing
        for row in range(n_rows):
            for col in range(n_cols):
                across[row + 1, col] = table.cells[row][col].bottom
                down[col + 1, row] = table.cells[row][col].right
        across[-1], down[-1] = True, True
    found = []
    for cell in edges_to_cells(across, down):
        members = [
            table.cells[row][col]
            for row in range(cell.row, cell.row + cell.rowspan)
            for col in range(cell.col, cell.col + cell.colspan)
        ]
        text = joined("\n".join(stripped for member in members if (stripped := member.text.strip())))
        low_left, high_right = members[0], members[-1]
        points = (low_left.x1, high_right.y1, high_right.x2, low_left.y2)
        found.append(
            FoundCell(cell.row, cell.col, cell.rowspan, cell.colspan, text, _pixels(page, table, points), 1.0)
        )
    return FoundTable(n_rows, n_cols, ruled=ruled, cells=tuple(found))


def _pixels(page: PageImage, table: Any, points: tuple[float, float, float, float]) -> BBox:
    """Return a box of camelot, in points counted upwards, in pixels of the page image.

    camelot turns a page whose text runs sideways, as the page image has been; other pages of that kind it
    leaves, and its box has to follow the turn of the image.
    """
    scale = page.dpi / _POINTS
    x0, y0, x1, y1 = (value * scale for value in points)
    if table.rotation or not page.rotation:
        height = page.image.shape[0]
        return (x0, height - y1, x1, height - y0)
    height = page.image.shape[1] if page.rotation in (90, 270) else page.image.shape[0]
    standing = np.array([[x0, height - y1, x1, height - y0]])
    a, b, c, d = map_boxes(standing, np.linalg.inv(np.asarray(page.transform)))[0]
    return (float(a), float(b), float(c), float(d))
