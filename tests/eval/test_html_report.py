"""The report that a person reads: one file, all there, nothing that runs or is fetched, and small."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from yusuan.eval.errors.kinds import ErrorCase, ErrorKind
from yusuan.eval.metrics.counts import Counts, Share
from yusuan.eval.report.crops import GOLD_COLOUR, PREDICTED_COLOUR, chosen, crop
from yusuan.eval.report.gallery import MOST_CROPS
from yusuan.eval.report.html import html_report
from yusuan.eval.report.parts import compared
from yusuan.eval.result import (
    Bin,
    Calibration,
    Comparison,
    EvalResult,
    Figure,
    ScoredDocument,
    Standing,
)

VOID = {"meta", "img"}


class Page(HTMLParser):
    """What a browser sees: elements that are open, attributes, text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words += f" {data}"

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


FIGURES = (
    Figure("fields", "all", "all", 0.9884, 0.979, 0.996, Counts(25853, 235, 370)),
    Figure("fields", "scan", "office", 0.9978, 0.994, 0.999, Counts(8722, 19, 19)),
    Figure("records", "all", "all", 0.9354, 0.886, 0.976, Counts(2927, 199, 205)),
    Figure("cer", "all", "all", 0.0061, 0.002, 0.011, Share(428, 70257)),
    Figure("ece", "all", "all", 0.0488, 0.016, 0.085),
)


def result(figures: Sequence[Figure] = FIGURES, with_peers: bool = True) -> EvalResult:
    calibration = Calibration((Bin(0.9, 1.0, 50, 0.95, 0.98),), ((0.5, 0.0), (1.0, 0.064)))
    peer = Standing("img2table", (Figure("fields", "all", "all", 0.5), Figure("cer", "all", "all", 0.2)))
    beside = Comparison((Standing("yusuan", FIGURES), peer), ("a_office",), ())
    return EvalResult(
        truth="gold",
        digest="cd" * 32,
        documents=(ScoredDocument("a_office", "a", "0" * 64, "a family", "office", True),),
        figures=tuple(figures),
        calibration=calibration if with_peers else None,
        comparisons=(beside,) if with_peers else (),
        unpaired=("<stranger>.pdf",),
        notes=("TEDS was not measured",),
    )


def case(kind: ErrorKind = ErrorKind.MISREAD, **values: object) -> ErrorCase:
    known = {"page": 1, "document": "a_office", "gold_text": "30.00", "predicted_text": "80.00"}
    return ErrorCase(kind, **{**known, **values})  # type: ignore[arg-type]


def written(tmp_path: Path, one: EvalResult, cases: Sequence[ErrorCase] = ()) -> tuple[str, Page]:
    path = tmp_path / "report.html"
    html_report(one, cases, path)
    text = path.read_text("utf-8")
    return text, Page(text)


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page as hard to compress as none is."""
    path = tmp_path_factory.mktemp("pages") / "001.jpg"
    grey = np.random.default_rng(0).integers(120, 255, (2339, 1653), np.uint8)
    Image.fromarray(grey).save(path, quality=90)
    return path


def test_figures_stand_with_interval_and_counts(tmp_path: Path) -> None:
    _, page = written(tmp_path, result())
    for shown in ("98.84", "97.9 to 99.6", "25,853", "26,223", "26,088", "99.78", "0.61", "4.88"):
        assert shown in page.words, shown
    assert "TEDS was not measured" in page.words
    assert "<stranger>.pdf" in page.words


def test_peers_stand_beside_us_and_the_better_is_marked(tmp_path: Path) -> None:
    text, page = written(tmp_path, result())
    assert "img2table" in page.words
    best = re.findall(r'<td class="best">([\d.]+)', text)
    # Of an error rate the smaller one is the better.
    assert best == ["98.84", "0.61"]


def test_what_was_not_measured_has_no_empty_section(tmp_path: Path) -> None:
    _, page = written(tmp_path, result(FIGURES[:1], with_peers=False))
    titles = [attributes["id"] for attributes in page.all("section")]
    assert titles == ["figures"]


def test_the_file_needs_no_network_and_no_script(tmp_path: Path, noise: Path) -> None:
    cases = [
        case(image=noise, gold_boxes=((100, 100, 200, 130),), predicted_text="<script>alert(1)</script>")
    ]
    text, page = written(tmp_path, result(), cases)
    assert page.all("script") == []
    assert page.all("link") == []
    assert "://" not in text
    assert "url(" not in text
    sources = [attributes["src"] or "" for attributes in page.all("img")]
    assert len(sources) == 1
    assert sources[0].startswith("data:image/jpeg;base64,")
    assert all(attributes["alt"] for attributes in page.all("img"))


def test_links_lead_somewhere_and_text_says_its_language(tmp_path: Path) -> None:
    _, page = written(tmp_path, result(), [case(gold_text="合计", predicted_text="合汁")])
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    targets = {(attributes["href"] or "")[1:] for attributes in page.all("a")}
    assert targets <= ids
    assert "kind-misread" in targets
    assert page.all("html") == [{"lang": "en"}]
    assert {"lang": "zh-Hans"} in page.all("span")


def test_drawings_are_well_formed(tmp_path: Path) -> None:
    text, _ = written(tmp_path, result())
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(drawings) > 4
    for drawing in drawings:
        ElementTree.fromstring(drawing)
    # Where half of the records are kept none is wrong, where all are kept 6.4 % of an axis that ends at 10 %.
    points = re.findall(r'<polyline class="curve" points="([^"]+)"', text)[0].split()
    (x0, y0), (x1, y1) = (map(float, point.split(",")) for point in points)
    assert (x1 - x0, y0 - y1) == pytest.approx((120, 240 * 0.64), abs=0.2)


def test_errors_stand_by_kind_with_their_counts(tmp_path: Path) -> None:
    cases = [
        case(fields={"budget_line.amount": 1}, record="budget_line", field_name="amount"),
        case(fields={"budget_line.amount": 1}, gold_text="7"),
        case(ErrorKind.TORN_ROW, fields={f"budget_line.f{n}": 2 for n in range(9)}, note="one row became 2"),
    ]
    text, page = written(tmp_path, result(), cases)
    assert text.index('id="kind-torn-row"') < text.index('id="kind-misread"')
    assert "2 cases, 2 values lost" in page.words
    assert "1 case, 18 values lost" in page.words
    assert "a_office, page 1" in page.words


def test_the_file_stays_small_however_much_went_wrong(tmp_path: Path, noise: Path) -> None:
    cases = [
        case(kind, image=noise, gold_boxes=((0, 0, 1653, 2339),), gold_text=f"{'数' * 500}{n}")
        for kind in ErrorKind
        for n in range(200)
    ]
    text, page = written(tmp_path, result(), cases)
    assert 20 < len(page.all("img")) <= MOST_CROPS
    assert len(text.encode()) < 3_000_000


def test_a_crop_shows_both_boxes_with_context_and_stays_on_the_page(tmp_path: Path) -> None:
    path = tmp_path / "001.jpg"
    Image.new("RGB", (1000, 800), "white").save(path)
    picture = crop(case(image=path, gold_boxes=((950, 10, 995, 40),), predicted_boxes=((700, 10, 760, 40),)))
    assert picture is not None
    pixels = np.asarray(Image.open(io.BytesIO(picture.jpeg)).convert("RGB")).astype(int)
    assert pixels.shape == (picture.height, picture.width, 3)
    # All of both boxes and 90 pixels to the left; the page ends at the right.
    assert picture.width >= 1000 - 700 + 40
    blue, orange = (np.abs(pixels - colour).sum(axis=2) < 90 for colour in (GOLD_COLOUR, PREDICTED_COLOUR))
    assert np.flatnonzero(blue.any(axis=0)).min() > np.flatnonzero(orange.any(axis=0)).max()


def test_a_case_without_page_or_place_has_no_crop(tmp_path: Path) -> None:
    assert crop(case()) is None
    assert crop(case(image=tmp_path / "absent.jpg", gold_boxes=((0, 0, 9, 9),))) is None
    _, page = written(tmp_path, result(), [case(image=tmp_path / "absent.jpg", gold_boxes=((0, 0, 9, 9),))])
    assert page.all("img") == []


def test_every_kind_is_shown_before_any_fills_the_gallery() -> None:
    common = [case(gold_text=str(n), fields={"a.b": 100 - n}) for n in range(50)]
    rare = [case(ErrorKind.WRONG_JOIN)]
    shown = chosen([*common, *rare], 5)
    assert [c.kind for c in shown].count(ErrorKind.WRONG_JOIN) == 1
    assert [c.gold_text for c in shown if c.kind == ErrorKind.MISREAD] == ["0", "1", "2", "3"]


def test_one_confusion_is_not_shown_again_before_others() -> None:
    same = [case(gold_text="≥", predicted_text=">", fields={"a.b": 9}) for _ in range(5)]
    other = case(gold_text="%", predicted_text="9")
    assert other in chosen([*same, other], 2)


def test_differences_are_marked_and_long_equal_text_is_cut() -> None:
    gold, said = compared("保障" * 40 + "清洁" + "绿化" * 40, "保障" * 40 + "青洁" + "绿化" * 40)
    assert "<mark>清</mark>洁" in gold
    assert "<mark>青</mark>洁" in said
    assert len(re.sub("<[^>]+>", "", gold)) < 40
    assert compared(None, "") == (
        '<span class="nothing">none</span>',
        '<span class="nothing">blank</span>',
    )
    assert "<b>" not in compared("<b>", "<i>")[0]


def test_crops_are_jpeg(noise: Path) -> None:
    picture = crop(case(image=noise, gold_boxes=((300, 300, 420, 330),)))
    assert picture is not None
    assert base64.b64encode(picture.jpeg).startswith(b"/9j/")
