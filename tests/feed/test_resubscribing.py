"""Subscriptions that the venue ends, refuses or ignores, over real sockets: in doubt with the reason, and healed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from depthview.coinbase import subscriptions
from depthview.session import recovery
from tests.support.feed import PRODUCTS, feed
from tests.support.waiting import until

if TYPE_CHECKING:
    from tests.support.feed import Feed

pytestmark = pytest.mark.usefixtures("strict_loop")

_DROPPED = "the venue no longer lists it as subscribed"


async def _ready(running: Feed) -> None:
    await running.synced()
    await until(lambda: not running.session.subscriptions.confirmations.missing(), "everything confirmed")
    await until(
        lambda: running.sample(running.session.products.names()[0])["sequence"]["scope"] == "connection", "the scope"
    )


async def test_a_book_that_the_venue_drops_is_stale_within_a_second_and_subscribed_again() -> None:
    async with feed() as running:
        await _ready(running)
        running.exchange.provoke("refuse_subscribe:seconds=0,times=1")
        running.exchange.provoke("drop_subscription:product=ETH-USD")
        async with asyncio.timeout(1.0):
            stale = await running.has_verdict("ETH-USD", "STALE")
        assert stale["bids"] is None
        assert running.told(f"{_DROPPED}: requesting a new snapshot")
        await running.synced()
        assert running.told(f"{_DROPPED}: healed in")
        (resync,) = running.sent("level2", "unsubscribe")
        assert resync["product_ids"] == ["ETH-USD"]
        assert running.sample("BTC-USD")["connection"]["reconnects"] == 0
        await running.agrees()


async def test_channels_that_the_venue_drops_come_back_without_a_doubt() -> None:
    async with feed() as running:
        await _ready(running)
        for channel in ("ticker", "market_trades", "heartbeats"):
            asked = len(running.sent(channel))
            running.exchange.provoke(f"drop_subscription:channel={channel}")
            await until(lambda: len(running.sent(channel)) == asked + 1, f"{channel} again")  # noqa: B023
            await until(lambda: not running.session.subscriptions.confirmations.missing(), "everything confirmed")
        assert {running.session.products.market(product).verdict.trusted for product in PRODUCTS} == {True}
        assert not running.sent("level2", "unsubscribe")
        arrived = len(running.relay.passed)
        for channel in ("ticker", "market_trades", "heartbeats"):
            await until(
                lambda: any(frame.get("channel") == channel for frame in running.relay.passed[arrived:]),  # noqa: B023
                f"data of {channel}",
            )
        await running.agrees()


@pytest.mark.parametrize("faults", [(), ("no_ack:seconds=2",)], ids=["acknowledged", "unacknowledged"])
async def test_a_snapshot_of_the_venue_s_own_does_not_hide_a_refused_subscribe(
    monkeypatch: pytest.MonkeyPatch, faults: tuple[str, ...]
) -> None:
    """It is on its way as the unsubscribe goes out, and nothing comes behind it until the subscribe is taken."""
    monkeypatch.setattr(subscriptions, "RETRY_AFTER", (3.0,))
    async with feed(products=("BTC-USD",), signed=False) as running:
        await _ready(running)
        for fault in ("refuse_subscribe:seconds=0,times=2", "second_snapshot:unsubscribe=1", *faults, "gap"):
            running.exchange.provoke(fault)
        await until(lambda: running.told("; next try in 3 s"), "the refusal")
        stale = await running.has_verdict("BTC-USD", "STALE")
        assert stale["reason"].startswith("the venue refused to subscribe it again: too many L2 streams")
        assert stale["bids"] is None
        await running.synced()
        assert len(running.sent("level2")) == 4
        assert running.sample("BTC-USD")["connection"]["reconnects"] == 0
        await running.agrees()


async def test_a_snapshot_of_the_venue_s_own_does_not_hide_a_subscribe_that_is_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recovery, "PROVEN_WITHIN", 0.5)
    async with feed(products=("BTC-USD",), signed=False) as running:
        await _ready(running)
        ignored = running.relay.swallow("subscribe", "level2")
        running.exchange.provoke("second_snapshot:unsubscribe=1")
        running.exchange.provoke("gap")
        await until(lambda: ignored.struck, "the subscribe")
        await until(lambda: running.told("the venue has not confirmed it as subscribed"), "the doubt")
        await running.synced()
        assert len(running.sent("level2", "unsubscribe")) == 2
        await running.agrees()


async def test_acknowledgements_that_are_out_of_date_raise_no_alarm() -> None:
    async with feed() as running:
        await _ready(running)
        running.exchange.provoke("stale_ack:count=3")
        running.session.subscriptions.renew_heartbeats()
        assert running.session.resync() is None
        await until(lambda: running.sent("level2", "unsubscribe"), "the resync")
        await running.synced()
        # One more acknowledgement, a true one.
        running.session.subscriptions.renew_heartbeats()
        acknowledged = len(running.relay.passed)
        await until(
            lambda: any(frame.get("channel") == "subscriptions" for frame in running.relay.passed[acknowledged:]),
            "its acknowledgement",
        )
        await running.agrees()
        assert not running.told(_DROPPED)
        assert len(running.sent("level2", "unsubscribe")) == 1
