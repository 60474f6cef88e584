"""Messages go out one at a time, in the order in which they were asked for: answers are told apart by nothing else."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from depthview.clock import SystemClock
from depthview.coinbase.requests import Action, Request
from depthview.feed.worker import Backoff, FeedWorker
from tests.support.feed import ShortWaits, ends
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from depthview.coinbase.messages import Message
    from depthview.core.clock_offset import Offset

pytestmark = pytest.mark.usefixtures("strict_loop")


class _Asking:
    """A sink that asks for one more message with every frame, and wants two at the start."""

    def __init__(self) -> None:
        self.asked = 0
        self.reported: list[str] = []
        self._queue: deque[Request] = deque()
        self._ask()
        self._ask()

    def _ask(self) -> None:
        self._queue.append(Request(Action.SUBSCRIBE, "level2", (f"P{self.asked}-USD",)))
        self.asked += 1

    def connecting(self, now: float) -> None: ...

    def clock_measured(self, offset: Offset | None) -> None: ...

    def opened(self, now: float, unix: float) -> None: ...

    def closed(self, now: float, unix: float, why: str, next_try_at: float | None = None) -> None: ...

    def ended(self, now: float, unix: float, detail: str = "") -> None: ...

    def crashed(self, now: float, unix: float, what: str) -> None: ...

    def part_came(self, size: int, now: float) -> None: ...

    def replayed(self, event: str) -> None: ...

    def tick(self, now: float, unix: float) -> None:
        self._ask()

    def receive(
        self, raw: bytes, now: float, unix: float, *, binary: bool = False, message: Message | None = None
    ) -> None:
        self._ask()

    def drain(self, now: float) -> list[Request]:
        ready = list(self._queue)
        self._queue.clear()
        return ready

    def sent(self, request: Request, now: float, token: tuple[float, float] | None) -> None:
        assert token is None
        self.reported.extend(request.products)

    def caught_up(self, now: float) -> None:
        """All is well."""

    def good_for(self) -> float:
        return 0.0

    def take_reconnect(self) -> str:
        return ""


class _SlowLink:
    """A link that takes its time to send, while frames keep coming."""

    clock_offset: Offset | None = None
    bytes_heard = 0
    waiting = False

    def __init__(self) -> None:
        self.under_way = 0
        self.most_under_way = 0
        self.sent: list[str] = []

    async def receive(self) -> str | bytes:
        await asyncio.sleep(0.002)
        return "{}"

    async def send(self, text: bytes) -> None:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0.02)
        self.under_way -= 1
        self.sent.extend(json.loads(text)["product_ids"])


class _Connector:
    def __init__(self, link: _SlowLink) -> None:
        self._link = link

    @asynccontextmanager
    async def open(self) -> AsyncIterator[_SlowLink]:
        yield self._link


async def test_two_that_want_to_send_at_once_take_turns() -> None:
    link, sink = _SlowLink(), _Asking()
    worker = FeedWorker(_Connector(link), sink, SystemClock(), Backoff(ShortWaits()))
    task = asyncio.create_task(worker.run())
    await until(lambda: len(sink.reported) >= 25, "some messages")
    await ends(task)
    assert link.most_under_way == 1
    assert link.sent[:25] == [f"P{number}-USD" for number in range(25)]
    assert sink.reported[:25] == link.sent[:25]
