import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from yusuan.extraction.config import load_settings
from yusuan.extraction.doctor import Diagnosis, DoctorReport, diagnose, has_wal_reset_bug
from yusuan.models.cards import CARDS, TEXT_DETECTION


def found(name: str, **overrides: dict[str, str]) -> Diagnosis:
    report = diagnose(load_settings(overrides=overrides))
    return next(diagnosis for diagnosis in report.diagnoses if diagnosis.name == name)


def test_a_sound_installation_is_said_to_be_sound() -> None:
    report = diagnose(load_settings())
    assert report.ok, "\n".join(report.lines())
    text = "\n".join(report.lines())
    assert all(card.sha256 in text for card in CARDS)
    assert "opencv-contrib-python" in text
    assert text.endswith("everything is in place")
    assert report.as_dict()["ok"] is True


def test_problems_come_with_what_to_do() -> None:
    broken = Diagnosis("cv2", "missing", "problem", "pip install it")
    report = DoctorReport((broken, Diagnosis("disk", "12 GiB")))
    assert not report.ok
    assert report.lines() == [
        "problem  cv2   missing",
        "               → pip install it",
        "ok       disk  12 GiB",
        "problems: 1",
    ]


def test_other_weights_than_the_card_names_are_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / TEXT_DETECTION.file).write_bytes(b"not the weights")
    monkeypatch.setenv("YUSUAN_MODELS", str(tmp_path))
    diagnosis = found(TEXT_DETECTION.name)
    assert diagnosis.level == "problem"
    assert "SHA-256" in diagnosis.detail
    assert diagnosis.fix


@pytest.mark.parametrize(("engine", "level"), [("paddle", "note"), ("tesseract", "problem")])
def test_tesseract_is_missed_only_by_those_who_chose_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, engine: str, level: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    diagnosis = found("tesseract", ocr={"engine": engine})
    assert diagnosis.level == level
    assert "tesseract-ocr-chi-sim" in diagnosis.fix


@pytest.mark.parametrize(("languages", "level"), [("eng\nchi_sim", "ok"), ("eng", "problem")])
def test_tesseract_needs_its_chinese_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, languages: str, level: str
) -> None:
    program = tmp_path / "tesseract"
    answer = f"List of available languages in /usr/share/chi_sim:\n{languages}"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{answer}\nEND\n", "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert found("tesseract", ocr={"engine": "tesseract"}).level == level


def test_a_cv2_that_cannot_be_loaded_is_reported_and_not_raised(tmp_path: Path) -> None:
    broken = "raise ImportError('libGL.so.1: cannot open shared object file: No such file or directory')\n"
    (tmp_path / "cv2.py").write_text(broken, "utf-8")
    program = (
        "from yusuan.extraction.config import load_settings\n"
        "from yusuan.extraction.doctor import diagnose\n"
        "print('\\n'.join(diagnose(load_settings()).lines()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "problem  cv2" in done.stdout
    assert "apt-get install libgl1" in done.stdout
    assert "opencv-python-headless==" in done.stdout


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 6, 23), False),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
    ],
)
def test_versions_of_sqlite_with_the_wal_reset_bug(version: tuple[int, int, int], affected: bool) -> None:
    assert has_wal_reset_bug(version) is affected
