"""Cells and lines as pre-annotations for Label Studio.

The file holds one task a page, rectangles in percent of the page with the text that was read. Image
addresses are relative to the output folder: serve that folder as Label Studio's local storage.
Format: Label Studio documentation, "Import pre-annotated data into Label Studio".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from yusuan.extraction.document import BBox, Document, Page
from yusuan.extraction.exports.folder import DOCUMENTS, corrected_documents, page_image_path, writing

MODEL_VERSION = "yusuan"

LABELING_CONFIG = """<View>
  <Image name="image" value="$image" zoom="true"/>
  <RectangleLabels name="label" toName="image">
    <Label value="header" background="#1f77b4"/>
    <Label value="cell" background="#2ca02c"/>
    <Label value="line" background="#ff7f0e"/>
  </RectangleLabels>
  <TextArea name="transcription" toName="image" perRegion="true" editable="true"/>
</View>
"""


def export_label_studio(out: Path, path: Path) -> None:
    """Write the tasks to import, and beside them `<name>.config.xml`, the labelling interface they fit.

    Raises:
        InputError: a document.json cannot be read.
        OutputError: a file cannot be written.
    """
    with writing(path) as draft, draft.open("w", encoding="utf-8") as file:
        separator = "["
        for name, document in corrected_documents(out):
            for task in document_to_tasks(name, document):
                file.write(separator + "\n" + json.dumps(task, ensure_ascii=False))
                separator = ","
        file.write("[]\n" if separator == "[" else "\n]\n")
    with writing(path.with_name(f"{path.stem}.config.xml")) as draft:
        draft.write_text(LABELING_CONFIG, "utf-8")


def document_to_tasks(name: str, document: Document) -> Iterator[dict[str, Any]]:
    """Yield a task for each page that was read."""
    folder = Path(DOCUMENTS) / name
    for page in document.pages:
        if page.status != "ok":
            continue
        results = [part for region in _page_to_regions(page) for part in region]
        yield {
            "data": {
                "image": page_image_path(folder, page.number).as_posix(),
                "document": name,
                "page": page.number,
            },
            "predictions": [{"model_version": MODEL_VERSION, "result": results}],
        }


def _page_to_regions(page: Page) -> Iterator[list[dict[str, Any]]]:
    for table in page.tables:
        for cell in table.cells:
            key = f"{table.id}-r{cell.row}-c{cell.col}"
            label = "header" if cell.header else "cell"
            yield _region(page, key, cell.bbox, label, cell.text, cell.confidence)
    for number, line in enumerate(page.lines, 1):
        yield _region(page, f"p{page.number}l{number}", line.bbox, "line", line.text, line.confidence)


def _region(
    page: Page, key: str, bbox: BBox, label: str, text: str, confidence: float | None
) -> list[dict[str, Any]]:
    """Return a rectangle and, where there is text, its transcription; both carry the same id."""
    x0, y0, x1, y1 = bbox
    box = {
        "x": 100 * x0 / page.width,
        "y": 100 * y0 / page.height,
        "width": 100 * (x1 - x0) / page.width,
        "height": 100 * (y1 - y0) / page.height,
        "rotation": 0,
    }
    common = {
        "id": key,
        "to_name": "image",
        "original_width": page.width,
        "original_height": page.height,
        "image_rotation": 0,
        **({} if confidence is None else {"score": confidence}),
    }
    parts = [
        {
            **common,
            "from_name": "label",
            "type": "rectanglelabels",
            "value": {**box, "rectanglelabels": [label]},
        }
    ]
    if text:
        parts.append(
            {**common, "from_name": "transcription", "type": "textarea", "value": {**box, "text": [text]}}
        )
    return parts
