"""Weights of PP-StructureV3 as another reader: what is missing is said, what they answer is a grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import yaml
from onnx import TensorProto, helper, numpy_helper
from typer.testing import CliRunner

from yusuan.extraction.batch.digests import reading_digest
from yusuan.extraction.cli import app
from yusuan.extraction.config import load_settings
from yusuan.extraction.errors import ModelError
from yusuan.extraction.tables.grid import Grid, GridCell
from yusuan.extraction.tables.ppstructure import StructureReader, structure_to_grid
from yusuan.extraction.tables.straighten import flat
from yusuan.extraction.tables.structure_weights import find_weights

WORDS = ["<thead>", "</thead>", "<tr>", "</tr>", "<td>", "<td", ">", "</td>", ' colspan="2"', ' rowspan="2"']
# Two headings, the second above two columns, then a row of three cells.
TOKENS = [
    "<tr>",
    *("<td", ' rowspan="2"', ">", "</td>"),
    *("<td", ' colspan="2"', ">", "</td>"),
    "</tr>",
    *("<tr>", "<td></td>", "<td></td>", "</tr>"),
]
CORNERS = np.array(
    [[(0, 0), (90, 80)], [(110, 0), (290, 38)], [(110, 42), (190, 80)], [(210, 42), (290, 80)]], float
)
OUTLINE = Grid(np.array([0.0, 300]), np.array([0.0, 80]), (GridCell(0, 0, 1, 1),), ruled=True, certainty=0.5)


def test_tokens_become_a_grid() -> None:
    grid = structure_to_grid(TOKENS, CORNERS, OUTLINE)
    assert grid is not None
    assert [(cell.row, cell.col, cell.rowspan, cell.colspan) for cell in grid.cells] == [
        (0, 0, 2, 1),
        (0, 1, 1, 2),
        (1, 1, 1, 1),
        (1, 2, 1, 1),
    ]
    assert grid.xs == pytest.approx([0, 100, 200, 300], abs=1)
    assert grid.ys == pytest.approx([0, 40, 80], abs=1)


@pytest.mark.parametrize("tokens", [[], ["<tr>", "<td></td>"], ["<tr>"] + ["<td></td>"] * 9])
def test_what_describes_no_grid_changes_nothing(tokens: list[str]) -> None:
    assert structure_to_grid(tokens, CORNERS, OUTLINE) is None


def folder_of_weights(folder: Path, tokens: list[str], corners: np.ndarray, side: int) -> Path:
    """Make a folder as PaddleOCR ships it, of a network that answers the same to every picture."""
    words = ["sos", *(word for word in WORDS if word != "<td>"), "<td></td>", "eos"]
    odds = np.full((1, len(tokens) + 1, len(words)), 0.01, np.float32)
    places = np.zeros((1, len(tokens) + 1, 8), np.float32)
    boxes = iter(corners)
    for step, token in enumerate([*tokens, "eos"]):
        odds[0, step, words.index(token)] = 0.9
        if token.startswith("<td"):
            (x0, y0), (x1, y1) = next(boxes) / side
            places[0, step] = [x0, y0, x1, y0, x1, y1, x0, y1]
    network = helper.make_graph(
        [helper.make_node("Identity", [name], [f"{name}_out"]) for name in ("places", "odds")],
        "slanext",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, side, side])],
        [
            helper.make_tensor_value_info(f"{name}_out", TensorProto.FLOAT, list(values.shape))
            for name, values in (("places", places), ("odds", odds))
        ],
        [numpy_helper.from_array(places, "places"), numpy_helper.from_array(odds, "odds")],
    )
    own = folder / "SLANeXt_wired"
    own.mkdir(parents=True)
    model = helper.make_model(network, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(own / "inference.onnx"))
    steps = [
        {"TableLabelEncode": {"merge_no_span_structure": True}},
        {"PaddingTableImage": {"size": [side, side]}},
    ]
    about = {
        "Global": {"model_name": "SLANeXt_wired"},
        "PreProcess": {"transform_ops": steps},
        "PostProcess": {"character_dict": WORDS},
    }
    (own / "inference.yml").write_text(yaml.safe_dump(about), "utf-8")
    return folder


def test_the_answer_of_a_network_replaces_what_is_inside_of_a_table(tmp_path: Path) -> None:
    # The table is 300 by 80 pixels with 10 around it: the network sees 320 by 100 in its square of 160.
    models = folder_of_weights(tmp_path, TOKENS, (CORNERS + 10) / 2, 160)
    reader = StructureReader(find_weights(models), 1)
    outline = Grid(OUTLINE.xs + 100, OUTLINE.ys + 50, OUTLINE.cells, ruled=True, certainty=0.5)
    page = np.full((400, 600, 3), 255, np.uint8)
    grid = reader.read(page, 200.0, outline, flat(600, 400))
    assert len(grid.cells) == 4
    assert grid.xs == pytest.approx([100, 200, 300, 400], abs=1)
    assert grid.ys == pytest.approx([50, 90, 130], abs=1)
    assert grid.certainty == pytest.approx(0.9, abs=0.01)


def test_missing_weights_are_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no weights of a table structure model") as missing:
        find_weights(tmp_path)
    assert "SLANeXt_wired" in missing.value.hint
    (tmp_path / "SLANet_plus").mkdir()
    (tmp_path / "SLANet_plus" / "inference.pdiparams").touch()
    with pytest.raises(ModelError, match="own format") as foreign:
        find_weights(tmp_path)
    assert "paddle2onnx" in foreign.value.hint


def test_a_configuration_of_something_else_is_refused(tmp_path: Path) -> None:
    models = folder_of_weights(tmp_path, TOKENS, CORNERS, 160)
    (models / "SLANeXt_wired" / "inference.yml").write_text("Global: {model_name: other}", "utf-8")
    with pytest.raises(ModelError, match="not the configuration"):
        StructureReader(find_weights(models), 1)


def test_other_weights_are_another_run(tmp_path: Path) -> None:
    models = folder_of_weights(tmp_path, TOKENS, CORNERS, 160)
    settings = load_settings(None, {"tables": {"finder": "ppstructure", "models": str(models)}})
    before = reading_digest(settings)
    assert reading_digest(settings) == before
    with (models / "SLANeXt_wired" / "inference.yml").open("a") as file:
        file.write("# trained on\n")
    assert reading_digest(settings) != before


@pytest.mark.parametrize("given", [False, True])
def test_the_command_says_it_once_and_before_any_page(tmp_path: Path, given: bool) -> None:
    gold = Path(__file__).parents[2] / "datasets/gold/julu/document.pdf"
    assert gold.is_file()
    models = ["--models", str(tmp_path / "empty")] if given else []
    wanted = ["extract", str(gold), "-o", str(tmp_path / "out"), "--tables", "ppstructure", *models]
    result = CliRunner().invoke(app, wanted)
    assert result.exit_code == (1 if given else 2)
    said = " ".join(result.stderr.split())
    assert ("SLANeXt_wired" if given else "--models DIR") in said
    assert "Traceback" not in said
