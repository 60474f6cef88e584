"""The place on a connection where effects get at its frames, idle and nearly free as long as there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from depthview.exchange.faults.effect import LineEffect, Outgoing
    from depthview.exchange.messages import Frame, Request


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
