"""Pictures of errors: the place on the page, with the box of gold and the box of the prediction."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw

from yusuan.eval.errors.kinds import ErrorCase
from yusuan.extraction.document import BBox
from yusuan.extraction.geometry import union

# What is shown around a value, and the least and the most that is shown, in pixels of the page.
CONTEXT = (90.0, 36.0)
SMALLEST = (440.0, 110.0)
# Pixels of the picture: a whole table is made smaller.
LARGEST = (840.0, 360.0)
QUALITY = 50
BROAD = 600

# Distinguished by hue for most eyes, by solid and dashed lines for all (colours of Okabe and Ito 2008).
GOLD_COLOUR = (0, 114, 178)
PREDICTED_COLOUR = (213, 94, 0)
LINE, DASH, GAP = 2, 8, 5


@dataclass(frozen=True)
class Crop:
    """A JPEG picture, and its size in pixels."""

    jpeg: bytes
    width: int
    height: int

    @property
    def is_broad(self) -> bool:
        """Whether it shows a whole row, which needs more room than a value."""
        return self.width > BROAD


def crop(case: ErrorCase) -> Crop | None:
    """Return a picture of a case, or None where there is no page image or no place on it.

    The box of gold is solid and blue, that of the prediction dashed and orange.
    """
    boxes = [*case.gold_boxes, *case.predicted_boxes]
    if case.image is None or not boxes or not case.image.is_file():
        return None
    page = _opened(case.image)
    x0, y0, x1, y1 = _view(union(boxes), page.size)
    scale = min(1.0, LARGEST[0] / (x1 - x0), LARGEST[1] / (y1 - y0))
    size = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
    picture = page.resize(size, Image.Resampling.LANCZOS, box=(x0, y0, x1, y1))
    draw = ImageDraw.Draw(picture)
    for drawn, solid in ((case.predicted_boxes, False), (case.gold_boxes, True)):
        for box in drawn:
            # The prediction's box goes around the other, so that both are seen where they are one.
            margin = LINE if solid else 2 * LINE + 1
            corners = tuple((v - o) * scale for v, o in zip(box, (x0, y0, x0, y0), strict=True))
            _outline(draw, (corners[0], corners[1], corners[2], corners[3]), margin, solid)
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=QUALITY, optimize=True)
    return Crop(target.getvalue(), *size)


@lru_cache(maxsize=2)
def _opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def _view(box: BBox, size: tuple[int, int]) -> BBox:
    """Return the part of a page to show: a box with some context, inside of the page."""
    spans = []
    for low, high, context, smallest, limit in zip(box[:2], box[2:], CONTEXT, SMALLEST, size, strict=True):
        extent = min(float(limit), max(high - low + 2 * context, smallest))
        start = min(max(0.0, (low + high - extent) / 2), limit - extent)
        spans.append((start, start + extent))
    (x0, x1), (y0, y1) = spans
    return x0, y0, x1, y1


def _outline(draw: ImageDraw.ImageDraw, box: BBox, margin: int, solid: bool) -> None:
    x0, y0, x1, y1 = box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin
    if solid:
        draw.rectangle((x0, y0, x1, y1), outline=GOLD_COLOUR, width=LINE)
        return
    for start, end in (
        ((x0, y0), (x1, y0)),
        ((x1, y0), (x1, y1)),
        ((x1, y1), (x0, y1)),
        ((x0, y1), (x0, y0)),
    ):
        for a, b in _dashes(start, end):
            draw.line((*a, *b), fill=PREDICTED_COLOUR, width=LINE)


Point = tuple[float, float]


def _dashes(start: Point, end: Point) -> Iterator[tuple[Point, Point]]:
    length = abs(end[0] - start[0]) + abs(end[1] - start[1])
    position = 0.0
    while position < length:
        near, far = position / length, min(position + DASH, length) / length
        yield _between(start, end, near), _between(start, end, far)
        position += DASH + GAP


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def chosen(cases: Sequence[ErrorCase], most: int) -> list[ErrorCase]:
    """Return at most so many cases to show, of every kind in turn, the costliest first.

    The same confusion (`≥` read as `>`) is shown once before any is shown again.
    """
    queues = []
    for kind in dict.fromkeys(case.kind for case in cases):
        seen: dict[tuple[str | None, str | None], int] = {}
        ranked = []
        for case in sorted((c for c in cases if c.kind == kind), key=lambda c: -c.cost):
            repeats = seen[case.gold_text, case.predicted_text] = (
                seen.get((case.gold_text, case.predicted_text), -1) + 1
            )
            ranked.append((repeats, case))
        queues.append([case for _, case in sorted(ranked, key=lambda pair: pair[0])])
    found: list[ErrorCase] = []
    for turn in range(max(map(len, queues), default=0)):
        found += [queue[turn] for queue in queues if turn < len(queue)]
    return found[:most]
