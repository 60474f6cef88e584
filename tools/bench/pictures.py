"""What the drawing benchmarks draw: frozen views, made before any clock runs, each with a figure of its own in it."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from depthview.views.market import ViewRequest
from tests.ui.fake_market import FakeMarket, make_book

if TYPE_CHECKING:
    from depthview.views.depth import DepthView, LevelRow, Trade

PRODUCT: Final = "BTC-USD"
DISTINCT: Final = 60
"""Different pictures, shown by turns."""
_LEVELS: Final = 40
_CALM_ROWS: Final = 3
_GRID: Final = tuple(f"{base}-USD" for base in ("BTC", "ETH", "SOL", "XRP", "ADA", "LTC", "DOT", "UNI", "BCH", "XLM"))


def marked(depth: DepthView, number: int) -> DepthView:
    """``depth`` with :func:`mark` as the size at the best bid."""
    first: LevelRow = depth.bids[0]._replace(size=Decimal(mark(number)))
    return replace(depth, bids=(first, *depth.bids[1:]))


def mark(number: int) -> str:
    """A size that no other draw shows, and that is drawn in one piece because it has no zeros at its end."""
    return f"7.1{number:06d}1"


def ladders(kind: str, seed: int) -> list[DepthView]:
    """Books of one product, one after the other.

    Args:
        kind: ``churn`` changes nearly every row each time, ``calm`` three rows, ``idle`` none.
        seed: Equal seeds make equal books.
    """
    return grids(kind, seed, (PRODUCT,))[PRODUCT]


def grids(kind: str, seed: int, products: tuple[str, ...] = _GRID) -> dict[str, list[DepthView]]:
    """As :func:`ladders`, of several products."""
    chance = random.Random(seed)  # noqa: S311  # a picture, not a secret
    books = [make_book(name, 6_508_366, 2, 8, 120_000_000, seed=seed + n) for n, name in enumerate(products)]
    market = FakeMarket(books)
    found: dict[str, list[DepthView]] = {name: [] for name in products}
    request = ViewRequest(products[0], products, _LEVELS, {})
    whole = {depth.product: depth for depth in market.view(request).depths}
    for _ in range(DISTINCT):
        if kind == "churn":
            market.churn(_LEVELS)
            whole = {depth.product: depth for depth in market.view(request).depths}
        for name, views in found.items():
            before = views[-1] if views else whole[name]
            views.append(_calm(before, chance) if kind == "calm" else whole[name])
    return found


def _calm(depth: DepthView, chance: random.Random) -> DepthView:
    bids = list(depth.bids)
    for place in chance.sample(range(1, 15), _CALM_ROWS - 1):
        bids[place] = bids[place]._replace(size=bids[place].size + Decimal("0.01"))
    return replace(depth, bids=tuple(bids))


def tapes(kind: str, seed: int) -> tuple[DepthView, list[tuple[Trade, ...]]]:
    """A product and its trades: with ``churn`` a new one each time, which moves all rows, with ``calm`` every tenth."""
    market = FakeMarket([make_book(PRODUCT, 6_508_366, 2, 8, 120_000_000, seed=seed)])
    view = market.view(ViewRequest(PRODUCT, (PRODUCT,), _LEVELS, {}))
    trades, found = view.trades, []
    for number in range(DISTINCT):
        if kind == "churn" or (kind == "calm" and number % 10 == 0):
            fresh = replace(trades[0], trade_id=f"new {number}", price=trades[0].price + Decimal("0.01"))
            trades = (fresh, *trades)[:500]
        found.append(trades)
    return view.depths[0], found
