"""Every fault with every other, in either order: none breaks another or what it rewrites, and each ends.

The exchange's own connection, injector and market run here in process, without a network: on a socket whose client
reads everything at once, and on a clock that is moved by hand.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosedOK
from websockets.protocol import State

from depthview.clock import ManualClock
from depthview.exchange.connection import VenueConnection
from depthview.exchange.faults.catalogue import CATALOGUE
from depthview.exchange.faults.injector import Injector
from depthview.exchange.options import ExchangeOptions
from depthview.exchange.venue import Venue
from tests.exchange.stage import PRODUCT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from depthview.exchange.faults.fault import FaultDescription
    from depthview.exchange.faults.parameters import FaultKey

_CHANNELS = ("heartbeats", "level2", "market_trades", "ticker", "status")
_STEP = 0.05
_VALUES = {"seconds": "0.1", "levels": "20", "by": "1", "rate": "100", "copies": "2"}
"""Of keys, where the default takes long."""
_NOT_JSON = frozenset({"garbage", "bad_utf8"})


class _Transport:
    """A TCP connection to a client that reads everything at once."""

    def get_extra_info(self, _name: str) -> None:
        """There is no socket."""

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return False

    def write(self, _data: bytes) -> None:
        """Bytes that are no message."""

    def abort(self) -> None:
        """The next fault may still want it."""

    pause_reading = abort


class _Socket:
    """A WebSocket without a network."""

    def __init__(self) -> None:
        self.transport = _Transport()
        self.keepalive_task = None
        self.state = State.OPEN
        self.sent: list[bytes] = []
        self._requests: asyncio.Queue[str | None] = asyncio.Queue()

    async def send(self, message: object, *, text: bool) -> None:
        if isinstance(message, bytes) and text:
            self.sent.append(message)

    async def recv(self) -> str:
        request = await self._requests.get()
        if request is None:
            raise ConnectionClosedOK(None, None)
        return request

    def request(self, kind: str, channel: str) -> None:
        self._requests.put_nowait(json.dumps({"type": kind, "channel": channel, "product_ids": [PRODUCT]}))

    def leave(self) -> None:
        self._requests.put_nowait(None)

    async def close(self, *_: object) -> None:
        """A goodbye, which this client ignores."""

    async def wait_closed(self) -> None:
        """At once."""


def _variants(fault: FaultDescription) -> Iterator[str]:
    """A fault with its defaults, and with each other choice of each key that has few."""
    values = {key.name: _VALUES[key.name] for key in fault.keys if key.name in _VALUES}
    changes: list[dict[str, str]] = [{}]
    changes += [{key.name: choice} for key in fault.keys for choice in _choices(key) if choice != key.default]
    for change in changes:
        keys = ",".join(f"{name}={value}" for name, value in (values | change).items())
        yield f"{fault.name}:{keys}" if keys else fault.name


def _choices(key: FaultKey[Any]) -> tuple[str, ...]:
    """What a key takes, where that is yes or no, or one of a few words that do not go together anyway."""
    try:
        key.read("?")
    except ValueError as refusal:
        words = str(refusal)
        if words.startswith("one of ") and key.default != "all":
            choices = tuple(words.removeprefix("one of ").split(", "))
            return choices if len(choices) < 6 else choices[-1:]  # so many are values of one place
        return ("0", "1") if words == "a whole number from 0 to 1" else ()
    return ()


class _Rig:
    """One venue for many pairs."""

    def __init__(self) -> None:
        self.clock = ManualClock(1_790_000_000.0, 100.0)
        self.venue = Venue(ExchangeOptions(products=(PRODUCT,), levels=8, rate=10), self.clock)
        self._connections = 0

    async def strike(self, *faults: str) -> list[bytes]:
        """Let faults strike a client that has everything, and one that comes meanwhile; what they were sent."""
        injector = Injector(self.venue, (), 1)
        first = self._open(injector)
        await self._pass(injector, 2)
        for fault in faults:
            injector.provoke(fault)
        second = self._open(injector)
        for socket, _ in (first, second):
            # No more than that, as the venue limits the rate.
            socket.request("unsubscribe", "level2")
            socket.request("subscribe", "level2")
        await self._pass(injector, 4)
        self.clock.advance(1)
        await self._pass(injector, 2)
        injector.end()
        for socket, task in (first, second):
            socket.leave()
            await task
        begun, ended = (
            Counter((entry.fault, entry.connection) for entry in injector.log.entries if entry.what == what)
            for what in ("begin", "end")
        )
        assert begun == ended, faults
        return [*first[0].sent, *second[0].sent]

    def _open(self, injector: Injector) -> tuple[_Socket, asyncio.Task[None]]:
        self._connections += 1
        socket = _Socket()
        given: Any = socket
        connection = VenueConnection(given, self.venue, self._connections)
        injector.opened(connection)
        for channel in _CHANNELS:
            socket.request("subscribe", channel)
        return socket, asyncio.create_task(connection.run())

    async def _pass(self, injector: Injector, steps: int) -> None:
        for _ in range(steps):
            for _ in range(12):
                await asyncio.sleep(0)
            self.clock.advance(_STEP)
            self.venue.tick()
            injector.tick()


def _assert_frames(faults: tuple[str, ...], sent: list[bytes]) -> None:
    if _NOT_JSON.intersection(fault.partition(":")[0] for fault in faults):
        return
    for message in sent:
        frame = json.loads(message)
        assert frame.get("type") == "error" or isinstance(frame["events"], list), (faults, message[:200])


_NAMES = [fault.name for fault in CATALOGUE]
_PLAIN = [next(_variants(fault)) for fault in CATALOGUE]


def _pairs(first: str) -> Iterator[tuple[str, str]]:
    """A fault with those behind it in the catalogue, and each of its other forms with all."""
    at = _NAMES.index(first)
    plain, *others = _variants(CATALOGUE[at])
    yield from ((plain, other) for other in _PLAIN[at:])
    yield from ((one, other) for one in others for other in _PLAIN)


def test_every_pair_is_tried() -> None:
    pairs = [pair for name in _NAMES for pair in _pairs(name)]
    assert {frozenset(text.partition(":")[0] for text in pair) for pair in pairs} == {
        frozenset(pair) for pair in product(_NAMES, repeat=2)
    }
    assert ("unknown_event:on=ticker", "wrong_ticker:seconds=0.1") in pairs
    assert ("crossed:seconds=0.1,locked=1", "bad_updates") in pairs


@pytest.mark.parametrize("first", _NAMES)
def test_no_fault_breaks_another(first: str) -> None:
    async def strike_all() -> None:
        rig = _Rig()
        for one, other in _pairs(first):
            _assert_frames((one, other), await rig.strike(one, other, one))  # so that each comes before the other

    asyncio.run(strike_all())
