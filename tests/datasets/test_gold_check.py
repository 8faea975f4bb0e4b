"""The check of the gold finds what is put into it: one thing wrong, one line about it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from yusuan.datasets.goldset.check import check, document_problems, known_labels, main, set_problems
from yusuan.datasets.goldset.kinds import KINDS
from yusuan.datasets.goldset.manifest import write_manifest
from yusuan.extraction.errors import InputError

Json = dict[str, Any]
Break = Callable[[Json, Json], None]


@pytest.fixture
def folder(small_gold: Path, tmp_path: Path) -> Path:
    """A copy of the small document, to be broken."""
    return shutil.copytree(small_gold, tmp_path / "gold") / "small"


def found(folder: Path, change: Break) -> list[str]:
    """The problems of a document after a change of its truth and of what is said about it."""
    truth = json.loads((folder / "gold.json").read_text("utf-8"))
    about = json.loads((folder / "about.json").read_text("utf-8"))
    change(truth, about)
    (folder / "gold.json").write_text(json.dumps(truth), "utf-8")
    (folder / "about.json").write_text(json.dumps(about), "utf-8")
    return list(document_problems(folder))


def table(truth: Json) -> Json:
    return truth["tables"][0]


def cell_of(truth: Json, row: int, col: int) -> Json:
    return next(cell for cell in table(truth)["cells"] if (cell["row"], cell["col"]) == (row, col))


def amount_of(truth: Json, row: int, col: int) -> Json:
    """The budget line whose amount stands in a cell."""

    def stands(record: Json) -> bool:
        place = record["provenance"]["amount"][0]
        return (place["row"], place["col"]) == (row, col)

    return next(record for record in truth["records"] if stands(record))


def test_nothing_is_wrong_with_the_small_document(folder: Path) -> None:
    # As a set it lacks other documents, with other kinds of damage.
    missing = {f"no document has the damage {kind!r}" for kind in KINDS}
    assert set(set_problems(folder.parent)) < missing
    assert found(folder, lambda truth, about: None) == []


def a_hole(truth: Json, about: Json) -> None:
    table(truth)["cells"].remove(cell_of(truth, 3, 1))


def a_box_beside_its_quad(truth: Json, about: Json) -> None:
    cell_of(truth, 3, 1)["bbox"][2] += 3


def a_box_off_the_page(truth: Json, about: Json) -> None:
    truth["pages"][0]["width"] = 400


def a_fragment_that_is_no_table(truth: Json, about: Json) -> None:
    table(truth)["fragments"][0]["table"] = "p1t9"


def an_unknown_label(truth: Json, about: Json) -> None:
    cell_of(truth, 3, 0)["spans"][0]["label"] = "budget_line.number"


def two_labels_on_one_character(truth: Json, about: Json) -> None:
    cell_of(truth, 3, 1)["spans"].append({"start": 1, "end": 2, "label": "note"})


def a_label_behind_the_text(truth: Json, about: Json) -> None:
    cell_of(truth, 3, 1)["spans"][0]["end"] += 1


def a_field_without_its_label(truth: Json, about: Json) -> None:
    del cell_of(truth, 3, 0)["spans"]


def a_value_that_is_not_printed(truth: Json, about: Json) -> None:
    amount_of(truth, 3, 2).update(item="一般公共服务支出总额")


def a_place_where_nothing_stands(truth: Json, about: Json) -> None:
    amount_of(truth, 3, 2)["provenance"]["amount"][0]["bbox"][0] += 1


def a_place_for_no_value(truth: Json, about: Json) -> None:
    amount_of(truth, 3, 2)["item"] = None


def an_amount_with_commas(truth: Json, about: Json) -> None:
    amount_of(truth, 3, 2)["amount"] = "2,0.00"


def a_field_that_is_blank(truth: Json, about: Json) -> None:
    amount_of(truth, 3, 2)["unit"] = " "


def a_sum_that_is_wrong(truth: Json, about: Json) -> None:
    about["checks"]["wrong_in_print"] = []


def a_sum_that_is_not_wrong(truth: Json, about: Json) -> None:
    entry = {"table": "expenditure_summary", "row": "201", "measure": "基本支出", "printed": "20", "sum": "1"}
    about["checks"]["wrong_in_print"].append(entry)


def a_misjudged_sum_without_a_reason(truth: Json, about: Json) -> None:
    about["checks"]["misjudged"] = [{"rule": "total_row", "table": "expenditure_summary"}]


def another_file(truth: Json, about: Json) -> None:
    truth["source"]["sha256"] = "0" * 64


def a_tag_that_is_not_true(truth: Json, about: Json) -> None:
    about["tags"]["features"].append("torn code")


def a_tag_that_is_missing(truth: Json, about: Json) -> None:
    about["tags"]["features"].remove("merged cells")


def no_licence(truth: Json, about: Json) -> None:
    del about["licence"]


def a_page_without_its_skew(truth: Json, about: Json) -> None:
    about["tags"]["skew_deg"] = []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (a_hole, "do not tile the grid"),
        (a_box_beside_its_quad, "not that of the quad"),
        (a_box_off_the_page, "is not on its page"),
        (a_fragment_that_is_no_table, "the fragment p1t9 is not on page 1"),
        (an_unknown_label, "no label 'budget_line.number'"),
        (two_labels_on_one_character, "two labels share characters"),
        (a_label_behind_the_text, "stands outside of"),
        (a_field_without_its_label, "no token label of its cell says"),
        (a_value_that_is_not_printed, "does not say '一般公共服务支出总额'"),
        (a_place_where_nothing_stands, "nothing is printed at 1"),
        (a_place_for_no_value, "a place without a value"),
        (an_amount_with_commas, "is no amount as records write it"),
        (a_field_that_is_blank, "is null, not blank"),
        (a_sum_that_is_wrong, "prints 21.00 and sums to 20.00 (total_row)"),
        (a_sum_that_is_not_wrong, "nothing wrong is found at"),
        (a_misjudged_sum_without_a_reason, "does not say why"),
        (another_file, "is about another document.pdf"),
        (a_tag_that_is_not_true, "'torn code' is tagged and not there"),
        (a_tag_that_is_missing, "'merged cells' is there and not tagged"),
        (no_licence, "does not say licence"),
        (a_page_without_its_skew, "tags.skew_deg has 0 entries for 1 pages"),
    ],
    ids=lambda value: getattr(value, "__name__", "")[:40],
)
def test_what_is_wrong_is_named(folder: Path, change: Break, line: str) -> None:
    assert any(line in problem for problem in found(folder, change)), found(folder, lambda *_: None)


def test_a_sum_of_no_sum_may_be_called_misjudged(folder: Path) -> None:
    entry = {"rule": "total_row", "table": "expenditure_summary", "why": "for the test"}

    def change(truth: Json, about: Json) -> None:
        about["checks"] = {"wrong_in_print": [], "misjudged": [entry]}
        about["tags"]["features"].remove("sum wrong in print")

    assert found(folder, change) == []


def test_a_set_is_checked_against_its_manifest_and_splits(folder: Path) -> None:
    gold = folder.parent
    about = folder / "about.json"
    text = about.read_text("utf-8")
    about.write_text(text.replace('"dev"', '"train"'), "utf-8")
    problems = " ".join(set_problems(gold))
    assert "small: the stored files are not those of the manifest" in problems
    assert "name several families or splits" in problems
    about.write_text(text, "utf-8")
    shutil.copytree(folder, gold / "other")
    assert "other: not in the manifest" in set_problems(gold)
    assert "other: there is no source" in set_problems(gold)
    shutil.rmtree(gold / "other")
    write_manifest(gold)
    assert not any(problem.startswith("small") for problem in set_problems(gold))


def test_problems_are_one_line_each_and_exit_with_1(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found(folder, another_file)
    monkeypatch.setattr("sys.argv", ["check", str(folder.parent)])
    with pytest.raises(SystemExit) as stopped:
        main()
    lines = capsys.readouterr().out.splitlines()
    assert stopped.value.code == 1
    assert lines[0] == "small: gold.json is about another document.pdf"
    assert lines[-1] == f"1 documents, {len(lines) - 1} problems"
    with pytest.raises(InputError, match="no gold documents"):
        check(folder / "nothing")


def test_labels_are_those_of_the_labeller_and_of_records() -> None:
    assert {"header", "key", "group.income", "indicator.name_rest", "project.budget_total"} <= known_labels()
    assert {"budget_line.amount", "institution.rank", "procurement.catalogue_code"} <= known_labels()
    assert not {"indicator.provenance", "asset.id"} & known_labels()
