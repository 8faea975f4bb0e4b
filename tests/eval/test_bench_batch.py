import os
from pathlib import Path

import pytest

from yusuan.eval.bench_batch import against_others, on_cores, over_pages, over_rows, run_camelot

GOLD = Path(__file__).parents[2] / "datasets" / "gold"


def test_a_run_beside_another_program_and_over_pages_and_rows(tmp_path: Path) -> None:
    source = GOLD / "menyuan" / "document.pdf"
    rows = list(against_others([source], {"camelot lattice": run_camelot}, turns=1))
    figures = {row[0]: float(row[1]) for row in rows}
    ratio = figures["yusuan extract, from the call to the last file"] / figures["camelot lattice"]
    assert figures["ratio to camelot lattice"] == pytest.approx(ratio, abs=0.02 + ratio * 0.05)
    (one,) = over_pages([source], [5], tmp_path)
    assert one[0] == "5 pages"
    assert "parent" in one[2]
    (ten,) = over_rows([10], tmp_path)
    assert "s a page" in ten[2]


def test_a_process_that_dies_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="without an answer"):
        on_cores(1, os._exit, 3)
