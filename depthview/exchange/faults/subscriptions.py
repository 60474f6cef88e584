"""Faults of subscriptions: ended by the venue, refused, unanswered or acknowledged wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.exchange.faults.fault import ACKNOWLEDGEMENTS, ConnectionFault, Omission, OneShot, fault, is_snapshot
from depthview.exchange.faults.parameters import Duration, flag, text_of, whole
from depthview.exchange.messages import Channel, VenueFrame, acknowledgement_event, error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.exchange.faults.fault import FaultOrder
    from depthview.exchange.requests import ClientRequest


@fault("no_ack", "carry out requests but acknowledge none for SECONDS", after=0)
class NoAcknowledgement(Omission):
    seconds = Duration(10)

    def omits(self, frame: VenueFrame) -> bool:
        return frame.channel == ACKNOWLEDGEMENTS


@fault("stale_ack", "COUNT acknowledgements list what was subscribed when the fault began", after=0)
class StaleAcknowledgement(ConnectionFault):
    count = whole(1, 1, 100)

    def begin(self) -> None:
        self._event = acknowledgement_event(self.connection.subscriptions())

    def frames(self, frame: VenueFrame) -> Iterable[VenueFrame]:
        if frame.channel != ACKNOWLEDGEMENTS:
            return (frame,)
        self.use_up(self.count)
        return self.changed(frame, self._event)


def _channel_of(order: FaultOrder) -> str:
    """The channel that an order is about, as requests and acknowledgements call it: level2, unless one is given."""
    return Channel.LEVEL2.value if order.channel in {"", Channel.LEVEL2.label} else order.channel


@fault(
    "drop_subscription", "end a subscription of the client's and acknowledge without it; with DATA, its frames continue"
)
class DropSubscription(OneShot):
    data = flag()

    def attempt(self) -> bool:
        listed, channel = self.connection.subscriptions(), _channel_of(self.order)
        products = listed.get(channel, [])
        product = self.order.product or next(iter(products), "")
        if product not in products:
            return False
        if not self.data:
            self.connection.leave(Channel(channel), [product])
        listed[channel] = [name for name in products if name != product]
        event = acknowledgement_event({channel: names for channel, names in listed.items() if names})
        self.emit(VenueFrame(ACKNOWLEDGEMENTS, self.venue.moment().instant_ns, event))
        return True


@fault(
    "refuse_subscribe",
    "answer subscribe (to level2, unless CHANNEL is given) by the error TEXT, for SECONDS (0: forever) or TIMES",
    after=0,
)
class RefuseSubscribe(ConnectionFault):
    affects_new_connections = True
    text = text_of("too many L2 streams requested in a single session")
    seconds = Duration(5, zero_is_forever=True)
    times = whole(0, 0, 1_000)

    def swallows(self, request: ClientRequest) -> bool:
        if (request.type, request.channel) != ("subscribe", _channel_of(self.order)):
            return False
        self.post(error(self.text))
        self.use_up(self.times)
        return True


@fault("no_snapshot", "confirm level2 but send no snapshot of it for SECONDS", after=0)
class NoSnapshot(Omission):
    affects_new_connections = True
    seconds = Duration(8)

    def omits(self, frame: VenueFrame) -> bool:
        return frame.channel == Channel.LEVEL2.label and is_snapshot(frame) and self.fits(frame)
