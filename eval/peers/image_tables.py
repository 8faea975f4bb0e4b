"""img2table, as its documentation says to use it, with our text reader in the place of its own.

On digital pages it opens the PDF itself and takes the text from there. On scans it gets the page image,
levels it with its own method (which stands up to 45°, and takes no page for upside down), and asks for text.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from yusuan.eval.peers.lines import LineReader, TextLine
from yusuan.eval.peers.peer import (
    FoundCell,
    FoundTable,
    Peer,
    PeerKit,
    confidence_in,
    found_to_page,
    joined,
)
from yusuan.eval.peers.sauvola import complete_opencv
from yusuan.extraction.document import BBox, Page
from yusuan.extraction.pages import PageImage
from yusuan.extraction.pages.homography import as_matrix

if TYPE_CHECKING:
    from img2table.document._types import Document, MockDocument
    from img2table.ocr._types import OCRData
    from img2table.tables.extraction import ExtractedTable

_LEAST_TURN = 0.25  # degrees; img2table leaves a page as it is below that


class Img2Table(Peer):
    """img2table with its defaults; `borderless` adds its search for tables without rules."""

    def __init__(self, kit: PeerKit, *, borderless: bool) -> None:
        self._lines = kit.lines
        self._borderless = borderless
        complete_opencv()

    def prepare(self, page: PageImage) -> PageImage:
        """Level a scan as `detect_rotation=True` does, and note the turn, which that option does not tell."""
        if _reads_pdf(page):
            return page
        angle = _skew(page.image)
        if abs(angle) < _LEAST_TURN:
            return page
        from img2table.document.rotation import rotate_img_with_border

        image = rotate_img_with_border(page.image, angle)
        back = np.asarray(page.transform) @ np.linalg.inv(turn_to_matrix(page.image, angle))
        return replace(page, image=image, transform=as_matrix(back / back[2, 2]), skew_deg=-angle)

    def read(self, page: PageImage) -> Page:
        """See `Peer.read`."""
        document = _document(page)
        reader = _reader(self._lines)
        data = self._text(document, reader)
        # Asked for once: where it finds a table, img2table would ask again.
        document.ocr_data = data
        found: Any = document.extract_tables(ocr=reader, borderless_tables=self._borderless)
        tables: list[ExtractedTable] = next(iter(found.values()), []) if isinstance(found, dict) else found
        # Digital pages are drawn by img2table itself, at 200 dpi and perhaps a pixel larger.
        scale = page.image.shape[1] / document.images[0].shape[1]
        texts = _texts(data, scale)
        converted = [table_to_found(table, texts, scale) for table in tables]
        return found_to_page(page, sorted(converted, key=lambda table: table.cells[0].box[1]), texts)

    def _text(self, document: Document, reader: Any) -> OCRData | None:
        """Return the text that img2table would use: of the PDF where it has some, else as it is read."""
        from img2table.document import PDF
        from img2table.ocr.pdf import PdfOCR

        data = PdfOCR().of(document) if isinstance(document, PDF) else None
        return data if data is not None else reader.of(document)


def _reads_pdf(page: PageImage) -> bool:
    # A text layer that runs sideways is turned for everybody, and img2table cannot turn a PDF.
    return page.kind == "digital" and page.path is not None and page.rotation == 0


def _document(page: PageImage) -> Document:
    from img2table.document import PDF, Image

    if _reads_pdf(page):
        assert page.path is not None
        return PDF(src=page.path, pages=[page.number - 1])
    encoded = cv2.imencode(".png", cv2.cvtColor(page.image, cv2.COLOR_RGB2BGR))[1]
    return Image(src=io.BytesIO(encoded.tobytes()))


def _reader(lines: LineReader) -> Any:
    """Return our reader as the OCR instance that img2table asks for."""
    from img2table.ocr._types import OCRData, OCRInstance

    class _Lines(OCRInstance):
        def of(self, document: Document | MockDocument) -> OCRData | None:
            records = {
                page: [_record(f"line_{page}_{index}", line) for index, line in enumerate(read)]
                for page, image in enumerate(document.images)
                if (read := lines.read(image))
            }
            return OCRData(records=records) if records else None

    return _Lines()


def _record(name: str, line: TextLine) -> dict[str, Any]:
    """Return a line as img2table's own adapters do: its own parent, percents, whole pixels."""
    x0, y0, x1, y1 = (int(value) for value in line.box)
    percent = int(100 * line.confidence)
    return {"id": name, "parent": name, "value": line.text, "confidence": percent} | {
        "x1": x0,
        "y1": y0,
        "x2": x1,
        "y2": y1,
    }


def _texts(data: OCRData | None, scale: float) -> list[TextLine]:
    records = data.records.get(0, []) if data is not None else []
    return [
        TextLine(
            record["value"],
            _scaled((record["x1"], record["y1"], record["x2"], record["y2"]), scale),
            # 99 is what img2table calls certain.
            1.0 if record["confidence"] == 99 else record["confidence"] / 100,
        )
        for record in records
        if record["value"]
    ]


def table_to_found(table: ExtractedTable, texts: Sequence[TextLine], scale: float) -> FoundTable:
    """Return a table of img2table, which repeats a merged cell at every place that it covers."""
    places: dict[BBox, list[tuple[int, int]]] = {}
    values: dict[BBox, str] = {}
    for row, cells in enumerate(table.content.values()):
        for col, cell in enumerate(cells):
            box = (cell.bbox.x1, cell.bbox.y1, cell.bbox.x2, cell.bbox.y2)
            places.setdefault(box, []).append((row, col))
            values[box] = joined(cell.value or "")
    found = []
    for box, covered in places.items():
        rows, cols = [row for row, _ in covered], [col for _, col in covered]
        height, width = max(rows) - min(rows) + 1, max(cols) - min(cols) + 1
        whole = height * width == len(covered)
        scaled = _scaled(box, scale)
        confidence = confidence_in(scaled, texts)
        spans = [(min(rows), min(cols), height, width)] if whole else [(r, c, 1, 1) for r, c in covered]
        found += [FoundCell(*span, values[box], scaled, confidence) for span in spans]
    n_cols = max(len(cells) for cells in table.content.values())
    # img2table does not say which of its tables have rules; most have.
    return FoundTable(len(table.content), n_cols, ruled=True, cells=tuple(sorted(found, key=_place)))


def _place(cell: FoundCell) -> tuple[int, int]:
    return cell.row, cell.col


def _scaled(box: BBox, scale: float) -> BBox:
    x0, y0, x1, y1 = box
    return (x0 * scale, y0 * scale, x1 * scale, y1 * scale)


def _skew(image: np.ndarray) -> float:
    """Return the angle by which img2table would turn an image, in degrees counter-clockwise."""
    from img2table.document.rotation import estimate_skew, get_connected_components, get_relevant_angles

    centroids, height, ink = get_connected_components(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    if len(centroids) < 2:
        return 0.0
    angles = get_relevant_angles(centroids=centroids, ref_height=height)
    return float(estimate_skew(angles=angles, thresh=ink))


def turn_to_matrix(image: np.ndarray, angle: float) -> np.ndarray:
    """Return the 3×3 matrix from pixels of an image to those of the image that img2table turns by `angle`."""
    height, width = image.shape[:2]
    middle = (width // 2, height // 2)
    matrix = np.vstack([cv2.getRotationMatrix2D(middle, angle, 1.0), (0, 0, 1)])
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    matrix[0, 2] += int(height * sin + width * cos) / 2 - middle[0]
    matrix[1, 2] += int(height * cos + width * sin) / 2 - middle[1]
    return matrix
