"""Everything that can be wrong with an input, in one run: a line for each, and the good document done."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

PROGRAM = [sys.executable, "-m", "yusuan.extraction"]
A4 = (595, 842)


def write_pdf(path: Path, size: tuple[float, float] = A4) -> Path:
    """Draw a small ruled table."""
    canvas = Canvas(str(path), pagesize=size)
    xs, ys = [60, 200, 320], [700, 676, 652, 628]
    canvas.grid(xs, ys)
    for row, (item, amount) in enumerate((("item", "amount"), ("roads", "12.50"), ("schools", "40.00"))):
        canvas.drawString(xs[0] + 6, ys[row] - 16, item)
        canvas.drawString(xs[1] + 6, ys[row] - 16, amount)
    canvas.save()
    return path


def lock(source: Path, path: Path, password: str) -> Path:
    with pikepdf.open(source) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner=password, user=password))
    return path


def with_broken_page(source: Path, path: Path) -> Path:
    """Put a page whose picture cannot be decoded between two good ones."""
    data = io.BytesIO()
    Image.new("RGB", (400, 500), "white").save(data, "JPEG")
    with pikepdf.open(source) as pdf:
        page = pdf.add_blank_page(page_size=A4)
        picture = pdf.make_stream(data.getvalue()[:60])
        picture.Type, picture.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        picture.Width, picture.Height = 400, 500
        picture.ColorSpace, picture.BitsPerComponent = pikepdf.Name.DeviceRGB, 8
        picture.Filter = pikepdf.Name.DCTDecode
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=picture))
        page.Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /I Do Q")
        pdf.pages.append(pdf.pages[0])
        pdf.save(path)
    return path


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    good = write_pdf(folder / "good.pdf")
    (folder / "letter.pdf").write_text("Dear treasurer,", "utf-8")
    (folder / "empty.pdf").write_bytes(b"")
    (folder / "cut.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<< /Type /Cat")
    lock(good, folder / "locked.pdf", "secret")
    pikepdf.new().save(folder / "no_pages.pdf")
    write_pdf(folder / "poster.pdf", (200 * 72, 200 * 72))
    with_broken_page(good, folder / "three.pdf")
    write_pdf(folder / "two\nlines.pdf", (600, 842))
    return folder


def extract(out: Path, *arguments: object) -> tuple[subprocess.CompletedProcess[str], dict]:
    command = [*PROGRAM, "extract", *arguments, "-o", out, "--json"]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300, check=False)
    return done, json.loads(done.stdout)


def test_each_bad_input_gives_one_line_and_the_others_are_done(inputs: Path, tmp_path: Path) -> None:
    given = [*sorted(inputs.iterdir()), inputs / "lost.pdf"]
    done, told = extract(tmp_path / "out", *given)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    reasons = {Path(failure["document"]).name: failure["reason"] for failure in told["failures"]}
    says = {
        "letter.pdf": "PDF",
        "empty.pdf": "empty",
        "cut.pdf": "PDF",
        "locked.pdf": "--password",
        "no_pages.pdf": "no page",
        "poster.pdf": "200",
        "three.pdf": "page",
        "lost.pdf": "no such file",
    }
    assert reasons.keys() == says.keys()
    assert [name for name, words in says.items() if words not in reasons[name]] == [], reasons
    assert not any("\n" in reason for reason in reasons.values())
    # The good one, the one with a line break in its name, and two pages of the one with a broken page.
    assert told["counts"]["pages_read"] == 4
    names = sorted(path.name.rsplit("-", 1)[0] for path in (tmp_path / "out" / "documents").iterdir())
    assert {"good", "three", "two_lines"} <= set(names)


def test_the_password_opens_what_is_locked(inputs: Path, tmp_path: Path) -> None:
    done, told = extract(tmp_path / "out", inputs / "locked.pdf", "--password", "secret")
    assert done.returncode == 0, done.stderr
    assert told["counts"]["pages_read"] == 1
    done, told = extract(tmp_path / "other", inputs / "locked.pdf", "--password", "wrong")
    assert done.returncode == 3
    assert "password" in told["failures"][0]["reason"]
