"""Another reader of tables: SLANet, SLANet_plus or SLANeXt weights of PP-StructureV3, from a folder on disk.

Tables are found as ever; what is inside of each is then what these weights say. They run on ONNX Runtime; of
their folder only `inference.onnx` is run and plain data of `inference.yml` is read, because PaddleX evaluates
strings of a configuration. (Ma et al. 2024, SLANet; PaddleOCR 3, SLANeXt.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml

from yusuan.extraction.errors import ModelError
from yusuan.extraction.geometry import points_to_bbox
from yusuan.extraction.tables.cells import drop_empty_lines
from yusuan.extraction.tables.grid import Grid, GridCell
from yusuan.extraction.tables.straighten import Warp
from yusuan.extraction.tables.structure_weights import CONVERT, FILES
from yusuan.models.store import Device, open_network

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_END = "eos"
_MARGIN = 0.05  # inches around a table that the model is shown


@dataclass(frozen=True)
class _Configuration:
    """What a folder says of its weights: side of the input, and what each class stands for."""

    name: str
    side: int
    tokens: tuple[str, ...]


class StructureReader:
    """Reads what is inside of tables. One serves one process."""

    def __init__(self, folder: Path, threads: int, device: Device = "cpu") -> None:
        """Load the weights of a folder.

        Args:
            folder: see `structure_weights`.
            threads: that ONNX Runtime may use; 0 for one a core.
            device: where it runs.

        Raises:
            ModelError: there is no such device, or they are not of such a model.
        """
        self._about = _read_configuration(folder / FILES[1])
        try:
            self._network = open_network(folder / FILES[0], threads, device)
        except ModelError:
            raise
        except Exception as error:  # onnxruntime has no common base for what it raises
            raise ModelError(f"{folder / FILES[0]} cannot be loaded: {error}", CONVERT) from error

    def read(self, image: np.ndarray, dpi: float, grid: Grid, warp: Warp) -> Grid:
        """Return a table of a page as the model reads it; the given one where it reads no grid.

        Args:
            image: `(H, W, 3)` uint8, RGB.
            dpi: of `image`.
            grid: the table as it was found, in straight pixels.
            warp: of the page.
        """
        outline = warp.bend(grid.corners(GridCell(0, 0, len(grid.ys) - 1, len(grid.xs) - 1)))
        margin = _MARGIN * dpi
        x0, y0, x1, y1 = points_to_bbox(outline)
        left, top = max(0, round(x0 - margin)), max(0, round(y0 - margin))
        part = image[top : max(top + 1, round(y1 + margin)), left : max(left + 1, round(x1 + margin))]
        tokens, boxes, score = self._ask(part)
        points = warp.straighten((boxes + np.array([left, top])).reshape(-1, 2)).reshape(boxes.shape)
        read = structure_to_grid(tokens, points, grid)
        return grid if read is None else replace(read, certainty=score)

    def _ask(self, part: np.ndarray) -> tuple[list[str], np.ndarray, float]:
        """Return the tokens, the corners `(N, 2, 2)` of each cell in pixels of `part`, and the mean score."""
        side = self._about.side
        height, width = part.shape[:2]
        scale = side / max(height, width)
        small = cv2.resize(part, (max(1, round(width * scale)), max(1, round(height * scale))))
        values = (small[:, :, ::-1].astype(np.float32) / 255 - _MEAN) / _DEVIATION
        padded = np.zeros((side, side, 3), np.float32)
        padded[: small.shape[0], : small.shape[1]] = values
        name = self._network.get_inputs()[0].name
        out = self._network.run(None, {name: np.ascontiguousarray(padded.transpose(2, 0, 1)[None])})
        classes = len(self._about.tokens)
        odds = next((array[0] for array in out if array.ndim == 3 and array.shape[2] == classes), None)
        places = next((array[0] for array in out if array.ndim == 3 and array.shape[2] in (4, 8)), None)
        if odds is None or places is None:
            raise ModelError(
                f"{self._about.name} does not answer as a table structure model of {classes} tokens",
                "give the inference.yml that came with the weights",
            )
        # SLANet tells shares of the table, the others shares of the padded square.
        extent = np.array([width, height] if self._about.name == "SLANet" else [side / scale] * 2)
        tokens, corners, scores = [], [], []
        for step, best in enumerate(odds.argmax(axis=1).tolist()):
            token = self._about.tokens[best]
            if step and token == _END:
                break
            tokens.append(token)
            scores.append(float(odds[step, best]))
            if token.startswith("<td"):
                points = places[step].reshape(-1, 2) * extent
                corners.append([points.min(axis=0), points.max(axis=0)])
        score = float(np.clip(np.mean(scores), 0, 1)) if scores else 0.0
        return tokens, np.array(corners, np.float64).reshape(-1, 2, 2), score


def _read_configuration(path: Path) -> _Configuration:
    """Return what an `inference.yml` says.

    Raises:
        ModelError: it is not of a table structure model.
    """
    try:
        content: Any = yaml.safe_load(path.read_text("utf-8"))
        words = [str(word) for word in content["PostProcess"]["character_dict"]]
        steps = {key: value for step in content["PreProcess"]["transform_ops"] for key, value in step.items()}
        side = int(steps["PaddingTableImage"]["size"][0])
        joined = bool(steps["TableLabelEncode"]["merge_no_span_structure"])
        name = str(content["Global"]["model_name"])
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, yaml.YAMLError) as error:
        raise ModelError(
            f"{path} is not the configuration of a table structure model: {error!r}",
            "give the folder as PaddleOCR ships it",
        ) from error
    # As PaddleX does it: an empty cell is one token, and there are one for the begin and one for the end.
    if joined:
        words = [word for word in words if word != "<td>"]
        words += [] if "<td></td>" in words else ["<td></td>"]
    return _Configuration(name, side, ("sos", *words, _END))


def structure_to_grid(tokens: Sequence[str], corners: np.ndarray, outline: Grid) -> Grid | None:
    """Return the grid that tokens of HTML describe; None where they describe none.

    Args:
        tokens: `<tr>`, `<td></td>`, `<td`, ` colspan="2"`, `>` and so on.
        corners: `(N, 2, 2)` top left and bottom right of each cell, straight pixels.
        outline: whose outer borders are taken.
    """
    cells = _tokens_to_cells(tokens)
    if len(cells) < 2 or len(cells) != len(corners):
        return None
    n_rows = max(cell.row + cell.rowspan for cell in cells)
    n_cols = max(cell.col + cell.colspan for cell in cells)
    across = [(cell.col, cell.col + cell.colspan) for cell in cells]
    down = [(cell.row, cell.row + cell.rowspan) for cell in cells]
    xs = _borders(across, corners[:, :, 0], n_cols, outline.xs)
    ys = _borders(down, corners[:, :, 1], n_rows, outline.ys)
    taken = {place for cell in cells for place in _places(cell)}
    blank = [
        GridCell(row, col, 1, 1) for row in range(n_rows) for col in range(n_cols) if (row, col) not in taken
    ]
    every = tuple(sorted([*cells, *blank], key=lambda cell: (cell.row, cell.col)))
    return drop_empty_lines(replace(outline, xs=xs, ys=ys, cells=every))


def _tokens_to_cells(tokens: Sequence[str]) -> list[GridCell]:
    """Return the cells in the order of their tokens; spans push what comes later aside, as in HTML."""
    cells: list[GridCell] = []
    taken: set[tuple[int, int]] = set()
    row, col, spans = -1, 0, {"rowspan": 1, "colspan": 1}
    for token in tokens:
        name, _, value = token.strip().partition("=")
        if token == "<tr>":
            row, col = row + 1, 0
        elif name in spans:
            spans[name] = max(1, int(value.strip('"') or 1))
        elif token == ">" or (token.startswith("<td") and token.endswith(">")):
            while (row, col) in taken:
                col += 1
            cell = GridCell(max(row, 0), col, spans["rowspan"], spans["colspan"])
            spans = {"rowspan": 1, "colspan": 1}
            taken |= _places(cell)
            cells.append(cell)
    return cells


def _places(cell: GridCell) -> set[tuple[int, int]]:
    return {(cell.row + i, cell.col + j) for i in range(cell.rowspan) for j in range(cell.colspan)}


def _borders(
    spans: Sequence[tuple[int, int]], extents: np.ndarray, count: int, outline: np.ndarray
) -> np.ndarray:
    """Return `(count + 1,)` increasing borders: in the middle between what ends and what begins at each."""
    lines = np.linspace(outline[0], outline[-1], count + 1)
    for place in range(1, count):
        ends = [high for (_, stop), (_, high) in zip(spans, extents, strict=True) if stop == place]
        begins = [low for (start, _), (low, _) in zip(spans, extents, strict=True) if start == place]
        sides = [float(np.median(side)) for side in (ends, begins) if side]
        if sides:
            lines[place] = np.mean(sides)
    lines = np.clip(lines, outline[0], outline[-1])
    least = 1e-3 * (outline[-1] - outline[0])
    return np.asarray(np.maximum.accumulate(lines + least * np.arange(count + 1)))
