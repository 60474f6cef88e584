"""Wires an endpoint or a recording, a session and a consumer together, and owns the lifetime of what it wired.

The feed is one task of ours, never a Textual worker: Textual does not wait for its workers at exit, and a recording or
a socket would be cut off. Everything is opened in one stack and closed in reverse, whichever way the consumer ends.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.clock import Clock, SystemClock
from depthview.commands.signing import (
    DEMO_KEY,
    NO_KEY_IN_REPLAY,
    Key,
    key_of,
    no_key,
    no_key_wished,
    ready_token,
)
from depthview.config.run_options import DemoSource, LiveSource, ReplaySource
from depthview.core.products import departed
from depthview.errors import ConnectionFailed, DepthviewError, RecordingError, UsageError
from depthview.system.event_loop import abandonable
from depthview.system.logs import log_crash
from depthview.system.os_errors import os_reason, too_many_files

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from pathlib import Path

    from depthview.auth.endpoints import Endpoint
    from depthview.config.run_options import RunOptions
    from depthview.recordings.writer import Recorder
    from depthview.session.session import MarketSession
    from depthview.session.views import SessionViews
    from depthview.views.market import FaultOffer, Mode


_CLOSE_WITHIN: Final = 3.0
_LIVE_MODULES: Final = (
    "depthview.commands.live",
    "depthview.feed.product_list",
    "depthview.auth.tokens",
    "depthview.auth.diagnosis",
    "cryptography.hazmat.primitives.serialization",
    "jwt",
)
_DEMO_MODULES: Final = ("depthview.exchange.server", "depthview.auth.credentials", "depthview.auth.diagnosis")


class Wiring(NamedTuple):
    """A session and the feed that drives it, not yet running."""

    session: MarketSession
    views: SessionViews
    clock: Clock
    """The feed's: the recording's in a replay."""
    feed: Callable[[], Awaitable[None]]
    """Runs until cancelled, or until there is no more to come."""
    stop: Callable[[], None]
    """Has what there is to see stay as it is: ends a replay; a live feed is still to be cancelled."""
    live: bool
    moved: list[Callable[[], None]]
    """Called whenever a recording's time has moved."""
    recorder: Recorder | None = None
    attend: Callable[[], None] = lambda: None
    """Has somebody at the controls of a replay; called before it runs."""
    damage: Callable[[], RecordingError | None] = lambda: None
    """What has ended a recording before its end, which may be watched on all the same."""
    notice: str = ""
    """What must be known of a recording before anything else."""
    crashed: Callable[[str], None] = lambda _: None
    """Called where the program is about to end by a fault of its own."""


@dataclass(slots=True)
class Ending:
    """How the feed ended by itself, if it did."""

    fault: DepthviewError | None = None
    crashed: bool = False


class Plan(NamedTuple):
    """What was asked for, found to be possible; as a rule nothing of it has begun."""

    mode: str
    """``LIVE``, ``DEMO`` or ``REPLAY``."""
    host: str
    """Or the file of a replay."""
    key_source: str
    """Where the key came from, or that there is none."""
    modules: tuple[str, ...]
    """What :attr:`wire` needs and takes long to import: a thread may do that beforehand."""
    wire: Callable[[], Awaitable[Wiring]]
    """Makes what was asked for, ready to run; to be called once."""

    def load(self) -> None:
        """Import what :attr:`wire` needs."""
        for module in self.modules:
            import_module(module)


@asynccontextmanager
async def planned(settings: RunOptions, env: Mapping[str, str], config_dir: Path) -> AsyncIterator[Plan]:
    """What ``settings`` ask for, if it can be had.

    All that can be refused is refused here, before there is a screen; what only takes time is left to
    :attr:`Plan.wire`. Whatever that opens is closed when the context is left.

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
                yield Plan("REPLAY", file.name, NO_KEY_IN_REPLAY, (), _ready(_replay(settings, file, speed)))
            case DemoSource():
                yield await _demo_plan(settings, stack)
            case LiveSource():
                yield _live_plan(settings, stack, env, config_dir)


@asynccontextmanager
async def wired(settings: RunOptions, env: Mapping[str, str], config_dir: Path) -> AsyncIterator[Wiring]:
    """What ``settings`` ask for, ready to run; see :func:`planned`.

    Raises:
        DepthviewError: An address, a key or a file that cannot be used.
    """
    async with planned(settings, env, config_dir) as plan:
        yield await plan.wire()


@asynccontextmanager
async def running(wiring: Wiring) -> AsyncIterator[tuple[asyncio.Task[None], Ending]]:
    """The feed as a task that is over when the context is left, its sockets and files closed."""
    ending = Ending()
    task = asyncio.create_task(_supervised(wiring, ending), name="depthview-feed")
    try:
        yield task, ending
    finally:
        # What is dumped and reported must not be trusted where the program has not run just now.
        wiring.session.look(wiring.clock.monotonic(), wiring.clock.unix())
        task.cancel()
        await asyncio.wait({task}, timeout=_CLOSE_WITHIN)
        ending.fault = ending.fault or wiring.damage()


async def _supervised(wiring: Wiring, ending: Ending) -> None:
    try:
        await wiring.feed()
    except (ConnectionFailed, RecordingError) as fault:
        # The session has been told and shows it; here it is kept for the exit code.
        ending.fault = fault
    except Exception as error:  # the one place that stands between a bug of ours and a calm screen
        ending.crashed = True
        log_crash(error)
        limit = too_many_files(error) if isinstance(error, (OSError, ImportError)) else None
        what = f"depthview failed ({type(error).__name__}); please report it, --log-file keeps the details"
        if limit is not None:
            what = f"depthview failed: {os_reason(limit)}"
        wiring.session.crashed(wiring.clock.monotonic(), wiring.clock.unix(), what)
        wiring.crashed(what)


def _replay(settings: RunOptions, file: Path, speed: float | None) -> Wiring:
    from depthview.replay.source import Replay

    replaying = Replay(settings, file, speed)
    return Wiring(
        replaying.session,
        replaying.views,
        replaying.clock,
        replaying.run,
        replaying.stop,
        live=False,
        moved=replaying.moved,
        attend=replaying.attend,
        damage=lambda: replaying.damage,
        notice=replaying.notice,
    )


def _ready(wiring: Wiring) -> Callable[[], Awaitable[Wiring]]:
    async def wire() -> Wiring:
        return wiring

    return wire


async def _demo_plan(settings: RunOptions, stack: AsyncExitStack) -> Plan:
    wire: Callable[[], Awaitable[Wiring]] = partial(_demo, settings, stack)
    assert isinstance(settings.source, DemoSource)  # noqa: S101  # the caller's match has seen to it
    if settings.source.faults or settings.record is not None:
        # A fault that there is not, or a file that cannot be made, is refused before there is a screen.
        wire = _ready(await wire())
    key = no_key_wished().source if settings.credentials.public else DEMO_KEY
    return Plan("DEMO", "127.0.0.1", key, (*_LIVE_MODULES, *_DEMO_MODULES), wire)


async def _demo(settings: RunOptions, stack: AsyncExitStack) -> Wiring:
    from depthview.auth.credentials import KEY_NAME_VARIABLE, KEY_SECRET_VARIABLE, from_environment
    from depthview.auth.endpoints import Endpoint
    from depthview.exchange.faults.catalogue import CATALOGUE
    from depthview.exchange.keys import make_key
    from depthview.exchange.options import ExchangeOptions
    from depthview.exchange.server import Exchange
    from depthview.views.market import FaultOffer, Mode

    key = make_key()
    assert isinstance(settings.source, DemoSource)  # noqa: S101  # the caller's match has seen to it
    options = ExchangeOptions(keys={key.name: key.public_key}, faults=settings.source.faults)
    # Its books take a tenth of a second to make, and there may be a screen already, whose keys are to be answered.
    made_exchange = await abandonable(partial(Exchange, options, SystemClock()))
    exchange = await stack.enter_async_context(made_exchange)

    def provoke(fault: str) -> str | None:
        try:
            exchange.provoke(fault)
        except UsageError as refusal:
            return str(refusal)
        return None

    endpoint = Endpoint.parse(exchange.url)
    if settings.credentials.public:
        in_use = no_key_wished()
    else:
        made = from_environment({KEY_NAME_VARIABLE: key.name, KEY_SECRET_VARIABLE: key.private_pem})
        in_use = key_of(replace(made, source=DEMO_KEY))
    offers = tuple(FaultOffer(fault.name, fault.help) for fault in CATALOGUE)
    recorder = _recorder(settings, endpoint, stack)
    return _connected(settings, endpoint, in_use, Mode.DEMO, recorder, stack, offers=offers, provoke=provoke)


def _live_plan(settings: RunOptions, stack: AsyncExitStack, env: Mapping[str, str], config_dir: Path) -> Plan:
    from depthview.auth.endpoints import VENUE_URL, Endpoint, may_receive_token

    assert isinstance(settings.source, LiveSource)  # noqa: S101  # the caller's match has seen to it
    endpoint = Endpoint.parse(settings.source.url or VENUE_URL)
    gone = next(filter(None, map(departed, settings.products)), "")
    if gone:
        raise UsageError(gone)
    options = settings.credentials
    if options.public:
        key = no_key_wished()
    elif not may_receive_token(endpoint, credentials_explicit=options.explicit, demo=False):
        key = no_key("none: no token goes to this host unless --key-file comes with --url")
    elif options.jwt_from_env:
        key = ready_token(env)
    else:
        from depthview.auth.credentials import find_credentials

        credentials = find_credentials(options, env, config_dir)
        key = no_key("none: public feed") if credentials is None else key_of(credentials)
    recorder = _recorder(settings, endpoint, stack)

    async def wire() -> Wiring:
        from depthview.views.market import Mode

        return _connected(settings, endpoint, key, Mode.LIVE, recorder, stack)

    return Plan("LIVE", endpoint.shown, key.source, _LIVE_MODULES, wire)


def _recorder(settings: RunOptions, endpoint: Endpoint, stack: AsyncExitStack) -> Recorder | None:
    if settings.record is None:
        return None
    from depthview.recordings.writer import Recorder

    note = {"host": endpoint.shown, "products": list(settings.products)}
    recorder = Recorder(settings.record, clock=SystemClock(), force=settings.force, note=note)
    stack.push_async_callback(asyncio.to_thread, recorder.close)
    return recorder


def _connected(
    settings: RunOptions,
    endpoint: Endpoint,
    key: Key,
    mode: Mode,
    recorder: Recorder | None,
    stack: AsyncExitStack,
    *,
    offers: tuple[FaultOffer, ...] = (),
    provoke: Callable[[str], str | None] = lambda _: None,
) -> Wiring:

    from depthview.commands.live import connected

    made = connected(settings, endpoint, key, mode, recorder, offers=offers, provoke=provoke)
    wiring = Wiring(made.session, made.views, made.clock, made.feed, made.stop, live=True, moved=[], recorder=recorder)
    if made.flight is None:
        return wiring
    stack.push_async_callback(asyncio.to_thread, made.flight.close)
    return wiring._replace(crashed=made.flight.crashed)


def environment() -> Mapping[str, str]:
    """The process's environment, handed down so that no room below reads it by itself."""
    return os.environ
