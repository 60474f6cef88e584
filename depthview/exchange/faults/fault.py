"""What faults have in common.

A fault is one class::

    @fault("gap", "drop COUNT frames after numbering them")
    class Gap(ConnectionFault):
        count = whole(1, 1, 10_000)

The catalogue, ``--help``, the demo's palette, the parser of ``--fault`` and the injection log are made from it. An
instance is one occurrence: on one connection, or on the venue.

Rules:

* a fault emits frames of its own only from ``begin``, ``tick`` and ``undo``, which are called between frames, and it
  does not see those that it emits in ``undo``;
* the true book is never touched: what a fault added to a client's book, ``undo`` takes back.

Cheap to import, as are the modules of the faults: the command line's help is made from them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, TypeVar

from depthview.exchange.faults.injections import Injection, InjectionLog
from depthview.exchange.faults.parameters import Duration, FaultKey
from depthview.exchange.messages import Channel, VenueFrame
from depthview.exchange.pipeline import Interceptor, Outgoing

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable

    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Response

    from depthview.exchange.connection import VenueConnection
    from depthview.exchange.pipeline import WireAction
    from depthview.exchange.venue import Venue

ACKNOWLEDGEMENTS: Final = "subscriptions"
"""The channel of acknowledgements."""


@dataclass(frozen=True, slots=True)
class FaultDescription:
    """What a user is told about a fault."""

    name: str
    help: str
    """One line. A word in capitals is a key or a name that acknowledgements and frames carry."""
    keys: tuple[FaultKey[Any], ...]
    """Its own; some more go with every fault."""
    after: float
    """Seconds from the first connection, unless a script says when."""
    made_by: type[InjectedFault]

    @property
    def usage(self) -> str:
        """Its keys with their defaults, as they would be written: ``count=1``."""
        return ",".join(f"{key.name}={key.default}" for key in self.keys)


@dataclass(frozen=True, slots=True)
class When:
    after: float | None
    """Seconds from the first connection; None for at once."""
    at: int | None = None
    """Instead: at the frame of this number."""
    frame: int | None = None
    """Instead: at the frame that is this many on its connection, from 1."""
    every: float = 0.0
    """Seconds between occurrences, 0 for a single one."""
    is_random: bool = False
    """Whether those seconds are an average."""
    times: int | None = 1
    """Occurrences in all; None for no end."""

    @property
    def is_by_frame(self) -> bool:
        return self.at is not None or self.frame is not None


@dataclass(frozen=True, slots=True)
class FaultOrder:
    fault: FaultDescription
    values: Mapping[str, Any]
    """Of each of its own keys."""
    when: When
    product: str = ""
    """Touch only this one; empty for all."""
    channel: str = ""
    """By the name that frames carry; empty for all."""
    connection: int | None = None
    """Only this connection, from 1."""
    given: tuple[tuple[str, str], ...] = ()
    """Keys that were written, as written."""

    @property
    def keys(self) -> dict[str, str]:
        """The fault's own keys with their values, and those of the common ones that were written."""
        own = {key: f"{value:g}" if isinstance(value, float) else str(value) for key, value in self.values.items()}
        return own | dict(self.given)


class FaultContext:
    """What all faults of one exchange share.

    Args:
        venue: What they act on.
        closing: Set when the exchange ends; whoever waits for anything else waits for this too.
    """

    def __init__(self, venue: Venue, closing: asyncio.Event) -> None:
        self.venue = venue
        self.closing = closing
        self.log = InjectionLog()
        self.connections: dict[int, VenueConnection] = {}
        """Open ones by number."""

    def now(self) -> float:
        """The venue's monotonic seconds, which durations run on."""
        return self.venue.clock.monotonic()


class InjectedFault:
    """One occurrence of a fault.

    Args:
        order: What was asked for.
        context: Where.
        until: Monotonic seconds at which it ends; infinity for when it is done.
    """

    description: ClassVar[FaultDescription]

    def __init__(self, order: FaultOrder, context: FaultContext, until: float) -> None:
        self.order = order
        self.context = context
        self.venue = context.venue
        self.until = until
        self.is_over = False
        self._touched = 0
        self._used = 0

    @classmethod
    def class_for(cls, order: FaultOrder) -> type[InjectedFault]:
        """Which class carries an order out, for a fault whose keys decide that."""
        return cls

    @classmethod
    def end_of(cls, order: FaultOrder, now: float) -> float:
        ends = (key.end(order.values[key.name], now) for key in keys_of(cls) if isinstance(key, Duration))
        return next(ends, math.inf)

    def begin(self) -> None:
        """Act."""

    def tick(self, now: float) -> None:
        """Let time pass; called at least every 50 ms."""

    def undo(self) -> None:
        """Take back what was done; called once, when it is over."""

    def start(self) -> None:
        self._log("begin", keys=self.order.keys)
        self.begin()

    def run(self, now: float) -> None:
        if not self.is_over:
            self.tick(now)
        if not self.is_over and now >= self.until:
            self.finish()

    def finish(self) -> None:
        if self.is_over:
            return
        self.is_over = True
        self.undo()
        self._log("end", frames=self._touched)

    def use_up(self, total: int) -> None:
        """Count one use, and finish with the last of ``total``; 0 for no limit."""
        self._used += 1
        if self._used == total:
            self.finish()

    def touched(self, action: str, frame: VenueFrame | None = None, sequence: int | None = None) -> None:
        self._touched += 1
        product, channel = (None, "") if frame is None else (frame.product, frame.channel)
        self._log("frame", sequence=sequence, product=product, channel=channel, action=action)

    def _log(self, what: Literal["begin", "frame", "end"], **fields: Any) -> None:  # noqa: ANN401  # those of Injection
        at, number = self.venue.real_clock.unix(), self.connection_number()
        self.context.log.add(Injection(at=at, fault=self.order.fault.name, what=what, connection=number, **fields))

    def connection_number(self) -> int | None:
        """The connection that it acts on, None for the venue."""
        return None


class VenueFault(InjectedFault):
    async def answer_handshake(self, socket: ServerConnection) -> Response | None:
        """An answer to a WebSocket handshake in place of the usual one; None leaves it to others."""
        return None


class ConnectionFault(InjectedFault, Interceptor):
    affects_new_connections: ClassVar[bool] = False
    """Whether connections that are opened while it lasts have it too: it is what the venue shows."""

    def __init__(self, order: FaultOrder, context: FaultContext, until: float, connection: VenueConnection) -> None:
        super().__init__(order, context, until)
        self.connection = connection
        self._product = order.product
        self._marked: list[tuple[VenueFrame, str]] = []

    def connection_number(self) -> int | None:
        return self.connection.number

    def fits(self, frame: VenueFrame | None) -> bool:
        """Whether a frame is of the product and channel that the order names."""
        if frame is None or (self.order.product and frame.product != self.order.product):
            return False
        return not self.order.channel or frame.channel == self.order.channel

    def product(self) -> str:
        """The product that it is about, for faults of one: as ordered, or the first that is on level2; or empty."""
        if not self._product:
            self._product = next(iter(self.connection.subscribed(Channel.LEVEL2)), "")
        return self._product

    def has_book(self) -> bool:
        """Whether the client has that product's book, or is being sent it."""
        return bool(self.product()) and self.product() in self.connection.subscribed(Channel.LEVEL2)

    def is_book_of_product(self, frame: VenueFrame) -> bool:
        """Whether a frame is level2 of that product; the first frame there is decides where nothing did before."""
        if frame.channel != Channel.LEVEL2.label or frame.product is None:
            return False
        if not self.product():
            self._product = frame.product
        return frame.product == self._product

    def true_snapshot(self) -> VenueFrame:
        """That product's whole book."""
        return self.venue.feeds[self.product()].snapshot(Channel.LEVEL2, self.venue.moment())

    def frame(self, channel: Channel, event: bytes, product: str | None = None) -> VenueFrame:
        return VenueFrame(channel.label, self.venue.moment().instant_ns, event, product)

    def mark(self, frame: VenueFrame, action: str) -> VenueFrame:
        """Have a frame that :meth:`frames` returns logged when it has its number; returns it."""
        self._marked.append((frame, action))
        return frame

    def changed(self, frame: VenueFrame, event: bytes, action: str = "changed") -> tuple[VenueFrame]:
        """The frame with another event, marked."""
        return (self.mark(replace(frame, event=event), action),)

    def left_out(self, frame: VenueFrame) -> tuple[()]:
        """Log a frame that is left out before it has a number."""
        self.touched("left out", frame)
        return ()

    def observe(self, outgoing: Outgoing) -> None:
        for marked in self._marked:
            if marked[0] is outgoing.frame:
                self._marked.remove(marked)
                self.touched(marked[1], outgoing.frame, outgoing.sequence)
                return

    def emit(self, frame: VenueFrame, action: str = "added") -> None:
        """Send and log a frame of one's own, unless there is nobody left to send it to."""
        if not self.connection.pipeline.is_closed:
            self.connection.emit(self.mark(frame, action))

    def post(self, content: bytes | WireAction, action: str = "added") -> None:
        """Send and log something without a number."""
        self.connection.post(Outgoing(content))
        self.touched(action)


class OneShot(ConnectionFault):
    """Does one thing as soon as it can."""

    def attempt(self) -> bool:
        """Do it, if it can be done by now; whether it was."""
        raise NotImplementedError

    def begin(self) -> None:
        if self.attempt():
            self.finish()

    def tick(self, now: float) -> None:
        self.begin()


class Omission(ConnectionFault):
    """Frames are left out before they are numbered."""

    def omits(self, frame: VenueFrame) -> bool:
        raise NotImplementedError

    def frames(self, frame: VenueFrame) -> Iterable[VenueFrame]:
        return self.left_out(frame) if self.omits(frame) else (frame,)


F = TypeVar("F", bound=type[InjectedFault])


def fault(name: str, text: str, *, after: float = 5.0) -> Callable[[F], F]:
    """Describe the class of a fault.

    Args:
        name: As it is written in ``--fault``.
        text: One line of help.
        after: Seconds from the first connection, unless a script says when.
    """

    def describe(made_by: F) -> F:
        made_by.description = FaultDescription(name, text, keys_of(made_by), after, made_by)
        return made_by

    return describe


def keys_of(made_by: type[InjectedFault]) -> tuple[FaultKey[Any], ...]:
    """A fault's keys: its own first, then those that it inherits."""
    return tuple(key for base in made_by.__mro__ for key in vars(base).values() if isinstance(key, FaultKey))


def is_snapshot(frame: VenueFrame) -> bool:
    return frame.event.startswith(b'{"type":"snapshot"')


def only_event(frame: VenueFrame) -> dict[str, Any]:
    """The event in a frame, for a fault that rewrites it; empty where another fault has made it something else."""
    try:
        event = json.loads(frame.event)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}
