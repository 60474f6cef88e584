"""The true book, in integers.

Invariants:

* a price is a number of ticks above 0, a size a number of units above 0; a size of 0 removes the level;
* a book is never locked or crossed: a change that would make it so is refused and nothing moves;
* every change is remembered until :meth:`IntegerBook.drain`, once per price, which is what conflates updates. A
  level that was added and removed in between is drained as a removal of an unknown price (observed on the venue: 52
  of 1,188 removals).

Integers become the decimal strings of the wire here; the exchange never parses a number of its own.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class WireSide(StrEnum):
    """A side, as on the wire."""

    BID = "bid"
    OFFER = "offer"

    @property
    def opposite(self) -> WireSide:
        return WireSide.OFFER if self is WireSide.BID else WireSide.BID


class IntegerBookSide:
    """The levels of one side.

    Prices are sorted worst first, because most changes are near the touch and a list is cheap to change at its end.
    Offers are negated, so that one ordering serves both.

    Args:
        side: Which side.
    """

    __slots__ = ("_keys", "_sign", "_sizes", "side")

    def __init__(self, side: WireSide) -> None:
        self.side = side
        self._sign = 1 if side is WireSide.BID else -1
        self._keys: list[int] = []
        self._sizes: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def best(self) -> int | None:
        """The best price in ticks, None when the side is empty."""
        return self._keys[-1] * self._sign if self._keys else None

    def price_at(self, rank: int) -> int:
        """The price ``rank`` levels behind the best, which is 0.

        Raises:
            IndexError: There are fewer levels.
        """
        return self._keys[-1 - rank] * self._sign

    def size(self, price: int) -> int:
        """The size that rests at ``price``, 0 for none."""
        return self._sizes.get(price, 0)

    def levels(self) -> Iterator[tuple[int, int]]:
        """Price and size of every level, best first."""
        sizes, sign = self._sizes, self._sign
        return ((key * sign, sizes[key * sign]) for key in reversed(self._keys))

    def load(self, levels: list[tuple[int, int]]) -> None:
        """Replace everything by ``levels``, best first with no price twice."""
        self._sizes = dict(levels)
        self._keys = [price * self._sign for price, _ in reversed(levels)]

    def put(self, price: int, size: int) -> None:
        """Set the size at ``price``; 0 removes the level, if there is one."""
        if size:
            if price not in self._sizes:
                insort(self._keys, price * self._sign)
            self._sizes[price] = size
        elif self._sizes.pop(price, 0):
            del self._keys[bisect_left(self._keys, price * self._sign)]


class IntegerBook:
    """Both sides, and what has changed since the last :meth:`drain`."""

    __slots__ = ("_changed_bids", "_changed_offers", "bids", "offers")

    def __init__(self) -> None:
        self.bids = IntegerBookSide(WireSide.BID)
        self.offers = IntegerBookSide(WireSide.OFFER)
        self._changed_bids: set[int] = set()
        self._changed_offers: set[int] = set()

    def side(self, side: WireSide) -> IntegerBookSide:
        return self.bids if side is WireSide.BID else self.offers

    def set_level(self, side: WireSide, price: int, size: int) -> None:
        """Set the size that rests at a price; 0 removes the level.

        Args:
            side: Which side.
            price: Ticks, above 0.
            size: Units, 0 or more.

        Raises:
            ValueError: The price is not above 0, the size is below 0, or the book would be locked or crossed.
        """
        if price <= 0 or size < 0:
            raise ValueError(f"no such level: {size} units at {price} ticks")
        if side is WireSide.BID:
            best_offer = self.offers.best()
            if size and best_offer is not None and price >= best_offer:
                raise ValueError(f"a bid at {price} would meet the offer at {best_offer}")
            self.bids.put(price, size)
            self._changed_bids.add(price)
        else:
            best_bid = self.bids.best()
            if size and best_bid is not None and price <= best_bid:
                raise ValueError(f"an offer at {price} would meet the bid at {best_bid}")
            self.offers.put(price, size)
            self._changed_offers.add(price)

    def drain(self) -> list[tuple[WireSide, int, int]]:
        """Side, price and present size (0: gone) of every level touched since the last call.

        Bids come first, falling; then offers, rising.
        """
        bids, offers = self.bids, self.offers
        rows = [(WireSide.BID, price, bids.size(price)) for price in sorted(self._changed_bids, reverse=True)]
        rows.extend((WireSide.OFFER, price, offers.size(price)) for price in sorted(self._changed_offers))
        self._changed_bids.clear()
        self._changed_offers.clear()
        return rows


class Scale:
    """A decimal grid: an amount is a whole number of units, and a unit is ``step`` times 10 to the minus ``decimals``.

    Args:
        decimals: Fractional digits of the grid, 0 or more.
        step: Of the last digit, 1 or more.
    """

    __slots__ = ("_divisor", "_step", "decimals")

    def __init__(self, decimals: int, step: int = 1) -> None:
        self.decimals = decimals
        self._step = step
        self._divisor = 10**decimals

    def text(self, units: int) -> str:
        """The exact amount as the venue writes it: no trailing zeros, no exponent, zero is ``0`` (observed)."""
        whole, part = divmod(units * self._step, self._divisor)
        if not part:
            return str(whole)
        return f"{whole}.{part:0{self.decimals}d}".rstrip("0")

    def signed_text(self, units: int) -> str:
        """The same for an amount that may be negative."""
        return f"-{self.text(-units)}" if units < 0 else self.text(units)
