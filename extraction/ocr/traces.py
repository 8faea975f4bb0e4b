"""What the recogniser saw step by step: how likely it finds any text in a crop, not only the one it reads.

A reader gives the best text and one score. Its network gives for each step across the crop a probability of
each character (connectionist temporal classification, Graves et al. 2006), and so of any text: of `4,517`
where it read `4,511`, too.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from yusuan.extraction.ocr.engine import Reading
from yusuan.extraction.ocr.recognizer import BLANK, Recognizer, recognizer
from yusuan.models.store import Device

# A character that a step does not show at all still has this log-probability.
_FLOOR = -20.0
# A character with less than this at every step is shown at none.
_SHOWN = 1e-4


@dataclass(frozen=True)
class Trace:
    """The steps across one crop.

    Attributes:
        log: `(T, C)` float32, log-probability of some characters at each step; column 0 says none.
        numbers: character → its column. One of the alphabet that has none is shown at no step.
        alphabet: all characters that could have been seen.
    """

    log: np.ndarray
    numbers: Mapping[str, int]
    alphabet: Container[str]

    @cached_property
    def reading(self) -> Reading:
        """What is read, step by step, and the mean probability of the steps that say something."""
        best = self.log.argmax(1)
        characters = {number: character for character, number in self.numbers.items()}
        starts = np.flatnonzero((best != BLANK) & (best != np.r_[BLANK, best[:-1]]))
        if not len(starts):
            return Reading("", 0.0)
        text = "".join(characters[int(best[at])] for at in starts)
        return Reading(text, float(np.exp(self.log[starts, best[starts]]).mean()))

    def within(self, characters: str) -> Trace:
        """Return what would be seen if there were no other characters."""
        log = np.stack([self.log[:, BLANK], *map(self._seen, characters)], 1)
        log = log - np.logaddexp.reduce(log, axis=1, keepdims=True)
        return Trace(log, {character: at for at, character in enumerate(characters, 1)}, characters)

    def likelihood(self, text: str) -> float:
        """Return the log-probability of a text, over all ways to spread it over the steps.

        A text with a character that is not in the alphabet has none (`-inf`).
        """
        if any(character not in self.alphabet for character in text):
            return float("-inf")
        # None, then each character followed by none.
        states = ["", *(state for character in text for state in (character, ""))]
        seen = np.stack([self._seen(state) if state else self.log[:, BLANK] for state in states], 1)
        # A character may follow another one without a step between them unless both are the same.
        skips = np.array(
            [at > 1 and state != "" and state != states[at - 2] for at, state in enumerate(states)]
        )
        ahead = np.full(len(states), -np.inf)
        ahead[:2] = seen[0, :2]
        for step in seen[1:]:
            one = np.r_[-np.inf, ahead[:-1]]
            two = np.where(skips, np.r_[-np.inf, -np.inf, ahead[:-2]][: len(states)], -np.inf)
            ahead = np.logaddexp(np.logaddexp(ahead, one), two) + step
        return float(np.logaddexp.reduce(ahead[-2:]))

    def _seen(self, character: str) -> np.ndarray:
        """Return the log-probability `(T,)` of a character at each step."""
        at = self.numbers.get(character)
        return np.full(len(self.log), _FLOOR) if at is None else np.maximum(self.log[:, at], _FLOOR)


def joined(traces: Sequence[Trace]) -> Trace:
    """Return the steps across lines that follow one another as those of one line.

    Args:
        traces: at least one, of one recogniser.
    """
    if len(traces) == 1:
        return traces[0]
    characters = list(dict.fromkeys(character for trace in traces for character in trace.numbers))
    # A step that says none parts the lines, so that a glyph at the end of one may begin the next as well.
    pause = np.full((1, len(characters) + 1), _FLOOR, np.float32)
    pause[0, BLANK] = 0
    parts = []
    for trace in traces:
        parts += [np.stack([trace.log[:, BLANK], *map(trace._seen, characters)], 1), pause]
    numbers = {character: at for at, character in enumerate(characters, 1)}
    return Trace(np.concatenate(parts[:-1]), numbers, traces[0].alphabet)


class TraceReader:
    """The recogniser, asked for its steps."""

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer
        self._alphabet = frozenset(recognizer.characters.tolist())

    def trace(self, crops: Sequence[np.ndarray]) -> list[Trace]:
        """Return the steps across each crop, `(h, w, 3)` uint8 RGB with one line of text."""
        found: dict[int, Trace] = {}
        for crop, steps in self._recognizer.steps(crops):
            # Of 18,000 characters some two hundred are seen anywhere on damaged paper; all of them would be
            # megabytes a crop.
            shown = np.flatnonzero(steps.max(0) > _SHOWN)
            shown = np.r_[BLANK, shown[shown != BLANK]]
            log = np.log(np.maximum(steps[:, shown], np.exp(_FLOOR))).astype(np.float32)
            characters = self._recognizer.characters[shown]
            numbers = {str(each): at for at, each in enumerate(characters) if shown[at] != BLANK}
            found[crop] = Trace(log, numbers, self._alphabet)
        return [found[crop] for crop in range(len(crops))]


@cache
def trace_reader(threads: int, device: Device = "cpu") -> TraceReader:
    """Return the reader of this process.

    Raises:
        ModelError: see `Recognizer`.
    """
    return TraceReader(recognizer(threads, device))
