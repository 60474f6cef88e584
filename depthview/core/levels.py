"""Side, level, product: the field's nouns."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Side(StrEnum):
    """A side of the book."""

    BID = "bid"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Level:
    """A price and the absolute size that rests there."""

    price: Decimal
    """Quote currency for one unit of base currency."""
    size: Decimal
    """Base currency."""


@dataclass(frozen=True, slots=True)
class Product:
    """What the venue says of a product it trades."""

    product_id: str
    base: str
    """Base currency, e.g. ``BTC``."""
    quote: str
    """Quote currency, e.g. ``USD``."""
    price_increment: Decimal | None = None
    """The tick, in quote currency; None while unknown."""
    size_increment: Decimal | None = None
    """The least step of a size, in base currency; None while unknown."""
    status: str = ""
    """The venue's word for the trading state, ``online`` when all is well; empty while unknown."""
    alias: str = ""
    """The product whose book this one shares, empty for none (observed: BTC-USDC has alias BTC-USD)."""

    @classmethod
    def named(cls, product_id: str) -> Product:
        """A product of which only the name is known: ``BASE-QUOTE`` by the venue's habit."""
        base, _, quote = product_id.partition("-")
        return cls(product_id, base, quote)
