import json
from pathlib import Path
from typing import Any

import pytest

from yusuan.eval.gold import GoldDocument
from yusuan.eval.metrics.values import completions
from yusuan.eval.slices import RESOLUTIONS, SKEWS, DocumentSlices, Slices, bucket
from yusuan.eval.tags import Tags, tags_of
from yusuan.extraction.document import (
    BudgetLine,
    Cell,
    Document,
    Fragment,
    Indicator,
    Page,
    PageTable,
    Provenance,
    Repair,
    Source,
    Table,
)
from yusuan.extraction.errors import InputError

BOX = (0.0, 0.0, 10.0, 10.0)
QUAD = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))


def cell(row: int, col: int, rowspan: int = 1, colspan: int = 1, **more: Any) -> Cell:
    return Cell(row=row, col=col, rowspan=rowspan, colspan=colspan, page=1, bbox=BOX, quad=QUAD, **more)


# Under `预算数` over two columns stand two amounts; the item of the last row is printed clipped.
CLIPPED = cell(
    3, 0, text="提案办理率", repairs=(Repair(kind="completed", before="提案", after="提案办理率"),)
)
CELLS = (
    *(cell(0, 0, rowspan=2, header=True), cell(0, 1, colspan=2, header=True), cell(0, 3, rowspan=2)),
    *(cell(1, 1, header=True), cell(1, 2, header=True)),
    *(cell(2, 0), cell(2, 1), cell(2, 2), cell(2, 3)),
    *(CLIPPED, cell(3, 1), cell(3, 2), cell(3, 3)),
)
SCAN = Document(
    source=Source(path="a.pdf", sha256="0" * 64, pages=3, kind="mixed"),
    pages=tuple(
        Page(number=n, width=10, height=10, dpi=200, kind="digital" if n == 3 else "scanned")
        for n in (1, 2, 3)
    ),
    tables=(
        Table(
            id="t1",
            fragments=(
                Fragment(page=1, table="p1t1", reason="first"),
                Fragment(page=2, table="p2t1", reason="same columns"),
            ),
            n_rows=4,
            n_cols=4,
            header_rows=2,
            cells=CELLS,
        ),
        Table(id="t2", fragments=(Fragment(page=3, table="p3t1", reason="first"),), n_rows=0, n_cols=0),
    ),
)
TAGS = Tags("a", "dev", {1: -1.2, 2: 0.1, 3: 0.0}, {1: 150, 2: 300}, frozenset({2}))
SLICES = Slices(GoldDocument(Path("a_bad"), SCAN, "form", "bad"), TAGS)


def at(page: int, row: int | None = None, col: int | None = None, table: str | None = "t1") -> Provenance:
    return Provenance(page=page, bbox=BOX, table=table, row=row, col=col)


def slices_of(**fields: Provenance) -> dict[str, str]:
    record = BudgetLine(id="r", provenance={name: (place,) for name, place in fields.items()})
    return dict(DocumentSlices(SLICES, SCAN).of_record(record))


def test_every_thing_belongs_to_the_slices_of_its_document() -> None:
    assert dict(SLICES.document) == {
        "all": "all",
        "scan": "bad",
        "family": "form",
        "split": "dev",
        "family and scan": "form, bad",
        "document": "a_bad",
    }


@pytest.mark.parametrize(
    ("pages", "skew", "seal", "dpi"),
    [
        ([1], "1° to 2°", "no seal", "150 to 199 dpi"),
        ([2], "below 0.25°", "seal on the page", "200 dpi and more"),
        ([3], "below 0.25°", "no seal", "digital"),
        ([1, 2, 3], "1° to 2°", "seal on the page", "150 to 199 dpi"),  # the worst page decides
    ],
)
def test_pages_belong_to_slices_by_their_tags(pages: list[int], skew: str, seal: str, dpi: str) -> None:
    found = dict(SLICES.of_pages(pages))
    assert (found["skew"], found["seal"], found["dpi"]) == (skew, seal, dpi)


def test_what_stands_on_no_page_belongs_to_the_document_alone() -> None:
    assert SLICES.of_pages([]) == SLICES.document


def test_a_value_under_a_merged_header_is_under_a_merged_cell() -> None:
    assert slices_of(amount=at(1, 2, 1))["span"] == "in or under a merged cell"
    assert slices_of(amount=at(1, 2, 3))["span"] == "no merged cell"
    # A record is where any of its fields is.
    assert slices_of(amount=at(1, 2, 3), item=at(1, 1, 0))["span"] == "in or under a merged cell"


def test_a_record_of_a_table_over_several_pages_is_a_joined_one() -> None:
    assert slices_of(amount=at(1, 2, 3))["join"] == "table over several pages"
    assert slices_of(unit=at(3, None, None, None))["join"] == "table on one page"


def test_a_record_that_was_printed_clipped_is_known_by_its_cell_or_its_name() -> None:
    assert slices_of(item=at(1, 3, 0))["clip"] == "name printed clipped"
    assert slices_of(item=at(1, 2, 0))["clip"] == "name printed whole"
    of = DocumentSlices(SLICES, SCAN).of_record
    assert dict(of(Indicator(id="i", name="提案办理率", name_raw="提案")))["clip"] == "name printed clipped"
    assert dict(of(Indicator(id="i", name="提案", name_raw="提案")))["clip"] == "name printed whole"


def test_page_tables_belong_to_slices_of_spans_and_joins() -> None:
    of = DocumentSlices(SLICES, SCAN).of_table
    plain = PageTable(id="p2t1", bbox=BOX, n_rows=1, n_cols=1, ruled=True, cells=(cell(0, 0),))
    merged = PageTable(id="p3t1", bbox=BOX, n_rows=1, n_cols=2, ruled=True, cells=(cell(0, 0, 1, 2),))
    assert (dict(of(2, plain))["join"], dict(of(2, plain))["span"]) == (
        "table over several pages",
        "no merged cell",
    )
    assert (dict(of(3, merged))["join"], dict(of(3, merged))["span"]) == (
        "table on one page",
        "in or under a merged cell",
    )


def test_a_completion_belongs_to_its_page_and_table() -> None:
    (one,) = completions(SCAN)
    found = dict(DocumentSlices(SLICES, SCAN).of_completion(one))
    assert (found["skew"], found["join"]) == ("1° to 2°", "table over several pages")


def test_buckets_begin_at_their_lower_end() -> None:
    assert [bucket(v, SKEWS) for v in (0.24, 0.25, 2.0, 9.0)] == [
        "below 0.25°",
        "0.25° to 1°",
        "2° and more",
        "2° and more",
    ]
    assert bucket(72, RESOLUTIONS) == "below 150 dpi"


def about(folder: Path, **content: Any) -> GoldDocument:
    (folder / "about.json").write_text(json.dumps(content), "utf-8")
    return GoldDocument(folder, SCAN, "form", "bad")


def test_tags_are_read_from_about(tmp_path: Path) -> None:
    tags = {"scan_level": "bad", "skew_deg": [1.5, 0], "seal_pages": [2], "dpi": [150, 160]}
    found = tags_of(about(tmp_path, document="a", split="dev", tags=tags))
    assert (found.base, found.split, found.seal_pages) == ("a", "dev", {2})
    assert found.skew_deg == {1: 1.5, 2: 0.0}
    assert found.dpi == {1: 150, 2: 160, 3: 200}  # page 3 is not tagged: its own


def test_what_is_not_tagged_is_plain(tmp_path: Path) -> None:
    found = tags_of(about(tmp_path, tags={"scan_level": "bad"}))
    assert (found.base, found.split, found.skew_deg) == (tmp_path.name, "none", {})


def test_a_tag_of_another_form_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"about\.json"):
        tags_of(about(tmp_path, tags={"skew_deg": ["steep"]}))
