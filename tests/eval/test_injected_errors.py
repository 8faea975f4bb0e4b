"""Errors put into a page on purpose, from drawing it to judging what became of them."""

from __future__ import annotations

import random

import numpy as np
import pytest

from yusuan.datasets.synth.pages import CLEAN_DPI, draw_documents
from yusuan.eval.injected_errors import WAYS, Injected, Outcome, errors_in, judge
from yusuan.extraction.config import load_settings
from yusuan.extraction.document import Document
from yusuan.extraction.ocr.again import Images
from yusuan.extraction.ocr.traces import trace_reader
from yusuan.extraction.pipeline import TRUST_STAGES, Means, run_stages

SETTINGS = load_settings(None, {"ocr": {"threads": 1}})


@pytest.fixture(scope="module")
def scanned() -> tuple[Document, Images]:
    """A table of codes whose sums hold, as if it were a scan."""
    drawn = next(draw_documents(4, layouts=("expenditure_codes",)))
    pages = tuple(page.model_copy(update={"kind": "scanned"}) for page in drawn.document.pages)
    source = drawn.document.source.model_copy(update={"kind": "scanned"})
    images = [np.stack([each] * 3, -1) if each.ndim == 2 else each for each in drawn.images]
    document = drawn.document.model_copy(
        update={"pages": pages, "source": source, "records": (), "findings": ()}
    )
    return document, lambda number: (images[number - 1], float(CLEAN_DPI))


def test_each_way_to_be_wrong_is_found_and_a_wrong_print_is_left_alone(
    scanned: tuple[Document, Images],
) -> None:
    document, images = scanned
    before = run_stages(TRUST_STAGES, document, Means(SETTINGS, images))
    outcomes = {way: Outcome() for way in WAYS}
    for injected in errors_in(document, before, images, trace_reader(1), random.Random(2), 2):
        after = run_stages(TRUST_STAGES, injected.document, Means(SETTINGS, injected.images))
        judge(outcomes[injected.way], injected, before, after)
    assert {way: one.injected for way, one in outcomes.items()} == dict.fromkeys(WAYS, 2)
    assert all(one.found == one.injected for one in outcomes.values())
    assert outcomes["in the text"].first == outcomes["in the text"].injected
    assert (outcomes["in print"].restored, outcomes["in print"].applied) == (0, 0)
    assert sum(one.wrong for one in outcomes.values()) == 0


def test_a_change_that_is_not_right_counts_as_wrong(scanned: tuple[Document, Images]) -> None:
    document, images = scanned
    before = run_stages(TRUST_STAGES, document, Means(SETTINGS, images))
    injected = next(errors_in(document, before, images, trace_reader(1), random.Random(2), 1))
    outcome = Outcome()
    judge(outcome, injected, before, injected.document)  # nothing was done
    assert (outcome.found, outcome.first, outcome.applied, outcome.wrong) == (0, 0, 0, 0)
    judge(outcome, injected, before, before)  # all was put right
    assert (outcome.restored, outcome.applied, outcome.wrong) == (1, 1, 0)
    print_error = Injected("in print", injected.document, injected.cell, injected.right, images)
    judge(outcome, print_error, before, before)
    assert outcome.wrong == 1
