"""A market of twelve products, three of them with something to tell, and trades of which some are big."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from depthview.core.verdict import Verdict
from tests.ui.fake_market import Book, FakeMarket, btc, eth, eth_eur, make_book, shib

if TYPE_CHECKING:
    from depthview.views.depth import Trade
    from tests.ui.conftest import Running

MORE: Final = (
    ("SOL-USD", 14_237, 2, 8, 24_000_000_000, 31),
    ("XRP-USD", 23_155, 4, 6, 3_100_000_000, 37),
    ("DOGE-USD", 17_342, 5, 1, 210_000, 41),
    ("ADA-USD", 56_231, 5, 8, 610_000_000_000, 43),
    ("LTC-USD", 9_341, 2, 8, 18_000_000_000, 47),
    ("BTC-EUR", 5_659_447, 2, 8, 90_000_000, 53),
    ("ETH-BTC", 29_492, 6, 8, 900_000_000, 59),
    ("USDT-USDC", 9_998, 4, 2, 19_000_000, 61),
)
GAP: Final = "gap of 3 messages"


def twelve_books() -> list[Book]:
    more = [make_book(name, mid, price, size, typical, seed=seed) for name, mid, price, size, typical, seed in MORE]
    return [btc(), eth(), eth_eur(), shib(), *more]


def twelve() -> FakeMarket:
    """Twelve products: one stale after a gap, one without a snapshot yet, one that is post only."""
    market = FakeMarket(twelve_books())
    market.judge(Verdict.STALE, "gap of 3 before 184,005: new snapshots asked for", product="DOGE-USD")
    market.judge(Verdict.SYNCING, "subscribed, no snapshot yet", product="ADA-USD", age=0.8)
    stale, waiting = market.books["DOGE-USD"], market.books["ADA-USD"]
    stale.sequence = replace(stale.sequence, gaps=1, missed=3)
    waiting.bids.clear()
    waiting.asks.clear()
    waiting.trades.clear()
    market.books["LTC-USD"].trading_state = "post only"
    return market


def busy_tape() -> FakeMarket:
    """Four products; trades of the first are as of a market: many small ones, three big ones, and a gap among them."""
    market = FakeMarket()
    trades = market.books["BTC-USD"].trades
    for at, size in ((3, "1.25000000"), (17, "0.98310000"), (31, "2.00000000")):
        trades[at] = replace(trades[at], size=Decimal(size))
    trades[6] = replace(trades[6], missing_before=GAP)
    return market


def trades_of(market: FakeMarket, product: str = "BTC-USD") -> tuple[Trade, ...]:
    return tuple(market.books[product].trades)


async def to_grid(run: Running) -> None:
    """Go on with ``w`` until the grid is there, and let it have its sizes."""
    while not run.app.market_screen.mode.grid:
        await run.press("w")
    await run.draw()
