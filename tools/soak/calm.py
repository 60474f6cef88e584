"""The end of a round: all faults over, every feed alive, and every book trusted and equal to the venue's own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.errors import ConnectionFailed

if TYPE_CHECKING:
    from collections.abc import Hashable

    from tests.support.viewer import Viewer

_WITHIN: Final = 150.0
"""Seconds: what keeps coming back is asked about a minute apart at last."""
_IDLE: Final = 8.0
"""Seconds in which nothing moves, after which a person would wish for new snapshots."""
_LOOK: Final = 0.05
_IN_FLIGHT: Final = 1.5
"""Seconds without a frame, the market standing still, after which nothing is on its way any more."""
_LOOKS: Final = 3
"""So many looks in a row must find a trusted book wrong: a message may still have been dripping in at the first."""
_SETTLED: Final = 8
"""Frames that are waited for, so that what was lost last is missed by those behind it."""


@dataclass
class Calm:
    """How it came about."""

    wishes: int = 0
    """Resyncs that a person would have wished for."""
    restarts: int = 0
    """Feeds started again after an end that was final by the fault's design."""


async def calm(running: Viewer) -> Calm:
    """Wait until all is well.

    Raises:
        AssertionError: It did not become well, or a trusted book is wrong; with the open faults, verdicts and reasons.
    """
    clock, found, wrong = running.clock, Calm(), 0
    began = moved_at = clock.monotonic()
    before: Hashable = None
    while True:
        found.restarts += _restarted(running)
        is_over = running.over()
        if is_over and running.trusted:
            equal = await _equal(running)
            if equal:
                await running.more(_SETTLED)
                if running.over() and running.trusted:
                    return found
            elif equal is False:
                wrong += 1
                assert wrong < _LOOKS, f"a trusted book is wrong; {_differences(running)}; {told(running)}"
                await running.more(2 * _SETTLED)
        else:
            wrong = 0
        now = clock.monotonic()
        state = _state(running, is_over=is_over)
        if state != before:
            before, moved_at = state, now
        elif now - moved_at > _IDLE:
            found.wishes += running.session.resync() is None
            moved_at = now
        assert now - began < _WITHIN, f"no calm within {_WITHIN:.0f} s; {told(running)}"
        await asyncio.sleep(_LOOK)


def told(running: Viewer) -> str:
    """The open faults, the verdicts and reasons, and the end of the log, for a failure's message."""
    running.over()
    session = running.session
    books = (
        f"{product} {market.verdict.value} {market.judgement.reason or ''}"
        for product in session.products.names()
        for market in [session.products.market(product)]
    )
    log = " | ".join(event.text for event in session.events.newest(8))
    return (
        f"open faults: {', '.join(running.injected.open) or 'none'}; books: {'; '.join(books)}; "
        f"connection {session.connection.state.value} {session.connection.detail}; log: {log}"
    )


def _restarted(running: Viewer) -> bool:
    if not running.task.done():
        return False
    failure = running.task.exception()
    assert isinstance(failure, ConnectionFailed), repr(failure)
    running.start_again()
    return True


def _state(running: Viewer, *, is_over: bool) -> Hashable:
    session = running.session
    verdicts = tuple(running.verdicts().values())
    return is_over, verdicts, session.subscriptions.resyncs, session.connection.opened, running.injected.open


async def _equal(running: Viewer) -> bool | None:
    """Whether the books are the venue's own, the market standing still; None when trust is lost meanwhile."""
    session, clock = running.session, running.clock
    frames, heard_at = session.rates.frames, clock.monotonic()
    running.market_clock.hold()
    try:
        while running.trusted:
            if running.equal:
                return True
            if session.rates.frames != frames:
                frames, heard_at = session.rates.frames, clock.monotonic()
            elif clock.monotonic() - heard_at > _IN_FLIGHT:
                return False
            await asyncio.sleep(_LOOK / 5)
    finally:
        running.market_clock.release()
    return None


def _differences(running: Viewer) -> str:
    truth, found = running.exchange.truth(), []
    for product, book in running.books().items():
        true = truth.get(product) or truth[product[:-1]]
        for side, rows in book.items():
            ours, theirs = {tuple(row) for row in rows or ()}, {tuple(row) for row in true[side]}
            if ours != theirs:
                found.append(f"{product} {side}: ours {sorted(ours - theirs)[:3]}, theirs {sorted(theirs - ours)[:3]}")
    return ", ".join(found) or "equal by now"
