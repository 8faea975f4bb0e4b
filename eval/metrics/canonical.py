"""The one canonical form in which predictions and gold are compared (docs/metrics.md, The canonical form)."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import get_args

from yusuan.extraction.document import Record
from yusuan.extraction.numerals import canonical

# Common to all records, and no fields: how sure, where from, what for.
NOT_FIELDS = frozenset({"type", "id", "confidence", "status", "provenance", "checks"})

# Fields that hold an amount, compared by value: 40.00 is 40. Everything else is compared as text,
# codes above all: 003 is not 3. `value` of an indicator may hold wording; then it is text too.
AMOUNT_FIELDS = frozenset(
    {
        "amount",
        "budget",
        "budget_local",
        "budget_upper",
        "execution_weight",
        "price",
        "quantity",
        "value",
        "weight",
    }
)

# Commas stand between threes: `,95` and `1,95` are misread, not written differently.
_FIGURE = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.?\d+)%?")

# `type.field` in the order of the contract.
FIELD_ORDER = tuple(
    f"{kind.model_fields['type'].default}.{name}"
    for kind in get_args(get_args(Record)[0])
    for name in kind.model_fields
    if name not in NOT_FIELDS
)


def canonical_amount(text: str) -> str:
    """Return an amount in its shortest plain notation, or its canonical text when it is no number.

    Commas go, and so do zeros that carry no value: `4,517.370` gives `4517.37`, `-0.0` gives `0`.
    """
    plain = canonical(text)
    try:
        value = Decimal(plain.replace(",", ""))
    except InvalidOperation:
        return plain
    if not value.is_finite():
        return plain
    return format(value.normalize(), "f") if value else "0"


def canonical_field(name: str, value: str | int | bool | None) -> str | None:
    """Return the form in which the field `name` is compared; None where the record says nothing."""
    if value is None:
        return None
    return (canonical_amount(str(value)) if name in AMOUNT_FIELDS else canonical(str(value))) or None


def canonical_record(record: Record) -> dict[str, str | None]:
    """Return field name → canonical form (None: not there) of every field of a record."""
    names = (name for name in type(record).model_fields if name not in NOT_FIELDS)
    return {name: canonical_field(name, getattr(record, name)) for name in names}


def canonical_cell(text: str) -> str:
    """Return the form in which the text of a cell is compared: canonical text, a figure without its commas.

    Not by value, for codes stand in cells too: `003` is not `3`, and `40.00` is not `40`.
    """
    plain = canonical(text)
    return plain.replace(",", "") if is_figure(plain) else plain


def is_figure(plain: str) -> bool:
    """Return whether canonical text is a figure, with or without a percent sign."""
    return _FIGURE.fullmatch(plain) is not None
