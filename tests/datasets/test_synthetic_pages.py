"""Pixels and truth of synthetic pages belong together, clean and damaged, and follow from the seed alone."""

from __future__ import annotations

from itertools import islice

import cv2
import numpy as np
import pytest

from yusuan.datasets.goldset.check import known_labels
from yusuan.datasets.goldset.truth import problems_of
from yusuan.datasets.synth.grammar import LAYOUTS
from yusuan.datasets.synth.pages import Drawn, draw_documents, draw_reports, layout_of
from yusuan.datasets.synth.proofs import make_overlay, make_sheet, read_cells
from yusuan.extraction.config import load_settings
from yusuan.extraction.errors import UsageError
from yusuan.extraction.ocr import build_engine

RULED = (
    "general_codes",
    "income_codes",
    "basic_economy",
    "projects_list",
    "targets_project",
    "summary_two_sides",
)
FULL = ("full", "thick_outer")


def gray_of(image: np.ndarray) -> np.ndarray:
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def draw_ruled(damage: str, count: int) -> list[Drawn]:
    """Return documents whose tables have all their rules, nothing over them."""
    found = (
        drawn
        for drawn in draw_documents(31, damage=damage, layouts=RULED)
        if drawn.typeset.raw["block"][0].get("rules") in FULL
        and not any(page.pictures for page in drawn.typeset.pages)
    )
    return list(islice(found, count))


def share_of_edges_on_rules(drawn: Drawn, shift: float = 0.0) -> float:
    """Return how many edges of cells have a dark line within two pixels, `shift` pixels beside them."""
    hits = []
    for image, page in zip(drawn.images, drawn.document.pages, strict=True):
        gray = gray_of(image).astype(np.float32)
        for cell in (cell for table in page.tables for cell in table.cells):
            quad = np.array(cell.quad)
            for start, stop in zip(quad, np.roll(quad, -1, 0), strict=True):
                along = (stop - start) / max(1.0, float(np.hypot(*(stop - start))))
                across = np.array([-along[1], along[0]])
                steps = np.arange(-7, 8)
                # Beside the middle of the edge: the rules of other cells end at corners.
                middle = start + (stop - start) * 0.5 + across * shift
                profile = np.array([_light(gray, middle + across * step) for step in steps])
                near, paper = profile[np.abs(steps) <= 2].min(), np.median(profile)
                hits.append(near < paper - 18)
    return float(np.mean(hits))


def _light(gray: np.ndarray, point: np.ndarray) -> float:
    x, y = np.clip(np.rint(point - 0.5).astype(int), 0, np.array(gray.shape[::-1]) - 1)
    return float(gray[y, x])


@pytest.mark.parametrize("damage", ["clean", "office", "bad", "photo", "fax"])
def test_quads_lie_on_the_rules_that_are_seen(damage: str) -> None:
    for drawn in draw_ruled(damage, 1):
        assert share_of_edges_on_rules(drawn) > 0.93, (drawn.layout, drawn.number)
        assert share_of_edges_on_rules(drawn, shift=5.0) < 0.6


def test_the_same_seed_gives_the_same_documents_wherever_one_begins() -> None:
    names = ("three_list", "targets_general", "procurement_flat", "prose")
    first = list(islice(draw_documents(3, damage="mixed", layouts=names), 4))
    again = list(islice(draw_documents(3, damage="mixed", layouts=names, start=2), 2))
    for one, other in zip(first[2:], again, strict=True):
        assert (one.layout, one.level) == (other.layout, other.level)
        assert one.document == other.document
        assert one.pdf() == other.pdf()
        for image, same in zip(one.images, other.images, strict=True):
            assert np.array_equal(image, same)
    assert next(draw_documents(4, layouts=names)).document != next(draw_documents(3, layouts=names)).document


def test_reports_have_tables_of_many_looks_and_say_nothing() -> None:
    reports = list(islice(draw_reports(6), 24))
    again = next(draw_reports(6, start=23))
    assert again.document == reports[-1].document
    assert np.array_equal(again.images[0], reports[-1].images[0])
    assert all(report.document.records == () for report in reports)
    tables = [table for report in reports for page in report.document.pages for table in page.tables]
    ruled = sum(table.ruled for table in tables)
    assert 0.1 < ruled / len(tables) < 0.6
    # No table runs out of its page.
    for report in reports:
        for page in report.typeset.pages:
            for table in page.tables:
                x0, y0, x1, y1 = table.bbox
                assert x0 >= 0
                assert y0 >= 0
                assert x1 <= page.size[0]
                assert y1 <= page.size[1]


def test_damaged_truth_passes_the_checks_of_gold() -> None:
    labels = known_labels()
    for drawn in islice(draw_documents(8, damage="mixed"), 6):
        assert list(problems_of(drawn.document, labels)) == [], (drawn.layout, drawn.number)
        sizes = [(page.width, page.height) for page in drawn.document.pages]
        assert sizes == [image.shape[1::-1] for image in drawn.images]


def test_every_layout_comes_once_before_any_comes_again() -> None:
    first = [layout_of(1, number) for number in range(len(LAYOUTS))]
    second = [layout_of(1, number) for number in range(len(LAYOUTS), 2 * len(LAYOUTS))]
    assert sorted(first) == sorted(second) == sorted(LAYOUTS)
    assert first != second


def test_seals_are_red_where_they_are_said_to_lie() -> None:
    drawn = next(
        drawn
        for drawn in draw_documents(2, layouts=("fund_empty", "three_list", "contacts"))
        if any(over.kind == "seal" for over in drawn.typeset.pages[0].pictures)
    )
    seal = next(over for over in drawn.typeset.pages[0].pictures if over.kind == "seal")
    image = drawn.images[0].astype(int)
    x0, y0, x1, y1 = (round(length * 150 / 72) for length in seal.bbox)
    red = (image[:, :, 0] - image[:, :, 1] > 40) & (image[:, :, 0] - image[:, :, 2] > 40)
    inside = red[max(0, y0) : y1, max(0, x0) : x1]
    assert inside.mean() > 0.04
    assert red.sum() - inside.sum() < 0.02 * inside.sum() + 20


def test_a_reader_reads_in_the_quads_what_the_truth_says() -> None:
    engine = build_engine(load_settings().ocr)
    readings = list(read_cells(1, engine, layouts=("three_list_years",)))
    assert len(readings) > 10
    assert np.mean([each.equal for each in readings]) > 0.9, [each for each in readings if not each.equal]


def test_what_does_not_exist_is_named() -> None:
    with pytest.raises(UsageError, match="no layout 'lost'"):
        draw_documents(1, layouts=("lost",))
    with pytest.raises(UsageError, match="no damage 'fire'"):
        draw_documents(1, damage="fire")


def test_the_contact_sheet_has_a_tile_for_every_layout(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("yusuan.datasets.synth.proofs.LAYOUTS", {"prose": None, "three_list": None})
    make_sheet(tmp_path / "sheet.jpg")
    sheet = cv2.imread(str(tmp_path / "sheet.jpg"))
    tiles = np.split(sheet, 10, axis=1)
    assert all((tile > 240).mean() > 0.3 for tile in tiles[:2])
    assert not any((tile > 240).any() for tile in tiles[2:])


def test_the_overlay_has_a_page_of_every_damage_with_quads_on_it(tmp_path) -> None:
    make_overlay(tmp_path / "quads.jpg")
    pixels = cv2.imread(str(tmp_path / "quads.jpg")).astype(int)
    red, blue = pixels[:, :, 2] - pixels[:, :, 0] > 50, pixels[:, :, 0] - pixels[:, :, 2] > 50
    for colored in (red, blue):
        assert all(part.sum() > 100 for part in np.array_split(colored, 4, axis=1))
