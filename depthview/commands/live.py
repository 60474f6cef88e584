"""Wires an endpoint to a session, its views and the worker that feeds it.

Loaded behind the start screen: the session and the connection take long to import.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.clock import Clock, ShiftedClock, SystemClock
from depthview.commands.signing import diagnosis
from depthview.errors import ConnectionFailed
from depthview.feed.websocket import WebSocketConnector
from depthview.feed.worker import Backoff, FeedWorker
from depthview.recordings.flight_recorder import FlightFolder, FlightRecorder
from depthview.session.frame_log import WireLog, WireTap
from depthview.session.frame_view import WireRows
from depthview.session.session import MarketSession
from depthview.session.views import Origin, SessionViews

if TYPE_CHECKING:
    from depthview.auth.endpoints import Endpoint
    from depthview.commands.signing import Key
    from depthview.config.run_options import RunOptions
    from depthview.recordings.writer import Recorder
    from depthview.views.market import FaultOffer, Mode

_LIST_AFTER: Final = 2.0
"""Seconds that the books have for themselves at the start."""


_LIST_AGAIN: Final = 60.0


@dataclass(frozen=True, slots=True)
class Connected:
    """A session that is about to connect."""

    session: MarketSession
    views: SessionViews
    clock: Clock
    feed: Callable[[], Awaitable[None]]
    """Connects, and runs until cancelled or until trying again cannot help."""
    stop: Callable[[], None]
    """Has nothing more taken in or recorded; the feed is still to be cancelled."""
    flight: FlightRecorder | None = None
    """To be closed at the end."""


def connected(
    settings: RunOptions,
    endpoint: Endpoint,
    key: Key,
    mode: Mode,
    recorder: Recorder | None,
    *,
    offers: tuple[FaultOffer, ...] = (),
    provoke: Callable[[str], str | None] = lambda _: None,
) -> Connected:
    """A session for one endpoint.

    Args:
        settings: From the command line.
        endpoint: Where to.
        key: What messages are signed with.
        mode: What the screen calls it.
        recorder: Keeps what comes in; None for none.
        offers: Faults that can be had for the asking.
        provoke: Asks for one of them.
    """
    clock = SystemClock()
    session = MarketSession(
        settings.products,
        scope=settings.sequence_scope,
        signed=key.signing is not None,
        renew=settings.renew and key.renewable,
        diagnose=diagnosis(key) if key.signing is not None else None,
        timer=clock,
    )
    token_clock: Clock = clock
    if settings.correct_clock:
        token_clock = ShiftedClock(clock, lambda: offset.ahead if (offset := session.offset.estimate) else 0.0)
    origin = Origin(
        mode,
        endpoint.shown,
        key.source,
        key.hint,
        key.algorithm,
        key.tail,
        key.renewable,
        key.backdated,
        settings.correct_clock,
        _proxy_of(endpoint),
    )
    watching = _watched(settings, endpoint, session, clock) if settings.watched else None
    flight = watching.flight if watching is not None else None
    views = SessionViews(
        session,
        clock,
        origin,
        recording=(lambda: recorder.status) if recorder is not None else (lambda: ""),
        group=settings.group,
        faults=offers,
        provoke=provoke,
        wire=watching.rows if watching is not None else None,
        keep=flight.keep if flight is not None else (lambda: "the flight recorder is switched off"),
    )
    worker = FeedWorker(
        WebSocketConnector(endpoint, clock),
        session if watching is None else watching.tap,
        clock,
        Backoff(random.Random()),  # noqa: S311  # spreads reconnects, guards nothing
        sign=key.signing(token_clock) if key.signing is not None else None,
        token_clock=token_clock,
        recorder=recorder,
    )

    def asked_anew(event: str) -> None:
        if recorder is not None:
            recorder.event(event)
        if watching is not None:
            watching.tap.happened(event)

    session.hooks.recorded = asked_anew

    async def feed() -> None:
        async with asyncio.TaskGroup() as tasks:
            listing = tasks.create_task(_list_products(session, endpoint)) if settings.rest else None
            try:
                await worker.run()
            finally:
                if listing is not None:
                    listing.cancel()

    return Connected(session, views, clock, _plainly(feed), worker.stop, flight)


class _Watching(NamedTuple):
    """What keeps the last frames for somebody to look at."""

    tap: WireTap
    rows: WireRows
    flight: FlightRecorder | None


def _watched(settings: RunOptions, endpoint: Endpoint, session: MarketSession, clock: Clock) -> _Watching:
    log = WireLog()
    flight = None
    if settings.flights is not None:
        folder, note = FlightFolder(settings.flights), {"host": endpoint.shown, "products": list(settings.products)}
        flight = FlightRecorder(session, log, folder, clock, note=note)
    return _Watching(WireTap(session, log, flight), WireRows(log, lambda: session.subscriptions), flight)


def _plainly(feed: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """A task group wraps even a single failure into a group; this takes it out again."""

    async def run() -> None:
        try:
            await feed()
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    return run


async def _list_products(session: MarketSession, endpoint: Endpoint) -> None:
    """Fetch the venue's product list: the feed's status channel tells of the products asked for, and of no others."""
    while True:
        await asyncio.sleep(_LIST_AFTER)
        if not session.connection.is_open:
            continue
        try:
            from depthview.auth.endpoints import rest_base
            from depthview.feed.product_list import products_of_venue

            found = await products_of_venue(rest_base(endpoint), loopback=endpoint.loopback)
        except (ConnectionFailed, OSError, ImportError):
            # An import fails where no more files can be opened. Nothing rests on the list but the finder; the log would
            # only be filled by saying so every minute.
            await asyncio.sleep(_LIST_AGAIN)
            continue
        session.list_products(found, complete=True)
        return


def _proxy_of(endpoint: Endpoint) -> str:
    """The proxy that the environment names for this endpoint, as host and port; empty for none."""
    if endpoint.loopback:
        return ""
    from urllib.parse import urlsplit
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    address = next((proxies[name] for name in ("wss", "socks", "https", "all", "http") if name in proxies), "")
    if not address or proxy_bypass(endpoint.host):
        return ""
    parts = urlsplit(address if "//" in address else f"//{address}")
    return f"{parts.hostname}:{parts.port}" if parts.port else (parts.hostname or "")
