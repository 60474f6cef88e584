"""Nothing comes any more, although the connection stands: doubted first, then made anew."""

from __future__ import annotations

import pytest

from depthview.core import verdict
from depthview.exchange.options import NumberingPolicy
from depthview.session import liveness
from tests.support.feed import feed
from tests.support.relay import of_channel
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("strict_loop")


async def test_silence_is_doubted_and_then_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "SILENCE", 0.4)
    monkeypatch.setattr(liveness, "RECONNECT_AFTER", 1.2)
    async with feed() as running:
        await running.synced()
        running.market_clock.hold()
        stale = await running.has_verdict("BTC-USD", "STALE")
        assert stale["reason"].startswith("no message for ")
        assert (stale["bids"], stale["mid"]) == (None, None)
        assert set(running.verdicts().values()) == {"STALE"}
        assert running.relay.accepted == 1
        await running.has_verdict("BTC-USD", "DOWN")
        running.market_clock.release()
        assert running.told("no message for 1 s; next try in")
        await running.synced()
        assert running.relay.accepted == 2
        assert running.sample("BTC-USD")["connection"]["reconnects"] == 1


async def test_a_pause_ends_of_itself_when_frames_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "SILENCE", 0.2)
    async with feed() as running:
        await running.synced()
        running.market_clock.hold()
        await running.has_verdict("BTC-USD", "STALE")
        running.market_clock.release()
        await running.synced()
        shown = running.sample("BTC-USD")["connection"]
        assert (shown["resyncs"], shown["reconnects"]) == (0, 0)


async def test_heartbeats_that_stop_are_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "HEARTBEAT_WARN", 1.3)
    # Heartbeats carry no number of any product, so that their loss alone is seen here and no gap.
    async with feed(options={"numbering": NumberingPolicy.PRODUCT}, signed=False) as running:
        await running.synced()
        lost = [running.relay.drop(of_channel("heartbeats")) for _ in range(2)]
        await until(lambda: len(running.sent("heartbeats")) == 2, "the second subscription", 6.0)
        assert running.told("heartbeats have stopped while data flows: subscribed again")
        assert lost[0].struck
        await until(lambda: running.told("subscribed again, back after"), "a heartbeat", 4.0)
        assert set(running.verdicts().values()) == {"SYNCED"}
        assert running.relay.accepted == 1
