"""What is lost without the repair is told, on a page with one misread figure that two sums betray."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from yusuan.datasets.goldset.files import write_folder
from yusuan.datasets.synth.folders import document_to_files
from yusuan.datasets.synth.pages import CLEAN_DPI, draw_documents
from yusuan.eval.trust_ablation import EVERYTHING, rows_of, study
from yusuan.extraction.checks.check import document_to_equations
from yusuan.extraction.config import load_settings
from yusuan.extraction.document import Cell, Document
from yusuan.extraction.errors import UsageError
from yusuan.extraction.exports.folder import page_image_path, write_text
from yusuan.extraction.numerals import parse_amount
from yusuan.extraction.pipeline import TRUST_STAGES

SETTINGS = load_settings(None, {"ocr": {"threads": 1}})


def misread(document: Document) -> Document:
    """Return what was read of a page: a figure of two sums has another digit, and the reader was not sure."""
    equations = document_to_equations(document)
    sums = Counter(cell for equation in equations for cell in equation.cells if equation.holds())
    chosen = max(sums, key=lambda cell: (sums[cell], cell.row, cell.col))
    (page,) = document.pages
    (table,) = page.tables

    def as_read(cell: Cell) -> Cell:
        if (cell.row, cell.col) != (chosen.row, chosen.col):
            return cell
        assert parse_amount(cell.text) is not None
        text = cell.text[:-1] + str((int(cell.text[-1]) + 5) % 10)
        return cell.model_copy(update={"text": text, "raw_text": text, "confidence": 0.6})

    cells = tuple(as_read(cell) for cell in table.cells)
    read = page.model_copy(update={"kind": "scanned", "tables": (table.model_copy(update={"cells": cells}),)})
    source = document.source.model_copy(update={"kind": "scanned"})
    return Document(source=source, pages=(read,))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An output folder and its gold."""
    drawn = next(draw_documents(4, layouts=("expenditure_codes",)))
    out, gold = (tmp_path_factory.mktemp(name) for name in ("out", "gold"))
    write_folder(gold / "a", document_to_files(drawn))
    folder = out / "documents" / "a"
    truth = Document.model_validate_json((gold / "a" / "gold.json").read_text("utf-8"))
    write_text(folder / "document.json", misread(truth).to_json())
    image = page_image_path(folder, 1)
    image.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(drawn.images[0]).convert("RGB").save(image, dpi=(CLEAN_DPI, CLEAN_DPI))
    return out, gold


def test_without_the_repair_one_amount_is_lost_and_each_stage_has_its_time(
    folders: tuple[Path, Path],
) -> None:
    done = study(*folders, SETTINGS)
    rows = {row[:2]: row[2:] for row in rows_of(done)}
    assert rows[EVERYTHING, "all"][:2] == ("+0", "100.00")
    assert rows["without repair", "all"][0] == "-1"
    assert set(done.seconds) == {name for name, _ in TRUST_STAGES}
    assert done.pages == 1


def test_documents_that_are_not_labelled_are_told(folders: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is labelled"):
        study(tmp_path, folders[1], SETTINGS)
