"""Subscriptions that the venue ends or refuses, and acknowledgements that are out of date."""

from __future__ import annotations

import asyncio

import pytest

from tests.exchange.client import kind
from tests.exchange.stage import OTHER, PRODUCT, stage

pytestmark = pytest.mark.usefixtures("strict_loop")


@pytest.mark.parametrize("data", [False, True])
async def test_a_subscription_is_dropped_and_can_be_had_again(data: bool) -> None:
    async with stage() as at:
        await at.level2(PRODUCT, OTHER)
        at.exchange.provoke(f"drop_subscription:product={PRODUCT},data={data:d}")
        assert await at.client.acknowledged() == {"level2": [OTHER], "heartbeats": ["heartbeats"]}
        later = [kind(frame) for frame in await at.more(30)]
        assert (("l2_data", "update", PRODUCT) in later) is data
        assert ("l2_data", "update", OTHER) in later
        await at.client.unsubscribe("level2", PRODUCT)
        await at.client.subscribe("level2", PRODUCT)
        await at.client.until(lambda frame: kind(frame) == ("l2_data", "snapshot", PRODUCT))
        assert set((await at.client.acknowledged())["level2"]) == {PRODUCT, OTHER}
        assert at.numbers() == list(range(len(at.numbers())))


async def test_another_channels_subscription_may_be_dropped() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("drop_subscription:channel=ticker")
        await at.client.subscribe("ticker", PRODUCT)
        assert "ticker" in await at.client.acknowledged()
        assert "ticker" not in await at.client.acknowledged()


async def test_an_acknowledgement_is_out_of_date() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("stale_ack")
        await at.client.subscribe("level2", OTHER)
        assert (await at.client.acknowledged())["level2"] == [PRODUCT]
        await at.client.subscribe("ticker", OTHER)
        assert (await at.client.acknowledged())["level2"] == [PRODUCT, OTHER]


async def test_subscribing_is_refused_and_unsubscribing_is_obeyed() -> None:
    async with stage() as at:
        await at.level2(PRODUCT, OTHER)
        at.exchange.provoke("refuse_subscribe:times=1,seconds=0")
        await at.client.unsubscribe("level2", PRODUCT)
        assert (await at.client.acknowledged())["level2"] == [OTHER]
        await at.client.subscribe("ticker", PRODUCT)
        assert "ticker" in await at.client.acknowledged()
        await at.client.subscribe("level2", PRODUCT)
        assert await at.client.error() == "too many L2 streams requested in a single session"
        assert all(kind(frame) != ("l2_data", "update", PRODUCT) for frame in await at.more(20))
        await at.client.subscribe("level2", PRODUCT)
        assert (await at.client.acknowledged())["level2"] == [OTHER, PRODUCT]


async def test_a_snapshot_slips_in_before_an_unsubscribe_is_obeyed() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("second_snapshot:unsubscribe=1")
        await asyncio.sleep(0.1)
        assert not at.injected("second_snapshot")
        await at.client.unsubscribe("level2", PRODUCT)
        await at.client.until(lambda frame: kind(frame) == ("l2_data", "snapshot", PRODUCT))
        assert "level2" not in await at.client.acknowledged()
        await at.over("second_snapshot")
