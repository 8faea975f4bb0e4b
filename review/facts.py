"""What the queue knows of a page: how much there is to look at, what money stands in it, what form it has."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from yusuan.extraction.document import Document, Record, Table
from yusuan.extraction.exports.rows import document_to_facts
from yusuan.review.derive import body_places
from yusuan.review.wire import Doubt


class RecordFacts(BaseModel):
    """A record of a page that nobody has reviewed.

    Attributes:
        wrong: probability that it is wrong.
        yuan: the money that it states, in 元.
        cells: of it that are doubtful.
        failed: checks that touch it.
    """

    model_config = ConfigDict(frozen=True)

    wrong: float
    yuan: float
    cells: int
    failed: int


class PageFacts(BaseModel):
    """A page as the queue sees it; `reviewed` counts records that need no more review."""

    model_config = ConfigDict(frozen=True)

    number: int
    doubtful: int
    failed: int
    kinds: tuple[str, ...]
    forms: tuple[str, ...]
    reviewed: int
    records: tuple[RecordFacts, ...]


def page_facts(document: Document, doubtful: Sequence[Doubt]) -> list[PageFacts]:
    """Return the facts of all pages of a document with rated records, in order."""
    heads = {table.id: table.header_rows for table in document.tables}
    yuan: dict[str, Decimal] = {}
    for row in document_to_facts("", document):
        yuan[row["record"]] = yuan.get(row["record"], Decimal(0)) + abs(row["amount_yuan"] or 0)
    doubted = {(each.table, each.row, each.col) for each in doubtful}
    pages = {(table.id, cell.row, cell.col): cell.page for table in document.tables for cell in table.cells}
    failed = {finding.id: finding for finding in document.findings if finding.status == "fail"}
    by_page: dict[int, list[tuple[Record, Collection[tuple[str, int, int]]]]] = {}
    for record in document.records:
        places = body_places(record, heads)
        if places:
            by_page.setdefault(max(places.values()), []).append((record, places))
    found = []
    for page in document.pages:
        tables = [table for table in document.tables if page.number in pages_of(table)]
        records = by_page.get(page.number, [])
        ids = {table.id for table in tables}
        found.append(
            PageFacts(
                number=page.number,
                doubtful=sum(pages.get(place) == page.number for place in doubted),
                failed=sum(bool(ids & set(finding.tables)) for finding in failed.values()),
                kinds=tuple(sorted({table.kind for table in tables})),
                forms=tuple(sorted({form_of(table) for table in tables})),
                reviewed=sum(record.status == "reviewed" for record, _ in records),
                records=tuple(
                    RecordFacts(
                        wrong=round(1 - (record.confidence or 0.0), 4),
                        yuan=float(yuan.get(record.id, 0)),
                        cells=sum(place in doubted for place in places),
                        failed=len(set(record.checks) & set(failed)),
                    )
                    for record, places in records
                    if record.status != "reviewed"
                ),
            )
        )
    return found


def pages_of(table: Table) -> set[int]:
    """Return the numbers of the pages that a logical table stands on."""
    return {cell.page for cell in table.cells} | {fragment.page for fragment in table.fragments}


def form_of(table: Table) -> str:
    """Return a short name that tables with the same headings share."""
    heads = (cell.text for cell in table.cells if cell.row < table.header_rows)
    text = "\n".join((table.kind, *("".join(each.split()) for each in heads)))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:8]
