"""Wires a source, a session and a consumer together, and owns the lifetime of what it wired.

The feed is one task of ours, never a Textual worker: Textual does not wait for its workers at exit, and a recording or
a socket would be cut off. Everything is opened in one stack and closed in reverse, whichever way the consumer ends.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from depthview.clock import Clock, ManualClock, SystemClock
from depthview.core.sequence import Scope
from depthview.errors import ConnectionFailed, DepthviewError, RecordingError
from depthview.feed.recorder import Recorder
from depthview.logs import log_crash
from depthview.session.session import MarketSession
from depthview.session.views import Origin, SessionViews
from depthview.settings import DemoSource, LiveSource, ReplaySource
from depthview.view import Mode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from depthview.auth.credentials import Credentials
    from depthview.auth.endpoints import Endpoint
    from depthview.settings import Settings

_CLOSE_WITHIN: Final = 3.0
_LIST_AFTER: Final = 2.0
"""Seconds that the books have for themselves at the start."""
_LIST_AGAIN: Final = 60.0
_KEY_HINT: Final = "add one with --key-file FILE (see README, Keys)"


@dataclass(slots=True)
class Wiring:
    """A session and the feed that drives it, not yet running."""

    session: MarketSession
    views: SessionViews
    clock: Clock
    """The feed's: the recording's in a replay."""
    feed: Callable[[], Awaitable[None]]
    """Runs until cancelled, or until there is no more to come."""
    stop: Callable[[], None]
    """Ends a replay where it stands; a live feed is cancelled instead."""
    live: bool
    moved: list[Callable[[], None]]
    """Called whenever a recording's time has moved."""
    recorder: Recorder | None = None


@dataclass(slots=True)
class Ending:
    """How the feed ended by itself, if it did."""

    fault: DepthviewError | None = None
    crashed: bool = False


@asynccontextmanager
async def wired(settings: Settings, env: Mapping[str, str], config_dir: Path) -> AsyncIterator[Wiring]:
    """What ``settings`` ask for, ready to run.

    Args:
        settings: From the command line.
        env: The environment, for the key.
        config_dir: The user's configuration folder.

    Raises:
        DepthviewError: An address, a key or a file that cannot be used.
    """
    async with AsyncExitStack() as stack:
        match settings.source:
            case ReplaySource(file=file, speed=speed):
                yield _replay(settings, file, speed)
            case DemoSource():
                yield await _demo(settings, stack)
            case LiveSource():
                yield await _live(settings, stack, env, config_dir)


@asynccontextmanager
async def running(wiring: Wiring) -> AsyncIterator[tuple[asyncio.Task[None], Ending]]:
    """The feed as a task that is over when the context is left, its sockets and files closed."""
    ending = Ending()
    task = asyncio.create_task(_supervised(wiring, ending), name="depthview-feed")
    try:
        yield task, ending
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=_CLOSE_WITHIN)


async def _supervised(wiring: Wiring, ending: Ending) -> None:
    try:
        await wiring.feed()
    except (ConnectionFailed, RecordingError) as fault:
        # The session has been told and shows it; here it is kept for the exit code.
        ending.fault = fault
    except Exception as error:  # the one place that stands between a bug of ours and a calm screen
        ending.crashed = True
        log_crash(error)
        what = f"depthview failed ({type(error).__name__}); please report it, --log-file keeps the details"
        wiring.session.crashed(wiring.clock.monotonic(), wiring.clock.unix(), what)


def _replay(settings: Settings, file: Path, speed: float | None) -> Wiring:
    from depthview.feed.recording import open_recording
    from depthview.feed.replayer import Replayer

    recording = open_recording(file)
    session = MarketSession(
        settings.products, scope=Scope(settings.sequence_scope), passive=True, follow=not settings.products
    )
    clock = ManualClock()
    moved: list[Callable[[], None]] = []

    def tell() -> None:
        for call in moved:
            call()

    replayer = Replayer(recording, session, clock, SystemClock(), speed=speed, file=file.name, moved=tell)
    origin = Origin(Mode.REPLAY, file.name, "a recording: no key, no connection")
    views = SessionViews(session, clock, origin, replay=replayer.position, group=settings.group)
    return Wiring(session, views, clock, replayer.run, replayer.stop, live=False, moved=moved)


async def _demo(settings: Settings, stack: AsyncExitStack) -> Wiring:
    from depthview.auth.credentials import KEY_NAME_VARIABLE, KEY_SECRET_VARIABLE, from_environment
    from depthview.auth.endpoints import Endpoint
    from depthview.exchange.keys import make_key
    from depthview.exchange.options import ExchangeOptions
    from depthview.exchange.server import Exchange

    key = make_key()
    exchange = await stack.enter_async_context(
        Exchange(ExchangeOptions(keys={key.name: key.public_key}), SystemClock())
    )
    endpoint = Endpoint.parse(exchange.url)
    credentials = None
    if not settings.credentials.public:
        made = from_environment({KEY_NAME_VARIABLE: key.name, KEY_SECRET_VARIABLE: key.private_pem})
        credentials = replace(made, source="the demo's throw-away key")
    return _connected(settings, endpoint, credentials, Mode.DEMO, stack, source="none: --public was given")


async def _live(settings: Settings, stack: AsyncExitStack, env: Mapping[str, str], config_dir: Path) -> Wiring:
    from depthview.auth.credentials import find_credentials
    from depthview.auth.endpoints import VENUE_URL, Endpoint, may_receive_token

    assert isinstance(settings.source, LiveSource)  # noqa: S101  # the caller's match has seen to it
    endpoint = Endpoint.parse(settings.source.url or VENUE_URL)
    credentials: Credentials | None = None
    if may_receive_token(endpoint, credentials_explicit=settings.credentials.explicit, demo=False):
        credentials = find_credentials(settings.credentials, env, config_dir)
        none = "none: public feed"
    else:
        none = "none: no token goes to this host unless --key-file comes with --url"
    if settings.credentials.public:
        none = "none: --public was given"
    return _connected(settings, endpoint, credentials, Mode.LIVE, stack, source=none)


def _connected(
    settings: Settings,
    endpoint: Endpoint,
    credentials: Credentials | None,
    mode: Mode,
    stack: AsyncExitStack,
    *,
    source: str,
) -> Wiring:
    from depthview.auth.tokens import Signer
    from depthview.feed.backoff import Backoff
    from depthview.feed.websocket import WebSocketConnector
    from depthview.feed.worker import FeedWorker

    clock = SystemClock()
    session = MarketSession(
        settings.products,
        scope=Scope(settings.sequence_scope),
        signed=credentials is not None,
        renew=settings.renew,
    )
    recorder: Recorder | None = None
    if settings.record is not None:
        note = {"host": endpoint.shown, "products": list(settings.products)}
        recorder = Recorder(settings.record, clock=clock, force=settings.force, note=note)
        stack.push_async_callback(asyncio.to_thread, recorder.close)
        session.recorded = recorder.event
    origin = Origin(
        mode,
        endpoint.shown,
        credentials.source if credentials is not None else source,
        "" if credentials is not None else _KEY_HINT,
        credentials.algorithm if credentials is not None else "",
        credentials.key_tail if credentials is not None else "",
        _proxy_of(endpoint),
    )
    views = SessionViews(
        session,
        clock,
        origin,
        recording=(lambda: recorder.status) if recorder is not None else (lambda: ""),
        group=settings.group,
    )
    worker = FeedWorker(
        WebSocketConnector(endpoint),
        session,
        clock,
        Backoff(random.Random()),  # noqa: S311  # spreads reconnects, guards nothing
        sign=Signer(credentials, clock).sign if credentials is not None else None,
        recorder=recorder,
    )

    async def feed() -> None:
        async with asyncio.TaskGroup() as tasks:
            listing = tasks.create_task(_list_products(session, endpoint)) if settings.rest else None
            try:
                await worker.run()
            finally:
                if listing is not None:
                    listing.cancel()

    return Wiring(session, views, clock, _plainly(feed), lambda: None, live=True, moved=[], recorder=recorder)


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
    from depthview.auth.endpoints import rest_base
    from depthview.feed.product_list import products_of_venue

    while True:
        await asyncio.sleep(_LIST_AFTER)
        if not session.connection.is_open:
            continue
        try:
            found = await products_of_venue(rest_base(endpoint), loopback=endpoint.loopback)
        except ConnectionFailed:
            # Nothing rests on it but the finder; the log would only be filled by saying so every minute.
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


def user_config_dir() -> Path:
    """The user's configuration folder of depthview."""
    from platformdirs import user_config_path

    return user_config_path("depthview", appauthor=False)


def environment() -> Mapping[str, str]:
    """The process's environment, handed down so that no room below reads it by itself."""
    return os.environ
