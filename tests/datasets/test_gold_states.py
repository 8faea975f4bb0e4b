"""Damaged states: truth follows the page, the same seed gives the same bytes, strangers are refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest

from yusuan.datasets.goldset import damage
from yusuan.datasets.goldset.check import check
from yusuan.datasets.goldset.damage import DAMAGED, STATES, make_state
from yusuan.datasets.goldset.drawing import WORN, DigitalPages
from yusuan.datasets.goldset.files import read_document, sha256_of, stored_files
from yusuan.datasets.goldset.fingerprint import TOLERANCE, difference, image_to_print
from yusuan.datasets.goldset.manifest import matches, read_manifest, split_of, write_manifest
from yusuan.datasets.goldset.states import main, make_states, report
from yusuan.extraction.document import Document
from yusuan.extraction.errors import InputError, OutputError, UsageError


@pytest.fixture(scope="module")
def made(small_gold: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All states of the small document, in the folder of its split."""
    out = tmp_path_factory.mktemp("out")
    folders = make_states(out, gold=small_gold)
    assert [folder.path.name for folder in folders] == ["small", *(f"small_{state}" for state in DAMAGED)]
    assert all(folder.made and folder.exact for folder in folders)
    return out / "dev"


def picture(folder: Path) -> np.ndarray:
    """The first page of a scan as it is stored, gray."""
    page = pdfium.PdfDocument(folder / "document.pdf")[0]
    pixels = next(iter(page.get_objects())).get_bitmap().to_numpy()
    return pixels.min(axis=2) if pixels.ndim == 3 and pixels.shape[2] == 3 else pixels.squeeze()


@pytest.mark.parametrize("state", DAMAGED)
def test_corners_of_cells_stand_on_the_crossings_of_the_rules(made: Path, state: str) -> None:
    folder = made / f"small_{state}"
    document, image = read_document(folder), picture(folder)
    (page,) = document.pages
    assert image.shape == (page.height, page.width)
    (table,) = page.tables
    corners = np.floor([corner for cell in table.cells for corner in cell.quad]).astype(int)
    ink = 255.0 - image
    # Of all shifts by up to 5 pixels, the darkest is where the truth says: within the width of a rule.
    shifts = [(dx, dy) for dx in range(-5, 6) for dy in range(-5, 6)]
    found = [ink[corners[:, 1] + dy, corners[:, 0] + dx].mean() for dx, dy in shifts]
    dx, dy = shifts[int(np.argmax(found))]
    assert abs(dx) <= 1
    assert abs(dy) <= 1
    assert max(found) > np.median(found) + 30


@pytest.mark.parametrize("state", DAMAGED)
def test_a_state_says_what_the_digital_document_says(made: Path, state: str) -> None:
    digital, damaged = read_document(made / "small"), read_document(made / f"small_{state}")
    assert damaged.source.kind == "scanned"
    assert without_places(damaged) == without_places(digital)
    own = {cell.bbox for page in damaged.pages for table in page.tables for cell in table.cells}
    places = [place for record in damaged.records for place in record.provenance["amount"]]
    assert {place.bbox for place in places} <= own


def without_places(document: Document) -> object:
    def bare(value: object) -> object:
        if isinstance(value, dict):
            dropped = ("bbox", "quad", "dpi", "width", "height", "kind", "source", "transform")
            return {key: bare(inner) for key, inner in value.items() if key not in dropped}
        return [bare(inner) for inner in value] if isinstance(value, list | tuple) else value

    return bare(document.model_dump())


def test_what_was_made_passes_the_check(made: Path) -> None:
    assert check(made) == []


def test_tags_tell_what_was_done(made: Path) -> None:
    tags = {
        state: json.loads((made / name / "about.json").read_text("utf-8"))["tags"]
        for state, name in zip(STATES, ["small", *(f"small_{state}" for state in DAMAGED)], strict=True)
    }
    assert {state: tags[state]["scan_level"] for state in tags} == {state: state for state in STATES}
    assert tags["digital"]["skew_deg"] == [0.0]
    assert tags["sealed"]["seal_pages"] == [1]
    assert tags["office"]["seal_pages"] == []
    assert tags["photo"]["dpi"] == [180]


def test_seals_of_the_sealed_state_are_red_and_over_cells(made: Path) -> None:
    page = pdfium.PdfDocument(made / "small_sealed" / "document.pdf")[0]
    pixels = next(iter(page.get_objects())).get_bitmap().to_numpy().astype(int)
    red = (pixels[..., 2] - pixels[..., 1] > 60) | (pixels[..., 0] - pixels[..., 1] > 60)
    (table,) = read_document(made / "small_sealed").pages[0].tables
    x0, y0, x1, y1 = map(int, table.bbox)
    assert red[y0:y1, x0:x1].sum() > 1000


def test_a_fax_has_two_levels(made: Path) -> None:
    assert set(np.unique(picture(made / "small_fax"))) == {0, 255}


def test_worn_rules_are_fainter_and_text_is_as_it_was(small_gold: Path) -> None:
    pdf = (small_gold / "small" / "document.pdf").read_bytes()
    with DigitalPages(pdf, "small") as pages:
        printed, faint, broken = (pages.draw(0, 150, stroke) for stroke in WORN)
    assert printed.shape == faint.shape == broken.shape
    assert faint.mean() > printed.mean()
    assert broken.mean() > printed.mean()
    page = read_document(small_gold / "small").pages[0]
    for line in page.lines:
        x0, y0, x1, y1 = (round(length * 150 / page.dpi) for length in line.bbox)
        assert np.array_equal(printed[y0:y1, x0:x1], broken[y0:y1, x0:x1])


@pytest.mark.parametrize("state", DAMAGED)
def test_the_same_document_gives_the_same_bytes(small_gold: Path, made: Path, state: str) -> None:
    assert make_state(small_gold / "small", state).files == stored_files(made / f"small_{state}")


def test_what_is_there_is_kept_and_what_was_touched_is_made_again(small_gold: Path, tmp_path: Path) -> None:
    wanted = {"states": ["digital", "fax"], "gold": small_gold}
    make_states(tmp_path, **wanted)
    assert [folder.made for folder in make_states(tmp_path, **wanted)] == [False, False]
    gold = tmp_path / "dev" / "small_fax" / "gold.json"
    before = gold.read_bytes()
    gold.write_bytes(before.replace(b"21.00", b"22.00"))
    shutil.rmtree(tmp_path / "dev" / "small")
    folders = make_states(tmp_path, **wanted)
    assert [folder.made for folder in folders] == [True, True]
    assert gold.read_bytes() == before
    assert report(folders) == "dev: 2 made, 0 kept"
    assert sorted(path.name for path in (tmp_path / "dev").iterdir()) == ["small", "small_fax"]


def test_a_name_with_a_state_stands_for_that_state_alone(small_gold: Path, tmp_path: Path) -> None:
    folders = make_states(tmp_path, states=["digital"], documents=["small_bad"], gold=small_gold)
    assert [folder.path.name for folder in folders] == ["small_bad"]
    assert make_states(tmp_path, splits=["test"], gold=small_gold) == []
    with pytest.raises(UsageError, match="no gold document smaller"):
        make_states(tmp_path, documents=["smaller"], gold=small_gold)


def test_pages_that_look_the_same_pass_with_a_note_and_others_do_not(
    small_gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = read_manifest(small_gold).documents["small"].states["office"]
    draw = DigitalPages.draw

    def last_bits(self: DigitalPages, *page: object) -> np.ndarray:
        """As on a processor that rounds otherwise: here and there a gray level more."""
        image = draw(self, *page).astype(int)  # type: ignore[arg-type]
        image[::37, ::41] -= 1
        return image.clip(0, 255).astype(np.uint8)

    monkeypatch.setattr(DigitalPages, "draw", last_bits)
    alike = make_state(small_gold / "small", "office").files
    assert sha256_of(alike["document.pdf"]) != wanted.files["document.pdf"].sha256
    assert matches(alike, wanted, "small_office") is False

    other_words = alike | {"gold.json": alike["gold.json"].replace(b"30.00", b"31.00")}
    with pytest.raises(OutputError, match=r"gold\.json is not that of the manifest"):
        matches(other_words, wanted, "small_office")

    dice = damage._dice
    monkeypatch.setattr(damage, "_dice", lambda name, *rest: dice(f"not {name}", *rest))
    other = make_state(small_gold / "small", "office").files
    with pytest.raises(OutputError, match="its pages differ by") as refused:
        matches(other, wanted, "small_office")
    assert "goldset.manifest" in refused.value.hint


def test_fingerprints_differ_where_something_moved() -> None:
    page = np.full((240, 160), 230, np.uint8)
    page[100:140, 20:60] = 30
    other = page.copy()
    other[::50, ::50] += 1
    assert difference([image_to_print(page)], [image_to_print(other)]) <= TOLERANCE
    assert difference([image_to_print(page)], [image_to_print(np.roll(page, 6, axis=0))]) > TOLERANCE
    assert difference([image_to_print(page)], []) is None


def test_a_document_that_the_manifest_does_not_know_is_refused(small_gold: Path, tmp_path: Path) -> None:
    gold = shutil.copytree(small_gold, tmp_path / "gold")
    about = gold / "small" / "about.json"
    about.write_text(about.read_text("utf-8").replace("CC0", "CC1"), "utf-8")
    with pytest.raises(InputError, match="not that of the manifest") as refused:
        make_states(tmp_path / "out", states=["fax"], gold=gold)
    assert "goldset.manifest small" in refused.value.hint
    write_manifest(gold, ["small"])
    assert make_states(tmp_path / "out", states=["fax"], gold=gold)[0].exact


def test_a_family_has_one_split_and_a_new_one_must_be_given_one(small_gold: Path) -> None:
    assert split_of("a family", small_gold) == "dev"
    with pytest.raises(UsageError, match="'another' has no split"):
        split_of("another", small_gold)


def test_the_command_line_reports_and_exits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = str(tmp_path)
    monkeypatch.setattr("sys.argv", ["states", "--documents", "menyuan", "--states", "digital", "-o", out])
    main()
    assert capsys.readouterr().out == "dev: 1 made, 0 kept\n"
    assert (tmp_path / "dev" / "menyuan" / "gold.json").is_file()
