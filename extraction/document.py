"""The document: what every stage fills in further, and what is written to `document.json`.

Prediction and gold are this one type. Values are immutable; a stage returns a richer copy
(`model_copy(update=...)`). Field names and meanings are the public contract
(`"schema": "yusuan.document/1"`, exported to `docs/document.schema.json`).

Conventions, everywhere in this package:

* Pixels are those of the **upright page image** (`Page.width` x `Page.height`): origin top left,
  x right, y down. A bbox is `(x0, y0, x1, y1)` with `x1`, `y1` exclusive. A quad is four points,
  clockwise from the top left corner of the text as it is read.
* Rows and columns count from 0; spans are counts (`rowspan >= 1`).
* A page *number* counts from 1, because a person reads it.
* `None` means "not found"; an empty string means "found blank". A blank cell is never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

SCHEMA: Final = "yusuan.document/1"


def _valid_bbox(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = box
    if x1 < x0 or y1 < y0:
        raise ValueError(f"inverted box {box}: x0 <= x1 and y0 <= y1 must hold")
    return box


BBox = Annotated[tuple[float, float, float, float], AfterValidator(_valid_bbox)]
Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]
Matrix = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]

IDENTITY: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

PageKind = Literal["digital", "scanned"]
SourceKind = Literal["digital", "scanned", "mixed"]
PageStatus = Literal["ok", "failed", "skipped"]
LineRole = Literal["title", "unit", "organization", "year", "note", "header", "footer", "body"]
Status = Literal["accepted", "review", "reviewed"]
FindingStatus = Literal["pass", "fail", "skipped"]
Severity = Literal["info", "warning", "error"]
RepairKind = Literal["joined", "completed", "shifted", "carried", "misread", "proposed"]
Side = Literal["income", "expenditure"]
RowKind = Literal["line", "total", "memo"]
TableKind = Literal[
    "income_expenditure_summary",
    "income_summary",
    "expenditure_summary",
    "fiscal_appropriation_summary",
    "general_budget_expenditure",
    "general_budget_basic_expenditure",
    "government_fund_expenditure",
    "state_capital_expenditure",
    "three_public_expenses",
    "other_budget",
    "performance_targets",
    "procurement",
    "assets",
    "institutions",
    "unknown",
]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    _names: ClassVar[set[str]] = set()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        cls._names = set(cls.model_fields)

    def model_post_init(self, context: Any, /) -> None:
        # Which fields were given is asked nowhere: a set for each value would be half of all memory.
        object.__setattr__(self, "__pydantic_fields_set__", self._names)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """See `BaseModel.model_copy`. Stages copy every cell some ten times; this is ten times as fast."""
        if deep:
            return super().model_copy(update=update, deep=deep)
        new = type(self).__new__(type(self))
        object.__setattr__(new, "__dict__", {**self.__dict__, **(update or {})})
        object.__setattr__(new, "__pydantic_fields_set__", self._names)
        object.__setattr__(new, "__pydantic_extra__", None)
        object.__setattr__(new, "__pydantic_private__", None)
        return new


class Source(_Value):
    """The file that was read."""

    path: str
    sha256: str
    pages: int = Field(ge=0)
    kind: SourceKind


class Organization(_Value):
    """Who the document or table is about, as printed: `201 中共巨鹿县委办公室` has code 201."""

    code: str | None = None
    name: str | None = None


class Line(_Value):
    """One line of text outside the tables of a page.

    `confidence` is the reader's own probability in 0..1, 1.0 for a text layer, None in gold.
    """

    text: str
    bbox: BBox
    confidence: float | None = None
    role: LineRole = "body"


class Evidence(_Value):
    """Why a repair is believed: what was seen, and where (None where it is no place on a page)."""

    text: str
    page: int | None = None
    bbox: BBox | None = None


class Repair(_Value):
    """A difference between `raw_text` and `text`; kind `proposed` changes nothing until accepted."""

    kind: RepairKind
    before: str
    after: str
    evidence: tuple[Evidence, ...] = ()


class Span(_Value):
    """A labelled stretch of a cell's `text`: characters `start` (inclusive) to `end` (exclusive)."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    label: str
    confidence: float | None = None


class Cell(_Value):
    """A cell of a page table or of a logical table.

    `page` and `bbox` say where it stands; for a cell torn by a page break they name its first
    part, and the `joined` repair's evidence names the others. `raw_text` is what was read,
    lines of a wrapped cell joined; `text` is after repair.
    """

    row: int = Field(ge=0)
    col: int = Field(ge=0)
    rowspan: int = Field(default=1, ge=1)
    colspan: int = Field(default=1, ge=1)
    text: str = ""
    raw_text: str = ""
    page: int = Field(ge=1)
    bbox: BBox
    quad: Quad
    confidence: float | None = None
    header: bool = False
    spans: tuple[Span, ...] = ()
    repairs: tuple[Repair, ...] = ()


def _check_tiling(n_rows: int, n_cols: int, cells: Iterable[Cell]) -> None:
    """Raise ValueError when cells overlap or leave the grid. Holes are allowed: a reader may miss a cell."""
    taken: set[tuple[int, int]] = set()
    for cell in cells:
        if cell.row + cell.rowspan > n_rows or cell.col + cell.colspan > n_cols:
            raise ValueError(f"cell at row {cell.row}, column {cell.col} leaves the {n_rows}x{n_cols} grid")
        for row in range(cell.row, cell.row + cell.rowspan):
            for col in range(cell.col, cell.col + cell.colspan):
                if (row, col) in taken:
                    raise ValueError(f"two cells cover row {row}, column {col}")
                taken.add((row, col))


class PageTable(_Value):
    """A table as it stands on one page. `id` is unique in the document (`p3t1`)."""

    id: str
    bbox: BBox
    n_rows: int = Field(ge=0)
    n_cols: int = Field(ge=0)
    ruled: bool
    cells: tuple[Cell, ...] = ()
    confidence: float | None = None

    @model_validator(mode="after")
    def _tiles(self) -> PageTable:
        _check_tiling(self.n_rows, self.n_cols, self.cells)
        return self


class Page(_Value):
    """One page. `transform` maps pixels of the upright image to pixels of the scan as it came.

    `rotation` is the clockwise turn in degrees (0, 90, 180, 270) that made the scan upright and
    `skew_deg` the fine turn after it, positive clockwise. `dpi` is that of the upright image.
    """

    number: int = Field(ge=1)
    width: int = Field(ge=0)
    height: int = Field(ge=0)
    dpi: float
    kind: PageKind
    rotation: Literal[0, 90, 180, 270] = 0
    skew_deg: float = 0.0
    transform: Matrix = IDENTITY
    tables: tuple[PageTable, ...] = ()
    lines: tuple[Line, ...] = ()
    status: PageStatus = "ok"
    error: str | None = None


class Fragment(_Value):
    """A page table that is part of a logical table, and why it was joined (first one: `first`)."""

    page: int = Field(ge=1)
    table: str
    reason: str


class Table(_Value):
    """A logical table, after joining fragments over pages and repair.

    `header_rows` rows at the top are headers; repeated headers, lane-number rows (栏次) and page
    titles of later fragments are not in it.
    """

    id: str
    kind: TableKind = "unknown"
    title: str | None = None
    unit: str | None = None
    organization: Organization | None = None
    fragments: tuple[Fragment, ...] = ()
    n_rows: int = Field(ge=0)
    n_cols: int = Field(ge=0)
    header_rows: int = Field(default=0, ge=0)
    cells: tuple[Cell, ...] = ()
    confidence: float | None = None

    @model_validator(mode="after")
    def _tiles(self) -> Table:
        _check_tiling(self.n_rows, self.n_cols, self.cells)
        return self


class Provenance(_Value):
    """Where a field was read: `row` and `col` are those of the logical table `table`."""

    page: int = Field(ge=1)
    bbox: BBox
    table: str | None = None
    row: int | None = None
    col: int | None = None


class _RecordBase(_Value):
    """Common to all records. `checks` are ids of findings that speak of this record."""

    id: str
    confidence: float | None = None
    status: Status = "review"
    provenance: dict[str, tuple[Provenance, ...]] = Field(default_factory=dict)
    checks: tuple[str, ...] = ()


class OrganizationRecord(_RecordBase):
    """A body named in a table, with the budget printed beside it."""

    type: Literal["organization"] = "organization"
    code: str | None = None
    name: str | None = None
    budget: str | None = None
    unit: str | None = None


class BudgetLine(_RecordBase):
    """One printed amount of a budget table. `level`: 类 1, 款 2, 项 3."""

    type: Literal["budget_line"] = "budget_line"
    table: TableKind | None = None
    side: Side | None = None
    code: str | None = None
    item: str | None = None
    measure: str | None = None
    amount: str | None = None
    unit: str | None = None
    level: int | None = None
    row_kind: RowKind = "line"


class Project(_RecordBase):
    """A budget project with its goal; `name` is complete, `name_raw` as printed."""

    type: Literal["project"] = "project"
    code: str | None = None
    name: str | None = None
    name_raw: str | None = None
    organization: str | None = None
    department: str | None = None
    budget: str | None = None
    budget_local: str | None = None
    budget_upper: str | None = None
    unit: str | None = None
    execution_weight: str | None = None
    category: str | None = None
    overview: str | None = None
    basis: str | None = None
    goal: str | None = None


class Indicator(_RecordBase):
    """One performance target. `project` is the project's name; `unit` the measure unit of `value`."""

    type: Literal["indicator"] = "indicator"
    project: str | None = None
    level1: str | None = None
    level2: str | None = None
    name: str | None = None
    name_raw: str | None = None
    description: str | None = None
    weight: str | None = None
    operator: Literal["≥", "≤", "=", ">", "<", "定性"] | None = None
    value: str | None = None
    unit: str | None = None
    direction: str | None = None
    core: bool | None = None
    basis: str | None = None


class Asset(_RecordBase):
    """A row of an asset table."""

    type: Literal["asset"] = "asset"
    item: str | None = None
    quantity: str | None = None
    value: str | None = None
    unit: str | None = None


class Procurement(_RecordBase):
    """A row of a government procurement table."""

    type: Literal["procurement"] = "procurement"
    project: str | None = None
    item: str | None = None
    catalogue_code: str | None = None
    measure_unit: str | None = None
    quantity: str | None = None
    price: str | None = None
    amount: str | None = None
    unit: str | None = None


class Institution(_RecordBase):
    """A row of a table of subordinate bodies: 单位名称, 单位性质, 单位规格, 经费形式."""

    type: Literal["institution"] = "institution"
    name: str | None = None
    nature: str | None = None
    rank: str | None = None
    funding: str | None = None


Record = Annotated[
    OrganizationRecord | BudgetLine | Project | Indicator | Asset | Procurement | Institution,
    Field(discriminator="type"),
]


# Checks look cells up thousands of times a page, and a long document holds a million of these: what pydantic
# makes for any model is slower and five times as large.
@dataclass(frozen=True, slots=True)
class CellRef:
    """A cell of a logical table, by its top left position."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    table: str
    row: int
    col: int


class Finding(_Value):
    """The outcome of one check. `amounts` holds the figures compared, by role, as decimal strings."""

    id: str
    rule: str
    status: FindingStatus
    severity: Severity = "info"
    message: str = ""
    tables: tuple[str, ...] = ()
    cells: tuple[CellRef, ...] = ()
    amounts: dict[str, str] = Field(default_factory=dict)


class Document(_Value):
    """A whole document: pages as read, logical tables, records and findings."""

    # `schema` would shadow a method of BaseModel, hence the alias.
    schema_: Literal["yusuan.document/1"] = Field(default=SCHEMA, alias="schema")
    source: Source
    organization: Organization | None = None
    fiscal_year: int | None = None
    amount_unit: str | None = None
    pages: tuple[Page, ...] = ()
    tables: tuple[Table, ...] = ()
    records: tuple[Record, ...] = ()
    findings: tuple[Finding, ...] = ()

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    def to_json(self) -> str:
        """Return the text of `document.json` (UTF-8, two spaces, keys as in the contract)."""
        return "".join(self.json_parts())

    def json_parts(self) -> Iterator[str]:
        """Yield the text of `document.json` in parts: of a thousand pages it is hundreds of MiB."""
        elements = {name: getattr(self, name) for name in ("pages", "tables", "records", "findings")}
        rest = self.model_copy(update=dict.fromkeys(elements, ())).model_dump_json(by_alias=True, indent=2)
        for name, values in elements.items():
            # A line break in a string is escaped: this stands at the top alone.
            before, key, rest = rest.partition(f'\n  "{name}": [')
            yield before + key
            for number, value in enumerate(values):
                text = value.model_dump_json(by_alias=True, indent=2).replace("\n", "\n    ")
                yield (",\n    " if number else "\n    ") + text
            yield "\n  " if values else ""
        yield rest + "\n"


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of `document.json`, as exported to `docs/document.schema.json`."""
    return Document.model_json_schema(by_alias=True, mode="serialization")
