"""The event loop that commands run on, and the tuning of the garbage collector.

A name lookup is a call into the C library that cannot be interrupted. ``asyncio`` makes it in a thread that Python
waits for at exit; here it runs in a daemon thread.
"""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")
_DESCRIPTORS: Final = 8
"""A loop takes three, a connection one; the rest is for files that are open for a moment, such as modules."""


class CommandLoop(asyncio.SelectorEventLoop):
    """An event loop whose name lookups are abandoned when the task that waits for them is cancelled."""

    async def getaddrinfo(  # as in the base class
        self,
        host: bytes | str | None,
        port: bytes | str | int | None,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002  # the base class's name
        proto: int = 0,
        flags: int = 0,
    ) -> Any:  # noqa: ANN401  # typeshed's type differs between versions
        return await in_daemon_thread(partial(socket.getaddrinfo, host, port, family, type, proto, flags))


def run(main: Coroutine[Any, Any, T]) -> T:
    """As :func:`asyncio.run`, on a :class:`CommandLoop`.

    Raises:
        OSError: Too few files can be opened; asyncio itself would fail half-way, with a traceback.
    """
    try:
        _require_descriptors()
    except OSError:
        main.close()
        raise
    with asyncio.Runner(loop_factory=CommandLoop) as runner:
        return runner.run(main)


def _require_descriptors() -> None:
    held: list[int] = []
    try:
        while len(held) < _DESCRIPTORS:
            held += os.pipe()
    finally:
        for descriptor in held:
            os.close(descriptor)


async def in_daemon_thread(call: Callable[[], T]) -> T:
    """The result of a blocking call, made in a thread that delays neither the loop nor the end of the program.

    Only for what may be cut off in the middle, so not for writing a file.

    Args:
        call: Continues in its thread when the caller is cancelled; its result is then dropped.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(give: Callable[[], None]) -> None:
        if not outcome.done():
            give()

    def work() -> None:
        try:
            give = partial(outcome.set_result, call())
        except Exception as fault:  # raised where the call is awaited
            give = partial(outcome.set_exception, fault)
        with suppress(RuntimeError):  # the loop has closed: nothing waits for it
            loop.call_soon_threadsafe(settle, give)

    threading.Thread(target=work, name="depthview-call", daemon=True).start()
    return await outcome


_THRESHOLDS: Final = (5_000, 5, 8)
"""Of :func:`gc.set_threshold`: net allocations before a collection, and collections before the next generation."""


def tune_gc() -> None:
    """Exclude all objects so far from garbage collection, and collect the rest less often.

    With 2,000 frames per second and the screen open, Python's default thresholds collect all generations every 1.5 s,
    for 90 ms, in which no key is answered (measured). Frames, books, trades and rows hold no reference cycles, so only
    closed pages pile up, and full collections still find those. Call this when most modules are imported.
    """
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
