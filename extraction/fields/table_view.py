"""A table as the label network sees it: arrays of tokens, of cells, and of where both stand.

Cells follow one another as they are read, each begun by a token of its own, in chunks of at most `CHUNK`
tokens; text that is longer goes on in the next chunk, which sees the end of it again. What stands over the
table (its title) is its first cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np

from yusuan.extraction.document import Table
from yusuan.extraction.fields.arithmetic import FACTS, figure_facts
from yusuan.extraction.fields.lexicon import Family, role_names, role_of
from yusuan.extraction.fields.narrative import narrative_spans
from yusuan.extraction.fields.tags import OUTSIDE, tags_of
from yusuan.extraction.fields.targets import target_spans
from yusuan.extraction.fields.tokens import CELL, PAD, Token, token_id, tokens_of
from yusuan.extraction.token_labels import LEVEL1, LEVEL2

Array = np.ndarray

CHUNK = 128
# Tokens of a long text that its next chunk sees again.
OVERLAP = 24
# More cells or glyphs than this are looked at in parts: a page has some hundreds and some thousands. What the
# network needs grows with the square of cells, and by 2 MiB with each hundred glyphs.
MOST_CELLS, MOST_GLYPHS = 1024, 6000
# Rows above its own that a part sees too: those at the top of the table, and those just before.
HEAD_ROWS, ROWS_BEFORE = 4, 6
# Rows and columns are told apart up to here.
MOST_PLACES = 127
GEOMETRY = 9
_LONGEST_HEADING = 24
# Longer text is no target by itself.
_LONGEST_TARGET = 40
_DIGIT = re.compile(r"\d")
_FAMILIES: tuple[Family, ...] = ("budget", "performance", "form", "procurement", "assets", "institutions")


@dataclass(frozen=True)
class ViewCell:
    """A cell of a view.

    Attributes:
        text: what it says.
        box: first column, first row, last column, last row, each last one exclusive.
        source: its place among the cells of the table; None for what stands over it.
        kept: whether the view is asked for its labels, or only sees it.
        known: what the lexicon is asked about in place of the text (in training).
    """

    text: str
    box: tuple[int, int, int, int]
    source: int | None = None
    kept: bool = True
    known: str | None = None


@dataclass(frozen=True)
class TableView:
    """A table, or a part of it.

    `n_rows` and `n_cols` are those of the whole table.
    """

    cells: tuple[ViewCell, ...]
    n_rows: int
    n_cols: int


@dataclass(frozen=True)
class Encoded:
    """A view as arrays; `C` cells, `S` chunks.

    Attributes:
        tokens: `(S, CHUNK)` int64.
        hints: `(S, CHUNK)` int64, the tag of each token that rules give its text by itself.
        owner: `(S, CHUNK)` int64, the cell of each token; `C` where there is none.
        first: `(C,)` int64, where each cell begins among the tokens, counted over all chunks.
        boxes: `(C, 4)` int64, see `ViewCell.box`.
        features: `(C, feature_count())` float32.
        spots: of each token that is asked for: where it stands over all chunks, its cell, start, end.
    """

    tokens: Array
    hints: Array
    owner: Array
    first: Array
    boxes: Array
    features: Array
    spots: tuple[tuple[int, int, int, int], ...]


def cells_of(table: Table) -> list[ViewCell]:
    """Return the cells of a table in the order in which they are read."""
    cells = [
        ViewCell(cell.text, (cell.col, cell.row, cell.col + cell.colspan, cell.row + cell.rowspan), at)
        for at, cell in enumerate(table.cells)
    ]
    return sorted(cells, key=_reading_order)


def _reading_order(cell: ViewCell) -> tuple[int, int]:
    return cell.box[1], cell.box[0]


def table_views(cells: Sequence[ViewCell], title: str | None) -> Iterator[TableView]:
    """Yield the views of a table: one, or parts of a long one, each with the rows at the top of the table.

    Args:
        cells: of the table, in the order in which they are read.
        title: what stands over it.
    """
    n_rows = max((cell.box[3] for cell in cells), default=0)
    n_cols = max((cell.box[2] for cell in cells), default=0)
    over = ViewCell(title or "", (0, -1, n_cols, 0), None, kept=False)
    for rows, seen in _parts(cells, n_rows):
        own = [
            replace(cell, kept=cell.box[1] in rows)
            for cell in cells
            if cell.box[1] in rows or cell.box[1] in seen
        ]
        yield TableView((over, *own), n_rows, n_cols)


def _parts(cells: Sequence[ViewCell], n_rows: int) -> Iterator[tuple[range, frozenset[int]]]:
    """Yield the rows of each part, and the rows above them that it sees."""
    # Cells and glyphs above each row.
    above = np.zeros((n_rows + 1, 2), np.int64)
    for cell in cells:
        above[cell.box[1] + 1] += 1, len(cell.text)
    size, above = above[1:], above.cumsum(axis=0)
    first = 0
    while first < n_rows:
        seen = frozenset(range(min(HEAD_ROWS, first))) | frozenset(range(max(0, first - ROWS_BEFORE), first))
        room = (MOST_CELLS, MOST_GLYPHS) - size[sorted(seen)].sum(axis=0)
        last = first + 1
        while last < n_rows and (above[last + 1] - above[first] <= room).all():
            last += 1
        yield range(first, last), seen
        first = last


def encode(
    view: TableView, vocabulary: Mapping[str, int], with_words: bool = True, with_facts: bool = True
) -> Encoded:
    """Return a view as arrays.

    Args:
        view: of a table.
        vocabulary: token → number.
        with_words: whether what the lexicon and the rules for targets know is told.
        with_facts: whether it is told what figures are to one another.
    """
    chunks: list[list[tuple[int, int, int]]] = [[]]
    first = np.zeros(len(view.cells), np.int64)
    spots: list[tuple[int, int, int, int]] = []
    begin = token_id(CELL, vocabulary)
    for number, cell in enumerate(view.cells):
        own = tokens_of(cell.text)
        told = _hints(cell.text, own) if with_words and cell.source is not None else (OUTSIDE,) * len(own)
        for piece, (since, tokens, low, high) in enumerate(_pieces(own)):
            if len(chunks[-1]) + len(tokens) + 1 > CHUNK:
                chunks.append([])
            place = (len(chunks) - 1) * CHUNK + len(chunks[-1])
            if piece == 0:
                first[number] = place
            chunks[-1].append((begin, number, OUTSIDE))
            chunks[-1].extend(
                (token_id(token.key, vocabulary), number, hint)
                for token, hint in zip(tokens, told[since:], strict=False)
            )
            if cell.kept:
                spots.extend(
                    (place + 1 + at, number, token.start, token.end)
                    for at, token in enumerate(tokens)
                    if low <= at < high
                )
    shape = (len(chunks), CHUNK)
    tokens_of_view = np.full(shape, token_id(PAD, vocabulary), np.int64)
    owner, hints = np.full(shape, len(view.cells), np.int64), np.full(shape, OUTSIDE, np.int64)
    for row, chunk in enumerate(chunks):
        if chunk:
            here = slice(0, len(chunk))
            tokens_of_view[row, here], owner[row, here], hints[row, here] = np.array(chunk).T
    features = _features(view, with_words, with_facts)
    return Encoded(tokens_of_view, hints, owner, first, _boxes(view), features, tuple(spots))


def _hints(text: str, tokens: Sequence[Token]) -> list[int]:
    """Return the tags that the rules for targets, in prose or in a cell of their own, give a text."""
    told = narrative_spans(text) if len(tokens) > _LONGEST_HEADING // 2 else ()
    if not any(span.label in (LEVEL1, LEVEL2) for span in told):
        told = target_spans(text) if 0 < len(tokens) <= _LONGEST_TARGET and _DIGIT.search(text) else ()
    spans = [(span.start, span.end, span.label) for span in told]
    return tags_of([(token.start, token.end) for token in tokens], spans)


def _pieces(tokens: Sequence[Token]) -> Iterator[tuple[int, Sequence[Token], int, int]]:
    """Yield where each piece of a text that fits a chunk begins, it, and what of it others tell no better."""
    room = CHUNK - 1
    if len(tokens) <= room:
        yield 0, tokens, 0, len(tokens)
        return
    step = room - OVERLAP
    for start in range(0, len(tokens) - OVERLAP, step):
        stop = min(len(tokens), start + room)
        low = 0 if start == 0 else OVERLAP // 2
        high = stop - start if stop == len(tokens) else room - OVERLAP // 2
        yield start, tokens[start:stop], low, high


def _boxes(view: TableView) -> Array:
    """Return the boxes, rows counted from the title on."""
    boxes = np.array([cell.box for cell in view.cells], np.int64)
    boxes[:, [1, 3]] += 1
    return boxes


def feature_count() -> int:
    """Return how many features a cell has."""
    return GEOMETRY + len(FACTS) + len(known_roles())


@cache
def known_roles() -> tuple[str, ...]:
    """Return every role that the lexicon has, family by family."""
    return tuple(f"{family}:{role}" for family in _FAMILIES for role in role_names(family))


def _features(view: TableView, with_words: bool, with_facts: bool) -> Array:
    features = np.zeros((len(view.cells), feature_count()), np.float32)
    words = GEOMETRY + len(FACTS)
    if with_facts:
        own = [cell for cell in view.cells if cell.source is not None]
        told = figure_facts([cell.text for cell in own], [cell.box for cell in own])
        features[len(view.cells) - len(own) :, GEOMETRY:words] = told
    left, top, right, bottom = np.array([cell.box for cell in view.cells]).T
    columns = (
        [not cell.text.strip() for cell in view.cells],
        [cell.source is None for cell in view.cells],
        np.log1p(np.maximum(0, top)) / 4,
        np.log1p(np.maximum(0, view.n_rows - bottom)) / 4,
        left / max(1, view.n_cols),
        np.log1p(view.n_cols) / 3,
        np.log(np.maximum(1, bottom - top)) / 2,
        (right - left) / max(1, view.n_cols),
        np.log1p([len(cell.text) for cell in view.cells]) / 5,
    )
    for place, values in enumerate(columns):
        features[:, place] = values
    if with_words:
        named = [
            (number, words + place)
            for number, cell in enumerate(view.cells)
            if cell.source is not None
            for place in roles_in(cell.known or cell.text)
        ]
        features[tuple(np.array(named, np.int64).reshape(-1, 2).T)] = 1
    return features


@lru_cache(maxsize=16384)
def roles_in(text: str) -> tuple[int, ...]:
    """Return what the lexicon takes a text for, as places in `known_roles`."""
    if not text.strip() or len(text) > _LONGEST_HEADING:
        return ()
    found = ((family, role_of(family, text)) for family in _FAMILIES)
    return tuple(_role_places()[f"{family}:{role}"] for family, role in found if role)


@cache
def _role_places() -> dict[str, int]:
    return {role: place for place, role in enumerate(known_roles())}
