"""All products' markets, stepping together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.exchange.products import choose
from depthview.exchange.trading import STEP_MICROSECONDS, ProductMarket, Trade

if TYPE_CHECKING:
    from collections.abc import Mapping

    from depthview.exchange.options import ExchangeOptions

STEPS_PER_SECOND: Final = 1_000_000 // STEP_MICROSECONDS
WARM_UP_STEPS: Final = 200
"""Lived through before anybody can connect: there are trades to tell of, and no book looks new any more."""
_HISTORY: Final = 100


class Market:
    """The products that were asked for, and how far their common time has come.

    Args:
        options: Products, seed, levels, rate, and when all goes quiet.

    Raises:
        UsageError: A product is not traded here.
    """

    def __init__(self, options: ExchangeOptions) -> None:
        self.products: Mapping[str, ProductMarket] = {
            spec.product_id: ProductMarket(spec, options.seed, options.levels, options.rate)
            for spec in choose(options.products)
        }
        self.history: Mapping[str, list[Trade]] = {
            name: [trade for _ in range(WARM_UP_STEPS) for trade in product.step()][-_HISTORY:]
            for name, product in self.products.items()
        }
        """The last trades of the warm-up, in order."""
        self.steps = 0
        """Taken since the warm-up."""
        self.frozen: set[str] = set()
        """Products in which nothing happens for now."""
        quiet = options.quiet_after_seconds
        self._last_step = None if quiet is None else int(quiet * STEPS_PER_SECOND)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is going to move any more."""
        return self._last_step is not None and self.steps >= self._last_step

    def step(self) -> dict[str, list[Trade]]:
        """Let 50 ms pass for every product, unless the market is quiet.

        Returns:
            The trades of each product that had any, in order.
        """
        if self.is_quiet:
            return {}
        self.steps += 1
        return {
            name: trades
            for name, product in self.products.items()
            if name not in self.frozen and (trades := product.step())
        }

    def truth(self) -> dict[str, dict[str, list[list[str]]]]:
        """Every book whole: ``{"BTC-USD": {"bids": [["65083.66","0.5"], ...], "asks": [...]}}``, best first."""
        return {name: _plain(product) for name, product in self.products.items()}


def _plain(product: ProductMarket) -> dict[str, list[list[str]]]:
    price, size = product.prices.text, product.sizes.text
    return {
        "bids": [[price(ticks), size(units)] for ticks, units in product.book.bids.levels()],
        "asks": [[price(ticks), size(units)] for ticks, units in product.book.offers.levels()],
    }
