"""The products on show: which is in front, which stand beside it, which were removed. No widgets, no drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from depthview.ui.picture import next_group, window

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from depthview.views.depth import DepthView
    from depthview.views.market import Market


class Said(NamedTuple):
    """What there is to tell of a wish."""

    text: str
    severe: bool = False


class Shelf:
    """The products of a market in tab order, one of them in front.

    Args:
        market: Whom products are asked of, and given back to.
        groups: Row widths to begin with, by product, in quote currency.
    """

    def __init__(self, market: Market, groups: Mapping[str, Decimal]) -> None:
        self._market = market
        self._groups = dict(groups)
        self._front = next(iter(market.products()), "")
        self._last_slot = 0
        self._start = 0
        self._removed: list[str] = []

    @property
    def products(self) -> tuple[str, ...]:
        """On show, in tab order."""
        return self._market.products()

    @property
    def groups(self) -> Mapping[str, Decimal]:
        """Row widths in quote currency of the products that are grouped, or were."""
        return dict(self._groups)

    @property
    def front(self) -> str:
        """The product in front; where it went away, the one that stands in its place now; empty without any."""
        products = self.products
        if self._front in products:
            self._last_slot = products.index(self._front)
        else:
            self._front = products[min(self._last_slot, len(products) - 1)] if products else ""
        return self._front

    def beside(self, count: int) -> tuple[str, ...]:
        """The ``count`` products that stand side by side, the one in front among them."""
        if count == 1:
            return (self.front,)
        products = self.products
        self._start = window(products, self.front, count, self._start)
        return products[self._start : self._start + count]

    def bring_forward(self, product: str) -> bool:
        """Put ``product`` in front; False where it is not on show."""
        known = product in self.products
        if known:
            self._front = product
        return known

    def slot(self, number: int) -> bool:
        """Put the product of tab ``number`` (from 1) in front; False where there is none."""
        products = self.products
        return number <= len(products) and self.bring_forward(products[number - 1])

    def cycle(self, step: int) -> bool:
        """Put the next (1) or the former (-1) product in front; False where there is none."""
        products = self.products
        if not products:
            return False
        return self.bring_forward(products[(products.index(self.front) + step) % len(products)])

    def add(self, product: str) -> Said | None:
        """Put ``product`` in front, subscribed first where it is not on show; the refusal if there was one."""
        if product not in self.products:
            refusal = self._market.add_product(product)
            if refusal is not None:
                return Said(refusal, severe=True)
        self.bring_forward(product)
        return None

    def remove(self, way_back: str) -> Said:
        """Take the product in front off.

        Args:
            way_back: The key that brings it back, to be told.
        """
        product = self.front
        if len(self.products) < 2:
            return Said("the last product stays")
        refusal = self._market.remove_product(product)
        if refusal is not None:
            return Said(refusal, severe=True)
        self._removed.append(product)
        return Said(f"{product} removed; {way_back} brings it back")

    def restore(self) -> Said | None:
        """Bring the last removed product back; None when done without a word."""
        return self.add(self._removed.pop()) if self._removed else Said("nothing was removed")

    def regroup(self, depth: DepthView, step: int) -> Said | None:
        """Coarser (1) or finer (-1) rows for the product of ``depth``; why not, where they cannot be."""
        width = next_group(depth, step)
        if width is None:
            return Said("no coarser rows" if step > 0 else "rows are as fine as prices are")
        self._groups[depth.product] = width
        return None
