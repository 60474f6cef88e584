"""Frames that come faster than they can be taken in must not keep keys and screen from their turn."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from depthview.clock import SystemClock
from depthview.core import verdict
from depthview.feed.worker import Backoff, FeedWorker
from depthview.session.session import MarketSession
from tests.support.feed import ShortWaits, ends, feed
from tests.support.relay import of_channel
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from depthview.core.clock_offset import Offset
    from tests.support.calibration import Scaled


pytestmark = pytest.mark.usefixtures("strict_loop")


class _Endless:
    """A link whose queue is never empty, so that receiving never waits."""

    clock_offset: Offset | None = None
    bytes_heard = 0
    waiting = True

    def __init__(self) -> None:
        self.received = 0

    async def receive(self) -> str | bytes:
        self.received += 1
        return json.dumps(
            {
                "channel": "l2_data",
                "timestamp": "2026-08-09T20:25:48Z",
                "sequence_num": self.received - 1,
                "events": [
                    {
                        "type": "snapshot" if self.received == 1 else "update",
                        "product_id": "BTC-USD",
                        "updates": [
                            {"side": side, "price_level": price, "new_quantity": str(self.received)}
                            for side, price in (("bid", "1.00"), ("offer", "2.00"))
                        ],
                    }
                ],
            }
        )

    async def send(self, text: bytes) -> None:
        assert text


class _Connector:
    def __init__(self, link: _Endless) -> None:
        self._link = link

    @asynccontextmanager
    async def open(self) -> AsyncIterator[_Endless]:
        yield self._link


@pytest.mark.timed
async def test_the_loop_turns_although_the_queue_is_never_empty(scaled: Scaled) -> None:
    link, session, clock = _Endless(), MarketSession(("BTC-USD",)), SystemClock()
    asyncio.get_running_loop().set_debug(False)  # it would slow the flood to a trickle
    worker = FeedWorker(_Connector(link), session, clock, Backoff(ShortWaits()))
    task = asyncio.create_task(worker.run())
    waits: list[float] = []
    while link.received < 5_000:
        began = clock.monotonic()
        await asyncio.sleep(0)
        waits.append(clock.monotonic() - began)
        assert not task.done()
    assert len(waits) > 10
    assert sorted(waits)[len(waits) // 2] < scaled(0.02)
    view = session.products.market("BTC-USD")
    assert view.verdict.value == "SYNCED"
    assert session.monitor.total().gaps == 0
    await ends(task)


async def test_what_piled_up_on_the_way_is_taken_in_and_nothing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "SILENCE", 0.6)
    async with feed(options={"rate": 2000}) as running:
        await running.synced()
        held = running.relay.hold(of_channel("l2_data"))
        await until(lambda: held.struck, "the dam")
        before = running.sample("BTC-USD")["connection"]["frames"]
        await running.has_verdict("BTC-USD", "STALE")
        held.release()
        await running.synced()
        await running.agrees()
        shown = running.sample("BTC-USD")
        assert shown["connection"]["frames"] - before > 30
        assert (shown["sequence"]["gaps"], shown["connection"]["reconnects"]) == (0, 0)
