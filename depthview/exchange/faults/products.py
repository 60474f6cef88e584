"""Faults of products: their states, unknown names and aliases, and frames after an unsubscribe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.exchange.faults.fault import ACKNOWLEDGEMENTS, ConnectionFault, VenueFault, fault
from depthview.exchange.faults.parameters import Duration, one_of, seconds_of, text_of
from depthview.exchange.messages import Channel, error
from depthview.exchange.products import TradingState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.exchange.messages import VenueFrame
    from depthview.exchange.requests import ClientRequest


@fault(
    "delist",
    "for SECONDS (0: forever) a product has STATUS (delisted, auction, cancel_only, post_only ...) and a frozen book",
)
class Delist(VenueFault):
    status = text_of("delisted")
    message = text_of("trading is disabled")
    seconds = Duration(10, zero_is_forever=True)

    def begin(self) -> None:
        self._product = self.order.product or next(iter(self.venue.feeds))
        self.venue.change_state(self._product, TradingState(self.status, self.message))

    def undo(self) -> None:
        self.venue.change_state(self._product, None)


@fault("late_frames", "continue the frames of an unsubscribed product for SECONDS", after=0)
class LateFrames(ConnectionFault):
    seconds = seconds_of(2)

    def begin(self) -> None:
        self._left: list[tuple[Channel, str]] = []

    def swallows(self, request: ClientRequest) -> bool:
        if request.type != "unsubscribe" or self._left:
            return False
        for channel in Channel:
            if channel.value != request.channel or channel in {Channel.HEARTBEATS, Channel.STATUS}:
                continue
            present = self.connection.subscribed(channel)
            named = self.venue.resolve(request.product_ids or ()) if request.product_ids else present
            self._left = [(channel, name) for name in named if name in present and name == (self.order.product or name)]
        if self._left:
            self.until = self.context.now() + self.seconds
        return False

    def tick(self, now: float) -> None:
        for channel, name in self._gone():
            self.venue.subscribers.join(channel, name, self.connection)

    def frames(self, frame: VenueFrame) -> Iterable[VenueFrame]:
        if any((frame.channel, frame.product) == (channel.label, name) for channel, name in self._gone()):
            self.mark(frame, "late")
        return (frame,)

    def undo(self) -> None:
        for channel, name in self._gone():
            self.venue.subscribers.leave(channel, name, self.connection)

    def _gone(self) -> list[tuple[Channel, str]]:
        """What the client has unsubscribed from and not subscribed to again."""
        return [(channel, name) for channel, name in self._left if name not in self.connection.subscribed(channel)]


@fault(
    "product_error",
    "answer each unknown product by the error TEXT, with {product} for its name, for SECONDS (0: forever)",
    after=0,
)
class ProductError(ConnectionFault):
    """The rest of the request is carried out."""

    affects_new_connections = True
    text = text_of("{product} is not a valid product")
    seconds = Duration(0, zero_is_forever=True)

    def swallows(self, request: ClientRequest) -> bool:
        if request.type == "subscribe" and request.channel != Channel.HEARTBEATS:
            for name in request.product_ids or ():
                if not self.venue.resolve([name]):
                    self.post(error(self.text.replace("{product}", name)))
        return False


@fault(
    "alias",
    "for SECONDS (0: forever) name products by their -USDC alias: those ASKED for by it, or ALL; in WHERE",
    after=0,
)
class Alias(ConnectionFault):
    affects_new_connections = True
    which = one_of("asked", "all")
    where = one_of("both", "data", "ack")
    seconds = Duration(0, zero_is_forever=True)

    def begin(self) -> None:
        self._aliases = {name: feed.spec.alias for name, feed in self.venue.feeds.items() if feed.spec.alias}
        self._asked: set[str] = set()

    def swallows(self, request: ClientRequest) -> bool:
        # The name that was given last counts.
        for name in request.product_ids or ():
            if name in self._aliases:
                self._asked.discard(name)
            self._asked.update(product for product, alias in self._aliases.items() if alias == name)
        return False

    def frames(self, frame: VenueFrame) -> Iterable[VenueFrame]:
        is_ack = frame.channel == ACKNOWLEDGEMENTS
        if self.where != "both" and is_ack != (self.where == "ack"):
            return (frame,)
        names = self._aliases if self.which == "all" else self._asked
        event = frame.event
        for name in names if is_ack else {frame.product}.intersection(names):
            if name is not None and name == (self.order.product or name):
                event = event.replace(f'"{name}"'.encode(), f'"{self._aliases[name]}"'.encode())
        return (frame,) if event == frame.event else self.changed(frame, event, "renamed")
