"""The venue's envelope, channels and events, as they are written.

A frame is made once and sent to many connections, which differ in its number only, so a :class:`VenueFrame` keeps its
parts apart until :meth:`VenueFrame.numbered` joins them.

An instant is a whole number of nanoseconds since 1970. ``sequence_num`` counts by either interpretation of the guide.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from depthview.exchange.book import WireSide
from depthview.exchange.options import EnvelopePolicy, NumberingPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from depthview.exchange.book import Scale
    from depthview.exchange.market import SimulatedTrade
    from depthview.exchange.products import ProductSpec, TradingState
    from depthview.exchange.statistics import Candle


NANOSECONDS = 1_000_000_000
"""In a second."""


def nanoseconds(unix_seconds: float) -> int:
    """Unix seconds to nanoseconds; a clock's float resolves about 200 ns, the digits below that are noise."""
    whole = int(unix_seconds)
    return whole * NANOSECONDS + int((unix_seconds - whole) * NANOSECONDS)


@lru_cache(maxsize=8)
def _second(unix_seconds: int, separator: str) -> str:
    return datetime.fromtimestamp(unix_seconds, UTC).strftime(f"%Y-%m-%d{separator}%H:%M:%S")


def _fraction(part: int) -> str:
    return f".{part:09d}".rstrip("0") if part else ""


def rfc3339(instant_ns: int) -> str:
    """``2026-08-09T21:05:48.123456789Z``: up to nine fractional digits, trailing zeros trimmed (observed)."""
    seconds, part = divmod(instant_ns, NANOSECONDS)
    return f"{_second(seconds, 'T')}{_fraction(part)}Z"


def go_time(instant_ns: int, uptime_ns: int) -> str:
    """A heartbeat's ``current_time``: a time with its monotonic reading as Go prints it (observed).

    Args:
        instant_ns: The instant.
        uptime_ns: Age of the server process, printed as ``m=+seconds``.
    """
    seconds, part = divmod(instant_ns, NANOSECONDS)
    up_seconds, up_part = divmod(uptime_ns, NANOSECONDS)
    return f"{_second(seconds, ' ')}{_fraction(part)} +0000 UTC m=+{up_seconds}.{up_part:09d}"


EventType = Literal["snapshot", "update"]

_encode: Final = json.JSONEncoder(separators=(",", ":")).encode


def encode(document: object) -> bytes:
    """Compact JSON in ASCII: whatever is in a text, a lone surrogate too, is escaped."""
    return _encode(document).encode("ascii")


_MAKER: Final = {WireSide.BID: "BUY", WireSide.OFFER: "SELL"}
"""A trade's ``side`` is the maker's (observed: 49 of 53 SELL prints stand at the offer)."""


class Channel(StrEnum):
    """Channels by the name of subscriptions."""

    CANDLES = "candles"
    HEARTBEATS = "heartbeats"
    LEVEL2 = "level2"
    MARKET_TRADES = "market_trades"
    STATUS = "status"
    TICKER = "ticker"
    TICKER_BATCH = "ticker_batch"

    @property
    def label(self) -> str:
        """The name that its frames carry: ``l2_data`` for ``level2`` (documented, observed)."""
        return "l2_data" if self is Channel.LEVEL2 else self.value


class ErrorText(StrEnum):
    """The venue's error texts, verbatim (reported)."""

    AUTHENTICATION = "authentication failure"
    REQUEST = "subscribe or unsubscribe required"
    RATE = "rate limit exceeded"
    LEVEL2_STREAMS = "too many L2 streams requested in a single session"


@dataclass(frozen=True, slots=True)
class VenueFrame:
    channel: str
    """As on the wire."""
    instant_ns: int
    """When it was made."""
    event: bytes
    """Its one event, as JSON."""
    product: str | None = None
    """The product of the event; None for heartbeats, acknowledgements and status."""

    def numbered(self, number: int | None, envelope: EnvelopePolicy = EnvelopePolicy.DOCUMENTED) -> bytes:
        """The text to send, with ``sequence_num`` where there is a number."""
        client = ',"client_id":""' if envelope is EnvelopePolicy.DOCUMENTED else ""
        sequence = "" if number is None else f',"sequence_num":{number}'
        head = f'{{"channel":"{self.channel}"{client},"timestamp":"{rfc3339(self.instant_ns)}"{sequence},"events":['
        return b"".join((head.encode(), self.event, b"]}"))


def error(text: str) -> bytes:
    """An error frame: no channel, no number, no events (observed)."""
    return encode({"type": "error", "message": text})


def level2_rows(
    side: WireSide, event_time: str, levels: Iterable[tuple[int, int]], scales: tuple[Scale, Scale]
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
    kind: EventType, product_id: str, trades: Iterable[tuple[SimulatedTrade, str]], scales: tuple[Scale, Scale]
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


def ticker_event(kind: EventType, fields: dict[str, str]) -> bytes:
    """A ticker event of one product; ``fields`` are its documented fields after ``type``."""
    return encode({"type": kind, "tickers": [{"type": "ticker", **fields}]})


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
    return encode({"current_time": go_time(instant_ns, uptime_ns), "heartbeat_counter": counter})


def status_event(specs: Iterable[ProductSpec], states: Mapping[str, TradingState]) -> bytes:
    """A status event with the documented fields; ``states`` has those of products that are not online."""
    return encode({"type": "snapshot", "products": [status_row(spec, states.get(spec.product_id)) for spec in specs]})


def status_row(spec: ProductSpec, state: TradingState | None = None) -> dict[str, str]:
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
    """A subscriptions event: all subscriptions of the connection by channel (observed)."""
    return encode({"subscriptions": subscriptions})


class SequenceCounter:
    """Numbers the messages of one connection.

    Args:
        numbering: What is counted.
    """

    def __init__(self, numbering: NumberingPolicy) -> None:
        self._numbering = numbering
        self._next: Counter[str] = Counter()

    def number(self, product: str | None) -> int | None:
        """The next number, from 0; None where the message has none.

        Args:
            product: The product that the message is about, None for none.
        """
        counted = self._counted(product)
        if counted is None:
            return None
        number = self._next[counted]
        self._next[counted] = number + 1
        return number

    def upcoming(self, product: str | None) -> int | None:
        """What :meth:`number` would return, without counting it."""
        counted = self._counted(product)
        return None if counted is None else self._next[counted]

    def skip(self, product: str | None, numbers: int) -> None:
        counted = self._counted(product)
        if counted is not None:
            self._next[counted] += numbers

    def restart(self, product: str, number: int) -> None:
        """Give the next message this number.

        Args:
            product: Of which, where products are numbered separately; empty for all.
            number: From 0.
        """
        for counted in tuple(self._next):
            if not product or counted in {"", product}:
                self._next[counted] = number

    def _counted(self, product: str | None) -> str | None:
        return "" if self._numbering is NumberingPolicy.CONNECTION else product
