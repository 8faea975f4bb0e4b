"""Cells and lines as pre-annotations for Label Studio; `label_studio_reader` reads what people made of them.

The file holds one task a page, rectangles in percent of the page with the text that was read. Image
addresses are relative to the output folder: serve that folder as Label Studio's local storage.
Format: Label Studio documentation, "Import pre-annotated data into Label Studio".

Each cell of a logical table is a region, where it stands or, of a torn one, begins. Beside its text it says
in fields that people can edit:

* `place`: table, row and column, counted from 0, and how many rows and columns it covers where it is merged:
  `t1 3 2` or `t1 0 2 1x4`. Without it nobody could tell the table from the page;
* `spans`: its token labels, an entry each, as characters from, to (exclusive) and label:
  `0-7 budget_line.code`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from yusuan.extraction.document import BBox, Cell, Document, Page, Table
from yusuan.extraction.exports.folder import DOCUMENTS, corrected_documents, page_image_path, writing
from yusuan.extraction.exports.page_tables import with_page_tables

MODEL_VERSION = "yusuan"

# Names of the controls.
LABEL, TEXT, PLACE, SPANS = "label", "transcription", "place", "spans"
# Labels of regions. `extra` is printed in a table, and no cell of a logical one: repeated headings, lane
# numbers, the rests of torn cells.
HEADER, CELL, EXTRA, LINE = "header", "cell", "extra", "line"

LABELING_CONFIG = f"""<View>
  <Image name="image" value="$image" zoom="true"/>
  <RectangleLabels name="{LABEL}" toName="image">
    <Label value="{HEADER}" background="#1f77b4"/>
    <Label value="{CELL}" background="#2ca02c"/>
    <Label value="{EXTRA}" background="#7f7f7f"/>
    <Label value="{LINE}" background="#ff7f0e"/>
  </RectangleLabels>
  <TextArea name="{TEXT}" toName="image" perRegion="true" editable="true" maxSubmissions="1"/>
  <TextArea name="{PLACE}" toName="image" perRegion="true" editable="true" maxSubmissions="1"
            placeholder="table row column [rows x columns], from 0: t1 3 2 or t1 0 2 1x4"/>
  <TextArea name="{SPANS}" toName="image" perRegion="true" editable="true"
            placeholder="characters and label: 0-7 budget_line.code"/>
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
    cells: dict[int, list[tuple[Table, Cell]]] = {}
    for table in document.tables:
        for cell in table.cells:
            cells.setdefault(cell.page, []).append((table, cell))
    for page in with_page_tables(document).pages:
        if page.status != "ok":
            continue
        results = [part for region in _page_to_regions(page, cells.get(page.number, ())) for part in region]
        yield {
            "data": {
                "image": page_image_path(folder, page.number).as_posix(),
                "document": name,
                "page": page.number,
                "state": _state(results),
            },
            "predictions": [{"model_version": MODEL_VERSION, "result": results}],
        }


def _state(results: Sequence[dict[str, Any]]) -> str:
    """Return a hash of what a task shows: by it one sees later whether the page has changed meanwhile."""
    shown = [{key: value for key, value in result.items() if key != "score"} for result in results]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode("utf-8")).hexdigest()[:16]


def _page_to_regions(page: Page, cells: Sequence[tuple[Table, Cell]]) -> Iterator[list[dict[str, Any]]]:
    for table, cell in cells:
        label = HEADER if cell.header else CELL
        spans = [f"{span.start}-{span.end} {span.label}" for span in cell.spans]
        fields = {TEXT: [cell.text] if cell.text else [], PLACE: [place_of(table.id, cell)], SPANS: spans}
        yield _region(page, f"{table.id}-r{cell.row}-c{cell.col}", cell.bbox, label, fields, cell.confidence)
    own = {cell.bbox for _, cell in cells}
    for printed in page.tables:
        for cell in printed.cells:
            if cell.text and cell.bbox not in own:
                key = f"{printed.id}-r{cell.row}-c{cell.col}"
                yield _region(page, key, cell.bbox, EXTRA, {TEXT: [cell.text]}, cell.confidence)
    for number, line in enumerate(page.lines, 1):
        fields = {TEXT: [line.text] if line.text else []}
        yield _region(page, f"p{page.number}l{number}", line.bbox, LINE, fields, line.confidence)


def place_of(table: str, cell: Cell) -> str:
    """Return where a cell of a logical table is, as the field `place` says it."""
    merged = f" {cell.rowspan}x{cell.colspan}" if cell.rowspan > 1 or cell.colspan > 1 else ""
    return f"{table} {cell.row} {cell.col}{merged}"


def box_to_percent(page: Page, bbox: BBox) -> dict[str, float]:
    """Return a box in percent of its page, as Label Studio has it."""
    x0, y0, x1, y1 = bbox
    return {
        "x": 100 * x0 / page.width,
        "y": 100 * y0 / page.height,
        "width": 100 * (x1 - x0) / page.width,
        "height": 100 * (y1 - y0) / page.height,
    }


def _region(
    page: Page, key: str, bbox: BBox, label: str, fields: dict[str, list[str]], confidence: float | None
) -> list[dict[str, Any]]:
    """Return a rectangle and each field that says something; all carry the same id."""
    box = {**box_to_percent(page, bbox), "rotation": 0}
    common = {
        "id": key,
        "to_name": "image",
        "original_width": page.width,
        "original_height": page.height,
        "image_rotation": 0,
        **({} if confidence is None else {"score": confidence}),
    }
    labels = {"from_name": LABEL, "type": "rectanglelabels", "value": {**box, "rectanglelabels": [label]}}
    texts = (
        {"from_name": field, "type": "textarea", "value": {**box, "text": text}}
        for field, text in fields.items()
        if text
    )
    return [{**common, **part} for part in (labels, *texts)]
