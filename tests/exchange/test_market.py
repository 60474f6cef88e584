"""The market by itself: repeatable, never crossed, and every trade taken out of the book."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from depthview.errors import UsageError
from depthview.exchange.book import WireSide
from depthview.exchange.market import SimulatedMarket, SimulatedMarkets, SimulatedTrade
from depthview.exchange.options import MAX_LEVELS, AuthPolicy, ExchangeOptions
from depthview.exchange.products import PRODUCTS, choose

SPECS = {spec.product_id: spec for spec in PRODUCTS}


def _run(options: ExchangeOptions, steps: int) -> tuple[object, list[dict[str, list[SimulatedTrade]]]]:
    market = SimulatedMarkets(options)
    trades = [market.step() for _ in range(steps)]
    return market.truth(), trades


def test_the_same_seed_makes_the_same_books_and_trades() -> None:
    options = ExchangeOptions(seed=11, products=("ETH-USD", "SHIB-USD"))
    assert _run(options, 300) == _run(options, 300)


def test_another_seed_makes_another_market() -> None:
    books = [_run(ExchangeOptions(seed=seed, products=("XLM-EUR",)), 10)[0] for seed in (1, 2)]
    assert books[0] != books[1]


def test_a_product_does_not_depend_on_the_company_it_keeps() -> None:
    alone, _ = _run(ExchangeOptions(products=("ETH-EUR",)), 100)
    together, _ = _run(ExchangeOptions(products=("ETH-EUR", "LTC-USD")), 100)
    assert isinstance(alone, dict)
    assert isinstance(together, dict)
    assert alone["ETH-EUR"] == together["ETH-EUR"]


@pytest.mark.parametrize("rate", [None, 2_000])
@pytest.mark.parametrize(
    "product", ["BTC-USD", "SHIB-USD", "USDT-USD", "USDT-USDC", "XLM-EUR", "OP-USD", "BIP-20DEC30-CDE"]
)
def test_books_stay_uncrossed_full_and_above_zero(product: str, rate: int | None) -> None:
    market = SimulatedMarket(SPECS[product], seed=3, rate=rate)
    wanted = len(market.book.bids), len(market.book.offers)
    for _ in range(400):
        market.step()
        best_bid, best_offer = market.book.bids.best(), market.book.offers.best()
        assert best_bid is not None
        assert best_offer is not None
        assert 0 < best_bid < best_offer
    for side, opened_with in zip((market.book.bids, market.book.offers), wanted, strict=True):
        prices = [price for price, _ in side.levels()]
        assert prices == sorted(set(prices), reverse=side.side is WireSide.BID)
        assert min(prices) > 0
        assert all(size > 0 for _, size in side.levels())
        assert 0.5 * opened_with < len(prices) < 1.5 * opened_with


def test_takers_remove_exactly_what_they_trade(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the makers away nothing but trades changes a book, so sizes before and after differ by the prints."""
    monkeypatch.setattr(SimulatedMarket, "_make", lambda _self: None)
    monkeypatch.setattr(SimulatedMarket, "_tend_walls", lambda _self: None)
    market = SimulatedMarket(SPECS["ETH-USD"], seed=5, rate=1_000)
    before = {side: dict(market.book.side(side).levels()) for side in WireSide}
    traded: Counter[tuple[WireSide, int]] = Counter()
    count = 0
    for _ in range(200):
        for trade in market.step():
            traded[trade.maker, trade.price] += trade.size
            count += 1
    assert count > 50
    assert {maker for maker, _ in traded} == set(WireSide)
    for side in WireSide:
        after = dict(market.book.side(side).levels())
        for price, size in before[side].items():
            assert size - after.get(price, 0) == traded[side, price]
        assert set(after) <= set(before[side])


def test_an_order_takes_the_best_levels_first_and_ids_are_dense() -> None:
    market = SimulatedMarket(SPECS["BTC-USD"], seed=1)
    last_id, last_at, walks = None, 0, 0
    for _ in range(600):
        trades = market.step()
        for trade in trades:
            assert last_id is None or trade.trade_id == last_id + 1
            assert trade.at_us >= last_at
            assert trade.at_us <= market.steps * 50_000
            last_id, last_at = trade.trade_id, trade.at_us
        for first, second in itertools.pairwise(trades):
            if first.maker is second.maker and first.at_us == second.at_us:
                walks += 1
                assert first.price > second.price if first.maker is WireSide.BID else first.price < second.price
    assert walks > 20


def test_walls_come_and_go() -> None:
    market = SimulatedMarket(SPECS["SOL-USD"], seed=2)
    tall = market.spec.typical_size * 80
    standing: list[int] = []
    for _ in range(2_000):
        market.step()
        standing.append(sum(size >= tall for side in WireSide for _, size in market.book.side(side).levels()))
    assert max(standing) >= 1
    assert any(later < earlier for earlier, later in itertools.pairwise(standing))


def test_activity_comes_in_bursts() -> None:
    market = SimulatedMarket(SPECS["BTC-USD"], seed=4)
    changes = []
    for _ in range(2_400):
        market.step()
        changes.append(len(market.book.drain()))
    seconds = [sum(changes[start : start + 20]) for start in range(0, len(changes), 20)]
    assert max(seconds) > 2.5 * sorted(seconds)[len(seconds) // 2]


def test_the_rate_is_the_number_of_changes_a_second() -> None:
    market = SimulatedMarket(SPECS["LTC-USD"], seed=4, rate=400)
    rows = 0
    for _ in range(600):
        market.step()
        rows += len(market.book.drain())
    # Bursts add to it, and several changes of one price within a step make one row.
    assert 200 * 30 < rows < 900 * 30


def test_levels_are_given_to_deep_books_only() -> None:
    market = SimulatedMarkets(ExchangeOptions(products=("BTC-USD", "XLM-EUR"), levels=2_000))
    assert 1_900 < len(market.products["BTC-USD"].book.bids) < 2_200
    assert len(market.products["XLM-EUR"].book.bids) < 40


def test_a_book_of_the_largest_size_can_be_made() -> None:
    book = SimulatedMarket(SPECS["BTC-USD"], seed=1, levels=MAX_LEVELS).book
    assert (len(book.bids), len(book.offers)) == (MAX_LEVELS, MAX_LEVELS)


def test_a_quiet_market_stands_still() -> None:
    market = SimulatedMarkets(ExchangeOptions(products=("BTC-USD",), quiet_after_seconds=0.5))
    while not market.is_quiet:
        market.step()
    assert market.steps == 10
    still = market.truth()
    assert market.step() == {}
    assert market.truth() == still


def test_the_catalogue_has_what_a_demo_needs() -> None:
    names = [spec.product_id for spec in PRODUCTS]
    assert len(names) == len(set(names)) > 30
    assert {"BTC-USD", "ETH-USD", "ETH-EUR"} <= set(names)
    aliases = [spec.alias for spec in PRODUCTS if spec.alias]
    assert not set(aliases) & set(names)
    assert len({(spec.price_decimals, spec.size_decimals) for spec in PRODUCTS}) > 6


@pytest.mark.parametrize(("name", "cure"), [("NOPE-USD", "choose from BTC-USD"), ("BTC-USDC", "an alias of BTC-USD")])
def test_products_that_are_not_traded_are_refused(name: str, cure: str) -> None:
    with pytest.raises(UsageError, match=cure):
        choose([name])


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(UsageError, match="levels 0 is out of range: give 1 to"):
        ExchangeOptions(levels=0)
    with pytest.raises(UsageError, match="quiet-after nan is out of range"):
        ExchangeOptions(quiet_after_seconds=float("nan"))
    with pytest.raises(UsageError, match="--key-out"):
        ExchangeOptions(auth=AuthPolicy.REQUIRED)
