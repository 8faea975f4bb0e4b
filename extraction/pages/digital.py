"""A PDF page that needs no reading: image, words and rules, turned so that its text runs left to right."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from yusuan.extraction.pages.chars import HIDDEN, SLANTED
from yusuan.extraction.pages.homography import as_matrix, map_boxes, map_points, quarter_matrix, turn_image
from yusuan.extraction.pages.image import PageImage
from yusuan.extraction.pages.rules import join_dots, visible_rules
from yusuan.extraction.pages.textlayer import (
    TextLayer,
    layer_is_garbage,
    layer_to_words,
    look_at,
    unexplained_share,
    visible_layer,
)

# Share of what looks like text that the text layer may leave unexplained on a digital page, and the share
# from which the user is told.
MAX_UNEXPLAINED = 0.35
NOTABLE_UNEXPLAINED = 0.1


@dataclass(frozen=True)
class DrawnPage:
    """A page as `read_pdf_page` sent it: its number, dpi and arrays."""

    number: int
    dpi: float
    arrays: dict[str, np.ndarray]

    @property
    def image(self) -> np.ndarray:
        """The page as a viewer shows it, `(H, W, 3)` RGB."""
        return self.arrays["image"]


def digital_page(page: DrawnPage) -> tuple[PageImage | None, tuple[str, ...]]:
    """Return the page with its words and rules, or None where it has to be read as a scan; and warnings."""
    layer = TextLayer(*(page.arrays[name] for name in ("codes", "boxes", "cells", "turns", "flags")))
    look = look_at(page.image, page.dpi)
    shown = visible_layer(layer, look)
    if not len(shown):
        # With nothing on it there is nothing to read.
        blank = int(page.image.min()) == int(page.image.max())
        return (_turned_upright(page, shown) if blank else None), ()
    if layer_is_garbage(shown):
        note = f"page {page.number}: its text layer does not say what is printed, so it is read as a scan"
        return None, (note,)
    warnings: list[str] = []
    painted = layer.keep((layer.flags & HIDDEN) == 0)
    unread = unexplained_share(painted, look)
    if unread > MAX_UNEXPLAINED:
        return None, ()
    if unread > NOTABLE_UNEXPLAINED:
        warnings.append(f"page {page.number}: a picture on it shows text that the text layer does not have")
    slanted = int(np.sum((painted.flags & SLANTED) > 0))
    if slanted:
        warnings.append(f"page {page.number}: {slanted} characters on a slant were left out, as a watermark")
    return _turned_upright(page, shown), tuple(warnings)


def _turned_upright(page: DrawnPage, layer: TextLayer) -> PageImage:
    """Return the page turned so that most of its characters stand upright."""
    reads = int(np.argmax(np.bincount(layer.turns, minlength=4))) if len(layer) else 0
    turn = (4 - reads) % 4 * 90
    height, width = page.image.shape[:2]
    matrix = quarter_matrix(turn, width, height)
    image = turn_image(page.image, turn)
    layer = replace(
        layer,
        boxes=map_boxes(layer.boxes, matrix),
        cells=map_boxes(layer.cells, matrix),
        turns=(layer.turns - reads) % 4,
    )
    segments = join_dots(visible_rules(page.arrays["segments"], page.image), page.dpi)
    ends = [map_points(segments[:, :2], matrix), map_points(segments[:, 2:], matrix)]
    back = np.linalg.inv(matrix).round(9)
    return PageImage(
        number=page.number,
        image=image,
        dpi=page.dpi,
        kind="digital",
        rotation=turn,
        transform=as_matrix(back),
        words=layer_to_words(layer),
        segments=np.concatenate(ends, axis=1).astype(np.float32),
    )
