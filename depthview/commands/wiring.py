"""Connects an endpoint or a recording with a session, as the command line says.

Everything is opened in one stack and closed in reverse, however the command ends.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.clock import SystemClock
from depthview.commands.running import Wiring
from depthview.commands.signing import (
    DEMO_KEY,
    NO_KEY_IN_REPLAY,
    key_for,
    key_of,
    no_key_wanted,
)
from depthview.config.run_options import DemoSource, LiveSource, ReplaySource
from depthview.core.products import departed
from depthview.errors import UsageError
from depthview.system.event_loop import in_daemon_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from pathlib import Path

    from depthview.auth.endpoints import Endpoint
    from depthview.config.run_options import RunOptions
    from depthview.recordings.writer import Recorder


_LIVE_MODULES: Final = (
    "depthview.commands.live",
    "depthview.feed.product_list",
    "depthview.auth.tokens",
    "depthview.auth.diagnosis",
    "cryptography.hazmat.primitives.serialization",
    "jwt",
)
_DEMO_MODULES: Final = ("depthview.exchange.server", "depthview.auth.credentials", "depthview.auth.diagnosis")


class Plan(NamedTuple):
    """What was requested, and can be done; usually nothing has started yet."""

    mode: str
    """``LIVE``, ``DEMO`` or ``REPLAY``."""
    host: str
    """Or the file of a replay."""
    key_source: str
    """Where the key came from, or that there is none."""
    modules: tuple[str, ...]
    """What :attr:`wire` needs and takes long to import: a thread may do it beforehand."""
    wire: Callable[[], Awaitable[Wiring]]
    """Makes it ready to run; call it once."""

    def load(self) -> None:
        for module in self.modules:
            import_module(module)


@asynccontextmanager
async def planned(options: RunOptions, env: Mapping[str, str], config_dir: Path) -> AsyncIterator[Plan]:
    """What ``options`` request, if it can be done.

    Everything that can be refused is refused here, before there is a screen; what only takes time is left to
    :attr:`Plan.wire`. Whatever that opens is closed when the context ends.

    Args:
        options: From the command line.
        env: The environment, for the key.
        config_dir: The user's configuration folder.

    Raises:
        DepthviewError: An address, a key or a file that cannot be used.
    """
    async with AsyncExitStack() as stack:
        match options.source:
            case ReplaySource(file=file, speed=speed):
                yield Plan("REPLAY", file.name, NO_KEY_IN_REPLAY, (), _ready(_replay(options, file, speed)))
            case DemoSource() as source:
                yield await _demo_plan(options, source, stack)
            case LiveSource() as source:
                yield _live_plan(options, source, stack, env, config_dir)


@asynccontextmanager
async def wired(options: RunOptions, env: Mapping[str, str], config_dir: Path) -> AsyncIterator[Wiring]:
    """What ``options`` request, ready to run; see :func:`planned`.

    Raises:
        DepthviewError: An address, a key or a file that cannot be used.
    """
    async with planned(options, env, config_dir) as plan:
        yield await plan.wire()


def _replay(options: RunOptions, file: Path, speed: float | None) -> Wiring:
    from depthview.replay.source import Replay

    replaying = Replay(options, file, speed)
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


async def _demo_plan(options: RunOptions, source: DemoSource, stack: AsyncExitStack) -> Plan:
    wire: Callable[[], Awaitable[Wiring]] = partial(_demo, options, source, stack)
    if source.faults or options.record is not None:
        # An unknown fault, or a file that cannot be made, is refused before there is a screen.
        wire = _ready(await wire())
    key = no_key_wanted().source if options.credentials.public else DEMO_KEY
    return Plan("DEMO", "127.0.0.1", key, (*_LIVE_MODULES, *_DEMO_MODULES), wire)


async def _demo(options: RunOptions, source: DemoSource, stack: AsyncExitStack) -> Wiring:
    from depthview.auth.credentials import KEY_NAME_VARIABLE, KEY_SECRET_VARIABLE, from_environment
    from depthview.auth.endpoints import Endpoint
    from depthview.commands.live import connect
    from depthview.exchange.keys import make_key
    from depthview.exchange.options import ExchangeOptions
    from depthview.exchange.server import Exchange

    made = make_key()
    exchange_options = ExchangeOptions(keys={made.name: made.public_key}, faults=source.faults)
    # Its books take a tenth of a second to make, and a screen that is already there must answer keys meanwhile.
    exchange = await in_daemon_thread(partial(Exchange, exchange_options, SystemClock()))
    await stack.enter_async_context(exchange)
    endpoint = Endpoint.parse(exchange.url)
    if options.credentials.public:
        key = no_key_wanted()
    else:
        credentials = from_environment({KEY_NAME_VARIABLE: made.name, KEY_SECRET_VARIABLE: made.private_pem})
        key = key_of(replace(credentials, source=DEMO_KEY))
    return connect(options, endpoint, key, _recorder(options, endpoint, stack), stack, exchange)


def _live_plan(
    options: RunOptions, source: LiveSource, stack: AsyncExitStack, env: Mapping[str, str], config_dir: Path
) -> Plan:
    from depthview.auth.endpoints import VENUE_URL, Endpoint

    endpoint = Endpoint.parse(source.url or VENUE_URL)
    gone = next(filter(None, map(departed, options.products)), "")
    if gone:
        raise UsageError(gone)
    key = key_for(endpoint, options.credentials, env, config_dir)
    recorder = _recorder(options, endpoint, stack)

    async def wire() -> Wiring:
        from depthview.commands.live import connect

        return connect(options, endpoint, key, recorder, stack)

    return Plan("LIVE", endpoint.shown, key.source, _LIVE_MODULES, wire)


def _recorder(options: RunOptions, endpoint: Endpoint, stack: AsyncExitStack) -> Recorder | None:
    if options.record is None:
        return None
    from depthview.recordings.writer import Recorder

    note = {"host": endpoint.shown, "products": list(options.products)}
    recorder = Recorder(options.record, clock=SystemClock(), force=options.force, note=note)
    stack.push_async_callback(asyncio.to_thread, recorder.close)
    return recorder
