"""A real server that is killed while people work, and one that is sent what the schema allows and forbids."""

from __future__ import annotations

from pathlib import Path

from yusuan.eval.review_fuzz import fuzz
from yusuan.eval.review_storm import Outcome, Saved, outcome, storm
from yusuan.review.store import ReviewStore, StoredEvent


def test_nothing_saved_is_lost_when_the_server_is_killed(out: Path) -> None:
    result, workers, starts = storm(out, people=4, edits=80, kills=2, documents=1, seed=3)
    assert result == Outcome(saved=80, lost=0, twice=0, gaps=0, unseen=0, other=0)
    assert starts == 4
    # They did meet, or nothing was shown.
    assert sum(worker.conflicts for worker in workers) > 0


def test_what_is_lost_or_overwritten_would_be_seen(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path)

    def stored(version: int, edit: str, text: str) -> None:
        cell = f'{{"row": 0, "col": 0, "text": "{text}"}}'
        patches = f'[{{"op": "change", "table": "t1", "put": [{cell}]}}]'
        store.add_event(StoredEvent("d", "", version, edit, "p", "", 1, "text", 0, None, patches))

    stored(1, "a", "one")
    stored(2, "b", "two")
    stored(4, "c", "three")
    saved = [
        Saved("d", 1, "a", 0, "t1"),
        Saved("d", 2, "b", 0, "t1"),  # did not see the first one
        Saved("d", 4, "c", 2, "t1"),
        Saved("d", 5, "gone", 4, "t1"),
    ]
    found = outcome(store.path, saved, {("d", "t1", 0, 0): "one"})
    assert found == Outcome(saved=4, lost=1, twice=0, gaps=1, unseen=1, other=1)
    store.close()


def test_random_requests_find_no_crash(out: Path) -> None:
    assert fuzz(out, examples=4, phases=("fuzzing",)) == 0
