"""Names of logical tables: title, kind, unit, organization; and those of the whole document."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from yusuan.extraction.document import (
    Cell,
    Document,
    Line,
    LineRole,
    Organization,
    Page,
    Table,
    TableKind,
)
from yusuan.extraction.fields.grid import Grid, is_blank
from yusuan.extraction.fields.headers import first_row, is_figure
from yusuan.extraction.fields.labels import Caption, PlacedLine
from yusuan.extraction.fields.lexicon import (
    Family,
    fold,
    kind_of_title,
    role_of,
    signatures,
    unit_in_brackets,
)
from yusuan.extraction.fields.organizations import (
    is_name_of_body,
    money_unit,
    organization_in_line,
)
from yusuan.extraction.numerals import canonical, squeeze

# Headings stand above the first figures, and no deeper than this.
_HEADING_ROWS = 8
_LONGEST_HEADING = 24
_CODE = re.compile(r"\d{3}(?:\d\d){0,2}")
_MOSTLY_CODES = 0.6
# Longer lines between a title and a table are running text, and the title is that of the text.
_LONGEST_STRAY = 20
_YEAR = re.compile(r"((?:19|20)\d\d)年")
_BUDGET_YEAR = re.compile(r"(?:预算|决算)?年度:((?:19|20)\d\d)|^\(?((?:19|20)\d\d)年度?\)?$")
# On this many pages at the front a document says what it is.
_FRONT_PAGES = 2
# This many tables must agree on a unit before one without any is taken to share it.
_AGREEING_TABLES = 2
_SUMMARIES: frozenset[TableKind] = frozenset({"income_summary", "expenditure_summary"})
# The order of the tables that 财政部 has departments disclose, and those of them with the same headings.
_ORDER: tuple[TableKind, ...] = (
    "income_expenditure_summary",
    "income_summary",
    "expenditure_summary",
    "fiscal_appropriation_summary",
    "general_budget_expenditure",
    "general_budget_basic_expenditure",
    "three_public_expenses",
    "government_fund_expenditure",
    "state_capital_expenditure",
)
_WITH_AMOUNTS: frozenset[TableKind] = frozenset({*_ORDER, "other_budget"})
_BY_NATURE: frozenset[TableKind] = frozenset(
    {
        "expenditure_summary",
        "general_budget_expenditure",
        "government_fund_expenditure",
        "state_capital_expenditure",
    }
)
_FAMILIES: tuple[Family, ...] = ("budget", "performance", "form", "procurement", "assets")

_TITLE_NUMBER = re.compile(r"^(?:\d{1,3}[、.．]|[(（]\d{1,3}[)）]|[一二三四五六七八九十]{1,3}、)")
_TARGET_TABLE = re.compile(
    r"(?:项目)?(?:支出)?(?:预算)?绩效目标(?:申报|填报|公开|批复)?表(?:[(（][^()（）]*[)）])?$"
)
# What is left of a title that names a kind of table (2023年重点专项资金, …局整体) and no project.
_GENERAL = re.compile(
    r"(?:.*\d{4}年度?)?(?:项目|支出|部门|单位|整体|财政|专项|资金|一般性?|预算|重点|[市区县省本]级|[(（][^()（）]*[)）])*"
)


def name_tables(document: Document) -> Document:
    """Return the document with title, kind, unit and organization of each table, and its own.

    A table is named by the lines over its first fragment, below the table before; by rows inside the grid
    that are as wide as it; and its kind, without a title that tells, by its headings.
    """
    tables = _one_summary(_with_kinds([_named(document, table) for table in document.tables]))
    unit = _shared_unit(tables)
    if unit:
        tables = [
            table.model_copy(update={"unit": unit})
            if table.unit is None and table.kind in _WITH_AMOUNTS
            else table
            for table in tables
        ]
    return document.model_copy(
        update={
            "tables": tuple(tables),
            "organization": main_organization(
                [*_front_organizations(document), *(table.organization for table in tables)]
            ),
            "fiscal_year": _fiscal_year(document, tables),
            "amount_unit": _most_common(table.unit for table in tables if table.kind in _WITH_AMOUNTS)
            or _most_common(table.unit for table in tables),
        }
    )


def _one_summary(tables: Sequence[Table]) -> list[Table]:
    """Return the tables; where a body has a 总表 of its income or expenditure, another one is a breakdown.

    One without a title is neither: it may be a part of the 总表 that was torn off.
    """
    whole = {_summed(table) for table in tables if table.kind in _SUMMARIES and _is_whole(table)}
    return [
        table.model_copy(update={"kind": "other_budget"})
        if table.kind in _SUMMARIES and table.title and not _is_whole(table) and _summed(table) in whole
        else table
        for table in tables
    ]


def _is_whole(table: Table) -> bool:
    return "总表" in (table.title or "")


def _summed(table: Table) -> tuple[TableKind, str | None]:
    return table.kind, table.organization.name if table.organization else None


def caption_of(document: Document, table: Table) -> Caption:
    """Return the title, unit and organization of a table with the lines that state them.

    Rows inside the grid come before lines above it, and nearer lines before farther ones.
    """
    inside = _caption_rows(table)
    above = _lines_above(document, table)
    title_lines = _title_lines(inside) or _title_lines(above)
    nearest = [*reversed(inside), *reversed(above)]
    unit_line = next((placed for placed in nearest if money_unit(placed.line.text)), None)
    body_line = next((placed for placed in nearest if _organization(placed)), None)
    return Caption(
        title=squeeze("".join(placed.line.text for placed in title_lines)) or None,
        title_lines=tuple(title_lines),
        unit=money_unit(unit_line.line.text) if unit_line else None,
        unit_line=unit_line,
        organization=_organization(body_line) if body_line else None,
        organization_line=body_line,
    )


def project_in_title(title: str | None) -> str | None:
    """Return the project that a title names: 1、…专项经费绩效目标表; None where it names a kind of table."""
    if title is None:
        return None
    name = _TITLE_NUMBER.sub("", squeeze(title))
    match = _TARGET_TABLE.search(name)
    if match is None:
        return None
    name = name[: match.start()]
    if _GENERAL.fullmatch(name) or name.endswith("整体") or is_name_of_body(name):
        return None
    return name


def main_organization(named: Iterable[Organization | None]) -> Organization | None:
    """Return the body that a document is about: its code begins most of the others, or it is named most.

    A department (018) and its units (018001, 018002) are named side by side; the department is meant. Of
    names without codes the longest is meant that goes on from the others, for a cover breaks long names.
    """
    bodies = [body for body in named if body is not None and body.name]
    codes = Counter(body.code for body in bodies if body.code)
    if codes:
        covered = {code: sum(codes[other] for other in codes if other.startswith(code)) for code in codes}
        best = max(covered, key=lambda code: (covered[code], -len(code)))
        return Organization(code=best, name=_most_common(body.name for body in bodies if body.code == best))
    names = [body.name for body in bodies if body.name]
    begun = {name: sum(name.startswith(other) for other in names) for name in names}
    return Organization(name=max(begun, key=lambda name: begun[name])) if begun else None


def _named(document: Document, table: Table) -> Table:
    caption = caption_of(document, table)
    return table.model_copy(
        update={
            "title": caption.title,
            "kind": kind_of_title(caption.title) if caption.title else "unknown",
            "unit": caption.unit or _unit_of_headings(table),
            "organization": caption.organization,
        }
    )


# --- lines around a table ---------------------------------------------------------------------------------


def _lines_above(document: Document, table: Table) -> list[PlacedLine]:
    """Return the lines between the table and the one before, from top to bottom.

    Over a table that begins its page without a title, the end of the page before may hold it.
    """
    if not table.fragments:
        return []
    first = table.fragments[0]
    pages = {page.number: page for page in document.pages}
    page = pages.get(first.page)
    own = next((each for each in page.tables if each.id == first.table), None) if page else None
    if page is None or own is None:
        return []
    top = own.bbox[1]
    before = [
        each.bbox[3]
        for each in page.tables
        if each is not own and each.bbox[1] < top and each.bbox[3] <= own.bbox[3]
    ]
    floor = max(before, default=0.0)
    found = _placed(page, floor, top)
    titled = any(placed.line.role == "title" for placed in found)
    earlier = pages.get(first.page - 1)
    if not before and not titled and earlier:
        bottom = max((each.bbox[3] for each in earlier.tables), default=earlier.height * 0.5)
        last = _placed(earlier, bottom, earlier.height)
        tail = [placed for placed in last if placed.line.role not in ("footer", "header")]
        roles = [placed.line.role for placed in tail]
        # Running text would part a title from the table, and many titles are a list of contents.
        if "body" not in roles and roles.count("title") == 1:
            found = [*tail, *found]
    return found


def _placed(page: Page, floor: float, limit: float) -> list[PlacedLine]:
    """Return the lines with their middle below `floor` and their top above `limit`, from top to bottom."""
    lines = [
        line for line in page.lines if (line.bbox[1] + line.bbox[3]) / 2 > floor and line.bbox[1] < limit
    ]
    return [PlacedLine(line, page.number) for line in sorted(lines, key=lambda line: line.bbox[1])]


def _height(line: Line) -> float:
    return line.bbox[3] - line.bbox[1]


def _title_lines(lines: Sequence[PlacedLine]) -> list[PlacedLine]:
    """Return the lines of the nearest title; one that names nothing by itself goes on from the line above."""
    titles: list[PlacedLine] = []
    for placed in reversed(lines):
        if placed.line.role == "body" and len(canonical(placed.line.text)) > _LONGEST_STRAY:
            break
        if placed.line.role == "title":
            titles.insert(0, placed)
    if not titles:
        return []
    found = [titles[-1]]
    for above in reversed(titles[:-1]):
        words = canonical(found[0].line.text)
        gap = found[0].line.bbox[1] - above.line.bbox[3]
        whole = kind_of_title(words) != "unknown" and not words.startswith("(")
        if whole or above.page != found[0].page or gap > _height(above.line):
            break
        found.insert(0, above)
    return found


def _caption_rows(table: Table) -> list[PlacedLine]:
    """Return the captions that stand inside the grid, as lines."""
    grid = Grid(table)
    found = []
    for row in range(first_row(grid)):
        for cell in grid.starting(row):
            if is_blank(cell):
                continue
            words = canonical(cell.text)
            role: LineRole = "title" if words.endswith("表") and kind_of_title(words) != "unknown" else "body"
            line = Line(text=cell.text, bbox=cell.bbox, confidence=cell.confidence, role=role)
            found.append(PlacedLine(line, cell.page))
    return found


def _organization(placed: PlacedLine) -> Organization | None:
    named = organization_in_line(placed.line.text)
    if named is None and placed.line.role == "organization" and is_name_of_body(placed.line.text):
        named = Organization(name=squeeze(placed.line.text))
    return named


# --- headings ---------------------------------------------------------------------------------------------


def _headings(table: Table) -> list[Cell]:
    """Return the cells above the first figures."""
    grid = Grid(table)
    found: list[Cell] = []
    start = first_row(grid)
    for row in range(start, min(start + _HEADING_ROWS, table.n_rows)):
        cells = [cell for cell in grid.starting(row) if not is_blank(cell)]
        if any(is_figure(cell.text) for cell in cells):
            break
        found.extend(cells)
    return found


def _with_kinds(tables: Sequence[Table]) -> list[Table]:
    """Return the tables; one whose title tells no kind has that of its headings.

    Headings alike those of the table before are those of a part of it that was torn off.
    """
    found: list[Table] = []
    for at, table in enumerate(tables):
        kind = table.kind
        if kind == "unknown":
            headings = _headings(table)
            words = [fold(cell.text) for cell in headings]
            before = found[-1] if found else None
            if before and len(words) > 2 and words == [fold(cell.text) for cell in _headings(before)]:
                kind = before.kind
            else:
                kind = _kind_of_headings(table, headings)
                if kind == "expenditure_summary":
                    kind = _kind_of_place([each.kind for each in found], tables[at + 1 :])
        found.append(table.model_copy(update={"kind": kind}))
    return found


def _kind_of_place(before: Sequence[TableKind], after: Sequence[Table]) -> TableKind:
    """Return which of the tables by nature of expenditure stands here, where disclosures keep their order."""
    first = next((_ORDER.index(each) for each in reversed(before) if each in _ORDER), -1)
    last = next((_ORDER.index(each.kind) for each in after if each.kind in _ORDER), 0)
    # What comes earlier in the order is of another body.
    between = [each for each in _ORDER[first + 1 : last if last > first else None] if each in _BY_NATURE]
    return between[0] if between and before else "expenditure_summary"


def _kind_of_headings(table: Table, headings: Sequence[Cell]) -> TableKind:
    everywhere = [fold(cell.text) for cell in table.cells if len(cell.text) <= _LONGEST_HEADING]
    texts = {
        "headings": [fold(cell.text) for cell in headings],
        "groups": [fold(cell.text) for cell in headings if cell.colspan > 1],
        "cells": everywhere,
    }
    for signature in signatures():
        places = texts[signature.of]
        if all(any(pattern.search(text) for text in places) for pattern in signature.all_of):
            return signature.kind
    grid = Grid(table)
    for col in range(table.n_cols):
        printed = [canonical(cell.text) for cell in grid.column(col) if not is_blank(cell)]
        codes = sum(_CODE.fullmatch(text) is not None for text in printed)
        if printed and codes >= _MOSTLY_CODES * len(printed) and codes > 1:
            return "other_budget"
    return "unknown"


def _unit_of_headings(table: Table) -> str | None:
    """Return the unit that headings or labels name in brackets, if they name one only."""
    units = {
        unit
        for cell in table.cells
        if (unit := unit_in_brackets(cell.text)) and any(role_of(family, cell.text) for family in _FAMILIES)
    }
    return units.pop() if len(units) == 1 else None


# --- the document -----------------------------------------------------------------------------------------


def _shared_unit(tables: Sequence[Table]) -> str | None:
    """Return the unit of all tables of amounts that state one, if they agree."""
    units = [table.unit for table in tables if table.kind in _WITH_AMOUNTS and table.unit]
    return units[0] if len(units) >= _AGREEING_TABLES and len(set(units)) == 1 else None


def _front_organizations(document: Document) -> list[Organization]:
    """Return the bodies that the front pages name on lines of their own, and those that titles begin with."""
    found = []
    for number, page in enumerate(document.pages):
        for line in page.lines:
            if line.role == "title":
                name = _YEAR.split(canonical(line.text))[0]
            elif line.role == "organization" and number < _FRONT_PAGES:
                name = squeeze(line.text)
            else:
                continue
            if is_name_of_body(name):
                found.append(Organization(name=name))
    return found


def _fiscal_year(document: Document, tables: Sequence[Table]) -> int | None:
    """Return the year that titles, year lines and headings name most; of equals the first."""
    years: list[str] = []
    for number, page in enumerate(document.pages):
        for line in page.lines:
            words = canonical(line.text)
            if line.role in ("year", "title") or (
                number < _FRONT_PAGES and re.search("预算|决算", words[:60])
            ):
                years.extend(_years_in(words)[:1])
    for table in tables:
        named = _years_in(table.title or "") or [
            year for cell in _headings(table) for year in _years_in(cell.text)
        ]
        years.extend([max(named)] if named else [])
    if not years:
        cells = (cell.text for table in tables for cell in table.cells)
        years = [year for text in cells for year in _YEAR.findall(canonical(text))]
    common = _most_common(years)
    return int(common) if common else None


def _years_in(text: str) -> list[str]:
    words = canonical(text)
    if re.match("截止|截至|报送|填报|编制", words):
        return []
    stated = _BUDGET_YEAR.search(words)
    return [stated[1] or stated[2]] if stated else _YEAR.findall(words)


def _most_common(values: Iterable[str | None]) -> str | None:
    counts = Counter(value for value in values if value)
    return counts.most_common(1)[0][0] if counts else None
