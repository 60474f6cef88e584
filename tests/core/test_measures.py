"""Measures and grouping against naive exact arithmetic."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depthview.core.grouping import bucket, group_steps
from depthview.core.measures import imbalance, microprice, mid, spread, spread_bps
from depthview.core.types import Level, Product, Side
from tests.support.naive import total

PRICES = st.decimals(min_value="0.00000001", max_value="999999999", places=8)
TINY = st.integers(1, 10**20).map(lambda n: Decimal(n).scaleb(-18))
SIZES = st.one_of(PRICES, TINY)
WIDTHS = st.one_of(
    st.sampled_from([Decimal(w) for w in ("0.01", "0.05", "1", "2.5", "0.3", "7", "100", "0.00000001")]), TINY
)
CLOSE = Fraction(1, 10**26)


@given(PRICES, WIDTHS)
@settings(max_examples=150)
def test_a_row_never_comes_nearer_to_the_mid_than_its_levels(price: Decimal, width: Decimal) -> None:
    down, up = bucket(price, width, Side.BID), bucket(price, width, Side.ASK)
    assert down <= price <= up
    assert Fraction(price) - Fraction(down) < Fraction(width)
    assert Fraction(up) - Fraction(price) < Fraction(width)
    if Fraction(price) % Fraction(width) == 0:
        assert down == price == up


@pytest.mark.parametrize("tick", ["0.01", "0.00001", "1", "0.5", "0.000000000000000001"])
def test_steps_that_a_person_would_choose(tick: str) -> None:
    one = Decimal(tick)
    multiples = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)
    assert group_steps(one, one * 100_000) == tuple(one * n for n in multiples)


def test_a_price_of_a_few_ticks_still_has_its_tick() -> None:
    assert group_steps(Decimal("0.01"), Decimal("0.03")) == (Decimal("0.01"),)
    assert group_steps(Decimal("0.01"), Decimal(0)) == (Decimal("0.01"),)


@given(PRICES, SIZES, PRICES, SIZES)
@settings(max_examples=150)
def test_measures_of_the_touch(bid: Decimal, bid_size: Decimal, ask: Decimal, ask_size: Decimal) -> None:
    b, a = Level(bid, bid_size), Level(ask, ask_size)
    fb, fa, fbs, fas = (Fraction(x) for x in (bid, ask, bid_size, ask_size))
    assert Fraction(spread(b, a)) == fa - fb
    assert Fraction(mid(b, a)) == (fa + fb) / 2
    bps = (fa - fb) * 20_000 / (fa + fb)
    assert abs(Fraction(spread_bps(b, a)) - bps) <= abs(bps) * CLOSE
    micro = (fb * fas + fa * fbs) / (fbs + fas)
    assert abs(Fraction(microprice(b, a)) - micro) <= micro * CLOSE
    # Rounding at the 28th digit may pass the touch by as much, and by no more.
    assert min(fa, fb) * (1 - CLOSE) <= Fraction(microprice(b, a)) <= max(fa, fb) * (1 + CLOSE)


def test_the_microprice_leans_away_from_the_heavier_side() -> None:
    assert microprice(Level(Decimal(10), Decimal(3)), Level(Decimal(20), Decimal(1))) == Decimal("17.5")


@given(st.lists(SIZES, max_size=20), st.lists(SIZES, max_size=20))
@settings(max_examples=100)
def test_imbalance(bids: list[Decimal], asks: list[Decimal]) -> None:
    fb, fa = sum(map(Fraction, bids), Fraction(0)), sum(map(Fraction, asks), Fraction(0))
    leaning = imbalance(total(bids), total(asks))
    if not fb + fa:
        assert leaning is None
        return
    assert leaning is not None
    assert -1 <= leaning <= 1
    assert abs(Fraction(leaning) - (fb - fa) / (fb + fa)) <= CLOSE


def test_a_product_of_which_only_the_name_is_known() -> None:
    assert Product.named("BTC-USD") == Product("BTC-USD", "BTC", "USD")
    assert Product.named("BIT-31JAN25-CDE").base == "BIT"
