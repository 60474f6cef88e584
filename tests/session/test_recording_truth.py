"""A real recording through the session equals a book that is built from the same frames without any of our code."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from depthview.clock import ManualClock
from depthview.core.order_book import is_crossed
from depthview.core.sequence import Scope
from depthview.core.verdict import Verdict
from depthview.session.session import MarketSession
from depthview.session.views import Origin, SessionViews
from depthview.views.market import Mode

if TYPE_CHECKING:
    from pathlib import Path

PRODUCTS = ("BTC-USD", "ETH-USD")
Naive = dict[str, dict[str, dict[Decimal, Decimal]]]


@pytest.fixture(scope="module")
def recorded(shared_data: Path) -> list[tuple[float, bytes]]:
    file = shared_data / "advtrade_2026-08-09_frames.tsv.gz"
    if not file.exists():
        pytest.skip("the recording is not there")
    with gzip.open(file, "rb") as lines:
        parts = (line.rstrip(b"\n").partition(b"\t") for line in lines)
        return [(float(at), frame) for at, _, frame in parts]


def _apply(books: Naive, raw: bytes) -> int:
    """Apply a frame; returns how many removals were of prices that were not there."""
    whole = json.loads(raw)
    unknown = 0
    for event in whole["events"] if whole["channel"] == "l2_data" else ():
        if event["type"] == "snapshot":
            books[event["product_id"]] = {"bid": {}, "offer": {}}
        for row in event["updates"]:
            side = books[event["product_id"]][row["side"]]
            size = Decimal(row["new_quantity"])
            if size:
                side[Decimal(row["price_level"])] = size
            elif side.pop(Decimal(row["price_level"]), None) is None and event["type"] == "update":
                unknown += 1
    return unknown


@pytest.mark.parametrize("scope", [Scope.AUTO, Scope.CONNECTION])
def test_the_real_recording_is_shown_as_it_was(recorded: list[tuple[float, bytes]], scope: Scope) -> None:
    clock = ManualClock(recorded[0][0], 0.0)
    session = MarketSession(PRODUCTS, scope=scope, passive=True)
    views = SessionViews(session, clock, Origin(Mode.REPLAY, "recording", "no key"))
    session.opened(clock.monotonic(), clock.unix())
    naive: Naive = {}
    unknown = 0
    trusted_since: dict[str, int] = {}
    for place, (at, raw) in enumerate(recorded):
        clock.move_to(at)
        session.receive(raw, clock.monotonic(), clock.unix())
        unknown += _apply(naive, raw)
        assert not any(is_crossed(*session.products.market(product).book.touch()) for product in PRODUCTS)
        if place % 50 == 0:
            session.tick(clock.monotonic(), clock.unix())
        for product in PRODUCTS:
            if session.products.market(product).verdict.trusted:
                trusted_since.setdefault(product, place)
            else:
                assert product not in trusted_since, "trust was lost in a sound recording"
    for product in PRODUCTS:
        seen = views.depth(product, 0, now=clock.monotonic())
        bids, asks = naive[product]["bid"], naive[product]["offer"]
        assert [(row.price, row.size) for row in seen.bids] == sorted(bids.items(), reverse=True)
        assert [(row.price, row.size) for row in seen.asks] == sorted(asks.items())
        assert seen.bids[-1].cumulative == sum(bids.values())
        assert seen.asks[-1].cumulative == sum(asks.values())
        assert seen.verdict is Verdict.SYNCED
        assert (seen.sequence.scope, seen.sequence.last) == ("connection", 1029)
        stats = seen.sequence
        assert (stats.gaps, stats.missed, stats.duplicates, stats.out_of_order, stats.resets) == (0, 0, 0, 0, 0)
    feed = views.feed(clock.monotonic())
    assert (feed.frames, feed.bad_frames, feed.bad_rows, feed.unknown_frames) == (1030, 0, 0, 0)
    assert feed.unknown_removals == unknown == 52
    assert feed.heartbeats_missed == 0
    assert feed.resyncs == 0


def test_a_frame_left_out_of_the_real_recording_is_missed(recorded: list[tuple[float, bytes]]) -> None:
    session = MarketSession(PRODUCTS, passive=True)
    session.opened(0.0, recorded[0][0])
    for place, (at, raw) in enumerate(recorded[:400]):
        if place not in (200, 300, 301):
            session.receive(raw, at - recorded[0][0], at)
        if place > 200:
            assert not any(session.products.market(product).verdict.trusted for product in PRODUCTS)
    total = session.monitor.total()
    assert (total.gaps, total.missed) == (2, 3)


def test_read_per_product_the_real_recording_is_full_of_gaps(recorded: list[tuple[float, bytes]]) -> None:
    """Why the guide's reading is not taken on trust."""
    session = MarketSession(PRODUCTS, scope=Scope.PRODUCT, passive=True)
    session.opened(0.0, recorded[0][0])
    for at, raw in recorded:
        session.receive(raw, at - recorded[0][0], at)
    assert session.monitor.total().gaps > 300
