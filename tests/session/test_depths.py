"""What ladders and the header are given, from frames to views, against naive exact arithmetic."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depthview.clock import ManualClock
from depthview.core.fixed_point import text_of
from depthview.core.types import Product, Side
from depthview.core.verdict import Verdict
from depthview.session.session import MarketSession
from depthview.views.depth import DayView, DepthWithin, Impact, SnapshotView
from depthview.views.market import ViewRequest, Window
from tests.core.books import PAIRS, Levels, uncrossed
from tests.session.bench import Bench, synced
from tests.support import frames, naive
from tests.support.frames import UNIX, wire

if TYPE_CHECKING:
    from depthview.views.depth import DepthView

B, E = "BTC-USD", "ETH-USD"


def _see(bench: Bench, request: ViewRequest) -> DepthView:
    return bench.views.view(request).depths[0]


def _rows(levels: Levels) -> list[tuple[str, str]]:
    return [(text_of(price), text_of(size)) for price, size in levels.items()]


REQUESTS = st.builds(
    ViewRequest,
    st.just(B),
    st.just((B,)),
    st.integers(1, 12),
    st.sampled_from([{}, {B: Decimal("0.25")}, {B: Decimal(3)}]),
    windows=st.one_of(
        st.just({}),
        st.builds(
            lambda at, above, below: {B: Window(at, above, below)},
            st.integers(0, 5_000).map(lambda n: Decimal(n).scaleb(-2)),
            st.integers(0, 6),
            st.integers(0, 6),
        ),
    ),
    notional=st.booleans(),
    impact=st.one_of(
        st.none(),
        st.builds(Impact, st.integers(1, 10**12).map(lambda n: Decimal(n).scaleb(-8)), in_quote=st.booleans()),
    ),
    imbalance_levels=st.integers(1, 20),
    imbalance_bps=st.sampled_from([0, 10, 2_500]),
)


@given(PAIRS, REQUESTS, PAIRS, st.booleans())
@settings(max_examples=250)
def test_a_view_is_what_its_book_says(
    pair: tuple[Levels, Levels], request: ViewRequest, later: tuple[Levels, Levels], trusted: bool
) -> None:
    bench = synced(B)
    for drawn in (pair, later):
        bids, asks = uncrossed(*drawn)
        bench.snapshot(B, _rows(bids), _rows(asks))
        if not trusted:
            bench.skip()
            bench.heartbeat()
        seen = _see(bench, request)
        assert seen.verdict.trusted == trusted
        _check_rows(seen, bids, asks, request)
        if trusted:
            _check_figures(seen, bids, asks, request)
        else:
            assert (seen.top, seen.within, seen.impacts) == (None, (), ())


def _check_rows(seen: DepthView, bids: Levels, asks: Levels, request: ViewRequest) -> None:
    width = seen.group if seen.group > seen.tick else None
    assert seen.group == max(request.groups.get(B, seen.tick), seen.tick)
    sides = ((bids, Side.BID), (asks, Side.ASK))
    all_bids, all_asks = (
        tuple(naive.all_rows(levels, side, width, notional=request.notional)) for levels, side in sides
    )
    window = request.windows.get(B)
    if window is None:
        expected = all_bids[: request.levels], all_asks[: request.levels], 0, 0
    else:
        expected = naive.window(all_bids, all_asks, window)
    assert (seen.bids, seen.asks, seen.bids_before, seen.asks_before) == expected


def _check_figures(seen: DepthView, bids: Levels, asks: Levels, request: ViewRequest) -> None:
    assert seen.top is not None
    mid = (Fraction(max(bids)) + Fraction(min(asks))) / 2 if bids and asks else None
    assert seen.within == (tuple(naive.within(bids, asks, bps) for bps in (10, 50)) if mid else ())
    if request.impact is not None:
        taken = (("buy", asks), ("sell", bids))
        size, in_quote = request.impact.size, request.impact.in_quote
        expected = tuple(naive.impact(levels, side, size, mid, in_quote=in_quote) for side, levels in taken)
        assert seen.impacts == expected
    else:
        assert seen.impacts == ()
    bps = request.imbalance_bps
    levels = 0 if bps else request.imbalance_levels
    assert (seen.top.imbalance_bps, seen.top.imbalance_levels) == (bps, levels)
    sums: tuple[Decimal, Decimal] | None = None
    if not bps:
        near = [dict(naive.best_first(one, side)[:levels]) for one, side in ((bids, Side.BID), (asks, Side.ASK))]
        sums = naive.total(near[0].values()), naive.total(near[1].values())
    elif mid:
        around = naive.within(bids, asks, bps)
        sums = around.bids, around.asks
    assert seen.top.imbalance == (None if sums is None else naive.leaning(*sums))


def test_what_is_kept_between_looks_is_never_of_another_wish_or_another_book() -> None:
    bench = synced(B)
    plain = ViewRequest(B, (B,), 2, {})
    assert [row.price for row in _see(bench, plain).bids] == [99, 98]
    assert [row.price for row in _see(bench, ViewRequest(B, (B,), 1, {})).bids] == [99]
    assert _see(bench, ViewRequest(B, (B,), 2, {}, notional=True)).bids[0].notional == 99
    assert [row.price for row in _see(bench, ViewRequest(B, (B,), 2, {B: Decimal(4)})).bids] == [96]
    bench.update(B, [("99.5", "7")])
    assert [row.price for row in _see(bench, plain).bids] == [Decimal("99.5"), 99]
    bench.skip()
    bench.heartbeat()
    assert _see(bench, plain).top is None
    bench.close()
    assert _see(bench, plain).bids == ()


def test_a_window_moves_with_nothing_but_its_price() -> None:
    bench = synced(B)
    request = ViewRequest(B, (B,), 2, {}, windows={B: Window(Decimal(97), 1, 5)})
    seen = _see(bench, request)
    assert ([row.price for row in seen.bids], seen.bids_before, seen.asks) == ([Decimal(97)], 2, ())
    bench.update(B, [("99", "0")])
    seen = _see(bench, request)
    (row,) = seen.bids
    assert (row.price, row.cumulative, seen.bids_before) == (Decimal(97), Decimal(5), 1)


def test_depth_near_the_mid_follows_the_book() -> None:
    bench = synced(B)
    bench.snapshot(B, [("1000", "1"), ("999", "2"), ("995", "4"), ("994", "8")], [("1000", "1.5"), ("1005", "3")])
    near, far = DepthWithin(10, Decimal(3), Decimal("1.5")), DepthWithin(50, Decimal(7), Decimal("4.5"))
    assert bench.depth(B).within == (near, far)
    bench.update(B, [("995", "0.00000001")])
    assert bench.depth(B).within[1].bids == Decimal("3.00000001")


# --- the header --------------------------------------------------------------------------------------------------


def _ticker(bench: Bench, **figures: object) -> None:
    whole = frames.ticker(bench.number(), B)
    row = whole["events"][0]["tickers"][0]  # type: ignore[index]  # a frame of plain dicts and lists
    for name in ("volume_24_h", "low_24_h"):
        row.pop(name)
    bench.feed({**whole, "events": [{"type": "update", "tickers": [{**row, **figures}]}]})


def test_the_day_is_told_as_the_ticker_tells_it() -> None:
    bench = synced(B)
    assert bench.depth(B).day is None
    day = {"high_24_h": "66010.5", "low_24_h": "64000", "volume_24_h": "2867.51234567"}
    _ticker(bench, **day, price_percent_chg_24_h="-1.27123456789012")
    expected = DayView(Decimal("66010.5"), Decimal(64_000), Decimal("2867.51234567"), Decimal("-1.27123456789012"))
    assert bench.depth(B).day == expected
    _ticker(bench, price_percent_chg_24_h="0.5")
    assert bench.depth(B).day == DayView(None, None, None, Decimal("0.5"))
    bench.close()
    assert bench.depth(B).day is None


@pytest.mark.parametrize("odd", [None, 12.5, "1e9", "NaN", "--1", "-", "", "١", ["1"], {}, True])
def test_a_figure_of_the_day_that_is_none_costs_neither_the_others_nor_the_proof(odd: object) -> None:
    bench = synced(B)
    _ticker(bench, high_24_h=odd, volume_24_h="7", price_percent_chg_24_h=odd)
    seen = bench.depth(B)
    assert seen.day == DayView(None, None, Decimal(7), None)
    assert (seen.ticker_age, bench.session.statistics.bad_frames) == (0.0, 0)


STATUS = {"id": B, "base_currency": "BTC", "quote_currency": "USD"}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("online", ""), ("auction", "auction"), ("post_only", "post only"), ("cancel_only", "cancel only"),
        ("limit_only", "limit only"), ("delisted", "delisted"), ("auction_mode", "auction"), ("", ""),
    ],
)  # fmt: skip
def test_the_trading_state_of_the_status_channel_in_words(status: str, state: str) -> None:
    bench = synced(B)
    bench.feed(frames.status(bench.number(), {**STATUS, "status": status}))
    seen = bench.depth(B)
    assert (seen.trading_state, seen.verdict) == (state, Verdict.SYNCED)


def test_what_only_the_product_list_knows_stands_until_the_status_changes() -> None:
    bench = synced(B)
    listed = replace(Product.named(B), restrictions=("post only",), alias="BTC-USDC")
    bench.session.list_products([listed], complete=True)
    assert bench.depth(B).trading_state == "post only"
    bench.feed(frames.status(bench.number(), {**STATUS, "status": "online"}))
    assert bench.depth(B).trading_state == "post only"
    assert bench.session.products.catalogue[B].alias == "BTC-USDC"
    bench.feed(frames.status(bench.number(), {**STATUS, "status": "cancel_only"}))
    assert bench.depth(B).trading_state == "cancel only"
    bench.feed(frames.status(bench.number(), {**STATUS, "status": "online"}))
    assert bench.depth(B).trading_state == ""


def test_the_snapshot_is_told_with_its_bytes_and_its_time() -> None:
    class Slow(ManualClock):
        """Time passes while it is asked."""

        def monotonic(self) -> float:
            self.advance(0.25)
            return super().monotonic()

    session = MarketSession((B,), timer=Slow(UNIX, 1_000.0))
    session.opened(1_000.0, UNIX)
    raw = wire(frames.snapshot(0, B, [("99", "1"), ("98", "1")], [("101", "1")]))
    session.receive(raw, 1_000.0, UNIX)
    assert session.products.market(B).snapshot == SnapshotView(3, len(raw), 0.25)
    session.receive(wire(frames.update(1, B, [("97", "1")])), 1_001.0, UNIX)
    assert session.products.market(B).snapshot == SnapshotView(3, len(raw), 0.25)


def test_a_recordings_snapshot_takes_no_time_that_could_be_told() -> None:
    bench = Bench(B, passive=True)
    bench.open()
    assert bench.depth(B).snapshot is None
    bench.snapshot(B)
    seen = bench.depth(B).snapshot
    assert seen is not None
    assert (seen.levels, seen.seconds) == (6, None)
