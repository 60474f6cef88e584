"""Side, level, change and product."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

from depthview.core.fixed_point import ONE, text_of

CONTRACTS: Final = "contracts"
_US_FUTURE: Final = "-CDE"
"""How names of US futures end (reported): ``BIT-29AUG25-CDE``, ``BIP-20DEC30-CDE``. They are settled in USD."""
_SETTLED_IN: Final = {_US_FUTURE: "USD", "-INTX": "USDC"}
"""Quote currencies of names that do not say them, by their last part (reported)."""
_GENERAL: Final = ("trading disabled", "disabled", "view only")


class Side(StrEnum):
    BID = "bid"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Level:
    """A price and the absolute size that rests there."""

    price: Decimal
    """Quote currency for one unit of base currency."""
    size: Decimal
    """Base currency, or contracts of a future."""


class Change(Protocol):
    """A new absolute size at a price, in the venue's spelling."""

    @property
    def side(self) -> str:
        """``bid``, or the venue's word for the other side; decoding has proved it to be one of the two."""

    @property
    def price(self) -> str:
        """Decimal string, quote currency."""

    @property
    def size(self) -> str:
        """Decimal string, base currency; zero removes."""


@dataclass(frozen=True, slots=True)
class Product:
    """A product, as the venue describes it."""

    product_id: str
    base: str
    """Base currency, e.g. ``BTC``."""
    quote: str
    """Quote currency, e.g. ``USD``."""
    price_increment: Decimal | None = None
    """The tick, in quote currency; None while unknown."""
    size_increment: Decimal | None = None
    """The smallest step of a size, in base currency; None while unknown."""
    status: str = ""
    """The venue's word for the trading state; empty while it is online, or unknown."""
    restrictions: tuple[str, ...] = ()
    """What the product list does not allow, in words."""
    alias: str = ""
    """The product whose book this one shares, empty for none (observed: BTC-USDC has alias BTC-USD)."""
    product_type: str = ""
    """``SPOT`` or ``FUTURE`` (documented); empty while unknown."""
    contract_size: Decimal | None = None
    """Units of :attr:`contract_unit` in one contract of a future; None while unknown, and for what is no future."""
    contract_unit: str = ""
    """The underlying of a future's contract, e.g. ``BTC``."""

    @classmethod
    def named(cls, product_id: str, *, alias: str = "") -> Product:
        """A product of which only the name and the alias are known: ``BASE-QUOTE`` by the venue's convention."""
        base, _, quote = product_id.partition("-")
        return cls(product_id, base, _SETTLED_IN.get(product_id[product_id.rfind("-") :], quote), alias=alias)

    @property
    def is_future(self) -> bool:
        """Whether sizes count contracts, by the product list or else by the name."""
        return self.product_type == "FUTURE" if self.product_type else self.product_id.endswith(_US_FUTURE)

    @property
    def size_unit(self) -> str:
        """What sizes are counted in: the base currency, or contracts."""
        return CONTRACTS if self.is_future else self.base

    @property
    def multiplier(self) -> Decimal | None:
        """The factor that turns price x size into quote currency; None if it is not known."""
        return self.contract_size if self.is_future else ONE

    @property
    def contract(self) -> str:
        """What one contract is, in words; empty for what is no future."""
        if not self.is_future:
            return ""
        if self.contract_size is None:
            return "contract size unknown"
        return f"1 contract = {text_of(self.contract_size)} {self.contract_unit}".rstrip()

    @property
    def trading_state(self) -> str:
        """What is unusual about trading it, in words; empty if nothing is, or nothing is known."""
        words = [self.status.replace("_", " ").removesuffix(" mode")] if self.status else []
        words += [word for word in self.restrictions if word not in words]
        # Any other word already says that trading is not as usual.
        telling = [word for word in words if word not in _GENERAL]
        return ", ".join(telling or words)
