"""Peers beside us: everybody on the same documents, and what a peer did not read is said."""

import hashlib
import json
from pathlib import Path

import pytest

from yusuan.eval.harness import evaluate
from yusuan.eval.report.text import terminal
from yusuan.eval.result import Comparison
from yusuan.extraction.document import BudgetLine, Document, Source
from yusuan.extraction.errors import InputError

NAMES = ("a", "a_bad", "b", "b_bad")


def document(name: str, right: bool = True) -> Document:
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    amounts = ("40.00", "30.00" if right else "3.00")
    lines = tuple(
        BudgetLine(id=f"r{k}", item=f"项目{k}", measure="合计", amount=amount)
        for k, amount in enumerate(amounts)
    )
    source = Source(path=f"{name}.pdf", sha256=sha256, pages=1, kind="digital")
    return Document(source=source, records=lines)


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    for name in NAMES:
        folder = tmp_path / "gold" / name
        folder.mkdir(parents=True)
        (folder / "document.pdf").write_bytes(name.encode())
        (folder / "gold.json").write_text(document(name).to_json(), "utf-8")
        base, _, scan = name.partition("_")
        tags = {"scan_level": scan or "digital"}
        (folder / "about.json").write_text(json.dumps({"family": base, "document": base, "tags": tags}))
    return tmp_path / "gold"


def write(out: Path, *documents: Document) -> Path:
    for one in documents:
        folder = out / "documents" / one.source.path
        folder.mkdir(parents=True)
        (folder / "document.json").write_text(one.to_json(), "utf-8")
    return out


def amounts(comparison: Comparison, group: str = "all", name: str = "all") -> dict[str, float | None]:
    figures = {one.name: one.figure("amounts", group, name) for one in comparison.standings}
    return {program: figure.value if figure else None for program, figure in figures.items()}


def test_a_peer_stands_beside_us_in_the_same_figures(tmp_path: Path, gold: Path) -> None:
    peers = tmp_path / "peers"
    write(peers / "reader", *(document(name, right=name == "a") for name in NAMES))
    out = write(tmp_path / "out", *(document(name) for name in NAMES))
    (comparison,) = evaluate(out, gold, tmp_path / "report", peers=peers).comparisons
    assert comparison.documents == NAMES
    assert comparison.excluded == ()
    # Of eight amounts the peer has three wrong.
    assert amounts(comparison) == {"yusuan": 1.0, "reader": 5 / 8}
    assert amounts(comparison, "scan", "bad") == {"yusuan": 1.0, "reader": 0.5}


def test_what_a_peer_did_not_read_is_left_out_for_all_and_named(tmp_path: Path, gold: Path) -> None:
    peers = tmp_path / "peers"
    write(peers / "digital-only", document("a"), document("b", right=False))
    write(peers / "all", *(document(name) for name in NAMES))
    # We are wrong on one document that the digital reader did not read.
    out = write(tmp_path / "out", *(document(name, right=name != "a_bad") for name in NAMES))
    result = evaluate(out, gold, tmp_path / "report", peers=peers)
    whole, part = result.comparisons
    assert amounts(whole) == {"yusuan": 7 / 8, "all": 1.0}
    assert part.documents == ("a", "b")
    assert part.excluded == ("a_bad", "b_bad")
    # Whoever read these documents stands in this comparison too, on these documents.
    assert amounts(part) == {"yusuan": 1.0, "all": 1.0, "digital-only": 3 / 4}
    text = terminal(result)
    assert "on 2 documents (2 left out for all: a program did not read them)" in text
    # One table: the digital reader has no figure where it did not read everything.
    (columns,) = [line.split() for line in text.splitlines() if "beside other programs" in line]
    assert columns[-3:] == ["yusuan", "all", "digital-only"]
    whole_row, part_row = [
        line.split()[-3:] for line in text.splitlines() if line.startswith("amounts exact")
    ][1:]
    assert whole_row == ["87.50", "100.00", "-"]
    assert part_row == ["100.00", "100.00", "75.00"]
    markdown = (tmp_path / "report" / "report.md").read_text("utf-8")
    assert "Left out of the comparison on 2 documents: a_bad, b_bad." in markdown
    report = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert report["comparisons"][1]["excluded"] == ["a_bad", "b_bad"]
    assert report["comparisons"][1]["standings"]["digital-only"]["amounts"]["all"]["all"]["value"] == 0.75


def test_peers_that_read_the_same_documents_stand_in_one_table(tmp_path: Path, gold: Path) -> None:
    peers = tmp_path / "peers"
    for name in ("x", "y"):
        write(peers / name, *(document(name) for name in NAMES))
    out = write(tmp_path / "out", *(document(name) for name in NAMES))
    (comparison,) = evaluate(out, gold, tmp_path / "report", peers=peers).comparisons
    assert [one.name for one in comparison.standings] == ["yusuan", "x", "y"]


def test_what_we_did_not_read_and_a_peer_did_counts_as_missed(tmp_path: Path, gold: Path) -> None:
    peers = tmp_path / "peers"
    write(peers / "reader", *(document(name) for name in NAMES))
    out = write(tmp_path / "out", document("a"))
    (comparison,) = evaluate(out, gold, tmp_path / "report", peers=peers).comparisons
    assert amounts(comparison) == {"yusuan": 0.25, "reader": 1.0}


def test_peers_change_nothing_in_our_own_figures(tmp_path: Path, gold: Path) -> None:
    write(tmp_path / "peers" / "reader", document("a"))
    out = write(tmp_path / "out", *(document(name) for name in NAMES))
    alone = evaluate(out, gold, tmp_path / "r1")
    beside = evaluate(out, gold, tmp_path / "r2", peers=tmp_path / "peers")
    assert alone.figures == beside.figures


def test_a_folder_without_peers_is_refused_and_one_that_read_nothing_is_in_no_table(
    tmp_path: Path, gold: Path
) -> None:
    (tmp_path / "peers").mkdir()
    with pytest.raises(InputError, match="no peers"):
        evaluate(gold, gold, tmp_path / "report", peers=tmp_path / "peers")
    (tmp_path / "peers" / "idle").mkdir()
    result = evaluate(gold, gold, tmp_path / "report", peers=tmp_path / "peers")
    assert result.comparisons == ()
    assert "idle read none of the documents" in terminal(result)
