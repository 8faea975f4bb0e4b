import os
from pathlib import Path

import pytest

from yusuan.extraction.batch.inputs import (
    InputProblem,
    document_folder_name,
    inputs_to_files,
    parse_pages,
    shown_path,
)
from yusuan.extraction.errors import UsageError

SHA = "0123456789abcdef" * 4


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def test_folders_give_documents_by_suffix_sorted_and_files_are_taken_as_they_are(tmp_path: Path) -> None:
    for name in ("b/2.TIFF", "b/1.pdf", "a.JPG", "notes.txt", "b/c/deep.png"):
        touch(tmp_path / "in" / name)
    odd = touch(tmp_path / "scan.bin")
    found = list(inputs_to_files([odd, tmp_path / "in"], tmp_path / "out"))
    assert found == [
        odd,
        *(tmp_path / "in" / name for name in ("a.JPG", "b/1.pdf", "b/2.TIFF", "b/c/deep.png")),
    ]


def test_links_are_followed_once_and_what_is_no_file_is_named(tmp_path: Path) -> None:
    real = touch(tmp_path / "elsewhere" / "a.pdf")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "link").symlink_to(real.parent)
    (folder / "again").symlink_to(folder)
    (folder / "lost.pdf").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "pipe.pdf")
    found = list(inputs_to_files([folder], tmp_path / "out"))
    assert [path for path in found if isinstance(path, Path)] == [folder / "link" / "a.pdf"]
    told = {Path(each.path).name: each.reason for each in found if isinstance(each, InputProblem)}
    assert told == {"lost.pdf": "no such file or directory", "pipe.pdf": "neither a file nor a folder"}


def test_page_images_of_an_earlier_run_are_no_documents(tmp_path: Path) -> None:
    real = touch(tmp_path / "documents" / "2023" / "a.pdf")
    touch(tmp_path / "documents" / "a-01234567" / "pages" / "001.jpg")
    touch(tmp_path / "documents" / "a-01234567" / "debug" / "001-6-cells.png")
    assert list(inputs_to_files([tmp_path], out=tmp_path)) == [real]


def test_what_gives_no_document_is_told_in_one_line_each(tmp_path: Path) -> None:
    plain = touch(tmp_path / "plain.pdf")
    (tmp_path / "empty").mkdir()
    inputs = [tmp_path / "lost\nfile.pdf", plain / "below", tmp_path / "empty", Path("/dev/null")]
    problems = list(inputs_to_files(inputs, tmp_path / "out"))
    assert all(isinstance(problem, InputProblem) for problem in problems)
    told = [(Path(problem.path).name, problem.reason) for problem in problems]  # type: ignore[union-attr]
    assert told == [
        ("lost file.pdf", "no such file or directory"),
        ("below", "not a directory"),
        ("empty", "no PDF, PNG, JPEG or TIFF file in this folder"),
        ("null", "neither a file nor a folder"),
    ]


def test_a_path_that_is_no_utf8_can_be_printed() -> None:
    assert shown_path(Path("bad\udcff\r\nname.pdf")) == "bad� name.pdf"


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("收支总表.pdf", "收支总表-01234567"),
        ("a\nb: c?.pdf", "a_b_c-01234567"),
        ("...pdf", "document-01234567"),
        ("预" * 100 + ".pdf", "预" * 40 + "-01234567"),
    ],
)
def test_folder_names_are_fit_for_any_file_system(name: str, folder: str) -> None:
    assert document_folder_name(Path(name), SHA) == folder


def test_page_lists() -> None:
    assert parse_pages("1,3-5, 4") == (1, 3, 4, 5)
    for wrong in ("", "0", "5-3", "a", "1,,2", "-3", "1-"):
        with pytest.raises(UsageError, match="cannot read the pages"):
            parse_pages(wrong)
