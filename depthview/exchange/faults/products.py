"""Faults of products: states, names that are unknown or go by another name, and frames that nobody wants any more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from depthview.exchange.faults.content import encode
from depthview.exchange.faults.effect import LineEffect, VenueEffect
from depthview.exchange.messages import Channel
from depthview.exchange.products import TradingState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.exchange.messages import Frame, Request


class Delist(VenueEffect):
    """A product is not traded for a while: the first, unless one is named."""

    timed = True
    zero_is_for_good = True

    def begin(self) -> None:
        """Freeze it."""
        venue = self.scene.venue
        self._product = self.order.product or next(iter(venue.feeds))
        venue.change_state(self._product, TradingState(self.settings.word("status"), self.settings.word("message")))

    def heal(self) -> None:
        """Trade it again."""
        self.scene.venue.change_state(self._product, None)


class LateFrames(LineEffect):
    """Frames of what the client has just unsubscribed from go on for a while; then all is as it should be."""

    def begin(self) -> None:
        """Wait for a client to leave."""
        self._left: list[tuple[Channel, str]] = []

    def swallows(self, request: Request) -> bool:
        """Note what it leaves."""
        if request.type != "unsubscribe" or self._left:
            return False
        for channel in Channel:
            if channel.value != request.channel or channel in {Channel.HEARTBEATS, Channel.STATUS}:
                continue
            present = self.line.subscribed(channel)
            named = self.scene.venue.resolve(request.product_ids or ()) if request.product_ids else present
            self._left = [(channel, name) for name in named if name in present and name == (self.order.product or name)]
        if self._left:
            self.until = self.scene.now() + self.settings.seconds("seconds")
        return False

    def tick(self, now: float) -> None:
        """Keep listening for the client, unless it does so itself again."""
        for channel, name in self._left:
            if name not in self.line.subscribed(channel):
                self.scene.venue.switchboard.join(channel, name, self.line)

    def frames(self, frame: Frame) -> Iterable[Frame]:
        """Note the late ones."""
        for channel, name in self._left:
            if (frame.channel, frame.product) == (channel.label, name) and name not in self.line.subscribed(channel):
                self.mark(frame, "late")
        return (frame,)

    def heal(self) -> None:
        """Stop."""
        for channel, name in self._left:
            if name not in self.line.subscribed(channel):
                self.scene.venue.switchboard.leave(channel, name, self.line)


class ProductError(LineEffect):
    """Names of no product are answered by an error, where the venue says nothing."""

    timed = True
    zero_is_for_good = True
    sticks = True

    def swallows(self, request: Request) -> bool:
        """Answer for each; the rest of the request goes its way."""
        if request.type == "subscribe" and request.channel != Channel.HEARTBEATS:
            for name in request.product_ids or ():
                if not self.scene.venue.resolve([name]):
                    text = self.settings.word("text").replace("{product}", name)
                    self.post(encode({"type": "error", "message": text}))
        return False


class Alias(LineEffect):
    """Products come under their -USDC name."""

    timed = True
    zero_is_for_good = True
    sticks = True

    def begin(self) -> None:
        """Know the names."""
        self._aliases = {name: feed.spec.alias for name, feed in self.scene.venue.feeds.items() if feed.spec.alias}
        self._asked: set[str] = set()

    def swallows(self, request: Request) -> bool:
        """Note which products are asked for by which name; the one given last counts."""
        for name in request.product_ids or ():
            if name in self._aliases:
                self._asked.discard(name)
            self._asked.update(product for product, alias in self._aliases.items() if alias == name)
        return False

    def frames(self, frame: Frame) -> Iterable[Frame]:
        """Rename."""
        where = self.settings.word("where")
        is_ack = frame.channel == "subscriptions"
        if where != "both" and is_ack != (where == "ack"):
            return (frame,)
        names = self._aliases if self.settings.word("which") == "all" else self._asked
        event = frame.event
        for name in names if is_ack else {frame.product}.intersection(names):
            if name is not None and name == (self.order.product or name):
                event = event.replace(f'"{name}"'.encode(), f'"{self._aliases[name]}"'.encode())
        if event is frame.event or event == frame.event:
            return (frame,)
        return (self.mark(replace(frame, event=event), "renamed"),)
