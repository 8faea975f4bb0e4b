"""Codes of the budget classification (政府收支分类): well-formed, and 类 = Σ款 = Σ项."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from yusuan.datasets.catalogue.codes import KINDS, list_years, load_catalogue
from yusuan.extraction.checks.equations import Result, finding_id, skipped
from yusuan.extraction.checks.ledger import Entry, Ledger, cells_of, sum_equation
from yusuan.extraction.document import CellRef, Document, Finding
from yusuan.extraction.numerals import canonical

# 类 has 3 digits, 款 two more, 项 two more.
CODE_LENGTHS = (3, 5, 7)

# The tables whose rows are classification codes. Other tables print codes of bodies or projects too.
CODED_KINDS = frozenset(
    {
        "income_summary",
        "expenditure_summary",
        "general_budget_expenditure",
        "general_budget_basic_expenditure",
        "government_fund_expenditure",
        "state_capital_expenditure",
    }
)


def code_form(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Result]:
    """Each printed code has 3, 5 or 7 digits, and the code that it belongs to stands in the table too.

    The second is asked only where the table prints codes of that length at all: some tables list 项 alone.
    """
    for ledger in ledgers:
        if ledger.table.kind not in CODED_KINDS:
            continue
        printed = {
            cells_of(entry.line, "code") or (entry.cell,): (entry.line.code, entry.line.item)
            for entry in ledger.entries
            if entry.line.code and entry.line.code not in ledger.bodies
        }
        codes = {code for code, _ in printed.values()}
        sound: list[CellRef] = []
        for cells, (code, item) in printed.items():
            problem = _problem(code, codes)
            if problem:
                yield Finding(
                    id=finding_id("code_form", cells[0]),
                    rule="code_form",
                    status="fail",
                    severity="warning",
                    message=f"code {code} {item or ''}: {problem}",
                    tables=(ledger.table.id,),
                    cells=cells,
                )
            else:
                sound.extend(cells)
        if sound:
            yield Finding(
                id=f"code_form:{ledger.table.id}",
                rule="code_form",
                status="pass",
                message=f"{len(codes)} codes of {ledger.table.id} are well-formed",
                tables=(ledger.table.id,),
                cells=tuple(sound),
            )


def _problem(code: str, codes: set[str]) -> str | None:
    if not code.isdigit() or len(code) not in CODE_LENGTHS:
        return "a code has 3, 5 or 7 digits"
    parent = code[:-2]
    if parent not in codes and any(len(other) == len(parent) for other in codes):
        return f"{parent}, which it belongs to, is not in the table"
    return None


def code_name(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Result]:
    """The name beside a code is that of the code list of the fiscal year.

    For information where it differs: the lists hold what some bodies print, and names change over the years.
    """
    names = listed_names(document.fiscal_year)
    for ledger in ledgers if names else ():
        if ledger.table.kind not in CODED_KINDS:
            continue
        printed = {
            cells: entry.line
            for entry in ledger.entries
            if entry.line.code and (cells := cells_of(entry.line, "code", "item"))
        }
        sound: list[CellRef] = []
        for cells, line in printed.items():
            listed = names.get(line.code or "")
            if listed is None or not line.item:
                continue
            if canonical(listed) == canonical(line.item):
                sound.extend(cells)
            else:
                yield Finding(
                    id=finding_id("code_name", cells[0]),
                    rule="code_name",
                    status="fail",
                    severity="info",
                    message=f"code {line.code} is {listed} in the code list, here {line.item}",
                    tables=(ledger.table.id,),
                    cells=cells,
                )
        if sound:
            yield Finding(
                id=f"code_name:{ledger.table.id}",
                rule="code_name",
                status="pass",
                message=f"codes of {ledger.table.id} have the names of the code list",
                tables=(ledger.table.id,),
                cells=tuple(dict.fromkeys(sound)),
            )


@cache
def listed_names(year: int | None) -> Mapping[str, str]:
    """Return code → name in the lists of a fiscal year, or of the year nearest to it that has one."""
    if year is None:
        return {}
    lists = (load_catalogue(kind, year) for kind in KINDS if list_years(kind))
    return {entry.code: entry.name for own in lists for entry in own}


def code_sum(document: Document, ledgers: Sequence[Ledger]) -> Iterator[Result]:
    """The amount of a code is the sum of the codes right under it, column by column.

    The codes under a code are those that follow it up to the next one as short, so a table that
    repeats its codes for several bodies is summed body by body.
    """
    for ledger in ledgers:
        coded = list({entry.place: entry for entry in ledger.entries if entry.line.code}.values())
        columns = [{entry.place: entry for entry in column} for column in ledger.columns().values()]
        for index, parent in enumerate(coded):
            places = [child.place for child in _children(coded, index)]
            for column in columns if places else ():
                total = column.get(parent.place)
                parts = [column[place] for place in places if place in column]
                if total:
                    yield sum_equation("code_sum", total, parts, ledger.decimals)
                elif parts:
                    blank = replace(parts[0].cell, row=parent.cell.row)
                    why = f"{parts[0].label}: {parent.line.code} above it has no amount"
                    yield skipped("code_sum", [blank, *(part.cell for part in parts)], why)


def _children(coded: Sequence[Entry], index: int) -> list[Entry]:
    """Return the entries right under `coded[index]`; 项 count where their 款 is not printed."""
    code = coded[index].line.code or ""
    below: list[Entry] = []
    for entry in coded[index + 1 :]:
        own = entry.line.code or ""
        if len(own) <= len(code):
            break
        if own.startswith(code) and not any(own.startswith(child.line.code or "") for child in below):
            below.append(entry)
    return below
