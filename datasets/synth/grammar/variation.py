"""Other looks of a built table that leave its truth whole: other words and faces, parts left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from yusuan.datasets.synth.blocks import Block, CellText, TableBlock, cells_of
from yusuan.datasets.synth.grammar.dice import Dice
from yusuan.datasets.synth.grammar.scene import Scene
from yusuan.datasets.synth.grammar.words import lexicon
from yusuan.datasets.synth.sources import Draft, Place, TableSource, compact

At = tuple[int, int]
FIGURE = re.compile(r"[-\d,.%]+")
# Headings of forms of targets whose columns, and labels whose rows, other bodies do without.
SPARE_COLUMNS = (
    "指标权重",
    "权重",
    "是否核心指标",
    "指标值确定依据",
    "绩效指标描述",
    "指标方向性",
    "计量单位",
)
SPARE_ROWS = ("项目概况", "项目概述", "立项依据")


def vary(
    scene: Scene, blocks: Iterable[Block], sources: Mapping[str, TableSource]
) -> tuple[list[Block], dict[str, TableSource]]:
    """Return blocks and tables of a document with parts of forms left out, other words, other faces."""
    dice = scene.dice.branch("variation")
    varied: dict[str, TableSource] = {}
    for key, source in sources.items():
        own = source
        if source.kind == "performance_targets":
            own = _with_less(dice, own)
            own = _with_cells(own, _reworded(dice, scene))
        if scene.look.digit_face:
            own = _with_cells(own, _figures_in(scene.look.digit_face))
        varied[key] = own
    changed = [
        varied[block.key].block if isinstance(block, TableBlock) and block.key in varied else block
        for block in blocks
    ]
    return changed, varied


def _with_cells(source: TableSource, change: Callable[[int, CellText, bool], CellText]) -> TableSource:
    block = source.block
    rows = tuple(
        tuple(change(at, cell, at in block.head) for cell in row) for at, row in enumerate(block.rows)
    )
    return replace(source, block=replace(block, rows=rows))


def _figures_in(face: str) -> Callable[[int, CellText, bool], CellText]:
    """Return a change that sets codes and amounts in `face`."""

    def change(_: int, cell: CellText, head: bool) -> CellText:
        return replace(cell, face=face) if not head and FIGURE.fullmatch(cell.text) else cell

    return change


def _reworded(dice: Dice, scene: Scene) -> Callable[[int, CellText, bool], CellText]:
    """Return a change that words the labels of a form as another body does; a bracket behind one is kept."""
    chosen: dict[str, str] = {}

    def change(_: int, cell: CellText, head: bool) -> CellText:
        if not (head or cell.part == "key"):
            return cell
        match = re.fullmatch(r"(.*?)(\n?[（(][^（）()]*元[）)])?", cell.text, re.DOTALL)
        label = compact(match[1]) if match else ""
        if match is None or label not in lexicon()["labels"]:
            return cell
        if label not in chosen:
            text = dice.pick(lexicon()["labels"][label])
            broken = len(text) > 4 and dice.maybe(0.3)
            chosen[label] = scene.words.brackets(
                f"{text[: len(text) // 2]}\n{text[len(text) // 2 :]}" if broken else text
            )
        return replace(cell, text=chosen[label] + (match[2] or ""))

    return change


def _with_less(dice: Dice, source: TableSource) -> TableSource:
    """Return a form without some of the columns and rows that other bodies do without."""
    for label in SPARE_COLUMNS:
        found = [at for at, cell in cells_of(source.block).items() if compact(cell.text) == label]
        heads = [at for at in found if at[0] in source.block.head]
        if heads and dice.maybe(0.2):
            source = without_column(source, heads[0])
    for label in SPARE_ROWS:
        found = [at for at, cell in cells_of(source.block).items() if compact(cell.text) == label]
        if found and dice.maybe(0.2):
            source = without_row(source, found[0][0])
    return source


def without_column(source: TableSource, head: At) -> TableSource:
    """Return the table without the column under the heading at `head` and what its cells say.

    A table in which another cell of that column stands above the heading is returned as it is.
    """
    block, (first, col) = source.block, head
    cells = cells_of(block)
    own = {at for at, cell in cells.items() if at[1] == col and cell.colspan == 1}
    if any(at[0] < first for at in own) or len(block.widths) < 4:
        return source
    rows: list[list[CellText]] = [[] for _ in block.rows]
    for at, cell in sorted(cells.items()):
        if at not in own:
            narrower = at[1] <= col < at[1] + cell.colspan
            rows[at[0]].append(replace(cell, colspan=cell.colspan - 1) if narrower else cell)
    kept = [width for at, width in enumerate(block.widths) if at != col]
    widths = tuple(width * sum(block.widths) / sum(kept) for width in kept)
    smaller = replace(block, widths=widths, rows=tuple(map(tuple, rows)))

    def moved(place: At) -> At | None:
        return None if place in own else (place[0], place[1] - (place[1] > col))

    return _moved(replace(source, block=smaller), moved)


def without_row(source: TableSource, row: int) -> TableSource:
    """Return the table without a row that no cell spans, and without what its cells say."""
    block = source.block
    cells = cells_of(block)
    spans = [at for at, cell in cells.items() if at[0] <= row < at[0] + cell.rowspan and cell.rowspan > 1]
    if spans or row in block.head:
        return source

    def up(at: int) -> int:
        return at - (at > row)

    smaller = replace(
        block,
        rows=tuple(cells for at, cells in enumerate(block.rows) if at != row),
        head=tuple(up(at) for at in block.head),
        repeat=tuple(up(at) for at in block.repeat if at != row),
        breaks={up(at): lines for at, lines in block.breaks.items() if at != row},
    )

    def moved(place: At) -> At | None:
        return None if place[0] == row else (up(place[0]), place[1])

    return _moved(replace(source, block=smaller), moved)


def _moved(source: TableSource, moved: Callable[[At], At | None]) -> TableSource:
    """Return the table with the places of its records moved; fields that stood in lost cells are lost."""
    completed = {new: text for at, text in source.completed.items() if (new := moved(at))}
    drafts = tuple(_draft_moved(draft, moved) for draft in source.drafts)
    return replace(source, completed=completed, drafts=drafts)


def _draft_moved(draft: Draft, moved: Callable[[At], At | None]) -> Draft:
    fields: dict[str, Any] = dict(draft.fields)
    places: dict[str, tuple[Place, ...]] = {}
    for name, own in draft.places.items():
        kept = tuple(new for place in own if (new := place if isinstance(place, str) else moved(place)))
        if kept or not own:
            places[name] = kept
        else:
            fields.pop(name, None)
    return replace(draft, fields=fields, places=places)
