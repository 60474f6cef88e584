"""Products that come and go, and those that go by two names."""

from __future__ import annotations

from decimal import Decimal

import pytest

from depthview.core.sequence import Scope
from depthview.core.types import Product
from depthview.core.verdict import Verdict
from tests.session.bench import ASKS, BIDS, CHANNELS, Bench, levels, synced
from tests.support import frames

B, C, E = "BTC-USD", "BTC-USDC", "ETH-USD"


def test_adding_a_product_subscribes_it() -> None:
    bench = synced(B)
    assert bench.session.add_product(" eth-usd ") is None
    bench.flush()
    assert bench.sent == [f"subscribe {channel} {E}" for channel in CHANNELS]
    assert bench.session.products.names() == (B, E)
    bench.snapshot(E)
    assert bench.verdict(E) is Verdict.SYNCED


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (B, "BTC-USD is already shown"),
        ("btc-usd", "BTC-USD is already shown"),
        ("", " is not a product name; they look like BTC-USD"),
        ("[/]\x1b", "[/]\ufffd is not a product name; they look like BTC-USD"),
    ],
)
def test_what_cannot_be_added(name: str, why: str) -> None:
    assert synced(B).session.add_product(name) == why


def test_thirty_products_are_all_that_one_connection_takes() -> None:
    bench = Bench(*(f"P{n}-USD" for n in range(30)))
    assert (bench.session.add_product(B) or "").startswith("30 products are shown")


def test_late_frames_of_a_removed_product_make_no_ghost() -> None:
    bench = synced(B, E)
    assert bench.session.remove_product(E) is None
    bench.flush()
    assert bench.sent == [f"unsubscribe {channel} {E}" for channel in CHANNELS]
    bench.update(E, [("99", "5")])
    bench.snapshot(E)
    bench.feed(frames.trades(bench.number(), frames.trade(E, "1", "5")))
    bench.update(B)
    assert bench.session.products.names() == (B,)
    assert [tab.product for tab in bench.view().tabs] == [B]
    with pytest.raises(KeyError):
        bench.session.products.market(E)
    assert bench.verdict(B) is Verdict.SYNCED
    assert bench.depth(B).sequence.gaps == 0


def test_a_product_that_comes_back_waits_for_its_own_snapshot() -> None:
    bench = synced(B, E)
    bench.session.remove_product(E)
    bench.flush()
    bench.session.add_product(E)
    bench.wait(1)
    bench.update(E, [("99", "5")])
    assert (bench.verdict(E), bench.book(E)) == (Verdict.SYNCING, ({}, {}))
    bench.snapshot(E)
    assert bench.verdict(E) is Verdict.SYNCED


def test_what_cannot_be_removed() -> None:
    bench = synced(B)
    assert bench.session.remove_product(E) == "ETH-USD is not shown"
    assert bench.session.remove_product("\x1b") == "\ufffd is not shown"
    assert bench.session.remove_product(B) == "the last product cannot be removed; add another one first"


def test_removing_a_product_ends_its_part_of_an_incident() -> None:
    bench = synced(B, E)
    bench.skip()
    bench.heartbeat()
    bench.session.remove_product(E)
    assert "requesting" in bench.log()[-1]
    bench.snapshot(B)
    assert "healed" in bench.log()[-1]
    bench.session.add_product(E)
    bench.wait(3)
    bench.snapshot(E)
    bench.feed(frames.frame("l2_data", bench.number(), [frames.book_event("update", E, [("x", "1")])]))
    bench.session.remove_product(E)
    assert bench.log()[-1] == "1 row that cannot be applied: ETH-USD was removed"


# --- two names, one book -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", [Scope.CONNECTION, Scope.PRODUCT])
def test_an_alias_shows_the_book_of_its_other_name(scope: Scope) -> None:
    bench = Bench(C, E, scope=scope)
    bench.open()
    bench.snapshot(B)
    bench.snapshot(E)
    bench.acknowledge(B, E)
    bench.feed(frames.trades(bench.number(B), frames.trade(B, "1", "100")))
    bench.wait(6)
    seen = bench.depth(C)
    assert (seen.product, seen.feed_product, seen.base, seen.quote) == (C, B, "BTC", "USDC")
    assert (seen.verdict, bench.book(C)) == (Verdict.SYNCED, (levels(BIDS), levels(ASKS)))
    assert seen.last_trade is not None
    assert bench.session.products.names() == (C, E)
    assert "level2 BTC-USDC" not in bench.view().feed.subscriptions_missing
    bench.sent.clear()
    bench.skip(1, B)
    bench.update(B)
    assert bench.verdict(C) is Verdict.STALE
    assert bench.depth(C).sequence.gaps == 1
    assert C in bench.level2()[0]
    bench.snapshot(B)
    if scope is Scope.CONNECTION:
        bench.snapshot(E)
    assert bench.verdict(C) is Verdict.SYNCED
    bench.wait(6)
    assert bench.session.take_reconnect() == ""


def test_a_product_that_has_a_book_under_its_own_name_keeps_it() -> None:
    bench = Bench("USDT-USDC", "USDT-USD")
    bench.open()
    bench.snapshot("USDT-USDC", [("1", "1")], [("2", "1")])
    bench.snapshot("USDT-USD", [("3", "1")], [("4", "1")])
    assert bench.book("USDT-USDC")[0] == {Decimal(1): Decimal(1)}
    assert bench.book("USDT-USD")[0] == {Decimal(3): Decimal(1)}


def test_both_names_share_one_book_and_one_of_them_may_go() -> None:
    for gone, stays in ((B, C), (C, B)):
        bench = synced(B, E)
        bench.session.add_product(C)
        bench.wait(1)
        bench.acknowledge(B, E, times=4)
        assert bench.book(C) == bench.book(B)
        bench.sent.clear()
        assert bench.session.remove_product(gone) is None
        bench.wait(1)
        assert bench.sent == []
        bench.update(B, [("99", "42")])
        assert bench.book(stays)[0][Decimal(99)] == 42
        assert bench.verdict(stays) is Verdict.SYNCED
        assert bench.session.remove_product(stays) is None
        bench.wait(1)
        assert {name for line in bench.sent for name in line.split()[2].split(",")} == {B, C}
        bench.snapshot(B)
        assert bench.session.products.names() == (E,)
        bench.sent.clear()
        bench.skip()
        bench.heartbeat()
        assert bench.level2() == [f"unsubscribe level2 {E}", f"subscribe level2 {E}"]


def test_a_resync_of_a_shared_book_asks_once() -> None:
    bench = synced(B)
    bench.session.add_product(C)
    bench.wait(2)
    bench.acknowledge(B, times=4)
    bench.sent.clear()
    bench.skip()
    bench.heartbeat()
    assert bench.level2() == [f"unsubscribe level2 {B}", f"subscribe level2 {B}"]
    bench.snapshot(B)
    bench.acknowledge(B, times=2)
    bench.wait(7)
    assert {bench.verdict(B), bench.verdict(C)} == {Verdict.SYNCED}
    assert bench.session.take_reconnect() == ""


# --- what the venue says of products -----------------------------------------------------------------------------


def test_the_status_channel_fills_the_catalogue_and_the_trading_state() -> None:
    bench = synced(B)
    row = {
        "id": B, "base_currency": "BTC", "quote_currency": "USD", "base_increment": "0.00000001",
        "quote_increment": "0.01", "status": "auction_mode",
    }  # fmt: skip
    bench.feed(frames.status(bench.number(), row, {"id": "\x1b[2J"}, {**row, "id": E, "status": "online"}))
    seen = bench.depth(B)
    assert (seen.trading_state, seen.tick, seen.price_decimals, seen.size_decimals) == (
        "auction",
        Decimal("0.01"),
        2,
        8,
    )
    assert bench.view().catalogue == (B, E)
    assert seen.verdict is Verdict.SYNCED
    bench.feed(frames.status(bench.number(), {**row, "status": "online"}))
    assert bench.depth(B).trading_state == ""


def test_a_product_list_that_is_whole_says_what_does_not_exist() -> None:
    bench = synced(B)
    bench.session.list_products([Product.named(B), Product.named(E)])
    assert bench.session.add_product("SOL-USD") is None
    bench.session.list_products([], complete=True)
    assert bench.session.add_product("XRP-USD") == "XRP-USD is not in the venue's product list"
    assert bench.session.add_product(E) is None


def test_a_followed_recording_shows_what_has_a_book_and_thirty_products_at_most() -> None:
    bench = Bench(passive=True, follow=True)
    bench.open()
    bench.feed(frames.trades(bench.number(), frames.trade(E, "1", "99")))
    bench.feed(frames.ticker(bench.number(), E))
    assert bench.session.products.names() == ()
    names = tuple(f"P{place}-USD" for place in range(31))
    for name in names:
        bench.snapshot(name)
    assert bench.session.products.names() == names[:30]
