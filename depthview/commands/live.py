"""Wires an endpoint to a session, its views and the worker that feeds it.

Loaded behind the start screen: the session and the connection take long to import.
"""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.clock import Clock, ShiftedClock, SystemClock
from depthview.commands.running import Wiring
from depthview.commands.signing import diagnosis
from depthview.errors import ConnectionFailed, UsageError
from depthview.feed.websocket import WebSocketConnector
from depthview.feed.worker import Backoff, FeedWorker
from depthview.recordings.flight_file import FlightFolder
from depthview.recordings.flight_recorder import FlightRecorder
from depthview.session.frame_log import FrameLog, FrameTap
from depthview.session.frame_view import FrameRows
from depthview.session.session import MarketSession
from depthview.session.views import Origin, SessionViews
from depthview.views.market import FaultOffer, Mode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AsyncExitStack

    from depthview.auth.endpoints import Endpoint
    from depthview.commands.signing import SigningKey
    from depthview.config.run_options import RunOptions
    from depthview.exchange.server import Exchange
    from depthview.recordings.writer import Recorder

_LIST_AFTER: Final = 2.0
"""Seconds from the start that belong to the books."""
_LIST_AGAIN: Final = 60.0
"""Seconds."""


def connect(
    options: RunOptions,
    endpoint: Endpoint,
    key: SigningKey,
    recorder: Recorder | None,
    stack: AsyncExitStack,
    exchange: Exchange | None = None,
) -> Wiring:
    """A session for one endpoint, and what feeds it.

    Args:
        options: From the command line.
        endpoint: Where to connect to.
        key: Signs messages.
        recorder: Records all frames; None for no recording.
        stack: Closes at its end what is opened here.
        exchange: The one of a demo, whose faults can be injected.
    """
    clock = SystemClock()
    session = MarketSession(
        options.products,
        scope=options.sequence_scope,
        signed=key.signing is not None,
        renew=options.renew and key.renewable,
        diagnose=diagnosis(key) if key.signing is not None else None,
        timer=clock,
    )
    token_clock: Clock = clock
    if options.correct_clock:
        token_clock = ShiftedClock(clock, lambda: offset.ahead if (offset := session.offset.estimate) else 0.0)
    origin = Origin(
        Mode.LIVE if exchange is None else Mode.DEMO,
        endpoint.shown,
        key.source,
        key.hint,
        key.algorithm,
        key.tail,
        key.renewable,
        key.backdated,
        options.correct_clock,
        _proxy_of(endpoint),
    )
    watching = _watched(options, endpoint, session, clock) if options.watched else None
    flight = watching.flight if watching is not None else None
    views = SessionViews(
        session,
        clock,
        origin,
        recording=(lambda: recorder.status) if recorder is not None else (lambda: ""),
        group=options.group,
        faults=() if exchange is None else _fault_offers(),
        provoke=(lambda _: None) if exchange is None else partial(_inject, exchange),
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

    def record_event(event: str) -> None:
        if recorder is not None:
            recorder.event(event)
        if watching is not None:
            watching.tap.happened(event)

    session.hooks.recorded = record_event

    async def feed() -> None:
        async with asyncio.TaskGroup() as tasks:
            listing = tasks.create_task(_list_products(session, endpoint)) if options.rest else None
            try:
                await worker.run()
            finally:
                if listing is not None:
                    listing.cancel()

    wiring = Wiring(session, views, clock, _without_group(feed), worker.stop, live=True, moved=[], recorder=recorder)
    if flight is None:
        return wiring
    stack.push_async_callback(asyncio.to_thread, flight.close)
    return wiring._replace(crashed=flight.crashed)


def _fault_offers() -> tuple[FaultOffer, ...]:
    from depthview.exchange.faults.catalogue import CATALOGUE

    return tuple(FaultOffer(fault.name, fault.help) for fault in CATALOGUE)


def _inject(exchange: Exchange, fault: str) -> str | None:
    """Inject a fault; returns why it was refused, if it was."""
    try:
        exchange.provoke(fault)
    except UsageError as refusal:
        return str(refusal)
    return None


class _Watching(NamedTuple):
    """What keeps the last frames, for the frames screen and the flight recorder."""

    tap: FrameTap
    rows: FrameRows
    flight: FlightRecorder | None


def _watched(options: RunOptions, endpoint: Endpoint, session: MarketSession, clock: Clock) -> _Watching:
    log = FrameLog()
    flight = None
    if options.flights is not None:
        folder, note = FlightFolder(options.flights), {"host": endpoint.shown, "products": list(options.products)}
        flight = FlightRecorder(session, log, folder, clock, note=note)
    return _Watching(FrameTap(session, log, flight), FrameRows(log, lambda: session.subscriptions), flight)


def _without_group(feed: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """A task group wraps even a single failure into a group; this takes it out again."""

    async def run() -> None:
        try:
            await feed()
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    return run


async def _list_products(session: MarketSession, endpoint: Endpoint) -> None:
    """Fetch the venue's product list: the feed's status channel tells only of subscribed products."""
    while True:
        await asyncio.sleep(_LIST_AFTER)
        if not session.connection.is_open:
            continue
        try:
            from depthview.auth.endpoints import rest_base
            from depthview.feed.product_list import products_of_venue

            found = await products_of_venue(rest_base(endpoint), loopback=endpoint.loopback)
        except (ConnectionFailed, OSError, ImportError):
            # An import fails where no more files can be opened. Only the finder needs the list, so this is not logged.
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
