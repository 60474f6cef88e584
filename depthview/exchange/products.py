"""What the exchange trades: real increments and aliases, prices of one day in summer, invented activity.

Money is in ticks (the price increment), sizes in units (the base increment).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.errors import UsageError
from depthview.exchange.book import Scale

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Contract:
    """What one contract of a US future is."""

    code: str
    size: str
    """In ``unit``."""
    unit: str
    expiry: str
    """RFC 3339."""


@dataclass(frozen=True, slots=True)
class ProductSpec:
    """One product and the parameters of its market."""

    product_id: str
    base_name: str
    """Of the base currency, or of the future."""
    price_decimals: int
    size_decimals: int
    price: int
    """Where it starts, in ticks."""
    typical_size: int
    """Median size of a level, in units."""
    levels: int
    """Levels per side."""
    changes_per_minute: int
    """Book changes."""
    orders_per_minute: int
    """Orders that take from the book; each trades with every level it reaches."""
    spread: int
    """The usual spread, in ticks."""
    jump: int
    """Largest usual move of the fair price, in ticks."""
    deep: bool = True
    """Whether ``--levels`` may increase its number of levels."""
    alias: str = ""
    """The -USDC name of the same book, or empty."""
    price_step: int = 1
    """A tick, in units of the last price decimal."""
    contract: Contract | None = None
    """None for spot. Sizes of a future count contracts."""

    @property
    def product_type(self) -> str:
        """``SPOT`` or ``FUTURE`` (documented)."""
        return "FUTURE" if self.contract else "SPOT"

    @property
    def base(self) -> str:
        """Base currency; a future has none (observed)."""
        return "" if self.contract else self.product_id.partition("-")[0]

    @property
    def quote(self) -> str:
        """Quote currency; US futures are settled in dollars (observed)."""
        return "USD" if self.contract else self.product_id.partition("-")[2]

    @property
    def prices(self) -> Scale:
        return Scale(self.price_decimals, self.price_step)

    @property
    def price_increment(self) -> str:
        return self.prices.text(1)

    @property
    def quote_increment(self) -> str:
        """The tick too; of a future a cent, whatever its tick is (observed)."""
        return "0.01" if self.contract else self.price_increment

    @property
    def size_increment(self) -> str:
        """The unit in base currency, or one contract."""
        return Scale(self.size_decimals).text(1)


@dataclass(frozen=True, slots=True)
class TradingState:
    status: str
    """As the status channel and the product list have it; a product that is traded is ``online`` (documented)."""
    message: str = ""


def _quiet(base: str, name: str, price_decimals: int, price: int, size_decimals: int, typical: int) -> ProductSpec:
    """A -USD product with a small book and about two changes per second."""
    return ProductSpec(
        product_id=f"{base}-USD",
        base_name=name,
        price_decimals=price_decimals,
        size_decimals=size_decimals,
        price=price,
        typical_size=typical,
        levels=200,
        changes_per_minute=120,
        orders_per_minute=5,
        spread=max(1, price // 4_000),
        jump=max(1, price // 6_000),
        deep=False,
        alias=f"{base}-USDC",
    )


PRODUCTS: Final[tuple[ProductSpec, ...]] = (
    ProductSpec("BTC-USD", "Bitcoin", 2, 8, 6_508_366, 170_000, 5_000, 6_600, 150, 2, 25, alias="BTC-USDC"),
    ProductSpec("ETH-USD", "Ethereum", 2, 8, 191_944, 4_900_000, 4_000, 5_400, 110, 4, 4, alias="ETH-USDC"),
    ProductSpec("ETH-EUR", "Ethereum", 2, 8, 166_903, 6_100_000, 1_500, 900, 14, 16, 7),
    ProductSpec("SOL-USD", "Solana", 2, 8, 14_237, 240_000_000, 1_500, 3_600, 60, 1, 1, alias="SOL-USDC"),
    ProductSpec("XRP-USD", "XRP", 4, 6, 23_155, 310_000_000, 1_800, 2_400, 45, 2, 2, alias="XRP-USDC"),
    ProductSpec("DOGE-USD", "Dogecoin", 5, 1, 17_342, 21_000, 1_200, 1_500, 30, 2, 2, alias="DOGE-USDC"),
    ProductSpec("ADA-USD", "Cardano", 5, 8, 56_231, 61_000_000_000, 1_000, 1_200, 20, 5, 4, alias="ADA-USDC"),
    ProductSpec("SHIB-USD", "Shiba Inu", 8, 0, 1_012, 38_500_000, 600, 900, 18, 1, 1, alias="SHIB-USDC"),
    ProductSpec("LTC-USD", "Litecoin", 2, 8, 9_341, 180_000_000, 900, 1_200, 16, 2, 1, alias="LTC-USDC"),
    ProductSpec("BTC-EUR", "Bitcoin", 2, 8, 5_659_447, 210_000, 2_000, 1_500, 20, 150, 60),
    ProductSpec("ETH-BTC", "Ethereum", 6, 8, 29_492, 9_000_000, 700, 600, 8, 4, 2),
    ProductSpec("USDT-USD", "Tether", 5, 2, 100_003, 2_400_000, 500, 400, 14, 1, 1),
    ProductSpec("USDT-USDC", "Tether", 4, 2, 9_998, 1_900_000, 400, 300, 12, 1, 1),
    ProductSpec(
        product_id="BIP-20DEC30-CDE",
        base_name="BTC PERP",
        price_decimals=0,
        size_decimals=0,
        price=13_024,
        typical_size=12,
        levels=60,
        changes_per_minute=240,
        orders_per_minute=10,
        spread=1,
        jump=2,
        deep=False,
        price_step=5,
        contract=Contract("BIP", "0.01", "BTC", "2030-12-20T16:00:00Z"),
    ),
    ProductSpec("XLM-EUR", "Stellar Lumens", 6, 0, 224_310, 950, 24, 20, 2, 900, 160, deep=False),
    _quiet("AAVE", "Aave", 2, 28_715, 3, 900),
    _quiet("ALGO", "Algorand", 4, 1_874, 0, 2_100),
    _quiet("APT", "Aptos", 2, 431, 8, 9_500_000_000),
    _quiet("ARB", "Arbitrum", 4, 3_120, 2, 110_000),
    _quiet("ATOM", "Cosmos", 3, 4_127, 2, 6_400),
    _quiet("AVAX", "Avalanche", 2, 2_389, 8, 1_700_000_000),
    _quiet("BCH", "Bitcoin Cash", 2, 51_240, 8, 41_000_000),
    _quiet("CRV", "Curve DAO", 4, 6_412, 2, 60_000),
    _quiet("DOT", "Polkadot", 3, 3_816, 8, 8_800_000_000),
    _quiet("ETC", "Ethereum Classic", 2, 2_071, 8, 1_500_000_000),
    _quiet("FIL", "Filecoin", 3, 2_413, 3, 15_500),
    _quiet("GRT", "The Graph", 4, 912, 2, 310_000),
    _quiet("HBAR", "Hedera", 5, 23_417, 1, 9_100),
    _quiet("ICP", "Internet Computer", 3, 5_137, 4, 74_000),
    _quiet("INJ", "Injective", 3, 12_846, 2, 2_300),
    _quiet("LINK", "Chainlink", 3, 18_533, 2, 1_450),
    _quiet("NEAR", "NEAR Protocol", 3, 2_645, 3, 112_000),
    _quiet("OP", "Optimism", 3, 714, 2, 52_000),
    _quiet("PEPE", "Pepe", 8, 1_047, 0, 27_000_000),
    _quiet("SUI", "Sui", 4, 34_521, 1, 640),
    _quiet("UNI", "Uniswap", 3, 9_276, 6, 28_000_000),
    _quiet("XLM", "Stellar Lumens", 6, 261_438, 0, 1_100),
    _quiet("XTZ", "Tezos", 3, 817, 2, 41_000),
)
"""Every product, most active first."""

CURRENCY_NAMES: Final = {"USD": "US Dollar", "EUR": "Euro", "BTC": "Bitcoin", "USDC": "USDC"}
"""Quote currencies."""


def choose(names: Iterable[str]) -> tuple[ProductSpec, ...]:
    """The products of these names, in the catalogue's order, each once; all of them where no name is given.

    Raises:
        UsageError: A name is not in the catalogue. An alias's own name is refused too, with the one to give.
    """
    wanted = set(names)
    if not wanted:
        return PRODUCTS
    by_alias = {spec.alias: spec.product_id for spec in PRODUCTS if spec.alias}
    for name in sorted(wanted.difference(spec.product_id for spec in PRODUCTS)):
        if name in by_alias:
            raise UsageError(f"{name} is an alias of {by_alias[name]}: name that one, which includes the alias")
        known = ", ".join(spec.product_id for spec in PRODUCTS)
        raise UsageError(f"the exchange does not trade {name!a}: choose from {known}")
    return tuple(spec for spec in PRODUCTS if spec.product_id in wanted)
