"""The program as people and scripts call it: exit codes, one-line errors, JSON."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from yusuan.extraction.cli import _reporting
from yusuan.extraction.document import BudgetLine, Document, Source
from yusuan.extraction.errors import ExitCode, OutputError

PROGRAM = [sys.executable, "-m", "yusuan.extraction"]


def yusuan(*arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [*PROGRAM, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=folder, check=False)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return an output folder with one document."""
    folder = tmp_path / "out" / "documents" / "a-00000000"
    folder.mkdir(parents=True)
    source = Source(path="a.pdf", sha256="0" * 64, pages=1, kind="digital")
    document = Document(
        source=source, records=(BudgetLine(id="r1", item="合计", amount="1.50", unit="万元"),)
    )
    (folder / "document.json").write_text(document.to_json(), "utf-8")
    return tmp_path / "out"


@pytest.mark.parametrize("command", [(), ("extract",), ("export",), ("report",), ("eval",), ("doctor",)])
def test_every_command_explains_itself_and_takes_json(command: tuple[str, ...]) -> None:
    done = yusuan(*command, "--help")
    assert done.returncode == 0
    assert ("--json" in done.stdout) == bool(command)


def test_the_working_folder_does_not_matter() -> None:
    assert yusuan("--help", folder=Path("/")).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["extract", "lost.pdf"], "Missing option"),
        (["extract", "-o", "out"], "Missing argument"),
        (["extract", "lost.pdf", "-o", "out", "--ocr", "magic"], "Invalid value"),
        (
            ["extract", "lost.pdf", "-o", "out"],
            "error: nothing to read: lost.pdf: no such file or directory\n",
        ),
        (["extract", "lost.pdf", "-o", "out", "--pages", "0"], "error: cannot read the pages '0'\n"),
        (["extract", "lost.pdf", "-o", "out", "--address", "a:1"], "error: --address needs --engine ray"),
        (["extract", "lost.pdf", "-o", "out", "--dpi", "5"], "error: setting pages.dpi"),
        (["extract", "lost.pdf", "-o", "out", "--timeout", "0"], "error: setting batch.page_seconds"),
        (["extract", "lost.pdf", "-o", "out", "--config", "no.toml"], "error: cannot read the settings file"),
        (["export", "nowhere", "--to", "csv"], "error: nowhere holds no documents\n"),
        (["export", "nowhere", "--to", "pdf"], "Invalid value"),
        (["eval", "a", "--gold", "b", "-o", "c", "--gate"], "error: --gate needs a --baseline"),
    ],
)
def test_wrong_calls_exit_with_2_and_say_why(tmp_path: Path, arguments: list[str], told: str) -> None:
    done = yusuan(*arguments, folder=tmp_path)
    assert done.returncode == ExitCode.USAGE, done
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_errors_are_json_too_where_json_is_asked_for(tmp_path: Path) -> None:
    done = yusuan("extract", "lost\n.pdf", "-o", "out", "--json", folder=tmp_path)
    told = json.loads(done.stdout)
    assert told["error"] == "nothing to read: lost .pdf: no such file or directory"
    assert told["exit_code"] == done.returncode == 2
    assert told["hint"]


def test_an_output_folder_that_cannot_be_written_is_fatal(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4")
    done = yusuan("extract", "a.pdf", "-o", "a.pdf/out", folder=tmp_path)
    assert done.returncode == ExitCode.FATAL
    assert done.stderr.startswith("error: cannot write a.pdf/out")


def test_export_names_what_it_wrote(out: Path, tmp_path: Path) -> None:
    done = yusuan("export", out, "--to", "csv", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"written": str(out / "exports" / "csv"), "format": "csv"}
    done = yusuan("export", out, "--to", "duckdb", "-o", tmp_path / "x.duckdb")
    assert done.stdout == f"written    {tmp_path / 'x.duckdb'}\n"
    assert (tmp_path / "x.duckdb").is_file()


def test_report_says_what_it_counted(out: Path, tmp_path: Path) -> None:
    done = yusuan("report", out, "-o", tmp_path / "page.html", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["documents"] == 1
    assert (tmp_path / "page.html").is_file()
    assert yusuan("report", tmp_path).returncode == 2


def test_an_error_nobody_foresaw_is_one_line_and_a_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as stopped, _reporting(True, tmp_path):
        raise ZeroDivisionError("a\nsurprise")
    assert stopped.value.exit_code == ExitCode.FATAL
    printed = capsys.readouterr()
    assert printed.err.splitlines()[0] == "error: internal error: ZeroDivisionError: a surprise"
    assert json.loads(printed.out)["hint"].endswith("error.log")
    assert "Traceback" in (tmp_path / "error.log").read_text()
    with pytest.raises(typer.Exit), _reporting(False, tmp_path / "not made"):
        raise ZeroDivisionError
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (
            OutputError("no space left to write x", "free some space"),
            1,
            "no space left to write x\nhint: free",
        ),
        (KeyboardInterrupt(), 130, "interrupted\nhint: run the same command again"),
        (ImportError("No module named 'cv2'"), 1, "No module named 'cv2'\nhint: run `yusuan doctor`"),
    ],
)
def test_errors_become_exit_codes(
    error: BaseException, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as stopped, _reporting(False, None):
        raise error
    assert stopped.value.exit_code == code
    assert told in capsys.readouterr().err


def test_doctor_reports_for_people_and_machines() -> None:
    done = yusuan("doctor", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == (0 if report["ok"] else 1)
    assert any(diagnosis["name"] == "PP-OCRv6_small_rec" for diagnosis in report["diagnoses"])


def test_a_reader_that_leaves_early_is_no_defect() -> None:
    process = subprocess.Popen(
        [*PROGRAM, "doctor"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.close()  # as `yusuan doctor | head -0` does
    assert process.stderr is not None
    told = process.stderr.read()
    process.wait(timeout=60)
    assert "internal error" not in told
    assert "Traceback" not in told
