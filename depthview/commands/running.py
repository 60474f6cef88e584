"""A session with its feed, and the task that runs it.

The feed is a task of its own and no Textual worker: Textual does not wait for its workers at exit, which would cut off
a recording or a socket.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.errors import ConnectionFailed, DepthviewError, RecordingError
from depthview.system.logs import log_crash
from depthview.system.os_errors import os_reason, too_many_files

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from depthview.clock import Clock
    from depthview.recordings.writer import Recorder
    from depthview.session.session import MarketSession
    from depthview.session.views import SessionViews

_CLOSE_WITHIN: Final = 3.0
"""Seconds."""


class Wiring(NamedTuple):
    session: MarketSession
    views: SessionViews
    clock: Clock
    """The feed's: the recording's in a replay."""
    feed: Callable[[], Awaitable[None]]
    """Runs until cancelled, or until the end of a recording."""
    stop: Callable[[], None]
    """Freezes the books as they are: ends a replay; a live feed must still be cancelled."""
    live: bool
    moved: list[Callable[[], None]]
    """Called whenever the time of a recording has advanced."""
    recorder: Recorder | None = None
    attend: Callable[[], None] = lambda: None
    """Tells a replay, before it runs, that someone controls it."""
    damage: Callable[[], RecordingError | None] = lambda: None
    """What has ended a recording early; what came before it can still be viewed."""
    notice: str = ""
    """What to say of a recording first."""
    crashed: Callable[[str], None] = lambda _: None
    """Called when an internal error is about to end the program."""


@dataclass(slots=True)
class RunOutcome:
    """How the feed ended, if it did so by itself."""

    fault: DepthviewError | None = None
    crashed: bool = False


@asynccontextmanager
async def running(wiring: Wiring) -> AsyncIterator[tuple[asyncio.Task[None], RunOutcome]]:
    """The feed as a task, which has ended and closed its sockets when the context ends."""
    outcome = RunOutcome()
    task = asyncio.create_task(_supervised(wiring, outcome), name="depthview-feed")
    try:
        yield task, outcome
    finally:
        # A process that was suspended must not dump or report books as trusted.
        wiring.session.look(wiring.clock.monotonic(), wiring.clock.unix())
        task.cancel()
        await asyncio.wait({task}, timeout=_CLOSE_WITHIN)
        outcome.fault = outcome.fault or wiring.damage()


async def _supervised(wiring: Wiring, outcome: RunOutcome) -> None:
    try:
        await wiring.feed()
    except (ConnectionFailed, RecordingError) as fault:
        # The session shows it; this is for the exit code.
        outcome.fault = fault
    except Exception as error:  # the one place that keeps a bug of ours off the screen
        outcome.crashed = True
        log_crash(error)
        limit = too_many_files(error) if isinstance(error, (OSError, ImportError)) else None
        what = f"depthview failed ({type(error).__name__}); please report it, --log-file keeps the details"
        if limit is not None:
            what = f"depthview failed: {os_reason(limit)}"
        wiring.session.crashed(wiring.clock.monotonic(), wiring.clock.unix(), what)
        wiring.crashed(what)
