"""What waits to be reviewed, who gets it, and what is known of the people who did the rest."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from yusuan.datasets.goldset.files import read_document as read_gold
from yusuan.extraction.document import Document
from yusuan.extraction.errors import InputError, UsageError
from yusuan.review.desk import Desk
from yusuan.review.facts import PageFacts, pages_of
from yusuan.review.patches import Add, Change, Patch, Remove, ReviewCell, ReviewTable, Splice
from yusuan.review.quality import Agreement, agreement, cells_right, differences
from yusuan.review.queue_order import PageKey, Waiting, is_drawn, ordered, page_score, stop_estimate
from yusuan.review.reckoner import Reckoner
from yusuan.review.store import MAIN, PageMark, now
from yusuan.review.wire import (
    Adjudicable,
    AdjudicationView,
    PersonStats,
    Progress,
    Queue,
    QueueItem,
    Settled,
    Why,
)

# One accepted page in so many is labelled a second time, by somebody who does not see the first labels.
BLIND_SHARE = 0.05


class Pool:
    """The pages of a desk that wait, and the quality of what was done."""

    def __init__(self, desk: Desk, reckoner: Reckoner, truth: Mapping[str, Document] | None = None) -> None:
        """Take the desk, who works out facts, and true documents by SHA-256 of their files."""
        self._desk = desk
        self._reckoner = reckoner
        self._truth = truth or {}
        self._guard = threading.Lock()
        self._order: tuple[int, list[Waiting]] = (-1, [])

    def _facts(self) -> dict[PageKey, PageFacts]:
        _, facts = self._reckoner.facts()
        return {(document, page.number): page for document, pages in facts.items() for page in pages}

    def _ordered(self) -> list[Waiting]:
        generation, _ = self._reckoner.facts()
        with self._guard:
            if self._order[0] != generation:
                self._order = generation, ordered(self._facts())
            return self._order[1]

    def queue(
        self,
        state: str = "open",
        document: str | None = None,
        kind: str | None = None,
        why: Why | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> Queue:
        """Return pages in the order in which they should be looked at, those that fit the filters."""
        facts = self._facts()
        marks = self._marks()
        states = [marks[key].state if key in marks else "open" for key in facts]
        fitting = [
            waiting
            for waiting in self._ordered()
            if waiting.key in facts
            and (state == "all" or state == (marks[waiting.key].state if waiting.key in marks else "open"))
            and (document is None or waiting.key[0] == document)
            and (kind is None or kind in facts[waiting.key].kinds)
            and (why is None or why == waiting.why)
        ]
        (audited,) = self._desk.store.rows(
            "SELECT coalesce(sum(expected), 0), coalesce(sum(found), 0) FROM audits"
        )
        return Queue(
            items=tuple(self._item(each, facts, marks) for each in fitting[offset : offset + limit]),
            total=len(fitting),
            progress=Progress(
                pages=len(facts),
                accepted=states.count("accepted"),
                unsure=states.count("unsure"),
                open=states.count("open"),
            ),
            stop=stop_estimate(facts.values(), *audited),
        )

    def _marks(self, branch: str = MAIN) -> dict[PageKey, PageMark]:
        return {
            (mark.document, mark.page): mark for mark in self._desk.store.marks() if mark.branch == branch
        }

    def _item(
        self, waiting: Waiting, facts: Mapping[PageKey, PageFacts], marks: Mapping[PageKey, PageMark]
    ) -> QueueItem:
        document, page = waiting.key
        mark, page_facts = marks.get(waiting.key), facts[waiting.key]
        claim = self._desk.claimed(document, page)
        return QueueItem(
            document=document,
            name=self._desk.folder(document).name,
            page=page,
            pages=sum(key[0] == document for key in facts),
            score=round(page_score(page_facts), 3),
            why=waiting.why,
            doubtful=page_facts.doubtful,
            failed=page_facts.failed,
            money=f"{sum(record.yuan for record in page_facts.records if record.cells):.0f}",
            kinds=page_facts.kinds,
            state=mark.state if mark else "open",  # type: ignore[arg-type]
            claimed_by=claim.person if claim else None,
            accepted_by=mark.person if mark and mark.state != "open" else None,
        )

    def next(self, person: str) -> QueueItem | None:
        """Take the next page for a person, and return it; None when nothing is left.

        Now and then it is one that another person has done: it shows what was read, not what they made of it.
        """
        facts, marks = self._facts(), self._marks()
        order = [waiting for waiting in self._ordered() if waiting.key in facts]
        for waiting in order:
            if self._is_for_second(waiting.key, person, marks):
                document, page = waiting.key
                mark = PageMark(document, person, page, "open", person, now(), 0, 0, 0.0)
                self._desk.store.mark(mark)
                self._desk.claim(person, document, page)
                return self._item(waiting, facts, {})
        for waiting in order:
            document, page = waiting.key
            claim = self._desk.claimed(document, page)
            if (waiting.key not in marks or marks[waiting.key].state == "open") and (
                claim is None or claim.person == person
            ):
                self._desk.claim(person, document, page)
                return self._item(waiting, facts, marks)
        return None

    def _is_for_second(self, key: PageKey, person: str, marks: Mapping[PageKey, PageMark]) -> bool:
        """Say whether a page is one to be labelled twice, and this person is the one to do it."""
        mark = marks.get(key)
        if mark is None or mark.state != "accepted" or not is_drawn(key, "blind", BLIND_SHARE):
            return False
        taken = self._desk.store.rows(
            "SELECT 1 FROM pages WHERE document = ? AND page = ? AND branch != ?", *key, MAIN
        )
        # Who has edited the document has seen it.
        known = self._desk.store.rows(
            "SELECT 1 FROM events WHERE document = ? AND person = ? LIMIT 1", key[0], person
        )
        return not taken and not known

    def after_accept(self, person: str, document: str, page: int, branch: str) -> None:
        """Note what an accepted page says of the people: how it agrees with another, or with the truth."""
        with self._desk.sheet(document, branch) as sheet:
            tables, sha256 = sheet.tables_of(page), sheet.base.source.sha256
        if truth := self._truth.get(sha256):
            right, cells = cells_right(tables, truth.tables, page)
            self._desk.store.write(
                "INSERT OR REPLACE INTO golden VALUES (?, ?, ?, ?, ?)", document, page, person, right, cells
            )
        if branch == MAIN:
            return
        first = self._marks().get((document, page))
        with self._desk.sheet(document) as sheet:
            counts = agreement(sheet.tables_of(page), tables, page)
            same = not differences(sheet.tables_of(page), tables, page)
        self._desk.store.write(
            "INSERT OR REPLACE INTO agreements VALUES (?, ?, ?, ?, ?, ?)",
            document,
            page,
            first.person if first else "",
            person,
            counts.to_json(),
            person if same else None,
        )

    def people(self) -> tuple[PersonStats, ...]:
        """Return what each person has done, and how well."""
        store = self._desk.store
        marks = store.marks()
        agreed: dict[str, Agreement] = {}
        for first, second, counts in store.rows("SELECT first, second, counts FROM agreements"):
            for person in (first, second):
                agreed[person] = agreed.get(person, Agreement()) + Agreement.from_json(counts)
        edits = dict(store.rows("SELECT person, count(*) FROM events WHERE patches != '[]' GROUP BY person"))
        golden = {
            person: (right, cells)
            for person, right, cells in store.rows(
                "SELECT person, sum(right), sum(cells) FROM golden GROUP BY person"
            )
        }
        found = []
        for person in self._desk.people():
            own = [mark for mark in marks if mark.person == person and mark.state != "open"]
            timed = [mark.seconds for mark in own if mark.seconds]
            right, cells = golden.get(person, (0, 0))
            both = agreed.get(person, Agreement())
            found.append(
                PersonStats(
                    person=person,
                    accepted=len(own),
                    edits=edits.get(person, 0),
                    seconds_a_page=sum(timed) / len(timed) if timed else None,
                    kappa=both.kappa(),
                    amounts_agree=both.amounts_agree(),
                    gold_right=right / cells if cells else None,
                    gold_seen=cells,
                )
            )
        return tuple(found)

    def adjudications(self) -> tuple[Adjudicable, ...]:
        """Return the pages on which two people do not agree and that nobody has settled."""
        found = []
        for document, page in self._desk.store.rows(
            "SELECT document, page FROM agreements WHERE settled IS NULL ORDER BY document, page"
        ):
            view = self.adjudication(document, page)
            found.append(
                Adjudicable(
                    document=document,
                    name=self._desk.folder(document).name,
                    page=page,
                    people=view.people,
                    differences=len(view.differences),
                )
            )
        return tuple(found)

    def adjudication(self, document: str, page: int) -> AdjudicationView:
        """Return both versions of a page that two people have labelled, and where they differ.

        Raises:
            UsageError: it was not labelled twice.
        """
        found = self._desk.store.rows(
            "SELECT first, second FROM agreements WHERE document = ? AND page = ?", document, page
        )
        if not found:
            raise UsageError("this page was not labelled twice", "go back to the list")
        first, second = found[0]
        with self._desk.sheet(document) as sheet:
            one, version = sheet.tables_of(page), sheet.version
        with self._desk.sheet(document, second) as sheet:
            other = sheet.tables_of(page)
        return AdjudicationView(
            version=version,
            people=(first, second),
            tables_a=one,
            tables_b=other,
            differences=tuple(differences(one, other, page)),
        )

    def settle(self, person: str, document: str, page: int, settled: Settled) -> int:
        """Take what was chosen of two versions into the one that counts; return its version.

        Raises:
            ConflictError: that one has changed meanwhile.
            UsageError: a choice names no cell or table of the second version.
        """
        view = self.adjudication(document, page)
        with self._desk.sheet(document) as sheet:
            if sheet.version != settled.base:
                raise UsageError("this page has changed since it was compared", "load the page again")
            patches = _choices(view, settled, page, sheet.before(page))
            tables = sheet.tables.patched(patches)
            self._desk.store_event(sheet, person, page, "adjudicate", patches, tables)
            version = sheet.version
        self._desk.store.write(
            "UPDATE agreements SET settled = ? WHERE document = ? AND page = ?", person, document, page
        )
        return version


def _choices(view: AdjudicationView, settled: Settled, page: int, before: str | None) -> tuple[Patch, ...]:
    """Return the patches that carry out choices for the second version of a page.

    Args:
        view: both versions.
        settled: what was chosen.
        page: its number.
        before: id of the table before those of the page.

    Raises:
        UsageError: a choice names no cell of the second version, or a table that cannot be cut to the page.
    """
    first = {table.id: table for table in view.tables_a}
    second = {table.id: table for table in view.tables_b}
    chosen = [choice for choice in settled.choices if choice.take == "b"]
    whole = dict.fromkeys(choice.table for choice in chosen if choice.row is None or choice.col is None)
    put: dict[str, list[ReviewCell]] = {}
    for choice in chosen:
        if choice.table in whole:
            continue
        cells = second[choice.table].cells if choice.table in second else ()
        cell = next((each for each in cells if (each.row, each.col) == (choice.row, choice.col)), None)
        if cell is None:
            raise UsageError(f"the second version has no cell {choice.table} {choice.row} {choice.col}")
        put.setdefault(choice.table, []).append(cell)
    patches: list[Patch] = [Change(table=name, put=tuple(cells)) for name, cells in put.items()]
    for name in whole:
        if name in first and name in second:
            patches.append(_on_page(first[name], second[name], page))
        elif name in first:
            patches.append(Remove(table=name))
        elif name in second:
            patches.append(Add(table=second[name], after=before))
    return tuple(patches)


def _on_page(first: ReviewTable, second: ReviewTable, page: int) -> Change:
    """Return the change that gives a table the rows that another version of it has on a page.

    What it has on other pages stays: the other version knows nothing of what was done there.

    Raises:
        UsageError: it goes on on other pages with other columns.
    """
    if pages_of(first) | pages_of(second) <= {page}:
        return Change(
            table=first.id,
            removed=tuple((cell.row, cell.col) for cell in first.cells),
            splices=(
                Splice(axis="row", at=0, delete=first.n_rows, insert=second.n_rows),
                Splice(axis="col", at=0, delete=first.n_cols, insert=second.n_cols),
            ),
            put=second.cells,
            header_rows=second.header_rows,
            kind=second.kind,
        )
    if first.n_cols != second.n_cols:
        raise UsageError(
            f"table {first.id} goes on on other pages, with other columns", "settle it on the page itself"
        )
    rows, wanted = _rows(first, page), _rows(second, page)
    return Change(
        table=first.id,
        removed=tuple((cell.row, cell.col) for cell in first.cells if cell.row in rows),
        splices=(Splice(axis="row", at=rows.start, delete=len(rows), insert=len(wanted)),),
        put=tuple(
            cell.model_copy(update={"row": cell.row + rows.start - wanted.start})
            for cell in second.cells
            if cell.row in wanted
        ),
    )


def _rows(table: ReviewTable, page: int) -> range:
    """Return the rows of a table that begin on a page; none at its end where it has none there."""
    rows = [cell.row for cell in table.cells if cell.page == page]
    return range(min(rows), max(rows) + 1) if rows else range(table.n_rows, table.n_rows)


def read_truth(folder: Path) -> dict[str, Document]:
    """Return gold documents by the SHA-256 of their PDFs: pages of these tell how well people label.

    Raises:
        InputError: there is none, or one cannot be read.
    """
    found = sorted(folder.rglob("gold.json"))
    if not found:
        raise InputError(f"no gold documents in {folder}", f"expected {folder}/<document>/gold.json")
    documents = [read_gold(path.parent) for path in found]
    return {document.source.sha256: document for document in documents}
