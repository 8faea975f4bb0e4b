"""What a cell can hold, read again: known names, figures where figures stand, nothing where dirt lies.

A reader takes every text to be as likely as any other. A table does not: a heading is mostly one of some
hundred, the name of a subject stands in the code list of the year, a body is named alike on every page, and
an amount is made of digits. Where what was read is a little off from what can stand there, the recogniser is
asked how likely it finds the other text in the very pixels. Only what it sees there too is put right, so that
a name which is really printed otherwise stays as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from yusuan.extraction.checks.repair import SEEN
from yusuan.extraction.document import Cell, Document, Evidence, Repair, Table
from yusuan.extraction.fields.budget import codes_of_items
from yusuan.extraction.fields.labels import replace_cells, whole_span
from yusuan.extraction.fields.lexicon import known_headings
from yusuan.extraction.numerals import canonical, parse_amount, repair_amount
from yusuan.extraction.ocr.again import SecondReader
from yusuan.extraction.token_labels import CODES, FIGURE_LABELS, HEADINGS, ITEMS, MEASURE_UNIT, NAMES, VALUE

# A glyph in so many may be wrong or lost, of names of at least so many glyphs; headings may be shorter and
# less alike, for there are few of them.
_GLYPHS_A_SLIP, _SHORTEST = 4, 3
_GLYPHS_A_SLIP_IN_HEADINGS = 3
# A text that stands in so many cells of a document is no slip of the reader.
_OFTEN = 2
# Where at least so many figures of a table, and this share of them, have as many decimals, all have.
_ENOUGH, _NEARLY_ALL = 10, 0.95
# How sure a figure is that was first read as another, or none: never so sure that nobody looks at it.
_AT_MOST = 0.85
# A figure whose last point may be a comma: thousands stand in threes.
_THOUSANDS = re.compile(r"-?\d{1,3}(?:[,.]\d{3})*\.\d{3}")
# Dirt reads as a figure of at most so many glyphs, and not surely.
_DIRT, _UNSURE = 2, 0.75
# What is no prose begins and ends with none of these.
_DUST = ".,·。、'`"
# Nor stands one of these in it between two characters.
_SPECK = re.compile(r"(?<=[一-鿿])[.'`](?=[一-鿿])")
_WORDS = NAMES | {
    *CODES,
    *("procurement.item", "procurement.catalogue_code", "procurement.measure_unit", "asset.item"),
    *(MEASURE_UNIT, "project.category"),
}
_FIGURES = FIGURE_LABELS | {VALUE}
_NUMBERING = re.compile(
    r"^(?:[一二三四五六七八九十]+[、.．]|[（(][一二三四五六七八九十\d]+[)）]|\d{1,2}[、.．]|其中[:：])"
)


@dataclass(frozen=True)
class _Known:
    """A text that may stand in a cell, and why that is believed."""

    text: str
    evidence: Evidence


def reread(document: Document, listed: Mapping[str, str], second: SecondReader) -> Document:
    """Return the document with cells of scans put right that hold what they cannot, where pixels show it.

    Args:
        document: with labelled tables.
        listed: subject code → name in the code list of the fiscal year.
        second: reads cells again.
    """
    scanned = {page.number for page in document.pages if page.kind == "scanned" and page.status == "ok"}
    if not scanned:
        return document
    known = _known_texts(document, listed)
    tables = []
    for table in document.tables:
        decimals, codes = _decimals(table), codes_of_items(table)
        changed = []
        for cell in table.cells:
            if cell.page not in scanned or len(cell.spans) != 1 or not cell.text.strip():
                continue
            label = cell.spans[0].label
            if (bare := _without_dust(cell)) is not None:
                put_right: Cell | None = bare
            elif label in FIGURE_LABELS:
                put_right = _figure(cell, decimals, second)
            else:
                # Of a name with a code no other will do than the one that the list has for it.
                own = canonical(listed.get(codes.get((cell.row, cell.col)) or "", ""))
                of_label = known.get(label, {})
                put_right = _name(cell, {own: of_label[own]} if own in of_label else of_label, second)
            if put_right is not None:
                changed.append(put_right)
        tables.append(replace_cells(table, changed))
    return document.model_copy(update={"tables": tuple(tables)})


def _known_texts(document: Document, listed: Mapping[str, str]) -> dict[str, dict[str, _Known]]:
    """Return label → canonical text → what may stand in cells of that label."""
    known: dict[str, dict[str, _Known]] = {label: {} for label in NAMES}
    for label in HEADINGS:
        for text in known_headings():
            known[label][canonical(text)] = _Known(text, Evidence(text=f"a known heading: {text}"))
    for label in ITEMS:
        for code, name in listed.items():
            known[label][canonical(name)] = _Known(name, Evidence(text=f"code list: {code} {name}"))
    for label, cells in _by_label(document).items():
        counts = Counter(canonical(cell.text) for cell in cells)
        in_list = dict(known[label]) if label in ITEMS else {}
        for cell in cells:
            text = canonical(cell.text)
            # What is nearly a name of the code list may be misread in every place alike.
            if counts[text] >= _OFTEN and text not in known[label] and not any(_near(text, in_list)):
                seen = Evidence(text=cell.text, page=cell.page, bbox=cell.bbox)
                known[label][text] = _Known(cell.text, seen)
    return known


def _by_label(document: Document) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for table in document.tables:
        for cell in table.cells:
            if len(cell.spans) == 1 and cell.spans[0].label in NAMES:
                found.setdefault(cell.spans[0].label, []).append(cell)
    return found


def _without_dust(cell: Cell) -> Cell | None:
    """Return a cell without dust that was taken for a mark in or about its text, None where there is none."""
    read = canonical(cell.text)
    label = cell.spans[0].label
    # Before a figure a point may be what is left of `0.`
    bare = read.strip(_DUST) if label in _WORDS else read.rstrip(_DUST) if label in _FIGURES else read
    if label in _WORDS:
        number = _NUMBERING.match(bare)
        start = number.end() if number else 0
        bare = bare[:start] + _SPECK.sub("", bare[start:])
    if bare == read or not bare or _NUMBERING.fullmatch(read):
        return None
    evidence = Evidence(text="dust beside the glyphs of a text", page=cell.page, bbox=cell.bbox)
    return _put_right(cell, bare, evidence, None)


def _name(cell: Cell, known: Mapping[str, _Known], second: SecondReader) -> Cell | None:
    """Return the cell with the known name that its pixels show, None where it is one or shows none."""
    read = canonical(cell.text)
    is_heading = cell.spans[0].label in HEADINGS
    numbering = _NUMBERING.match(read)
    number = numbering[0] if numbering else ""
    name = read.removeprefix(number)
    # Where one name alone will do, two glyphs tell it.
    shortest = 1 if is_heading else _SHORTEST - (len(known) == 1)
    if not known or read in known or name in known or len(name) < shortest:
        return None
    near = [
        (support, each)
        for text, each in _near(name, known, _GLYPHS_A_SLIP_IN_HEADINGS if is_heading else _GLYPHS_A_SLIP)
        if (support := second.support(cell, number + text)) is not None and support >= SEEN
    ]
    if not near:
        return None
    support, best = max(near, key=lambda pair: pair[0])
    after = number + "".join(best.text.split())
    return _put_right(cell, after, best.evidence, support)


def _near(
    name: str, known: Mapping[str, _Known], glyphs_a_slip: int = _GLYPHS_A_SLIP
) -> Iterator[tuple[str, _Known]]:
    most = max(1, len(name) // glyphs_a_slip)
    for text, each in known.items():
        if abs(len(text) - len(name)) <= most and Levenshtein.distance(name, text, score_cutoff=most) <= most:
            yield text, each


def _decimals(table: Table) -> int | None:
    """Return how many decimals the figures of a table have, None where they differ.

    Three of them say nothing: `486.000` may be 486,000 whose comma was read as a point.
    """
    counts: Counter[int] = Counter()
    for cell in table.cells:
        if len(cell.spans) == 1 and cell.spans[0].label in FIGURE_LABELS:
            amount = parse_amount(cell.text)
            if amount is not None and not _THOUSANDS.fullmatch(canonical(cell.text)):
                counts[len(amount.partition(".")[2])] += 1
    ((decimals, count),) = counts.most_common(1) or [(0, 0)]
    return decimals if count >= max(_ENOUGH, _NEARLY_ALL * counts.total()) else None


def _figure(cell: Cell, decimals: int | None, second: SecondReader) -> Cell | None:
    """Return a cell whose text is no figure of its table, or is dirt, with what its pixels show instead."""
    if decimals == 0 and _THOUSANDS.fullmatch(canonical(cell.text)):
        after = canonical(cell.text).replace(".", ",")
        evidence = Evidence(text="no figure of the table has decimals", page=cell.page, bbox=cell.bbox)
        return _put_right(cell, after, evidence, None, _AT_MOST)
    amount = parse_amount(cell.text)
    sure = cell.confidence is None or cell.confidence >= _UNSURE
    if amount is not None:
        like_others = decimals in (None, 0, len(amount.partition(".")[2]))
        if like_others or sure or len(canonical(cell.text)) > _DIRT:
            return None
    else:
        reading = second.figure(cell)
        text = reading.text if reading else ""
        figure = text if parse_amount(text) is not None else repair_amount(text)
        alike = figure is not None and decimals in (None, len(figure.partition(".")[2]))
        if reading is not None and figure is not None and alike and _is_digits(cell.text):
            evidence = Evidence(text="read again as a figure", page=cell.page, bbox=cell.bbox)
            return _put_right(cell, figure, evidence, None, min(_AT_MOST, reading.confidence))
        if sure or len(canonical(cell.text)) > _DIRT:
            return None
    support = second.support(cell, "")
    if support is None or support < SEEN:
        return None
    evidence = Evidence(text="no figure of the table looks like this", page=cell.page, bbox=cell.bbox)
    return _put_right(cell, "", evidence, support)


def _is_digits(text: str) -> bool:
    plain = canonical(text)
    return sum(glyph.isdigit() for glyph in plain) * 2 >= len(plain)


def _put_right(
    cell: Cell, text: str, evidence: Evidence, support: float | None, confidence: float | None = None
) -> Cell:
    seen = "" if support is None else f"; the pixels give it {support:+.1f}"
    why = evidence.model_copy(update={"text": evidence.text + seen})
    repair = Repair(kind="misread", before=cell.text, after=text, evidence=(why,))
    sure = cell.confidence if confidence is None or cell.confidence is None else confidence
    changed = cell.model_copy(update={"text": text, "repairs": (*cell.repairs, repair), "confidence": sure})
    whole = whole_span(changed, cell.spans[0].label)
    spans = tuple(span.model_copy(update={"confidence": cell.spans[0].confidence}) for span in whole.spans)
    return whole.model_copy(update={"spans": spans})
