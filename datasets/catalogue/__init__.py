"""Codes of the government's revenue and expenditure classification, by fiscal year (政府收支分类科目)."""

from yusuan.datasets.catalogue.codes import (
    KINDS,
    Catalogue,
    Entry,
    Kind,
    code_to_kind,
    code_to_level,
    code_to_parent,
    load_catalogue,
)

__all__ = [
    "KINDS",
    "Catalogue",
    "Entry",
    "Kind",
    "code_to_kind",
    "code_to_level",
    "code_to_parent",
    "load_catalogue",
]
