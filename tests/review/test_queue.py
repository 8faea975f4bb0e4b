from __future__ import annotations

from itertools import pairwise

import pytest

from yusuan.review.facts import PageFacts, RecordFacts
from yusuan.review.queue_order import is_random, ordered, page_score, stop_estimate


def record(wrong: float, yuan: float = 1e4, failed: int = 0, cells: int = 1) -> RecordFacts:
    return RecordFacts(wrong=wrong, yuan=yuan, cells=cells, failed=failed)


def page(*records: RecordFacts, number: int = 1, form: str = "a", reviewed: int = 0) -> PageFacts:
    return PageFacts(
        number=number,
        doubtful=len(records),
        failed=0,
        kinds=("other_budget",),
        forms=(form,),
        reviewed=reviewed,
        records=records,
    )


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (record(0.2), record(0.1)),
        (record(0.1, yuan=1e9), record(0.1, yuan=1e3)),
        (record(0.1, failed=1), record(0.1)),
    ],
)
def test_doubt_money_and_failed_checks_come_first(more: RecordFacts, less: RecordFacts) -> None:
    assert page_score(page(more)) > page_score(page(less))
    # One large budget does not hide ten doubtful small ones.
    assert page_score(page(*[record(0.1, yuan=1e3)] * 10)) > page_score(page(record(0.1, yuan=1e12)))


def test_a_page_without_doubt_can_wait() -> None:
    assert page_score(page(*[record(0.01, cells=0)] * 500)) < page_score(page(record(0.1)))


def test_every_page_comes_once_worst_first_with_shares_of_others() -> None:
    pages = {
        ("doc", number): page(record(number / 1000), number=number, form="rare" if number == 7 else "common")
        for number in range(1, 301)
    }
    order = ordered(pages)
    assert sorted(waiting.key for waiting in order) == sorted(pages)
    worst = [waiting.score for waiting in order if waiting.why == "priority"]
    assert all(before >= after for before, after in pairwise(worst))
    random = [waiting.key for waiting in order if waiting.why == "random"]
    assert set(random) == {key for key in pages if is_random(key)}
    assert 0.05 < len(random) / len(pages) < 0.16
    # They come in between, not at the end.
    assert sum(waiting.why == "random" for waiting in order[:50]) == 10
    first_rare = next(waiting.key for waiting in order if waiting.why == "rare")
    assert first_rare == ("doc", 7) or is_random(("doc", 7))


def test_enough_is_enough_when_few_enough_are_wrong() -> None:
    sure = page(*[record(0.0001)] * 1000)
    estimate = stop_estimate([sure])
    assert estimate.cells_left == 0
    assert estimate.error_now == pytest.approx(0.0001)
    assert estimate.error_now < estimate.bound_now < 0.005


def test_the_worst_cells_are_looked_at_until_the_bound_holds() -> None:
    mixed = page(*[record(0.5, cells=2)] * 20, *[record(0.0001)] * 980)
    estimate = stop_estimate([mixed])
    assert 20 < estimate.cells_left <= 40
    assert estimate.error_now == pytest.approx(0.0101, abs=1e-4)
    # Who has reviewed the worst ones may stop.
    done = page(*[record(0.0001)] * 980, reviewed=20)
    assert stop_estimate([done]).cells_left == 0


def test_errors_found_on_random_pages_raise_the_bound() -> None:
    pages = [page(*[record(0.002)] * 1000)]
    calm = stop_estimate(pages, expected=10.0, found=8.0)
    alarmed = stop_estimate(pages, expected=10.0, found=60.0)
    unknown = stop_estimate(pages)
    assert calm.bound_now < unknown.bound_now < alarmed.bound_now
    assert calm.cells_left <= unknown.cells_left < alarmed.cells_left


def test_nothing_to_review_is_nothing_wrong() -> None:
    assert stop_estimate([]).cells_left == 0
