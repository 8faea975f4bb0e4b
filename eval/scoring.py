"""One document against its gold: everything that is measured, counted into its slices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from yusuan.eval.gold import GoldDocument
from yusuan.eval.metrics.counts import Counts, Share
from yusuan.eval.metrics.grids import TablePair, frame_change, is_read, page_grids, table_pairs
from yusuan.eval.metrics.joins import Part, joined_alike
from yusuan.eval.metrics.records import RecordPair, pair_records
from yusuan.eval.metrics.similarity import grits_counts, has_text, teds_shares
from yusuan.eval.metrics.structure import (
    DETECTION,
    cells,
    compared,
    detection,
    numbers,
    perfect,
    spans,
    texts,
)
from yusuan.eval.metrics.text_errors import character_errors
from yusuan.eval.metrics.values import NamedKey, amount_key, code_name_key, completions, found, texts_of
from yusuan.eval.slices import DocumentSlices, Slices
from yusuan.eval.tags import Tags
from yusuan.eval.tally import Cut, Judged, Tally
from yusuan.extraction.checks.evidence import cells_by_place, confidence_of
from yusuan.extraction.document import Document, Page, Record

Cuts = tuple[Cut, ...]
# Calibration is not cut further: it needs many records.
JUDGED_BY = frozenset({"all", "type", "scan", "family", "split"})


def score_document(gold: GoldDocument, tags: Tags, predicted: Document | None) -> Tally:
    """Return all counts of one gold document; without a prediction all of it is missed."""
    said = predicted or Document(source=gold.document.source)
    slices = Slices(gold, tags)
    of_gold, of_said = DocumentSlices(slices, gold.document), DocumentSlices(slices, said)
    tally = Tally()
    _score_records(tally, said, pair_records(said.records, gold.document.records), of_gold, of_said)
    for metric, key, repeats in (("amounts", amount_key, True), ("code_names", code_name_key, False)):
        true_keys = _keyed(gold.document.records, of_gold, key, repeats)
        said_keys = _keyed(said.records, of_said, key, repeats)
        _score_found(tally, metric, said_keys, true_keys)
    # A name that is printed whole, was read short and is whole again is neither right nor wrong.
    whole = texts_of(gold.document) - {one.key for one in completions(gold.document)}
    _score_found(
        tally,
        "completions",
        [(one.key, of_said.of_completion(one)) for one in completions(said) if one.key not in whole],
        [(one.key, of_gold.of_completion(one)) for one in completions(gold.document)],
    )
    same = _score_pages(tally, said, gold.document, of_gold, of_said)
    made, strange = joined_alike(said, gold.document, same)
    for ((page, _), (next_page, _)), is_made in made:
        tally.count("joins", of_gold.of_join([page, next_page]), tp=int(is_made), fn=int(not is_made))
    for (page, _), (next_page, _) in strange:
        tally.count("joins", of_said.of_join([page, next_page]), fp=1)
    return tally


def _score_records(
    tally: Tally,
    said: Document,
    pairs: Sequence[RecordPair],
    of_gold: DocumentSlices,
    of_said: DocumentSlices,
) -> None:
    # Of a program that is never sure of anything, coverage is not asked.
    cells = cells_by_place(said)
    rated = any(pair.said is not None and pair.said.confidence is not None for pair in pairs)
    for pair in pairs:
        cuts = of_gold.of_record(pair.true) if pair.true else ()
        if pair.true is None and pair.said is not None:
            cuts = of_said.of_record(pair.said)
        _count(tally, "fields", cuts, sum(pair.fields.values(), Counts()))
        for name, counts in pair.fields.items():
            _count(tally, "fields", (("field", f"{pair.type}.{name}"),), counts)
        _count(tally, "records", cuts, pair.whole)
        accepted = pair.said is not None and pair.said.status == "accepted"
        stated = len(pair.fields)
        if rated:
            tally.share("coverage", cuts, stated * accepted, stated)
        if pair.said is None:
            continue
        if accepted:
            tally.share("accepted", cuts, int(pair.exact), 1)
            right = sum(counts.tp for counts in pair.fields.values())
            tally.share("accepted_fields", cuts, right, stated)
        if pair.said.confidence is not None:
            judged_by = tuple(cut for cut in cuts if cut[0] in JUDGED_BY)
            tally.judged.append(Judged(pair.said.confidence, pair.exact, judged_by))
            for name, counts in pair.fields.items():
                sure = confidence_of(cells, pair.said, name)
                if sure is not None:
                    tally.rate_field(judged_by, sure, counts.tp > 0)


Keyed = list[tuple[NamedKey, Cuts]]


def _keyed(
    records: Iterable[Record],
    slices: DocumentSlices,
    key: Callable[[Record], NamedKey | None],
    repeats: bool,
) -> Keyed:
    """Return the keys of records with their slices; each key once unless it `repeats`."""
    keyed = [(k, record) for record in records if (k := key(record)) is not None]
    if not repeats:
        keyed = list({k: (k, record) for k, record in reversed(keyed)}.values())
    return [(k, slices.of_record(record)) for k, record in keyed]


def _score_found(tally: Tally, metric: str, said: Keyed, true: Keyed) -> None:
    matched = found([key for key, _ in said], [key for key, _ in true])
    for (_, cuts), is_found in zip(true, matched.gold, strict=True):
        tally.count(metric, cuts, tp=int(is_found), fn=int(not is_found))
    for (_, cuts), is_true in zip(said, matched.predicted, strict=True):
        tally.count(metric, cuts, fp=int(not is_true))


def _score_pages(
    tally: Tally, said: Document, gold: Document, of_gold: DocumentSlices, of_said: DocumentSlices
) -> dict[Part, Part]:
    """Score the tables of every page; return predicted page table → the gold page table that it is."""
    read = {page.number: page for page in said.pages if is_read(page)}
    same: dict[Part, Part] = {}
    for page in gold.pages:
        found_page = read.pop(page.number, None)
        matrix = None if found_page is None else frame_change(page, found_page)
        pairs = table_pairs(page_grids(found_page) if found_page else [], page_grids(page, matrix))
        score_tables(tally, pairs, _cuts_by_id(page, of_gold), _cuts_by_id(found_page, of_said))
        same |= {
            (page.number, pair.predicted.id): (page.number, pair.gold.id)
            for pair in pairs
            if pair.gold and pair.predicted and pair.is_same
        }
    for page in read.values():  # of which the truth knows nothing
        score_tables(tally, table_pairs(page_grids(page), []), {}, _cuts_by_id(page, of_said))
    return same


def _cuts_by_id(page: Page | None, slices: DocumentSlices) -> dict[str, Cuts]:
    return {table.id: slices.of_table(page.number, table) for table in page.tables} if page else {}


def score_tables(
    tally: Tally, pairs: Sequence[TablePair], of_gold: Mapping[str, Cuts], of_said: Mapping[str, Cuts]
) -> None:
    """Count the tables of one page.

    Args:
        tally: counted into.
        pairs: gold and predicted tables, all boxes in one frame.
        of_gold: id of a gold table → its slices.
        of_said: id of a predicted table → its slices, for tables that are none.
    """

    def cuts(pair: TablePair) -> Cuts:
        if pair.gold is not None:
            return of_gold[pair.gold.id]
        return () if pair.predicted is None else of_said[pair.predicted.id]

    for pair in pairs:
        for metric, least in DETECTION.items():
            _count(tally, metric, cuts(pair), detection(pair, least))
    content = all(has_text(pair.gold) for pair in pairs if pair.gold)
    for pair in compared(pairs):
        _count(tally, "cells", cuts(pair), cells(pair))
        _count(tally, "spans", cuts(pair), spans(pair))
        for metric, measure in (("perfect", perfect), ("texts", texts), ("numbers", numbers)):
            _share(tally, metric, cuts(pair), measure(pair))
        for metric, counts in grits_counts(pair, content).items():
            _count(tally, metric, cuts(pair), counts)
        for metric, share in teds_shares(pair).items():
            _share(tally, metric, cuts(pair), share)
    gold = [pair.gold for pair in pairs if pair.gold]
    errors = character_errors(gold, [pair.predicted for pair in pairs if pair.predicted])
    for grid, share in zip(gold, errors, strict=True):
        if grid.scored:
            _share(tally, "cer", of_gold[grid.id], share)


def _count(tally: Tally, metric: str, cuts: Iterable[Cut], counts: Counts) -> None:
    if counts != Counts():
        tally.count(metric, cuts, counts.tp, counts.fp, counts.fn)


def _share(tally: Tally, metric: str, cuts: Iterable[Cut], share: Share) -> None:
    if share.whole:
        tally.share(metric, cuts, share.part, share.whole)
