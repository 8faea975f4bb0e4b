"""The server of the review app: addresses in, the desk and the pool asked, answers out."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi import Path as InPath
from fastapi import Query as InQuery
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from yusuan.extraction.config import Settings
from yusuan.extraction.document import TableKind
from yusuan.extraction.errors import InputError, OutputError, UsageError, YusuanError
from yusuan.extraction.exports.folder import page_image_path
from yusuan.review.derive import page_part
from yusuan.review.desk import ConflictError, Desk, HeldError, NotFoundError
from yusuan.review.guard import Guard, Sessions
from yusuan.review.patches import Add
from yusuan.review.pool import Pool, read_truth
from yusuan.review.reader import BusyError, TableReader
from yusuan.review.reckoner import Reckoner
from yusuan.review.sheet import document_sha256
from yusuan.review.store import ReviewStore
from yusuan.review.wire import (
    Accept,
    Accepted,
    Adjudications,
    AdjudicationView,
    CellHistory,
    Claim,
    ClaimIn,
    Derived,
    Edit,
    PageInfo,
    PageView,
    People,
    Problem,
    Queue,
    QueueItem,
    ReadIn,
    Saved,
    Session,
    Settled,
    SignIn,
    TableOnly,
    Version,
    Why,
    Words,
    exactly,
)
from yusuan.review.wire import Conflict as ConflictAnswer
from yusuan.review.wire import Held as HeldAnswer
from yusuan.review.words import WORDS

STATIC = Path(__file__).parent / "static"
# Whoever guesses tokens waits.
_WRONG_TOKEN_SECONDS = 1.0
# How long a page waits for records and checks before it is shown without them, and at most on request.
_FIRST_SECONDS, _MOST_SECONDS = 20.0, 25.0
_THREADS = 200

Document = Annotated[str, InPath(pattern="^[0-9a-f]{12}$", description="Id of a document.")]
PageNumber = Annotated[int, InPath(ge=1, le=100_000, description="Number of a page, from 1.")]

SignInBody = Annotated[SignIn, exactly(SignIn)]
ClaimInBody = Annotated[ClaimIn, exactly(ClaimIn)]
EditBody = Annotated[Edit, exactly(Edit)]
AcceptBody = Annotated[Accept, exactly(Accept)]
ReadInBody = Annotated[ReadIn, exactly(ReadIn)]
TableOnlyBody = Annotated[TableOnly, exactly(TableOnly)]
SettledBody = Annotated[Settled, exactly(Settled)]


@dataclass(frozen=True)
class Serving:
    """How the server is reached.

    Attributes:
        hosts: names, with port, under which it may be called.
        token: asked for when a person signs in; None where only this machine can reach it.
        cookie: name of the cookie of a session.
    """

    hosts: frozenset[str]
    token: str | None = None
    cookie: str = "yusuan"


class _Parts:
    """What the server works with, made when it starts."""

    def __init__(self, out: Path, settings: Settings, gold: Path | None) -> None:
        truth = read_truth(gold) if gold else {}
        self.store = ReviewStore(out)
        self.desk = Desk(out, self.store)
        self.reckoner = Reckoner(self.desk, settings)
        self.pool = Pool(self.desk, self.reckoner, truth)
        self.reader = TableReader(settings)
        self.sessions = Sessions(self.store)


def _person(request: Request) -> str:
    return str(request.scope["state"]["person"])


_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": description}
    for status, description in {
        400: "It does not fit.",
        401: "Nobody is signed in.",
        403: "It does not come from our page.",
        404: "There is none.",
        413: "It is too long.",
        415: "It is no JSON.",
        422: "It is not of this form.",
        503: "It could not be stored, or read, now.",
    }.items()
}
_CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": ConflictAnswer, "description": "Others changed the same tables."}
}
_HELD: dict[int | str, dict[str, Any]] = {409: {"model": HeldAnswer, "description": "Another works on it."}}


def make_app(out: Path, settings: Settings, serving: Serving, gold: Path | None = None) -> FastAPI:
    """Return the app over an output folder of `extract`.

    Args:
        out: the folder.
        settings: of reading and checks.
        serving: how it is reached.
        gold: folder of true documents; pages of these tell how well people label.

    Raises:
        UsageError: another server serves the folder.
        InputError: the store or the gold cannot be read.
    """
    parts = _Parts(out, settings, gold)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # Who waits for records holds a thread; whoever types must get one all the same.
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        parts.reckoner.start()
        yield
        parts.reckoner.stop()
        parts.store.close()

    app = FastAPI(
        title="Yusuan review",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        responses=_REFUSALS,
        separate_input_output_schemas=False,
    )
    _errors(app)
    _session_routes(app, parts, serving)
    _queue_routes(app, parts)
    _page_routes(app, parts)
    _edit_routes(app, parts)
    _quality_routes(app, parts)
    if STATIC.is_dir():
        app.mount("/", StaticFiles(directory=STATIC, html=True), name="app")
    app.add_middleware(Guard, sessions=parts.sessions, hosts=serving.hosts, cookie=serving.cookie)
    return app


def _errors(app: FastAPI) -> None:
    """Turn errors into answers that say what is wrong and what to do."""
    statuses: tuple[tuple[type[YusuanError], int], ...] = (
        (NotFoundError, 404),
        (UsageError, 400),
        (InputError, 404),
        (OutputError, 503),
        (BusyError, 503),
        (YusuanError, 500),
    )

    @app.exception_handler(ConflictError)
    def _conflict(_: Request, error: ConflictError) -> Response:
        answer = ConflictAnswer(
            error=error.message, hint=error.hint, version=error.version, events=error.events
        )
        return JSONResponse(answer.model_dump(mode="json"), 409)

    @app.exception_handler(HeldError)
    def _held(_: Request, error: HeldError) -> Response:
        answer = HeldAnswer(error=error.message, hint=error.hint, claim=error.claim)
        return JSONResponse(answer.model_dump(mode="json"), 409)

    @app.exception_handler(YusuanError)
    def _known(_: Request, error: YusuanError) -> Response:
        status = next(status for kind, status in statuses if isinstance(error, kind))
        return JSONResponse({"error": error.message, "hint": error.hint or None}, status)

    @app.exception_handler(RequestValidationError)
    def _form(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return JSONResponse({"error": f"{where}: {first['msg']}", "hint": None}, 422)

    @app.exception_handler(HTTPException)
    def _http(_: Request, error: HTTPException) -> Response:
        return JSONResponse({"error": str(error.detail), "hint": None}, error.status_code, error.headers)


def _session_routes(app: FastAPI, parts: _Parts, serving: Serving) -> None:
    def answer(person: str | None, csrf: str | None) -> Session:
        return Session(person=person, csrf=csrf or "", needs_token=serving.token is not None)

    @app.get("/api/session")
    def session(request: Request) -> Session:
        """Say who is signed in."""
        state = request.scope["state"]
        return answer(state["person"], state["csrf"])

    @app.post("/api/session")
    def sign_in(body: SignInBody, response: Response) -> Session:
        """Sign in."""
        if serving.token is not None and not secrets.compare_digest(
            (body.token or "").encode("utf-8", "surrogatepass"), serving.token.encode()
        ):
            time.sleep(_WRONG_TOKEN_SECONDS)
            raise HTTPException(403, "this token is wrong")
        person = body.person.strip()
        key, csrf = parts.sessions.begin(person)
        response.set_cookie(serving.cookie, key, httponly=True, samesite="strict", max_age=30 * 86_400)
        return answer(person, csrf)

    @app.get("/api/labels")
    def labels() -> Words:
        """Return the names of labels, kinds of tables and rules in both languages."""
        return WORDS


def _queue_routes(app: FastAPI, parts: _Parts) -> None:
    @app.get("/api/queue")
    def queue(
        state: Literal["open", "accepted", "unsure", "all"] = "open",
        document: Annotated[str | None, InQuery(pattern="^[0-9a-f]{12}$")] = None,
        kind: TableKind | None = None,
        why: Why | None = None,
        offset: Annotated[int, InQuery(ge=0, le=10_000_000)] = 0,
        limit: Annotated[int, InQuery(ge=1, le=500)] = 100,
    ) -> Queue:
        """Return pages in the order in which they should be looked at."""
        return parts.pool.queue(state, document, kind, why, offset, limit)

    @app.post("/api/queue/next")
    def next_page(request: Request) -> QueueItem | None:
        """Take the next page."""
        return parts.pool.next(_person(request))

    @app.get("/api/people")
    def people() -> People:
        """Return who has done what, and how well."""
        return People(people=parts.pool.people())


def _page_routes(app: FastAPI, parts: _Parts) -> None:
    desk = parts.desk

    def part(document: str, branch: str, page: int, version: int, seconds: float) -> Derived:
        with desk.sheet(document, branch) as sheet:
            tables = {table.id for table in sheet.tables_of(page)}
        reckoned = parts.reckoner.wait_for(sheet, version, seconds)
        return Derived(version=-1) if reckoned is None else page_part(reckoned, tables)

    @app.get("/api/documents/{document}/pages/{page}")
    def page_view(request: Request, document: Document, page: PageNumber) -> PageView:
        """Return a page with all that is known of it."""
        branch = desk.branch(_person(request), document, page)
        with desk.sheet(document, branch) as sheet:
            info = next((each for each in sheet.base.pages if each.number == page), None)
            if info is None:
                raise NotFoundError(f"this document has no page {page}", "go back to the queue")
            tables, version, previous = sheet.tables_of(page), sheet.version, sheet.before(page)
            newer = version > 0 and document_sha256(sheet.folder) != sheet.sha256
            name, pages = sheet.folder.name, len(sheet.base.pages)
        mark = next(
            (each for each in parts.store.marks(document) if each.branch == branch and each.page == page),
            None,
        )
        return PageView(
            document=document,
            name=name,
            page=PageInfo(
                number=page,
                width=info.width,
                height=info.height,
                dpi=info.dpi,
                kind=info.kind,
                status=info.status,
                error=info.error,
            ),
            pages=pages,
            version=version,
            state=mark.state if mark else "open",  # type: ignore[arg-type]
            accepted_by=mark.person if mark and mark.state != "open" else None,
            claim=desk.claimed(document, page, branch),
            tables=tables,
            previous=previous,
            lines=info.lines,
            derived=part(document, branch, page, version, _FIRST_SECONDS),
            newer_reading=newer,
        )

    @app.get("/api/documents/{document}/pages/{page}/image", response_class=FileResponse)
    def image(document: Document, page: PageNumber) -> FileResponse:
        """Return the upright image of a page."""
        path = page_image_path(desk.folder(document), page)
        if not path.is_file():
            raise NotFoundError("this page has no image", "run extract again")
        return FileResponse(path, media_type="image/jpeg", headers={"cache-control": "private, no-cache"})

    @app.get("/api/documents/{document}/derived")
    def derived(
        request: Request,
        document: Document,
        page: Annotated[int, InQuery(ge=1, le=100_000)],
        version: Annotated[int, InQuery(ge=0, le=2**31)] = 0,
        wait: Annotated[float, InQuery(ge=0, le=_MOST_SECONDS)] = 0.0,
    ) -> Derived:
        """Return records, checks and doubtful cells of a page, once they follow from a version."""
        branch = desk.branch(_person(request), document, page)
        desk.folder(document)
        return part(document, branch, page, version, wait)

    @app.post("/api/documents/{document}/pages/{page}/claim", responses=_HELD)
    def claim(request: Request, document: Document, page: PageNumber, body: ClaimInBody) -> Claim:
        """Take a page for a while."""
        desk.folder(document)
        return desk.claim(_person(request), document, page, body.take)

    @app.delete("/api/documents/{document}/pages/{page}/claim", status_code=204)
    def release(request: Request, document: Document, page: PageNumber) -> None:
        """Let others have a page."""
        desk.release(_person(request), document, page)

    @app.get("/api/documents/{document}/history")
    def history(
        request: Request,
        document: Document,
        page: Annotated[int, InQuery(ge=1, le=100_000)],
        table: Annotated[str, InQuery(max_length=64)],
        row: Annotated[int, InQuery(ge=0, le=100_000)],
        col: Annotated[int, InQuery(ge=0, le=100_000)],
    ) -> CellHistory:
        """Return what was done to a cell."""
        branch = desk.branch(_person(request), document, page)
        return CellHistory(events=desk.history(document, branch, table, row, col))


def _edit_routes(app: FastAPI, parts: _Parts) -> None:
    desk = parts.desk

    @app.post("/api/documents/{document}/edits", responses=_CONFLICT)
    def edit(request: Request, document: Document, body: EditBody) -> Saved:
        """Store an edit; the answer comes when it is on the disk."""
        person = _person(request)
        saved = desk.edit(person, document, body)
        parts.reckoner.ask(document, desk.branch(person, document, body.page))
        return saved

    @app.post("/api/documents/{document}/pages/{page}/accept", responses=_CONFLICT)
    def accept(request: Request, document: Document, page: PageNumber, body: AcceptBody) -> Accepted:
        """Find a page right, and take the next one."""
        person = _person(request)
        version, branch = desk.accept(person, document, page, body)
        if not body.unsure:
            parts.pool.after_accept(person, document, page, branch)
        parts.reckoner.ask(document, branch)
        return Accepted(version=version, next=parts.pool.next(person))

    @app.post("/api/documents/{document}/pages/{page}/reopen")
    def reopen(request: Request, document: Document, page: PageNumber) -> Version:
        """Look at an accepted page again."""
        version = desk.reopen(_person(request), document, page)
        parts.reckoner.ask(document)
        return Version(version=version)

    @app.post("/api/documents/{document}/pages/{page}/read")
    def read(document: Document, page: PageNumber, body: ReadInBody) -> TableOnly:
        """Read a table that was missed; nothing is stored."""
        with desk.sheet(document) as sheet:
            base, folder = sheet.base, sheet.folder
        return TableOnly(table=parts.reader.read(base, folder, page, body.bbox, body.table_id))

    @app.post("/api/documents/{document}/labels")
    def relabel(document: Document, body: TableOnlyBody) -> TableOnly:
        """Label the cells of a table as it is now, those apart that a person has seen; nothing is stored."""
        with desk.sheet(document) as sheet:
            sheet.problems((Add(table=body.table),), frozenset(desk.people()))
            base = sheet.base
        return TableOnly(table=parts.reader.label(base, body.table))


def _quality_routes(app: FastAPI, parts: _Parts) -> None:
    @app.get("/api/adjudication")
    def adjudications() -> Adjudications:
        """Return pages that two people labelled and that somebody must settle."""
        return Adjudications(items=parts.pool.adjudications())

    @app.get("/api/documents/{document}/pages/{page}/adjudication")
    def adjudication(document: Document, page: PageNumber) -> AdjudicationView:
        """Return both versions of a page."""
        return parts.pool.adjudication(document, page)

    @app.post("/api/documents/{document}/pages/{page}/adjudication")
    def settle(request: Request, document: Document, page: PageNumber, body: SettledBody) -> Version:
        """Choose between them."""
        version = parts.pool.settle(_person(request), document, page, body)
        parts.reckoner.ask(document)
        return Version(version=version)
