"""The worker: connects, signs and sends what the session requests, hands frames over, and connects again.

One owner for its whole life: whoever awaits :meth:`FeedWorker.run`. Cancelling that ends it at any moment, closes the
socket within a second, and swallows nothing.
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
"""Seconds of data after which a connection counts as good and the waits start anew; a handshake proves nothing."""


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
        """The connection has proved itself."""
        self._failures = 0


_LOG: Final = logging.getLogger(__name__)
TICK_SECONDS: Final = 0.1
_CONTROL_BYTES: Final = 127
"""The most that a ping takes, which counts as part of a message until it is whole."""
_BIG: Final = 1 << 20
"""Characters of a message that takes so long that keys and screen get a turn between the steps of its way in."""
_BREATH: Final = 0.001
"""Seconds between those steps. A turn of the loop would not do: this task would be back before what waits for a timer,
or takes several turns, as a key does."""
_YIELD_AFTER: Final = 0.005
"""Seconds of work on waiting frames after which keys and screen get their turn."""


class FeedWorker:
    """Keeps a session fed.

    Args:
        connector: Opens connections.
        sink: Takes frames and says what to send.
        clock: Stamps the frames.
        backoff: The waits between tries.
        sign: Makes a token; None where messages carry none.
        token_clock: The clock that tokens live by, where it is not ``clock``.
        recorder: Keeps what comes in; None for none.
        sleep: Waits between tries.
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
        """Whether a message has been received and not yet been handed over."""

    def stop(self) -> None:
        """Take in and record nothing more: what the sink shows stays as it is until :meth:`run` is cancelled."""
        self._stopped = True

    async def run(self) -> None:
        """Feed the sink until cancelled, or until trying again cannot help.

        Raises:
            ConnectionFailed: The final failure; the sink has been told of it.
        """
        while True:
            self._sink.connecting(self._clock.monotonic())
            self._sink.tick(self._clock.monotonic(), self._clock.unix())  # connecting may take its time
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
        """Wait, and keep ages and countdowns moving meanwhile."""
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0:
            await self._sleep(min(left, TICK_SECONDS))
            self._sink.tick(self._clock.monotonic(), self._clock.unix())

    async def _pump(self, link: Link) -> None:
        """Receive and send until the connection ends, which it always does by an exception."""
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
                    # Not awaited here: time must pass although a peer that does not read lets nothing be sent.
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
                await asyncio.sleep(_BREATH)
            binary = isinstance(message, bytes)
            raw = message if isinstance(message, bytes) else message.encode()
            ahead = None
            if len(raw) > _BIG:
                await asyncio.sleep(_BREATH)
                ahead = None if binary else decode_ahead(raw)
                await asyncio.sleep(_BREATH)
                for _ in ready_ahead(ahead):
                    await asyncio.sleep(_BREATH)
            if recorder is not None:
                recorder.frame(raw, at=unix, binary=binary)
            sink.receive(raw, now, unix, binary=binary, message=ahead)
            if sink.good_for() > GOOD_AFTER:
                self._backoff.good()
            # Sixty thousand rows are not held, nor let go, beside the next frames.
            ahead = None
            if not link.waiting:
                sink.caught_up(now)
            await self._send(link)
            if clock.monotonic() - yielded_at > _YIELD_AFTER:
                # A full queue is handed out without ever waiting, so the loop would not turn.
                await asyncio.sleep(0)
                yielded_at = clock.monotonic()

    async def _send(self, link: Link) -> None:
        """Send what the sink asks for; one caller at a time, since answers are told apart by the order of sending."""
        async with self._sending:
            for request in self._sink.drain(self._clock.monotonic()):
                token = self._token() if request.signed else None
                await link.send(encode(request, token.text if token is not None else None))
                facts: tuple[float, float] | None = None
                if token is not None:
                    facts = (token.expires_at - self._token_clock.unix(), token.expires_at - token.issued_at)
                self._sink.sent(request, self._clock.monotonic(), facts)

    def _token(self) -> Token | None:
        """A token for the next message; None where messages carry none, or none can be made."""
        if self._sign is None:
            return None
        try:
            return self._sign()
        except SigningFailed as failure:
            # The books need none: the message goes without, and the screen says so.
            _LOG.warning("%s", failure)
            return None


Sign = Callable[[], Token | None]
"""Makes the token for the next message; None where there is none to be had any more. May raise SigningFailed."""


class Link(Protocol):
    """One open connection."""

    @property
    def clock_offset(self) -> Offset | None:
        """How far this machine's clock is from the venue's, by the handshake; None where it told no time."""

    @property
    def bytes_heard(self) -> int:
        """Bytes that have come in so far, also those of a message that is not whole yet, without pings and pongs."""

    @property
    def waiting(self) -> bool:
        """Whether more has come than was received, be it here or with the system."""

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
    """Opens connections."""

    def open(self) -> AbstractAsyncContextManager[Link]:
        """A context in which the connection is open.

        Raises:
            ConnectionFailed: On entering, when it cannot be made.
        """
