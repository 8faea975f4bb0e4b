"""The page as the table stage sees it: an upright image, and for digital pages its words."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from yusuan.extraction.document import IDENTITY, BBox, Matrix, PageKind


@dataclass(frozen=True)
class Char:
    """One character of a text layer, in pixels of the upright image."""

    text: str
    bbox: BBox


@dataclass(frozen=True)
class Word:
    """A run of characters of a text layer that stand side by side on one line, without a gap."""

    text: str
    bbox: BBox
    chars: tuple[Char, ...]


@dataclass(frozen=True)
class PageImage:
    """An upright page.

    Attributes:
        number: counts from 1.
        image: `(H, W, 3)` uint8, RGB, seals removed where text stands under them.
        dpi: of `image`.
        kind: `digital` when `words` come from a text layer that can be trusted.
        rotation: clockwise turn in degrees that made the scan upright.
        skew_deg: fine turn after it, positive clockwise.
        transform: pixels of `image` → pixels of the scan as it came.
        words: of the text layer; empty on scanned pages.
        segments: `(N, 4)` float32, the straight rules drawn on a digital page as x0, y0, x1, y1; `(0, 4)` on
            scans.
        seals: x, y, width, height of red seals that lie or lay on a scan.
        warnings: what was noticed that the user should know, one sentence each.
        path: the file that a digital page stands in, for readers that open it themselves; None otherwise.
        password: of that file.
    """

    number: int
    image: np.ndarray
    dpi: float
    kind: PageKind
    rotation: int = 0
    skew_deg: float = 0.0
    transform: Matrix = IDENTITY
    words: tuple[Word, ...] = ()
    segments: np.ndarray = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    seals: tuple[tuple[int, int, int, int], ...] = ()
    warnings: tuple[str, ...] = ()
    path: Path | None = None
    password: str | None = None
