"""Faults of content: malformed frames, hostile text and numbers, and unknown channels.

All of it travels as JSON escapes, except where it is the JSON itself that is malformed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.exchange.faults.fault import ConnectionFault, OneShot, fault, only_event
from depthview.exchange.faults.parameters import Duration, flag, one_of, text_of, whole
from depthview.exchange.faults.wire_actions import BinaryMessage
from depthview.exchange.messages import Channel, VenueFrame, encode, error, rfc3339, status_row
from depthview.exchange.pipeline import Outgoing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.exchange.pipeline import WireAction

_LONG: Final = 5_000

TEXTS: Final = {
    "ansi": "\x1b[2J\x1b[31mANSI\x1b[0m",
    "osc52": "\x1b]52;c;aG9zdGlsZQ==\x07OSC",
    "c1": "\x9b31mC1\x9d0;title\x9c",
    "bidi": "\u202eIDIB\u2066x\u200f",
    "newline": "LINE\r\n\x00\x08BREAK\u2028\u2029",
    "markup": "[/][bold red]MARKUP[/bold][@click=app.quit]x[/]",
    "combining": "Z" + "\u0301" * 200,
    "long": "L" * _LONG,
    "surrogate": "lone \ud800 surrogate",
}
"""Hostile text by kind."""

NUMBERS: Final[dict[str, str | float | None]] = {
    "negative": "-1",
    "nan": "NaN",
    "snan": "sNaN",
    "infinity": "Infinity",
    "empty": "",
    "null": None,
    "exponent": "1e400",
    "giant": "1e999999999",
    "digits": "9" * 4_000,
    "hex": "0x10",
    "underscore": "1_000",
    "arabic": "\u0661\u0662\u0663",
    "number": 1.5,
    "plus": "+1",
}
"""Prices and sizes that are invalid, by kind."""

_BAD_SIDE: Final = "side"
"""A kind of its own: the numbers are valid, and the side is not."""

GARBAGE: Final[dict[str, bytes | WireAction]] = {
    "json": b'{"channel":"l2_data","timestamp":"2026-08-09T21:05:48Z","events":[{"type":"upd',
    "list": b'[{"channel":"l2_data"}]',
    "scalar": b"42",
    "null": b"null",
    "empty": b"",
    "binary": BinaryMessage(bytes(range(256))),
    "deep": b'{"channel":' + b"[" * 100_000,
    "bigint": b'{"channel":"heartbeats","sequence_num":' + b"9" * _LONG + b',"events":[]}',
}
"""Malformed frames by kind."""

NOT_UTF8: Final = b'{"type":"error","message":"\xff\xfe\xc0\x80"}'

BAD_COUNTERS: Final = {
    "huge": 2**70,
    "negative": -1,
    "text": "many",
    "digits": "9" * 4_000,
    "fraction": 0.5,
    "null": None,
    "list": [1],
}
"""What replaces a ``heartbeat_counter``, by kind."""


class _Malformed(ConnectionFault):
    """Sends malformed frames, between others or in place of the next."""

    instead = flag()

    def contents(self) -> list[bytes | WireAction]:
        raise NotImplementedError

    def begin(self) -> None:
        self._left = self.contents()
        if not self.instead:
            for content in self._left:
                self.post(content)
            self.finish()

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        # A frame that is replaced has used up its number.
        if self.is_over or not self.instead or not self.fits(outgoing.frame):
            return (outgoing,)
        self.touched("replaced", outgoing.frame, outgoing.sequence)
        content = self._left.pop(0)
        if not self._left:
            self.finish()
        return (Outgoing(content, outgoing.frame, outgoing.sequence),)


@fault("garbage", "send malformed frames; with INSTEAD, in place of others")
class Garbage(_Malformed):
    kind = one_of("all", *GARBAGE)

    def contents(self) -> list[bytes | WireAction]:
        return list(GARBAGE.values()) if self.kind == "all" else [GARBAGE[self.kind]]


@fault("bad_utf8", "send a text frame that is not UTF-8; with INSTEAD, in place of another")
class BadUtf8(_Malformed):
    def contents(self) -> list[bytes | WireAction]:
        return [NOT_UTF8]  # a single one: a client ends the connection over it


@fault(
    "hostile_text",
    "put terminal escapes, markup and worse into errors, trade ids, statuses, and for SECONDS into the product list",
)
class HostileText(ConnectionFault):
    kind = one_of("all", *TEXTS)
    where = one_of("all", "error", "trade", "status", "list")
    seconds = Duration(5)

    def begin(self) -> None:
        texts = list(TEXTS.values()) if self.kind == "all" else [TEXTS[self.kind]]
        for text in texts:
            if self.where in {"all", "error"}:
                self.post(error(text))
            if self.where in {"all", "trade"}:
                self._send_trade(text)
            if self.where in {"all", "status"}:
                self._send_status(text)
        self._listed = tuple(texts) if self.where in {"all", "list"} else ()
        self.venue.also_listed += self._listed

    def undo(self) -> None:
        self.venue.also_listed = tuple(name for name in self.venue.also_listed if name not in self._listed)
        products = self.connection.subscribed(Channel.STATUS)
        if products and self.where in {"all", "status"}:
            self.emit(self.venue.status(products), "restored")

    def _send_trade(self, text: str) -> None:
        for product in self._first_on(Channel.MARKET_TRADES):
            trade = {
                "product_id": product,
                "trade_id": text,
                "price": self.venue.feeds[product].last_price,
                "size": self.venue.market.products[product].sizes.text(1),
                "time": rfc3339(self.venue.moment().instant_ns),
                "side": text,
            }
            self.emit(self.frame(Channel.MARKET_TRADES, encode({"type": "update", "trades": [trade]}), product))

    def _send_status(self, text: str) -> None:
        for product in self._first_on(Channel.STATUS):
            row = status_row(self.venue.market.products[product].spec)
            row |= {"display_name": text, "status": text, "status_message": text}
            self.emit(self.frame(Channel.STATUS, encode({"type": "snapshot", "products": [row]})))

    def _first_on(self, channel: Channel) -> tuple[str, ...]:
        """The product to use on a channel, if the client has any there."""
        products = self.connection.subscribed(channel)
        return tuple(product for product in products if product == self.order.product or not self.order.product)[:1]


@fault("hostile_numbers", "send an extra update with an invalid number in it, or an unknown side")
class HostileNumbers(OneShot):
    kind = one_of("all", *NUMBERS, _BAD_SIDE)
    where = one_of("size", "price")

    def attempt(self) -> bool:
        if not self.has_book():
            return False
        kinds = (*NUMBERS, _BAD_SIDE) if self.kind == "all" else (self.kind,)
        event = {"type": "update", "product_id": self.product(), "updates": [self._row(kind) for kind in kinds]}
        self.emit(self.frame(Channel.LEVEL2, encode(event), self.product()))
        return True

    def _row(self, kind: str) -> dict[str, object]:
        """The best bid as it is, but for what is wrong with it."""
        market = self.venue.market.products[self.product()]
        best = market.book.bids.price_at(0)
        row: dict[str, object] = {
            "side": "bid",
            "event_time": rfc3339(self.venue.moment().instant_ns),
            "price_level": market.prices.text(best),
            "new_quantity": market.sizes.text(market.book.bids.size(best)),
        }
        if kind == _BAD_SIDE:
            return row | {"side": "buy"}
        return row | {"price_level" if self.where == "price" else "new_quantity": NUMBERS[kind]}


@fault("bad_heartbeat", "COUNT heartbeats have a counter of KIND")
class BadHeartbeat(ConnectionFault):
    kind = one_of(*BAD_COUNTERS)
    count = whole(1, 1, 1_000)

    def frames(self, frame: VenueFrame) -> Iterable[VenueFrame]:
        event = only_event(frame) if frame.channel == Channel.HEARTBEATS.label else {}
        if "heartbeat_counter" not in event:
            return (frame,)
        self.use_up(self.count)
        return self.changed(frame, encode(event | {"heartbeat_counter": BAD_COUNTERS[self.kind]}))


@fault("unknown_channel", "send a frame of a channel called NAME")
class UnknownChannel(ConnectionFault):
    """It has a number like any other."""

    name = text_of("depth_hints")

    def begin(self) -> None:
        name = encode(self.name).decode()[1:-1]
        self.emit(VenueFrame(name, self.venue.moment().instant_ns, encode({"type": "update", "hints": ["none"]})))
        self.finish()


@fault("unknown_event", "send an event of the unknown type KIND on the known channel ON")
class UnknownEvent(ConnectionFault):
    kind = text_of("advice")
    on = one_of("level2", "ticker", "market_trades", "heartbeats", "status")

    def begin(self) -> None:
        channel = Channel(self.on)
        event: dict[str, object] = {"type": self.kind}
        product = self.product() if channel is not Channel.HEARTBEATS else ""
        if product:
            event["product_id"] = product
        self.emit(self.frame(channel, encode(event), product or None))
        self.finish()
