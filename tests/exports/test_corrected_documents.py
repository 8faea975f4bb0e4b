"""Exports show documents as people left them."""

from pathlib import Path

import duckdb
import numpy as np
import pytest

from yusuan.extraction.document import Document
from yusuan.extraction.errors import InputError
from yusuan.extraction.exports.folder import (
    corrected_documents,
    document_folders,
    documents_in,
    reviewed_path,
    write_page_image,
    write_text,
)
from yusuan.extraction.exports.formats import FORMATS, export


@pytest.fixture
def corrected(out: Path, document: Document) -> Document:
    """Return what people made of the first document: an item of it has another name."""
    tables = [
        table.model_copy(
            update={
                "cells": tuple(
                    cell.model_copy(update={"text": "改"}) if cell.text == "=1+1" else cell
                    for cell in table.cells
                )
            }
        )
        for table in document.tables
    ]
    records = [
        record.model_copy(update={"item": "改"})
        if record.type == "budget_line" and record.item == "=1+1"
        else record
        for record in document.records
    ]
    new = document.model_copy(update={"tables": tuple(tables), "records": tuple(records)})
    write_text(reviewed_path(document_folders(out)[0]), new.json_parts())
    for folder in document_folders(out):
        write_page_image(folder, 1, np.full((500, 400, 3), 255, np.uint8), 200)
    return new


def test_documents_are_as_people_left_them_or_else_as_read(
    out: Path, document: Document, corrected: Document
) -> None:
    assert dict(corrected_documents(out)) == {**dict(documents_in(out)), "a-01234567": corrected}
    assert dict(documents_in(out))["a-01234567"] == document


@pytest.mark.usefixtures("corrected")
@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_format_has_the_corrections(out: Path, form: str) -> None:
    before = _content(export(out, form))
    reviewed_path(document_folders(out)[0]).unlink()
    assert _content(export(out, form)) != before


def _content(written: Path) -> dict[str, object]:
    """Return what a format wrote, by file; of a database its rows, for no two of its files are the same."""
    if written.suffix == ".duckdb":
        with duckdb.connect(str(written), read_only=True) as database:
            return {"items": database.execute("SELECT item FROM facts ORDER BY 1").fetchall()}
    files = written.rglob("*") if written.is_dir() else [written]
    return {path.name: path.read_bytes() for path in files if path.is_file()}


@pytest.mark.usefixtures("corrected")
def test_a_corrected_document_that_is_broken_is_named(out: Path) -> None:
    reviewed_path(document_folders(out)[0]).write_text('{"schema": "other"}')
    with pytest.raises(InputError, match=r"reviewed/a-01234567/document\.json is not .* yusuan review"):
        export(out, "csv")
