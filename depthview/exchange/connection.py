"""One client's connection: its subscriptions, what it is sent, and how that is numbered.

* Data first, then the acknowledgement, as the venue does (observed).
* A connection is dropped (1008) when it sends nothing within 5 s of opening (documented).
* What a client does not read is queued up to a limit. Beyond it the connection is dropped (1008), since leaving out
  frames would make every book on it wrong. What the venue does with slow readers is not documented.
* Snapshots are made one at a time, each after everything before it has been sent.
* Unauthenticated messages are limited for each connection. The venue counts for each address (documented), but all
  clients of a loopback server share one.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Final

from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from depthview.exchange.message_queue import MessageQueue
from depthview.exchange.messages import Channel, ErrorText, SequenceCounter, VenueFrame, acknowledgement_event, error
from depthview.exchange.options import AuthPolicy
from depthview.exchange.pipeline import Outgoing, Pipeline
from depthview.exchange.requests import ClientRequest, parse
from depthview.exchange.tokens import RefusalReason, TokenRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from websockets.asyncio.server import ServerConnection

    from depthview.exchange.pipeline import WireAction
    from depthview.exchange.venue import Venue


_log = logging.getLogger(__name__)

MOST_LEVEL2_PRODUCTS: Final = 30
"""At a time on one connection (reported: 30 are fine, 31 are refused)."""
MOST_UNAUTHENTICATED: Final = 8
"""Messages per second (documented)."""


class _Dropped(Exception):
    """The connection is to be closed; the message says why."""


class VenueConnection:
    """Serves one client until either side ends it.

    Args:
        socket: The client's open WebSocket.
        venue: What all connections share.
        number: Which connection of the exchange it is, from 1.
    """

    def __init__(self, socket: ServerConnection, venue: Venue, number: int) -> None:
        self.number = number
        self.socket = socket
        self.sequence = SequenceCounter(venue.options.numbering)
        self.pipeline = Pipeline()
        self._venue = venue
        self._envelope = venue.options.envelope
        self.queue = MessageQueue(venue.options.queue_bytes, self._send)
        self._subscribed: dict[Channel, dict[str, None]] = {}
        self._unauthenticated: deque[float] = deque()

    async def run(self) -> None:
        """Serve until the connection is closed, then end its subscriptions."""
        reason = ""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.queue.run())
                tasks.create_task(self.queue.run_delayed())
                tasks.create_task(self._drop_slow_reader())
                tasks.create_task(self._read())
        except* ConnectionClosed:
            pass  # the usual end, by either side
        except* _Dropped as group:
            reason = str(group.exceptions[0])
        finally:
            self.pipeline.finish()
            for channel in tuple(self._subscribed):
                self.leave(channel, tuple(self._subscribed[channel]))
        if reason:
            _log.info("closed a connection: %s", reason)
            await self.socket.close(CloseCode.POLICY_VIOLATION, reason)

    def emit(self, frame: VenueFrame) -> None:
        """Number a frame and send it; never waits."""
        if self.pipeline.is_idle:
            self.queue.put(frame.numbered(self.sequence.number(frame.product), self._envelope))
            self.pipeline.passed += 1
            return
        self.pipeline.call_triggers(self.sequence.upcoming(frame.product))
        for given in self.pipeline.frames(frame):
            self.pipeline.numbering(given)
            number = self.sequence.number(given.product)
            self.post(Outgoing(given.numbered(number, self._envelope), given, number))

    def post(self, outgoing: Outgoing) -> None:
        """Send a message in its final form; never waits."""
        messages = (outgoing,) if self.pipeline.is_idle else self.pipeline.messages(outgoing)
        self.pipeline.passed += 1
        for message in messages:
            self.queue.put(message.content)

    def subscribed(self, channel: Channel) -> tuple[str, ...]:
        """The products that the client has on a channel."""
        return tuple(self._subscribed.get(channel, ()))

    def subscriptions(self) -> dict[str, list[str]]:
        """All that the client has, as an acknowledgement lists it: products by the name of the channel asked for."""
        return {channel.value: [name or channel.value for name in names] for channel, names in self._subscribed.items()}

    def leave(self, channel: Channel, names: Iterable[str]) -> None:
        """End subscriptions without an acknowledgement; unknown ones are ignored."""
        present = self._subscribed.get(channel, {})
        for name in ("" if name == channel.value else name for name in names):
            present.pop(name, None)
            self._venue.subscribers.leave(channel, name, self)
        if not present:
            self._subscribed.pop(channel, None)

    async def _send(self, message: bytes | WireAction) -> None:
        if isinstance(message, bytes):
            await self.socket.send(message, text=True)
        else:
            await message.send(self.socket)

    async def _drop_slow_reader(self) -> None:
        await self.queue.overflowed.wait()
        raise _Dropped("reads too slowly")

    async def _read(self) -> None:
        options = self._venue.options
        patience: float | None = options.subscribe_within_seconds
        sent_nothing = True
        while True:
            try:
                async with asyncio.timeout(patience):
                    message = await self.socket.recv()
            except TimeoutError:
                if sent_nothing:
                    raise _Dropped("no subscription in time") from None
                self._refuse(ErrorText.REQUEST, "still no request")
                continue
            sent_nothing = False
            request = parse(message)
            if request is not None:
                patience = None
                if self.pipeline.is_idle or not self.pipeline.swallows(request):
                    await self._handle(request)
            else:
                if patience is not None:
                    patience = options.complain_every_seconds
                if self._is_within_rate():
                    self._refuse(ErrorText.REQUEST, "not a request")

    async def _handle(self, request: ClientRequest) -> None:
        reason = self._reason_against(request.jwt)
        authenticated = request.jwt is not None and reason is None
        if not authenticated and not self._is_within_rate():
            return
        if reason is not None:
            self._refuse(ErrorText.AUTHENTICATION, reason.value)
            return
        try:
            channel = Channel(request.channel)
        except ValueError:
            # The venue says the same to a misspelt channel as to a bad token (reported).
            self._refuse(ErrorText.AUTHENTICATION, RefusalReason.CHANNEL.value)
            return
        if request.type == "subscribe":
            await self._subscribe(channel, request.product_ids or ())
        else:
            self._unsubscribe(channel, request.product_ids or ())

    def _reason_against(self, token: object) -> RefusalReason | None:
        """Why a message with this ``jwt`` is refused; None where it is not."""
        if token is None:
            return RefusalReason.NO_TOKEN if self._venue.options.auth is AuthPolicy.REQUIRED else None
        if not isinstance(token, str):
            return RefusalReason.MALFORMED
        try:
            self._venue.verifier.accept(token)
        except TokenRefused as refusal:
            return refusal.reason
        return None

    def _is_within_rate(self) -> bool:
        """Count one unauthenticated message; False where it exceeds the limit, which the client is told."""
        now = self._venue.clock.monotonic()
        while self._unauthenticated and self._unauthenticated[0] <= now - 1:
            self._unauthenticated.popleft()
        if len(self._unauthenticated) >= MOST_UNAUTHENTICATED:
            self._refuse(ErrorText.RATE, f"over {MOST_UNAUTHENTICATED} unauthenticated messages a second")
            return False
        self._unauthenticated.append(now)
        return True

    def _refuse(self, text: ErrorText, reason: str) -> None:
        self._venue.refuse(text, reason)
        self.post(Outgoing(error(text.value)))

    async def _subscribe(self, channel: Channel, names: Sequence[str]) -> None:
        present = self._subscribed.get(channel, {})
        wanted = [name for name in self._subjects(channel, names) if name not in present]
        if channel is Channel.LEVEL2 and len(present) + len(wanted) > MOST_LEVEL2_PRODUCTS:
            self._refuse(ErrorText.LEVEL2_STREAMS, f"over {MOST_LEVEL2_PRODUCTS} products on level2")
            return
        if channel is Channel.STATUS and wanted:
            self.emit(self._venue.status(wanted))
        for name in wanted:
            if name in self._venue.feeds and channel is not Channel.STATUS:
                await self.queue.drained()
                self.emit(self._venue.feeds[name].snapshot(channel, self._venue.moment()))
            self._subscribed.setdefault(channel, {})[name] = None
            self._venue.subscribers.join(channel, name, self)
        self._acknowledge()

    def _unsubscribe(self, channel: Channel, names: Sequence[str]) -> None:
        """Unsubscribe these products, or the whole channel where none is named (documented)."""
        present = self._subscribed.get(channel, {})
        whole = not names or channel is Channel.HEARTBEATS
        self.leave(channel, tuple(present) if whole else self._venue.resolve(names))
        self._acknowledge()

    def _subjects(self, channel: Channel, names: Sequence[str]) -> tuple[str, ...]:
        """What a subscription of these names covers: products, or "" on a channel without products."""
        if channel is Channel.HEARTBEATS:
            return ("",)
        if channel is Channel.STATUS and not names:
            return tuple(self._venue.feeds)
        return self._venue.resolve(names)

    def _acknowledge(self) -> None:
        event = acknowledgement_event(self.subscriptions())
        self.emit(VenueFrame("subscriptions", self._venue.moment().instant_ns, event))
