"""What keys, clicks and the palette ask of the products on show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.screen import Screen

from depthview.ui.layout import Said, Shelf
from depthview.ui.lines import clean
from depthview.ui.screens.finder import FinderScreen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from depthview.preferences.keymap import Keymap
    from depthview.views.market import FaultOffer, Market, MarketView

_NOTICE_SECONDS: Final = 4.0
_REMARK_SECONDS: Final = 2.0
"""For what a person has just done and sees done: on a small terminal it covers rows."""


class ProductCommands(Screen[None], inherit_bindings=False):
    """A screen with products in tab order, one of them in front, and a market that wishes go to.

    Args:
        market: Whom wishes go to.
        groups: Row widths to begin with, by product, in quote currency.
        keymap: Which key does what.
    """

    def __init__(self, market: Market, groups: Mapping[str, Decimal], keymap: Keymap) -> None:
        super().__init__()
        self._market = market
        self._shelf = Shelf(market, groups)
        self._keymap = keymap
        self._view: MarketView | None = None

    def draw(self) -> None:
        """Show the present."""
        raise NotImplementedError

    def rearrange(self) -> None:
        """Lay out anew, and draw once the panels have their sizes."""
        raise NotImplementedError

    @property
    def products(self) -> tuple[str, ...]:
        """Products on show, in tab order."""
        return self._shelf.products

    @property
    def keymap(self) -> Keymap:
        """Which key does what."""
        return self._keymap

    @property
    def faults(self) -> tuple[FaultOffer, ...]:
        """Faults that can be asked for."""
        return self._market.faults()

    def bring_forward(self, product: str) -> None:
        """Show ``product``, if there is such a one, in front."""
        if self._shelf.bring_forward(product):
            self.draw()

    def action_slot(self, number: int) -> None:
        """Bring the product of tab ``number`` (from 1) to the front."""
        if self._shelf.slot(number):
            self.draw()

    def action_cycle(self, step: int) -> None:
        """Bring the next (1) or the former (-1) product to the front."""
        if self._shelf.cycle(step):
            self.draw()

    def action_find(self) -> None:
        """Open the product finder."""
        catalogue, marks = ((), {}) if self._view is None else (self._view.catalogue, self._view.catalogue_marks)
        self.app.push_screen(FinderScreen(catalogue, marks, self._shelf.products, self._keymap), self._found)

    def _found(self, product: str | None) -> None:
        if product is not None:
            self.tell(self._shelf.add(product))
            self.rearrange()

    def action_remove(self) -> None:
        """Take the product in front off the screen."""
        self.tell(self._shelf.remove(self._keymap.name("product.restore") or "the palette"))
        self.rearrange()

    def action_restore(self) -> None:
        """Bring the last removed product back."""
        self.tell(self._shelf.restore())
        self.rearrange()

    def action_resync(self) -> None:
        """Ask for new snapshots and say what came of it."""
        refusal = self._market.resync()
        self.tell(Said(refusal or "new snapshots asked for, all products", severe=refusal is not None))
        self.draw()

    def provoke(self, fault: str) -> None:
        """Ask the demo's exchange for a fault by name, and say what came of it."""
        refusal = self._market.provoke(fault)
        self.tell(Said(refusal or f"asked the exchange for a fault: {fault}", severe=refusal is not None))

    def action_group(self, step: int) -> None:
        """Coarser (1) or finer (-1) rows for the product in front."""
        if self._view is not None and self._view.depths:
            self.tell(self._shelf.regroup(self._view.depths[0], step))
            self.draw()

    def tell(self, said: Said | None) -> None:
        """Show a notice, if there is something to say."""
        if said is not None:
            self.notify(
                clean(said.text),
                severity="warning" if said.severe else "information",
                timeout=_NOTICE_SECONDS if said.severe else _REMARK_SECONDS,
                markup=False,
            )
