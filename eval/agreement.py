"""How far two people agree who labelled the same pages: `python -m yusuan.eval.agreement [FOLDER] [--show]`.

A second labelling stands beside the gold as `second.json` (docs/gold.md has its format). It is compared
with the gold of its pages as a prediction is: nobody is taken to be right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from yusuan.datasets.goldset.files import GOLD, read_document, read_file
from yusuan.eval.metrics.canonical import canonical_cell
from yusuan.eval.metrics.counts import Counts
from yusuan.eval.metrics.records import pair_records
from yusuan.eval.report.tables import plain_table
from yusuan.extraction.document import Document, PageTable, Record
from yusuan.extraction.errors import InputError, YusuanError

SECOND_FILE = "second.json"
# The field that says where a record is printed; a unit or a body may stand pages before it.
ANCHORS = ("amount", "name", "item", "value", "project")
HINT = "docs/gold.md has the format"
COLUMNS = ("", "pages", "tables", "grids", "headings", "merged F1", "texts", "fields F1", "records F1")

Merged = tuple[int, int, int, int]


class _Labelled(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SecondTable(_Labelled):
    """A table of a page as the second person sees it.

    Attributes:
        header_rows: rows of headings at its top.
        spans: merged cells: row, column, rows, columns.
        texts: row by row, a text for each column; a merged cell has its own at its top left place
            and None at the others.
    """

    n_rows: int
    n_cols: int
    header_rows: int = 0
    spans: tuple[Merged, ...] = ()
    texts: tuple[tuple[str | None, ...], ...]


class SecondPage(_Labelled):
    """A page labelled again: its tables from top to bottom, and the records that begin on it."""

    page: int
    tables: tuple[SecondTable, ...] = ()
    records: tuple[dict[str, Any], ...] = ()


class SecondLabels(_Labelled):
    """All of `second.json`."""

    pages: tuple[SecondPage, ...]
    labelled_by: str


# tables: how many a page has; the next four are of tables that both see. grids: rows and columns.
# headings: rows of headings. merged: merged cells. texts: places with a text in one of them at least.
MEASURES = ("tables", "grids", "headings", "merged", "texts", "fields", "records")


@dataclass
class Agreement:
    """What two labellings of some pages share.

    Attributes:
        pages: how many were labelled twice.
        counts: by measure; what only the second has is a false positive, what only the gold has a negative.
        differences: one line each.
    """

    pages: int = 0
    counts: dict[str, Counts] = field(default_factory=lambda: dict.fromkeys(MEASURES, Counts()))
    differences: list[str] = field(default_factory=list)

    def count(self, measure: str, counts: Counts, difference: str = "") -> None:
        """Add to a measure, and say what differs where something does."""
        self.counts[measure] += counts
        if counts.fp or counts.fn:
            self.differences.append(difference)

    def add(self, other: Agreement) -> None:
        """Add what another document has."""
        self.pages += other.pages
        self.counts = {name: self.counts[name] + other.counts[name] for name in MEASURES}
        self.differences += other.differences

    def row(self, name: str) -> tuple[str, ...]:
        """Return the row of a report: the share of each measure that both have, in percent."""
        return name, str(self.pages), *(_percent(self.counts[measure]) for measure in MEASURES)


def _percent(counts: Counts) -> str:
    return "-" if counts.f1 is None else f"{100 * counts.f1:.2f}"


def read_second(path: Path) -> SecondLabels:
    """Return a second labelling.

    Raises:
        InputError: it cannot be read, or is not of its format.
    """
    try:
        return SecondLabels.model_validate_json(read_file(path))
    except ValidationError as error:
        raise InputError(f"{path} is no second labelling: {_first(error)}", HINT) from error


def _first(error: ValidationError) -> str:
    """Return what is wrong first, and where; one mistake of form often repeats in every row."""
    problems = error.errors()
    where = ".".join(map(str, problems[0]["loc"]))
    return f"{where}: {problems[0]['msg']}" + (f" ({len(problems)} problems)" if problems[1:] else "")


def agreement_of(gold: Document, second: SecondLabels) -> Agreement:
    """Compare a second labelling of some pages with the gold of these pages.

    Raises:
        InputError: it labels a page that the document does not have, or a record is of no known form.
    """
    pages = {page.number: page for page in gold.pages}
    found = Agreement(pages=len(second.pages))
    for labelled in second.pages:
        if labelled.page not in pages:
            raise InputError(f"there is no page {labelled.page} to be labelled again")
        ours, theirs = pages[labelled.page].tables, labelled.tables
        both = min(len(ours), len(theirs))
        counts = Counts(both, len(theirs) - both, len(ours) - both)
        found.count("tables", counts, f"page {labelled.page}: {len(ours)} and {len(theirs)} tables")
        for table, other in zip(ours, theirs, strict=False):
            _compare_tables(table, other, found)
        _compare_records(gold, labelled, found)
    return found


def _compare_tables(ours: PageTable, theirs: SecondTable, found: Agreement) -> None:
    one, two = (ours.n_rows, ours.n_cols), (theirs.n_rows, theirs.n_cols)
    found.count("grids", _seen(True, True, one == two), f"{ours.id}: {one} and {two} rows and columns")
    rows = _heading_rows(ours)
    where = f"{ours.id}: {rows} and {theirs.header_rows} rows of headings"
    found.count("headings", _seen(True, True, rows == theirs.header_rows), where)
    cells = ((cell.row, cell.col, cell.rowspan, cell.colspan) for cell in ours.cells)
    own = {place for place in cells if place[2:] != (1, 1)}
    for place in sorted(own | set(theirs.spans)):
        found.count(
            "merged", _seen(place in own, place in theirs.spans), f"{ours.id}: {place} is merged for one only"
        )
    printed = {(cell.row, cell.col): canonical_cell(cell.text) for cell in ours.cells}
    read = {
        (row, col): canonical_cell(text or "")
        for row, texts in enumerate(theirs.texts)
        for col, text in enumerate(texts)
    }
    for at in sorted({*printed, *read}):
        said, told = printed.get(at, ""), read.get(at, "")
        counts = _seen(bool(said), bool(told), said == told)
        found.count("texts", counts, f"{ours.id}{list(at)}: {said!r} and {told!r}")


def _seen(in_gold: bool, in_second: bool, same: bool = True) -> Counts:
    return Counts(tp=1) if in_gold and in_second and same else Counts(fp=int(in_second), fn=int(in_gold))


def _heading_rows(table: PageTable) -> int:
    """Return how many rows at the top of a page table are headings, all of their cells."""
    for row in range(table.n_rows):
        cells = [cell for cell in table.cells if cell.row <= row < cell.row + cell.rowspan]
        if not all(cell.header for cell in cells):
            return row
    return table.n_rows


def _compare_records(gold: Document, labelled: SecondPage, found: Agreement) -> None:
    ours = [record for record in gold.records if _page_of(record) == labelled.page]
    theirs = list(_records(labelled))
    for pair in pair_records(theirs, ours):
        found.counts["records"] += pair.whole
        where = pair.true.id if pair.true else f"page {labelled.page}"
        for name, counts in pair.fields.items():
            one, two = (getattr(side, name, None) for side in (pair.true, pair.said))
            found.count("fields", counts, f"{where} {pair.type}.{name}: {one!r} and {two!r}")


def _page_of(record: Record) -> int:
    """Return the page on which a record begins."""
    anchors = [record.provenance[name] for name in ANCHORS if record.provenance.get(name)]
    places = anchors[0] if anchors else [place for found in record.provenance.values() for place in found]
    return min((place.page for place in places), default=0)


def _records(labelled: SecondPage) -> Iterator[Record]:
    adapter: TypeAdapter[Record] = TypeAdapter(Record)
    for number, values in enumerate(labelled.records, 1):
        try:
            yield adapter.validate_python({**values, "id": f"second{number}", "status": "reviewed"})
        except ValidationError as error:
            where = f"page {labelled.page}, record {number}"
            raise InputError(f"{where} of the second labelling: {_first(error)}", HINT) from error


def agreement_report(gold: Path, show: bool = False) -> str:
    """Return the agreement on all pages of a gold folder that are labelled twice, as text.

    Args:
        gold: a folder of gold documents.
        show: list the differences too, each as what the gold and what the second labelling says.

    Raises:
        InputError: no page is labelled twice, or a labelling cannot be read.
    """
    rows: list[tuple[str, ...]] = []
    everything = Agreement()
    differences: list[str] = []
    for path in sorted(gold.glob(f"*/{SECOND_FILE}")):
        found = agreement_of(read_document(path.parent), read_second(path))
        rows.append(found.row(path.parent.name))
        differences += [f"{path.parent.name}: {each}" for each in found.differences]
        everything.add(found)
    if not rows:
        raise InputError(f"no page in {gold} is labelled twice", f"expected {gold}/<document>/{SECOND_FILE}")
    rows.append(everything.row("all"))
    return "\n".join([plain_table(COLUMNS, rows), *(["", *differences] if show else [])])


def main(
    gold: Annotated[Path, typer.Argument(help="Folder of gold documents.")] = GOLD,
    show: Annotated[bool, typer.Option(help="List the differences.")] = False,
) -> None:
    """Print how far the two labellings of doubly labelled pages agree, in percent."""
    try:
        typer.echo(agreement_report(gold, show))
    except YusuanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error


if __name__ == "__main__":
    typer.run(main)
