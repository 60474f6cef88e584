"""Faults of subscriptions: ended by the venue, refused, or acknowledged wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from depthview.exchange.faults.content import encode
from depthview.exchange.faults.effect import LineEffect
from depthview.exchange.messages import Channel, Frame, acknowledgement_event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.exchange.messages import Request


class _OnChannel(LineEffect):
    """Something about the subscriptions of one channel: level2, unless another is named."""

    @property
    def channel(self) -> str:
        """By the name that requests and acknowledgements have for it."""
        return Channel.LEVEL2.value if self.order.channel in {"", Channel.LEVEL2.label} else self.order.channel


class StaleAcknowledgement(LineEffect):
    """Acknowledgements list what was subscribed some time ago."""

    def begin(self) -> None:
        """Remember what is subscribed now."""
        self._left = self.settings.whole("count")
        self._event = acknowledgement_event(self.line.subscriptions())

    def frames(self, frame: Frame) -> Iterable[Frame]:
        """Have it list that."""
        if frame.channel != "subscriptions":
            return (frame,)
        self._left -= 1
        if not self._left:
            self.finish()
        return (self.mark(replace(frame, event=self._event), "changed"),)


class DropSubscription(_OnChannel):
    """The venue ends a subscription, and the acknowledgement says so."""

    def begin(self) -> None:
        """End that of the product, or of the first on the channel; wait where there is none."""
        listed = self.line.subscriptions()
        products = listed.get(self.channel, [])
        product = self.order.product or next(iter(products), "")
        if product not in products:
            return
        if not self.settings.flag("data"):
            self.line.leave(Channel(self.channel), [product])
        listed[self.channel] = [name for name in products if name != product]
        event = acknowledgement_event({channel: names for channel, names in listed.items() if names})
        self.emit(Frame("subscriptions", self.scene.venue.moment().instant_ns, event))
        self.finish()

    def tick(self, now: float) -> None:
        """End it as soon as there is one."""
        self.begin()


class RefuseSubscribe(_OnChannel):
    """Subscribing is answered by an error; unsubscribing is obeyed."""

    timed = True
    zero_is_for_good = True
    sticks = True

    def begin(self) -> None:
        """Know how often."""
        self._left = self.settings.whole("times")

    def swallows(self, request: Request) -> bool:
        """Refuse it."""
        if (request.type, request.channel) != ("subscribe", self.channel):
            return False
        self.post(encode({"type": "error", "message": self.settings.word("text")}))
        if self._left:
            self._left -= 1
            if not self._left:
                self.finish()
        return True
