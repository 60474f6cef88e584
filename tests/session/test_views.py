"""What screens and streams are given: withheld where it is not trusted, and exact."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depthview.core.verdict import Verdict
from depthview.session.events import EventLog
from depthview.session.statistics import IntervalMeter, LatencyMeter, RateMeter
from depthview.views.market import TokenState, ViewRequest
from tests.session.bench import Bench, synced
from tests.support import frames
from tests.support.frames import UNIX

B, E = "BTC-USD", "ETH-USD"


def _exact(*numbers: int) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, numbers))


def test_a_trusted_book_shows_what_follows_from_it() -> None:
    bench = synced(B)
    seen = bench.depth(B)
    top = seen.top
    assert top is not None
    assert top.best_bid is not None
    assert top.best_ask is not None
    assert (top.best_bid.price, top.best_ask.price) == _exact(99, 101)
    assert (top.spread, top.mid, top.microprice, top.imbalance) == _exact(2, 100, 100, 0)
    assert top.spread_bps == 200
    assert [(row.price, row.size, row.cumulative) for row in seen.bids] == [
        _exact(99, 1, 1),
        _exact(98, 2, 3),
        _exact(97, 3, 6),
    ]
    assert (seen.bid_levels, seen.ask_levels) == (3, 3)
    assert bench.view().tabs[0].spread == 2


def test_an_untrusted_book_is_given_and_all_that_follows_from_it_is_withheld() -> None:
    bench = synced(B)
    bench.skip()
    bench.heartbeat()
    view = bench.view()
    assert view.depths[0].verdict is Verdict.STALE
    assert len(view.depths[0].bids) == 3
    assert view.depths[0].top is None
    assert view.tabs[0].spread is None
    bench.close()
    assert (bench.depth(B).top, bench.depth(B).bids, bench.depth(B).book_age) == (None, (), None)


def test_levels_and_groups() -> None:
    bench = synced(B)
    request = ViewRequest(B, (B,), 2, {B: Decimal(2)})
    (seen,) = bench.views.view(request).depths
    assert [(row.price, row.size, row.cumulative) for row in seen.bids] == [_exact(98, 3, 3), _exact(96, 3, 6)]
    assert [(row.price, row.size, row.cumulative) for row in seen.asks] == [_exact(102, 3, 3), _exact(104, 3, 6)]
    (seen,) = bench.views.view(ViewRequest(B, (B,), 1, {})).depths
    assert [row.price for row in seen.asks] == [101]
    assert (seen.top is not None, seen.bid_levels) == (True, 3)


def test_the_product_in_front_comes_first_and_a_strange_one_is_ignored() -> None:
    bench = synced(B, E)
    view = bench.views.view(ViewRequest(E, (E, B, "X-Y"), 1, {}))
    assert ([depth.product for depth in view.depths], view.selected) == ([E, B], 1)
    assert bench.views.view(ViewRequest("X-Y", (), 1, {})).selected == 0


def test_the_verdicts_age_counts_from_its_beginning() -> None:
    bench = synced(B)
    bench.skip()
    bench.heartbeat()
    bench.wait(2)
    assert bench.depth(B).verdict_age == pytest.approx(2.0)
    bench.wait(1)
    bench.snapshot(B)
    assert bench.depth(B).verdict_age == 0


def test_latency_is_receive_time_minus_the_venues_and_never_a_dead_figure() -> None:
    bench = Bench(B)
    bench.open()
    bench.feed(frames.update(bench.number(), B, unix=bench.clock.unix() - 0.25))
    assert bench.view().feed.latency_ms == pytest.approx(250, abs=1)
    bench.wait(6, beats=False)
    assert bench.view().feed.latency_ms is None


# --- trades ------------------------------------------------------------------------------------------------------

PRINTS = [("1", "100", 1.0), ("2", "101", 2.0), ("3", "101", 3.0), ("10", "99", 3.0)]


def _newest_first(bench: Bench) -> list[str]:
    return [trade.trade_id for trade in bench.view().trades]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_trades_are_told_newest_first_in_whatever_order_they_come(order: tuple[int, ...]) -> None:
    prints = [frames.trade(B, *PRINTS[n][:2], at=UNIX + PRINTS[n][2]) for n in order]
    together, singly = synced(B), synced(B)
    together.feed(frames.trades(together.number(), *prints))
    for one in prints:
        singly.feed(frames.trades(singly.number(), one))
    for bench in (together, singly):
        assert _newest_first(bench) == ["10", "3", "2", "1"]
        assert bench.depth(B).last_direction == -1
        assert bench.view().tabs[0].last_price == 99


def test_a_trade_is_told_once() -> None:
    bench = synced(B)
    one, two = frames.trade(B, "1", "100", at=UNIX + 1), frames.trade(B, "2", "101", at=UNIX + 2)
    bench.feed(frames.trades(bench.number(), one, one))
    bench.feed(frames.trades(bench.number(), two, one, kind="snapshot"))
    assert _newest_first(bench) == ["2", "1"]
    assert bench.depth(B).last_direction == 1


def test_trades_of_the_time_without_a_connection_are_put_in_their_place() -> None:
    bench = synced(B)
    bench.feed(frames.trades(bench.number(), frames.trade(B, "9", "100", at=UNIX + 9)))
    bench.close()
    bench.open()
    prints = [frames.trade(B, str(n), "100", at=UNIX + n) for n in (12, 11, 9, 8)]
    bench.feed(frames.trades(bench.number(), *prints, kind="snapshot"))
    assert _newest_first(bench) == ["12", "11", "9", "8"]


def test_the_side_is_the_takers() -> None:
    bench = synced(B)
    maker_sold = frames.trade(B, "1", "100", side="SELL", at=UNIX + 1)
    maker_bought = frames.trade(B, "2", "100", side="BUY", at=UNIX + 2)
    bench.feed(frames.trades(bench.number(), maker_sold, maker_bought))
    assert [trade.aggressor for trade in bench.view().trades] == ["sell", "buy"]
    assert bench.depth(B).last_direction == 0


@pytest.mark.parametrize("field", ["price", "size", "side", "time"])
def test_a_trade_that_cannot_be_read_is_counted_and_left_out(field: str) -> None:
    bench = synced(B)
    bad = {**frames.trade(B, "1", "100"), field: "NaN"}
    bench.feed(frames.trades(bench.number(), bad, frames.trade(B, "2", "100")))
    assert (_newest_first(bench), bench.view().feed.bad_rows) == (["2"], 1)
    assert bench.verdict(B) is Verdict.SYNCED


def test_a_trades_number_is_safe_to_show() -> None:
    bench = synced(B)
    bench.feed(frames.trades(bench.number(), frames.trade(B, "\x1b[2J" + "9" * 50, "100")))
    assert _newest_first(bench) == ["\ufffd[2J" + "9" * 19 + "…"]


def test_no_more_than_500_trades_are_kept() -> None:
    bench = synced(B)
    bench.feed(frames.trades(bench.number(), *(frames.trade(B, str(n), "100", at=UNIX + n) for n in range(600))))
    view = bench.views.view(ViewRequest(B, (B,), 1, {}, trades=1000))
    assert (len(view.trades), view.trades[0].trade_id) == (500, "599")


# --- tokens ------------------------------------------------------------------------------------------------------


def test_without_a_key_there_is_no_token() -> None:
    token = synced(B).view().token
    assert (token.state, token.sent, token.expires_in, token.next_in) == (TokenState.NONE, 0, None, None)


def test_a_token_is_told_with_its_fate_and_its_time() -> None:
    bench = Bench(B, signed=True)
    bench.open()
    token = bench.view().token
    assert (token.state, token.sent, token.expires_in, token.life) == (TokenState.SIGNING, 5, 120.0, 120.0)
    bench.snapshot(B)
    bench.acknowledge(B)
    assert bench.view().token.state is TokenState.ACCEPTED
    bench.wait(10)
    assert bench.view().token.expires_in == pytest.approx(110)
    assert bench.view().token.next_in == pytest.approx(90)
    bench.session.subscriptions.renew_heartbeats()
    bench.flush()
    for _ in range(2):
        bench.feed(frames.error("authentication failure"))
    token = bench.view().token
    assert (token.state, token.detail, token.sent) == (TokenState.REFUSED, "authentication failure", 7)
    assert bench.log()[-1] == (
        "token refused (heartbeats): authentication failure; going on without a token, next one in 5 s (2 times)"
    )


def test_at_its_end_a_token_is_expired() -> None:
    bench = synced(B, signed=True)
    bench.close()
    bench.clock.advance(116.5)
    assert bench.view().token.state is TokenState.ACCEPTED
    bench.clock.advance(1)
    token = bench.view().token
    assert (token.state, token.signing_failed) == (TokenState.EXPIRED, False)
    assert token.expires_in == pytest.approx(-0.5)


def test_a_refusal_outlives_its_token() -> None:
    bench = Bench(B, signed=True)
    bench.open()
    for _ in range(7):
        bench.feed(frames.error("authentication failure"))
    bench.close()
    bench.clock.advance(200)
    token = bench.view().token
    assert token.expires_in is not None
    assert token.expires_in < 0
    assert token.state is TokenState.REFUSED


def test_signing_that_fails_is_seen_once_a_message_was_due_and_tried_again_a_minute_later() -> None:
    bench = synced(B, signed=True)
    bench.token = None
    assert not bench.view().token.signing_failed
    bench.wait(98)  # the renewal falls into it
    token = bench.view().token
    assert (token.state, token.signing_failed) == (TokenState.ACCEPTED, True)
    assert bench.log()[-1] == "no token available: messages are sent without one"
    bench.acknowledge(B)
    bench.wait(21)
    token = bench.view().token
    assert (token.state, token.signing_failed) == (TokenState.EXPIRED, True)
    bench.token = (120.0, 120.0)
    bench.wait(40)
    token = bench.view().token
    assert (token.signing_failed, token.sent) == (False, 6)


def test_an_unanswered_token_is_said_to_be_so() -> None:
    bench = Bench(B, signed=True)
    bench.open()
    bench.wait(2.25)
    assert bench.view().token.state is TokenState.UNANSWERED


# --- small parts -------------------------------------------------------------------------------------------------


def test_the_log_is_bounded_and_an_entry_that_is_gone_stays_gone() -> None:
    log = EventLog()
    ids = [log.add(float(n), "note", str(n)) for n in range(600)]
    log.rewrite(ids[0], "good", "too late")
    log.rewrite(ids[-1], "good", "done")
    kept = log.newest(1000)
    assert (len(kept), kept[0].text, kept[-1].text, kept[-1].level, kept[-1].at) == (500, "100", "done", "good", 599.0)
    assert log.newest(2)[0].text == "598"


def test_events_of_one_kind_share_an_entry_for_ten_seconds() -> None:
    bench = synced(B)
    before = len(bench.log())
    for _ in range(3):
        bench.feed(b"garbage")
    assert len(bench.log()) == before + 1
    assert bench.log()[-1].endswith("(3 times)")
    bench.wait(10)
    bench.feed(b"garbage")
    assert len(bench.log()) == before + 2


def test_rates_are_those_of_whole_seconds() -> None:
    meter = RateMeter()
    for second, count in enumerate((10, 20, 0, 30)):
        for n in range(count):
            meter.count(100, 50 + second + n / 100)
    assert meter.rates(54.5) == (15.0, 1500.0)
    assert meter.history(54.5) == (10.0, 20.0, 0.0, 30.0)
    assert meter.history(56.0) == (10.0, 20.0, 0.0, 30.0, 0.0, 0.0)
    assert meter.rates(80.0) == (0.0, 0.0)
    assert meter.frames == 60


def test_a_rate_before_the_first_whole_second_is_that_of_the_time_so_far() -> None:
    meter = RateMeter()
    assert meter.rates(10.0) == (0.0, 0.0)
    for n in range(5):
        meter.count(10, 10.0 + n / 10)
    assert meter.rates(10.5) == (10.0, 100.0)


def test_latency_is_the_median_and_the_worst_is_kept() -> None:
    meter = LatencyMeter()
    assert meter.typical_ms(0.0) is None
    for n, ms in enumerate((10.0, 900.0, 20.0)):
        assert meter.wants(n / 10)
        meter.add(ms, n / 10)
    assert not meter.wants(0.21)
    assert (meter.typical_ms(1.0), meter.worst_ms) == (20.0, 900.0)
    assert (meter.typical_ms(9.0), meter.worst_ms) == (None, 900.0)


@given(st.lists(st.floats(0.001, 100), min_size=2, max_size=20))
@settings(max_examples=40)
def test_the_usual_interval_is_the_median(steps: list[float]) -> None:
    meter = IntervalMeter()
    now = 0.0
    meter.mark(now)
    assert meter.usual() is None
    for step in steps:
        now += step
        meter.mark(now)
    ordered = sorted(steps)
    assert meter.at == now
    usual = meter.usual()
    assert usual is not None
    assert ordered[(len(steps) - 1) // 2] * 0.999 <= usual <= ordered[len(steps) // 2] * 1.001
