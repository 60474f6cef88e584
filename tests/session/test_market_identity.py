"""Whose book a product shows: markets of like names, with a product list, without one, and when it comes late."""

from __future__ import annotations

from decimal import Decimal

import pytest

from depthview.core.sequence import Scope
from depthview.core.types import Product
from depthview.core.verdict import Verdict
from depthview.views.depth import Impact
from depthview.views.market import ViewRequest
from tests.session.bench import ASKS, Bench, synced
from tests.support import frames

D, C = "USDT-USD", "USDT-USDC"
NEW_D, NEW_C = "NEW-USD", "NEW-USDC"
"""Two markets of which nothing but a product list, or their data, can say that they are not one."""


def _listed(aliases: dict[str, str]) -> list[Product]:
    return [Product.named(name, alias=alias) for name, alias in aliases.items()]


def _best(bench: Bench, name: str) -> int:
    return int(max(bench.book(name)[0]))


@pytest.mark.parametrize("asked", [(D, C), (C, D)])
@pytest.mark.parametrize("first", [D, C])
@pytest.mark.parametrize("scope", [Scope.CONNECTION, Scope.PRODUCT])
def test_two_markets_with_like_names_never_touch_each_other(asked: tuple[str, str], first: str, scope: Scope) -> None:
    bench = Bench(*asked, scope=scope)
    bench.open()
    second = C if first == D else D
    prices = {D: "3", C: "1"}
    bench.snapshot(first, [(prices[first], "1")], [("9", "1")])
    assert (bench.verdict(first), bench.verdict(second)) == (Verdict.SYNCED, Verdict.SYNCING)
    assert bench.book(second) == ({}, {})
    bench.update(first, [("0.5", "7")])
    bench.snapshot(second, [(prices[second], "1")], [("9", "1")])
    bench.acknowledge(D, C)
    for name in (D, C, D):
        bench.update(name, [("0.25", "7")])
    bench.sent.clear()
    bench.wait(8)
    for name in (D, C):
        assert (bench.verdict(name), _best(bench, name)) == (Verdict.SYNCED, int(prices[name]))
        assert bench.depth(name).feed_product == name
    assert bench.level2() == []
    assert bench.session.subscriptions.resyncs == 0
    assert not [event for event in bench.session.events.newest(100) if event.level in ("warn", "bad")]


def test_a_product_that_never_gets_a_snapshot_of_its_own_has_no_data() -> None:
    bench = Bench(C)
    bench.open()
    bench.snapshot(D)
    bench.acknowledge(D)
    bench.wait(6)
    assert (bench.verdict(C), bench.book(C)) == (Verdict.NO_DATA, ({}, {}))
    assert f"level2 {C}" in bench.view().feed.subscriptions_missing


def test_at_the_end_of_a_recording_what_has_not_come_is_no_data_whatever_its_length() -> None:
    bench = Bench(C, D, passive=True)
    bench.open()
    bench.snapshot(D)
    assert bench.verdict(C) is Verdict.SYNCING
    bench.session.ended(bench.clock.monotonic(), bench.clock.unix())
    assert (bench.verdict(C), bench.reason(C)) == (Verdict.NO_DATA, "the recording has no snapshot of it")
    assert bench.verdict(D) is Verdict.SYNCED


def test_what_follows_a_recording_shows_like_names_apart() -> None:
    for names in ((D, C), (NEW_D, NEW_C), (NEW_C, NEW_D)):
        bench = Bench(passive=True, follow=True)
        bench.open()
        for price, name in enumerate(names, 1):
            bench.snapshot(name, [(str(price), "1")], ASKS)
        assert bench.session.products.names() == names
        assert [_best(bench, name) for name in names] == [1, 2]
        assert bench.verdict(names[1]) is Verdict.SYNCED


def test_removing_one_of_two_markets_unsubscribes_that_one_alone() -> None:
    bench = synced(D, C)
    assert bench.session.remove_product(D) is None
    bench.wait(1)
    assert {line.split()[2] for line in bench.sent} == {D}
    bench.snapshot(D, [("5", "1")], ASKS)
    assert bench.session.products.names() == (C,)
    assert _best(bench, C) == 99


def test_a_late_snapshot_of_what_was_removed_is_nobody_else_s_book() -> None:
    bench = synced(NEW_D)
    bench.session.add_product(NEW_C)
    bench.wait(1)
    bench.session.remove_product(NEW_C)
    bench.snapshot(NEW_C, [("5", "1")], ASKS)
    assert (bench.verdict(NEW_D), _best(bench, NEW_D)) == (Verdict.STALE, 99)
    bench.snapshot(NEW_D)
    assert (bench.verdict(NEW_D), _best(bench, NEW_D)) == (Verdict.SYNCED, 99)


# --- a list that comes after the books ---------------------------------------------------------------------------


def test_a_list_that_says_nothing_new_changes_nothing() -> None:
    bench = Bench("BTC-USDC", "BTC-USD", D, C)
    bench.open()
    for name in ("BTC-USD", D, C):
        bench.snapshot(name)
    bench.acknowledge("BTC-USD", D, C)
    bench.wait(1)
    bench.sent.clear()
    logged = bench.log()
    bench.session.list_products(_listed({"BTC-USD": "", "BTC-USDC": "BTC-USD", D: "", C: ""}), complete=True)
    bench.wait(8)
    assert {bench.verdict(name) for name in bench.session.products.names()} == {Verdict.SYNCED}
    assert (bench.level2(), bench.log()) == ([], logged)
    assert bench.depth("BTC-USDC").feed_product == "BTC-USD"


def test_a_list_that_tells_two_markets_apart_takes_the_other_s_book_away_and_asks_for_the_own_one() -> None:
    bench = synced(NEW_D)
    bench.session.add_product(NEW_C)
    bench.wait(1)
    assert bench.book(NEW_C) == bench.book(NEW_D)
    bench.sent.clear()
    bench.session.list_products(_listed({NEW_D: "", NEW_C: ""}), complete=True)
    assert (bench.verdict(NEW_C), bench.book(NEW_C)) == (Verdict.SYNCING, ({}, {}))
    assert bench.verdict(NEW_D) is Verdict.SYNCED
    bench.wait(1)
    assert bench.level2() == [f"unsubscribe level2 {NEW_C}", f"subscribe level2 {NEW_C}"]
    assert bench.log()[-1] == f"the product list says that {NEW_C} is a market of its own"
    bench.snapshot(NEW_C, [("5", "1")], ASKS)
    bench.update(NEW_D, [("98", "42")])
    assert {bench.verdict(NEW_C), bench.verdict(NEW_D)} == {Verdict.SYNCED}
    assert (_best(bench, NEW_C), int(bench.book(NEW_D)[0][Decimal(98)])) == (5, 42)


def test_a_list_that_tells_them_apart_leaves_a_book_that_came_by_its_own_name() -> None:
    bench = Bench(NEW_C)
    bench.open()
    bench.snapshot(NEW_C)
    bench.acknowledge(NEW_C)
    bench.wait(1)
    bench.sent.clear()
    bench.session.list_products(_listed({NEW_D: "", NEW_C: ""}), complete=True)
    bench.wait(3)
    assert (bench.verdict(NEW_C), bench.level2()) == (Verdict.SYNCED, [])
    bench.update(NEW_D, [("98", "42")])
    assert bench.book(NEW_C)[0][Decimal(98)] == 2


def test_a_list_that_makes_two_markets_one_costs_a_resync() -> None:
    bench = synced(D, C)
    bench.session.list_products(_listed({D: "", C: D}), complete=True)
    bench.flush()
    assert {bench.verdict(D), bench.verdict(C)} == {Verdict.STALE}
    assert f"the product list says that {C} is the market {D}" in bench.reason(C)
    bench.wait(1)
    assert bench.level2() == [f"unsubscribe level2 {D}", f"subscribe level2 {D}"]
    bench.snapshot(D, [("5", "1")], ASKS)
    assert (bench.verdict(C), bench.book(C), bench.depth(C).feed_product) == (Verdict.SYNCED, bench.book(D), D)


def test_an_alias_that_no_rule_knows_is_found_by_the_list() -> None:
    bench = Bench("PEPE-EUR")
    bench.open()
    bench.snapshot("PEPE-USD")
    assert bench.verdict("PEPE-EUR") is Verdict.SYNCING
    bench.session.list_products(_listed({"PEPE-USD": "", "PEPE-EUR": "PEPE-USD"}), complete=True)
    bench.wait(1)
    assert bench.level2()[-2:] == ["unsubscribe level2 PEPE-EUR", "subscribe level2 PEPE-EUR"]
    bench.snapshot("PEPE-USD")
    bench.acknowledge("PEPE-USD")
    assert bench.verdict("PEPE-EUR") is Verdict.SYNCED
    assert "level2 PEPE-EUR" not in bench.view().feed.subscriptions_missing


# --- trading states ----------------------------------------------------------------------------------------------


def test_a_trading_state_that_changes_is_an_event() -> None:
    bench = synced(D)
    row = {"id": D, "base_currency": "USDT", "quote_currency": "USD", "status": "cancel_only"}
    for status in ("online", "cancel_only", "cancel_only", "delisted", "online", "online"):
        bench.feed(frames.status(bench.number(), {**row, "status": status}))
    told = [(event.level, event.text) for event in bench.session.events.newest(10) if event.product == D]
    assert told == [("note", "trading: cancel only"), ("note", "trading: delisted"), ("good", "trading: online again")]


# --- futures -----------------------------------------------------------------------------------------------------

FUTURE = "BIT-29AUG25-CDE"


def _future(contract_size: str | None) -> Product:
    size = None if contract_size is None else Decimal(contract_size)
    return Product(FUTURE, "", "USD", Decimal(5), Decimal(1), "", product_type="FUTURE", contract_size=size)


def test_a_future_s_values_wait_for_the_size_of_its_contract() -> None:
    bench = Bench(FUTURE)
    bench.open()
    bench.snapshot(FUTURE, [("95715", "25")], [("95725", "7"), ("95730", "40")])
    request = ViewRequest(FUTURE, (FUTURE,), 10, {}, notional=True, impact=Impact(Decimal(7_000), in_quote=True))
    before = bench.views.view(request).depths[0]
    assert (before.base, before.quote, before.multiplier, before.impacts) == ("contracts", "USD", None, ())
    assert {row.notional for row in before.asks} == {None}
    assert before.top is not None
    assert before.top.best_ask is not None
    assert before.top.best_ask.notional is None
    bench.session.list_products([_future("0.01")], complete=True)
    after = bench.views.view(request).depths[0]
    assert [row.notional for row in after.asks] == [Decimal("6700.75"), Decimal(38_292)]
    assert after.asks[-1].cumulative_notional == Decimal("44992.75")
    buy = after.impacts[0]
    assert (buy.levels, buy.complete, buy.worst) == (2, True, Decimal(95_730))
    assert 7 < buy.filled < 8
    assert (after.tick, after.contract) == (Decimal(5), "1 contract = 0.01")


def test_the_status_channel_takes_nothing_from_what_the_list_says_of_a_future() -> None:
    bench = synced(FUTURE)
    bench.session.list_products([_future("0.01")], complete=True)
    row = {"id": FUTURE, "product_type": "FUTURE", "quote_increment": "0.01", "base_increment": "1", "status": "online"}
    bench.feed(frames.status(bench.number(), row))
    seen = bench.depth(FUTURE)
    assert (seen.tick, seen.multiplier, seen.base) == (Decimal(5), Decimal("0.01"), "contracts")


def test_futures_are_marked_in_the_catalogue_and_missing_ones_are_not_called_unknown() -> None:
    bench = synced(D)
    bench.session.list_products(_listed({D: ""}), complete=True)
    assert bench.session.add_product("BIP-20DEC30-CDE") is None
    assert bench.session.add_product("XRP-USD") == "XRP-USD is not in the venue's product list"
    bench.session.list_products([*_listed({D: ""}), _future("0.01")], complete=True)
    view = bench.view()
    assert view.catalogue_marks == {FUTURE: "future"}
    assert bench.session.add_product("ETP-20DEC30-CDE") == "ETP-20DEC30-CDE is not in the venue's product list"


def test_what_has_left_the_feed_is_refused_live_and_shown_from_a_recording() -> None:
    name = "BTC-PERP-INTX"
    assert synced(D).session.add_product(name) == "BTC-PERP-INTX has left this feed (2026-10-01)"
    bench = Bench(passive=True, follow=True)
    bench.open()
    bench.snapshot(name)
    assert (bench.session.products.names(), bench.verdict(name), bench.depth(name).quote) == (
        (name,),
        Verdict.SYNCED,
        "USDC",
    )
