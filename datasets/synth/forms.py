"""The forms that a source may use, and a whole source to blocks and tables."""

from __future__ import annotations

from collections.abc import Callable

from yusuan.datasets.synth.amount_forms import budget, listing
from yusuan.datasets.synth.blocks import Block, NewPage, Paragraph, Sheet, TextLine
from yusuan.datasets.synth.change_forms import budget_by_body, short_overall_targets
from yusuan.datasets.synth.purchase_forms import register
from yusuan.datasets.synth.sources import Built, Raw, TableSource
from yusuan.datasets.synth.target_forms import (
    declared_targets,
    described_targets,
    general_project,
    narrative_targets,
    overall_targets,
    project_targets,
)
from yusuan.datasets.synth.term_targets import term_targets
from yusuan.extraction.errors import UsageError


def prose(raw: Raw) -> Built:
    """Build running text: `# ` begins a title, `## ` a heading, anything else is a paragraph."""
    blocks: list[Block] = []
    for text in filter(None, (line.strip() for line in raw["text"].splitlines())):
        if text.startswith("# "):
            blocks.append(TextLine(text[2:], "title", 18.0, raw.get("title_face"), "center", 4.0, 12.0))
        elif text.startswith("## "):
            blocks.append(TextLine(text[3:], "header", 13.0, raw.get("title_face"), before=6.0, after=4.0))
        else:
            blocks.append(Paragraph(text, raw.get("size", 12.0)))
    return blocks, None


FORMS: dict[str, Callable[[Raw], Built]] = {
    "budget": budget,
    "budget_by_body": budget_by_body,
    "listing": listing,
    "register": register,
    "general_project": general_project,
    "project_targets": project_targets,
    "overall_targets": overall_targets,
    "short_overall_targets": short_overall_targets,
    "described_targets": described_targets,
    "declared_targets": declared_targets,
    "narrative_targets": narrative_targets,
    "term_targets": term_targets,
    "prose": prose,
}


def sheet_of(raw: Raw, face: str) -> Sheet:
    """Return the page format that a `[sheet.…]` section of a source declares."""
    return Sheet(tuple(raw["size"]), tuple(raw["margins"]), raw.get("footer", ""), face)


def build(raw: Raw) -> tuple[list[Block], dict[str, TableSource], Sheet]:
    """Return the blocks of a source in printing order, its tables by key, and the first sheet.

    Raises:
        UsageError: a form that does not exist, or a row that does not fit its form.
    """
    face = raw["document"]["face"]
    sheets = {name: sheet_of(section, face) for name, section in raw["sheet"].items()}
    blocks: list[Block] = []
    sources: dict[str, TableSource] = {}
    for number, block in enumerate(raw["block"]):
        if block["form"] == "page":
            blocks.append(NewPage(sheets[block["sheet"]] if "sheet" in block else None))
            continue
        if block["form"] not in FORMS:
            raise UsageError(
                f"block {number}: there is no form {block['form']!r}", f"forms: {', '.join(FORMS)}"
            )
        defaults = raw.get("style", {}).get(block["form"], {})
        built, source = FORMS[block["form"]](
            {**raw.get("defaults", {}), **defaults, **block, "key": f"b{number}"}
        )
        blocks.extend(built)
        if source:
            sources[source.block.key] = source
    return blocks, sources, next(iter(sheets.values()))
