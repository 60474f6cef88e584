"""A whole feed on loopback: exchange, relay, worker and session, with real tokens, and the two clocks in hand."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from depthview.auth.credentials import KEY_NAME_VARIABLE, KEY_SECRET_VARIABLE, from_environment
from depthview.auth.endpoints import Endpoint
from depthview.auth.tokens import Signer
from depthview.clock import SystemClock
from depthview.commands.stream import sample
from depthview.core.sequence import Scope
from depthview.exchange.keys import ThrowAwayKey, make_key
from depthview.exchange.options import ExchangeOptions
from depthview.exchange.server import Exchange
from depthview.feed.websocket import WebSocketConnector
from depthview.feed.worker import Backoff, FeedWorker
from depthview.session.session import MarketSession
from depthview.session.views import Origin, SessionViews
from depthview.views.market import Mode
from tests.support.relay import Message, Relay
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from depthview.clock import Clock
    from depthview.feed.worker import Sign
    from depthview.recordings.writer import Recorder
    from depthview.views.market import EventView

PRODUCTS = ("BTC-USD", "ETH-USD", "ETH-EUR")
LEVELS = 40
RATE = 200


class HeldClock:
    """The system's clock, but for its monotonic time, which can be held: an exchange on it stands still meanwhile."""

    def __init__(self) -> None:
        self._real = SystemClock()
        self._held_at: float | None = None
        self._lost = 0.0

    def unix(self) -> float:
        """Wall time, which goes on: tokens are judged by it."""
        return self._real.unix()

    def monotonic(self) -> float:
        """Seconds, without those that it was held."""
        return (self._real.monotonic() if self._held_at is None else self._held_at) - self._lost

    def hold(self) -> None:
        """Stop."""
        self._held_at = self._real.monotonic()

    def release(self) -> None:
        """Go on."""
        if self._held_at is not None:
            self._lost += self._real.monotonic() - self._held_at
            self._held_at = None


class ShortWaits(Random):
    """Draws the shortest wait that a backoff allows."""

    def random(self) -> float:
        return 0.0


def signer(key: ThrowAwayKey, clock: Clock | None = None) -> Signer:
    """The real signer with a key that the exchange made, and with the system's clock unless another is given."""
    credentials = from_environment({KEY_NAME_VARIABLE: key.name, KEY_SECRET_VARIABLE: key.private_pem})
    return Signer(credentials, clock or SystemClock())


@dataclass(frozen=True)
class Feed:
    """What a test holds in its hands."""

    key: ThrowAwayKey
    market_clock: HeldClock
    exchange: Exchange
    relay: Relay
    session: MarketSession
    views: SessionViews
    worker: FeedWorker
    task: asyncio.Task[None]
    clock: SystemClock

    def sample(self, product: str, depth: int = 0) -> dict[str, Any]:
        """What ``depthview stream`` would print now."""
        now, unix = self.clock.monotonic(), self.clock.unix()
        return sample(self.views, product, depth, now=now, unix=unix)

    def verdicts(self) -> dict[str, str]:
        """The verdict of each product."""
        return {
            product: self.session.products.market(product).verdict.value for product in self.session.products.names()
        }

    async def synced(self, seconds: float = 25.0) -> None:
        """Wait until every book is trusted."""

        def all_trusted() -> bool:
            return all(
                self.session.products.market(product).verdict.trusted for product in self.session.products.names()
            )

        await until(all_trusted, f"SYNCED; now {self.verdicts()}", seconds)

    async def has_verdict(self, product: str, verdict: str) -> dict[str, Any]:
        """Wait for a verdict; returns the sample that shows it."""
        await until(lambda: self.sample(product)["verdict"] == verdict, f"{verdict} of {product}")
        return self.sample(product)

    def books(self) -> dict[str, dict[str, Any]]:
        """All books whole under the names of their feed, as a truth file has them."""
        found = {}
        for product in self.session.products.names():
            shown = self.sample(product)
            found[shown.get("feed_product", product)] = {"bids": shown["bids"], "asks": shown["asks"]}
        return found

    async def agrees(self) -> None:
        """Let the market stand still and see the books become equal to the exchange's own; then let it go on."""
        self.market_clock.hold()
        wanted = {self.session.products.market(product).feed_product for product in self.session.products.names()}

        def equal() -> bool:
            # Asked anew each time: the exchange may still owe a step from before it was held.
            truth = self.exchange.truth()
            return self.books() == {product: truth[product] for product in wanted}

        await until(equal, "books equal to the truth")
        self.market_clock.release()

    def events(self) -> list[EventView]:
        """The event log, newest last."""
        return list(self.session.events.newest(100))

    def told(self, words: str) -> bool:
        """Whether an event has these words in it."""
        return any(words in event.text for event in self.events())

    def sent(self, channel: str, action: str = "subscribe") -> list[Message]:
        """What went out for a channel."""
        return [message for message in self.relay.sent if (message["type"], message["channel"]) == (action, channel)]


@asynccontextmanager
async def feed(
    *,
    products: tuple[str, ...] = PRODUCTS,
    options: dict[str, Any] | None = None,
    scope: Scope = Scope.AUTO,
    signed: bool = True,
    sign: Callable[[ThrowAwayKey], Sign] = lambda key: signer(key).sign,
    renew: bool = True,
    recorder: Recorder | None = None,
    known: bool = True,
) -> AsyncIterator[Feed]:
    """A running feed.

    Args:
        products: Asked for.
        options: More for the exchange.
        scope: What numbers count, as the session is told.
        signed: Whether messages carry tokens.
        sign: Makes the signer, given the key.
        renew: Whether tokens are renewed.
        recorder: Takes what comes in.
        known: Whether the exchange knows the key.
    """
    key = make_key()
    market_clock = HeldClock()
    settings: dict[str, Any] = {
        "products": PRODUCTS,
        "levels": LEVELS,
        "rate": RATE,
        "keys": {key.name: key.public_key} if known else {},
        **(options or {}),
    }
    clock = SystemClock()
    async with Exchange(ExchangeOptions(**settings), market_clock) as exchange, Relay(exchange.url) as relay:
        session = MarketSession(products, scope=scope, signed=signed, renew=renew)
        if recorder is not None:
            session.hooks.recorded = recorder.event
        worker = FeedWorker(
            WebSocketConnector(Endpoint.parse(relay.url), SystemClock()),
            session,
            clock,
            Backoff(ShortWaits()),
            sign=sign(key) if signed else None,
            recorder=recorder,
        )
        views = SessionViews(session, clock, Origin(Mode.DEMO, "loopback", "a test's key"))
        task = asyncio.create_task(worker.run())
        try:
            yield Feed(key, market_clock, exchange, relay, session, views, worker, task, clock)
        finally:
            market_clock.release()
            await ends(task)


@asynccontextmanager
async def session_at(url: str) -> AsyncIterator[MarketSession]:
    """A session for BTC-USD, without a key, fed from the server at ``url`` and reconnecting without a wait."""
    session = MarketSession(("BTC-USD",), scope=Scope.CONNECTION, signed=False)
    clock = SystemClock()
    worker = FeedWorker(WebSocketConnector(Endpoint.parse(url), clock), session, clock, Backoff(ShortWaits()))
    task = asyncio.create_task(worker.run())
    try:
        yield session
    finally:
        await ends(task)


async def ends(task: asyncio.Task[None], within: float = 2.0) -> None:
    """Cancel a feed and see that it ends in time, of its own failure or of the cancelling."""
    task.cancel()
    await asyncio.wait({task}, timeout=within)
    assert task.done(), f"the feed did not end within {within:g} s"


def lone_worker(url: str, *, signed: bool = True) -> tuple[FeedWorker, MarketSession]:
    """A worker and its session for an address where no exchange need be.

    Args:
        url: Where to connect to.
        signed: Whether messages carry tokens.
    """
    session = MarketSession(PRODUCTS, signed=signed)
    sign = signer(make_key()).sign if signed else None
    endpoint = Endpoint.parse(url)
    return FeedWorker(
        WebSocketConnector(endpoint, SystemClock()), session, SystemClock(), Backoff(ShortWaits()), sign=sign
    ), session


def seconds_to_next_try(session: MarketSession) -> float:
    """Seconds between the end of a connection and the next try, to the microsecond.

    A difference of two clock readings is not exact: how it rounds depends on how long the machine has been up.
    """
    connection = session.connection
    assert connection.next_try_at is not None
    return round(connection.next_try_at - connection.since, 6)
