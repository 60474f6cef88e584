"""True frames that come late, or with stamps that are not the time."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest

from depthview.clock import SystemClock
from tests.exchange.client import connected
from tests.exchange.stage import PRODUCT, stage

if TYPE_CHECKING:
    from tests.exchange.client import Message
    from tests.support.calibration import Scaled

pytestmark = pytest.mark.usefixtures("strict_loop")


def _age(frame: Message) -> float:
    """Seconds since a frame's stamp."""
    return SystemClock().unix() - datetime.fromisoformat(frame["timestamp"]).timestamp()


async def test_everything_is_late_for_a_time_in_order_and_a_new_snapshot_comes_all_the_same() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("delay:by=0.5,seconds=3")
        await at.client.until(lambda frame: _age(frame) >= 0.5)
        await at.client.unsubscribe("level2", PRODUCT)
        await at.client.subscribe("level2", PRODUCT)
        snapshot = await at.client.until(lambda frame: frame["events"][0].get("type") == "snapshot")
        assert _age(snapshot) >= 0.5
        await at.over("delay")
        await at.client.until(lambda frame: _age(frame) < 0.25)
        assert at.numbers() == list(range(len(at.numbers())))


@pytest.mark.timed
async def test_a_delay_may_grow(scaled: Scaled) -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("delay:by=1,grow=2,seconds=3")
        ages: list[float] = []
        while not ages or ages[-1] < 0.9:
            ages.append(_age(await at.client.receive()))
        assert any(0.3 < age < scaled(0.6) for age in ages)


async def test_stamps_are_old_or_ahead_on_new_connections_too_and_the_clock_is_right() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("old_stamps:by=3600,seconds=0")
        assert 3_599 < _age((await at.more(8))[-1]) < 3_700
        async with connected(at.exchange.url) as client:
            await client.subscribe("level2", PRODUCT)
            assert 3_599 < _age(await client.receive()) < 3_700
            assert client.socket.response is not None
            date = parsedate_to_datetime(client.socket.response.headers["Date"])
            assert abs(date.timestamp() - SystemClock().unix()) < 60
