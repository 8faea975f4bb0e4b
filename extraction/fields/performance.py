"""Bodies, projects and indicators, put together from labels and grid alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz.distance import Levenshtein

from yusuan.extraction.document import Cell, Indicator, OrganizationRecord, Project, Span, Table
from yusuan.extraction.fields.grid import Grid, reading_order, starting_in
from yusuan.extraction.fields.labels import Caption, has_label, labelled_text
from yusuan.extraction.fields.provenance import (
    Places,
    cell_places,
    joint_confidence,
    line_places,
    read_fields,
)
from yusuan.extraction.fields.targets import read_target
from yusuan.extraction.fields.titles import project_in_title
from yusuan.extraction.numerals import canonical, join_lines, parse_amount, parse_weight, squeeze
from yusuan.extraction.token_labels import (
    BODY_BUDGET,
    BODY_CODE,
    BODY_NAME,
    HEADER,
    KEY,
    LEVEL1,
    LEVEL2,
    LINE_AMOUNT,
    LINE_BODY,
    LINE_BODY_CODE,
    MEASURE_UNIT,
    NAME,
    NAME_REST,
    OPERATOR,
    PROJECT_BUDGET,
    PROJECT_BUDGET_TOTAL,
    PROJECT_GOAL,
    PROJECT_GOAL_TOTAL,
    PROJECT_NAME,
    UNIT,
    VALUE,
)

_LEVELS = (
    "产出指标",
    "效益指标",
    "满意度指标",
    "成本指标",
    "数量指标",
    "质量指标",
    "时效指标",
    "经济效益指标",
    "社会效益指标",
    "生态效益指标",
    "可持续影响指标",
    "服务对象满意度指标",
)
_AMOUNT_FIELDS = ("budget", "budget_local", "budget_upper")
_PROSE_FIELDS = ("overview", "basis", "goal")
# What stands in for the figure or goal of the year where a form gives none.
_OVER_ALL_YEARS = {PROJECT_BUDGET: PROJECT_BUDGET_TOTAL, PROJECT_GOAL: PROJECT_GOAL_TOTAL}
_CORE = {"是": True, "否": False}


def organization_records(table: Table, caption: Caption) -> list[OrganizationRecord]:
    """Return one record for each body that a cell names with a code or a budget, repeats left out."""
    grid = Grid(table)
    found: dict[tuple[str | None, str | None], OrganizationRecord] = {}
    for cell in grid.labelled(BODY_NAME, LINE_BODY):
        row = [each for each in grid.row(cell.row) if each.row == cell.row]
        code_cells = [each for each in row if has_label(each, BODY_CODE, LINE_BODY_CODE)]
        budgets = [each for each in row if has_label(each, BODY_BUDGET)]
        if has_label(cell, LINE_BODY):
            # The whole money of a body stands before its parts.
            budgets = [each for each in row if each.col > cell.col and has_label(each, LINE_AMOUNT)]
        codes = (labelled_text(each, BODY_CODE, LINE_BODY_CODE) for each in code_cells)
        amounts = (labelled_text(each, BODY_BUDGET, LINE_AMOUNT) for each in budgets)
        code = next((canonical(text or "") for text in codes), None)
        budget = next((parse_amount(text or "") for text in amounts), None)
        if code is None and budget is None:
            continue
        unit, unit_places = _money_unit(grid, caption, budgets[:1])
        fields: dict[str, Any] = {
            "code": code,
            "name": squeeze(labelled_text(cell, BODY_NAME, LINE_BODY) or "") or None,
            "budget": budget,
            "unit": unit if budget is not None else None,
        }
        places = {
            "code": cell_places(table.id, *code_cells[:1]),
            "name": cell_places(table.id, cell),
            "budget": cell_places(table.id, *budgets[:1]),
            "unit": unit_places,
        }
        key = (code, fields["name"])
        if key not in found or (found[key].budget is None and budget is not None):
            found[key] = OrganizationRecord(
                id=f"{table.id}r{cell.row}c{cell.col}",
                confidence=joint_confidence([cell, *code_cells, *budgets]),
                provenance=read_fields(fields, places),
                **fields,
            )
    return list(found.values())


def performance_records(table: Table, caption: Caption) -> list[Project | Indicator]:
    """Return the projects of a table, then its indicators, each with the levels and project of its rows."""
    grid = Grid(table)
    regions = _regions(grid, caption)
    records: list[Project | Indicator] = [region.project for region in regions if region.project]
    prose = [cell for cell in sorted(table.cells, key=reading_order) if _is_narrative(cell)]
    for region in regions:
        records.extend(_grid_indicators(grid, region))
        records.extend(_narrative_indicators(table, region, prose))
    return records


# --- projects ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Region:
    """The rows of a table that are about one project (None: about a body, or unnamed)."""

    rows: range
    project: Project | None = None


def _regions(grid: Grid, caption: Caption) -> list[_Region]:
    table = grid.table
    names = grid.labelled(PROJECT_NAME)
    if len(names) <= 1:
        name = names[0] if names else None
        rows = range(table.n_rows)
        return [_Region(rows, _project(grid, caption, rows, name))]
    regions: list[_Region] = []
    starts = [name.row for name in names]
    if starts[0] > 0:
        regions.append(_Region(range(starts[0])))
    for name, end in zip(names, [*starts[1:], table.n_rows], strict=True):
        rows = range(name.row, end)
        project = _project(grid, caption, rows, name)
        last = regions[-1] if regions else None
        if last and last.project and project and _same_project(last.project, project):
            # The name is printed again on the next page.
            regions[-1] = _Region(range(last.rows.start, end), last.project)
        else:
            regions.append(_Region(rows, project))
    return regions


def _same_project(one: Project, other: Project) -> bool:
    same_name = canonical(one.name or "") == canonical(other.name or "")
    return same_name and other.budget in (None, one.budget) and other.goal in (None, one.goal)


def _project(grid: Grid, caption: Caption, rows: range, name: Cell | None) -> Project | None:
    table = grid.table
    fields: dict[str, Any] = {}
    places: dict[str, Places] = {}
    found: list[Cell] = []
    for key in Project.model_fields:
        label, cells = _cells_of_field(grid, rows, key)
        if cells:
            found.extend(cells)
            fields[key] = _field(key, label, cells)
            places[key] = cell_places(table.id, *(cells if key in _PROSE_FIELDS else cells[:1]))
    if name is not None:
        fields["name_raw"], places["name_raw"] = printed_name(name, PROJECT_NAME), cell_places(table.id, name)
    elif not grid.labelled(BODY_NAME, BODY_BUDGET):
        titled = project_in_title(caption.title)
        if titled:
            fields["name"] = fields["name_raw"] = titled
            places["name"] = places["name_raw"] = line_places(*caption.title_lines)
    if not any(value is not None for value in fields.values()):
        return None
    if "organization" not in fields:
        fields["organization"], places["organization"] = _organization(
            grid, caption, name.row if name else rows.start
        )
    amounts = [
        cell for key in _AMOUNT_FIELDS if fields.get(key) for cell in _cells_of_field(grid, rows, key)[1]
    ]
    if amounts:
        fields["unit"], places["unit"] = _money_unit(grid, caption, amounts[:1])
    anchor = f"r{name.row}c{name.col}" if name else "project"
    return Project(
        id=f"{table.id}{anchor}",
        confidence=joint_confidence(found),
        provenance=read_fields(fields, places),
        **fields,
    )


def _cells_of_field(grid: Grid, rows: range, key: str) -> tuple[str, list[Cell]]:
    """Return the label of a project's field and the cells in `rows` that have it."""
    label = f"project.{key}"
    for each in (label, _OVER_ALL_YEARS.get(label)):
        if each and (cells := starting_in(grid.labelled(each), rows)):
            return each, cells
    return label, []


def _field(key: str, label: str, cells: Sequence[Cell]) -> str | None:
    texts = [labelled_text(cell, label) or "" for cell in cells]
    if key in _PROSE_FIELDS:
        # A cell torn into two rows with one label is one text; printed twice, it is said once.
        return "".join(dict.fromkeys(join_lines(text) for text in texts)) or None
    if key in _AMOUNT_FIELDS:
        return parse_amount(texts[0])
    if key == "execution_weight":
        return parse_weight(texts[0])
    return squeeze(texts[0]) or None


def printed_name(cell: Cell, label: str) -> str | None:
    """Return a name as it is printed, before it was completed at its end."""
    start = next(span.start for span in cell.spans if span.label == label)
    before = next((repair.before for repair in cell.repairs if repair.kind == "completed"), None)
    printed = labelled_text(cell, label) if before is None else before[start:]
    return squeeze(printed or "") or None


def _organization(grid: Grid, caption: Caption, row: int) -> tuple[str | None, Places]:
    """Return the body that runs the project of `row`: named last above it in the grid, else in a caption."""
    named = starting_in(grid.labelled(BODY_NAME), range(row + 1))
    if named:
        name = squeeze(labelled_text(named[-1], BODY_NAME) or "")
        return name or None, cell_places(grid.table.id, named[-1])
    if grid.table.organization is None or grid.table.organization.name is None:
        return None, ()
    lines = (caption.organization_line,) if caption.organization_line else ()
    return grid.table.organization.name, line_places(*lines)


def _money_unit(grid: Grid, caption: Caption, amounts: Sequence[Cell]) -> tuple[str | None, Places]:
    """Return the unit of an amount: beside it, of its label or heading, or of the table."""
    for amount in amounts:
        labels = [cell for cell in grid.row(amount.row) if cell.col < amount.col and has_label(cell, KEY)]
        headings = starting_in(grid.labelled_in_column(amount.col, HEADER), range(amount.row))
        for cell in (amount, *reversed(labels), *reversed(headings)):
            if unit := labelled_text(cell, UNIT):
                return squeeze(unit), cell_places(grid.table.id, cell)
    lines = (caption.unit_line,) if caption.unit_line and caption.unit == grid.table.unit else ()
    return grid.table.unit, line_places(*lines)


# --- indicators -------------------------------------------------------------------------------------------


@dataclass
class _Reading:
    """An indicator as it is being read: parts in the order in which they stand, with their cells.

    `bare_is_equal` says whether a figure without a comparison states `=`.
    """

    texts: dict[str, list[str]] = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    bare_is_equal: bool = True

    def add(self, label: str, cell: Cell, span: Span) -> None:
        """Take up one more labelled stretch."""
        self.texts.setdefault(label, []).append(cell.text[span.start : span.end])
        self.cells.setdefault(label, cell)
        self.spans.append(span)

    def text(self, label: str) -> str | None:
        """Return the text of the label, white space removed, or None."""
        return squeeze("".join(self.texts.get(label, []))) or None


def _grid_indicators(grid: Grid, region: _Region) -> Iterator[Indicator]:
    """Yield an indicator for each row of a grid that names one, or says what one is worth.

    What is printed once for several rows is said of all of them, whether its cell spans them or the cells
    below it are blank: a level, and, where a row prints a value and nothing else, all that stands before it.
    """
    with_operators = any(not has_label(cell, VALUE) for cell in grid.labelled(OPERATOR))
    levels: dict[str, Cell | None] = {LEVEL1: None, LEVEL2: None}
    seen: set[tuple[tuple[int, int], ...]] = set()
    above: list[Cell] = []
    for row in region.rows:
        cells = [cell for cell in grid.row(row) if _says_of_indicator(cell) and not _is_narrative(cell)]
        own = {label: next((c for c in cells if has_label(c, label)), None) for label in levels}
        if own[LEVEL1] is not None and own[LEVEL1] is not levels[LEVEL1]:
            levels = own
        elif own[LEVEL2] is not None:
            levels = {**levels, LEVEL2: own[LEVEL2]}
        told = [cell for cell in cells if has_label(cell, NAME, VALUE)]
        key = tuple((cell.row, cell.col) for cell in told)
        if not told or key in seen:
            continue
        seen.add(key)
        printed = [cell for cell in cells if cell.row == row]
        if [has_label(cell, VALUE) for cell in printed] == [True]:
            cells += [cell for cell in above if not has_label(cell, *_labels(cells))]
        cells += [cell for cell in levels.values() if cell is not None and cell not in cells]
        above = cells
        anchor = next((cell for cell in told if cell.row == row), told[0])
        yield _indicator(grid.table, region, _row_reading(cells, with_operators), anchor, None)


def _says_of_indicator(cell: Cell) -> bool:
    return any(label.startswith("indicator.") for label in _labels([cell]))


def _labels(cells: Sequence[Cell]) -> set[str]:
    return {span.label for cell in cells for span in cell.spans}


def _row_reading(cells: Sequence[Cell], with_operators: bool) -> _Reading:
    """Return what a row says; a column of operators or units says more than a sign beside the value.

    Where the table has a column of operators and this row none in it, the operator was not read.
    """
    reading = _Reading(bare_is_equal=not with_operators)
    columns = {
        label
        for label in (OPERATOR, MEASURE_UNIT)
        if any(has_label(cell, label) and not has_label(cell, VALUE) for cell in cells)
    }
    for cell in cells:
        for span in cell.spans:
            if span.label.startswith("indicator.") and not (span.label in columns and has_label(cell, VALUE)):
                reading.add(span.label, cell, span)
    return reading


def _is_narrative(cell: Cell) -> bool:
    """Say whether a cell holds levels and targets of its own: prose taken apart."""
    return len(_labels([cell]) & {LEVEL1, LEVEL2, NAME, NAME_REST, VALUE}) > 1


def _narrative_indicators(table: Table, region: _Region, prose: Sequence[Cell]) -> Iterator[Indicator]:
    for cell in starting_in(prose, region.rows):
        for number, reading in enumerate(_readings(cell), 1):
            yield _indicator(table, region, reading, cell, number)


def _readings(cell: Cell) -> Iterator[_Reading]:
    """Yield the indicators of a cell of prose: a name begins one, and so does a figure after a figure."""
    level1: Span | None = None
    level2: Span | None = None
    current: _Reading | None = None
    end = 0
    for span in cell.spans:
        if span.label in (LEVEL1, LEVEL2):
            if current:
                yield current
            current = None
            if span.label == LEVEL1:
                level1, level2 = span, None
            else:
                level2 = span
            continue
        behind = not cell.text[end : span.start].strip()
        done = current is not None and VALUE in current.texts
        begins = span.label == NAME or (
            done and (span.label == VALUE or (span.label == OPERATOR and not behind))
        )
        if current is None or begins:
            if current:
                yield current
            current = _Reading()
            for level in (level1, level2):
                if level:
                    current.add(level.label, cell, level)
        current.add(span.label, cell, span)
        end = span.end
    if current:
        yield current


def _indicator(
    table: Table, region: _Region, reading: _Reading, anchor: Cell, number: int | None
) -> Indicator:
    name = squeeze("".join(reading.texts.get(NAME, []) + reading.texts.get(NAME_REST, []))) or None
    units = reading.texts.get(MEASURE_UNIT, [])
    value = reading.text(VALUE) or ""
    target = read_target(reading.texts.get(OPERATOR, []), value, units[0] if units else None)
    fields: dict[str, Any] = {
        "project": region.project.name if region.project else None,
        "level1": _level(reading.text(LEVEL1), number),
        "level2": _level(reading.text(LEVEL2), number),
        "name": name,
        "name_raw": name,
        "description": reading.text("indicator.description"),
        "weight": parse_weight(reading.text("indicator.weight") or ""),
        "operator": target.operator if reading.bare_is_equal or reading.text(OPERATOR) else None,
        "value": target.value or None,
        "unit": target.unit,
        "direction": reading.text("indicator.direction"),
        "core": _CORE.get(reading.text("indicator.core") or ""),
        "basis": reading.text("indicator.basis"),
    }
    if number is None and NAME in reading.cells:
        fields["name_raw"] = printed_name(reading.cells[NAME], NAME)
    places = {
        label.removeprefix("indicator."): cell_places(table.id, cell) for label, cell in reading.cells.items()
    }
    places.setdefault("name", places.pop("name_rest", ()))
    places["name_raw"] = places["name"]
    if region.project:
        places["project"] = region.project.provenance.get("name", ())
    position = f"r{anchor.row}c{anchor.col}" + (f"n{number}" if number else "")
    return Indicator(
        id=f"{table.id}{position}",
        confidence=joint_confidence(reading.cells.values(), reading.spans),
        provenance=read_fields(fields, places),
        **fields,
    )


def _level(text: str | None, number: int | None) -> str | None:
    """Return a level; in prose a slip of one glyph (数量指) is put right, for its words are few and known."""
    if text is None or number is None or text in _LEVELS:
        return text
    near = [level for level in _LEVELS if Levenshtein.distance(text, level, score_cutoff=1) <= 1]
    return near[0] if len(near) == 1 else text
