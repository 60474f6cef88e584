"""Which product names are one market.

Documented: a product quoted in USDC shares the book of its USD product, which comes under the name of the latter, in
data and in acknowledgements. Observed in the product list of 2026-08-09 (920 products, 400 of them aliases): the
``alias`` field names the product whose book is shared, and five products are quoted in USDC without having one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DEPARTED: Final = "-PERP-INTX"
OWN_MARKET: Final = frozenset({"AUDD-USDC", "EURC-USDC", "TGBP-USDC", "USDT-USDC", "XSGD-USDC"})
"""Quoted in USDC, but markets of their own (observed: they have no alias)."""


def departed(name: str) -> str:
    """Why a product is no longer on this feed; empty if nothing is known against it."""
    # Documented: announced for 2026-09-09, done on 2026-10-01. Recordings from before still hold them.
    return f"{name} has left this feed (2026-10-01)" if name.endswith(_DEPARTED) else ""


class ProductNames:
    """Decides which names are one market.

    If the product list names a product, its alias field decides. For other names the documented rule holds: X-USDC is
    X-USD, except for the known exceptions and those that data has shown to be markets of their own.
    """

    def __init__(self) -> None:
        self._listed: dict[str, str] = {}
        self._separate: set[str] = set()

    def learn(self, aliases: Mapping[str, str]) -> None:
        """Learn from the product list.

        Args:
            aliases: By product, the one whose book it shares; empty for a product with a book of its own.
        """
        self._listed = {market: "" for market in aliases.values() if market} | dict(aliases)

    def separate(self, name: str) -> None:
        """Data has shown that a name has a market of its own; holds for as long as no list says otherwise."""
        self._separate.add(name)

    def market_of(self, name: str) -> str:
        """The name of the market that a product belongs to: its own, or the one whose book it shares."""
        market = self._listed.get(name)
        if market is None:
            is_alias = name.endswith("-USDC") and name not in OWN_MARKET and name not in self._separate
            return name[:-1] if is_alias else name
        # An alias of an alias has no meaning in the venue's list; then each name stands for itself.
        return market if market and not self._listed.get(market) else name

    def same(self, one: str, other: str) -> bool:
        """Whether two names are one market."""
        return one == other or self.market_of(one) == self.market_of(other)

    def is_listed(self, name: str) -> bool:
        """Whether the product list contains a name, so that its market is not merely presumed."""
        return name in self._listed

    def among(self, names: Iterable[str], name: str) -> str | None:
        """The one of ``names`` that is the same market as ``name``, preferably itself; None if there is none."""
        found = [other for other in names if self.same(other, name)]
        return name if name in found else next(iter(found), None)
