"""Truth of other people: pages are found by their names, and scored in the same figures."""

import json
from pathlib import Path
from typing import Any

import pytest

from yusuan.eval.harness import evaluate
from yusuan.eval.public_tables import is_public_truth
from yusuan.eval.result import EvalResult
from yusuan.extraction.document import (
    BudgetLine,
    Cell,
    Document,
    Page,
    PageTable,
    Provenance,
    Source,
    Span,
    Table,
)
from yusuan.extraction.errors import InputError

# At 150 dpi, rows of 50 pixels and columns of 100.
WORDS = (("项目", "金额"), ("工资", "1,000.00"), ("合计", "1,000.00"))


def truth_cells(text: bool = True) -> list[dict[str, Any]]:
    return [
        {
            "r0": r,
            "c0": c,
            "r1": r,
            "c1": c,
            "bbox": [c * 100, r * 50, c * 100 + 100, r * 50 + 50],
            "text": word if text else None,
        }
        for r, row in enumerate(WORDS)
        for c, word in enumerate(row)
    ]


def write_truth(folder: Path, name: str, **page: Any) -> Path:
    (folder / "gt").mkdir(parents=True, exist_ok=True)
    table = {"bbox": [0, 0, 200, 150], "cells": truth_cells()}
    content = {"image": None, "pdf": None, "page": 1, "dpi": 150, "tables": [table], **page}
    (folder / "gt" / f"{name}.json").write_text(json.dumps(content), "utf-8")
    return folder


def write_prediction(out: Path, path: str, dpi: float = 150, number: int = 1, **words: str) -> Path:
    scale = dpi / 150
    cells = []
    for r, row in enumerate(WORDS):
        for c, word in enumerate(row):
            x0, y0, x1, y1 = (v * scale for v in (c * 100, r * 50, c * 100 + 100, r * 50 + 50))
            quad = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
            text = words.get(f"r{r}c{c}", word)
            cells.append(Cell(row=r, col=c, text=text, page=number, bbox=(x0, y0, x1, y1), quad=quad))
    box = (0, 0, 200 * scale, 150 * scale)
    table = PageTable(id="p1t1", bbox=box, n_rows=3, n_cols=2, ruled=True, cells=tuple(cells))
    page = Page(number=number, width=2000, height=2000, dpi=dpi, kind="digital", tables=(table,))
    source = Source(path=path, sha256="0" * 64, pages=number, kind="digital")
    folder = out / "documents" / Path(path).name
    folder.mkdir(parents=True)
    (folder / "document.json").write_text(Document(source=source, pages=(page,)).to_json(), "utf-8")
    return out


def values(result: EvalResult, group: str = "all", name: str = "all") -> dict[str, float | None]:
    return {f.metric: f.value for f in result.figures if (f.group, f.name) == (group, name)}


def test_a_page_of_a_pdf_is_found_by_name_and_number_at_any_resolution(tmp_path: Path) -> None:
    truth = write_truth(tmp_path / "budgets", "b_p2", pdf="pdf/b.pdf", page=2)
    out = write_prediction(tmp_path / "out", "somewhere/b.pdf", dpi=200, number=2)
    result = evaluate(out, truth, tmp_path / "report")
    measured = {metric: value for metric, value in values(result).items() if value is not None}
    assert measured == {
        **dict.fromkeys(("tables_iou80", "tables_iou60", "cells", "perfect", "texts", "numbers"), 1.0),
        **dict.fromkeys(("grits_top", "grits_con", "teds", "teds_s"), 1.0),
        "cer": 0.0,
    }
    assert result.truth == "tables"
    assert values(result, "source", "budgets")["cells"] == 1.0
    assert values(result, "pdf", "budgets/b.pdf")["cells"] == 1.0
    assert (tmp_path / "report" / "report.html").is_file()


def test_a_page_image_is_found_by_its_name(tmp_path: Path) -> None:
    truth = write_truth(tmp_path / "t", "b_p2", pdf="pdf/b.pdf", page=2, image="images/b_p2.png")
    out = write_prediction(tmp_path / "out", "in/b_p2.png", dpi=300 / 2)
    assert values(evaluate(out, truth, tmp_path / "report"))["cells"] == 1.0


def test_a_page_that_was_not_read_is_missed_and_a_page_without_truth_is_named(tmp_path: Path) -> None:
    truth = write_truth(tmp_path / "t", "a", image="images/a.png")
    write_truth(truth, "b", image="images/b.png")
    out = write_prediction(tmp_path / "out", "in/a.png")
    write_prediction(out, "in/c.png")
    result = evaluate(out, truth, tmp_path / "report")
    # Six cells of twelve.
    assert result.figure("cells") is not None
    assert values(result)["cells"] == pytest.approx(2 * 6 / (2 * 6 + 6))
    assert result.as_dict()["missing"] == ["t/b"]
    assert result.unpaired == ("in/c.png",)


def test_a_misread_number_and_a_misread_word(tmp_path: Path) -> None:
    truth = write_truth(tmp_path / "t", "a", image="images/a.png")
    out = write_prediction(tmp_path / "out", "a.png", r1c1="1000.00", r2c1="1,009.00", r2c0="合 计")
    found = values(evaluate(out, truth, tmp_path / "report"))
    # Commas and blanks carry nothing; one of two numbers is wrong, one of six texts, one of
    # 2 + 2 + 2 + 7 + 2 + 7 characters.
    assert (found["numbers"], found["texts"]) == (0.5, 5 / 6)
    assert found["cer"] == pytest.approx(1 / 22)
    assert found["cells"] == 1.0


def test_text_that_the_truth_does_not_know_is_not_asked_for(tmp_path: Path) -> None:
    table = {"bbox": [0, 0, 200, 150], "cells": truth_cells(text=False)}
    truth = write_truth(tmp_path / "t", "a", image="images/a.png", tables=[table])
    out = write_prediction(tmp_path / "out", "a.png")
    found = values(evaluate(out, truth, tmp_path / "report"))
    assert {metric for metric in ("texts", "numbers", "cer", "grits_con", "teds") if found[metric]} == set()
    assert (found["cells"], found["grits_top"], found["teds_s"]) == (1.0, 1.0, 1.0)


def test_a_false_table_on_a_page_without_known_text_has_no_content(tmp_path: Path) -> None:
    cells = [{**cell, "bbox": [value + 1000 for value in cell["bbox"]]} for cell in truth_cells(text=False)]
    table = {"bbox": [1000, 1000, 1200, 1150], "cells": cells}
    truth = write_truth(tmp_path / "t", "a", image="images/a.png", tables=[table])
    out = write_prediction(tmp_path / "out", "a.png")
    found = values(evaluate(out, truth, tmp_path / "report"))
    assert (found["tables_iou80"], found["grits_top"], found["grits_con"]) == (0.0, 0.0, None)


def test_a_folder_of_sources_is_scored_source_by_source(tmp_path: Path) -> None:
    write_truth(tmp_path / "all" / "one", "a", image="images/a.png")
    write_truth(tmp_path / "all" / "two", "b", image="images/b.jpg", tables=[])
    (tmp_path / "all" / "no_truth").mkdir()
    out = write_prediction(tmp_path / "out", "a.png")
    write_prediction(out, "b.jpg")
    result = evaluate(out, tmp_path / "all", tmp_path / "report")
    assert values(result, "source", "one")["tables_iou80"] == 1.0
    two = result.figure("tables_iou80", "source", "two")
    assert two is not None
    assert two.as_dict()["fp"] == 1  # there is no table
    assert result.names("source") == ("one", "two")


def test_peers_and_the_gate_work_as_on_gold(tmp_path: Path) -> None:
    truth = write_truth(tmp_path / "t", "a", image="images/a.png")
    out = write_prediction(tmp_path / "out", "a.png")
    write_prediction(tmp_path / "peers" / "p", "a.png", r1c1="7")
    result = evaluate(out, truth, tmp_path / "before", peers=tmp_path / "peers")
    (comparison,) = result.comparisons
    numbers = [one.figure("numbers") for one in comparison.standings]
    assert [figure and figure.value for figure in numbers] == [1.0, 0.5]
    baseline = tmp_path / "before" / "report.json"
    assert evaluate(out, truth, tmp_path / "same", baseline).falls == ()
    worse = evaluate(tmp_path / "peers" / "p", truth, tmp_path / "worse", baseline)
    assert ("numbers", "source") in {(fall.metric, fall.group) for fall in worse.falls}


def test_truth_of_another_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t" / "gt").mkdir(parents=True)
    (tmp_path / "t" / "gt" / "a.json").write_text('{"pages": []}', "utf-8")
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="cannot read the table truth"):
        evaluate(tmp_path / "out", tmp_path / "t", tmp_path / "report")


def test_gold_is_no_public_truth(tmp_path: Path) -> None:
    assert not is_public_truth(Path(__file__).parents[2] / "datasets" / "gold")
    assert not is_public_truth(tmp_path)


def test_amounts_of_records_are_judged_by_what_stands_in_their_place(tmp_path: Path) -> None:
    truth = write_truth(tmp_path / "t", "b_p1", pdf="pdf/b.pdf", page=1)
    out = write_prediction(tmp_path / "out", "b.pdf", dpi=200)
    path = out / "documents" / "b.pdf" / "document.json"
    said = Document.model_validate_json(path.read_text("utf-8"))
    cells, records = [], []
    # Right and accepted; wrong and accepted; in a place of which the truth knows nothing.
    for row, amount, x in ((1, "1000.00", 150), (2, "1,009.00", 150), (2, "5.00", 900)):
        box = (x * 200 / 150, (row * 50 + 20) * 200 / 150, (x + 20) * 200 / 150, (row * 50 + 30) * 200 / 150)
        span = Span(start=0, end=len(amount), label="budget_line.amount", confidence=0.95)
        quad = ((0, 0), (1, 0), (1, 1), (0, 1))
        cells.append(Cell(row=row, col=x, text=amount, page=1, bbox=box, quad=quad, spans=(span,)))
        places = {"amount": (Provenance(page=1, bbox=box, table="t1", row=row, col=x),)}
        line = BudgetLine(id=f"r{len(records)}", amount=amount, provenance=places, status="accepted")
        records.append(line)
    records.append(records[1].model_copy(update={"id": "r9", "status": "review"}))
    table = Table(id="t1", n_rows=3, n_cols=999, cells=tuple(cells))
    said = said.model_copy(update={"tables": (table,), "records": tuple(records)})
    path.write_text(said.to_json(), "utf-8")
    found = values(evaluate(out, truth, tmp_path / "report"))
    assert found["accepted_fields"] == 0.5
    assert found["coverage"] == pytest.approx(2 / 3)
    # One of three that were said to be right by 0.95 is.
    assert found["ece"] == pytest.approx(0.95 - 1 / 3)
