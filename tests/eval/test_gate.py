import copy
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from yusuan.eval.gate import TOLERANCES, Fall, falls_between, refusal
from yusuan.eval.harness import evaluate
from yusuan.eval.measures import GROUPS, METRIC
from yusuan.extraction.cli import app
from yusuan.extraction.errors import ExitCode, InputError

GOLD = Path(__file__).parents[2] / "datasets" / "gold" / "menyuan"

Report = dict[str, Any]


def report(**figures: dict[str, dict[str, float | None]]) -> Report:
    """`fields={"scan office": 0.9}` stands for one figure."""
    tree: dict[str, Any] = {}
    for metric, slices in figures.items():
        for cut, value in slices.items():
            group, _, name = cut.partition(" ")
            tree.setdefault(metric, {}).setdefault(group, {})[name or "all"] = {"value": value}
    return {"gold": {"digest": "d", "documents": {"a": "1"}}, "figures": tree}


def test_equal_reports_pass() -> None:
    one = report(fields={"all": 0.9, "scan office": 0.8}, cer={"all": 0.1}, cells={"all": None})
    assert falls_between(one, copy.deepcopy(one)) == ()


def test_tolerances_name_metrics_and_cuts_that_exist() -> None:
    assert set(TOLERANCES) <= set(METRIC)
    assert {group for tolerances in TOLERANCES.values() for group in tolerances} <= set(GROUPS)
    assert "document" not in {group for tolerances in TOLERANCES.values() for group in tolerances}


@pytest.mark.parametrize(
    ("metric", "cut", "before", "after", "falls"),
    [
        ("fields", "all", 0.9, 0.898, False),  # by the tolerance, not by more
        ("fields", "all", 0.9, 0.897, True),
        ("fields", "seal seal on the page", 0.9, 0.88, True),
        ("amounts", "skew 1° to 2°", 0.9, 0.88, True),
        ("spans", "span in or under a merged cell", 0.9, 0.88, True),
        ("joins", "all", 0.9, 0.85, True),
        ("grits_top", "all", 0.9, 0.89, True),
        ("texts", "source budgets", 0.9, 0.88, True),
        ("accepted", "all", 0.99, 0.97, True),
        ("fields", "document a", 0.9, 0.1, False),  # it stands in its family and scan state
        ("aurc", "all", 0.1, 0.9, False),
        ("cer", "all", 0.02, 0.03, True),  # less is better
        ("cer", "all", 0.03, 0.0, False),
        ("ece", "all", 0.02, 0.05, True),
        ("fields", "all", 0.9, 0.95, False),
        ("fields", "scan fax", 0.9, None, True),  # no longer measured
        ("fields", "scan fax", None, 0.1, False),  # newly measured
    ],
)
def test_what_the_gate_refuses(
    metric: str, cut: str, before: float | None, after: float | None, falls: bool
) -> None:
    found = falls_between(report(**{metric: {cut: before}}), report(**{metric: {cut: after}}))
    assert bool(found) is falls
    if falls:
        group, _, name = cut.partition(" ")
        assert (found[0].metric, found[0].group, found[0].name) == (metric, group, name or "all")


def test_the_deepest_fall_comes_first_and_a_few_are_named() -> None:
    before = report(fields={"all": 0.9, "scan office": 0.9}, cells={"seal seal on the page": 0.9})
    after = report(fields={"all": 0.89, "scan office": 0.7}, cells={})
    falls = falls_between(before, after)
    assert [fall.group for fall in falls] == ["seal", "scan", "all"]
    message = refusal(falls).message
    assert "cells, seal seal on the page: 0.9000 → nothing" in message
    assert "fields, scan office: 0.9000 → 0.7000 (tolerance 0.005)" in message
    assert "fields: 0.9000 → 0.8900" in message
    assert refusal(falls).exit_code == ExitCode.GATE_REFUSED
    many = refusal(falls * 4).message
    assert many.endswith("; and 7 more")


def test_a_fall_stands_in_the_report() -> None:
    fall = Fall("cer", "all", "all", 0.1, 0.2, 0.005)
    assert json.loads(json.dumps(fall.as_dict()))["after"] == 0.2


def test_a_baseline_on_other_gold_is_refused() -> None:
    before, after = report(), report()
    after["gold"] = {"digest": "e", "documents": {"a": "1", "b": "2"}}
    with pytest.raises(InputError, match="b differ"):
        falls_between(before, after)


def test_a_report_of_another_version_is_no_baseline(tmp_path: Path) -> None:
    old = tmp_path / "report.json"
    old.write_text('{"schema": "yusuan.report/1"}', "utf-8")
    with pytest.raises(InputError, match="not a report of this version"):
        evaluate(GOLD, GOLD, tmp_path / "after", old)


def spoiled(out: Path) -> Path:
    """An output in which the last digit of every budget of a project is lost."""
    document = json.loads((GOLD / "gold.json").read_text("utf-8"))
    for record in document["records"]:
        if record["type"] == "project":
            record["budget"] = record["budget"][:-1]
    folder = out / "documents" / "menyuan"
    folder.mkdir(parents=True)
    (folder / "document.json").write_text(json.dumps(document), "utf-8")
    return out


def test_a_build_made_worse_is_refused_with_5_and_the_slice_is_named(tmp_path: Path) -> None:
    def run(*arguments: object) -> Result:
        return CliRunner().invoke(app, ["eval", *map(str, arguments)])

    before = run(GOLD, "--gold", GOLD, "-o", tmp_path / "before")
    assert before.exit_code == ExitCode.OK
    baseline = ("--baseline", tmp_path / "before" / "report.json", "--gate")
    same = run(GOLD, "--gold", GOLD, "-o", tmp_path / "same", *baseline)
    assert same.exit_code == ExitCode.OK, same.stderr
    worse = run(spoiled(tmp_path / "out"), "--gold", GOLD, "-o", tmp_path / "worse", *baseline)
    assert worse.exit_code == ExitCode.GATE_REFUSED
    assert "field project.budget" in worse.stderr
    assert "type project" in worse.stderr
    assert "type indicator" not in worse.stderr
    assert "Below the baseline: fields, field project.budget" in worse.stdout
    assert "Below the baseline" in (tmp_path / "worse" / "report.md").read_text("utf-8")
    silent = run(spoiled(tmp_path / "o2"), "--gold", GOLD, "-o", tmp_path / "w2", *baseline[:2], "--json")
    assert silent.exit_code == ExitCode.OK  # without --gate it only says so
    assert json.loads(silent.stdout)["falls"]
    refused = run(spoiled(tmp_path / "o3"), "--gold", GOLD, "-o", tmp_path / "w3", *baseline, "--json")
    assert json.loads(refused.stdout)["exit_code"] == ExitCode.GATE_REFUSED
