"""Pieces of HTML that the report is made of: tables, figures, texts beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import escape

from yusuan.eval.result import Figure

# Equal text between differences is cut where it is longer than this, in characters.
LONGEST_EQUAL, KEPT_EQUAL = 28, 10
# A text that is different altogether is cut here, and all that is shown of a text.
LONGEST_DIFFERENT, LONGEST_SHOWN = 160, 220


@dataclass(frozen=True)
class Td:
    """One cell of a table; `html` is markup already."""

    html: str
    classes: str = ""


Row = Sequence[str | Td]


def table(columns: Row, rows: Iterable[Row], caption: str = "", lead_rows: int = 0) -> str:
    """Return a table that scrolls sideways where it is too wide; the first cell of a row is its heading.

    Args:
        columns: headings: text, or markup with classes.
        rows: cells, likewise.
        caption: above the table, as text.
        lead_rows: how many rows at the top stand out.
    """
    head = "".join(_cell(name, "th scope=col") for name in columns)
    body = []
    for k, (first, *others) in enumerate(rows):
        lead = ' class="lead"' if k < lead_rows else ""
        body.append(f'<tr{lead}><th scope="row">{_inner(first)}</th>{"".join(map(_cell, others))}</tr>')
    label = escape(caption or "figures", quote=True)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{label}"><table>'
        + (f"<caption>{escape(caption)}</caption>" if caption else "")
        + f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _inner(cell: str | Td) -> str:
    return cell.html if isinstance(cell, Td) else escape(cell)


def _cell(cell: str | Td, tag: str = "td") -> str:
    classes = f' class="{cell.classes}"' if isinstance(cell, Td) and cell.classes else ""
    return f"<{tag}{classes}>{_inner(cell)}</{tag.partition(' ')[0]}>"


def percent(value: float | None) -> str:
    """Return a share in percent with two decimals, or a dash."""
    return "–" if value is None else f"{100 * value:.2f}"


def count(number: float) -> str:
    """Return how many: whole, or with one decimal where a measure counts parts of things."""
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.1f}"


def interval(figure: Figure | None) -> str:
    """Return the interval of a figure in percent, or nothing where it has none."""
    if figure is None or figure.low is None or figure.high is None:
        return ""
    return f"{100 * figure.low:.1f} to {100 * figure.high:.1f}"


def chinese(text: str) -> str:
    """Return text of a document as markup that says its language."""
    return f'<span lang="zh-Hans">{escape(text)}</span>'


def compared(gold: str | None, said: str | None) -> tuple[str, str]:
    """Return the markup of two texts, with what differs marked and long equal stretches cut."""
    if not gold or not said:
        return _alone(gold), _alone(said)
    left, right, shown = "", "", 0
    codes = SequenceMatcher(None, gold, said, autojunk=False).get_opcodes()
    for k, (code, a0, a1, b0, b1) in enumerate(codes):
        if shown > LONGEST_SHOWN:
            left, right = f"{left}…", f"{right}…"
            break
        if code == "equal":
            kept = _shortened(gold[a0:a1], cut_start=k == 0, cut_end=k == len(codes) - 1)
            left, right, shown = left + escape(kept), right + escape(kept), shown + len(kept)
        else:
            left, right = left + _marked(gold[a0:a1]), right + _marked(said[b0:b1])
            shown += max(a1 - a0, b1 - b0)
    return f'<span lang="zh-Hans">{left}</span>', f'<span lang="zh-Hans">{right}</span>'


def _alone(text: str | None) -> str:
    if text is None:
        return '<span class="nothing">none</span>'
    if not text.strip():
        return '<span class="nothing">blank</span>'
    return chinese(_cut(text))


def _marked(text: str) -> str:
    return f"<mark>{escape(_cut(text))}</mark>" if text else ""


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_DIFFERENT else text[:LONGEST_DIFFERENT] + "…"


def _shortened(text: str, cut_start: bool, cut_end: bool) -> str:
    """Return equal text without its far part: of the first stretch the start, of the last one the end."""
    if len(text) <= LONGEST_EQUAL or (cut_start and cut_end):
        return _cut(text)
    before = "" if cut_start else text[:KEPT_EQUAL]
    after = "" if cut_end else text[-KEPT_EQUAL:]
    return f"{before}…{after}"
