"""Files to upright page images: probe, render in a child process, orientation, deskew, seal removal."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yusuan.extraction.pages.image import Char, PageImage, Word
    from yusuan.extraction.pages.orient import Reader
    from yusuan.extraction.pages.rectify import Scan, upright
    from yusuan.extraction.pages.source import OpenedSource, SourceInfo, open_source, probe

__all__ = [
    "Char",
    "OpenedSource",
    "PageImage",
    "Reader",
    "Scan",
    "SourceInfo",
    "Word",
    "open_source",
    "probe",
    "upright",
]

# Looked up when asked for: the child process imports this package too, and should not pay for OpenCV and
# pydantic, which it never uses, in time and in address space.
_HOMES = {
    "image": ("Char", "PageImage", "Word"),
    "orient": ("Reader",),
    "source": ("OpenedSource", "SourceInfo", "open_source", "probe"),
    "rectify": ("Scan", "upright"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
