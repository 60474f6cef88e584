"""Faults of content: malformed frames, hostile text and numbers, and unknown channels.

All of it travels as JSON escapes, except where it is the JSON itself that is malformed.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from depthview.exchange.faults.catalogue import BAD_COUNTERS, GARBAGE_KINDS, NUMBER_KINDS, TEXT_KINDS
from depthview.exchange.faults.effect import Binary, LineEffect, Outgoing, only_event
from depthview.exchange.messages import Channel, Frame, rfc3339, status_row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.exchange.faults.effect import Parcel

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
"""By kind."""

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
"""By kind; ``side`` is not among them: its numbers are fine."""

_CUT_OFF: Final = b'{"channel":"l2_data","timestamp":"2026-08-09T21:05:48Z","events":[{"type":"upd'
_BIGINT: Final = b'{"channel":"heartbeats","sequence_num":' + b"9" * _LONG + b',"events":[]}'

GARBAGE: Final[dict[str, bytes | Parcel]] = {
    "json": _CUT_OFF,
    "list": b'[{"channel":"l2_data"}]',
    "scalar": b"42",
    "null": b"null",
    "empty": b"",
    "binary": Binary(bytes(range(256))),
    "deep": b'{"channel":' + b"[" * 100_000,
    "bigint": _BIGINT,
}
"""By kind."""

NOT_UTF8: Final = b'{"type":"error","message":"\xff\xfe\xc0\x80"}'


def encode(document: object) -> bytes:
    """JSON in ASCII: whatever is in a text, a lone surrogate too, is escaped."""
    return json.dumps(document, separators=(",", ":")).encode("ascii")


class _Nonsense(LineEffect):
    """Something that is no frame, added at once or put in the place of the next frames."""

    def contents(self) -> list[bytes | Parcel]:
        """What is to be sent."""
        raise NotImplementedError

    def begin(self) -> None:
        """Send it, unless it waits for frames to replace."""
        self._left = self.contents()
        if not self.settings.flag("instead"):
            for content in self._left:
                self.post(content)
            self.finish()

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        """Replace a frame, whose number is used up with it."""
        if self.is_over or not self.settings.flag("instead") or not self.fits(outgoing.frame):
            return (outgoing,)
        self.touched(outgoing, "replaced")
        content = self._left.pop(0)
        if not self._left:
            self.finish()
        return (Outgoing(content, outgoing.frame, outgoing.sequence),)


class Garbage(_Nonsense):
    """Frames that are none."""

    def contents(self) -> list[bytes | Parcel]:
        """One kind, or each."""
        return [GARBAGE[kind] for kind in _kinds(self.settings.word("kind"), GARBAGE_KINDS)]


class BadUtf8(_Nonsense):
    """A text frame that is not UTF-8."""

    def contents(self) -> list[bytes | Parcel]:
        """A single one: a client ends the connection over it."""
        return [NOT_UTF8]


class HostileText(LineEffect):
    """Text that a terminal would obey, wherever the wire has text that may be shown."""

    timed = True

    def begin(self) -> None:
        """Send it, and list it."""
        where = self.settings.word("where")
        texts = [TEXTS[kind] for kind in _kinds(self.settings.word("kind"), TEXT_KINDS)]
        for text in texts:
            if where in {"all", "error"}:
                self.post(encode({"type": "error", "message": text}))
            if where in {"all", "trade"}:
                self._send_trade(text)
            if where in {"all", "status"}:
                self._send_status(text)
        self._listed = tuple(texts) if where in {"all", "list"} else ()
        self.scene.venue.also_listed += self._listed

    def heal(self) -> None:
        """Take it off the list again, and tell the true statuses."""
        venue = self.scene.venue
        venue.also_listed = tuple(name for name in venue.also_listed if name not in self._listed)
        products = self.line.subscribed(Channel.STATUS)
        if products and self.settings.word("where") in {"all", "status"}:
            self.emit(venue.status(products), "restored")

    def _send_trade(self, text: str) -> None:
        for product in self._of(Channel.MARKET_TRADES):
            venue = self.scene.venue
            market = venue.market.products[product]
            trade = {
                "product_id": product,
                "trade_id": text,
                "price": venue.feeds[product].last_price,
                "size": market.sizes.text(1),
                "time": rfc3339(venue.moment().instant_ns),
                "side": text,
            }
            self.emit(self.frame(Channel.MARKET_TRADES, encode({"type": "update", "trades": [trade]}), product))

    def _send_status(self, text: str) -> None:
        for product in self._of(Channel.STATUS):
            row = status_row(self.scene.venue.market.products[product].spec)
            row |= {"display_name": text, "status": text, "status_message": text}
            self.emit(self.frame(Channel.STATUS, encode({"type": "snapshot", "products": [row]})))

    def _of(self, channel: Channel) -> tuple[str, ...]:
        """The product to use on a channel, if the client is there at all."""
        products = self.line.subscribed(channel)
        return tuple(product for product in products if product == self.order.product or not self.order.product)[:1]


class HostileNumbers(LineEffect):
    """An update more, whose rows cannot be applied."""

    def begin(self) -> None:
        """Send it, if there is a book to send it for; else wait."""
        if self.has_book():
            self._send(self.product())
            self.finish()

    def tick(self, now: float) -> None:
        """Send it as soon as there is a book."""
        self.begin()

    def _send(self, product: str) -> None:
        venue = self.scene.venue
        market = venue.market.products[product]
        time = rfc3339(venue.moment().instant_ns)
        best = market.book.bids.price_at(0)
        price, size = market.prices.text(best), market.sizes.text(market.book.bids.size(best))
        rows = []
        for kind in _kinds(self.settings.word("kind"), NUMBER_KINDS):
            row: dict[str, object] = {"side": "bid", "event_time": time, "price_level": price, "new_quantity": size}
            if kind == "side":
                row["side"] = "buy"
            else:
                row["price_level" if self.settings.word("where") == "price" else "new_quantity"] = NUMBERS[kind]
            rows.append(row)
        event = encode({"type": "update", "product_id": product, "updates": rows})
        self.emit(self.frame(Channel.LEVEL2, event, product))


class BadHeartbeat(LineEffect):
    """The heartbeat's counter is none, or is beyond all counting."""

    def begin(self) -> None:
        """Know how many."""
        self._left = self.settings.whole("count")

    def frames(self, frame: Frame) -> Iterable[Frame]:
        """Rewrite the counter."""
        event = only_event(frame) if frame.channel == Channel.HEARTBEATS.label else {}
        if "heartbeat_counter" not in event:
            return (frame,)
        self._left -= 1
        if not self._left:
            self.finish()
        event["heartbeat_counter"] = BAD_COUNTERS[self.settings.word("kind")]
        return (self.mark(replace(frame, event=encode(event)), "changed"),)


class UnknownChannel(LineEffect):
    """A frame of a channel that nobody has heard of; it has a number like any other."""

    def begin(self) -> None:
        """Send it."""
        event = encode({"type": "update", "hints": ["none"]})
        name = encode(self.settings.word("name")).decode()[1:-1]
        self.emit(Frame(name, self.scene.venue.moment().instant_ns, event))
        self.finish()


class UnknownEvent(LineEffect):
    """An event of an unheard-of kind on a channel that is known."""

    def begin(self) -> None:
        """Send it."""
        channel = Channel(self.settings.word("on"))
        event: dict[str, object] = {"type": self.settings.word("kind")}
        product = self.product() if channel is not Channel.HEARTBEATS else ""
        if product:
            event["product_id"] = product
        self.emit(self.frame(channel, encode(event), product or None))
        self.finish()


def _kinds(kind: str, kinds: tuple[str, ...]) -> tuple[str, ...]:
    return kinds if kind == "all" else (kind,)
