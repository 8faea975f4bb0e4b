"""The real reader on a real page, and a recording of it in its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from yusuan.datasets.goldset.damage import make_state
from yusuan.datasets.goldset.files import GOLD, PDF_FILE
from yusuan.extraction.config import load_settings
from yusuan.extraction.errors import ModelError, PageError
from yusuan.extraction.ocr import build_engine
from yusuan.extraction.ocr.engine import crop_quad
from yusuan.extraction.ocr.replay import Recorder, ReplayEngine
from yusuan.extraction.pages import PageImage, open_source
from yusuan.extraction.pipeline import PageReader
from yusuan.models.cards import CARDS, TEXT_DETECTION
from yusuan.models.store import find, verified


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> PageImage:
    settings = load_settings()
    path = tmp_path_factory.mktemp("pingwu_office") / PDF_FILE
    path.write_bytes(make_state(GOLD / "pingwu", "office").files[PDF_FILE])
    with open_source(path, settings.pages, None) as source:
        return source.load(4)


def test_reader_reads_and_a_recording_reads_the_same(page: PageImage, tmp_path: Path) -> None:
    settings = load_settings()
    recorder = Recorder(build_engine(settings.ocr))
    read = PageReader(settings, recorder).read(page)
    texts = {cell.text for table in read.tables for cell in table.cells}
    assert {"单位名称", "97.20", "满意度指标", "≥"} <= texts
    recorder.save(tmp_path / "page.json")
    replayed = PageReader(settings, ReplayEngine(tmp_path / "page.json")).read(page)
    assert replayed == read


def test_recording_has_nothing_for_loose_crops(tmp_path: Path) -> None:
    (tmp_path / "page.json").write_text('{"detected": [], "read": []}')
    engine = ReplayEngine(tmp_path / "page.json")
    assert engine.detect(np.zeros((9, 9, 3), np.uint8)).shape == (0, 4, 2)
    with pytest.raises(PageError, match="loose crops"):
        engine.recognize([np.zeros((9, 9, 3), np.uint8)])


def test_level_quad_is_sliced_and_a_turned_one_is_warped() -> None:
    image = np.arange(40 * 60 * 3, dtype=np.uint32).reshape(40, 60, 3).astype(np.uint8)
    level = np.array([[10, 5], [30, 5], [30, 15], [10, 15]], float)
    assert (crop_quad(image, level) == image[5:15, 10:30]).all()
    turned = np.array([[10, 5], [30, 10], [28, 20], [8, 15]], float)
    assert crop_quad(image, turned).shape == (10, 21, 3)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_installed_weights_are_those_of_the_card(card) -> None:
    assert verified(card).is_file()


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / TEXT_DETECTION.file).write_bytes(b"not these")
    monkeypatch.setenv("YUSUAN_MODELS", str(tmp_path))
    assert find(TEXT_DETECTION) == tmp_path / TEXT_DETECTION.file
    with pytest.raises(ModelError, match="SHA-256"):
        verified(TEXT_DETECTION)
