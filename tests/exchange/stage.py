"""A small exchange and one client of it, for tests of faults."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from depthview.clock import SystemClock
from depthview.exchange.options import ExchangeOptions
from depthview.exchange.server import Exchange
from tests.exchange.client import Client, Message, connected, eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from depthview.exchange.faults.injections import Injection

PRODUCT, OTHER = "ETH-USD", "XLM-EUR"
SMALL: dict[str, Any] = {"products": (PRODUCT, OTHER), "levels": 20, "rate": 200}


class FastClock:
    """The system's clock, monotonic time running faster, and standing still on demand.

    Args:
        speed: Market seconds in a second.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._real = SystemClock()
        self._speed = speed
        self._start = self._real.monotonic()
        self._held_at: float | None = None

    def unix(self) -> float:
        return self._real.unix()

    def monotonic(self) -> float:
        if self._held_at is not None:
            return self._held_at
        return self._start + (self._real.monotonic() - self._start) * self._speed

    def hold(self) -> None:
        self._held_at = self.monotonic()


@dataclass(frozen=True)
class Stage:
    exchange: Exchange
    client: Client

    async def level2(self, *products: str) -> None:
        """Have books, and heartbeats."""
        await self.client.subscribe("level2", *(products or (PRODUCT,)))
        await self.client.acknowledged()
        await self.client.subscribe("heartbeats")
        await self.client.acknowledged()

    def numbers(self) -> list[int]:
        """Of all frames so far."""
        return [frame["sequence_num"] for frame in self.client.frames if "sequence_num" in frame]

    async def more(self, frames: int) -> list[Message]:
        """So many frames more."""
        return [await self.client.receive() for _ in range(frames)]

    def injected(self, fault: str, what: str = "frame") -> list[Injection]:
        return [entry for entry in self.exchange.injected if (entry.fault, entry.what) == (fault, what)]

    async def over(self, fault: str) -> None:
        """Until the exchange says that it is; frames that arrive meanwhile wait to be received."""
        await eventually(lambda: bool(self.injected(fault, "end")))


@asynccontextmanager
async def stage(*faults: str, speed: float = 1.0, **options: Any) -> AsyncIterator[Stage]:  # noqa: ANN401  # options
    """An exchange with these scripted faults, and a client that has asked for nothing yet."""
    settings = ExchangeOptions(**{**SMALL, **options}, faults=faults)
    async with Exchange(settings, FastClock(speed)) as exchange, connected(exchange.url) as client:
        yield Stage(exchange, client)
