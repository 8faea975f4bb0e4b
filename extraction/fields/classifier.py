"""The labeller that was trained: a network reads text, layout and grid, and a decoder makes spans of it.

What the network says of each token is settled over the table: a column below its headings holds one field, so
what the other cells of a column say counts for a cell that is in doubt (one step of mean-field inference in a
graph in which the cells of a column are joined; Krähenbühl and Koltun 2011). A list is of one thing and has
each field once, so of two columns that claim one field the likelier has it. Then the likeliest tags that make
spans are taken, some of which have their cell for themselves or go on to its end, and spans that cannot be
what they say (an amount without a digit) are dropped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np

from yusuan.extraction.document import Span, Table
from yusuan.extraction.errors import ModelError
from yusuan.extraction.fields.labels import Context, has_label
from yusuan.extraction.fields.table_view import Encoded, TableView, cells_of, encode, table_views
from yusuan.extraction.fields.tags import OUTSIDE, TAGS, begin, best_tags_of_texts, spans_of, tags_of
from yusuan.extraction.token_labels import (
    GROUP_EXPENDITURE,
    GROUP_INCOME,
    HEADER,
    KEY,
    LABELS,
    NAMES_BEHIND_CODES,
    ORDINAL,
    PERCENTAGE,
    TOTAL,
    WHOLE_CELLS,
)
from yusuan.models.cards import LABELS as LABELS_CARD
from yusuan.models.store import Device, open_network, verified

Array = np.ndarray

# Their mean is taken with this much of a share for every label.
LEAST_SHARE = 0.02
# Cells of which one says as much as the column.
FEWEST = 2.0
_WITH_DIGITS = frozenset(
    {"budget_line.amount", "budget_line.code", "organization.budget", "project.budget", "procurement.amount"}
)
# A dash is how a cell says that it is blank: no heading, number of a row or share is one.
_NEVER_BLANK = frozenset({HEADER, KEY, ORDINAL, PERCENTAGE})
_DASHES = re.compile(r"[-‐–—―－]+")
# What the word of another labeller counts, and its silence for no label, in log-probability: where it knows
# the heading of the column, or the table by its headings; and where it guesses from content. The network must
# be all but certain to go against what it knows, for on forms that it never saw it is surer than it is right.
# Of labels that it was never shown it knows nothing.
VOUCHED, GUESSED, UNHEARD = (11.0, 2.0), (3.0, 0.0), 100.0
_HEADINGS = (HEADER, KEY, GROUP_INCOME, GROUP_EXPENDITURE)
# Labels of the records that are rows of lists; they count from 1, for 0 is none.
_LISTED = tuple(
    [1 + at for at, label in enumerate(LABELS) if label.startswith(record)]
    for record in ("procurement.", "asset.", "institution.")
)
_TOTAL = 1 + LABELS.index(TOTAL)
# Tags that begin spans which are whole cells.
_WHOLE = [begin(label) for label in LABELS if label in WHOLE_CELLS]


# Tags of spans that end their cell: nothing follows them.
_CLOSING = [
    tag
    for label in LABELS
    if label in WHOLE_CELLS | NAMES_BEHIND_CODES
    for tag in (begin(label), begin(label) + 1)
]


class LabelModel:
    """Labels tables with the network of `yusuan.training.train_labels`. One serves one process."""

    def __init__(self, threads: int, weights: Path | None = None, device: Device = "cpu") -> None:
        """Load the weights.

        Args:
            threads: that ONNX Runtime may use; 0 for one a core.
            weights: an ONNX file just trained, instead of the one that is shipped.
            device: where it runs; operators of int8, which GPUs lack, stay on the CPU.

        Raises:
            ModelError: the weights are missing, or are none of a label network, or there is no such device.
        """
        weights = weights or verified(LABELS_CARD)
        hint = "give a file that `yusuan train labels` wrote with this version"
        try:
            self._network = open_network(weights, threads, device)
        except ModelError:
            raise
        # ONNX Runtime raises classes of its own, which share no other base.
        except Exception as error:
            raise ModelError(f"{weights} cannot be loaded: {str(error).splitlines()[0]}", hint) from error
        about = self._network.get_modelmeta().custom_metadata_map
        if json.loads(about.get("labels", "[]")) != list(LABELS):
            raise ModelError(f"{weights} knows other labels than this version", hint)
        self._column_weight = float(about["column_weight"])
        self._learnt = frozenset(json.loads(about["learnt"]))
        self._vocabulary = {token: number for number, token in enumerate(json.loads(about["vocabulary"]))}

    def __call__(self, table: Table, context: Context) -> Table:
        """Return the table with the spans that the network puts on its cells, and how sure it is of each."""
        return self.read(table, context)

    def read(self, table: Table, context: Context, known: Table | None = None) -> Table:
        """Return the table with spans on its cells.

        Args:
            table: to label.
            context: of it.
            known: the table as another labeller labelled it, whose word counts too.
        """
        found: dict[int, tuple[Span, ...]] = {}
        for view in table_views(cells_of(table), context.caption.title or table.title):
            encoded = encode(view, self._vocabulary)
            own = self.scores(encoded)
            scores = own if known is None else own + self._vouched(view, encoded, known)
            found |= view_spans(view, encoded, scores, self._column_weight, own)
        cells = (cell.model_copy(update={"spans": found.get(at, ())}) for at, cell in enumerate(table.cells))
        return table.model_copy(update={"cells": tuple(cells)})

    def scores(self, encoded: Encoded) -> Array:
        """Return the log-probabilities of the tags, `(S * CHUNK, len(TAGS))`."""
        (scores,) = self._network.run(
            None,
            {
                "tokens": encoded.tokens,
                "hints": encoded.hints,
                "owner": encoded.owner,
                "first": encoded.first[None],
                "boxes": encoded.boxes[None],
                "features": encoded.features[None],
            },
        )
        return np.asarray(scores.reshape(-1, len(TAGS)))

    def _vouched(self, view: TableView, encoded: Encoded, known: Table) -> Array:
        """Return what is added to the scores of the tags that another labeller gives cells, if any."""
        more = np.zeros((encoded.tokens.size, len(TAGS)))
        is_known = any(has_label(cell, *_HEADINGS) for cell in known.cells)
        silence = (VOUCHED if is_known else GUESSED)[1]
        for number, own in _tokens_by_cell(encoded).items():
            source = view.cells[number].source
            spans = known.cells[source].spans if source is not None else ()
            if spans:
                said = [(each.start, each.end, each.label) for each in spans]
                is_guess = not is_known or any(each.confidence is not None for each in spans)
                weight = GUESSED[0] if is_guess else VOUCHED[0]
                if not self._learnt.issuperset(each.label for each in spans):
                    weight = UNHEARD
                more[[place for place, _, _ in own], tags_of([each[1:] for each in own], said)] = weight
            elif source is not None:
                more[[place for place, _, _ in own], 0] = silence
        return more


def _tokens_by_cell(encoded: Encoded) -> dict[int, list[tuple[int, int, int]]]:
    """Return place, start and end of the tokens of each cell that is asked for."""
    tokens: dict[int, list[tuple[int, int, int]]] = {}
    for place, cell, start, end in encoded.spots:
        tokens.setdefault(cell, []).append((place, start, end))
    return tokens


def view_spans(
    view: TableView, encoded: Encoded, scores: Array, column_weight: float, own: Array
) -> dict[int, tuple[Span, ...]]:
    """Return the spans of the cells that a view is asked for, by their place in the table.

    Args:
        view: of the table.
        encoded: the same as arrays.
        scores: `(N, len(TAGS))`, log-probabilities by place; they need not add up to 1.
        column_weight: see `settle_columns`.
        own: `(N, len(TAGS))`, log-probabilities of the network alone, which say how sure a span is: with what
            others say it would be sure of all that they know.
    """
    tokens = _tokens_by_cell(encoded)
    if not tokens:
        return {}
    settled = one_list(view, settle_columns(view, tokens, scores - _log_sum(scores), column_weight))
    # All cells at once: a call of numpy costs more than the few tokens that most of them have.
    lengths = [len(places) for places in tokens.values()]
    starts = _starts(lengths)
    possible = np.concatenate([settled[number] for number in tokens])
    possible -= _log_sum(possible)
    inside = np.ones(len(possible), bool)
    inside[starts] = False
    possible[np.ix_(inside, np.array(_WHOLE))] = -np.inf
    tags = best_tags_of_texts(possible, lengths, _CLOSING)
    flat = np.array([place for places in tokens.values() for place, _, _ in places])
    told = np.flatnonzero(tags)
    alone = own[flat[told]]
    # These are written down, in four digits, so the slow sum, which loses none of a float32.
    shares = np.zeros(len(tags))
    shares[told] = np.exp(
        alone[np.arange(len(told)), np.array(tags)[told]] - np.logaddexp.reduce(alone, axis=1)
    )
    found = {}
    for (number, places), start in zip(tokens.items(), starts, strict=True):
        source = view.cells[number].source
        if source is not None:
            here = slice(start, start + len(places))
            found[source] = _spans_of_cell(view.cells[number].text, places, tags[here], shares[here])
    return found


def _starts(lengths: Sequence[int]) -> list[int]:
    """Return where each of some runs begins when they stand one behind the other."""
    return [0, *accumulate(lengths)][:-1]


def settle_columns(
    view: TableView, tokens: dict[int, list[tuple[int, int, int]]], scores: Array, weight: float
) -> dict[int, Array]:
    """Return the scores of the tokens of each cell, with what the other cells of its column say.

    Args:
        view: of the table.
        tokens: place, start and end of those of each cell.
        scores: `(N, len(TAGS))`, log-probabilities by place.
        weight: what the other cells of a column say counts so much, in log-probability.
    """
    lengths = [len(places) for places in tokens.values()]
    own = scores[[place for places in tokens.values() for place, _, _ in places]]
    labels = _label_shares(own, lengths)
    columns: dict[tuple[int, int], list[int]] = {}
    for at, cell in enumerate(tokens):
        box = view.cells[cell].box
        columns.setdefault((box[0], box[2]), []).append(at)
    told = np.zeros_like(labels)
    for cells in columns.values():
        others = len(cells) - 1
        mean = (labels[cells].sum(axis=0) - labels[cells]) / max(1, others)
        more = np.log(mean + LEAST_SHARE) - np.log(1 / mean.shape[1] + LEAST_SHARE)
        told[cells] = more * (weight * others / (others + FEWEST))
    own += np.repeat(
        np.concatenate([told[:, :1], np.repeat(told[:, 1:], 2, axis=1)], axis=1), lengths, axis=0
    )
    return _by_cell(tokens, own, lengths)


def _by_cell(cells: Iterable[int], values: Array, lengths: Sequence[int]) -> dict[int, Array]:
    """Return the rows of each cell; `values` has those of all cells, one cell behind the other."""
    runs = zip(cells, _starts(lengths), lengths, strict=True)
    return {cell: values[start : start + length] for cell, start, length in runs}


def one_list(view: TableView, scores: dict[int, Array]) -> dict[int, Array]:
    """Return the scores of the tokens of each cell, without labels that a list of one thing cannot have.

    A table lists one kind of record: the one that most of its cells speak of. A row that adds up others is no
    record. And each field has a column: a list is printed once, or in halves side by side, so its fields have
    as many columns as the field with the fewest; where one has more, columns that share rows with a likelier
    one lose it.

    Args:
        view: of the table.
        scores: `(T, len(TAGS))` of each cell.
    """
    lengths = [len(values) for values in scores.values()]
    kept = np.concatenate(list(scores.values()))
    most = _label_shares(kept - _log_sum(kept), lengths).argmax(axis=1).tolist()
    listed = max(_LISTED, key=lambda labels: sum(label in labels for label in most))
    others = [label for labels in _LISTED if labels is not listed for label in labels]
    totals = {view.cells[cell].box[1] for cell, label in zip(scores, most, strict=True) if label == _TOTAL}
    kept[:, _tags_of_labels(others)] = -np.inf
    by_cell = _by_cell(scores, kept, lengths)
    for cell, values in by_cell.items():
        if view.cells[cell].box[1] in totals:
            values[:, _tags_of_labels(listed)] = -np.inf
    shares = _label_shares(kept - _log_sum(kept), lengths)
    for label, column in _second_columns(view, dict(zip(scores, shares, strict=True)), listed):
        for cell in column:
            by_cell[cell][:, _tags_of_labels([label])] = -np.inf
    return by_cell


def _second_columns(
    view: TableView, shares: dict[int, Array], labels: Sequence[int]
) -> Iterator[tuple[int, list[int]]]:
    """Yield each field that a column claims but another has, and the cells of the column that claim it.

    `shares` has that of each label, for each cell.
    """
    claims: dict[int, dict[tuple[int, int], list[int]]] = {label: {} for label in labels}
    weights: dict[tuple[int, int, int], float] = {}
    for cell, share in shares.items():
        label = int(share.argmax())
        if label in claims:
            left, _, right, _ = view.cells[cell].box
            claims[label].setdefault((left, right), []).append(cell)
            weights[label, left, right] = weights.get((label, left, right), 0.0) + float(share[label])
    fewest = min((len(columns) for columns in claims.values() if columns), default=0)
    for label, columns in claims.items():
        likeliest = sorted(columns, key=lambda column: -weights[label, *column])
        for at, (left, right) in enumerate(likeliest[fewest:], fewest):
            better = [other for other in likeliest[:at] if other[1] <= left or right <= other[0]]
            taken = {view.cells[cell].box[1] for other in better for cell in columns[other]}
            if any(view.cells[cell].box[1] in taken for cell in columns[left, right]):
                yield label, columns[left, right]


def _tags_of_labels(labels: Iterable[int]) -> list[int]:
    """Return the tags of labels, which count from 1."""
    return [tag for label in labels for tag in (2 * label - 1, 2 * label)]


def _log_sum(scores: Array) -> Array:
    """Return the logarithm of what the shares of each token add up to, `(T, 1)`."""
    most = scores.max(axis=1, keepdims=True)
    return np.asarray(most + np.log(np.exp(scores - most).sum(axis=1, keepdims=True)))


def _label_shares(scores: Array, lengths: Sequence[int]) -> Array:
    """Return how much of each cell each label is, `(C, 1 + len(LABELS))`: none first.

    Args:
        scores: log-probabilities of the tags of tokens, one cell behind the other.
        lengths: tokens of each cell.
    """
    shares = np.add.reduceat(np.exp(scores), _starts(lengths), axis=0) / np.array(lengths)[:, None]
    both = shares[:, 1:].reshape(len(shares), len(LABELS), 2).sum(axis=2)
    return np.concatenate([shares[:, :1], both], axis=1)


def _spans_of_cell(
    text: str, tokens: list[tuple[int, int, int]], tags: Sequence[int], shares: Array
) -> tuple[Span, ...]:
    """Return the spans of a cell from the tags of its tokens, and how sure the network is of each tag."""
    places = [(start, end) for _, start, end in tokens]
    found = []
    for start, end, label, inside in spans_of(places, tags):
        if label in _WITH_DIGITS and not any(glyph.isdigit() for glyph in text[start:end]):
            continue
        if label in _NEVER_BLANK and _DASHES.fullmatch(text[start:end]):
            continue
        sure = round(float(shares[inside.start : inside.stop].min()), 4)
        # A bracket that closes one of the span is of it, whatever its own tag says.
        closing = tags[inside.stop : inside.stop + 1] == [OUTSIDE] and _closes(text[start:end], text[end:])
        found.append(Span(start=start, end=end + closing, label=label, confidence=sure))
    return tuple(found)


def _closes(text: str, rest: str) -> bool:
    return any(rest.startswith(b) and text.count(a) > text.count(b) for a, b in ("()", "（）"))
