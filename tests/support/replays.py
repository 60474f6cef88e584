"""A replay with somebody at the controls, and what it shows at a place when it is played from the start."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from depthview.clock import ManualClock, SystemClock
from depthview.recordings.cursor import Cursor
from depthview.recordings.driver import Driver
from depthview.recordings.reader import open_recording
from depthview.replay.controls import PlayerControls
from depthview.replay.index import ReplayIndex
from depthview.replay.player import Player
from depthview.session.checkpoint import Rewind
from depthview.session.session import MarketSession
from depthview.session.views import Origin, SessionViews
from depthview.views.market import MarketView, Mode, ViewRequest
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from decimal import Decimal
    from pathlib import Path

    from depthview.views.market import ReplayView

LEVELS = 50
Sides = tuple[dict["Decimal", "Decimal"], dict["Decimal", "Decimal"]]


def books(session: MarketSession) -> dict[str, Sides]:
    """Bids and asks of every product on show."""
    found: dict[str, Sides] = {}
    for product in session.products.names():
        book = session.products.market(product).book
        bids, asks = ({level.price: level.size for level in side.walk()} for side in (book.bids, book.asks))
        found[product] = bids, asks
    return found


def shown(session: MarketSession, clock: ManualClock) -> MarketView:
    """What a screen could show of a session: some levels, all events and trades."""
    views = SessionViews(session, clock, Origin(Mode.REPLAY, "recording", "no key"))
    products = session.products.names()
    request = ViewRequest(products[0] if products else "", products, LEVELS, {}, trades=500, events=500)
    return views.view(request)


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands at a place."""

    view: MarketView
    version: int
    resyncs: int


@dataclass(slots=True)
class Watched:
    """A replay and all that it is made of."""

    session: MarketSession
    clock: ManualClock
    player: Player
    index: ReplayIndex
    controls: PlayerControls

    @property
    def at(self) -> ReplayView:
        """Where it stands."""
        return self.controls.position()

    @property
    def entries(self) -> int:
        """Entries handed over."""
        return self.player.driver.place.entries

    def shown(self) -> Shown:
        """What it shows."""
        return _shown(self.session, self.clock)

    async def arrives(self) -> None:
        """The way that was begun is over."""
        await until(lambda: not self.player.under_way, "an arrival")


def _shown(session: MarketSession, clock: ManualClock) -> Shown:
    return Shown(shown(session, clock), session.version, session.subscriptions.resyncs)


@dataclass(frozen=True, slots=True)
class Made:
    """A session of a replay, and what belongs to it."""

    session: MarketSession
    memory: Rewind
    clock: ManualClock


def made(products: Iterable[str] = ()) -> Made:
    """A session; without products it puts every one on show that has a book."""
    names = tuple(products)
    session = MarketSession(names, passive=True, follow=not names)
    return Made(session, Rewind(session), ManualClock())


@asynccontextmanager
async def watched(
    path: Path,
    *,
    products: Iterable[str] = (),
    speed: float | None = None,
    paused: bool = True,
    indexed: bool = True,
) -> AsyncIterator[Watched]:
    """A replay that runs until the context is left.

    Args:
        path: The recording.
        products: On show; none puts every one on show that has a book.
        speed: As :class:`Player` takes it.
        paused: Whether it stands still before its first entry.
        indexed: Whether all of it has been gone through when the context is entered; else none of it will be.
    """
    recording, names = open_recording(path), tuple(products)
    front = made(names)
    session, clock = front.session, front.clock
    player = Player(recording, session, clock, SystemClock(), speed=speed, file=path.name)
    index = ReplayIndex(recording, player.unpacked, lambda: made(names).session, SystemClock())
    controls = PlayerControls(player, front.memory, index, SystemClock())
    player.paused = paused
    if not indexed:
        index.rest()
    task = asyncio.create_task(controls.run())
    try:
        if indexed:
            await until(lambda: index.done, "the index")
        yield Watched(session, clock, player, index, controls)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def played(path: Path, places: Iterable[int], products: Iterable[str] = ()) -> dict[int, Shown]:
    """What is shown after so many entries when a recording is simply played from its start."""
    found: dict[int, Shown] = {}
    wanted = set(places)
    watcher = made(products)
    cursor = Cursor(open_recording(path))
    driver = Driver(cursor, watcher.session, watcher.clock)
    while driver.due() is not None:
        driver.step()
        if driver.after_entry and driver.place.entries in wanted:
            found[driver.place.entries] = _shown(watcher.session, watcher.clock)
    cursor.close()
    return found
