"""The gold documents say what their sources say, and hold together."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

from yusuan.datasets.goldset.check import check
from yusuan.datasets.goldset.files import GOLD, folders_in, read_document
from yusuan.datasets.goldset.manifest import SPLITS, counts, read_manifest
from yusuan.datasets.synth.build_gold import make_document, source_to_pages
from yusuan.extraction.document import Document
from yusuan.extraction.fields import Context, build_records, label_tables
from yusuan.extraction.numerals import canonical

SOURCES = sorted((GOLD / "sources").glob("*.toml"))
FOLDERS = folders_in(GOLD)
# The words of the source are the same in any face; this one needs no font file.
FACE = "STSong-Light"


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.name)
def gold(request: pytest.FixtureRequest) -> tuple[Path, Document]:
    return request.param, read_document(request.param)


def fields(record):
    return record.model_dump(exclude={"provenance"})


def bare(text):
    return re.sub(r"[\s,]", "", text or "")


def test_the_gold_passes_its_check():
    assert check(GOLD) == []


def test_every_split_has_families_of_its_own():
    documents = read_manifest().documents.values()
    families = {split: {each.family for each in documents if each.split == split} for split in SPLITS}
    assert all(families.values())
    assert sum(map(len, families.values())) == len(set().union(*families.values()))
    assert "documents with each kind of damage" in counts()


def test_pages_of_the_file_are_those_of_the_truth(gold):
    folder, document = gold
    pdf = pdfium.PdfDocument((folder / "document.pdf").read_bytes())
    assert len(pdf) == len(document.pages)
    for page, printed in zip(document.pages, pdf, strict=True):
        width, height = (length * page.dpi / 72 for length in printed.get_size())
        assert (page.width, page.height) == pytest.approx((width, height), abs=1)
        assert printed.get_textpage().count_chars() > 0


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
    office, julu, pingwu = (read_document(GOLD / name) for name in ("shizhu_office", "julu", "pingwu"))
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


def test_projects_add_up_to_the_body_in_the_tables_that_list_them_all():
    for name, total in (("pingwu", "97.20"), ("menyuan", "113.64")):
        records = read_document(GOLD / name).records
        budgets = {record.budget for record in records if record.type == "organization"} - {None}
        assert budgets == {total}
        assert sum(Decimal(r.budget) for r in records if r.type == "project") == Decimal(total)


def as_printed(record) -> tuple[tuple[str, str], ...]:
    values = record.model_dump(exclude={"id", "provenance", "checks", "status", "confidence"})
    return tuple(sorted((name, canonical(str(value))) for name, value in values.items() if value is not None))


@pytest.mark.parametrize("name", ["julu", "menyuan", "pingwu", "shizhu_office", "shizhu_organization"])
def test_token_labels_are_enough_to_put_the_records_together(name):
    """By the product's own assembly, which knows nothing but labels, grid and the lines around a table."""
    document = read_document(GOLD / name)

    def labelled_by_hand(table, context: Context):
        return table

    built = build_records(label_tables(document, labelled_by_hand))
    assert Counter(map(as_printed, built.records)) == Counter(map(as_printed, document.records))


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
    document = make_document(rebuilt[source.stem])
    gold = read_document(GOLD / source.stem)
    assert [fields(record) for record in document.records] == [fields(record) for record in gold.records]
    for mine, theirs in zip(document.tables, gold.tables, strict=True):
        assert (mine.kind, mine.title, mine.n_rows, mine.header_rows) == (
            theirs.kind,
            theirs.title,
            theirs.n_rows,
            theirs.header_rows,
        )
        assert [cell.spans for cell in mine.cells] == [cell.spans for cell in theirs.cells]


def test_a_rebuilt_page_has_the_same_geometry(rebuilt, tmp_path):
    first = rebuilt["pingwu"]
    source = tmp_path / "pingwu.toml"
    text = re.sub(r'(face = )"\w+"', rf'\1"{FACE}"', (GOLD / "sources" / "pingwu.toml").read_text("utf-8"))
    source.write_text(text, "utf-8")
    again = source_to_pages(source)
    assert again.pages == first.pages
    assert again.pdf == first.pdf
