"""Two labellings of one page: what they share is counted, and what differs is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from yusuan.datasets.goldset.files import GOLD, read_document
from yusuan.eval.agreement import MEASURES, SecondLabels, agreement_of, agreement_report
from yusuan.eval.metrics.counts import Counts
from yusuan.extraction.document import Document
from yusuan.extraction.errors import InputError

PAGE = 4
COMMON = {"id", "provenance", "checks", "status", "confidence"}


@pytest.fixture(scope="module")
def gold() -> Document:
    return read_document(GOLD / "pingwu")


@pytest.fixture
def labels(gold: Document) -> dict[str, Any]:
    """A second labelling that says what the gold says."""
    (table,) = gold.pages[PAGE - 1].tables
    texts = [[""] * table.n_cols for _ in range(table.n_rows)]
    for cell in table.cells:
        texts[cell.row][cell.col] = cell.text
    merged = [c for c in table.cells if (c.rowspan, c.colspan) != (1, 1)]
    records = [
        record.model_dump(exclude=COMMON)
        for record in gold.records
        if record.type in ("indicator", "project") and record.provenance["name"][0].page == PAGE
    ]
    own = {
        "n_rows": table.n_rows,
        "n_cols": table.n_cols,
        "header_rows": 1,
        "spans": [[c.row, c.col, c.rowspan, c.colspan] for c in merged],
        "texts": texts,
    }
    page = {"page": PAGE, "tables": [own], "records": records}
    return {"pages": [page], "labelled_by": "the gold itself"}


def counts(gold: Document, labels: dict[str, Any]) -> dict[str, Counts]:
    return agreement_of(gold, SecondLabels.model_validate(labels)).counts


def test_the_gold_agrees_with_itself(gold: Document, labels: dict[str, Any]) -> None:
    found = agreement_of(gold, SecondLabels.model_validate(labels))
    assert found.differences == []
    assert all(found.counts[measure].f1 == 1 for measure in MEASURES)
    assert found.counts["records"].tp == len(labels["pages"][0]["records"]) == 8


def test_writing_a_figure_or_a_space_otherwise_is_no_difference(
    gold: Document, labels: dict[str, Any]
) -> None:
    before = counts(gold, labels)
    table = labels["pages"][0]["tables"][0]
    table["texts"] = [[f" {text} " for text in row] for row in table["texts"]]
    for record in labels["pages"][0]["records"]:
        if record["type"] == "project":
            record["budget"] = record["budget"].removesuffix("0")
    assert counts(gold, labels) == before


def test_each_difference_moves_its_measure_alone(gold: Document, labels: dict[str, Any]) -> None:
    before = counts(gold, labels)
    table, records = labels["pages"][0]["tables"][0], labels["pages"][0]["records"]

    def moved() -> set[str]:
        now = counts(gold, labels)
        return {measure for measure in MEASURES if now[measure] != before[measure]}

    lost = table["spans"].pop()
    assert moved() == {"merged"}
    table["spans"].append(lost)
    table["texts"][0][0] = "单位"
    assert moved() == {"texts"}
    table["texts"][0][0] = "单位名称"
    table["header_rows"] = 2
    assert moved() == {"headings"}
    table["header_rows"] = 1
    table["n_rows"] += 1
    assert moved() == {"grids"}
    table["n_rows"] -= 1
    records[0]["name"] = "another name"
    assert moved() == {"fields", "records"}
    labels["pages"][0]["tables"].append({**table, "spans": []})
    assert moved() == {"tables", "fields", "records"}


def test_differences_are_named(gold: Document, labels: dict[str, Any]) -> None:
    labels["pages"][0]["tables"][0]["texts"][0][1] = "项目"
    labels["pages"][0]["records"].pop()
    found = agreement_of(gold, SecondLabels.model_validate(labels))
    assert "p4t1[0, 1]: '项目名称' and '项目'" in found.differences
    assert any("indicator.value" in line and line.endswith("and None") for line in found.differences)


def test_the_report_has_a_row_a_document_and_one_for_all(labels: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="labelled twice"):
        agreement_report(tmp_path)
    folder = shutil.copytree(GOLD / "pingwu", tmp_path / "pingwu")
    labels["pages"][0]["tables"][0]["texts"][0][1] = "项目"
    (folder / "second.json").write_text(json.dumps(labels), "utf-8")
    lines = agreement_report(tmp_path, show=True).splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["pingwu", "all"]
    assert lines[-1] == "pingwu: p4t1[0, 1]: '项目名称' and '项目'"


def test_a_labelling_of_another_form_is_refused(
    gold: Document, labels: dict[str, Any], tmp_path: Path
) -> None:
    labels["pages"][0]["page"] = 99
    with pytest.raises(InputError, match="no page 99"):
        counts(gold, labels)
    labels["pages"][0]["page"] = PAGE
    labels["pages"][0]["records"] = [{"type": "indicator", "weigth": "10"}]
    with pytest.raises(InputError, match="page 4, record 1"):
        counts(gold, labels)
    folder = shutil.copytree(GOLD / "pingwu", tmp_path / "pingwu")
    (folder / "second.json").write_text('{"pages": []}', "utf-8")
    with pytest.raises(InputError, match="no second labelling"):
        agreement_report(tmp_path)
