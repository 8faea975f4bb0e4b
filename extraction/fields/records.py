"""The stages that turn named tables into records: label, put right, complete; then assemble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from yusuan.extraction.document import Document, Organization, OrganizationRecord, Record, Table
from yusuan.extraction.fields.budget import budget_lines
from yusuan.extraction.fields.column_tables import LIST_FAMILIES, label_column_table
from yusuan.extraction.fields.labels import Caption, Context, Labeller
from yusuan.extraction.fields.listings import listing_records
from yusuan.extraction.fields.misreads import repair_items, repair_misreads
from yusuan.extraction.fields.performance import organization_records, performance_records
from yusuan.extraction.fields.performance_tables import label_performance_table
from yusuan.extraction.fields.titles import caption_of, main_organization


def label_cells(table: Table, context: Context) -> Table:
    """Return the table with spans on its cells, by the lexicon of headings and labels.

    The kind of the table says whose headings to expect; a table of unknown kind gets no labels.
    """
    bare = table.model_copy(
        update={"cells": tuple(cell.model_copy(update={"spans": ()}) for cell in table.cells)}
    )
    if table.kind == "unknown":
        return bare
    if table.kind == "performance_targets":
        return label_performance_table(bare, context)
    return label_column_table(bare, LIST_FAMILIES.get(table.kind, "budget"))


def label_tables(
    document: Document, labeller: Labeller = label_cells, item_names: Mapping[str, str] | None = None
) -> Document:
    """Return the document with labelled cells and misread glyphs put right.

    Args:
        document: with named logical tables.
        labeller: puts spans on the cells of a table.
        item_names: subject code → name in the code list of the fiscal year, where there is one.
    """
    names = item_names or {}
    printed = {page.number for page in document.pages if page.kind == "digital"}
    labelled = (
        repair_items(
            repair_misreads(labeller(table, Context(caption_of(document, table))), printed), names, printed
        )
        for table in document.tables
    )
    return document.model_copy(update={"tables": tuple(labelled)})


def build_records(document: Document) -> Document:
    """Return the document with the records that its labelled tables state."""
    records: list[Record] = []
    bodies: dict[tuple[str | None, str | None], OrganizationRecord] = {}
    for table in document.tables:
        caption = caption_of(document, table)
        for body in organization_records(table, caption):
            if (body.code, body.name) not in bodies:
                bodies[body.code, body.name] = body
                records.append(body)
        records.extend(_records(table, caption))
    organization = _organization(document, list(bodies.values()))
    return document.model_copy(update={"records": tuple(_numbered(records)), "organization": organization})


def _records(table: Table, caption: Caption) -> list[Record]:
    return [
        *performance_records(table, caption),
        *budget_lines(table, caption),
        *listing_records(table, caption),
    ]


def _organization(document: Document, bodies: Sequence[OrganizationRecord]) -> Organization | None:
    """Return the body that the document is about, with the code that its tables give it."""
    known = document.organization
    if known is not None and known.code is not None:
        return known
    named = [body for body in bodies if known is None or body.name == known.name]
    return main_organization(Organization(code=body.code, name=body.name) for body in named) or known


def _numbered(records: Sequence[Record]) -> list[Record]:
    """Return the records with ids that differ: a cell may name a project and a body."""
    seen: Counter[str] = Counter()
    numbered = []
    for record in records:
        seen[record.id] += 1
        count = seen[record.id]
        numbered.append(record if count == 1 else record.model_copy(update={"id": f"{record.id}-{count}"}))
    return numbered
