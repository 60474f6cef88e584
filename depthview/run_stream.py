"""``stream`` and ``record``: a feed without a screen."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING, BinaryIO, Final

from depthview.compose import Ending, environment, running, user_config_dir, wired
from depthview.errors import DepthviewError
from depthview.logs import open_log
from depthview.stream import BookDump, Sampler

if TYPE_CHECKING:
    from depthview.settings import Settings

ENDING_SIGNALS: Final = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
_STEP: Final = 0.02
"""Seconds between looks at a live clock."""


async def run_stream(settings: Settings, out: BinaryIO) -> int:
    """Write samples until there is no more to come, or enough; returns the exit code.

    Raises:
        DepthviewError: Something that was asked for cannot be had.
    """
    open_log(settings.log_file, force=settings.force)
    stopped = _stop_on_signals()
    async with wired(settings, environment(), user_config_dir()) as wiring:
        dump = _dump_of(settings)
        sampler = Sampler(wiring.views, wiring.clock, settings.stream, lambda line: _write(out, line))
        wiring.moved.append(sampler.observe)
        async with running(wiring) as (task, ending):
            while not (task.done() or sampler.done or stopped.done()):
                if wiring.live:
                    sampler.observe()
                await _either(task, stopped, _STEP)
            sampler.finish()
        if dump is not None:
            dump.write(wiring.session)
        never = [p for p in wiring.session.products() if not wiring.session.market(p).ever_had_book]
        reasons = {p: wiring.views.depth(p, 0, now=wiring.clock.monotonic()).reason for p in never}
    if stopped.done():
        return stopped.result()
    return _code(ending, never, reasons)


async def run_record(settings: Settings) -> int:
    """Record until stopped by a signal or ``--for``; returns the exit code.

    Raises:
        DepthviewError: Something that was asked for cannot be had.
    """
    open_log(settings.log_file, force=settings.force)
    stopped = _stop_on_signals()
    async with wired(settings, environment(), user_config_dir()) as wiring:
        async with running(wiring) as (task, ending):
            await _either(task, stopped, settings.stream.for_seconds)
        frames = wiring.session.rates.frames
    recorder = wiring.recorder
    status = recorder.status if recorder is not None else ""
    print(f"depthview: {status}, {frames:,} frames", file=sys.stderr)  # noqa: T201  # what became of it
    if recorder is not None and recorder.stopped:
        return 1
    return stopped.result() if stopped.done() else _code(ending, [], {})


async def _either(task: asyncio.Task[None], stopped: asyncio.Future[int], at_most: float | None) -> None:
    futures: set[asyncio.Future[None] | asyncio.Future[int]] = {task, stopped}
    await asyncio.wait(futures, timeout=at_most, return_when=asyncio.FIRST_COMPLETED)


def _dump_of(settings: Settings) -> BookDump | None:
    if settings.dump_book is None:
        return None
    return BookDump(settings.dump_book, force=settings.force, include_untrusted=settings.include_untrusted)


def _stop_on_signals() -> asyncio.Future[int]:
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[int] = loop.create_future()

    def stop(number: int) -> None:
        if not stopped.done():
            stopped.set_result(128 + number)

    for number in ENDING_SIGNALS:
        loop.add_signal_handler(number, stop, number)
    return stopped


def _write(out: BinaryIO, line: bytes) -> None:
    try:
        out.write(line)
        out.flush()
    except BrokenPipeError:
        # The interpreter flushes stdout once more at exit and would complain; let it write into nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


def _code(ending: Ending, never: list[str], reasons: dict[str, str | None]) -> int:
    if ending.fault is not None:
        raise ending.fault
    if ending.crashed:
        raise DepthviewError(
            "the feed failed by a fault of depthview's; please report it, --log-file keeps the details"
        )
    for product in never:
        print(f"depthview: no book for {product}: {reasons[product] or 'no snapshot came'}", file=sys.stderr)  # noqa: T201
    return 1 if never else 0
