"""The book that a product opens with: dense at the touch, thinner with every level outwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.exchange.book import BookSide, IntegerBook, Side

if TYPE_CHECKING:
    from depthview.exchange.draws import Draws
    from depthview.exchange.products import ProductSpec


def open_book(spec: ProductSpec, draws: Draws, levels: int) -> IntegerBook:
    """A full book around the product's starting price.

    Args:
        spec: The product.
        draws: Its stream of chance.
        levels: Levels a side to make; a cheap product's bids may be fewer, since a price stays above 0.
    """
    book = IntegerBook()
    best_bid = spec.price - (spec.spread + 1) // 2
    best_offer = max(best_bid + 1, best_bid + spec.spread)
    _fill(book.bids, best_bid, spec, draws, min(levels, spec.price * 9 // 10))
    _fill(book.offers, best_offer, spec, draws, levels)
    return book


def reach(spec: ProductSpec, levels: int) -> int:
    """How far from the touch orders rest, in ticks: an eighth of the price, or what so many levels need."""
    return max(spec.price // 8, min(4 * levels, spec.price * 9 // 10), levels + 1)


def _fill(side: BookSide, best: int, spec: ProductSpec, draws: Draws, levels: int) -> None:
    """Give a side its levels, at distances that grow with the square of the rank."""
    away = -1 if side.side is Side.BID else 1
    span = reach(spec, levels)
    if away < 0:
        span = min(span, best - 1)
    made: list[tuple[int, int]] = []
    for rank in range(levels):
        distance = rank + (span - levels) * rank * rank // (levels * levels)
        following = rank + 1 + (span - levels) * (rank + 1) * (rank + 1) // (levels * levels)
        jitter = draws.below(following - distance) if rank else 0
        made.append((best + away * (distance + jitter), draws.size(spec.typical_size)))
    side.load(made)
