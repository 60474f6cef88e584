"""A viewer straight at an exchange, and every record that its stream could have shown."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from depthview.auth.endpoints import Endpoint
from depthview.clock import SystemClock
from depthview.commands.stream import sample
from depthview.exchange.keys import make_key
from depthview.exchange.options import ExchangeOptions
from depthview.exchange.server import Exchange
from depthview.feed.websocket import WebSocketConnector
from depthview.feed.worker import Backoff, FeedWorker
from depthview.session.session import MarketSession
from depthview.session.views import Origin, SessionViews
from depthview.views.market import Mode
from tests.support.feed import HeldClock, ShortWaits, ends, signer
from tests.support.processor import waited_for_processor
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from depthview.coinbase.messages import Message
    from depthview.feed.worker import Sign

Record = dict[str, Any]
_BIG = 100_000
"""Bytes of a frame that is worth asking the system what it cost."""
_EVERY = 0.05
"""Seconds between records while nothing changes."""


class WatchedSession(MarketSession):
    """The session, and a call after everything that can change what it shows."""

    watch: Callable[[float], None] | None = None
    """Told the monotonic seconds of what happened."""
    arrived: Callable[[bytes], None] | None = None
    """Told of every frame before it is taken in."""
    began: Callable[[], None] | None = None
    """Told of every new connection."""
    waited: float | None = None
    """What this process had waited for a processor when the last frame came; None where that was small."""

    def opened(self, now: float, unix: float) -> None:
        if self.began is not None:
            self.began()
        super().opened(now, unix)
        self._look(now)

    def closed(self, now: float, unix: float, why: str, next_try_at: float | None = None) -> None:
        super().closed(now, unix, why, next_try_at)
        self._look(now)

    def receive(
        self, raw: bytes, now: float, unix: float, *, binary: bool = False, message: Message | None = None
    ) -> None:
        if self.arrived is not None:
            self.arrived(raw)
        self.waited = waited_for_processor() if len(raw) > _BIG else None
        super().receive(raw, now, unix, binary=binary, message=message)
        self._look(now)

    def tick(self, now: float, unix: float) -> None:
        super().tick(now, unix)
        self._look(now)

    def _look(self, now: float) -> None:
        if self.watch is not None:
            self.watch(now)


class InjectedFile:
    """The exchange's record of what it injected, read as it grows.

    Args:
        path: Of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._open: Counter[str] = Counter()

    def more(self) -> list[dict[str, Any]]:
        """What has been written since the last call."""
        with self._path.open("rb") as file:
            file.seek(self._read)
            lines = file.read().splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            lines.pop()
        self._read += sum(map(len, lines))
        entries: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self._open.update(entry["fault"] for entry in entries if entry["what"] == "begin")
        self._open.subtract(entry["fault"] for entry in entries if entry["what"] == "end")
        return entries

    @property
    def is_calm(self) -> bool:
        """Whether every fault that has been read of is over."""
        return not self.open

    @property
    def open(self) -> tuple[str, ...]:
        """The faults that have been read to begin and not to end, sorted."""
        return tuple(sorted((+self._open).elements()))


@dataclass
class Viewer:
    """A session at work, and what it showed."""

    session: WatchedSession
    views: SessionViews
    exchange: Exchange
    market_clock: HeldClock
    injected: InjectedFile
    worker: FeedWorker
    backoff: Backoff
    task: asyncio.Task[None]
    clock: SystemClock
    records: list[Record] = field(default_factory=list)
    """What ``stream`` would print, once whenever verdict, reason or a counter changes and else every 50 ms."""
    healed_within: list[float] = field(default_factory=list)
    """Seconds from a frame's arrival until the book that it made was trusted, for each time that trust came back; but
    for those in which a big one waited for a processor that others had."""
    entries: list[dict[str, Any]] = field(default_factory=list)
    """What the exchange has written about what it injected, as far as it was looked at."""
    _last: dict[str, tuple[object, float]] = field(default_factory=dict)

    def look(self, now: float) -> None:
        """Keep a record of each product that has something to tell."""
        for product in self.session.products.names():
            market = self.session.products.market(product)
            shown = (market.judgement.verdict, market.judgement.reason, tuple(self.counters(product).values()))
            before, at = self._last.get(product, (None, 0.0))
            if shown == before and now - at < _EVERY:
                continue
            self._last[product] = shown, now
            record = self.sample(product, 1)
            was = next((r for r in reversed(self.records) if r["product"] == product), None)
            if was is not None and was["bids"] is None and record["bids"] is not None:
                before = self.session.waited
                waited = 0.0 if before is None else waited_for_processor() - before
                self.healed_within.append(self.clock.monotonic() - now - waited)
            self.records.append(record)

    def record(self) -> None:
        """Keep a record of each product as it is now."""
        self.records.extend(self.sample(product, 1) for product in self.session.products.names())

    def sample(self, product: str, depth: int = 0) -> Record:
        """What ``depthview stream`` would print now."""
        return sample(self.views, product, depth, now=self.clock.monotonic(), unix=self.clock.unix())

    def counters(self, product: str) -> dict[str, int]:
        """Every counter that only goes up, but that of frames."""
        record = self.session.monitor.tally(self.session.products.market(product).feed_product)
        return {
            "gaps": record.gaps,
            "missed": record.missed,
            "duplicates": record.duplicates,
            "out_of_order": record.out_of_order,
            "resets": record.resets,
            "bad_frames": self.session.statistics.bad_frames,
            "bad_rows": self.session.statistics.bad_rows,
            "crossed": self.session.statistics.crossings,
            "resyncs": self.session.subscriptions.resyncs,
            "reconnects": max(0, self.session.connection.opened - 1),
        }

    def verdicts(self) -> dict[str, str]:
        """The verdict of each product."""
        return {
            product: self.session.products.market(product).verdict.value for product in self.session.products.names()
        }

    @property
    def trusted(self) -> bool:
        """Whether every book is."""
        return all(self.session.products.market(product).verdict.trusted for product in self.session.products.names())

    async def synced(self, seconds: float = 15.0) -> None:
        """Wait until every book is trusted, and a few frames more, so that it is known what the numbers count."""
        await until(lambda: self.trusted, f"trust; now {self.verdicts()}", seconds)
        await self.more(8)

    async def more(self, frames: int, seconds: float = 15.0) -> None:
        """Wait for so many frames more."""
        wanted = self.session.rates.frames + frames
        await until(lambda: self.session.rates.frames >= wanted, f"{frames} more frames", seconds)

    def over(self) -> bool:
        """Whether every fault that struck is over."""
        self.entries += self.injected.more()
        return self.injected.is_calm

    def start_again(self) -> None:
        """Start the feed once more, as a user does after a failure that was final."""
        self.task = asyncio.create_task(self.worker.run())

    def books(self) -> dict[str, dict[str, Any]]:
        """All books whole."""
        found = {}
        for product in self.session.products.names():
            shown = self.sample(product)
            found[product] = {"bids": shown["bids"], "asks": shown["asks"]}
        return found

    @property
    def equal(self) -> bool:
        """Whether all books are the exchange's own."""
        # Asked for each time: steps that were due when the clock was held are still taken.
        truth, books = self.exchange.truth(), self.books()
        return books == {product: truth.get(product) or truth[product[:-1]] for product in books}

    async def equal_the_truth(self, seconds: float = 2.5) -> None:
        """Let the market stand still and see the books become equal to the exchange's own; then let it go on."""
        self.market_clock.hold()
        try:
            await until(lambda: self.equal, f"books equal to the truth; {self.verdicts()}", seconds)
        finally:
            self.market_clock.release()


@asynccontextmanager
async def viewer(
    products: tuple[str, ...],
    injected: Path,
    *,
    faults: tuple[str, ...] = (),
    options: dict[str, Any] | None = None,
    signed: bool = True,
) -> AsyncIterator[Viewer]:
    """A viewer and its exchange, both running.

    Args:
        products: On show.
        injected: Where the exchange writes what it injects.
        faults: Scripted ones.
        options: More for the exchange.
        signed: Whether messages carry tokens.
    """
    key, clock, market_clock = make_key(), SystemClock(), HeldClock()
    settings: dict[str, Any] = {"levels": 40, "rate": 100, "keys": {key.name: key.public_key}, **(options or {})}
    settings.setdefault("products", tuple(product.replace("-USDC", "-USD") for product in products))
    async with Exchange(ExchangeOptions(**settings, faults=faults, injected=injected), market_clock) as exchange:
        session = WatchedSession(products, signed=signed)
        sign: Sign | None = signer(key).sign if signed else None
        connector = WebSocketConnector(Endpoint.parse(exchange.url), clock)
        backoff = Backoff(ShortWaits())
        worker = FeedWorker(connector, session, clock, backoff, sign=sign)
        views = SessionViews(session, clock, Origin(Mode.DEMO, "loopback", "a test's key"))
        task = asyncio.create_task(worker.run())
        file = InjectedFile(injected)
        running = Viewer(session, views, exchange, market_clock, file, worker, backoff, task, clock)
        session.watch = running.look
        try:
            yield running
        finally:
            market_clock.release()
            await ends(running.task)
