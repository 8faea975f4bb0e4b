"""What the text of a document says of its totals, against the tables.

A budget is explained in prose (情况说明): 2023年收入预算1234.56万元. Where such a sentence names a total, the
table that prints it must agree; the two were written apart, so that one confirms the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from yusuan.extraction.checks.equations import Result, finding_id
from yusuan.extraction.checks.ledger import TOTAL_WORDS, Entry, Ledger, is_grand_total
from yusuan.extraction.checks.totals import grand_total
from yusuan.extraction.document import Document, Finding, Line
from yusuan.extraction.numerals import YUAN, canonical, parse_amount

# Between the words and the figure stands nothing that begins another statement, or speaks of a part.
_FIGURE = (
    r"[^\d,。;；:：()（）中]{0,12}?(?P<amount>\d[\d,]*(?:\.\d+)?)(?P<unit>"
    + "|".join(sorted(YUAN, key=len, reverse=True))
    + ")"
)
_TOTAL = "(?:总额|总计|合计)"
_SAID = {
    "income": re.compile(rf"(?:收入预算{_TOTAL}?|预算总?收入|收入{_TOTAL}){_FIGURE}"),
    "expenditure": re.compile(rf"(?:支出预算{_TOTAL}?|预算总?支出|支出{_TOTAL}){_FIGURE}"),
    "three_public": re.compile(rf"三公[”\"』」]?经费(?:预算|支出)*{_TOTAL}?{_FIGURE}"),
    "basic": re.compile(rf"基本支出(?:预算)?{_FIGURE}"),
    "projects": re.compile(rf"项目支出(?:预算)?{_FIGURE}"),
}
# What may stand before a total of the whole body: 财政拨款支出预算, 住房改革支出预算 are totals of a part.
_WHOLE = re.compile(r"(?:^|[,。;；:：、]|年度?|各项|本年|全年|部门|单位|的)总?$")
# What may stand there besides: the name of the body, of which so many glyphs are looked at.
_NAME_END = 3
# Text of lines that may be a sentence.
_ROLES = ("body", "note", "title")


def prose(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Result]:
    """A total that the prose states is printed in a table, to the digit that the prose gives.

    One that agrees says so of the table's cell. One that does not may speak of another year or of a part, so
    it is for information.
    """
    totals = _totals(ledgers)
    body = canonical(document.organization.name or "") if document.organization else ""
    for page in document.pages:
        text = _sentences(page.lines)
        for what, pattern in _SAID.items():
            for match in pattern.finditer(text):
                before = text[: match.start()]
                if not (_WHOLE.search(before) or (body and before.endswith(body[-_NAME_END:]))):
                    continue
                said = _yuan(match["amount"], match["unit"])
                own = [each for each in totals.get(what, ()) if each.line.unit in YUAN and each.is_known]
                if said is None or not own:
                    continue
                slack = _half_digit(match["amount"], match["unit"])
                same = [entry for entry in own if abs(_worth(entry) - said) <= slack]
                yield _finding(what, page.number, match, (same or own)[0], bool(same))


def _finding(what: str, page: int, match: re.Match[str], entry: Entry, agrees: bool) -> Finding:
    place = finding_id("prose", entry.cell)
    sign = "is" if agrees else "is not"
    return Finding(
        id=f"{place}:{page}:{what}",
        rule="prose",
        status="pass" if agrees else "fail",
        severity="info",
        message=f"page {page}: {match[0]} {sign} {entry.label} {entry.line.amount}{entry.line.unit}",
        tables=(entry.cell.table,),
        cells=(entry.cell,),
        amounts={"printed": str(entry.value), "said": match["amount"].replace(",", "")},
    )


def _totals(ledgers: Sequence[Ledger]) -> dict[str, list[Entry]]:
    """Return what sentences speak of → the totals in tables that may be meant."""
    found: dict[str, list[Entry]] = {}
    for ledger in ledgers:
        kind = ledger.table.kind
        for side in ("income", "expenditure"):
            if kind in ("income_expenditure_summary", f"{side}_summary") and (
                total := grand_total(ledger, side)
            ):
                found.setdefault(side, []).append(total)
        totals = [entry for entry in ledger.entries if is_grand_total(entry)]
        if kind == "three_public_expenses":
            found.setdefault("three_public", []).extend(totals or ledger.entries)
        if kind in ("expenditure_summary", "general_budget_expenditure"):
            for name, key in (("基本支出", "basic"), ("项目支出", "projects")):
                own = [entry for entry in totals if _is_column(entry.path, name)]
                found.setdefault(key, []).extend(own)
    return found


def _is_column(path: Sequence[str], name: str) -> bool:
    """Say whether a column is what its name says as a whole: 基本支出, or 基本支出/小计."""
    return name in path and (path[-1] == name or path[-1].endswith(TOTAL_WORDS))


def _sentences(lines: Sequence[Line]) -> str:
    return canonical("".join(line.text for line in lines if line.role in _ROLES))


def _yuan(amount: str, unit: str) -> Decimal | None:
    plain = parse_amount(amount)
    return Decimal(plain) * YUAN[unit] if plain is not None else None


def _worth(entry: Entry) -> Decimal:
    return entry.value * YUAN[entry.line.unit or ""]


def _half_digit(amount: str, unit: str) -> Decimal:
    """Return half of the last digit that a sentence gives, in 元."""
    decimals = len(amount.partition(".")[2])
    return Decimal(5).scaleb(-decimals - 1) * YUAN[unit]
