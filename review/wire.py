"""What the app and the server say to each other. The TypeScript types of the app are made from these.

A document is named by a short hash of its folder: no path ever comes from outside.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from yusuan.extraction.document import BBox, Finding, Line, Record
from yusuan.review.patches import Patch, ReviewCell, ReviewTable

MOST_PATCHES = 200

DocumentId = Annotated[str, Field(pattern="^[0-9a-f]{12}$")]
PersonName = Annotated[
    str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")
]
PageState = Literal["open", "accepted", "unsure"]
Why = Literal["priority", "random", "rare"]


class Wire(BaseModel):
    """A message; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def exactly(model: type[Wire]) -> BeforeValidator:
    """Return what takes a message from outside only as it says it is: false is not 0, nor "1" one.

    Only from JSON is pydantic strict without refusing lists for tuples and text for UUIDs.
    """

    def check(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        try:
            return model.model_validate_json(json.dumps(value), strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise ValueError(f"{where}: {first['msg']}") from None

    return BeforeValidator(check)


class Problem(Wire):
    """Why a request was refused, and what to do next."""

    error: str
    hint: str | None = None


class Session(Wire):
    """Who is signed in; `csrf` goes into the header of every request that changes something."""

    person: str | None
    csrf: str
    needs_token: bool


class SignIn(Wire):
    """A person who begins to work; the token is asked for only where others can reach the server."""

    person: PersonName
    token: str | None = Field(default=None, max_length=200)


class Word(Wire):
    """A name of the program (label, kind of table, rule) in both languages."""

    name: str
    zh: str
    en: str
    group: str = ""


class Words(Wire):
    """All names that the app shows."""

    labels: tuple[Word, ...]
    kinds: tuple[Word, ...]
    rules: tuple[Word, ...]


class QueueItem(Wire):
    """A page that waits, or was done.

    Attributes:
        score: by which pages are ordered: money at risk x doubt x failed checks.
        why: it stands where it stands: `random` pages keep the figures honest, `rare` ones have rare forms.
        doubtful: cells to look at.
        failed: checks.
        money: 元 that stand in doubtful records, a decimal string.
    """

    document: DocumentId
    name: str
    page: int
    pages: int
    score: float
    why: Why
    doubtful: int
    failed: int
    money: str
    kinds: tuple[str, ...]
    state: PageState
    claimed_by: str | None = None
    accepted_by: str | None = None


class Progress(Wire):
    """How many pages there are, and how they stand."""

    pages: int
    accepted: int
    unsure: int
    open: int


class StopEstimate(Wire):
    """When one may stop.

    Attributes:
        cells_left: doubtful cells to look at until the share of wrong records is below the target, at this
            level of confidence.
        error_now: share of records that is expected to be wrong as things stand.
        bound_now: share that is not exceeded, at this level.
    """

    cells_left: int
    target: float
    level: float
    error_now: float
    bound_now: float


class Queue(Wire):
    """A part of the queue; `total` counts all pages that fit the filters."""

    items: tuple[QueueItem, ...]
    total: int
    progress: Progress
    stop: StopEstimate


class PersonStats(Wire):
    """What a person has done and how well; None where nothing can be said yet.

    Attributes:
        kappa: Cohen's kappa of token labels on pages that were labelled twice.
        amounts_agree: share of amounts that are the same there.
        gold_right: share of cells that are right on pages whose truth is known.
        gold_seen: number of such cells.
    """

    person: str
    accepted: int
    edits: int
    seconds_a_page: float | None = None
    kappa: float | None = None
    amounts_agree: float | None = None
    gold_right: float | None = None
    gold_seen: int = 0


class People(Wire):
    """All who have signed in."""

    people: tuple[PersonStats, ...]


class Term(Wire):
    """A figure in a sum: `value` is that of the text of its cell, times `scale`."""

    table: str
    row: int
    col: int
    label: str
    value: str
    known: bool
    scale: str


class EquationView(Wire):
    """A sum that should hold: left less right is one of `wanted`, within `tolerance`; `id` of its finding."""

    id: str
    rule: str
    label: str
    left: tuple[Term, ...]
    right: tuple[Term, ...]
    wanted: tuple[str, ...]
    tolerance: str


class Doubt(Wire):
    """A cell that a person should look at, and why; `probability` that it is right, where that is known."""

    table: str
    row: int
    col: int
    probability: float | None
    why: tuple[Literal["confidence", "check", "proposed"], ...]


class Derived(Wire):
    """What follows from the tables as they were at a version: records, checks, sums, doubtful cells."""

    version: int
    records: tuple[Record, ...] = ()
    findings: tuple[Finding, ...] = ()
    equations: tuple[EquationView, ...] = ()
    doubtful: tuple[Doubt, ...] = ()


class Claim(Wire):
    """Who works on a page, and until when (seconds since 1970) if nothing more is heard of them."""

    person: str
    until: float


class PageInfo(Wire):
    """The page itself; pixels as in `document.json`."""

    number: int
    width: int
    height: int
    dpi: float
    kind: str
    status: str
    error: str | None


class PageView(Wire):
    """A page under review.

    Attributes:
        version: of the document: the number of edits so far.
        tables: logical tables that stand on this page, whole.
        previous: id of the table of the document before the first of these.
        newer_reading: `extract` has read the document again since people began to work on it; what they did
            stays as it is.
    """

    document: DocumentId
    name: str
    page: PageInfo
    pages: int
    version: int
    state: PageState
    accepted_by: str | None
    claim: Claim | None
    tables: tuple[ReviewTable, ...]
    previous: str | None
    lines: tuple[Line, ...]
    derived: Derived
    newer_reading: bool


class Edit(Wire):
    """What a person did, as one step.

    Attributes:
        edit: chosen by the app; sent again after a lost answer it does nothing twice.
        base: version of the document that the person saw.
        page: on which they worked.
        action: what they call it (`text`, `merge`, `undo`).
        strokes: keys and clicks that it took.
        undoes: version of the step that this one takes back.
    """

    edit: UUID
    base: int = Field(ge=0)
    page: int = Field(ge=1, le=100_000)
    action: str = Field(pattern="^[a-z_]{1,32}$")
    patches: tuple[Patch, ...] = Field(min_length=1, max_length=MOST_PATCHES)
    strokes: int = Field(default=0, ge=0, le=1_000_000)
    undoes: int | None = Field(default=None, ge=1)


class Saved(Wire):
    """An edit is on the disk; `version` is its number."""

    version: int
    edit: UUID


class Version(Wire):
    """Where a document stands now."""

    version: int


class Event(Wire):
    """An edit as others see it."""

    version: int
    person: str
    at: str
    action: str
    patches: tuple[Patch, ...]


class Conflict(Problem):
    """Somebody else changed the same tables since `base`: nothing was saved."""

    version: int
    events: tuple[Event, ...]


class ClaimIn(Wire):
    """Take a page, from somebody else too if `take`."""

    take: bool = False


class Held(Problem):
    """Somebody else works on the page."""

    claim: Claim


class Accept(Wire):
    """A page is right as it stands at version `base`, or the person is unsure."""

    base: int = Field(ge=0)
    unsure: bool = False
    strokes: int = Field(default=0, ge=0, le=1_000_000)
    seconds: float = Field(default=0, ge=0, le=86_400)


class Accepted(Wire):
    """The page is done; `next` has been taken for the same person."""

    version: int
    next: QueueItem | None


class ReadIn(Wire):
    """A table that the program missed, to be read; `table_id` is the id that it gets."""

    bbox: BBox
    table_id: str = Field(pattern="^[A-Za-z0-9_-]{1,64}$")


class TableOnly(Wire):
    """A table that is stored nowhere."""

    table: ReviewTable


class CellEvent(Wire):
    """What became of one cell in one step."""

    version: int
    person: str
    at: str
    action: str
    before: ReviewCell | None
    after: ReviewCell | None


class CellHistory(Wire):
    """All that was done to a cell, latest first."""

    events: tuple[CellEvent, ...]


class Difference(Wire):
    """A place where two people who worked blind of each other do not agree."""

    table: str
    row: int
    col: int
    what: Literal["text", "label", "structure"]
    a: str
    b: str


class Adjudicable(Wire):
    """A page that two people have labelled and that somebody must settle."""

    document: DocumentId
    name: str
    page: int
    people: tuple[str, str]
    differences: int


class Adjudications(Wire):
    """All such pages."""

    items: tuple[Adjudicable, ...]


class AdjudicationView(Wire):
    """Both versions of a page and where they differ; `version` is that of the document as it counts."""

    version: int
    people: tuple[str, str]
    tables_a: tuple[ReviewTable, ...]
    tables_b: tuple[ReviewTable, ...]
    differences: tuple[Difference, ...]


class Choice(Wire):
    """Whose version of a cell is right; of a table (`row` and `col` None), the whole of it."""

    table: str = Field(max_length=64)
    row: int | None = None
    col: int | None = None
    take: Literal["a", "b"]


class Settled(Wire):
    """Choices for a page; where nothing is chosen the first version stands."""

    base: int = Field(ge=0)
    choices: tuple[Choice, ...] = Field(max_length=5000)
