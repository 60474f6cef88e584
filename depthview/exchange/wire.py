"""The venue's envelope, channels and events, written and never read.

A frame is made once and sent to many connections, which differ in nothing but its number, so a :class:`Frame` keeps
its parts apart until :meth:`Frame.numbered` joins them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from depthview.exchange.book import Side
from depthview.exchange.instants import go_time, rfc3339
from depthview.exchange.options import Envelope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from depthview.exchange.candles import Candle
    from depthview.exchange.decimals import Scale
    from depthview.exchange.products import ProductSpec, TradingState
    from depthview.exchange.trading import Trade

EventType = Literal["snapshot", "update"]

_encode: Final = msgspec.json.Encoder().encode

_MAKER: Final = {Side.BID: "BUY", Side.OFFER: "SELL"}
"""A trade's ``side`` is the maker's (observed: 49 of 53 SELL prints stand at the offer)."""


class Channel(StrEnum):
    """Channels by the name they are asked for."""

    CANDLES = "candles"
    HEARTBEATS = "heartbeats"
    LEVEL2 = "level2"
    MARKET_TRADES = "market_trades"
    STATUS = "status"
    TICKER = "ticker"
    TICKER_BATCH = "ticker_batch"

    @property
    def label(self) -> str:
        """The name its frames carry: ``level2`` comes back as ``l2_data`` (documented, observed)."""
        return "l2_data" if self is Channel.LEVEL2 else self.value


class Refused(StrEnum):
    """The venue's error texts, word for word (reported)."""

    AUTHENTICATION = "authentication failure"
    REQUEST = "subscribe or unsubscribe required"
    RATE = "rate limit exceeded"
    LEVEL2_STREAMS = "too many L2 streams requested in a single session"


@dataclass(frozen=True, slots=True)
class Frame:
    """One envelope before it has a number."""

    channel: str
    """As on the wire."""
    instant_ns: int
    """When it was made."""
    event: bytes
    """The one event in it, as JSON."""
    product: str | None = None
    """The product that all of it is about; None for heartbeats, acknowledgements and status."""

    def numbered(self, number: int | None, envelope: Envelope = Envelope.DOCUMENTED) -> bytes:
        """The text to send, with ``sequence_num`` where there is a number."""
        client = ',"client_id":""' if envelope is Envelope.DOCUMENTED else ""
        sequence = "" if number is None else f',"sequence_num":{number}'
        head = f'{{"channel":"{self.channel}"{client},"timestamp":"{rfc3339(self.instant_ns)}"{sequence},"events":['
        return b"".join((head.encode(), self.event, b"]}"))


def error(text: str) -> bytes:
    """An error frame: no channel, no number, no events (observed)."""
    return _encode({"type": "error", "message": text})


def level2_rows(
    side: Side, event_time: str, levels: Iterable[tuple[int, int]], scales: tuple[Scale, Scale]
) -> list[str]:
    """One JSON row for each level.

    Args:
        side: Whose levels they are.
        event_time: As printed.
        levels: Ticks and units; 0 units is a removal.
        scales: Of ticks and of units.
    """
    price_text, size_text = scales[0].text, scales[1].text
    head = f'{{"side":"{side.value}","event_time":"{event_time}","price_level":"'
    return [f'{head}{price_text(ticks)}","new_quantity":"{size_text(units)}"}}' for ticks, units in levels]


def level2_event(kind: EventType, product_id: str, rows: Sequence[str]) -> bytes:
    """A level2 event; bids falling before offers rising (observed)."""
    return f'{{"type":"{kind}","product_id":"{product_id}","updates":[{",".join(rows)}]}}'.encode()


def trades_event(
    kind: EventType, product_id: str, trades: Iterable[tuple[Trade, str]], scales: tuple[Scale, Scale]
) -> bytes:
    """A market_trades event.

    Args:
        kind: A snapshot is newest first (observed), an update is in order of trading.
        product_id: Whose trades they are.
        trades: Each with its time as printed.
        scales: Of ticks and of units.
    """
    rows = ",".join(
        f'{{"product_id":"{product_id}","trade_id":"{trade.trade_id}","price":"{scales[0].text(trade.price)}",'
        f'"size":"{scales[1].text(trade.size)}","time":"{time}","side":"{_MAKER[trade.maker]}"}}'
        for trade, time in trades
    )
    return f'{{"type":"{kind}","trades":[{rows}]}}'.encode()


def ticker_event(kind: EventType, figures: dict[str, str]) -> bytes:
    """A ticker event of one product; ``figures`` are its documented fields after ``type``."""
    return _encode({"type": kind, "tickers": [{"type": "ticker", **figures}]})


def candles_event(kind: EventType, product_id: str, candles: Iterable[Candle], scales: tuple[Scale, Scale]) -> bytes:
    """A candles event; ``start`` is unix seconds in a string (observed)."""
    price, size = scales[0].text, scales[1].text
    rows = ",".join(
        f'{{"start":"{candle.start}","high":"{price(candle.high)}","low":"{price(candle.low)}",'
        f'"open":"{price(candle.open)}","close":"{price(candle.close)}","volume":"{size(candle.volume)}",'
        f'"product_id":"{product_id}"}}'
        for candle in candles
    )
    return f'{{"type":"{kind}","candles":[{rows}]}}'.encode()


def heartbeat_event(instant_ns: int, uptime_ns: int, counter: int) -> bytes:
    """A heartbeat; the counter is a number here (observed), a string in the guide's example."""
    return _encode({"current_time": go_time(instant_ns, uptime_ns), "heartbeat_counter": counter})


def status_event(specs: Iterable[ProductSpec], states: Mapping[str, TradingState]) -> bytes:
    """A status event with the documented fields of every product in it; ``states`` has those that are not online."""
    return _encode({"type": "snapshot", "products": [status_row(spec, states.get(spec.product_id)) for spec in specs]})


def status_row(spec: ProductSpec, state: TradingState | None = None) -> dict[str, str]:
    """One product of a status event."""
    return {
        "product_type": spec.product_type,
        "id": spec.product_id,
        "base_currency": spec.base,
        "quote_currency": spec.quote,
        "base_increment": spec.size_increment,
        "quote_increment": spec.quote_increment,
        "display_name": spec.base_name if spec.contract else f"{spec.base}/{spec.quote}",
        "status": "online" if state is None else state.status,
        "status_message": "" if state is None else state.message,
        "min_market_funds": "1",
    }


def acknowledgement_event(subscriptions: dict[str, list[str]]) -> bytes:
    """A subscriptions event: the connection's full present set, keyed by the name asked for (observed)."""
    return _encode({"subscriptions": subscriptions})
