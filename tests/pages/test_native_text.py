from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from yusuan.extraction.pages import PageImage
from yusuan.extraction.pages.textlayer import TextLayer, layer_is_garbage, layer_to_words

SCALE = 200 / 72


def texts(page: PageImage) -> list[str]:
    return [word.text for word in page.words]


def test_words_and_characters_stand_where_they_were_drawn(
    drawn_pdf: Callable[..., Path], load: Callable[..., PageImage]
) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(100, 700, "HEM 1,234.50")

    page = load(drawn_pdf(draw))
    assert page.kind == "digital"
    assert page.dpi == 200
    assert texts(page) == ["HEM", "1,234.50"]
    hem, amount = page.words
    # Cap height of Helvetica is 718/1000; E stands after H, 722/1000 wide, and begins with a bearing of 86.
    e = hem.chars[1]
    left = (100 + 12 * (722 + 86) / 1000) * SCALE
    assert e.text == "E"
    assert e.bbox == pytest.approx(
        (left, (842 - 700 - 8.62) * SCALE, left + 12 * 0.530 * SCALE, 142 * SCALE), abs=1.5
    )
    assert amount.bbox[0] == pytest.approx((100 + stringWidth("HEM ", "Helvetica", 12)) * SCALE, abs=4)
    # Ink is inside the boxes, and nowhere else.
    rest = page.image.copy()
    for word in page.words:
        x0, y0, x1, y1 = word.bbox
        part = rest[int(y0) - 1 : int(y1) + 3, int(x0) - 1 : int(x1) + 3]
        assert part.min() < 100
        part[:] = 255
    assert rest.min() > 200


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_rotate_of_the_page_is_honoured(
    drawn_pdf: Callable[..., Path], load: Callable[..., PageImage], tmp_path: Path, turn: int
) -> None:
    # Drawn so that the page reads upright only when /Rotate is applied.
    def draw(canvas: Canvas) -> None:
        canvas.translate(300, 400)
        canvas.rotate(turn)
        canvas.drawString(-80, 50, "Income")
        canvas.drawString(-80, 20, "40.00")

    path = tmp_path / "turned.pdf"
    with pikepdf.open(drawn_pdf(draw)) as pdf:
        pdf.pages[0].Rotate = turn
        pdf.save(path)
    page = load(path)
    assert page.rotation == 0
    assert texts(page) == ["Income", "40.00"]
    assert page.image.shape[:2] == ((2339, 1653) if turn % 180 == 0 else (1653, 2339))
    for word in page.words:
        x0, y0, x1, y1 = (round(side) for side in word.bbox)
        assert x1 - x0 > y1 - y0
        assert page.image[y0:y1, x0:x1].min() < 100


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_printed_sideways_is_turned_upright(
    drawn_pdf: Callable[..., Path], load: Callable[..., PageImage], turn: int
) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.line(100, 100, 400, 100)
        canvas.translate(300, 400)
        canvas.rotate(turn)
        for k in range(5):
            canvas.drawString(-80, 50 - 20 * k, f"Item {k}")

    page = load(drawn_pdf(draw))
    # Text turned counter-clockwise by as much is put right by a clockwise turn.
    assert page.rotation == turn
    assert sorted(texts(page)) == ["0", "1", "2", "3", "4", *["Item"] * 5]
    word = min((word for word in page.words if word.text == "Item"), key=lambda word: word.bbox[1])
    x, y = (word.bbox[0] + word.bbox[2]) / 2, (word.bbox[1] + word.bbox[3]) / 2
    u, v, w = np.array(page.transform) @ (x, y, 1)
    angle = np.radians(turn)
    middle = (-80 + stringWidth("Item", "Helvetica", 12) / 2, 54)
    seen = (
        300 + middle[0] * np.cos(angle) - middle[1] * np.sin(angle),
        400 + middle[0] * np.sin(angle) + middle[1] * np.cos(angle),
    )
    assert (u / w, v / w) == pytest.approx((seen[0] * SCALE, (842 - seen[1]) * SCALE), abs=6)
    rule = page.segments[0]
    along = (abs(rule[2] - rule[0]), abs(rule[3] - rule[1]))
    assert along == pytest.approx((300 * SCALE, 0) if turn == 180 else (0, 300 * SCALE), abs=2)


def test_only_what_is_seen_is_text(drawn_pdf: Callable[..., Path], load: Callable[..., PageImage]) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(100, 700, "seen")
        canvas.drawString(-200, 700, "outside")
        canvas.saveState()
        path = canvas.beginPath()
        path.rect(100, 590, 40, 30)
        canvas.clipPath(path, stroke=0)
        canvas.drawString(100, 600, "AAAAAAAAAA")
        canvas.restoreState()
        canvas.saveState()
        hidden = canvas.beginText(100, 500)
        hidden.setTextRenderMode(3)
        hidden.textOut("invisible")
        canvas.drawText(hidden)
        canvas.restoreState()
        canvas.saveState()
        canvas.translate(200, 200)
        canvas.rotate(40)
        canvas.drawString(0, 0, "WATERMARK")
        canvas.restoreState()

    page = load(drawn_pdf(draw))
    assert page.kind == "digital"
    shown = texts(page)
    assert shown[0] == "seen"
    assert len(shown) == 2
    assert set(shown[1]) == {"A"}
    assert 4 <= len(shown[1]) <= 6, "the clip is five letters wide"
    assert any("9 characters on a slant" in warning for warning in page.warnings)


def test_bold_by_printing_twice_is_read_once(
    drawn_pdf: Callable[..., Path], load: Callable[..., PageImage]
) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(100, 700, "Total 1,110.00")
        canvas.drawString(100.3, 700, "Total 1,110.00")

    assert texts(load(drawn_pdf(draw))) == ["Total", "1,110.00"]


def test_characters_written_in_any_order_make_one_word(
    drawn_pdf: Callable[..., Path], load: Callable[..., PageImage]
) -> None:
    def draw(canvas: Canvas) -> None:
        pieces = [("12", 100.0), ("345", 100 + stringWidth("12", "Helvetica", 12)), ("x", 300.0)]
        for text, x in (pieces[1], pieces[2], pieces[0]):
            canvas.drawString(x, 700, text)

    assert sorted(texts(load(drawn_pdf(draw)))) == ["12345", "x"]


@pytest.mark.parametrize("turn", [0, 90])
def test_print_under_an_electronic_seal_is_seen(
    drawn_pdf: Callable[..., Path], load: Callable[..., PageImage], turn: int
) -> None:
    """A seal is a picture with a mask of its own: what the mask covers is hidden, the rest is not."""
    seal = np.zeros((200, 200, 4), np.uint8)
    seal[:, :, 0] = 220
    seal[:, 100:, 3] = 60  # its right half is a thin red, the left half lets all through
    seal[:50, :, 3] = 255  # a solid bar along its top

    def draw(canvas: Canvas) -> None:
        for k in range(20):
            canvas.drawString(80, 780 - 20 * k, "Budget")
        for word, x, y in (("above", 400, 570), ("left", 315, 520), ("33.00", 370, 470), ("44.00", 440, 520)):
            canvas.drawString(x, y, word)
        canvas.translate(400, 500)
        canvas.rotate(turn)
        canvas.drawImage(ImageReader(Image.fromarray(seal)), -100, -100, 200, 200, mask="auto")

    seen = set(texts(load(drawn_pdf(draw)))) - {"Budget"}
    assert seen == {"33.00", "44.00", "left" if turn == 0 else "above"}


def test_text_under_a_scan_is_not_the_page(
    picture_pdf: Callable[..., Path],
    load: Callable[..., PageImage],
    form_page: np.ndarray,
    encoded: Callable[..., bytes],
) -> None:
    scan = encoded(np.repeat(form_page[:, :, None], 3, axis=2), "JPEG")
    ocr = b"BT 3 Tr /F 12 Tf 60 700 Td (What another OCR believed to be on this page of figures) Tj ET"
    page = load(picture_pdf(scan, size=(1654, 2339), over=ocr))
    assert page.kind == "scanned"
    assert page.words == ()
    assert page.dpi == pytest.approx(200, abs=1)


def test_a_page_number_over_a_scan_makes_no_digital_page(
    picture_pdf: Callable[..., Path],
    load: Callable[..., PageImage],
    form_page: np.ndarray,
    encoded: Callable[..., bytes],
) -> None:
    scan = encoded(np.repeat(form_page[:, :, None], 3, axis=2), "JPEG")
    page = load(picture_pdf(scan, size=(1654, 2339), over=b"BT /F 12 Tf 290 20 Td (- 17 -) Tj ET"))
    assert page.kind == "scanned"


def test_a_digital_page_on_letter_paper_stays_digital(
    picture_pdf: Callable[..., Path], load: Callable[..., PageImage], encoded: Callable[..., bytes]
) -> None:
    paper = np.full((800, 600, 3), (250, 248, 240), np.uint8)
    paper[:60] = (200, 30, 30)
    lines = b" ".join(
        b"BT /F 12 Tf 60 %d Td (A line of native text over a picture of paper) Tj ET" % y
        for y in range(200, 700, 20)
    )
    page = load(picture_pdf(encoded(paper, "JPEG"), size=(600, 800), over=lines))
    assert page.kind == "digital"
    assert page.words[0].text == "A"
    assert page.dpi == 200


def test_low_resolution_scan_is_not_blown_up(
    picture_pdf: Callable[..., Path], load: Callable[..., PageImage], encoded: Callable[..., bytes]
) -> None:
    noise = np.full((842, 595, 3), 255, np.uint8)
    noise[100:700:20, 60:500] = 0
    assert load(picture_pdf(encoded(noise, "JPEG"), size=(595, 842))).image.shape[:2] == (1755, 1240)
    # One pixel a point on a sheet of 34 x 48 inches: an A4 scan whose resolution was lost.
    scan = np.full((3508, 2480, 3), 255, np.uint8)
    scan[300:3000:60, 200:2200] = 0
    page = load(picture_pdf(encoded(scan, "JPEG"), size=(2480, 3508), paper=(2480.0, 3508.0)))
    assert page.dpi == pytest.approx(200)
    assert page.image.shape[:2] == pytest.approx((2338, 1653), abs=2)


def layer(text: str, flags: int = 0) -> TextLayer:
    count = len(text)
    boxes = np.array([[10.0 * k, 0, 10 * k + 9, 12] for k in range(count)], np.float32)
    return TextLayer(
        np.array([ord(c) for c in text], np.uint32),
        boxes,
        boxes + np.array((0, -2, 1, 2), np.float32),
        np.zeros(count, np.int32),
        np.full(count, flags, np.int32),
    )


@pytest.mark.parametrize(
    ("text", "garbage"),
    [
        ("一般公共服务支出预算数合计", False),
        ("Élèves français à Orléans déjà payés", False),
        ("收入预算" * 20 + "\uf0a7", False),
        ("收入预算" * 20 + "\ue123\ue124\ue125\ue126", True),
        ("\ufffd" * 8, True),
        ("ÊÕÈëÔ¤Ëã×Ü±íµ¥Î»ÍòÔª", True),
    ],
)
def test_codes_that_nobody_writes(text: str, garbage: bool) -> None:
    assert layer_is_garbage(layer(text)) is garbage


def test_characters_without_a_map_are_garbage() -> None:
    assert layer_is_garbage(layer("abcdefgh", flags=2))


def test_words_end_at_gaps() -> None:
    wide = layer("合计支出")
    wide.boxes[2:, [0, 2]] += 40
    wide.cells[2:, [0, 2]] += 40
    assert [word.text for word in layer_to_words(wide)] == ["合计", "支出"]
    assert [word.text for word in layer_to_words(layer("合计支出"))] == ["合计支出"]


def test_a_garbage_layer_is_read_as_a_scan(
    drawn_pdf: Callable[..., Path], load: Callable[..., PageImage], tmp_path: Path
) -> None:
    path = tmp_path / "garbage.pdf"
    with pikepdf.open(
        drawn_pdf(lambda c: [c.drawString(80, 700 - 20 * k, "Budget 123.45") for k in range(20)])
    ) as pdf:
        to_unicode = b"1 beginbfrange <00> <ff> <e000> endbfrange"
        for font in pdf.pages[0].Resources.Font.values():
            font.ToUnicode = pdf.make_stream(
                b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> "
                b"endcodespacerange " + to_unicode + b" endcmap end"
            )
        pdf.save(path)
    page = load(path)
    assert page.kind == "scanned"
    assert any("does not say what is printed" in warning for warning in page.warnings)
