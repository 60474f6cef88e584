"""What a fault does from its beginning until all is well again, and the record of it.

Rules:

* an effect sees a frame before it is numbered (:meth:`LineEffect.frames`) and the message after
  (:meth:`LineEffect.messages`); what it leaves out before has no number, and what it leaves out after has used one;
* it emits frames of its own only from :meth:`Effect.begin`, :meth:`Effect.tick` and :meth:`Effect.heal`, which are
  called between frames, and it does not see those that it emits in :meth:`Effect.heal`;
* the true book is never touched: what an effect added to a client's book, :meth:`Effect.heal` takes back.

The pipeline of a connection costs nearly nothing while no effect is active. The journal of injected faults is kept in
memory, and written at once as JSON Lines.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import socket as sockets
import struct
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Protocol

import msgspec
from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode
from websockets.protocol import State

from depthview.errors import ConfigurationError
from depthview.exchange.messages import Channel, Frame
from depthview.exchange.venue import Venue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence
    from pathlib import Path

    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request as HttpRequest
    from websockets.http11 import Response

    from depthview.exchange.faults.catalogue import Order
    from depthview.exchange.messages import Numberer, Request
    from depthview.system.files import NewFile


class Trigger:
    """A strike that waits for a frame.

    Args:
        at: The number that the frame is about to get; None to count frames instead.
        frame: The so-manieth message of the connection, from 1.
        strike: Called when it has come.
    """

    def __init__(self, at: int | None, frame: int | None, strike: Callable[[], None]) -> None:
        self._at = at
        self._frame = frame
        self.strike = strike

    def is_due(self, number: int | None, passed: int) -> bool:
        """Whether the frame that is about to be numbered is the one, or is past it."""
        if self._at is not None:
            return number is not None and number >= self._at
        return self._frame is not None and passed + 1 >= self._frame


class Tampering:
    """The effects at work on one connection, in the order of their striking."""

    def __init__(self) -> None:
        self.passed = 0
        """Messages that came by so far, those included that were kept from the client."""
        self.is_idle = True
        """Whether there is nothing to do for anybody."""
        self.is_closed = False
        """Whether the connection is ending, so that nothing need be sent any more."""
        self._effects: list[LineEffect] = []
        self._triggers: list[Trigger] = []

    def add(self, effect: LineEffect) -> None:
        """Let an effect strike."""
        self._effects.append(effect)
        self.is_idle = False
        effect.start()

    def wait(self, trigger: Trigger) -> None:
        """Let a strike wait for its frame."""
        self._triggers.append(trigger)
        self.is_idle = False

    def run(self, now: float) -> None:
        """Let time pass for every effect and forget those that are over."""
        for effect in tuple(self._effects):
            effect.run(now)
        self._tidy()

    def finish(self) -> None:
        """End everything, as the connection ends."""
        self.is_closed = True
        self._triggers.clear()
        for effect in tuple(self._effects):
            effect.finish()
        self._tidy()

    def arrive(self, number: int | None) -> None:
        """Let those strike that waited for the frame that gets this number."""
        due = [trigger for trigger in self._triggers if trigger.is_due(number, self.passed)]
        for trigger in due:
            self._triggers.remove(trigger)
        for trigger in due:
            trigger.strike()

    def frames(self, frame: Frame) -> Sequence[Frame]:
        """What goes on in place of a frame, to be numbered."""
        frames: Sequence[Frame] = (frame,)
        for effect in tuple(self._effects):
            if not effect.is_over:
                frames = [made for given in frames for made in effect.frames(given)]
        return frames

    def numbering(self, frame: Frame) -> None:
        """Tell the effects of a frame that is about to be numbered."""
        for effect in tuple(self._effects):
            if not effect.is_over:
                effect.numbering(frame)

    def messages(self, outgoing: Outgoing) -> Sequence[Outgoing]:
        """What goes out in place of a message."""
        messages: Sequence[Outgoing] = (outgoing,)
        for effect in self._effects:
            effect.observe(outgoing)
        for effect in tuple(self._effects):
            if not effect.is_over:
                messages = [made for given in messages for made in effect.messages(given)]
        return messages

    def swallows(self, request: Request) -> bool:
        """Whether any effect keeps a request from the venue; all of them get to see it."""
        verdicts = [effect.swallows(request) for effect in tuple(self._effects) if not effect.is_over]
        return any(verdicts)

    def _tidy(self) -> None:
        self._effects = [effect for effect in self._effects if not effect.is_over]
        self.is_idle = not self._effects and not self._triggers


_FLUSH_SECONDS: Final = 2.0
"""What a client that does not read is given to take the beginning of what is about to be cut."""
_RESET_AT_CLOSE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER on with a time of 0: closing sends RST and not FIN."""


class Parcel(Protocol):
    """Something to send that is not a plain text message."""

    def __len__(self) -> int:
        """Bytes, for the queue's limit."""

    async def send(self, socket: ServerConnection) -> None:
        """Send it."""


class Binary:
    """A binary message."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __len__(self) -> int:
        return len(self._content)

    async def send(self, socket: ServerConnection) -> None:
        """Send it in one frame."""
        await socket.send(self._content, text=False)


class Drip:
    """A text message in many small fragments.

    Args:
        content: The message.
        pieces: How many fragments.
        seconds: From the first to the last.
    """

    def __init__(self, content: bytes, pieces: int, seconds: float) -> None:
        self._content = content
        self._pieces = min(pieces, len(content))
        self._pause = seconds / max(1, self._pieces - 1)

    def __len__(self) -> int:
        return len(self._content)

    async def send(self, socket: ServerConnection) -> None:
        """Send it; pings are answered in between."""
        await socket.send(self._fragments(), text=True)

    async def _fragments(self) -> AsyncIterator[bytes]:
        length = len(self._content)
        for piece in range(self._pieces):
            if piece:
                await asyncio.sleep(self._pause)
            yield self._content[length * piece // self._pieces : length * (piece + 1) // self._pieces]


class Farewell:
    """A proper close."""

    def __init__(self, code: int, reason: str) -> None:
        self._code = code
        self._reason = reason

    def __len__(self) -> int:
        return 0

    async def send(self, socket: ServerConnection) -> None:
        """Close, and wait until the client has answered or its time is up."""
        await socket.close(self._code, self._reason)


class Cut:
    """The end of the TCP connection, after the beginning of a message.

    Args:
        content: The message of which the first half is sent; empty for none.
        within_frame: Whether the frame is cut, which then promised more bytes than come; else the first half is a
            whole fragment of a message that never ends.
    """

    def __init__(self, content: bytes = b"", *, within_frame: bool = False) -> None:
        frame = WebSocketFrame(Opcode.TEXT, content if within_frame else content[: len(content) // 2], fin=within_frame)
        whole = frame.serialize(mask=False)
        self._start = b"" if not content else whole[: len(whole) // 2] if within_frame else whole

    def __len__(self) -> int:
        return len(self._start)

    async def send(self, socket: ServerConnection) -> None:
        """Send the beginning and reset the connection."""
        transport = socket.transport
        if socket.state is State.OPEN:  # else the client was faster
            transport.write(self._start)
        try:
            async with asyncio.timeout(_FLUSH_SECONDS):
                while transport.get_write_buffer_size() and not transport.is_closing():  # noqa: ASYNC110  # no event
                    await asyncio.sleep(0.005)
        except TimeoutError:
            pass  # it is cut either way
        reset(socket)
        await socket.wait_closed()


def reset(socket: ServerConnection) -> None:
    """End a TCP connection with RST, at once."""
    raw = socket.transport.get_extra_info("socket")
    if raw is not None and not socket.transport.is_closing():
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, _RESET_AT_CLOSE)
    socket.transport.abort()


_log = logging.getLogger(__name__)

_KEPT: Final = 10_000

What = Literal["begin", "frame", "end"]


@dataclass(frozen=True, slots=True)
class Injected:
    """One entry."""

    at: float
    """Unix seconds by the machine's clock, whatever the venue's own says."""
    fault: str
    what: What
    """``begin``: it struck; ``frame``: it touched one; ``end``: from here on all is well again."""
    connection: int | None = None
    """Counted from 1; None where the fault is the venue's and not a connection's."""
    sequence: int | None = None
    """The number of the frame that was touched."""
    product: str | None = None
    channel: str = ""
    """As on the wire."""
    action: str = ""
    """What was done to the frame: dropped, repeated, held, sent late, replaced, changed, added, cut, slowed."""
    frames: int = 0
    """With ``end``: how many frames were touched in all."""
    keys: dict[str, str] = field(default_factory=dict)
    """The fault's keys, with ``begin``."""


class Journal:
    """Keeps the latest entries, and writes all of them to a file if there is one."""

    def __init__(self) -> None:
        self.entries: deque[Injected] = deque(maxlen=_KEPT)
        """Oldest first."""
        self._file: NewFile | None = None
        self._failure: ConfigurationError | None = None

    def open(self, path: Path) -> None:
        """Write to a new file, readable by its owner only, from now on.

        Raises:
            ConfigurationError: It exists or cannot be made.
        """
        from depthview.system.files import NewFile

        self._file = NewFile(path)

    def add(self, entry: Injected) -> None:
        """Keep and write an entry. A file that cannot be written is given up, and :meth:`close` tells."""
        self.entries.append(entry)
        _log.debug("fault %s: %s %s", entry.fault, entry.what, entry.action)
        if self._file is None or self._failure is not None:
            return
        try:
            self._file.append(json.dumps(asdict(entry)) + "\n")
        except ConfigurationError as failure:
            _log.warning("%s", failure)
            self._failure = failure

    def close(self) -> None:
        """Write no more.

        Raises:
            ConfigurationError: Not everything could be written.
        """
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure


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
