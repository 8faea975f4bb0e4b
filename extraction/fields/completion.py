"""Names that are printed clipped, completed from evidence in the same document or the code list.

A name is clipped when the printer cut it at the edge of its cell, and a longer name elsewhere begins with it.
The second alone is no proof (印刷数量 is whole although 印刷数量达标率 exists), nor is the first (some names
just fit). Both together are, where the page image shows that no glyph more fits; where there is none, a name
is at the edge that reaches as far as any on one line of columns of the same width, which is little (some name
is always the longest), so that beyond it are asked

* for names with a code (subjects, bodies, projects, things to buy): the same code beside the longer name,
  which is so much that the name need only come near to the edge;
* for others: a target that agrees (figure, comparison, unit), or another name cut at the same edge.

A name may also have been cut before it came to the printer, with room to spare. That is seen where it ends
within brackets that the longer one closes; where an item and a project of one name so far, for which there
is no other, have the same money; and where two columns say the same in other rows.

Where two longer names go on differently, the one with the same target is meant; if none stands out, the
name stays as printed.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from yusuan.extraction.document import Cell, Document, Evidence, Repair, Span, Table
from yusuan.extraction.fields.budget import codes_of_items
from yusuan.extraction.fields.grid import Grid
from yusuan.extraction.fields.labels import has_label, labelled_text, replace_cells
from yusuan.extraction.fields.organizations import code_and_name_ranges
from yusuan.extraction.numerals import canonical, parse_amount
from yusuan.extraction.token_labels import (
    BODY_NAME,
    LINE_AMOUNT,
    LINE_BODY,
    LINE_ITEM,
    MEASURE_UNIT,
    NAME,
    OPERATOR,
    PROJECT_BUDGET,
    PROJECT_NAME,
    VALUE,
)

_DEPARTMENT = "project.department"
_INSTITUTION = "institution.name"
_LISTED, _LIST_CODE = "procurement.item", "procurement.catalogue_code"
_LABELS = (
    LINE_ITEM,
    NAME,
    PROJECT_NAME,
    BODY_NAME,
    _DEPARTMENT,
    LINE_BODY,
    _INSTITUTION,
    _LISTED,
    "procurement.project",
)
# Labels of the same thing: a department in one form is a body in another table.
_SAME_THING = dict.fromkeys((_DEPARTMENT, LINE_BODY, _INSTITUTION), BODY_NAME)
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
# What may follow a whole name without being its missing end, apart from marks that the reader made of dust.
_NO_ENDINGS = frozenset({"指标", "项目", "(%)", "%"})
# Columns are twins where they say the same in at least so many rows.
_TWIN_ROWS = 2
# 万元 and 元 of the same money.
_UNITS = (Decimal(1), Decimal(10000), Decimal("0.0001"))


@dataclass(frozen=True)
class EarlierName:
    """A name that another document of the same body holds.

    Attributes:
        thing: what is named, see `_Name.thing`.
        printed: the name, without white space.
        code: beside it, if there is one.
        where: the document, for a reader.
    """

    thing: str
    printed: str
    code: str | None
    where: str

    @property
    def text(self) -> str:
        """The name as names are compared."""
        return canonical(self.printed)


# Says whether the text of a cell leaves no room for another glyph; None where no image tells.
Fills = Callable[[Cell], bool | None]


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
    money: frozenset[Decimal]
    twins: tuple[Cell, ...]

    @property
    def is_open(self) -> bool:
        """Whether it ends within brackets."""
        return self.text.rfind("(") > self.text.rfind(")")

    @property
    def printed(self) -> str:
        """The name as it is printed, without white space."""
        return "".join(self.cell.text[self.span.start : self.span.end].split())

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


def complete_names(
    document: Document,
    item_names: Mapping[str, str] | None = None,
    fills: Fills = lambda cell: None,
    earlier: Mapping[str, Sequence[EarlierName]] | None = None,
) -> Document:
    """Return the document with clipped names completed, each with a repair that names its evidence.

    Args:
        document: with labelled tables.
        item_names: subject code → full name in the code list of the year, where there is one.
        fills: tells from the page image whether a cell is full.
        earlier: what is named → names of other documents of the body; they count where this one and the
            code list know none.
    """
    listed, known = item_names or {}, earlier or {}
    names = _Names(printed_names(document))
    changed: dict[int, list[Cell]] = {}
    for name in names.all:
        if name.length < _SHORTEST:
            continue
        found = _whole_name(name, names, listed, fills) or _earlier_name(name, known, fills)
        if found:
            changed.setdefault(name.table, []).append(_completed(name, *found))
    tables = (replace_cells(table, changed.get(index, ())) for index, table in enumerate(document.tables))
    return document.model_copy(update={"tables": tuple(tables)})


@dataclass(frozen=True, eq=False)
class _Column:
    """Names of columns of one place and layout, of which a document may have thousands.

    Attributes:
        names: `(N,)` objects.
        widths: `(N,)` pixels, of their cells.
        heights: the same.
        lengths: `(N,)` glyphs, of the names.
    """

    names: np.ndarray
    widths: np.ndarray
    heights: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, names: Sequence[_Name]) -> _Column:
        """Return the column of some names."""
        sizes = np.array([(name.width, name.height, name.length) for name in names])
        return cls(np.array(names, object), *sizes.T)

    def like(self, name: _Name) -> _Column:
        """Return those in cells as wide and as low as that of a name, which is one of them."""
        as_wide = abs(self.widths - name.width) <= _SAME_WIDTH * name.width
        some = as_wide & (self.heights <= _ONE_LINE * name.height)
        return _Column(self.names[some], self.widths[some], self.heights[some], self.lengths[some])

    @property
    def edge(self) -> float:
        """The length of the longest of them."""
        return float(self.lengths.max())

    def texts_longer_than(self, length: float) -> dict[str, _Name]:
        """Return the texts that are longer, each with a name that has it."""
        return {name.text: name for name in self.names[self.lengths > length]}

    def texts_of_other_length(self, length: float) -> dict[str, _Name]:
        """Return the texts a glyph and more longer or shorter, each with a name that has it."""
        return {name.text: name for name in self.names[abs(self.lengths - length) >= 1]}


class _Names:
    """All names of a document, to be looked up by the layout of their column and by how they begin."""

    def __init__(self, names: Sequence[_Name]) -> None:
        self.all = names
        columns: dict[tuple[object, ...], list[_Name]] = {}
        self._sorted: dict[str, list[_Name]] = {}
        for name in names:
            columns.setdefault(name.layout, []).append(name)
            self._sorted.setdefault(name.thing, []).append(name)
        for same in self._sorted.values():
            same.sort(key=lambda name: name.text)
        self._columns = {layout: _Column.of(of_layout) for layout, of_layout in columns.items()}
        things = (name for name in names if name.thing != NAME)
        self._things = sorted(things, key=lambda name: name.text)

    def column(self, name: _Name) -> _Column:
        """Return the names in cells as wide and as low, in columns of the same place and layout."""
        return self._columns[name.layout].like(name)

    def longer(self, name: _Name) -> list[_Name]:
        """Return the names of the same kind of thing that begin with this one and go on."""
        return self._going_on(name, self._sorted[name.thing])

    def longer_of_any_kind(self, name: _Name) -> list[_Name]:
        """Return the names of things of all kinds that do, for an item can be a project; targets are none."""
        return self._going_on(name, self._things) if name.thing != NAME else []

    @staticmethod
    def _going_on(name: _Name, among: Sequence[_Name]) -> list[_Name]:
        found = []
        for other in among[bisect_right(among, name.text, key=lambda each: each.text) :]:
            if not other.text.startswith(name.text):
                break
            if _goes_on(name.text, other.text):
                found.append(other)
        return found

    def same_of_another_kind(self, name: _Name) -> bool:
        """Say whether a thing of another kind has just this name."""
        return any(other.text == name.text and other.thing != name.thing for other in self._things)


def _goes_on(text: str, longer: str) -> bool:
    """Say whether a text is the beginning of a longer one that says more."""
    ending = longer[len(text) :]
    says_more = ending not in _NO_ENDINGS and (ending == ")" or any(map(str.isalnum, ending)))
    return longer.startswith(text) and says_more


def printed_names(document: Document) -> list[_Name]:
    """Return the names that a document prints, in cells that hold one alone."""
    return [name for index, table in enumerate(document.tables) for name in _names(index, table)]


def _names(index: int, table: Table) -> Iterator[_Name]:
    grid = Grid(table)
    codes = codes_of_items(table)
    columns = _texts_by_column(table)
    one_project = sum(has_label(cell, PROJECT_NAME) for cell in table.cells) == 1
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
        if span.label == _LISTED:
            code = next(
                filter(None, (labelled_text(other, _LIST_CODE) for other in grid.row(cell.row))), None
            )
        text = canonical(cell.text[span.start : span.end])
        layout = (span.label, table.kind, table.n_cols, cell.col, cell.colspan)
        own = table.cells if one_project and span.label == PROJECT_NAME else grid.row(cell.row)
        twins = tuple(_twins(cell, columns)) if span.label == NAME else ()
        length = _glyphs(cell.text.strip())
        yield _Name(index, cell, span, text, length, layout, code, beside, _money(own), twins)


def _money(cells: Sequence[Cell]) -> frozenset[Decimal]:
    """Return the amounts of items and the budgets of projects in cells, but nothing of 0."""
    texts = (labelled_text(cell, label) for cell in cells for label in (LINE_AMOUNT, PROJECT_BUDGET))
    amounts = (parse_amount(text) for text in texts if text)
    return frozenset(value for amount in amounts if amount and (value := Decimal(amount)))


def _texts_by_column(table: Table) -> dict[int, dict[int, Cell]]:
    """Return column → row → the cell that stands there alone."""
    columns: dict[int, dict[int, Cell]] = {}
    for cell in table.cells:
        if cell.colspan == cell.rowspan == 1 and cell.text.strip():
            columns.setdefault(cell.col, {})[cell.row] = cell
    return columns


def _twins(name: Cell, columns: Mapping[int, Mapping[int, Cell]]) -> Iterator[Cell]:
    """Yield the longer texts in the row of a name, of columns that say the same as its own elsewhere."""
    own = columns.get(name.col, {})
    for col, cells in columns.items():
        beside = cells.get(name.row)
        if col == name.col or beside is None or not _goes_on(canonical(name.text), canonical(beside.text)):
            continue
        rows = own.keys() & cells.keys()
        same = sum(canonical(own[row].text) == canonical(cells[row].text) for row in rows)
        if same >= _TWIN_ROWS and 2 * same > len(rows):
            yield beside


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


def _whole_name(
    name: _Name, names: _Names, item_names: Mapping[str, str], fills: Fills
) -> tuple[str, Evidence] | None:
    """Return the whole name and where it was found, or None when the name is whole or open to doubt."""
    if cut := _cut_before_printing(name, names):
        return cut
    column = names.column(name)
    edge = column.edge
    near = name.length >= _NEAR_EDGE * edge
    if name.code is not None:
        listed = canonical(item_names.get(name.code, "")) if name.span.label == LINE_ITEM else ""
        # A code of the catalogue of purchases has one name, wherever that was cut.
        if listed == name.text or not (near or name.span.label == _LISTED or fills(name.cell)):
            return None
        if listed.startswith(name.text):
            whole = item_names[name.code]
            return whole, Evidence(text=f"code list: {name.code} {whole}")
        return _only([other for other in names.longer(name) if other.code == name.code])
    longer = names.longer(name)
    best = max((_agreement(name, other) for other in longer), default=0)
    if near and best >= max(2, len(name.target)):
        return _only([other for other in longer if _agreement(name, other) == best])
    if not longer:
        longer = names.longer_of_any_kind(name)
    if not longer:
        return None
    full = fills(name.cell)
    if full is None:
        neighbours = column.texts_longer_than(name.length - _EDGE)
        if not near or edge >= name.length + _EDGE or (best == 0 and len(neighbours) < 2):
            return None
        longer = names.longer(name)
    elif not full:
        return None
    return _only(
        [each for each in longer if _agreement(name, each) == best and not _is_manner(name, each, names)]
    )


def _is_manner(name: _Name, longer: _Name, names: _Names) -> bool:
    """Say whether another name of the column, shorter or longer, lacks the very ending that this one lacks.

    What a border cuts off depends on how long a name is: 一般公共预算拨款 and 政府性基金预算拨款 both
    lack 收入 because this table prints them so.
    """
    ending = longer.text[len(name.text) :]
    return any(
        each.text == text + ending
        for text, other in names.column(name).texts_of_other_length(name.length).items()
        for each in names.longer(other)
    )


def _cut_before_printing(name: _Name, names: _Names) -> tuple[str, Evidence] | None:
    """Return the whole name of one that was cut with room to spare, None where nothing shows that."""
    if name.twins:
        longest = max(name.twins, key=lambda cell: len(canonical(cell.text)))
        if not all(canonical(longest.text).startswith(canonical(cell.text)) for cell in name.twins):
            return None
        text = "".join(longest.text.split())
        return text, Evidence(text=text, page=longest.page, bbox=longest.bbox)
    of_any_kind = names.longer_of_any_kind(name)
    if name.is_open:
        return _only([other for other in names.longer(name) or of_any_kind if not other.is_open])
    if name.code is not None:
        # An item with a code is what the code says, which has the same money as its one project.
        return None
    paid = [other for other in of_any_kind if other.thing != name.thing and _is_same_money(name, other)]
    return None if paid and names.same_of_another_kind(name) else _only(paid)


def _is_same_money(one: _Name, other: _Name) -> bool:
    return any(unit * amount in other.money for amount in one.money for unit in _UNITS)


def _earlier_name(
    name: _Name, earlier: Mapping[str, Sequence[EarlierName]], fills: Fills
) -> tuple[str, Evidence] | None:
    """Return the one whole name of earlier documents that a name which fills its cell begins."""
    known = [
        each
        for each in earlier.get(name.thing, ())
        if each.text.startswith(name.text) and (name.code is None or each.code == name.code)
    ]
    longest = max(known, key=lambda each: len(each.text), default=None)
    # Where the name stood so, or on its own, before, it is whole.
    if (
        longest is None
        or len(longest.text) == len(name.text)
        or any(each.text == name.text for each in known)
    ):
        return None
    if not all(longest.text.startswith(each.text) for each in known) or not fills(name.cell):
        return None
    return longest.text, Evidence(text=f"{longest.where}: {longest.text}")


def _agreement(one: _Name, other: _Name) -> int:
    return sum(one.target[label] == other.target.get(label) for label in one.target)


def _only(candidates: Sequence[_Name]) -> tuple[str, Evidence] | None:
    """Return the one name that all candidates begin to print, or None when they go on differently."""
    if not candidates:
        return None
    longest = max(candidates, key=lambda each: len(each.text))
    if not all(longest.text.startswith(each.text) for each in candidates):
        return None
    return longest.printed, Evidence(text=longest.printed, page=longest.cell.page, bbox=longest.cell.bbox)


def _completed(name: _Name, text: str, evidence: Evidence) -> Cell:
    start, end = name.span.start, name.span.end
    after = name.cell.text[:start] + text + name.cell.text[end:]
    span = name.span.model_copy(update={"end": start + len(text)})
    spans = tuple(span if each is name.span else each for each in name.cell.spans)
    repair = Repair(kind="completed", before=name.cell.text, after=after, evidence=(evidence,))
    return name.cell.model_copy(
        update={"text": after, "spans": spans, "repairs": (*name.cell.repairs, repair)}
    )
