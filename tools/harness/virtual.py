"""The harness in virtual time: the real worker and session over a simulated link."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from websockets.exceptions import ConnectionClosed, ConnectionClosedError
from websockets.frames import Close

from depthview.commands.stream import Sampler
from depthview.config.run_options import StreamOptions
from depthview.core.clock_offset import Offset, from_date
from depthview.errors import ConnectionFailed
from depthview.feed.failures import connection_failed
from depthview.feed.product_list import parse_products
from depthview.feed.worker import Backoff, FeedWorker
from depthview.session.session import MarketSession
from depthview.session.views import Origin, SessionViews
from depthview.views.market import Mode
from tools.harness.chance import chance
from tools.harness.director import Director, Result
from tools.harness.network import Lane
from tools.harness.oracle import TOLERANCE, Failure, Oracle, read_line
from tools.harness.plan import plan
from tools.harness.schedule import ViewerClock, VirtualLoop, VirtualTime, true_unix
from tools.harness.stage import Stage
from tools.harness.venue import Venue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from tools.harness.plan import Plan
    from tools.harness.venue import Connection

_STEP: Final = 0.02
"""Seconds between two looks at the clock, as ``depthview stream`` has it."""
_HANDSHAKE_WITHIN: Final = 10.0
_DATE_STEP: Final = 1.0
"""Seconds that a ``Date`` is cut to."""
_LIST_AFTER: Final = 2.0


class SimulatedLink:
    """A :class:`depthview.feed.worker.Link` over the simulated network."""

    def __init__(self, run: VirtualRun, offset: Offset | None) -> None:
        self._run = run
        self._inbox: deque[str | bytes] = deque()
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        self._closed: ConnectionFailed | None = None
        network, schedule = run.stage.network, run.time
        self.down: Final = Lane(network.down, schedule, self._arrived)
        self.up: Final = Lane(network.up, schedule, self._reached)
        run.stage.lane = self.down
        self._close = Close(1006, "")
        self.clock_offset: Final = offset
        self.connection: Final[Connection] = run.venue.connect(self.down.put, self._venue_closes)

    @property
    def bytes_heard(self) -> int:
        """Bytes that have come in so far."""
        return self.down.bytes_arrived

    @property
    def waiting(self) -> bool:
        """Whether more has come than was received."""
        return bool(self._inbox)

    async def receive(self) -> str | bytes:
        """The next message."""
        while not self._inbox:
            if self._closed is not None:
                raise self._closed
            self._waiter = self._loop.create_future()
            await self._waiter
        self._run.time.spend(self._run.stage.seconds_per_frame)
        return self._inbox.popleft()

    async def send(self, text: bytes) -> None:
        """Send a message."""
        if self._closed is not None:
            raise self._closed
        self.up.put(text)

    def leave(self) -> None:
        """The viewer's end is closed."""
        self.down.cut = self.up.cut = True
        if self.connection.is_open:
            self.connection.end()

    def _venue_closes(self, code: int, reason: str) -> None:
        self._close = Close(code, reason)
        self.connection.end()
        self.down.put(None)

    def _arrived(self, message: str | bytes | None) -> None:
        if message is None:
            received = None if self._close.code == 1006 else self._close
            error: ConnectionClosed = ConnectionClosedError(received, None)
            self._closed = connection_failed(error, "venue")
        else:
            self._inbox.append(message)
            self._run.oracle.heard(self._run.time.now())
            self._run.director.arrived(message)
        self._wake(self._run.wake_turns)

    def _wake(self, turns: int) -> None:
        """Wake the reader after so many turns of the loop, in which timers that are due come first."""
        if turns:
            self._loop.call_soon(self._wake, turns - 1)
        elif self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _reached(self, message: str | bytes | None) -> None:
        assert isinstance(message, bytes)
        self.connection.request(message)


class SimulatedConnector:
    """A :class:`depthview.feed.worker.Connector` over the simulated network."""

    def __init__(self, run: VirtualRun) -> None:
        self._run = run

    @asynccontextmanager
    async def open(self) -> AsyncIterator[SimulatedLink]:
        """A connection, after a round trip of the network."""
        run, network = self._run, self._run.stage.network
        asked_at, began, apart = run.clock.unix(), run.time.now(), run.clock.unix() - run.venue.unix()
        there, back = network.up.delay, network.down.delay + max(0.0, network.down.held_until - run.time.now())
        await asyncio.sleep(min(_HANDSHAKE_WITHIN, there))
        date = math.floor(run.venue.unix())
        if there + back >= _HANDSHAKE_WITHIN:
            await asyncio.sleep(max(0.0, _HANDSHAKE_WITHIN - there))
            raise ConnectionFailed("venue did not answer in time")
        await asyncio.sleep(back)
        if not run.venue.conduct.accepts:
            raise ConnectionFailed("venue refused the connection")
        link = SimulatedLink(run, from_date(date, asked_at, run.clock.unix()))
        if abs(run.clock.unix() - run.venue.unix() - apart) < TOLERANCE:  # else one was stepped meanwhile
            link.down.date_within = _DATE_STEP + run.time.now() - began
        try:
            yield link
        finally:
            link.leave()


class VirtualViewer:
    """What a plan may do to the viewer; see :class:`tools.harness.stage.Viewer`."""

    def __init__(self, run: VirtualRun) -> None:
        self._run = run

    def stop(self, seconds: float, *, suspend: bool = False) -> None:
        if suspend:
            self._run.stage.clocks_differ_anew()
        self._run.time.stop_viewer(seconds, suspend=suspend)

    def step_clock(self, seconds: float) -> None:
        self._run.stage.clocks_differ_anew()
        self._run.clock.ahead += seconds

    def add(self, product: str) -> None:
        refusal = self._run.session.add_product(product)
        assert refusal is None, refusal

    def remove(self, product: str) -> None:
        refusal = self._run.session.remove_product(product)
        assert refusal is None, refusal


class VirtualRun:
    """One seed.

    Args:
        plan: What happens.
    """

    def __init__(self, plan: Plan) -> None:
        random = chance(plan.seed)
        self.time = VirtualTime()
        self.clock = ViewerClock(self.time, plan.viewer_clock_ahead)
        self.venue = Venue(self.time, lambda: true_unix(self.time), chance(random.random()), plan.traits, plan.books)
        self.oracle = Oracle(self.venue)
        self.session = MarketSession(plan.products)
        self.stage = Stage(self.time, self.venue, plan, VirtualViewer(self))
        self.oracle.least_seconds = self.stage.least_seconds
        self.oracle.date_within = self.stage.date_within
        self.director = Director(plan, self.stage, self.oracle, chance(random.random()))
        self.wake_turns = random.choice((0, 1, 3))
        """Turns of the viewer's loop from the arrival of a message until its reader wakes."""
        self._plan = plan
        self._random = random

    def play(self) -> Result:
        """Run it to its end.

        Raises:
            Failure: A requirement does not hold; with the seed and the story.
        """
        with asyncio.Runner(loop_factory=lambda: VirtualLoop(self.time)) as runner:
            try:
                runner.run(self._run())
            except Failure as failure:
                raise Failure(self.director.told(str(failure))) from None
        return self.director.result()

    async def _run(self) -> None:
        views = SessionViews(self.session, self.clock, Origin(Mode.LIVE, "venue", "no key"))
        worker = FeedWorker(SimulatedConnector(self), self.session, self.clock, Backoff(chance(self._random.random())))
        options = StreamOptions(depth=0, every_seconds=self._plan.every)
        sampler = Sampler(views, self.clock, options, self._line)
        self.director.begin()
        tasks = {asyncio.create_task(worker.run())}
        if self._plan.traits.lists_products:
            tasks.add(asyncio.create_task(self._list()))
        try:
            while not self.director.over:
                sampler.observe()
                for task in [task for task in tasks if task.done()]:
                    task.result()
                    tasks.discard(task)
                await asyncio.wait(tasks, timeout=_STEP)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _line(self, text: bytes) -> None:
        now = self.time.now()
        self.director.seen(*self.oracle.judge(read_line(text), now))

    async def _list(self) -> None:
        """As the viewer fetches the product list, once it is connected."""
        await asyncio.sleep(_LIST_AFTER)
        self.session.list_products(parse_products(self.venue.product_list()), complete=True)


def outcome(seed: int, kinds: Iterable[str] | None = None) -> Result | str:
    """Play a seed; its result, or how it failed."""
    try:
        return VirtualRun(plan(seed, kinds)).play()
    except Failure as failure:
        return str(failure)
