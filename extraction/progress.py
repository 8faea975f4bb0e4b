"""What a run is doing, for whoever watches: a bar on a terminal, lines elsewhere, JSON lines for machines."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from yusuan.extraction.batch import Event

_STATUS_SECONDS = 30.0  # between two lines of status
_LEAST_PAGES = 3  # that a rate is made of


@dataclass
class Tracker:
    """Adds events up.

    Attributes:
        clock: seconds, of any origin.
        files: to look at, and `looked_at` of them.
        opened: documents whose number of pages is known.
        pages: to read in these, and `read` of them, failed ones too.
        failed: pages and documents.
        records: found, and those to `review` of them.
    """

    clock: Callable[[], float] = time.monotonic
    files: int = 0
    looked_at: int = 0
    opened: int = 0
    pages: int = 0
    read: int = 0
    failed: int = 0
    records: int = 0
    review: int = 0
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def add(self, event: Event) -> None:
        """Take note of an event."""
        match event.kind:
            case "files":
                self.files += event.amount
            case "opened":
                self.opened += 1
                self.looked_at += 1
                self.pages += event.amount
            case "page":
                self.read += 1
                self.failed += event.error is not None
            case "document":
                self.records += event.amount
                self.review += event.review
                self.failed += event.error is not None and not event.amount
            case "skipped":
                self.looked_at += 1
            case "problem":
                self.looked_at += 1
                self.failed += 1

    @property
    def expected_pages(self) -> int:
        """Pages to read in all: those of files not opened yet are taken to be as many as those of others."""
        unopened = max(0, self.files - self.looked_at)
        return self.pages + round(unopened * (self.pages / self.opened if self.opened else 1))

    @property
    def pages_per_minute(self) -> float | None:
        """How fast it goes, None while too little is known."""
        seconds = self.clock() - self._began
        return 60 * self.read / seconds if self.read >= _LEAST_PAGES and seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """How long the rest will take, None while too little is known."""
        rate = self.pages_per_minute
        return 60 * (self.expected_pages - self.read) / rate if rate else None

    @property
    def review_share(self) -> float | None:
        """Share of the records found that a person should look at, None while there are none."""
        return self.review / self.records if self.records else None

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON."""
        rate, left, share = self.pages_per_minute, self.seconds_left, self.review_share
        return {
            "read": self.read,
            "pages": self.expected_pages,
            "pages_per_minute": None if rate is None else round(rate, 1),
            "seconds_left": None if left is None else round(left),
            "failed": self.failed,
            "review_share": None if share is None else round(share, 4),
        }

    def line(self) -> str:
        """Return all of it for a person."""
        rate, left, share = self.pages_per_minute, self.seconds_left, self.review_share
        parts = [f"{self.read} of {self.expected_pages} pages"]
        if rate is not None and left is not None:
            parts += [f"{rate:.0f} a minute", f"{_time(left)} left"]
        if self.failed:
            parts.append(f"{self.failed} failed")
        if share is not None:
            parts.append(f"{share:.0%} of records to review")
        return ", ".join(parts)


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
    )


@contextmanager
def watching(json_lines: bool) -> Iterator[Callable[[Event], None]]:
    """Give a function that shows events on standard error."""
    console = Console(stderr=True, highlight=False, markup=False)
    tracker = Tracker()
    if json_lines:
        yield lambda event: _print_json(tracker, event)
    elif console.is_terminal:
        with _bar(console, tracker) as show:
            yield show
    else:
        yield _Lines(tracker).show


def _print_json(tracker: Tracker, event: Event) -> None:
    tracker.add(event)
    told: dict[str, Any] = {"event": event.kind}
    if event.document:
        told |= {"document": event.document, "page": event.page, "error": event.error}
    print(json.dumps(told | tracker.as_dict(), ensure_ascii=False), file=sys.stderr, flush=True)


class _Lines:
    """Plain lines: one for each document and each trouble, and now and then how far it is."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self._told = tracker.clock()

    def show(self, event: Event) -> None:
        self._tracker.add(event)
        line = event_to_line(event)
        if line is not None:
            print(line, file=sys.stderr)
        if event.kind == "page" and self._tracker.clock() - self._told >= _STATUS_SECONDS:
            self._told = self._tracker.clock()
            print(self._tracker.line(), file=sys.stderr, flush=True)


@contextmanager
def _bar(console: Console, tracker: Tracker) -> Iterator[Callable[[Event], None]]:
    columns = (SpinnerColumn(), BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)

        def show(event: Event) -> None:
            tracker.add(event)
            total = tracker.expected_pages
            progress.update(task, total=total, completed=tracker.read, description=tracker.line())
            line = event_to_line(event)
            if line is not None:
                console.print(line)

        yield show


def event_to_line(event: Event) -> str | None:
    """Return an event for a person; None for what is no news by itself."""
    where = event.document if event.page is None else f"{event.document}, page {event.page}"
    match event.kind:
        case "document":
            return f"{where}: {event.error or f'done, {event.amount} records, {event.review} to review'}"
        case "skipped":
            return f"{where}: done before, {event.amount} records"
        case "problem":
            return f"{where}: {event.error}"
        case "retry":
            return f"{where}: {event.error}, tried again"
        case "page" if event.error is not None:
            return f"{where}: {event.error}"
    return None
