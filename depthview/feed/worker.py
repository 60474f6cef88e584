"""The worker: connects, signs and sends what the session requests, hands frames over, and reconnects.

Whoever awaits :meth:`FeedWorker.run` owns it. Cancelling that ends it and closes the socket within a second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from depthview.auth.tokens import Token
from depthview.coinbase.messages import decode_ahead, ready_ahead
from depthview.coinbase.requests import encode
from depthview.core.clock_offset import to_detail
from depthview.errors import ConnectionFailed, SigningFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from contextlib import AbstractAsyncContextManager
    from random import Random

    from depthview.clock import Clock
    from depthview.core.clock_offset import Offset
    from depthview.recordings.writer import Recorder
    from depthview.session.frame_log import FrameSink

FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 30.0
GOOD_AFTER: Final = 10.0
"""Seconds of data after which the waits start again; a handshake proves nothing."""


class Backoff:
    """Waits that double from half a second to thirty, each drawn from its upper half so that clients spread out."""

    def __init__(self, random: Random) -> None:
        self._random: Random = random
        self._failures = 0

    def failed(self, least: float = 0.0) -> float:
        """Seconds to wait after one more failure, at least ``least``."""
        span = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(self._failures, 10))
        self._failures += 1
        wait: float = span * (0.5 + self._random.random() / 2)
        return max(least, wait)

    def good(self) -> None:
        """Start again from the shortest wait."""
        self._failures = 0


_LOG: Final = logging.getLogger(__name__)
TICK_SECONDS: Final = 0.1
_CONTROL_BYTES: Final = 127
"""The largest ping: it counts as part of a message until it is complete."""
_BIG: Final = 1 << 20
"""Characters of a message that takes so long that other tasks may run between the steps of processing it."""
_YIELD_SECONDS: Final = 0.001
"""Seconds between those steps. With ``sleep(0)`` this task would run again before a timer, or a key, which takes many
turns of the loop."""
_YIELD_AFTER: Final = 0.005
"""Seconds of work on waiting frames after which other tasks may run."""


class FeedWorker:
    """Keeps a session fed.

    Args:
        connector: Opens connections.
        sink: Takes frames and says what to send.
        clock: Gives the time of arrival.
        backoff: The waits between attempts.
        sign: Makes a token; None where messages carry none.
        token_clock: The clock of the tokens, if it is not ``clock``.
        recorder: Records what arrives; None for none.
        sleep: Waits between attempts.
    """

    def __init__(
        self,
        connector: Connector,
        sink: FrameSink,
        clock: Clock,
        backoff: Backoff,
        *,
        sign: Sign | None = None,
        token_clock: Clock | None = None,
        recorder: Recorder | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._connector = connector
        self._sink = sink
        self._clock = clock
        self._backoff = backoff
        self._sign = sign
        self._token_clock = token_clock or clock
        self._recorder = recorder
        self._sleep = sleep
        self._sending = asyncio.Lock()
        self._stopped = False
        self._reading = False
        """Whether a message has been received and not handed over."""

    def stop(self) -> None:
        """Hand over and record nothing more: the sink stays as it is until :meth:`run` is cancelled."""
        self._stopped = True

    async def run(self) -> None:
        """Feed the sink until cancelled, or until reconnecting cannot help.

        Raises:
            ConnectionFailed: The final failure; the sink has been told.
        """
        while True:
            self._sink.connecting(self._clock.monotonic())
            self._sink.tick(self._clock.monotonic(), self._clock.unix())  # connecting may take long
            opened = False
            try:
                async with self._connector.open() as link:
                    opened = True
                    self._open(link)
                    await self._pump(link)
            except ConnectionFailed as failure:
                wait = None if failure.final else self._backoff.failed(failure.retry_after_seconds)
                self._close(str(failure), wait, was_open=opened)
                if wait is None:
                    raise
                await self._wait(wait)

    def _open(self, link: Link) -> None:
        unix = self._clock.unix()
        self._sink.clock_measured(link.clock_offset)
        if self._recorder is not None:
            offset = link.clock_offset
            self._recorder.event("opened", at=unix, detail="" if offset is None else to_detail(offset))
        self._sink.opened(self._clock.monotonic(), unix)

    def _close(self, why: str, wait: float | None, *, was_open: bool) -> None:
        now, unix = self._clock.monotonic(), self._clock.unix()
        if self._recorder is not None and was_open:
            self._recorder.event("closed", at=unix, detail=why)
        self._sink.closed(now, unix, why, None if wait is None else now + wait)

    async def _wait(self, seconds: float) -> None:
        """Wait with ticks, so that ages and countdowns go on."""
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0:
            await self._sleep(min(left, TICK_SECONDS))
            self._sink.tick(self._clock.monotonic(), self._clock.unix())

    async def _pump(self, link: Link) -> None:
        """Receive and send until the connection ends, always by an exception."""
        sender = asyncio.create_task(self._send(link), name="depthview-sender")
        reader = asyncio.create_task(self._read(link), name="depthview-reader")
        heard = link.bytes_heard
        self._reading = False
        try:
            while True:
                done, _ = await asyncio.wait({reader}, timeout=TICK_SECONDS)
                now, size = self._clock.monotonic(), link.bytes_heard - heard
                if size > _CONTROL_BYTES:
                    heard += size
                    self._sink.part_came(size, now)
                self._sink.tick(now, self._clock.unix())
                if not self._reading and not link.waiting:
                    self._sink.caught_up(now)
                if done:
                    reader.result()
                why = self._sink.take_reconnect()
                if why:
                    raise ConnectionFailed(why)
                if sender.done():
                    sender.result()
                    # Not awaited: ticks must go on while a peer that does not read blocks the sender.
                    sender = asyncio.create_task(self._send(link), name="depthview-sender")
        finally:
            reader.cancel()
            sender.cancel()
            await asyncio.gather(reader, sender, return_exceptions=True)

    async def _read(self, link: Link) -> None:
        clock, sink, recorder = self._clock, self._sink, self._recorder
        yielded_at = clock.monotonic()
        while True:
            self._reading = False
            message = await link.receive()
            self._reading = True
            if self._stopped:
                continue
            now, unix = clock.monotonic(), clock.unix()
            if len(message) > _BIG:
                await asyncio.sleep(_YIELD_SECONDS)
            binary = isinstance(message, bytes)
            raw = message if isinstance(message, bytes) else message.encode()
            ahead = None
            if len(raw) > _BIG:
                await asyncio.sleep(_YIELD_SECONDS)
                ahead = None if binary else decode_ahead(raw)
                await asyncio.sleep(_YIELD_SECONDS)
                for _ in ready_ahead(ahead):
                    await asyncio.sleep(_YIELD_SECONDS)
            if recorder is not None:
                recorder.frame(raw, at=unix, binary=binary)
            sink.receive(raw, now, unix, binary=binary, message=ahead)
            if sink.good_for() > GOOD_AFTER:
                self._backoff.good()
            # Free 60,000 rows before the next frame.
            ahead = None
            if not link.waiting:
                sink.caught_up(now)
            await self._send(link)
            if clock.monotonic() - yielded_at > _YIELD_AFTER:
                # receive() does not wait while the queue has frames, so other tasks would not run.
                await asyncio.sleep(0)
                yielded_at = clock.monotonic()

    async def _send(self, link: Link) -> None:
        """Send what the sink requests. One caller at a time: responses are matched by the order of sending."""
        async with self._sending:
            for request in self._sink.drain(self._clock.monotonic()):
                token = self._token() if request.signed else None
                await link.send(encode(request, token.text if token is not None else None))
                facts: tuple[float, float] | None = None
                if token is not None:
                    facts = (token.expires_at - self._token_clock.unix(), token.expires_at - token.issued_at)
                self._sink.sent(request, self._clock.monotonic(), facts)

    def _token(self) -> Token | None:
        """A token for the next message; None where messages carry none, or it cannot be made."""
        if self._sign is None:
            return None
        try:
            return self._sign()
        except SigningFailed as failure:
            # The public channels need none: the message goes without, and the screen says so.
            _LOG.warning("%s", failure)
            return None


Sign = Callable[[], Token | None]
"""Makes the token for the next message; None where there is none. May raise SigningFailed."""


class Link(Protocol):
    """One open connection."""

    @property
    def clock_offset(self) -> Offset | None:
        """Of this machine's clock from the venue's, by the handshake; None where it had no time."""

    @property
    def bytes_heard(self) -> int:
        """Bytes received, without pings and pongs; with those of a message that is not complete."""

    @property
    def waiting(self) -> bool:
        """Whether anything has arrived that was not received, in this process or in the system's buffer."""

    async def receive(self) -> str | bytes:
        """The next message: text, or bytes of a binary one.

        Raises:
            ConnectionFailed: The connection is gone; raised again by every later call.
        """

    async def send(self, text: bytes) -> None:
        """Send UTF-8 bytes as a text message.

        Raises:
            ConnectionFailed: The connection is gone.
        """


class Connector(Protocol):
    def open(self) -> AbstractAsyncContextManager[Link]:
        """A context in which the connection is open.

        Raises:
            ConnectionFailed: On entering, when it cannot be made.
        """
