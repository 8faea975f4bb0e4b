"""Names that are printed clipped, completed from evidence in the same document or the code list.

A name is clipped when the printer cut it at the edge of its cell. On the page that shows in two things: the
name reaches as far as any name on one line of columns of the same width, and a longer name elsewhere begins
with it. The first alone is no proof (some name is always the longest), nor is the second (印刷数量 is whole
although 印刷数量达标率 exists). Both are needed, and beyond them

* for names with a code (subjects, bodies, projects): the same code beside the longer name, which is so much
  that the name need only come near to the edge;
* for others: a target that agrees (figure, comparison, unit), or another name cut at the same edge.

Where two longer names go on differently, the one with the same target is meant; if none stands out, the
name stays as printed.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from yusuan.extraction.document import Cell, Evidence, Repair, Span, Table
from yusuan.extraction.fields.budget import codes_of_items
from yusuan.extraction.fields.grid import Grid
from yusuan.extraction.fields.labels import has_label, labelled_text, replace_cells
from yusuan.extraction.fields.organizations import code_and_name_ranges
from yusuan.extraction.numerals import canonical
from yusuan.extraction.token_labels import (
    BODY_NAME,
    LINE_ITEM,
    MEASURE_UNIT,
    NAME,
    OPERATOR,
    PROJECT_BUDGET,
    PROJECT_NAME,
    VALUE,
)

_DEPARTMENT = "project.department"
_LABELS = (LINE_ITEM, NAME, PROJECT_NAME, BODY_NAME, _DEPARTMENT)
# Labels of the same thing: a department in one form is a body in another table.
_SAME_THING = {_DEPARTMENT: BODY_NAME}
_TARGET = (VALUE, OPERATOR, MEASURE_UNIT, PROJECT_BUDGET)

# In full-width glyphs. A cut name ends less than a glyph short of the edge, so it is less than one glyph
# shorter than the longest of its column; and a column that cuts names is never narrower than this.
_EDGE = 1.0
_SHORTEST = 5.0
# With the same code or target beside both, a name need not be quite so near to the edge.
_NEAR_EDGE = 0.85
# A cell this much higher than another holds more lines: its name wraps where the other is cut.
_ONE_LINE = 1.3
# Widths of one column on several pages agree within this share.
_SAME_WIDTH = 0.1
# What may follow a whole name without being its missing end.
_NO_ENDINGS = frozenset({"指标", "(%)", "%"})


@dataclass(frozen=True)
class _Name:
    """A printed name: where it stands, how long it is, and what stands beside it."""

    table: int
    cell: Cell
    span: Span
    text: str
    length: float
    layout: tuple[object, ...]
    code: str | None
    target: Mapping[str, str]

    @property
    def width(self) -> float:
        """The width of the cell, in pixels."""
        return self.cell.bbox[2] - self.cell.bbox[0]

    @property
    def height(self) -> float:
        """The height of the cell, in pixels."""
        return self.cell.bbox[3] - self.cell.bbox[1]

    @property
    def thing(self) -> str:
        """What is named: the label, or the one that means the same."""
        return _SAME_THING.get(self.span.label, self.span.label)


def complete_names(tables: Sequence[Table], item_names: Mapping[str, str]) -> list[Table]:
    """Return the tables with clipped names completed, each with a repair that names its evidence.

    Args:
        tables: labelled tables of one document.
        item_names: subject code → full name in the code list of the year; may be empty.
    """
    names = _Names([name for index, table in enumerate(tables) for name in _names(index, table)])
    changed: dict[int, list[Cell]] = {}
    for name in names.all:
        if name.length >= _SHORTEST and (found := _whole_name(name, names, item_names)):
            changed.setdefault(name.table, []).append(_completed(name, *found))
    return [replace_cells(table, changed.get(index, ())) for index, table in enumerate(tables)]


class _Names:
    """All names of a document, to be looked up by the layout of their column and by how they begin."""

    def __init__(self, names: Sequence[_Name]) -> None:
        self.all = names
        self._columns: dict[tuple[object, ...], list[_Name]] = {}
        self._sorted: dict[str, list[_Name]] = {}
        for name in names:
            self._columns.setdefault(name.layout, []).append(name)
            self._sorted.setdefault(name.thing, []).append(name)
        for same in self._sorted.values():
            same.sort(key=lambda name: name.text)

    def column(self, name: _Name) -> Iterator[_Name]:
        """Yield the names in cells as wide and as low, in columns of the same place and layout."""
        for other in self._columns[name.layout]:
            as_wide = abs(other.width - name.width) <= _SAME_WIDTH * name.width
            if as_wide and other.height <= _ONE_LINE * name.height:
                yield other

    def longer(self, name: _Name) -> Iterator[_Name]:
        """Yield the names of the same kind of thing that begin with this one and go on."""
        same = self._sorted[name.thing]
        for other in same[bisect_right(same, name.text, key=lambda each: each.text) :]:
            if not other.text.startswith(name.text):
                return
            if other.text[len(name.text) :] not in _NO_ENDINGS:
                yield other


def _names(index: int, table: Table) -> Iterator[_Name]:
    grid = Grid(table)
    codes = codes_of_items(table)
    for cell in table.cells:
        labels = [span for span in cell.spans if span.label in _LABELS]
        if len(labels) != 1:
            continue
        span = labels[0]
        beside = {
            label: canonical(text)
            for label in _TARGET
            for other in grid.row(cell.row)
            if (text := labelled_text(other, label))
        }
        code = codes.get((cell.row, cell.col)) if span.label == LINE_ITEM else _code_in(cell)
        text = canonical(cell.text[span.start : span.end])
        layout = (span.label, table.kind, table.n_cols, cell.col, cell.colspan)
        yield _Name(index, cell, span, text, _glyphs(cell.text.strip()), layout, code, beside)


def _code_in(cell: Cell) -> str | None:
    """Return the code printed before a name in the same cell."""
    code = next(
        (labelled_text(cell, span.label) for span in cell.spans if span.label.endswith(".code")), None
    )
    if code is not None or not has_label(cell, _DEPARTMENT):
        return code
    found, _ = code_and_name_ranges(cell.text)
    return cell.text[found[0] : found[1]] if found else None


def _glyphs(text: str) -> float:
    """Return the printed length of a text in full-width glyphs."""
    wide = sum(unicodedata.east_asian_width(glyph) in "WFA" for glyph in text)
    return wide + (len(text) - wide) / 2


def _whole_name(name: _Name, names: _Names, item_names: Mapping[str, str]) -> tuple[str, Evidence] | None:
    """Return the whole name and where it was found, or None when the name is whole or open to doubt."""
    column = list(names.column(name))
    edge = max(other.length for other in column)
    if name.length < _NEAR_EDGE * edge:
        return None
    longer = list(names.longer(name))
    if name.code is not None or name.span.label == LINE_ITEM:
        listed = item_names.get(name.code or "", "") if name.span.label == LINE_ITEM else ""
        if canonical(listed).startswith(name.text) and canonical(listed) != name.text:
            return listed, Evidence(text=f"code list: {name.code} {listed}")
        return _only([other for other in longer if other.code == name.code and name.code is not None])
    best = max((_agreement(name, other) for other in longer), default=0)
    if best < len(name.target) or best < 2:
        neighbours = {other.text for other in column if other.length > name.length - _EDGE}
        if edge >= name.length + _EDGE or (best == 0 and len(neighbours) < 2):
            return None
    return _only([other for other in longer if _agreement(name, other) == best])


def _agreement(one: _Name, other: _Name) -> int:
    return sum(one.target[label] == other.target.get(label) for label in one.target)


def _only(candidates: Sequence[_Name]) -> tuple[str, Evidence] | None:
    """Return the one name that all candidates begin to print, or None when they go on differently."""
    if not candidates:
        return None
    longest = max(candidates, key=lambda each: len(each.text))
    if not all(longest.text.startswith(each.text) for each in candidates):
        return None
    text = "".join(longest.cell.text[longest.span.start : longest.span.end].split())
    return text, Evidence(text=text, page=longest.cell.page, bbox=longest.cell.bbox)


def _completed(name: _Name, text: str, evidence: Evidence) -> Cell:
    start, end = name.span.start, name.span.end
    after = name.cell.text[:start] + text + name.cell.text[end:]
    span = name.span.model_copy(update={"end": start + len(text)})
    spans = tuple(span if each is name.span else each for each in name.cell.spans)
    repair = Repair(kind="completed", before=name.cell.text, after=after, evidence=(evidence,))
    return name.cell.model_copy(
        update={"text": after, "spans": spans, "repairs": (*name.cell.repairs, repair)}
    )
