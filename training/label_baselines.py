"""Simpler labellers, which say what the label network is worth.

Gradient-boosted trees that say of each cell, by what is in it, above it and beside it, which labels it has,
and rules that find these in its text; a linear model of tokens whose tags follow one another as they do in
training (a linear chain whose transitions are counted). The third is the lexicon.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import SGDClassifier

from yusuan.extraction.document import Span, Table
from yusuan.extraction.fields.headers import is_figure
from yusuan.extraction.fields.labels import Context
from yusuan.extraction.fields.narrative import narrative_spans
from yusuan.extraction.fields.organizations import code_and_name_ranges
from yusuan.extraction.fields.table_view import ViewCell, cells_of, known_roles, roles_in
from yusuan.extraction.fields.tags import TAGS, best_tags, spans_of, tags_of
from yusuan.extraction.fields.targets import target_spans
from yusuan.extraction.fields.tokens import tokens_of
from yusuan.training.label_corpus import LabelledTable

Array = np.ndarray

# More labels than this in one cell: prose.
_PROSE = "prose"
_MOST_PARTS = 4
_TARGET = frozenset({"indicator.operator", "indicator.value", "indicator.unit"})
# Boosting may diverge on labels that are rare: 150 trees at 0.15 without a penalty had 43 % of their own
# training cells right, these have 99.9 %.
_TREES, _RATE, _PENALTY, _SEED = 30, 0.1, 1.0, 0
_HASHES = 2**18


class _Neighbours:
    """What stands above a cell and beside it: the nearest text that is no figure."""

    def __init__(self, cells: Sequence[ViewCell]) -> None:
        self.at = {
            (row, col): cell
            for cell in cells
            for row in range(cell.box[1], cell.box[3])
            for col in range(cell.box[0], cell.box[2])
        }

    def towards(self, cell: ViewCell, down: int, right: int, words: bool = True) -> ViewCell | None:
        """Return the next cell in a direction that has text, a heading and no figure where `words`."""
        row, col = cell.box[1], cell.box[0]
        while (row, col) in self.at:
            row, col = row + down, col + right
            other = self.at.get((row, col))
            if other and other is not cell and other.text.strip() and not (words and is_figure(other.text)):
                return other
        return None

    def top(self, cell: ViewCell) -> ViewCell | None:
        """Return the highest cell with text in the column of a cell."""
        above = (self.at.get((row, cell.box[0])) for row in range(cell.box[1]))
        return next((other for other in above if other and other is not cell and other.text.strip()), None)


@lru_cache(maxsize=65536)
def _shape(text: str) -> tuple[float, ...]:
    """Return what a text looks like."""
    glyphs = "".join(text.split())
    count = max(1, len(glyphs))
    return (
        len(glyphs),
        sum(glyph.isdigit() for glyph in glyphs) / count,
        sum("一" <= glyph <= "鿿" for glyph in glyphs) / count,
        sum(glyph in ".,，" for glyph in glyphs) / count,
        any(glyph in "%％" for glyph in glyphs),
        any(glyph in "≥≤＞＜><=" for glyph in glyphs),
        is_figure(text),
        glyphs.isdigit() * len(glyphs),
    )


def _roles(text: str) -> Array:
    row = np.zeros(len(known_roles()), np.float32)
    row[list(roles_in(text))] = 1
    return row


def cell_features(cells: Sequence[ViewCell]) -> Array:
    """Return what the trees see of each cell: `(len(cells), F)` float32."""
    if not cells:
        return np.zeros((0, 1), np.float32)
    about = _Neighbours(cells)
    n_rows, n_cols = max(cell.box[3] for cell in cells), max(cell.box[2] for cell in cells)
    rows = []
    for cell in cells:
        left, top, right, bottom = cell.box
        others = (
            about.towards(cell, -1, 0),
            about.top(cell),
            about.towards(cell, 0, -1),
            about.towards(cell, 1, 0, words=False),
            about.towards(cell, 0, 1, words=False),
        )
        told = [_roles(cell.text), *(_roles(other.text if other else "") for other in others[:3])]
        shapes = [
            *_shape(cell.text),
            *(part for other in others for part in _shape(other.text if other else "")),
        ]
        geometry = (top, n_rows - bottom, left, n_cols - right, n_cols, bottom - top, right - left)
        rows.append(np.concatenate([geometry, shapes, *told]))
    return np.array(rows, np.float32)


def _kind(spans: Sequence[tuple[int, int, str]]) -> str:
    """Return which labels a cell has, as one word."""
    return "+".join(label for _, _, label in spans) if len(spans) <= _MOST_PARTS else _PROSE


def _spans_of_kind(text: str, kind: str) -> tuple[Span, ...]:
    """Return the spans of a cell by rules, once it is known which labels it has."""
    labels = kind.split("+") if kind else []
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    if not labels or start >= end:
        return ()
    if kind == _PROSE or "indicator.level1" in labels[1:] or labels.count("indicator.value") > 1:
        return narrative_spans(text)
    if set(labels) <= _TARGET:
        return target_spans(text)
    if len(labels) == 2 and "code" in labels[0]:
        code, name = code_and_name_ranges(text)
        if code:
            return (
                Span(start=code[0], end=code[1], label=labels[0]),
                Span(start=name[0], end=name[1], label=labels[1]),
            )
    return (Span(start=start, end=end, label=labels[0]),)


class TreeLabeller:
    """Gradient-boosted trees over cells."""

    def __init__(self, tables: Sequence[LabelledTable]) -> None:
        """Learn from tables."""
        features = np.concatenate([cell_features(table.cells) for table in tables])
        kinds = np.array([_kind(spans) for table in tables for spans in table.spans])
        printed = np.array([bool(cell.text.strip()) for table in tables for cell in table.cells])
        self._trees = HistGradientBoostingClassifier(
            max_iter=_TREES,
            learning_rate=_RATE,
            l2_regularization=_PENALTY,
            early_stopping=False,
            random_state=_SEED,
        ).fit(features[printed], kinds[printed])

    def __call__(self, table: Table, context: Context) -> Table:
        """Return the table with spans."""
        cells = cells_of(table)
        if not cells:
            return table
        kinds = self._trees.predict(cell_features(cells))
        found = {
            cell.source: _spans_of_kind(cell.text, str(kind)) for cell, kind in zip(cells, kinds, strict=True)
        }
        return _with_spans(table, found)


class ChainLabeller:
    """A linear model of tokens, and how tags follow one another."""

    def __init__(self, tables: Sequence[LabelledTable]) -> None:
        """Learn from tables."""
        self._hasher = FeatureHasher(_HASHES, input_type="string")
        rows, tags = [], []
        self._follow = np.ones((len(TAGS), len(TAGS)))
        for table in tables:
            about = _Neighbours(table.cells)
            for cell, spans in zip(table.cells, table.spans, strict=True):
                tokens = tokens_of(cell.text)
                own = tags_of([(token.start, token.end) for token in tokens], spans)
                rows += self._words(cell, about)
                tags += own
                np.add.at(self._follow, (own[:-1], own[1:]), 1)
        self._follow = np.log(self._follow / self._follow.sum(axis=1, keepdims=True))
        self._linear = SGDClassifier(loss="log_loss", alpha=1e-6, max_iter=6, tol=None, random_state=_SEED)
        self._linear.fit(self._hasher.transform(rows), tags)

    @staticmethod
    def _words(cell: ViewCell, about: _Neighbours) -> list[list[str]]:
        """Return what is known of each token of a cell, in words."""
        tokens = [token.key for token in tokens_of(cell.text)]
        left, top, right, bottom = cell.box
        above, beside, first = about.towards(cell, -1, 0), about.towards(cell, 0, -1), about.top(cell)
        shared = [f"row {min(top, 4)}", f"col {left}", f"wide {right - left}", f"high {bottom - top}"]
        for name, other in (("own", cell), ("above", above), ("beside", beside), ("first", first)):
            if other is None:
                continue
            shared += [f"{name} {known_roles()[place]}" for place in roles_in(other.text)]
            if name != "own" and len(other.text) <= 16:
                shared.append(f"{name} text {''.join(other.text.split())}")
        count = len(tokens)
        padded = ["<", "<", *tokens, ">", ">"]
        return [
            [
                *shared,
                *(f"{step} {padded[at + 2 + step]}" for step in (-2, -1, 0, 1, 2)),
                f"pair {padded[at + 1]} {padded[at + 2]}",
                f"at {min(at, 6)}",
                f"left {min(count - at, 4)}",
                *(f"token {padded[at + 2]} {word}" for word in shared[4:]),
            ]
            for at in range(count)
        ]

    def __call__(self, table: Table, context: Context) -> Table:
        """Return the table with spans."""
        cells = cells_of(table)
        about = _Neighbours(cells)
        # All tokens at once: each call turns the weights of a million features around.
        words = [self._words(cell, about) for cell in cells]
        rows = [row for own in words for row in own]
        if not rows:
            return _with_spans(table, {})
        scores = np.full((len(rows), len(TAGS)), -20.0)
        told = self._linear.predict_log_proba(self._hasher.transform(rows))
        scores[:, self._linear.classes_] = np.maximum(told, -20)
        found = {}
        start = 0
        for cell, own in zip(cells, words, strict=True):
            places = [(token.start, token.end) for token in tokens_of(cell.text)]
            spans = spans_of(places, best_tags(scores[start : start + len(own)], self._follow)) if own else []
            found[cell.source] = tuple(Span(start=a, end=b, label=label) for a, b, label, _ in spans)
            start += len(own)
        return _with_spans(table, found)


def _with_spans(table: Table, found: dict[int | None, tuple[Span, ...]]) -> Table:
    cells = tuple(cell.model_copy(update={"spans": found.get(at, ())}) for at, cell in enumerate(table.cells))
    return table.model_copy(update={"cells": cells})
