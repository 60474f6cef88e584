"""Provoking a case, and reading what became of it out of the exchange's file and the viewer's records."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from depthview.clock import SystemClock
from depthview.errors import ConnectionFailed
from depthview.exchange.faults.catalogue import CATALOGUE
from tests.support.processor import Lateness
from tests.support.viewer import Record, viewer
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.faults.cases import Case
    from tests.support.viewer import Viewer

SEQUENCE: Final = ("gaps", "missed", "duplicates", "out_of_order", "resets")
CONNECTION: Final = ("bad_frames", "bad_rows", "crossed", "resyncs", "reconnects")
_DEFAULTS: Final = {fault.name: {key.name: key.default for key in fault.keys} for fault in CATALOGUE}
_PATIENCE: Final = 40.0
"""Seconds to wait on a busy machine for what should be there at once."""
_HELD_UP: Final = 0.5
_HELD_UP_WITHIN: Final = 8.0
"""Seconds: a doubt about time is the machine's where so many of so many before it were not given to the loop."""
_AT_ONCE: Final = 16
"""Cases under way at a time: each is an exchange and a viewer, and all share this process."""


@dataclass(frozen=True)
class Evidence:
    """What is left of a case: nothing in it is our own opinion."""

    injected: list[dict[str, Any]]
    """The lines of the exchange's file."""
    records: list[Record]
    """The viewer's, of the product that the case is about."""
    log: list[str]
    """The event log's texts, oldest first."""
    equal: bool
    """Whether the books were equal to the exchange's own at a quiet moment afterwards."""
    ended: str = ""
    """How the feed ended, where it did."""
    lateness: Lateness | None = None
    """Of the loop that all of it ran on; None for other processes."""

    @property
    def struck_at(self) -> float:
        """Unix seconds at which the first frame was touched, or the fault began where it touches none."""
        touched = [entry["at"] for entry in self.injected if entry["what"] == "frame"]
        return float(touched[0] if touched else self.injected[0]["at"])

    @property
    def provoked(self) -> str:
        """The faults as the file names them, without the keys that have their defaults."""
        names: dict[str, None] = {}
        for entry in self.injected:
            if entry["what"] == "begin":
                defaults = _DEFAULTS[entry["fault"]]
                keys = ",".join(f"{key}={value}" for key, value in entry["keys"].items() if defaults.get(key) != value)
                names[f"{entry['fault']}{':' if keys else ''}{keys}"] = None
        return ", ".join(names)

    def moved(self) -> dict[str, int]:
        """How far each counter of the records has moved from before the first fault to the end."""
        before = [record for record in self.records if record["at"] < self.injected[0]["at"]][-1]
        after = self.records[-1]
        places = [("sequence", name) for name in SEQUENCE] + [("connection", name) for name in CONNECTION]
        moves = {name: after[place][name] - before[place][name] for place, name in places}
        return {name: by for name, by in moves.items() if by}

    def shown(self) -> list[str]:
        """``VERDICT reason`` of each record since the first fault, repetitions left out."""
        found: list[str] = []
        for record in self.records:
            words = f"{record['verdict']} {record['reason'] or ''}".strip()
            if record["at"] >= self.injected[0]["at"] and (not found or found[-1] != words):
                found.append(words)
        return found

    def doubted(self) -> list[Record]:
        """Records since the first fault in which the book is not trusted."""
        return [r for r in self.records if r["at"] >= self.injected[0]["at"] and r["bids"] is None]

    def was_held_up(self, record: Record) -> bool:
        """Whether the loop of exchange and viewer stood still before a record that doubts for no other reason."""
        at, reason = float(record["at"]), record["reason"] or ""
        held = 0.0 if self.lateness is None else self.lateness.between(at - _HELD_UP_WITHIN, at)
        return held > _HELD_UP and reason.startswith(("this program did not run", "data is ", "no message for "))

    def seconds_to_trust(self) -> float | None:
        """From the strike until the book was trusted for good; None where it was never doubted, or the feed ended."""
        doubted = self.doubted()
        if not doubted or self.ended:
            return None
        again = [record for record in self.records if record["at"] >= doubted[-1]["at"] and record["bids"] is not None]
        assert again, "it was not trusted again"
        return float(again[0]["at"]) - self.struck_at

    def seconds_of_ours(self) -> float:
        """Those of :meth:`seconds_to_trust` in which the machine let us do what was due."""
        took = self.seconds_to_trust()
        assert took is not None
        if self.lateness is not None:
            took -= self.lateness.between(self.struck_at, self.struck_at + took)
        return took


async def gather(cases: Iterable[Case], folder: Path) -> dict[str, Evidence | Exception]:
    """Provoke cases, several at a time; what went wrong with one stands in the place of its evidence."""
    turn = asyncio.Semaphore(_AT_ONCE)
    lateness = Lateness(SystemClock())

    async def one(case: Case, path: Path) -> tuple[str, Evidence | Exception]:
        async with turn:
            try:
                return case.name, await provoke(case, path, lateness)
            except (AssertionError, ConnectionFailed) as failure:
                return case.name, failure

    by_length = sorted(cases, key=lambda case: -case.within)
    watching = asyncio.create_task(lateness.watch())
    try:
        return dict(await asyncio.gather(*(one(case, folder / f"{at}.jsonl") for at, case in enumerate(by_length))))
    finally:
        watching.cancel()


async def provoke(case: Case, injected: Path, lateness: Lateness) -> Evidence:
    """Have the faults of a case strike a viewer whose books are all trusted, and wait until all is well again.

    Args:
        case: What to provoke.
        injected: Where the exchange writes what it injects.
        lateness: Of the loop.
    """
    async with viewer(case.products, injected, options=case.options) as running:
        await running.synced(_PATIENCE)
        await until(
            lambda: not running.session.subscriptions.confirmations.missing(), "everything confirmed", _PATIENCE
        )
        running.record()
        started = len(running.records)
        for fault in case.faults:
            running.exchange.provoke(fault)
        case.act(running)
        if case.holds is not None:
            holds = case.holds
            await until(lambda: holds(running), f"{case.meanwhile or 'it'} to hold", case.within + _PATIENCE)
        if case.final:
            await until(running.task.done, "the end", _PATIENCE)
            return _evidence(running, lateness, equal=False, ended=str(running.task.exception()))
        await until(running.over, "the end of the fault", case.within + _PATIENCE)
        if case.shows:
            await until(lambda: _is_doubted(running.records[started:]), "doubt", case.within + _PATIENCE)
        await running.synced(case.within + _PATIENCE)
        await running.equal_the_truth(_PATIENCE)
        return _evidence(running, lateness, equal=True)


def _is_doubted(records: list[Record]) -> bool:
    return any(record["bids"] is None for record in records)


def _evidence(running: Viewer, lateness: Lateness, *, equal: bool, ended: str = "") -> Evidence:
    running.record()
    assert running.over()
    product = running.session.products.names()[0]
    records = [record for record in running.records if record["product"] == product]
    log = [event.text for event in running.session.events.newest(500)]
    return Evidence(running.entries, records, log, equal, ended, lateness)


def matches(pattern: str, text: str) -> bool:
    """Whether a text has a pattern in it."""
    return re.search(pattern, text) is not None
