"""Tags: what a label network says of each token. IOB2: `B` begins a span, `I` goes on, `O` is none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from yusuan.extraction.token_labels import LABELS

Array = np.ndarray

OUTSIDE = 0
TAGS = ("O", *(f"{begins}-{label}" for label in LABELS for begins in "BI"))
# A token of which nothing is asked.
NO_TAG = -100


def begin(label: str) -> int:
    """Return the tag that begins a span."""
    return 1 + 2 * LABELS.index(label)


def tags_of(tokens: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int, str]]) -> list[int]:
    """Return the tag of each token of a text.

    Args:
        tokens: start and end of each.
        spans: start, end and label; a token belongs to the span in which its first character stands.
    """
    tags = [OUTSIDE] * len(tokens)
    for start, end, label in spans:
        inside = [at for at, token in enumerate(tokens) if start <= token[0] < end]
        for number, at in enumerate(inside):
            tags[at] = begin(label) + (number > 0)
    return tags


def _allowed() -> Array:
    """Return 0 where a tag may follow another in IOB2, minus infinity where not."""
    allowed = np.zeros((len(TAGS), len(TAGS)))
    for inner in range(2, len(TAGS), 2):
        allowed[:, inner] = -np.inf
        allowed[[inner - 1, inner], inner] = 0
    return allowed


_ALLOWED = _allowed()


def best_tags(scores: Array, follow: Array | None = None) -> list[int]:
    """Return the likeliest tags that are IOB2: `I` stands only behind a tag of its own label (Viterbi).

    Args:
        scores: `(N, len(TAGS))`, log-probabilities.
        follow: `(len(TAGS), len(TAGS))`, log-probabilities of a tag (second axis) behind another.
    """
    if not len(scores):
        return []
    steps = _ALLOWED if follow is None else _ALLOWED + follow
    total = scores[0].astype(float)
    total[2::2] = -np.inf
    back = np.zeros(scores.shape, np.int64)
    for at in range(1, len(scores)):
        ways = total[:, None] + steps
        back[at] = ways.argmax(axis=0)
        total = ways.max(axis=0) + scores[at]
    path = [int(total.argmax())]
    for at in range(len(scores) - 1, 0, -1):
        path.append(int(back[at, path[-1]]))
    return path[::-1]


def best_tags_of_texts(scores: Array, lengths: Sequence[int], closing: Sequence[int]) -> list[int]:
    """Return the likeliest tags that are IOB2 of many texts at once, see `best_tags`.

    Args:
        scores: `(N, len(TAGS))`, log-probabilities of the tokens of all texts, one text behind the other.
        lengths: tokens of each text, at least one.
        closing: tags that nothing may follow but the inner tag of their own label.
    """
    # Longest first, so that the texts that have a token at some place are the first ones.
    order = sorted(range(len(lengths)), key=lambda text: -lengths[text])
    first = np.concatenate([[0], np.cumsum(lengths)])[order]
    long = np.array([lengths[text] for text in order])
    total = scores[first].astype(float)
    total[:, 2::2] = -np.inf
    last = total.copy()
    back: list[Array] = []
    for at in range(1, int(long[0]) if len(long) else 0):
        total = total[: np.searchsorted(-long, -at)]
        ended = total.copy()
        ended[:, closing] = -np.inf
        begun, inner = total[:, 1::2], total[:, 2::2]
        before = np.repeat(ended.argmax(axis=1)[:, None], len(TAGS), axis=1)
        before[:, 2::2] = np.arange(1, len(TAGS), 2) + (inner > begun)
        best = np.repeat(ended.max(axis=1)[:, None], len(TAGS), axis=1)
        best[:, 2::2] = np.maximum(begun, inner)
        total = best + scores[first[: len(total)] + at]
        last[: len(total)] = total
        back.append(before)
    tags = np.zeros(len(scores), np.int64)
    now = last.argmax(axis=1)
    tags[first + long - 1] = now
    for at, before in zip(range(len(back), 0, -1), reversed(back), strict=True):
        here = np.arange(len(before))
        now[here] = before[here, now[here]]
        tags[first[here] + at - 1] = now[here]
    return [int(tag) for tag in tags]


def spans_of(tokens: Sequence[tuple[int, int]], tags: Sequence[int]) -> list[tuple[int, int, str, range]]:
    """Return the spans of a text: start, end, label, and which of its tokens they are."""
    found: list[tuple[int, int, str, range]] = []
    for at, tag in enumerate(tags):
        if tag == OUTSIDE:
            continue
        label = LABELS[(tag - 1) // 2]
        if tag % 2 == 0 and found and found[-1][3].stop == at and found[-1][2] == label:
            start, _, _, places = found[-1]
            found[-1] = (start, tokens[at][1], label, range(places.start, at + 1))
        else:
            found.append((*tokens[at], label, range(at, at + 1)))
    return found
