"""A run over many documents with real worker processes and a real job store."""

import json
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import page_steps
import pyarrow.parquet as pq
import pytest
from page_steps import WORK, reads, write_input

from yusuan.eval.disturbed import differences
from yusuan.extraction.batch import Event, ExtractOptions, RunSummary, executor, extract
from yusuan.extraction.batch.work import Work
from yusuan.extraction.config import load_settings
from yusuan.extraction.document import Document
from yusuan.extraction.errors import ExitCode, ModelError, OutputError, UsageError, YusuanError


def run(
    inputs: Sequence[Path],
    out: Path,
    options: ExtractOptions | None = None,
    work: Work = WORK,
    **settings: dict[str, Any],
) -> RunSummary:
    return extract(inputs, out, load_settings(None, settings), options, work=work)


def document(out: Path, name: str) -> Document:
    (path,) = out.glob(f"documents/{name}-*/document.json")
    return Document.model_validate_json(path.read_bytes())


def failures(summary: RunSummary) -> list[tuple[str, int | None, str]]:
    return [(Path(f.document).stem, f.page, f.reason) for f in summary.failures]


def test_pages_are_kept_where_what_documents_are_put_together_with_changes(tmp_path: Path) -> None:
    weights = tmp_path / "labels.onnx"
    weights.write_bytes(b"one")
    fields, source = {"weights": str(weights)}, write_input(tmp_path / "a.pdf", pages=2)
    assert run([source], tmp_path / "out", fields=fields).pages_read == 2
    assert run([source], tmp_path / "out", fields=fields).skipped == 1
    for change in (b"another", b"a third"):
        weights.write_bytes(change)
        again = run([source], tmp_path / "out", fields=fields)
        assert (again.documents, again.skipped, again.pages_read) == (1, 0, 0)
    assert run([source], tmp_path / "out", fields=fields, checks={"error_rate": 0.01}).pages_read == 0
    assert run([source], tmp_path / "out", fields=fields, pages={"dpi": 150}).pages_read == 2


def test_a_store_of_the_first_version_is_read_again(tmp_path: Path) -> None:
    source = write_input(tmp_path / "a.pdf")
    assert run([source], tmp_path / "out").pages_read == 1
    with sqlite3.connect(tmp_path / "out" / "jobs.sqlite") as store:
        store.execute("ALTER TABLE documents DROP COLUMN assembling")
        store.execute("ALTER TABLE documents RENAME COLUMN reading TO digest")
        store.execute("UPDATE documents SET digest = 'of both'")
        store.execute("UPDATE meta SET value = '1' WHERE key = 'schema_version'")
    store.close()
    assert run([source], tmp_path / "out").pages_read == 1
    assert run([source], tmp_path / "out").skipped == 1


def test_pages_that_kill_their_process_fail_alone(tmp_path: Path) -> None:
    bad = write_input(
        tmp_path / "bad.pdf", 6, {"1": "kill", "2": "segfault", "3": "hang", "4": "refuse", "5": "bug"}
    )
    good = write_input(tmp_path / "good.pdf", 2)
    summary = run([bad, good], tmp_path / "out", batch={"page_seconds": 2, "workers": 2})
    reasons = {page: reason for name, page, reason in failures(summary) if name == "bad"}
    assert set(reasons) == {1, 2, 3, 4, 5}
    assert "SIGKILL" in reasons[1]
    assert "SIGSEGV" in reasons[2]
    assert "not done after 2 s" in reasons[3]
    assert "--timeout" in reasons[3]
    assert reasons[4] == "the image is blank"
    assert "UnicodeDecodeError" in reasons[5]
    assert "a foreign error" in (tmp_path / "out" / "error.log").read_text()
    assert summary.exit_code() == ExitCode.SOME_FAILED
    assert summary.pages == 8
    assert summary.pages_read == 3
    pages = document(tmp_path / "out", "bad").pages
    assert [page.status for page in pages] == ["failed"] * 5 + ["ok"]
    assert pages[3].error == "the image is blank"
    assert [page.status for page in document(tmp_path / "out", "good").pages] == ["ok", "ok"]


def test_a_second_run_does_only_what_is_missing(tmp_path: Path) -> None:
    inputs = [write_input(tmp_path / "a.pdf", 3, {"2": "once"}), write_input(tmp_path / "b.pdf", 1)]
    first = run(inputs, tmp_path / "out")
    assert failures(first) == [("a", 2, "not this time")]
    second = run(inputs, tmp_path / "out")
    assert sorted(reads(tmp_path)[:4]) == ["a 1", "a 2", "a 3", "b 1"]
    assert reads(tmp_path)[4:] == ["a 2"]
    assert second.exit_code() == ExitCode.OK
    assert (second.skipped, second.pages_read, second.records) == (1, 1, 4)
    third = run(inputs, tmp_path / "out")
    assert len(reads(tmp_path)) == 5
    assert (third.skipped, third.records, third.accepted, third.review) == (2, 4, 2, 2)
    assert third.exit_code(strict=True) == ExitCode.NEEDS_REVIEW


def test_other_settings_force_and_lost_files_are_redone(tmp_path: Path) -> None:
    inputs, out = [write_input(tmp_path / "a.pdf", 2)], tmp_path / "out"
    run(inputs, out)
    run(inputs, out, batch={"page_seconds": 99}, ocr={"threads": 1})
    assert len(reads(tmp_path)) == 2, "how fast it goes changes no result"
    run(inputs, out, pages={"dpi": 150})
    assert len(reads(tmp_path)) == 4
    assert document(out, "a").pages[0].dpi == 150
    run(inputs, out, ExtractOptions(force=True), pages={"dpi": 150})
    assert len(reads(tmp_path)) == 6
    next(out.glob("documents/*/pages/002.jpg")).unlink()
    next(out.glob("documents/*/tables.xlsx")).unlink()
    run(inputs, out, pages={"dpi": 150})
    assert reads(tmp_path)[6:] == ["a 2"]
    assert next(out.glob("documents/*/tables.xlsx")).is_file()


def test_chosen_pages_can_be_extended_without_reading_twice(tmp_path: Path) -> None:
    inputs, out = [write_input(tmp_path / "a.pdf", 4)], tmp_path / "out"
    run(inputs, out, ExtractOptions(pages=(2, 9)))
    first = document(out, "a")
    assert [page.status for page in first.pages] == ["skipped", "ok", "skipped", "skipped"]
    assert any("up to 9" in finding.message for finding in first.findings)
    run(inputs, out, ExtractOptions(pages=(2, 3)))
    assert [page.status for page in document(out, "a").pages] == ["skipped", "ok", "ok", "skipped"]
    assert reads(tmp_path) == ["a 2", "a 3"]
    none = run(inputs, out, ExtractOptions(pages=(8,)))
    assert "none of those asked for" in none.failures[0].reason
    assert document(out, "a"), "an earlier result is not destroyed"


def test_the_same_bytes_are_read_once_and_odd_inputs_are_named(tmp_path: Path) -> None:
    first = write_input(tmp_path / "a.pdf", salt="same")
    again = write_input(tmp_path / "copy\nof a.pdf", salt="same")
    inputs = [first, again, first, tmp_path / "lost.pdf"]
    summary = run(inputs, tmp_path / "out")
    assert reads(tmp_path) == ["a 1"]
    assert summary.documents == 1
    assert [Path(path).name for path in summary.duplicates] == ["copy of a.pdf", "a.pdf"]
    assert failures(summary) == [("lost", None, "no such file or directory")]
    assert all("\n" not in line for line in summary.lines())


def test_inputs_that_give_nothing_at_all_make_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing to read: .*lost.pdf"):
        run([tmp_path / "lost.pdf"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_document_that_cannot_be_opened_or_joined_fails_alone_and_can_be_retried(tmp_path: Path) -> None:
    locked, joined = write_input(tmp_path / "locked.pdf"), write_input(tmp_path / "unjoinable.pdf")
    good, out = write_input(tmp_path / "good.pdf"), tmp_path / "out"
    summary = run([locked, joined, good], out)
    assert failures(summary)[0] == ("locked", None, "it is encrypted (give --password)")
    assert failures(summary)[1][0] == "unjoinable"
    assert "SIGSEGV" in failures(summary)[1][2]
    assert len(summary.failures) == 2
    again = run([locked, joined, good], out, ExtractOptions(password="secret"))
    assert [name for name, *_ in failures(again)] == ["unjoinable"]
    assert sorted(reads(tmp_path)) == ["good 1", "locked 1", "unjoinable 1"]
    assert "secret" not in (out / "run.json").read_text()
    assert b"secret" not in (out / "jobs.sqlite").read_bytes()


@pytest.mark.parametrize(
    ("trouble", "kind", "told"),
    [
        ("no models", ModelError, "weights are missing"),
        ("no library", YusuanError, "a library cannot be loaded: No module named 'a_library"),
    ],
)
def test_what_is_missing_for_every_page_ends_the_run_at_once(
    tmp_path: Path, trouble: str, kind: type[YusuanError], told: str
) -> None:
    first = write_input(tmp_path / "a.pdf", 2, {"2": trouble})
    with pytest.raises(kind, match=told):
        # One worker: of two, the other may begin sooner and be through with all of the second document.
        run([first, write_input(tmp_path / "b.pdf", 9)], tmp_path / "out", batch={"workers": 1})
    assert reads(tmp_path) == ["a 1", "a 2"]


def test_workers_that_die_at_start_do_not_hang_the_run(tmp_path: Path) -> None:
    summary = run([write_input(tmp_path / "a.pdf")], tmp_path / "out", work=page_steps.DYING_WORK)
    assert "end before they begin" in summary.failures[0].reason


def test_what_the_run_writes(tmp_path: Path) -> None:
    inputs = [write_input(tmp_path / "a.pdf", 2), write_input(tmp_path / "b.pdf", 1)]
    out = tmp_path / "out"
    run(inputs, out)
    first = next(out.glob("documents/a-*"))
    assert sorted(path.name for path in first.rglob("*")) == [
        "001.jpg",
        "001.json.gz",
        "002.jpg",
        "002.json.gz",
        "document.json",
        "pages",
        "tables.xlsx",
    ]
    assert pq.read_table(out / "records.parquet").num_rows == 3
    assert pq.read_table(out / "facts.parquet").column("amount_yuan").to_pylist()[0] == 15000
    findings = pq.read_table(out / "findings.parquet").column("message").to_pylist()
    assert findings[:3] == ["the file was repaired", "page 1: seal removed", "page 2: seal removed"]
    lines = (out / "records.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["amount"] for line in lines] == ["1.50", "2.50", "1.50"]
    told = json.loads((out / "run.json").read_text())
    assert told["counts"]["pages_read"] == 3
    assert told["timings"]["seconds_per_page"] == 0.25
    assert len(told["models"]["PP-OCRv6_small_det"]) == 64
    assert told["settings"]["ocr"]["engine"] == "paddle"
    assert told["versions"]["yusuan"]
    store = sqlite3.connect(out / "jobs.sqlite")
    assert store.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone() == ("3",)
    assert store.execute("SELECT state, count(*) FROM pages GROUP BY state").fetchall() == [("done", 3)]
    assert store.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_results_that_an_interrupted_run_left_behind_are_brought_up_to_date(tmp_path: Path) -> None:
    first, second = write_input(tmp_path / "a.pdf"), write_input(tmp_path / "b.pdf")
    out = tmp_path / "out"
    run([first], out)

    def leave_after_assembling(event: Event) -> None:
        if event.kind == "document":
            raise KeyboardInterrupt

    options = ExtractOptions()
    summary = extract([second], out, load_settings(), options, progress=leave_after_assembling, work=WORK)
    assert summary.exit_code() == ExitCode.INTERRUPTED
    assert pq.read_table(out / "records.parquet").num_rows == 1
    assert run([second], out).skipped == 1
    assert pq.read_table(out / "records.parquet").num_rows == 2


def test_two_runs_cannot_write_to_one_folder(tmp_path: Path) -> None:
    inputs = [write_input(tmp_path / "a.pdf")]

    def meddle(event: object) -> None:
        with pytest.raises(OutputError, match="another run is writing"):
            run(inputs, tmp_path / "out")
        meddled.append(event)

    meddled: list[object] = []
    extract(inputs, tmp_path / "out", load_settings(), work=WORK, progress=meddle)
    assert meddled


def test_an_output_folder_that_cannot_be_ours_is_refused(tmp_path: Path) -> None:
    inputs = [write_input(tmp_path / "a.pdf")]
    with pytest.raises(OutputError, match="cannot write"):
        run(inputs, inputs[0] / "out")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "jobs.sqlite").write_bytes(b"something else altogether" * 100)
    with pytest.raises(OutputError, match="not a job store"):
        run(inputs, tmp_path / "foreign")
    run(inputs, tmp_path / "old")
    with sqlite3.connect(tmp_path / "old" / "jobs.sqlite") as store:
        store.execute("UPDATE meta SET value = '0'")
    with pytest.raises(OutputError, match="another version"):
        run(inputs, tmp_path / "old")


def test_an_address_needs_a_cluster(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs --engine ray"):
        run([write_input(tmp_path / "a.pdf")], tmp_path / "out", ExtractOptions(address="auto"))


def test_inputs_and_output_of_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is reached through fsspec alone; nothing of it is a path of ours."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "here"))
    first, second = tmp_path / "in" / "a.pdf", tmp_path / "in" / "more" / "b.pdf"
    write_input(first, 3)
    write_input(second, 1)
    inputs, out = [f"file://{tmp_path}/in"], f"file://{tmp_path}/store/out"
    begun = extract(inputs, out, load_settings(), ExtractOptions(pages=(1,)), work=WORK)
    assert (begun.exit_code(), begun.pages_read) == (ExitCode.OK, 2)
    there = tmp_path / "store" / "out"
    assert not (there / "jobs.lease").exists()
    done = extract(inputs, out, load_settings(), work=WORK)
    assert (done.exit_code(), done.skipped, done.pages_read) == (ExitCode.OK, 0, 2)
    assert extract(inputs, out, load_settings(), work=WORK).skipped == 2
    assert run([first, second], tmp_path / "calm").exit_code() == ExitCode.OK
    unlike = differences(tmp_path / "calm", there)
    assert {Path(name).name for name in unlike} <= {"document.json", "manifest.sha256"}, "these tell the path"
    assert {"run.json", "jobs.sqlite", "facts.parquet"} <= {path.name for path in there.iterdir()}
    assert not list(there.rglob("*.part"))


def test_a_run_on_a_store_goes_on_from_another_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs, out = [write_input(tmp_path / "a.pdf", 2)], f"file://{tmp_path}/out"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "one"))
    extract(inputs, out, load_settings(), work=WORK)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "two"))
    assert extract(inputs, out, load_settings(), work=WORK).skipped == 1
    next((tmp_path / "out").glob("documents/*/pages/002.jpg")).unlink()
    assert extract(inputs, out, load_settings(), work=WORK).pages_read == 1
    lease = {"run": "other", "host": "elsewhere", "time": time.time()}
    (tmp_path / "out" / "jobs.lease").write_text(json.dumps(lease))
    with pytest.raises(OutputError, match=r"another run is writing to .*elsewhere"):
        extract(inputs, out, load_settings(), work=WORK)


def test_a_store_that_cannot_be_reached_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot reach nosuch://"):
        extract([write_input(tmp_path / "a.pdf")], "nosuch://out", load_settings(), work=WORK)


def test_a_long_document_is_put_together_by_a_process_that_has_read_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "LONG_PAGES", 3)
    inputs = [write_input(tmp_path / "long.pdf", 3), write_input(tmp_path / "short.pdf", 2)]
    summary = run(inputs, tmp_path / "out", work=page_steps.TELLING_WORK, batch={"workers": 1})
    assert summary.exit_code() == ExitCode.OK
    (long,), (short,) = ((tmp_path / "out" / "documents").glob(f"{name}-*") for name in ("long", "short"))
    told = page_steps.processes(long)
    assert told["read"].isdisjoint(told["assemble"])
    told = page_steps.processes(short)
    assert told["assemble"] <= told["read"] | page_steps.processes(long)["assemble"]
