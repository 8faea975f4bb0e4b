import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from yusuan.extraction.config import PageSettings
from yusuan.extraction.errors import InputError
from yusuan.extraction.pages import open_source, probe


def refusal(path: Path, settings: PageSettings, password: str | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        probe(path, settings, password)
    assert caught.value.hint, "an error says what to do next"
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"just some text", "neither a PDF nor an image"),
        (b"PK\x03\x04" + bytes(100), "ZIP archive"),
        (b"\n<!DOCTYPE html><html>404</html>", "web page"),
        (b"%PDF-1.7\nnothing that follows is a PDF", "damaged or cut off"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "damaged or cut off"),
        (b"II*\x00\x08\x00\x00\x00", "damaged or cut off"),
    ],
)
def test_what_is_no_page_is_named(tmp_path: Path, settings: PageSettings, content: bytes, says: str) -> None:
    path = tmp_path / "budget.pdf"
    path.write_bytes(content)
    assert says in refusal(path, settings).message


def test_folder_missing_file_and_pipe(tmp_path: Path, settings: PageSettings) -> None:
    assert "is a folder" in refusal(tmp_path, settings).message
    assert "does not exist" in refusal(tmp_path / "none.pdf", settings).message
    os.mkfifo(tmp_path / "pipe.pdf")
    assert "not a regular file" in refusal(tmp_path / "pipe.pdf", settings).message


def test_line_break_in_a_name_stays_out_of_the_message(
    tmp_path: Path, settings: PageSettings, drawn_pdf: Callable[..., Path]
) -> None:
    bad = tmp_path / "two\nlines.pdf"
    bad.write_bytes(b"no")
    assert "two lines.pdf" in refusal(bad, settings).message
    good = drawn_pdf(lambda c: c.drawString(100, 700, "text"), name="good\n\udce4.pdf")
    assert probe(good, settings).pages == 1


def test_truncated_files(
    tmp_path: Path, settings: PageSettings, drawn_pdf: Callable[..., Path], encoded: Callable[..., bytes]
) -> None:
    whole = drawn_pdf(*[lambda c: c.drawString(100, 700, "text")] * 3).read_bytes()
    path = tmp_path / "part"
    path.write_bytes(whole[: len(whole) // 2])
    assert "cut off" in refusal(path, settings).message
    page = np.random.default_rng(0).integers(0, 255, (300, 200, 3), np.uint8)
    for kind in ("PNG", "JPEG"):
        data = encoded(page, kind)
        path.write_bytes(data[: len(data) // 2])
        assert "cut off" in refusal(path, settings).message


def test_recovered_pdf_says_so(settings: PageSettings, drawn_pdf: Callable[..., Path]) -> None:
    path = drawn_pdf(lambda c: c.drawString(100, 700, "text"))
    path.write_bytes(path.read_bytes().replace(b"startxref", b"startxxxx"))
    info = probe(path, settings)
    assert info.pages == 1
    assert any("recovered" in warning for warning in info.warnings)


def test_encrypted(tmp_path: Path, settings: PageSettings, drawn_pdf: Callable[..., Path]) -> None:
    plain = drawn_pdf(lambda c: c.drawString(100, 700, "secret"))
    locked = tmp_path / "locked.pdf"
    with pikepdf.open(plain) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="boss", user="密码 1"))
    assert "--password" in refusal(locked, settings).hint
    assert "does not open" in refusal(locked, settings, "wrong").message
    with open_source(locked, settings, "密码 1") as source:
        page = source.load(1)
    assert [word.text for word in page.words] == ["secret"]


def test_no_pages(tmp_path: Path, settings: PageSettings) -> None:
    path = tmp_path / "none.pdf"
    pikepdf.new().save(path)
    assert "no pages" in refusal(path, settings).message


def test_format_is_told_by_content(
    tmp_path: Path, settings: PageSettings, drawn_pdf: Callable[..., Path]
) -> None:
    pdf = drawn_pdf(lambda c: c.drawString(100, 700, "text"), name="really.png")
    assert probe(pdf, settings).format == "pdf"
    image = tmp_path / "really.pdf"
    Image.new("L", (200, 300), 255).save(image, "PNG")
    info = probe(image, settings)
    assert (info.format, info.pages) == ("image", 1)
    assert len(info.sha256) == 64


def test_junk_before_the_header_is_forgiven(settings: PageSettings, drawn_pdf: Callable[..., Path]) -> None:
    path = drawn_pdf(lambda c: c.drawString(100, 700, "text"))
    path.write_bytes(b"\xef\xbb\xbf\n" + path.read_bytes())
    assert probe(path, settings).pages == 1
