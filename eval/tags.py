"""What `about.json` says of the pages of a gold document: which slices they belong to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from yusuan.datasets.goldset.files import ABOUT_FILE
from yusuan.eval.gold import GoldDocument
from yusuan.extraction.errors import InputError

NO_SPLIT = "none"


@dataclass(frozen=True)
class Tags:
    """Tags of one gold document.

    Attributes:
        base: name of the document without its state of the paper.
        split: `train`, `dev`, `test`, or `none`.
        skew_deg: page number → how far the page was turned, in degrees.
        dpi: page number → resolution of the scan.
        seal_pages: numbers of the pages with a red seal.
    """

    base: str
    split: str = NO_SPLIT
    skew_deg: Mapping[int, float] = field(default_factory=dict)
    dpi: Mapping[int, float] = field(default_factory=dict)
    seal_pages: frozenset[int] = frozenset()


def tags_of(gold: GoldDocument) -> Tags:
    """Return the tags of a gold document; what is not tagged is level, without a seal and of its page's dpi.

    Raises:
        InputError: `about.json` cannot be read, or a tag is not of its form.
    """
    path = gold.folder / ABOUT_FILE
    try:
        about = json.loads(path.read_bytes())
        tags = about["tags"]
        resolutions = {page.number: page.dpi for page in gold.document.pages}
        return Tags(
            base=str(about.get("document", gold.name)),
            split=str(about.get("split", NO_SPLIT)),
            skew_deg=_by_page(tags.get("skew_deg", ())),
            dpi=resolutions | _by_page(tags.get("dpi", ())),
            seal_pages=frozenset(int(number) for number in tags.get("seal_pages", ())),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"cannot read the tags in {path}: {error!r}") from error


def _by_page(values: list[float]) -> dict[int, float]:
    return {number: float(value) for number, value in enumerate(values, 1)}
