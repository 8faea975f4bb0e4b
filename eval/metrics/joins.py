"""Tables over several pages: are the parts that belong together joined, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from yusuan.extraction.document import Document

# A page table: page number and id.
Part = tuple[int, str]
Join = tuple[Part, Part]


def joins(document: Document) -> list[Join]:
    """Return each pair of consecutive fragments of the logical tables."""
    pairs: list[Join] = []
    for table in document.tables:
        parts = [(fragment.page, fragment.table) for fragment in table.fragments]
        pairs += pairwise(parts)
    return pairs


def joined_alike(
    predicted: Document, gold: Document, same: Mapping[Part, Part]
) -> tuple[list[tuple[Join, bool]], list[Join]]:
    """Compare the joins of two documents.

    Args:
        predicted: what was read.
        gold: what is true.
        same: predicted page table → the gold page table that it is.

    Returns:
        Each gold join with whether it was made, and each predicted join that is none; these
        are in gold terms where the parts are known.
    """
    said = [(same.get(a, a), same.get(b, b)) for a, b in joins(predicted) if a in same and b in same]
    strange = [(a, b) for a, b in joins(predicted) if a not in same or b not in same]
    true = joins(gold)
    return [(join, join in set(said)) for join in true], strange + [j for j in said if j not in set(true)]
