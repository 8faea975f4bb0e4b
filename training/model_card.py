"""The card of trained weights, for people: what they are, what they learnt from, how good they are on what.

After Mitchell et al. 2019. It is written beside the weights of a run, and kept beside those that are shipped.
"""

from __future__ import annotations

from collections.abc import Mapping

CARD = "card.md"


def model_card(
    title: str,
    about: str,
    params: Mapping[str, object],
    figures: Mapping[str, float],
    metric: str,
    limits: str,
) -> str:
    """Return a card in Markdown.

    Args:
        title: of the model.
        about: what it is for, in a paragraph.
        params: how it was made.
        figures: `metric/slice…` → value, 0..1; those of other metrics stand in columns of their own.
        metric: of the first column.
        limits: what it is not for, and what is not known of it.
    """
    metrics = [metric, *sorted({name.partition("/")[0] for name in figures} - {metric})]
    slices = list(dict.fromkeys(name.partition("/")[2] for name in figures))
    lines = [f"# {title}", "", about, "", "## Figures", ""]
    lines += [f"| slice | {' | '.join(metrics)} |", f"|---|{'---:|' * len(metrics)}"]
    for each in slices:
        values = (figures.get(f"{name}/{each}") for name in metrics)
        shown = ("" if value is None else f"{100 * value:.2f}" for value in values)
        lines.append(f"| {each.replace('/', ': ')} | {' | '.join(shown)} |")
    lines += ["", "## Limits", "", limits, "", "## How it was made", ""]
    lines += ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in params.items()), ""]
    return "\n".join(lines)
