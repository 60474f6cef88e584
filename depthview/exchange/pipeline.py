"""What a frame passes through on its way to one client, so that faults can change, drop, delay or add frames.

An interceptor sees a frame before it is numbered (:meth:`Interceptor.frames`) and the message after
(:meth:`Interceptor.messages`). What it leaves out before has no number; what it leaves out after has used one.

A pipeline without interceptors costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from depthview.exchange.messages import VenueFrame

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from websockets.asyncio.server import ServerConnection

    from depthview.exchange.requests import ClientRequest


class WireAction(Protocol):
    """Something to send that is not a plain text message."""

    def __len__(self) -> int:
        """Bytes, for the queue's limit."""

    async def send(self, socket: ServerConnection) -> None:
        """Send it."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message in its final form."""

    content: bytes | WireAction
    frame: VenueFrame | None = None
    """What it was made of; None for an error and for what is no frame."""
    sequence: int | None = None


class Interceptor:
    """Acts on one connection's frames until it is over. Every method of this class lets everything pass."""

    is_over = False

    def start(self) -> None:
        """Begin."""

    def run(self, now: float) -> None:
        """Let time pass; called at least every 50 ms.

        Args:
            now: Monotonic seconds.
        """

    def finish(self) -> None:
        """Undo what was done and be over; called any number of times."""

    def frames(self, frame: VenueFrame) -> Iterable[VenueFrame]:
        """What continues in place of a frame that has no number yet."""
        return (frame,)

    def numbering(self, frame: VenueFrame) -> None:
        """Look at a frame that nothing will replace, just before it gets its number."""

    def observe(self, outgoing: Outgoing) -> None:
        """Look at a numbered message before any :meth:`messages`."""

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        """What continues in place of a message in its final form."""
        return (outgoing,)

    def swallows(self, request: ClientRequest) -> bool:
        """Look at a client's request; True keeps it from the venue."""
        return False


@dataclass(frozen=True, slots=True)
class Trigger:
    """Calls ``action`` when its frame comes."""

    at: int | None
    """The number that the frame is about to get; None to count frames instead."""
    frame: int | None
    """Which message of the connection it is, from 1."""
    action: Callable[[], None]

    def is_due(self, number: int | None, passed: int) -> bool:
        """Whether the frame that is about to be numbered is the one, or is past it."""
        if self.at is not None:
            return number is not None and number >= self.at
        return self.frame is not None and passed + 1 >= self.frame


class Pipeline:
    """The interceptors of one connection, in the order in which they were added."""

    def __init__(self) -> None:
        self.passed = 0
        """Messages so far, including those that were kept from the client."""
        self.is_idle = True
        """Whether there are neither interceptors nor triggers."""
        self.is_closed = False
        """Whether the connection is ending, so that nothing needs to be sent."""
        self._interceptors: list[Interceptor] = []
        self._triggers: list[Trigger] = []

    def add(self, interceptor: Interceptor) -> None:
        self._interceptors.append(interceptor)
        self.is_idle = False
        interceptor.start()

    def wait(self, trigger: Trigger) -> None:
        """Have a trigger called when its frame comes, once."""
        self._triggers.append(trigger)
        self.is_idle = False

    def run(self, now: float) -> None:
        """Let time pass for every interceptor and forget those that are over."""
        for interceptor in tuple(self._interceptors):
            interceptor.run(now)
        self._forget()

    def finish(self) -> None:
        self.is_closed = True
        self._triggers.clear()
        for interceptor in tuple(self._interceptors):
            interceptor.finish()
        self._forget()

    def call_triggers(self, number: int | None) -> None:
        """Call the triggers that wait for the frame that gets this number."""
        due = [trigger for trigger in self._triggers if trigger.is_due(number, self.passed)]
        for trigger in due:
            self._triggers.remove(trigger)
        for trigger in due:
            trigger.action()

    def frames(self, frame: VenueFrame) -> Sequence[VenueFrame]:
        """What continues in place of a frame, to be numbered."""
        frames: Sequence[VenueFrame] = (frame,)
        for interceptor in self._active():
            if not interceptor.is_over:
                frames = [made for given in frames for made in interceptor.frames(given)]
        return frames

    def numbering(self, frame: VenueFrame) -> None:
        """Show a frame that is about to be numbered."""
        for interceptor in self._active():
            interceptor.numbering(frame)

    def messages(self, outgoing: Outgoing) -> Sequence[Outgoing]:
        """What goes out in place of a message."""
        messages: Sequence[Outgoing] = (outgoing,)
        for interceptor in self._interceptors:
            interceptor.observe(outgoing)
        for interceptor in self._active():
            if not interceptor.is_over:
                messages = [made for given in messages for made in interceptor.messages(given)]
        return messages

    def swallows(self, request: ClientRequest) -> bool:
        """Whether any interceptor keeps a request from the venue; all of them see it."""
        verdicts = [interceptor.swallows(request) for interceptor in self._active()]
        return any(verdicts)

    def _active(self) -> list[Interceptor]:
        return [interceptor for interceptor in self._interceptors if not interceptor.is_over]

    def _forget(self) -> None:
        self._interceptors = self._active()
        self.is_idle = not self._interceptors and not self._triggers
