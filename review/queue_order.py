"""Which page comes next, and when one may stop.

A page's score is money at risk x doubt x failed checks, summed over its records: the probability that a
record is wrong, times the order of magnitude of its money, times one more for each check that fails. Money
counts by its logarithm, else the largest budget would hide all others. Two shares of the pages come in
between: some drawn at random, which keep the figures honest (what is found on them says how wrong the rest
is), and some whose form is rare, of which the program knows least.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scipy.special import gammaincinv, ndtri

from yusuan.review.facts import PageFacts, RecordFacts
from yusuan.review.wire import StopEstimate, Why

RANDOM_SHARE = 0.1
RARE_SHARE = 0.1
# One in so many pages that come is of the random, or of the rare ones.
_EVERY = 5

TARGET, LEVEL = 0.005, 0.95
# What calibration is trusted with before anything was found out about it: four errors expected, four found.
_PRIOR = 4.0

PageKey = tuple[str, int]


@dataclass(frozen=True)
class Waiting:
    """A page in the order in which it should be looked at."""

    key: PageKey
    score: float
    why: Why


def page_score(facts: PageFacts) -> float:
    """Return how much there is to win by looking at a page: at those of its records that are in doubt."""
    return sum(_record_score(record) for record in facts.records if record.cells or record.failed)


def _record_score(record: RecordFacts) -> float:
    return record.wrong * math.log10(10 + record.yuan) * (1 + record.failed)


def ordered(pages: Mapping[PageKey, PageFacts]) -> list[Waiting]:
    """Return pages in the order in which they should be looked at."""
    by_score = sorted(pages, key=lambda key: (-page_score(pages[key]), key))
    chosen = {key for key in pages if is_random(key)}
    counts = Counter(form for facts in pages.values() for form in facts.forms)
    with_forms = [key for key in by_score if pages[key].forms and key not in chosen]
    rarity = {key: min(counts[form] for form in pages[key].forms) for key in with_forms}
    rare = sorted(with_forms, key=lambda key: rarity[key])[: math.ceil(RARE_SHARE * len(with_forms))]
    others = set(rare)
    streams: dict[Why, Iterator[PageKey]] = {
        "priority": (key for key in by_score if key not in chosen and key not in others),
        "random": iter(sorted(chosen, key=_draw)),
        "rare": iter(rare),
    }
    found = []
    turn = 0
    while streams:
        turn += 1
        wanted: Why = "random" if turn % _EVERY == 0 else "rare" if turn % _EVERY == 3 else "priority"
        for why in (wanted, *(each for each in ("priority", "random", "rare") if each != wanted)):
            if why not in streams:
                continue
            key = next(streams[why], None)
            if key is None:
                del streams[why]
                continue
            found.append(Waiting(key, page_score(pages[key]), why))
            break
    return found


def is_random(key: PageKey) -> bool:
    """Say whether a page is one of those that are drawn without regard to what was read."""
    return _draw(key) < RANDOM_SHARE


def _draw(key: PageKey, purpose: str = "random") -> float:
    """Return a number in 0..1 that is always the same for a page, and says nothing about it."""
    digest = hashlib.sha256(f"{purpose} {key[0]} {key[1]}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def is_drawn(key: PageKey, purpose: str, share: float) -> bool:
    """Say whether a page belongs to a share that is drawn for a purpose."""
    return _draw(key, purpose) < share


def stop_estimate(pages: Iterable[PageFacts], expected: float = 0.0, found: float = 0.0) -> StopEstimate:
    """Return how much is left to look at until few enough records are wrong.

    Each record that nobody has reviewed is wrong with its own probability, one that was reviewed is not. The
    share of wrong ones is not exceeded by its mean and so many standard deviations (a sum of independent
    trials is nearly normal). How far the probabilities themselves can be trusted was seen on pages drawn at
    random: a factor on them, whose posterior (a gamma distribution, with a cautious prior) gives its upper
    bound.

    Args:
        pages: all of them.
        expected: number of wrong records that was expected on random pages that were reviewed.
        found: number of records that people changed there.
    """
    open_records: list[RecordFacts] = []
    reviewed = 0
    for facts in pages:
        open_records += facts.records
        reviewed += facts.reviewed
    total = reviewed + len(open_records)
    if not total:
        return StopEstimate(cells_left=0, target=TARGET, level=LEVEL, error_now=0.0, bound_now=0.0)
    factor = float(gammaincinv(_PRIOR + found, LEVEL)) / (_PRIOR + expected)
    worst_first = sorted(open_records, key=lambda record: -record.wrong)
    mean = sum(record.wrong for record in worst_first)
    variance = sum(record.wrong * (1 - record.wrong) for record in worst_first)
    error_now, bound_now = mean / total, _bound(mean, variance, factor) / total
    cells = 0
    for record in worst_first:
        if _bound(mean, variance, factor) / total < TARGET:
            break
        mean -= record.wrong
        variance -= record.wrong * (1 - record.wrong)
        cells += max(1, record.cells)
    return StopEstimate(
        cells_left=cells,
        target=TARGET,
        level=LEVEL,
        error_now=min(1.0, error_now),
        bound_now=min(1.0, bound_now),
    )


def _bound(mean: float, variance: float, factor: float) -> float:
    return factor * (max(0.0, mean) + float(ndtri(LEVEL)) * math.sqrt(max(0.0, variance)))
