"""Grids from camelot's lattice reader, for digital pages: reachable, not the default (docs/design.md)."""

from __future__ import annotations

import logging

import numpy as np

from yusuan.extraction.errors import PageError
from yusuan.extraction.geometry import apply_matrix
from yusuan.extraction.pages.image import PageImage
from yusuan.extraction.tables.cells import drop_empty_lines, edges_to_cells
from yusuan.extraction.tables.grid import Grid

_POINTS = 72.0  # per inch


def camelot_grids(page: PageImage) -> list[Grid]:
    """Return the grids that camelot finds on a digital page, in pixels of the upright image.

    Raises:
        PageError: camelot cannot read the page, or the page does not say which file it came from.
    """
    if page.path is None:
        raise PageError("camelot reads PDF files, this page has none", "set tables.digital_reader to grid")
    import camelot

    logging.getLogger("camelot").setLevel(logging.ERROR)
    try:
        tables = camelot.read_pdf(
            str(page.path),
            pages=str(page.number),
            flavor="lattice",
            password=page.password,
            suppress_stdout=True,
        )
    except Exception as error:  # camelot raises whatever its PDF backends raise
        raise PageError(f"camelot: {error}", "set tables.digital_reader to grid") from error
    scale = page.dpi / _POINTS
    to_upright = np.linalg.inv(np.asarray(page.transform))
    scan_height = float(apply_matrix(page.transform, np.array([[0.0, page.image.shape[0]]]))[0, 1])
    grids = []
    for table in tables:
        n_rows, n_cols = len(table.rows), len(table.cols)
        xs = np.array([table.cols[0][0], *(col[1] for col in table.cols)])
        ys = np.array([table.rows[0][0], *(row[1] for row in table.rows)])
        across, down = np.ones((n_rows + 1, n_cols), bool), np.ones((n_cols + 1, n_rows), bool)
        for row in range(n_rows):
            for col in range(n_cols):
                across[row + 1, col] = table.cells[row][col].bottom
                down[col + 1, row] = table.cells[row][col].right
        across[-1], down[-1] = True, True
        # camelot counts y upwards from the bottom of the page, in points.
        corner_xs = apply_matrix(to_upright, np.column_stack([xs * scale, np.zeros_like(xs)]))[:, 0]
        corner_ys = apply_matrix(to_upright, np.column_stack([np.zeros_like(ys), scan_height - ys * scale]))[
            :, 1
        ]
        cells = edges_to_cells(across, down)
        grids.append(drop_empty_lines(Grid(corner_xs, corner_ys, cells, ruled=True, certainty=1.0)))
    return sorted(grids, key=lambda grid: (grid.ys[0], grid.xs[0]))
