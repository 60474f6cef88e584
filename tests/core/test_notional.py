"""What contracts are worth: ladders and impact with a multiplier, against books whose sizes were multiplied before."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depthview.core.fixed_point import EXACT, notional
from depthview.core.ladder import SideLadder
from depthview.core.measures import fill
from depthview.core.types import Product, Side
from tests.core.books import EVERY, SIDES, Levels, book_of
from tests.support import naive

MULTIPLIERS = st.sampled_from([Decimal(text) for text in ("1", "0.01", "0.1", "5000", "0.00000003", "123.456")])


def test_forty_contracts_of_a_hundredth_at_95_730() -> None:
    assert notional(Decimal(95_730), Decimal(40), Decimal("0.01")) == Decimal(38_292)
    assert notional(Decimal(95_730), Decimal(40), None) is None


@given(SIDES, st.sampled_from(Side), MULTIPLIERS, st.sampled_from([None, Decimal(5)]))
@settings(max_examples=200)
def test_rows_are_worth_what_their_contracts_are(
    levels: Levels, side: Side, multiplier: Decimal, width: Decimal | None
) -> None:
    book = book_of(levels, {}) if side is Side.BID else book_of({}, levels)
    kept = book.bids if side is Side.BID else book.asks
    found = SideLadder(kept, width, notional=True, multiplier=multiplier).from_touch(0)
    plain = naive.all_rows(levels, side, width)
    assert [row[:3] for row in found] == [tuple(row)[:3] for row in plain]
    for row, expected in zip(found, plain, strict=True):
        assert expected.notional is not None
        assert expected.cumulative_notional is not None
        assert row.notional == EXACT.multiply(expected.notional, multiplier)
        assert row.cumulative_notional == EXACT.multiply(expected.cumulative_notional, multiplier)


@given(SIDES, st.sampled_from(Side), MULTIPLIERS, EVERY, st.one_of(st.none(), EVERY), st.booleans())
@settings(max_examples=300)
def test_an_amount_of_quote_currency_buys_fewer_contracts_at_the_same_price(
    levels: Levels, side: Side, multiplier: Decimal, size: Decimal, mid: Decimal | None, in_quote: bool
) -> None:
    book = book_of(levels, {}) if side is Side.BID else book_of({}, levels)
    kept = book.bids if side is Side.BID else book.asks
    asked = EXACT.multiply(size, multiplier) if in_quote else size
    found = fill(kept, asked, mid, in_quote=in_quote, multiplier=multiplier)
    assert found == fill(kept, size, mid, in_quote=in_quote)


@pytest.mark.parametrize("name", ["BIT-29AUG25-CDE", "BIP-20DEC30-CDE", "XPP-20DEC30-CDE"])
def test_a_us_future_is_known_by_its_name(name: str) -> None:
    product = Product.named(name)
    assert (product.is_future, product.size_unit, product.quote) == (True, "contracts", "USD")
    assert (product.multiplier, product.contract) == (None, "contract size unknown")


def test_what_is_no_future_counts_its_base_currency() -> None:
    for name, base, quote in (("BTC-USD", "BTC", "USD"), ("BTC-PERP-INTX", "BTC", "USDC"), ("00-USD", "00", "USD")):
        product = Product.named(name)
        assert (product.is_future, product.size_unit, product.quote) == (False, base, quote)
        assert (product.multiplier, product.contract) == (Decimal(1), "")
