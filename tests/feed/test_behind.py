"""A machine that is asked for more than it can do, over loopback: it says so, loses nothing, and catches up."""

from __future__ import annotations

import asyncio
from time import sleep
from typing import TYPE_CHECKING

from depthview.auth.endpoints import Endpoint
from depthview.clock import SystemClock
from depthview.core import verdict as verdict_module
from depthview.core.sequence import Scope
from depthview.core.verdict import Verdict
from depthview.feed.websocket import WebSocketConnector
from depthview.feed.worker import Backoff, FeedWorker
from depthview.session.session import MarketSession
from tests.support.feed import ShortWaits, ends
from tests.support.processes import Bench
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from depthview.coinbase.messages import Message

_RATE = 2_000
"""Frames a second that come."""
_SLOW = 0.002
"""Seconds that each is made to take: a quarter of what comes can be done."""


class _Slow(MarketSession):
    """On a machine that can be made slower."""

    burden = 0.0
    """Seconds that a frame takes more."""

    def receive(
        self, raw: bytes, now: float, unix: float, *, binary: bool = False, message: Message | None = None
    ) -> None:
        if self.burden:
            sleep(self.burden)
        super().receive(raw, now, unix, binary=binary, message=message)


async def test_it_says_by_how_much_and_the_verdict_follows_until_it_has_caught_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict_module, "LATE", 0.6)
    monkeypatch.setattr(verdict_module, "LATE_NO_MORE", 0.3)
    words = ["--products", "BTC-USD", "--levels", "40", "--fault", f"flood:rate={_RATE},seconds=60,after=0.2"]
    # A process of its own: one that shared this loop would be held up with it.
    with Bench(tmp_path).exchange(*words) as url:
        session, clock = _Slow(("BTC-USD",), scope=Scope.CONNECTION), SystemClock()
        worker = FeedWorker(WebSocketConnector(Endpoint.parse(url), clock), session, clock, Backoff(ShortWaits()))
        task = asyncio.create_task(worker.run())

        def verdict() -> Verdict:
            return session.products.market("BTC-USD").verdict

        await until(lambda: session.rates.frames > _RATE // 2 and verdict() is Verdict.SYNCED, "a trusted flood")
        assert session.liveness.age.behind(clock.monotonic()) < verdict_module.LATE
        session.burden = _SLOW
        await until(lambda: verdict() is Verdict.STALE, "doubt", 20.0)
        reason = str(session.products.market("BTC-USD").judgement.reason)
        assert reason.startswith("data is ")
        assert reason.endswith(" s old: we are behind")
        session.burden = 0.0
        await until(lambda: verdict() is Verdict.SYNCED, "trust", 30.0)
        await ends(task)
    assert session.liveness.age.most_behind > verdict_module.LATE
    assert session.monitor.total().gaps == 0
    assert session.connection.opened == 1
    assert session.subscriptions.resyncs == 0
    assert any(event.text.startswith("data was up to ") for event in session.events.newest(50))
