"""`yusuan extract` from a PDF to its results, with the real stages, in real processes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from yusuan.extraction.document import Document

PROGRAM = [sys.executable, "-m", "yusuan.extraction"]
ROWS = (
    ("科目编码", "科目名称", "合计", "基本支出", "项目支出"),
    ("201", "一般公共服务支出", "150.00", "100.00", "50.00"),
    ("208", "社会保障和就业支出", "30.50", "30.50", ""),
    ("", "合计", "180.50", "130.50", "50.00"),
)
WIDTHS = (80, 160, 80, 80, 80)


def write_pdf(path: Path, pages: int = 1) -> Path:
    """Draw the same ruled table on each page."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(path), pagesize=A4)
    for _ in range(pages):
        canvas.setFont("STSong-Light", 16)
        canvas.drawCentredString(300, 770, "一般公共预算财政拨款支出表")
        canvas.setFont("STSong-Light", 10)
        canvas.drawRightString(538, 745, "单位：万元")
        xs = [58 + sum(WIDTHS[:column]) for column in range(len(WIDTHS) + 1)]
        ys = [735 - 24 * row for row in range(len(ROWS) + 1)]
        canvas.grid(xs, ys)
        for row, texts in enumerate(ROWS):
            for column, text in enumerate(texts):
                canvas.drawString(xs[column] + 6, ys[row + 1] + 8, text)
        canvas.showPage()
    canvas.save()
    return path


def yusuan(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [*PROGRAM, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 and then nothing")
    write_pdf(folder / "支出 表.pdf")
    done = yusuan("extract", folder / "支出 表.pdf", folder / "broken.pdf", "-o", folder / "out", "--json")
    assert done.returncode == 3, done.stderr
    told = json.loads(done.stdout)
    assert told["counts"]["pages_read"] == 1
    assert [Path(failure["document"]).name for failure in told["failures"]] == ["broken.pdf"]
    return folder / "out"


def test_a_digital_page_comes_out_as_records_and_files(out: Path) -> None:
    (folder,) = out.glob("documents/*")
    assert folder.name.startswith("支出_表-")
    document = Document.model_validate_json((folder / "document.json").read_bytes())
    (page,) = document.pages
    assert (page.kind, page.status) == ("digital", "ok")
    assert Image.open(folder / "pages" / "001.jpg").size == (page.width, page.height)
    facts = pq.read_table(out / "facts.parquet").to_pylist()
    total = [fact for fact in facts if fact["code"] == "208" and str(fact["amount"]).startswith("30.5")]
    assert total
    assert total[0]["amount_yuan"] == 305000
    x0, y0, x1, y1 = total[0]["bbox"]
    assert 0 <= x0 < x1 <= page.width
    assert 0 <= y0 < y1 <= page.height
    sheet = openpyxl.load_workbook(folder / "tables.xlsx").worksheets[0]
    values = [cell.value for row in sheet.iter_rows() for cell in row]
    assert "201" in values
    assert 150 in values


def test_running_again_skips_what_is_done_and_names_what_failed(out: Path) -> None:
    done = yusuan("extract", out.parent / "支出 表.pdf", out.parent / "broken.pdf", "-o", out)
    assert done.returncode == 3
    assert "done before" in done.stderr
    assert any(line.startswith("failed") and "broken.pdf: " in line for line in done.stdout.splitlines())
    assert "Traceback" not in done.stdout + done.stderr


# Root reads everything: without these two capabilities it is held to permissions as others are.
HELD_TO_PERMISSIONS = (
    ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]
    if os.geteuid() == 0
    else []
)


def test_what_may_not_be_read_is_named_and_the_others_are_done(tmp_path: Path) -> None:
    good = write_pdf(tmp_path / "good.pdf")
    shut = tmp_path / "shut"  # may not be listed
    listed = tmp_path / "listed"  # may be listed and not entered
    secret = tmp_path / "secret.pdf"
    for folder in (shut, listed):
        folder.mkdir()
        write_pdf(folder / "inside.pdf")
    write_pdf(secret)
    for path, mode in ((shut, 0o000), (listed, 0o444), (secret, 0o000)):
        path.chmod(mode)
    command = [*HELD_TO_PERMISSIONS, *PROGRAM, "extract", shut, listed, secret, good, "-o", tmp_path / "out"]
    done = subprocess.run(
        [*map(str, command), "--json"], capture_output=True, text=True, timeout=300, check=False
    )
    for folder in (shut, listed):
        folder.chmod(0o755)  # so that the temporary folder can be cleared
    assert done.returncode == 3, done.stderr
    told = json.loads(done.stdout)
    assert told["counts"]["pages_read"] == 1
    named = {Path(failure["document"]).name: failure["reason"] for failure in told["failures"]}
    assert named.keys() == {"shut", "inside.pdf", "secret.pdf"}
    assert all("permission denied" in reason for reason in named.values())
    assert "Traceback" not in done.stderr


def test_debug_draws_the_stages(tmp_path: Path) -> None:
    write_pdf(tmp_path / "a.pdf", 3)
    done = yusuan(
        "extract", tmp_path / "a.pdf", "-o", tmp_path / "out", "--pages", "2", "--debug", "--dpi", "100"
    )
    assert done.returncode == 0, done.stderr
    drawn = [path.name for path in tmp_path.glob("out/documents/*/debug/*")]
    assert drawn
    assert all(name.startswith("002-") for name in drawn)


def test_a_terminated_program_says_how_to_go_on(tmp_path: Path) -> None:
    write_pdf(tmp_path / "a.pdf", 40)
    command = [*PROGRAM, "extract", str(tmp_path / "a.pdf"), "-o", str(tmp_path / "out")]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, process_group=0
    )
    while not list(tmp_path.glob("out/documents/*/pages/*.jpg")):
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGTERM)
    told = process.communicate(timeout=120)[0]
    assert process.returncode == 130
    assert "interrupted: run the same command again" in told
