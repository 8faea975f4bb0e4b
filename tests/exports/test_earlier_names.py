import pytest

from yusuan.extraction.document import Cell, Document, Organization, Source, Span, Table
from yusuan.extraction.errors import InputError
from yusuan.extraction.exports.earlier import earlier_names

WATER = Organization(code="201", name="某县水利局")


def document(number, organization, *names):
    """A document with a table of projects."""
    cells = [
        Cell(
            row=row,
            col=0,
            rowspan=1,
            colspan=1,
            text=name,
            raw_text=name,
            page=1,
            bbox=(0, 0, 9, 9),
            quad=((0, 0), (9, 0), (9, 9), (0, 9)),
            spans=(Span(start=0, end=len(name), label="project.name"),),
        )
        for row, name in enumerate(names)
    ]
    return Document(
        source=Source(path=f"papers/{number}.pdf", sha256=str(number) * 64, pages=1, kind="digital"),
        organization=organization,
        fiscal_year=2020 + number,
        tables=(Table(id="t1", n_rows=len(names), n_cols=1, cells=tuple(cells)),),
    )


@pytest.fixture
def results(tmp_path):
    """A folder of results with documents of three bodies."""
    documents = [
        document(1, WATER, "农村饮水\n安全巡查"),
        document(2, Organization(name="某县水利局"), "河道疏浚"),
        document(3, Organization(code="201", name="邻县财政局"), "财源建设"),
        document(4, None, "无名项目"),
    ]
    for each in documents:
        folder = tmp_path / "documents" / each.source.sha256[:12]
        folder.mkdir(parents=True)
        (folder / "document.json").write_text(each.model_dump_json(), "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("organization", "names"),
    [
        (WATER, ["农村饮水安全巡查", "河道疏浚"]),
        (Organization(code="201"), ["农村饮水安全巡查", "财源建设"]),
        (Organization(name="邻县财政局"), ["财源建设"]),
        (None, []),
    ],
)
def test_names_are_those_of_the_same_body(results, organization, names):
    found = earlier_names(results, document(5, organization)).get("project.name", ())
    assert [each.printed for each in found] == names
    assert {each.where for each in found} <= {f"{n}.pdf ({2020 + n})" for n in (1, 2, 3)}


def test_a_document_is_no_evidence_for_itself(results):
    found = earlier_names(results, document(1, WATER))["project.name"]
    assert [each.printed for each in found] == ["河道疏浚"]


def test_results_that_cannot_be_read_are_named(tmp_path):
    folder = tmp_path / "documents" / "broken"
    folder.mkdir(parents=True)
    (folder / "document.json").write_text("{", "utf-8")
    with pytest.raises(InputError, match="broken"):
        earlier_names(tmp_path, document(5, WATER))
