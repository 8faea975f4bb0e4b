import re
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from yusuan.extraction.config import PageSettings
from yusuan.extraction.errors import PageError
from yusuan.extraction.pages import open_source, probe
from yusuan.extraction.pages.pagetree import count_pages


@pytest.fixture
def five_pages(drawn_pdf: Callable[..., Path]) -> Path:
    pages = [lambda c, k=k: c.drawString(100, 700, f"page{k}") for k in range(1, 6)]
    return drawn_pdf(*pages)


def claim(path: Path, count: int) -> None:
    data = path.read_bytes()
    assert len(re.findall(rb"/Count 5\b", data)) == 1
    path.write_bytes(data.replace(b"/Count 5", b"/Count %d" % count))


def test_count_too_small_loses_no_page(settings: PageSettings, five_pages: Path) -> None:
    claim(five_pages, 3)
    with open_source(five_pages, settings) as source:
        assert source.info.pages == 5
        assert any("says that it has 3 pages" in warning for warning in source.info.warnings)
        assert [word.text for word in source.load(5).words] == ["page5"]


def test_count_too_large_promises_no_page(settings: PageSettings, five_pages: Path) -> None:
    claim(five_pages, 8)
    info = probe(five_pages, settings)
    assert info.pages == 5
    assert any("says that it has 8 pages" in warning for warning in info.warnings)


def test_right_count_warns_of_nothing(settings: PageSettings, five_pages: Path) -> None:
    assert probe(five_pages, settings).warnings == ()


def test_broken_page_among_good_ones(tmp_path: Path, settings: PageSettings, five_pages: Path) -> None:
    path = tmp_path / "broken.pdf"
    with pikepdf.open(five_pages) as pdf:
        number = pdf.pages[2].objgen[0]
        pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.disable, linearize=False)
    data = path.read_bytes()
    with pikepdf.open(path) as pdf:
        number = pdf.pages[2].objgen[0]
    # The page's object becomes a number, as a bad disk or a bad writer would have it.
    start = data.index(b"\n%d 0 obj" % number) + len(b"\n%d 0 obj" % number)
    stop = data.index(b"endobj", start)
    path.write_bytes(data[:start] + b"\n7".ljust(stop - start) + data[stop:])
    with open_source(path, settings) as source:
        assert source.info.pages == 5
        with pytest.raises(PageError, match="page 3 cannot be loaded") as caught:
            source.load(3)
        assert caught.value.hint
        assert [word.text for word in source.load(4).words] == ["page4"]


def test_page_that_does_not_exist(settings: PageSettings, five_pages: Path) -> None:
    with open_source(five_pages, settings) as source:
        for number in (0, 6, -1):
            with pytest.raises(PageError, match="there is no page"):
                source.load(number)


def test_leaves_are_counted_in_packed_and_nested_trees(tmp_path: Path, five_pages: Path) -> None:
    packed = tmp_path / "packed.pdf"
    with pikepdf.open(five_pages) as pdf:
        inner = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Pages, Count=2, Kids=pikepdf.Array(list(pdf.Root.Pages.Kids)[3:])
            )
        )
        for page in inner.Kids:
            page.Parent = inner
        inner.Parent = pdf.Root.Pages
        pdf.Root.Pages.Kids = pikepdf.Array([*list(pdf.Root.Pages.Kids)[:3], inner])
        pdf.save(packed, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    tree = count_pages(packed.read_bytes())
    assert tree is not None
    assert (tree.leaves, tree.count_at) == (5, None)


def test_a_tree_that_runs_in_a_circle_ends() -> None:
    data = (
        b"1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj "
        b"2 0 obj <</Type /Pages /Count 2 /Kids [3 0 R 2 0 R 4 0 R]>> endobj "
        b"3 0 obj <</Type /Page>> endobj 4 0 obj <</Type /Pages /Kids [2 0 R 3 0 R]>> endobj "
        b"trailer <</Root 1 0 R>>"
    )
    tree = count_pages(data)
    assert tree is not None
    assert tree.leaves == 1


@pytest.mark.parametrize("data", [b"", b"/Root 1 0 R", b"1 0 obj <</Pages 9 0 R>> endobj /Root 1 0 R"])
def test_an_unreadable_tree_is_no_number(data: bytes) -> None:
    assert count_pages(data) is None
