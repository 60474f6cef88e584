"""``stream`` and ``record``: a feed without a screen."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, BinaryIO, Final

from depthview.auth.arguments import config_folder
from depthview.commands.shutdown import ENDING_SIGNALS, exit_code, print_report, write_dump
from depthview.compose import environment, running, wired
from depthview.errors import DepthviewError, NoBook
from depthview.stream import BookDump, Sampler
from depthview.system.logs import open_log
from depthview.system.stdout import into_nothing, unwritable

if TYPE_CHECKING:
    from depthview.config.options import Settings

_STEP: Final = 0.02
"""Seconds between looks at a live clock."""
_LOOK: Final = 0.2
"""Seconds between looks at a recorder that a full disk may have stopped."""


async def run_stream(settings: Settings, out: BinaryIO) -> int:
    """Write samples until there is no more to come, or enough; returns the exit code.

    Raises:
        DepthviewError: Something that was asked for cannot be had.
    """
    open_log(settings.log_file, force=settings.force)
    stopped = _stop_on_signals()
    async with wired(settings, environment(), config_folder()) as wiring:
        dump = _dump_of(settings)
        if wiring.notice:
            print(f"depthview: {wiring.notice}", file=sys.stderr)  # noqa: T201  # books are trusted without numbers
        sampler = Sampler(wiring.views, wiring.clock, settings.stream, lambda line: _write(out, line))

        def moved() -> None:
            sampler.observe()
            if sampler.done:
                # Or what is dumped would be later than the last line.
                wiring.stop()

        wiring.moved.append(moved)
        async with running(wiring) as (task, ending):
            while not (task.done() or sampler.done or stopped.done()):
                if wiring.live:
                    sampler.observe()
                if not sampler.done:
                    await _either(task, stopped, _STEP)
            sampler.finish()
            # What comes while the connection closes would be in the recording and in the dump, and in no line.
            wiring.stop()
        if dump is not None:
            write_dump(dump, wiring.session)
        if settings.report:
            print_report(wiring)
        never = [p for p in wiring.session.products() if not wiring.session.market(p).ever_had_book]
        reasons = {p: wiring.views.depth(p, 0, now=wiring.clock.monotonic()).reason for p in never}
    if stopped.done():
        return stopped.result()
    if sampler.unread:
        return 0
    # What is told of each product says more.
    code = 1 if never and isinstance(ending.fault, NoBook) else exit_code(ending)
    if wiring.recorder is not None and wiring.recorder.stopped:
        raise DepthviewError(wiring.recorder.status)
    if never:
        # There will be no next try.
        told = "; ".join(f"{p}: {(reasons[p] or 'no snapshot came').partition('; next try')[0]}" for p in never)
        print(f"depthview: no book for {told}", file=sys.stderr)  # noqa: T201  # why it failed
        return 1
    return code


async def run_record(settings: Settings) -> int:
    """Record until stopped by a signal or ``--for``; returns the exit code.

    Raises:
        DepthviewError: Something that was asked for cannot be had.
    """
    open_log(settings.log_file, force=settings.force)
    stopped = _stop_on_signals()
    async with wired(settings, environment(), config_folder()) as wiring:
        recorder, clock, limit = wiring.recorder, wiring.clock, settings.stream.for_seconds
        assert recorder is not None  # noqa: S101  # the command has asked for one
        started = clock.monotonic()
        async with running(wiring) as (task, ending):
            while not (task.done() or stopped.done() or recorder.stopped):
                left = _LOOK if limit is None else min(_LOOK, limit - (clock.monotonic() - started))
                if left <= 0:
                    break
                await _either(task, stopped, left)
        frames = wiring.session.rates.frames
        if settings.report:
            print_report(wiring)
    if recorder.stopped:
        raise DepthviewError(f"{recorder.status}, {frames:,} frames")
    print(f"depthview: {recorder.status}, {frames:,} frames", file=sys.stderr)  # noqa: T201  # what became of it
    return stopped.result() if stopped.done() else exit_code(ending)


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
        into_nothing()
        raise
    except OSError as e:
        into_nothing()
        raise unwritable(e) from None
