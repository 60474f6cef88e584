"""The day's and the year's figures of one product, as the ticker tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.exchange.decimals import Scale

if TYPE_CHECKING:
    from depthview.exchange.products import ProductSpec
    from depthview.exchange.trading import Trade

_CHANGE_SCALE: Final = Scale(14)
"""``price_percent_chg_24_h`` comes with up to 14 fractional digits (observed)."""


class DayFigures:
    """Last price, volume and extremes, in ticks and units.

    The hours before the exchange was started are invented, and nothing is ever as old as to fall out of the day.

    Args:
        spec: The product, for where it starts.
    """

    def __init__(self, spec: ProductSpec) -> None:
        self.last_price = spec.price
        self.low_day = spec.price - spec.price // 90
        self.high_day = spec.price + spec.price // 120
        self.low_year = spec.price * 61 // 100
        self.high_year = spec.price * 193 // 100
        # The sizes of orders are so skewed that their mean is several times the median.
        self.volume_day = spec.typical_size * spec.orders_a_minute * 1_440 * 8
        self._open_day = spec.price - spec.price // 400

    def record(self, trade: Trade) -> None:
        """Count one trade in."""
        self.last_price = trade.price
        self.volume_day += trade.size
        self.low_day = min(self.low_day, trade.price)
        self.high_day = max(self.high_day, trade.price)
        self.low_year = min(self.low_year, trade.price)
        self.high_year = max(self.high_year, trade.price)

    def change_percent(self) -> str:
        """Percent since the day opened, rounded towards minus infinity at the 14th digit."""
        return _CHANGE_SCALE.signed_text((self.last_price - self._open_day) * 10**16 // self._open_day)
