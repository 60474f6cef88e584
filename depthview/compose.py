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

from depthview.auth.findings import Finding
from depthview.auth.key_evidence import NO_EVIDENCE, KeyEvidence
from depthview.clock import Clock, ManualClock, ShiftedClock, SystemClock
from depthview.core.sequence import Scope
from depthview.errors import ConnectionFailed, DepthviewError, RecordingError, UsageError
from depthview.feed.recorder import Recorder
from depthview.feed.source import Sign
from depthview.logs import log_crash
from depthview.session.session import MarketSession
from depthview.session.views import Origin, SessionViews
from depthview.settings import DemoSource, LiveSource, ReplaySource
from depthview.view import Advice, FaultOffer, Mode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from depthview.auth.credentials import Credentials
    from depthview.auth.endpoints import Endpoint
    from depthview.session.refusals import Diagnose, RefusedToken
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


@dataclass(frozen=True, slots=True)
class _Key:
    """What messages are signed with, and what the screen says of it."""

    source: str
    signing: Callable[[Clock], Sign] | None = None
    """Makes what signs, given the clock that tokens live by; None where messages carry no token."""
    hint: str = ""
    algorithm: str = ""
    tail: str = ""
    renewable: bool = True
    """False for a ready-made token, which nothing can renew."""
    backdated: int = 0
    """Seconds that ``nbf`` lies before the moment of signing."""
    name: str = ""
    evidence: KeyEvidence = NO_EVIDENCE
    findings: tuple[Finding, ...] = ()
    """What is odd about a ready-made token."""


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
    assert isinstance(settings.source, DemoSource)  # noqa: S101  # the caller's match has seen to it
    options = ExchangeOptions(keys={key.name: key.public_key}, faults=settings.source.faults)
    exchange = await stack.enter_async_context(Exchange(options, SystemClock()))

    def provoke(fault: str) -> str | None:
        try:
            exchange.provoke(fault)
        except UsageError as refusal:
            return str(refusal)
        return None

    endpoint = Endpoint.parse(exchange.url)
    if settings.credentials.public:
        in_use = _no_key("none: --public was given")
    else:
        made = from_environment({KEY_NAME_VARIABLE: key.name, KEY_SECRET_VARIABLE: key.private_pem})
        in_use = _key_of(replace(made, source="the demo's throw-away key"))
    offers = tuple(FaultOffer(fault.name, fault.help) for fault in exchange.faults)
    return _connected(settings, endpoint, in_use, Mode.DEMO, stack, offers=offers, provoke=provoke)


async def _live(settings: Settings, stack: AsyncExitStack, env: Mapping[str, str], config_dir: Path) -> Wiring:
    from depthview.auth.credentials import find_credentials
    from depthview.auth.endpoints import VENUE_URL, Endpoint, may_receive_token

    assert isinstance(settings.source, LiveSource)  # noqa: S101  # the caller's match has seen to it
    endpoint = Endpoint.parse(settings.source.url or VENUE_URL)
    options = settings.credentials
    if options.public:
        key = _no_key("none: --public was given")
    elif not may_receive_token(endpoint, credentials_explicit=options.explicit, demo=False):
        key = _no_key("none: no token goes to this host unless --key-file comes with --url")
    elif options.jwt_from_env:
        key = _ready_token(env)
    else:
        credentials = find_credentials(options, env, config_dir)
        key = _no_key("none: public feed") if credentials is None else _key_of(credentials)
    return _connected(settings, endpoint, key, Mode.LIVE, stack)


def _no_key(source: str) -> _Key:
    return _Key(source, hint=_KEY_HINT)


def _key_of(credentials: Credentials) -> _Key:
    from depthview.auth.tokens import BACKDATED_SECONDS, Signer

    return _Key(
        credentials.source,
        lambda clock: Signer(credentials, clock).sign,
        algorithm=credentials.algorithm,
        tail=credentials.key_tail,
        backdated=BACKDATED_SECONDS,
        name=credentials.key_name,
        evidence=credentials.evidence,
    )


def _ready_token(env: Mapping[str, str]) -> _Key:
    from depthview.auth.ready_token import ReadyTokenSource, ready_token_from

    ready = ready_token_from(env, SystemClock().unix())
    return _Key(
        f"{ready.source}: nothing can renew it, later messages go without",
        lambda clock: ReadyTokenSource(ready, clock).sign,
        algorithm=ready.algorithm,
        tail=ready.key_tail,
        renewable=False,
        findings=ready.findings,
    )


def _diagnosis(key: _Key) -> Diagnose:
    """Likely causes of a refusal, from what is known of the key and of the connection."""
    from depthview.auth.causes import RefusalFacts, likely_causes

    def diagnose(refused: RefusedToken) -> tuple[Advice, ...]:
        facts = RefusalFacts(
            now=SystemClock().unix(),
            channel=refused.channel,
            key_name=key.name,
            algorithm=key.algorithm,
            evidence=key.evidence,
            clock_ahead=None if refused.offset is None else refused.offset.ahead,
            clock_uncertainty=0.0 if refused.offset is None else refused.offset.uncertainty,
            same_without_token=refused.same_without_token,
            accepted_before=refused.accepted_before,
            token_findings=key.findings,
        )
        return tuple(Advice(cause.what, cause.cure) for cause in likely_causes(facts))

    return diagnose


def _connected(
    settings: Settings,
    endpoint: Endpoint,
    key: _Key,
    mode: Mode,
    stack: AsyncExitStack,
    *,
    offers: tuple[FaultOffer, ...] = (),
    provoke: Callable[[str], str | None] = lambda _: None,
) -> Wiring:
    from depthview.feed.backoff import Backoff
    from depthview.feed.websocket import WebSocketConnector
    from depthview.feed.worker import FeedWorker

    clock = SystemClock()
    session = MarketSession(
        settings.products,
        scope=Scope(settings.sequence_scope),
        signed=key.signing is not None,
        renew=settings.renew and key.renewable,
        diagnose=_diagnosis(key) if key.signing is not None else None,
    )
    token_clock: Clock = clock
    if settings.correct_clock:
        token_clock = ShiftedClock(clock, lambda: offset.ahead if (offset := session.clock_offset) else 0.0)
    recorder: Recorder | None = None
    if settings.record is not None:
        note = {"host": endpoint.shown, "products": list(settings.products)}
        recorder = Recorder(settings.record, clock=clock, force=settings.force, note=note)
        stack.push_async_callback(asyncio.to_thread, recorder.close)
        session.recorded = recorder.event
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
    views = SessionViews(
        session,
        clock,
        origin,
        recording=(lambda: recorder.status) if recorder is not None else (lambda: ""),
        group=settings.group,
        faults=offers,
        provoke=provoke,
    )
    worker = FeedWorker(
        WebSocketConnector(endpoint, clock),
        session,
        clock,
        Backoff(random.Random()),  # noqa: S311  # spreads reconnects, guards nothing
        sign=key.signing(token_clock) if key.signing is not None else None,
        token_clock=token_clock,
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


def user_state_dir() -> Path:
    """The user's folder for what depthview leaves behind, such as a crash report."""
    from platformdirs import user_state_path

    return user_state_path("depthview", appauthor=False)


def environment() -> Mapping[str, str]:
    """The process's environment, handed down so that no room below reads it by itself."""
    return os.environ
