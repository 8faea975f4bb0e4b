"""A document as rows of flat tables, with schemas that never change: the form of parquet, CSV and DuckDB.

`facts` holds every amount of money, one a row: those of budget tables with the measure that the
column's header states, those of other records (a project's budget, a purchase's price) with the
name of the record's field as measure.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Union, get_args, get_origin

import pyarrow as pa

from yusuan.extraction.document import (
    Asset,
    BudgetLine,
    Document,
    Indicator,
    Institution,
    OrganizationRecord,
    Procurement,
    Project,
    Record,
    Table,
)
from yusuan.extraction.numerals import YUAN, canonical, parse_amount

Row = dict[str, Any]

RECORD_TYPES: dict[str, type[Record]] = {
    "organization": OrganizationRecord,
    "budget_line": BudgetLine,
    "project": Project,
    "indicator": Indicator,
    "asset": Asset,
    "procurement": Procurement,
    "institution": Institution,
}
_COMMON = ("type", "id", "confidence", "status", "provenance", "checks")

# Cells less sure than this are shown as doubtful.
DOUBTFUL_BELOW = 0.9

# Fields that hold money. A quantity is no money.
_MONEY_FIELDS: dict[str, tuple[str, ...]] = {
    "budget_line": ("amount",),
    "organization": ("budget",),
    "project": ("budget", "budget_local", "budget_upper"),
    "asset": ("value",),
    "procurement": ("price", "amount"),
}

# Eight decimals hold a cent (分) stated in 百万元; 30 digits before the point hold any budget in 元.
_MONEY = pa.decimal128(38, 8)
_BBOX = pa.list_(pa.float64())
_PLACE = pa.struct(
    [("page", pa.int32()), ("bbox", _BBOX), ("table", pa.string()), ("row", pa.int32()), ("col", pa.int32())]
)
_CELL = pa.struct([("table", pa.string()), ("row", pa.int32()), ("col", pa.int32())])

FACTS = pa.schema(
    [
        ("document", pa.string()),
        ("organization", pa.string()),
        ("year", pa.int32()),
        ("table", pa.string()),
        ("side", pa.string()),
        ("code", pa.string()),
        ("item", pa.string()),
        ("measure", pa.string()),
        ("amount", _MONEY),
        ("unit", pa.string()),
        ("amount_yuan", _MONEY),
        ("page", pa.int32()),
        ("bbox", _BBOX),
        ("confidence", pa.float64()),
        ("status", pa.string()),
        ("row_kind", pa.string()),
        ("level", pa.int32()),
        ("record_type", pa.string()),
        ("record", pa.string()),
    ]
)

FINDINGS = pa.schema(
    [
        ("document", pa.string()),
        ("id", pa.string()),
        ("rule", pa.string()),
        ("status", pa.string()),
        ("severity", pa.string()),
        ("message", pa.string()),
        ("tables", pa.list_(pa.string())),
        ("cells", pa.list_(_CELL)),
        ("amounts", pa.map_(pa.string(), pa.string())),
    ]
)


def _field_type(annotation: Any) -> pa.DataType:
    """Return the column type of a record's field: text, except where the model says number or truth."""
    options = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    if bool in options:
        return pa.bool_()
    return pa.int32() if int in options else pa.string()


def _record_schema(models: list[type[Record]]) -> pa.Schema:
    own: dict[str, pa.DataType] = {}
    for model in models:
        for name, info in model.model_fields.items():
            if name not in _COMMON:
                own.setdefault(name, _field_type(info.annotation))
    return pa.schema(
        [
            ("document", pa.string()),
            ("type", pa.string()),
            ("id", pa.string()),
            ("status", pa.string()),
            ("confidence", pa.float64()),
            *own.items(),
            ("checks", pa.list_(pa.string())),
            ("provenance", pa.map_(pa.string(), pa.list_(_PLACE))),
        ]
    )


RECORDS = _record_schema(list(RECORD_TYPES.values()))

TABLES: dict[str, pa.Schema] = {
    **{f"records_{name}": _record_schema([model]) for name, model in RECORD_TYPES.items()},
    "facts": FACTS,
    "findings": FINDINGS,
}


def document_to_tables(name: str, document: Document) -> dict[str, list[Row]]:
    """Return the rows of one document for each of `TABLES`."""
    tables: dict[str, list[Row]] = {table: [] for table in TABLES}
    for row in document_to_records(name, document):
        tables[f"records_{row['type']}"].append(row)
    tables["facts"] = list(document_to_facts(name, document))
    tables["findings"] = list(document_to_findings(name, document))
    return tables


def document_to_records(name: str, document: Document) -> Iterator[Row]:
    """Yield one row a record; fields of other record types are absent."""
    for record in document.records:
        yield {"document": name, **record.model_dump(mode="python")}


def document_to_findings(name: str, document: Document) -> Iterator[Row]:
    """Yield one row a finding, passed and failed."""
    for finding in document.findings:
        yield {"document": name, **finding.model_dump(mode="python")}


def document_to_facts(name: str, document: Document) -> Iterator[Row]:
    """Yield one row an amount; one that is no figure has a null amount, so that nothing goes missing."""
    tables = {table.id: table for table in document.tables}
    for record in document.records:
        for field in money_fields(record.type):
            if getattr(record, field) is None:
                continue
            fact = _fact(name, document, tables, record, field)
            if isinstance(record, BudgetLine):
                own = ("table", "side", "code", "item", "measure", "row_kind", "level")
                yield fact | {column: getattr(record, column) for column in own}
            else:
                yield fact | {
                    "code": getattr(record, "code", getattr(record, "catalogue_code", None)),
                    "item": getattr(record, "item", getattr(record, "name", None)),
                    "measure": field,
                }


def money_fields(record_type: str) -> tuple[str, ...]:
    """Return the fields of a record type that hold an amount of money."""
    return _MONEY_FIELDS.get(record_type, ())


def _fact(name: str, document: Document, tables: dict[str, Table], record: Record, field: str) -> Row:
    place = next(iter(record.provenance.get(field, ())), None)
    table = tables.get(place.table) if place and place.table else None
    # The table's own heading is closer to the amount than the document's.
    body = (table.organization if table else None) or document.organization
    unit = getattr(record, "unit", None)
    amount = text_to_money(getattr(record, field))
    return {
        "document": name,
        "organization": body.name if body else None,
        "year": document.fiscal_year,
        "table": table.kind if table else None,
        "amount": amount,
        "unit": unit,
        "amount_yuan": money_to_yuan(amount, unit),
        "page": place.page if place else None,
        "bbox": list(place.bbox) if place else None,
        "confidence": record.confidence,
        "status": record.status,
        "record_type": record.type,
        "record": record.id,
    }


def text_to_money(text: str | None) -> Decimal | None:
    """Return an amount as printed as a number, or None when it is no figure or too long for a column."""
    plain = parse_amount(text or "")
    return _fitting(Decimal(plain)) if plain is not None else None


def money_to_yuan(amount: Decimal | None, unit: str | None) -> Decimal | None:
    """Return an amount in 元, or None when the unit is unknown; exact, never rounded."""
    factor = YUAN.get(canonical(unit or "").removeprefix("人民币"))
    return None if amount is None or factor is None else _fitting(amount * factor)


def _fitting(amount: Decimal) -> Decimal | None:
    _, digits, exponent = amount.as_tuple()
    decimals = max(0, -int(exponent))
    return amount if decimals <= _MONEY.scale and len(digits) - decimals <= 38 - _MONEY.scale else None


def flat_value(value: Any) -> str | None:
    """Return a value of a row as text for formats without nesting: lists and places become JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(value, ensure_ascii=False)
