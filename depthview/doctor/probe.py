"""One connection of the feed, opened as the viewer opens its own, and what came in on it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.coinbase.messages import Book, BookEvent, ErrorMessage, Heartbeat, Message, Subscribed, decode, unix_time
from depthview.coinbase.requests import encode
from depthview.core.products import ProductNames
from depthview.errors import ConnectionFailed, MalformedFrame
from depthview.session.session import MarketSession

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from depthview.clock import Clock
    from depthview.coinbase.requests import Request
    from depthview.feed.worker import Connector, Link

_MOST_KEPT: Final = 4096


@dataclass(frozen=True, slots=True)
class FirstSnapshot:
    levels: int
    size: int
    """Bytes of the frame."""
    at: float
    """Monotonic seconds."""


class Received:
    """What the checks judge by: a session that takes every frame in, and what it does not keep."""

    def __init__(self) -> None:
        self.session: Final = MarketSession((), passive=True)
        """Checks the sequence numbers, and counts heartbeats and frames that cannot be read."""
        self.frames = 0
        self.acknowledgements = 0
        self.refusals: list[str] = []
        """The venue's words, safe to show."""
        self.heartbeats: list[float] = []
        """Monotonic seconds of each."""
        self.least_age: float | None = None
        """Seconds: the least difference of a frame's arrival and its timestamp."""
        self._snapshots: dict[str, FirstSnapshot] = {}

    def take(self, raw: str | bytes, now: float, unix: float) -> None:
        """Take in a frame.

        Args:
            raw: As received.
            now: Monotonic seconds.
            unix: Unix seconds.
        """
        self.frames += 1
        data = raw if isinstance(raw, bytes) else raw.encode()
        try:
            message = decode(raw)
        except MalformedFrame:
            message = None
        self.session.receive(data, now, unix, message=message)
        if message is not None:
            self._keep(message, len(data), now, unix)

    def _keep(self, message: Message, size: int, now: float, unix: float) -> None:
        sent_at = unix_time(message.timestamp) if message.timestamp else None
        if sent_at is not None:
            age = unix - sent_at
            self.least_age = age if self.least_age is None else min(age, self.least_age)
        match message:
            case Subscribed():
                self.acknowledgements += 1
            case ErrorMessage(message=words) if len(self.refusals) < _MOST_KEPT:
                self.refusals.append(words)
            case Heartbeat() if len(self.heartbeats) < _MOST_KEPT:
                self.heartbeats.append(now)
            case Book(events=events):
                self._keep_snapshots(events, size, now)
            case _:
                pass

    def _keep_snapshots(self, events: list[BookEvent], size: int, now: float) -> None:
        for event in events:
            if event.type == "snapshot" and len(self._snapshots) < _MOST_KEPT:
                self._snapshots.setdefault(event.product_id, FirstSnapshot(len(event.updates), size, now))

    def snapshot_of(self, product: str) -> FirstSnapshot | None:
        """The first snapshot of a product; of one that shares another's book, that of the other."""
        return self._snapshots.get(product) or self._snapshots.get(ProductNames().market_of(product))


class Probe:
    """An open connection, read by a task of its own.

    Args:
        link: The connection.
        clock: Stamps the frames.
        round_trip: Seconds that opening it took, at most.
    """

    def __init__(self, link: Link, clock: Clock, round_trip: float) -> None:
        self.received: Final = Received()
        self.lost: ConnectionFailed | None = None
        """Why the connection is gone, once it is."""
        self.date_offset: Final = link.clock_offset
        """This machine's clock against the handshake's ``Date``."""
        self.round_trip: Final = round_trip
        self._link = link
        self._clock = clock
        self._changed = asyncio.Event()

    async def send(self, request: Request, token: str | None) -> None:
        """Send a message; nothing is sent where the connection is gone."""
        try:
            await self._link.send(encode(request, token))
        except ConnectionFailed as failure:
            self._lose(failure)

    async def until(self, wanted: Callable[[Received], bool], within: float) -> bool:
        """Wait for something to come in; False where it has not within so many seconds, or the connection is lost."""
        try:
            async with asyncio.timeout(within):
                while not wanted(self.received):
                    if self.lost is not None:
                        return False
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def read(self) -> None:
        while True:
            try:
                message = await self._link.receive()
            except ConnectionFailed as failure:
                self._lose(failure)
                return
            self.received.take(message, self._clock.monotonic(), self._clock.unix())
            self._changed.set()

    def _lose(self, failure: ConnectionFailed) -> None:
        self.lost = self.lost or failure
        self._changed.set()


@asynccontextmanager
async def probing(connector: Connector, clock: Clock) -> AsyncIterator[Probe]:
    """An open connection and its reader.

    Raises:
        ConnectionFailed: On entering, when it cannot be made.
    """
    began = clock.unix()
    async with connector.open() as link:
        probe = Probe(link, clock, clock.unix() - began)
        reader = asyncio.create_task(probe.read(), name="depthview-doctor")
        try:
            yield probe
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
