"""The gallery of errors in `report.html`: each kind with its cases, crops beside gold and prediction."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from yusuan.eval.errors.kinds import RULES, ErrorCase, ErrorKind
from yusuan.eval.report.crops import Crop, chosen, crop
from yusuan.eval.report.parts import Row, Td, compared, table

# Crops make most of the file: 5 to 25 kilobytes each where they show print, and no more than this together.
MOST_CROPS, MOST_BYTES = 60, 2_000_000
# Cases without a crop are listed; more of a kind tell nothing new.
MOST_LISTED = 80
# So many fields are named one by one.
FEW = 4


def errors_section(cases: Sequence[ErrorCase]) -> Iterator[str]:
    """Yield the markup of all errors: how many of each kind, then the kinds one by one."""
    if not cases:
        return
    by_kind = {kind: [case for case in cases if case.kind == kind] for kind in ErrorKind}
    scans = sorted({case.tags.get("scan", "") for case in cases} - {""})
    rows: list[Row] = []
    for kind, found in by_kind.items():
        per_scan = Counter(case.tags.get("scan") for case in found)
        link = f'<a href="#{_anchor(kind)}">{kind.value}</a>' if found else kind.value
        counts = [str(per_scan[scan] or "") for scan in scans]
        cost = sum(case.cost for case in found)
        rows.append((Td(link), str(len(found)), str(cost), *counts, Td(escape(RULES[kind]), "text")))
    columns: Row = ("kind", "cases", "values lost", *scans, Td("what it is", "text"))
    caption = "A case is one cause at one place; it is of the first kind that the evidence shows"
    yield table(columns, rows, caption)
    yield '<p class="small">In the pictures: <span class="key"></span> where the truth stands, '
    yield '<span class="key said"></span> where the prediction took its value. '
    yield "Values lost are fields of records.</p>"
    pictures = _pictures(cases)
    for kind, found in by_kind.items():
        if found:
            yield _kind_section(kind, found, pictures)


def _pictures(cases: Sequence[ErrorCase]) -> dict[int, Crop]:
    """Return `id` of a case → its picture, for as many as the file has room for."""
    pictures: dict[int, Crop] = {}
    room = MOST_BYTES
    for case in chosen([case for case in cases if case.image], MOST_CROPS):
        picture = crop(case)
        if picture is not None and len(picture.jpeg) <= room:
            pictures[id(case)] = picture
            room -= len(picture.jpeg)
    return pictures


def _anchor(kind: ErrorKind) -> str:
    return "kind-" + kind.value.replace(" ", "-")


def _kind_section(kind: ErrorKind, cases: Sequence[ErrorCase], pictures: Mapping[int, Crop]) -> str:
    shown = [case for case in cases if id(case) in pictures]
    listed = [case for case in cases if id(case) not in pictures]
    parts = [
        f'<details open id="{_anchor(kind)}"><summary>{kind.value} '
        f'<span class="small">{_amount(cases)}</span></summary><p class="small">{escape(RULES[kind])}</p>'
    ]
    if shown:
        parts.append(f'<div class="cases">{"".join(_case(case, pictures[id(case)]) for case in shown)}</div>')
    if listed:
        rows = [_listed(case) for case in listed[:MOST_LISTED]]
        more = f", the first {MOST_LISTED} of them" if len(listed) > MOST_LISTED else ""
        texts = [Td(name, "text") for name in ("field", "gold", "prediction")]
        columns: Row = ("where", *texts, "values", Td("note", "text"))
        summary = f"{len(listed)} more without a picture{more}"
        parts.append(f"<details><summary>{summary}</summary>{table(columns, rows)}</details>")
    return "".join(parts) + "</details>"


def _amount(cases: Sequence[ErrorCase]) -> str:
    cost = sum(case.cost for case in cases)
    return f"{len(cases)} cases, {cost} values lost" if len(cases) != 1 else f"1 case, {cost} values lost"


def _case(case: ErrorCase, picture: Crop) -> str:
    data = base64.b64encode(picture.jpeg).decode("ascii")
    told = escape(f"{case.kind.value} in {_where(case)}", quote=True)
    image = (
        f'<img alt="{told}" width="{picture.width}" height="{picture.height}" loading="lazy" '
        f'src="data:image/jpeg;base64,{data}">'
    )
    gold, said = compared(case.gold_text, case.predicted_text)
    note = f"<dt>note</dt><dd>{escape(case.note)}</dd>" if case.note else ""
    cost = _lost(case)
    classes = "case broad" if picture.is_broad else "case"
    lost = f"<dt>lost</dt><dd>{escape(cost)}</dd>" if cost else ""
    return (
        f'<article class="{classes}">{image}<dl><dt>gold</dt><dd>{gold}</dd><dt>prediction</dt>'
        f'<dd class="said">{said}</dd>{note}{lost}</dl><p class="where">{escape(_where(case))}</p></article>'
    )


def _lost(case: ErrorCase) -> str:
    """Return the values that a case cost, by name where they are few."""
    if len(case.fields) <= FEW:
        return ", ".join(f"{name} ×{n}" if n > 1 else name for name, n in sorted(case.fields.items()))
    types = Counter[str]()
    for name, n in case.fields.items():
        types[name.partition(".")[0]] += n
    return ", ".join(f"{n} values of {name}" for name, n in sorted(types.items()))


def _where(case: ErrorCase) -> str:
    page = f", page {case.page}" if case.page else ""
    field = f", {_field(case)}" if case.record else ""
    return f"{case.document}{page}{field}"


def _field(case: ErrorCase) -> str:
    return ".".join(filter(None, (case.record, case.field_name)))


def _listed(case: ErrorCase) -> tuple[str | Td, ...]:
    gold, said = compared(case.gold_text, case.predicted_text)
    page = f", page {case.page}" if case.page else ""
    return (
        f"{case.document}{page}",
        Td(escape(_field(case)), "text"),
        Td(gold, "text"),
        Td(said, "text said"),
        str(case.cost or ""),
        Td(escape(case.note), "text"),
    )
