"""A feed with a flight recorder, and what its recordings must hold."""

from __future__ import annotations

import asyncio
import gzip
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depthview.auth.endpoints import Endpoint
from depthview.clock import ManualClock, SystemClock
from depthview.exchange.keys import make_key
from depthview.exchange.options import ExchangeOptions
from depthview.exchange.server import Exchange
from depthview.feed.websocket import WebSocketConnector
from depthview.feed.worker import Backoff, FeedWorker
from depthview.recordings.cursor import Cursor
from depthview.recordings.driver import Driver
from depthview.recordings.flight_file import FlightFolder
from depthview.recordings.flight_recorder import FlightPlan, FlightRecorder
from depthview.recordings.reader import RecordedEvent, RecordedFrame, open_recording
from depthview.session.frame_log import FrameLog, FrameTap
from depthview.session.session import MarketSession
from tests.support.feed import ShortWaits, ends, signer
from tests.support.replays import books
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from depthview.auth.tokens import Token
    from depthview.coinbase.messages import Message

PRODUCTS = ("BTC-USD", "ETH-USD")
BRIEF = FlightPlan(before=0.4, after=0.3, every=0.2)
"""A second of waiting instead of a minute."""
Sides = tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]]


class KeepingTap(FrameTap):
    """Remembers every frame of the session, for as long as it lives."""

    def __init__(self, session: MarketSession, log: FrameLog, flight: FlightRecorder) -> None:
        super().__init__(session, log, flight)
        self.frames: list[tuple[int, bytes]] = []
        """With the number of the connection that each came on."""

    def receive(
        self, raw: bytes, now: float, unix: float, *, binary: bool = False, message: Message | None = None
    ) -> None:
        super().receive(raw, now, unix, binary=binary, message=message)
        self.frames.append((self._log.connection, raw))


@dataclass
class Flying:
    """A session with a flight recorder at work."""

    session: MarketSession
    exchange: Exchange
    log: FrameLog
    flight: FlightRecorder
    tap: KeepingTap
    folder: Path
    clock: SystemClock
    tokens: list[str] = field(default_factory=list)

    @property
    def trusted(self) -> bool:
        return all(self.session.products.market(product).verdict.trusted for product in self.session.products.names())

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*.gz")) if self.folder.exists() else []

    def notes(self) -> list[str]:
        """What the event log says of files, each once: on the lines of incidents, or on a line of its own."""
        events = self.session.events.newest(500)
        said = [event.recording or event.text for event in events]
        return list(dict.fromkeys(text for text in said if text.startswith(("flight recording: ", "recorded in "))))

    async def settled(self, seconds: float = 0.9) -> None:
        """Every book is trusted, and has been for so long that there are checkpoints to begin with."""
        await until(lambda: self.trusted, "trust", 15)
        frames, at = self.session.rates.frames, self.clock.monotonic()
        await until(
            lambda: self.session.rates.frames > frames + 20 and self.clock.monotonic() > at + seconds, "more frames"
        )

    async def finished(self, count: int = 1, seconds: float = 20.0) -> None:
        """So many files have been made, and are written to their end."""
        await until(lambda: len(self.notes()) >= count, f"{count} notes of files; {self.events()}", seconds)
        await until(lambda: all(map(is_whole, self.files)), "whole files", seconds)

    def events(self) -> list[str]:
        return [event.text for event in self.session.events.newest(100)]


def is_whole(path: Path) -> bool:
    """Whether the file has its gzip end."""
    try:
        with gzip.open(path) as stream:
            return bool(stream.read())
    except EOFError:
        return False


@asynccontextmanager
async def flying(
    folder: Path, *, faults: tuple[str, ...] = (), plan: FlightPlan = BRIEF, log: FrameLog | None = None
) -> AsyncIterator[Flying]:
    """A session at an exchange of its own, with a flight recorder.

    Args:
        folder: Of the recordings.
        faults: Scripted ones.
        plan: How much is kept.
        log: The frames.
    """
    key, clock = make_key(), SystemClock()
    options = ExchangeOptions(products=PRODUCTS, levels=40, rate=150, keys={key.name: key.public_key}, faults=faults)
    async with Exchange(options, clock) as exchange:
        session, kept = MarketSession(PRODUCTS, signed=True), log or FrameLog()
        flight = FlightRecorder(session, kept, FlightFolder(folder), clock, plan=plan)
        tap = KeepingTap(session, kept, flight)
        session.hooks.recorded = tap.happened
        found = Flying(session, exchange, kept, flight, tap, folder, clock)
        sign = signer(key).sign

        def told() -> Token:
            token = sign()
            found.tokens.append(token.text)
            return token

        worker = FeedWorker(
            WebSocketConnector(Endpoint.parse(exchange.url), clock), tap, clock, Backoff(ShortWaits()), sign=told
        )
        task = asyncio.create_task(worker.run())
        try:
            yield found
        finally:
            await ends(task)
            await asyncio.to_thread(flight.close)


class NaiveBooks:
    """Books as one would keep them from frames alone, a number that was there before disregarded."""

    def __init__(self) -> None:
        self.sides: dict[str, Sides] = {}
        self._highest = -1

    def opened(self) -> None:
        self.sides.clear()
        self._highest = -1

    def take(self, raw: bytes) -> None:
        try:
            frame = json.loads(raw)
        except ValueError:
            return
        number = frame.get("sequence_num") if isinstance(frame, dict) else None
        if number is not None:
            if number == 0:
                self._highest = -1
            if number <= self._highest:
                return
            self._highest = number
        if isinstance(frame, dict) and frame.get("channel") == "l2_data":
            for event in frame["events"]:
                self._apply(event)

    def _apply(self, event: dict[str, Any]) -> None:
        if event["type"] == "snapshot":
            self.sides[event["product_id"]] = ({}, {})
        sides = self.sides.get(event["product_id"])
        if sides is None:
            return
        for row in event["updates"]:
            try:
                price, size = Decimal(row["price_level"]), Decimal(row["new_quantity"])
            except (ArithmeticError, TypeError):
                continue
            side = sides[row["side"] != "bid"]
            if size:
                side[price] = size
            else:
                side.pop(price, None)


@dataclass(frozen=True)
class Step:
    """A place of a replay."""

    entry: RecordedFrame | RecordedEvent
    session: MarketSession


def stepped(path: Path) -> Iterator[Step]:
    """A replay of a recording, an entry at a time; ticks happen on the way."""
    session, clock = MarketSession((), passive=True, follow=True), ManualClock()
    cursor = Cursor(open_recording(path))
    driver = Driver(cursor, session, clock)
    try:
        while driver.due() is not None:
            entry = driver.next_record()
            driver.step()
            if driver.after_entry and isinstance(entry, RecordedFrame | RecordedEvent):
                yield Step(entry, session)
    finally:
        cursor.close()


@dataclass
class Proof:
    """What a replay of a flight recording has shown."""

    compared: int = 0
    """Books that were trusted, each compared after each frame."""
    before: int = 0
    """Of them, those before the first incident."""
    made: int = 0
    frames: int = 0
    incidents: list[str] = field(default_factory=list)


def proved(path: Path, frames: list[tuple[int, bytes]]) -> Proof:
    """Replay a flight recording, and hold its books against naive ones wherever they are trusted.

    Two naive ones: those of the file's own frames, and those of the whole session up to the same frame, which know
    nothing of what the file begins with.

    Args:
        path: The recording.
        frames: Of the whole session, with the number of their connection.
    """
    found, own, whole = Proof(), NaiveBooks(), NaiveBooks()
    place, connection = 0, 0
    for step in stepped(path):
        entry = step.entry
        if isinstance(entry, RecordedEvent):
            if entry.name == "opened":
                own.opened()
            if entry.name == "incident":
                found.incidents.append(entry.detail)
            continue
        own.take(entry.frame)
        if entry.made:
            found.made += 1
            continue
        found.frames += 1
        while True:
            came_on, raw = frames[place]
            place += 1
            if came_on != connection:
                connection = came_on
                whole.opened()
            whole.take(raw)
            if raw == entry.frame:
                break
            assert found.frames == 1, "a frame of the session is missing in the recording"
        for product, sides in books(step.session).items():
            if step.session.products.market(product).verdict.trusted:
                assert sides == own.sides[product], f"{product} is not what the file's frames make"
                assert sides == whole.sides[product], f"{product} is not what the session's frames make"
                found.compared += 1
                found.before += not found.incidents
    return found
