"""Breaking text into lines and joining lines again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from yusuan.datasets.synth.fonts import width_of

# Punctuation that may not begin a line, and that may not end one.
NO_START = "，。、；：？！）》”〕】%％,.;:)"
NO_END = "（《“〔【("


def join_lines(lines: Sequence[str]) -> str:
    """Join the lines of a cell: a space only between two Latin words or numbers."""
    joined = ""
    for line in (line.strip() for line in lines):
        latin = bool(re.search(r"[A-Za-z0-9]$", joined)) and bool(re.match(r"[A-Za-z0-9]", line))
        joined += (" " if latin else "") + line
    return joined


def wrap(text: str, width: float, face: str, size: float, *, first_indent: float = 0.0) -> list[str]:
    """Break `text` into lines no wider than `width` points.

    Numbers and Latin words stay whole unless they alone are wider than the line; Chinese breaks between any
    two characters, but a closing mark does not begin a line and an opening one does not end it.
    """
    lines: list[str] = []
    for piece in text.split("\n"):
        line = ""
        room = width - (first_indent if not lines else 0.0)
        if width_of(piece, face, size) <= room:
            lines.append(piece)
            continue
        for token in re.findall(r"[A-Za-z0-9.,\-]+|.", piece):
            if width_of(line + token, face, size) <= room:
                line += token
                continue
            if width_of(token, face, size) > width:
                for char in token:
                    if line and width_of(line + char, face, size) > room:
                        lines.append(line)
                        line, room = "", width
                    line += char
                continue
            carried = token
            # Take back what may not end this line, or what the closing mark must follow.
            while len(line) > 1 and (line[-1] in NO_END or carried[0] in NO_START):
                carried, line = line[-1] + carried, line[:-1]
                if carried[0] not in NO_START and (not line or line[-1] not in NO_END):
                    break
            lines.append(line)
            line, room = carried.lstrip(), width
        lines.append(line)
    return lines
