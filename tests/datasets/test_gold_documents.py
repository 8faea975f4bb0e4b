"""The gold documents say what their sources say, and hold together."""

import hashlib
import json
import re
from decimal import Decimal
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

from yusuan.datasets.synth import build_gold
from yusuan.datasets.synth.build_gold import GOLD, make_document, source_to_pages
from yusuan.extraction.document import Document

SOURCES = sorted((GOLD / "sources").glob("*.toml"))
# The words of the source are the same in any face; this one needs no font file.
FACE = "STSong-Light"
FOLDERS = sorted(path.parent for path in GOLD.glob("*/gold.json"))
PRINTED = ("code", "item", "amount", "name_raw", "budget", "value", "unit", "weight", "level1", "level2")


def read(folder: Path) -> Document:
    return Document.model_validate_json((folder / "gold.json").read_text("utf-8"))


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.name)
def gold(request):
    return request.param, read(request.param)


def fields(record):
    return record.model_dump(exclude={"provenance"})


def bare(text):
    return re.sub(r"[\s,]", "", text or "")


def tiles(table):
    taken = [
        (row, col)
        for cell in table.cells
        for row in range(cell.row, cell.row + cell.rowspan)
        for col in range(cell.col, cell.col + cell.colspan)
    ]
    return sorted(taken) == [(row, col) for row in range(table.n_rows) for col in range(table.n_cols)]


def test_every_source_has_its_three_documents():
    names = {folder.name for folder in FOLDERS}
    assert names == {path.stem + suffix for path in SOURCES for suffix in ("", "_office", "_bad")}


def test_the_document_is_the_file_beside_it(gold):
    folder, document = gold
    data = (folder / "document.pdf").read_bytes()
    assert document.source.sha256 == hashlib.sha256(data).hexdigest()
    pdf = pdfium.PdfDocument(data)
    assert len(pdf) == len(document.pages) == document.source.pages
    scanned = document.source.kind == "scanned"
    for page, printed in zip(document.pages, pdf, strict=True):
        width, height = (length * page.dpi / 72 for length in printed.get_size())
        assert (page.width, page.height) == pytest.approx((width, height), abs=1)
        assert (printed.get_textpage().count_chars() == 0) == scanned


def test_spans_tile_the_grids_and_boxes_stay_on_the_page(gold):
    _, document = gold
    sizes = {page.number: (page.width, page.height) for page in document.pages}
    for table in [*document.tables, *(table for page in document.pages for table in page.tables)]:
        assert tiles(table), table.id
        for cell in table.cells:
            width, height = sizes[cell.page]
            assert 0 <= cell.bbox[0] < cell.bbox[2] <= width
            assert 0 <= cell.bbox[1] < cell.bbox[3] <= height
            xs, ys = zip(*cell.quad, strict=True)
            assert cell.bbox == (min(xs), min(ys), max(xs), max(ys))


def test_fragments_name_the_page_tables_in_reading_order(gold):
    _, document = gold
    named = [part.table for table in document.tables for part in table.fragments]
    assert sorted(named) == sorted(table.id for page in document.pages for table in page.tables)
    for page in document.pages:
        assert [table.id for table in page.tables] == [
            f"p{page.number}t{number}" for number in range(1, len(page.tables) + 1)
        ]
        tops = [table.bbox[1] for table in page.tables]
        assert tops == sorted(tops)


def test_every_printed_field_points_at_text_that_says_it(gold):
    _, document = gold
    cells = {(table.id, cell.row, cell.col): cell for table in document.tables for cell in table.cells}
    parts = {
        (cell.page, cell.bbox): cell.text
        for page in document.pages
        for table in page.tables
        for cell in table.cells
    }
    lines = {(page.number, line.bbox): line.text for page in document.pages for line in page.lines}
    assert document.records
    for record in document.records:
        assert record.provenance, record.id
        for name, places in record.provenance.items():
            assert places, (record.id, name)
            said = ""
            for place in places:
                here = (place.page, place.bbox)
                if place.table is None:
                    said += lines[here]
                    continue
                cell = cells[place.table, place.row, place.col]
                # What a clipped cell means is checked below; what it prints is still its raw name.
                completed = name != "name_raw" and any(r.kind == "completed" for r in cell.repairs)
                said += cell.text if completed else parts[here]
            value = getattr(record, name)
            if name in PRINTED:
                assert bare(value) in bare(said), (record.id, name)


def test_a_clipped_name_is_completed_from_a_place_that_prints_it_whole(gold):
    _, document = gold
    parts = {
        (cell.page, cell.bbox): cell.text
        for page in document.pages
        for table in page.tables
        for cell in table.cells
    }
    for table in document.tables:
        for cell in table.cells:
            for repair in cell.repairs:
                assert repair.before != repair.after
                if repair.kind == "completed":
                    assert (repair.before, repair.after) == (cell.raw_text, cell.text)
                    assert cell.text.startswith(cell.raw_text)
                    proof = repair.evidence[0]
                    assert repair.after in parts[proof.page, proof.bbox]
                else:
                    assert bare(repair.before + "".join(e.text for e in repair.evidence)) == bare(
                        repair.after
                    )


def test_clipped_torn_and_carried_cases_are_there():
    office, julu, pingwu = (read(GOLD / name) for name in ("shizhu_office", "julu", "pingwu"))
    clipped = [r for r in office.records if r.type == "indicator" and r.name != r.name_raw]
    assert ("人大代表建议、政协委员提案办理率", "人大代表建议、政协委") in {
        (record.name, record.name_raw) for record in clipped
    }
    torn = {
        (repair.before, repair.after)
        for table in julu.tables
        for cell in table.cells
        for repair in cell.repairs
    }
    assert ("201315", "2013150") in torn
    projects = [record for record in pingwu.records if record.type == "project"]
    assert {record.organization for record in projects} == {"平武县人民政府机关"}
    assert len({place.page for record in projects for place in record.provenance["organization"]}) == 1


def wrong_sums(document):
    """Compare each amount of a coded table with its parts: by code, and 总计 with the other columns."""
    wrong = set()
    for table in document.tables:
        rows = {}
        for record in document.records:
            if record.type == "budget_line" and record.provenance["amount"][0].table == table.id:
                row = record.provenance["amount"][0].row
                rows.setdefault(row, {})[record.measure] = record
        coded = {next(iter(row.values())).code or "": row for row in rows.values()}
        if len(coded) < 4 or ("201" not in coded and "301" not in coded):
            continue
        for code, row in coded.items():
            length = len(code) + 2 if code else 3
            below = [coded[c] for c in coded if c.startswith(code) and len(c) == length]
            label = code or "合计"
            for measure, record in row.items():
                parts = [Decimal(r[measure].amount) for r in below if measure in r]
                check(wrong, (table.kind, label, measure), record.amount, parts)
            total = next((m for m in row if re.search("(总计|合计)$", m)), None)
            others = [m for m in row if m != total and "小计" not in m]
            if total and others:
                parts = [Decimal(row[m].amount) for m in others]
                check(wrong, (table.kind, label, total), row[total].amount, parts)
    return wrong


def check(wrong, where, printed, parts):
    if parts and sum(parts) != Decimal(printed):
        wrong.add((*where, printed, str(sum(parts))))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_sums_hold_or_are_listed_as_wrong_in_print(source):
    folder = GOLD / source.stem
    listed = json.loads((folder / "about.json").read_text("utf-8"))["checks"]["wrong_in_print"]
    assert wrong_sums(read(folder)) == {tuple(entry.values()) for entry in listed}


def test_projects_add_up_to_the_body_in_the_tables_that_list_them_all():
    for name, total in (("pingwu", "97.20"), ("menyuan", "113.64")):
        records = read(GOLD / name).records
        budgets = {record.budget for record in records if record.type == "organization"} - {None}
        assert budgets == {total}
        assert sum(Decimal(r.budget) for r in records if r.type == "project") == Decimal(total)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
@pytest.mark.parametrize("level", ["office", "bad"])
def test_a_scan_says_what_the_digital_document_says(source, level):
    digital, scan = read(GOLD / source.stem), read(GOLD / f"{source.stem}_{level}")
    assert [fields(record) for record in scan.records] == [fields(record) for record in digital.records]
    for mine, theirs in zip(scan.tables, digital.tables, strict=True):
        assert [cell.text for cell in mine.cells] == [cell.text for cell in theirs.cells]
    for mine, theirs in zip(scan.records, digital.records, strict=True):
        assert mine.provenance.keys() == theirs.provenance.keys()


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    """Every source, typeset again in a face that needs no font file."""
    pdfmetrics.registerFont(UnicodeCIDFont(FACE))
    folder = tmp_path_factory.mktemp("sources")
    made = {}
    for source in SOURCES:
        text = re.sub(r'(face = )"\w+"', rf'\1"{FACE}"', source.read_text("utf-8"))
        (folder / source.name).write_text(text, "utf-8")
        made[source.stem] = source_to_pages(folder / source.name)
    return made


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_gold_records_are_those_of_the_source(source, rebuilt):
    _, document, _ = make_document(rebuilt[source.stem], "digital")
    gold = read(GOLD / source.stem)
    assert [fields(record) for record in document.records] == [fields(record) for record in gold.records]
    for mine, theirs in zip(document.tables, gold.tables, strict=True):
        assert (mine.kind, mine.title, mine.n_rows, mine.header_rows) == (
            theirs.kind,
            theirs.title,
            theirs.n_rows,
            theirs.header_rows,
        )


def test_a_rebuilt_page_has_the_same_geometry(rebuilt, tmp_path):
    first = rebuilt["pingwu"]
    source = tmp_path / "pingwu.toml"
    text = re.sub(r'(face = )"\w+"', rf'\1"{FACE}"', (GOLD / "sources" / "pingwu.toml").read_text("utf-8"))
    source.write_text(text, "utf-8")
    again = source_to_pages(source)
    assert again.pages == first.pages
    assert again.pdf == first.pdf


def test_a_scanned_page_is_rebuilt_bit_for_bit(rebuilt):
    made = rebuilt["menyuan"]
    one = build_gold.Typeset(made.name, made.raw, made.pages[:1], made.sources, made.pdf)
    scans = [build_gold.scan_pages(one, "bad")[1] for _ in range(2)]
    assert scans[0] == scans[1]
