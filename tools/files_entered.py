"""How many of the package's files a frame, a tick, a draw and a key press enter: ``make entered``.

Counted with :func:`sys.setprofile`, one market at 120 by 40. A move is a call from a function of one file of the
package to a function of another one, whatever lies between them. A draw and a key press count until the screen has been
painted.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from websockets.asyncio.server import serve

import depthview
from depthview.auth.endpoints import Endpoint
from depthview.clock import SystemClock
from depthview.core.sequence import Scope
from depthview.feed.websocket import WebSocketConnector
from depthview.feed.worker import TICK_SECONDS, Backoff, FeedWorker
from depthview.session.session import MarketSession
from depthview.session.views import Origin, SessionViews
from depthview.ui.app import DepthviewApp
from depthview.views.market import Mode
from tools.bench.workload import SMALL, Workload, build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from websockets.asyncio.server import ServerConnection

_ROOT: Final = str(Path(depthview.__file__).parent) + "/"
_SIZE: Final = (120, 40)
_TRIES: Final = 5
"""Of which the least counts: a timer may fire in between."""
_SETTLED: Final = 0.05
"""Seconds after which a frame has been taken in, and a key answered."""


@dataclass(slots=True)
class Entered:
    """What was counted."""

    files: set[str] = field(default_factory=set)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Calls by the files of caller and callee."""

    def text(self) -> str:
        """Both figures in a line."""
        return f"{len(self.files):>3} files  {self.moves.total():>4} moves"


@contextmanager
def counted() -> Iterator[Entered]:
    """Count what is entered within."""
    found = Entered()

    def count(frame: FrameType, event: str, _: object) -> None:
        file = frame.f_code.co_filename
        if event != "call" or not file.startswith(_ROOT):
            return
        found.files.add(file.removeprefix(_ROOT))
        caller = frame.f_back
        while caller is not None and not caller.f_code.co_filename.startswith(_ROOT):
            caller = caller.f_back
        if caller is not None and caller.f_code.co_filename != file:
            found.moves[caller.f_code.co_filename.removeprefix(_ROOT), file.removeprefix(_ROOT)] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield found
    finally:
        sys.setprofile(before)


def _least(found: list[Entered]) -> Entered:
    return min(found, key=lambda entered: (len(entered.files), entered.moves.total()))


async def feed_entered() -> tuple[Entered, Entered]:
    """One update frame from the socket to the book, and one tick."""
    work = build(SMALL, 1, _TRIES)
    frames: asyncio.Queue[bytes] = asyncio.Queue()

    async def venue(connection: ServerConnection) -> None:
        while frame := await frames.get():
            await connection.send(frame, text=True)

    async with serve(venue, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        session = MarketSession([work.shape.product], scope=Scope.CONNECTION, signed=False)
        connector = WebSocketConnector(Endpoint.parse(f"ws://127.0.0.1:{port}"), SystemClock())
        worker = FeedWorker(connector, session, SystemClock(), Backoff(Random(1)))  # noqa: S311  # no secret
        task = asyncio.create_task(worker.run())
        try:
            frames.put_nowait(work.snapshot)
            await asyncio.sleep(10 * _SETTLED)
            taken, ticks = [], []
            for update in work.updates:
                with counted() as frame:
                    frames.put_nowait(update)
                    await asyncio.sleep(_SETTLED)
                taken.append(frame)
                with counted() as tick:
                    await asyncio.sleep(TICK_SECONDS)
                ticks.append(tick)
        finally:
            task.cancel()
            await asyncio.wait({task})
            frames.put_nowait(b"")
    return _least(taken), _least([tick for tick in ticks if tick.files])


def _session(work: Workload) -> MarketSession:
    session, clock = MarketSession([work.shape.product], scope=Scope.CONNECTION, signed=False), SystemClock()
    session.opened(clock.monotonic(), clock.unix())
    session.receive(work.snapshot, clock.monotonic(), clock.unix())
    return session


async def screen_entered() -> tuple[Entered, Entered]:
    """One draw of one ladder after an update, and the key that changes its form."""
    work, clock = build(SMALL, 1, _TRIES), SystemClock()
    session = _session(work)
    app = DepthviewApp(SessionViews(session, clock, Origin(Mode.LIVE, "test", "no key")), fps=0)
    app.animation_level = "none"
    draws, keys = [], []
    async with app.run_test(size=_SIZE) as pilot:
        await pilot.pause()
        app.market_screen.draw()
        await pilot.pause(_SETTLED)
        for update in work.updates:
            session.receive(update, clock.monotonic(), clock.unix())
            with counted() as draw:
                app.market_screen.tick()
                await asyncio.sleep(_SETTLED)
            draws.append(draw)
        for _ in range(3):
            with counted() as key:
                await pilot.press("v")
                await asyncio.sleep(_SETTLED)
            keys.append(key)
    return _least(draws), _least(keys)


async def entered() -> dict[str, Entered]:
    """Everything that is counted, by name."""
    frame, tick = await feed_entered()
    draw, key = await screen_entered()
    return {"frame": frame, "tick": tick, "draw": draw, "key v": key}


def main() -> None:
    """Print the figures; with an argument, the files and moves of that one too."""
    for name, found in asyncio.run(entered()).items():
        print(f"{name:<6}{found.text()}")
        if name in sys.argv[1:]:
            print("  " + "\n  ".join(sorted(found.files)))
            for (caller, callee), times in found.moves.most_common():
                print(f"  {times:>4}  {caller} -> {callee}")


if __name__ == "__main__":
    main()
