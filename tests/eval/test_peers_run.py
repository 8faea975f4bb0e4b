"""Peers over documents: the layout of `yusuan extract`, resume, and failures that cost a page at most."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from yusuan.eval.peers import PEERS
from yusuan.eval.peers.run import run_peers
from yusuan.extraction.batch.schedule import Event, ExtractOptions
from yusuan.extraction.batch.summary import RunSummary
from yusuan.extraction.config import load_settings
from yusuan.extraction.errors import ModelError, UsageError, YusuanError
from yusuan.extraction.exports.folder import documents_in

SETTINGS = load_settings(overrides={"batch": {"workers": 1}})
TEXTS = (("Code", "Name", "Amount"), ("201", "General services", "1992.86"), ("208", "Security", "36.85"))
# A peer that stumbles over page 2, dies on page 3 and finds nothing elsewhere.
BAD_PEER = """
import os
from yusuan.eval.peers.peer import Peer, found_to_page

class Bad(Peer):
    def read(self, page):
        if page.number == 2:
            raise RuntimeError("lost the page")
        if page.number == 3:
            os._exit(9)
        return found_to_page(page, [], [])

def build(kit):
    return Bad()
"""


def write_pdf(path: Path, pages: int = 1) -> Path:
    canvas = Canvas(str(path), pagesize=(420, 300))
    for _ in range(pages):
        canvas.setFont("Helvetica", 11)
        canvas.grid((40, 120, 260, 380), (190, 160, 130, 100))
        for row, texts in enumerate(TEXTS):
            for left, text in zip((48, 128, 268), texts, strict=True):
                canvas.drawString(left, 170 - 30 * row, text)
        canvas.showPage()
    canvas.save()
    return path


def run(
    names: Sequence[str], inputs: Sequence[Path], out: Path
) -> tuple[dict[str, RunSummary | YusuanError], list[Event]]:
    events: list[Event] = []
    done = run_peers(names, inputs, out, SETTINGS, ExtractOptions(), lambda name, event: events.append(event))
    return dict(done), events


def summary(result: RunSummary | YusuanError) -> RunSummary:
    assert isinstance(result, RunSummary), result
    return result


def test_a_peer_writes_what_extract_writes_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    inputs = [write_pdf(tmp_path / "one.pdf"), write_pdf(tmp_path / "two.pdf", pages=2)]
    out = tmp_path / "peers"
    first, _ = run(["camelot"], inputs[:1], out)
    assert summary(first["camelot"]).pages_read == 1
    ((name, document),) = documents_in(out / "camelot")
    assert name.startswith("one-")
    assert {cell.text for cell in document.tables[0].cells} >= {"General services", "36.85"}
    with Image.open(out / "camelot" / "documents" / name / "pages" / "001.jpg") as image:
        assert image.size == (document.pages[0].width, document.pages[0].height)

    second = summary(run(["camelot"], inputs, out)[0]["camelot"])
    assert (second.skipped, second.pages_read, second.failures) == (1, 2, ())
    about = json.loads((out / "camelot" / "run.json").read_text("utf-8"))["peer"]
    assert about["name"] == "camelot"
    assert set(about["versions"]) == {"camelot-py", "playa-pdf"}
    third = summary(run(["camelot"], inputs, out)[0]["camelot"])
    assert (third.skipped, third.pages_read) == (2, 0)
    # The time of pages read in earlier runs is not forgotten.
    again = json.loads((out / "camelot" / "run.json").read_text("utf-8"))["peer"]
    assert again["seconds_per_page"] == about["seconds_per_page"] > 0


def test_another_version_of_a_peer_reads_everything_again(tmp_path: Path) -> None:
    inputs, out = [write_pdf(tmp_path / "one.pdf")], tmp_path / "peers"
    run(["camelot"], inputs, out)
    path = out / "camelot" / "run.json"
    content = json.loads(path.read_text("utf-8"))
    content["peer"]["versions"]["camelot-py"] = "0.1"
    path.write_text(json.dumps(content), "utf-8")
    assert summary(run(["camelot"], inputs, out)[0]["camelot"]).pages_read == 1


def test_a_missing_program_does_not_cost_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = [write_pdf(tmp_path / "one.pdf")]
    monkeypatch.setenv("PATH", str(tmp_path))
    done, _ = run(["tesseract", "camelot"], inputs, tmp_path / "peers")
    assert isinstance(done["tesseract"], ModelError)
    assert "tesseract is not installed" in str(done["tesseract"])
    assert summary(done["camelot"]).pages_read == 1


def test_a_page_that_a_peer_crashes_on_is_empty_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad_peer.py").write_text(BAD_PEER, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import bad_peer  # type: ignore[import-not-found]

    monkeypatch.setitem(PEERS, "bad", bad_peer.build)
    done, _ = run(["bad"], [write_pdf(tmp_path / "four.pdf", pages=4)], tmp_path / "peers")
    assert [failure.page for failure in summary(done["bad"]).failures] == [2, 3]
    ((_, document),) = documents_in(tmp_path / "peers" / "bad")
    assert [page.status for page in document.pages] == ["ok", "failed", "failed", "ok"]
    assert "lost the page" in (document.pages[1].error or "")
    assert "exit code 9" in (document.pages[2].error or "")
    assert document.pages[2].tables == ()


def test_a_document_that_a_peer_passes_over_has_no_result(tmp_path: Path) -> None:
    Image.new("RGB", (600, 400), "white").save(tmp_path / "scan.png")
    out = tmp_path / "peers"
    done, _ = run(["camelot"], [tmp_path / "scan.png", write_pdf(tmp_path / "one.pdf")], out)
    (failure,) = summary(done["camelot"]).failures
    assert Path(failure.document).name == "scan.png"
    assert "text layers only" in failure.reason
    assert [document.source.path for _, document in documents_in(out / "camelot")] == [
        str(tmp_path / "one.pdf")
    ]


def test_a_peer_that_does_not_exist_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no peer 'tabula'"):
        run(["camelot", "tabula"], [write_pdf(tmp_path / "one.pdf")], tmp_path / "peers")
    assert not (tmp_path / "peers").exists()


def test_the_command_says_what_was_done(tmp_path: Path) -> None:
    pdf, out = write_pdf(tmp_path / "one.pdf", pages=2), tmp_path / "peers"
    command = [sys.executable, "-m", "yusuan.eval.peers", str(pdf), "-o", str(out), "--peers", "camelot"]
    done = subprocess.run(
        [*command, "--pages", "2"], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "camelot" in done.stdout
    ((_, document),) = documents_in(out / "camelot")
    assert [page.status for page in document.pages] == ["skipped", "ok"]
