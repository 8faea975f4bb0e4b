"""Rows of figures as text: for a terminal, and as Markdown."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence


def plain_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows under columns, the first column to the left and figures to the right.

    A row with a single cell is a heading. Chinese characters take two places.
    """
    lines = [tuple(columns), *(tuple(row) for row in rows)]
    full = [line for line in lines if len(line) > 1]
    widths = [max(_places(cell) for cell in column) for column in zip(*full, strict=True)]
    return "\n".join(_plain_line(line, widths) for line in lines)


def _plain_line(line: Sequence[str], widths: Sequence[int]) -> str:
    if len(line) == 1:
        return f"\n{line[0]}"
    gaps = [" " * (width - _places(cell)) for cell, width in zip(line, widths, strict=True)]
    figures = [gap + cell for gap, cell in zip(gaps[1:], line[1:], strict=True)]
    return "  ".join([line[0] + gaps[0], *figures]).rstrip()


def _places(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows as a Markdown table; a row with a single cell becomes a bold line of its own."""
    lines = ["| " + " | ".join(columns) + " |", "|---" + "|---:" * (len(columns) - 1) + "|"]
    for row in rows:
        cells = row if len(row) > 1 else (f"**{row[0]}**", *[""] * (len(columns) - 1))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
