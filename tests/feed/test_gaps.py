"""Frames that are lost, doubled or late on the way: what is doubted, for how long, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from depthview.coinbase import requests
from depthview.core.sequence import Scope
from depthview.exchange.options import NumberingPolicy
from tests.support.feed import PRODUCTS, feed
from tests.support.relay import Fault, book_of, of_channel
from tests.support.waiting import until

if TYPE_CHECKING:
    from tests.support.feed import Feed

pytestmark = pytest.mark.usefixtures("strict_loop")

_PER_PRODUCT = {"numbering": NumberingPolicy.PRODUCT}


def _hold_snapshots(running: Feed, *products: str) -> list[Fault]:
    """Hold up what heals, so that the doubt can be looked at."""
    return [running.relay.hold(book_of(product, "snapshot")) for product in products]


@pytest.mark.parametrize("channel", ["l2_data", "market_trades", "ticker", "heartbeats"])
async def test_a_lost_frame_of_any_channel_makes_every_book_stale_until_its_own_snapshot(channel: str) -> None:
    async with feed() as running:
        await running.synced()
        await until(lambda: running.sample("BTC-USD")["sequence"]["scope"] == "connection", "the scope")
        snapshots = _hold_snapshots(running, *PRODUCTS)
        lost = running.relay.drop(of_channel(channel))
        await until(lambda: lost.struck, "the loss")
        assert lost.frame is not None
        stale = await running.has_verdict("BTC-USD", "STALE")
        assert stale["reason"] == f"gap of 1 before {lost.frame['sequence_num'] + 1}; requesting a new snapshot"
        assert (stale["bids"], stale["asks"], stale["mid"]) == (None, None, None)
        assert set(running.verdicts().values()) == {"STALE"}
        await until(lambda: running.sent("level2", "unsubscribe"), "the resync")
        for held in snapshots:
            held.release()
        await running.synced()
        shown = running.sample("BTC-USD")
        assert (shown["sequence"]["gaps"], shown["sequence"]["missed"]) == (1, 1)
        assert (shown["connection"]["resyncs"], shown["connection"]["reconnects"]) == (1, 0)
        assert running.relay.accepted == 1
        resync = [message for message in running.relay.sent[5:] if message["channel"] == "level2"]
        assert [message["type"] for message in resync] == ["unsubscribe", "subscribe"]
        assert all(set(message["product_ids"]) == set(PRODUCTS) for message in resync)
        tokens = [message["jwt"] for message in running.relay.sent]
        assert len(set(tokens)) == len(tokens)
        assert running.told("healed in")
        await running.agrees()


async def test_the_product_in_front_is_asked_for_first() -> None:
    async with feed() as running:
        await running.synced()
        running.session.first_product = "ETH-EUR"
        lost = running.relay.drop(book_of("BTC-USD"))
        await until(lambda: lost.struck and running.sent("level2", "unsubscribe"), "the resync")
        assert running.sent("level2", "unsubscribe")[0]["product_ids"][0] == "ETH-EUR"


async def test_numbers_per_product_put_that_product_alone_in_doubt() -> None:
    async with feed(options=_PER_PRODUCT) as running:
        await running.synced()
        await until(lambda: running.sample("BTC-USD")["sequence"]["scope"] == "product", "the scope")
        (held,) = _hold_snapshots(running, "ETH-USD")
        lost = running.relay.drop(book_of("ETH-USD"))
        await until(lambda: lost.struck, "the loss")
        stale = await running.has_verdict("ETH-USD", "STALE")
        assert lost.frame is not None
        number = lost.frame["sequence_num"] + 1
        assert stale["reason"] == f"gap of 1 before {number} in ETH-USD; requesting a new snapshot"
        assert running.verdicts() == {"BTC-USD": "SYNCED", "ETH-USD": "STALE", "ETH-EUR": "SYNCED"}
        held.release()
        await running.synced()
        (asked,) = running.sent("level2", "unsubscribe")
        assert asked["product_ids"] == ["ETH-USD"]
        gaps = {product: running.sample(product)["sequence"]["gaps"] for product in PRODUCTS}
        assert gaps == {"BTC-USD": 0, "ETH-USD": 1, "ETH-EUR": 0}
        await running.agrees()


@pytest.mark.parametrize("numbering", list(NumberingPolicy))
async def test_a_duplicate_is_counted_and_costs_no_trust(numbering: NumberingPolicy) -> None:
    async with feed(options={"numbering": numbering}, scope=Scope(numbering.value)) as running:
        await running.synced()
        double = running.relay.duplicate(book_of("BTC-USD"))
        await until(lambda: double.struck, "the duplicate")
        await until(lambda: running.sample("BTC-USD")["sequence"]["duplicates"] == 1, "its count")
        shown = running.sample("BTC-USD")
        assert (shown["verdict"], shown["sequence"]["gaps"], shown["connection"]["resyncs"]) == ("SYNCED", 0, 0)
        await running.agrees()
        assert running.sample("BTC-USD")["sequence"]["duplicates"] == 1
        assert not running.sent("level2", "unsubscribe")


async def test_two_frames_that_changed_places_are_a_gap_and_a_late_frame() -> None:
    async with feed() as running:
        await running.synced()
        await until(lambda: running.sample("BTC-USD")["sequence"]["scope"] == "connection", "the scope")
        swapped = running.relay.swap(book_of("BTC-USD"))
        await until(lambda: swapped.struck, "the swap")
        await until(lambda: running.sample("BTC-USD")["sequence"]["out_of_order"] == 1, "the late frame")
        await running.synced()
        shown = running.sample("BTC-USD")
        assert (shown["sequence"]["gaps"], shown["sequence"]["missed"]) == (1, 1)
        assert shown["connection"]["resyncs"] == 1
        await running.agrees()


async def test_numbers_that_fall_back_to_0_are_a_reset_and_heal_like_a_gap() -> None:
    async with feed(scope=Scope.CONNECTION) as running:
        await running.synced()
        (held,) = _hold_snapshots(running, "BTC-USD")
        fallen = running.relay.change(book_of("BTC-USD"), lambda frame: frame.update(sequence_num=0))
        await until(lambda: fallen.struck, "the reset")
        stale = await running.has_verdict("BTC-USD", "STALE")
        assert stale["reason"] == "numbers fell back to 0; requesting a new snapshot"
        assert stale["sequence"]["resets"] == 1
        held.release()
        await running.synced()
        await running.agrees()


async def test_a_snapshot_that_never_comes_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "DATA_WITHIN", 1.0)
    async with feed(products=("BTC-USD",), signed=False) as running:
        await running.synced()
        lost = [running.relay.drop(book_of("BTC-USD", "update")), running.relay.drop(book_of("BTC-USD", "snapshot"))]
        await until(lambda: all(fault.struck for fault in lost), "both losses")
        await running.has_verdict("BTC-USD", "STALE")
        await until(lambda: running.relay.accepted == 2, "a new connection")
        await running.synced()
        assert running.told("no new snapshot of BTC-USD within")
        await running.agrees()
