"""A product's statistics of the day and the year for the ticker, and its five-minute candles, from its trades."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.exchange.book import Scale
from depthview.exchange.market import SeededRandom

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.exchange.market import SimulatedTrade
    from depthview.exchange.products import ProductSpec

_CHANGE_SCALE: Final = Scale(14)
"""``price_percent_chg_24_h`` comes with up to 14 fractional digits (observed)."""


class DayStatistics:
    """Last price, volume and extremes, in ticks and units.

    The hours before the exchange was started are invented, and the window of a day never moves.

    Args:
        spec: The product, for where it starts.
    """

    def __init__(self, spec: ProductSpec) -> None:
        self.last_price = spec.price
        self.low_day = spec.price - spec.price // 90
        self.high_day = spec.price + spec.price // 120
        self.low_year = spec.price * 61 // 100
        self.high_year = spec.price * 193 // 100
        # The distribution of sizes is so skewed that the mean is several times the median.
        self.volume_day = spec.typical_size * spec.orders_per_minute * 1_440 * 8
        self._open_day = spec.price - spec.price // 400

    def record(self, trade: SimulatedTrade) -> None:
        self.last_price = trade.price
        self.volume_day += trade.size
        self.low_day = min(self.low_day, trade.price)
        self.high_day = max(self.high_day, trade.price)
        self.low_year = min(self.low_year, trade.price)
        self.high_year = max(self.high_year, trade.price)

    def change_percent(self) -> str:
        """Percent since the day opened, rounded towards minus infinity at the 14th digit."""
        return _CHANGE_SCALE.signed_text((self.last_price - self._open_day) * 10**16 // self._open_day)


CANDLE_SECONDS: Final = 300
"""Documented, observed."""
_KEPT: Final = 100
"""In a snapshot (observed)."""


@dataclass(slots=True)
class Candle:
    """Trading in five minutes of wall time, in ticks and units."""

    start: int
    """Unix seconds."""
    open: int
    high: int
    low: int
    close: int
    volume: int


class Candles:
    """The last hundred candles with trades; those before the first trade are invented.

    Args:
        spec: The product.
        seed: Of the whole exchange.
    """

    def __init__(self, spec: ProductSpec, seed: int) -> None:
        self._spec = spec
        self._rng = SeededRandom(f"{seed}/{spec.product_id}/candles")
        self._candles: deque[Candle] = deque(maxlen=_KEPT)
        self._changed = 0

    def record(self, trades: Iterable[tuple[SimulatedTrade, int]]) -> None:
        for trade, at in trades:
            start = at - at % CANDLE_SECONDS
            if not self._candles:
                self._invent(trade.price, start)
            last = self._candles[-1]
            # A clock that was set back does not reopen a candle.
            if start > last.start:
                self._candles.append(Candle(start, trade.price, trade.price, trade.price, trade.price, trade.size))
                self._changed += 1
                continue
            last.high, last.low = max(last.high, trade.price), min(last.low, trade.price)
            last.close = trade.price
            last.volume += trade.size
            self._changed = max(self._changed, 1)

    def all(self, now: int) -> list[Candle]:
        """Oldest first (observed).

        Args:
            now: Unix seconds, for a product without any trade yet.
        """
        if not self._candles:
            self._invent(self._spec.price, now - now % CANDLE_SECONDS)
        return list(self._candles)

    def take_changed(self) -> list[Candle]:
        """Those that changed since the last call, oldest first."""
        changed, self._changed = self._changed, 0
        return list(self._candles)[-changed:] if changed else []

    def _invent(self, price: int, before: int) -> None:
        """Invent candles up to a price, within the ticker's extremes of the day."""
        statistics, spec, rng = DayStatistics(self._spec), self._spec, self._rng
        low, high = min(statistics.low_day, price), max(statistics.high_day, price)
        mean_volume = statistics.volume_day * CANDLE_SECONDS // 86_400
        close = price
        made: list[Candle] = []
        for back in range(1, _KEPT):
            opened = min(high, max(low, close + rng.below(8 * spec.jump + 1) - 4 * spec.jump))
            top = min(high, max(opened, close) + rng.below(spec.jump + 1))
            bottom = max(low, min(opened, close) - rng.below(spec.jump + 1))
            volume = 1 + mean_volume // 2 + rng.below(mean_volume + 1)
            made.append(Candle(before - back * CANDLE_SECONDS, opened, top, bottom, close, volume))
            close = opened
        self._candles.extend(reversed(made))
