"""From maps to grids: on maps that say the truth every cell comes back; what the model is asked of edges."""

from __future__ import annotations

from itertools import chain, islice

import numpy as np
import pytest

from yusuan.datasets.synth.borders import PageBorders
from yusuan.datasets.synth.pages import draw_documents, draw_reports
from yusuan.eval.grid_scores import drawn_pages, found_grids
from yusuan.eval.metrics.grids import table_pairs
from yusuan.extraction.tables.find import find_tables
from yusuan.extraction.tables.look import Maps, look_image
from yusuan.models.table_maps import MAPS
from yusuan.training.table_corpus import drawn_to_samples
from yusuan.training.train_tables import draw_maps

DPI = 200.0
WIDTH, HEIGHT = 800, 600
SHRINK = 4


def true_maps(borders: PageBorders, size: tuple[int, int], scale: tuple[float, float], dpi: float) -> Maps:
    """Return the maps that a faultless model would see of a page; `size` is that of the look."""
    small = -(-size[0] // SHRINK), -(-size[1] // SHRINK)
    values = draw_maps(borders, small, np.eye(3)[:2] / SHRINK).astype(np.float32) / 255
    across, down = scale[0] * SHRINK, scale[1] * SHRINK
    return Maps(values, (across, down), dpi / across)


@pytest.mark.parametrize("damage", ["clean", "bad"])
def test_maps_of_the_truth_give_back_every_cell(damage: str) -> None:
    seen: dict[str, int] = {}
    documents = (islice(draw(99, damage=damage), 24) for draw in (draw_documents, draw_reports))
    for drawn in chain.from_iterable(documents):
        for page, sample in zip(drawn_pages(drawn), drawn_to_samples(drawn, SHRINK), strict=True):
            height, width = sample.image.shape[:2]
            scale = page.image.shape[1] / width, page.image.shape[0] / height
            maps = true_maps(sample.borders, (width, height), scale, page.dpi)
            found = find_tables(page.image, page.dpi, "model", lambda image, dpi, maps=maps: maps)
            for pair in table_pairs(found_grids(found), page.truth):
                assert pair.gold is not None, page.name
                assert pair.predicted is not None, page.name
                assert pair.gold.by_place.keys() == pair.predicted.by_place.keys(), page.name
                family = dict(page.cuts)["family"]
                seen[family] = seen.get(family, 0) + 1
    assert seen.keys() >= {"budget, rules: all", "report, rules: some", "report, rules: none"}


def drawn_maps(lines: dict[str, list[tuple[int, int, int, int]]]) -> Maps:
    """Return maps of a white page with borders at whole places of the maps: x0, y0, x1, y1."""
    rows, columns = HEIGHT // 4, WIDTH // 4
    values = np.zeros((len(MAPS), rows, columns), np.float32)
    values[[MAPS.index("table"), MAPS.index("text")]] = 1
    for name, places in lines.items():
        for x0, y0, x1, y1 in places:
            values[MAPS.index(name), y0 : y1 + 1, x0 : x1 + 1] = 0.9
    for x in (20, 100, 140, 180):  # text keeps off the places where there may be columns
        values[MAPS.index("text"), :, x - 3 : x + 4] = 0
    return Maps(values, (4.0, 4.0), DPI / 4)


def test_a_missing_stretch_of_border_merges_two_cells() -> None:
    page = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    across = [(20, y, 180, y) for y in (20, 40, 60, 80)]
    down = [(20, 20, 20, 80), (180, 20, 180, 80), (100, 20, 100, 40), (100, 60, 100, 80)]
    maps = drawn_maps({"across": across, "down": down})
    (grid,) = find_tables(page, DPI, "model", lambda image, dpi: maps).grids
    places = [(cell.row, cell.col, cell.rowspan, cell.colspan) for cell in grid.cells]
    assert places == [(0, 0, 1, 1), (0, 1, 1, 1), (1, 0, 1, 2), (2, 0, 1, 1), (2, 1, 1, 1)]
    # Middles of places of the maps, in pixels of the page.
    assert grid.xs == pytest.approx([81.5, 401.5, 721.5], abs=1.0)


def test_borders_outside_of_what_the_model_takes_for_a_table_are_none() -> None:
    page = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    across = [(20, y, 180, y) for y in (20, 40, 60)]
    down = [(x, 20, x, 60) for x in (20, 100, 180)]
    maps = drawn_maps({"across": across, "down": down})
    maps.values[MAPS.index("table")] = 0.1
    assert find_tables(page, DPI, "model", lambda image, dpi: maps).grids == ()


@pytest.mark.parametrize(
    ("printed", "sure", "columns"), [(True, 0.05, 2), (False, 0.4, 1), (False, 0.85, 2), (False, 0.05, 1)]
)
def test_a_printed_rule_decides_and_the_model_alone_must_be_sure(
    printed: bool, sure: float, columns: int
) -> None:
    page = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    for y in (80, 160, 240, 320):
        page[y : y + 2, 80:722] = 0
    for x in (80, 400, 720) if printed else (80, 720):
        page[80:322, x : x + 2] = 0
    across = [(20, y, 180, y) for y in (20, 40, 60, 80)]
    maps = drawn_maps({"across": across, "down": [(20, 20, 20, 80), (180, 20, 180, 80)]})
    maps.values[MAPS.index("down"), 20:81, 100] = sure
    (grid,) = find_tables(page, DPI, "fused", lambda image, dpi: maps).grids
    assert len(grid.xs) - 1 == columns


def test_an_implied_line_goes_on_but_for_text_that_crosses_it() -> None:
    page = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    for y in range(80, 561, 80):
        page[y : y + 2, 80:722] = 0
    for x in (80, 720):
        page[80:562, x : x + 2] = 0
    across = [(20, y, 180, y) for y in range(20, 141, 20)]
    maps = drawn_maps({"across": across, "down": [(20, 20, 20, 140), (180, 20, 180, 140)]})
    line = maps.values[MAPS.index("down"), :, 100]
    line[20:141] = 0.9
    line[20:40] = 0.0  # a heading of both columns
    maps.values[MAPS.index("text"), 26:34, 60:140] = 1.0
    line[80:100] = 0.1  # doubt that has no reason
    (grid,) = find_tables(page, DPI, "fused", lambda image, dpi: maps).grids
    assert [(cell.row, cell.colspan) for cell in grid.cells if cell.colspan > 1] == [(0, 2)]
    assert len(grid.cells) == 11


def test_rows_between_level_rules_are_left_to_their_text() -> None:
    page = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    for y in (80, 160, 240, 320):
        page[y : y + 2, 80:722] = 0
    across = [(20, y, 180, y) for y in (20, 40, 60, 80)]
    maps = drawn_maps({"across": across, "down": [(20, 20, 20, 80), (180, 20, 180, 80)]})
    found = find_tables(page, DPI, "fused", lambda image, dpi: maps)
    assert found.grids == ()
    assert [len(band.ys) for band in found.bands] == [4]


@pytest.mark.parametrize(("printed", "columns"), [(True, 3), (False, 2)])
def test_a_blank_column_is_one_between_rules_alone(printed: bool, columns: int) -> None:
    page = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    for y in (80, 160, 240, 320):
        page[y : y + 2, 80:722] = 0
    for x in (80, 400, 560, 720) if printed else (80, 720):
        page[80:322, x : x + 2] = 0
    across = [(20, y, 180, y) for y in (20, 40, 60, 80)]
    down = [(x, 20, x, 80) for x in (20, 100, 140, 180)]
    maps = drawn_maps({"across": across, "down": down})
    maps.values[MAPS.index("text"), :, 100:141] = 0
    (grid,) = find_tables(page, DPI, "fused", lambda image, dpi: maps).grids
    assert len(grid.xs) - 1 == columns


def test_large_pages_are_looked_at_on_less() -> None:
    page = np.zeros((6000, 9000, 3), np.uint8)
    small = look_image(page, 200.0, SHRINK)
    assert small.shape[0] * small.shape[1] / SHRINK**2 <= 1_010_000
    assert look_image(page[:400, :600], 200.0, SHRINK).shape == (400, 600, 3)
    assert look_image(page[:400, :600], 200.0, 2).shape == (200, 300, 3)
