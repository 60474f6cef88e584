"""Books for property tests: ordinary ones, with neighbours that differ in a last digit, and with monstrous numbers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import strategies as st

from depthview.core.fixed_point import EXACT, text_of
from depthview.core.order_book import OrderBook

Levels = dict[Decimal, Decimal]


@dataclass(frozen=True)
class Change:
    """As the decoder hands it over."""

    side: str
    price: str
    size: str


def _scaled(low: int, high: int, places: int) -> st.SearchStrategy[Decimal]:
    return st.integers(low, high).map(lambda n: EXACT.scaleb(Decimal(n), -places))


CENTS = _scaled(1, 4_000, 2)
TINY = _scaled(1, 60, 8)
DENSE = _scaled(10**17, 10**17 + 40, 17)
"""Nearer to each other than doubles are."""
EVERY = st.one_of(CENTS, TINY, DENSE, _scaled(1, 10**33 - 1, 18))
PRICES = st.sampled_from([CENTS, TINY, DENSE, EVERY, st.one_of(CENTS, TINY)])
SIZES = st.sampled_from(
    [
        _scaled(1, 10**9, 8),
        st.integers(1, 10**12).map(Decimal),
        st.one_of(_scaled(1, 10**15 - 1, 8), _scaled(10**9, 10**15 - 1, 2), _scaled(1, 10**33 - 1, 18)),
    ]
)
SIDES = st.tuples(PRICES, SIZES).flatmap(lambda kinds: st.dictionaries(kinds[0], kinds[1], max_size=25))
PAIRS = st.tuples(PRICES, SIZES).flatmap(
    lambda kinds: st.tuples(
        st.dictionaries(kinds[0], kinds[1], max_size=14), st.dictionaries(kinds[0], kinds[1], max_size=14)
    )
)
"""Bids and asks, crossed more often than not."""
WIDTHS = st.one_of(
    st.none(),
    st.sampled_from([Decimal(w) for w in ("0.01", "0.02", "0.05", "0.25", "1", "2.5", "0.3", "7", "0.00000002")]),
    _scaled(1, 10**20, 18),
)


def uncrossed(bids: Levels, asks: Levels) -> tuple[Levels, Levels]:
    """The same levels with every ask above every bid."""
    if not bids:
        return bids, asks
    best = max(bids)
    higher = {EXACT.add(best, price): size for price, size in asks.items()}
    return bids, {price: size for price, size in higher.items() if price.adjusted() < 15}


def book_of(bids: Levels, asks: Levels) -> OrderBook:
    """A real book of these levels."""
    book = OrderBook()
    rows = [Change("bid", text_of(price), text_of(size)) for price, size in bids.items()]
    rows += [Change("offer", text_of(price), text_of(size)) for price, size in asks.items()]
    assert book.apply_snapshot(rows) == 0
    return book
