"""One product's frames, from its market to the subscribers."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from depthview.exchange.book import WireSide
from depthview.exchange.market import STEP_MICROSECONDS, SimulatedMarket, SimulatedTrade
from depthview.exchange.messages import (
    NANOSECONDS,
    Channel,
    EventType,
    VenueFrame,
    candles_event,
    level2_event,
    level2_rows,
    rfc3339,
    ticker_event,
    trades_event,
)
from depthview.exchange.statistics import Candles, DayStatistics

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence


_BATCH_STEPS: Final = 5
"""Trades are batched over 250 ms, and tickers are sent no more often (observed)."""
_TICKER_BATCH_STEPS: Final = 100
"""5 s (documented)."""
_CANDLE_STEPS: Final = 20
"""1 s (documented; 10 s and more were observed between two updates of a product)."""
_RECENT_TRADES: Final = 100
"""In a market_trades snapshot (documented, observed)."""


@dataclass(frozen=True, slots=True)
class VenueTime:
    """An instant, in wall time and in market time."""

    instant_ns: int
    """Nanoseconds since 1970."""
    market_origin_us: int
    """Microseconds since 1970 at which market time was zero."""

    def of_market(self, market_us: int) -> str:
        """A point of market time, in RFC 3339."""
        return rfc3339((self.market_origin_us + market_us) * 1_000)

    def unix_seconds(self, market_us: int) -> int:
        """A point of market time in whole seconds since 1970."""
        return (self.market_origin_us + market_us) // 1_000_000


class ProductFeed:
    """Makes one product's frames, each once for all subscribers.

    Within a call of :meth:`publish`, level2 goes before the ticker, so that the ticker's best bid and offer are those
    of the book as the listener then has it.

    Args:
        market: The product's market.
        history: Trades from before the exchange opened.
        subscribers: Of all channels and products.
        phase: Shift of its batches against those of other products, in steps.
        seed: Of the whole exchange.
    """

    def __init__(
        self,
        market: SimulatedMarket,
        history: Iterable[SimulatedTrade],
        subscribers: Subscribers,
        phase: int,
        seed: int,
    ) -> None:
        self.spec = market.spec
        self._market = market
        self._product = market.spec.product_id
        self._scales = (market.prices, market.sizes)
        self._subscribers = subscribers
        self._phase = phase
        self._statistics = DayStatistics(market.spec)
        self._published: deque[SimulatedTrade] = deque(maxlen=_RECENT_TRADES)
        self._unpublished: list[SimulatedTrade] = []
        self._candles = Candles(market.spec, seed)
        for trade in history:
            self._statistics.record(trade)
            self._published.append(trade)
        self._not_in_candles = list(self._published)
        market.book.drain()
        self._batch = self._long_batch = self._candle_batch = -1
        self._last_ticker: dict[str, str] = {}

    @property
    def last_price(self) -> str:
        return self._scales[0].text(self._statistics.last_price)

    @property
    def last_ticks(self) -> int:
        """The same in ticks."""
        return self._statistics.last_price

    def record(self, trades: Sequence[SimulatedTrade]) -> None:
        for trade in trades:
            self._statistics.record(trade)
        self._unpublished.extend(trades)
        self._not_in_candles.extend(trades)

    def publish(self, moment: VenueTime, *, final: bool) -> None:
        """Send what the last steps changed.

        Args:
            moment: Now.
            final: Whether these are the last steps, so that nothing is held back.
        """
        self._publish_level2(moment)
        steps = self._market.steps + self._phase
        batch, self._batch = self._batch, steps // _BATCH_STEPS
        if final or batch != self._batch:
            self._publish_trades(moment)
            self._publish_ticker(moment)
        long_batch, self._long_batch = self._long_batch, steps // _TICKER_BATCH_STEPS
        if final or long_batch != self._long_batch:
            self._send(Channel.TICKER_BATCH, moment, lambda: ticker_event("update", self._ticker_batch()))
        candle_batch, self._candle_batch = self._candle_batch, steps // _CANDLE_STEPS
        if final or candle_batch != self._candle_batch:
            self._publish_candles(moment)

    def snapshot(self, channel: Channel, moment: VenueTime) -> VenueFrame:
        """The first frame of a new subscription to ``level2``, ``market_trades``, ``candles`` or a ticker."""
        frame = self._frame(channel, moment, self._snapshot_event(channel, moment))
        # Without a trade nothing in it names the product, so no client could tell whose number it used.
        return replace(frame, product=None) if channel is Channel.MARKET_TRADES and not self._published else frame

    def ticker(self, moment: VenueTime) -> VenueFrame:
        """The ticker as it is now, out of turn."""
        return self._frame(Channel.TICKER, moment, ticker_event("update", self._ticker()))

    def _snapshot_event(self, channel: Channel, moment: VenueTime) -> bytes:
        if channel is Channel.LEVEL2:
            book, event_time = self._market.book, self._event_time(moment)
            rows = level2_rows(WireSide.BID, event_time, book.bids.levels(), self._scales)
            rows += level2_rows(WireSide.OFFER, event_time, book.offers.levels(), self._scales)
            return level2_event("snapshot", self._product, rows)
        if channel is Channel.MARKET_TRADES:
            return self._trades_event("snapshot", reversed(self._published), moment)
        if channel is Channel.CANDLES:
            self._complete_candles(moment)
            return candles_event(
                "snapshot", self._product, self._candles.all(moment.instant_ns // NANOSECONDS), self._scales
            )
        return ticker_event("snapshot", self._ticker() if channel is Channel.TICKER else self._ticker_batch())

    def _publish_level2(self, moment: VenueTime) -> None:
        if changes := self._market.book.drain():
            self._send(Channel.LEVEL2, moment, lambda: self._update_event(changes, moment))

    def _update_event(self, changes: Sequence[tuple[WireSide, int, int]], moment: VenueTime) -> bytes:
        event_time = self._event_time(moment)
        rows: list[str] = []
        for side in WireSide:
            levels = ((ticks, units) for changed, ticks, units in changes if changed is side)
            rows += level2_rows(side, event_time, levels, self._scales)
        return level2_event("update", self._product, rows)

    def _publish_trades(self, moment: VenueTime) -> None:
        trades, self._unpublished = self._unpublished, []
        if trades:
            self._published.extend(trades)
            self._send(Channel.MARKET_TRADES, moment, lambda: self._trades_event("update", trades, moment))

    def _publish_candles(self, moment: VenueTime) -> None:
        self._complete_candles(moment)
        if changed := self._candles.take_changed():
            self._send(Channel.CANDLES, moment, lambda: candles_event("update", self._product, changed, self._scales))

    def _complete_candles(self, moment: VenueTime) -> None:
        """Add the trades since the last call; their wall time is decided only here."""
        trades, self._not_in_candles = self._not_in_candles, []
        self._candles.record((trade, moment.unix_seconds(trade.at_us)) for trade in trades)

    def _publish_ticker(self, moment: VenueTime) -> None:
        if not self._subscribers.listeners(Channel.TICKER, self._product):
            return
        ticker = self._ticker()
        if ticker != self._last_ticker:
            self._last_ticker = ticker
            self._send(Channel.TICKER, moment, lambda: ticker_event("update", ticker))

    def _send(self, channel: Channel, moment: VenueTime, event: Callable[[], bytes]) -> None:
        """Send an event to its subscribers; it is made only where there are any."""
        if listeners := self._subscribers.listeners(channel, self._product):
            frame = self._frame(channel, moment, event())
            for listener in listeners:
                listener.emit(frame)

    def _frame(self, channel: Channel, moment: VenueTime, event: bytes) -> VenueFrame:
        return VenueFrame(channel.label, moment.instant_ns, event, self._product)

    def _event_time(self, moment: VenueTime) -> str:
        return moment.of_market(self._market.steps * STEP_MICROSECONDS)

    def _trades_event(self, kind: EventType, trades: Iterable[SimulatedTrade], moment: VenueTime) -> bytes:
        timed = ((trade, moment.of_market(trade.at_us)) for trade in trades)
        return trades_event(kind, self._product, timed, self._scales)

    def _ticker_batch(self) -> dict[str, str]:
        """The ticker without the best bid and ask (documented)."""
        return {name: value for name, value in self._ticker().items() if not name.startswith("best_")}

    def _ticker(self) -> dict[str, str]:
        """The documented fields, true at this moment."""
        price, size, statistics = self._scales[0].text, self._scales[1].text, self._statistics
        bids, offers = self._market.book.bids, self._market.book.offers
        best_bid, best_offer = bids.price_at(0), offers.price_at(0)
        return {
            "product_id": self._product,
            "price": price(statistics.last_price),
            "volume_24_h": size(statistics.volume_day),
            "low_24_h": price(statistics.low_day),
            "high_24_h": price(statistics.high_day),
            "low_52_w": price(statistics.low_year),
            "high_52_w": price(statistics.high_year),
            "price_percent_chg_24_h": statistics.change_percent(),
            "best_bid": price(best_bid),
            "best_ask": price(best_offer),
            "best_bid_quantity": size(bids.size(best_bid)),
            "best_ask_quantity": size(offers.size(best_offer)),
        }


class Listener(Protocol):
    """A connection, as the feeds see it."""

    def emit(self, frame: VenueFrame) -> None:
        """Take a frame; never waits."""


class Subscribers:
    """Connections by channel and product; ``""`` for channels without products."""

    def __init__(self) -> None:
        self._listeners: dict[tuple[Channel, str], dict[Listener, None]] = {}

    def join(self, channel: Channel, product: str, listener: Listener) -> None:
        """Add a subscriber; adding it again changes nothing."""
        self._listeners.setdefault((channel, product), {})[listener] = None

    def leave(self, channel: Channel, product: str, listener: Listener) -> None:
        """Remove a subscriber, if it is one."""
        listeners = self._listeners.get((channel, product), {})
        listeners.pop(listener, None)
        if not listeners:
            self._listeners.pop((channel, product), None)

    def listeners(self, channel: Channel, product: str = "") -> Collection[Listener]:
        """The subscribers, in the order of joining."""
        return tuple(self._listeners.get((channel, product), ()))
