"""What a fault does from its strike until all is well again.

Rules, all of them kept here and in :mod:`depthview.exchange.faults.tampering`:

* an effect sees a frame before it is numbered (:meth:`LineEffect.frames`) and the message after
  (:meth:`LineEffect.messages`); what it leaves out before has no number, and what it leaves out after has used one;
* it emits frames of its own only from :meth:`Effect.begin`, :meth:`Effect.tick` and :meth:`Effect.heal`, which are
  called between frames, and it does not see those that it emits in :meth:`Effect.heal`;
* the true book is never touched: what an effect added to a client's book, :meth:`Effect.heal` takes back.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import msgspec

from depthview.exchange.faults.journal import Injected, Journal
from depthview.exchange.faults.parcels import Parcel
from depthview.exchange.messages import Channel, Frame
from depthview.exchange.venue import Venue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request as HttpRequest
    from websockets.http11 import Response

    from depthview.exchange.faults.grammar import Order
    from depthview.exchange.faults.journal import What
    from depthview.exchange.faults.tampering import Tampering
    from depthview.exchange.messages import Numberer, Request


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message with all that is left to do to it: send it."""

    content: bytes | Parcel
    frame: Frame | None = None
    """What it was made of; None for an error and for what is no frame."""
    sequence: int | None = None


class Line(Protocol):
    """A connection, as effects see it."""

    @property
    def number(self) -> int:
        """Of the connection, from 1."""

    @property
    def socket(self) -> ServerConnection:
        """The open WebSocket."""

    @property
    def numberer(self) -> Numberer:
        """Where its frames get their numbers."""

    @property
    def tampering(self) -> Tampering:
        """Where effects on it are at work."""

    def subscribed(self, channel: Channel) -> tuple[str, ...]:
        """The products that it has on a channel."""

    def subscriptions(self) -> dict[str, list[str]]:
        """All that it has, as an acknowledgement lists it: products by the channel's name."""

    def leave(self, channel: Channel, names: Iterable[str]) -> None:
        """End subscriptions without a word; those that it does not have are passed over."""

    def emit(self, frame: Frame) -> None:
        """Number a frame and send it; never waits."""

    def post(self, outgoing: Outgoing) -> None:
        """Send something that has its final form; never waits."""

    def delay(self, seconds: float) -> None:
        """Send what is sent from now on so much later; the order stays."""

    def hold(self) -> None:
        """Send nothing, from the message on that is not under way yet, until as many :meth:`resume`."""

    def resume(self) -> None:
        """Take back one :meth:`hold`."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where faults act: what every effect is given."""

    venue: Venue
    journal: Journal
    lines: dict[int, Line]
    """Open connections by their number."""
    closing: asyncio.Event
    """Set when the exchange ends; whoever waits for anything else waits for this too."""

    def now(self) -> float:
        """The venue's monotonic seconds, which durations run on."""
        return self.venue.clock.monotonic()


class Effect:
    """A fault at work.

    Args:
        order: What was asked for.
        scene: Where.
        until: Monotonic seconds at which it ends; infinity for when it is done.
    """

    timed: ClassVar[bool] = False
    """Whether it lasts for its key ``seconds``."""
    zero_is_for_good: ClassVar[bool] = False
    """Whether ``seconds=0`` means that it never ends."""

    def __init__(self, order: Order, scene: Scene, until: float) -> None:
        self.order = order
        self.settings = order.settings
        self.scene = scene
        self.until = until
        self.is_over = False
        self._touched = 0

    @classmethod
    def ends_at(cls, order: Order, now: float) -> float:
        """When an effect that strikes now is to end."""
        if not cls.timed:
            return math.inf
        seconds = order.settings.seconds("seconds")
        return math.inf if cls.zero_is_for_good and not seconds else now + seconds

    def begin(self) -> None:
        """Strike."""

    def tick(self, now: float) -> None:
        """Let time pass; called every 50 ms or oftener."""

    def heal(self) -> None:
        """Take back what was done; called once, when it is over."""

    def start(self) -> None:
        """Put it on record and strike."""
        self._record("begin", keys=self.order.keys)
        self.begin()

    def run(self, now: float) -> None:
        """Let time pass, up to the end."""
        if not self.is_over:
            self.tick(now)
        if not self.is_over and now >= self.until:
            self.finish()

    def finish(self) -> None:
        """End it, once."""
        if self.is_over:
            return
        self.is_over = True
        self.heal()
        self._record("end", frames=self._touched)

    def touched(self, outgoing: Outgoing, action: str) -> None:
        """Put a frame that was touched on record."""
        frame = outgoing.frame
        self._touched += 1
        self._record(
            "frame",
            sequence=outgoing.sequence,
            product=frame.product if frame is not None else None,
            channel=frame.channel if frame is not None else "",
            action=action,
        )

    @property
    def connection(self) -> int | None:
        """The connection that it works on, None for the venue."""
        return None

    def _record(
        self,
        what: What,
        *,
        sequence: int | None = None,
        product: str | None = None,
        channel: str = "",
        action: str = "",
        frames: int = 0,
        keys: dict[str, str] | None = None,
    ) -> None:
        at = self.scene.venue.real_clock.unix()
        self.scene.journal.add(
            Injected(
                at, self.order.fault.name, what, self.connection, sequence, product, channel, action, frames, keys or {}
            )
        )


class VenueEffect(Effect):
    """An effect on what all connections share."""

    async def at_the_door(self, request: HttpRequest, socket: ServerConnection) -> Response | None:
        """An answer to a WebSocket handshake in place of the usual one; None leaves it to others."""
        return None


class LineEffect(Effect):
    """An effect on one connection."""

    sticks: ClassVar[bool] = False
    """Whether connections that are opened while it lasts suffer it too: it is what the venue shows."""

    def __init__(self, order: Order, scene: Scene, until: float, line: Line) -> None:
        super().__init__(order, scene, until)
        self.line = line
        self._product = order.product
        self._marked: list[tuple[Frame, str]] = []

    @property
    def connection(self) -> int | None:
        """Its connection's number."""
        return self.line.number

    def frames(self, frame: Frame) -> Iterable[Frame]:
        """What goes on in place of a frame that has no number yet."""
        return (frame,)

    def numbering(self, frame: Frame) -> None:
        """Look at a frame that no effect will replace any more, just before it gets its number."""

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        """What goes on in place of a message in its final form."""
        return (outgoing,)

    def swallows(self, request: Request) -> bool:
        """Look at a client's request; True keeps it from the venue."""
        return False

    def fits(self, frame: Frame | None) -> bool:
        """Whether a frame is of the product and channel that the order names."""
        if frame is None:
            return False
        if self.order.product and frame.product != self.order.product:
            return False
        return not self.order.channel or frame.channel == self.order.channel

    def has_book(self) -> bool:
        """Whether the client has that product's book, or is being sent it."""
        return bool(self.product()) and self.product() in self.line.subscribed(Channel.LEVEL2)

    def product(self) -> str:
        """The product that it is about, for effects on one: as ordered, or the first that is on level2; or empty."""
        if not self._product:
            self._product = next(iter(self.line.subscribed(Channel.LEVEL2)), "")
        return self._product

    def is_book_of_product(self, frame: Frame) -> bool:
        """Whether a frame is level2 of that product; the first frame there is decides where nothing did before."""
        if frame.channel != Channel.LEVEL2.label or frame.product is None:
            return False
        if not self.product():
            self._product = frame.product
        return frame.product == self._product

    def mark(self, frame: Frame, action: str) -> Frame:
        """Have a frame that :meth:`frames` returns put on record when it has its number; returns it."""
        self._marked.append((frame, action))
        return frame

    def observe(self, outgoing: Outgoing) -> None:
        """Put a marked frame on record."""
        for marked in self._marked:
            if marked[0] is outgoing.frame:
                self._marked.remove(marked)
                self.touched(outgoing, marked[1])
                return

    def emit(self, frame: Frame, action: str = "added") -> None:
        """Send a frame of one's own and put it on record, unless there is nobody left to send it to."""
        if not self.line.tampering.is_closed:
            self.line.emit(self.mark(frame, action))

    def post(self, content: bytes | Parcel, action: str = "added") -> None:
        """Send something without a number and put it on record."""
        outgoing = Outgoing(content)
        self.line.post(outgoing)
        self.touched(outgoing, action)

    def frame(self, channel: Channel, event: bytes, product: str | None = None) -> Frame:
        """A frame made now."""
        return Frame(channel.label, self.scene.venue.moment().instant_ns, event, product)


def is_snapshot(frame: Frame) -> bool:
    """Whether the event in it is a snapshot."""
    return frame.event.startswith(b'{"type":"snapshot"')


def only_event(frame: Frame) -> dict[str, Any]:
    """The event in a frame, for an effect that rewrites it; empty where another effect has made it something else."""
    try:
        event = msgspec.json.decode(frame.event)
    except msgspec.DecodeError:
        return {}
    return event if isinstance(event, dict) else {}
