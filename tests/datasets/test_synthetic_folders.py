"""`yusuan synth` writes gold folders, goes on where it was stopped, and says what is wrong."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from yusuan.datasets.goldset.check import known_labels
from yusuan.datasets.goldset.files import FILES, read_document, read_json, sha256_of
from yusuan.datasets.goldset.truth import problems_of
from yusuan.datasets.synth.folders import write_documents
from yusuan.extraction.errors import UsageError

PROGRAM = [sys.executable, "-m", "yusuan.extraction", "synth"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("synthetic") / "pages"
    write_documents(out, 3, seed=6, damage="mixed")
    return out


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.*"))}


def test_documents_are_gold_folders(written: Path) -> None:
    folders = sorted(path for path in written.iterdir() if path.is_dir())
    pages = 0
    for folder in folders:
        assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
        document, about = read_document(folder), read_json(folder / "about.json")
        assert list(problems_of(document, known_labels())) == []
        assert document.source.sha256 == sha256_of((folder / "document.pdf").read_bytes())
        pdf = pdfium.PdfDocument(folder / "document.pdf")
        for page, sheet in zip(document.pages, pdf, strict=True):
            points = page.width * 72 / page.dpi, page.height * 72 / page.dpi
            assert sheet.get_size() == pytest.approx(points, abs=1.0)
        assert about["damage"] in ("clean", "office", "bad", "fax", "photo")
        assert (about["seed"], about["document"]) == (6, folder.name)
        assert len(about["tags"]["dpi"]) == len(about["tags"]["skew_deg"]) == about["pages"]
        pages += about["pages"]
    assert pages >= 3


def test_a_run_goes_on_where_it_was_stopped(written: Path, tmp_path: Path) -> None:
    out = tmp_path / "pages"
    first = write_documents(out, 1, seed=6, damage="mixed")
    rest = write_documents(out, 3, seed=6, damage="mixed")
    assert rest.new_pages == rest.pages - first.pages
    assert bytes_of(out) == bytes_of(written)
    assert write_documents(out, 3, seed=6, damage="mixed").new_pages == 0
    lost = next(path for path in sorted(out.iterdir()) if path.is_dir())
    shutil.rmtree(lost)
    write_documents(out, 3, seed=6, damage="mixed")
    assert bytes_of(out) == bytes_of(written)


def test_a_folder_keeps_to_its_seed(written: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="was begun with --seed 6, --damage mixed"):
        write_documents(written, 5, seed=7, damage="mixed")
    (tmp_path / "letter.txt").write_text("mine", "utf-8")
    with pytest.raises(UsageError, match="holds something else"):
        write_documents(tmp_path, 1)
    with pytest.raises(UsageError, match="cannot write 0 pages"):
        write_documents(tmp_path / "none", 0)
    assert not (tmp_path / "none").exists()


def test_the_command_writes_and_reports(tmp_path: Path) -> None:
    out = tmp_path / "pages"
    command = [*PROGRAM, "-o", str(out), "-n", "1", "--damage", "clean", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    told = json.loads(done.stdout)
    assert told["pages"] == told["new_pages"] >= 1
    assert told["documents"] == len([path for path in out.iterdir() if path.is_dir()])
    again = subprocess.run(
        [*command, "--seed", "5"], capture_output=True, text=True, timeout=120, check=False
    )
    assert again.returncode == 2
    assert "was begun with" in again.stderr
