"""The harness over real sockets: the venue behind a WebSocket server, a relay, and the real ``depthview`` process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from depthview.clock import SystemClock
from depthview.feed.product_list import PATH
from tests.support.processes import Bench
from tools.harness.chance import chance
from tools.harness.director import Director, Result
from tools.harness.faults import KINDS
from tools.harness.oracle import Failure, Oracle, read_line
from tools.harness.plan import MINUTE, plan
from tools.harness.relay import Relay
from tools.harness.schedule import RealTime
from tools.harness.screen import ScreenReader
from tools.harness.stage import Stage
from tools.harness.venue import Venue

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from websockets.http11 import Request, Response

    from tools.harness.network import Lane
    from tools.harness.plan import Plan

SOCKET_KINDS: Final = tuple(name for name, kind in KINDS.items() if kind.over_sockets)
"""Faults that can strike a process from outside."""
_HOST: Final = "127.0.0.1"
_LONGEST_LINE: Final = 1 << 22
_PATIENCE: Final = 1.5
"""Seconds of doubt for which no fault of the plan is needed: on a busy machine the viewer itself may not run."""
_STARTS_WITHIN: Final = 30.0
"""Seconds until a process shows a trusted book, on a busy machine."""


class Server:
    """Carries a venue's messages over WebSockets, and its product list over HTTP; alive inside ``async with``."""

    def __init__(self, venue: Venue, director: Director) -> None:
        self._venue = venue
        self._director = director
        self._stack = AsyncExitStack()
        self.port = 0

    async def __aenter__(self) -> Server:
        server = await self._stack.enter_async_context(
            serve(
                self._serve,
                _HOST,
                0,
                process_request=self._answer,
                compression=None,
                max_size=None,
                ping_interval=None,
                close_timeout=1.0,
            )
        )
        self.port = server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exception: object) -> None:
        for connection in tuple(self._venue.connections):
            connection.close(1006, "")
        await self._stack.aclose()

    def _answer(self, socket: ServerConnection, request: Request) -> Response | None:
        if request.path.startswith(PATH):
            if not self._venue.traits.lists_products:
                return socket.respond(HTTPStatus.NOT_FOUND, "no list\n")
            return socket.respond(HTTPStatus.OK, self._venue.product_list().decode())
        if not self._venue.conduct.accepts:
            return socket.respond(HTTPStatus.SERVICE_UNAVAILABLE, "nobody is let in\n")
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        outgoing: asyncio.Queue[str | bytes | tuple[int, str]] = asyncio.Queue()
        connection = self._venue.connect(outgoing.put_nowait, lambda code, reason: close(code, reason))

        def close(code: int, reason: str) -> None:
            connection.end()
            if code == 1006:
                socket.transport.abort()
            else:
                outgoing.put_nowait((code, reason))

        sender = asyncio.create_task(self._send(socket, outgoing))
        try:
            with suppress(ConnectionClosed):
                async for message in socket:
                    connection.request(message if isinstance(message, bytes) else message.encode())
        finally:
            if connection.is_open:
                connection.end()
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    async def _send(self, socket: ServerConnection, outgoing: asyncio.Queue[str | bytes | tuple[int, str]]) -> None:
        with suppress(ConnectionClosed):
            while True:
                message = await outgoing.get()
                if isinstance(message, tuple):
                    await socket.close(*message)
                    return
                self._director.arrived(message)
                await socket.send(message)


class ProcessViewer:
    """What a plan may do to the viewer's process; see :class:`tools.harness.stage.Viewer`."""

    def __init__(self) -> None:
        self.pid: int | None = None
        self.stopped_until = 0.0

    def stop(self, seconds: float, *, suspend: bool = False) -> None:
        assert not suspend
        if self.pid is None:
            return
        loop, pid = asyncio.get_running_loop(), self.pid
        os.kill(pid, signal.SIGSTOP)
        self.stopped_until = max(self.stopped_until, loop.time() + seconds)
        loop.call_at(self.stopped_until, self._go_on, pid)

    def step_clock(self, seconds: float) -> None:
        raise NotImplementedError

    def add(self, product: str) -> None:
        raise NotImplementedError

    def remove(self, product: str) -> None:
        raise NotImplementedError

    def _go_on(self, pid: int) -> None:
        if asyncio.get_running_loop().time() >= self.stopped_until - 0.001 and self.pid == pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


class Reader(Protocol):
    """Runs the viewer and has what it shows judged."""

    @property
    def shown_after(self) -> float:
        """Seconds from the sending of a message until what is read can show it, beside the path's delay."""

    async def read(self, run: SocketRun, words: list[str]) -> None:
        """Until the run is over."""


class SocketRun:
    """One seed over sockets.

    Args:
        plan: What happens.
        folder: Home of the viewer's process.
        reader: Of its lines or of its screen.
    """

    def __init__(self, plan: Plan, folder: Path, reader: Reader) -> None:
        self.plan = plan
        self.bench = Bench(folder)
        self._reader = reader
        self._random = chance(plan.seed)

    async def play(self) -> Result:
        """Run it to its end.

        Raises:
            Failure: A requirement does not hold; with the seed and the story.
        """
        plan, random, clock = self.plan, self._random, SystemClock()
        self.time = RealTime(asyncio.get_running_loop())
        self.unix_ahead = clock.unix() - self.time.now()
        self.venue = Venue(self.time, clock.unix, chance(random.random()), plan.traits, plan.books)
        self.oracle = Oracle(self.venue)
        self.viewer = ProcessViewer()
        self.stage = Stage(self.time, self.venue, plan, self.viewer)
        self.director = Director(
            plan,
            self.stage,
            self.oracle,
            chance(random.random()),
            shown_after=plan.delay + self._reader.shown_after,
            starts_within=_STARTS_WITHIN,
            patience=_PATIENCE,
        )
        async with (
            Server(self.venue, self.director) as server,
            Relay(server.port, self.stage.network, self.time, self._heard, self._connected_by) as relay,
        ):
            self.oracle.least_seconds = self.stage.least_seconds
            self.director.begin()
            words = ["--url", f"ws://{_HOST}:{relay.port}", *plan.products]
            try:
                await self._reader.read(self, words)
            except Failure as failure:
                raise Failure(self.director.told(str(failure))) from None
        return self.director.result()

    def _heard(self) -> None:
        self.oracle.heard(self.time.now())

    def _connected_by(self, lane: Lane) -> None:
        self.stage.lane = lane


class LineReader:
    """Reads ``depthview stream``."""

    shown_after = 0.05

    async def read(self, run: SocketRun, words: list[str]) -> None:
        """See :meth:`Reader.read`."""
        every = ("--depth", "0", "--every", f"{run.plan.every:g}")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "depthview", "stream", *every, *words),
            env=run.bench.environment(),
            cwd=run.bench.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
        )
        assert process.stdout is not None
        run.viewer.pid = process.pid
        try:
            while not run.director.over:
                text = await process.stdout.readline()
                if not text:
                    assert process.stderr is not None
                    raise Failure(f"the viewer ended: {(await process.stderr.read()).decode()[-800:]}")
                line = read_line(text)
                run.director.seen(*run.oracle.judge(line, line.at - run.unix_ahead))
        finally:
            run.viewer.pid = None
            if process.returncode is None:
                process.kill()
            await process.wait()


async def play(
    seed: int, folder: Path, *, screen: bool, kinds: Iterable[str] | None = None, seconds: float = MINUTE
) -> Result | str:
    """Play a seed over sockets; its result, or how it failed.

    Args:
        seed: As of :func:`tools.harness.plan.plan`.
        folder: Home of the viewer's process.
        screen: Read ``view`` and not ``stream``.
        kinds: Faults that may strike; None for all that can over sockets, and none in every fifth seed.
        seconds: How long.
    """
    if kinds is None:
        kinds = SOCKET_KINDS if seed % 5 else ()
    made = plan(seed, [kind for kind in kinds if kind in SOCKET_KINDS], seconds=seconds)
    try:
        return await SocketRun(made, folder, ScreenReader() if screen else LineReader()).play()
    except Failure as failure:
        return f"{'view' if screen else 'stream'}, {failure}"
