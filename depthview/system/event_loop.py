"""The event loop that commands run on, and the tuning of the garbage collector.

A name lookup is a call of the C library that nothing can interrupt. ``asyncio`` makes it in a thread that Python waits
for at exit; here it is made in one that Python does not wait for.
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
"""A loop takes three, a connection one; the others are for what is opened for a moment, such as modules."""


class CommandLoop(asyncio.SelectorEventLoop):
    """An event loop whose name lookups are abandoned together with whoever waits for them."""

    async def getaddrinfo(  # as in the base class
        self,
        host: bytes | str | None,
        port: bytes | str | int | None,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002  # the base class's name
        proto: int = 0,
        flags: int = 0,
    ) -> Any:  # noqa: ANN401  # typeshed's word for it changes from one version to the next
        return await abandonable(partial(socket.getaddrinfo, host, port, family, type, proto, flags))


def run(main: Coroutine[Any, Any, T]) -> T:
    """As :func:`asyncio.run`, on a :class:`CommandLoop`.

    Raises:
        OSError: So few files can be opened that no loop would get far; asyncio itself fails half-way, with a traceback.
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


async def abandonable(call: Callable[[], T]) -> T:
    """The result of a call that waits, made in a thread that holds up neither the loop nor the end of the program.

    Only for what may be cut off in the middle: it is no place to write a file.

    Args:
        call: Goes on in its thread when the caller is cancelled; its outcome is then dropped.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(give: Callable[[], None]) -> None:
        if not outcome.done():
            give()

    def work() -> None:
        try:
            give = partial(outcome.set_result, call())
        except Exception as fault:  # whatever it is belongs to whoever waits
            give = partial(outcome.set_exception, fault)
        with suppress(RuntimeError):  # the loop has closed meanwhile: nobody waits
            loop.call_soon_threadsafe(settle, give)

    threading.Thread(target=work, name="depthview-abandonable", daemon=True).start()
    return await outcome


_THRESHOLDS: Final = (5_000, 5, 8)
"""Objects made and not unmade before the youngest are searched; such searches before the next older, and so on."""


def shorten_pauses() -> None:
    """Have what the program consists of left out of the search, and the rest searched more rarely.

    Under 2,000 frames a second with the screen open, Python's own thresholds search all objects every 1.5 s, for
    90 ms on end, in which no key is answered (measured). Frames, books, trades and rows hold no cycles, so that little
    piles up meanwhile: pages that were closed, which the searches of everything find before there are too many. Call
    it when most is imported.
    """
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
