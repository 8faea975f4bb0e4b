from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from yusuan.extraction.document import Span
from yusuan.extraction.errors import OutputError, UsageError
from yusuan.review import desk as desk_module
from yusuan.review import sheet as sheet_module
from yusuan.review.desk import ConflictError, Desk, HeldError, NotFoundError
from yusuan.review.patches import Change, ReviewCell, ReviewTable, Splice
from yusuan.review.store import ReviewStore
from yusuan.review.wire import Accept, Edit


def typed(table: ReviewTable, text: str, person: str = "甲", at: int = -1) -> Change:
    """Return the change that a person types a text into a cell."""
    spans = (Span(start=0, end=len(text), label="budget_line.item"),)
    cell = table.cells[at].model_copy(update={"text": text, "spans": spans, "reviewer": person})
    return Change(table=table.id, put=(cell,))


def edit(change: Change, base: int = 0, id_: UUID | None = None) -> Edit:
    return Edit(edit=id_ or uuid4(), base=base, page=1, action="text", patches=(change,))


def text_of(desk: Desk, document: str, table: ReviewTable, at: int = -1) -> str:
    with desk.sheet(document) as sheet:
        return sheet.tables.tables[sheet.tables.at(table.id)].cells[at].text


def test_an_edit_that_is_sent_again_counts_once(desk: Desk, document: str, table: ReviewTable) -> None:
    first = edit(typed(table, "甲改"))
    assert desk.edit("甲", document, first).version == 1
    assert desk.edit("甲", document, first).version == 1
    assert text_of(desk, document, table) == "甲改"
    with pytest.raises(UsageError, match="another person"):
        desk.edit("乙", document, first)


def test_who_did_not_see_the_last_edit_of_a_table_is_refused(
    desk: Desk, document: str, table: ReviewTable
) -> None:
    desk.edit("甲", document, edit(typed(table, "甲改")))
    with pytest.raises(ConflictError) as caught:
        desk.edit("乙", document, edit(typed(table, "乙改", "乙")))
    assert [event.person for event in caught.value.events] == ["甲"]
    assert text_of(desk, document, table) == "甲改"
    assert desk.edit("乙", document, edit(typed(table, "乙改", "乙"), base=1)).version == 2


def test_edits_of_other_tables_do_not_meet(desk: Desk, document: str) -> None:
    with desk.sheet(document) as sheet:
        one, other = sheet.tables.tables[:2]
    desk.edit("甲", document, edit(typed(one, "甲改")))
    assert desk.edit("乙", document, edit(typed(other, "乙改", "乙"))).version == 2


def test_an_edit_from_the_future_is_refused(desk: Desk, document: str, table: ReviewTable) -> None:
    with pytest.raises(UsageError, match="ahead"):
        desk.edit("甲", document, edit(typed(table, "x"), base=7))


def test_everything_is_there_after_a_restart(
    out: Path, document: str, table: ReviewTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_module, "_SNAPSHOT_EVERY", 3)
    store = ReviewStore(out)
    store.write("INSERT INTO people VALUES ('甲', '')")
    first = Desk(out, store)
    for number in range(7):
        first.edit("甲", document, edit(typed(table, f"第{number}次", at=number), base=number))
    with first.sheet(document) as sheet:
        before = sheet.tables
    store.close()

    again = ReviewStore(out)
    with Desk(out, again).sheet(document) as sheet:
        assert sheet.version == 7
        assert sheet.tables == before
        assert sheet.changed == {table.id: 7}
    # The snapshot was used, and says the same as all edits from the beginning.
    again.write("DELETE FROM snapshots")
    with Desk(out, again).sheet(document) as sheet:
        assert sheet.tables == before
    again.close()


def test_a_new_run_takes_nothing_away(desk: Desk, out: Path, document: str, table: ReviewTable) -> None:
    desk.edit("甲", document, edit(typed(table, "甲改")))
    (folder,) = desk.folders().values()
    (folder / "document.json").write_text("{}", "utf-8")
    fresh = Desk(out, desk.store)
    assert text_of(fresh, document, table) == "甲改"


def test_what_cannot_be_stored_is_not_taken_in(
    desk: Desk, document: str, table: ReviewTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.edit("甲", document, edit(typed(table, "甲改")))

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(desk.store, "add_event", full)
        with pytest.raises(OutputError, match="nothing was saved"):
            desk.edit("甲", document, edit(typed(table, "verloren"), base=1))
    assert text_of(desk, document, table) == "甲改"
    assert desk.edit("甲", document, edit(typed(table, "甲再改"), base=1)).version == 2


@pytest.mark.parametrize(
    ("update", "message"),
    [
        ({"page": 99}, "page 99"),
        ({"bbox": (0.0, 0.0, 1e7, 10.0)}, "does not stand on its page"),
        ({"text": "长" * 20_001, "spans": ()}, "characters"),
        ({"reviewer": "没来过"}, "never signed in"),
        ({"spans": (Span(start=0, end=1, label="x"),)}, "no label"),
        ({"spans": (Span(start=0, end=99, label="header"),)}, "outside its text"),
        (
            {"spans": (Span(start=0, end=2, label="header"), Span(start=1, end=2, label="header"))},
            "over another",
        ),
    ],
)
def test_cells_that_cannot_be_are_refused(
    desk: Desk, document: str, table: ReviewTable, update: dict[str, object], message: str
) -> None:
    cell = table.cells[-1].model_copy(update={"text": "文字", "spans": (), **update})
    with pytest.raises(UsageError, match=message):
        desk.edit("甲", document, edit(Change(table=table.id, put=(ReviewCell(**cell.model_dump()),))))
    with desk.sheet(document) as sheet:
        assert sheet.version == 0


def test_an_accepted_page_is_closed_until_it_is_opened_again(
    desk: Desk, document: str, table: ReviewTable
) -> None:
    desk.edit("甲", document, edit(typed(table, "甲改")))
    with pytest.raises(ConflictError):
        desk.accept("乙", document, 1, Accept(base=0))
    assert desk.accept("甲", document, 1, Accept(base=1)) == (2, "")
    assert desk.accepted(document) == {1}
    with pytest.raises(UsageError, match="accepted"):
        desk.edit("甲", document, edit(typed(table, "zu spät"), base=2))
    desk.reopen("乙", document, 1)
    assert desk.accepted(document) == set()
    assert desk.edit("甲", document, edit(typed(table, "doch"), base=3)).version == 4


def test_history_follows_a_cell_through_rows_that_come(desk: Desk, document: str, table: ReviewTable) -> None:
    cell = table.cells[-1]
    desk.edit("甲", document, edit(typed(table, "一")))
    above = Change(table=table.id, splices=(Splice(axis="row", at=0, insert=2),))
    desk.edit("乙", document, edit(above, base=1))
    with desk.sheet(document) as sheet:
        moved = sheet.tables.tables[sheet.tables.at(table.id)]
    assert moved.cells[-1].row == cell.row + 2
    desk.edit("乙", document, edit(typed(moved, "二", "乙"), base=2))
    events = desk.history(document, "", table.id, cell.row + 2, cell.col)
    said = [
        (event.person, event.before and event.before.text, event.after and event.after.text)
        for event in events
    ]
    assert said == [("乙", "一", "二"), ("甲", cell.text, "一")]


def test_a_claim_keeps_others_away_until_it_ends(
    desk: Desk, document: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.claim("甲", document, 1)
    desk.claim("甲", document, 1)
    with pytest.raises(HeldError, match="甲"):
        desk.claim("乙", document, 1)
    assert desk.claim("乙", document, 1, take=True).person == "乙"
    desk.release("甲", document, 1)
    assert desk.claimed(document, 1) is not None
    later = desk_module.time.time() + desk_module.CLAIM_SECONDS + 1
    monkeypatch.setattr(desk_module.time, "time", lambda: later)
    assert desk.claimed(document, 1) is None
    assert desk.claim("甲", document, 1).person == "甲"


def test_one_server_serves_a_folder(desk: Desk, out: Path) -> None:
    with pytest.raises(UsageError, match="another"):
        ReviewStore(out)


def test_a_store_of_another_kind_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "review.sqlite"
    path.write_bytes(b"no database at all, but what people did" * 100)
    before = path.read_bytes()
    with pytest.raises(Exception, match="cannot be opened"):
        ReviewStore(tmp_path)
    assert path.read_bytes() == before
    shutil.rmtree(tmp_path)


def test_there_is_no_such_document(desk: Desk) -> None:
    with pytest.raises(NotFoundError), desk.sheet("0" * 12):
        pass


def test_what_nobody_has_edited_is_what_was_read_last(desk: Desk, document: str) -> None:
    with desk.sheet(document) as sheet:
        base = sheet.base
    path = desk.folder(document) / "document.json"
    path.write_text(base.model_copy(update={"fiscal_year": 1999}).to_json(), "utf-8")
    with desk.sheet(document) as sheet:
        assert sheet.base.fiscal_year == 1999
