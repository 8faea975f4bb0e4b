"""Repair with proof: the one figure whose change explains why sums do not add up.

Where an equation fails, each of its figures has a value with which it would hold. One that a slip of a reader
turns into what was read is a candidate: another figure, or none, where dirt was taken for one. It is worth
the equations that it closes, and breaks none. What is changed without a person must be the only such
candidate, close two equations that share nothing else, and be something that the reader itself saw in the
pixels. A figure that cannot be read at all is what two such equations say it is: it need not look like it.
A last digit may be misread where sums hold for being off by no more than rounding: two of them met exactly by
one change, on which the reader would settle as soon, are a misreading and not rounding. One sum is enough to
propose it where hardly any is off.
Anything else is proposed. What is wrong in print fails the last of these: the glyphs are clear, and
they are the wrong ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations

from yusuan.extraction.checks.equations import Equation
from yusuan.extraction.checks.ledger import cell_ref
from yusuan.extraction.document import Cell, CellRef, Document, Evidence, Repair, Table
from yusuan.extraction.fields.labels import replace_cells, whole_span
from yusuan.extraction.numerals import parse_amount, slips_between, written_like

# Equations that share no other figure and are closed by one change, for it to be made without a person.
PROOFS = 2
# How much less likely than what was read a reader may find the repaired text, as log-probability: a glyph
# that it gives one in four hundred was seen; one that it does not give at all was not.
SEEN = -6.0
# Sums that may be off by rounding for that to be doubted in a document: so many, or this share of all.
_FEW, _FEW_OF_ALL = 4, 0.1
# Slips in one figure that are thought of; more than one must show in the pixels.
_MOST_SLIPS = 2
# Dirt in a blank cell reads as a figure of at most so many glyphs.
_DIRT = 3

# A cell and a text → how likely the reader of its pixels finds it beside what was read, as log-probability
# (0 is as likely, negative is less); None where nobody can look.
Support = Callable[[Cell, str], float | None]


@dataclass(frozen=True)
class Candidate:
    """One change, and what speaks for it.

    Attributes:
        changed: cell → value; two cells where they were swapped. Nothing (0) where none was printed before
            means a blank cell.
        closed: equations that did not hold and would.
        proofs: how many of them share no figure but those changed.
        unread: whether the figure could not be read at all.
        rounded: whether the equations held for being off by no more than rounding, and would be met exactly.
        support: how likely the reader finds it in the pixels, see `Support`.
    """

    changed: Mapping[CellRef, Decimal]
    closed: tuple[Equation, ...]
    proofs: int
    unread: bool = False
    rounded: bool = False
    support: float | None = None

    @property
    def worth(self) -> tuple[int, float]:
        """What candidates are ordered by: proofs, then pixels."""
        return self.proofs, self.support if self.support is not None else SEEN

    @property
    def is_proved(self) -> bool:
        """Whether enough speaks for it to be made without a person, if nothing else would explain as much."""
        return self.proofs >= PROOFS and (self.unread or (self.support is not None and self.support >= SEEN))


# Cells with the values that they should have.
_Change = tuple[tuple[CellRef, Decimal], ...]


def candidates(
    equations: Sequence[Equation], texts: Mapping[CellRef, str], fixed: frozenset[CellRef] = frozenset()
) -> list[Candidate]:
    """Return the changes that would close failing equations and break none.

    Args:
        equations: of a document.
        texts: what is read in the cells of figures.
        fixed: cells that cannot have been misread.
    """
    by_cell: dict[CellRef, list[Equation]] = {}
    for equation in equations:
        for cell in equation.cells:
            by_cell.setdefault(cell, []).append(equation)
    failing = [equation for equation in equations if not equation.holds()]
    unread = {cell for equation in failing for cell in equation.unknown}
    slips = (change for equation in failing for change in _slips(equation, texts))
    changes = dict.fromkeys(
        change for change in (*slips, *_swaps(failing)) if not any(cell in fixed for cell, _ in change)
    )
    found = []
    for change in changes:
        changed = dict(change)
        touched = list({id(each): each for cell in changed for each in by_cell[cell]}.values())
        if any(each.holds() and not each.holds(changed) for each in touched):
            continue
        closed = [each for each in touched if not each.holds() and each.holds(changed)]
        if closed:
            proofs = _independent(closed, changed.keys())
            found.append(Candidate(changed, tuple(closed), proofs, unread=not unread.isdisjoint(changed)))
    rounded = [equation for equation in equations if _is_rounded(equation)]
    enough = 1 if len(rounded) <= max(_FEW, _FEW_OF_ALL * len(equations)) else PROOFS
    exact = (change for equation in rounded for change in _slips(equation, texts))
    for change in dict.fromkeys(change for change in exact if change[0][0] not in fixed):
        changed = dict(change)
        touched = by_cell[change[0][0]]
        met = [each for each in touched if _is_rounded(each) and not each.off(changed)]
        proofs = _independent(met, changed.keys())
        if proofs >= enough and not any(each.off(changed) for each in touched if each not in met):
            found.append(Candidate(changed, tuple(met), proofs, rounded=True))
    return found


def _is_rounded(equation: Equation) -> bool:
    return equation.holds() and equation.off() != 0


def _slips(equation: Equation, texts: Mapping[CellRef, str]) -> Iterator[_Change]:
    """Yield the figures of an equation that slips of a reader explain, or dirt that it took for one.

    Where one figure cannot be read, it is that one, whatever it looks like; where more cannot, none is.
    """
    if equation.unknown:
        for cell in equation.unknown[:1] if len(equation.unknown) == 1 else ():
            yield from (((cell, value),) for value in equation.values_for(cell) if value > 0)
        return
    for cell in equation.cells:
        text = texts.get(cell, "")
        for value in equation.values_for(cell) if text else ():
            near = slips_between(text, _text(text, value)) <= _MOST_SLIPS
            if (near and _as_printed(text, value)) or (value == 0 and len(text) <= _DIRT):
                yield ((cell, value),)


def _as_printed(text: str, value: Decimal) -> bool:
    """Say whether a value has no more decimals than are printed: 33.333 is no reading of 33.35."""
    return len(written_like(text, value).partition(".")[2]) <= max(2, len(text.partition(".")[2]))


def _swaps(failing: Sequence[Equation]) -> Iterator[_Change]:
    """Yield pairs of cells of one row whose figures stand in each other's place."""
    rows: dict[tuple[str, int], dict[CellRef, list[Equation]]] = {}
    values: dict[CellRef, Decimal] = {}
    for equation in failing:
        for term in equation.terms:
            rows.setdefault((term.cell.table, term.cell.row), {}).setdefault(term.cell, []).append(equation)
            values[term.cell] = term.value
    for row in rows.values():
        for one, two in combinations(row, 2):
            if all(
                any(values[other] in each.values_for(cell) for each in row[cell] if other not in each.cells)
                for cell, other in ((one, two), (two, one))
            ):
                yield (one, values[two]), (two, values[one])


def _independent(equations: Sequence[Equation], changed: Iterable[CellRef]) -> int:
    """Return how many of the equations share no figure but those changed; the smallest are taken first."""
    used = set(changed)
    own = set(changed)
    count = 0
    for equation in sorted(equations, key=lambda each: len(each.cells)):
        others = set(equation.cells) - own
        if not others & (used - own) or count == 0:
            used |= others
            count += 1
    return count


def likely_repairs(document: Document, equations: Sequence[Equation], support: Support) -> list[Candidate]:
    """Return the changes that are worth a person's look, each with its support.

    Cells of pages with a text layer cannot be misread.

    Args:
        document: with labelled tables.
        equations: of its records.
        support: asks the pixels.
    """
    printed = {page.number for page in document.pages if page.kind == "digital"}
    cells = _cells(document)
    fixed = frozenset(ref for ref, cell in cells.items() if cell.page in printed)
    if len(fixed) == len(cells):
        return []
    texts = {ref: cell.text for ref, cell in cells.items() if parse_amount(cell.text) is not None}
    asked = (
        replace(each, support=_support(each, cells, support)) for each in candidates(equations, texts, fixed)
    )
    return [each for each in asked if _is_likely(each, texts)]


def put_right(document: Document, weighed: Sequence[Candidate], *, propose: bool) -> Document:
    """Return the document with the changes that are proved, and proposals where others explain as much.

    Records are not made anew here.

    Args:
        document: with labelled tables.
        weighed: what `likely_repairs` gives for it.
        propose: whether what is not proved is proposed; without, the document itself comes back where
            nothing is put right.
    """
    if not weighed:
        return document
    cells = _cells(document)
    changed: dict[CellRef, Cell] = {}
    settled: set[str] = set()
    for best in sorted(weighed, key=lambda each: each.worth, reverse=True):
        if any(equation.id in settled for equation in best.closed):
            continue
        settled |= {equation.id for equation in best.closed}
        rivals = [
            other
            for other in weighed
            if other is not best
            and other.proofs >= best.proofs
            and {each.id for each in other.closed} & {each.id for each in best.closed}
        ]
        proved = not rivals and best.is_proved
        if proved or propose:
            for ref, value in best.changed.items():
                changed[ref] = _changed(cells[ref], value, best, applied=proved)
    if not changed:
        return document
    by_table: dict[str, list[Cell]] = {}
    for ref, cell in changed.items():
        by_table.setdefault(ref.table, []).append(cell)
    tables: list[Table] = [replace_cells(table, by_table.get(table.id, ())) for table in document.tables]
    return document.model_copy(update={"tables": tuple(tables)})


def _cells(document: Document) -> dict[CellRef, Cell]:
    return {cell_ref(table.id, cell.row, cell.col): cell for table in document.tables for cell in table.cells}


def _text(printed: str, value: Decimal) -> str:
    """Return what a cell says with another value: nothing where short dirt should be no figure."""
    return "" if value == 0 and len(printed) <= _DIRT else written_like(printed, value)


def _is_likely(candidate: Candidate, texts: Mapping[CellRef, str]) -> bool:
    """Say whether a candidate is worth a person's look: one slip is, more only where the pixels show it.

    What rounding explains is not, unless the reader finds the other figure as likely as what it read.
    """
    if candidate.rounded:
        return candidate.support is not None and candidate.support >= 0
    if len(candidate.changed) > 1 or candidate.unread:
        return True
    ((cell, value),) = candidate.changed.items()
    simple = slips_between(texts[cell], _text(texts[cell], value)) <= 1
    return simple or (candidate.support is not None and candidate.support >= SEEN)


def _support(candidate: Candidate, cells: Mapping[CellRef, Cell], support: Support) -> float | None:
    """Return the least support that a changed cell has; None where one has none."""
    asked = [support(cells[ref], _text(cells[ref].text, value)) for ref, value in candidate.changed.items()]
    known = [each for each in asked if each is not None]
    return min(known) if len(known) == len(asked) else None


def _changed(cell: Cell, value: Decimal, candidate: Candidate, *, applied: bool) -> Cell:
    """Return a cell with its text put right, or with a proposal to do so."""
    text = _text(cell.text, value)
    names = ", ".join(f"{each.rule} ({_where(each.terms[0].cell)})" for each in candidate.closed)
    seen = "" if candidate.support is None else f"; the pixels give it {candidate.support:+.1f}"
    evidence = Evidence(text=f"closes {names}{seen}", page=cell.page, bbox=cell.bbox)
    repair = Repair(
        kind="misread" if applied else "proposed", before=cell.text, after=text, evidence=(evidence,)
    )
    repairs = (*(each for each in cell.repairs if each != repair), repair)
    if not applied:
        return cell.model_copy(update={"repairs": repairs})
    label = cell.spans[0].label if len(cell.spans) == 1 else None
    put_right = cell.model_copy(update={"text": text, "repairs": repairs})
    if label is None:
        return put_right
    whole = whole_span(put_right, label)
    kept = tuple(span.model_copy(update={"confidence": cell.spans[0].confidence}) for span in whole.spans)
    return whole.model_copy(update={"spans": kept})


def _where(cell: CellRef) -> str:
    return f"{cell.table}[{cell.row},{cell.col}]"
