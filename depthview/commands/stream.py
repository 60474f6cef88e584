"""``depthview stream`` and ``depthview record``: a feed without a screen, as JSON Lines."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import msgspec

from depthview.commands.book_dump import open_dump
from depthview.commands.running import running
from depthview.commands.shutdown import exit_code, print_report, stop_on_signals
from depthview.commands.wiring import wired
from depthview.core.fixed_point import text_of
from depthview.core.verdict import Proof
from depthview.errors import DepthviewError, NoBook
from depthview.system.logs import open_log
from depthview.system.paths import config_folder
from depthview.system.stdout import discard_output, output_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from depthview.clock import Clock
    from depthview.commands.running import RunOutcome, Wiring
    from depthview.config.run_options import RunOptions, StreamOptions
    from depthview.session.views import SessionViews
    from depthview.views.depth import LevelRow


_encode: Final = msgspec.json.encode
_TOLERANCE: Final = 1e-6
"""Seconds: recorded times are rounded by up to a quarter of a microsecond, which must not delay a sample by a step."""


def sample(views: SessionViews, product: str, depth: int, *, now: float, unix: float) -> dict[str, Any]:
    """One product as one record; the book and everything derived from it is null while it is not trusted.

    Args:
        views: The session's.
        product: Its name.
        depth: Levels a side, 0 for all.
        now: Monotonic seconds of the feed's clock.
        unix: Unix seconds of the same.
    """
    view, feed, token = views.depth(product, depth, now=now), views.feed(now), views.token(now)
    top = view.top
    trusted = top is not None
    record: dict[str, Any] = {"at": round(unix, 6), "product": product}
    if view.feed_product != product:
        record["feed_product"] = view.feed_product
    if view.contract:
        record |= {"size_unit": view.base, "contract_size": _text(view.multiplier)}
    record |= {
        "verdict": view.verdict.value,
        "reason": view.reason,
    }
    if view.proof is Proof.PARTIAL:
        record["proof"] = view.proof.value
    record |= {
        "bids": _rows(view.bids) if trusted else None,
        "asks": _rows(view.asks) if trusted else None,
        "best_bid": _text(top.best_bid.price) if top is not None and top.best_bid is not None else None,
        "best_ask": _text(top.best_ask.price) if top is not None and top.best_ask is not None else None,
        "spread": _text(top.spread) if top is not None else None,
        "mid": _text(top.mid) if top is not None else None,
        "sequence": {
            "scope": view.sequence.scope,
            "last": view.sequence.last,
            "gaps": view.sequence.gaps,
            "missed": view.sequence.missed,
            "duplicates": view.sequence.duplicates,
            "out_of_order": view.sequence.out_of_order,
            "resets": view.sequence.resets,
        },
        "connection": {
            "state": feed.state.value,
            "frames": feed.frames,
            "bad_frames": feed.bad_frames,
            "bad_rows": feed.bad_rows,
            "crossed": feed.crossed,
            "resyncs": feed.resyncs,
            "reconnects": feed.reconnects,
            "heartbeat_age_s": _rounded(feed.heartbeat_age),
            "latency_ms": _rounded(feed.latency_ms),
            "behind_s": _rounded(feed.behind),
            "age_s": _rounded(feed.age),
        },
        "token": {"state": token.state.value, "expires_in_s": _rounded(token.expires_in), "sent": token.sent}
        if views.signed
        else None,
    }
    return record


class Sampler:
    """Writes samples as the feed's time advances, and a last one at the end.

    Args:
        views: What to sample.
        clock: The feed's: the recording's in a replay.
        options: How deep, how often, how long.
        write: Takes a line; raises ``BrokenPipeError`` when nobody reads any more.
    """

    def __init__(
        self, views: SessionViews, clock: Clock, options: StreamOptions, write: Callable[[bytes], None]
    ) -> None:
        self._views = views
        self._clock = clock
        self._options = options
        self._write = write
        self._started_at: float | None = None
        self._samples = 0
        self._due = 0
        self.done = False
        """Whether all requested samples are written, or the reader is gone."""
        self.unread = False
        """Whether the reader is gone."""

    def observe(self) -> None:
        """Write what is due; call this when time has advanced."""
        if self.done:
            return
        now = self._clock.monotonic()
        if self._started_at is None:
            self._started_at = now
        elapsed = now - self._started_at + _TOLERANCE
        limit = self._options.for_seconds
        if limit is not None and elapsed >= limit:
            self.finish()
            return
        if elapsed >= (self._due + 1) * self._options.every_seconds:
            # Several steps at once make one sample: a stream says what is, not what was.
            self._due = int(elapsed / self._options.every_seconds)
            self._emit(now)
            if self._options.count is not None and self._samples >= self._options.count:
                self.done = True

    def finish(self) -> None:
        """Write the last line of each product, even if a sample was written at the same moment."""
        if not self.done:
            self._emit(self._clock.monotonic())
        self.done = True

    def _emit(self, now: float) -> None:
        self._samples += 1
        self._views.look()
        unix = self._clock.unix()
        try:
            for product in self._views.products():
                record = sample(self._views, product, self._options.depth, now=now, unix=unix)
                self._write(_encode(record) + b"\n")
        except BrokenPipeError:
            self.done = self.unread = True


def _rows(rows: tuple[LevelRow, ...]) -> list[list[str]]:
    return [[text_of(row.price), text_of(row.size)] for row in rows]


def _text(number: Decimal | None) -> str | None:
    return None if number is None else text_of(number)


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 3)


_CLOCK_INTERVAL: Final = 0.02
"""Seconds between checks of a live clock."""
_RECORDER_INTERVAL: Final = 0.2
"""Seconds between checks of the recorder, which a full disk may have stopped."""


async def run_stream(options: RunOptions, out: BinaryIO) -> int:
    """Write samples until the feed ends or enough are written; returns the exit code.

    Raises:
        DepthviewError: An option cannot be followed, or the feed has failed.
    """
    open_log(options.log_file, force=options.force)
    stopped = stop_on_signals()
    async with wired(options, os.environ, config_folder()) as wiring:
        dump = open_dump(options)
        if wiring.notice:
            print(f"depthview: {wiring.notice}", file=sys.stderr)  # noqa: T201  # books are trusted without numbers
        sampler = Sampler(wiring.views, wiring.clock, options.stream, lambda line: _write(out, line))

        def moved() -> None:
            sampler.observe()
            if sampler.done:
                # Or the dump would be later than the last line.
                wiring.stop()

        wiring.moved.append(moved)
        async with running(wiring) as (task, outcome):
            while not (task.done() or sampler.done or stopped.done()):
                if wiring.live:
                    sampler.observe()
                if not sampler.done:
                    await _wait(task, stopped, _CLOCK_INTERVAL)
            sampler.finish()
            # Frames that arrive while the connection closes would be in recording and dump, and in no line.
            wiring.stop()
        if dump is not None:
            dump.write(wiring.session)
        if options.report:
            print_report(wiring)
        without_book = _without_book(wiring)
    if stopped.done():
        return stopped.result()
    return 0 if sampler.unread else _stream_exit_code(wiring, outcome, without_book)


def _without_book(wiring: Wiring) -> dict[str, str | None]:
    """Why there never was a book, by product."""
    products, now = wiring.session.products, wiring.clock.monotonic()
    never = [name for name in products.names() if not products.market(name).ever_had_book]
    return {name: wiring.views.depth(name, 0, now=now).reason for name in never}


def _stream_exit_code(wiring: Wiring, outcome: RunOutcome, without_book: dict[str, str | None]) -> int:
    # Where no product has a book, the reasons of the products say more than the fault.
    code = 1 if without_book and isinstance(outcome.fault, NoBook) else exit_code(outcome)
    if wiring.recorder is not None and wiring.recorder.stopped:
        raise DepthviewError(wiring.recorder.status)
    if not without_book:
        return code
    # There will be no next try.
    reasons = [f"{p}: {(why or 'no snapshot came').partition('; next try')[0]}" for p, why in without_book.items()]
    print(f"depthview: no book for {'; '.join(reasons)}", file=sys.stderr)  # noqa: T201  # why it failed
    return 1


async def run_record(options: RunOptions) -> int:
    """Record until a signal or ``--for`` ends it; returns the exit code.

    Raises:
        DepthviewError: An option cannot be followed, or the feed has failed.
    """
    open_log(options.log_file, force=options.force)
    stopped = stop_on_signals()
    async with wired(options, os.environ, config_folder()) as wiring:
        recorder, clock, limit = wiring.recorder, wiring.clock, options.stream.for_seconds
        assert recorder is not None  # noqa: S101  # the command has asked for one
        started = clock.monotonic()
        async with running(wiring) as (task, outcome):
            while not (task.done() or stopped.done() or recorder.stopped):
                left = (
                    _RECORDER_INTERVAL
                    if limit is None
                    else min(_RECORDER_INTERVAL, limit - (clock.monotonic() - started))
                )
                if left <= 0:
                    break
                await _wait(task, stopped, left)
        frames = wiring.session.rates.frames
        if options.report:
            print_report(wiring)
    if recorder.stopped:
        raise DepthviewError(f"{recorder.status}, {frames:,} frames")
    print(f"depthview: {recorder.status}, {frames:,} frames", file=sys.stderr)  # noqa: T201  # the result
    return stopped.result() if stopped.done() else exit_code(outcome)


async def _wait(task: asyncio.Task[None], stopped: asyncio.Future[int], at_most: float) -> None:
    futures: set[asyncio.Future[None] | asyncio.Future[int]] = {task, stopped}
    await asyncio.wait(futures, timeout=at_most, return_when=asyncio.FIRST_COMPLETED)


def _write(out: BinaryIO, line: bytes) -> None:
    try:
        out.write(line)
        out.flush()
    except BrokenPipeError:
        discard_output()
        raise
    except OSError as e:
        discard_output()
        raise output_error(e) from None
